//! The policies that ddalert writes for a relay: the trust policy and the inline policy of its execution role, and the resource policy
//! of its failure queue.
//!
//! Every statement names its resources; none allows `*`.

use serde_json::{Value, json};

use super::names::ResourceNames;
use super::state::Trigger;
use crate::arn::{Arn, TopicArn};
use crate::contract::secret_store::{SecretLocation, SecretStore};
use crate::destination::destination;

/// The name of the inline policy of an execution role.
pub const INLINE_POLICY: &str = "ddalert-relay";
/// The name of the inline policy of the role that Device Defender publishes with.
pub const PUBLISH_POLICY: &str = "ddalert-publish";
/// The name of the inline policy of the role that SNS logs delivery status with.
pub const STATUS_POLICY: &str = "ddalert-sms-status";

/// The prefix of the ids of statements that keep the previous store readable while the function changes to another one, and the
/// buffer readable until it is empty.
const PREVIOUS: &str = "Previous";

/// The id of the statement that allows a relay to send text messages.
const TEXT_PHONES: &str = "TextPhones";

/// The id of the statement that allows Lambda to take alerts from the buffer with the execution role.
const READ_BUFFER: &str = "ReadBuffer";

/// What Lambda calls with the execution role to take messages from a queue (Lambda developer guide, "Using Lambda with Amazon SQS").
pub const BUFFER_ACTIONS: [&str; 3] = [
    "sqs:ReceiveMessage",
    "sqs:DeleteMessage",
    "sqs:GetQueueAttributes",
];

/// Returns the trust policy of the execution role: only Lambda can assume it.
pub fn lambda_trust() -> Value {
    json!({
        "Version": "2012-10-17",
        "Statement": [{ "Effect": "Allow", "Principal": { "Service": "lambda.amazonaws.com" }, "Action": "sts:AssumeRole" }]
    })
}

/// Returns the inline policy of the execution role: access to the relay's own log group, queue, and secret or KMS key. Without a
/// `webhook`, it is the policy of the relay to phones, which has no secret and sends text messages. `trigger` says whether Lambda
/// takes alerts from the buffer; then a relay to a `target` with incidents reads which alarms are active, to end a storm's incident.
pub fn execution_policy(
    names: &ResourceNames,
    target: &str,
    webhook: Option<&SecretLocation>,
    trigger: Trigger,
) -> Value {
    let mut statements = vec![
        json!({
            "Sid": "WriteLog", "Effect": "Allow",
            "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
            "Resource": format!("{}:*", names.log_group_arn())
        }),
        json!({
            "Sid": "KeepFailures", "Effect": "Allow", "Action": "sqs:SendMessage", "Resource": names.queue_arn()
        }),
    ];
    if trigger == Trigger::Sqs {
        statements.push(json!({
            "Sid": READ_BUFFER, "Effect": "Allow", "Action": BUFFER_ACTIONS, "Resource": names.buffer_arn()
        }));
        if destination(target).is_some_and(|room| room.storm_end.is_some()) {
            let place = &names.place;
            statements.push(json!({
                "Sid": "ReadActiveAlarms", "Effect": "Allow", "Action": "iot:ListActiveViolations",
                "Resource": Arn::new(&place.partition, "iot", &place.region, &place.account, "securityprofile/*").to_string()
            }));
        }
    }
    match webhook {
        Some(webhook) => statements.extend(webhook.statement(&names.place, &names.function)),
        // A phone number has no ARN: the statement allows everything that is not the ARN of an SNS resource, such as a topic.
        None => statements.push(json!({
            "Sid": TEXT_PHONES, "Effect": "Allow", "Action": "sns:Publish",
            "NotResource": Arn::new(&names.place.partition, "sns", "*", "*", "*").to_string()
        })),
    }
    json!({ "Version": "2012-10-17", "Statement": statements })
}

/// Returns `want` with the statements of `have` that let the relay read its webhook URL and its buffer: the policy during a change
/// of the store or the trigger, when the function may still use the previous one.
pub fn widened(want: &Value, have: &Value) -> Value {
    let (wanted, current) = (statements(want), statements(have));
    let mut all = wanted.clone();
    let mut previous = 0;
    for mut statement in current {
        let sid = statement["Sid"].as_str().unwrap_or_default();
        let reads = SecretStore::is_read_statement(sid)
            || [TEXT_PHONES, READ_BUFFER].contains(&sid)
            || sid.starts_with(PREVIOUS);
        if reads && !wanted.iter().any(|other| same_but_sid(other, &statement)) {
            previous += 1;
            statement["Sid"] = json!(format!("{PREVIOUS}{previous}"));
            all.push(statement);
        }
    }
    json!({ "Version": "2012-10-17", "Statement": all })
}

/// Returns the resource policy of a failure queue: the topic can send its dead letters to it. Lambda sends failed events with the
/// execution role, which needs no statement here.
pub fn queue_policy(names: &ResourceNames, topic: &TopicArn) -> Value {
    json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Sid": "DeadLetters", "Effect": "Allow", "Principal": { "Service": "sns.amazonaws.com" },
            "Action": "sqs:SendMessage", "Resource": names.queue_arn(),
            "Condition": { "ArnEquals": { "aws:SourceArn": topic.to_string() } }
        }]
    })
}

