//! Reads a whole chain for `doctor`, and changes nothing. What may not be read is noted, and the rest is read all the same.

mod execution_role;
mod function;
mod phones;
mod publishing;
mod queues;
mod relay;
mod webhook;

pub(super) use execution_role::{context, relay_calls};

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;

use futures_util::future::{join, try_join, try_join_all, try_join3};
use jiff::civil::Date;
use serde_json::Value;

use super::kms::{self, KeyDescription};
use super::queue::QueueAttributes;
use super::subscription::{self, Listed};
use super::tags::parse_json;
use super::{AwsError, Clients, device_defender, identity, metrics, queue, tag_search};
use crate::arn::{Arn, TopicArn};
use crate::chain::checks::snapshot::{
    ChainSnapshot, DeadLetterQueue, KmsKey, Link, Lookup, QueueContents, Reading,
    SubscriberSnapshot, TopicSnapshot, Unchecked,
};
use crate::chain::names::AccountRegion;
use crate::chain::publishing::{AuditConfiguration, SecurityProfile};
use crate::chain::state::Trigger;
use crate::sync::lock;

/// The security profiles of a region, by name.
type Profiles = BTreeMap<String, SecurityProfile>;

/// What to read, and what could not be read.
struct SnapshotReader<'a> {
    clients: &'a Clients,
    topic: &'a TopicArn,
    place: &'a AccountRegion,
    unchecked: Mutex<Vec<Unchecked>>,
}

/// Reads the chain of a topic. `version` is this ddalert's, `today` the day in UTC.
///
/// # Errors
/// The credentials are missing, expired or not accepted. Any other failure is noted in the snapshot.
pub async fn take_snapshot(
    clients: &Clients,
    place: &AccountRegion,
    topic: &TopicArn,
    version: &str,
    today: Date,
) -> Result<ChainSnapshot, AwsError> {
    let reader = SnapshotReader::new(clients, place, topic);
    // Three independent reads at the same time; what depends on two of them follows.
    let tagged = async { Ok(tag_search::functions(clients, topic).await) };
    let (attributes, subscribers, ((profiles, audit), tagged)) = try_join3(
        reader.topic(),
        reader.subscribers(),
        try_join(reader.publishers(), tagged),
    )
    .await?;
    let mut chain = ChainSnapshot {
        attributes,
        profiles,
        audit,
        subscribers,
        ..reader.unread(version, today)
    };
    let (
        roles,
        (tagged, unsubscribed_relays),
        ((unattached, scheduled_audits), (phone_groups, peak)),
    ) = try_join3(
        reader.roles(&chain),
        reader.unsubscribed_relays(&chain, tagged),
        try_join(reader.sources(&chain), async {
            let others = join(reader.phone_groups(&chain), reader.peak(&chain));
            Ok(others.await)
        }),
    )
    .await?;
    (chain.tagged_functions, chain.unsubscribed_relays) = (tagged, unsubscribed_relays);
    (chain.publish_roles, chain.phone_groups) = (roles, phone_groups);
    (chain.unattached_profiles, chain.scheduled_audits) = (unattached, scheduled_audits);
    chain.peak = peak;
    chain.unchecked = reader.unchecked();
    Ok(chain)
}

/// Reads of the chain of a topic what an alert passes before it is in the topic: who publishes, with which roles, the topic and its
/// key. Everything behind the topic stays unread.
///
/// # Errors
/// As [`take_snapshot`].
pub async fn take_publishing_snapshot(
    clients: &Clients,
    place: &AccountRegion,
    topic: &TopicArn,
    version: &str,
    today: Date,
) -> Result<ChainSnapshot, AwsError> {
    let reader = SnapshotReader::new(clients, place, topic);
    let (attributes, (profiles, audit)) = try_join(reader.topic(), reader.publishers()).await?;
    let mut chain = ChainSnapshot {
        attributes,
        profiles,
        audit,
        ..reader.unread(version, today)
    };
    chain.publish_roles = reader.roles(&chain).await?;
    chain.unchecked = reader.unchecked();
    Ok(chain)
}

impl<'a> SnapshotReader<'a> {
    fn new(
        clients: &'a Clients,
        place: &'a AccountRegion,
        topic: &'a TopicArn,
    ) -> SnapshotReader<'a> {
        SnapshotReader {
            clients,
            topic,
            place,
            unchecked: Mutex::default(),
        }
    }
}

