//! What the Runtime API hands over, made an event in any case: one broken character in one record must not lose the others.
//!
//! `lambda_runtime` fails an invocation whose body is not JSON before the relay sees it.

use hyper::body::Bytes;
use lambda_runtime::LambdaInvocation;
use serde_json::Value;

use crate::alert::parse_json;

/// Replaces a body that is not JSON by JSON: what can be read of it, or else all of it as one text.
pub(super) fn readable(mut invocation: LambdaInvocation) -> LambdaInvocation {
    if let Some(event) = repaired(&invocation.body) {
        invocation.body = event;
    }
    invocation
}

/// Returns the event in place of a body that is not JSON, or `None` if it is.
fn repaired(body: &[u8]) -> Option<Bytes> {
    if serde_json::from_slice::<Value>(body).is_ok() {
        return None;
    }
    let text = String::from_utf8_lossy(body);
    let event = parse_json(&text).unwrap_or_else(|| Value::from(&*text));
    Some(Bytes::from(event.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_body_is_an_event() {
        let event = |body: &[u8]| {
            repaired(body).map(|body| serde_json::from_slice::<Value>(&body).expect("JSON"))
        };
        assert_eq!(event(br#"{"Records":[]}"#), None);
        assert_eq!(
            event(br#"{"Records":[{"Sns":{"Message":"a\ud83d"}},{"Sns":{"Message":"b"}}]}"#),
            Some(
                serde_json::json!({"Records":[{"Sns":{"Message":"a\u{fffd}"}},{"Sns":{"Message":"b"}}]})
            )
        );
        assert_eq!(
            event("\u{feff}{\"a\":1}".as_bytes()),
            Some(serde_json::json!({"a":1}))
        );
        assert_eq!(
            event(b"{\"a\":\"\xff\"}"),
            Some(serde_json::json!({"a":"\u{fffd}"}))
        );
        assert_eq!(event(b"fire"), Some(serde_json::json!("fire")));
        assert_eq!(event(b""), Some(serde_json::json!("")));
    }
}