/// Returns the resource policy of a buffer: the topic can send alerts to it.
pub fn buffer_policy(names: &ResourceNames, topic: &TopicArn) -> Value {
    json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Sid": "Alerts", "Effect": "Allow", "Principal": { "Service": "sns.amazonaws.com" },
            "Action": "sqs:SendMessage", "Resource": names.buffer_arn(),
            "Condition": { "ArnEquals": { "aws:SourceArn": topic.to_string() } }
        }]
    })
}

fn statements(policy: &Value) -> Vec<Value> {
    match &policy["Statement"] {
        Value::Array(statements) => statements.clone(),
        Value::Null => Vec::new(),
        one => vec![one.clone()],
    }
}

/// Returns whether two policies have the same statements, regardless of their ids and their order.
pub(super) fn same_statements(one: &Value, other: &Value) -> bool {
    let (one, other) = (statements(one), statements(other));
    let all_in = |these: &[Value], those: &[Value]| {
        these
            .iter()
            .all(|this| those.iter().any(|that| same_but_sid(this, that)))
    };
    all_in(&one, &other) && all_in(&other, &one)
}

/// Returns whether two statements are equal, regardless of their ids.
pub(crate) fn same_but_sid(one: &Value, other: &Value) -> bool {
    let without_sid = |statement: &Value| {
        let mut statement = statement.clone();
        if let Some(object) = statement.as_object_mut() {
            object.remove("Sid");
        }
        statement
    };
    without_sid(one) == without_sid(other)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chain::names::AccountRegion;
    use crate::contract::secret_store::SecretValue;

    fn names() -> ResourceNames {
        let topic = "arn:aws:sns:us-east-1:123456789012:BadIoTDevices"
            .parse()
            .expect("an ARN");
        let place = AccountRegion {
            partition: "aws".into(),
            region: "us-east-1".into(),
            account: "123456789012".into(),
        };
        ResourceNames::new("slack", &topic, place, None)
    }

    fn places() -> Vec<Option<SecretLocation>> {
        let key = "arn:aws:kms:us-east-1:123456789012:key/1";
        let location =
            |store| SecretLocation::wanted(store, &names().function, key, SecretValue::Unread);
        let stores = SecretStore::ALL.into_iter().map(location).map(Some);
        stores.chain([None]).collect()
    }

    #[test]
    fn no_statement_allows_all_resources() {
        let triggers =
            |place: Option<SecretLocation>| Trigger::ALL.map(|trigger| (place.clone(), trigger));
        for (place, trigger) in places().into_iter().flat_map(triggers) {
            let policy = execution_policy(&names(), "pagerduty", place.as_ref(), trigger);
            for statement in statements(&policy) {
                assert_ne!(statement["Resource"], json!("*"), "{statement}");
                assert!(
                    !statement["Action"].to_string().contains('*'),
                    "{statement}"
                );
            }
        }
    }

    #[test]
    fn only_a_relay_with_incidents_and_a_buffer_reads_active_alarms() {
        let place = SecretLocation::SecretsManager { dangling: false };
        for (target, trigger, reads) in [
            ("pagerduty", Trigger::Sqs, true),
            ("pagerduty", Trigger::Sns, false),
            ("slack", Trigger::Sqs, false),
        ] {
            let policy = execution_policy(&names(), target, Some(&place), trigger).to_string();
            assert_eq!(
                policy.contains("iot:ListActiveViolations"),
                reads,
                "{target}"
            );
        }
    }

    #[test]
    fn while_a_store_is_changed_both_can_be_read_and_no_more() {
        for from in places() {
            for to in places() {
                let trigger = Trigger::Sns;
                let (have, want) = (
                    execution_policy(&names(), "slack", from.as_ref(), trigger),
                    execution_policy(&names(), "slack", to.as_ref(), trigger),
                );
                let both = widened(&want, &have);
                for statement in statements(&want) {
                    assert!(statements(&both).contains(&statement));
                }
                for statement in statements(&have) {
                    assert!(
                        statements(&both)
                            .iter()
                            .any(|other| same_but_sid(other, &statement)),
                        "{statement} is lost"
                    );
                }
                assert_eq!(
                    widened(&want, &both),
                    both,
                    "an interrupted switch goes on from what it has"
                );
                assert_eq!(
                    both == want,
                    from == to
                        || from.as_ref().is_some_and(|from| {
                            from.statement(&names().place, &names().function).is_none()
                        })
                );
            }
        }
    }

    #[test]
    fn a_buffer_stays_readable_until_it_is_empty() {
        let place = SecretLocation::SecretsManager { dangling: false };
        let [want, have] =
            Trigger::ALL.map(|trigger| execution_policy(&names(), "slack", Some(&place), trigger));
        let both = widened(&want, &have);
        let reads = |policy: &Value| policy.to_string().contains("sqs:ReceiveMessage");
        assert!(reads(&both) && !reads(&want), "{both}");
        assert_eq!(widened(&want, &both), both);
        assert!(same_statements(&both, &have) && !same_statements(&both, &want));
        assert_eq!(widened(&have, &have), have);
    }
}
