//! What every command runs in: the options of all commands, both streams, and the way to AWS.

mod topic_checks;
mod topic_context;
mod topics;

use std::sync::{Mutex, OnceLock};
use std::time::Duration;

use futures_util::future::{BoxFuture, FutureExt, Shared};
use tokio::sync::OnceCell;
use tokio::time::{Instant, timeout};

use super::args::Global;
use super::environment::ProcessEnvironment;
use super::error::CliError;
use super::plan_progress::PlanProgress;
use super::ui::Ui;
use crate::aws::{AwsErrorKind, BadOption, ClientOptions, Clients, identity};
use crate::chain::command_place::CommandPlace;
use crate::http::Proxies;
use crate::sync::lock;

pub(super) use topic_context::TopicContext;

/// How much longer the account's alias is waited for when everything else has been read.
const ALIAS_PATIENCE: Duration = Duration::from_millis(250);

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
}

fn bad_option(bad: BadOption) -> CliError {
    CliError::usage(bad.message).hint(bad.hint)
}
