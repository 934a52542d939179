//! The summary of an audit: how many checks are compliant, and which are not.
//!
//! The shape is the one of the 2018–19 developer guide. There `auditDetails` is a list; in `DescribeAuditTask` it is a map by
//! check name.

use jiff::Timestamp;
use serde_json::Value;

use super::report::{Report, State};
use super::severity::Severity;
use super::truncate::truncate;
use super::{Origin, field};

/// The maximum number of checks that the headline names.
const MAX_NAMED_CHECKS: usize = 3;
/// The maximum length of a check's name in a headline, in UTF-16 code units.
const MAX_NAME_LENGTH: usize = 100;

/// A finished audit.
#[derive(Clone, Debug)]
pub struct Audit {
    /// The account that was audited.
    pub account: Option<String>,
    /// The audit task's ID.
    pub task: Option<String>,
    /// `COMPLETED`, `FAILED` or `CANCELED`.
    pub status: Option<String>,
    /// The name of the scheduled audit; `None` for an on-demand audit.
    pub schedule: Option<String>,
    /// When the audit started.
    pub started: Option<Timestamp>,
    /// The number of checks.
    pub total: u64,
    /// The number of checks that found non-compliant resources.
    pub non_compliant: u64,
    /// The number of checks that failed to run.
    pub failed: u64,
    /// The number of checks that were canceled.
    pub canceled: u64,
    /// The checks, in the message's order.
    pub checks: Vec<AuditCheck>,
}

/// One check of an audit.
#[derive(Clone, Debug)]
pub struct AuditCheck {
    /// The check's name, such as `LOGGING_DISABLED_CHECK`.
    pub name: String,
    /// How the check ended.
    pub outcome: CheckOutcome,
    non_compliant: Option<u64>,
    total: Option<u64>,
    suppressed: Option<u64>,
    error: Option<String>,
    message: Option<String>,
}

/// How a check ended: `checkRunStatus`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CheckOutcome {
    /// `COMPLETED_COMPLIANT`.
    Compliant,
    /// `COMPLETED_NON_COMPLIANT`.
    NonCompliant,
    /// `FAILED`.
    Failed,
    /// `CANCELED`.
    Canceled,
    /// Any other status.
    Other(String),
}

/// The top-level keys that the report covers; any other is added to it unchanged.
const KNOWN_KEYS: &[&str] = &[
    "accountId",
    "taskId",
    "taskStatus",
    "taskType",
    "scheduledAuditName",
    "failedChecksCount",
    "canceledChecksCount",
    "nonCompliantChecksCount",
    "compliantChecksCount",
    "totalChecksCount",
    "taskStartTime",
    "auditDetails",
];

impl Audit {
    /// Parses an audit's summary; `None` if the value does not look like one.
    pub(super) fn parse(value: &Value) -> Option<Audit> {
        if value.get("auditDetails").is_none() && value.get("taskType").is_none() {
            return None;
        }
        let checks = match value.get("auditDetails") {
            Some(Value::Array(details)) => details
                .iter()
                .filter_map(|check| AuditCheck::parse(None, check))
                .collect(),
            Some(Value::Object(details)) => details
                .iter()
                .filter_map(|(name, check)| AuditCheck::parse(Some(name), check))
                .collect::<Vec<_>>(),
            _ => Vec::new(),
        };
        // The counts are documented as required; if they are missing, the listed checks are counted.
        let count = |key: &str, counted: &dyn Fn(&AuditCheck) -> bool| {
            field::count(value, key)
                .unwrap_or_else(|| checks.iter().filter(|check| counted(check)).count() as u64)
        };
        Some(Audit {
            account: field::text(value, "accountId"),
            task: field::text(value, "taskId"),
            status: field::text(value, "taskStatus"),
            schedule: field::text(value, "scheduledAuditName"),
            started: field::time(value, "taskStartTime"),
            total: count("totalChecksCount", &|_| true),
            non_compliant: count("nonCompliantChecksCount", &|check| {
                check.outcome == CheckOutcome::NonCompliant
            }),
            failed: count("failedChecksCount", &|check| {
                check.outcome == CheckOutcome::Failed
            }),
            canceled: count("canceledChecksCount", &|check| {
                check.outcome == CheckOutcome::Canceled
            }),
            checks,
        })
    }

