//! `connect`: makes Device Defender publish to the topic, and undoes it.

use clap::Args;
use shell_words::quote;

use crate::aws::device_defender::observe;
use crate::aws::given_role::Need;
use crate::aws::identity;
use crate::chain::names::connect_role;
use crate::chain::publishing::{
    KEY_ACTIONS, PublishingSpec, PublishingState, TOPIC_ACTIONS, conflicts, plan, wanted,
};
use crate::cli::args::Changing;
use crate::cli::context::{Context, TopicContext};
use crate::cli::error::{CliError, Exit};
use crate::cli::given_role::check_given;
use crate::cli::input::rules::{RulesInput, check_path};
use crate::cli::publishing::{PublishingTarget, kms_key};
use crate::cli::reconcile::{Target, reconcile, would_be_made};

const CLOSED: &str = "Detect is closed to new customers since 2026-08-31; Audit is open to all";

/// Make Device Defender publish to the topic
///
/// Creates the topic if it is missing, and a role that only Device Defender of this account can assume. Makes the topic the
/// alert target of security profiles, the notification target of audits, or both, and changes nothing else of them. Detect is
/// closed to new customers since 2026-08-31: only accounts that use it already have security profiles. Audit is open to all.
#[derive(Clone, Debug, Args)]
#[command(after_long_help = "Examples:
  ddalert connect --audit --topic BadIoTDevices
  ddalert connect --all-profiles --audit --topic BadIoTDevices --dry-run
  ddalert connect --disconnect --topic BadIoTDevices")]
pub(crate) struct Connect {
    /// Send the alerts of this security profile to the topic (repeatable)
    #[arg(long, value_name = "PROFILE")]
    profile_name: Vec<String>,
    /// Send the alerts of every security profile of the region
    #[arg(long, conflicts_with = "profile_name")]
    all_profiles: bool,
    /// Send the results of audits
    #[arg(long)]
    audit: bool,
    /// Remove the topic from what this command connected: from everything, or only from the profiles and --audit that you name
    #[arg(long)]
    disconnect: bool,
    /// Overwrite another topic or role that is set already
    #[arg(long, conflicts_with = "disconnect")]
    replace: bool,
    /// Create the topic even if one with a similar name exists, or if --replace moves alerts to it
    #[arg(long, conflicts_with = "disconnect")]
    new_topic: bool,
    #[command(flatten)]
    rules: RulesInput,
    #[command(flatten)]
    changing: Changing,
}

/// Returns what Device Defender needs the role for.
fn need<'a>(topic: &'a TopicContext, spec: &PublishingSpec<'_>) -> Need<'a> {
    let publish = (
        TOPIC_ACTIONS.map(str::to_owned).to_vec(),
        topic.topic.to_string(),
    );
    let encrypt = spec
        .key
        .map(|key| (KEY_ACTIONS.map(str::to_owned).to_vec(), key.to_owned()));
    let source = match spec.profiles.first() {
        Some(profile) => format!("securityprofile/{profile}"),
        // An audit comes under the account's own ARN, which has nothing behind the last colon.
        None => String::new(),
    };
    Need {
        service: "iot.amazonaws.com",
        source: topic.place.arn("iot", &source),
        account: &topic.place.account,
        region: &topic.place.region,
        calls: [publish].into_iter().chain(encrypt).collect(),
        context: Vec::new(),
    }
}

impl Connect {
    pub(crate) async fn run(self, context: &Context) -> Result<Exit, CliError> {
        let nothing_named = self.profile_name.is_empty() && !self.all_profiles && !self.audit;
        if nothing_named && !self.disconnect {
            return Err(CliError::usage("name what should publish to the topic")
                .hint("add --audit, --all-profiles, or --profile-name NAME"));
        }
        let topic = context.located_topic().await?;
        let rules = self.rules.rules(&topic.place)?;
        let name = &topic.topic.name;
        if topic.topic.is_fifo() {
            return Err(CliError::usage(format!(
                "{name} is a FIFO topic, to which Device Defender cannot publish"
            ))
            .hint("name a standard topic"));
        }
        let progress = context
            .ui
            .progress("Reading what Device Defender publishes to");
        let attributes = identity::topic(&topic.clients, &topic.topic).await?;
        let key = kms_key(
            &topic,
            attributes
                .as_ref()
                .and_then(|attributes| attributes.kms_key.as_deref()),
        )
        .await?;
        let (have, foreign) = observe(&topic.clients, &topic.topic, attributes.is_some()).await?;
        drop(progress);
        if foreign {
            let role = connect_role(&topic.topic);
            return Err(CliError::failed(format!(
                "the role {role} exists and was not created by ddalert"
            ))
            .because("it has the name but not the tag managed-by=ddalert, so it is not overwritten")
            .hint(format!(
                "hand it over: {}",
                topic.aws_global(&format!(
                    "iam tag-role --role-name {role} --tags Key=managed-by,Value=ddalert"
                ))
            )));
        }
        check_path(&rules, have.role.as_ref())?;
        let profiles = self.profiles(&have, nothing_named)?;
        let spec = PublishingSpec {
            topic: &topic.topic,
            key: key.as_deref(),
            profiles: &profiles,
            audit: self.audit || nothing_named,
            disconnect: self.disconnect,
            replace: self.replace,
            rules: &rules,
            version: env!("CARGO_PKG_VERSION"),
        };
        if attributes.is_none() && !self.disconnect {
            self.check_new_topic(context, &topic).await?;
        }
        self.check(context, &topic, &spec, &have)?;
        if !self.disconnect {
            check_given(context, &topic.clients, &rules, &need(&topic, &spec)).await?;
        }
        let plan = plan(&wanted(&spec, &have), &have, &topic.topic, &rules.tags);
        let targets = [PublishingTarget {
            topic: &topic,
            spec,
            plan,
        }];
        let done = reconcile(context, &self.changing, &targets, async || Ok(())).await?;
        let [target] = targets;
        let plan = &target.plan;
        let summary = match (done.applied, plan.is_empty()) {
            (true, _) if self.disconnect => {
                format!("Device Defender no longer publishes to {name} through ddalert.")
            }
            (true, _) => format!("Device Defender publishes to {name}."),
            (false, true) if self.disconnect => {
                format!("Nothing to change: ddalert connected nothing to {name}.")
            }
            (false, true) => format!("Nothing to change: Device Defender publishes to {name}."),
            (false, false) => would_be_made(plan.len()),
        };
        let applied = done.applied;
        context
            .ui
            .answer(&[target.report(done.outcome(0), summary)])?;
        if applied && !self.disconnect {
            context.ui.hint(format_args!(
                "check the whole chain: {}",
                topic.ddalert("doctor")
            ));
        }
        Ok(done.exit)
    }

