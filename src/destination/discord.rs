//! Discord channels: the title as content and the rest as an embed, with mentions disabled.
//!
//! The content is what a notification shows, and all that is left for somebody who turned embeds off. From
//! discord/discord-api-docs (webhook, message, rate limits). With `wait=true` Discord responds after it saved the message, so
//! that success means that the message is in the channel.

use std::time::Duration;

use serde_json::{Value, json};

use super::abridge::fit_body;
use super::color::rgb;
use super::defang::{defang, escape_to_fit};
use super::{
    Destination, KnownRefusal, Message, NextStep, Request, SecretError, WebhookSecret, verdict,
};
use crate::alert::Report;

/// The maximum length of a message's content. All lengths are in UTF-16 code units.
const CONTENT: usize = 2000;
/// The maximum length of an embed's title.
const TITLE: usize = 256;
/// The maximum length of an embed's description.
const DESCRIPTION: usize = 4096;
/// The maximum number of an embed's fields.
const FIELDS: usize = 25;
/// The maximum length of a field's name.
const FIELD_NAME: usize = 256;
/// The maximum length of a field's value.
const FIELD_VALUE: usize = 1024;
/// The maximum length of an embed's footer.
const FOOTER: usize = 2048;
/// The maximum length of all texts of an embed together.
const EMBED: usize = 6000;

const HOSTS: &[&str] = &[
    "discord.com",
    "discordapp.com",
    "ptb.discord.com",
    "canary.discord.com",
];

/// The row of Discord.
pub(super) const DISCORD: Destination = Destination {
    name: "discord",
    title: "Discord",
    recipient: "Discord",
    room: "channel",
    secret: "webhook URL",
    hosts: HOSTS,
    secret_hint: "In the channel's settings: Integrations > Webhooks > Copy Webhook URL.",
    setup_steps: &[
        "In Discord, open **Edit Channel** (the gear next to the channel's name) and choose **Integrations** > **Webhooks**.",
        "Choose **New Webhook**, and click it to give it a name such as `Device Defender`.",
        "Choose **Copy Webhook URL**.",
    ],
    notice: None,
    notes: "A message can have up to 2,000 characters and an embed with 6,000 characters and 25 fields; a longer alert is shortened. \
            Mentions are disabled.",
    storm_end: None,
    supports_signing: false,
    min_interval: Duration::from_secs(2),
    // Discord developer documentation, "Opcodes and status codes": 10015, 50027.
    refusals: &[
        KnownRefusal {
            says: "unknown webhook",
            cause: "no longer knows this webhook",
            step: NextStep::Rotate,
        },
        KnownRefusal {
            says: "invalid webhook token",
            cause: "does not accept the token in this webhook URL",
            step: NextStep::Rotate,
        },
    ],
    parse,
    request,
    verdict: verdict::by_status,
    fits,
};

fn parse(text: &str) -> Result<WebhookSecret, SecretError> {
    let secret = WebhookSecret::from_url(text)?;
    if HOSTS.contains(&secret.host())
        && !(secret.url().path().starts_with("/api/") && secret.url().path().contains("/webhooks/"))
    {
        return Err(SecretError::Malformed(
            "this is not a Discord webhook URL (https://discord.com/api/webhooks/ID/TOKEN); create a webhook in the channel's \
             settings under Integrations > Webhooks"
                .to_owned(),
        ));
    }
    Ok(secret)
}

fn request(secret: &WebhookSecret, message: &Message<'_>) -> Request {
    let mut url = secret.url().clone();
    if !url.query_pairs().any(|(name, _)| name == "wait") {
        url.query_pairs_mut().append_pair("wait", "true");
    }
    let body = match message {
        Message::Alert(alert) => fit_body(&alert.report(), body, fits),
        Message::Digest(digest) => fit_body(&digest.report(), body, fits),
        Message::Greeting(text) => {
            json!({ "content": escape_to_fit(text, CONTENT, markdown), "allowed_mentions": { "parse": [] } })
        }
    };
    Request {
        url,
        headers: Vec::new(),
        body,
    }
}

