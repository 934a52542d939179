//! What a failure queue holds: Lambda's records of events that the relay failed on, and dead letters of the topic's subscription.
//!
//! The record is that of an on-failure destination (Lambda developer guide, "Retaining records of asynchronous invocations"); a
//! dead letter is the SNS envelope, with the reason in the attributes `ErrorCode` and `ErrorMessage` (SNS developer guide,
//! "Dead-letter queues").

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde_json::{Value, json};

use super::envelope;
use super::message_key::MessageKey;
use crate::alert::{Alert, parse_json};

/// A message of a failure queue, understood: alerts that did not arrive, and why.
#[derive(Clone, Debug)]
pub struct FailedMessage {
    /// The alerts, in the order of the event; SNS hands them over one by one.
    pub alerts: Vec<Alert>,
    /// Why they did not arrive, on one line, in the words of Lambda, the relay or SNS.
    pub why: String,
    /// How often Lambda ran the relay for it, where it says so.
    pub tries: Option<u64>,
    /// When it was given up, where the message says so; else it is when the queue got it.
    pub given_up: Option<Timestamp>,
    /// The event that the relay is to get, as SNS would send it.
    event: Value,
}

impl FailedMessage {
    /// Reads a message of a failure queue; `attributes` are its message attributes. `None` is a message that is neither Lambda's
    /// nor SNS's: whoever put it there, it is not ours to deliver or to delete.
    pub fn read(body: &str, attributes: &BTreeMap<String, String>) -> Option<FailedMessage> {
        let value = parse_json(body)?;
        let context = value
            .get("requestContext")
            .filter(|context| context.is_object());
        if let (Some(context), Some(event)) = (
            context,
            envelope::failed_event(&value).filter(|event| !event.is_null()),
        ) {
            return Some(FailedMessage {
                alerts: envelope::alerts(event),
                why: why_given_up(context, &value["responsePayload"]),
                tries: context["approximateInvokeCount"].as_u64(),
                given_up: value["timestamp"]
                    .as_str()
                    .and_then(|time| time.parse().ok()),
                event: event.clone(),
            });
        }
        let event = match envelope::sns_records(&value) {
            // What a dead-letter queue of the function gets is the event alone.
            Some(_) => value,
            None if envelope::is_envelope(&value) => envelope::sns_event(&value),
            None => return None,
        };
        let alerts = envelope::alerts(&event);
        Some(FailedMessage {
            alerts,
            why: why_dead(attributes),
            tries: None,
            given_up: None,
            event,
        })
    }

    /// Returns the SNS message ids of the alerts, sorted, or `None` if one has none: then it equals no other.
    pub fn ids(&self) -> Option<BTreeSet<String>> {
        self.alerts
            .iter()
            .map(|alert| alert.origin.message_id.clone())
            .collect()
    }

    /// Returns when SNS took the oldest of the alerts, where the envelope says so.
    pub fn published(&self) -> Option<Timestamp> {
        self.alerts
            .iter()
            .filter_map(|alert| alert.origin.published)
            .min()
    }

    /// Returns what the alerts are told apart by, or `None` if one has no ID: then it equals no other.
    pub fn keys(&self) -> Option<BTreeSet<MessageKey>> {
        self.alerts.iter().map(MessageKey::of).collect()
    }

    /// Returns the event for the relay without the alerts that have `arrived`, or `None` if all have.
    pub fn event_without(&self, arrived: &BTreeSet<MessageKey>) -> Option<Value> {
        if self.keys().is_some_and(|keys| keys.is_subset(arrived)) {
            return None;
        }
        // The records of an SNS event hold one alert each.
        let Some(records) =
            envelope::sns_records(&self.event).filter(|records| records.len() == self.alerts.len())
        else {
            return Some(self.event.clone());
        };
        let left = records
            .iter()
            .zip(&self.alerts)
            .filter(|(_, alert)| MessageKey::of(alert).is_none_or(|key| !arrived.contains(&key)));
        let left: Vec<&Value> = left.map(|(record, _)| record).collect();
        Some(json!({ "Records": left }))
    }
}

/// Returns the reason that a relay gave for failing on an event: what Lambda's answer or record holds of the error.
pub fn reason(payload: &Value) -> String {
    match payload["errorMessage"]
        .as_str()
        .filter(|message| !message.trim().is_empty())
    {
        Some(message) => one_line(message),
        None if payload.is_null() => "the relay gave no reason".to_owned(),
        None => one_line(&payload.to_string()),
    }
}

fn why_given_up(context: &Value, response: &Value) -> String {
    let condition = one_line(
        context["condition"]
            .as_str()
            .unwrap_or("given up by Lambda"),
    );
    match response.is_null() {
        true => condition,
        false => format!("{condition}: {}", reason(response)),
    }
}

fn why_dead(attributes: &BTreeMap<String, String>) -> String {
    let attribute = |name: &str| {
        attributes
            .get(name)
            .map(|text| one_line(text))
            .filter(|text| !text.is_empty())
    };
    let why: Vec<String> = ["ErrorCode", "ErrorMessage"]
        .into_iter()
        .filter_map(attribute)
        .collect();
    match why.is_empty() {
        true => "SNS could not hand it over, and does not say why".to_owned(),
        false => format!("SNS could not hand it over: {}", why.join(": ")),
    }
}

