//! Each function behind the topic, and all that belongs to a relay of ours: can it run, read its URL, and keep what fails?

use serde_json::Value;

use super::chain::{Chain, Denier, Function, Link, Reading, Relay, Settings};
use super::grants::{Call, Grant, grant, list};
use super::{Check, Hit, Part, Severity, runtime};
use crate::domain::names::SMS_TARGET;
use crate::domain::order::{ASYNC_MAX_AGE_S, ASYNC_RETRIES, MEMORY_MB, QUEUE_RETENTION_S, RUNTIME, TIMEOUT_S};
use crate::domain::policy::{execution_policy, same_but_sid};
use crate::domain::sms::PhoneNumber;
use crate::domain::webhook::{DESTINATIONS, destination};
use crate::domain::wiring::{Queue, WebhookPlace};

pub(super) const CHECKS: &[Check] = &[
    Check {
        code: "DD026",
        severity: Severity::Error,
        title: "A subscribed function is in the state Failed",
        consequence: "the function does not run: its alerts end in the failure queue, or are lost",
        part: Part::Function,
        look: failed,
    },
    Check {
        code: "DD027",
        severity: Severity::Warning,
        title: "The last update of a subscribed function failed",
        consequence: "the function runs on as it was before",
        part: Part::Function,
        look: update_failed,
    },
    Check {
        code: "DD028",
        severity: Severity::Error,
        title: "A subscribed function has a reserved concurrency of 0",
        consequence: "the function never runs: its alerts end in the failure queue, or are lost",
        part: Part::Function,
        look: throttled_to_nothing,
    },
    Check {
        code: "DD029",
        severity: Severity::Warning,
        title: "A subscribed function has a deprecated runtime",
        consequence: "it gets no security fixes, and one day cannot be updated",
        part: Part::Function,
        look: runtime_deprecated,
    },
    Check {
        code: "DD030",
        severity: Severity::Warning,
        title: "A relay was written by another version of ddalert",
        consequence: "it may lack what this version mends or shows",
        part: Part::Function,
        look: other_version,
    },
    Check {
        code: "DD031",
        severity: Severity::Warning,
        title: "The async settings of a relay do not keep what it fails on",
        consequence: "an alert that the room refuses is tried less often, or is gone",
        part: Part::FailureQueue,
        look: forgets_failures,
    },
    Check {
        code: "DD032",
        severity: Severity::Error,
        title: "The failure queue of a relay is not there",
        consequence: "an alert that the room refuses is gone",
        part: Part::FailureQueue,
        look: queue_missing,
    },
    Check {
        code: "DD033",
        severity: Severity::Error,
        title: "The execution role of a relay is not there",
        consequence: "the relay cannot start: its alerts end in the failure queue",
        part: Part::Role,
        look: role_missing,
    },
    Check {
        code: "DD034",
        severity: Severity::Error,
        title: "The execution role of a relay does not trust Lambda",
        consequence: "the relay cannot start: its alerts end in the failure queue",
        part: Part::Role,
        look: role_not_trusting,
    },
    Check {
        code: "DD035",
        severity: Severity::Error,
        title: "The execution role of a relay lacks what the relay needs",
        consequence: "the relay cannot read its webhook URL, write its log or keep its failures",
        part: Part::Role,
        look: role_lacks,
    },
    Check {
        code: "DD036",
        severity: Severity::Warning,
        title: "The execution role of a relay may do more than the relay needs",
        consequence: "none for alerts; who takes over the relay can do more",
        part: Part::Role,
        look: role_exceeds,
    },
    Check {
        code: "DD037",
        severity: Severity::Error,
        title: "A relay does not know where its webhook URL is",
        consequence: "the relay does not start: its alerts end in the failure queue",
        part: Part::WebhookUrl,
        look: no_webhook,
    },
    Check {
        code: "DD038",
        severity: Severity::Error,
        title: "The secret with the webhook URL of a relay is not there",
        consequence: "the relay cannot read its webhook URL: its alerts end in the failure queue",
        part: Part::WebhookUrl,
        look: secret_missing,
    },
    Check {
        code: "DD039",
        severity: Severity::Error,
        title: "The secret with the webhook URL of a relay waits for its deletion",
        consequence: "the relay cannot read its webhook URL: its alerts end in the failure queue",
        part: Part::WebhookUrl,
        look: secret_being_deleted,
    },
    Check {
        code: "DD040",
        severity: Severity::Error,
        title: "A relay names a secret that is not the present one",
        consequence: "the relay cannot read its webhook URL: its alerts end in the failure queue",
        part: Part::WebhookUrl,
        look: secret_dangling,
    },
    Check {
        code: "DD041",
        severity: Severity::Warning,
        title: "The log group of a relay is not there",
        consequence: "what became of an alert cannot be seen, and test-publish cannot confirm it",
        part: Part::Log,
        look: log_group_missing,
    },
    Check {
        code: "DD042",
        severity: Severity::Note,
        title: "The log group of a relay keeps its log for ever",
        consequence: "none for alerts; the log costs more every month",
        part: Part::Log,
        look: log_kept_for_ever,
    },
];

