//! A batch that Lambda took from a queue: its messages, and the relay's answer, which tells Lambda which of them to keep.
//!
//! From the Lambda developer guide, "Using Lambda with Amazon SQS" and "Handling errors for an SQS event source": Lambda deletes the
//! messages that the answer does not name, if the event source mapping has `ReportBatchItemFailures`; an empty identifier keeps the
//! whole batch.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::envelope;
use crate::alert::Alert;

/// The most batches that Lambda hands to a relay at a time: the least that an event source mapping allows, because rooms limit the
/// rate. Each relay posts at this fraction of the room's rate.
pub const BATCHES_AT_ONCE: u32 = 2;

/// A message of a batch.
#[derive(Clone, Debug)]
pub struct BatchItem {
    /// SQS's ID, by which the answer names it; `None` cannot be named, so that the batch must fail as a whole.
    pub id: Option<String>,
    /// When the queue got it.
    pub sent: Option<Timestamp>,
    /// What it holds: one alert, or those of an event that Lambda gave up.
    pub alerts: Vec<Alert>,
}

/// Unpacks a batch, in its order; `None` is an event that does not come from a queue. Lambda never mixes the two: an event with any
/// other record is not answered as a batch, so that what fails in it is an error of the invocation and nothing is deleted.
pub fn items(event: &Value) -> Option<Vec<BatchItem>> {
    let records = event.get("Records")?.as_array()?;
    let is_queued = |record: &Value| record["eventSource"] == "aws:sqs";
    if records.is_empty() || !records.iter().all(is_queued) {
        return None;
    }
    let item = |record: &Value| BatchItem {
        id: record["messageId"]
            .as_str()
            .filter(|id| !id.is_empty())
            .map(str::to_owned),
        sent: record["attributes"]["SentTimestamp"]
            .as_str()
            .and_then(|ms| ms.parse().ok())
            .and_then(|ms| Timestamp::from_millisecond(ms).ok()),
        alerts: envelope::record(record),
    };
    Some(records.iter().map(item).collect())
}

/// Returns the answer that keeps the messages with these IDs in the queue, and lets Lambda delete all others of the batch.
pub fn answer(failed: &[&str]) -> Value {
    let failed = failed.iter().map(|id| json!({ "itemIdentifier": id }));
    json!({ "batchItemFailures": failed.collect::<Vec<_>>() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_message_of_a_batch_is_there_with_what_names_it() {
        let envelope = json!({"MessageId": "m-1", "TopicArn": "arn:aws:sns:eu-west-1:123456789012:T", "Message": "fire"});
        let given_up =
            json!({ "requestPayload": { "Records": [{ "Sns": envelope }, { "Sns": envelope }] } });
        let record = |id: &str, body: &str| {
            json!({ "messageId": id, "eventSource": "aws:sqs", "body": body,
                "attributes": { "SentTimestamp": "1573786836527" } })
        };
        let event = json!({ "Records": [
            record("q-1", &envelope.to_string()), record("q-2", "raw"), record("q-3", &given_up.to_string()),
            { "eventSource": "aws:sqs", "messageId": "q-4" }, record("", "no id"),
        ] });
        let read: Vec<_> = items(&event)
            .expect("a batch")
            .into_iter()
            .map(|item| {
                let texts: Vec<String> = item.alerts.into_iter().map(|alert| alert.raw).collect();
                (item.id, item.sent.is_some(), texts)
            })
            .collect();
        let id = |id: &str| Some(id.to_owned());
        let odd = r#"{"eventSource":"aws:sqs","messageId":"q-4"}"#;
        assert_eq!(
            read,
            [
                (id("q-1"), true, vec!["fire".to_owned()]),
                (id("q-2"), true, vec!["raw".to_owned()]),
                (id("q-3"), true, vec!["fire".to_owned(); 2]),
                (id("q-4"), false, vec![odd.to_owned()]),
                (None, true, vec!["no id".to_owned()]),
            ]
        );
    }

    #[test]
    fn other_events_are_no_batch() {
        for event in [
            json!({ "Records": [{ "EventSource": "aws:sns", "Sns": { "Message": "fire" } }] }),
            json!({ "Records": [{ "messageId": "q-1", "body": "raw" }] }),
            json!({ "Records": [] }),
            json!({ "Records": [{ "messageId": "q-1", "eventSource": "aws:sqs", "body": "raw" }, null] }),
            json!({ "Records": "aws:sqs" }),
            json!("text"),
            json!(null),
        ] {
            assert!(items(&event).is_none(), "{event}");
        }
    }

    #[test]
    fn the_answer_names_what_is_to_be_kept() {
        assert_eq!(answer(&[]).to_string(), r#"{"batchItemFailures":[]}"#);
        assert_eq!(
            answer(&["q-1", "q-2"]).to_string(),
            r#"{"batchItemFailures":[{"itemIdentifier":"q-1"},{"itemIdentifier":"q-2"}]}"#
        );
    }
}
