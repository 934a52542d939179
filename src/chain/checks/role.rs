//! The execution role of each relay: is it there, may Lambda assume it, and may it do what the relay needs and no more?

use serde_json::Value;

use super::grants::{PolicyDecision, PolicyRequest, grant, list};
use super::remedies::{deploy, relays, relays_with};
use super::snapshot::{ChainSnapshot, Denied, DeniedBy, RelaySnapshot, Untagged};
use super::{Check, FindingSeverity, Occurrence, Part};
use crate::arn::{looks_like_arn, resource_name};
use crate::chain::names::TOPIC_TAG;
use crate::chain::policy::{execution_policy, same_but_sid};
use crate::destination::sms::SMS_TARGET;

pub(super) const CHECKS: &[Check] = &[
    Check {
        code: "DD033",
        severity: FindingSeverity::Error,
        title: "The execution role of a relay is not there",
        consequence: "the relay cannot start: its alerts end in the failure queue",
        part: Part::Role,
        look: role_missing,
    },
    Check {
        code: "DD034",
        severity: FindingSeverity::Error,
        title: "The execution role of a relay does not trust Lambda",
        consequence: "the relay cannot start: its alerts end in the failure queue",
        part: Part::Role,
        look: role_not_trusting,
    },
    Check {
        code: "DD035",
        severity: FindingSeverity::Error,
        title: "The execution role of a relay lacks what the relay needs",
        consequence: "the relay cannot read its webhook URL, write its log or keep its failures",
        part: Part::Role,
        look: role_lacks,
    },
    Check {
        code: "DD036",
        severity: FindingSeverity::Warning,
        title: "The execution role of a relay may do more than the relay needs",
        consequence: "none for alerts; who takes over the relay can do more",
        part: Part::Role,
        look: role_exceeds,
    },
    Check {
        code: "DD054",
        severity: FindingSeverity::Error,
        title: "The execution role of a relay is denied what the relay needs",
        consequence: "the relay cannot read its webhook URL, write its log or keep its failures",
        part: Part::Role,
        look: role_denied,
    },
    Check {
        code: "DD066",
        severity: FindingSeverity::Warning,
        title: "What belongs to a relay does not bear the tag of ddalert",
        consequence: "none for alerts yet; ddalert takes it for somebody else's and neither mends nor removes it",
        part: Part::Role,
        look: untagged,
    },
    Check {
        code: "DD067",
        severity: FindingSeverity::Warning,
        title: "A relay runs under another role than its own",
        consequence: "whether it may read its webhook URL, write its log and keep its failures is not in ddalert's hands",
        part: Part::Role,
        look: other_role,
    },
];

fn role_missing(chain: &ChainSnapshot) -> Vec<Occurrence> {
    relays(chain, |relay| {
        relay
            .role
            .is_missing()
            .then(|| format!("the execution role {} is not there", relay.role_name))
    })
}

fn untagged(chain: &ChainSnapshot) -> Vec<Occurrence> {
    relays_with(chain, |relay| {
        let topic = &chain.topic;
        let first = relay.untagged.first()?;
        let (what, remedy) = match first {
            Untagged::Role(name) => (
                name.clone(),
                format!(
                    "aws iam tag-role --role-name {name} --tags Key=managed-by,Value=ddalert Key={TOPIC_TAG},Value={topic}"
                ),
            ),
            Untagged::Arn(_) => {
                let arns: Vec<&str> = relay.untagged.iter().filter_map(Untagged::arn).collect();
                let command = format!(
                    "resourcegroupstaggingapi tag-resources --resource-arn-list {} --tags managed-by=ddalert,{TOPIC_TAG}={topic}",
                    arns.join(" ")
                );
                (arns.join(", "), chain.aws(&command))
            }
        };
        Some((
            format!(
                "of {} this does not bear the tag managed-by=ddalert: {what}",
                relay.names.function
            ),
            remedy,
        ))
    })
}

fn other_role(chain: &ChainSnapshot) -> Vec<Occurrence> {
    relays(chain, |relay| {
        let other = relay.role.found().is_some() && !runs_as_itself(relay);
        other.then(|| {
            format!(
                "{} runs under the role {}, and not {}",
                relay.names.function, relay.role_name, relay.names.role
            )
        })
    })
}

/// Whether the role that was looked at is the relay's own: of another one only that is said.
fn runs_as_itself(relay: &RelaySnapshot) -> bool {
    relay.role_name == relay.names.role
}

fn role_not_trusting(chain: &ChainSnapshot) -> Vec<Occurrence> {
    relays(chain, |relay| {
        let call = PolicyRequest {
            principals: &["lambda.amazonaws.com"],
            action: "sts:AssumeRole",
            resource: None,
            source: &relay.names.function_arn(),
            account: &chain.topic.account,
        };
        let refused = matches!(
            grant(&relay.role.found()?.trust, &call),
            PolicyDecision::Silent | PolicyDecision::Denied
        );
        refused.then(|| {
            format!(
                "the execution role {} does not trust lambda.amazonaws.com",
                relay.role_name
            )
        })
    })
}

