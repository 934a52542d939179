//! Interprets a response: what its status means unless a room has rules of its own, and its error message without secrets.

use std::time::Duration;

use serde_json::Value;

use super::{RoomResponse, Verdict};
use crate::alert::truncate;

/// The maximum length of a reason, in UTF-16 code units.
const MAX_REASON_LENGTH: usize = 200;
/// The longest wait that a room can ask for: whatever is longer is a mistake, and nothing waits longer than a day for an alert.
const MAX_WAIT: Duration = Duration::from_secs(24 * 60 * 60);
/// A run of at least this many letters and digits with a digit among them may be a token.
const MIN_TOKEN_LENGTH: usize = 20;

/// Returns what the status means: 2xx is delivered; 408, 425, 429 and 5xx may be retried; after 404 and 410 the webhook does not
/// exist; anything else is a final refusal.
pub(super) fn by_status(response: &RoomResponse) -> Verdict {
    match response.status {
        200..=299 => Verdict::Delivered,
        408 | 425 | 429 | 500..=599 => Verdict::Retry {
            after: asked_wait(response),
            reason: reason(response),
        },
        404 | 410 => Verdict::Gone {
            reason: reason(response),
        },
        _ => Verdict::Refused {
            reason: reason(response),
        },
    }
}

/// Returns how long the room asked to wait: in the `Retry-After` header or, in seconds, in `retry_after` of a JSON body (Slack,
/// Discord); the longer of both, at most a day. The header has whole seconds only, so that it can say 0 for half a second.
pub(super) fn asked_wait(response: &RoomResponse) -> Option<Duration> {
    let in_body = || {
        let body: Value = serde_json::from_str(&response.body).ok()?;
        let asked = ["retry_after", "retryAfter"]
            .iter()
            .find_map(|key| body.get(key))?;
        let seconds = match asked {
            Value::String(text) => text.trim().parse().ok()?,
            other => other.as_f64()?,
        };
        seconds_to_wait(seconds)
    };
    let asked = response.retry_after.into_iter().chain(in_body()).max()?;
    Some(asked.min(MAX_WAIT))
}

/// Returns a number of seconds as a time; a negative number or none is no time, and a huge one is the longest there is.
fn seconds_to_wait(seconds: f64) -> Option<Duration> {
    (seconds >= 0.0).then(|| Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX))
}

/// Returns the status and error message: `HTTP 404: no_service`.
pub(super) fn reason(response: &RoomResponse) -> String {
    let text = error_text(&response.body);
    if text.is_empty() {
        format!("HTTP {}", response.status)
    } else {
        truncate(
            &format!("HTTP {}: {text}", response.status),
            MAX_REASON_LENGTH,
        )
    }
}

/// Returns the error message in a body of text or JSON; HTML has none. Whatever could be a part of the webhook's URL is replaced,
/// because servers often echo the address they could not find.
fn error_text(body: &str) -> String {
    let body = body.trim();
    let text = match serde_json::from_str::<Value>(body) {
        Ok(value @ Value::Object(_)) => message(&value).unwrap_or_default(),
        Ok(Value::String(text)) => text,
        _ if body.starts_with('<') => String::new(),
        _ => body.to_owned(),
    };
    let clean: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    clean
        .split_whitespace()
        .map(|word| if may_be_secret(word) { "[…]" } else { word })
        .collect::<Vec<_>>()
        .join(" ")
}

/// Returns the error message in a JSON body; all rooms use one of these shapes.
fn message(value: &Value) -> Option<String> {
    let error = value.get("error").unwrap_or(value);
    let message = ["message", "Message", "error_description", "description"]
        .iter()
        .find_map(|key| error.get(key)?.as_str());
    let message = message.or_else(|| error.as_str()).map(str::to_owned);
    let details = value
        .get("errors")
        .and_then(Value::as_array)
        .map(|errors| errors.iter().filter_map(Value::as_str));
    let details: Vec<&str> = details.into_iter().flatten().collect();
    match (message, details.is_empty()) {
        (Some(message), false) => Some(format!("{message}: {}", details.join(", "))),
        (None, false) => Some(details.join(", ")),
        (message, true) => message,
    }
}

fn may_be_secret(word: &str) -> bool {
    let bare = word.trim_start_matches(|c: char| !c.is_alphanumeric() && c != '/');
    let is_path = bare.starts_with('/') || word.contains("//") || word.matches('/').count() > 1;
    let has_token = word
        .split(|c: char| !(c.is_ascii_alphanumeric() || c == '-' || c == '_'))
        .any(|run| run.len() >= MIN_TOKEN_LENGTH && run.bytes().any(|b| b.is_ascii_digit()));
    is_path || has_token
}

#[cfg(test)]
mod tests {
    use super::*;

    fn response(status: u16, body: &str) -> RoomResponse {
        RoomResponse {
            status,
            body: body.to_owned(),
            is_complete: true,
            retry_after: Some(Duration::from_secs(7)),
        }
    }

    #[test]
    fn each_status_has_its_verdict() {
        let after = Some(Duration::from_secs(7));
        let http = |status: u16| format!("HTTP {status}");
        for status in [200, 202, 204] {
            assert_eq!(by_status(&response(status, "")), Verdict::Delivered);
        }
        for status in [408, 425, 429, 500, 503] {
            assert_eq!(
                by_status(&response(status, "")),
                Verdict::Retry {
                    after,
                    reason: http(status)
                }
            );
        }
        for status in [404, 410] {
            assert_eq!(
                by_status(&response(status, "")),
                Verdict::Gone {
                    reason: http(status)
                }
            );
        }
        for status in [301, 400, 403, 413] {
            assert_eq!(
                by_status(&response(status, "")),
                Verdict::Refused {
                    reason: http(status)
                }
            );
        }
    }

    #[test]
    fn the_wait_is_the_longest_that_was_asked_for_and_at_most_a_day() {
        let wait = |retry_after: Option<u64>, body: &str| {
            asked_wait(&RoomResponse {
                retry_after: retry_after.map(Duration::from_secs),
                ..response(429, body)
            })
        };
        let milliseconds = |number| Some(Duration::from_millis(number));
        assert_eq!(wait(None, ""), None);
        assert_eq!(wait(Some(3), "ratelimited"), milliseconds(3000));
        assert_eq!(wait(Some(3), r#"{"retry_after":0.65}"#), milliseconds(3000));
        assert_eq!(wait(Some(0), r#"{"retry_after":0.65}"#), milliseconds(650));
        assert_eq!(
            wait(
                None,
                r#"{"ok":false,"error":"ratelimited","retry_after":30}"#
            ),
            milliseconds(30_000)
        );
        assert_eq!(wait(None, r#"{"retry_after":"2"}"#), milliseconds(2000));
        assert_eq!(wait(None, r#"{"retry_after":0.0}"#), milliseconds(0));
        for nonsense in ["-1", "null", "[]", "\"soon\"", "\"NaN\""] {
            let body = format!(r#"{{"retry_after":{nonsense}}}"#);
            assert_eq!(wait(None, &body), None, "{body}");
        }
        let day = Some(MAX_WAIT);
        assert_eq!(wait(Some(u64::MAX), ""), day);
        assert_eq!(wait(None, r#"{"retry_after":1e300}"#), day);
        assert_eq!(wait(None, r#"{"retry_after":"inf"}"#), day);
    }

    #[test]
    fn a_reason_keeps_the_error_message_and_drops_secrets() {
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
            assert_eq!(reason(&response(400, body)), expected);
        }
        assert_eq!(
            reason(&response(500, &"a ".repeat(500)))
                .encode_utf16()
                .count(),
            200
        );
    }
}
