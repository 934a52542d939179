//! Device Defender's end: does anything publish to the topic, and may it?

use std::collections::BTreeMap;

use super::grants::{PolicyDecision, PolicyRequest, grant};
use super::snapshot::{ChainSnapshot, KmsKey, Link, PublishRole, Publisher};
use super::{Check, FindingSeverity, Occurrence, Part};
use crate::arn::Arn;
use crate::chain::publishing::{KEY_ACTIONS, role_arn};

pub(super) const CHECKS: &[Check] = &[
    Check {
        code: "DD001",
        severity: FindingSeverity::Error,
        title: "No security profile and no audit publishes to the topic",
        consequence: "Device Defender sends no alert to anybody here",
        part: Part::Targets,
        look: nothing_publishes,
    },
    Check {
        code: "DD002",
        severity: FindingSeverity::Warning,
        title: "A security profile has no alert target",
        consequence: "its alarms are seen in the console only",
        part: Part::Targets,
        look: profiles_without_target,
    },
    Check {
        code: "DD003",
        severity: FindingSeverity::Note,
        title: "Behaviors of a security profile have their alerts suppressed",
        consequence: "violations of these behaviors are never sent",
        part: Part::Targets,
        look: suppressed_alerts,
    },
    Check {
        code: "DD004",
        severity: FindingSeverity::Warning,
        title: "Audit notifications have this topic for target but are switched off",
        consequence: "audit results are not sent",
        part: Part::Targets,
        look: audit_switched_off,
    },
    Check {
        code: "DD005",
        severity: FindingSeverity::Note,
        title: "Audits run but their results are sent nowhere",
        consequence: "audit results are seen in the console only",
        part: Part::Targets,
        look: audit_without_target,
    },
    Check {
        code: "DD006",
        severity: FindingSeverity::Error,
        title: "The role by which Device Defender publishes is not there",
        consequence: "Device Defender cannot publish: its alerts are lost",
        part: Part::PublishRole,
        look: role_missing,
    },
    Check {
        code: "DD007",
        severity: FindingSeverity::Error,
        title: "The role by which Device Defender publishes does not trust iot.amazonaws.com for it",
        consequence: "Device Defender cannot assume the role: its alerts are lost",
        part: Part::PublishRole,
        look: role_not_trusting,
    },
    Check {
        code: "DD008",
        severity: FindingSeverity::Error,
        title: "The role by which Device Defender publishes lacks sns:Publish on the topic",
        consequence: "Device Defender may not publish: its alerts are lost",
        part: Part::PublishRole,
        look: role_not_publishing,
    },
    Check {
        code: "DD009",
        severity: FindingSeverity::Error,
        title: "The topic is encrypted and the role by which Device Defender publishes may not use its key",
        consequence: "Device Defender may not publish: its alerts are lost",
        part: Part::PublishRole,
        look: role_not_encrypting,
    },
    Check {
        code: "DD062",
        severity: FindingSeverity::Warning,
        title: "A security profile that publishes to the topic is attached to no thing",
        consequence: "no device is held against it: it never alarms",
        part: Part::Targets,
        look: unattached,
    },
    Check {
        code: "DD063",
        severity: FindingSeverity::Note,
        title: "Audit results are sent to the topic, and no audit is scheduled",
        consequence: "results come only when somebody starts an audit",
        part: Part::Targets,
        look: no_scheduled_audit,
    },
];

fn hit(what: String, remedy: String) -> Occurrence {
    Occurrence {
        link: Link::DeviceDefender,
        what,
        remedy,
    }
}

fn nothing_publishes(chain: &ChainSnapshot) -> Vec<Occurrence> {
    let (Some(profiles), Some(audit)) = (chain.profiles.found(), chain.audit.found()) else {
        return Vec::new();
    };
    if !chain.publishers().is_empty() {
        return Vec::new();
    }
    let free = profiles
        .iter()
        .filter(|(_, profile)| profile.target.is_none());
    let free: Vec<String> = free
        .map(|(name, _)| format!("--profile-name {name}"))
        .collect();
    let elsewhere = audit
        .target
        .as_ref()
        .filter(|_| audit.enabled)
        .map(|target| target.topic.as_str());
    let (options, but) = match (free.is_empty(), elsewhere) {
        (false, _) if free.len() == profiles.len() => ("--all-profiles".to_owned(), String::new()),
        (false, _) => (free.join(" "), String::new()),
        (true, None) => ("--audit".to_owned(), String::new()),
        (true, Some(other)) => (
            "--audit --replace".to_owned(),
            format!("; audit results go to {other}"),
        ),
    };
    let what = format!(
        "no security profile and no audit publishes to {}{but}",
        chain.topic.name
    );
    vec![hit(what, chain.ddalert(&format!("connect {options}")))]
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
            hit(
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
        // The API takes all behaviors or none, so that they are read, changed and written.
        let command = format!(
            "iot update-security-profile --security-profile-name {name} --behaviors \"$({} | sed \
             's/\"suppressAlerts\": true/\"suppressAlerts\": false/')\"",
            chain.aws(&format!("iot describe-security-profile --security-profile-name {name} --query behaviors --output json"))
        );
        hit(what, chain.aws(&command))
    })
    .collect()
}

fn audit_switched_off(chain: &ChainSnapshot) -> Vec<Occurrence> {
    let Some(audit) = chain.audit.found() else {
        return Vec::new();
    };
    let here = audit
        .target
        .as_ref()
        .is_some_and(|target| target.topic == chain.topic.to_string());
    if !here || audit.enabled {
        return Vec::new();
    }
    vec![hit(
        "audit notifications to this topic are switched off".to_owned(),
        chain.ddalert("connect --audit"),
    )]
}

