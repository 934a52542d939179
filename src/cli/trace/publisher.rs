//! Device Defender's own way to the topic, which a test alert does not take: the person who runs the command publishes it.

use std::fmt;
use std::time::SystemTime;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use tokio::time::{Instant, timeout_at};

use crate::aws::snapshot::take_publishing_snapshot;
use crate::chain::checks::{PublishReport, PublishVerdict};
use crate::cli::context::TopicContext;
use crate::cli::error::CliError;
use crate::cli::style;

/// Reads until `end` whether Device Defender can publish to the topic; `None` if the time was over first.
///
/// # Errors
/// The credentials are not accepted.
pub(super) async fn publisher(
    topic: &TopicContext,
    end: Instant,
) -> Result<Option<PublishReport>, CliError> {
    let today = Timestamp::try_from(SystemTime::now())
        .unwrap_or_default()
        .to_zoned_datetime(TimeZone::UTC)
        .date();
    let read = take_publishing_snapshot(
        &topic.clients,
        &topic.place,
        &topic.topic,
        env!("CARGO_PKG_VERSION"),
        today,
    );
    match timeout_at(end, read).await {
        Ok(chain) => Ok(Some(PublishReport::new(&chain?))),
        Err(_) => Ok(None),
    }
}

/// What is known of it, as a person reads it; of a check that was not made in time, that.
pub(super) struct Publisher<'a>(pub(super) Option<&'a PublishReport>);

impl Publisher<'_> {
    /// Returns what is known in a few words.
    pub(super) fn words(&self) -> String {
        let Some(report) = self.0 else {
            return "not checked: the time was over".to_owned();
        };
        match report.verdict {
            PublishVerdict::CanPublish => "can publish to the topic".to_owned(),
            PublishVerdict::CannotPublish => {
                let found = report.findings.iter();
                let found: Vec<String> = found
                    .map(|finding| format!("{} ({})", finding.what, finding.code))
                    .collect();
                format!("cannot publish to the topic: {}", found.join("; "))
            }
            PublishVerdict::DoesNotPublish => {
                "no security profile or audit publishes to this topic".to_owned()
            }
            PublishVerdict::NotChecked => {
                let mut why: Vec<&str> = report
                    .not_checked
                    .iter()
                    .map(|unchecked| unchecked.why.as_str())
                    .collect();
                why.dedup();
                format!("not checked: {}", why.join("; "))
            }
        }
    }

    /// Returns whether it is known to be unable to publish.
    pub(super) fn is_cut_off(&self) -> bool {
        self.0
            .is_some_and(|report| report.verdict == PublishVerdict::CannotPublish)
    }
}

impl fmt::Display for Publisher<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mark = match self.0.map(|report| report.verdict) {
            Some(PublishVerdict::CanPublish) => '✓',
            Some(PublishVerdict::CannotPublish) => '✗',
            Some(PublishVerdict::DoesNotPublish) => '-',
            Some(PublishVerdict::NotChecked) | None => '?',
        };
        write!(f, "{} Device Defender: {}", style::mark(mark), self.words())
    }
}
