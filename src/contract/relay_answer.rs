//! What the relay answers to an invocation in which everything was delivered, as the one who invoked it reads it.
//!
//! The relay answers `null` to an event of SNS. To a batch of a queue it answers which items of the batch failed, as Lambda's
//! pollers expect it (Lambda developer guide, "Reporting batch item failures").

use serde_json::Value;

/// Returns whether an answer that is not an error says that everything was delivered; the inner error says what it is instead.
///
/// # Errors
/// The answer says otherwise, or is not a relay's.
pub fn outcome(answer: &Value) -> Result<(), String> {
    let failures = match answer {
        Value::Null => return Ok(()),
        other => other.get("batchItemFailures"),
    };
    match failures {
        Some(Value::Null) => Ok(()),
        Some(Value::Array(items)) if items.is_empty() => Ok(()),
        Some(Value::Array(items)) => Err(format!(
            "the relay did not deliver {} of the messages",
            items.len()
        )),
        _ => Err(
            "the answer is not a relay's: another function or a proxy may have answered".to_owned(),
        ),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_a_relays_answer_is_a_delivery() {
        for delivered in [
            json!(null),
            json!({"batchItemFailures": []}),
            json!({"batchItemFailures": null}),
        ] {
            assert_eq!(outcome(&delivered), Ok(()), "{delivered}");
        }
        for other in [
            json!({"batchItemFailures": [{"itemIdentifier": "q-1"}]}),
            json!({"batchItemFailures": "none"}),
            json!({}),
            json!("ok"),
            json!({"statusCode": 200}),
            json!(true),
            json!([]),
        ] {
            assert!(outcome(&other).is_err(), "{other}");
        }
    }
}
