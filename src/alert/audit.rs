//! The summary of an audit: how many checks are compliant, and which are not.
//!
//! The shape is the one of the 2018–19 developer guide. There `auditDetails` is a list; in `DescribeAuditTask` it is a map by
//! check name.

use std::cmp::Reverse;

use jiff::Timestamp;
use serde_json::Value;

use super::audit_check::{AuditCheck, CheckOutcome};
use super::report::{MAX_TITLE_LENGTH, Report, State};
use super::severity::Severity;
use super::truncate::truncate;
use super::{Origin, check, field, guidance};

/// The maximum number of checks that the headline names.
const MAX_NAMED_CHECKS: usize = 3;
/// The maximum length of a check's name in a headline, in UTF-16 code units.
const MAX_NAME_LENGTH: usize = 100;
/// What is kept of a check's name in a title at least, in UTF-16 code units.
const MIN_NAME_LENGTH: usize = 20;

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
    /// Whether the message says of every check that it is compliant, and nothing in it is odd or says otherwise.
    says_compliant: bool,
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
            says_compliant: says_compliant(value, &checks),
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

    /// Returns whether the audit completed and every check is compliant, as far as the message says so: an audit whose results
    /// cannot be read is not compliant.
    pub fn is_compliant(&self) -> bool {
        self.says_compliant
    }

    /// Returns the checks that are not compliant: first the non-compliant ones, the most severe first, then those that failed or
    /// have an unknown status, then the canceled ones.
    pub fn checks_needing_attention(&self) -> impl Iterator<Item = &AuditCheck> {
        let mut checks: Vec<&AuditCheck> = self
            .checks
            .iter()
            .filter(|check| check.outcome != CheckOutcome::Compliant)
            .collect();
        checks.sort_by_key(|check| match check.outcome {
            CheckOutcome::Compliant | CheckOutcome::NonCompliant => (0, Reverse(check.severity())),
            CheckOutcome::Failed | CheckOutcome::Other(_) => (1, Reverse(Severity::Info)),
            CheckOutcome::Canceled => (2, Reverse(Severity::Info)),
        });
        checks.into_iter()
    }

    /// Returns how bad the result is: as severe as the most severe non-compliant check.
    fn severity(&self) -> Severity {
        let checks = self.checks_needing_attention();
        let non_compliant = checks.filter(|check| check.outcome == CheckOutcome::NonCompliant);
        match non_compliant.map(AuditCheck::severity).max() {
            Some(severity) => severity,
            _ if self.is_compliant() => Severity::Info,
            _ if self.status.as_deref() == Some("CANCELED")
                && self.non_compliant == 0
                && self.failed == 0 =>
            {
                Severity::Low
            }
            _ => Severity::Medium,
        }
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
        match (self.unfinished(), parts.is_empty()) {
            (Some(status), true) => format!("{status}, no results"),
            (Some(status), false) => format!("{status}, {}", parts.join(", ")),
            (None, false) => parts.join(", "),
            (None, true) if self.checks_needing_attention().next().is_some() => {
                "not every check is compliant".to_owned()
            }
            (None, true) if !self.is_compliant() => "the results cannot be read".to_owned(),
            (None, true) if self.total == 1 => "the only check is compliant".to_owned(),
            (None, true) => format!("all {} checks are compliant", self.total),
        }
    }
}

/// Returns whether an audit's message says that it completed and that every check is compliant: in `auditDetails`, or without
/// them in the counts. Whatever else is there must be readable and agree.
fn says_compliant(value: &Value, checks: &[AuditCheck]) -> bool {
    /// A count of the message.
    enum Count {
        Missing,
        Odd,
        Is(u64),
    }
    let count = |key: &str| match (value.get(key), field::count(value, key)) {
        (None, _) => Count::Missing,
        (Some(_), Some(number)) => Count::Is(number),
        (Some(_), None) => Count::Odd,
    };
    let listed = match value.get("auditDetails") {
        None => 0,
        Some(Value::Array(details)) => details.len(),
        Some(Value::Object(details)) => details.len(),
        Some(_) => return false,
    };
    let all_listed_are_compliant =
        checks.len() == listed && checks.iter().all(AuditCheck::is_compliant);
    let is_zero = |key: &str| match count(key) {
        Count::Is(number) => number == 0,
        Count::Missing => listed > 0,
        Count::Odd => false,
    };
    let is_all = |key: &str, all: u64| match count(key) {
        Count::Is(number) => number == all,
        Count::Missing => listed > 0,
        Count::Odd => false,
    };
    let total = match count("totalChecksCount") {
        Count::Is(number) => number,
        Count::Missing => listed as u64,
        Count::Odd => return false,
    };
    let is_complete = field::text(value, "taskStatus").as_deref() == Some("COMPLETED");
    is_complete
        && total > 0
        && all_listed_are_compliant
        && (listed == 0 || listed as u64 == total)
        && is_all("compliantChecksCount", total)
        && [
            "nonCompliantChecksCount",
            "failedChecksCount",
            "canceledChecksCount",
        ]
        .iter()
        .all(|key| is_zero(key))
}

