//! What a message says, before any room's markup: the one structure that every room renders.
//!
//! The texts are what was published, on one line and without control characters (only `raw` keeps its lines); part of them is
//! under the control of devices, so a room escapes every one of them.

use jiff::Timestamp;
use serde_json::Value;

use super::console::Console;
use super::cut::cut;
use super::severity::Severity;
use super::{Origin, field};

/// A message in words.
#[derive(Clone, Debug)]
pub struct Report {
    /// One line that says it all; for an alarm it is the workshop's line to the letter, behind `[TEST] ` where it is a test.
    pub headline: String,
    /// A few words for a card's head.
    pub title: String,
    /// Which way things went.
    pub state: State,
    /// How bad it is.
    pub severity: Severity,
    /// Whether it was published as a test.
    pub test: bool,
    /// What matters most after the headline: expected against observed, the checks that failed.
    pub lead: Option<String>,
    /// What to know before acting on it.
    pub note: Option<String>,
    /// Everything else, the most telling first.
    pub facts: Vec<Fact>,
    /// Where to look in the console.
    pub links: Vec<ConsoleLink>,
    /// The message as it was published, where it has no known shape.
    pub raw: Option<String>,
    /// When it happened: what the message says, else when it was published.
    pub at: Option<Timestamp>,
    /// The account it is about: 12 digits.
    pub account: Option<String>,
    /// The region it is about.
    pub region: Option<String>,
}

/// Which way things went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum State {
    /// An alarm began.
    Alarm,
    /// An alarm is over.
    Cleared,
    /// An alarm was withdrawn.
    Invalidated,
    /// An audit or a finding shows something that does not comply.
    NonCompliant,
    /// An audit found nothing.
    Compliant,
    /// A message of unknown meaning.
    Message,
}

/// A fact with its label.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    /// What it is.
    pub label: String,
    /// What it says.
    pub value: String,
}

/// A link into the console.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsoleLink {
    /// What it leads to.
    pub text: &'static str,
    /// An `https:` URL in which every name is percent-encoded.
    pub url: String,
}

/// At most this many facts are taken from JSON of unknown shape.
const MOST_UNKNOWN: usize = 20;
/// JSON of unknown shape is taken apart to this depth; what is deeper is shown as JSON.
const DEPTH: usize = 4;
/// The longest value taken from JSON of unknown shape, in characters.
const LONGEST_UNKNOWN: usize = 1000;

impl State {
    /// Returns the state as it is written for machines.
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
    /// Returns a report that has nothing yet but its head. A test is marked in front, where nobody can overlook it; a real
    /// alarm's headline is left to the letter.
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
            lead: None,
            note: origin
                .test
                .then(|| "This is a test of the chain: no device did this.".to_owned()),
            facts: Vec::new(),
            links: Vec::new(),
            raw: None,
            at: origin.published,
            account: None,
            region: None,
        }
    }

    /// Adds a fact, where there is one.
    pub(super) fn fact(&mut self, label: &str, value: Option<String>) {
        if let Some(value) = value {
            self.facts.push(Fact {
                label: label.to_owned(),
                value,
            });
        }
    }

    /// Adds when and where: the message's own moment or the field that should have been one, and the account and region that
    /// only the topic's ARN knows.
    pub(super) fn when_and_where(
        &mut self,
        origin: &Origin,
        at: Option<Timestamp>,
        otherwise: Option<String>,
        account: Option<String>,
    ) {
        match (at, otherwise, origin.published) {
            (Some(at), ..) => {
                self.at = Some(at);
                self.fact("Time", Some(field::utc(at)));
            }
            (None, Some(otherwise), _) => self.fact("Time", Some(otherwise)),
            (None, None, published) => self.fact("Published", published.map(field::utc)),
        }
        let topic = origin.topic.as_ref();
        self.account = account.or_else(|| topic.map(|topic| field::plain(&topic.account)));
        self.region = topic.map(|topic| field::plain(&topic.region));
        self.fact("Account", self.account.clone());
        self.fact("Region", self.region.clone());
    }

    /// Adds links, where the topic tells which console they lead to.
    pub(super) fn link(
        &mut self,
        origin: &Origin,
        text: &'static str,
        url: impl FnOnce(&Console) -> String,
    ) {
        if let Some(console) = origin.topic.as_ref().and_then(Console::of) {
            self.links.push(ConsoleLink {
                text,
                url: url(&console),
            });
        }
    }

    /// Adds a note behind what is already noted.
    pub(super) fn note(&mut self, note: &str) {
        self.note = Some(match self.note.take() {
            Some(first) => format!("{first} {note}"),
            None => note.to_owned(),
        });
    }

    /// Adds what a message holds besides the keys that are `known`, so that nothing it says is lost.
    pub(super) fn rest(&mut self, value: &Value, known: &[&str]) {
        let mut found = Vec::new();
        match value {
            Value::Object(members) => {
                for (key, value) in members
                    .iter()
                    .filter(|(key, _)| !known.contains(&key.as_str()))
                {
                    take_apart(&field::plain(key), value, DEPTH, &mut found);
                }
            }
            other => take_apart("Value", other, DEPTH, &mut found),
        }
        let more = found.len().saturating_sub(MOST_UNKNOWN);
        self.facts.extend(found.into_iter().take(MOST_UNKNOWN));
        if more > 0 {
            self.note(&format!("{more} more fields are in the message itself."));
        }
    }
}

/// Turns JSON of any shape into facts, labelled by their path.
fn take_apart(path: &str, value: &Value, depth: usize, found: &mut Vec<Fact>) {
    match value {
        Value::Null => {}
        Value::Object(members) if depth > 1 && !members.is_empty() => {
            for (key, value) in members {
                take_apart(
                    &format!("{path}.{}", field::plain(key)),
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
            let items: Vec<String> = items.iter().map(field::any).collect();
            found.push(fact(path, &items.join(", ")));
        }
        other => found.push(fact(path, &field::any(other))),
    }
}

/// Returns a fact of which no part is empty: rooms refuse a whole message for an empty text.
fn fact(label: &str, value: &str) -> Fact {
    let shown = |text: &str| {
        if text.trim().is_empty() {
            "\"\"".to_owned()
        } else {
            cut(text, LONGEST_UNKNOWN)
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
    fn unknown_json_becomes_labelled_facts_within_bounds() {
        let mut report = Report::new(&Origin::default(), "h", "t", State::Message, Severity::Info);
        let deep = json!({"a": {"b": {"c": {"d": {"e": 1}}}}, "list": [1, "x", null], "": " ", "mixed": [{"k": 1}], "no": null, "known": 1});
        report.rest(&deep, &["known"]);
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
        report.rest(&wide, &[]);
        assert_eq!(
            (report.facts.len(), report.note.as_deref()),
            (20, Some("5 more fields are in the message itself."))
        );
    }
}
