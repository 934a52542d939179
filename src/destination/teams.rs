//! Microsoft Teams channels and chats, through a Workflows webhook: an Adaptive Card 1.4.
//!
//! All text is in `RichTextBlock`s, which do not support Markdown (Adaptive Cards documentation, "Text features"), unlike
//! `TextBlock` and `Fact`. The workflow responds 202 with an empty body before it posts the card: a failure shows only in its run
//! history.

use std::time::Duration;

use serde_json::{Value, json};

use super::abridge::{body_len, fit_body};
use super::defang::defang;
use super::{
    Destination, KnownRefusal, Message, NextStep, Request, SecretError, WebhookSecret, verdict,
};
use crate::alert::{Report, State};

/// The maximum size of a message, in bytes. Teams documents about 28 KB and some users met 21 KB; this is below both.
const MAX_BYTES: usize = 20_000;

/// The hosts of the Office 365 connectors, which Microsoft retired in May 2026.
const RETIRED: &[&str] = &[
    "webhook.office.com",
    "outlook.office.com",
    "outlook.office365.com",
];

/// The row of Microsoft Teams.
pub(super) const TEAMS: Destination = Destination {
    name: "teams",
    title: "Microsoft Teams",
    recipient: "Microsoft Teams",
    room: "channel",
    secret: "webhook URL",
    hosts: &["*.environment.api.powerplatform.com", "*.logic.azure.com"],
    secret_hint: "In the Teams channel's menu: Workflows > Send webhook alerts to a channel > Save > Copy webhook link.",
    setup_steps: &[
        "In Teams, open the channel's menu (**⋯**) and choose **Workflows**.",
        "Choose the template **Send webhook alerts to a channel**, and sign in if you are asked to.",
        "Check the team and the channel, and choose **Save**.",
        "Choose **Copy webhook link**.",
    ],
    notice: Some(
        "Teams accepts a message before it posts it, so ddalert can confirm delivery to the workflow only: if a message is missing, \
         look at the workflow's run history. URLs at logic.azure.com were to stop working at the end of November 2025: save the \
         workflow again to get a new URL.",
    ),
    notes: "A card can have up to 20,000 bytes; a longer alert is shortened. URLs of the retired Office 365 connectors \
            (`webhook.office.com`) are rejected.",
    storm_end: None,
    supports_signing: false,
    min_interval: Duration::from_secs(1),
    // The messages of Power Automate for WorkflowTriggerIsNotEnabled, WorkflowNotFound, DirectApiAuthorizationRequired and
    // TriggerInputSchemaMismatch.
    refusals: &[
        KnownRefusal {
            says: "is not enabled",
            cause: "has the workflow of this webhook turned off",
            step: NextStep::Ask(
                "ask the owner of the workflow to turn it on in Power Automate, or use another workflow",
            ),
        },
        KnownRefusal {
            says: "could not be found",
            cause: "no longer has the workflow of this webhook",
            step: NextStep::Rotate,
        },
        KnownRefusal {
            says: "oauth authorization scheme",
            cause: "runs the workflow only for people who sign in",
            step: NextStep::Ask(
                "set the workflow's trigger \"When a Teams webhook request is received\" to be triggered by anyone",
            ),
        },
        KnownRefusal {
            says: "did not match its schema",
            cause: "has a workflow that does not take these messages",
            step: NextStep::Ask(
                "create the workflow from the template \"Send webhook alerts to a channel\", and rotate the URL",
            ),
        },
    ],
    parse,
    request,
    verdict: verdict::by_status,
    fits,
};

fn parse(text: &str) -> Result<WebhookSecret, SecretError> {
    let secret = WebhookSecret::from_url(text)?;
    let host = secret.host();
    if RETIRED
        .iter()
        .any(|retired| host == *retired || host.ends_with(&format!(".{retired}")))
    {
        return Err(SecretError::Malformed(
            "this is the URL of an Office 365 connector, which Microsoft retired in May 2026; create a webhook with the channel's \
             Workflows menu instead (\"Send webhook alerts to a channel\")"
                .to_owned(),
        ));
    }
    Ok(secret)
}

