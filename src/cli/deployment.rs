//! What `deploy-…` and `rotate` share: reading what a topic has of a relay, greeting its room, reporting what became of it.

use serde_json::Value;

use super::change_report::{ChangeReport, PlanOutcome};
use super::context::{Context, TopicContext};
use super::error::CliError;
use super::given_role::check_given;
use super::greeting;
use super::input::relay::Relays;
use super::reconcile::{Target, would_be_made};
use super::relay::{RelayTarget, refuse_foreign, refuse_other_topic};
use crate::aws::given_role::Need;
use crate::aws::kms::key_arn;
use crate::aws::observe::observe;
use crate::aws::package::Package;
use crate::aws::scope::ReadScope;
use crate::chain::names::ResourceNames;
use crate::chain::rules::AccountRules;
use crate::chain::spec::{RelayCode, RelaySpec};
use crate::chain::state::{RelayState, Trigger};
use crate::contract::secret_store::{SecretLocation, SecretStore, SecretValue};
use crate::destination::{Destination, WebhookSecret};

/// A topic with the relay that is to be deployed to it.
pub(super) struct DeploySite<'a> {
    pub(super) topic: &'a TopicContext,
    pub(super) names: ResourceNames,
    /// The ARN of the KMS key that was named, in the topic's region.
    pub(super) kms_key: Option<String>,
    /// What the account's owners demand of what is made.
    pub(super) rules: AccountRules,
    /// What AWS holds now.
    pub(super) have: RelayState,
}

/// What is wanted of a relay; what is not said stays as it is.
pub(super) struct Wanted<'a> {
    /// The code.
    pub(super) package: Option<&'a Package>,
    /// Where the secret is to be kept.
    pub(super) store: Option<SecretStore>,
    /// The secret.
    pub(super) secret: Option<&'a WebhookSecret>,
    /// The filter policy; `Some(None)` takes it away.
    pub(super) filter: Option<Option<&'a Value>>,
    /// What triggers the relay.
    pub(super) trigger: Option<Trigger>,
    /// How long a buffered alert is tried, in seconds.
    pub(super) keep_trying_s: Option<u32>,
    /// How many alerts of a kind a batch posts one by one.
    pub(super) digest_over: Option<u32>,
    /// Whether the stored secret is read: to compare it, or to move it.
    pub(super) reads_secret: bool,
}

impl<'a> DeploySite<'a> {
    /// Reads what the topic has of the relay; `store` is where its secret is to be kept, where that is known, `function` is the function's name where it has one of its own, `reads_secret`
    /// whether the stored secret is read.
    ///
    /// # Errors
    /// It cannot be read, is not ours, or belongs to another topic.
    pub(super) async fn read(
        topic: &'a TopicContext,
        destination: &Destination,
        function: Option<&str>,
        kms_key: Option<&str>,
        reads_secret: bool,
        store: Option<SecretStore>,
        rules: AccountRules,
    ) -> Result<DeploySite<'a>, CliError> {
        let names = topic.names(destination.name, function);
        let scope = ReadScope::new(&names, &topic.topic)
            .with_webhook_url(reads_secret)
            .with_store(store);
        let key = async {
            match kms_key {
                Some(key) => Ok::<_, CliError>(Some(key_arn(&topic.clients, key).await?)),
                None => Ok(None),
            }
        };
        let observed = async { Ok(observe(&topic.clients, &scope).await?) };
        let (kms_key, observed) = futures_util::future::try_join(key, observed).await?;
        refuse_foreign(&observed.foreign)?;
        refuse_other_topic(&observed.state, topic, &names.function)?;
        Ok(DeploySite {
            topic,
            names,
            kms_key,
            rules,
            have: observed.state,
        })
    }

    /// Refuses a role that was given and does not fit; `store` is where the secret is to be kept, where that is said.
    ///
    /// # Errors
    /// As [`check_given`].
    pub(super) async fn check_role(
        &self,
        context: &Context,
        destination: &Destination,
        store: Option<SecretStore>,
        trigger: Trigger,
    ) -> Result<(), CliError> {
        let store = store.or_else(|| self.have.store());
        let key = self.kms_key.as_deref().unwrap_or_default();
        let webhook = SecretLocation::wanted(
            store.unwrap_or(SecretStore::DEFAULT),
            &self.names.function,
            key,
            SecretValue::Unread,
        );
        let need = Need::of_relay(&self.names, destination.name, Some(&webhook), trigger);
        check_given(context, &self.topic.clients, &self.rules, &need).await
    }

    /// Returns the relay that fits the function.
    ///
    /// # Errors
    /// As [`Relays::fitting`].
    pub(super) fn fitting<'b>(
        &self,
        context: &Context,
        relays: &'b Relays,
    ) -> Result<Option<&'b Package>, CliError> {
        relays.fitting(
            context,
            self.topic,
            &self.names.function,
            self.have.function.as_ref(),
        )
    }

    /// Hides the stored secret, if it was read: a service that refuses a call can repeat it.
    pub(super) fn hide_secret(&self, context: &Context) {
        if let Some(secret) = self.have.known_secret() {
            context.ui.hide_webhook(secret);
        }
    }

    /// Returns the relay as a target of the change engine.
    pub(super) fn target<'b>(
        &'b self,
        destination: &'static Destination,
        wanted: &Wanted<'b>,
    ) -> RelayTarget<'b> {
        let code = wanted
            .package
            .map_or(RelayCode::Keep, |package| RelayCode::Deploy {
                sha256: &package.sha256,
                architecture: package.architecture,
            });
        let topic = &self.topic.topic;
        let spec = RelaySpec {
            store: wanted.store,
            kms_key: self.kms_key.as_deref(),
            secret: wanted.secret,
            filter: wanted.filter,
            rules: &self.rules,
            trigger: wanted.trigger,
            keep_trying_s: wanted.keep_trying_s,
            digest_over: wanted.digest_over,
            ..RelaySpec::new(destination.name, &self.names, topic, code)
        };
        let scope = ReadScope::new(&self.names, topic).with_webhook_url(wanted.reads_secret);
        RelayTarget::new(self.topic, scope, wanted.package, &self.have, move |have| {
            spec.desired_state(have)
        })
    }

    /// Greets the room, so that one that refuses stops the run before anything is made. A secret that is stored already was
    /// greeted when it came.
    ///
    /// # Errors
    /// The room cannot be reached, or refuses.
    pub(super) async fn greet(
        &self,
        context: &Context,
        destination: &Destination,
        secret: Option<&WebhookSecret>,
        text: &str,
    ) -> Result<(), CliError> {
        match secret.filter(|secret| self.have.known_secret() != Some(secret)) {
            Some(secret) => greeting::greet(context, destination, secret, text).await,
            None => Ok(()),
        }
    }

    /// Reports what became of the plan; `unchanged` and `changed` say what is true then.
    pub(super) fn report(
        &self,
        target: RelayTarget<'_>,
        outcome: PlanOutcome,
        unchanged: String,
        changed: String,
    ) -> ChangeReport {
        let summary = match (target.plan().len(), outcome.is_applied()) {
            (0, _) => format!("Nothing to change: {unchanged}."),
            (_, true) => format!("{changed}."),
            (count, false) => would_be_made(count),
        };
        target.report(outcome, summary)
    }
}
