//! What every command runs in: the options of all commands, both streams, and the chain it is about.

use std::sync::{Mutex, PoisonError};

use futures_util::future::{try_join, try_join_all};

use super::ProcessEnvironment;
use super::args::Global;
use super::error::{CliError, Exit};
use super::ui::Ui;
use crate::arn::{NotATopicArn, TopicArn, is_topic_name};
use crate::aws::{ClientOptions, Clients, device_defender, identity};
use crate::chain::names::AccountRegion;

/// What to type where no topic is named, or none that can be one.
const TOPIC_HINT: &str = "name it with --topic NAME|ARN or DDALERT_TOPIC";

/// A topic, as it is named.
enum Named {
    Arn(TopicArn),
    Name(String),
}

/// What every command runs in.
pub(super) struct Context {
    pub(super) global: Global,
    pub(super) environment: ProcessEnvironment,
    pub(super) ui: Ui,
    progress: Mutex<RunProgress>,
}

/// How far a run has come.
#[derive(Debug, Default)]
struct RunProgress {
    /// How far, all in all.
    steps: Option<PlanProgress>,
    /// What was done before the plan that is being carried out.
    before: usize,
}

/// How far a plan has come.
#[derive(Clone, Copy, Debug)]
pub(super) struct PlanProgress {
    pub(super) done: usize,
    pub(super) all: usize,
}

/// The chain a command is about.
pub(super) struct TopicContext {
    pub(super) clients: Clients,
    pub(super) place: AccountRegion,
    pub(super) topic: TopicArn,
}

impl Context {
    pub(super) fn new(global: Global, environment: ProcessEnvironment, ui: Ui) -> Context {
        Context {
            global,
            environment,
            ui,
            progress: Mutex::default(),
        }
    }

    /// Remembers how far a plan has come, for the word to whoever interrupts it; returns how far the whole run has.
    pub(super) fn note(&self, steps: PlanProgress) -> PlanProgress {
        let mut progress = self.progress.lock().unwrap_or_else(PoisonError::into_inner);
        let steps = PlanProgress {
            done: progress.before + steps.done,
            all: progress.before + steps.all,
        };
        progress.steps = Some(steps);
        steps
    }

    /// Remembers that so many changes were made before the plan that comes next.
    pub(super) fn made_before(&self, changes: usize) {
        self.progress
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .before = changes;
    }

    /// Returns the error of a run that was interrupted.
    pub(super) fn interrupted(&self) -> CliError {
        let message = match self
            .progress
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .steps
        {
            Some(PlanProgress { done, all }) if done < all => {
                format!("{done} of {all} changes were made")
            }
            _ => "nothing was being changed".to_owned(),
        };
        let error = CliError {
            exit: Exit::Interrupted,
            message,
            causes: Vec::new(),
            hint: None,
        };
        error.hint("run the same command again: it goes on from what it finds")
    }

    /// Finds the one topic that is named and who is asking, and checks that they belong together.
    ///
    /// # Errors
    /// As [`chains`](Self::chains), and several topics or regions.
    pub(super) async fn chain(&self) -> Result<TopicContext, CliError> {
        one(self.chains().await?)
    }

    /// Finds out which one topic is meant, as [`located`](Self::located) does.
    ///
    /// # Errors
    /// As there, and several topics or regions.
    pub(super) async fn located_one(&self) -> Result<TopicContext, CliError> {
        one(self.located().await?)
    }

    /// Returns the error of a topic that is not there, or nothing where it is.
    ///
    /// # Errors
    /// It cannot be looked at.
    pub(super) async fn missing_topic(
        &self,
        chain: &TopicContext,
    ) -> Result<Option<CliError>, CliError> {
        match identity::topic(&chain.clients, &chain.topic).await? {
            Some(_) => Ok(None),
            None => Ok(Some(self.no_such_topic(&chain.clients, &chain.topic).await)),
        }
    }

    /// Returns the options that name a chain's topic, and its region where one is named: to be put behind a command.
    pub(super) fn about(&self, chain: &TopicContext) -> String {
        let TopicArn { name, region, .. } = &chain.topic;
        let is_named = !self.global.region.is_empty()
            || self
                .global
                .topic
                .iter()
                .any(|topic| topic.starts_with("arn:"));
        if is_named {
            format!("--topic {name} --region {region}")
        } else {
            format!("--topic {name}")
        }
    }

    /// Finds every topic as [`located`](Self::located) does, and checks that alerts can pass through it.
    ///
    /// # Errors
    /// As there, and no topic of that name, or a FIFO topic.
    pub(super) async fn chains(&self) -> Result<Vec<TopicContext>, CliError> {
        let chains = self.located().await?;
        try_join_all(chains.iter().map(|chain| self.check(chain))).await?;
        Ok(chains)
    }

