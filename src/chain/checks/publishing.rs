//! Device Defender: does anything publish to the topic, and is it allowed to?

use std::collections::BTreeMap;

use super::check::{Check, FindingSeverity, Occurrence};
use super::policy_evaluation::{PolicyDecision, PolicyRequest, evaluate};
use super::snapshot::{ChainSnapshot, KmsKey, Link, Part, PublishRole, Publisher};
use crate::arn::Arn;
use crate::chain::publishing::{AuditConfiguration, KEY_ACTIONS, role_arn};

pub(super) const CHECKS: &[Check] = &[
    Check {
        code: "DD001",
        severity: FindingSeverity::Error,
        title: "No security profile or audit publishes to the topic",
        consequence: "Device Defender sends no alerts to this topic",
        remedy: "`ddalert connect --all-profiles` for every security profile, `--profile-name NAME` for one, `--audit` for audit results.",
        part: Part::Targets,
        find: nothing_publishes,
    },
    Check {
        code: "DD002",
        severity: FindingSeverity::Warning,
        title: "A security profile has no alert target",
        consequence: "its alarms appear only in the console",
        remedy: "`ddalert connect --profile-name NAME`.",
        part: Part::Targets,
        find: profiles_without_target,
    },
    Check {
        code: "DD003",
        severity: FindingSeverity::Note,
        title: "A security profile suppresses the alerts of some behaviors",
        consequence: "violations of these behaviors are never sent",
        remedy: "`aws iot update-security-profile --security-profile-name NAME --behaviors BEHAVIORS`, with `suppressAlerts` set to `false`. Nothing to do if the alerts are suppressed on purpose.",
        part: Part::Targets,
        find: suppressed_alerts,
    },
    Check {
        code: "DD004",
        severity: FindingSeverity::Warning,
        title: "Audit notifications to this topic are turned off",
        consequence: "audit results are not sent",
        remedy: "`ddalert connect --audit`.",
        part: Part::Targets,
        find: audit_turned_off,
    },
    Check {
        code: "DD005",
        severity: FindingSeverity::Note,
        title: "Audit results have no notification target",
        consequence: "audit results appear only in the console",
        remedy: "`ddalert connect --audit`.",
        part: Part::Targets,
        find: audit_without_target,
    },
    Check {
        code: "DD006",
        severity: FindingSeverity::Error,
        title: "The role that Device Defender publishes with does not exist",
        consequence: "Device Defender cannot publish: alerts are lost",
        remedy: "`ddalert connect --profile-name NAME --audit`, with what publishes through the role; `--replace` if it is not the role of ddalert.",
        part: Part::PublishRole,
        find: role_missing,
    },
    Check {
        code: "DD007",
        severity: FindingSeverity::Error,
        title: "The role that Device Defender publishes with does not allow iot.amazonaws.com to assume it",
        consequence: "Device Defender cannot assume the role: alerts are lost",
        remedy: "`ddalert connect --profile-name NAME --audit`, with what publishes through the role; `--replace` if it is not the role of ddalert.",
        part: Part::PublishRole,
        find: role_not_trusting,
    },
    Check {
        code: "DD008",
        severity: FindingSeverity::Error,
        title: "The role that Device Defender publishes with does not allow sns:Publish on the topic",
        consequence: "Device Defender cannot publish: alerts are lost",
        remedy: "`ddalert connect --profile-name NAME --audit`, with what publishes through the role; `--replace` if it is not the role of ddalert.",
        part: Part::PublishRole,
        find: role_not_publishing,
    },
    Check {
        code: "DD009",
        severity: FindingSeverity::Error,
        title: "The role that Device Defender publishes with cannot use the KMS key of the topic",
        consequence: "Device Defender cannot publish: alerts are lost",
        remedy: "`ddalert connect --profile-name NAME --audit`, with what publishes through the role; `--replace` if it is not the role of ddalert. The key policy must allow the role too, or leave the decision to IAM.",
        part: Part::PublishRole,
        find: role_not_encrypting,
    },
    Check {
        code: "DD062",
        severity: FindingSeverity::Warning,
        title: "A security profile that publishes to the topic is not attached to any thing group",
        consequence: "it monitors no devices and never raises an alarm",
        remedy: "`aws iot attach-security-profile --security-profile-name NAME --security-profile-target-arn ARN`; doctor prints the ARN that stands for all things.",
        part: Part::Targets,
        find: unattached_profiles,
    },
    Check {
        code: "DD063",
        severity: FindingSeverity::Note,
        title: "Audit results go to the topic, but no audit is scheduled",
        consequence: "audit results arrive only when somebody starts an audit",
        remedy: "`aws iot create-scheduled-audit --scheduled-audit-name NAME --frequency DAILY --target-check-names CHECK…`.",
        part: Part::Targets,
        find: no_scheduled_audit,
    },
];