/// Returns defanged text with Markdown escaped.
fn markdown(text: &str) -> String {
    let mut safe = String::new();
    for (at, c) in defang(text).char_indices() {
        let at_start = at == 0 && matches!(c, '#' | '-' | '+');
        if at_start
            || matches!(
                c,
                '\\' | '*' | '_' | '~' | '`' | '|' | '>' | '<' | '[' | ']' | '(' | ')'
            )
        {
            safe.push('\\');
        }
        safe.push(c);
    }
    safe
}

fn body(report: &Report) -> Value {
    let mut paragraphs: Vec<String> = report.note.iter().map(|note| markdown(note)).collect();
    paragraphs.extend(report.thing_lines().iter().map(|line| markdown(line)));
    if !report.links.is_empty() {
        let links: Vec<String> = report
            .links
            .iter()
            .map(|link| format!("[{}]({})", link.text, link.url))
            .collect();
        paragraphs.push(links.join(" · "));
    }
    if let Some(raw) = &report.raw {
        // Nothing in a code block is active, and only three backticks can end it.
        paragraphs.push(format!("```\n{}\n```", defang(raw).replace('`', "ˋ")));
    }
    let field = |name: &str, value: &str| {
        json!({
            "name": escape_to_fit(name, FIELD_NAME, markdown),
            "value": escape_to_fit(value, FIELD_VALUE, markdown),
            "inline": value.len() <= 40,
        })
    };
    let next_step = report.next_step.iter().map(|step| field("Next step", step));
    let fields: Vec<Value> = report
        .facts
        .iter()
        .take(FIELDS - 1)
        .map(|fact| field(&fact.label, &fact.value))
        .chain(next_step)
        .collect();
    let mut embed = json!({ "color": rgb(report) });
    if let Some(summary) = &report.summary {
        embed["title"] = escape_to_fit(summary, TITLE, markdown).into();
    }
    embed["description"] = paragraphs.join("\n").into();
    embed["fields"] = fields.into();
    if !report.identifiers.is_empty() {
        let identifiers: Vec<String> = report
            .identifiers
            .iter()
            .map(|fact| format!("{}: {}", fact.label, fact.value))
            .collect();
        // A footer is plain text.
        embed["footer"] =
            json!({ "text": escape_to_fit(&identifiers.join(" · "), FOOTER, defang) });
    }
    json!({
        "content": escape_to_fit(&report.title, CONTENT, markdown),
        "allowed_mentions": { "parse": [] },
        "embeds": [embed],
    })
}

fn fits(body: &Value) -> bool {
    let length = |value: &Value| value.as_str().unwrap_or_default().encode_utf16().count();
    let embed = &body["embeds"][0];
    let fields = embed["fields"]
        .as_array()
        .map_or(&[] as &[Value], Vec::as_slice);
    let field_fits = |field: &Value| {
        (1..=FIELD_NAME).contains(&length(&field["name"]))
            && (1..=FIELD_VALUE).contains(&length(&field["value"]))
    };
    let all = fields
        .iter()
        .map(|field| length(&field["name"]) + length(&field["value"]))
        .sum::<usize>()
        + length(&embed["title"])
        + length(&embed["description"])
        + length(&embed["footer"]["text"]);
    length(&body["content"]) <= CONTENT
        && length(&embed["title"]) <= TITLE
        && length(&embed["description"]) <= DESCRIPTION
        && length(&embed["footer"]["text"]) <= FOOTER
        && fields.len() <= FIELDS
        && fields.iter().all(field_fits)
        && all <= EMBED
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markdown_is_escaped() {
        assert_eq!(
            markdown("a_b *c* [x](y)"),
            "a\\_b \\*c\\* \\[x\\]\u{200b}\\(y\\)"
        );
        assert_eq!(markdown("- a"), "\\- a");
    }

    #[test]
    fn the_url_of_a_channel_is_not_a_webhook_url() {
        assert!(parse("https://discord.com/channels/1/2").is_err());
        assert!(parse("https://discord.com/api/webhooks/1/t").is_ok());
        assert!(parse("https://discord.com/api/v10/webhooks/1/t").is_ok());
    }

    #[test]
    fn discord_responds_after_saving_the_message() {
        for url in [
            "https://discord.com/api/webhooks/1/t",
            "https://discord.com/api/webhooks/1/t?wait=true",
        ] {
            let request = request(&parse(url).expect("a webhook"), &Message::Greeting("hello"));
            assert_eq!(request.url.query(), Some("wait=true"));
        }
    }
}
