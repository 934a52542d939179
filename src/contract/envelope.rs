//! What Lambda hands over, unpacked into messages: whatever its shape, nothing in it is dropped.
//!
//! Read by hand and not through the published event types: those require fields that no alert needs (a signature, a certificate's
//! URL, under two spellings), and an alert must not be lost for one that is missing.

use serde_json::{Value, json};

use crate::alert::{Alert, Origin, parse_json};

/// The SNS message attribute that marks a message as a test, whatever its value: the relay shows it as `[TEST]`.
pub const TEST_ATTRIBUTE: &str = "ddalert-test";

/// The SNS message attribute that says who sent a test: the resource of the sender's ARN, such as `assumed-role/OnCall/alice`. Without
/// [`TEST_ATTRIBUTE`] it means nothing.
pub const SENDER_ATTRIBUTE: &str = "ddalert-sender";

/// Unpacks an event into its alerts, in its order: an SNS event, a batch of an SQS queue whose bodies are SNS envelopes (or what
/// Lambda puts into a failure queue), one SNS envelope; anything else is itself the message.
pub fn alerts(event: &Value) -> Vec<Alert> {
    match event.get("Records").and_then(Value::as_array) {
        Some(records) if !records.is_empty() => records.iter().flat_map(record).collect(),
        _ => vec![one(event)],
    }
}

/// Unpacks one record of an event.
pub(super) fn record(record: &Value) -> Vec<Alert> {
    if let Some(envelope) = record.get("Sns") {
        return vec![if envelope.get("Message").is_some() {
            unwrapped(envelope)
        } else {
            one(envelope)
        }];
    }
    let Some(body) = record.get("body").and_then(Value::as_str) else {
        return vec![one(record)];
    };
    let content = parse_json(body).unwrap_or_default();
    if let Some(event) = failed_event(&content) {
        return alerts(event);
    }
    if is_envelope(&content) {
        return vec![one(&content)];
    }
    // A subscription with raw message delivery: the body is the message, and only SQS has an id for it.
    let attributes = &record["messageAttributes"];
    let test = attributes.get(TEST_ATTRIBUTE).is_some();
    let origin = Origin {
        message_id: text(record, "messageId"),
        test,
        sender: text(&attributes[SENDER_ATTRIBUTE], "stringValue").filter(|_| test),
        ..Origin::default()
    };
    vec![Alert::parse(body, origin)]
}

/// Reads a value that may be an SNS envelope; what is none is the message.
fn one(value: &Value) -> Alert {
    if is_envelope(value) {
        unwrapped(value)
    } else {
        Alert::parse(&as_text(value), Origin::default())
    }
}

/// Reads an SNS envelope, of which nothing but the message need be there.
fn unwrapped(value: &Value) -> Alert {
    let attributes = &value["MessageAttributes"];
    let test = attributes.get(TEST_ATTRIBUTE).is_some();
    let origin = Origin {
        topic: text(value, "TopicArn").and_then(|arn| arn.parse().ok()),
        message_id: text(value, "MessageId"),
        published: text(value, "Timestamp").and_then(|time| time.parse().ok()),
        subject: text(value, "Subject"),
        test,
        sender: text(&attributes[SENDER_ATTRIBUTE], "Value").filter(|_| test),
    };
    Alert::parse(&as_text(&value["Message"]), origin)
}

/// Returns whether a value is what SNS wraps around a message.
pub(super) fn is_envelope(value: &Value) -> bool {
    value.get("Message").is_some()
        && (value.get("TopicArn").is_some() || value.get("MessageId").is_some())
}

/// Returns the event in Lambda's record of an asynchronous invocation that failed, as it was.
pub(super) fn failed_event(record: &Value) -> Option<&Value> {
    record.get("requestPayload")
}

/// Returns the records of an SNS event, each with one message; `None` if it is another event.
pub(super) fn sns_records(event: &Value) -> Option<&Vec<Value>> {
    event["Records"].as_array().filter(|records| {
        !records.is_empty() && records.iter().all(|record| record["Sns"].is_object())
    })
}

/// Returns the event by which SNS hands an envelope to a function.
pub(super) fn sns_event(envelope: &Value) -> Value {
    json!({ "Records": [{ "EventSource": "aws:sns", "EventVersion": "1.0", "Sns": envelope }] })
}

