//! The roles that Device Defender publishes with: do they exist, can Device Defender assume them, and may they publish to the topic
//! and use its KMS key?

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::check::{Check, FindingSeverity, Occurrence, Remedy};
use super::policy_evaluation::{PolicyDecision, PolicyRequest, elements, evaluate};
use super::role_policies::{boundary_advice, denying_policies, policies_advice, remove_policy};
use super::snapshot::{
    ChainSnapshot, DeniedAction, DenySource, IamDecision, KmsKey, Part, PublishRole, Publisher,
    Reading,
};
use crate::arn::{Arn, resource_name};
use crate::chain::publishing::{KEY_ACTIONS, is_own_role, role_arn};

pub(super) const CHECKS: &[Check] = &[
    Check {
        code: "DD006",
        severity: FindingSeverity::Error,
        reads: &[Reading::PublishRole],
        title: "The role that Device Defender publishes with does not exist",
        consequence: "Device Defender cannot publish: alerts are lost",
        remedy: "`ddalert connect --profile-name NAME --audit`, with what publishes through the role; `--role own` if it is not the role of ddalert.",
        part: Part::PublishRole,
        find: role_missing,
    },
    Check {
        code: "DD007",
        severity: FindingSeverity::Error,
        reads: &[Reading::PublishRole],
        title: "The role that Device Defender publishes with does not allow iot.amazonaws.com to assume it",
        consequence: "Device Defender cannot assume the role: alerts are lost",
        remedy: "`ddalert connect --profile-name NAME --audit`, with what publishes through the role; `--role own` if it is not the role of ddalert.",
        part: Part::PublishRole,
        find: role_not_trusting,
    },
    Check {
        code: "DD008",
        severity: FindingSeverity::Error,
        reads: &[Reading::PublishPermissions],
        title: "The role that Device Defender publishes with does not allow sns:Publish on the topic",
        consequence: "Device Defender cannot publish: alerts are lost",
        remedy: "`ddalert connect --profile-name NAME --audit`, with what publishes through the role; `--role own` if it is not the role of ddalert. `aws iam delete-role-policy --role-name ROLE --policy-name NAME` or `aws iam detach-role-policy --role-name ROLE --policy-arn ARN` removes a policy that denies. A permissions boundary is for those to change who manage it.",
        part: Part::PublishRole,
        find: role_not_publishing,
    },
    Check {
        code: "DD009",
        severity: FindingSeverity::Error,
        reads: &[Reading::PublishPermissions, Reading::TopicKey],
        title: "The role that Device Defender publishes with cannot use the KMS key of the topic",
        consequence: "Device Defender cannot publish: alerts are lost",
        remedy: "`ddalert connect --profile-name NAME --audit`, with what publishes through the role; `--role own` if it is not the role of ddalert. If the key policy does not allow the role, `aws kms put-key-policy` with a statement that does. An explicit deny, or a permissions boundary, is for those to change who manage it.",
        part: Part::PublishRole,
        find: role_not_encrypting,
    },
];

