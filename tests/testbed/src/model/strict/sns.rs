//! Protocols and endpoints of subscriptions, redrive and filter policies.

use serde_json::Value;

use super::{AwsError, Call, Result};
use crate::model::sms::Sms;

const PROTOCOLS: [&str; 9] = [
    "http",
    "https",
    "email",
    "email-json",
    "sms",
    "sqs",
    "application",
    "lambda",
    "firehose",
];

pub(crate) fn check(call: &Call, sms: &Sms) -> Result<()> {
    match call.action.as_str() {
        "Subscribe" => {
            check_endpoint(call, sms)?;
            let attributes = call.form_map("Attributes");
            attributes
                .iter()
                .try_for_each(|(name, value)| check_attribute(call, name, value))
        }
        "SetSubscriptionAttributes" => {
            let value = call.form("AttributeValue").unwrap_or_default();
            check_attribute(
                call,
                &call.form("AttributeName").unwrap_or_default(),
                &value,
            )
        }
        "Publish" => call
            .form("PhoneNumber")
            .map_or(Ok(()), |number| check_recipient(&number, sms)),
        _ => Ok(()),
    }
}

fn check_endpoint(call: &Call, sms: &Sms) -> Result<()> {
    let protocol = call.form("Protocol").unwrap_or_default();
    let endpoint = call.form("Endpoint").unwrap_or_default();
    if !PROTOCOLS.contains(&protocol.as_str()) || (protocol == "sms" && !sms.supported) {
        return Err(invalid(&format!(
            "Amazon SNS does not support this protocol string: {protocol}"
        )));
    }
    let topic = call.form("TopicArn").unwrap_or_default();
    if topic.ends_with(".fifo") && protocol != "sqs" {
        return Err(invalid(&format!("Invalid protocol type: {protocol}")));
    }
    match protocol.as_str() {
        "sms" if !is_phone_number(&endpoint) => {
            Err(invalid(&format!("Invalid SMS endpoint: {endpoint}")))
        }
        "lambda"
            if arn_of(&endpoint, "lambda")
                .is_none_or(|(_, _, resource)| !resource.starts_with("function:")) =>
        {
            Err(invalid("Lambda endpoint ARN"))
        }
        _ => Ok(()),
    }
}

/// A text message can go nowhere from a region without them, nor, from the sandbox, to a number that is not verified.
fn check_recipient(number: &str, sms: &Sms) -> Result<()> {
    if sms.supported && is_phone_number(number) {
        return Ok(());
    }
    Err(invalid(&format!(
        "PhoneNumber Reason: {number} is not valid to publish to"
    )))
}

fn check_attribute(call: &Call, name: &str, value: &str) -> Result<()> {
    match name {
        // An empty value takes the attribute away.
        _ if value.is_empty() => Ok(()),
        "RedrivePolicy" => check_redrive_policy(call, value),
        "FilterPolicy" => check_filter_policy(value),
        "FilterPolicyScope" if value != "MessageBody" && value != "MessageAttributes" => {
            Err(invalid(&format!(
                "FilterPolicyScope: Invalid value [{value}]. Please use either MessageBody or MessageAttributes"
            )))
        }
        _ => Ok(()),
    }
}

/// The queue has to be in the account and region of the subscription.
fn check_redrive_policy(call: &Call, policy: &str) -> Result<()> {
    let policy: Value = serde_json::from_str(policy)
        .map_err(|_| invalid("RedrivePolicy: failed to parse JSON."))?;
    let queue = policy["deadLetterTargetArn"].as_str().unwrap_or_default();
    match arn_of(queue, "sqs") {
        Some((region, account, _))
            if region == call.account.region && account == call.account.id =>
        {
            Ok(())
        }
        _ => Err(invalid(
            "RedrivePolicy: deadLetterTargetArn is an invalid arn.",
        )),
    }
}

