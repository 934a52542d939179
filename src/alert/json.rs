//! Reads JSON that is not quite JSON: what can be read is read, so that a stray character does not turn an alarm into plain text,
//! or the end of an alarm into a new one.
//!
//! Devices and gateways write broken text into alerts: half of a surrogate pair (`\ud83d`), escapes that JSON does not have, raw
//! control characters, a byte order mark, `NaN`, numbers that no double can hold, a message that was cut off, nesting without end.
//! `serde_json` rejects the whole document for any of them. This is tried only after `serde_json`.

use serde_json::{Map, Number, Value};

/// How deep values may be nested; anything deeper is kept as text. `serde_json` writes and drops values recursively.
const MAX_DEPTH: usize = 100;

/// Parses a message as JSON, whose keys are free of stray characters, or returns `None` if it is not even broken JSON but text.
///
/// Valid JSON is returned as it is. Otherwise only an object or an array is taken for JSON: broken text within a string is replaced
/// by U+FFFD, a value that is not JSON is kept as text, and a document that ends too early keeps what it has.
pub(crate) fn parse_json(text: &str) -> Option<Value> {
    let text = text.trim_matches(|c: char| {
        c.is_whitespace() || matches!(c, '\u{feff}' | '\u{fffe}' | '\u{0}')
    });
    if let Ok(value) = serde_json::from_str(text) {
        return Some(with_clean_keys(value));
    }
    if !text.starts_with(['{', '[']) {
        return None;
    }
    let mut reader = Reader { rest: text };
    let value = reader.value(0)?;
    reader.skip_space();
    // Something after the end means that this is not one document, but text that begins like one.
    reader.rest.is_empty().then(|| with_clean_keys(value))
}

/// Returns a value whose keys have no invisible characters, no U+FFFD and no space around them: a key that a stray character hides
/// would make the end of an alarm read as its beginning. A key that is there already stays as it is.
fn with_clean_keys(value: Value) -> Value {
    match value {
        Value::Array(items) => items.into_iter().map(with_clean_keys).collect(),
        Value::Object(members) => {
            let (clean, stray): (Vec<_>, Vec<_>) = members
                .into_iter()
                .map(|(key, value)| (key, with_clean_keys(value)))
                .partition(|(key, _)| clean_key(key) == *key);
            let mut members: Map<String, Value> = clean.into_iter().collect();
            for (key, value) in stray {
                let clean = clean_key(&key);
                let key = if members.contains_key(&clean) {
                    key
                } else {
                    clean
                };
                members.insert(key, value);
            }
            members.into()
        }
        scalar => scalar,
    }
}

fn clean_key(key: &str) -> String {
    let key = super::field::sanitize(key);
    key.replace(char::REPLACEMENT_CHARACTER, "")
        .trim()
        .to_owned()
}

struct Reader<'a> {
    rest: &'a str,
}

