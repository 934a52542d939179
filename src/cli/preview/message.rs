//! The body that a room would receive, offline: the destination's own code with a URL that leads nowhere.

use serde_json::Value;

use crate::destination::sms::{self, SMS_TARGET};
use crate::destination::{DESTINATIONS, Message, SecretError, WebhookSecret, destination};

/// Returns every destination's name, and `sms`.
pub(in crate::cli) fn targets() -> impl Iterator<Item = &'static str> {
    DESTINATIONS
        .iter()
        .map(|destination| destination.name)
        .chain([SMS_TARGET])
}

/// Returns the request body that the room of `target` would receive; for `sms`, the text.
///
/// # Errors
/// Never in practice: the URL that leads nowhere is valid.
pub(in crate::cli) fn body(target: &str, message: &Message<'_>) -> Result<Value, SecretError> {
    match destination(target) {
        Some(destination) => {
            let secret = WebhookSecret::from_url("https://preview.invalid/")?;
            Ok((destination.request)(&secret, message).body)
        }
        None => Ok(Value::String(match message {
            Message::Alert(alert) => sms::render(alert),
            Message::Digest(digest) => sms::render_digest(digest),
            Message::Greeting(line) => (*line).to_owned(),
        })),
    }
}
