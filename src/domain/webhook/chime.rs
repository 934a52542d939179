//! Amazon Chime rooms.

use std::time::Duration;

use serde_json::json;

use super::{Answer, Destination, Message, Request, Verdict, WebhookSecret};

/// The row of Amazon Chime.
pub(super) const CHIME: Destination = Destination {
    name: "chime",
    title: "Amazon Chime",
    room: "room",
    secret: "webhook URL",
    hosts: &["hooks.chime.aws", "hooks.a.chime.aws"],
    where_to_get_it: "In the Chime room's menu, Manage webhooks and bots, Copy URL.",
    notice: Some("Amazon ended support for the Chime application on 2026-02-20."),
    pace: Duration::from_secs(1),
    parse: WebhookSecret::from_url,
    request,
    verdict,
};

fn request(secret: &WebhookSecret, message: &Message<'_>) -> Request {
    let content = match message {
        Message::Alert(alert) => alert.raw.clone(),
        Message::Greeting(text) => (*text).to_owned(),
    };
    Request { url: secret.url().clone(), headers: Vec::new(), body: json!({ "Content": content }) }
}

fn verdict(answer: &Answer) -> Verdict {
    match answer.status {
        200..=299 => Verdict::Delivered,
        _ => Verdict::Refused { why: format!("HTTP {}", answer.status) },
    }
}