/// What one policy has and the other has not, as its statements are called.
fn beyond(one: &Value, other: &Value) -> Vec<String> {
    let held = list(&other["Statement"]);
    let allows = list(&one["Statement"])
        .iter()
        .filter(|statement| statement["Effect"] == "Allow");
    let more = allows.filter(|statement| !held.iter().any(|held| same_but_sid(held, statement)));
    more.map(|statement| {
        statement["Sid"]
            .as_str()
            .map_or_else(|| statement["Action"].to_string(), str::to_owned)
    })
    .collect()
}

/// The policy that the relay needs; unknown where the key of an encrypted URL could not be had.
fn needed(relay: &RelaySnapshot) -> Option<Value> {
    let webhook = relay.environment.webhook.as_ref();
    let known = match webhook {
        Some(webhook) => !webhook.has_unknown_key(),
        None => relay.target == SMS_TARGET,
    };
    known.then(|| execution_policy(&relay.names, webhook))
}

fn role_lacks(chain: &ChainSnapshot) -> Vec<Occurrence> {
    relays(chain, |relay| {
        let lacks = beyond(
            &needed(relay).filter(|_| runs_as_itself(relay))?,
            &relay.role.found()?.policy,
        );
        (!lacks.is_empty()).then(|| {
            format!(
                "the execution role {} lacks: {}",
                relay.names.role,
                lacks.join(", ")
            )
        })
    })
}

fn role_exceeds(chain: &ChainSnapshot) -> Vec<Occurrence> {
    let own = chain.relays().filter(|(_, _, relay)| runs_as_itself(relay));
    let exceeding = own.filter_map(|(link, _, relay)| {
        let role = &relay.names.role;
        let inline = match (needed(relay), relay.role.found()) {
            (Some(needed), Some(role)) => beyond(&role.policy, &needed),
            _ => Vec::new(),
        };
        // A policy that denies what is needed is told of as that.
        let denied: Vec<&Denied> = relay
            .denied
            .found()
            .into_iter()
            .flatten()
            .filter(|one| one.by == DeniedBy::Policy)
            .collect();
        let denying = if denied.is_empty() {
            None
        } else {
            denying(relay, &denied)
        };
        let others: Vec<&String> = others(relay)
            .iter()
            .filter(|other| Some(*other) != denying)
            .collect();
        let remedy = others
            .first()
            .map_or_else(|| deploy(chain, relay), |other| without(relay, other));
        let more: Vec<String> = inline
            .into_iter()
            .chain(others.into_iter().cloned())
            .collect();
        let what = || format!("the execution role {role} may do more: {}", more.join(", "));
        (!more.is_empty()).then(|| Occurrence {
            link,
            what: what(),
            remedy,
        })
    });
    exceeding.collect()
}

/// The policies of the role besides ours.
fn others(relay: &RelaySnapshot) -> &[String] {
    relay
        .other_policies
        .found()
        .map(Vec::as_slice)
        .unwrap_or_default()
}

/// Returns the command that takes another policy from the role.
fn without(relay: &RelaySnapshot, other: &str) -> String {
    let role = &relay.role_name;
    match looks_like_arn(other) {
        true => format!("aws iam detach-role-policy --role-name {role} --policy-arn {other}"),
        false => format!("aws iam delete-role-policy --role-name {role} --policy-name {other}"),
    }
}

/// Returns the other policy that denies: the one that IAM names, else the only one there is.
fn denying<'a>(relay: &'a RelaySnapshot, denied: &[&Denied]) -> Option<&'a String> {
    let others = others(relay);
    let is_named = |other: &&String| {
        let name = resource_name(other);
        denied.iter().any(|denied| {
            denied
                .policy
                .as_deref()
                .is_some_and(|policy| policy == name || policy.ends_with(&format!("_{name}")))
        })
    };
    others.iter().find(is_named).or(match others {
        [one] => Some(one),
        _ => None,
    })
}

fn role_denied(chain: &ChainSnapshot) -> Vec<Occurrence> {
    let mut hits = Vec::new();
    for (link, _, relay) in chain.relays() {
        let role = &relay.role_name;
        for denier in [DeniedBy::Policy, DeniedBy::Boundary] {
            let denied: Vec<&Denied> = relay
                .denied
                .found()
                .into_iter()
                .flatten()
                .filter(|denied| denied.by == denier)
                .collect();
            if denied.is_empty() {
                continue;
            }
            let actions: Vec<&str> = denied.iter().map(|denied| denied.action.as_str()).collect();
            let (what, remedy) = match denier {
                DeniedBy::Policy => {
                    let remedy = match denying(relay, &denied) {
                        Some(other) => without(relay, other),
                        None if others(relay).is_empty() => deploy(chain, relay),
                        None => format!("aws iam list-attached-role-policies --role-name {role}"),
                    };
                    ("a policy of it", remedy)
                }
                // A boundary is there for a reason: the actions are to be added to it.
                DeniedBy::Boundary => (
                    "its permissions boundary",
                    format!("aws iam get-role --role-name {role} --query Role.PermissionsBoundary"),
                ),
            };
            hits.push(Occurrence {
                link,
                what: format!(
                    "the execution role {role} is denied {} by {what}",
                    actions.join(", ")
                ),
                remedy,
            });
        }
    }
    hits
}
