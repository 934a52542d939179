//! What a message says, independent of any room's markup: the structure that every room formats.
//!
//! Its texts are on one line and without control characters (only `raw` keeps its line breaks). Devices control part of them, so
//! each room must escape all of them.

use jiff::Timestamp;
use serde_json::Value;

use super::console::Console;
use super::severity::Severity;
use super::truncate::truncate;
use super::{Origin, field};

/// A message in words.
#[derive(Clone, Debug)]
pub struct Report {
    /// The message in one line. For an alarm it is exactly the workshop's line, after `[TEST] ` if it is a test.
    pub headline: String,
    /// A short title for the top of a card.
    pub title: String,
    /// What kind of news it is.
    pub state: State,
    /// The severity.
    pub severity: Severity,
    /// Whether it was published as a test.
    pub test: bool,
    /// What matters most after the headline: the expected and the observed value, or the reason of a finding.
    pub summary: Option<String>,
    /// What to know before acting on the message.
    pub note: Option<String>,
    /// Everything else, the most important first.
    pub facts: Vec<Fact>,
    /// Pages of the AWS console about it.
    pub links: Vec<ConsoleLink>,
    /// The message as it was published, if its shape is unknown.
    pub raw: Option<String>,
    /// When it happened, according to the message, or else when it was published.
    pub at: Option<Timestamp>,
    /// The account ID: 12 digits.
    pub account: Option<String>,
    /// The region.
    pub region: Option<String>,
}

/// What kind of news a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum State {
    /// An alarm began.
    Alarm,
    /// An alarm cleared.
    Cleared,
    /// An alarm was invalidated.
    Invalidated,
    /// An audit or a finding shows a non-compliant resource.
    NonCompliant,
    /// An audit found every check compliant.
    Compliant,
    /// A message of an unknown kind.
    Message,
}

/// A fact with its label.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    /// The label.
    pub label: String,
    /// The value.
    pub value: String,
}

/// A link to the AWS console.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsoleLink {
    /// The link's text.
    pub text: &'static str,
    /// The `https:` URL; every name in it is percent-encoded.
    pub url: String,
}

/// The maximum number of facts taken from fields that the report does not cover.
const MAX_OTHER_FIELDS: usize = 20;
/// The maximum depth to which such fields are flattened; deeper values are shown as JSON.
const MAX_DEPTH: usize = 4;
/// The maximum length of such a label or value, in UTF-16 code units.
const MAX_VALUE_LENGTH: usize = 1000;

impl State {
    /// Returns the state as programs read it.
    pub fn as_str(self) -> &'static str {
        match self {
            State::Alarm => "in-alarm",
            State::Cleared => "alarm-cleared",
            State::Invalidated => "alarm-invalidated",
            State::NonCompliant => "non-compliant",
            State::Compliant => "compliant",
            State::Message => "message",
        }
    }
}

impl Report {
    /// Returns a report without facts. A test is marked at the start of headline and title; the headline of a real alarm stays
    /// unchanged.
    pub(super) fn new(
        origin: &Origin,
        headline: &str,
        title: &str,
        state: State,
        severity: Severity,
    ) -> Report {
        let mark = if origin.test { "[TEST] " } else { "" };
        Report {
            headline: format!("{mark}{headline}"),
            title: format!("{mark}{title}"),
            state,
            severity,
            test: origin.test,
            summary: None,
            note: origin
                .test
                .then(|| "This is a test message from ddalert; no device caused it.".to_owned()),
            facts: Vec::new(),
            links: Vec::new(),
            raw: None,
            at: origin.published,
            account: None,
            region: None,
        }
    }

    /// Adds a fact, if it has a value.
    pub(super) fn add_fact(&mut self, label: &str, value: Option<String>) {
        if let Some(value) = value {
            self.facts.push(Fact {
                label: label.to_owned(),
                value,
            });
        }
    }

    /// Adds the time (`at`, else the unparsed text of the time field, else the time of publishing), the account (of the message,
    /// else of the topic's ARN) and the region (of the topic's ARN).
    pub(super) fn add_time_and_place(
        &mut self,
        origin: &Origin,
        at: Option<Timestamp>,
        unparsed_time: Option<String>,
        account: Option<String>,
    ) {
        match (at, unparsed_time, origin.published) {
            (Some(at), ..) => {
                self.at = Some(at);
                self.add_fact("Time", Some(field::format_utc(at)));
            }
            (None, Some(unparsed), _) => self.add_fact("Time", Some(unparsed)),
            (None, None, published) => self.add_fact("Published", published.map(field::format_utc)),
        }
        let topic = origin.topic.as_ref();
        self.account = account.or_else(|| topic.map(|topic| field::sanitize(&topic.account)));
        self.region = topic.map(|topic| field::sanitize(&topic.region));
        self.add_fact("Account", self.account.clone());
        self.add_fact("Region", self.region.clone());
    }