/// The checks that came after the first codes were given.
pub(super) const LATER: &[Check] = &[
    Check {
        code: "DD051",
        severity: Severity::Error,
        title: "The store does not hand out the webhook URL of a relay",
        consequence: "the relay cannot read its webhook URL: its alerts end in the failure queue",
        part: Part::WebhookUrl,
        look: secret_refused,
    },
    Check {
        code: "DD052",
        severity: Severity::Error,
        title: "What is stored as the webhook URL of a relay is none",
        consequence: "the relay cannot deliver: its alerts end in the failure queue",
        part: Part::WebhookUrl,
        look: secret_not_a_url,
    },
    Check {
        code: "DD053",
        severity: Severity::Error,
        title: "The code or the architecture of a relay is not what ddalert deployed",
        consequence: "nobody knows what becomes of an alert; with another architecture the relay does not start",
        part: Part::Function,
        look: other_code,
    },
    Check {
        code: "DD054",
        severity: Severity::Error,
        title: "The execution role of a relay is denied what the relay needs",
        consequence: "the relay cannot read its webhook URL, write its log or keep its failures",
        part: Part::Role,
        look: role_denied,
    },
    Check {
        code: "DD055",
        severity: Severity::Error,
        title: "The environment of a relay names no destination that it knows, or no phone",
        consequence: "the relay does not start: its alerts end in the failure queue",
        part: Part::Function,
        look: no_destination,
    },
];

/// The checks of a relay's settings.
pub(super) const SETTINGS: &[Check] = &[
    Check {
        code: "DD058",
        severity: Severity::Error,
        title: "The runtime of a relay is not one that runs it",
        consequence: "the relay does not start: its alerts end in the failure queue",
        part: Part::Function,
        look: other_runtime,
    },
    Check {
        code: "DD059",
        severity: Severity::Warning,
        title: "A relay has less time or memory than ddalert gives it, or another log format",
        consequence: "a slow room is given up early, or an alert cannot be followed",
        part: Part::Function,
        look: other_settings,
    },
    Check {
        code: "DD060",
        severity: Severity::Warning,
        title: "The failure queue of a relay keeps its messages shorter than 14 days, or unencrypted",
        consequence: "what failed is gone earlier, or can be read by more people, than it should",
        part: Part::FailureQueue,
        look: other_queue,
    },
    Check {
        code: "DD061",
        severity: Severity::Warning,
        title: "A relay is attached to a VPC",
        consequence: "it reaches its room and AWS only where the VPC has a way out",
        part: Part::Function,
        look: in_a_vpc,
    },
];

/// Returns the command that deploys the relay again.
pub(super) fn deploy(chain: &Chain, relay: &Relay) -> String {
    if relay.target == SMS_TARGET {
        let known = relay.environment.phones.iter().any(|phone| phone.parse::<PhoneNumber>().is_ok());
        let phones = if known { "--subscribed" } else { "+NUMBER" };
        return chain.ddalert(&format!("subscribe-sms {phones} --readable"));
    }
    deploy_named(chain, &relay.target, &relay.names.function)
}