    /// Returns whether the audit completed and every check is compliant.
    pub fn is_compliant(&self) -> bool {
        let finished = self
            .status
            .as_deref()
            .is_none_or(|status| status == "COMPLETED");
        finished
            && self.non_compliant + self.failed + self.canceled == 0
            && self.checks_needing_attention().next().is_none()
    }

    /// Returns the checks that are not compliant: non-compliant, failed, canceled or of an unknown status.
    pub fn checks_needing_attention(&self) -> impl Iterator<Item = &AuditCheck> {
        self.checks
            .iter()
            .filter(|check| check.outcome != CheckOutcome::Compliant)
    }

    /// Returns the result in words: `1 of 3 checks is non-compliant, 1 failed`.
    fn result(&self) -> String {
        let mut parts = Vec::new();
        for (number, singular, plural) in [
            (self.non_compliant, "is non-compliant", "are non-compliant"),
            (self.failed, "failed", "failed"),
            (self.canceled, "was canceled", "were canceled"),
        ] {
            if number > 0 {
                let of = if parts.is_empty() {
                    format!(" of {} checks", self.total)
                } else {
                    String::new()
                };
                let verb = if number == 1 { singular } else { plural };
                parts.push(format!("{number}{of} {verb}"));
            }
        }
        let unfinished = self
            .status
            .as_deref()
            .filter(|status| *status != "COMPLETED")
            .map(|status| status.to_lowercase().replace('_', " "));
        match (unfinished, parts.is_empty()) {
            (Some(status), true) => format!("{status}, no results"),
            (Some(status), false) => format!("{status}, {}", parts.join(", ")),
            (None, false) => parts.join(", "),
            (None, true) if !self.is_compliant() => "not every check is compliant".to_owned(),
            (None, true) if self.total == 1 => "the only check is compliant".to_owned(),
            (None, true) => format!("all {} checks are compliant", self.total),
        }
    }
}

impl Audit {
    /// Returns the report of the audit, which was parsed from `value`.
    pub(super) fn report(&self, value: &Value, origin: &Origin) -> Report {
        let (state, severity) = match self.status.as_deref() {
            _ if self.is_compliant() => (State::Compliant, Severity::Info),
            Some("CANCELED") if self.non_compliant + self.failed == 0 => {
                (State::NonCompliant, Severity::Low)
            }
            _ => (State::NonCompliant, Severity::Medium),
        };
        let result = self.result();
        let mut headline = format!("IoT Device Defender audit: {result}");
        if let Some(named) = self.check_names() {
            headline.push_str(&format!(" | {named}"));
        }
        let mut report = Report::new(
            origin,
            &headline,
            &format!("Audit: {result}"),
            state,
            severity,
        );
        for check in self.checks_needing_attention() {
            report.add_fact(&check.name, Some(check.result()));
        }
        let compliant = self
            .checks
            .iter()
            .filter(|check| check.outcome == CheckOutcome::Compliant);
        report.add_fact(
            "Compliant checks",
            Some(
                compliant
                    .map(|check| check.name.as_str())
                    .collect::<Vec<_>>()
                    .join(", "),
            )
            .filter(|names| !names.is_empty()),
        );
        let suppressed: u64 = self
            .checks
            .iter()
            .map(AuditCheck::suppressed)
            .fold(0, u64::saturating_add);
        report.add_fact(
            "Suppressed resources",
            (suppressed > 0).then(|| suppressed.to_string()),
        );
        report.add_fact(
            "Audit",
            Some(
                self.schedule
                    .clone()
                    .unwrap_or_else(|| "on demand".to_owned()),
            ),
        );
        report.add_fact("Status", self.status.clone());
        report.add_time_and_place(
            origin,
            self.started,
            field::text(value, "taskStartTime"),
            self.account.clone(),
        );
        report.add_fact("Task ID", self.task.clone());
        report.add_other_fields(value, KNOWN_KEYS);
        report.add_link(origin, "Audit results", |console| console.audits());
        if let (Some(task), Some(check)) = (&self.task, self.checks_needing_attention().next()) {
            report.add_link(origin, "Check details", |console| {
                console.check(task, &check.name)
            });
        }
        report
    }

