//! The topic that a command is about, and the way to its account.

use crate::arn::TopicArn;
use crate::aws::{Clients, subscription};
use crate::chain::names::{AccountRegion, ResourceNames};
use crate::cli::error::CliError;

/// The topic that a command is about, and the way to its account.
pub(in crate::cli) struct TopicContext {
    pub(in crate::cli) clients: Clients,
    pub(in crate::cli) place: AccountRegion,
    /// Who calls, as STS names them; `None` if it does not say.
    pub(in crate::cli) caller: Option<String>,
    pub(in crate::cli) topic: TopicArn,
}

impl TopicContext {
    /// Returns a command of ddalert about the topic, ready to be pasted; `command` is what is typed after `ddalert`.
    pub(in crate::cli) fn ddalert(&self, command: &str) -> String {
        let place = self.clients.command_place();
        place.about(&self.topic).ddalert(command)
    }

    /// Returns a command of the AWS CLI in the topic's region, ready to be pasted; `command` is what is typed after `aws`.
    pub(in crate::cli) fn aws(&self, command: &str) -> String {
        let place = self.clients.command_place();
        place.in_region(&self.topic.region).aws(command)
    }

    /// Returns a command of the AWS CLI for IAM, which has no regions, ready to be pasted.
    pub(in crate::cli) fn aws_global(&self, command: &str) -> String {
        self.clients.command_place().aws_global(command)
    }

    /// Returns the names of what belongs to the relay to `target`; `function` overrides the function's name.
    pub(in crate::cli) fn names(&self, target: &str, function: Option<&str>) -> ResourceNames {
        ResourceNames::new(target, &self.topic, self.place.clone(), function)
    }

    /// Returns the phones that are subscribed to the topic, as SNS names them.
    ///
    /// # Errors
    /// The subscriptions cannot be listed.
    pub(in crate::cli) async fn subscribed_phones(&self) -> Result<Vec<String>, CliError> {
        let listed = subscription::list_if_any(&self.clients, &self.topic).await?;
        let phones = listed.into_iter().filter(|listed| listed.protocol == "sms");
        Ok(phones.map(|listed| listed.endpoint).collect())
    }
}
