//! The execution role of each relay: does it exist, can Lambda assume it, and does it have the permissions that the relay needs
//! and no others? Also whether all resources of the relay have the tags of ddalert.

use serde_json::Value;

use super::check::{Check, FindingSeverity, Occurrence, Remedy};
use super::occurrences::{in_relays, in_relays_to_redeploy};
use super::phone_remedies::subscribe_again;
use super::policy_evaluation::{PolicyRequest, elements};
use super::remedies::{after_tagging, deploy_relay, redeploy, tag_resources};
use super::role_policies::{boundary_advice, denying_policies, policies_advice, remove_policy};
use super::snapshot::{
    ChainSnapshot, DeniedAction, DenySource, Part, Reading, RelaySnapshot, UntaggedResource,
};
use crate::chain::policy::{execution_policy, same_but_sid};
use crate::destination::sms::SMS_TARGET;

pub(super) const CHECKS: &[Check] = &[
    Check {
        code: "DD033",
        severity: FindingSeverity::Error,
        reads: &[Reading::Role],
        title: "The execution role of a relay does not exist",
        consequence: "the relay cannot start: its alerts end up in the failure queue",
        remedy: "`ddalert deploy-TARGET`.",
        part: Part::Role,
        find: missing,
    },
    Check {
        code: "DD034",
        severity: FindingSeverity::Error,
        reads: &[Reading::Role],
        title: "The execution role of a relay does not trust Lambda",
        consequence: "the relay cannot start: its alerts end up in the failure queue",
        remedy: "`ddalert deploy-TARGET`.",
        part: Part::Role,
        find: lambda_not_trusted,
    },
    Check {
        code: "DD035",
        severity: FindingSeverity::Error,
        reads: &[Reading::Role, Reading::WebhookUrl],
        title: "The execution role of a relay lacks permissions that the relay needs",
        consequence: "the relay cannot read its webhook URL, write its log, or send failed alerts to its queue",
        remedy: "`ddalert deploy-TARGET`.",
        part: Part::Role,
        find: permissions_missing,
    },
    Check {
        code: "DD036",
        severity: FindingSeverity::Warning,
        reads: &[Reading::Role, Reading::RolePolicies, Reading::WebhookUrl],
        title: "The execution role of a relay has more permissions than the relay needs",
        consequence: "alerts are not affected, but whoever takes over the relay can do more",
        remedy: "`ddalert deploy-TARGET` restores the policy of ddalert; `aws iam detach-role-policy --role-name ROLE --policy-arn ARN` or `aws iam delete-role-policy --role-name ROLE --policy-name NAME` removes another one.",
        part: Part::Role,
        find: permissions_beyond_need,
    },
    Check {
        code: "DD054",
        severity: FindingSeverity::Error,
        reads: &[Reading::RolePermissions],
        title: "The execution role of a relay is denied permissions that the relay needs",
        consequence: "the relay cannot read its webhook URL, write its log, or send failed alerts to its queue",
        remedy: "`aws iam detach-role-policy --role-name ROLE --policy-arn ARN` or `aws iam delete-role-policy --role-name ROLE --policy-name NAME` removes the policy that denies. A permissions boundary is for those to change who manage it: doctor prints which boundary, and what it has to allow.",
        part: Part::Role,
        find: permissions_denied,
    },
    Check {
        code: "DD066",
        severity: FindingSeverity::Warning,
        reads: &[
            Reading::FunctionTags,
            Reading::Role,
            Reading::Secret,
            Reading::LogGroup,
            Reading::Queue,
        ],
        title: "A resource of a relay lacks the tags of ddalert",
        consequence: "alerts are not affected, but ddalert treats the resource as somebody else's: it neither updates nor removes it",
        remedy: "`aws resourcegroupstaggingapi tag-resources --resource-arn-list ARN… --tags managed-by=ddalert,ddalert:topic=ARN`; for a role, `aws iam tag-role --role-name ROLE --tags Key=managed-by,Value=ddalert Key=ddalert:topic,Value=ARN`.",
        part: Part::Role,
        find: untagged,
    },
    Check {
        code: "DD067",
        severity: FindingSeverity::Warning,
        reads: &[Reading::Role],
        title: "A relay uses another execution role than its own",
        consequence: "ddalert does not manage that role: the relay may be unable to read its webhook URL, write its log, or send failed alerts to its queue",
        remedy: "`ddalert deploy-TARGET`.",
        part: Part::Role,
        find: other_role,
    },
    Check {
        code: "DD068",
        severity: FindingSeverity::Error,
        reads: &[Reading::Function, Reading::Role],
        title: "The execution role of a relay was removed and created again",
        consequence: "Lambda's grant on the key of the function's environment is for the earlier role: the relay cannot start, its log stays empty, and its alerts end up in the failure queue",
        remedy: "`ddalert deploy-TARGET` renews the grant.",
        part: Part::Role,
        find: made_again,
    },
];

