//! Any HTTPS endpoint: a stable JSON document, signed if there is a signing secret.
//!
//! `ddalert/1`: `schema`, `kind`, `test`, `state`, `severity`, `headline`, `title`, `summary`, `note`, `next_step`,
//! `thing`, `security_profile`, `behavior`, `violation_id`, `time`, `account`, `region`, `topic`, `message_id`, `facts` and
//! `identifiers` (`label`, `value`), `links` (`text`, `url`), `digest`, `message` (the message as it was published: JSON, or else
//! text). Every key is always present; unknown values are null. If the document is about many alerts, `digest` has `things` (how
//! many), `from`, `to`, and `alerts`, each with `thing`, `violation_id`, `observed`, `time`, `message_id` and `message`; then
//! `thing`, `violation_id`, `message_id` and `message` are null. A greeting has only `schema`, `kind` (`greeting`), `test`, `headline` and `message`. The texts are not escaped:
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
use crate::alert::{Alert, Digest as AlertDigest, Event, Report};

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
    storm_end: None,
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
        Message::Alert(alert) => alert_body(message, alert),
        Message::Digest(digest) => digest_body(message, digest),
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

fn alert_body(message: &Message<'_>, alert: &Alert) -> Value {
    let mut body = body(message, &alert.report());
    body["thing"] = alert
        .violation()
        .and_then(|violation| violation.thing.as_deref())
        .into();
    body["violation_id"] = alert.violation_id().into();
    body["message_id"] = alert.origin.message_id.as_deref().into();
    body["message"] = published(alert);
    body
}

fn digest_body(message: &Message<'_>, digest: &AlertDigest<'_>) -> Value {
    let report = digest.report();
    let mut body = body(message, &report);
    let alert = |alert: &&Alert| {
        let violation = alert.violation();
        json!({
            "thing": violation.and_then(|violation| violation.thing.as_deref()),
            "violation_id": alert.violation_id(),
            "observed": violation.and_then(|violation| violation.comparison().reading()),
            "time": violation.and_then(|violation| violation.at).map(|at| at.to_string()),
            "message_id": alert.origin.message_id,
            "message": published(alert),
        })
    };
    let span = digest.span();
    body["digest"] = json!({
        "things": digest.thing_count(),
        "from": span.map(|(from, _)| from.to_string()),
        "to": span.map(|(_, to)| to.to_string()),
        "alerts": digest.alerts().iter().map(alert).collect::<Value>(),
    });
    body
}

/// Returns the message as it was published: JSON, or else text.
fn published(alert: &Alert) -> Value {
    match &alert.event {
        Event::Violation(_, value)
        | Event::Audit(_, value)
        | Event::AuditFinding(_, value)
        | Event::Json(value) => value.clone(),
        Event::Text(text) => text.as_str().into(),
    }
}

/// Returns the document with every key, those of a single alert and of a digest null.
fn body(message: &Message<'_>, report: &Report) -> Value {
    let violation = message.violation();
    json!({
        "schema": "ddalert/1",
        "kind": message.kind(),
        "test": report.test,
        "state": report.state.as_str(),
        "severity": report.severity.as_str(),
        "headline": report.headline,
        "title": report.title,
        "summary": report.summary,
        "note": report.note,
        "next_step": report.next_step,
        "thing": null,
        "security_profile": violation.and_then(|violation| violation.profile.as_deref()),
        "behavior": violation.and_then(|violation| violation.behavior.as_deref()),
        "violation_id": null,
        "time": report.at.map(|at| at.to_string()),
        "account": report.account,
        "region": report.region,
        "topic": message.topic().map(|topic| topic.to_string()),
        "message_id": null,
        "facts": report.facts.iter().map(|fact| json!({ "label": fact.label, "value": fact.value })).collect::<Value>(),
        "identifiers": report.identifiers.iter().map(|fact| json!({ "label": fact.label, "value": fact.value })).collect::<Value>(),
        "links": report.links.iter().map(|link| json!({ "text": link.text, "url": link.url })).collect::<Value>(),
        "digest": null,
        "message": null,
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