impl<'a> Reader<'a> {
    fn skip_space(&mut self) {
        self.rest = self
            .rest
            .trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '\u{feff}' | '\u{0}'));
    }

    /// Takes `wanted` if it comes next.
    fn take(&mut self, wanted: char) -> bool {
        match self.rest.strip_prefix(wanted) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    /// Reads a value; `None` if what comes next is not even a broken value.
    fn value(&mut self, depth: usize) -> Option<Value> {
        self.skip_space();
        match self.rest.chars().next()? {
            '{' | '[' if depth >= MAX_DEPTH => Some(Value::String(self.nested().to_owned())),
            '{' => self.object(depth),
            '[' => self.array(depth),
            '"' => Some(Value::String(self.string())),
            _ => self.word(),
        }
    }

    fn object(&mut self, depth: usize) -> Option<Value> {
        self.take('{');
        let mut members = Map::new();
        loop {
            self.skip_space();
            if self.rest.is_empty() || self.take('}') {
                break;
            }
            if !self.rest.starts_with('"') {
                return None;
            }
            let key = self.string();
            self.skip_space();
            // A message that was cut off in or after a key has no value for it.
            if self.rest.is_empty() {
                break;
            }
            if !self.take(':') {
                return None;
            }
            self.skip_space();
            if self.rest.is_empty() {
                break;
            }
            let value = self.value(depth + 1)?;
            members.insert(key, value);
            if !self.next_follows('}')? {
                break;
            }
        }
        Some(Value::Object(members))
    }

    fn array(&mut self, depth: usize) -> Option<Value> {
        self.take('[');
        let mut items = Vec::new();
        loop {
            self.skip_space();
            if self.rest.is_empty() || self.take(']') {
                break;
            }
            items.push(self.value(depth + 1)?);
            if !self.next_follows(']')? {
                break;
            }
        }
        Some(Value::Array(items))
    }

    /// Reads what follows an item: a comma, or the end, which `end` or the end of the text marks.
    fn next_follows(&mut self, end: char) -> Option<bool> {
        self.skip_space();
        if self.take(',') {
            Some(true)
        } else {
            (self.rest.is_empty() || self.take(end)).then_some(false)
        }
    }

    /// Reads a string, whose quotation mark comes next, up to its end or the end of the text.
    fn string(&mut self) -> String {
        self.take('"');
        let mut text = String::new();
        while let Some(c) = self.rest.chars().next() {
            self.rest = &self.rest[c.len_utf8()..];
            match c {
                '"' => break,
                '\\' => self.escape(&mut text),
                other => text.push(other),
            }
        }
        text
    }

    /// Reads what follows a backslash. What JSON does not know is kept as it is written.
    fn escape(&mut self, text: &mut String) {
        let Some(c) = self.rest.chars().next() else {
            return;
        };
        self.rest = &self.rest[c.len_utf8()..];
        let read = match c {
            '"' | '\\' | '/' => c,
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'u' => match self.code_unit() {
                Some(unit @ 0xd800..=0xdbff) => self.low_surrogate(unit),
                // Half of a pair is no character.
                Some(unit) => char::from_u32(unit).unwrap_or(char::REPLACEMENT_CHARACTER),
                None => {
                    text.push('\\');
                    'u'
                }
            },
            other => {
                text.push('\\');
                other
            }
        };
        text.push(read);
    }

    /// Reads the four digits of a `\u` escape.
    fn code_unit(&mut self) -> Option<u32> {
        let digits = self.rest.get(..4)?;
        if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        self.rest = &self.rest[4..];
        u32::from_str_radix(digits, 16).ok()
    }

    /// Returns the character of a surrogate pair whose first half is `high`, if the second half comes next.
    fn low_surrogate(&mut self, high: u32) -> char {
        let before = self.rest;
        if let Some(rest) = self.rest.strip_prefix("\\u") {
            self.rest = rest;
            if let Some(low @ 0xdc00..=0xdfff) = self.code_unit() {
                let code = 0x1_0000 + ((high - 0xd800) << 10) + (low - 0xdc00);
                return char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER);
            }
        }
        self.rest = before;
        char::REPLACEMENT_CHARACTER
    }

    /// Reads a number, `true`, `false`, `null`, or what other languages write for a number; `None` for any other word.
    fn word(&mut self) -> Option<Value> {
        let end = self
            .rest
            .find(|c: char| {
                c.is_whitespace() || matches!(c, ',' | ':' | '{' | '}' | '[' | ']' | '"' | '\u{0}')
            })
            .unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        if let Ok(value) = serde_json::from_str::<Value>(word) {
            return Some(value);
        }
        let number = word.trim_start_matches(['+', '-']);
        let is_number = number.starts_with(|c: char| c.is_ascii_digit() || c == '.')
            && number
                .chars()
                .all(|c| c.is_ascii_digit() || matches!(c, '.' | 'e' | 'E' | '+' | '-'));
        let is_named = [
            "nan",
            "inf",
            "infinity",
            "none",
            "undefined",
            "true",
            "false",
            "null",
        ]
        .iter()
        .any(|name| number.eq_ignore_ascii_case(name));
        // A word that was cut off is not a value, but no reason to lose the others.
        let is_cut = rest.is_empty()
            && ["true", "false", "null", "-"]
                .iter()
                .any(|name| name.starts_with(word));
        // `+1`, `01`, `.5` and `1.` have a value that is beyond doubt; `1e999` has none that a double can hold.
        let plain = || word.parse::<f64>().ok().and_then(Number::from_f64);
        match () {
            () if is_number => Some(plain().map_or_else(|| word.into(), Value::Number)),
            () if is_named => Some(word.into()),
            () if is_cut => Some(Value::Null),
            () => None,
        }
    }

    /// Returns the text of an object or array up to its end.
    fn nested(&mut self) -> &'a str {
        let (mut depth, mut in_string, mut is_escaped) = (0_usize, false, false);
        let mut end = self.rest.len();
        for (at, c) in self.rest.char_indices() {
            match c {
                _ if is_escaped => is_escaped = false,
                '\\' if in_string => is_escaped = true,
                '"' => in_string = !in_string,
                '{' | '[' if !in_string => depth += 1,
                '}' | ']' if !in_string => {
                    depth -= 1;
                    if depth == 0 {
                        end = at + 1;
                        break;
                    }
                }
                _ => {}
            }
        }
        let (text, rest) = self.rest.split_at(end);
        self.rest = rest;
        text
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn a_broken_value_does_not_spoil_the_others() {
        let alarm =
            |thing: &str| json!({ "violationEventType": "alarm-cleared", "thingName": thing });
        let with = |thing: &str| {
            format!(r#"{{"violationEventType":"alarm-cleared","thingName":"{thing}"}}"#)
        };
        for (text, expected) in [
            (with(r"a\ud83d"), alarm("a\u{fffd}")),
            (with(r"a\ude00b"), alarm("a\u{fffd}b")),
            (with(r"\ud83d\u0041"), alarm("\u{fffd}A")),
            (with(r"\ud83d\ud83d\ude00"), alarm("\u{fffd}😀")),
            (with(r"\ud83d\"), alarm("\u{fffd}\"}")),
            (with(r"a\x41\u12"), alarm(r"a\x41\u12")),
            (with("a\tb\u{1}"), alarm("a\tb\u{1}")),
            (format!("\u{feff}{}", with("t")), alarm("t")),
            (
                format!("\u{feff}\u{feff} {}\u{0}\u{feff}", with("t")),
                alarm("t"),
            ),
            (
                with("t\\ud800").replace("\"thingName\"", "\u{feff}\"thingName\""),
                alarm("t\u{fffd}"),
            ),
            (with("t").trim_end_matches('}').to_owned(), alarm("t")),
            (with("t").trim_end_matches("\"}").to_owned(), alarm("t")),
            (format!("{},", with("t").trim_end_matches('}')), alarm("t")),
            (
                format!("{},\"behav", with("t").trim_end_matches('}')),
                alarm("t"),
            ),
            (
                format!("{},\"b\":", with("t").trim_end_matches('}')),
                alarm("t"),
            ),
        ] {
            assert_eq!(parse_json(&text), Some(expected), "{text}");
        }
        assert_eq!(
            parse_json(r#"{"a":NaN,"b":-Infinity,"c":1e999,"d":01,"e":+2.5,"f":[1,],"g":tru"#),
            Some(json!({"a":"NaN","b":"-Infinity","c":"1e999","d":1.0,"e":2.5,"f":[1],"g":null}))
        );
    }

    #[test]
    fn a_stray_character_does_not_hide_a_key() {
        let value =
            parse_json("{\"a\\ufeff\":1,\"\\ud800b \":{\"\\u200bc\":2},\"d\":3,\"d\\u0000\":4}");
        assert_eq!(value, Some(json!({"d":3,"a":1,"b":{"c":2},"d\u{0}":4})));
    }

    #[test]
    fn deep_nesting_is_kept_as_text() {
        let deep = format!(
            r#"{{"violationEventType":"alarm-cleared","metricValue":{}1{}}}"#,
            "[".repeat(5000),
            "]".repeat(5000)
        );
        let value = parse_json(&deep).expect("JSON");
        assert_eq!(value["violationEventType"], "alarm-cleared");
        assert!(value.to_string().contains("\"[[["), "the rest is text");
        assert!(parse_json(&"[".repeat(100_000)).is_some());
    }

    #[test]
    fn text_is_not_taken_for_json() {
        for text in [
            "",
            "fire",
            "[TEST] disk full",
            "{name} is down",
            "{\"a\":1} and more",
            "{\"a\":1}{\"b\":2}",
            "{\"a\" 1}",
            "{a:1}",
            "\"open",
            "[1 2]",
            "{]",
            "\\ud83d",
        ] {
            assert_eq!(parse_json(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_harm(text in "[\\[\\]{}\",:\\\\ud83a0-9eE+. \u{feff}a-z-]{0,80}", any: String) {
            for text in [text, any] {
                if let Some(value) = parse_json(&text) {
                    prop_assert!(serde_json::from_str::<Value>(&value.to_string()).is_ok());
                }
            }
        }

        #[test]
        fn a_message_that_is_cut_anywhere_keeps_what_it_has(cut in 1_usize..100) {
            let whole = r#"{"violationEventType":"alarm-cleared","n":-1.5,"l":[1,{"a":null}],"s":"\ud83d\ude00","t":true}"#;
            let value = parse_json(whole.get(..cut.min(whole.len())).expect("ASCII"));
            prop_assert!(value.is_some_and(|value| value.is_object()), "{}", &whole[..cut.min(whole.len())]);
        }
    }
}
