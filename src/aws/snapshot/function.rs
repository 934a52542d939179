//! The functions behind the topic, whoever made them.

use futures_util::future::try_join3;
use serde_json::Value;

use super::SnapshotReader;
use crate::aws::{AwsError, buffer, function};
use crate::chain::checks::snapshot::{FunctionSnapshot, Link, Lookup, Reading};
use crate::chain::names::{ResourceNames, function_of};
use crate::chain::state::Trigger;

impl SnapshotReader<'_> {
    /// Reads the function that a buffer is emptied by, where the queue `arn` is a relay's buffer.
    pub(super) async fn buffered_function(
        &self,
        link: Link,
        arn: &str,
    ) -> Result<Lookup<FunctionSnapshot>, AwsError> {
        let Some(name) = self.local(arn, "sqs").as_deref().and_then(|queue| {
            // The failure queue has the name of a function in it as well.
            queue.ends_with("-buffer").then(|| function_of(arn))?
        }) else {
            return Ok(Lookup::NotChecked);
        };
        let names = ResourceNames::new("", self.topic, self.place.clone(), Some(&name));
        let found = self
            .function(link, &names.function_arn(), Trigger::Sqs)
            .await?;
        match found {
            Lookup::Found(found) if found.relay.is_some() => Ok(Lookup::Found(found)),
            Lookup::Missing => {
                // The queue may be anybody's; it is a relay's that is gone where it has our tag.
                let buffer = buffer::observe(self.clients, &names).await;
                let buffer = self.record(link, Reading::Buffer, buffer)?;
                let is_ours = buffer.found().is_some_and(|(_, is_ours, _)| *is_ours);
                Ok(if is_ours {
                    Lookup::Missing
                } else {
                    Lookup::NotChecked
                })
            }
            _ => Ok(Lookup::NotChecked),
        }
    }

    pub(super) async fn function(
        &self,
        link: Link,
        arn: &str,
        trigger: Trigger,
    ) -> Result<Lookup<FunctionSnapshot>, AwsError> {
        let resource = self.local(arn, "lambda");
        let Some(qualified) = resource
            .as_deref()
            .and_then(|resource| resource.strip_prefix("function:"))
        else {
            self.note(
                link,
                Reading::Function,
                format!("reading the function {arn}"),
                "it is in another account or region".to_owned(),
            );
            return Ok(Lookup::NotChecked);
        };
        // A version or an alias has permissions of its own; what else a relay consists of has the name of the function.
        let name = qualified
            .split_once(':')
            .map_or(qualified, |(name, _)| name);
        let found = match self.record(
            link,
            Reading::Function,
            function::get(self.clients, qualified).await,
        )? {
            Lookup::Found(found) => found,
            Lookup::Missing => return Ok(Lookup::Missing),
            Lookup::NotChecked => return Ok(Lookup::NotChecked),
        };
        let policy = async {
            let policy = function::policy(self.clients, qualified).await;
            // A policy whose last statement was removed is as good as none.
            let is_empty = |policy: &Value| {
                policy.is_null() || policy["Statement"].as_array().is_some_and(Vec::is_empty)
            };
            let policy = policy.map(|policy| Some(policy).filter(|policy| !is_empty(policy)));
            self.record(link, Reading::FunctionPolicy, policy)
        };
        let Some(configuration) = found.configuration() else {
            return Ok(Lookup::NotChecked);
        };
        let key = async {
            match configuration.kms_key_arn().filter(|key| !key.is_empty()) {
                Some(key) => self
                    .key(link, Reading::FunctionKey, key.to_owned())
                    .await
                    .map(Some),
                None => Ok(None),
            }
        };
        let (policy, relay, key) = try_join3(
            policy,
            Box::pin(self.relay(link, name, &found, trigger)),
            key,
        )
        .await?;
        let architecture = function::architecture(configuration);
        Ok(Lookup::Found(FunctionSnapshot {
            name: name.to_owned(),
            runtime: configuration
                .runtime()
                .map(|runtime| runtime.as_str().to_owned())
                .unwrap_or_default(),
            architecture: architecture.to_owned(),
            state: configuration
                .state()
                .map(|state| state.as_str().to_owned())
                .unwrap_or_default(),
            state_reason: configuration.state_reason().map(str::to_owned),
            last_update: configuration
                .last_update_status()
                .map(|status| status.as_str().to_owned())
                .unwrap_or_default(),
            last_update_reason: configuration.last_update_status_reason().map(str::to_owned),
            reserved_concurrency: found
                .concurrency()
                .and_then(|concurrency| concurrency.reserved_concurrent_executions()),
            policy,
            key,
            relay: relay.map(Box::new),
        }))
    }
}
