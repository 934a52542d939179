//! Each subscribed function: does it exist, does it run, and is it what ddalert deployed?

use super::check::{Check, FindingSeverity, Occurrence};
use super::occurrences::{in_functions, in_relays, in_relays_to_redeploy, in_subscribers};
use super::remedies::{
    deploy_relay, enable_key, name_the_destination, recreate, redeploy, redeploy_sms,
};
use super::runtime;
use super::snapshot::{
    ChainSnapshot, FunctionSettings, FunctionSnapshot, Lookup, Part, Reading, RelaySnapshot,
    UntaggedResource,
};
use crate::arn::resource_name;
use crate::chain::names::function_of;
use crate::chain::spec::{MEMORY_MB, RUNTIME, TIMEOUT_S};
use crate::destination::sms::PhoneNumber;
use crate::destination::sms::SMS_TARGET;
use crate::destination::{DESTINATIONS, destination};

pub(super) const CHECKS: &[Check] = &[
    Check {
        code: "DD024",
        severity: FindingSeverity::Error,
        reads: &[Reading::Function],
        title: "A subscribed function does not exist",
        consequence: "SNS discards every alert for it without retrying; only a buffer keeps its alerts, for 14 days",
        remedy: "`ddalert deploy-TARGET` creates a relay again; for any other function, `aws sns unsubscribe --subscription-arn ARN`.",
        part: Part::Function,
        find: missing,
    },
    Check {
        code: "DD026",
        severity: FindingSeverity::Error,
        reads: &[Reading::Function],
        title: "A subscribed function is in the state Failed",
        consequence: "the function does not run: its alerts end up in the failure queue or are lost",
        remedy: "`aws lambda update-function-configuration --function-name NAME` makes Lambda try again.",
        part: Part::Function,
        find: failed,
    },
    Check {
        code: "DD027",
        severity: FindingSeverity::Warning,
        reads: &[Reading::Function],
        title: "The last update of a subscribed function failed",
        consequence: "the function still runs as it did before the update",
        remedy: "`aws lambda update-function-configuration --function-name NAME` makes Lambda try again.",
        part: Part::Function,
        find: update_failed,
    },
    Check {
        code: "DD028",
        severity: FindingSeverity::Error,
        reads: &[Reading::Function],
        title: "A subscribed function has a reserved concurrency of 0",
        consequence: "the function never runs: its alerts end up in the failure queue or are lost",
        remedy: "`aws lambda delete-function-concurrency --function-name NAME`.",
        part: Part::Function,
        find: zero_concurrency,
    },
    Check {
        code: "DD029",
        severity: FindingSeverity::Warning,
        reads: &[Reading::Function],
        title: "A subscribed function uses a deprecated runtime",
        consequence: "the function gets no security patches, and one day it can no longer be updated",
        remedy: "`ddalert deploy-TARGET`; for a function that is not a relay, `aws lambda update-function-configuration --function-name NAME --runtime RUNTIME`.",
        part: Part::Function,
        find: deprecated_runtime,
    },
    Check {
        code: "DD030",
        severity: FindingSeverity::Warning,
        reads: &[Reading::FunctionTags],
        title: "A relay was deployed by another version of ddalert",
        consequence: "it may lack fixes and features of this version",
        remedy: "`ddalert deploy-TARGET`.",
        part: Part::Function,
        find: other_version,
    },
    Check {
        code: "DD053",
        severity: FindingSeverity::Error,
        reads: &[Reading::FunctionTags],
        title: "The code or the architecture of a relay is not what ddalert deployed",
        consequence: "nobody knows what the function does with an alert; on the wrong architecture it does not start",
        remedy: "`ddalert deploy-TARGET`.",
        part: Part::Function,
        find: other_code,
    },
    Check {
        code: "DD055",
        severity: FindingSeverity::Error,
        reads: &[Reading::Function],
        title: "The environment of a relay names the wrong destination, no destination, no valid phone number, or no valid number for its digests",
        consequence: "the relay does not start, or sends messages that its room does not accept: its alerts end up in the failure queue",
        remedy: "`ddalert deploy-TARGET`; for the relay to phones, `ddalert subscribe-sms +NUMBER --readable`.",
        part: Part::Function,
        find: wrong_destination,
    },
    Check {
        code: "DD058",
        severity: FindingSeverity::Error,
        reads: &[Reading::Function],
        title: "A relay uses a runtime that cannot run it",
        consequence: "the relay does not start: its alerts end up in the failure queue",
        remedy: "`ddalert deploy-TARGET`.",
        part: Part::Function,
        find: other_runtime,
    },
    Check {
        code: "DD059",
        severity: FindingSeverity::Warning,
        reads: &[Reading::Function],
        title: "A relay has less time or memory than ddalert sets, or other log settings",
        consequence: "deliveries to a slow room are cut off, or alerts cannot be traced in the log",
        remedy: "`ddalert deploy-TARGET`.",
        part: Part::Function,
        find: other_settings,
    },
    Check {
        code: "DD061",
        severity: FindingSeverity::Note,
        reads: &[Reading::Function],
        title: "A relay is attached to a VPC",
        consequence: "it reaches its room and AWS only if the VPC has a route to the internet",
        remedy: "`aws lambda update-function-configuration --function-name NAME --vpc-config SubnetIds=[],SecurityGroupIds=[]` detaches it. Nothing to do if the VPC has such a route.",
        part: Part::Function,
        find: in_a_vpc,
    },
    Check {
        code: "DD082",
        severity: FindingSeverity::Error,
        reads: &[Reading::FunctionKey],
        title: "The KMS key of the environment of a function is not enabled",
        consequence: "the function does not start: its alerts end up in the failure queue or are lost",
        remedy: "`aws kms enable-key --key-id KEY`, after `aws kms cancel-key-deletion --key-id KEY` if the key is scheduled for deletion. If the key no longer exists, `aws lambda update-function-configuration --function-name NAME --kms-key-arn ''`.",
        part: Part::Function,
        find: key_unusable,
    },
    Check {
        code: "DD083",
        severity: FindingSeverity::Note,
        reads: &[Reading::Function],
        title: "A subscribed function is in the state Inactive",
        consequence: "the next alert is late by the seconds in which Lambda starts the function again",
        remedy: "`ddalert test-publish` wakes it.",
        part: Part::Function,
        find: inactive,
    },
];

