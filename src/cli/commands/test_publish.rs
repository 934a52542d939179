//! `test-publish`: publishes the sample alert and follows it to every subscriber of the topic.

mod carriers;
mod tracer;

use std::fmt;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use clap::Args;
use futures_util::future::{join_all, try_join_all};
use serde::Serialize;
use tokio::time::Instant;

use crate::aws::subscription::{self, Listed};
use crate::aws::trace::{TEST_ATTRIBUTE, TracedSubscriber, publish, subscriber};
use crate::chain::filter::{FilterPolicy, Scope};
use crate::cli::context::{Context, TopicContext};
use crate::cli::error::{CliError, Exit};
use crate::contract::delivery::{
    DeliveryDetails, DeliveryOutcome, SubscriberDelivery, is_confirmed, shown_endpoint,
};
use carriers::Senders;
use tracer::DeliveryTracer;

/// Publish a test alert and follow it to every subscriber
///
/// Publishes the sample Device Defender alert to the topic, marked with the message attribute ddalert-test, and looks in the log
/// of every relay for what became of it. Exits with 0 only where every relay delivered it, with 4 otherwise.
#[derive(Clone, Debug, Args)]
pub(crate) struct TestPublish {
    /// Publish this file instead of the sample alert; - is standard input
    #[arg(long, value_name = "FILE", conflicts_with = "kind")]
    file: Option<PathBuf>,
    /// The kind of sample alert
    #[arg(long, value_name = "KIND", default_value = "in-alarm", value_parser = super::preview::kinds())]
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

/// What `test-publish` answers.
#[derive(Debug, Serialize)]
pub(crate) struct TestReport {
    /// The ARN of the topic.
    topic: String,
    /// The id that SNS gave the message.
    message_id: String,
    /// Whether every relay delivered it; nothing where nobody waited.
    pub(crate) confirmed: Option<bool>,
    /// Milliseconds from the publish until the last subscriber was heard.
    elapsed_ms: u64,
    /// One entry a subscriber.
    deliveries: Vec<SubscriberDelivery>,
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

/// Publishes the sample alert and follows it for at most a minute.
///
/// # Errors
/// It cannot be published, or the subscribers cannot be listed.
pub(crate) async fn trace_sample(
    context: &Context,
    chain: &TopicContext,
) -> Result<TestReport, CliError> {
    let sample = TestPublish {
        file: None,
        kind: "in-alarm".to_owned(),
        timeout: 60,
        no_wait: false,
        show_numbers: false,
    };
    sample
        .trace(context, chain, super::preview::sample(&sample.kind))
        .await
}

impl TestPublish {
    pub(crate) async fn run(self, context: &Context) -> Result<Exit, CliError> {
        let message = self.message()?;
        let chains = context.chains().await?;
        let reports = try_join_all(
            chains
                .iter()
                .map(|chain| self.trace(context, chain, &message)),
        )
        .await?;
        for (chain, _) in chains
            .iter()
            .zip(&reports)
            .filter(|(_, report)| report.deliveries.is_empty())
        {
            context
                .ui
                .warn(format_args!("nobody is subscribed to {}", chain.topic.name));
            context.ui.hint(format_args!(
                "ddalert deploy-slack {}",
                context.about(chain)
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

    /// Publishes the message and follows it to every subscriber.
    async fn trace(
        &self,
        context: &Context,
        chain: &TopicContext,
        message: &str,
    ) -> Result<TestReport, CliError> {
        let progress = context.ui.progress("Looking at who listens");
        let listed = subscription::list(&chain.clients, &chain.topic).await?;
        let subscribers = try_join_all(
            listed
                .into_iter()
                .map(|listed| subscriber(&chain.clients, &chain.topic, listed)),
        )
        .await?;
        let senders = if self.no_wait {
            Senders::default()
        } else {
            Senders::find(chain, &subscribers)
        };
        let carriers = senders.logs(chain).await;
        let (published, start) = (SystemTime::now(), Instant::now());
        let message_id = publish(&chain.clients, &chain.topic, message).await?;
        progress.set(format!(
            "Published as {message_id}; listening to {} subscribers",
            subscribers.len()
        ));
        let end = start + Duration::from_secs(if self.no_wait { 0 } else { self.timeout });
        let tracer = DeliveryTracer {
            chain,
            carriers: &carriers,
            message,
            message_id: &message_id,
            published,
            end,
        };
        let deliveries = subscribers
            .iter()
            .map(|subscriber| self.follow(&tracer, subscriber));
        let deliveries: Vec<SubscriberDelivery> = join_all(deliveries).await;
        drop(progress);
        let confirmed = (!self.no_wait).then(|| is_confirmed(&deliveries));
        Ok(TestReport {
            topic: chain.topic.to_string(),
            message_id,
            confirmed,
            elapsed_ms: u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX),
            deliveries,
        })
    }

    /// Returns what a subscription delivers to, a phone masked unless asked for.
    fn endpoint(&self, listed: &Listed) -> String {
        match listed.protocol == "sms" && self.show_numbers {
            true => listed.endpoint.clone(),
            false => shown_endpoint(&listed.endpoint),
        }
    }

    fn message(&self) -> Result<String, CliError> {
        let Some(path) = &self.file else {
            return Ok(super::preview::sample(&self.kind).to_owned());
        };
        crate::cli::input::file::read(path)
    }

    /// Follows the message to one subscriber.
    async fn follow(
        &self,
        tracer: &DeliveryTracer<'_>,
        subscriber: &TracedSubscriber,
    ) -> SubscriberDelivery {
        let listed = &subscriber.listed;
        let outcome = if !listed.is_confirmed() {
            DeliveryOutcome::Silent {
                why: "the subscription is not confirmed, so SNS sends it nothing".to_owned(),
            }
        } else if subscriber.is_gone {
            DeliveryOutcome::Silent {
                why: "the function is not there: SNS discards every alert to it".to_owned(),
            }
        } else if is_filtered(subscriber, tracer.message) {
            DeliveryOutcome::Filtered
        } else {
            match (listed.protocol.as_str(), &subscriber.relay) {
                (_, Some(_)) if self.no_wait => DeliveryOutcome::Accepted { why: "not waited for (--no-wait)".to_owned() },
                (_, Some(relay)) => {
                    let outcome = no_slower_than(tracer.relay(relay).await, tracer.published);
                    tracer.carriers(outcome, relay.sms_region.as_deref()).await
                }
                ("sms", None) if self.no_wait => DeliveryOutcome::Accepted { why: "not waited for (--no-wait)".to_owned() },
                ("sms", None) => tracer.phone(&listed.endpoint, self.endpoint(listed)).await,
                ("lambda", None) => DeliveryOutcome::Accepted {
                    why: "the function is no relay of ddalert, so what it does cannot be seen from here".to_owned(),
                },
                _ => DeliveryOutcome::Accepted { why: "what follows cannot be seen from here".to_owned() },
            }
        };
        SubscriberDelivery {
            protocol: listed.protocol.clone(),
            target: subscriber.relay.as_ref().map(|relay| relay.target.clone()),
            subscriber: subscriber
                .relay
                .as_ref()
                .map_or_else(|| self.endpoint(listed), |relay| relay.function.clone()),
            outcome,
        }
    }
}

/// Holds the time to the relay against the time that has passed here: SNS's time stamp, from which the relay counts, can be
/// rounded to the second.
fn no_slower_than(outcome: DeliveryOutcome, published: SystemTime) -> DeliveryOutcome {
    let passed = published.elapsed().map_or(u64::MAX, |passed| {
        u64::try_from(passed.as_millis()).unwrap_or(u64::MAX)
    });
    let held = |hops: DeliveryDetails| DeliveryDetails {
        queued_ms: hops.queued_ms.map(|queued| queued.min(passed)),
        ..hops
    };
    match outcome {
        DeliveryOutcome::Delivered(hops) => DeliveryOutcome::Delivered(held(hops)),
        DeliveryOutcome::Failed { reason, hops } => DeliveryOutcome::Failed {
            reason,
            hops: held(hops),
        },
        other => other,
    }
}

/// Returns whether the subscription's filter policy keeps the message away. A policy that cannot be read is taken to let it
/// through: then the relay is waited for.
fn is_filtered(subscriber: &TracedSubscriber, message: &str) -> bool {
    let Some(filter) = &subscriber.filter else {
        return false;
    };
    let scope = if filter.on_body {
        Scope::MessageBody
    } else {
        Scope::MessageAttributes
    };
    FilterPolicy::scoped(&filter.policy.to_string(), scope)
        .is_ok_and(|policy| !policy.matches_with_attributes(message, &[(TEST_ATTRIBUTE, "true")]))
}

impl fmt::Display for TestReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for delivery in &self.deliveries {
            let (mark, name) = (
                mark(&delivery.outcome),
                delivery.target.as_deref().unwrap_or(&delivery.protocol),
            );
            writeln!(f, "{mark} {name} ({})", delivery.subscriber)?;
            writeln!(f, "    {}", delivery.outcome)?;
        }
        let verdict = match self.confirmed {
            None => "Published; nobody waited.",
            Some(true) => "Confirmed.",
            Some(false) => "Not confirmed.",
        };
        write!(
            f,
            "{verdict} Message {} took {} ms",
            self.message_id, self.elapsed_ms
        )
    }
}

fn mark(outcome: &DeliveryOutcome) -> char {
    match outcome {
        DeliveryOutcome::Delivered(_) => '✓',
        DeliveryOutcome::Failed { .. } | DeliveryOutcome::Silent { .. } => '✗',
        DeliveryOutcome::Accepted { .. } => '→',
        DeliveryOutcome::Filtered => '-',
    }
}
