//! Google Chat spaces: a card, with the title in its header.
//!
//! From developers.google.com/workspace/chat: `text` supports a subset of Markdown that cannot be escaped, `<users/all>` and
//! `<url|text>`; a card's text supports a subset of HTML, and its header is plain text of one line each for title and subtitle.
//! `fallbackText` stands for the card in notifications. Clients limit a message to 4,096 characters and 32 KB.

use std::time::Duration;

use serde_json::{Value, json};

use super::abridge::{body_len, fit_body};
use super::defang::{defang, escape_to_fit};
use super::{Destination, Message, Request, SecretError, WebhookSecret, verdict};
use crate::alert::Report;

/// The maximum length of a message's `text` and `fallbackText`, in UTF-16 code units.
const TEXT: usize = 4096;
/// The maximum length of a header's line, in UTF-16 code units: Chat cuts it off long before.
const HEADER: usize = 300;
/// The maximum size of a message, in bytes.
const MAX_BYTES: usize = 32_000;
/// The maximum number of a card's widgets that Chat shows (Chat API reference, `Section`).
const WIDGETS: usize = 100;

const HOST: &str = "chat.googleapis.com";

/// The row of Google Chat.
pub(super) const GOOGLE_CHAT: Destination = Destination {
    name: "google-chat",
    title: "Google Chat",
    recipient: "Google Chat",
    room: "space",
    secret: "webhook URL",
    hosts: &[HOST],
    secret_hint: "In the space's menu: Apps & integrations > Webhooks > Copy link.",
    setup_steps: &[
        "In Google Chat, open the space, click its name, and choose **Apps & integrations**.",
        "Choose **Add webhooks**, enter a name such as `Device Defender`, and choose **Save**.",
        "Choose **Copy link** in the new webhook's menu (**⋮**).",
    ],
    notice: None,
    notes: "A message can have up to 4,096 characters, a card with 100 widgets, and 32,000 bytes in all; a longer alert is shortened.",
    storm_end: None,
    supports_signing: false,
    min_interval: Duration::from_secs(1),
    refusals: &[],
    parse,
    request,
    verdict: verdict::by_status,
    fits,
};

fn parse(text: &str) -> Result<WebhookSecret, SecretError> {
    let secret = WebhookSecret::from_url(text)?;
    let has = |name: &str| {
        secret
            .url()
            .query_pairs()
            .any(|(given, value)| given == name && !value.is_empty())
    };
    if secret.host() == HOST
        && !(secret.url().path().starts_with("/v1/spaces/") && has("key") && has("token"))
    {
        let shape = "https://chat.googleapis.com/v1/spaces/SPACE/messages?key=KEY&token=TOKEN";
        return Err(SecretError::Malformed(format!(
            "the webhook URL does not have the form {shape}; copy the whole link, and quote it in a shell"
        )));
    }
    Ok(secret)
}

fn request(secret: &WebhookSecret, message: &Message<'_>) -> Request {
    let body = match message {
        Message::Alert(alert) => fit_body(&alert.report(), body, fits),
        Message::Digest(digest) => fit_body(&digest.report(), body, fits),
        Message::Greeting(text) => json!({ "text": escape_to_fit(text, TEXT, literal) }),
    };
    Request {
        url: secret.url().clone(),
        headers: Vec::new(),
        body,
    }
}

/// Returns defanged text for `text`. Its Markdown cannot be escaped, so look-alike letters replace the formatting characters; an
/// underscore inside a word formats nothing and stays.
fn literal(text: &str) -> String {
    let chars: Vec<char> = defang(text).chars().collect();
    let in_word = |at: Option<usize>| {
        at.and_then(|at| chars.get(at))
            .is_some_and(|c| c.is_alphanumeric() || *c == '_')
    };
    let look_alike = |(at, c): (usize, &char)| match c {
        '*' => '∗',
        '~' => '∼',
        '`' => 'ˋ',
        '_' if !(in_word(at.checked_sub(1)) && in_word(Some(at + 1))) => '＿',
        other => *other,
    };
    chars.iter().enumerate().map(look_alike).collect()
}

/// Returns defanged and escaped text for a card.
fn html(text: &str) -> String {
    defang(text)
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

fn body(report: &Report) -> Value {
    let paragraph = |text: &String| json!({ "textParagraph": { "text": html(text) } });
    let mut widgets: Vec<Value> = [&report.summary, &report.note]
        .into_iter()
        .flatten()
        .map(paragraph)
        .collect();
    let row = |label: &str, value: &str| json!({ "decoratedText": { "topLabel": defang(label), "text": html(value), "wrapText": true } });
    widgets.extend(
        report
            .facts
            .iter()
            .map(|fact| row(&fact.label, &fact.value)),
    );
    let things: Vec<String> = report.thing_lines().iter().map(|line| html(line)).collect();
    if !things.is_empty() {
        widgets.push(json!({ "textParagraph": { "text": things.join("<br>") } }));
    }
    widgets.extend(report.next_step.iter().map(paragraph));
    widgets.extend(report.raw.iter().map(paragraph));
    if !report.identifiers.is_empty() {
        let identifiers: Vec<String> = report
            .identifiers
            .iter()
            .map(|fact| format!("{}: {}", fact.label, fact.value))
            .collect();
        widgets.push(row("Identifiers", &identifiers.join(" · ")));
    }
    if !report.links.is_empty() {
        let button = |(text, url): (&str, &str)| json!({ "text": text, "onClick": { "openLink": { "url": url } } });
        let buttons: Vec<Value> = report
            .links
            .iter()
            .map(|link| button((link.text, &link.url)))
            .collect();
        widgets.push(json!({ "buttonList": { "buttons": buttons } }));
    }
    // Chat shows the header as plain text, each part on a line of its own.
    let mut header = json!({ "title": escape_to_fit(&report.subject, HEADER, defang) });
    if let Some(reading) = &report.reading {
        header["subtitle"] = escape_to_fit(reading, HEADER, defang).into();
    }
    let mut card = json!({ "header": header });
    if !widgets.is_empty() {
        card["sections"] = json!([{ "widgets": widgets }]);
    }
    json!({
        "fallbackText": escape_to_fit(&report.title, TEXT, literal),
        "cardsV2": [{ "cardId": "ddalert", "card": card }],
    })
}

fn fits(body: &Value) -> bool {
    let widgets = body["cardsV2"][0]["card"]["sections"][0]["widgets"]
        .as_array()
        .map_or(0, Vec::len);
    let length = |name: &str| {
        body[name]
            .as_str()
            .unwrap_or_default()
            .encode_utf16()
            .count()
    };
    length("text") + length("fallbackText") <= TEXT
        && widgets <= WIDGETS
        && body_len(body) <= MAX_BYTES
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formatting_is_disabled_and_names_stay() {
        assert_eq!(
            literal("my_thing_1 aws:all-bytes-in"),
            "my_thing_1 aws:all-bytes-in"
        );
        assert_eq!(literal("*a* _b_ ~c~ `d`"), "∗a∗ ＿b＿ ∼c∼ ˋdˋ");
        assert_eq!(html("<b>&\""), "&lt;\u{200b}b&gt;&amp;&quot;");
    }

    #[test]
    fn a_url_that_a_shell_truncated_is_rejected() {
        assert!(parse("https://chat.googleapis.com/v1/spaces/A/messages?key=k&token=t").is_ok());
        assert!(parse("https://chat.googleapis.com/v1/spaces/A/messages?key=k").is_err());
        assert!(
            parse("http://127.0.0.1:9/chat").is_ok(),
            "the caller checks other hosts"
        );
    }
}
