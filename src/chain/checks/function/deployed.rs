//! Whether a relay is what ddalert deployed: its code, its environment and its settings.

use crate::chain::checks::check::Occurrence;
use crate::chain::checks::occurrences::{in_functions, in_relays, in_relays_to_redeploy};
use crate::chain::checks::remedies::{deploy_relay, name_the_destination, redeploy, redeploy_sms};
use crate::chain::checks::snapshot::{
    ChainSnapshot, FunctionSettings, FunctionSnapshot, Lookup, RelaySnapshot, UntaggedResource,
};
use crate::chain::spec::{MEMORY_MB, RUNTIME, TIMEOUT_S};
use crate::destination::sms::{PhoneNumber, SMS_TARGET};
use crate::destination::{DESTINATIONS, destination};

pub(super) fn other_version(chain: &ChainSnapshot) -> Vec<Occurrence> {
    in_relays_to_redeploy(chain, |relay| {
        // DD066 reports a function that has lost its tags.
        let function = relay.names.function_arn();
        let lost_tags = |untagged: &UntaggedResource| untagged.arn() == Some(&function);
        if relay.untagged.iter().any(lost_tags) {
            return None;
        }
        let deployed_by = match &relay.version {
            Lookup::Found(version) if *version == chain.version => return None,
            Lookup::Found(version) => format!("ddalert {version}"),
            Lookup::Missing => "an unknown version of ddalert".to_owned(),
            Lookup::NotChecked => return None,
        };
        Some(format!(
            "the relay {} was deployed by {deployed_by}; this is ddalert {}",
            relay.names.function, chain.version
        ))
    })
}

pub(super) fn other_code(chain: &ChainSnapshot) -> Vec<Occurrence> {
    in_relays_to_redeploy(chain, |relay| {
        let tag = relay
            .deployed_code
            .as_ref()
            .filter(|deployed| **deployed != relay.code)?;
        let architecture = |code: &str| code.split(':').next().unwrap_or_default().to_owned();
        let (deployed, actual) = (architecture(tag), architecture(&relay.code));
        let function = &relay.names.function;
        Some(match deployed == actual {
            true => format!("the code of {function} is not what ddalert deployed"),
            false => format!("{function} runs on {actual}, but ddalert deployed it for {deployed}"),
        })
    })
}

pub(super) fn wrong_destination(chain: &ChainSnapshot) -> Vec<Occurrence> {
    in_relays(chain, |relay| {
        let RelaySnapshot {
            target,
            names,
            environment,
            ..
        } = relay;
        let function = &names.function;
        // The name of the function shows its destination, unless --name set another one.
        let named_after = DESTINATIONS
            .iter()
            .map(|destination| destination.name)
            .chain([SMS_TARGET])
            .find(|target| chain.default_function(target) == *function);
        let is_no_count = |text: &str| text.trim().parse::<u32>().is_err();
        let bad_count = |function: &str| {
            format!(
                "DDALERT_DIGEST_OVER in the environment of {function} is not a whole number from 0"
            )
        };
        let is_number = |phone: &String| phone.parse::<PhoneNumber>().is_ok();
        let what = match (target.as_str(), named_after) {
            (SMS_TARGET, _) if !environment.phones.iter().all(is_number) => {
                format!("the environment of {function} contains an invalid phone number")
            }
            (SMS_TARGET, _) if environment.phones.is_empty() => {
                format!("the environment of {function} contains no phone number")
            }
            (SMS_TARGET, _) if environment.digest_over.as_deref().is_some_and(is_no_count) => {
                bad_count(function)
            }
            (SMS_TARGET, _) => return None,
            ("", _) => format!("the environment of {function} names no destination"),
            _ if destination(target).is_none() => {
                format!("the environment of {function} names an unknown destination: {target}")
            }
            (_, Some(other)) if other != target => format!(
                "{function} is named like a relay to {other}, but its environment names the destination {target}"
            ),
            _ if environment.digest_over.as_deref().is_some_and(is_no_count) => bad_count(function),
            _ => return None,
        };
        let remedy = match named_after {
            Some(SMS_TARGET) => redeploy_sms(chain, relay),
            Some(target) => deploy_relay(chain, relay, target, "").into(),
            None if target == SMS_TARGET => redeploy(chain, relay),
            None => name_the_destination(function),
        };
        Some((what, remedy))
    })
}

pub(super) fn other_runtime(chain: &ChainSnapshot) -> Vec<Occurrence> {
    in_functions(chain, |function| {
        let relay = function.relay.as_deref()?;
        let FunctionSnapshot { name, runtime, .. } = function;
        (runtime != RUNTIME).then(|| {
            (
                format!("{name} uses the runtime {runtime}, but a relay needs {RUNTIME}"),
                redeploy(chain, relay),
            )
        })
    })
}

pub(super) fn other_settings(chain: &ChainSnapshot) -> Vec<Occurrence> {
    in_relays_to_redeploy(chain, |relay| {
        let FunctionSettings {
            memory_mb,
            timeout_s,
            json_logs,
            vpc: _,
        } = &relay.settings;
        let differences = [
            (
                *timeout_s < TIMEOUT_S,
                format!("a timeout of {timeout_s} s instead of {TIMEOUT_S} s"),
            ),
            (
                *memory_mb < MEMORY_MB,
                format!("{memory_mb} MB of memory instead of {MEMORY_MB} MB"),
            ),
            (
                !json_logs,
                "a log that is not JSON, not in its own log group, or without level INFO"
                    .to_owned(),
            ),
        ];
        let differences: Vec<String> = differences
            .into_iter()
            .filter_map(|(differs, what)| differs.then_some(what))
            .collect();
        (!differences.is_empty())
            .then(|| format!("{} has {}", relay.names.function, differences.join(", ")))
    })
}

pub(super) fn in_a_vpc(chain: &ChainSnapshot) -> Vec<Occurrence> {
    in_relays(chain, |relay| {
        let (vpc, function) = (relay.settings.vpc.as_ref()?, &relay.names.function);
        let command = format!(
            "lambda update-function-configuration --function-name {function} --vpc-config SubnetIds=[],SecurityGroupIds=[]"
        );
        Some((
            format!("{function} is attached to the VPC {vpc}"),
            chain.aws(&command),
        ))
    })
}
