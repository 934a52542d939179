//! What every command runs in: the options of all commands, both streams, and the topic it is about.

use std::fmt;
use std::sync::{Mutex, OnceLock};
use std::time::Duration;

use futures_util::future::{BoxFuture, FutureExt, Shared, join, try_join, try_join_all};
use shell_words::quote;
use tokio::sync::OnceCell;
use tokio::time::{Instant, timeout};

use super::args::Global;
use super::environment::ProcessEnvironment;
use super::error::CliError;
use super::nearest::nearest;
use super::ui::Ui;
use crate::arn::{InvalidTopicArn, TopicArn, is_topic_name, looks_like_arn};
use crate::aws::identity::{Caller, TopicAttributes};
use crate::aws::{
    AwsErrorKind, BadOption, ClientOptions, Clients, device_defender, identity, kms, subscription,
};
use crate::chain::command_place::CommandPlace;
use crate::chain::names::{AccountRegion, ResourceNames};
use crate::http::Proxies;
use crate::sync::lock;

/// What to type where no topic is given, or none that can be one.
const TOPIC_HINT: &str = "name it with --topic NAME|ARN or DDALERT_TOPIC";

/// How much longer the account's alias is waited for when everything else has been read.
const ALIAS_PATIENCE: Duration = Duration::from_millis(250);

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
    /// When every call of AWS has to be over.
    end: Mutex<Option<Instant>>,
    /// The clients that all others are made from.
    clients: OnceCell<Clients>,
    alias: OnceLock<Shared<BoxFuture<'static, ()>>>,
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
    /// Who calls, as STS names them; `None` if it does not say.
    pub(super) caller: Option<String>,
    pub(super) topic: TopicArn,
}

impl TopicContext {
    /// Returns a command of ddalert about the topic, ready to be pasted; `command` is what is typed after `ddalert`.
    pub(super) fn ddalert(&self, command: &str) -> String {
        let place = self.clients.command_place();
        place.about(&self.topic).ddalert(command)
    }

    /// Returns a command of the AWS CLI in the topic's region, ready to be pasted; `command` is what is typed after `aws`.
    pub(super) fn aws(&self, command: &str) -> String {
        let place = self.clients.command_place();
        place.in_region(&self.topic.region).aws(command)
    }

