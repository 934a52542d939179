//! PagerDuty services, through the Events API v2: an alarm triggers an incident, and its end resolves it.
//!
//! From PagerDuty/developer-docs, events-API-v2. The integration key is stored in a URL like every other secret, but it is sent in
//! the body. A greeting is a change event, which pages nobody (ruleset keys, which begin with `R`, do not accept change events).

use std::fmt::Write as _;
use std::time::Duration;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use url::Url;

use super::abridge::{body_len, fit_body};
use super::defang::{defang, escape_to_fit};
use super::secret::{check_line, trimmed};
use super::{
    Destination, KnownRefusal, Message, NextStep, Request, SecretError, WebhookSecret, verdict,
};
use crate::alert::{Alert, Event, Report, Severity, State, Violation};
use crate::arn::TopicArn;

/// The maximum length of `payload.summary`, in UTF-16 code units.
const SUMMARY: usize = 1024;
/// The maximum length of `dedup_key`, in characters; ours are ASCII.
const DEDUP_KEY: usize = 255;
/// The maximum size of an event, in bytes.
const MAX_BYTES: usize = 512 * 1024;
/// The length of an integration key.
const KEY: usize = 32;

/// The row of PagerDuty.
pub(super) const PAGERDUTY: Destination = Destination {
    name: "pagerduty",
    title: "PagerDuty",
    recipient: "PagerDuty",
    room: "service",
    secret: "integration key",
    hosts: &["events.pagerduty.com", "events.eu.pagerduty.com"],
    secret_hint: "In the PagerDuty service: Integrations > Add an integration > Events API V2 > Integration Key. In PagerDuty's EU service \
                  region, give it as https://events.eu.pagerduty.com/v2/enqueue?routing_key=KEY.",
    setup_steps: &[
        "In PagerDuty, open the service and its **Integrations** tab.",
        "Choose **Add an integration**, **Events API V2**, and **Add**.",
        "Expand the new integration and copy the **Integration Key**. In PagerDuty's EU service region, use \
         `https://events.eu.pagerduty.com/v2/enqueue?routing_key=KEY` with your key instead of the key alone.",
    ],
    notice: None,
    notes: "An event can have up to 512 KB and a summary of 1,024 characters; a longer alert is shortened. The violation's ID is the \
            deduplication key: an alarm triggers an incident, which resolves when the alarm is cleared or invalidated. An audit's key \
            is its account, region and schedule, so that the next compliant audit resolves its incident. Behind a buffer, a storm of alarms \
            of one security profile and behavior triggers one incident. Each end resolves the incident of its own alarm, and when Device \
            Defender has no active alarm of that profile and behavior left, the storm's incident resolves too.",
    storm_end: Some(storm_end),
    supports_signing: false,
    min_interval: Duration::from_millis(500),
    // PagerDuty developer documentation, "Send an event": 400 for a key that is not one.
    refusals: &[
        KnownRefusal {
            says: "routing_key",
            cause: "does not know this integration key",
            step: NextStep::Rotate,
        },
        KnownRefusal {
            says: "routing key",
            cause: "does not know this integration key",
            step: NextStep::Rotate,
        },
    ],
    parse,
    request,
    verdict: verdict::by_status,
    fits,
};

fn parse(text: &str) -> Result<WebhookSecret, SecretError> {
    let text = trimmed(text);
    if text.is_empty() {
        return Err(SecretError::Empty("integration key"));
    }
    check_line(text)?;
    if is_key(text) {
        return WebhookSecret::from_url(&format!(
            "https://events.pagerduty.com/v2/enqueue?routing_key={text}"
        ));
    }
    let malformed = || {
        SecretError::Malformed(format!(
            "the integration key must be {KEY} letters and digits, or a URL with such a routing_key"
        ))
    };
    if !text.contains("://") {
        return Err(malformed());
    }
    let secret = WebhookSecret::from_url(text)?;
    if is_key(&routing_key(&secret)) {
        Ok(secret)
    } else {
        Err(malformed())
    }
}

fn is_key(text: &str) -> bool {
    text.len() == KEY && text.bytes().all(|b| b.is_ascii_alphanumeric())
}

