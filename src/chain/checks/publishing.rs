//! Device Defender: does anything publish to the topic, and does everything that should?

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::check::{Check, FindingSeverity, Occurrence, Remedy};
use super::snapshot::{ChainSnapshot, Link, Part, Reading};
use crate::chain::publishing::AuditConfiguration;

/// The code of a topic that nobody publishes to.
pub(super) const NOTHING_PUBLISHES: &str = "DD001";

pub(super) const CHECKS: &[Check] = &[
    Check {
        code: NOTHING_PUBLISHES,
        severity: FindingSeverity::Error,
        reads: &[Reading::Profiles, Reading::Audit],
        title: "No security profile or audit publishes to the topic",
        consequence: "Device Defender sends no alerts to this topic",
        remedy: "`ddalert connect --all-profiles` for every security profile, `--profile-name NAME` for one, `--audit` for audit results.",
        part: Part::Targets,
        find: nothing_publishes,
    },
    Check {
        code: "DD002",
        severity: FindingSeverity::Warning,
        reads: &[Reading::Profiles, Reading::Audit],
        title: "A security profile has no alert target",
        consequence: "its alarms appear only in the console",
        remedy: "`ddalert connect --profile-name NAME`.",
        part: Part::Targets,
        find: profiles_without_target,
    },
    Check {
        code: "DD003",
        severity: FindingSeverity::Note,
        reads: &[Reading::Profiles],
        title: "A security profile suppresses the alerts of some behaviors",
        consequence: "violations of these behaviors are never sent",
        remedy: "`aws iot update-security-profile --security-profile-name NAME --behaviors BEHAVIORS`, with `suppressAlerts` set to `false`. Nothing to do if the alerts are suppressed on purpose.",
        part: Part::Targets,
        find: suppressed_alerts,
    },
    Check {
        code: "DD004",
        severity: FindingSeverity::Warning,
        reads: &[Reading::Audit],
        title: "Audit notifications to this topic are turned off",
        consequence: "audit results are not sent",
        remedy: "`ddalert connect --audit`.",
        part: Part::Targets,
        find: audit_turned_off,
    },
    Check {
        code: "DD005",
        severity: FindingSeverity::Note,
        reads: &[Reading::Profiles, Reading::Audit],
        title: "Audit results have no notification target",
        consequence: "audit results appear only in the console",
        remedy: "`ddalert connect --audit`.",
        part: Part::Targets,
        find: audit_without_target,
    },
    Check {
        code: "DD062",
        severity: FindingSeverity::Warning,
        reads: &[Reading::Attachments],
        title: "A security profile that publishes to the topic is not attached to any thing group",
        consequence: "it monitors no devices and never raises an alarm",
        remedy: "`aws iot attach-security-profile --security-profile-name NAME --security-profile-target-arn ARN`; doctor prints the ARN that stands for all things.",
        part: Part::Targets,
        find: unattached_profiles,
    },
    Check {
        code: "DD063",
        severity: FindingSeverity::Note,
        reads: &[Reading::ScheduledAudits],
        title: "Audit results go to the topic, but no audit is scheduled",
        consequence: "audit results arrive only when somebody starts an audit",
        remedy: "`aws iot create-scheduled-audit --scheduled-audit-name NAME --frequency DAILY --target-check-names CHECK…`.",
        part: Part::Targets,
        find: no_scheduled_audit,
    },
    Check {
        code: "DD070",
        severity: FindingSeverity::Warning,
        reads: &[Reading::Profiles, Reading::Audit],
        title: "Every security profile sends its alerts to another topic",
        consequence: "audit results reach this topic, the alarms of devices do not",
        remedy: "A security profile has one SNS target. Subscribe to the other topic as well, or decide that the alerts should come here: `ddalert connect --profile-name NAME` names the target that would be overwritten, and the option that does it.",
        part: Part::Targets,
        find: profiles_elsewhere,
    },
    Check {
        code: "DD071",
        severity: FindingSeverity::Warning,
        reads: &[Reading::Profiles, Reading::Audit],
        title: "Audit results go to another topic",
        consequence: "the alarms of devices reach this topic, audit results do not",
        remedy: "An account has one target for audit results in a region. Subscribe to the other topic as well, or decide that the results should come here: `ddalert connect --audit` names the target that would be overwritten, and the option that does it.",
        part: Part::Targets,
        find: audit_elsewhere,
    },
    Check {
        code: "DD072",
        severity: FindingSeverity::Note,
        reads: &[Reading::Profiles, Reading::Audit],
        title: "A security profile sends its alerts to another topic",
        consequence: "its alarms do not reach this topic",
        remedy: "Nothing to do if that is on purpose. Else `ddalert connect --profile-name NAME` names the target that would be overwritten, and the option that does it.",
        part: Part::Targets,
        find: one_profile_elsewhere,
    },
    Check {
        code: "DD073",
        severity: FindingSeverity::Warning,
        reads: &[Reading::Profiles],
        title: "A security profile that publishes to the topic has no behaviors",
        consequence: "it never raises an alarm",
        remedy: "Whoever owns the profile has to add a behavior: what a device normally does.",
        part: Part::Targets,
        find: no_behaviors,
    },
    Check {
        code: "DD074",
        severity: FindingSeverity::Warning,
        reads: &[Reading::Audit],
        title: "Audit results go to the topic, but no audit check is enabled",
        consequence: "no audit can run, so no results are sent",
        remedy: "`aws iot update-account-audit-configuration --audit-check-configurations '{\"LOGGING_DISABLED_CHECK\":{\"enabled\":true}}'` enables one check.",
        part: Part::Targets,
        find: no_audit_check,
    },
    Check {
        code: "DD075",
        severity: FindingSeverity::Note,
        reads: &[Reading::Audit, Reading::ScheduledAudits],
        title: "A scheduled audit contains a check that is not enabled",
        consequence: "the audit skips this check",
        remedy: "`aws iot update-account-audit-configuration --audit-check-configurations '{\"CHECK\":{\"enabled\":true}}'`.",
        part: Part::Targets,
        find: audit_check_disabled,
    },
];