fn occurrence(what: String, remedy: String) -> Occurrence {
    Occurrence::new(Link::DeviceDefender, what, remedy)
}

/// Returns the audit configuration if audit notifications go to this topic, turned on or off.
fn audit_to_topic(chain: &ChainSnapshot) -> Option<&AuditConfiguration> {
    let audit = chain.audit.found()?;
    let target = audit.target.as_ref()?;
    (target.topic == chain.topic.to_string()).then_some(audit)
}

fn nothing_publishes(chain: &ChainSnapshot) -> Vec<Occurrence> {
    let (Some(profiles), Some(audit)) = (chain.profiles.found(), chain.audit.found()) else {
        return Vec::new();
    };
    if !chain.publishers().is_empty() {
        return Vec::new();
    }
    let without_target: Vec<String> = profiles
        .iter()
        .filter(|(_, profile)| profile.target.is_none())
        .map(|(name, _)| format!("--profile-name {name}"))
        .collect();
    let elsewhere = audit
        .target
        .as_ref()
        .filter(|_| audit.enabled)
        .map(|target| target.topic.as_str());
    let (options, note) = match (without_target.is_empty(), elsewhere) {
        (false, _) if without_target.len() == profiles.len() => {
            ("--all-profiles".to_owned(), String::new())
        }
        (false, _) => (without_target.join(" "), String::new()),
        (true, None) => ("--audit".to_owned(), String::new()),
        (true, Some(other)) => (
            "--audit --replace".to_owned(),
            format!("; audit results go to {other}"),
        ),
    };
    let what = format!(
        "no security profile or audit publishes to {}{note}",
        chain.topic.name
    );
    vec![occurrence(
        what,
        chain.ddalert(&format!("connect {options}")),
    )]
}

fn profiles_without_target(chain: &ChainSnapshot) -> Vec<Occurrence> {
    if chain.publishers().is_empty() {
        return Vec::new();
    }
    let profiles = chain
        .profiles
        .found()
        .into_iter()
        .flatten()
        .filter(|(_, profile)| profile.target.is_none());
    profiles
        .map(|(name, _)| {
            let what = format!("security profile {name} has no alert target");
            occurrence(
                what,
                chain.ddalert(&format!("connect --profile-name {name}")),
            )
        })
        .collect()
}

fn suppressed_alerts(chain: &ChainSnapshot) -> Vec<Occurrence> {
    let topic = chain.topic.to_string();
    let here = chain
        .profiles
        .found()
        .into_iter()
        .flatten()
        .filter(|(_, profile)| {
            !profile.suppressed.is_empty()
                && profile
                    .target
                    .as_ref()
                    .is_some_and(|target| target.topic == topic)
        });
    here.map(|(name, profile)| {
        let what = format!("security profile {name} suppresses the alerts of: {}", profile.suppressed.join(", "));
        // The API replaces all behaviors at once: the command reads them, changes one member and writes them back.
        let command = format!(
            "iot update-security-profile --security-profile-name {name} --behaviors \"$({} | sed \
             's/\"suppressAlerts\": true/\"suppressAlerts\": false/')\"",
            chain.aws(&format!("iot describe-security-profile --security-profile-name {name} --query behaviors --output json"))
        );
        occurrence(what, chain.aws(&command))
    })
    .collect()
}