/// Returns text of somebody else on one line and without control characters, fit for a terminal.
fn one_line(text: &str) -> String {
    text.split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn envelope(id: &str) -> Value {
        json!({
            "Type": "Notification", "MessageId": id, "TopicArn": "arn:aws:sns:eu-west-1:123456789012:T", "Message": "fire",
            "Timestamp": "2026-11-23T10:00:00.000Z",
        })
    }

    fn event(ids: &[&str]) -> Value {
        json!({ "Records": ids.iter().map(|id| json!({ "EventSource": "aws:sns", "Sns": envelope(id) })).collect::<Vec<_>>() })
    }

    fn record(payload: Value) -> Value {
        let documented = include_str!("../../tests/fixtures/lambda-async-failure-record.docs.json");
        let mut record: Value = serde_json::from_str(documented).expect("the documented record");
        record["requestPayload"] = payload;
        record
    }

    fn read(body: &Value) -> Option<FailedMessage> {
        FailedMessage::read(&body.to_string(), &BTreeMap::new())
    }

    fn ids(ids: &[&str]) -> BTreeSet<String> {
        ids.iter().map(|id| (*id).to_owned()).collect()
    }

    /// Returns the keys of the envelopes with these IDs.
    fn keys(ids: &[&str]) -> BTreeSet<MessageKey> {
        let alerts = ids.iter().flat_map(|id| envelope::alerts(&envelope(id)));
        alerts.filter_map(|alert| MessageKey::of(&alert)).collect()
    }

    #[test]
    fn another_alert_with_the_same_id_is_not_taken_for_one_that_arrived() {
        let mut other = envelope("m-1");
        other["Message"] = json!("flood");
        let failed = read(&other).expect("an envelope");
        assert!(failed.event_without(&keys(&["m-1"])).is_some());
        assert_eq!(failed.ids(), Some(ids(&["m-1"])));
    }

    #[test]
    fn a_record_of_lambda_holds_the_event_and_the_reason() {
        let failed = read(&record(event(&["m-1", "m-2"]))).expect("a record");
        assert_eq!(
            failed.why,
            "RetriesExhausted: RequestId: e4b46cbf-b738-xmpl-8880-a18cdf61200e Process exited before completing request"
        );
        assert_eq!(failed.tries, Some(3));
        assert_eq!(
            failed.given_up.expect("a time").to_string(),
            "2019-11-14T18:16:05.568Z"
        );
        assert_eq!(
            failed.published().expect("a time").to_string(),
            "2026-11-23T10:00:00Z"
        );
        assert_eq!(failed.ids(), Some(ids(&["m-1", "m-2"])));
        assert_eq!(
            failed.event_without(&keys(&[])),
            Some(event(&["m-1", "m-2"]))
        );
    }

    #[test]
    fn what_arrived_is_not_sent_again() {
        let failed = read(&record(event(&["m-1", "m-2"]))).expect("a record");
        assert_eq!(
            failed.event_without(&keys(&["m-1", "m-3"])),
            Some(event(&["m-2"]))
        );
        assert_eq!(failed.event_without(&keys(&["m-1", "m-2", "m-3"])), None);
    }

    #[test]
    fn a_record_of_any_event_is_understood() {
        let failed = read(&record(json!({ "hello": 1 }))).expect("a record");
        assert_eq!((failed.alerts.len(), failed.ids()), (1, None));
        assert_eq!(
            failed.event_without(&keys(&["m-1"])),
            Some(json!({ "hello": 1 }))
        );
    }

    #[test]
    fn a_dead_letter_becomes_an_event() {
        let attributes = [
            ("ErrorCode", "403"),
            ("ErrorMessage", "not authorized\nto invoke"),
            ("RequestID", "r"),
        ];
        let attributes = attributes
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into();
        let failed =
            FailedMessage::read(&envelope("m-1").to_string(), &attributes).expect("a dead letter");
        assert_eq!(
            failed.why,
            "SNS could not hand it over: 403: not authorized to invoke"
        );
        assert_eq!(failed.alerts[0].raw, "fire");
        let event = failed.event_without(&keys(&[])).expect("an event");
        assert_eq!(event["Records"][0]["Sns"], envelope("m-1"));
        assert_eq!(event["Records"][0]["EventSource"], "aws:sns");
        assert_eq!(failed.event_without(&keys(&["m-1"])), None);
    }

    #[test]
    fn an_event_by_itself_is_a_dead_letter_of_the_function() {
        let failed = read(&event(&["m-1"])).expect("an event");
        assert_eq!(failed.event_without(&keys(&[])), Some(event(&["m-1"])));
        assert_eq!(
            failed.why,
            "SNS could not hand it over, and does not say why"
        );
    }

    #[test]
    fn what_is_neither_is_not_understood() {
        let mut without_event = record(Value::Null);
        assert!(read(&without_event).is_none());
        without_event
            .as_object_mut()
            .expect("an object")
            .remove("requestPayload");
        let others = [
            without_event,
            json!(null),
            json!(7),
            json!({}),
            json!({ "Message": "no SNS" }),
            json!({ "Records": [] }),
        ];
        for other in others {
            assert!(read(&other).is_none(), "{other}");
        }
        assert!(FailedMessage::read("not JSON", &BTreeMap::new()).is_none());
    }

    #[test]
    fn a_reason_is_one_clean_line() {
        assert_eq!(
            reason(&json!({ "errorMessage": "a\n\u{1b}[31mb" })),
            "a [31mb"
        );
        assert_eq!(
            reason(&json!({ "errorMessage": " " })),
            r#"{"errorMessage":" "}"#
        );
        assert_eq!(reason(&Value::Null), "the relay gave no reason");
    }
}
