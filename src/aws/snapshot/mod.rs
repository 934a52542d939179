//! Reads a whole chain for `doctor`, and changes nothing. What may not be read is noted, and the rest is read all the same.

mod phones;
mod publishing;
mod relay;

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use futures_util::future::{join, try_join, try_join_all, try_join4};
use jiff::civil::Date;
use serde_json::Value;

use super::queue::QueueAttributes;
use super::scope::document;
use super::subscription::{self, Listed};
use super::{AwsError, AwsErrorKind, Clients, device_defender, identity, metrics, queue, secret};
use crate::arn::TopicArn;
use crate::chain::checks::snapshot::{
    ChainSnapshot, DeadLetterQueue, KmsKey, Link, Lookup, Part, QueueContents, SubscriberSnapshot,
    TopicSnapshot, Unchecked,
};
use crate::chain::names::AccountRegion;

/// What is read, and what is noted on the way.
struct SnapshotReader<'a> {
    clients: &'a Clients,
    topic: &'a TopicArn,
    place: &'a AccountRegion,
    unchecked: Mutex<Vec<Unchecked>>,
}

/// Reads the chain of a topic. `version` is this ddalert's, `today` the day in UTC.
///
/// # Errors
/// No or bad credentials: then nothing can be said. Any other failure is noted in the chain.
pub async fn take_snapshot(
    clients: &Clients,
    place: &AccountRegion,
    topic: &TopicArn,
    version: &str,
    today: Date,
) -> Result<ChainSnapshot, AwsError> {
    let reader = SnapshotReader {
        clients,
        topic,
        place,
        unchecked: Mutex::default(),
    };
    let (attributes, subscribers) = try_join(reader.topic(), reader.subscribers()).await?;
    let (profiles, audit) = join(
        device_defender::profiles(clients),
        device_defender::audit(clients),
    )
    .await;
    let mut chain = ChainSnapshot {
        topic: topic.clone(),
        version: version.to_owned(),
        today,
        attributes,
        profiles: reader.see(Link::DeviceDefender, Part::Targets, profiles.map(Some))?,
        audit: reader.see(Link::DeviceDefender, Part::Targets, audit.map(Some))?,
        unattached_profiles: Vec::new(),
        scheduled_audits: Lookup::NotChecked,
        publish_roles: [].into(),
        subscribers,
        tagged_functions: [].into(),
        unsubscribed_relays: Vec::new(),
        phone_groups: Vec::new(),
        unchecked: Vec::new(),
    };
    let (roles, unsubscribed_relays, (unattached, scheduled_audits), texting) = try_join4(
        reader.roles(&chain),
        reader.unsubscribed_relays(&chain),
        reader.sources(&chain),
        async { Ok(reader.texting(&chain).await) },
    )
    .await?;
    (chain.tagged_functions, chain.unsubscribed_relays) = unsubscribed_relays;
    (chain.publish_roles, chain.phone_groups) = (roles, texting);
    (chain.unattached_profiles, chain.scheduled_audits) = (unattached, scheduled_audits);
    chain.unchecked = reader
        .unchecked
        .into_inner()
        .unwrap_or_else(PoisonError::into_inner);
    chain
        .unchecked
        .sort_by(|one, other| (one.link, &one.what).cmp(&(other.link, &other.what)));
    chain.unchecked.dedup();
    Ok(chain)
}