fn made_again(chain: &ChainSnapshot) -> Vec<Occurrence> {
    in_relays_to_redeploy(chain, |relay| {
        relay.outdated_grant.then(|| {
            format!(
                "the execution role {} is newer than the last change of {}: the function still belongs to an earlier role of that name",
                relay.role_name, relay.names.function
            )
        })
    })
}

fn missing(chain: &ChainSnapshot) -> Vec<Occurrence> {
    in_relays(chain, |relay| {
        relay.role.is_missing().then(|| {
            (
                format!("the execution role {} does not exist", relay.role_name),
                redeploy_role(chain, relay),
            )
        })
    })
}

/// Returns how the relay gets a role that it can use: where its role was given, one of its own in place of it.
fn redeploy_role(chain: &ChainSnapshot, relay: &RelaySnapshot) -> Remedy {
    const OWN: &str = " --role own";
    match (relay.given_role, relay.target == SMS_TARGET) {
        (false, _) => redeploy(chain, relay),
        (true, false) => deploy_relay(chain, relay, &relay.target, OWN).into(),
        (true, true) => after_tagging(chain, relay, subscribe_again(chain, OWN)).into(),
    }
}

fn untagged(chain: &ChainSnapshot) -> Vec<Occurrence> {
    in_relays(chain, |relay| {
        let tag = tag_resources(chain, relay)?;
        let resources: Vec<&str> = relay.untagged.iter().map(UntaggedResource::name).collect();
        // Without its tags a function does not say which ddalert deployed it: deploying it again writes them all.
        let remedy = match relay.version.is_missing() {
            true => redeploy(chain, relay),
            false => tag.into(),
        };
        Some((
            format!(
                "{} has resources without the tag managed-by=ddalert: {}",
                relay.names.function,
                resources.join(", ")
            ),
            remedy,
        ))
    })
}

/// Whether the relay uses its own role. If it uses another one, only DD067 says so: that role is not ddalert's to judge.
fn uses_own_role(relay: &RelaySnapshot) -> bool {
    relay.role_name == relay.names.role
}

fn other_role(chain: &ChainSnapshot) -> Vec<Occurrence> {
    in_relays_to_redeploy(chain, |relay| {
        let is_others = !uses_own_role(relay) && !relay.given_role;
        (relay.role.found().is_some() && is_others).then(|| {
            format!(
                "{} uses the execution role {} instead of {}",
                relay.names.function, relay.role_name, relay.names.role
            )
        })
    })
}

fn lambda_not_trusted(chain: &ChainSnapshot) -> Vec<Occurrence> {
    in_relays(chain, |relay| {
        let request = PolicyRequest {
            principals: &["lambda.amazonaws.com"],
            action: "sts:AssumeRole",
            resource: None,
            source: &relay.names.function_arn(),
            account: &chain.topic.account,
        };
        request.is_denied_by(&relay.role.found()?.trust).then(|| {
            (
                format!(
                    "the execution role {} does not trust lambda.amazonaws.com",
                    relay.role_name
                ),
                redeploy_role(chain, relay),
            )
        })
    })
}

/// Returns the allow statements of `policy` that `other` does not have, by their `Sid` or else their actions.
fn statements_not_in(other: &Value, policy: &Value) -> Vec<String> {
    let present = elements(&other["Statement"]);
    elements(&policy["Statement"])
        .iter()
        .filter(|statement| statement["Effect"] == "Allow")
        .filter(|statement| !present.iter().any(|held| same_but_sid(held, statement)))
        .map(|statement| {
            statement["Sid"]
                .as_str()
                .map_or_else(|| statement["Action"].to_string(), str::to_owned)
        })
        .collect()
}

/// Returns the policy that the relay needs, or `None` if that is unknown: the KMS key of its webhook URL could not be read.
fn needed_policy(relay: &RelaySnapshot) -> Option<Value> {
    let webhook = relay.environment.webhook.as_ref();
    let is_known = match webhook {
        Some(webhook) => !webhook.has_unknown_key(),
        None => relay.target == SMS_TARGET,
    };
    is_known.then(|| execution_policy(&relay.names, &relay.target, webhook, relay.trigger))
}