/// Returns the command that deploys the relay of this destination and name; the name is said where it is not the usual one.
pub(super) fn deploy_named(chain: &Chain, target: &str, function: &str) -> String {
    let named = if chain.usual_function(target) == function { String::new() } else { format!(" --name {function}") };
    chain.ddalert(&format!("deploy-{target}{named}"))
}

/// Looks at each function; `look` returns what is wrong and, where deploying the relay again does not, what mends it.
fn functions(chain: &Chain, look: impl Fn(&Function) -> Option<(String, String)>) -> Vec<Hit> {
    chain.functions().filter_map(|(link, _, function)| look(function).map(|(what, remedy)| Hit { link, what, remedy })).collect()
}

/// Looks at each relay; `look` returns what is wrong and what mends it.
fn relays_with(chain: &Chain, look: impl Fn(&Relay) -> Option<(String, String)>) -> Vec<Hit> {
    chain.relays().filter_map(|(link, _, relay)| look(relay).map(|(what, remedy)| Hit { link, what, remedy })).collect()
}

/// Looks at each relay; what `look` says is mended by deploying it again.
fn relays(chain: &Chain, look: impl Fn(&Relay) -> Option<String>) -> Vec<Hit> {
    relays_with(chain, |relay| look(relay).map(|what| (what, deploy(chain, relay))))
}

fn reason(reason: Option<&String>) -> &str {
    reason.map_or("Lambda gives no reason", String::as_str)
}

fn failed(chain: &Chain) -> Vec<Hit> {
    functions(chain, |function| {
        let what =
            || format!("the function {} is in the state Failed: {}", function.name, reason(function.state_reason.as_ref()));
        (function.state == "Failed").then(|| (what(), update(chain, function)))
    })
}

/// An update that changes nothing makes Lambda try again what failed.
fn update(chain: &Chain, function: &Function) -> String {
    chain.aws(&format!("lambda update-function-configuration --function-name {}", function.name))
}

fn update_failed(chain: &Chain) -> Vec<Hit> {
    functions(chain, |function| {
        let what = || {
            format!("the last update of the function {} failed: {}", function.name, reason(function.last_update_reason.as_ref()))
        };
        (function.last_update == "Failed").then(|| (what(), update(chain, function)))
    })
}

fn throttled_to_nothing(chain: &Chain) -> Vec<Hit> {
    functions(chain, |function| {
        let mend = || chain.aws(&format!("lambda delete-function-concurrency --function-name {}", function.name));
        (function.reserved_concurrency == Some(0))
            .then(|| (format!("the function {} has a reserved concurrency of 0", function.name), mend()))
    })
}

fn runtime_deprecated(chain: &Chain) -> Vec<Hit> {
    functions(chain, |function| {
        let (ended, successor) = runtime::deprecated(&function.runtime, &chain.today)?;
        let what = format!("the runtime {} of {} is deprecated since {ended}", function.runtime, function.name);
        let mend = match function.relay.as_deref() {
            Some(relay) => deploy(chain, relay),
            None => chain
                .aws(&format!("lambda update-function-configuration --function-name {} --runtime {successor}", function.name)),
        };
        Some((what, mend))
    })
}

fn other_version(chain: &Chain) -> Vec<Hit> {
    relays(chain, |relay| {
        let version = relay.version.as_deref().unwrap_or("an unknown version");
        (version != chain.version)
            .then(|| format!("the relay {} is of ddalert {version}, and this is {}", relay.names.function, chain.version))
    })
}

fn forgets_failures(chain: &Chain) -> Vec<Hit> {
    relays(chain, |relay| {
        let kept = relay.asynchronous.found().is_some_and(|settings| {
            settings.on_failure.as_ref() == Some(&relay.names.queue_arn())
                && settings.retries == ASYNC_RETRIES
                && settings.max_age_s == ASYNC_MAX_AGE_S
        });
        let looked = relay.asynchronous.is_missing() || relay.asynchronous.found().is_some();
        (looked && !kept).then(|| {
            format!(
                "the async settings of {} are not {ASYNC_RETRIES} retries, 6 hours, failures to its queue",
                relay.names.function
            )
        })
    })
}