fn missing(chain: &ChainSnapshot) -> Vec<Occurrence> {
    in_subscribers(chain, |subscriber| {
        let unsubscribe = || {
            chain.aws(&format!(
                "sns unsubscribe --subscription-arn {}",
                subscriber.arn
            ))
        };
        subscriber.function.is_missing().then(|| {
            let endpoint = &subscriber.endpoint;
            let what = match function_of(endpoint).filter(|_| subscriber.protocol == "sqs") {
                Some(function) => format!(
                    "the function {function}, which takes alerts from the buffer {}, does not exist",
                    resource_name(endpoint)
                ),
                None => format!("the function {endpoint} does not exist"),
            };
            (
                what,
                recreate(chain, subscriber).unwrap_or_else(|| unsubscribe().into()),
            )
        })
    })
}

fn reason(reason: Option<&String>) -> &str {
    reason.map_or("Lambda gives no reason", String::as_str)
}

/// Returns the command that makes Lambda repeat what failed: an update that changes nothing.
fn repeat_update(chain: &ChainSnapshot, function: &FunctionSnapshot) -> String {
    chain.aws(&format!(
        "lambda update-function-configuration --function-name {}",
        function.name
    ))
}

fn failed(chain: &ChainSnapshot) -> Vec<Occurrence> {
    in_functions(chain, |function| {
        let what = || {
            format!(
                "the function {} is in the state Failed: {}",
                function.name,
                reason(function.state_reason.as_ref())
            )
        };
        (function.state == "Failed").then(|| (what(), repeat_update(chain, function)))
    })
}

fn update_failed(chain: &ChainSnapshot) -> Vec<Occurrence> {
    in_functions(chain, |function| {
        let what = || {
            format!(
                "the last update of the function {} failed: {}",
                function.name,
                reason(function.last_update_reason.as_ref())
            )
        };
        (function.last_update == "Failed").then(|| (what(), repeat_update(chain, function)))
    })
}