impl Audit {
    /// Returns the report of the audit, which was parsed from `value`.
    pub(super) fn report(&self, value: &Value, origin: &Origin) -> Report {
        let severity = self.severity();
        let state = if self.is_compliant() {
            State::Compliant
        } else {
            State::NonCompliant
        };
        let result = self.result();
        let names = self.check_names();
        let mut headline = format!("IoT Device Defender audit: {result}");
        if let Some(names) = &names {
            headline.push_str(&format!(" | {names}"));
        }
        let (subject, reading) = match (state, self.first_check(severity, origin.test)) {
            (State::Compliant, _) => (format!("Audit: {result}"), None),
            (_, Some(check)) => (
                format!("{}: {check}", severity.title()),
                Some(self.worst_result()),
            ),
            (_, None) => (
                format!("{}: {}", severity.title(), self.worst_result()),
                None,
            ),
        };
        let mut report = Report::new(origin, &headline, &subject, reading, state, severity);
        // The title says only the worst.
        report.summary =
            Some(result).filter(|result| state != State::Compliant && result.contains(','));
        for check in self.checks_needing_attention() {
            report.add_fact(&check.words(), Some(check.result()));
        }
        let compliant = self
            .checks
            .iter()
            .filter(|check| check.outcome == CheckOutcome::Compliant)
            .count();
        report.add_fact(
            "Compliant",
            (compliant > 0 && state != State::Compliant).then(|| {
                let checks = if compliant == 1 { "check" } else { "checks" };
                format!("{compliant} {checks}")
            }),
        );
        let suppressed: u64 = self
            .checks
            .iter()
            .map(AuditCheck::suppressed)
            .fold(0, u64::saturating_add);
        // The checks that are listed say it themselves.
        let is_said = self
            .checks_needing_attention()
            .any(|check| check.suppressed() > 0);
        report.add_fact(
            "Suppressed resources",
            (suppressed > 0 && !is_said).then(|| suppressed.to_string()),
        );
        report.add_time(
            origin,
            "Started",
            self.started,
            field::text(value, "taskStartTime"),
        );
        report.add_fact(
            "Audit",
            Some(
                self.schedule
                    .clone()
                    .unwrap_or_else(|| "on demand".to_owned()),
            ),
        );
        report.add_other_fields(value, KNOWN_KEYS);
        report.add_place(origin, self.account.clone());
        report.add_identifier("Task ID", self.task.clone());
        report.add_link(origin, "View audit results", |console| console.audits());
        let first = self.checks_needing_attention().next();
        if let (Some(task), Some(check)) = (&self.task, first) {
            report.add_link(origin, "View first check", |console| {
                console.check(task, &check.name)
            });
        }
        if state != State::Compliant {
            report.add_guidance(match first {
                Some(check) if check.outcome == CheckOutcome::NonCompliant => {
                    check::lookup(&check.name).map_or(guidance::FINDING, |known| known.guidance)
                }
                _ => guidance::AUDIT_INCOMPLETE,
            });
        }
        report
    }

    /// Returns the worst of the result, in short: `1 of 3 audit checks non-compliant`.
    pub fn worst_result(&self) -> String {
        let worst = [
            (self.non_compliant, "non-compliant"),
            (self.failed, "failed"),
            (self.canceled, "canceled"),
        ]
        .into_iter()
        .find(|(number, _)| *number > 0);
        match (worst, self.unfinished()) {
            (Some((number, outcome)), _) => {
                format!("{number} of {} audit checks {outcome}", self.total)
            }
            (None, Some(status)) => format!("audit {status}, no results"),
            (None, None) => format!("audit: {}", self.result()),
        }
    }

