//! Microsoft Teams channels and chats, through a Workflows webhook: an Adaptive Card 1.4.
//!
//! All text stands in `RichTextBlock`s, whose runs know no Markdown (Adaptive Cards documentation, "Text features"), unlike a
//! `TextBlock` or a `Fact`. The flow answers 202 with an empty body before it posts: a failure shows only in its run history.

use std::time::Duration;

use serde_json::{Value, json};

use super::abridge::{bytes, fullest};
use super::defang::inert;
use super::{Destination, Message, Request, SecretError, WebhookSecret, verdict};
use crate::alert::{Report, State};

/// Teams documents about 28 KB for a message, some have met 21 KB; this stays below both.
const MOST_BYTES: usize = 20_000;

/// Hosts of the Office 365 connectors, which Microsoft retired in May 2026.
const RETIRED: &[&str] = &[
    "webhook.office.com",
    "outlook.office.com",
    "outlook.office365.com",
];

/// The row of Microsoft Teams.
pub(super) const TEAMS: Destination = Destination {
    name: "teams",
    title: "Microsoft Teams",
    room: "channel",
    secret: "webhook URL",
    hosts: &["*.environment.api.powerplatform.com", "*.logic.azure.com"],
    where_to_get_it: "In Teams' Workflows app, the template that posts to a channel when a webhook request is received, Copy link.",
    notice: Some(
        "Teams accepts a message before it posts it, so a delivery is proven only up to the flow; URLs at logic.azure.com were to \
         stop at the end of November 2025: save the flow again for a new one.",
    ),
    notes: "A card has at most 20,000 bytes; a longer alert is cut at its end. URLs of the retired connectors (`webhook.office.com`) are \
            refused.",
    signed: false,
    pace: Duration::from_secs(1),
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
            "this is the URL of an Office 365 connector, which Microsoft retired in May 2026; make one in Teams' Workflows app \
             instead (\"When a Teams webhook request is received\")"
                .to_owned(),
        ));
    }
    Ok(secret)
}

fn request(secret: &WebhookSecret, message: &Message<'_>) -> Request {
    let body = match message {
        Message::Alert(alert) => fullest(&alert.report(), body, fits),
        Message::Greeting(text) => envelope(text, vec![block(vec![run(text)])], Vec::new()),
    };
    Request {
        url: secret.url().clone(),
        headers: Vec::new(),
        body,
    }
}

fn body(report: &Report) -> Value {
    let headline = json!({
        "type": "Container",
        "style": style(report.state),
        "bleed": true,
        "items": [block(vec![bold(run(&report.headline))])],
    });
    let mut blocks = vec![headline];
    blocks.extend(report.lead.iter().map(|lead| block(vec![bold(run(lead))])));
    blocks.extend(report.note.iter().map(|note| block(vec![run(note)])));
    for (index, fact) in report.facts.iter().enumerate() {
        let mut line = block(vec![
            bold(run(&format!("{}: ", fact.label))),
            run(&fact.value),
        ]);
        line["spacing"] = json!(if index == 0 { "Medium" } else { "None" });
        blocks.push(line);
    }
    if let Some(raw) = &report.raw {
        let mut run = run(raw);
        run["fontType"] = json!("Monospace");
        blocks.push(block(vec![run]));
    }
    let links = report
        .links
        .iter()
        .map(|link| json!({ "type": "Action.OpenUrl", "title": link.text, "url": link.url }))
        .collect();
    envelope(&report.headline, blocks, links)
}

/// Returns the message around a card's blocks, as the flow's trigger wants it.
fn envelope(line: &str, blocks: Vec<Value>, links: Vec<Value>) -> Value {
    let card = json!({
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "fallbackText": inert(line),
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
    json!({ "type": "TextRun", "text": inert(text) })
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
    bytes(body) <= MOST_BYTES
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retired_connectors_are_refused_with_the_way_out() {
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
