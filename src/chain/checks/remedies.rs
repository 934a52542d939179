//! The commands that fix what the checks find, ready to be pasted.

use super::snapshot::{ChainSnapshot, KmsKey, RelaySnapshot, SubscriberSnapshot};
use crate::arn::resource_name;
use crate::chain::delivery::shown_endpoint;
use crate::chain::names::function_of;
use crate::destination::DESTINATIONS;
use crate::destination::sms::PhoneNumber;
use crate::destination::sms::SMS_TARGET;

impl ChainSnapshot {
    /// Returns a command of ddalert for this topic.
    pub(super) fn ddalert(&self, command: &str) -> String {
        self.place.about(&self.topic).ddalert(command)
    }

    /// Returns a command of the AWS CLI in this topic's region.
    pub(super) fn aws(&self, command: &str) -> String {
        self.place.in_region(&self.topic.region).aws(command)
    }

    /// Returns a command of the AWS CLI for IAM, which has no regions; `command` begins with `iam`.
    pub(super) fn aws_global(&self, command: &str) -> String {
        self.place.aws_global(command)
    }
}

/// Returns the name of a subscriber as findings show it: its function's name, its phone number with the middle masked, or its
/// endpoint.
pub(super) fn subscriber_name(subscriber: &SubscriberSnapshot) -> String {
    match subscriber.protocol.as_str() {
        "lambda" => resource_name(&subscriber.endpoint).to_owned(),
        "sqs" if subscriber.relay().is_some() => resource_name(&subscriber.endpoint).to_owned(),
        _ => shown_endpoint(&subscriber.endpoint),
    }
}

/// Returns the command of ddalert that creates the subscriber again, or `None` if ddalert does not create such subscribers.
pub(super) fn recreate(chain: &ChainSnapshot, subscriber: &SubscriberSnapshot) -> Option<String> {
    match subscriber.protocol.as_str() {
        "sms" => Some(chain.ddalert("subscribe-sms --subscribed")),
        "lambda" => match subscriber.relay() {
            Some(relay) => Some(redeploy(chain, relay)),
            None => recreate_by_name(chain, subscriber),
        },
        "sqs" => match subscriber.relay() {
            Some(relay) => Some(redeploy(chain, relay)),
            None if subscriber.function.is_missing() => recreate_by_name(chain, subscriber),
            None => None,
        },
        _ => None,
    }
}

/// Returns the command that creates a relay again whose environment is gone: its name shows its destination, unless `--name` set
/// another one.
fn recreate_by_name(chain: &ChainSnapshot, subscriber: &SubscriberSnapshot) -> Option<String> {
    let function = function_of(&subscriber.endpoint)?;
    if chain.default_function(SMS_TARGET) == function {
        return Some(chain.ddalert("subscribe-sms +NUMBER --readable"));
    }
    let mut targets = DESTINATIONS.iter().map(|destination| destination.name);
    if let Some(target) = targets.find(|target| chain.default_function(target) == function) {
        return Some(chain.ddalert(&format!("deploy-{target}")));
    }
    let was_relay = subscriber.function.is_missing() && chain.tagged_functions.contains(&function);
    was_relay.then(|| chain.ddalert(&format!("deploy-TARGET --name {function}")))
}

/// Returns the command that deploys the relay again.
pub(super) fn redeploy(chain: &ChainSnapshot, relay: &RelaySnapshot) -> String {
    if relay.target == SMS_TARGET {
        return redeploy_sms(chain, relay);
    }
    deploy(chain, &relay.target, &relay.names.function)
}

/// Returns the command that deploys the relay to phones again. It asks for the numbers if the environment has none.
pub(super) fn redeploy_sms(chain: &ChainSnapshot, relay: &RelaySnapshot) -> String {
    let has_numbers = relay
        .environment
        .phones
        .iter()
        .any(|phone| phone.parse::<PhoneNumber>().is_ok());
    let phones = if has_numbers {
        "--subscribed"
    } else {
        "+NUMBER"
    };
    chain.ddalert(&format!("subscribe-sms {phones} --readable"))
}

/// Returns the command that deploys a relay to `target` as `function`.
pub(super) fn deploy(chain: &ChainSnapshot, target: &str, function: &str) -> String {
    chain.ddalert(&format!(
        "deploy-{target}{}",
        name_option(chain, target, function)
    ))
}

/// Returns the command that makes a KMS key in `state` usable again.
pub(super) fn enable_key(chain: &ChainSnapshot, key: &KmsKey, state: &str) -> String {
    let id = key.arn.as_deref().unwrap_or(&key.id);
    let enable = chain.aws(&format!("kms enable-key --key-id {id}"));
    match state {
        // A key whose deletion is cancelled is disabled.
        "PendingDeletion" => {
            let cancel = chain.aws(&format!("kms cancel-key-deletion --key-id {id}"));
            format!("{cancel} && {enable}")
        }
        _ => enable,
    }
}

/// Returns the option `--name` with a space before it, or nothing if `function` is the default name for `target`.
pub(super) fn name_option(chain: &ChainSnapshot, target: &str, function: &str) -> String {
    if chain.default_function(target) == function {
        String::new()
    } else {
        format!(" --name {function}")
    }
}