    /// Finds out which topics are meant, in every region that is named, and who is asking, and checks that they belong together;
    /// whether the topics are there is not looked at. A topic that is named by its ARN is in its own region only. Where none is
    /// named, one can be chosen on a terminal.
    ///
    /// # Errors
    /// No topic is named, or one in another region or account; no or bad credentials.
    pub(super) async fn located(&self) -> Result<Vec<TopicContext>, CliError> {
        let mut named = self.topics()?;
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
        let progress = self.ui.progress("Looking at the topic");
        let found = try_join_all(
            places
                .into_iter()
                .map(|(named, region)| self.locate(named, region)),
        )
        .await?;
        drop(progress);
        let mut chains: Vec<TopicContext> = Vec::new();
        for chain in found {
            if !chains.iter().any(|other| other.topic == chain.topic) {
                self.ui.detail(format_args!("topic {}", chain.topic));
                chains.push(chain);
            }
        }
        Ok(chains)
    }

    async fn locate(&self, named: &Named, region: Option<&str>) -> Result<TopicContext, CliError> {
        let clients = self.connect(region).await?;
        let place = identity::place(&clients).await?;
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
            topic,
        })
    }

    async fn check(&self, chain: &TopicContext) -> Result<(), CliError> {
        let TopicContext { clients, topic, .. } = chain;
        if topic.is_fifo() {
            return Err(CliError::usage(format!(
                "{} is a FIFO topic, which can deliver neither to Lambda nor to SMS",
                topic.name
            ))
            .hint("use a standard topic: Device Defender publishes to standard topics"));
        }
        match identity::topic(clients, topic).await? {
            Some(_) => Ok(()),
            None => Err(self.no_such_topic(clients, topic).await),
        }
    }

    /// Makes the clients.
    pub(super) async fn connect(&self, region: Option<&str>) -> Result<Clients, CliError> {
        let access = ClientOptions {
            region,
            profile: self.global.profile.as_deref(),
            endpoint_url: self.global.endpoint_url.as_deref(),
            extra_roots: self.environment.extra_roots.as_deref(),
        };
        let clients = Clients::connect(&access).await?;
        match clients.region() {
            Some(_) => Ok(clients),
            None => Err(CliError::usage("no region is set")
                .hint("give --region, or set AWS_REGION or the profile's region")),
        }
    }

    /// Reads the topics that are named.
    fn topics(&self) -> Result<Vec<Named>, CliError> {
        let named = self
            .global
            .topic
            .iter()
            .map(|named| named.trim())
            .filter(|named| !named.is_empty());
        named
            .map(|named| {
                if named.starts_with("arn:") {
                    return named
                        .parse()
                        .map(Named::Arn)
                        .map_err(|error: NotATopicArn| {
                            CliError::usage(error.to_string()).hint(TOPIC_HINT)
                        });
                }
                if is_topic_name(named) {
                    return Ok(Named::Name(named.to_owned()));
                }
                Err(
                    CliError::usage(format!("'{named}' is no name of an SNS topic"))
                        .because("a name has up to 256 letters, digits, hyphens and underscores")
                        .hint(TOPIC_HINT),
                )
            })
            .collect()
    }

    /// Asks which topic it is about; those that Device Defender publishes to are offered first.
    async fn choose_topic(&self) -> Result<TopicArn, CliError> {
        let missing = || CliError::usage("no topic is named").hint(TOPIC_HINT);
        if !self.ui.can_ask() {
            return Err(missing());
        }
        let region = match self.global.region.as_slice() {
            [] => None,
            [region] => Some(region.as_str()),
            _ => return Err(missing().because("several regions are named")),
        };
        let clients = self.connect(region).await?;
        let progress = self.ui.progress("Looking at the topics");
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
            let hint = "make one: aws sns create-topic --name BadIoTDevices; or name another region with --region";
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

    async fn no_such_topic(&self, clients: &Clients, topic: &TopicArn) -> CliError {
        let error = CliError::failed(format!(
            "there is no topic {} in {} of the account {}",
            topic.name, topic.region, topic.account
        ));
        // Only for the hint: where the list cannot be had, the hint is shorter.
        let others = identity::topics(clients).await.unwrap_or_default();
        match others.as_slice() {
            [] => error.hint(format!(
                "name the topic's region with --region, or make it: aws sns create-topic --name {} --region {}",
                topic.name, topic.region
            )),
            others => {
                let names: Vec<&str> = others.iter().take(8).map(|topic| topic.name.as_str()).collect();
                error.hint(format!("topics there are: {}; another region is named with --region", names.join(", ")))
            }
        }
    }
}

/// Takes the only one of the topics.
fn one(mut chains: Vec<TopicContext>) -> Result<TopicContext, CliError> {
    match (chains.pop(), chains.pop()) {
        (Some(chain), None) => Ok(chain),
        (Some(chain), Some(_)) => Err(CliError::usage(
            "this command is about one topic in one region, and several are named",
        )
        .hint(format!(
            "run it once for each, first with --topic {}",
            chain.topic
        ))),
        (None, _) => Err(CliError::usage("no topic is named").hint(TOPIC_HINT)),
    }
}
