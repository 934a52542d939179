//! Whether the topics that are named exist, and whether alerts can pass through them.

use futures_util::future::{join, try_join_all};
use shell_words::quote;

use super::Context;
use super::topic_context::TopicContext;
use crate::arn::TopicArn;
use crate::aws::identity::TopicAttributes;
use crate::aws::{Clients, identity, kms};
use crate::cli::error::CliError;
use crate::cli::nearest::nearest;

impl Context {
    /// Checks that alerts can pass through each topic while something else is read that needs them to; what is wrong with a
    /// topic is said first.
    ///
    /// # Errors
    /// As [`check`](Self::check), and those of the other future.
    pub(in crate::cli) async fn checked_with<T>(
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
    pub(in crate::cli) async fn checked_for_alerts<T>(
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
    pub(super) async fn warn_of_key(&self, topic: &TopicContext, attributes: &TopicAttributes) {
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
    pub(in crate::cli) async fn check(
        &self,
        topic: &TopicContext,
    ) -> Result<TopicAttributes, CliError> {
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
    pub(in crate::cli) async fn missing_topic(
        &self,
        topic: &TopicContext,
    ) -> Result<Option<CliError>, CliError> {
        match identity::topic(&topic.clients, &topic.topic).await? {
            Some(_) => Ok(None),
            None => Ok(Some(self.no_such_topic(&topic.clients, &topic.topic).await)),
        }
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
    pub(in crate::cli) async fn similar_topic(
        &self,
        topic: &TopicContext,
    ) -> Result<Option<String>, CliError> {
        let others = identity::topics(&topic.clients).await?;
        let names = others.iter().map(|topic| topic.name.as_str());
        Ok(nearest(&topic.topic.name, names).map(str::to_owned))
    }
}
