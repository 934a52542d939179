//! Amazon Chime rooms: plain text that begins with the workshop's line.
//!
//! From the Chime user guide, "Webhooks": the body is `{"Content": …}`; more than 4 KB gives 413; the rate limit is one message per
//! second and room; `@All`, `@Present` and `@alias` mention people. Markdown would need `/md ` in front of the workshop's line.

use std::time::Duration;

use serde_json::{Value, json};

use super::abridge::{body_len, fit_body};
use super::defang::defang;
use super::{Destination, Message, Request, WebhookSecret, verdict};
use crate::alert::{Fact, Report, State};

/// The maximum number of characters of a message (Chime user guide).
const MAX_CHARACTERS: usize = 4096;
/// The maximum size of a body. Chime rejects 4 KB with 413; this is below that, whatever exactly Chime counts.
const MAX_BYTES: usize = 4000;

/// The row of Amazon Chime.
pub(super) const CHIME: Destination = Destination {
    name: "chime",
    title: "Amazon Chime",
    recipient: "Amazon Chime",
    room: "room",
    secret: "webhook URL",
    hosts: &["hooks.chime.aws", "hooks.a.chime.aws"],
    secret_hint: "In the Chime room's menu: Manage webhooks and bots > Copy URL.",
    setup_steps: &[
        "In Amazon Chime, open the room's menu and choose **Manage webhooks and bots**.",
        "Choose **New**, enter a name such as `Device Defender`, and choose **Create**.",
        "Choose **Copy URL**.",
    ],
    notice: Some(
        "Amazon ended support for Chime on 2026-02-20: check with test-publish that messages still arrive.",
    ),
    notes: "A message can have up to 4,096 characters and 4 KB; a longer alert is shortened. It is plain text, and mentions and links \
            that a device wrote are disabled.",
    storm_end: None,
    supports_signing: false,
    min_interval: Duration::from_secs(1),
    refusals: &[],
    parse: WebhookSecret::from_url,
    request,
    verdict: verdict::by_status,
    fits,
};

fn request(secret: &WebhookSecret, message: &Message<'_>) -> Request {
    let body = match message {
        Message::Alert(alert) => fit_body(&alert.report(), body, fits),
        Message::Digest(digest) => fit_body(&digest.report(), body, fits),
        Message::Greeting(text) => json!({ "Content": defang(text) }),
    };
    Request {
        url: secret.url().clone(),
        headers: Vec::new(),
        body,
    }
}

/// Returns the workshop's line, and below it what it leaves out.
fn body(report: &Report) -> Value {
    let mut lines = vec![defang(&report.headline)];
    let level = match report.state {
        State::Alarm | State::NonCompliant => Some(report.severity.title()),
        State::Cleared | State::Invalidated | State::Compliant | State::Message => None,
    };
    let summary = report
        .summary
        .as_deref()
        .filter(|summary| !report.headline.contains(summary));
    lines.extend(match (level, summary) {
        (Some(level), Some(summary)) => Some(format!("{level} severity. {}", defang(summary))),
        (Some(level), None) => Some(format!("{level} severity.")),
        (None, summary) => summary.map(defang),
    });
    lines.extend(report.note.as_deref().map(defang));
    let fact_line = |fact: &Fact| format!("{}: {}", defang(&fact.label), defang(&fact.value));
    let facts = report
        .facts
        .iter()
        .filter(|fact| !report.is_in_headline(fact));
    lines.extend(facts.map(fact_line));
    lines.extend(report.thing_lines().iter().map(|line| defang(line)));
    lines.extend(report.next_step.as_deref().map(defang));
    lines.extend(report.identifiers.iter().map(fact_line));
    lines.extend(
        report
            .links
            .iter()
            .map(|link| format!("{}: {}", link.text, link.url)),
    );
    lines.extend(report.raw.as_deref().map(defang));
    json!({ "Content": lines.join("\n") })
}

fn fits(body: &Value) -> bool {
    let content = body["Content"].as_str().unwrap_or_default();
    content.encode_utf16().count() <= MAX_CHARACTERS && body_len(body) <= MAX_BYTES
}
