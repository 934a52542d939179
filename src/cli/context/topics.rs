//! Which topics are meant, in which regions and whose account.

use futures_util::future::{try_join, try_join_all};
use shell_words::quote;

use super::Context;
use super::topic_context::TopicContext;
use crate::arn::{InvalidTopicArn, TopicArn, is_topic_name, looks_like_arn};
use crate::aws::identity::Caller;
use crate::aws::{device_defender, identity};
use crate::cli::error::CliError;

/// What to type where no topic is given, or none that can be one.
const TOPIC_HINT: &str = "name it with --topic NAME|ARN or DDALERT_TOPIC";

/// A topic, as it is named.
enum Named {
    Arn(TopicArn),
    Name(String),
}

impl Context {
    /// Returns the one topic that is named, checked as [`check`](Self::check) does.
    ///
    /// # Errors
    /// As [`located_topics`](Self::located_topics) and `check`, and several topics or regions.
    pub(in crate::cli) async fn topic(&self) -> Result<TopicContext, CliError> {
        let topic = self.located_topic().await?;
        let attributes = self.check(&topic).await?;
        self.warn_of_key(&topic, &attributes).await;
        Ok(topic)
    }

    /// Returns the one topic that is named; whether it exists is not looked at.
    ///
    /// # Errors
    /// As [`located_topics`](Self::located_topics), and several topics or regions.
    pub(in crate::cli) async fn located_topic(&self) -> Result<TopicContext, CliError> {
        one(self.located_topics().await?)
    }

    /// Finds out which topics are meant, in every region that is named, and whose credentials these are, and checks that they
    /// belong together; whether the topics exist is not looked at. A topic that is named by its ARN is in its own region only.
    /// Where none is named, one can be chosen on a terminal.
    ///
    /// # Errors
    /// No topic is named, or one in another region or account; no or bad credentials.
    pub(in crate::cli) async fn located_topics(&self) -> Result<Vec<TopicContext>, CliError> {
        let mut named = self.named_topics()?;
        if named.is_empty() {
            named.push(Named::Arn(self.choose_topic().await?));
        }
        let mut places: Vec<(&Named, Option<&str>)> = Vec::new();
        for named in &named {
            match named {
                Named::Arn(topic) => {
                    if !self.global.region.is_empty() && !self.global.region.contains(&topic.region)
                    {
                        return Err(CliError::usage(format!(
                            "the topic {topic} is not in the region {}",
                            self.global.region.join(", ")
                        ))
                        .hint(format!(
                            "leave --region out, or give --region {}",
                            topic.region
                        )));
                    }
                    places.push((named, Some(&topic.region)));
                }
                Named::Name(_) if self.global.region.is_empty() => places.push((named, None)),
                Named::Name(_) => places.extend(
                    self.global
                        .region
                        .iter()
                        .map(|region| (named, Some(region.as_str()))),
                ),
            }
        }
        let progress = self.ui.progress("Finding the topic");
        let found = try_join_all(
            places
                .into_iter()
                .map(|(named, region)| self.locate(named, region)),
        )
        .await?;
        drop(progress);
        let mut topics: Vec<TopicContext> = Vec::new();
        for topic in found {
            if !topics.iter().any(|other| other.topic == topic.topic) {
                self.ui.detail(format_args!("topic {}", topic.topic));
                topics.push(topic);
            }
        }
        self.ui.place(topics.iter().map(|topic| &topic.place));
        if let Some(topic) = topics.first() {
            self.read_alias(&topic.clients);
        }
        Ok(topics)
    }

    async fn locate(&self, named: &Named, region: Option<&str>) -> Result<TopicContext, CliError> {
        let clients = self.connect(region).await?;
        let Caller { place, name } = identity::caller(&clients).await?;
        let topic = match named {
            Named::Arn(topic) if place.account != topic.account => {
                return Err(CliError::usage(format!("the topic {topic} belongs to another account"))
                    .because(format!("these credentials are of the account {}", place.account))
                    .hint("use credentials of the topic's account (--profile), or name a topic of this account"));
            }
            Named::Arn(topic) => topic.clone(),
            Named::Name(name) => TopicArn {
                partition: place.partition.clone(),
                region: place.region.clone(),
                account: place.account.clone(),
                name: name.clone(),
            },
        };
        Ok(TopicContext {
            clients,
            place,
            caller: name,
            topic,
        })
    }