fn permissions_missing(chain: &ChainSnapshot) -> Vec<Occurrence> {
    in_relays_to_redeploy(chain, |relay| {
        let needed = needed_policy(relay).filter(|_| uses_own_role(relay))?;
        let missing = statements_not_in(&relay.role.found()?.policy, &needed);
        (!missing.is_empty()).then(|| {
            format!(
                "the execution role {} lacks: {}",
                relay.names.role,
                missing.join(", ")
            )
        })
    })
}

fn permissions_beyond_need(chain: &ChainSnapshot) -> Vec<Occurrence> {
    in_relays(chain, |relay| {
        if !uses_own_role(relay) {
            return None;
        }
        let inline = match (needed_policy(relay), relay.role.found()) {
            (Some(needed), Some(role)) => statements_not_in(&needed, &role.policy),
            _ => Vec::new(),
        };
        // DD054 reports a policy that denies what the relay needs.
        let denying =
            denying_policies(other_policies(relay), &denied_by(relay, DenySource::Policy));
        let others: Vec<&String> = other_policies(relay)
            .iter()
            .filter(|other| !denying.contains(other))
            .collect();
        let remove = others
            .iter()
            .map(|other| remove_policy(chain, &relay.role_name, other));
        let rewrite = match inline.is_empty() {
            true => None,
            false => redeploy(chain, relay).command().map(str::to_owned),
        };
        let remedy = remove.chain(rewrite).collect::<Vec<_>>().join(" && ");
        let extra: Vec<String> = inline
            .into_iter()
            .chain(others.into_iter().cloned())
            .collect();
        (!extra.is_empty()).then(|| {
            let (role, extra) = (&relay.names.role, extra.join(", "));
            (
                format!("the execution role {role} has permissions that the relay does not need: {extra}"),
                remedy,
            )
        })
    })
}

/// Returns the policies of the role that are not ddalert's.
fn other_policies(relay: &RelaySnapshot) -> &[String] {
    relay
        .other_policies
        .found()
        .map(Vec::as_slice)
        .unwrap_or_default()
}

/// Returns the actions that `source` denies.
fn denied_by(relay: &RelaySnapshot, source: DenySource) -> Vec<&DeniedAction> {
    let denied = relay.denied_actions.found().into_iter().flatten();
    denied.filter(|denied| denied.by == source).collect()
}

