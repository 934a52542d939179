//! `connect`: makes Device Defender publish to the topic, and undoes it.

use std::fmt;
use std::time::Duration;

use clap::Args;
use serde::Serialize;
use tokio::time::{Instant, sleep};

use crate::aws::device_defender::{apply, observe};
use crate::aws::{AwsError, AwsErrorKind, identity, secret};
use crate::chain::publishing::{
    PublishingChange, PublishingSpec, PublishingState, conflicts, plan, wanted,
};
use crate::cli::args::Changing;
use crate::cli::context::{Context, PlanProgress, TopicContext};
use crate::cli::error::{CliError, Exit};
use crate::cli::reconcile::{go_ahead, would_be_made};

/// How long AWS may take to show what was just written.
const PATIENCE: Duration = Duration::from_secs(30);
const PAUSE: Duration = Duration::from_millis(500);

/// Make Device Defender publish to the topic
///
/// Makes the topic where it is missing and a role that only Device Defender of this account may assume, and gives the role and
/// the topic to security profiles as alert target, to the audit as notification target, or both. Nothing else of them is
/// changed. Detect is closed to new customers since 2026-08-31: only accounts that use it already have security profiles. Audit
/// is open to all.
#[derive(Clone, Debug, Args)]
pub(crate) struct Connect {
    /// A security profile whose alerts go to the topic; may be given more than once
    #[arg(long, value_name = "PROFILE")]
    profile_name: Vec<String>,
    /// Every security profile of the region
    #[arg(long, conflicts_with = "profile_name")]
    all_profiles: bool,
    /// The results of audits
    #[arg(long)]
    audit: bool,
    /// Take the topic off again where this command put it; without more said, everywhere
    #[arg(long)]
    disconnect: bool,
    /// Overwrite another topic or role that is there already
    #[arg(long, conflicts_with = "disconnect")]
    replace: bool,
    #[command(flatten)]
    changing: Changing,
}

/// What `connect` answers.
#[derive(Debug, Serialize)]
struct Connected {
    /// The ARN of the topic.
    topic: String,
    /// Whether the changes were made, or only planned.
    applied: bool,
    /// The changes.
    changes: Vec<PublishingChange>,
    /// What it means, one sentence.
    summary: String,
}

impl fmt::Display for Connected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.applied {
            for step in &self.changes {
                writeln!(f, "{step}")?;
            }
        }
        f.write_str(&self.summary)
    }
}

impl Connect {
    pub(crate) async fn run(self, context: &Context) -> Result<Exit, CliError> {
        let nothing_named = self.profile_name.is_empty() && !self.all_profiles && !self.audit;
        if nothing_named && !self.disconnect {
            return Err(
                CliError::usage("what is to publish to the topic is not named")
                    .hint("add --audit, --all-profiles, or --profile-name NAME"),
            );
        }
        let chain = context.located_one().await?;
        if chain.topic.is_fifo() {
            return Err(CliError::usage(format!(
                "{} is a FIFO topic, to which Device Defender does not publish",
                chain.topic.name
            ))
            .hint("name a standard topic"));
        }
        let progress = context.ui.progress("Looking at Device Defender");
        let attributes = identity::topic(&chain.clients, &chain.topic).await?;
        let key = key(
            &chain,
            attributes
                .as_ref()
                .and_then(|attributes| attributes.kms_key.as_deref()),
        )
        .await?;
        let (have, foreign) = observe(&chain.clients, &chain.topic, attributes.is_some()).await?;
        drop(progress);
        if foreign {
            let name = crate::chain::names::connect_role(&chain.topic);
            return Err(CliError::failed(format!("the role {name} exists and was not made by ddalert"))
                .because("it bears the name but not the tag managed-by=ddalert, so it is not overwritten")
                .hint(format!("hand it over: aws iam tag-role --role-name {name} --tags Key=managed-by,Value=ddalert")));
        }
        let request = PublishingSpec {
            topic: &chain.topic,
            key: key.as_deref(),
            profiles: &self.profiles(&have, nothing_named)?,
            audit: self.audit || nothing_named,
            disconnect: self.disconnect,
            replace: self.replace,
            version: env!("CARGO_PKG_VERSION"),
        };
        self.check(context, &request, &have)?;
        let steps = plan(&wanted(&request, &have), &have, &chain.topic);
        let applied = !self.changing.dry_run && !steps.is_empty();
        if applied {
            if !self.changing.yes {
                steps.iter().for_each(|step| context.ui.status(step));
                go_ahead(context, steps.len()).await?;
            }
            carry_out(context, &chain, &request, &steps).await?;
        }
        let exit = if self.changing.exit_code && !steps.is_empty() {
            Exit::HasChanges
        } else {
            Exit::Done
        };
        let name = &chain.topic.name;
        let summary = match (applied, steps.is_empty()) {
            (true, _) if self.disconnect => {
                format!("Device Defender no longer publishes to {name} through ddalert.")
            }
            (true, _) => format!("Device Defender publishes to {name}."),
            (false, true) if self.disconnect => {
                format!("Nothing to change: nothing of {name} was connected by ddalert.")
            }
            (false, true) => format!("Nothing to change: Device Defender publishes to {name}."),
            (false, false) => would_be_made(steps.len()),
        };
        context.ui.answer(&Connected {
            topic: chain.topic.to_string(),
            applied,
            changes: steps,
            summary,
        })?;
        if applied && !self.disconnect {
            context.ui.hint(format_args!(
                "look at the whole chain: ddalert doctor --topic {name}"
            ));
        }
        Ok(exit)
    }