    /// Returns a command of the AWS CLI for IAM, which has no regions, ready to be pasted.
    pub(super) fn aws_global(&self, command: &str) -> String {
        self.clients.command_place().aws_global(command)
    }

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
    pub(super) fn new(mut global: Global, environment: ProcessEnvironment, ui: Ui) -> Context {
        let secrets = [&environment.webhook_url, &environment.signing_secret];
        for secret in secrets.into_iter().flatten() {
            ui.hide(secret);
        }
        let trim = |text: &mut String| *text = text.trim().to_owned();
        global.region.iter_mut().for_each(trim);
        global.profile.iter_mut().for_each(trim);
        global.endpoint_url.iter_mut().for_each(trim);
        Context {
            global,
            environment,
            ui,
            progress: Mutex::default(),
            end: Mutex::default(),
            clients: OnceCell::new(),
            alias: OnceLock::new(),
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
        let attributes = self.check(&topic).await?;
        self.warn_of_key(&topic, &attributes).await;
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

    /// Does what [`checked_with`](Self::checked_with) does, and warns of each topic that Device Defender can never publish to.
    ///
    /// # Errors
    /// Those of `checked_with`.
    pub(super) async fn checked_for_alerts<T>(
        &self,
        topics: &[TopicContext],
        meanwhile: impl Future<Output = Result<T, CliError>>,
    ) -> Result<T, CliError> {
        let checks = topics.iter().map(|topic| async {
            let attributes = self.check(topic).await?;
            self.warn_of_key(topic, &attributes).await;
            Ok::<_, CliError>(())
        });
        let (checked, read) = join(try_join_all(checks), meanwhile).await;
        checked?;
        read
    }

    /// Warns if a topic is encrypted with a key that AWS IoT can never be allowed to use. A key that may not be looked at is left to
    /// `doctor`.
    async fn warn_of_key(&self, topic: &TopicContext, attributes: &TopicAttributes) {
        let Some(key) = attributes.kms_key.as_deref().filter(|key| !key.is_empty()) else {
            return;
        };
        let is_of_aws = key.contains("alias/aws/")
            || matches!(kms::find_key(&topic.clients, key).await, Ok(Some(found)) if found.aws_managed);
        if is_of_aws {
            self.ui.warn(format_args!(
                "Device Defender cannot publish to {}: the topic is encrypted with {key}, an AWS managed key (DD013)",
                topic.topic.name
            ));
            self.ui.hint(format_args!(
                "see how to fix it: {}",
                topic.ddalert("doctor")
            ));
        }
    }

    /// Checks that a topic exists and that alerts can pass through it.
    ///
    /// # Errors
    /// There is no topic of that name, or it is a FIFO topic; or it cannot be read.
    pub(super) async fn check(&self, topic: &TopicContext) -> Result<TopicAttributes, CliError> {
        if topic.topic.is_fifo() {
            return Err(CliError::usage(format!(
                "{} is a FIFO topic, which can deliver neither to Lambda nor to SMS",
                topic.topic.name
            ))
            .hint("use a standard topic: Device Defender publishes to standard topics"));
        }
        match identity::topic(&topic.clients, &topic.topic).await? {
            Some(attributes) => Ok(attributes),
            None => Err(self.no_such_topic(&topic.clients, &topic.topic).await),
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
    pub(super) async fn all_topics(&self) -> Result<Vec<TopicContext>, CliError> {
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

    /// Returns clients in a region; without one, in that of `--region`, the environment or the profile. Credentials are got once.
    ///
    /// # Errors
    /// An option or a variable cannot be right, there are no credentials, or no region is set.
    pub(super) async fn connect(&self, region: Option<&str>) -> Result<Clients, CliError> {
        let clients = self
            .clients
            .get_or_try_init(|| self.first_clients(region))
            .await?;
        match (region, clients.region()) {
            (Some(region), current) if current != Some(region) => Ok(clients.in_region(region)),
            (_, Some(_)) => Ok(clients.clone()),
            (_, None) => Err(CliError::usage("no region is set")
                .hint("give --region, or set AWS_REGION or the profile's region")),
        }
    }

    async fn first_clients(&self, region: Option<&str>) -> Result<Clients, CliError> {
        let Global {
            region: regions,
            profile,
            endpoint_url,
            ..
        } = &self.global;
        let options = ClientOptions {
            region: regions.first().map(String::as_str),
            fallback_region: region,
            profile: profile.as_deref(),
            endpoint_url: endpoint_url.as_deref(),
            variables: self.environment.aws.clone(),
            extra_roots: self.environment.extra_roots.as_deref(),
            proxies: self.proxies()?,
            calls: self.ui.call_log(),
        };
        for region in regions {
            let named = ClientOptions {
                region: Some(region),
                ..options.clone()
            };
            named.check().map_err(bad_option)?;
        }
        options.check().map_err(bad_option)?;
        let connected = Clients::connect(&options).await.inspect(|clients| {
            clients.end_by(*lock(&self.end));
        });
        connected.map_err(|error| {
            let is_configuration = error.kind == AwsErrorKind::BadCredentials;
            let place = self.commands();
            match error.hint(&place) {
                Some(hint) if is_configuration => CliError::usage(error.cause()).hint(hint),
                _ => error.into(),
            }
        })
    }

    /// Ends every call of AWS, also of clients that are made later, by the returned moment: so long from now.
    pub(super) fn end_after(&self, time: Duration) -> Instant {
        let end = Instant::now() + time;
        self.end_by(Some(end));
        end
    }

    /// Ends every call of AWS by `end`; `None` leaves each to its own limits.
    pub(super) fn end_by(&self, end: Option<Instant>) {
        *lock(&self.end) = end;
        if let Some(clients) = self.clients.get() {
            clients.end_by(end);
        }
    }

    /// Returns the proxies.
    ///
    /// # Errors
    /// A variable names none that can be used.
    pub(super) fn proxies(&self) -> Result<Proxies, CliError> {
        self.environment.proxies.clone().map_err(|error| {
            let hint = format!("set {}=http://HOST:PORT, or unset it", error.variable);
            CliError::usage(error.to_string()).hint(hint)
        })
    }

    /// Returns the options that chose the account: they stand behind every command that is printed.
    pub(super) fn commands(&self) -> CommandPlace {
        let Global {
            profile,
            endpoint_url,
            ..
        } = &self.global;
        match self.clients.get() {
            Some(clients) => clients.command_place().clone(),
            None => CommandPlace::new(profile.as_deref(), endpoint_url.as_deref()),
        }
    }

    /// Returns the account and region that the command works in, with the account's alias if it can be read at once: for a question.
    pub(super) async fn label(&self) -> String {
        if let Some(alias) = self.alias.get() {
            let _ = timeout(ALIAS_PATIENCE, alias.clone()).await;
        }
        self.ui
            .label()
            .map(|label| label.to_string())
            .unwrap_or_default()
    }

    /// Begins to read the account's alias, beside whatever else is read.
    fn read_alias(&self, clients: &Clients) {
        self.alias.get_or_init(|| {
            let (clients, ui) = (clients.clone(), self.ui.clone());
            let alias: BoxFuture<'static, ()> = Box::pin(async move {
                if let Some(alias) = identity::account_alias(&clients).await {
                    ui.account_alias(alias);
                }
            });
            let alias = alias.shared();
            tokio::spawn(alias.clone());
            alias
        });
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

    async fn no_such_topic(&self, clients: &Clients, topic: &TopicArn) -> CliError {
        let error = CliError::failed(format!(
            "there is no topic {} in {} of the account {}",
            topic.name, topic.region, topic.account
        ));
        // Only for the hint: where the list cannot be had, the hint is shorter.
        let others = identity::topics(clients).await.unwrap_or_default();
        let mut names: Vec<&str> = others.iter().map(|topic| topic.name.as_str()).collect();
        if let Some(name) = nearest(&topic.name, names.iter().copied()) {
            return error.hint(format!(
                "did you mean {name}? Give it with --topic {}",
                quote(name)
            ));
        }
        names.truncate(8);
        error.hint(match names.as_slice() {
            [] => format!(
                "no topic is found in {}; name the topic's region with --region",
                topic.region
            ),
            names => format!(
                "this region has the topics {}; name another region with --region",
                names.join(", ")
            ),
        })
    }

    /// Returns the topic of the region whose name is so like the wanted one that it may have been meant.
    ///
    /// # Errors
    /// The topics cannot be listed.
    pub(super) async fn similar_topic(
        &self,
        topic: &TopicContext,
    ) -> Result<Option<String>, CliError> {
        let others = identity::topics(&topic.clients).await?;
        let names = others.iter().map(|topic| topic.name.as_str());
        Ok(nearest(&topic.topic.name, names).map(str::to_owned))
    }
}

fn bad_option(bad: BadOption) -> CliError {
    CliError::usage(bad.message).hint(bad.hint)
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