fn audit_turned_off(chain: &ChainSnapshot) -> Vec<Occurrence> {
    let turned_off = audit_to_topic(chain).filter(|audit| !audit.enabled);
    let found = turned_off.map(|_| {
        occurrence(
            "audit notifications to this topic are turned off".to_owned(),
            chain.ddalert("connect --audit"),
        )
    });
    found.into_iter().collect()
}

fn audit_without_target(chain: &ChainSnapshot) -> Vec<Occurrence> {
    let Some(audit) = chain.audit.found() else {
        return Vec::new();
    };
    if audit.target.is_some() || audit.checks.is_empty() || chain.publishers().is_empty() {
        return Vec::new();
    }
    vec![occurrence(
        "audit checks are enabled, but their results have no notification target".to_owned(),
        chain.ddalert("connect --audit"),
    )]
}

fn unattached_profiles(chain: &ChainSnapshot) -> Vec<Occurrence> {
    let all = chain.topic.local_arn("iot", "all/things");
    let attach = |name: &String| {
        let command = format!(
            "iot attach-security-profile --security-profile-name {name} --security-profile-target-arn {all}"
        );
        occurrence(
            format!("security profile {name} is not attached to any thing group"),
            chain.aws(&command),
        )
    };
    chain.unattached_profiles.iter().map(attach).collect()
}

fn no_scheduled_audit(chain: &ChainSnapshot) -> Vec<Occurrence> {
    let audit = audit_to_topic(chain).filter(|audit| audit.enabled && !audit.checks.is_empty());
    let scheduled = chain.scheduled_audits.found();
    let (Some(audit), Some(true)) = (audit, scheduled.map(BTreeMap::is_empty)) else {
        return Vec::new();
    };
    let checks = audit.checks.join(" ");
    let command = format!(
        "iot create-scheduled-audit --scheduled-audit-name daily --frequency DAILY --target-check-names {checks}"
    );
    vec![occurrence(
        "audit results go to this topic, but no audit is scheduled".to_owned(),
        chain.aws(&command),
    )]
}

/// Checks the role of each publisher and reports each role once. The remedy sets the role of ddalert, instead of another one if
/// necessary.
fn in_publish_roles(
    chain: &ChainSnapshot,
    is_broken: impl Fn(&PublishRole, &Publisher<'_>) -> bool,
    problem: &str,
) -> Vec<Occurrence> {
    let mut by_role: BTreeMap<&str, (Vec<String>, Vec<String>)> = BTreeMap::new();
    for publisher in chain.publishers() {
        if chain
            .publish_roles
            .get(publisher.role)
            .is_some_and(|role| is_broken(role, &publisher))
        {
            let (names, options) = by_role.entry(publisher.role).or_default();
            names.push(publisher.what);
            options.push(publisher.options);
        }
    }
    let occurrences = by_role.into_iter().map(|(role, (names, options))| {
        let replace = if role == role_arn(&chain.topic) {
            ""
        } else {
            " --replace"
        };
        let remedy = chain.ddalert(&format!("connect {}{replace}", options.join(" ")));
        occurrence(
            format!("{}: the role {role} {problem}", names.join(", ")),
            remedy,
        )
    });
    occurrences.collect()
}

fn role_missing(chain: &ChainSnapshot) -> Vec<Occurrence> {
    in_publish_roles(chain, |role, _| role.trust.is_missing(), "does not exist")
}

fn role_not_trusting(chain: &ChainSnapshot) -> Vec<Occurrence> {
    let is_denied = |role: &PublishRole, publisher: &Publisher<'_>| {
        role.trust.found().is_some_and(|trust| {
            let request = PolicyRequest {
                principals: &["iot.amazonaws.com"],
                action: "sts:AssumeRole",
                resource: None,
                source: &publisher.source,
                account: &chain.topic.account,
            };
            request.is_denied_by(trust)
        })
    };
    in_publish_roles(
        chain,
        is_denied,
        "does not allow iot.amazonaws.com to assume it",
    )
}

