//! What `doctor` shows of one topic: the chain as a picture, and what is wrong with it.

use std::collections::BTreeSet;
use std::fmt::{self, Write};

use schemars::JsonSchema;
use serde::Serialize;

use super::junit::{Case, Suite, Verdict};
use super::style::mark as painted_mark;
use super::trace::TestReport;
use super::wrap::wrapped;
use crate::arn::resource_name;
use crate::chain::checks::snapshot::Lookup;
use crate::chain::checks::snapshot::SubscriberSnapshot;
use crate::chain::checks::{
    ChainSnapshot, Coverage, Finding, FindingSeverity, Link, Part, Remedy, Unchecked, coverage,
    diagnose, filter_words,
};
use crate::chain::delivery::shown_endpoint;
use crate::destination::sms::SMS_TARGET;
use crate::destination::sms::masked;

/// The columns that the picture keeps to, wherever it is shown.
const WIDTH: usize = 80;

/// What was found of one topic.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct TopicReport {
    /// The ARN of the topic.
    pub(super) topic: String,
    /// Whether no error was found; null if none was found, but not every check could be made.
    pub(super) healthy: Option<bool>,
    /// How many checks there are, and how many could not be made.
    pub(super) coverage: Coverage,
    /// What is wrong.
    pub(super) findings: Vec<Finding>,
    /// What could not be read.
    pub(super) not_checked: Vec<Unchecked>,
    /// What became of the test alert, with `--live`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) live: Option<TestReport>,
    /// What was read of the chain, as `doctor` sees it: for people who look for a fault. Its keys can change with any version.
    #[schemars(with = "serde_json::Map<String, serde_json::Value>")]
    pub(super) chain: ChainSnapshot,
}

impl TopicReport {
    /// Checks a chain.
    pub(super) fn new(chain: ChainSnapshot, live: Option<TestReport>) -> TopicReport {
        let findings = diagnose(&chain);
        let has_error = findings
            .iter()
            .any(|finding| finding.severity == FindingSeverity::Error);
        let healthy = match (has_error, chain.unchecked.is_empty()) {
            (true, _) => Some(false),
            (false, true) => Some(true),
            // What was not looked at is not fine.
            (false, false) => None,
        };
        TopicReport {
            topic: chain.topic.to_string(),
            healthy,
            coverage: coverage(&chain),
            findings,
            not_checked: chain.unchecked.clone(),
            live,
            chain,
        }
    }

    /// Returns the mark of a link, or of one part of it: its worst finding, else whether all of it was checked.
    fn mark(&self, link: Link, part: Option<Part>) -> char {
        let is_here = |at: Link, of: Part| at == link && part.is_none_or(|part| part == of);
        let here = self
            .findings
            .iter()
            .filter(|finding| is_here(finding.link, finding.part));
        match here.map(|finding| finding.severity).max() {
            Some(FindingSeverity::Error) => '✗',
            Some(FindingSeverity::Warning) => '!',
            _ if self.is_unread(link, part) => '?',
            Some(FindingSeverity::Note) | None => '✓',
        }
    }

    /// Returns whether anything of a link, or of one part of it, was not read.
    fn is_unread(&self, link: Link, part: Option<Part>) -> bool {
        let is_unread = |part: Part| self.chain.is_part_unread(link, part);
        match part {
            Some(part) => is_unread(part),
            None => {
                let links = self.chain.links().into_iter();
                let mut parts = links
                    .filter(|(at, _)| *at == link)
                    .flat_map(|(_, parts)| parts);
                // Not every part of a foreign subscriber is drawn, such as its dead-letter queue.
                parts.any(is_unread) || self.not_checked.iter().any(|one| one.link == link)
            }
        }
    }

    /// Returns the marks of what a link is made of.
    fn parts(&self, link: Link, parts: &[Part]) -> String {
        let marked: Vec<String> = parts
            .iter()
            .map(|part| {
                format!(
                    "{} {}",
                    painted_mark(self.mark(link, Some(*part))),
                    part.name()
                )
            })
            .collect();
        marked.join("  ")
    }

