//! `status`: every topic with its subscribers at a glance.

use clap::Args;
use futures_util::future::try_join_all;
use tokio::sync::Semaphore;

use crate::aws::status::topic_status;
use crate::cli::context::{Context, TopicContext};
use crate::cli::error::{CliError, Exit};
use crate::cli::glance::{Glance, WIDTH};
use crate::cli::next_step::next_step;
use crate::cli::several::settle;
use crate::cli::wrap::wrapped;

/// Show the topics with their subscribers, last alerts and failure queues at a glance
///
/// Changes nothing. Without --topic, shows every topic of the region that has subscribers. For each relay it reads where the
/// webhook URL is stored, which version of ddalert deployed it, when its last alert of the last 30 days was delivered or
/// failed, about how many alerts wait in its failure queue, and with --trigger sqs, in its buffer and since when. What these credentials may not read is shown as "?".
#[derive(Clone, Debug, Args)]
#[command(after_long_help = "Examples:
  ddalert status
  ddalert status --topic BadIoTDevices --output json")]
pub(crate) struct Status {}

/// How many topics are read at the same time.
const AT_ONCE: usize = 8;

/// How many topics without subscribers are named.
const NAMED: usize = 5;

impl Status {
    pub(crate) async fn run(self, context: &Context) -> Result<Exit, CliError> {
        let are_named = !context.global.topic.is_empty();
        let topics = match are_named {
            true => {
                let topics = context.located_topics().await?;
                try_join_all(topics.iter().map(|topic| context.check(topic))).await?;
                topics
            }
            false => context.all_topics().await?,
        };
        let progress = context.ui.progress("Reading the topics");
        let limit = Semaphore::new(AT_ONCE);
        let read = topics.iter().map(|topic| read(&limit, topic));
        let (mut glances, all_read) = settle(context, read).await;
        drop(progress);
        let mut without = Vec::new();
        if !are_named {
            glances.retain(|glance| {
                let is_bare = glance
                    .status
                    .subscribers
                    .as_ref()
                    .is_some_and(Vec::is_empty);
                if is_bare {
                    without.push(glance.name().to_owned());
                }
                !is_bare
            });
        }
        let mut text: Vec<String> = glances.iter().map(ToString::to_string).collect();
        text.push(wrapped(&summary(&glances, &without), WIDTH));
        context.ui.answer_as(text.join("\n\n"), &glances)?;
        all_read?;
        self.advise(context, &topics, &glances);
        Ok(Exit::Done)
    }

    /// Says what to type where alerts wait, or where the last one failed.
    fn advise(&self, context: &Context, topics: &[TopicContext], glances: &[Glance]) {
        for glance in glances {
            let topic = topics
                .iter()
                .find(|topic| topic.topic.to_string() == glance.status.topic);
            let Some(topic) = topic else {
                continue;
            };
            let subscribers = glance.status.subscribers.iter().flatten();
            let waiting: u64 = subscribers
                .clone()
                .filter_map(|subscriber| subscriber.backlog)
                .sum();
            let failed = subscribers.filter(|subscriber| {
                let last = subscriber.last_alert.as_ref();
                last.is_some_and(|alert| !alert.delivered)
            });
            // The room's answer tells of some failures what to do; of the others doctor finds out more.
            let mut is_unclear = false;
            for subscriber in failed {
                let reason = subscriber.last_alert.as_ref();
                let reason = reason.and_then(|alert| alert.reason.as_deref());
                let step = subscriber
                    .target
                    .as_deref()
                    .zip(reason)
                    .and_then(|(target, reason)| {
                        next_step(topic, target, &subscriber.subscriber, reason)
                    });
                match step {
                    Some(step) => context.ui.hint(step),
                    None => is_unclear = true,
                }
            }
            if waiting > 0 {
                context.ui.hint(format_args!(
                    "see what waits in the failure queues: {}",
                    topic.ddalert("replay --dry-run")
                ));
            }
            if is_unclear {
                context.ui.hint(format_args!(
                    "find out why an alert failed: {}",
                    topic.ddalert("doctor")
                ));
            }
        }
    }
}

async fn read(limit: &Semaphore, topic: &TopicContext) -> Result<Glance, CliError> {
    // The semaphore is never closed, so that a permit always comes.
    let _permit = limit.acquire().await.ok();
    Ok(Glance {
        region: topic.topic.region.clone(),
        status: topic_status(&topic.clients, &topic.place, &topic.topic).await?,
    })
}

/// Says how much was shown, and which topics were left out because nobody would get their alerts.
fn summary(glances: &[Glance], without: &[String]) -> String {
    let subscribers = glances
        .iter()
        .flat_map(|glance| glance.status.subscribers.iter().flatten());
    let counted = |count: usize, what: &str| match count {
        1 => format!("1 {what}"),
        count => format!("{count} {what}s"),
    };
    let mut said = format!(
        "{}, {}.",
        counted(glances.len(), "topic"),
        counted(subscribers.count(), "subscriber")
    );
    let named = without
        .iter()
        .take(NAMED)
        .map(String::as_str)
        .collect::<Vec<_>>()
        .join(", ");
    let more = match without.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    if !without.is_empty() {
        said.push_str(&format!(" Without subscribers: {named}{more}."));
    }
    said
}