fn routing_key(secret: &WebhookSecret) -> String {
    secret
        .url()
        .query_pairs()
        .find(|(name, _)| name == "routing_key")
        .map(|(_, key)| key.into_owned())
        .unwrap_or_default()
}

fn request(secret: &WebhookSecret, message: &Message<'_>) -> Request {
    let mut url = address(secret);
    let key = routing_key(secret);
    let body = match message {
        Message::Alert(alert) => fit_body(
            &alert.report(),
            |report| body(&key, message, dedup_key(alert), report),
            fits,
        ),
        Message::Digest(digest) => fit_body(
            &digest.report(),
            |report| body(&key, message, Some(storm_key(digest.alerts()[0])), report),
            fits,
        ),
        Message::Greeting(text) => {
            if let Some(base) = url.path().strip_suffix("/enqueue") {
                url.set_path(&format!("{base}/change/enqueue"));
            }
            json!({ "routing_key": key, "payload": { "summary": escape_to_fit(text, SUMMARY, defang), "source": "ddalert" } })
        }
    };
    Request {
        url,
        headers: Vec::new(),
        body,
    }
}

/// Returns the event that resolves a storm's incident. If there is no such incident, PagerDuty ignores the event.
fn storm_end(secret: &WebhookSecret, alert: &Alert) -> Request {
    Request {
        url: address(secret),
        headers: Vec::new(),
        body: json!({
            "routing_key": routing_key(secret), "event_action": "resolve", "dedup_key": storm_key(alert),
        }),
    }
}

/// Returns the URL without the key.
fn address(secret: &WebhookSecret) -> Url {
    let mut url = secret.url().clone();
    let others: Vec<(String, String)> = url
        .query_pairs()
        .filter(|(name, _)| name != "routing_key")
        .map(|(name, value)| (name.into(), value.into()))
        .collect();
    url.set_query(None);
    if !others.is_empty() {
        url.query_pairs_mut().extend_pairs(others);
    }
    url
}

fn body(key: &str, message: &Message<'_>, dedup_key: Option<String>, report: &Report) -> Value {
    let violation = message.violation();
    let is_over = matches!(
        report.state,
        State::Cleared | State::Invalidated | State::Compliant
    );
    let mut details = Map::new();
    let more = [("Summary", &report.summary), ("Note", &report.note)];
    let more = more
        .into_iter()
        .filter_map(|(label, value)| Some((label, value.as_deref()?)));
    let facts = report
        .facts
        .iter()
        .chain(&report.identifiers)
        .map(|fact| (fact.label.as_str(), fact.value.as_str()));
    let things = Some(report.thing_lines().join("\n")).filter(|things| !things.is_empty());
    let last = [
        ("First things", &things),
        ("Next step", &report.next_step),
        ("Message", &report.raw),
    ];
    let last = last
        .into_iter()
        .filter_map(|(label, value)| Some((label, value.as_deref()?)));
    for (label, value) in more.chain(facts).chain(last) {
        // Our own entries come first: a key of the message cannot replace one of the same name.
        let label = defang(label);
        let free = (1..).map(|number| match number {
            1 => label.clone(),
            number => format!("{label} ({number})"),
        });
        if let Some(key) = free.into_iter().find(|key| !details.contains_key(key)) {
            details.insert(key, defang(value).into());
        }
    }
    let topic = message.topic().map(|topic| topic.name.as_str());
    let thing = message.thing();
    let mut payload = json!({
        "summary": escape_to_fit(&report.title, SUMMARY, defang),
        "source": defang(thing.as_deref().or(topic).unwrap_or("AWS IoT Device Defender")),
        "severity": severity(report.severity),
        "class": message.kind(),
        "custom_details": details,
    });
    let optional = [
        ("timestamp", report.at.map(|at| at.to_string())),
        (
            "component",
            violation
                .and_then(|violation| violation.behavior.as_deref())
                .map(defang),
        ),
        (
            "group",
            violation
                .and_then(|violation| violation.profile.as_deref())
                .map(defang),
        ),
    ];
    for (name, value) in optional {
        if let Some(value) = value {
            payload[name] = value.into();
        }
    }
    let mut event =
        json!({ "routing_key": key, "event_action": if is_over { "resolve" } else { "trigger" } });
    if let Some(key) = dedup_key {
        event["dedup_key"] = key.into();
    }
    event["client"] = "ddalert".into();
    event["payload"] = payload;
    event["links"] = report
        .links
        .iter()
        .map(|link| json!({ "href": link.url, "text": link.text }))
        .collect();
    event
}