fn zero_concurrency(chain: &ChainSnapshot) -> Vec<Occurrence> {
    in_functions(chain, |function| {
        let name = &function.name;
        (function.reserved_concurrency == Some(0)).then(|| {
            (
                format!("the function {name} has a reserved concurrency of 0"),
                chain.aws(&format!(
                    "lambda delete-function-concurrency --function-name {name}"
                )),
            )
        })
    })
}

fn deprecated_runtime(chain: &ChainSnapshot) -> Vec<Occurrence> {
    in_functions(chain, |function| {
        let FunctionSnapshot { name, runtime, .. } = function;
        // DD058 reports a relay with a runtime that cannot run it.
        let deprecation = runtime::deprecation(runtime, chain.today)
            .filter(|_| function.relay.is_none() || *runtime == RUNTIME)?;
        let what = format!(
            "the runtime {runtime} of {name} has been deprecated since {}",
            deprecation.date
        );
        let remedy = match function.relay.as_deref() {
            Some(relay) => redeploy(chain, relay),
            None => chain
                .aws(&format!(
                    "lambda update-function-configuration --function-name {name} --runtime {}",
                    deprecation.successor
                ))
                .into(),
        };
        Some((what, remedy))
    })
}

fn other_version(chain: &ChainSnapshot) -> Vec<Occurrence> {
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

fn other_code(chain: &ChainSnapshot) -> Vec<Occurrence> {
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

fn wrong_destination(chain: &ChainSnapshot) -> Vec<Occurrence> {
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

fn other_runtime(chain: &ChainSnapshot) -> Vec<Occurrence> {
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

fn other_settings(chain: &ChainSnapshot) -> Vec<Occurrence> {
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

fn in_a_vpc(chain: &ChainSnapshot) -> Vec<Occurrence> {
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

fn key_unusable(chain: &ChainSnapshot) -> Vec<Occurrence> {
    in_functions(chain, |function| {
        let (key, name) = (function.key.as_ref()?, &function.name);
        let state = key.unusable.as_deref()?;
        let (why, remedy) = match state {
            "missing" => (
                "does not exist".to_owned(),
                chain
                    .aws(&format!(
                        "lambda update-function-configuration --function-name {name} --kms-key-arn ''"
                    ))
                    .into(),
            ),
            state => (
                format!("is in the state {state}"),
                enable_key(chain, key, state),
            ),
        };
        let what = format!("the KMS key {} of the environment of {name} {why}", key.id);
        Some((what, remedy))
    })
}

fn inactive(chain: &ChainSnapshot) -> Vec<Occurrence> {
    in_functions(chain, |function| {
        (function.state == "Inactive").then(|| {
            (
                format!("the function {} is in the state Inactive", function.name),
                chain.ddalert("test-publish"),
            )
        })
    })
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use crate::chain::checks::tests::*;

    #[test]
    fn dd024_function_missing() {
        finds("DD024", DEPLOY, |chain| {
            subscriber(chain).function = Lookup::Missing
        });
        finds_in(healthy_buffered(), "DD024", DEPLOY, |chain| {
            subscriber(chain).function = Lookup::Missing
        });
    }

    #[test]
    fn dd026_failed() {
        finds("DD026", "update-function-configuration", |chain| {
            function(chain).state = "Failed".into()
        });
    }

    #[test]
    fn dd027_update_failed() {
        finds("DD027", "update-function-configuration", |chain| {
            function(chain).last_update = "Failed".into()
        });
    }

    #[test]
    fn dd028_zero_concurrency() {
        finds("DD028", "delete-function-concurrency", |chain| {
            function(chain).reserved_concurrency = Some(0)
        });
    }

    #[test]
    fn dd029_deprecated_runtime() {
        finds("DD029", DEPLOY, |chain| chain.today = date(2029, 6, 30));
        finds(
            "DD029",
            "aws lambda update-function-configuration --function-name ddalert-slack-BadIoTDevices --runtime python3.14",
            |chain| {
                function(chain).runtime = "python3.9".into();
                function(chain).relay = None;
            },
        );
    }

    #[test]
    fn dd030_other_version() {
        finds("DD030", DEPLOY, |chain| {
            relay(chain).version = Lookup::Found("0.9.0".into())
        });
        finds("DD030", DEPLOY, |chain| {
            relay(chain).version = Lookup::Missing
        });
        let mut chain = healthy();
        relay(&mut chain).version = Lookup::NotChecked;
        assert_eq!(
            diagnose(&chain),
            [],
            "tags that cannot be read are not missing"
        );
    }

    #[test]
    fn dd053_other_code() {
        finds("DD053", DEPLOY, |chain| {
            relay(chain).code = "x86_64:other=".into()
        });
        let mut chain = healthy();
        relay(&mut chain).code = "arm64:abc=".into();
        assert!(
            diagnose(&chain)[0]
                .what
                .contains("runs on arm64, but ddalert deployed it for x86_64")
        );
        relay(&mut chain).deployed_code = None;
        assert_eq!(
            diagnose(&chain),
            [],
            "without the tag, what was deployed is unknown"
        );
    }

    #[test]
    fn dd055_wrong_destination() {
        finds("DD055", DEPLOY, |chain| {
            relay(chain).target = "slakc".into()
        });
        advises("DD055", "subscribe-sms again, with --readable", |chain| {
            phone_relay(chain, account(|_| {}));
            relay(chain).environment.phones = vec!["nobody".into()];
        });
        advises("DD055", "subscribe-sms again, with --readable", |chain| {
            phone_relay(chain, account(|_| {}));
            relay(chain).environment.phones.clear();
        });
        finds("DD055", DEPLOY, |chain| {
            relay(chain).environment.digest_over = Some("many".into());
        });
    }

    #[test]
    fn dd058_other_runtime() {
        finds("DD058", DEPLOY, |chain| {
            function(chain).runtime = "python3.14".into()
        });
        finds("DD058", DEPLOY, |chain| {
            function(chain).runtime = "provided.al2".into()
        });
    }

    #[test]
    fn dd059_other_settings() {
        finds("DD059", DEPLOY, |chain| relay(chain).settings.timeout_s = 3);
        finds("DD059", DEPLOY, |chain| {
            relay(chain).settings.memory_mb = 64
        });
        finds("DD059", DEPLOY, |chain| {
            relay(chain).settings.json_logs = false
        });
        let mut chain = healthy();
        (
            relay(&mut chain).settings.timeout_s,
            relay(&mut chain).settings.memory_mb,
        ) = (60, 256);
        assert_eq!(
            diagnose(&chain),
            [],
            "more time and memory than needed is fine"
        );
    }

    #[test]
    fn dd061_in_a_vpc() {
        finds(
            "DD061",
            "--vpc-config SubnetIds=[],SecurityGroupIds=[]",
            |chain| relay(chain).settings.vpc = Some("vpc-1".into()),
        );
    }

    #[test]
    fn the_name_of_a_relay_shows_its_destination() {
        finds("DD055", DEPLOY, |chain| {
            relay(chain).target = "teams".into()
        });
        finds("DD055", DEPLOY, |chain| relay(chain).target = String::new());
        advises("DD024", "--name pager", |chain| {
            subscriber(chain).endpoint =
                "arn:aws:lambda:eu-central-1:123456789012:function:pager".into();
            subscriber(chain).function = Lookup::Missing;
            chain.tagged_functions = ["pager".to_owned()].into();
        });
    }

    #[test]
    fn dd082_key_unusable() {
        for (state, remedy) in [
            ("Disabled", "aws kms enable-key --key-id k"),
            ("missing", "--kms-key-arn ''"),
        ] {
            finds("DD082", remedy, |chain| {
                function(chain).key = Some(KmsKey {
                    id: "k".into(),
                    unusable: Some(state.into()),
                    ..KmsKey::default()
                });
            });
        }
    }

    #[test]
    fn dd083_inactive() {
        finds("DD083", "ddalert test-publish", |chain| {
            function(chain).state = "Inactive".into()
        });
    }
}