    /// Returns every topic of the regions that are named, or of the one in use, by name. FIFO topics are left out: they can deliver
    /// to nobody that ddalert works with.
    ///
    /// # Errors
    /// No or bad credentials, no region, or the topics cannot be listed.
    pub(in crate::cli) async fn all_topics(&self) -> Result<Vec<TopicContext>, CliError> {
        let progress = self.ui.progress("Listing topics");
        let regions: Vec<Option<&str>> = match self.global.region.as_slice() {
            [] => vec![None],
            regions => regions.iter().map(|region| Some(region.as_str())).collect(),
        };
        let listed = regions.into_iter().map(|region| async move {
            let clients = self.connect(region).await?;
            let (caller, mut topics) =
                try_join(identity::caller(&clients), identity::topics(&clients)).await?;
            topics.retain(|topic| !topic.is_fifo());
            topics.sort_by(|one, other| one.name.cmp(&other.name));
            Ok::<_, CliError>((clients, caller, topics))
        });
        let listed = try_join_all(listed).await?;
        drop(progress);
        self.ui
            .place(listed.iter().map(|(_, caller, _)| &caller.place));
        let topics = listed.into_iter().flat_map(|(clients, caller, topics)| {
            topics.into_iter().map(move |topic| TopicContext {
                clients: clients.clone(),
                place: caller.place.clone(),
                caller: caller.name.clone(),
                topic,
            })
        });
        Ok(topics.collect())
    }

    /// Reads the topics that are named.
    fn named_topics(&self) -> Result<Vec<Named>, CliError> {
        let named = self
            .global
            .topic
            .iter()
            .map(|named| named.trim())
            .filter(|named| !named.is_empty());
        named
            .map(|named| {
                if looks_like_arn(named) {
                    return named
                        .parse()
                        .map(Named::Arn)
                        .map_err(|error: InvalidTopicArn| {
                            CliError::usage(error.to_string()).hint(TOPIC_HINT)
                        });
                }
                if is_topic_name(named) {
                    return Ok(Named::Name(named.to_owned()));
                }
                Err(
                    CliError::usage(format!("'{named}' is not a valid topic name"))
                        .because("a name has up to 256 letters, digits, hyphens and underscores")
                        .hint(TOPIC_HINT),
                )
            })
            .collect()
    }

    /// Asks which topic it is about; those that Device Defender publishes to are offered first.
    async fn choose_topic(&self) -> Result<TopicArn, CliError> {
        let missing = || CliError::usage("no topic is given").hint(TOPIC_HINT);
        if !self.ui.can_ask() {
            return Err(missing());
        }
        let region = match self.global.region.as_slice() {
            [] => None,
            [region] => Some(region.as_str()),
            _ => return Err(missing().because("several regions are given")),
        };
        let clients = self.connect(region).await?;
        let progress = self.ui.progress("Listing topics");
        // Only for the order: where it cannot be had, the topics are offered as they are listed.
        let published = async {
            Ok(device_defender::topics_published_to(&clients)
                .await
                .unwrap_or_default())
        };
        let (mut topics, published) = try_join(identity::topics(&clients), published).await?;
        drop(progress);
        topics.retain(|topic| !topic.is_fifo());
        topics.sort_by_key(|topic| !published.contains(topic));
        if topics.is_empty() {
            let create = clients
                .command_place()
                .in_region(clients.region().unwrap_or_default())
                .aws("sns create-topic --name BadIoTDevices");
            let hint = format!("create one: {create}; or name another region with --region");
            return Err(CliError::usage("there is no topic to choose from").hint(hint));
        }
        let label = |topic: &TopicArn| match published.contains(topic) {
            true => format!("{} (Device Defender publishes to it)", topic.name),
            false => topic.name.clone(),
        };
        let names = topics.iter().map(label).collect();
        let chosen = self.ui.choose("Topic", names, missing()).await?;
        Ok(topics.swap_remove(chosen))
    }
}

/// Takes the only one of the topics.
fn one(mut topics: Vec<TopicContext>) -> Result<TopicContext, CliError> {
    match (topics.pop(), topics.pop()) {
        (Some(topic), None) => Ok(topic),
        (Some(topic), Some(_)) => Err(CliError::usage(
            "this command is about one topic in one region, and several are named",
        )
        .hint(format!(
            "run it once for each, first with --topic {}",
            quote(&topic.topic.to_string())
        ))),
        (None, _) => Err(CliError::usage("no topic is given").hint(TOPIC_HINT)),
    }
}