    /// Returns the first check that needs attention and how many more there are, so short that a title has room for the number of
    /// checks: `Device certificate shared and 3 more`.
    fn first_check(&self, severity: Severity, test: bool) -> Option<String> {
        let mut checks = self.checks_needing_attention();
        let name = checks.next()?.words();
        let more = match checks.count() {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let mark = if test { "[TEST] ".len() } else { 0 };
        let count = format!(": {} of {}", self.total, self.total).len();
        let around = mark + severity.title().len() + ": ".len() + more.len() + count;
        let room = MAX_TITLE_LENGTH.saturating_sub(around).max(MIN_NAME_LENGTH);
        Some(format!("{}{more}", truncate(&name, room)))
    }

    /// Returns how the audit ended, in lower case, if it did not complete.
    fn unfinished(&self) -> Option<String> {
        self.status
            .as_deref()
            .filter(|status| *status != "COMPLETED")
            .map(|status| status.to_lowercase().replace('_', " "))
    }

    /// Returns the names of the first checks that need attention, and how many more there are.
    fn check_names(&self) -> Option<String> {
        let names: Vec<String> = self
            .checks_needing_attention()
            .map(|check| check.words())
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn is_compliant(value: &Value) -> bool {
        Audit::parse(value).expect("an audit").is_compliant()
    }

    fn compliant() -> Value {
        json!({
            "taskId": "t-1", "taskStatus": "COMPLETED", "taskType": "SCHEDULED_AUDIT_TASK",
            "failedChecksCount": 0, "canceledChecksCount": 0, "nonCompliantChecksCount": 0, "compliantChecksCount": 2,
            "totalChecksCount": 2, "auditDetails": [
                { "checkName": "A", "checkRunStatus": "COMPLETED_COMPLIANT", "nonCompliantResourcesCount": 0, "totalResourcesCount": 3 },
                { "checkName": "B", "checkRunStatus": "COMPLETED_COMPLIANT", "nonCompliantResourcesCount": 1,
                  "suppressedNonCompliantResourcesCount": 1 },
            ],
        })
    }

    #[test]
    fn green_is_said_only_where_it_was_read() {
        assert!(is_compliant(&compliant()));
        let mut counts = compliant();
        counts
            .as_object_mut()
            .expect("an object")
            .remove("auditDetails");
        assert!(is_compliant(&counts), "the counts alone say it");
        let mut details = compliant();
        let members = details.as_object_mut().expect("an object");
        members.retain(|key, _| ["taskStatus", "auditDetails"].contains(&key.as_str()));
        assert!(is_compliant(&details), "the checks alone say it");
        for (key, odd) in [
            ("auditDetails", json!("odd")),
            ("auditDetails", json!([])),
            ("auditDetails", json!([7, null])),
            (
                "auditDetails",
                json!([{ "checkRunStatus": "COMPLETED_COMPLIANT" }, {}]),
            ),
            (
                "auditDetails",
                json!([{ "checkName": "A", "checkRunStatus": "COMPLETED_COMPLIANT" }]),
            ),
            ("taskStatus", json!("IN_PROGRESS")),
            ("taskStatus", json!({})),
            ("totalChecksCount", json!(0)),
            ("totalChecksCount", json!(3)),
            ("totalChecksCount", json!("many")),
            ("nonCompliantChecksCount", json!(1)),
            ("nonCompliantChecksCount", json!(-1)),
            ("nonCompliantChecksCount", json!(0.4)),
            ("failedChecksCount", json!(null)),
            ("canceledChecksCount", json!([])),
            ("compliantChecksCount", json!(1)),
            ("compliantChecksCount", json!(u64::MAX)),
        ] {
            let mut value = compliant();
            value[key] = odd.clone();
            let is_fine = key == "auditDetails" && odd == json!([]);
            assert_eq!(is_compliant(&value), is_fine, "{key}: {odd}");
            let report = Audit::parse(&value)
                .expect("an audit")
                .report(&value, &Origin::default());
            assert_eq!(report.state == State::Compliant, is_fine, "{key}: {odd}");
            assert_eq!(
                report.headline.contains("are compliant"),
                is_fine,
                "{}",
                report.headline
            );
        }
        for odd in [
            json!({ "checksPerformed": 1, "auditDetails": "odd", "taskId": {} }),
            json!({ "taskType": "ON_DEMAND_AUDIT_TASK" }),
            json!({ "taskType": [], "auditDetails": {}, "taskStatus": "COMPLETED" }),
            json!({ "auditDetails": null, "taskStatus": "COMPLETED", "totalChecksCount": 3 }),
            json!({ "auditDetails": [], "taskStatus": "COMPLETED", "totalChecksCount": 3 }),
        ] {
            let audit = Audit::parse(&odd).expect("an audit");
            let report = audit.report(&odd, &Origin::default());
            assert_eq!(report.state, State::NonCompliant, "{odd}");
            assert!(
                report.headline.ends_with("the results cannot be read"),
                "{}",
                report.headline
            );
        }
    }

    #[test]
    fn a_check_that_contradicts_itself_is_not_compliant() {
        for (key, odd) in [
            ("nonCompliantResourcesCount", json!(2)),
            ("errorCode", json!("INSUFFICIENT_PERMISSIONS")),
            ("checkRunStatus", json!("COMPLETED")),
            ("checkRunStatus", json!(true)),
        ] {
            let mut value = compliant();
            value["auditDetails"][1][key] = odd.clone();
            assert!(!is_compliant(&value), "{key}: {odd}");
        }
    }
}