fn audit_without_target(chain: &ChainSnapshot) -> Vec<Occurrence> {
    let Some(audit) = chain.audit.found() else {
        return Vec::new();
    };
    if audit.target.is_some() || audit.checks.is_empty() || chain.publishers().is_empty() {
        return Vec::new();
    }
    vec![hit(
        "audits run, and their results are sent nowhere".to_owned(),
        chain.ddalert("connect --audit"),
    )]
}

fn unattached(chain: &ChainSnapshot) -> Vec<Occurrence> {
    let all = chain.topic.local_arn("iot", "all/things");
    let attach = |name: &String| {
        let command = format!(
            "iot attach-security-profile --security-profile-name {name} --security-profile-target-arn {all}"
        );
        hit(
            format!("security profile {name} is attached to no thing"),
            chain.aws(&command),
        )
    };
    chain.unattached.iter().map(attach).collect()
}

fn no_scheduled_audit(chain: &ChainSnapshot) -> Vec<Occurrence> {
    let Some(audit) = chain
        .audit
        .found()
        .filter(|audit| audit.enabled && !audit.checks.is_empty())
    else {
        return Vec::new();
    };
    let here = audit
        .target
        .as_ref()
        .is_some_and(|target| target.topic == chain.topic.to_string());
    if !here
        || chain
            .scheduled_audits
            .found()
            .is_none_or(|audits| !audits.is_empty())
    {
        return Vec::new();
    }
    let checks = audit.checks.join(" ");
    let command = format!(
        "iot create-scheduled-audit --scheduled-audit-name daily --frequency DAILY --target-check-names {checks}"
    );
    vec![hit("no audit is scheduled".to_owned(), chain.aws(&command))]
}

/// Asks about the role of each publisher, and says of each role once what it is; the remedy takes our own role, in place of another
/// where there is one.
fn of_each_role(
    chain: &ChainSnapshot,
    broken: impl Fn(&PublishRole, &Publisher<'_>) -> bool,
    says: &str,
) -> Vec<Occurrence> {
    let mut by_role: BTreeMap<&str, (Vec<String>, Vec<String>)> = BTreeMap::new();
    for publisher in chain.publishers() {
        if chain
            .roles
            .get(publisher.role)
            .is_some_and(|role| broken(role, &publisher))
        {
            let (whats, options) = by_role.entry(publisher.role).or_default();
            whats.push(publisher.what);
            options.push(publisher.options);
        }
    }
    let hits = by_role.into_iter().map(|(role, (whats, options))| {
        let replace = if role == role_arn(&chain.topic) {
            ""
        } else {
            " --replace"
        };
        let remedy = chain.ddalert(&format!("connect {}{replace}", options.join(" ")));
        hit(
            format!("{}: the role {role} {says}", whats.join(", ")),
            remedy,
        )
    });
    hits.collect()
}

fn role_missing(chain: &ChainSnapshot) -> Vec<Occurrence> {
    of_each_role(chain, |role, _| role.trust.is_missing(), "is not there")
}

fn role_not_trusting(chain: &ChainSnapshot) -> Vec<Occurrence> {
    let distrusts = |role: &PublishRole, publisher: &Publisher<'_>| {
        role.trust.found().is_some_and(|trust| {
            let call = PolicyRequest {
                principals: &["iot.amazonaws.com"],
                action: "sts:AssumeRole",
                resource: None,
                source: &publisher.source,
                account: &chain.topic.account,
            };
            matches!(
                grant(trust, &call),
                PolicyDecision::Silent | PolicyDecision::Denied
            )
        })
    };
    of_each_role(chain, distrusts, "does not let iot.amazonaws.com assume it")
}

fn role_not_publishing(chain: &ChainSnapshot) -> Vec<Occurrence> {
    of_each_role(
        chain,
        |role, _| role.publishes.found() == Some(&false),
        "may not publish to the topic",
    )
}

fn role_not_encrypting(chain: &ChainSnapshot) -> Vec<Occurrence> {
    let key = chain
        .attributes
        .found()
        .and_then(|topic| topic.key.as_ref())
        .filter(|key| !key.aws_managed);
    // The key's policy leaves it to IAM who may use the key where it names the account.
    let account = chain.topic.account.as_str();
    let root = Arn::iam(&chain.topic.partition, account, "root").to_string();
    let left_to_iam = key.and_then(|key| key_grant(chain, key, &[&root, account]));
    let refused = |role: &PublishRole, publisher: &Publisher<'_>| {
        let by_iam = role.encrypts.found() == Some(&false);
        match key.and_then(|key| key_grant(chain, key, &[publisher.role])) {
            Some(PolicyDecision::Denied) => true,
            Some(PolicyDecision::Allowed) => false,
            Some(PolicyDecision::Silent) => by_iam || left_to_iam == Some(PolicyDecision::Silent),
            Some(PolicyDecision::Unclear) | None => by_iam,
        }
    };
    of_each_role(chain, refused, "may not use the topic's KMS key")
}

/// Returns what the policy of the topic's key says of all that a publisher does with it: the least that it says of any action.
fn key_grant(chain: &ChainSnapshot, key: &KmsKey, principals: &[&str]) -> Option<PolicyDecision> {
    let (policy, arn) = (key.policy.found()?, key.arn.as_deref()?);
    let account = chain.topic.account.as_str();
    let grants = KEY_ACTIONS.map(|action| {
        grant(
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
        PolicyDecision::Denied,
        PolicyDecision::Silent,
        PolicyDecision::Unclear,
        PolicyDecision::Allowed,
    ]
    .into_iter()
    .find(|worst| grants.contains(worst))
}
