//! Each function behind the topic: is it there, does it run, and is it what ddalert deployed?

use super::remedies::{
    again, deploy, deploy_named, each, functions, relays, relays_with, text_again,
};
use super::snapshot::{ChainSnapshot, FunctionSnapshot, Link, RelaySnapshot, Seen, Settings};
use super::{Check, FindingSeverity, Occurrence, Part, runtime};
use crate::chain::spec::{MEMORY_MB, RUNTIME, TIMEOUT_S};
use crate::destination::sms::PhoneNumber;
use crate::destination::sms::SMS_TARGET;
use crate::destination::{DESTINATIONS, destination};

pub(super) const CHECKS: &[Check] = &[
    Check {
        code: "DD024",
        severity: FindingSeverity::Error,
        title: "A subscribed function is not there",
        consequence: "SNS discards every alert to it without trying again",
        part: Part::Function,
        look: function_missing,
    },
    Check {
        code: "DD026",
        severity: FindingSeverity::Error,
        title: "A subscribed function is in the state Failed",
        consequence: "the function does not run: its alerts end in the failure queue, or are lost",
        part: Part::Function,
        look: failed,
    },
    Check {
        code: "DD027",
        severity: FindingSeverity::Warning,
        title: "The last update of a subscribed function failed",
        consequence: "the function runs on as it was before",
        part: Part::Function,
        look: update_failed,
    },
    Check {
        code: "DD028",
        severity: FindingSeverity::Error,
        title: "A subscribed function has a reserved concurrency of 0",
        consequence: "the function never runs: its alerts end in the failure queue, or are lost",
        part: Part::Function,
        look: throttled_to_nothing,
    },
    Check {
        code: "DD029",
        severity: FindingSeverity::Warning,
        title: "A subscribed function has a deprecated runtime",
        consequence: "it gets no security fixes, and one day cannot be updated",
        part: Part::Function,
        look: runtime_deprecated,
    },
    Check {
        code: "DD030",
        severity: FindingSeverity::Warning,
        title: "A relay was written by another version of ddalert",
        consequence: "it may lack what this version mends or shows",
        part: Part::Function,
        look: other_version,
    },
    Check {
        code: "DD053",
        severity: FindingSeverity::Error,
        title: "The code or the architecture of a relay is not what ddalert deployed",
        consequence: "nobody knows what becomes of an alert; with another architecture the relay does not start",
        part: Part::Function,
        look: other_code,
    },
    Check {
        code: "DD055",
        severity: FindingSeverity::Error,
        title: "The environment of a relay names no destination that it knows, another than its own, or no phone",
        consequence: "the relay does not start, or sends what its room does not take: its alerts end in the failure queue",
        part: Part::Function,
        look: no_destination,
    },
    Check {
        code: "DD058",
        severity: FindingSeverity::Error,
        title: "The runtime of a relay is not one that runs it",
        consequence: "the relay does not start: its alerts end in the failure queue",
        part: Part::Function,
        look: other_runtime,
    },
    Check {
        code: "DD059",
        severity: FindingSeverity::Warning,
        title: "A relay has less time or memory than ddalert gives it, or another logging",
        consequence: "a slow room is given up early, or an alert cannot be followed",
        part: Part::Function,
        look: other_settings,
    },
    Check {
        code: "DD061",
        severity: FindingSeverity::Note,
        title: "A relay is attached to a VPC",
        consequence: "it reaches its room and AWS only where the VPC has a way out",
        part: Part::Function,
        look: in_a_vpc,
    },
];

fn function_missing(chain: &ChainSnapshot) -> Vec<Occurrence> {
    each(chain, |_, subscriber| {
        let mend = || {
            let unsubscribe = || {
                chain.aws(&format!(
                    "sns unsubscribe --subscription-arn {}",
                    subscriber.arn
                ))
            };
            again(chain, subscriber).unwrap_or_else(unsubscribe)
        };
        subscriber.function.is_missing().then(|| {
            (
                format!("the function {} is not there", subscriber.endpoint),
                mend(),
            )
        })
    })
}

fn reason(reason: Option<&String>) -> &str {
    reason.map_or("Lambda gives no reason", String::as_str)
}

fn failed(chain: &ChainSnapshot) -> Vec<Occurrence> {
    functions(chain, |function| {
        let what = || {
            format!(
                "the function {} is in the state Failed: {}",
                function.name,
                reason(function.state_reason.as_ref())
            )
        };
        (function.state == "Failed").then(|| (what(), update(chain, function)))
    })
}

/// An update that changes nothing makes Lambda try again what failed.
fn update(chain: &ChainSnapshot, function: &FunctionSnapshot) -> String {
    chain.aws(&format!(
        "lambda update-function-configuration --function-name {}",
        function.name
    ))
}

fn update_failed(chain: &ChainSnapshot) -> Vec<Occurrence> {
    functions(chain, |function| {
        let what = || {
            format!(
                "the last update of the function {} failed: {}",
                function.name,
                reason(function.last_update_reason.as_ref())
            )
        };
        (function.last_update == "Failed").then(|| (what(), update(chain, function)))
    })
}

fn throttled_to_nothing(chain: &ChainSnapshot) -> Vec<Occurrence> {
    functions(chain, |function| {
        let mend = || {
            chain.aws(&format!(
                "lambda delete-function-concurrency --function-name {}",
                function.name
            ))
        };
        (function.reserved_concurrency == Some(0)).then(|| {
            (
                format!(
                    "the function {} has a reserved concurrency of 0",
                    function.name
                ),
                mend(),
            )
        })
    })
}

