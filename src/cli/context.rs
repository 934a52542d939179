//! What every command runs in: the options of all commands, both streams, and the topic it is about.

use std::fmt;
use std::sync::Mutex;

use futures_util::future::{join, try_join, try_join_all};

use super::args::Global;
use super::environment::ProcessEnvironment;
use super::error::CliError;
use super::ui::Ui;
use crate::arn::{InvalidTopicArn, TopicArn, is_topic_name, looks_like_arn};
use crate::aws::{ClientOptions, Clients, device_defender, identity, subscription};
use crate::chain::names::{AccountRegion, ResourceNames};
use crate::sync::lock;

/// What to type where no topic is given, or none that can be one.
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
    progress: Mutex<Option<PlanProgress>>,
}

/// How far a plan has come.
#[derive(Clone, Debug, Default)]
pub(super) struct PlanProgress {
    /// How many changes are made.
    done: usize,
    /// How many there are.
    all: usize,
    /// The changes that are being made.
    pub(super) under_way: Vec<String>,
    /// Whether it is alerts that are delivered, and not changes that are made.
    are_alerts: bool,
}

impl PlanProgress {
    /// Returns how many changes are made, and which are being made.
    pub(super) fn of_changes(done: usize, all: usize, under_way: Vec<String>) -> PlanProgress {
        PlanProgress {
            done,
            all,
            under_way,
            are_alerts: false,
        }
    }

    /// Returns how many alerts are delivered.
    pub(super) fn of_alerts(done: usize, all: usize) -> PlanProgress {
        PlanProgress {
            done,
            all,
            under_way: Vec::new(),
            are_alerts: true,
        }
    }
}

impl fmt::Display for PlanProgress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.done, self.all) {
            (done, all) if self.are_alerts => write!(f, "{done} of {all} alerts were delivered"),
            (1, 1) => f.write_str("the one change was made"),
            (done, all) if done == all => write!(f, "all {all} changes were made"),
            (done, all) => write!(f, "{done} of {all} changes were made"),
        }
    }
}

/// The topic that a command is about, and the way to its account.
pub(super) struct TopicContext {
    pub(super) clients: Clients,
    pub(super) place: AccountRegion,
    pub(super) topic: TopicArn,
}

impl TopicContext {
    /// Returns the names of what belongs to the relay to `target`; `function` overrides the function's name.
    pub(super) fn names(&self, target: &str, function: Option<&str>) -> ResourceNames {
        ResourceNames::new(target, &self.topic, self.place.clone(), function)
    }

    /// Returns the phones that are subscribed to the topic, as SNS names them.
    ///
    /// # Errors
    /// The subscriptions cannot be listed.
    pub(super) async fn subscribed_phones(&self) -> Result<Vec<String>, CliError> {
        let listed = subscription::list_if_any(&self.clients, &self.topic).await?;
        let phones = listed.into_iter().filter(|listed| listed.protocol == "sms");
        Ok(phones.map(|listed| listed.endpoint).collect())
    }
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

    /// Remembers how far the plan has come, for whoever interrupts it.
    pub(super) fn note(&self, progress: PlanProgress) {
        *lock(&self.progress) = Some(progress);
    }

    /// Returns the error of a run that was interrupted.
    pub(super) fn interrupted(&self) -> CliError {
        let progress = lock(&self.progress);
        let (message, under_way) = match &*progress {
            Some(progress) => (progress.to_string(), progress.under_way.as_slice()),
            None => ("nothing was being changed".to_owned(), &[] as &[String]),
        };
        let error = CliError::interrupted(message);
        let error = match under_way {
            [] => error,
            changes => error.because(format!(
                "may or may not have been made: {}",
                changes.join("; ")
            )),
        };
        error.hint("run the same command again: it continues from what it finds")
    }

    /// Returns the one topic that is named, checked as [`check`](Self::check) does.
    ///
    /// # Errors
    /// As [`located_topics`](Self::located_topics) and `check`, and several topics or regions.
    pub(super) async fn topic(&self) -> Result<TopicContext, CliError> {
        let topic = self.located_topic().await?;
        self.check(&topic).await?;
        Ok(topic)
    }

    /// Returns the one topic that is named; whether it exists is not looked at.
    ///
    /// # Errors
    /// As [`located_topics`](Self::located_topics), and several topics or regions.
    pub(super) async fn located_topic(&self) -> Result<TopicContext, CliError> {
        one(self.located_topics().await?)
    }

    /// Checks that alerts can pass through each topic while something else is read that needs them to; what is wrong with a
    /// topic is said first.
    ///
    /// # Errors
    /// As [`check`](Self::check), and those of the other future.
    pub(super) async fn checked_with<T>(
        &self,
        topics: &[TopicContext],
        meanwhile: impl Future<Output = Result<T, CliError>>,
    ) -> Result<T, CliError> {
        let checks = try_join_all(topics.iter().map(|topic| self.check(topic)));
        let (checked, read) = join(checks, meanwhile).await;
        checked?;
        read
    }