    fn picture(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut picture = String::new();
        self.draw(&mut picture)?;
        writeln!(f, "{}", wrapped(picture.trim_end(), WIDTH))
    }

    /// Draws the chain, in lines of any length.
    fn draw(&self, f: &mut String) -> fmt::Result {
        let chain = &self.chain;
        writeln!(
            f,
            "{} Device Defender",
            painted_mark(self.mark(Link::DeviceDefender, None))
        )?;
        for publisher in chain.publishers() {
            writeln!(f, "│   {}", publisher.what)?;
        }
        writeln!(
            f,
            "│   {}",
            self.parts(Link::DeviceDefender, &chain.publishing_parts())
        )?;
        writeln!(f, "▼")?;
        writeln!(
            f,
            "{} topic {} ({})",
            painted_mark(self.mark(Link::Topic, None)),
            chain.topic.name,
            chain.topic.region
        )?;
        let count = chain.subscribers().count();
        for (topic, (link, subscriber)) in chain.subscribers().enumerate() {
            let (branch, trunk) = if topic + 1 == count {
                ("└─▶", ' ')
            } else {
                ("├─▶", '│')
            };
            writeln!(
                f,
                "{branch} {} {}",
                painted_mark(self.mark(link, None)),
                SubscriberLabel(subscriber)
            )?;
            writeln!(
                f,
                "{trunk}   {}",
                self.parts(link, &chain.subscriber_parts(link, subscriber))
            )?;
            if let Some(delivers) = filter_words(subscriber) {
                writeln!(f, "{trunk}   filter: {delivers}")?;
            }
        }
        if chain.subscribers == Lookup::NotChecked {
            writeln!(f, "└─▶ ? subscribers")?;
        }
        Ok(())
    }

    /// Returns the report as tests: one for each finding, for what was not checked, and for each link of the chain that is in order.
    /// With `strict`, warnings and what was not checked are failures.
    pub(super) fn suite(&self, strict: bool) -> Suite {
        let findings = self.findings.iter().map(|finding| {
            let Finding {
                code,
                severity,
                what,
                consequence,
                remedy,
                ..
            } = finding;
            let is_failure = match severity {
                FindingSeverity::Error => true,
                FindingSeverity::Warning => strict,
                FindingSeverity::Note => false,
            };
            let verdict = match is_failure {
                true => Verdict::Failed {
                    kind: (*code).to_owned(),
                    message: what.clone(),
                    details: format!("{consequence}\n{}", labelled(remedy)),
                },
                false => {
                    Verdict::Passed(format!("{severity}: {consequence}\n{}", labelled(remedy)))
                }
            };
            Case::new(format!("{code} {what}"), verdict)
        });
        let unchecked = self.distinct_unchecked().into_iter().map(|(what, why)| {
            let verdict = match strict {
                true => Verdict::Failed {
                    kind: "not checked".to_owned(),
                    message: why.to_owned(),
                    details: "--strict also fails on what could not be checked".to_owned(),
                },
                false => Verdict::Skipped(why.to_owned()),
            };
            Case::new(what.to_owned(), verdict)
        });
        let topic = (Link::Topic, format!("topic {}", self.chain.topic.name));
        let subscribers = self.chain.subscribers();
        let subscribers =
            subscribers.map(|(link, subscriber)| (link, SubscriberLabel(subscriber).to_string()));
        let links = [(Link::DeviceDefender, "Device Defender".to_owned()), topic]
            .into_iter()
            .chain(subscribers);
        let healthy = links
            .filter(|(link, _)| self.mark(*link, None) == '✓')
            .map(|(_, name)| Case::new(name, Verdict::Passed(String::new())));
        let live = self.live.iter().flat_map(|live| live.suite().cases);
        Suite {
            name: self.topic.clone(),
            cases: healthy
                .chain(findings)
                .chain(unchecked)
                .chain(live)
                .collect(),
        }
    }

