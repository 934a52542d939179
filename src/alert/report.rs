//! What a message says, independent of any room's markup: the structure that every room formats.
//!
//! Its texts are on one line and without control characters (only `raw` keeps its line breaks). Devices control part of them, so
//! each room must escape all of them.

use jiff::Timestamp;
use serde_json::Value;

use super::console::Console;
use super::guidance::Guidance;
use super::severity::Severity;
use super::truncate::truncate;
use super::{Origin, field};

/// A message in words. Its members come in the order in which they matter to a person on call.
#[derive(Clone, Debug)]
pub struct Report {
    /// The message in one sentence. For an alarm it is exactly the workshop's line, after `[TEST] ` if it is a test.
    pub headline: String,
    /// How bad, what, which thing, and the value: `Medium: messageSize on myIoTDevice: 26 bytes, expected > 5,000`. Up to and
    /// including the observed value it has at most [`MAX_TITLE_LENGTH`] UTF-16 code units if shortening the names can achieve that,
    /// because a push notification shows no more.
    pub title: String,
    /// The title's first part: how bad, what, which thing.
    pub subject: String,
    /// The title's second part, if there is one: `26 bytes, expected > 5,000`.
    pub reading: Option<String>,
    /// What kind of news it is.
    pub state: State,
    /// The severity.
    pub severity: Severity,
    /// Whether it was published as a test.
    pub test: bool,
    /// What matters most after the title: the expected and the observed value in full, or the reason of a finding.
    pub summary: Option<String>,
    /// What to know before acting on the message.
    pub note: Option<String>,
    /// What to do next: one sentence.
    pub next_step: Option<String>,
    /// Names, time and place, the most important first.
    pub facts: Vec<Fact>,
    /// Of a digest, its first things, each with what was observed. Empty for a single alert.
    pub things: Vec<Fact>,
    /// How many more things a digest has than `things`.
    pub more_things: usize,
    /// IDs and codes, with which the event can be looked up.
    pub identifiers: Vec<Fact>,
    /// Pages about it: of the AWS console, then AWS's guidance on the next step.
    pub links: Vec<ReportLink>,
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

/// A link to a page of AWS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportLink {
    /// The link's text.
    pub text: &'static str,
    /// The `https:` URL, at most [`MAX_URL_LENGTH`] bytes long; every name in it is percent-encoded.
    pub url: String,
}

/// What a push notification shows of a message, in UTF-16 code units: about this much on a locked phone.
pub const MAX_TITLE_LENGTH: usize = 60;
/// The maximum length of a link's URL, in bytes. A name that makes a longer one is not valid in AWS IoT, so that its page does not
/// exist.
pub const MAX_URL_LENGTH: usize = 2000;

