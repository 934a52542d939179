//! Which regions text the phones of a topic, and whether SNS logs there what the carriers answer.

use std::collections::BTreeMap;

use futures_util::future::join_all;

use crate::aws::delivery_status::CarrierLog;
use crate::aws::trace::TracedSubscriber;
use crate::aws::{AwsError, Clients};
use crate::chain::names::AccountRegion;
use crate::cli::context::TopicContext;
use crate::destination::sms::SMS_TARGET;

/// What SNS logs of carriers, by region: a log, or that there is none, or that it cannot be told.
pub(super) type Carriers<'a> = BTreeMap<&'a str, Result<Option<CarrierLog<'a>>, AwsError>>;

/// The regions that text the phones of a topic; no clients are those of the topic's own.
#[derive(Debug, Default)]
pub(super) struct Senders(BTreeMap<String, Option<Clients>>);

impl Senders {
    /// Finds out from where the subscribers' phones are texted.
    pub(super) fn find(topic: &TopicContext, subscribers: &[TracedSubscriber]) -> Senders {
        let region = |subscriber: &TracedSubscriber| match &subscriber.relay {
            Some(relay) if relay.target == SMS_TARGET => Some(
                relay
                    .sms_region
                    .clone()
                    .unwrap_or_else(|| topic.topic.region.clone()),
            ),
            _ => (subscriber.listed.protocol == "sms").then(|| topic.topic.region.clone()),
        };
        let clients =
            |region: &str| (region != topic.topic.region).then(|| topic.clients.in_region(region));
        let regions = subscribers.iter().filter_map(region);
        Senders(
            regions
                .map(|region| (region.clone(), clients(&region)))
                .collect(),
        )
    }

    /// Looks for the logs.
    pub(super) async fn logs<'a>(&'a self, topic: &'a TopicContext) -> Carriers<'a> {
        let found = self.0.iter().map(|(region, clients)| async move {
            let place = AccountRegion {
                region: region.clone(),
                ..topic.place.clone()
            };
            let name = clients.is_none().then_some(topic.topic.name.as_str());
            (
                region.as_str(),
                CarrierLog::find(clients.as_ref().unwrap_or(&topic.clients), &place, name).await,
            )
        });
        join_all(found).await.into_iter().collect()
    }
}