/// Returns the key that connects the end of an alarm with its beginning: the violation's ID, or else the names of thing, profile
/// and behavior. An audit's key is its schedule, so that the next compliant audit resolves the incident. Names are unique only
/// within an account and region, so these are part of the key. A test never touches the incident of an alert.
fn dedup_key(alert: &Alert) -> Option<String> {
    let topic = alert.origin.topic.as_ref();
    let of_topic = |part: fn(&TopicArn) -> &str| topic.map(part).unwrap_or_default();
    let (account, region) = (of_topic(|arn| &arn.account), of_topic(|arn| &arn.region));
    let key = match &alert.event {
        Event::Violation(violation, _) => match &violation.id {
            Some(id) => incident_key(&[id]),
            None => {
                let names = [&violation.thing, &violation.profile, &violation.behavior]
                    .map(|name| name.as_deref().unwrap_or_default());
                incident_key(&["violation", account, region, names[0], names[1], names[2]])
            }
        },
        Event::Audit(audit, _) => {
            let account = audit.account.as_deref().unwrap_or(account);
            match &audit.schedule {
                Some(schedule) => incident_key(&["audit", account, region, "scheduled", schedule]),
                None => incident_key(&["audit", account, region, "on-demand"]),
            }
        }
        Event::AuditFinding(finding, _) => incident_key(&[finding.id.as_deref()?]),
        Event::Json(_) | Event::Text(_) => incident_key(&[alert.origin.message_id.as_deref()?]),
    };
    Some(match alert.origin.test {
        true => incident_key(&["test", &key]),
        false => key,
    })
}

/// Returns the key of a storm's incident: the alarms of one profile and behavior on many things, of which `alert` is one. It is never
/// the key of one alarm.
fn storm_key(alert: &Alert) -> String {
    let topic = alert.origin.topic.as_ref();
    let of_topic = |part: fn(&TopicArn) -> &str| topic.map(part).unwrap_or_default();
    let violation = alert.violation();
    let name = |of: fn(&Violation) -> Option<&str>| violation.and_then(of).unwrap_or_default();
    let key = incident_key(&[
        "storm",
        of_topic(|arn| &arn.account),
        of_topic(|arn| &arn.region),
        name(|violation| violation.profile.as_deref()),
        name(|violation| violation.behavior.as_deref()),
    ]);
    match alert.origin.test {
        true => incident_key(&["test", &key]),
        false => key,
    }
}

/// Returns a key of several parts, none of which can pass for another: a separator within a part is escaped, and a key that is too
/// long ends with a hash of all of it.
fn incident_key(parts: &[&str]) -> String {
    /// What stays as it is: nothing that a room makes active.
    const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_');
    let key = parts
        .iter()
        .map(|part| utf8_percent_encode(part, PLAIN).to_string())
        .collect::<Vec<_>>()
        .join("/");
    if key.len() <= DEDUP_KEY {
        return key;
    }
    let hash = Sha256::digest(key.as_bytes());
    let hash = hash.iter().fold(String::from("/"), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    });
    let kept = DEDUP_KEY - hash.len();
    key[..kept].to_owned() + &hash
}

fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "critical",
        Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low | Severity::Info => "info",
    }
}

