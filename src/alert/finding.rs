//! A single audit finding, published by the mitigation action `PUBLISH_FINDING_TO_SNS`.
//!
//! The format of its SNS message is not documented; this parses the API's `AuditFinding`, which it most likely is.

use jiff::Timestamp;
use serde_json::Value;

use super::report::{Report, State};
use super::severity::Severity;
use super::truncate::truncate;
use super::{Origin, check, field, guidance};

/// The maximum length of a name in a headline, in UTF-16 code units.
const MAX_NAME_LENGTH: usize = 200;

/// A resource that is not compliant with a check.
#[derive(Clone, Debug)]
pub struct AuditFinding {
    /// The finding's ID.
    pub id: Option<String>,
    /// The check's name.
    pub check: String,
    /// The ID of the audit task that found it.
    pub task: Option<String>,
    /// The severity in the message.
    pub severity: Option<Severity>,
    /// The resource's type and identifiers: `device certificate 1f2e…`, `IoT policy example 1`.
    pub resource: Option<String>,
    /// The policy's name, if the resource is an IoT policy.
    pub policy: Option<String>,
    /// When it was found.
    pub at: Option<Timestamp>,
    /// The reason for the non-compliance.
    pub reason: Option<String>,
    /// Whether the finding is suppressed.
    pub suppressed: bool,
}

/// The top-level keys that the report covers; any other is added to it unchanged.
const KNOWN_KEYS: &[&str] = &[
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
    /// Parses a finding; `None` if the value does not look like one.
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
            severity: field::text(value, "severity").and_then(|name| Severity::from_name(&name)),
            resource: describe_resource(resource, identifier),
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
    /// Returns the report of the finding, which was parsed from `value`.
    pub(super) fn report(&self, value: &Value, origin: &Origin) -> Report {
        let known = check::lookup(&self.check);
        let severity = self
            .severity
            .or(known.map(|check| check.severity))
            .unwrap_or(Severity::Medium);
        let words = truncate(&check::words(&self.check), MAX_NAME_LENGTH);
        let resource = self
            .resource
            .as_ref()
            .map(|resource| truncate(resource, MAX_NAME_LENGTH));
        let mut headline = format!("IoT Device Defender audit finding: {words}");
        if let Some(resource) = &resource {
            headline.push_str(&format!(" | Resource: {resource}"));
        }
        let mut report = Report::new(
            origin,
            &headline,
            &format!("{}: {words}", severity.title()),
            resource,
            State::NonCompliant,
            severity,
        );
        report.summary = self.reason.clone();
        if self.suppressed {
            report.add_note("This finding is suppressed in Device Defender.");
        }
        report.add_fact("Resource", self.resource.clone());
        report.add_time(origin, "Found", self.at, field::text(value, "findingTime"));
        report.add_other_fields(value, KNOWN_KEYS);
        report.add_place(origin, None);
        report.add_identifier(
            "Check",
            Some(self.check.clone()).filter(|code| check::words(code) != *code),
        );
        report.add_identifier("Finding ID", self.id.clone());
        report.add_identifier("Task ID", self.task.clone());
        if let Some(task) = &self.task {
            report.add_link(origin, "View check", |console| {
                console.check(task, &self.check)
            });
        }
        if let Some(policy) = &self.policy {
            report.add_link(origin, "View policy", |console| console.policy(policy));
        }
        report.add_guidance(known.map_or(guidance::FINDING, |check| check.guidance));
        report
    }
}

/// Returns a resource's type and identifiers (of a `ResourceIdentifier` one member is set).
fn describe_resource(resource: &Value, identifier: &Value) -> Option<String> {
    let kind = field::text(resource, "resourceType").map(|kind| check::in_words(&kind, false));
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