/// Why Device Defender cannot publish with a role.
enum Fault<'a> {
    /// `connect` gives the role what it lacks: it is missing, does not trust, or has no policy that allows.
    Lacking,
    /// Something denies it.
    Denied(&'a DeniedAction),
    /// The key policy denies it.
    KeyPolicyDenies(&'a KmsKey),
    /// The key policy neither allows it nor leaves it to IAM.
    KeyPolicySilent(&'a KmsKey),
}

/// Checks the role of each publisher and reports each role once.
fn in_publish_roles<'a>(
    chain: &'a ChainSnapshot,
    find: impl Fn(&'a PublishRole, &Publisher<'_>) -> Option<Fault<'a>>,
    problem: &str,
) -> Vec<Occurrence> {
    let mut by_role: BTreeMap<String, (Fault<'a>, Vec<String>, Vec<String>)> = BTreeMap::new();
    for publisher in chain.publishers() {
        let Some(role) = chain.publish_roles.get(publisher.role) else {
            continue;
        };
        if let Some(fault) = find(role, &publisher) {
            let (_, names, options) =
                by_role
                    .entry(publisher.role.to_owned())
                    .or_insert((fault, Vec::new(), Vec::new()));
            names.push(publisher.what);
            options.push(publisher.options);
        }
    }
    let occurrences = by_role.into_iter().map(|(role, (fault, names, options))| {
        let what = format!("{}: the role {role} {problem}", names.join(", "));
        let remedy = remedy(chain, &role, &fault, &options.join(" "));
        Occurrence::of_device_defender(what, remedy)
    });
    occurrences.collect()
}

/// Returns how Device Defender gets to publish: with its role as it should be, or, if that role is not ddalert's, with ddalert's own.
fn remedy(chain: &ChainSnapshot, role: &str, fault: &Fault<'_>, options: &str) -> Remedy {
    let ours = role_arn(&chain.topic);
    let is_ours = is_own_role(role, &chain.topic);
    let own_role = if is_ours { "" } else { " --role own" };
    let connect = chain.ddalert(&format!("connect {options}{own_role}"));
    let snapshot = chain.publish_roles.get(role);
    let name = resource_name(role);
    match fault {
        Fault::Denied(denied) if is_ours => match denied.by {
            DenySource::Boundary => boundary_advice(
                name,
                snapshot.and_then(|role| role.boundary.as_deref()),
                &[*denied],
            ),
            DenySource::Policy => {
                let others = snapshot.map_or(&[][..], |role| &role.other_policies);
                let denying = denying_policies(others, &[*denied]);
                match (denying.as_slice(), others) {
                    // It is in the policy of ddalert, which `connect` writes anew.
                    ([], []) => connect.into(),
                    ([], others) => policies_advice(name, others, &[*denied]),
                    (denying, _) => {
                        let remove = denying.iter();
                        let remove: Vec<String> = remove
                            .map(|policy| remove_policy(chain, name, policy))
                            .collect();
                        remove.join(" && ").into()
                    }
                }
            }
        },
        Fault::KeyPolicyDenies(key) => Remedy::advice(format!(
            "an administrator of the KMS key {} has to remove from its key policy the statement that denies {} to the role {role}",
            key.arn.as_deref().unwrap_or(&key.id),
            KEY_ACTIONS.join(" or "),
        )),
        Fault::KeyPolicySilent(key) => {
            match allow_in_key_policy(chain, key, if is_ours { role } else { &ours }) {
                Some(command) => format!("{connect} && {command}").into(),
                None => connect.into(),
            }
        }
        Fault::Lacking | Fault::Denied(_) => connect.into(),
    }
}

/// Returns the command that adds a statement to a key policy: it allows `role` to publish to a topic under this key.
fn allow_in_key_policy(chain: &ChainSnapshot, key: &KmsKey, role: &str) -> Option<String> {
    let (mut policy, arn) = (key.policy.found()?.clone(), key.arn.as_deref()?);
    let mut statements: Vec<Value> = elements(&policy["Statement"]).to_vec();
    statements.push(json!({
        "Sid": "DeviceDefenderPublishes", "Effect": "Allow", "Principal": { "AWS": role },
        "Action": KEY_ACTIONS, "Resource": "*"
    }));
    policy["Statement"] = json!(statements);
    let policy = policy.to_string();
    Some(chain.aws(&format!(
        "kms put-key-policy --key-id {arn} --policy-name default --policy {}",
        shell_words::quote(&policy)
    )))
}

fn role_missing(chain: &ChainSnapshot) -> Vec<Occurrence> {
    in_publish_roles(
        chain,
        |role, _| role.trust.is_missing().then_some(Fault::Lacking),
        "does not exist",
    )
}

fn role_not_trusting(chain: &ChainSnapshot) -> Vec<Occurrence> {
    let find = |role: &PublishRole, publisher: &Publisher<'_>| {
        let request = PolicyRequest {
            principals: &["iot.amazonaws.com"],
            action: "sts:AssumeRole",
            resource: None,
            source: &publisher.source,
            account: &chain.topic.account,
        };
        request
            .is_denied_by(role.trust.found()?)
            .then_some(Fault::Lacking)
    };
    in_publish_roles(chain, find, "does not allow iot.amazonaws.com to assume it")
}

/// Returns what is wrong if IAM does not allow something.
fn iam_fault(decision: Option<&IamDecision>) -> Option<Fault<'_>> {
    match decision? {
        IamDecision::Allowed => None,
        IamDecision::NotAllowed => Some(Fault::Lacking),
        IamDecision::Denied(denied) => Some(Fault::Denied(denied)),
    }
}

fn role_not_publishing(chain: &ChainSnapshot) -> Vec<Occurrence> {
    in_publish_roles(
        chain,
        |role, _| iam_fault(role.can_publish.found()),
        "is not allowed sns:Publish on the topic",
    )
}