    /// Returns the names of the first checks that need attention, and how many more there are.
    fn check_names(&self) -> Option<String> {
        let names: Vec<&str> = self
            .checks_needing_attention()
            .map(|check| check.name.as_str())
            .collect();
        let more = names.len().saturating_sub(MAX_NAMED_CHECKS);
        let named = names
            .iter()
            .take(MAX_NAMED_CHECKS)
            .map(|name| truncate(name, MAX_NAME_LENGTH))
            .collect::<Vec<_>>()
            .join(", ");
        match more {
            _ if names.is_empty() => None,
            0 => Some(named),
            more => Some(format!("{named} and {more} more")),
        }
    }
}

impl AuditCheck {
    fn parse(name: Option<&str>, value: &Value) -> Option<AuditCheck> {
        let suppressed = [
            "suppressedNonCompliantResourcesCount",
            "suppressedNonCompliantResourceCount",
        ];
        Some(AuditCheck {
            name: field::text(value, "checkName")
                .or_else(|| name.map(field::sanitize))
                .or_else(|| field::scalar(value))?,
            outcome: match field::text(value, "checkRunStatus").as_deref() {
                Some("COMPLETED_COMPLIANT") => CheckOutcome::Compliant,
                Some("COMPLETED_NON_COMPLIANT") => CheckOutcome::NonCompliant,
                Some("FAILED") => CheckOutcome::Failed,
                Some("CANCELED") => CheckOutcome::Canceled,
                other => CheckOutcome::Other(other.unwrap_or("no status").to_owned()),
            },
            non_compliant: field::count(value, "nonCompliantResourcesCount"),
            total: field::count(value, "totalResourcesCount"),
            suppressed: suppressed.iter().find_map(|key| field::count(value, key)),
            error: field::text(value, "errorCode"),
            message: field::text(value, "message"),
        })
    }

    /// Returns the check's result in words: `2 of 6 resources are non-compliant (1 suppressed)`.
    fn result(&self) -> String {
        let mut words = match (&self.outcome, self.non_compliant, self.total) {
            (CheckOutcome::NonCompliant, Some(number), Some(total)) => {
                let verb = if number == 1 { "is" } else { "are" };
                format!("{number} of {total} resources {verb} non-compliant")
            }
            (CheckOutcome::NonCompliant, Some(number), None) => {
                let subject = if number == 1 {
                    "resource is"
                } else {
                    "resources are"
                };
                format!("{number} {subject} non-compliant")
            }
            (CheckOutcome::NonCompliant, None, _) => "non-compliant".to_owned(),
            (CheckOutcome::Compliant, ..) => "compliant".to_owned(),
            (CheckOutcome::Failed, ..) => "failed".to_owned(),
            (CheckOutcome::Canceled, ..) => "canceled".to_owned(),
            (CheckOutcome::Other(status), ..) => status.clone(),
        };
        if let Some(suppressed) = self.suppressed.filter(|number| *number > 0) {
            words.push_str(&format!(" ({suppressed} suppressed)"));
        }
        for more in [&self.error, &self.message].into_iter().flatten() {
            words.push_str(&format!(": {more}"));
        }
        words
    }

    /// Returns the number of non-compliant resources whose findings are suppressed.
    fn suppressed(&self) -> u64 {
        self.suppressed.unwrap_or(0)
    }
}