fn permissions_denied(chain: &ChainSnapshot) -> Vec<Occurrence> {
    let mut occurrences = Vec::new();
    for (link, relay) in chain.relays() {
        let role = &relay.role_name;
        for source in [DenySource::Policy, DenySource::Boundary] {
            let denied = denied_by(relay, source);
            if denied.is_empty() {
                continue;
            }
            let actions: Vec<&str> = denied.iter().map(|denied| denied.action.as_str()).collect();
            let others = other_policies(relay);
            let (by, remedy) = match source {
                DenySource::Policy => {
                    let denying = denying_policies(others, &denied);
                    let remove = denying.iter();
                    let remove: Vec<String> = remove
                        .map(|policy| remove_policy(chain, role, policy))
                        .collect();
                    let remedy = match (remove.is_empty(), others.is_empty()) {
                        (false, _) => remove.join(" && ").into(),
                        // It is in the policy of ddalert, which a deploy writes anew.
                        (true, true) => redeploy(chain, relay),
                        (true, false) => policies_advice(role, others, &denied),
                    };
                    ("one of its policies", remedy)
                }
                DenySource::Boundary => (
                    "its permissions boundary",
                    boundary_advice(role, relay.boundary.as_deref(), &denied),
                ),
            };
            let what = format!(
                "the execution role {role} is denied {} by {by}",
                actions.join(", ")
            );
            occurrences.push(Occurrence::new(link, what, remedy));
        }
    }
    occurrences
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chain::checks::tests::*;

    #[test]
    fn dd033_role_missing() {
        finds("DD033", DEPLOY, |chain| relay(chain).role = Lookup::Missing);
    }

    #[test]
    fn dd068_role_made_again() {
        finds("DD068", DEPLOY, |chain| relay(chain).outdated_grant = true);
    }

    #[test]
    fn dd034_lambda_not_trusted() {
        finds("DD034", DEPLOY, |chain| {
            execution_role(chain).trust = Value::Null
        });
    }

    #[test]
    fn a_role_that_was_given_is_no_drift_and_is_not_made_anew() {
        let mut chain = healthy();
        relay(&mut chain).given_role = true;
        relay(&mut chain).role_name = "somebodys".into();
        execution_role(&mut chain).policy = Value::Null;
        assert_eq!(diagnose(&chain), []);
        relay(&mut chain).role = Lookup::Missing;
        let found = diagnose(&chain);
        assert_eq!(found.len(), 1);
        assert!(
            found[0].remedy.text().contains(" --role own "),
            "{}",
            found[0].remedy.text()
        );
    }

    #[test]
    fn dd035_permissions_missing() {
        finds("DD035", DEPLOY, |chain| {
            execution_role(chain).policy = Value::Null
        });
    }

    #[test]
    fn dd036_permissions_beyond_need() {
        finds("DD036", DEPLOY, |chain| {
            let statement =
                json!({ "Sid": "All", "Effect": "Allow", "Action": "*", "Resource": "*" });
            let policy = &mut execution_role(chain).policy["Statement"];
            policy.as_array_mut().expect("statements").push(statement);
        });
        finds("DD036", "aws iam detach-role-policy", |chain| {
            relay(chain).other_policies =
                Lookup::Found(vec!["arn:aws:iam::aws:policy/AdministratorAccess".into()]);
        });
    }

    #[test]
    fn dd054_permissions_denied() {
        let denied = |by| {
            Lookup::Found(vec![DeniedAction {
                action: "sqs:SendMessage".into(),
                resource: "arn:q".into(),
                by,
                policy: Some("AWSDenyAll".into()),
            }])
        };
        finds("DD054", "aws iam detach-role-policy", |chain| {
            relay(chain).denied_actions = denied(DenySource::Policy);
            relay(chain).other_policies =
                Lookup::Found(vec!["arn:aws:iam::aws:policy/AWSDenyAll".into()]);
        });
        advises(
            "DD054",
            "whoever manages the permissions boundary arn:b of the role ddalert-slack-BadIoTDevices-eu-central-1 has to allow there: \
             sqs:SendMessage on arn:q",
            |chain| {
                relay(chain).denied_actions = denied(DenySource::Boundary);
                relay(chain).boundary = Some("arn:b".into());
            },
        );
        let mut chain = healthy();
        relay(&mut chain).denied_actions = denied(DenySource::Policy);
        relay(&mut chain).other_policies = Lookup::Found(vec![
            "harmless".into(),
            "arn:aws:iam::aws:policy/AWSDenyAll".into(),
        ]);
        let found = diagnose(&chain);
        let remedies: Vec<&str> = found.iter().map(|finding| finding.remedy.text()).collect();
        assert!(
            remedies[0].contains("delete-role-policy")
                && remedies[0].ends_with("--policy-name harmless"),
            "{remedies:?}"
        );
        assert!(
            remedies[1].ends_with("--policy-arn arn:aws:iam::aws:policy/AWSDenyAll"),
            "{remedies:?}"
        );
    }

    #[test]
    fn dd066_untagged() {
        finds(
            "DD066",
            "aws resourcegroupstaggingapi tag-resources --resource-arn-list arn:a arn:b --tags managed-by=ddalert",
            |chain| {
                relay(chain).untagged = vec![
                    UntaggedResource::Arn("arn:a".into()),
                    UntaggedResource::Arn("arn:b".into()),
                ];
            },
        );
        finds(
            "DD066",
            "aws iam tag-role --role-name r --tags Key=managed-by,Value=ddalert",
            |chain| {
                relay(chain).untagged = vec![UntaggedResource::Role("r".into())];
            },
        );
    }

    #[test]
    fn dd067_other_role() {
        finds("DD067", DEPLOY, |chain| {
            relay(chain).role_name = "theirs".into();
            execution_role(chain).policy = Value::Null;
            relay(chain).other_policies = Lookup::Found(vec!["theirs".into()]);
        });
        let mut chain = healthy();
        relay(&mut chain).role_name = "theirs".into();
        relay(&mut chain).role = Lookup::Missing;
        let found = diagnose(&chain);
        assert_eq!((found.len(), found[0].code), (1, "DD033"));
        assert!(found[0].what.contains("theirs"), "{}", found[0].what);
    }
}