    /// Refuses to create a topic whose name may be another one's mistyped: alerts would go to a topic that nobody reads.
    async fn check_new_topic(
        &self,
        context: &Context,
        topic: &TopicContext,
    ) -> Result<(), CliError> {
        if self.new_topic {
            return Ok(());
        }
        let name = &topic.topic.name;
        let similar = context.similar_topic(topic).await?;
        let missing = || {
            CliError::usage(format!(
                "there is no topic {name} in {} of the account {}",
                topic.topic.region, topic.topic.account
            ))
        };
        match similar {
            Some(similar) => Err(missing()
                .because(format!(
                    "there is a topic {similar}; nothing was changed (--new-topic creates {name} all the same)"
                ))
                .hint(format!("did you mean {similar}? Give it with --topic {}", quote(&similar)))),
            None if self.replace => Err(missing()
                .because(format!(
                    "alerts are not moved to a topic that does not exist yet; nothing was changed (--new-topic creates {name} and \
                     moves them)"
                ))
                .hint("check the name of the topic, and the region (--region)")),
            None => Ok(()),
        }
    }

    fn profiles(
        &self,
        have: &PublishingState,
        nothing_named: bool,
    ) -> Result<Vec<String>, CliError> {
        if self.all_profiles || nothing_named {
            return Ok(have.profiles.keys().cloned().collect());
        }
        let Some(unknown) = self
            .profile_name
            .iter()
            .find(|name| !have.profiles.contains_key(*name))
        else {
            return Ok(self.profile_name.clone());
        };
        let names: Vec<&str> = have.profiles.keys().map(String::as_str).collect();
        let hint = match names.as_slice() {
            [] => "this region has none; name another with --region, or connect the audit with --audit".to_owned(),
            names => format!("this region has: {}", names.join(", ")),
        };
        Err(CliError::failed(format!("there is no security profile {unknown}")).hint(hint))
    }

    /// Refuses what AWS would refuse, or what would take alerts away from somebody.
    fn check(
        &self,
        context: &Context,
        topic: &TopicContext,
        spec: &PublishingSpec<'_>,
        have: &PublishingState,
    ) -> Result<(), CliError> {
        let conflicts = conflicts(spec, have);
        if !conflicts.is_empty() {
            return Err(CliError::failed(format!(
                "alerts go to another topic already: {}",
                conflicts.join("; ")
            ))
            .because("a security profile, and the audit, has one SNS target, which is overwritten only with --replace; nothing was changed")
            .hint("subscribe to that topic: give it with --topic to deploy-… or subscribe-sms"));
        }
        if self.disconnect {
            return Ok(());
        }
        if self.audit && have.audit.checks.is_empty() {
            return Err(CliError::failed("no audit check is enabled in this region")
                .because("AWS accepts a notification target only if at least one check is enabled")
                .hint(format!(
                    "enable one: {}, where ROLE has the managed policy AWSIoTDeviceDefenderAudit",
                    topic.aws(
                        "iot update-account-audit-configuration --audit-check-configurations \
                         '{\"LOGGING_DISABLED_CHECK\":{\"enabled\":true}}' --role-arn ROLE",
                    )
                )));
        }
        if self.all_profiles && have.profiles.is_empty() {
            let none = "there is no security profile in this region";
            if !self.audit {
                return Err(CliError::failed(none)
                    .because(CLOSED)
                    .hint("connect the results of audits: --audit"));
            }
            context.ui.warn(format_args!("{none}; {CLOSED}"));
        }
        Ok(())
    }
}
