//! Device Defender's side of a topic as a target of the change engine.

use super::change_report::Subject;
use super::context::TopicContext;
use super::error::CliError;
use super::reconcile::Target;
use crate::aws::device_defender::{apply, observe};
use crate::aws::{AwsErrorKind, identity, kms};
use crate::chain::names::connect_role;
use crate::chain::plan::Plan;
use crate::chain::publishing::{PublishingChange, PublishingSpec, plan, wanted};

/// Device Defender's side of a topic as a target of the change engine.
pub(super) struct PublishingTarget<'a> {
    pub(super) topic: &'a TopicContext,
    pub(super) spec: PublishingSpec<'a>,
    pub(super) plan: Plan<PublishingChange>,
}

impl Target for PublishingTarget<'_> {
    type Change = PublishingChange;

    fn name(&self) -> String {
        self.topic.topic.to_string()
    }

    fn subject(&self) -> Subject {
        Subject {
            name: connect_role(&self.topic.topic),
            topic: self.topic.topic.to_string(),
            relay: None,
        }
    }

    fn plan(&self) -> &Plan<PublishingChange> {
        &self.plan
    }

    async fn apply(&self, change: &PublishingChange) -> Result<(), CliError> {
        let applied = apply(&self.topic.clients, change).await;
        applied.map_err(|error| {
            let is_conflict = matches!(&error.kind, AwsErrorKind::Refused { code } if code == "VersionConflictException");
            let error = CliError::from(error);
            if !is_conflict {
                return error;
            }
            error.hint("somebody changed the security profile meanwhile; run the same command again")
        })
    }

    async fn remaining(&self) -> Result<Plan<PublishingChange>, CliError> {
        let TopicContext { clients, topic, .. } = self.topic;
        let exists = identity::topic(clients, topic).await?.is_some();
        let (have, _) = observe(clients, topic, exists).await?;
        let want = wanted(&self.spec, &have);
        Ok(plan(&want, &have, topic, &self.spec.rules.tags))
    }
}

/// Returns the ARN of the topic's key, where the topic is encrypted.
///
/// # Errors
/// The key cannot be read, or AWS manages it.
pub(super) async fn kms_key(
    topic: &TopicContext,
    key: Option<&str>,
) -> Result<Option<String>, CliError> {
    let Some(key) = key.filter(|key| !key.is_empty()) else {
        return Ok(None);
    };
    let aws_managed = || {
        let arn = &topic.topic;
        let command = topic.aws(&format!(
            "sns set-topic-attributes --topic-arn {arn} --attribute-name KmsMasterKeyId --attribute-value KEY"
        ));
        CliError::failed(format!("the topic {} is encrypted with an AWS managed key", arn.name))
            .because("AWS IoT cannot be granted access to an AWS managed key, so no alert would reach the topic")
            .hint(format!("use a key of your own: {command}"))
    };
    if key.contains("alias/aws/") {
        return Err(aws_managed());
    }
    match kms::key(&topic.clients, key).await? {
        kms::KeyDescription {
            aws_managed: true, ..
        } => Err(aws_managed()),
        kms::KeyDescription { arn, .. } => Ok(Some(arn)),
    }
}