fn occurrence(what: String, remedy: impl Into<Remedy>) -> Occurrence {
    Occurrence::new(Link::DeviceDefender, what, remedy)
}

/// Returns the audit configuration if audit notifications go to this topic, turned on or off.
fn audit_to_topic(chain: &ChainSnapshot) -> Option<&AuditConfiguration> {
    let audit = chain.audit.found()?;
    let target = audit.target.as_ref()?;
    (target.topic == chain.topic.to_string()).then_some(audit)
}

/// Returns the security profiles that publish to another topic, with its ARN.
fn elsewhere(chain: &ChainSnapshot) -> Vec<(&String, &str)> {
    let topic = chain.topic.to_string();
    let profiles = chain.profiles.found().into_iter().flatten();
    profiles
        .filter_map(|(name, profile)| Some((name, profile.target.as_ref()?.topic.as_str())))
        .filter(|(_, target)| *target != topic)
        .collect()
}

/// Returns the ARN of another topic that audit results are sent to.
fn audits_elsewhere(chain: &ChainSnapshot) -> Option<&str> {
    let topic = chain.topic.to_string();
    let audit = chain.audit.found().filter(|audit| audit.enabled)?;
    let target = audit.target.as_ref()?.topic.as_str();
    (target != topic).then_some(target)
}

/// Says that somebody else reads these alerts now, who has to agree before they come here.
fn ask_for(chain: &ChainSnapshot, what: &str, topics: &str) -> Remedy {
    let name = &chain.topic.name;
    Remedy::advice(format!(
        "decide with those who read {topics} whether {what} should come to {name} instead: connect says what it would overwrite, \
         and with which option; or subscribe to that topic too"
    ))
}

