//! What every command runs in: the options of all commands, both streams, and the chain it is about.

use std::sync::{Mutex, PoisonError};

use super::Surroundings;
use super::args::Global;
use super::fault::{Exit, Fault};
use super::ui::Ui;
use crate::aws::{Access, Clients, identity};
use crate::domain::names::Place;
use crate::domain::topic::{TopicArn, is_topic_name};

/// What every command runs in.
pub(super) struct Context {
    pub(super) global: Global,
    pub(super) surroundings: Surroundings,
    pub(super) ui: Ui,
    progress: Mutex<Option<Steps>>,
}

/// How far a plan has come.
#[derive(Clone, Copy, Debug)]
pub(super) struct Steps {
    pub(super) done: usize,
    pub(super) all: usize,
}

/// The chain a command is about.
pub(super) struct Chain {
    pub(super) clients: Clients,
    pub(super) place: Place,
    pub(super) topic: TopicArn,
}

impl Context {
    pub(super) fn new(global: Global, surroundings: Surroundings, ui: Ui) -> Context {
        Context { global, surroundings, ui, progress: Mutex::new(None) }
    }

    /// Remembers how far a plan has come, for the word to whoever interrupts it.
    pub(super) fn note(&self, steps: Steps) {
        *self.progress.lock().unwrap_or_else(PoisonError::into_inner) = Some(steps);
    }

    /// Returns the fault of a run that was interrupted.
    pub(super) fn interrupted(&self) -> Fault {
        let message = match *self.progress.lock().unwrap_or_else(PoisonError::into_inner) {
            Some(Steps { done, all }) if done < all => format!("{done} of {all} changes were made"),
            _ => "nothing was being changed".to_owned(),
        };
        let fault = Fault { exit: Exit::Interrupted, message, causes: Vec::new(), hint: None };
        fault.hint("run the same command again: it goes on from what it finds")
    }

    /// Finds the topic and who is asking, and checks that they belong together.
    ///
    /// # Errors
    /// No topic, none of that name, a FIFO topic, one in another region or account; no or bad credentials.
    pub(super) async fn chain(&self) -> Result<Chain, Fault> {
        let named = self.topic_argument()?;
        let arn = named.parse::<TopicArn>().ok();
        let region = self.region(arn.as_ref())?;
        let clients = self.connect(region).await?;
        let progress = self.ui.progress("Looking at the topic");
        let (place, topic, found) = match arn {
            Some(topic) => {
                let place = identity::place(&clients).await?;
                if place.account != topic.account {
                    return Err(Fault::usage(format!("the topic {topic} belongs to another account"))
                        .because(format!("these credentials are of the account {}", place.account))
                        .hint("use credentials of the topic's account (--profile), or name a topic of this account"));
                }
                let found = identity::topic(&clients, &topic).await?;
                (place, topic, found)
            }
            None => {
                let place = identity::place(&clients).await?;
                let topic = TopicArn {
                    partition: place.partition.clone(),
                    region: place.region.clone(),
                    account: place.account.clone(),
                    name: named,
                };
                let found = identity::topic(&clients, &topic).await?;
                (place, topic, found)
            }
        };
        drop(progress);
        if topic.is_fifo() {
            return Err(Fault::usage(format!("{} is a FIFO topic, which can deliver neither to Lambda nor to SMS", topic.name))
                .hint("use a standard topic: Device Defender publishes to standard topics"));
        }
        if found.is_none() {
            return Err(self.no_such_topic(&clients, &topic).await);
        }
        self.ui.detail(format_args!("topic {topic}"));
        Ok(Chain { clients, place, topic })
    }

    /// Makes the clients.
    pub(super) async fn connect(&self, region: Option<&str>) -> Result<Clients, Fault> {
        let access = Access {
            region,
            profile: self.global.profile.as_deref(),
            endpoint_url: self.global.endpoint_url.as_deref(),
            extra_roots: self.surroundings.extra_roots.as_deref(),
        };
        Ok(Clients::connect(&access).await?)
    }

    fn topic_argument(&self) -> Result<String, Fault> {
        let hint = "name it with --topic NAME|ARN or DDALERT_TOPIC";
        let Some(named) = self.global.topic.as_deref().map(str::trim).filter(|named| !named.is_empty()) else {
            return Err(Fault::usage("no topic is named").hint(hint));
        };
        if named.starts_with("arn:") {
            named.parse::<TopicArn>().map_err(|error| Fault::usage(error.to_string()).hint(hint))?;
        } else if !is_topic_name(named) {
            return Err(Fault::usage(format!("'{named}' is no name of an SNS topic"))
                .because("a name has up to 256 letters, digits, hyphens and underscores")
                .hint(hint));
        }
        Ok(named.to_owned())
    }

    /// The region that is named, else the one in the topic's ARN; both must agree.
    fn region<'a>(&'a self, topic: Option<&'a TopicArn>) -> Result<Option<&'a str>, Fault> {
        match (self.global.region.as_deref(), topic) {
            (Some(region), Some(topic)) if region != topic.region => {
                Err(Fault::usage(format!("the topic {topic} is not in the region {region}"))
                    .hint(format!("leave --region out, or give --region {}", topic.region)))
            }
            (None, Some(topic)) => Ok(Some(&topic.region)),
            (region, _) => Ok(region),
        }
    }

    async fn no_such_topic(&self, clients: &Clients, topic: &TopicArn) -> Fault {
        let fault =
            Fault::failed(format!("there is no topic {} in {} of the account {}", topic.name, topic.region, topic.account));
        // Only for the hint: where the list cannot be had, the hint is shorter.
        let others = identity::topics(clients).await.unwrap_or_default();
        match others.as_slice() {
            [] => fault
                .hint(format!("name the topic's region with --region, or make it: aws sns create-topic --name {}", topic.name)),
            others => {
                let names: Vec<&str> = others.iter().take(8).map(|topic| topic.name.as_str()).collect();
                fault.hint(format!("topics there are: {}; another region is named with --region", names.join(", ")))
            }
        }
    }
}