fn role_not_publishing(chain: &ChainSnapshot) -> Vec<Occurrence> {
    in_publish_roles(
        chain,
        |role, _| role.can_publish.found() == Some(&false),
        "does not allow sns:Publish on the topic",
    )
}

fn role_not_encrypting(chain: &ChainSnapshot) -> Vec<Occurrence> {
    let key = chain
        .attributes
        .found()
        .and_then(|topic| topic.key.as_ref())
        .filter(|key| !key.aws_managed);
    // A key policy that allows the account leaves the decision to the IAM policies of the role.
    let account = chain.topic.account.as_str();
    let root = Arn::iam(&chain.topic.partition, account, "root").to_string();
    let left_to_iam = key.and_then(|key| key_decision(chain, key, &[&root, account]));
    let is_denied = |role: &PublishRole, publisher: &Publisher<'_>| {
        let denied_by_iam = role.can_use_key.found() == Some(&false);
        match key.and_then(|key| key_decision(chain, key, &[publisher.role])) {
            Some(PolicyDecision::ExplicitDeny) => true,
            Some(PolicyDecision::Allowed) => false,
            Some(PolicyDecision::ImplicitDeny) => {
                denied_by_iam || left_to_iam == Some(PolicyDecision::ImplicitDeny)
            }
            Some(PolicyDecision::Unknown) | None => denied_by_iam,
        }
    };
    in_publish_roles(chain, is_denied, "cannot use the KMS key of the topic")
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
    fn dd001_nothing_publishes() {
        finds("DD001", "ddalert connect --audit", |chain| {
            profile(chain).target = Some(NotificationTarget {
                topic: "arn:other".into(),
                role: "r".into(),
            });
            audit(chain).target = None;
        });
    }

    #[test]
    fn dd002_profile_without_target() {
        finds("DD002", "connect --profile-name fleet", |chain| {
            profile(chain).target = None
        });
    }

    #[test]
    fn dd003_suppressed_alerts() {
        finds("DD003", "aws iot update-security-profile", |chain| {
            profile(chain).suppressed.push("messageSize".into())
        });
    }

    #[test]
    fn dd004_audit_turned_off() {
        finds("DD004", "connect --audit", |chain| {
            audit(chain).enabled = false
        });
    }

    #[test]
    fn dd005_audit_without_target() {
        finds("DD005", "connect --audit", |chain| {
            *audit(chain) = AuditConfiguration {
                target: None,
                enabled: false,
                checks: vec!["A".into()],
            }
        });
    }

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
            role(chain).can_publish = Lookup::Found(false)
        });
    }

    #[test]
    fn dd009_role_not_encrypting() {
        finds("DD009", "ddalert connect", |chain| {
            role(chain).can_use_key = Lookup::Found(false)
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
            role(&mut chain).can_use_key = Lookup::Found(allowed_by_iam);
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
    fn dd062_unattached_profile() {
        finds(
            "DD062",
            "aws iot attach-security-profile --security-profile-name fleet",
            |chain| chain.unattached_profiles.push("fleet".into()),
        );
    }

    #[test]
    fn dd063_no_scheduled_audit() {
        finds(
            "DD063",
            "--target-check-names LOGGING_DISABLED_CHECK",
            |chain| chain.scheduled_audits = Lookup::Found([].into()),
        );
        let mut chain = healthy();
        chain.scheduled_audits = Lookup::NotChecked;
        assert_eq!(diagnose(&chain), []);
    }

    #[test]
    fn a_role_is_reported_once_for_everything_that_publishes_with_it() {
        let mut chain = healthy();
        let other = profile(&mut chain).clone();
        let Lookup::Found(profiles) = &mut chain.profiles else {
            unreachable!("the healthy chain has profiles")
        };
        profiles.insert("more".into(), other);
        role(&mut chain).can_publish = Lookup::Found(false);
        let found = diagnose(&chain);
        assert_eq!(found.len(), 1);
        assert!(
            found[0]
                .remedy
                .contains("--profile-name fleet --profile-name more --audit"),
            "{}",
            found[0].remedy
        );
    }
}