fn request(secret: &WebhookSecret, message: &Message<'_>) -> Request {
    let body = match message {
        Message::Alert(alert) => fit_body(&alert.report(), body, fits),
        Message::Digest(digest) => fit_body(&digest.report(), body, fits),
        Message::Greeting(text) => card_message(text, vec![block(vec![run(text)])], Vec::new()),
    };
    Request {
        url: secret.url().clone(),
        headers: Vec::new(),
        body,
    }
}

fn body(report: &Report) -> Value {
    let title = json!({
        "type": "Container",
        "style": style(report.state),
        "bleed": true,
        "items": [block(vec![bold(run(&report.title))])],
    });
    let mut blocks = vec![title];
    blocks.extend(
        report
            .summary
            .iter()
            .map(|summary| block(vec![bold(run(summary))])),
    );
    blocks.extend(report.note.iter().map(|note| block(vec![run(note)])));
    for (index, fact) in report.facts.iter().enumerate() {
        let mut line = block(vec![
            bold(run(&format!("{}: ", fact.label))),
            run(&fact.value),
        ]);
        line["spacing"] = json!(if index == 0 { "Medium" } else { "None" });
        blocks.push(line);
    }
    for (index, thing) in report.thing_lines().iter().enumerate() {
        let mut line = block(vec![run(thing)]);
        line["spacing"] = json!(if index == 0 { "Medium" } else { "None" });
        blocks.push(line);
    }
    blocks.extend(report.next_step.iter().map(|step| block(vec![run(step)])));
    if let Some(raw) = &report.raw {
        let mut run = run(raw);
        run["fontType"] = json!("Monospace");
        blocks.push(block(vec![run]));
    }
    if !report.identifiers.is_empty() {
        let identifiers: Vec<String> = report
            .identifiers
            .iter()
            .map(|fact| format!("{}: {}", fact.label, fact.value))
            .collect();
        let mut run = run(&identifiers.join(" · "));
        run["isSubtle"] = json!(true);
        run["size"] = json!("Small");
        blocks.push(block(vec![run]));
    }
    let links = report
        .links
        .iter()
        .map(|link| json!({ "type": "Action.OpenUrl", "title": link.text, "url": link.url }))
        .collect();
    card_message(&report.title, blocks, links)
}

/// Returns the message with a card, in the form that the workflow's trigger expects.
fn card_message(fallback_text: &str, blocks: Vec<Value>, links: Vec<Value>) -> Value {
    let card = json!({
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "fallbackText": defang(fallback_text),
        "msteams": { "width": "Full" },
        "body": blocks,
        "actions": links,
    });
    json!({
        "type": "message",
        "attachments": [{ "contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": null, "content": card }],
    })
}

fn block(runs: Vec<Value>) -> Value {
    json!({ "type": "RichTextBlock", "inlines": runs })
}

fn run(text: &str) -> Value {
    json!({ "type": "TextRun", "text": defang(text) })
}

fn bold(mut run: Value) -> Value {
    run["weight"] = json!("Bolder");
    run
}

fn style(state: State) -> &'static str {
    match state {
        State::Alarm => "attention",
        State::NonCompliant => "warning",
        State::Cleared | State::Compliant => "good",
        State::Invalidated => "emphasis",
        State::Message => "accent",
    }
}

fn fits(body: &Value) -> bool {
    body_len(body) <= MAX_BYTES
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retired_connectors_are_rejected_with_an_alternative() {
        for url in [
            "https://contoso.webhook.office.com/webhookb2/x",
            "https://outlook.office.com/webhook/x",
            "https://outlook.office365.com/webhook/x",
        ] {
            let error = parse(url).expect_err("retired").to_string();
            assert!(
                error.contains("retired") && error.contains("Workflows"),
                "{error}"
            );
        }
        for url in [
            "https://x.00.environment.api.powerplatform.com:443/powerautomate/automations/direct/workflows/y/triggers/manual/paths/invoke?sig=z",
            "https://prod-01.westeurope.logic.azure.com:443/workflows/y/triggers/manual/paths/invoke?sig=z",
        ] {
            assert_eq!(parse(url).expect("a flow").check_host(&TEAMS, &[]), Ok(()));
        }
    }
}
