//! What `replay` answers: each message of each failure queue, and what became of it.

use std::collections::BTreeSet;
use std::fmt;

use console::truncate_str;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Serialize, Serializer};
use textwrap::Options;
use textwrap::WordSplitter::NoHyphenation;

use crate::alert::{Alert, Origin};
use crate::arn::TopicArn;
use crate::aws::failure_queue::QueuedMessage;
use crate::contract::failure_record::FailedMessage;

/// The width that heads are cut to and reasons are wrapped to.
const WIDTH: usize = 80;
const INDENT: &str = "    ";

/// What `replay` answers.
#[derive(Debug)]
pub(crate) struct Replayed {
    /// One entry for each failure queue.
    pub(crate) queues: Vec<QueueReport>,
    /// What it means, one sentence.
    summary: String,
}

/// One failure queue.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct QueueReport {
    /// The ARN of the topic.
    pub(crate) topic: String,
    /// The destination, as it is typed, or `sms`; of a relay that is gone and had a name of its own, its function.
    pub(crate) target: String,
    /// The queue's name.
    pub(crate) queue: String,
    /// What it held, oldest first.
    pub(crate) messages: Vec<ReplayedMessage>,
    /// About how many more messages it holds that were not looked at.
    pub(crate) unread: u64,
    /// Why the rest was not tried.
    pub(crate) stopped: Option<String>,
    /// What to do about it.
    pub(crate) hint: Option<String>,
}

/// One message of a failure queue, with its duplicates.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct ReplayedMessage {
    /// SQS's ids: one, or several where the same alert is in the queue several times.
    pub(crate) queued: Vec<String>,
    /// SNS's ids of the alerts in it.
    message_ids: BTreeSet<String>,
    /// The kind of the first alert.
    kind: String,
    /// What the first alert says.
    pub(crate) headline: String,
    /// The same in a few words.
    #[serde(skip)]
    title: String,
    /// When SNS took it.
    published: Option<String>,
    /// Since when it is undelivered.
    #[serde(serialize_with = "as_text")]
    #[schemars(with = "String")]
    since: Timestamp,
    /// Why it was not delivered.
    why: String,
    /// How often Lambda tried.
    tries: Option<u64>,
    /// What became of it now.
    #[serde(flatten)]
    pub(crate) outcome: ReplayOutcome,
    /// What it is, where it was understood.
    #[serde(skip)]
    pub(crate) failed: Option<FailedMessage>,
}

/// What became of a message.
#[derive(Debug, PartialEq, Serialize, JsonSchema)]
#[serde(tag = "outcome", rename_all = "kebab-case")]
pub(crate) enum ReplayOutcome {
    /// It was not tried.
    Waiting,
    /// The room took it, and it left the queue.
    Delivered,
    /// The room took it, but it could not be deleted: the next run will deliver it again.
    NotDeleted {
        /// Why.
        reason: String,
    },
    /// The relay could not deliver it; it stays.
    Failed {
        /// Why.
        reason: String,
    },
    /// Nothing can deliver it; it stays.
    Kept {
        /// Why.
        reason: String,
    },
    /// It was deleted undelivered, as asked.
    Discarded,
}

impl Replayed {
    pub(crate) fn new(topic: &TopicArn, queues: Vec<QueueReport>) -> Replayed {
        let mut replayed = Replayed {
            queues,
            summary: String::new(),
        };
        replayed.summary = replayed.summarize(topic);
        replayed
    }

    /// Returns whether nothing is left in any queue, as far as was seen.
    pub(crate) fn is_done(&self) -> bool {
        let is_done = |letter: &ReplayedMessage| {
            matches!(
                letter.outcome,
                ReplayOutcome::Delivered | ReplayOutcome::Discarded
            )
        };
        self.queues
            .iter()
            .all(|queue| queue.unread == 0 && queue.messages.iter().all(is_done))
    }

    fn summarize(&self, topic: &TopicArn) -> String {
        let count = |fits: fn(&ReplayOutcome) -> bool| {
            self.queues
                .iter()
                .flat_map(|queue| &queue.messages)
                .filter(|letter| fits(&letter.outcome))
                .count()
        };
        let parts = [
            (
                count(|outcome| {
                    matches!(
                        outcome,
                        ReplayOutcome::Delivered | ReplayOutcome::NotDeleted { .. }
                    )
                }),
                "delivered",
            ),
            (
                count(|outcome| *outcome == ReplayOutcome::Discarded),
                "discarded",
            ),
            (
                count(|outcome| matches!(outcome, ReplayOutcome::Failed { .. })),
                "failed again",
            ),
            (
                count(|outcome| matches!(outcome, ReplayOutcome::Kept { .. })),
                "kept",
            ),
            (
                count(|outcome| *outcome == ReplayOutcome::Waiting),
                "waiting",
            ),
        ];
        let parts: Vec<String> = parts
            .iter()
            .filter(|(n, _)| *n > 0)
            .map(|(n, what)| format!("{n} {what}"))
            .collect();
        if parts.is_empty() && self.queues.iter().all(|queue| queue.unread == 0) {
            return format!(
                "Nothing to replay: the failure queues of {} are empty.",
                topic.name
            );
        }
        let unread: u64 = self.queues.iter().map(|queue| queue.unread).sum();
        let unread = (unread > 0)
            .then(|| format!("about {unread} not read (beyond --limit, or held by another run)"));
        format!(
            "{}.",
            parts
                .into_iter()
                .chain(unread)
                .collect::<Vec<_>>()
                .join(", ")
        )
    }
}

