//! Delivery status logging, with which SNS writes the carrier's answer to each text message into CloudWatch Logs: the changes that
//! turn it on and off, as data, and the format of its log lines.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::arn::resource_name;
use crate::chain::names::{AccountRegion, MANAGED_BY, VERSION_TAG, status_role};
use crate::chain::plan::{Brief, Plan, PlannedChange, role_differs};
use crate::chain::policy::STATUS_POLICY;
use crate::chain::rules::{AccountRules, path_in};
use crate::chain::state::Role;
use crate::contract::text_message::CarrierAnswer;
use crate::destination::sms::PhoneNumber;

/// The attribute with the role that SNS writes the log with (API reference, `SetSMSAttributes`).
pub const ROLE_ATTRIBUTE: &str = "DeliveryStatusIAMRole";
/// The attribute with the percentage of successful deliveries to log; failed deliveries are always logged.
const RATE_ATTRIBUTE: &str = "DeliveryStatusSuccessSamplingRate";
/// Every successful delivery.
const ALL: &str = "100";

/// The delivery status logging of text messages that are sent from one region.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeliveryStatusLogging {
    /// The ARN of the role that SNS writes with; without one, nothing is logged.
    pub role: Option<String>,
    /// Whether every successful delivery is logged, not only a sample.
    pub logs_all: bool,
}

/// A change of delivery status logging.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "change", rename_all = "kebab-case")]
pub enum DeliveryStatusChange {
    /// Create the role that SNS writes with.
    CreateRole {
        /// The role.
        role: Role,
    },
    /// Update the role.
    UpdateRole {
        /// The role.
        role: Role,
        /// What differs.
        differs: Vec<&'static str>,
    },
    /// Log every delivery with this role.
    #[serde(rename = "log")]
    EnableLogging {
        /// The ARN of the role.
        role: String,
    },
    /// Log nothing any more.
    #[serde(rename = "stop")]
    DisableLogging,
    /// Remove the role.
    RemoveRole {
        /// The role.
        role: Role,
    },
}

impl DeliveryStatusLogging {
    /// Parses what `GetSMSAttributes` returns, where an attribute that is not set is missing or empty.
    pub fn from_attributes(attributes: &BTreeMap<String, String>) -> DeliveryStatusLogging {
        DeliveryStatusLogging {
            role: attributes
                .get(ROLE_ATTRIBUTE)
                .filter(|role| !role.is_empty())
                .cloned(),
            logs_all: attributes.get(RATE_ATTRIBUTE).map(String::as_str) == Some(ALL),
        }
    }

