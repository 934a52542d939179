//! Device Defender: does anything publish to the topic, and does everything that should?

mod audits;
mod elsewhere;
mod profiles;

use super::check::{Check, FindingSeverity};
use super::snapshot::{Part, Reading};

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
        find: elsewhere::nothing_publishes,
    },
    Check {
        code: "DD002",
        severity: FindingSeverity::Warning,
        reads: &[Reading::Profiles, Reading::Audit],
        title: "A security profile has no alert target",
        consequence: "its alarms appear only in the console",
        remedy: "`ddalert connect --profile-name NAME`.",
        part: Part::Targets,
        find: profiles::profiles_without_target,
    },
    Check {
        code: "DD003",
        severity: FindingSeverity::Note,
        reads: &[Reading::Profiles],
        title: "A security profile suppresses the alerts of some behaviors",
        consequence: "violations of these behaviors are never sent",
        remedy: "`aws iot update-security-profile --security-profile-name NAME --behaviors BEHAVIORS`, with `suppressAlerts` set to `false`. Nothing to do if the alerts are suppressed on purpose.",
        part: Part::Targets,
        find: profiles::suppressed_alerts,
    },
    Check {
        code: "DD004",
        severity: FindingSeverity::Warning,
        reads: &[Reading::Audit],
        title: "Audit notifications to this topic are turned off",
        consequence: "audit results are not sent",
        remedy: "`ddalert connect --audit`.",
        part: Part::Targets,
        find: audits::audit_turned_off,
    },
    Check {
        code: "DD005",
        severity: FindingSeverity::Note,
        reads: &[Reading::Profiles, Reading::Audit],
        title: "Audit results have no notification target",
        consequence: "audit results appear only in the console",
        remedy: "`ddalert connect --audit`.",
        part: Part::Targets,
        find: audits::audit_without_target,
    },
    Check {
        code: "DD062",
        severity: FindingSeverity::Warning,
        reads: &[Reading::Attachments],
        title: "A security profile that publishes to the topic is not attached to any thing group",
        consequence: "it monitors no devices and never raises an alarm",
        remedy: "`aws iot attach-security-profile --security-profile-name NAME --security-profile-target-arn ARN`; doctor prints the ARN that stands for all things.",
        part: Part::Targets,
        find: profiles::unattached_profiles,
    },
    Check {
        code: "DD063",
        severity: FindingSeverity::Note,
        reads: &[Reading::ScheduledAudits],
        title: "Audit results go to the topic, but no audit is scheduled",
        consequence: "audit results arrive only when somebody starts an audit",
        remedy: "`aws iot create-scheduled-audit --scheduled-audit-name NAME --frequency DAILY --target-check-names CHECK…`.",
        part: Part::Targets,
        find: audits::no_scheduled_audit,
    },
    Check {
        code: "DD070",
        severity: FindingSeverity::Warning,
        reads: &[Reading::Profiles, Reading::Audit],
        title: "Every security profile sends its alerts to another topic",
        consequence: "audit results reach this topic, the alarms of devices do not",
        remedy: "A security profile has one SNS target. Subscribe to the other topic as well, or decide that the alerts should come here: `ddalert connect --profile-name NAME` names the target that would be overwritten, and the option that does it.",
        part: Part::Targets,
        find: elsewhere::profiles_elsewhere,
    },
    Check {
        code: "DD071",
        severity: FindingSeverity::Warning,
        reads: &[Reading::Profiles, Reading::Audit],
        title: "Audit results go to another topic",
        consequence: "the alarms of devices reach this topic, audit results do not",
        remedy: "An account has one target for audit results in a region. Subscribe to the other topic as well, or decide that the results should come here: `ddalert connect --audit` names the target that would be overwritten, and the option that does it.",
        part: Part::Targets,
        find: elsewhere::audit_elsewhere,
    },
    Check {
        code: "DD072",
        severity: FindingSeverity::Note,
        reads: &[Reading::Profiles, Reading::Audit],
        title: "A security profile sends its alerts to another topic",
        consequence: "its alarms do not reach this topic",
        remedy: "Nothing to do if that is on purpose. Else `ddalert connect --profile-name NAME` names the target that would be overwritten, and the option that does it.",
        part: Part::Targets,
        find: elsewhere::one_profile_elsewhere,
    },
    Check {
        code: "DD073",
        severity: FindingSeverity::Warning,
        reads: &[Reading::Profiles],
        title: "A security profile that publishes to the topic has no behaviors",
        consequence: "it never raises an alarm",
        remedy: "Whoever owns the profile has to add a behavior: what a device normally does.",
        part: Part::Targets,
        find: profiles::no_behaviors,
    },
    Check {
        code: "DD074",
        severity: FindingSeverity::Warning,
        reads: &[Reading::Audit],
        title: "Audit results go to the topic, but no audit check is enabled",
        consequence: "no audit can run, so no results are sent",
        remedy: "`aws iot update-account-audit-configuration --audit-check-configurations '{\"LOGGING_DISABLED_CHECK\":{\"enabled\":true}}'` enables one check.",
        part: Part::Targets,
        find: audits::no_audit_check,
    },
    Check {
        code: "DD075",
        severity: FindingSeverity::Note,
        reads: &[Reading::Audit, Reading::ScheduledAudits],
        title: "A scheduled audit contains a check that is not enabled",
        consequence: "the audit skips this check",
        remedy: "`aws iot update-account-audit-configuration --audit-check-configurations '{\"CHECK\":{\"enabled\":true}}'`.",
        part: Part::Targets,
        find: audits::audit_check_disabled,
    },
];

#[cfg(test)]
mod tests;
