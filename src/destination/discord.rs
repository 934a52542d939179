//! Discord channels: the headline as content, the rest as an embed; mentions are switched off.
//!
//! From discord/discord-api-docs (webhook, message, rate limits). `wait=true` makes the answer come after the message was
//! saved, so that success means that it is in the channel.

use std::time::Duration;

use serde_json::{Value, json};

use super::abridge::fullest;
use super::colour::rgb;
use super::defang::{escaped, inert};
use super::verdict::by_status;
use super::{Destination, Message, Request, RoomAnswer, SecretError, Verdict, WebhookSecret};
use crate::alert::Report;

/// A message's content.
const CONTENT: usize = 2000;
/// An embed's title.
const TITLE: usize = 256;
/// An embed's description.
const DESCRIPTION: usize = 4096;
/// An embed's fields.
const FIELDS: usize = 25;
/// A field's name.
const FIELD_NAME: usize = 256;
/// A field's value.
const FIELD_VALUE: usize = 1024;
/// All texts of an embed together.
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
    room: "channel",
    secret: "webhook URL",
    hosts: HOSTS,
    where_to_get_it: "In the channel's settings, Integrations, Webhooks, Copy Webhook URL.",
    notice: None,
    notes: "A message has at most 2,000 characters, its embed 6,000 and 25 fields; a longer alert is cut at its end. Mentions are \
            switched off.",
    signed: false,
    pace: Duration::from_secs(2),
    parse,
    request,
    verdict,
    fits,
};

fn parse(text: &str) -> Result<WebhookSecret, SecretError> {
    let secret = WebhookSecret::from_url(text)?;
    if HOSTS.contains(&secret.host())
        && !(secret.url().path().starts_with("/api/") && secret.url().path().contains("/webhooks/"))
    {
        return Err(SecretError::Malformed(
            "the URL is not that of a webhook (https://discord.com/api/webhooks/ID/TOKEN); make one in the channel's settings, \
             under Integrations"
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
        Message::Alert(alert) => fullest(&alert.report(), body, fits),
        Message::Greeting(text) => {
            json!({ "content": escaped(text, CONTENT, markdown), "allowed_mentions": { "parse": [] } })
        }
    };
    Request {
        url,
        headers: Vec::new(),
        body,
    }
}

/// Returns text with a backslash before whatever Markdown could take for its own.
fn markdown(text: &str) -> String {
    let mut safe = String::new();
    for (at, c) in inert(text).char_indices() {
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
    let mut paragraphs: Vec<String> = [&report.lead, &report.note]
        .into_iter()
        .flatten()
        .map(|text| markdown(text))
        .collect();
    if !report.links.is_empty() {
        let links: Vec<String> = report
            .links
            .iter()
            .map(|link| format!("[{}]({})", link.text, link.url))
            .collect();
        paragraphs.push(links.join(" · "));
    }
    if let Some(raw) = &report.raw {
        // Nothing is live inside a code block, which only three backticks end.
        paragraphs.push(format!("```\n{}\n```", inert(raw).replace('`', "ˋ")));
    }
    let field = |name: &str, value: &str| {
        json!({
            "name": escaped(name, FIELD_NAME, markdown),
            "value": escaped(value, FIELD_VALUE, markdown),
            "inline": value.len() <= 40,
        })
    };
    let fields: Vec<Value> = report
        .facts
        .iter()
        .take(FIELDS)
        .map(|fact| field(&fact.label, &fact.value))
        .collect();
    let mut embed = json!({
        "title": escaped(&report.title, TITLE, markdown),
        "description": paragraphs.join("\n"),
        "color": rgb(report),
        "fields": fields,
    });
    if let Some(at) = report.at {
        embed["timestamp"] = json!(at.to_string());
    }
    json!({
        "content": escaped(&report.headline, CONTENT, markdown),
        "allowed_mentions": { "parse": [] },
        "embeds": [embed],
    })
}

fn verdict(answer: &RoomAnswer) -> Verdict {
    match by_status(answer) {
        Verdict::Later { after: None, why } => Verdict::Later {
            after: retry_after(&answer.body),
            why,
        },
        verdict => verdict,
    }
}

/// Reads `retry_after`, in seconds and fractions (in milliseconds only in documentation of years ago).
fn retry_after(body: &str) -> Option<Duration> {
    let body: Value = serde_json::from_str(body).ok()?;
    Duration::try_from_secs_f64(body["retry_after"].as_f64()?).ok()
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
        + length(&embed["description"]);
    length(&body["content"]) <= CONTENT
        && length(&embed["title"]) <= TITLE
        && length(&embed["description"]) <= DESCRIPTION
        && fields.len() <= FIELDS
        && fields.iter().all(field_fits)
        && all <= EMBED
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_channel_says_how_long_to_wait() {
        let verdict = |retry_after, body: &str| {
            verdict(&RoomAnswer {
                status: 429,
                body: body.to_owned(),
                retry_after,
            })
        };
        let limited =
            r#"{"message":"You are being rate limited.","retry_after":0.65,"global":false}"#;
        let later = |after| Verdict::Later {
            after,
            why: "HTTP 429: You are being rate limited.".to_owned(),
        };
        assert_eq!(
            verdict(None, limited),
            later(Some(Duration::from_millis(650)))
        );
        assert_eq!(
            verdict(Some(Duration::from_secs(3)), limited),
            later(Some(Duration::from_secs(3)))
        );
        assert_eq!(
            verdict(None, r#"{"retry_after":-1}"#),
            Verdict::Later {
                after: None,
                why: "HTTP 429".to_owned()
            }
        );
    }

    #[test]
    fn markdown_is_shown_as_it_was_written() {
        assert_eq!(
            markdown("a_b *c* [x](y)"),
            "a\\_b \\*c\\* \\[x\\]\u{200b}\\(y\\)"
        );
        assert_eq!(markdown("- a"), "\\- a");
    }

    #[test]
    fn the_url_of_a_channel_is_not_a_webhook() {
        assert!(parse("https://discord.com/channels/1/2").is_err());
        assert!(parse("https://discord.com/api/webhooks/1/t").is_ok());
        assert!(parse("https://discord.com/api/v10/webhooks/1/t").is_ok());
    }

    #[test]
    fn success_is_asked_for_after_the_message_was_saved() {
        for url in [
            "https://discord.com/api/webhooks/1/t",
            "https://discord.com/api/webhooks/1/t?wait=true",
        ] {
            let request = request(&parse(url).expect("a webhook"), &Message::Greeting("hello"));
            assert_eq!(request.url.query(), Some("wait=true"));
        }
    }
}
