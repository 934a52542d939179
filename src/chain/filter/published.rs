//! Whether a filter policy delivers anything of what Device Defender publishes to a topic: which profiles publish there, whether
//! audits do, and in which account.

use serde_json::Value;

use super::message_kind::MessageKind;
use super::policy::FilterPolicy;
use super::rules::Rule;

/// What Device Defender publishes to a topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublishedMessages {
    /// The names of the security profiles that publish to it; `None` if they are not known.
    pub profiles: Option<Vec<String>>,
    /// Whether audit reports are published to it, or may be.
    pub audits: bool,
    /// The account.
    pub account: String,
}

/// The properties of an audit finding (`AuditFinding` in the API model). The format of a published finding is not documented; it
/// cannot be much else than this.
const FINDING: [&str; 11] = [
    "findingId",
    "taskId",
    "checkName",
    "taskStartTime",
    "findingTime",
    "severity",
    "nonCompliantResource",
    "relatedResources",
    "reasonForNonCompliance",
    "reasonForNonComplianceCode",
    "isSuppressed",
];

impl PublishedMessages {
    /// Returns whether `policy` can deliver any of these messages. A finding that a mitigation action publishes can come at any
    /// time.
    pub fn any_passes(&self, policy: &FilterPolicy) -> bool {
        MessageKind::ALL.iter().any(|kind| {
            self.is_published(*kind) && policy.some_way(|rules| self.can_be(*kind, rules))
        })
    }

    fn is_published(&self, kind: MessageKind) -> bool {
        match kind {
            MessageKind::InAlarm | MessageKind::Cleared | MessageKind::Invalidated => {
                self.profiles.as_ref().is_none_or(|names| !names.is_empty())
            }
            MessageKind::AuditNonCompliant | MessageKind::AuditCompliant => self.audits,
            MessageKind::Finding => true,
            MessageKind::OtherJson | MessageKind::Text => false,
        }
    }

    /// Returns whether a published message of this kind can satisfy every rule.
    fn can_be(&self, kind: MessageKind, rules: &[Rule]) -> bool {
        let is_value = |rule: &Rule, value: &str| {
            let value = Value::from(value);
            rule.conditions
                .iter()
                .any(|condition| condition.matches(&value))
        };
        kind.can_satisfy(rules)
            && rules.iter().all(|rule| match (kind, rule.path.as_str()) {
                (
                    MessageKind::InAlarm | MessageKind::Cleared | MessageKind::Invalidated,
                    "securityProfileName",
                ) => self
                    .profiles
                    .as_ref()
                    .is_none_or(|names| names.iter().any(|name| is_value(rule, name))),
                (MessageKind::AuditNonCompliant | MessageKind::AuditCompliant, "accountId") => {
                    is_value(rule, &self.account)
                }
                (MessageKind::Finding, path) => {
                    let top = path.split('.').next().unwrap_or(path);
                    FINDING.contains(&top) || rule.allows_absence()
                }
                _ => true,
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passes(policy: &str, profiles: Option<&[&str]>, audits: bool) -> bool {
        let published = PublishedMessages {
            profiles: profiles.map(|names| names.iter().map(|name| (*name).to_owned()).collect()),
            audits,
            account: "123456789012".into(),
        };
        published.any_passes(&FilterPolicy::parse(policy).expect("a policy"))
    }

    #[test]
    fn a_policy_is_held_against_what_is_published() {
        let fleet: Option<&[&str]> = Some(&["fleet"]);
        for (policy, profiles, audits, expected) in [
            (r#"{"violationEventType":["in-alarm"]}"#, fleet, false, true),
            (
                r#"{"violationEventType":["in-alarm"]}"#,
                Some(&[][..]),
                true,
                false,
            ),
            (r#"{"violationEventType":["in-alarm"]}"#, None, true, true),
            (r#"{"violationEventType":["never"]}"#, fleet, true, false),
            (r#"{"securityProfileName":["fleet"]}"#, fleet, false, true),
            (
                r#"{"securityProfileName":[{"prefix":"fl"}]}"#,
                fleet,
                false,
                true,
            ),
            (r#"{"securityProfileName":["Fleet"]}"#, fleet, true, false),
            (r#"{"securityProfileName":["Fleet"]}"#, None, true, true),
            (r#"{"thingName":["t"]}"#, fleet, true, true),
            (r#"{"no-such-property":["x"]}"#, fleet, true, false),
            (r#"{"taskType":[{"exists":true}]}"#, fleet, false, false),
            (r#"{"taskType":[{"exists":true}]}"#, fleet, true, true),
            (r#"{"accountId":["999999999999"]}"#, fleet, true, false),
            (r#"{"accountId":["123456789012"]}"#, fleet, true, true),
            (
                r#"{"checkName":[{"exists":true}]}"#,
                Some(&[][..]),
                false,
                true,
            ),
        ] {
            assert_eq!(
                passes(policy, profiles, audits),
                expected,
                "{policy} {profiles:?} {audits}"
            );
        }
    }
}