    /// Checks that a topic exists and that alerts can pass through it.
    ///
    /// # Errors
    /// There is no topic of that name, or it is a FIFO topic; or it cannot be read.
    pub(super) async fn check(&self, topic: &TopicContext) -> Result<(), CliError> {
        if topic.topic.is_fifo() {
            return Err(CliError::usage(format!(
                "{} is a FIFO topic, which can deliver neither to Lambda nor to SMS",
                topic.topic.name
            ))
            .hint("use a standard topic: Device Defender publishes to standard topics"));
        }
        match self.missing_topic(topic).await? {
            None => Ok(()),
            Some(error) => Err(error),
        }
    }

    /// Returns the error of a topic that does not exist, or nothing if it does.
    ///
    /// # Errors
    /// It cannot be read.
    pub(super) async fn missing_topic(
        &self,
        topic: &TopicContext,
    ) -> Result<Option<CliError>, CliError> {
        match identity::topic(&topic.clients, &topic.topic).await? {
            Some(_) => Ok(None),
            None => Ok(Some(self.no_such_topic(&topic.clients, &topic.topic).await)),
        }
    }

    /// Returns the options that name a topic, and its region where one is named: to be put behind a command.
    pub(super) fn options(&self, topic: &TopicContext) -> String {
        let TopicArn { name, region, .. } = &topic.topic;
        let is_named = !self.global.region.is_empty()
            || self.global.topic.iter().any(|topic| looks_like_arn(topic));
        if is_named {
            format!("--topic {name} --region {region}")
        } else {
            format!("--topic {name}")
        }
    }

    /// Finds out which topics are meant, in every region that is named, and whose credentials these are, and checks that they
    /// belong together; whether the topics exist is not looked at. A topic that is named by its ARN is in its own region only.
    /// Where none is named, one can be chosen on a terminal.
    ///
    /// # Errors
    /// No topic is named, or one in another region or account; no or bad credentials.
    pub(super) async fn located_topics(&self) -> Result<Vec<TopicContext>, CliError> {
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
        Ok(topics)
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

    /// Returns every topic of the regions that are named, or of the one in use, by name. FIFO topics are left out: they can deliver
    /// to nobody that ddalert works with.
    ///
    /// # Errors
    /// No or bad credentials, no region, or the topics cannot be listed.
    pub(super) async fn all_topics(&self) -> Result<Vec<TopicContext>, CliError> {
        let progress = self.ui.progress("Listing topics");
        let regions: Vec<Option<&str>> = match self.global.region.as_slice() {
            [] => vec![None],
            regions => regions.iter().map(|region| Some(region.as_str())).collect(),
        };
        let listed = regions.into_iter().map(|region| async move {
            let clients = self.connect(region).await?;
            let (place, mut topics) =
                try_join(identity::place(&clients), identity::topics(&clients)).await?;
            topics.retain(|topic| !topic.is_fifo());
            topics.sort_by(|one, other| one.name.cmp(&other.name));
            Ok::<_, CliError>((clients, place, topics))
        });
        let listed = try_join_all(listed).await?;
        drop(progress);
        self.ui.place(listed.iter().map(|(_, place, _)| place));
        let topics = listed.into_iter().flat_map(|(clients, place, topics)| {
            topics.into_iter().map(move |topic| TopicContext {
                clients: clients.clone(),
                place: place.clone(),
                topic,
            })
        });
        Ok(topics.collect())
    }

    /// Makes the clients.
    pub(super) async fn connect(&self, region: Option<&str>) -> Result<Clients, CliError> {
        let access = ClientOptions {
            region,
            profile: self.global.profile.as_deref(),
            endpoint_url: self.global.endpoint_url.as_deref(),
            extra_roots: self.environment.extra_roots.as_deref(),
            calls: self.ui.call_log(),
        };
        let clients = Clients::connect(&access).await?;
        match clients.region() {
            Some(_) => Ok(clients),
            None => Err(CliError::usage("no region is set")
                .hint("give --region, or set AWS_REGION or the profile's region")),
        }
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
            let hint = "create one: aws sns create-topic --name BadIoTDevices; or name another region with --region";
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
                "name the topic's region with --region, or create it: aws sns create-topic --name {} --region {}",
                topic.name, topic.region
            )),
            others => {
                let names: Vec<&str> = others.iter().take(8).map(|topic| topic.name.as_str()).collect();
                error.hint(format!("this region has the topics {}; name another region with --region", names.join(", ")))
            }
        }
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
            topic.topic
        ))),
        (None, _) => Err(CliError::usage("no topic is given").hint(TOPIC_HINT)),
    }
}