fn runtime_deprecated(chain: &ChainSnapshot) -> Vec<Occurrence> {
    functions(chain, |function| {
        // Of a relay on another runtime than its own that is said instead.
        let (ended, successor) = runtime::deprecated(&function.runtime, &chain.today)
            .filter(|_| function.relay.is_none() || function.runtime == RUNTIME)?;
        let what = format!(
            "the runtime {} of {} is deprecated since {ended}",
            function.runtime, function.name
        );
        let mend = match function.relay.as_deref() {
            Some(relay) => deploy(chain, relay),
            None => chain.aws(&format!(
                "lambda update-function-configuration --function-name {} --runtime {successor}",
                function.name
            )),
        };
        Some((what, mend))
    })
}

fn other_version(chain: &ChainSnapshot) -> Vec<Occurrence> {
    relays(chain, |relay| {
        let version = match &relay.version {
            Seen::Found(version) => version.as_str(),
            Seen::Missing => "an unknown version",
            Seen::NotChecked => return None,
        };
        (version != chain.version).then(|| {
            format!(
                "the relay {} is of ddalert {version}, and this is {}",
                relay.names.function, chain.version
            )
        })
    })
}

fn other_code(chain: &ChainSnapshot) -> Vec<Occurrence> {
    relays(chain, |relay| {
        let deployed = relay
            .deployed_code
            .as_ref()
            .filter(|deployed| **deployed != relay.code)?;
        let architecture = |code: &str| code.split(':').next().unwrap_or_default().to_owned();
        let (had, has) = (architecture(deployed), architecture(&relay.code));
        let function = &relay.names.function;
        Some(match had == has {
            true => format!("the code of {function} is not what ddalert deployed"),
            false => format!("{function} runs on {has}, and ddalert deployed it for {had}"),
        })
    })
}

fn no_destination(chain: &ChainSnapshot) -> Vec<Occurrence> {
    relays_with(chain, |relay| {
        let RelaySnapshot {
            target,
            names,
            environment,
            ..
        } = relay;
        // What it was is told by its name, where nobody chose another.
        let all = DESTINATIONS
            .iter()
            .map(|destination| destination.name)
            .chain([SMS_TARGET]);
        let usual = all
            .into_iter()
            .find(|usual| chain.usual_function(usual) == names.function);
        let is_phone = |phone: &String| phone.parse::<PhoneNumber>().is_ok();
        let what = match target == SMS_TARGET {
            true if !environment.phones.iter().all(is_phone) => {
                format!(
                    "the environment of {} names something that is no phone number",
                    names.function
                )
            }
            true if environment.phones.is_empty() => {
                format!("the environment of {} names no phone", names.function)
            }
            false if target.is_empty() => {
                format!("the environment of {} names no destination", names.function)
            }
            false if destination(target).is_none() => {
                format!(
                    "the environment of {} names a destination that no relay knows: {target}",
                    names.function
                )
            }
            false if usual.is_some_and(|usual| usual != *target) => {
                format!(
                    "{} is called as one to {} is, and its environment says {target}",
                    names.function,
                    usual.unwrap_or_default()
                )
            }
            _ => return None,
        };
        let remedy = match usual {
            Some(SMS_TARGET) => text_again(chain, relay),
            Some(usual) => deploy_named(chain, usual, &names.function),
            None if target == SMS_TARGET => deploy(chain, relay),
            // Nobody can tell what it was.
            None => chain.ddalert(&format!("deploy-TARGET --name {}", names.function)),
        };
        Some((what, remedy))
    })
}

fn other_runtime(chain: &ChainSnapshot) -> Vec<Occurrence> {
    let hit = |(link, function, relay): (Link, &FunctionSnapshot, &RelaySnapshot)| {
        let what = || {
            format!(
                "the runtime of {} is {}, and a relay runs on {RUNTIME}",
                function.name, function.runtime
            )
        };
        (function.runtime != RUNTIME).then(|| Occurrence {
            link,
            what: what(),
            remedy: deploy(chain, relay),
        })
    };
    chain.relays().filter_map(hit).collect()
}

fn other_settings(chain: &ChainSnapshot) -> Vec<Occurrence> {
    relays(chain, |relay| {
        let Settings {
            memory_mb,
            timeout_s,
            json_logs,
            vpc: _,
        } = &relay.settings;
        let differs = [
            (
                *timeout_s < TIMEOUT_S,
                format!("a timeout of {timeout_s} s, not {TIMEOUT_S}"),
            ),
            (
                *memory_mb < MEMORY_MB,
                format!("{memory_mb} MB, not {MEMORY_MB}"),
            ),
            (
                !json_logs,
                "a log that is not JSON, is elsewhere, or leaves out what arrived".to_owned(),
            ),
        ];
        let differs: Vec<String> = differs
            .into_iter()
            .filter_map(|(differs, what)| differs.then_some(what))
            .collect();
        (!differs.is_empty())
            .then(|| format!("{} has {}", relay.names.function, differs.join(", ")))
    })
}

fn in_a_vpc(chain: &ChainSnapshot) -> Vec<Occurrence> {
    relays_with(chain, |relay| {
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