fn text(value: &Value, key: &str) -> Option<String> {
    value
        .get(key)?
        .as_str()
        .filter(|text| !text.is_empty())
        .map(str::to_owned)
}

fn as_text(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shape_gives_its_messages() {
        let envelope = json!({"MessageId": "m-1", "TopicArn": "arn:aws:sns:eu-west-1:123456789012:T", "Message": "fire"});
        let sns = json!({ "Sns": envelope });
        let queued = json!({ "messageId": "q-1", "body": envelope.to_string() });
        let failed =
            json!({ "body": json!({ "requestPayload": { "Records": [sns, sns] } }).to_string() });
        let table = [
            (json!({ "Records": [sns] }), vec![("fire", Some("m-1"))]),
            (
                json!({ "Records": [sns, queued, failed] }),
                vec![("fire", Some("m-1")); 4],
            ),
            (envelope, vec![("fire", Some("m-1"))]),
            (
                json!({ "Records": [{ "messageId": "q-1", "body": "raw" }] }),
                vec![("raw", Some("q-1"))],
            ),
            (
                json!({ "Records": [{ "Sns": { "Message": "bare" } }] }),
                vec![("bare", None)],
            ),
            (
                json!({ "Records": [{ "Sns": { "Subject": "no message" } }] }),
                vec![(r#"{"Subject":"no message"}"#, None)],
            ),
            (
                json!({ "Message": "not SNS" }),
                vec![(r#"{"Message":"not SNS"}"#, None)],
            ),
            (
                json!({ "Records": [{ "Sns": { "MessageId": "m-2", "Message": {"a": 1} } }] }),
                vec![(r#"{"a":1}"#, Some("m-2"))],
            ),
            (
                json!({ "Records": [7, null] }),
                vec![("7", None), ("null", None)],
            ),
            (json!({ "Records": [] }), vec![(r#"{"Records":[]}"#, None)]),
            (
                json!({ "Records": "x" }),
                vec![(r#"{"Records":"x"}"#, None)],
            ),
            (
                json!({ "thingName": "t" }),
                vec![(r#"{"thingName":"t"}"#, None)],
            ),
            (json!("text"), vec![("text", None)]),
            (json!(null), vec![("null", None)]),
        ];
        for (event, expected) in table {
            let alerts = alerts(&event);
            let got: Vec<_> = alerts
                .iter()
                .map(|alert| (alert.raw.as_str(), alert.origin.message_id.as_deref()))
                .collect();
            assert_eq!(got, expected, "{event}");
        }
    }

    #[test]
    fn the_origin_is_read_from_the_envelope() {
        let event = json!({
            "MessageId": "m-1", "TopicArn": "arn:aws:sns:eu-west-1:123456789012:BadIoTDevices", "Subject": null,
            "Timestamp": "2019-11-15T03:00:36.527Z", "Message": "fire",
            "MessageAttributes": {
                TEST_ATTRIBUTE: { "Type": "String", "Value": "1" },
                SENDER_ATTRIBUTE: { "Type": "String", "Value": "user/alice" },
            },
        });
        let origin = alerts(&event).remove(0).origin;
        assert_eq!(origin.topic.expect("a topic").region, "eu-west-1");
        assert_eq!(
            origin.published.expect("a time").as_millisecond(),
            1_573_786_836_527
        );
        assert_eq!(origin.subject, None);
        assert!(origin.test);
        assert_eq!(origin.sender.as_deref(), Some("user/alice"));
    }

    #[test]
    fn only_a_test_has_a_sender() {
        let sender =
            json!({ "Type": "String", "Value": "user/alice", "stringValue": "user/alice" });
        for (attributes, expected) in [
            (
                json!({ TEST_ATTRIBUTE: {}, SENDER_ATTRIBUTE: sender }),
                Some("user/alice"),
            ),
            (json!({ SENDER_ATTRIBUTE: sender }), None),
            (json!({ TEST_ATTRIBUTE: {}, SENDER_ATTRIBUTE: 7 }), None),
            (json!("none"), None),
        ] {
            for event in [
                json!({ "MessageId": "m", "Message": "x", "MessageAttributes": attributes }),
                json!({ "Records": [{ "messageId": "q", "body": "x", "messageAttributes": attributes }] }),
            ] {
                let origin = alerts(&event).remove(0).origin;
                assert_eq!(origin.sender.as_deref(), expected, "{event}");
            }
        }
    }
}