    fn profiles(
        &self,
        have: &PublishingState,
        nothing_named: bool,
    ) -> Result<Vec<String>, CliError> {
        if self.all_profiles || nothing_named {
            return Ok(have.profiles.keys().cloned().collect());
        }
        if let Some(unknown) = self
            .profile_name
            .iter()
            .find(|name| !have.profiles.contains_key(*name))
        {
            let names: Vec<&str> = have.profiles.keys().map(String::as_str).collect();
            let hint = match names.as_slice() {
                [] => "there is none in this region; name another with --region, or connect the audit with --audit".to_owned(),
                names => format!("security profiles there are: {}", names.join(", ")),
            };
            return Err(
                CliError::failed(format!("there is no security profile {unknown}")).hint(hint),
            );
        }
        Ok(self.profile_name.clone())
    }

    /// Refuses what AWS would refuse, or what would take alerts away from somebody.
    fn check(
        &self,
        context: &Context,
        request: &PublishingSpec<'_>,
        have: &PublishingState,
    ) -> Result<(), CliError> {
        let conflicts = conflicts(request, have);
        if !conflicts.is_empty() {
            return Err(CliError::failed(format!(
                "alerts go elsewhere already: {}",
                conflicts.join("; ")
            ))
            .because("a security profile, and the audit, has one SNS target; nothing was changed")
            .hint("add --replace to overwrite it, or subscribe to the topic that is there"));
        }
        if self.disconnect {
            return Ok(());
        }
        if self.audit && have.audit.checks.is_empty() {
            return Err(CliError::failed("no audit check is switched on in this region")
                .because("AWS takes no notification target before the first check is on")
                .hint(
                    "switch one on: aws iot update-account-audit-configuration --audit-check-configurations \
                     '{\"LOGGING_DISABLED_CHECK\":{\"enabled\":true}}' --role-arn ROLE, where ROLE has the managed policy \
                     AWSIoTDeviceDefenderAudit",
                ));
        }
        if self.all_profiles && have.profiles.is_empty() {
            const CLOSED: &str =
                "Detect is closed to new customers since 2026-08-31; Audit is open to all";
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

/// Returns the ARN of the topic's key, where the topic is encrypted.
async fn key(chain: &TopicContext, key: Option<&str>) -> Result<Option<String>, CliError> {
    let Some(key) = key.filter(|key| !key.is_empty()) else {
        return Ok(None);
    };
    let aws_managed = || {
        let command = format!(
            "aws sns set-topic-attributes --topic-arn {} --attribute-name KmsMasterKeyId --attribute-value KEY",
            chain.topic
        );
        CliError::failed(format!(
            "the topic {} is encrypted with a key that AWS manages",
            chain.topic.name
        ))
        .because("AWS IoT cannot be let use such a key, so that no alert would get through")
        .hint(format!("take a key of your own: {command}"))
    };
    if key.contains("alias/aws/") {
        return Err(aws_managed());
    }
    match secret::key(&chain.clients, key).await? {
        secret::KeyDescription {
            aws_managed: true, ..
        } => Err(aws_managed()),
        secret::KeyDescription { arn, .. } => Ok(Some(arn)),
    }
}

/// Makes the steps, and observes until nothing is left to change.
async fn carry_out(
    context: &Context,
    chain: &TopicContext,
    request: &PublishingSpec<'_>,
    steps: &[PublishingChange],
) -> Result<(), CliError> {
    let all = steps.len();
    let progress = context.ui.progress("");
    for (done, step) in steps.iter().enumerate() {
        context.note(PlanProgress { done, all });
        progress.set(format!("{}/{all} {step}", done + 1));
        if let Err(failure) = apply(&chain.clients, step).await {
            drop(progress);
            return Err(stopped(failure, &steps[done..], done));
        }
        progress.done(&context.ui, step);
    }
    context.note(PlanProgress { done: all, all });
    progress.set("Looking whether AWS holds what was wanted");
    let end = Instant::now() + PATIENCE;
    loop {
        let topic_is_there = identity::topic(&chain.clients, &chain.topic)
            .await?
            .is_some();
        let (have, _) = observe(&chain.clients, &chain.topic, topic_is_there).await?;
        let left = plan(&wanted(request, &have), &have, &chain.topic);
        if left.is_empty() {
            return Ok(());
        }
        if Instant::now() >= end {
            return Err(CliError::failed("AWS does not hold what was written")
                .because(format!(
                    "after {} s it still needs: {}",
                    PATIENCE.as_secs(),
                    listed(&left)
                ))
                .hint(
                    "somebody else may be changing the same resources; run the same command again",
                ));
        }
        sleep(PAUSE).await;
    }
}

fn stopped(failure: AwsError, left: &[PublishingChange], done: usize) -> CliError {
    let conflict = matches!(&failure.kind, AwsErrorKind::Refused { code } if code == "VersionConflictException");
    let mut error = CliError::from(failure);
    error.causes.push(format!(
        "{done} of {} changes were made; not made: {}",
        done + left.len(),
        listed(left)
    ));
    if conflict {
        return error.hint("somebody changed the security profile meanwhile; run the same command again: it looks anew");
    }
    error.hint.get_or_insert_with(|| {
        "mend the cause and run the same command again: it goes on from what it finds".to_owned()
    });
    error
}

fn listed(steps: &[PublishingChange]) -> String {
    steps
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join("; ")
}