impl ReplayedMessage {
    pub(crate) fn new(message: QueuedMessage, failed: Option<FailedMessage>) -> ReplayedMessage {
        let strange = Alert::parse(&message.body, Origin::default());
        let alert = failed
            .as_ref()
            .and_then(|failed| failed.alerts.first())
            .unwrap_or(&strange);
        let more = failed
            .as_ref()
            .map_or(0, |failed| failed.alerts.len().saturating_sub(1));
        let more = if more > 0 {
            format!(" (and {more} more)")
        } else {
            String::new()
        };
        let report = alert.report();
        let not_understood = || {
            "this is neither Lambda's record of a failed event nor a message from SNS".to_owned()
        };
        ReplayedMessage {
            message_ids: failed
                .as_ref()
                .and_then(FailedMessage::ids)
                .unwrap_or_default(),
            kind: alert.kind().to_owned(),
            headline: format!("{}{more}", report.headline),
            title: format!("{}{more}", report.title),
            published: failed
                .as_ref()
                .and_then(FailedMessage::published)
                .map(|at| at.to_string()),
            since: failed
                .as_ref()
                .and_then(|failed| failed.given_up)
                .unwrap_or(message.sent),
            why: failed
                .as_ref()
                .map_or_else(not_understood, |failed| failed.why.clone()),
            tries: failed.as_ref().and_then(|failed| failed.tries),
            outcome: match failed {
                Some(_) => ReplayOutcome::Waiting,
                None => ReplayOutcome::Kept {
                    reason: "it is not an alert, so no relay can deliver it".to_owned(),
                },
            },
            queued: vec![message.id],
            failed,
        }
    }
}

impl fmt::Display for Replayed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for queue in self
            .queues
            .iter()
            .filter(|queue| !queue.messages.is_empty())
        {
            writeln!(f, "{queue}")?;
        }
        f.write_str(&self.summary)
    }
}

impl fmt::Display for QueueReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.messages.len();
        write!(
            f,
            "{}",
            row(&format!(
                "{}: {count} in the queue {}",
                self.target, self.queue
            ))
        )?;
        // Ids have hyphens, and are to be copied whole.
        let wrapped = Options::new(WIDTH)
            .initial_indent(INDENT)
            .subsequent_indent(INDENT)
            .word_splitter(NoHyphenation);
        for letter in &self.messages {
            let copies = if letter.queued.len() > 1 {
                format!(", {} copies", letter.queued.len())
            } else {
                String::new()
            };
            let tries = letter
                .tries
                .map(|tries| format!(", tried {tries} times"))
                .unwrap_or_default();
            let since = letter.since.strftime("%Y-%m-%d %H:%M:%S UTC");
            write!(
                f,
                "\n{}",
                row(&format!("{} {}", letter.outcome.mark(), letter.title))
            )?;
            let rows = [format!("since {since}{tries}{copies}"), letter.why.clone()];
            for text in rows.into_iter().chain(letter.outcome.words()) {
                write!(f, "\n{}", textwrap::fill(&text, &wrapped))?;
            }
        }
        Ok(())
    }
}

fn row(text: &str) -> String {
    truncate_str(text, WIDTH, "…").into_owned()
}

impl ReplayOutcome {
    fn mark(&self) -> char {
        match self {
            ReplayOutcome::Waiting => '·',
            ReplayOutcome::Delivered => '✓',
            ReplayOutcome::NotDeleted { .. } | ReplayOutcome::Failed { .. } => '✗',
            ReplayOutcome::Kept { .. } | ReplayOutcome::Discarded => '-',
        }
    }

    fn words(&self) -> Option<String> {
        match self {
            ReplayOutcome::Waiting => None,
            ReplayOutcome::Delivered => Some("delivered".to_owned()),
            ReplayOutcome::NotDeleted { reason } => {
                Some(format!("delivered, but still in the queue: {reason}"))
            }
            ReplayOutcome::Failed { reason } => Some(format!("failed again: {reason}")),
            ReplayOutcome::Kept { reason } => Some(format!("kept: {reason}")),
            ReplayOutcome::Discarded => Some("discarded".to_owned()),
        }
    }
}

fn as_text<S: Serializer>(time: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(time)
}