fn queue_missing(chain: &Chain) -> Vec<Hit> {
    chain
        .subscribers()
        .filter_map(|(link, subscriber)| {
            let relay = subscriber.function.found()?.relay.as_deref()?;
            // Where the subscription names the same queue, that is said there.
            let said = subscriber.dead_letters.is_missing()
                && subscriber
                    .subscription
                    .found()
                    .is_some_and(|held| held.dead_letters.as_ref() == Some(&relay.names.queue_arn()));
            let what = || format!("the failure queue {} is not there", relay.names.queue);
            (relay.queue.is_missing() && !said).then(|| Hit { link, what: what(), remedy: deploy(chain, relay) })
        })
        .collect()
}

fn role_missing(chain: &Chain) -> Vec<Hit> {
    relays(chain, |relay| relay.role.is_missing().then(|| format!("the execution role {} is not there", relay.names.role)))
}

fn role_not_trusting(chain: &Chain) -> Vec<Hit> {
    relays(chain, |relay| {
        let call = Call {
            principals: &["lambda.amazonaws.com"],
            action: "sts:AssumeRole",
            resource: None,
            source: &relay.names.function_arn(),
            account: &chain.topic.account,
        };
        let refused = matches!(grant(&relay.role.found()?.trust, &call), Grant::Silent | Grant::Denied);
        refused.then(|| format!("the execution role {} does not trust lambda.amazonaws.com", relay.names.role))
    })
}

/// What one policy has and the other has not, as its statements are called.
fn beyond(one: &Value, other: &Value) -> Vec<String> {
    let held = list(&other["Statement"]);
    let more = list(&one["Statement"]).iter().filter(|statement| !held.iter().any(|held| same_but_sid(held, statement)));
    more.map(|statement| statement["Sid"].as_str().map_or_else(|| statement["Action"].to_string(), str::to_owned)).collect()
}

/// The policy that the relay needs; unknown where the key of an encrypted URL could not be had.
fn needed(relay: &Relay) -> Option<Value> {
    let webhook = relay.environment.webhook.as_ref();
    let known = match webhook {
        Some(WebhookPlace::Kms { key, .. }) => !key.is_empty(),
        Some(_) => true,
        None => relay.target == SMS_TARGET,
    };
    known.then(|| execution_policy(&relay.names, webhook))
}

fn role_lacks(chain: &Chain) -> Vec<Hit> {
    relays(chain, |relay| {
        let lacks = beyond(&needed(relay)?, &relay.role.found()?.policy);
        (!lacks.is_empty()).then(|| format!("the execution role {} lacks: {}", relay.names.role, lacks.join(", ")))
    })
}

fn role_exceeds(chain: &Chain) -> Vec<Hit> {
    let exceeding = chain.relays().filter_map(|(link, _, relay)| {
        let role = &relay.names.role;
        let inline = match (needed(relay), relay.role.found()) {
            (Some(needed), Some(role)) => beyond(&role.policy, &needed),
            _ => Vec::new(),
        };
        // A policy that denies what is needed is told of as that.
        let others = if denies(relay, Denier::Policy) { &[] } else { others(relay) };
        let remedy = without_other(relay).filter(|_| !others.is_empty()).unwrap_or_else(|| deploy(chain, relay));
        let more: Vec<String> = inline.into_iter().chain(others.iter().cloned()).collect();
        let what = || format!("the execution role {role} may do more: {}", more.join(", "));
        (!more.is_empty()).then(|| Hit { link, what: what(), remedy })
    });
    exceeding.collect()
}

/// The policies of the role besides ours.
fn others(relay: &Relay) -> &[String] {
    relay.other_policies.found().map(Vec::as_slice).unwrap_or_default()
}

