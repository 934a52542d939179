//! `test-publish`: publishes the sample alert and follows it to every subscriber of the topic.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use futures_util::future::try_join_all;
use tokio::time::{Instant, timeout_at};

use crate::cli::args::timeout;
use crate::cli::context::Context;
use crate::cli::error::{CliError, Exit};
use crate::cli::glance::WIDTH;
use crate::cli::input::sample::{DEFAULT_KIND, kinds, message};
use crate::cli::live_lines::LiveLines;
use crate::cli::several::settle;
use crate::cli::table::Cut;
use crate::cli::trace::{TestAlert, TestReport, subscribers};

/// Publish a test alert and follow it to every subscriber
///
/// Publishes the sample Device Defender alert to the topic and reads in the log of every relay what became of it. The message
/// attribute ddalert-test marks it as a test, and ddalert-sender says who sent it, so that rooms show both. At the same time it reads
/// whether Device Defender itself can publish to the topic. Exits with 4 if a relay did not deliver it, or if Device Defender cannot
/// publish.
#[derive(Clone, Debug, Args)]
#[command(after_long_help = "Examples:
  ddalert test-publish --topic BadIoTDevices
  ddalert test-publish --topic BadIoTDevices --kind audit --timeout 90 --output json
  ddalert test-publish --topic BadIoTDevices --file alert.json")]
pub(crate) struct TestPublish {
    /// Publish this file instead of the sample alert; - is standard input
    #[arg(long, value_name = "FILE", conflicts_with = "kind")]
    file: Option<PathBuf>,
    /// The kind of sample alert
    #[arg(long, value_name = "KIND", default_value = DEFAULT_KIND, value_parser = kinds())]
    kind: String,
    /// How long the whole run may take: 20, 20s, 2m or 1h30m
    #[arg(long, value_name = "DURATION", default_value = "60s", value_parser = timeout)]
    timeout: Duration,
    /// Publish only; do not wait for the relays
    #[arg(long)]
    no_wait: bool,
    /// Show phone numbers in full
    #[arg(long)]
    show_numbers: bool,
}

impl TestPublish {
    pub(crate) async fn run(self, context: &Context) -> Result<Exit, CliError> {
        let message = message(self.file.as_deref(), &self.kind)?;
        let (topics, end) = match context.global.topic.is_empty() {
            // A person who chooses a topic takes the time that it takes.
            true => {
                let topics = context.located_topics().await?;
                (topics, context.end_after(self.timeout))
            }
            false => {
                let end = context.end_after(self.timeout);
                (in_time(end, context.located_topics()).await?, end)
            }
        };
        let progress = context.ui.progress("Listing subscribers");
        let listed = try_join_all(topics.iter().map(subscribers));
        let listed = in_time(end, context.checked_with(&topics, listed)).await?;
        drop(progress);
        let alert = TestAlert {
            message: &message,
            end,
            waits: !self.no_wait,
            show_numbers: self.show_numbers,
        };
        let lines = LiveLines::new(&context.ui, Cut::End);
        let traced = topics.iter().zip(&listed).enumerate();
        let traced = traced.map(|(position, (topic, listed))| {
            alert.prove(context, topic, listed, position, &lines)
        });
        let (reports, all_traced) = settle(context, traced).await;
        lines.clear();
        for (topic, _) in topics
            .iter()
            .zip(&listed)
            .filter(|(_, listed)| listed.is_empty())
        {
            context
                .ui
                .warn(format_args!("{} has no subscribers", topic.topic.name));
            context.ui.hint(topic.ddalert("deploy-slack"));
        }
        let width = context.ui.canvas().0.unwrap_or(WIDTH);
        let text = match reports.as_slice() {
            [report] if topics.len() == 1 => report.text(width),
            reports => {
                let below_topic =
                    |report: &TestReport| format!("{}\n{}", report.topic, report.text(width));
                let texts: Vec<String> = reports.iter().map(below_topic).collect();
                texts.join("\n\n")
            }
        };
        context
            .ui
            .suites(|| reports.iter().map(TestReport::suite).collect());
        context.ui.answer_as(text, &reports)?;
        all_traced?;
        let is_missed = reports.iter().any(TestReport::is_missed);
        for hint in reports.iter().flat_map(TestReport::publisher_hints) {
            context.ui.hint(hint);
        }
        if reports.iter().any(TestReport::is_open) {
            context.ui.hint(
                "to follow an alert until Lambda has made its last try, about 3 minutes later, give --timeout 5m",
            );
        }
        let is_cut_off = reports.iter().any(TestReport::is_cut_off);
        Ok(if is_missed || is_cut_off {
            Exit::NotConfirmed
        } else {
            Exit::Done
        })
    }
}

/// How much later than the end of the run the calls of AWS are cut off that have not ended by themselves.
const GRACE: Duration = Duration::from_millis(300);

/// Does what comes before the test alert is published, until `end`.
///
/// # Errors
/// Those of the work; and nobody answered in time, with that nothing was published.
async fn in_time<T>(
    end: Instant,
    work: impl Future<Output = Result<T, CliError>>,
) -> Result<T, CliError> {
    const NOTHING: &str = "the time was over; the test alert was not published";
    match timeout_at(end + GRACE, work).await {
        Ok(Err(error)) if Instant::now() >= end => Err(error.because(NOTHING)),
        Ok(done) => done,
        Err(_) => Err(CliError::failed("AWS did not answer in time")
            .because(NOTHING)
            .hint("check the network, or give more time with --timeout, such as --timeout 2m")),
    }
}
