//! The alerts of a storm, each as Lambda hands it over.

use std::time::{SystemTime, UNIX_EPOCH};

use ddalert::alert::sample;
use jiff::Timestamp;
use serde_json::{Value, json};

/// The behaviors that are violated, of as many security profiles.
const BEHAVIORS: [&str; 5] = [
    "in-alarm",
    "ports",
    "source-ip",
    "custom-metric",
    "disconnect",
];
/// One alert of so many is an audit.
const AUDIT_EVERY: usize = 500;

/// Returns an alert by its number: all are of different things.
fn alert(number: usize) -> Value {
    let of_kind = |kind: &str| serde_json::from_str::<Value>(sample(kind).unwrap().json).unwrap();
    if number % AUDIT_EVERY == AUDIT_EVERY / 2 {
        let mut audit = of_kind("audit");
        audit["taskId"] = format!("{number:032x}").into();
        return audit;
    }
    let mut alarm = of_kind(BEHAVIORS[number % BEHAVIORS.len()]);
    alarm["thingName"] = format!("sensor-{number:06}").into();
    alarm["violationId"] = format!("storm-{number:06}").into();
    alarm["violationEventTime"] = milliseconds(SystemTime::now()).into();
    alarm
}

/// Returns what SNS makes of an alert that is published now.
fn notification(number: usize) -> Value {
    json!({
        "Type": "Notification",
        "MessageId": format!("00000000-0000-4000-8000-{number:012}"),
        "TopicArn": "arn:aws:sns:us-east-1:123456789012:BadIoTDevices",
        "Subject": null,
        "Message": alert(number).to_string(),
        "Timestamp": Timestamp::now().to_string(),
        "SignatureVersion": "1",
        "SigningCertUrl": "https://sns.us-east-1.amazonaws.com/x.pem",
        "MessageAttributes": {},
    })
}

/// Returns the event of a topic that invokes the relay.
pub fn event(number: usize) -> String {
    let record = json!({
        "EventSource": "aws:sns",
        "EventVersion": "1.0",
        "EventSubscriptionArn": "arn:aws:sns:us-east-1:123456789012:BadIoTDevices:1",
        "Sns": notification(number),
    });
    json!({ "Records": [record] }).to_string()
}

/// An alert in a queue.
pub struct Queued {
    /// The body: what SNS made of the alert.
    body: String,
    sent: SystemTime,
    /// How often it was taken from the queue.
    pub receives: u32,
}

impl Queued {
    /// An alert that is published now.
    pub fn now(number: usize) -> Queued {
        Queued {
            body: notification(number).to_string(),
            sent: SystemTime::now(),
            receives: 0,
        }
    }
}

/// Returns the event of a batch. Each message is named by its place.
pub fn batch(messages: &[Queued]) -> String {
    let record = |(place, message): (usize, &Queued)| {
        json!({
            "messageId": place.to_string(),
            "receiptHandle": "r",
            "body": message.body,
            "attributes": {
                "ApproximateReceiveCount": message.receives.to_string(),
                "SentTimestamp": milliseconds(message.sent).to_string(),
            },
            "messageAttributes": {},
            "eventSource": "aws:sqs",
            "eventSourceARN": "arn:aws:sqs:us-east-1:123456789012:bench-buffer",
            "awsRegion": "us-east-1",
        })
    };
    let records: Vec<Value> = messages.iter().enumerate().map(record).collect();
    json!({ "Records": records }).to_string()
}

fn milliseconds(time: SystemTime) -> u64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap();
    u64::try_from(since.as_millis()).unwrap()
}