/// At most 5 keys, 150 combinations and 256 KB; a leaf is a list, and a number has its limits.
fn check_filter_policy(policy: &str) -> Result<()> {
    if policy.len() > 256 * 1024 {
        return Err(invalid(
            "FilterPolicy: the filter policy is larger than 256 KB",
        ));
    }
    let policy: Value =
        serde_json::from_str(policy).map_err(|_| invalid("FilterPolicy: failed to parse JSON."))?;
    if !policy.is_object() {
        return Err(invalid("FilterPolicy: Filter policy must be a JSON object"));
    }
    let Size { keys, combinations } = measure(&policy, 1)?;
    if keys > 5 {
        return Err(invalid(
            "FilterPolicy: Filter policy can not have more than 5 keys",
        ));
    }
    if combinations > 150 {
        return Err(invalid("FilterPolicy: Filter policy is too complex"));
    }
    Ok(())
}

struct Size {
    keys: usize,
    combinations: usize,
}

/// Measures a policy as SNS does: keys add up, values multiply with their depth, alternatives of `$or` add up.
fn measure(policy: &Value, depth: usize) -> Result<Size> {
    let mut size = Size {
        keys: 0,
        combinations: 1,
    };
    for (key, value) in policy.as_object().into_iter().flatten() {
        let part = match value {
            Value::Array(alternatives)
                if key == "$or"
                    && alternatives.len() >= 2
                    && alternatives.iter().all(Value::is_object) =>
            {
                let mut sum = Size {
                    keys: 0,
                    combinations: 0,
                };
                for alternative in alternatives {
                    let part = measure(alternative, depth)?;
                    sum = Size {
                        keys: sum.keys + part.keys,
                        combinations: sum.combinations + part.combinations,
                    };
                }
                sum
            }
            Value::Array(values) if !values.is_empty() => {
                values.iter().try_for_each(check_condition)?;
                Size {
                    keys: 1,
                    combinations: values.len() * depth,
                }
            }
            Value::Object(_) => measure(value, depth + 1)?,
            _ => {
                return Err(invalid(&format!(
                    "FilterPolicy: \"{key}\" must be an object or an array"
                )));
            }
        };
        size = Size {
            keys: size.keys + part.keys,
            combinations: size.combinations.saturating_mul(part.combinations),
        };
    }
    Ok(size)
}

fn check_condition(condition: &Value) -> Result<()> {
    let numbers: Vec<f64> = match condition {
        Value::Number(number) => number.as_f64().into_iter().collect(),
        Value::Object(operator) => match operator.get("numeric") {
            Some(Value::Array(parts)) => parts.iter().filter_map(Value::as_f64).collect(),
            Some(_) => return Err(invalid("FilterPolicy: Value of numeric must be an array")),
            None => Vec::new(),
        },
        Value::Array(_) => {
            return Err(invalid(
                "FilterPolicy: Match value must be String, number, true, false, or null",
            ));
        }
        _ => Vec::new(),
    };
    if numbers.iter().any(|number| number.abs() > 1e9) {
        return Err(invalid(
            "FilterPolicy: Value of numeric must be between -1.0E9 and 1.0E9",
        ));
    }
    Ok(())
}

/// Returns region, account and resource of an ARN of this service.
fn arn_of<'a>(arn: &'a str, service: &str) -> Option<(&'a str, &'a str, &'a str)> {
    let mut parts = arn.splitn(6, ':');
    let (arn, partition, of) = (parts.next()?, parts.next()?, parts.next()?);
    let (region, account, resource) = (parts.next()?, parts.next()?, parts.next()?);
    let valid = arn == "arn"
        && partition.starts_with("aws")
        && of == service
        && account.len() == 12
        && !resource.is_empty();
    valid.then_some((region, account, resource))
}

/// E.164, with the spaces and signs that SNS takes away: "the number can contain spaces, hyphens, parentheses".
fn is_phone_number(number: &str) -> bool {
    let digits = number.strip_prefix('+').unwrap_or(number);
    (8..=15).contains(&digits.len())
        && digits.bytes().all(|b| b.is_ascii_digit())
        && !digits.starts_with('0')
}

fn invalid(reason: &str) -> AwsError {
    AwsError::new(
        400,
        "InvalidParameter",
        format!("Invalid parameter: {reason}"),
    )
}