/// Returns the command that takes the first of the other policies from the role.
fn without_other(relay: &Relay) -> Option<String> {
    let role = &relay.names.role;
    let other = others(relay).first()?;
    Some(match other.starts_with("arn:") {
        true => format!("aws iam detach-role-policy --role-name {role} --policy-arn {other}"),
        false => format!("aws iam delete-role-policy --role-name {role} --policy-name {other}"),
    })
}

fn denies(relay: &Relay, denier: Denier) -> bool {
    relay.denied.found().is_some_and(|denied| denied.iter().any(|denied| denied.by == denier))
}

fn role_denied(chain: &Chain) -> Vec<Hit> {
    let mut hits = Vec::new();
    for (link, _, relay) in chain.relays() {
        let role = &relay.names.role;
        for denier in [Denier::Policy, Denier::Boundary, Denier::Organization] {
            let denied = relay.denied.found().into_iter().flatten().filter(|denied| denied.by == denier);
            let actions: Vec<&str> = denied.map(|denied| denied.action.as_str()).collect();
            if actions.is_empty() {
                continue;
            }
            let (what, remedy) = match denier {
                Denier::Policy => ("a policy of it", without_other(relay).unwrap_or_else(|| deploy(chain, relay))),
                Denier::Boundary => {
                    ("its permissions boundary", format!("aws iam delete-role-permissions-boundary --role-name {role}"))
                }
                Denier::Organization => (
                    "a policy of the organization",
                    format!(
                        "aws organizations list-policies-for-target --filter SERVICE_CONTROL_POLICY --target-id {}",
                        chain.topic.account
                    ),
                ),
            };
            hits.push(Hit {
                link,
                what: format!("the execution role {role} is denied {} by {what}", actions.join(", ")),
                remedy,
            });
        }
    }
    hits
}

fn secret_refused(chain: &Chain) -> Vec<Hit> {
    relays_with(chain, |relay| {
        let Reading::Refused { why } = relay.reading.found()? else { return None };
        // Under a key that is gone or disabled nothing new can be stored either.
        let store = match &relay.environment.webhook {
            Some(WebhookPlace::SecretsManager { .. }) => "ssm",
            _ => "secrets-manager",
        };
        let again = deploy(chain, relay);
        Some((
            format!("the webhook URL of {} cannot be read: {why}", relay.names.function),
            format!("{again} --secret-store {store}"),
        ))
    })
}

fn secret_not_a_url(chain: &Chain) -> Vec<Hit> {
    relays(chain, |relay| {
        (relay.reading.found() == Some(&Reading::NotAUrl))
            .then(|| format!("what is stored as the webhook URL of {} is none", relay.names.function))
    })
}

fn other_code(chain: &Chain) -> Vec<Hit> {
    relays(chain, |relay| {
        let deployed = relay.deployed_code.as_ref().filter(|deployed| **deployed != relay.code)?;
        let architecture = |code: &str| code.split(':').next().unwrap_or_default().to_owned();
        let (had, has) = (architecture(deployed), architecture(&relay.code));
        let function = &relay.names.function;
        Some(match had == has {
            true => format!("the code of {function} is not what ddalert deployed"),
            false => format!("{function} runs on {has}, and ddalert deployed it for {had}"),
        })
    })
}

fn no_destination(chain: &Chain) -> Vec<Hit> {
    relays_with(chain, |relay| {
        let Relay { target, names, environment, .. } = relay;
        let is_phone = |phone: &String| phone.parse::<PhoneNumber>().is_ok();
        let what = match target == SMS_TARGET {
            true if !environment.phones.iter().all(is_phone) => {
                format!("the environment of {} names something that is no phone number", names.function)
            }
            true if environment.phones.is_empty() => format!("the environment of {} names no phone", names.function),
            false if destination(target).is_none() => {
                format!("the environment of {} names a destination that no relay knows: {target}", names.function)
            }
            _ => return None,
        };
        // What it was is told by its name, where nobody chose another.
        let usual = DESTINATIONS.iter().find(|usual| chain.usual_function(usual.name) == names.function);
        let remedy = match usual {
            Some(usual) => deploy_named(chain, usual.name, &names.function),
            None if target == SMS_TARGET => deploy(chain, relay),
            None => chain.ddalert(&format!("deploy-slack --name {}", names.function)),
        };
        Some((what, remedy))
    })
}