fn role_not_encrypting<'a>(chain: &'a ChainSnapshot) -> Vec<Occurrence> {
    let key = chain
        .attributes
        .found()
        .and_then(|topic| topic.key.as_ref())
        .filter(|key| !key.aws_managed);
    // A key policy that allows the account leaves the decision to the IAM policies of the role.
    let account = chain.topic.account.as_str();
    let root = Arn::iam(&chain.topic.partition, account, "root").to_string();
    let left_to_iam = key.and_then(|key| key_decision(chain, key, &[&root, account]));
    let find = |role: &'a PublishRole, publisher: &Publisher<'_>| -> Option<Fault<'a>> {
        let iam = iam_fault(role.can_use_key.found());
        let Some(key) = key else { return iam };
        match (key_decision(chain, key, &[publisher.role]), iam) {
            (_, Some(Fault::Denied(denied))) => Some(Fault::Denied(denied)),
            (Some(PolicyDecision::ExplicitDeny), _) => Some(Fault::KeyPolicyDenies(key)),
            (Some(PolicyDecision::Allowed), _) => None,
            (Some(PolicyDecision::ImplicitDeny), _)
                if left_to_iam == Some(PolicyDecision::ImplicitDeny) =>
            {
                Some(Fault::KeyPolicySilent(key))
            }
            (_, iam) => iam,
        }
    };
    in_publish_roles(chain, find, "cannot use the KMS key of the topic")
}

/// Returns what the key policy decides about the actions of a publisher: the worst decision over all of them.
fn key_decision(
    chain: &ChainSnapshot,
    key: &KmsKey,
    principals: &[&str],
) -> Option<PolicyDecision> {
    let (policy, arn) = (key.policy.found()?, key.arn.as_deref()?);
    let account = chain.topic.account.as_str();
    let decisions = KEY_ACTIONS.map(|action| {
        evaluate(
            policy,
            &PolicyRequest {
                principals,
                action,
                resource: Some(arn),
                source: "",
                account,
            },
        )
    });
    [
        PolicyDecision::ExplicitDeny,
        PolicyDecision::ImplicitDeny,
        PolicyDecision::Unknown,
        PolicyDecision::Allowed,
    ]
    .into_iter()
    .find(|worst| decisions.contains(worst))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::chain::checks::tests::*;

    #[test]
    fn dd006_role_missing() {
        finds("DD006", "ddalert connect", |chain| {
            *role(chain) = PublishRole {
                trust: Lookup::Missing,
                ..PublishRole::default()
            };
        });
    }

    #[test]
    fn dd007_role_not_trusting() {
        finds("DD007", "ddalert connect", |chain| {
            role(chain).trust = Lookup::Found(lambda_trust())
        });
    }

    #[test]
    fn dd008_role_not_publishing() {
        finds("DD008", "ddalert connect", |chain| {
            role(chain).can_publish = Lookup::Found(IamDecision::NotAllowed)
        });
    }

    #[test]
    fn dd009_role_not_encrypting() {
        finds("DD009", "ddalert connect", |chain| {
            role(chain).can_use_key = Lookup::Found(IamDecision::NotAllowed)
        });
    }

    #[test]
    fn dd009_key_policy() {
        let (ours, root) = (
            role_arn(&topic()),
            "arn:aws:iam::123456789012:root".to_owned(),
        );
        let codes = |principals: &[&String], allowed_by_iam: bool| {
            let mut chain = healthy();
            let statement = json!([{ "Effect": "Allow", "Principal": { "AWS": principals }, "Action": "kms:*", "Resource": "*" }]);
            attributes(&mut chain).key = Some(KmsKey {
                id: "k".into(),
                arn: Some("arn:aws:kms:eu-central-1:123456789012:key/k".into()),
                policy: Lookup::Found(json!({ "Statement": statement })),
                ..KmsKey::default()
            });
            role(&mut chain).can_use_key = Lookup::Found(if allowed_by_iam {
                IamDecision::Allowed
            } else {
                IamDecision::NotAllowed
            });
            diagnose(&chain)
                .into_iter()
                .map(|finding| finding.code)
                .collect::<BTreeSet<_>>()
        };
        // The key policy names the role, leaves the decision to IAM, or does neither.
        assert_eq!(codes(&[&ours], false), [].into());
        assert_eq!(codes(&[&root], true), [].into());
        assert_eq!(codes(&[&root], false), ["DD009"].into());
        assert_eq!(
            codes(&[&"arn:aws:iam::123456789012:role/other".to_owned()], true),
            ["DD009"].into()
        );
    }

    #[test]
    fn a_role_is_reported_once_for_everything_that_publishes_with_it() {
        let mut chain = healthy();
        let other = profile(&mut chain).clone();
        let Lookup::Found(profiles) = &mut chain.profiles else {
            unreachable!("the healthy chain has profiles")
        };
        profiles.insert("more".into(), other);
        role(&mut chain).can_publish = Lookup::Found(IamDecision::NotAllowed);
        let found = diagnose(&chain);
        assert_eq!(found.len(), 1);
        assert!(
            found[0]
                .remedy
                .text()
                .contains("--profile-name fleet --profile-name more --audit"),
            "{}",
            found[0].remedy.text()
        );
    }
}