    /// Adds a link, if the topic's console is known.
    pub(super) fn add_link(
        &mut self,
        origin: &Origin,
        text: &'static str,
        url: impl FnOnce(&Console) -> String,
    ) {
        if let Some(console) = origin.topic.as_ref().and_then(Console::for_topic) {
            self.links.push(ConsoleLink {
                text,
                url: url(&console),
            });
        }
    }

    /// Appends a sentence to the note.
    pub(super) fn add_note(&mut self, note: &str) {
        self.note = Some(match self.note.take() {
            Some(first) => format!("{first} {note}"),
            None => note.to_owned(),
        });
    }

    /// Adds the message's fields that are not among the `known` keys, so that nothing is lost.
    pub(super) fn add_other_fields(&mut self, value: &Value, known: &[&str]) {
        let mut found = Vec::new();
        match value {
            Value::Object(members) => {
                for (key, value) in members
                    .iter()
                    .filter(|(key, _)| !known.contains(&key.as_str()))
                {
                    flatten(&field::sanitize(key), value, MAX_DEPTH, &mut found);
                }
            }
            other => flatten("Value", other, MAX_DEPTH, &mut found),
        }
        let more = found.len().saturating_sub(MAX_OTHER_FIELDS);
        self.facts.extend(found.into_iter().take(MAX_OTHER_FIELDS));
        if more > 0 {
            let fields = if more == 1 { "field" } else { "fields" };
            self.add_note(&format!("The original message has {more} more {fields}."));
        }
    }
}

/// Flattens JSON of any shape into facts, labeled by their path.
fn flatten(path: &str, value: &Value, depth: usize, found: &mut Vec<Fact>) {
    match value {
        Value::Null => {}
        Value::Object(members) if depth > 1 && !members.is_empty() => {
            for (key, value) in members {
                flatten(
                    &format!("{path}.{}", field::sanitize(key)),
                    value,
                    depth - 1,
                    found,
                );
            }
        }
        Value::Array(items)
            if !items.is_empty()
                && items
                    .iter()
                    .all(|item| !item.is_array() && !item.is_object()) =>
        {
            let items: Vec<String> = items.iter().map(field::display).collect();
            found.push(fact(path, &items.join(", ")));
        }
        other => found.push(fact(path, &field::display(other))),
    }
}

/// Returns a fact without empty parts: rooms reject a whole message for one empty text.
fn fact(label: &str, value: &str) -> Fact {
    let shown = |text: &str| {
        if text.trim().is_empty() {
            "\"\"".to_owned()
        } else {
            truncate(text, MAX_VALUE_LENGTH)
        }
    };
    Fact {
        label: shown(label),
        value: shown(value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn unknown_json_becomes_labeled_facts_within_limits() {
        let mut report = Report::new(&Origin::default(), "h", "t", State::Message, Severity::Info);
        let deep = json!({"a": {"b": {"c": {"d": {"e": 1}}}}, "list": [1, "x", null], "": " ", "mixed": [{"k": 1}], "no": null, "known": 1});
        report.add_other_fields(&deep, &["known"]);
        let facts: Vec<(&str, &str)> = report
            .facts
            .iter()
            .map(|fact| (fact.label.as_str(), fact.value.as_str()))
            .collect();
        assert_eq!(
            facts,
            [
                ("a.b.c.d", r#"{"e":1}"#),
                ("list", "1, x, null"),
                ("\"\"", "\"\""),
                ("mixed", r#"[{"k":1}]"#)
            ]
        );

        let wide: Value = (0..25)
            .map(|i| (format!("k{i}"), json!(i)))
            .collect::<serde_json::Map<_, _>>()
            .into();
        let mut report = Report::new(&Origin::default(), "h", "t", State::Message, Severity::Info);
        report.add_other_fields(&wide, &[]);
        assert_eq!(
            (report.facts.len(), report.note.as_deref()),
            (20, Some("The original message has 5 more fields."))
        );
    }
}
