//! The commands that fix what the checks find, ready to be pasted.

use super::check::Remedy;
use super::phone_remedies::subscribe_again;
use super::snapshot::{ChainSnapshot, KmsKey, RelaySnapshot, SubscriberSnapshot, UntaggedResource};
use crate::arn::resource_name;
use crate::chain::delivery::shown_endpoint;
use crate::chain::names::{TOPIC_TAG, function_of, topic_tag};
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

/// Returns how ddalert creates the subscriber again, or `None` if ddalert does not create such subscribers.
pub(super) fn recreate(chain: &ChainSnapshot, subscriber: &SubscriberSnapshot) -> Option<Remedy> {
    match subscriber.protocol.as_str() {
        "sms" => Some(subscribe_again(chain, "").into()),
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

/// Returns how a relay is created again whose environment is gone: its name shows its destination, unless `--name` set another
/// one.
fn recreate_by_name(chain: &ChainSnapshot, subscriber: &SubscriberSnapshot) -> Option<Remedy> {
    let function = function_of(&subscriber.endpoint)?;
    if chain.default_function(SMS_TARGET) == function {
        return Some(name_the_phones());
    }
    let mut targets = DESTINATIONS.iter().map(|destination| destination.name);
    if let Some(target) = targets.find(|target| chain.default_function(target) == function) {
        return Some(chain.ddalert(&format!("deploy-{target}")).into());
    }
    let was_relay = subscriber.function.is_missing() && chain.tagged_functions.contains(&function);
    was_relay.then(|| name_the_destination(&function))
}

/// Says what to do about a relay to phones whose numbers nothing shows.
pub(super) fn name_the_phones() -> Remedy {
    Remedy::advice(
        "nothing shows the numbers any more: whoever knows them has to give them to subscribe-sms again, with --readable",
    )
}

/// Says what to do about a relay whose destination nothing shows.
pub(super) fn name_the_destination(function: &str) -> Remedy {
    Remedy::advice(format!(
        "nothing shows its destination any more: whoever knows it has to deploy it again, with the deploy command of that \
         destination and --name {function}"
    ))
}

/// Returns how the relay is deployed again. A deploy refuses to touch what lacks the tag of ddalert, so what lacks it is tagged
/// first.
pub(super) fn redeploy(chain: &ChainSnapshot, relay: &RelaySnapshot) -> Remedy {
    redeploy_with(chain, relay, "")
}

/// Returns how the relay is deployed again, with `options`, which begin with a space.
pub(super) fn redeploy_with(chain: &ChainSnapshot, relay: &RelaySnapshot, options: &str) -> Remedy {
    if relay.target == SMS_TARGET {
        return redeploy_sms_with(chain, relay, options);
    }
    deploy_relay(chain, relay, &relay.target, options).into()
}

/// Returns the command that deploys the relay to this destination, with `options`.
pub(super) fn deploy_relay(
    chain: &ChainSnapshot,
    relay: &RelaySnapshot,
    target: &str,
    options: &str,
) -> String {
    let name = name_option(chain, target, &relay.names.function);
    let deploy = chain.ddalert(&format!("deploy-{target}{name}{options}"));
    after_tagging(chain, relay, deploy)
}

/// Returns how the relay to phones is deployed again.
pub(super) fn redeploy_sms(chain: &ChainSnapshot, relay: &RelaySnapshot) -> Remedy {
    redeploy_sms_with(chain, relay, "")
}

fn redeploy_sms_with(chain: &ChainSnapshot, relay: &RelaySnapshot, options: &str) -> Remedy {
    let mut phones = relay.environment.phones.iter();
    match phones.any(|phone| phone.parse::<PhoneNumber>().is_ok()) {
        true => after_tagging(chain, relay, subscribe_again(chain, options)).into(),
        false => name_the_phones(),
    }
}

/// Returns the command, behind those that give the relay's resources the tags they lack.
pub(super) fn after_tagging(
    chain: &ChainSnapshot,
    relay: &RelaySnapshot,
    command: String,
) -> String {
    match tag_resources(chain, relay) {
        Some(tag) => format!("{tag} && {command}"),
        None => command,
    }
}

/// Returns the commands that give the resources of a relay the tags of ddalert that they lack, or `None` if none lacks one.
pub(super) fn tag_resources(chain: &ChainSnapshot, relay: &RelaySnapshot) -> Option<String> {
    let topic = topic_tag(&chain.topic);
    let arns = relay.untagged.iter().filter_map(UntaggedResource::arn);
    let arns: Vec<&str> = arns.collect();
    let resources = (!arns.is_empty()).then(|| {
        chain.aws(&format!(
            "resourcegroupstaggingapi tag-resources --resource-arn-list {} --tags managed-by=ddalert,{TOPIC_TAG}={topic}",
            shell_words::join(arns)
        ))
    });
    let roles = relay.untagged.iter().filter_map(|untagged| match untagged {
        UntaggedResource::Role(name) => Some(chain.aws_global(&format!(
            "iam tag-role --role-name {name} --tags Key=managed-by,Value=ddalert Key={TOPIC_TAG},Value={topic}"
        ))),
        UntaggedResource::Arn(_) => None,
    });
    let commands: Vec<String> = resources.into_iter().chain(roles).collect();
    (!commands.is_empty()).then(|| commands.join(" && "))
}

/// Returns how a KMS key in `state` becomes usable again.
pub(super) fn enable_key(chain: &ChainSnapshot, key: &KmsKey, state: &str) -> Remedy {
    let id = key.arn.as_deref().unwrap_or(&key.id);
    let enable = chain.aws(&format!("kms enable-key --key-id {id}"));
    match state {
        "Disabled" => enable.into(),
        // A key whose deletion is cancelled is disabled.
        "PendingDeletion" => {
            let cancel = chain.aws(&format!("kms cancel-key-deletion --key-id {id}"));
            format!("{cancel} && {enable}").into()
        }
        // Such as PendingImport or Unavailable (KMS developer guide, "Key states").
        _ => Remedy::advice(format!(
            "an administrator of the KMS key {id} has to bring it from the state {state} to the state Enabled"
        )),
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

/// Returns the command that sets attributes of a queue, by its name.
pub(super) fn set_queue_attributes(chain: &ChainSnapshot, queue: &str, attributes: &str) -> String {
    let url = chain.aws(&format!(
        "sqs get-queue-url --queue-name {queue} --query QueueUrl --output text"
    ));
    chain.aws(&format!(
        "sqs set-queue-attributes --queue-url \"$({url})\" --attributes {attributes}"
    ))
}
