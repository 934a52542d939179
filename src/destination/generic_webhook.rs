//! Any HTTPS endpoint: a stable JSON document, signed if there is a signing secret.
//!
//! `ddalert/1`: `schema`, `kind`, `test`, `state`, `severity`, `headline`, `title`, `summary`, `note`, `next_step`,
//! `thing`, `security_profile`, `behavior`, `violation_id`, `time`, `account`, `region`, `topic`, `message_id`, `facts` and
//! `identifiers` (`label`, `value`), `links` (`text`, `url`), `message` (the message as it was published: JSON, or else text). Every key is always present; unknown
//! values are null. A greeting has only `schema`, `kind` (`greeting`), `test`, `headline` and `message`. The texts are not escaped:
//! the endpoint must escape them before it shows them.
//!
//! The signature is the header `X-Ddalert-Signature: sha256=` and the hexadecimal HMAC-SHA-256 of the body's bytes, with the signing
//! secret as the key.

use std::fmt::Write as _;
use std::time::Duration;

use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

use super::{Destination, Message, Request, WebhookSecret, verdict};
use crate::alert::{Alert, Event};

/// The row of the generic webhook.
pub(super) const GENERIC_WEBHOOK: Destination = Destination {
    name: "webhook",
    title: "Webhook",
    recipient: "a webhook",
    room: "endpoint",
    secret: "webhook URL",
    hosts: &[],
    secret_hint: "Ask whoever runs the endpoint; any https URL that accepts a POST request with JSON will do.",
    setup_steps: &[
        "Ask whoever runs the endpoint for its URL. Any `https` URL that accepts a POST request with a JSON body will do; \
         [the document](#the-document) describes what it receives.",
    ],
    notice: None,
    notes: "The endpoint must respond with 2xx to accept a message. After 408, 425, 429 and 5xx the relay tries again as long as \
            it has time; after any other status it gives up. Messages that it could not deliver wait in the failure queue for \
            `ddalert replay`. With a signing secret (`--signing-secret-file`), every request is signed.",
    supports_signing: true,
    min_interval: Duration::from_millis(100),
    refusals: &[],
    parse: WebhookSecret::from_url,
    request,
    verdict: verdict::by_status,
    fits: |_| true,
};

fn request(secret: &WebhookSecret, message: &Message<'_>) -> Request {
    let body = match message {
        Message::Alert(alert) => body(alert),
        Message::Greeting(text) => greeting(text),
    };
    let signature = secret
        .signing_secret()
        .map(|key| ("x-ddalert-signature", signature(key, &body)));
    Request {
        url: secret.url().clone(),
        headers: signature.into_iter().collect(),
        body,
    }
}

fn body(alert: &Alert) -> Value {
    let report = alert.report();
    let violation = alert.violation();
    let message = match &alert.event {
        Event::Violation(_, value)
        | Event::Audit(_, value)
        | Event::AuditFinding(_, value)
        | Event::Json(value) => value.clone(),
        Event::Text(text) => text.as_str().into(),
    };
    json!({
        "schema": "ddalert/1",
        "kind": alert.kind(),
        "test": report.test,
        "state": report.state.as_str(),
        "severity": report.severity.as_str(),
        "headline": report.headline,
        "title": report.title,
        "summary": report.summary,
        "note": report.note,
        "next_step": report.next_step,
        "thing": violation.and_then(|violation| violation.thing.as_deref()),
        "security_profile": violation.and_then(|violation| violation.profile.as_deref()),
        "behavior": violation.and_then(|violation| violation.behavior.as_deref()),
        "violation_id": alert.violation_id(),
        "time": report.at.map(|at| at.to_string()),
        "account": report.account,
        "region": report.region,
        "topic": alert.origin.topic.as_ref().map(|topic| topic.to_string()),
        "message_id": alert.origin.message_id,
        "facts": report.facts.iter().map(|fact| json!({ "label": fact.label, "value": fact.value })).collect::<Value>(),
        "identifiers": report.identifiers.iter().map(|fact| json!({ "label": fact.label, "value": fact.value })).collect::<Value>(),
        "links": report.links.iter().map(|link| json!({ "text": link.text, "url": link.url })).collect::<Value>(),
        "message": message,
    })
}

fn greeting(text: &str) -> Value {
    json!({ "schema": "ddalert/1", "kind": "greeting", "test": false, "headline": text, "message": text })
}

fn signature(key: &str, body: &Value) -> String {
    // Cannot fail: an HMAC accepts a key of any length.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key.as_bytes()) else {
        return String::new();
    };
    mac.update(body.to_string().as_bytes());
    mac.finalize()
        .into_bytes()
        .iter()
        .fold("sha256=".to_owned(), |mut hex, byte| {
            let _ = write!(hex, "{byte:02x}");
            hex
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signature_covers_the_bytes_on_the_wire() {
        let secret = WebhookSecret::from_url("https://example.com/hook").expect("a URL");
        assert!(
            request(&secret, &Message::Greeting("hello"))
                .headers
                .is_empty()
        );
        let request = request(
            &secret.signed_with("sesame".to_owned()),
            &Message::Greeting("hello"),
        );
        let bytes = serde_json::to_vec(&request.body).expect("JSON");
        assert_eq!(
            String::from_utf8(bytes).expect("text"),
            r#"{"schema":"ddalert/1","kind":"greeting","test":false,"headline":"hello","message":"hello"}"#
        );
        assert_eq!(
            request.headers,
            [(
                "x-ddalert-signature",
                "sha256=0648f57a52f6695ae06f2fae1266349c18a5e4c2ce2dda5131a8dbf5725fd257"
                    .to_owned()
            )]
        );
    }
}
