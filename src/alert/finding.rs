//! A single audit finding, as the mitigation action `PUBLISH_FINDING_TO_SNS` publishes it.
//!
//! Its SNS form is not documented anywhere; this reads the API's `AuditFinding`, which it most likely is.

use jiff::Timestamp;
use serde_json::Value;

use super::cut::cut;
use super::report::{Report, State};
use super::severity::Severity;
use super::{Origin, field};

/// The longest name in a headline, in characters.
const LONGEST_NAME: usize = 200;

/// A resource that does not comply with a check.
#[derive(Clone, Debug)]
pub struct AuditFinding {
    /// The finding's id.
    pub id: Option<String>,
    /// The check's name.
    pub check: String,
    /// The audit task it was found by.
    pub task: Option<String>,
    /// Its own severity.
    pub severity: Option<Severity>,
    /// The resource, in words: `device certificate 1f2e…`.
    pub resource: Option<String>,
    /// The policy's name, where the resource is one.
    pub policy: Option<String>,
    /// When it was found.
    pub at: Option<Timestamp>,
    /// Why it does not comply.
    pub reason: Option<String>,
    /// Whether someone suppressed it.
    pub suppressed: bool,
}

/// The top-level keys that a finding's report shows in its own words; any other is shown as it is.
const KNOWN: &[&str] = &[
    "findingId",
    "checkName",
    "taskId",
    "severity",
    "nonCompliantResource",
    "findingTime",
    "taskStartTime",
    "reasonForNonCompliance",
    "reasonForNonComplianceCode",
    "isSuppressed",
];

impl AuditFinding {
    /// Reads a finding, where the value looks like one.
    pub(super) fn parse(value: &Value) -> Option<AuditFinding> {
        let check = field::text(value, "checkName")?;
        if ![
            "findingId",
            "nonCompliantResource",
            "reasonForNonCompliance",
        ]
        .iter()
        .any(|key| value.get(key).is_some())
        {
            return None;
        }
        let resource = value.get("nonCompliantResource").unwrap_or(&Value::Null);
        let identifier = resource.get("resourceIdentifier").unwrap_or(&Value::Null);
        let policy = identifier
            .get("policyVersionIdentifier")
            .and_then(|policy| field::text(policy, "policyName"));
        Some(AuditFinding {
            id: field::text(value, "findingId"),
            check,
            task: field::text(value, "taskId"),
            severity: field::text(value, "severity").and_then(|name| Severity::named(&name)),
            resource: described(resource, identifier),
            policy,
            at: field::time(value, "findingTime").or_else(|| field::time(value, "taskStartTime")),
            reason: field::text(value, "reasonForNonCompliance")
                .or_else(|| field::text(value, "reasonForNonComplianceCode")),
            suppressed: value
                .get("isSuppressed")
                .and_then(Value::as_bool)
                .unwrap_or(false),
        })
    }
}

impl AuditFinding {
    /// Returns the finding in words; `value` is what it was read from.
    pub(super) fn report(&self, value: &Value, origin: &Origin) -> Report {
        let severity = self.severity.unwrap_or(Severity::Medium);
        let check = cut(&self.check, LONGEST_NAME);
        let mut headline = format!("IoT Device Defender audit finding: {check}");
        if let Some(resource) = &self.resource {
            headline.push_str(&format!(" | Resource: {}", cut(resource, LONGEST_NAME)));
        }
        let mut report = Report::new(
            origin,
            &headline,
            &format!("Audit finding: {check}"),
            State::NonCompliant,
            severity,
        );
        report.lead = self.reason.clone();
        if self.suppressed {
            report.note("The finding is suppressed.");
        }
        report.fact("Check", Some(self.check.clone()));
        report.fact("Resource", self.resource.clone());
        report.fact("Severity", Some(severity.to_string()));
        report.when_and_where(origin, self.at, field::text(value, "findingTime"), None);
        report.fact("Finding id", self.id.clone());
        report.fact("Task", self.task.clone());
        report.rest(value, KNOWN);
        if let Some(task) = &self.task {
            report.link(origin, "Check", |console| console.check(task, &self.check));
        }
        if let Some(policy) = &self.policy {
            report.link(origin, "Policy", |console| console.policy(policy));
        }
        report
    }
}

/// Returns a resource as its type and everything that identifies it (a `ResourceIdentifier` has one member set).
fn described(resource: &Value, identifier: &Value) -> Option<String> {
    let kind =
        field::text(resource, "resourceType").map(|kind| kind.replace('_', " ").to_lowercase());
    let mut names = Vec::new();
    if let Value::Object(members) = identifier {
        for member in members.values() {
            match member {
                Value::Object(inner) => names.extend(inner.values().filter_map(field::scalar)),
                other => names.extend(field::scalar(other)),
            }
        }
    }
    let words: Vec<String> = kind.into_iter().chain(names).collect();
    if words.is_empty() {
        field::scalar(resource)
    } else {
        Some(words.join(" "))
    }
}
