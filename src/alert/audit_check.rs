//! One check of an audit: how it ended, and what it found.

use serde_json::Value;

use super::severity::Severity;
use super::{check, field};

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

impl AuditCheck {
    pub(super) fn parse(name: Option<&str>, value: &Value) -> Option<AuditCheck> {
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

    /// Returns how severe a non-compliant resource is, according to the developer guide; medium if the guide does not list the check.
    pub(super) fn severity(&self) -> Severity {
        check::lookup(&self.name).map_or(Severity::Medium, |known| known.severity)
    }

    /// Returns the check's name in words: `Device certificate shared`.
    pub fn words(&self) -> String {
        check::words(&self.name)
    }

    /// Returns whether the check is compliant and nothing in it says otherwise.
    pub(super) fn is_compliant(&self) -> bool {
        self.outcome == CheckOutcome::Compliant
            && self.error.is_none()
            && self.non_compliant.unwrap_or(0) <= self.suppressed()
    }

    /// Returns the check's result in words: `2 of 6 resources are non-compliant (1 suppressed)`.
    pub(super) fn result(&self) -> String {
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
        if let Some(error) = &self.error {
            words.push_str(&format!(": {}", check::in_words(error, false)));
        }
        if let Some(message) = &self.message {
            words.push_str(&format!(": {message}"));
        }
        words
    }

    /// Returns the number of non-compliant resources whose findings are suppressed.
    pub(super) fn suppressed(&self) -> u64 {
        self.suppressed.unwrap_or(0)
    }
}
