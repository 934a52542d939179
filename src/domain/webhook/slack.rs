//! Slack channels.

use std::time::Duration;

use serde_json::json;

use super::{Answer, Destination, Message, Request, Verdict, WebhookSecret};

/// The row of Slack.
pub(super) const SLACK: Destination = Destination {
    name: "slack",
    title: "Slack",
    room: "channel",
    secret: "webhook URL",
    hosts: &["hooks.slack.com", "hooks.slack-gov.com"],
    where_to_get_it: "In the Slack app, Incoming Webhooks, Copy.",
    notice: None,
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
    Request { url: secret.url().clone(), headers: Vec::new(), body: json!({ "text": content }) }
}

fn verdict(answer: &Answer) -> Verdict {
    match answer.status {
        200..=299 => Verdict::Delivered,
        _ => Verdict::Refused { why: format!("HTTP {}", answer.status) },
    }
}
