//! `test-publish`: publishes the sample alert and follows it to every subscriber of the topic.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use futures_util::future::try_join_all;

use crate::cli::context::Context;
use crate::cli::error::{CliError, Exit};
use crate::cli::input::sample::{DEFAULT_KIND, kinds, message};
use crate::cli::several::settle;
use crate::cli::trace::{TestAlert, TestReport, subscribers};

/// Publish a test alert and follow it to every subscriber
///
/// Publishes the sample Device Defender alert to the topic and reads in the log of every relay what became of it. The message
/// attribute ddalert-test marks it as a test, and ddalert-sender says who sent it, so that rooms show both. Exits with 0 only if every relay delivered it, otherwise with 4.
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
            .enumerate()
            .map(|(position, (topic, listed))| alert.trace(context, topic, listed, Some(position)));
        let (reports, all_traced) = settle(context, traced).await;
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
        let text = match reports.as_slice() {
            [report] if topics.len() == 1 => report.to_string(),
            reports => {
                let below_topic = |report: &TestReport| format!("{}\n{report}", report.topic);
                let texts: Vec<String> = reports.iter().map(below_topic).collect();
                texts.join("\n\n")
            }
        };
        context.ui.answer_as(text, &reports)?;
        all_traced?;
        let is_missed = reports.iter().any(|report| report.confirmed == Some(false));
        Ok(if is_missed {
            Exit::NotConfirmed
        } else {
            Exit::Done
        })
    }
}