impl SnapshotReader<'_> {
    /// Turns an outcome into what was seen; a failure that hits this one reading is noted.
    fn see<T>(
        &self,
        link: Link,
        part: Part,
        outcome: Result<Option<T>, AwsError>,
    ) -> Result<Lookup<T>, AwsError> {
        match outcome {
            Ok(Some(found)) => Ok(Lookup::Found(found)),
            Ok(None) => Ok(Lookup::Missing),
            Err(failure) => {
                // A region without Device Defender has no endpoint for it, and the rest of the chain is there all the same.
                if matches!(
                    failure.kind,
                    AwsErrorKind::NoCredentials
                        | AwsErrorKind::ExpiredCredentials
                        | AwsErrorKind::BadCredentials
                ) {
                    return Err(failure);
                }
                let why = failure.why();
                self.note(link, part, failure.doing, why);
                Ok(Lookup::NotChecked)
            }
        }
    }

    fn note(&self, link: Link, part: Part, what: String, why: String) {
        self.unchecked
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(Unchecked {
                link,
                part,
                what,
                why,
            });
    }

    async fn topic(&self) -> Result<Lookup<TopicSnapshot>, AwsError> {
        let attributes = match self.see(
            Link::Topic,
            Part::Topic,
            identity::topic(self.clients, self.topic).await,
        )? {
            Lookup::Found(attributes) => attributes,
            Lookup::Missing => return Ok(Lookup::Missing),
            Lookup::NotChecked => return Ok(Lookup::NotChecked),
        };
        let key = match attributes.kms_key.filter(|key| !key.is_empty()) {
            Some(id) => Some(self.key(Link::Topic, Part::Topic, id).await?),
            None => None,
        };
        let policy = attributes
            .policy
            .as_deref()
            .map(document)
            .unwrap_or(Value::Null);
        Ok(Lookup::Found(TopicSnapshot { policy, key }))
    }

    async fn key(&self, link: Link, part: Part, id: String) -> Result<KmsKey, AwsError> {
        // The alias says it all, and whoever may read what is encrypted need not be let read the key.
        if id.contains("alias/aws/") {
            return Ok(KmsKey {
                id,
                aws_managed: true,
                ..KmsKey::default()
            });
        }
        let found = match secret::key(self.clients, &id).await {
            Err(failure) if matches!(&failure.kind, AwsErrorKind::Refused { code } if code == "NotFoundException") =>
            {
                return Ok(KmsKey {
                    id,
                    unusable: Some("missing".to_owned()),
                    ..KmsKey::default()
                });
            }
            found => found,
        };
        let key = self.see(link, part, found.map(Some))?;
        let Lookup::Found(secret::KeyDescription {
            arn,
            aws_managed,
            unusable,
        }) = key
        else {
            return Ok(KmsKey {
                id,
                ..KmsKey::default()
            });
        };
        let policy = match aws_managed {
            // It is always AWS's own.
            true => Lookup::NotChecked,
            false => self.see(
                link,
                part,
                secret::key_policy(self.clients, &arn).await.map(Some),
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
        let listed = match subscription::list(self.clients, self.topic).await {
            Err(failure) if matches!(&failure.kind, AwsErrorKind::Refused { code } if code == "NotFound") => {
                Ok(None)
            }
            listed => listed.map(Some),
        };
        match self.see(Link::Topic, Part::Topic, listed)? {
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
        let (subscription, function) = try_join(
            async {
                match confirmed {
                    true => self.see(
                        link,
                        Part::Subscription,
                        subscription::describe(self.clients, &listed.arn).await,
                    ),
                    false => Ok(Lookup::NotChecked),
                }
            },
            async {
                match listed.protocol.as_str() {
                    "lambda" => self.function(link, &listed.endpoint).await,
                    _ => Ok(Lookup::NotChecked),
                }
            },
        )
        .await?;
        let queue = subscription
            .found()
            .and_then(|subscription| subscription.dead_letters.as_deref());
        let dead_letters = match queue {
            Some(arn) => self.dead_letters(link, arn).await?,
            None => Lookup::NotChecked,
        };
        let Listed {
            arn,
            protocol,
            endpoint,
        } = listed;
        Ok(SubscriberSnapshot {
            arn,
            protocol,
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
                Part::FailureQueue,
                format!("looking at the queue {arn}"),
                "it lies in another account or region".to_owned(),
            );
            return Ok(Lookup::NotChecked);
        };
        let QueueAttributes {
            policy,
            key,
            encrypted,
            messages,
            retention_s,
        } = match self.see(
            link,
            Part::FailureQueue,
            queue::attributes_of(self.clients, name).await,
        )? {
            Lookup::Found(found) => found,
            Lookup::Missing => return Ok(Lookup::Missing),
            Lookup::NotChecked => return Ok(Lookup::NotChecked),
        };
        let key = match key {
            Some(id) => Some(self.key(link, Part::FailureQueue, id).await?),
            None => None,
        };
        let held = self.held(link, name, messages, retention_s).await?;
        Ok(Lookup::Found(DeadLetterQueue {
            policy,
            key,
            encrypted,
            contents: held,
        }))
    }

    /// Adds the age of the oldest message to what is known of a queue; that of an empty one is not asked for.
    async fn held(
        &self,
        link: Link,
        queue: &str,
        messages: u64,
        retention_s: u64,
    ) -> Result<QueueContents, AwsError> {
        let oldest = match messages {
            0 => Lookup::NotChecked,
            _ => self.see(
                link,
                Part::FailureQueue,
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
    fn local<'arn>(&self, arn: &'arn str, service: &str) -> Option<&'arn str> {
        let mut parts = arn.splitn(6, ':').skip(2);
        let here = parts.next()? == service
            && parts.next()? == self.topic.region
            && parts.next()? == self.topic.account;
        parts.next().filter(|_| here)
    }
}