fn other_runtime(chain: &Chain) -> Vec<Hit> {
    let hit = |(link, function, relay): (Link, &Function, &Relay)| {
        let what = || format!("the runtime of {} is {}, and a relay runs on {RUNTIME}", function.name, function.runtime);
        (!function.runtime.starts_with("provided.")).then(|| Hit { link, what: what(), remedy: deploy(chain, relay) })
    };
    chain.relays().filter_map(hit).collect()
}

fn other_settings(chain: &Chain) -> Vec<Hit> {
    relays(chain, |relay| {
        let Settings { memory_mb, timeout_s, json_logs, vpc: _ } = &relay.settings;
        let differs = [
            (*timeout_s < TIMEOUT_S, format!("a timeout of {timeout_s} s, not {TIMEOUT_S}")),
            (*memory_mb < MEMORY_MB, format!("{memory_mb} MB, not {MEMORY_MB}")),
            (!json_logs, "logs that are not JSON".to_owned()),
        ];
        let differs: Vec<String> = differs.into_iter().filter_map(|(differs, what)| differs.then_some(what)).collect();
        (!differs.is_empty()).then(|| format!("{} has {}", relay.names.function, differs.join(", ")))
    })
}

fn other_queue(chain: &Chain) -> Vec<Hit> {
    relays(chain, |relay| {
        let Queue { name, retention_s, encrypted, .. } = &relay.queue.found()?.queue;
        let short = *retention_s < QUEUE_RETENTION_S;
        let (days, hours) = (retention_s / 86_400, retention_s / 3600 % 24);
        match (short, encrypted) {
            (true, _) => Some(format!("the failure queue {name} keeps its messages for {days} d {hours} h")),
            (false, false) => Some(format!("the failure queue {name} is not encrypted")),
            (false, true) => None,
        }
    })
}

fn in_a_vpc(chain: &Chain) -> Vec<Hit> {
    relays_with(chain, |relay| {
        let (vpc, function) = (relay.settings.vpc.as_ref()?, &relay.names.function);
        let command = format!(
            "lambda update-function-configuration --function-name {function} --vpc-config SubnetIds=[],SecurityGroupIds=[]"
        );
        Some((format!("{function} is attached to the VPC {vpc}"), chain.aws(&command)))
    })
}

fn no_webhook(chain: &Chain) -> Vec<Hit> {
    relays(chain, |relay| {
        (relay.target != SMS_TARGET && relay.environment.webhook.is_none())
            .then(|| format!("the environment of {} names no webhook URL, or more than one", relay.names.function))
    })
}

fn secret_missing(chain: &Chain) -> Vec<Hit> {
    relays(chain, |relay| relay.secret.is_missing().then(|| format!("the webhook URL of {} is not stored", relay.names.function)))
}

fn secret_being_deleted(chain: &Chain) -> Vec<Hit> {
    relays(chain, |relay| {
        let secret = relay.secret.found()?;
        secret.pending_deletion.then(|| format!("the secret {} waits for its deletion", secret.name))
    })
}

fn secret_dangling(chain: &Chain) -> Vec<Hit> {
    relays(chain, |relay| {
        let dangling = matches!(relay.environment.webhook, Some(WebhookPlace::SecretsManager { dangling: true }));
        (dangling && relay.secret.found().is_some())
            .then(|| format!("{} names an ARN that is not that of the secret {}", relay.names.function, relay.names.secret))
    })
}

fn log_group_missing(chain: &Chain) -> Vec<Hit> {
    relays(chain, |relay| relay.log_group.is_missing().then(|| format!("the log group {} is not there", relay.names.log_group)))
}

fn log_kept_for_ever(chain: &Chain) -> Vec<Hit> {
    relays(chain, |relay| {
        let kept = relay.log_group.found()?.retention_days.is_none();
        kept.then(|| format!("the log group {} keeps its log for ever", relay.names.log_group))
    })
}
