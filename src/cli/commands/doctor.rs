//! `doctor`: checks the chain from Device Defender to each room, read-only, and names each break with the command that fixes it.

use std::time::{Duration, SystemTime};

use clap::Args;
use tokio::time::Instant;

use crate::aws::snapshot::take_snapshot;
use crate::chain::checks::FindingSeverity;
use crate::cli::context::{Context, TopicContext};
use crate::cli::diagnosis::TopicReport;
use crate::cli::error::{CliError, Exit};
use crate::cli::input::sample::{DEFAULT_KIND, sample};
use crate::cli::live_lines::LiveLines;
use crate::cli::several::settle;
use crate::cli::table::Cut;
use crate::cli::trace::{TestAlert, TestReport, subscribers};

/// How long the chain may be read: what has not been read by then is not checked.
const READ_TIMEOUT: Duration = Duration::from_secs(120);

/// How long `--live` follows its test alert.
const LIVE_TIMEOUT: Duration = Duration::from_secs(60);

/// Check the whole chain, from Device Defender to each room, and name what is broken
///
/// Changes nothing. Each finding has a code (docs/doctor.md lists them), what it means for alerts, and the command that fixes
/// it. What these credentials may not read is listed as not checked, and never called healthy. Exits with 1 if there is an error,
/// with 5 if there is none but not every check could be made.
#[derive(Clone, Debug, Args)]
#[command(after_long_help = "Examples:
  ddalert doctor --topic BadIoTDevices
  ddalert doctor --topic BadIoTDevices --strict --output json
  ddalert doctor --topic BadIoTDevices --live")]
pub(crate) struct Doctor {
    /// Exit with 1 also on warnings
    #[arg(long)]
    strict: bool,
    /// Also send one test alert, as test-publish does, and show how long each hop takes
    #[arg(long)]
    live: bool,
    /// Show phone numbers in full
    #[arg(long)]
    show_numbers: bool,
}

impl Doctor {
    pub(crate) async fn run(self, context: &Context) -> Result<Exit, CliError> {
        let located = context.located_topics().await?;
        let live = if self.live {
            LIVE_TIMEOUT
        } else {
            Duration::ZERO
        };
        context.end_after(READ_TIMEOUT + live);
        let examined = located.iter().map(|topic| self.examine(context, topic));
        let (topics, all_examined) = settle(context, examined).await;
        let findings = topics.iter().flat_map(|topic| &topic.findings);
        let worst = findings.map(|finding| finding.severity).max();
        let unconfirmed = topics
            .iter()
            .any(|topic| topic.live.as_ref().is_some_and(TestReport::is_missed));
        let unchecked = topics.iter().any(|topic| !topic.not_checked.is_empty());
        let suite = |topic: &TopicReport| topic.suite(self.strict);
        context.ui.suites(|| topics.iter().map(suite).collect());
        let pictures: Vec<String> = topics.iter().map(ToString::to_string).collect();
        context.ui.answer_as(pictures.join("\n\n"), &topics)?;
        all_examined?;
        Ok(match worst {
            Some(FindingSeverity::Error) => Exit::Failed,
            Some(FindingSeverity::Warning) if self.strict => Exit::Failed,
            _ if unconfirmed => Exit::NotConfirmed,
            _ if unchecked => Exit::NotChecked,
            _ => Exit::Done,
        })
    }

    async fn examine(
        &self,
        context: &Context,
        topic: &TopicContext,
    ) -> Result<TopicReport, CliError> {
        let TopicContext {
            clients,
            place,
            topic: arn,
            ..
        } = topic;
        let progress = context
            .ui
            .progress(&format!("Checking the chain of {}", arn.name));
        let today = jiff::Timestamp::try_from(SystemTime::now())
            .unwrap_or_default()
            .to_zoned_datetime(jiff::tz::TimeZone::UTC)
            .date();
        let chain = take_snapshot(clients, place, arn, env!("CARGO_PKG_VERSION"), today).await?;
        drop(progress);
        let is_referred_to = !chain.publishers().is_empty()
            || !chain.tagged_functions.is_empty()
            || !chain.unsubscribed_relays.is_empty();
        // A topic that nothing refers to is a name mistyped, and not a topic that somebody deleted.
        if chain.attributes.is_missing()
            && !is_referred_to
            && let Some(error) = context.missing_topic(topic).await?
        {
            return Err(error);
        }
        if self.show_numbers {
            context.ui.reveal(
                chain
                    .phone_groups
                    .iter()
                    .flat_map(|group| group.phones.clone()),
            );
        }
        let live = match self.live && !chain.attributes.is_missing() {
            true => {
                let message = sample(DEFAULT_KIND);
                let alert = TestAlert {
                    message,
                    end: Instant::now() + LIVE_TIMEOUT,
                    waits: true,
                    show_numbers: false,
                };
                let lines = LiveLines::new(&context.ui, Cut::End);
                let listed = subscribers(topic).await?;
                let traced = alert.trace(context, topic, &listed, None, &lines).await?;
                lines.clear();
                Some(traced)
            }
            false => None,
        };
        Ok(TopicReport::new(chain, live))
    }
}