fn fits(body: &Value) -> bool {
    let length = |value: &Value| value.as_str().unwrap_or_default().encode_utf16().count();
    body_len(body) <= MAX_BYTES
        && length(&body["payload"]["summary"]) <= SUMMARY
        && length(&body["dedup_key"]) <= DEDUP_KEY
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alert::{Origin, sample};

    const EXAMPLE_KEY: &str = "0123456789abcdef0123456789ABCDEF";

    fn sent(name: &str) -> Request {
        let alert = Alert::parse(sample(name).expect("a sample").json, Origin::default());
        request(&parse(EXAMPLE_KEY).expect("a key"), &Message::Alert(&alert))
    }

    #[test]
    fn the_key_is_accepted_bare_or_in_a_url_and_sent_in_the_body() {
        for text in [
            EXAMPLE_KEY.to_owned(),
            format!("https://events.eu.pagerduty.com/v2/enqueue?routing_key={EXAMPLE_KEY}"),
        ] {
            let secret = parse(&text).expect("a key");
            assert_eq!(secret.check_host(&PAGERDUTY, &[]), Ok(()));
            let request = request(&secret, &Message::Greeting("hello"));
            assert_eq!(
                (request.url.path(), request.url.query()),
                ("/v2/change/enqueue", None)
            );
            assert_eq!(request.body["routing_key"], EXAMPLE_KEY);
            assert!(
                request.body.get("event_action").is_none(),
                "a change event pages nobody"
            );
        }
        for text in [
            "",
            "0123",
            "https://events.pagerduty.com/v2/enqueue",
            "not a key at all, not a key at a",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn the_end_of_an_alarm_resolves_its_incident() {
        for (name, action, key) in [
            ("in-alarm", "trigger", "123456789"),
            ("cleared", "resolve", "37e18651d207bbc74236c13faf146127"),
            ("invalidated", "resolve", "37e18651d207bbc74236c13faf146127"),
            (
                "audit",
                "trigger",
                "audit/123456789012//scheduled/myWeeklyAudit",
            ),
            (
                "audit-compliant",
                "resolve",
                "audit/123456789012//on-demand",
            ),
            ("finding", "trigger", "1928b87ab338ee2f541f6fab8c41c4f5"),
        ] {
            let request = sent(name);
            assert_eq!(
                (&request.body["event_action"], &request.body["dedup_key"]),
                (&json!(action), &json!(key)),
                "{name}"
            );
            assert_eq!(
                (request.url.path(), request.url.query()),
                ("/v2/enqueue", None)
            );
        }
    }

    fn key(message: &Value, region: &str, test: bool) -> String {
        let topic = format!("arn:aws:sns:{region}:123456789012:T");
        let origin = Origin {
            topic: topic.parse().ok(),
            test,
            ..Origin::default()
        };
        dedup_key(&Alert::parse(&message.to_string(), origin)).expect("a key")
    }

    #[test]
    fn incidents_of_different_things_have_different_keys() {
        let audit = |schedule: &str| json!({ "taskType": "SCHEDULED_AUDIT_TASK", "accountId": "123456789012", "scheduledAuditName": schedule });
        let violation = |thing: &str, profile: &str, behavior: &str| json!({ "violationEventType": "in-alarm", "thingName": thing, "securityProfileName": profile, "behavior": { "name": behavior } });
        let (long, names) = ("é".repeat(128), "n".repeat(128));
        let mut other_account = audit("daily");
        other_account["accountId"] = json!("210987654321");
        let on_demand = json!({ "taskType": "ON_DEMAND_AUDIT_TASK", "accountId": "123456789012" });
        let table = [
            (audit("daily"), "eu-west-1", false),
            (audit("daily"), "us-east-1", false),
            (audit("daily"), "eu-west-1", true),
            (other_account, "eu-west-1", false),
            (audit("weekly"), "eu-west-1", false),
            (audit("on-demand"), "eu-west-1", false),
            (on_demand, "eu-west-1", false),
            (violation("t", "p", "b"), "eu-west-1", false),
            (violation("t", "p", "b"), "us-east-1", false),
            (violation("t/p", "", "b"), "eu-west-1", false),
            (violation("t", "", "p/b"), "eu-west-1", false),
            (violation("t", "p/", "b"), "eu-west-1", false),
            (violation(&long, &names, "a"), "eu-west-1", false),
            (violation(&long, &names, "b"), "eu-west-1", false),
        ];
        let keys: std::collections::BTreeSet<String> = table
            .iter()
            .map(|(message, region, test)| key(message, region, *test))
            .collect();
        assert_eq!(keys.len(), table.len(), "{keys:#?}");
        assert!(
            keys.iter()
                .all(|key| key.len() <= DEDUP_KEY && defang(key) == *key),
            "{keys:#?}"
        );
    }
}