fn nothing_publishes(chain: &ChainSnapshot) -> Vec<Occurrence> {
    let (Some(profiles), Some(audit)) = (chain.profiles.found(), chain.audit.found()) else {
        return Vec::new();
    };
    // Nothing can publish to a topic that does not exist.
    if !chain.publishers().is_empty() || chain.attributes.is_missing() {
        return Vec::new();
    }
    let mut options: Vec<String> = profiles
        .iter()
        .filter(|(_, profile)| profile.target.is_none())
        .map(|(name, _)| format!("--profile-name {name}"))
        .collect();
    if !options.is_empty() && options.len() == profiles.len() {
        options = vec!["--all-profiles".to_owned()];
    }
    // An audit without an enabled check takes no target.
    let audit_is_free = audits_elsewhere(chain).is_none() && !audit.checks.is_empty();
    if audit_is_free {
        options.push("--audit".to_owned());
    }
    let mut others: Vec<String> = elsewhere(chain)
        .into_iter()
        .map(|(name, topic)| format!("security profile {name} sends its alerts to {topic}"))
        .collect();
    others.extend(audits_elsewhere(chain).map(|topic| format!("audit results go to {topic}")));
    let note = if others.is_empty() {
        String::new()
    } else {
        format!("; {}", others.join("; "))
    };
    let what = format!(
        "no security profile or audit publishes to {}{note}",
        chain.topic.name
    );
    let remedy = match (options.is_empty(), others.is_empty()) {
        (false, _) => chain
            .ddalert(&format!("connect {}", options.join(" ")))
            .into(),
        (true, false) => ask_for(chain, "they", "these topics"),
        (true, true) => Remedy::advice(
            "there is neither a security profile nor an enabled audit check in this region: whoever runs AWS IoT Device Defender \
             has to enable one first, or name the region where they are",
        ),
    };
    vec![occurrence(what, remedy)]
}

fn profiles_elsewhere(chain: &ChainSnapshot) -> Vec<Occurrence> {
    let others = elsewhere(chain);
    let total = chain.profiles.found().map_or(0, BTreeMap::len);
    if chain.publishers().is_empty() || others.is_empty() || others.len() < total {
        return Vec::new();
    }
    let each: Vec<String> = others
        .iter()
        .map(|(name, topic)| format!("security profile {name} sends its alerts to {topic}"))
        .collect();
    let topics: BTreeSet<&str> = others.iter().map(|(_, topic)| *topic).collect();
    let topics: Vec<&str> = topics.into_iter().collect();
    vec![occurrence(
        format!("{}, and no security profile to this topic", each.join("; ")),
        ask_for(chain, "these alerts", &topics.join(" and ")),
    )]
}

fn one_profile_elsewhere(chain: &ChainSnapshot) -> Vec<Occurrence> {
    let others = elsewhere(chain);
    let total = chain.profiles.found().map_or(0, BTreeMap::len);
    // DD070 reports it if that is true of every profile.
    if chain.publishers().is_empty() || others.len() == total {
        return Vec::new();
    }
    let each = others.into_iter().map(|(name, topic)| {
        occurrence(
            format!("security profile {name} sends its alerts to {topic}"),
            Remedy::advice(format!(
                "nothing, if that is on purpose; else decide with those who read {topic}: connect says what it would overwrite"
            )),
        )
    });
    each.collect()
}

fn audit_elsewhere(chain: &ChainSnapshot) -> Vec<Occurrence> {
    let topic = audits_elsewhere(chain).filter(|_| !chain.publishers().is_empty());
    let found = topic.map(|topic| {
        occurrence(
            format!("audit results go to {topic}"),
            ask_for(chain, "audit results", topic),
        )
    });
    found.into_iter().collect()
}

fn no_behaviors(chain: &ChainSnapshot) -> Vec<Occurrence> {
    let topic = chain.topic.to_string();
    let profiles = chain.profiles.found().into_iter().flatten();
    let without = profiles.filter(|(_, profile)| {
        let target = profile.target.as_ref();
        profile.behaviors.is_empty() && target.is_some_and(|target| target.topic == topic)
    });
    without
        .map(|(name, _)| {
            occurrence(
                format!("security profile {name} has no behaviors"),
                Remedy::advice(format!(
                    "whoever owns the security profile {name} has to add a behavior: what a device normally does"
                )),
            )
        })
        .collect()
}

