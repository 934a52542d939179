//! Reads JSON fields that may be missing or of another type than documented: any scalar is text, and nothing is an error.

use jiff::Timestamp;
use serde_json::{Number, Value};

/// Epoch numbers above this are milliseconds (since 1973), the others seconds (until the year 5138): SNS messages have the former,
/// the API has the latter.
const MILLISECONDS_FROM: f64 = 1e11;

/// Returns a field as text: a string that is not empty, a number or a boolean.
pub(super) fn text(object: &Value, key: &str) -> Option<String> {
    scalar(object.get(key)?)
}

/// Returns a field as a count: a whole number, also one that is written as a string or with a fraction of zero.
pub(super) fn count(object: &Value, key: &str) -> Option<u64> {
    match object.get(key)? {
        Value::Number(number) => number.as_u64().or_else(|| {
            let whole = number.as_f64().filter(|n| *n >= 0.0 && n.fract() == 0.0);
            whole.map(|n| n as u64)
        }),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

/// Returns a field as a timestamp: epoch milliseconds, (fractional) epoch seconds, or RFC 3339.
pub(super) fn time(object: &Value, key: &str) -> Option<Timestamp> {
    match object.get(key)? {
        Value::Number(number) => epoch(number.as_f64()?),
        Value::String(text) => text
            .trim()
            .parse()
            .ok()
            .or_else(|| epoch(text.trim().parse().ok()?)),
        _ => None,
    }
}

fn epoch(number: f64) -> Option<Timestamp> {
    let milliseconds = if number > MILLISECONDS_FROM {
        number
    } else {
        number * 1000.0
    };
    // The cast saturates, and jiff rejects what is out of its range.
    Timestamp::from_millisecond(milliseconds.round() as i64).ok()
}

/// Returns a timestamp for people: to the second, in UTC.
pub(super) fn format_utc(timestamp: Timestamp) -> String {
    timestamp.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}

/// Returns a span of time for people, in UTC: the day only once if it is the same, one time if both are the same second.
pub(super) fn format_utc_span(first: Timestamp, last: Timestamp) -> String {
    let (from, to) = (format_utc(first), format_utc(last));
    let same_day = first.strftime("%F").to_string() == last.strftime("%F").to_string();
    match (from == to, same_day) {
        (true, _) => from,
        (false, true) => format!(
            "{} to {}",
            first.strftime("%Y-%m-%d %H:%M:%S"),
            last.strftime("%H:%M:%S UTC")
        ),
        (false, false) => format!("{} to {to}", first.strftime("%Y-%m-%d %H:%M:%S")),
    }
}

/// Returns a scalar as text; `None` for null, an empty string, an array and an object.
pub(super) fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(sanitize(text)).filter(|text| !text.trim().is_empty()),
        Value::Number(number) => Some(self::number(number)),
        Value::Bool(bool) => Some(bool.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// Returns any value as one line of text: scalars unchanged, everything else as compact JSON.
pub(super) fn display(value: &Value) -> String {
    match value {
        Value::String(text) => sanitize(text),
        Value::Number(number) => self::number(number),
        other => sanitize(&other.to_string()),
    }
}

/// Returns a number without the `.0` that JSON writers append to whole floats.
fn number(number: &Number) -> String {
    let text = number.to_string();
    text.strip_suffix(".0").map(str::to_owned).unwrap_or(text)
}

/// Returns text on one line, without characters that could hide or reorder the text around them: control characters become
/// spaces; directional overrides and invisible characters are removed.
pub(crate) fn sanitize(text: &str) -> String {
    text.chars()
        .filter(|c| !is_invisible(*c))
        .map(|c| if breaks_line(c) { ' ' } else { c })
        .collect()
}

/// Like [`sanitize`], but keeps line breaks.
pub(super) fn sanitize_lines(text: &str) -> String {
    text.chars()
        .filter(|c| !is_invisible(*c) && *c != '\r')
        .map(|c| if c != '\n' && breaks_line(c) { ' ' } else { c })
        .collect()
}

fn breaks_line(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')
}

fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}')
        || matches!(c, '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_timestamp_is_milliseconds_or_seconds_or_rfc_3339() {
        for (value, expected) in [
            (json!(1582745400000_i64), "2020-02-26 19:30:00 UTC"),
            (json!(1560279000.0), "2019-06-11 18:50:00 UTC"),
            (json!(1600780245.29), "2020-09-22 13:10:45 UTC"),
            (json!("1582745400000"), "2020-02-26 19:30:00 UTC"),
            (json!("2020-02-26T19:30:00Z"), "2020-02-26 19:30:00 UTC"),
            (json!(0), "1970-01-01 00:00:00 UTC"),
        ] {
            assert_eq!(
                time(&json!({ "t": value }), "t").map(format_utc).as_deref(),
                Some(expected),
                "{value}"
            );
        }
        for value in [json!(1e300), json!("soon"), json!(null), json!([1])] {
            assert_eq!(time(&json!({ "t": value }), "t"), None, "{value}");
        }
    }

    #[test]
    fn a_span_says_once_what_both_times_share() {
        let at = |text: &str| text.parse().expect("a time");
        for (first, last, expected) in [
            (
                "2025-11-23T10:05:00.1Z",
                "2025-11-23T10:05:00.9Z",
                "2025-11-23 10:05:00 UTC",
            ),
            (
                "2025-11-23T10:05:00Z",
                "2025-11-23T10:09:12Z",
                "2025-11-23 10:05:00 to 10:09:12 UTC",
            ),
            (
                "2025-11-23T23:59:00Z",
                "2025-11-24T00:01:00Z",
                "2025-11-23 23:59:00 to 2025-11-24 00:01:00 UTC",
            ),
        ] {
            assert_eq!(format_utc_span(at(first), at(last)), expected);
        }
    }

    #[test]
    fn text_becomes_one_line_without_invisible_characters() {
        assert_eq!(sanitize("a\nb\u{202e}c\u{200b}\u{7}"), "a bc ");
        assert_eq!(sanitize_lines("a\r\nb\tc"), "a\nb c");
        assert_eq!(text(&json!({ "n": 12.0 }), "n").as_deref(), Some("12"));
        assert_eq!(text(&json!({ "n": " \u{feff}" }), "n"), None);
    }
}