/// What a test's headline and title begin with.
const TEST_MARK: &str = "[TEST] ";
/// The maximum length of the name of who sent a test, in UTF-16 code units.
const MAX_SENDER_LENGTH: usize = 128;
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
        subject: &str,
        reading: Option<String>,
        state: State,
        severity: Severity,
    ) -> Report {
        let mark = if origin.test { TEST_MARK } else { "" };
        let subject = format!("{mark}{subject}");
        Report {
            headline: format!("{mark}{headline}"),
            title: match &reading {
                Some(reading) => format!("{subject}: {reading}"),
                None => subject.clone(),
            },
            subject,
            reading,
            state,
            severity,
            test: origin.test,
            summary: None,
            note: origin.test.then(|| test_note(origin)),
            next_step: None,
            facts: Vec::new(),
            things: Vec::new(),
            more_things: 0,
            identifiers: Vec::new(),
            links: Vec::new(),
            raw: None,
            at: origin.published,
            account: None,
            region: None,
        }
    }

    /// Returns the things of a digest as lines: `sensor-0042: 26 bytes`, and at the end `and 202 more`.
    pub fn thing_lines(&self) -> Vec<String> {
        let mut lines: Vec<String> = self
            .things
            .iter()
            .map(|thing| match thing.value.as_str() {
                "" => thing.label.clone(),
                observed => format!("{}: {observed}", thing.label),
            })
            .collect();
        if self.more_things > 0 {
            lines.push(match lines.is_empty() {
                true => format!("{} things", self.more_things),
                false => format!("and {} more", self.more_things),
            });
        }
        lines
    }

    /// Returns whether the headline of a violation says this fact already.
    pub fn is_in_headline(&self, fact: &Fact) -> bool {
        [": ", " name: "].iter().any(|colon| {
            self.headline
                .contains(&format!("{}{colon}{}", fact.label, fact.value))
        })
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

    /// Adds an identifier, if it has a value.
    pub(super) fn add_identifier(&mut self, label: &str, value: Option<String>) {
        if let Some(value) = value {
            self.identifiers.push(Fact {
                label: label.to_owned(),
                value,
            });
        }
    }

    /// Adds the time: `at` under this label, else the unparsed text of the time field, else the time of publishing. The time in a
    /// test is that of a sample, so that for a test only the time of publishing counts.
    pub(super) fn add_time(
        &mut self,
        origin: &Origin,
        label: &str,
        at: Option<Timestamp>,
        unparsed_time: Option<String>,
    ) {
        let shown = |at: Option<Timestamp>| at.map(field::format_utc);
        match (at, unparsed_time) {
            _ if origin.test => self.add_fact("Sent", shown(origin.published)),
            (Some(_), _) => {
                self.at = at;
                self.add_fact(label, shown(at));
            }
            (None, Some(unparsed)) => self.add_fact(label, Some(unparsed)),
            (None, None) => self.add_fact("Published", shown(origin.published)),
        }
    }

    /// Adds the span of several times: `2025-11-23 10:05:00 to 10:09:12 UTC`. The first of them is the report's time.
    pub(super) fn add_span(&mut self, label: &str, times: impl IntoIterator<Item = Timestamp>) {
        let (mut first, mut last): (Option<Timestamp>, Option<Timestamp>) = (None, None);
        for time in times {
            first = Some(first.map_or(time, |first| first.min(time)));
            last = Some(last.map_or(time, |last| last.max(time)));
        }
        let (Some(first), Some(last)) = (first, last) else {
            return;
        };
        self.at = Some(first);
        self.add_fact(label, Some(field::format_utc_span(first, last)));
    }

    /// Adds the account (of the message, else of the topic's ARN) and the region (of the topic's ARN), as one fact.
    pub(super) fn add_place(&mut self, origin: &Origin, account: Option<String>) {
        let topic = origin.topic.as_ref();
        self.account = account.or_else(|| topic.map(|topic| field::sanitize(&topic.account)));
        self.region = topic.map(|topic| field::sanitize(&topic.region));
        let place: Vec<&str> = [&self.account, &self.region]
            .into_iter()
            .flatten()
            .map(String::as_str)
            .filter(|part| !part.is_empty())
            .collect();
        let place = place.join(", ");
        self.add_fact("Account", Some(place).filter(|place| !place.is_empty()));
    }

    /// Adds a link to the AWS console, if the topic's console is known.
    pub(super) fn add_link(
        &mut self,
        origin: &Origin,
        text: &'static str,
        url: impl FnOnce(&Console) -> String,
    ) {
        let url = origin
            .topic
            .as_ref()
            .and_then(Console::for_topic)
            .map(|console| url(&console));
        self.links.extend(
            url.filter(|url| url.len() <= MAX_URL_LENGTH)
                .map(|url| ReportLink { text, url }),
        );
    }

    /// Adds what to do next and AWS's page about it; called last, so that the page is the last link. Nothing has to be done after a
    /// test.
    pub(super) fn add_guidance(&mut self, guidance: Guidance) {
        if self.test {
            return;
        }
        self.next_step = Some(guidance.step.to_owned());
        self.links.push(ReportLink {
            text: "AWS guidance",
            url: guidance.url.to_owned(),
        });
    }

    /// Appends a sentence to the note.
    pub(super) fn add_note(&mut self, note: &str) {
        self.note = Some(match self.note.take() {
            Some(first) => format!("{first} {note}"),
            None => note.to_owned(),
        });
    }

    /// Adds the message's fields that are not among the `known` keys, so that nothing is lost. Returns whether the facts now have all
    /// of them in full.
    pub(super) fn add_other_fields(&mut self, value: &Value, known: &[&str]) -> bool {
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
        let is_cut = |text: &str| text.encode_utf16().count() >= MAX_VALUE_LENGTH;
        let are_whole = !found
            .iter()
            .any(|fact| is_cut(&fact.label) || is_cut(&fact.value));
        self.facts.extend(found.into_iter().take(MAX_OTHER_FIELDS));
        if more > 0 {
            let fields = if more == 1 { "field" } else { "fields" };
            self.add_note(&format!("The original message has {more} more {fields}."));
        }
        more == 0 && are_whole
    }
}

/// Returns what to know about a test: who sent it, and that it is one.
fn test_note(origin: &Origin) -> String {
    match &origin.sender {
        Some(sender) => {
            let sender = truncate(&field::sanitize(sender), MAX_SENDER_LENGTH);
            format!(
                "This is a test, sent by {sender} with ddalert. No device caused it, and nothing needs to be done."
            )
        }
        None => {
            "This is a test, sent with ddalert. No device caused it, and nothing needs to be done."
                .to_owned()
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
        let mut report = Report::new(
            &Origin::default(),
            "h",
            "t",
            None,
            State::Message,
            Severity::Info,
        );
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
        let mut report = Report::new(
            &Origin::default(),
            "h",
            "t",
            None,
            State::Message,
            Severity::Info,
        );
        report.add_other_fields(&wide, &[]);
        assert_eq!(
            (report.facts.len(), report.note.as_deref()),
            (20, Some("The original message has 5 more fields."))
        );
    }
}
