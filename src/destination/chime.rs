//! Amazon Chime rooms: plain text, the workshop's line first.
//!
//! From the Chime user guide, "Webhooks": `{"Content": …}`, over 4 KB is 413, one message a second and room, `@All`, `@Present`
//! and `@alias` are live. Markdown would take a `/md ` in front, which would push the workshop's line from the start.

use std::time::Duration;

use serde_json::{Value, json};

use super::abridge::{bytes, fullest};
use super::defang::inert;
use super::{Destination, Message, Request, WebhookSecret, verdict};
use crate::alert::Report;

/// A message has at most this many characters (Chime user guide).
const MOST_CHARACTERS: usize = 4096;
/// A body of 4 KB is refused with 413; this stays below, whatever the server counts.
const MOST_BYTES: usize = 4000;

/// The row of Amazon Chime.
pub(super) const CHIME: Destination = Destination {
    name: "chime",
    title: "Amazon Chime",
    room: "room",
    secret: "webhook URL",
    hosts: &["hooks.chime.aws", "hooks.a.chime.aws"],
    where_to_get_it: "In the Chime room's menu, Manage webhooks and bots, Copy URL.",
    notice: Some("Amazon ended support for the Chime application on 2026-02-20."),
    notes: "A message has at most 4,096 characters and 4 KB; a longer alert is cut at its end. It is plain text: mentions and links that a \
            device wrote are made inert.",
    signed: false,
    pace: Duration::from_secs(1),
    parse: WebhookSecret::from_url,
    request,
    verdict: verdict::by_status,
    fits,
};

fn request(secret: &WebhookSecret, message: &Message<'_>) -> Request {
    let body = match message {
        Message::Alert(alert) => fullest(&alert.report(), body, fits),
        Message::Greeting(text) => json!({ "Content": inert(text) }),
    };
    Request {
        url: secret.url().clone(),
        headers: Vec::new(),
        body,
    }
}

fn body(report: &Report) -> Value {
    let mut lines = vec![inert(&report.headline)];
    lines.extend(
        [&report.lead, &report.note]
            .into_iter()
            .flatten()
            .map(|text| inert(text)),
    );
    lines.extend(
        report
            .facts
            .iter()
            .map(|fact| format!("{}: {}", inert(&fact.label), inert(&fact.value))),
    );
    lines.extend(
        report
            .links
            .iter()
            .map(|link| format!("{}: {}", link.text, link.url)),
    );
    lines.extend(report.raw.as_deref().map(inert));
    json!({ "Content": lines.join("\n") })
}

fn fits(body: &Value) -> bool {
    let content = body["Content"].as_str().unwrap_or_default();
    content.encode_utf16().count() <= MOST_CHARACTERS && bytes(body) <= MOST_BYTES
}
