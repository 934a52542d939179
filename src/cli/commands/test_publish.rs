//! `test-publish`: publishes the sample alert and follows it to every subscriber of the topic.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use futures_util::future::try_join_all;
use serde::Serialize;

use crate::cli::context::Context;
use crate::cli::error::{CliError, Exit};
use crate::cli::input::sample::{DEFAULT_KIND, kinds, message};
use crate::cli::trace::{TestAlert, TestReport, subscribers};

/// Publish a test alert and follow it to every subscriber
///
/// Publishes the sample Device Defender alert to the topic, marked with the message attribute ddalert-test, and reads in the log
/// of every relay what became of it. Exits with 0 only if every relay delivered it, otherwise with 4.
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
    /// How long to wait for the relays, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=3600))]
    timeout: u64,
    /// Publish only; do not wait for the relays
    #[arg(long)]
    no_wait: bool,
    /// Show phone numbers in full
    #[arg(long)]
    show_numbers: bool,
}

/// What `test-publish` answers for several topics.
#[derive(Debug, Serialize)]
struct TestReports<'a> {
    /// One entry a topic.
    results: &'a [TestReport],
}

impl fmt::Display for TestReports<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, report) in self.results.iter().enumerate() {
            let gap = if index == 0 { "" } else { "\n\n" };
            write!(f, "{gap}{}\n{report}", report.topic)?;
        }
        Ok(())
    }
}

impl TestPublish {
    pub(crate) async fn run(self, context: &Context) -> Result<Exit, CliError> {
        let message = message(self.file.as_deref(), &self.kind)?;
        let alert = TestAlert {
            message: &message,
            timeout: (!self.no_wait).then(|| Duration::from_secs(self.timeout)),
            show_numbers: self.show_numbers,
        };
        let topics = context.located_topics().await?;
        let progress = context.ui.progress("Listing subscribers");
        let listed = try_join_all(topics.iter().map(subscribers));
        let listed = context.checked_with(&topics, listed).await?;
        drop(progress);
        let traced = topics
            .iter()
            .zip(&listed)
            .map(|(topic, listed)| alert.trace(context, topic, listed));
        let reports = try_join_all(traced).await?;
        for (topic, _) in topics
            .iter()
            .zip(&listed)
            .filter(|(_, listed)| listed.is_empty())
        {
            context
                .ui
                .warn(format_args!("{} has no subscribers", topic.topic.name));
            context.ui.hint(format_args!(
                "ddalert deploy-slack {}",
                context.options(topic)
            ));
        }
        match reports.as_slice() {
            [report] => context.ui.answer(report)?,
            results => context.ui.answer(&TestReports { results })?,
        }
        let is_missed = reports.iter().any(|report| report.confirmed == Some(false));
        Ok(if is_missed {
            Exit::NotConfirmed
        } else {
            Exit::Done
        })
    }
}