impl SnapshotReader<'_> {
    /// Returns a chain of which nothing was read.
    fn unread(&self, version: &str, today: Date) -> ChainSnapshot {
        ChainSnapshot {
            topic: self.topic.clone(),
            place: self.clients.command_place().clone(),
            version: version.to_owned(),
            today,
            attributes: Lookup::NotChecked,
            profiles: Lookup::NotChecked,
            audit: Lookup::NotChecked,
            unattached_profiles: Vec::new(),
            scheduled_audits: Lookup::NotChecked,
            publish_roles: [].into(),
            subscribers: Lookup::NotChecked,
            tagged_functions: [].into(),
            unsubscribed_relays: Vec::new(),
            peak: None,
            phone_groups: Vec::new(),
            unchecked: Vec::new(),
        }
    }

    /// Takes what could not be read, in the order of the chain.
    fn unchecked(&self) -> Vec<Unchecked> {
        let mut unchecked = std::mem::take(&mut *lock(&self.unchecked));
        unchecked.sort_by(|one, other| (one.link, &one.what).cmp(&(other.link, &other.what)));
        unchecked.dedup();
        unchecked
    }

    /// Reads the security profiles and the audit configuration.
    async fn publishers(&self) -> Result<(Lookup<Profiles>, Lookup<AuditConfiguration>), AwsError> {
        let (profiles, audit) = join(
            device_defender::profiles(self.clients),
            device_defender::audit(self.clients),
        )
        .await;
        let link = Link::DeviceDefender;
        Ok((
            self.record(link, Reading::Profiles, profiles.map(Some))?,
            self.record(link, Reading::Audit, audit.map(Some))?,
        ))
    }

    /// Turns the outcome of a read into what was seen; a failure of this one read is noted, and the rest is read all the same.
    fn record<T>(
        &self,
        link: Link,
        reading: Reading,
        outcome: Result<Option<T>, AwsError>,
    ) -> Result<Lookup<T>, AwsError> {
        match outcome {
            Ok(Some(found)) => Ok(Lookup::Found(found)),
            Ok(None) => Ok(Lookup::Missing),
            Err(failure) if failure.is_about_credentials() => Err(failure),
            // Also that nobody can be reached: a region without Device Defender has no endpoint for it.
            Err(failure) => {
                let why = failure.why();
                self.note(link, reading, failure.task, why);
                Ok(Lookup::NotChecked)
            }
        }
    }

    fn note(&self, link: Link, reading: Reading, what: String, why: String) {
        lock(&self.unchecked).push(Unchecked {
            link,
            part: reading.part(),
            reading,
            what,
            why,
        });
    }

    async fn topic(&self) -> Result<Lookup<TopicSnapshot>, AwsError> {
        let attributes = match self.record(
            Link::Topic,
            Reading::Topic,
            identity::topic(self.clients, self.topic).await,
        )? {
            Lookup::Found(attributes) => attributes,
            Lookup::Missing => return Ok(Lookup::Missing),
            Lookup::NotChecked => return Ok(Lookup::NotChecked),
        };
        let key = match attributes.kms_key.filter(|key| !key.is_empty()) {
            Some(id) => Some(self.key(Link::Topic, Reading::TopicKey, id).await?),
            None => None,
        };
        let policy = attributes.policy.as_deref().map_or(Value::Null, parse_json);
        Ok(Lookup::Found(TopicSnapshot { policy, key }))
    }

    async fn key(&self, link: Link, reading: Reading, id: String) -> Result<KmsKey, AwsError> {
        // The alias says who manages it, and these credentials may lack the permission to describe the key.
        if id.contains("alias/aws/") {
            return Ok(KmsKey {
                id,
                aws_managed: true,
                ..KmsKey::default()
            });
        }
        let key = self.record(link, reading, kms::find_key(self.clients, &id).await)?;
        let KeyDescription {
            arn,
            aws_managed,
            unusable,
        } = match key {
            Lookup::Found(key) => key,
            Lookup::Missing => {
                return Ok(KmsKey {
                    id,
                    unusable: Some("missing".to_owned()),
                    ..KmsKey::default()
                });
            }
            Lookup::NotChecked => {
                return Ok(KmsKey {
                    id,
                    ..KmsKey::default()
                });
            }
        };
        let policy = match aws_managed {
            // The policy of a key that AWS manages cannot be changed.
            true => Lookup::NotChecked,
            false => self.record(
                link,
                reading,
                kms::key_policy(self.clients, &arn).await.map(Some),
            )?,
        };
        Ok(KmsKey {
            id,
            arn: Some(arn),
            aws_managed,
            unusable,
            policy,
        })
    }

    async fn subscribers(&self) -> Result<Lookup<Vec<SubscriberSnapshot>>, AwsError> {
        let listed = subscription::find_all(self.clients, self.topic).await;
        match self.record(Link::Topic, Reading::Subscriptions, listed)? {
            Lookup::Found(listed) => {
                let subscribers = listed.into_iter().enumerate();
                let subscribers = subscribers
                    .map(|(place, listed)| self.subscriber(Link::Subscriber(place), listed));
                Ok(Lookup::Found(try_join_all(subscribers).await?))
            }
            Lookup::Missing => Ok(Lookup::Missing),
            Lookup::NotChecked => Ok(Lookup::NotChecked),
        }
    }

    async fn subscriber(&self, link: Link, listed: Listed) -> Result<SubscriberSnapshot, AwsError> {
        let confirmed = listed.is_confirmed();
        let settings = async {
            if !confirmed {
                return Ok((Lookup::NotChecked, Lookup::NotChecked));
            }
            let subscription = subscription::describe(self.clients, &listed.arn).await;
            let subscription = self.record(link, Reading::Subscription, subscription)?;
            let queue = subscription
                .found()
                .and_then(|subscription| subscription.dead_letters.as_deref());
            let dead_letters = match queue {
                Some(arn) => self.dead_letters(link, arn).await?,
                None => Lookup::NotChecked,
            };
            Ok((subscription, dead_letters))
        };
        let function = async {
            match listed.protocol.as_str() {
                // On the heap: joined with all that a relay has, the future is too large for a thread's stack.
                "lambda" => Box::pin(self.function(link, &listed.endpoint, Trigger::Sns)).await,
                "sqs" => Box::pin(self.buffered_function(link, &listed.endpoint)).await,
                _ => Ok(Lookup::NotChecked),
            }
        };
        let ((subscription, dead_letters), function) = try_join(settings, function).await?;
        let Listed {
            arn,
            protocol,
            endpoint,
        } = listed;
        Ok(SubscriberSnapshot {
            arn,
            protocol,
            qualifier: qualifier(&endpoint).map(str::to_owned),
            endpoint,
            confirmed,
            subscription,
            dead_letters,
            function,
        })
    }

    async fn dead_letters(
        &self,
        link: Link,
        arn: &str,
    ) -> Result<Lookup<DeadLetterQueue>, AwsError> {
        let Some(name) = self.local(arn, "sqs") else {
            self.note(
                link,
                Reading::DeadLetters,
                format!("reading the queue {arn}"),
                "it is in another account or region".to_owned(),
            );
            return Ok(Lookup::NotChecked);
        };
        let QueueAttributes {
            policy,
            key,
            encrypted,
            max_message_bytes,
            messages,
            retention_s,
            ..
        } = match self.record(
            link,
            Reading::DeadLetters,
            queue::attributes_of(self.clients, &name).await,
        )? {
            Lookup::Found(found) => found,
            Lookup::Missing => return Ok(Lookup::Missing),
            Lookup::NotChecked => return Ok(Lookup::NotChecked),
        };
        let key = async {
            match key {
                Some(id) => self.key(link, Reading::DeadLettersKey, id).await.map(Some),
                None => Ok(None),
            }
        };
        let contents = self.queue_contents(link, Reading::QueueAge, &name, messages, retention_s);
        let (key, contents) = try_join(key, contents).await?;
        Ok(Lookup::Found(DeadLetterQueue {
            policy,
            key,
            encrypted,
            max_message_bytes,
            contents,
        }))
    }

    /// Reads how many messages the topic published at once, if a relay is triggered by it directly. It is only good for advice, so
    /// nothing is noted if it cannot be read.
    async fn peak(&self, chain: &ChainSnapshot) -> Option<u64> {
        let subscribers = chain.subscribers.found()?;
        let is_direct = |subscriber: &SubscriberSnapshot| {
            let relay = subscriber.relay();
            relay.is_some_and(|relay| relay.trigger == Trigger::Sns)
        };
        match subscribers.iter().any(is_direct) {
            true => metrics::peak(self.clients, self.topic).await,
            false => None,
        }
    }

    /// Adds the age of the oldest message, which is read only if there are messages; `age` says of which kind of queue it is.
    async fn queue_contents(
        &self,
        link: Link,
        age: Reading,
        queue: &str,
        messages: u64,
        retention_s: u64,
    ) -> Result<QueueContents, AwsError> {
        let oldest = match messages {
            0 => Lookup::NotChecked,
            _ => self.record(
                link,
                age,
                metrics::oldest_message(self.clients, queue).await,
            )?,
        };
        Ok(QueueContents {
            messages,
            oldest_s: oldest.found().map(Duration::as_secs),
            retention_s,
        })
    }

    /// Returns what stands behind the account in an ARN of this service, where it is of this account and region.
    fn local(&self, arn: &str, service: &str) -> Option<String> {
        let arn: Arn = arn.parse().ok()?;
        (arn.service == service && arn.is_local_to(self.topic)).then_some(arn.resource)
    }
}

/// Returns the version or alias in the ARN of a function, if it names one.
fn qualifier(arn: &str) -> Option<&str> {
    let (_, function) = arn.split_once(":function:")?;
    Some(function.split_once(':')?.1)
}

#[cfg(test)]
mod tests;