/// Returns the command that enables audit checks.
fn enable_checks(chain: &ChainSnapshot, checks: &[&str]) -> String {
    let checks: Map<String, Value> = checks
        .iter()
        .map(|check| ((*check).to_owned(), json!({ "enabled": true })))
        .collect();
    chain.aws(&format!(
        "iot update-account-audit-configuration --audit-check-configurations {}",
        shell_words::quote(&Value::Object(checks).to_string())
    ))
}

fn no_audit_check(chain: &ChainSnapshot) -> Vec<Occurrence> {
    let audit = audit_to_topic(chain).filter(|audit| audit.enabled && audit.checks.is_empty());
    let found = audit.map(|_| {
        occurrence(
            "audit results go to this topic, but no audit check is enabled".to_owned(),
            enable_checks(chain, &["LOGGING_DISABLED_CHECK"]),
        )
    });
    found.into_iter().collect()
}

fn audit_check_disabled(chain: &ChainSnapshot) -> Vec<Occurrence> {
    let audit = audit_to_topic(chain).filter(|audit| audit.enabled && !audit.checks.is_empty());
    let Some(audit) = audit else {
        return Vec::new();
    };
    let scheduled = chain.scheduled_audits.found().into_iter().flatten();
    let found = scheduled.filter_map(|(name, checks)| {
        let disabled: Vec<&str> = checks
            .iter()
            .filter(|check| !audit.checks.contains(check))
            .map(String::as_str)
            .collect();
        (!disabled.is_empty()).then(|| {
            occurrence(
                format!(
                    "the scheduled audit {name} contains checks that are not enabled: {}",
                    disabled.join(", ")
                ),
                enable_checks(chain, &disabled),
            )
        })
    });
    found.collect()
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

#[cfg(test)]
mod tests {
    use crate::chain::checks::tests::*;

    #[test]
    fn dd001_nothing_publishes() {
        finds("DD001", "ddalert connect --audit", |chain| {
            profile(chain).target = elsewhere();
            audit(chain).target = None;
        });
        finds("DD001", "ddalert connect --all-profiles --audit", |chain| {
            profile(chain).target = None;
            audit(chain).target = None;
        });
        advises(
            "DD001",
            "decide with those who read these topics",
            |chain| {
                profile(chain).target = elsewhere();
                audit(chain).target = elsewhere();
            },
        );
        advises("DD001", "enable one first", |chain| {
            chain.profiles = Lookup::Found([].into());
            *audit(chain) = AuditConfiguration::default();
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

    fn elsewhere() -> Option<NotificationTarget> {
        Some(NotificationTarget {
            topic: "arn:other".into(),
            role: "r".into(),
        })
    }

    #[test]
    fn dd070_profiles_elsewhere() {
        advises("DD070", "those who read arn:other", |chain| {
            profile(chain).target = elsewhere()
        });
    }

    #[test]
    fn dd071_audit_elsewhere() {
        advises("DD071", "those who read arn:other", |chain| {
            audit(chain).target = elsewhere()
        });
    }

    #[test]
    fn dd072_one_profile_elsewhere() {
        advises("DD072", "nothing, if that is on purpose", |chain| {
            let mut other = profile(chain).clone();
            other.target = elsewhere();
            let Lookup::Found(profiles) = &mut chain.profiles else {
                unreachable!("the healthy chain has profiles")
            };
            profiles.insert("more".into(), other);
        });
    }

    #[test]
    fn dd073_no_behaviors() {
        advises("DD073", "has to add a behavior", |chain| {
            profile(chain).behaviors.clear()
        });
    }

    #[test]
    fn dd074_no_audit_check() {
        let command =
            r#"--audit-check-configurations '{"LOGGING_DISABLED_CHECK":{"enabled":true}}'"#;
        finds("DD074", command, |chain| audit(chain).checks.clear());
    }

    #[test]
    fn dd075_audit_check_disabled() {
        finds("DD075", r#"'{"OTHER_CHECK":{"enabled":true}}'"#, |chain| {
            let checks = vec!["LOGGING_DISABLED_CHECK".into(), "OTHER_CHECK".into()];
            chain.scheduled_audits = Lookup::Found([("daily".to_owned(), checks)].into());
        });
    }
}