    /// Returns what could not be read, and why: each once, although several phones are texted with the settings of one account.
    fn distinct_unchecked(&self) -> Vec<(&str, &str)> {
        let mut listed = BTreeSet::new();
        let all = self.not_checked.iter();
        all.map(|unchecked| (unchecked.what.as_str(), unchecked.why.as_str()))
            .filter(|one| listed.insert(*one))
            .collect()
    }

    fn verdict(&self) -> String {
        let count = |severity: FindingSeverity| {
            self.findings
                .iter()
                .filter(|finding| finding.severity == severity)
                .count()
        };
        let counts = [
            FindingSeverity::Error,
            FindingSeverity::Warning,
            FindingSeverity::Note,
        ]
        .map(|severity| (count(severity), severity));
        let said: Vec<String> = counts
            .into_iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, severity)| {
                format!("{count} {severity}{}", if count == 1 { "" } else { "s" })
            })
            .collect();
        let missed = self.live.as_ref().is_some_and(TestReport::is_missed);
        let missed = missed.then(|| "the test alert was not confirmed".to_owned());
        let said: Vec<String> = said.into_iter().chain(missed).collect();
        let Coverage { checks, not_made } = self.coverage;
        // Something can be unread that no check depends on, such as how old a message is.
        let unread = (!self.not_checked.is_empty()).then(|| match not_made {
            0 => "Not everything could be read".to_owned(),
            count => format!("{count} of {checks} checks could not be made"),
        });
        match (said.is_empty(), unread) {
            (true, None) => "Everything that was checked is in order.".to_owned(),
            (true, Some(unread)) => {
                format!("{unread}; what was checked is in order.")
            }
            (false, None) => format!("{}.", said.join(", ")),
            (false, Some(unread)) => format!("{}. {unread}.", said.join(", ")),
        }
    }
}

/// Returns a remedy behind the word for what it is.
fn labelled(remedy: &Remedy) -> String {
    let label = match remedy {
        Remedy::Command(_) => "fix",
        Remedy::Advice(_) => "what to do",
    };
    format!("{label}: {}", remedy.text())
}

/// A subscriber in the picture.
struct SubscriberLabel<'a>(&'a SubscriberSnapshot);

impl fmt::Display for SubscriberLabel<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let SubscriberLabel(SubscriberSnapshot {
            protocol,
            endpoint,
            function,
            ..
        }) = self;
        let is_buffer = protocol == "sqs" && function.found().is_some();
        if protocol != "lambda" && !is_buffer {
            return write!(f, "{protocol} {}", shown_endpoint(endpoint));
        }
        let buffered;
        let name = match function.found().filter(|_| is_buffer) {
            None => resource_name(endpoint),
            Some(function) => {
                buffered = format!("{} ─▶ {}", resource_name(endpoint), function.name);
                &buffered
            }
        };
        match function
            .found()
            .and_then(|function| function.relay.as_ref())
        {
            Some(relay) if relay.target == SMS_TARGET => {
                let phones: Vec<String> = relay
                    .environment
                    .phones
                    .iter()
                    .map(|phone| masked(phone))
                    .collect();
                write!(f, "{name} ─▶ {} {}", relay.target, phones.join(" "))
            }
            Some(relay) => write!(f, "{name} ─▶ {}", relay.target),
            None => write!(f, "function {name}"),
        }
    }
}

impl fmt::Display for TopicReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.picture(f)?;
        for Finding {
            code,
            severity,
            what,
            consequence,
            remedy,
            ..
        } in &self.findings
        {
            write!(
                f,
                "\n{code} {severity}: {what}\n    {consequence}\n    {}\n",
                labelled(remedy)
            )?;
        }
        if !self.not_checked.is_empty() {
            writeln!(f, "\nNot checked:")?;
            for (what, why) in self.distinct_unchecked() {
                writeln!(f, "  {what}: {why}")?;
            }
        }
        if let Some(live) = &self.live {
            writeln!(f, "\n{live}")?;
        }
        write!(f, "\n{}", self.verdict())
    }
}