    /// Returns the attributes for `SetSMSAttributes`. An empty value unsets an attribute.
    pub fn attributes(&self) -> [(&'static str, &str); 2] {
        [
            (ROLE_ATTRIBUTE, self.role.as_deref().unwrap_or_default()),
            (RATE_ATTRIBUTE, if self.logs_all { ALL } else { "" }),
        ]
    }
}

/// Returns the name of the role that SNS writes the log of this region with.
pub fn role_name(place: &AccountRegion) -> String {
    status_role(place)
}

/// What the role must be allowed on the log groups.
const STATUS_ACTIONS: [&str; 3] = [
    "logs:CreateLogGroup",
    "logs:CreateLogStream",
    "logs:PutLogEvents",
];

/// Returns what SNS does with the role, and on what.
pub fn status_calls(place: &AccountRegion) -> (Vec<String>, String) {
    let actions = STATUS_ACTIONS.map(str::to_owned).to_vec();
    (actions, log_groups_arn(place))
}

fn log_groups_arn(place: &AccountRegion) -> String {
    let AccountRegion {
        region, account, ..
    } = place;
    place.arn("logs", &format!("log-group:sns/{region}/{account}/*"))
}

/// Returns the role as it should be: SNS may write its delivery logs in this account and region, and nothing else.
///
/// The trust policy has no condition on the source: the documentation does not say that SNS sets one here, and a condition that is
/// never true would keep the log empty without an error. Only a principal with `iam:PassRole` can give the role to SNS.
pub fn role(
    place: &AccountRegion,
    version: &str,
    rules: &AccountRules,
    have: Option<&Role>,
) -> Role {
    let tags = [MANAGED_BY, (VERSION_TAG, version)];
    Role {
        name: role_name(place),
        path: rules.path_of(have),
        boundary: rules.boundary_of(have),
        created: None,
        trust: json!({
            "Version": "2012-10-17",
            "Statement": [{ "Effect": "Allow", "Principal": { "Service": "sns.amazonaws.com" }, "Action": "sts:AssumeRole" }]
        }),
        policy: json!({
            "Version": "2012-10-17",
            "Statement": [{
                "Sid": "LogDeliveries", "Effect": "Allow",
                "Action": STATUS_ACTIONS,
                "Resource": log_groups_arn(place)
            }]
        }),
        tags: rules
            .tags
            .clone()
            .into_iter()
            .chain(tags.map(|(key, value)| (key.to_owned(), value.to_owned())))
            .collect(),
    }
}

/// Returns the changes that turn logging on for every delivery; the role comes before the attributes that name it. If SNS already
/// logs with a role that ddalert did not create, that role is kept.
pub fn enable(
    place: &AccountRegion,
    have: &DeliveryStatusLogging,
    current: Option<&Role>,
    version: &str,
    rules: &AccountRules,
) -> Plan<DeliveryStatusChange> {
    let mut plan = Plan::default();
    if let Some(role) = have.role.clone().filter(|role| !is_own(role, place)) {
        if !have.logs_all {
            plan.push(DeliveryStatusChange::EnableLogging { role }, []);
        }
        return plan;
    }
    let want = role(place, version, rules, current);
    let ours = place.role_arn_at(&want.path, &want.name);
    let change = match current.map(|current| role_differs(&want, current)) {
        None => Some(DeliveryStatusChange::CreateRole { role: want }),
        Some(differs) if differs.is_empty() => None,
        Some(differs) => Some(DeliveryStatusChange::UpdateRole {
            role: want,
            differs,
        }),
    };
    let role_made = change.map(|change| plan.push(change, []));
    if have.role.as_ref() != Some(&ours) || !have.logs_all {
        plan.push(
            DeliveryStatusChange::EnableLogging { role: ours },
            role_made,
        );
    }
    plan
}

/// Returns the changes that turn logging on for every delivery with a role that somebody else made.
pub fn enable_with(given: &str, have: &DeliveryStatusLogging) -> Plan<DeliveryStatusChange> {
    let mut plan = Plan::default();
    if have.role.as_deref() != Some(given) || !have.logs_all {
        let role = given.to_owned();
        plan.push(DeliveryStatusChange::EnableLogging { role }, []);
    }
    plan
}

/// Returns the changes that turn off logging with the role of ddalert and remove the role. Logging with another role goes on.
pub fn disable(
    place: &AccountRegion,
    have: &DeliveryStatusLogging,
    current: Option<&Role>,
) -> Plan<DeliveryStatusChange> {
    let mut plan = Plan::default();
    let is_ours = have.role.as_ref().is_some_and(|role| is_own(role, place));
    let stopped = is_ours.then(|| plan.push(DeliveryStatusChange::DisableLogging, []));
    if let Some(role) = current {
        plan.push(
            DeliveryStatusChange::RemoveRole { role: role.clone() },
            stopped,
        );
    }
    plan
}

/// Returns whether `arn` is that of ddalert's role, whatever its path.
fn is_own(arn: &str, place: &AccountRegion) -> bool {
    path_in(arn).is_some_and(|path| arn == place.role_arn_at(&path, &role_name(place)))
}

/// Returns the log groups that SNS writes to: those of messages published to phones and, with a topic, those of messages to its
/// subscribers (SNS developer guide, "Prerequisites for delivery status logging").
pub fn log_groups(place: &AccountRegion, topic: Option<&str>) -> Vec<String> {
    let group = |of: &str| format!("sns/{}/{}/{of}", place.region, place.account);
    let of = topic.into_iter().chain(["DirectPublishToPhoneNumber"]);
    of.flat_map(|of| [group(of), format!("{}/Failure", group(of))])
        .collect()
}

#[derive(Deserialize)]
struct CarrierLogLine {
    notification: Notification,
    delivery: CarrierDelivery,
    status: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Notification {
    message_id: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct CarrierDelivery {
    #[serde(default)]
    destination: String,
    #[serde(default)]
    provider_response: Value,
}

/// Parses a line of the log. Returns the carrier's answer if the line is about the message with this id and, if given, this phone.
/// The documentation shows numbers with an X for some digits; an X matches any digit.
pub fn parse_log_line(
    line: &str,
    message_id: &str,
    phone: Option<&PhoneNumber>,
) -> Option<CarrierAnswer> {
    let CarrierLogLine {
        notification,
        delivery,
        status,
    } = serde_json::from_str(line.trim()).ok()?;
    if notification.message_id != message_id
        || !phone.is_none_or(|phone| is_to(&delivery.destination, phone))
    {
        return None;
    }
    let words = match delivery.provider_response {
        Value::String(words) if !words.is_empty() => words,
        _ => "no reason given".to_owned(),
    };
    Some(CarrierAnswer {
        accepted: status == "SUCCESS",
        words,
    })
}

fn is_to(destination: &str, phone: &PhoneNumber) -> bool {
    let phone = phone.as_str();
    destination.len() == phone.len()
        && destination
            .bytes()
            .zip(phone.bytes())
            .all(|(logged, digit)| logged == digit || logged == b'X')
}

impl PlannedChange for DeliveryStatusChange {
    fn sign(&self) -> char {
        match self {
            DeliveryStatusChange::CreateRole { .. } => '+',
            DeliveryStatusChange::UpdateRole { .. }
            | DeliveryStatusChange::EnableLogging { .. }
            | DeliveryStatusChange::DisableLogging => '~',
            DeliveryStatusChange::RemoveRole { .. } => '-',
        }
    }

    fn brief(&self) -> Brief {
        match self {
            DeliveryStatusChange::CreateRole { role } => Brief::create("role", &role.name),
            DeliveryStatusChange::UpdateRole { role, differs } => {
                Brief::update("role", &role.name, differs)
            }
            DeliveryStatusChange::EnableLogging { role } => {
                let name = format!("of carriers, role {}", resource_name(role));
                Brief::new(("enable", "enabled"), "delivery logs", name)
            }
            DeliveryStatusChange::DisableLogging => {
                Brief::new(("disable", "disabled"), "delivery logs", "of carriers")
            }
            DeliveryStatusChange::RemoveRole { role } => Brief::remove("role", &role.name),
        }
    }
}

impl fmt::Display for DeliveryStatusChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DeliveryStatusChange::CreateRole { role } => write!(
                f,
                "create role {} with the policy {STATUS_POLICY}",
                role.name
            ),
            DeliveryStatusChange::UpdateRole { role, differs } => {
                write!(f, "update role {}: {}", role.name, differs.join(", "))
            }
            DeliveryStatusChange::EnableLogging { role } => {
                let name = resource_name(role);
                write!(
                    f,
                    "log the carriers' answers to all text messages of the account (role {name})"
                )
            }
            DeliveryStatusChange::DisableLogging => {
                f.write_str("stop logging the carriers' answers")
            }
            DeliveryStatusChange::RemoveRole { role } => write!(f, "remove role {}", role.name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chain::rules::NO_RULES;

    const SUCCESS: &str =
        include_str!("../../../tests/fixtures/sms/delivery-log.success.docs.json");
    const FAILURE: &str =
        include_str!("../../../tests/fixtures/sms/delivery-log.failure.docs.json");

    fn place() -> AccountRegion {
        AccountRegion {
            partition: "aws".into(),
            region: "us-east-1".into(),
            account: "123456789012".into(),
        }
    }

    fn phone(text: &str) -> PhoneNumber {
        text.parse().expect("a number")
    }

    /// Returns the state after the changes.
    fn after(
        changes: &[DeliveryStatusChange],
        mut have: DeliveryStatusLogging,
        mut held: Option<Role>,
    ) -> (DeliveryStatusLogging, Option<Role>) {
        for change in changes {
            match change {
                DeliveryStatusChange::CreateRole { role }
                | DeliveryStatusChange::UpdateRole { role, .. } => held = Some(role.clone()),
                DeliveryStatusChange::EnableLogging { role } => {
                    have = DeliveryStatusLogging {
                        role: Some(role.clone()),
                        logs_all: true,
                    }
                }
                DeliveryStatusChange::DisableLogging => have = DeliveryStatusLogging::default(),
                DeliveryStatusChange::RemoveRole { .. } => held = None,
            }
        }
        (have, held)
    }

    #[test]
    fn both_documented_lines_are_parsed() {
        let (ok, bad) = (
            "34d9b400-c6dd-5444-820d-fbeb0f1f54cf",
            "1077257a-92f3-5ca3-bc97-6a915b310625",
        );
        let read = parse_log_line(SUCCESS, ok, Some(&phone("+12065550100"))).expect("an answer");
        assert_eq!(
            read,
            CarrierAnswer {
                accepted: true,
                words: "Message has been accepted by phone carrier".into()
            }
        );
        let read = parse_log_line(FAILURE, bad, None).expect("an answer");
        assert_eq!(
            read,
            CarrierAnswer {
                accepted: false,
                words: "Unknown error attempting to reach phone".into()
            }
        );
        assert_eq!(parse_log_line(SUCCESS, bad, None), None, "another text");
        assert_eq!(
            parse_log_line(SUCCESS, ok, Some(&phone("+12065550101"))),
            None,
            "another phone"
        );
        for line in ["", "{}", "START", r#"{"status":"SUCCESS"}"#] {
            assert_eq!(parse_log_line(line, ok, None), None, "{line}");
        }
    }

    #[test]
    fn an_answer_shows_how_to_fix_the_cause() {
        let answer = |words: &str| CarrierAnswer {
            accepted: false,
            words: words.to_owned(),
        };
        for (words, part) in [
            ("Phone number is opted out", "--opt-in"),
            ("This delivery would exceed max price", "spend limit"),
            ("Blocked as spam by phone carrier", "registered"),
            ("Phone carrier has blocked this message", "registered"),
        ] {
            let said = answer(words).to_string();
            assert!(said.starts_with(words) && said.contains(part), "{said}");
        }
        assert_eq!(
            answer("Phone is currently unreachable/unavailable").to_string(),
            "Phone is currently unreachable/unavailable"
        );
        assert_eq!(
            CarrierAnswer {
                accepted: true,
                words: "blocked".into()
            }
            .remedy(),
            None
        );
    }

    #[test]
    fn logging_is_turned_on_and_off_from_every_state() {
        let ours = DeliveryStatusLogging {
            role: Some(place().role_arn(&role_name(&place()))),
            logs_all: true,
        };
        let sampled = DeliveryStatusLogging {
            logs_all: false,
            ..ours.clone()
        };
        let other = Role {
            trust: Value::Null,
            ..role(&place(), "0.9", &NO_RULES, None)
        };
        for have in [DeliveryStatusLogging::default(), ours.clone(), sampled] {
            for held in [
                None,
                Some(role(&place(), "1.0", &NO_RULES, None)),
                Some(other.clone()),
            ] {
                let changes =
                    enable(&place(), &have, held.as_ref(), "1.0", &NO_RULES).into_changes();
                for made in 0..=changes.len() {
                    let (have, held) = after(&changes[..made], have.clone(), held.clone());
                    let rest =
                        enable(&place(), &have, held.as_ref(), "1.0", &NO_RULES).into_changes();
                    assert_eq!(
                        after(&rest, have, held),
                        (ours.clone(), Some(role(&place(), "1.0", &NO_RULES, None)))
                    );
                }
                let changes = disable(&place(), &have, held.as_ref()).into_changes();
                assert_eq!(
                    after(&changes, have.clone(), held.clone()),
                    (DeliveryStatusLogging::default(), None)
                );
            }
        }
        assert_eq!(
            enable(
                &place(),
                &ours,
                Some(&role(&place(), "1.0", &NO_RULES, None)),
                "1.0",
                &NO_RULES
            )
            .into_changes(),
            []
        );
        assert_eq!(
            disable(&place(), &DeliveryStatusLogging::default(), None).into_changes(),
            []
        );
    }

    #[test]
    fn a_role_that_ddalert_did_not_create_is_kept() {
        let theirs = DeliveryStatusLogging {
            role: Some("arn:aws:iam::123456789012:role/theirs".into()),
            logs_all: false,
        };
        let changes = enable(&place(), &theirs, None, "1.0", &NO_RULES).into_changes();
        assert_eq!(
            changes,
            [DeliveryStatusChange::EnableLogging {
                role: "arn:aws:iam::123456789012:role/theirs".into()
            }]
        );
        assert_eq!(
            enable(
                &place(),
                &DeliveryStatusLogging {
                    logs_all: true,
                    ..theirs.clone()
                },
                None,
                "1.0",
                &NO_RULES
            )
            .into_changes(),
            []
        );
        assert_eq!(disable(&place(), &theirs, None).into_changes(), []);
    }

    #[test]
    fn the_attributes_round_trip() {
        for logging in [
            DeliveryStatusLogging::default(),
            DeliveryStatusLogging {
                role: Some("arn:aws:iam::123456789012:role/r".into()),
                logs_all: true,
            },
        ] {
            let written = logging
                .attributes()
                .map(|(key, value)| (key.to_owned(), value.to_owned()))
                .into_iter()
                .collect();
            assert_eq!(DeliveryStatusLogging::from_attributes(&written), logging);
        }
        assert_eq!(
            DeliveryStatusLogging::from_attributes(&BTreeMap::new()),
            DeliveryStatusLogging::default()
        );
    }

    #[test]
    fn the_role_may_write_these_logs_and_nothing_else() {
        let role = role(&place(), "1.0", &NO_RULES, None);
        let resource = &role.policy["Statement"][0]["Resource"];
        assert_eq!(
            resource,
            "arn:aws:logs:us-east-1:123456789012:log-group:sns/us-east-1/123456789012/*"
        );
        assert_eq!(
            log_groups(&place(), Some("T")),
            [
                "sns/us-east-1/123456789012/T",
                "sns/us-east-1/123456789012/T/Failure",
                "sns/us-east-1/123456789012/DirectPublishToPhoneNumber",
                "sns/us-east-1/123456789012/DirectPublishToPhoneNumber/Failure",
            ]
        );
        assert_eq!(log_groups(&place(), None).len(), 2);
    }
}
