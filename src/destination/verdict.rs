//! Reading an answer: what a status means where a room has no rules of its own, and the room's words without its secrets.

use serde_json::Value;

use super::{RoomAnswer, Verdict};
use crate::alert::cut;

/// The longest account of an answer, in UTF-16 units.
const LONGEST: usize = 200;
/// A run of this many letters and digits with a digit among them may be a token.
const TOKEN: usize = 20;

/// Returns what the status alone says: 2xx is delivered; 408, 425, 429 and 5xx are worth another try; 404 and 410 say that the
/// webhook is gone; everything else is refused for good.
pub(super) fn by_status(answer: &RoomAnswer) -> Verdict {
    match answer.status {
        200..=299 => Verdict::Delivered,
        408 | 425 | 429 | 500..=599 => Verdict::Later {
            after: answer.retry_after,
            why: why(answer),
        },
        404 | 410 => Verdict::Gone { why: why(answer) },
        _ => Verdict::Refused { why: why(answer) },
    }
}

/// Returns the answer in short: `HTTP 404: no_service`.
pub(super) fn why(answer: &RoomAnswer) -> String {
    let words = words(&answer.body);
    if words.is_empty() {
        format!("HTTP {}", answer.status)
    } else {
        cut(&format!("HTTP {}: {words}", answer.status), LONGEST)
    }
}

/// Returns what the body says, where it is text or JSON with a message. A page of HTML says nothing, and whatever could be the
/// webhook's URL or a part of it is left out, as servers like to echo what they could not find.
fn words(body: &str) -> String {
    let body = body.trim();
    let said = match serde_json::from_str::<Value>(body) {
        Ok(value @ Value::Object(_)) => message(&value).unwrap_or_default(),
        Ok(Value::String(text)) => text,
        _ if body.starts_with('<') => String::new(),
        _ => body.to_owned(),
    };
    let clean: String = said
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    clean
        .split_whitespace()
        .map(|word| if is_secret(word) { "[…]" } else { word })
        .collect::<Vec<_>>()
        .join(" ")
}

/// Returns the message of an error body; the rooms here use one of these shapes.
fn message(value: &Value) -> Option<String> {
    let error = value.get("error").unwrap_or(value);
    let said = ["message", "Message", "error_description", "description"]
        .iter()
        .find_map(|key| error.get(key)?.as_str());
    let said = said.or_else(|| error.as_str()).map(str::to_owned);
    let details = value
        .get("errors")
        .and_then(Value::as_array)
        .map(|errors| errors.iter().filter_map(Value::as_str));
    let details: Vec<&str> = details.into_iter().flatten().collect();
    match (said, details.is_empty()) {
        (Some(said), false) => Some(format!("{said}: {}", details.join(", "))),
        (None, false) => Some(details.join(", ")),
        (said, true) => said,
    }
}

fn is_secret(word: &str) -> bool {
    let bare = word.trim_start_matches(|c: char| !c.is_alphanumeric() && c != '/');
    let is_path = bare.starts_with('/') || word.contains("//") || word.matches('/').count() > 1;
    let has_token = word
        .split(|c: char| !(c.is_ascii_alphanumeric() || c == '-' || c == '_'))
        .any(|run| run.len() >= TOKEN && run.bytes().any(|b| b.is_ascii_digit()));
    is_path || has_token
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn answer(status: u16, body: &str) -> RoomAnswer {
        RoomAnswer {
            status,
            body: body.to_owned(),
            retry_after: Some(Duration::from_secs(7)),
        }
    }

    #[test]
    fn a_status_decides() {
        let after = Some(Duration::from_secs(7));
        let why = |status: u16| format!("HTTP {status}");
        for status in [200, 202, 204] {
            assert_eq!(by_status(&answer(status, "")), Verdict::Delivered);
        }
        for status in [408, 425, 429, 500, 503] {
            assert_eq!(
                by_status(&answer(status, "")),
                Verdict::Later {
                    after,
                    why: why(status)
                }
            );
        }
        for status in [404, 410] {
            assert_eq!(
                by_status(&answer(status, "")),
                Verdict::Gone { why: why(status) }
            );
        }
        for status in [301, 400, 403, 413] {
            assert_eq!(
                by_status(&answer(status, "")),
                Verdict::Refused { why: why(status) }
            );
        }
    }

    #[test]
    fn the_rooms_words_are_kept_and_its_secrets_are_not() {
        for (body, expected) in [
            ("no_service", "HTTP 400: no_service"),
            (
                "posting_to_general_channel_denied",
                "HTTP 400: posting_to_general_channel_denied",
            ),
            (
                r#"{"message":"Unknown Webhook","code":10015}"#,
                "HTTP 400: Unknown Webhook",
            ),
            (
                r#"{"error":{"code":400,"message":"Invalid JSON\npayload"}}"#,
                "HTTP 400: Invalid JSON payload",
            ),
            (
                r#"{"ok":false,"error":"invalid_auth"}"#,
                "HTTP 400: invalid_auth",
            ),
            (
                r#"{"status":"invalid event","message":"Event object is invalid","errors":["'routing_key' is incorrect"]}"#,
                "HTTP 400: Event object is invalid: 'routing_key' is incorrect",
            ),
            ("<html><body>Bad gateway</body></html>", "HTTP 400"),
            (
                "Cannot POST /services/T0/B0/sesame",
                "HTTP 400: Cannot POST […]",
            ),
            (
                "no hook at https://hooks.example/x?token=1",
                "HTTP 400: no hook at […]",
            ),
            (
                "unknown 9f71b6e90cfb57d4ac671be3a4898e6a",
                "HTTP 400: unknown […]",
            ),
            (
                "expected application/json",
                "HTTP 400: expected application/json",
            ),
        ] {
            assert_eq!(why(&answer(400, body)), expected);
        }
        assert_eq!(
            why(&answer(500, &"a ".repeat(500))).encode_utf16().count(),
            200
        );
    }
}
