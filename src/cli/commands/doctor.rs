//! `doctor`: walks the chain from Device Defender to each room, read-only, and names each break with the command that mends it.

use std::fmt;
use std::time::SystemTime;

use clap::Args;
use serde::Serialize;

use super::test_publish::{TestReport as Traced, trace_sample};
use crate::aws::snapshot::take_snapshot;
use crate::chain::checks::snapshot::SubscriberSnapshot;
use crate::chain::checks::{
    ChainSnapshot, Finding, FindingSeverity, Link, Part, Unchecked, diagnose,
};
use crate::chain::names::SMS_TARGET;
use crate::cli::context::{Context, TopicContext};
use crate::cli::error::{CliError, Exit};
use crate::contract::delivery::shown_endpoint;
use crate::destination::sms::number::masked;

/// Look at the whole chain, from Device Defender to each room, and name what is broken
///
/// Changes nothing. Each finding has a code (docs/operations.md lists them), what it means for alerts, and the command that
/// mends it. What these credentials may not look at is listed as not checked. Exits with 1 where there is an error.
#[derive(Clone, Debug, Args)]
pub(crate) struct Doctor {
    /// Exit with 1 on warnings, too, and on what could not be looked at
    #[arg(long)]
    strict: bool,
    /// Also send one test alert, as test-publish does, and show how long each hop takes
    #[arg(long)]
    live: bool,
    /// Show phone numbers in full
    #[arg(long)]
    show_numbers: bool,
}

/// What `doctor` answers.
#[derive(Debug, Serialize)]
struct DoctorReport {
    /// One entry a topic.
    topics: Vec<TopicReport>,
}

#[derive(Debug, Serialize)]
struct TopicReport {
    /// The ARN of the topic.
    topic: String,
    /// Whether no error was found in what was checked.
    healthy: bool,
    findings: Vec<Finding>,
    not_checked: Vec<Unchecked>,
    #[serde(skip_serializing_if = "Option::is_none")]
    live: Option<Traced>,
    chain: ChainSnapshot,
}

impl Doctor {
    pub(crate) async fn run(self, context: &Context) -> Result<Exit, CliError> {
        let mut topics = Vec::new();
        for place in context.located().await? {
            topics.push(self.examine(context, &place).await?);
        }
        let report = DoctorReport { topics };
        let worst = report
            .topics
            .iter()
            .flat_map(|topic| &topic.findings)
            .map(|finding| finding.severity)
            .max();
        let unconfirmed = report.topics.iter().any(|topic| {
            topic
                .live
                .as_ref()
                .is_some_and(|live| live.confirmed != Some(true))
        });
        let unchecked = report
            .topics
            .iter()
            .any(|topic| !topic.not_checked.is_empty());
        context.ui.answer(&report)?;
        Ok(match worst {
            Some(FindingSeverity::Error) => Exit::Failed,
            Some(FindingSeverity::Warning) if self.strict => Exit::Failed,
            _ if self.strict && unchecked => Exit::Failed,
            _ if unconfirmed => Exit::NotConfirmed,
            _ => Exit::Done,
        })
    }

    async fn examine(
        &self,
        context: &Context,
        place: &TopicContext,
    ) -> Result<TopicReport, CliError> {
        let progress = context
            .ui
            .progress(format!("Looking at everything around {}", place.topic.name));
        let today = jiff::Timestamp::try_from(SystemTime::now())
            .unwrap_or_default()
            .to_zoned_datetime(jiff::tz::TimeZone::UTC)
            .date();
        let chain = take_snapshot(
            &place.clients,
            &place.place,
            &place.topic,
            env!("CARGO_PKG_VERSION"),
            today,
        )
        .await?;
        drop(progress);
        if self.show_numbers {
            context.ui.reveal(
                chain
                    .phone_groups
                    .iter()
                    .flat_map(|group| group.phones.clone()),
            );
        }
        let live = match self.live && !chain.attributes.is_missing() {
            true => Some(trace_sample(context, place).await?),
            false => None,
        };
        let findings = diagnose(&chain);
        Ok(TopicReport {
            topic: place.topic.to_string(),
            healthy: findings
                .iter()
                .all(|finding| finding.severity < FindingSeverity::Error),
            findings,
            not_checked: chain.unchecked.clone(),
            live,
            chain,
        })
    }
}

impl TopicReport {
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
            _ if self
                .not_checked
                .iter()
                .any(|unchecked| is_here(unchecked.link, unchecked.part)) =>
            {
                '?'
            }
            Some(FindingSeverity::Note) | None => '✓',
        }
    }

    /// Returns the marks of what a link is made of.
    fn parts(&self, link: Link, parts: &[Part]) -> String {
        let marked: Vec<String> = parts
            .iter()
            .map(|part| format!("{} {}", self.mark(link, Some(*part)), part.name()))
            .collect();
        marked.join("  ")
    }

    fn picture(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let chain = &self.chain;
        writeln!(
            f,
            "{} Device Defender",
            self.mark(Link::DeviceDefender, None)
        )?;
        for publisher in chain.publishers() {
            writeln!(f, "│   {}", publisher.what)?;
        }
        writeln!(
            f,
            "│   {}",
            self.parts(Link::DeviceDefender, &[Part::Targets, Part::PublishRole])
        )?;
        writeln!(f, "▼")?;
        writeln!(
            f,
            "{} topic {} ({})",
            self.mark(Link::Topic, None),
            chain.topic.name,
            chain.topic.region
        )?;
        let count = chain.subscribers().count();
        for (place, (link, subscriber)) in chain.subscribers().enumerate() {
            let (branch, trunk) = if place + 1 == count {
                ("└─▶", ' ')
            } else {
                ("├─▶", '│')
            };
            writeln!(
                f,
                "{branch} {} {}",
                self.mark(link, None),
                SubscriberLabel(subscriber)
            )?;
            writeln!(f, "{trunk}   {}", self.parts(link, &subscriber.parts()))?;
        }
        Ok(())
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
        let missed = self
            .live
            .as_ref()
            .is_some_and(|live| live.confirmed != Some(true));
        let missed = missed.then(|| "the test alert was not confirmed".to_owned());
        let said: Vec<String> = said.into_iter().chain(missed).collect();
        if said.is_empty() {
            "Everything that was checked is in order.".to_owned()
        } else {
            format!("{}.", said.join(", "))
        }
    }
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
        if protocol != "lambda" {
            return write!(f, "{protocol} {}", shown_endpoint(endpoint));
        }
        let name = endpoint.rsplit(':').next().unwrap_or(endpoint);
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
                "\n{code} {severity}: {what}\n    {consequence}\n    fix: {remedy}\n"
            )?;
        }
        if !self.not_checked.is_empty() {
            writeln!(f, "\nNot checked:")?;
            for Unchecked { what, why, .. } in &self.not_checked {
                writeln!(f, "  {what}: {why}")?;
            }
        }
        if let Some(live) = &self.live {
            writeln!(f, "\n{live}")?;
        }
        write!(f, "\n{}", self.verdict())
    }
}

impl fmt::Display for DoctorReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, topic) in self.topics.iter().enumerate() {
            let between = if index == 0 { "" } else { "\n\n" };
            write!(f, "{between}{topic}")?;
        }
        Ok(())
    }
}
