//! The audit: are its results sent, and is there anything to send?

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::chain::checks::check::Occurrence;
use crate::chain::checks::snapshot::ChainSnapshot;
use crate::chain::publishing::AuditConfiguration;

/// Returns the audit configuration if audit notifications go to this topic, turned on or off.
fn audit_to_topic(chain: &ChainSnapshot) -> Option<&AuditConfiguration> {
    let audit = chain.audit.found()?;
    let target = audit.target.as_ref()?;
    (target.topic == chain.topic.to_string()).then_some(audit)
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

pub(super) fn audit_turned_off(chain: &ChainSnapshot) -> Vec<Occurrence> {
    let turned_off = audit_to_topic(chain).filter(|audit| !audit.enabled);
    let found = turned_off.map(|_| {
        Occurrence::of_device_defender(
            "audit notifications to this topic are turned off".to_owned(),
            chain.ddalert("connect --audit"),
        )
    });
    found.into_iter().collect()
}

pub(super) fn audit_without_target(chain: &ChainSnapshot) -> Vec<Occurrence> {
    let Some(audit) = chain.audit.found() else {
        return Vec::new();
    };
    if audit.target.is_some() || audit.checks.is_empty() || chain.publishers().is_empty() {
        return Vec::new();
    }
    vec![Occurrence::of_device_defender(
        "audit checks are enabled, but their results have no notification target".to_owned(),
        chain.ddalert("connect --audit"),
    )]
}

pub(super) fn no_scheduled_audit(chain: &ChainSnapshot) -> Vec<Occurrence> {
    let audit = audit_to_topic(chain).filter(|audit| audit.enabled && !audit.checks.is_empty());
    let scheduled = chain.scheduled_audits.found();
    let (Some(audit), Some(true)) = (audit, scheduled.map(BTreeMap::is_empty)) else {
        return Vec::new();
    };
    let checks = audit.checks.join(" ");
    let command = format!(
        "iot create-scheduled-audit --scheduled-audit-name daily --frequency DAILY --target-check-names {checks}"
    );
    vec![Occurrence::of_device_defender(
        "audit results go to this topic, but no audit is scheduled".to_owned(),
        chain.aws(&command),
    )]
}

pub(super) fn no_audit_check(chain: &ChainSnapshot) -> Vec<Occurrence> {
    let audit = audit_to_topic(chain).filter(|audit| audit.enabled && audit.checks.is_empty());
    let found = audit.map(|_| {
        Occurrence::of_device_defender(
            "audit results go to this topic, but no audit check is enabled".to_owned(),
            enable_checks(chain, &["LOGGING_DISABLED_CHECK"]),
        )
    });
    found.into_iter().collect()
}

pub(super) fn audit_check_disabled(chain: &ChainSnapshot) -> Vec<Occurrence> {
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
            Occurrence::of_device_defender(
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
