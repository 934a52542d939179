//! Delivery status logging: SNS writes what the carrier answered for each text into CloudWatch Logs, once an account lets it. What
//! turns that on and off as data, and how its lines are read.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::arn::resource_name;
use crate::chain::names::{AccountRegion, MANAGED_BY, VERSION_TAG};
use crate::chain::plan::{Plan, PlannedChange, role_differs};
use crate::chain::policy::STATUS_POLICY;
use crate::chain::state::Role;
use crate::contract::text_message::CarrierAnswer;
use crate::destination::sms::PhoneNumber;

/// The attribute that names the role by which SNS writes the log (API reference, `SetSMSAttributes`).
pub const ROLE_ATTRIBUTE: &str = "DeliveryStatusIAMRole";
/// The attribute that says what part of the texts that arrive is logged, in percent; those that do not are always.
pub const RATE_ATTRIBUTE: &str = "DeliveryStatusSuccessSamplingRate";
/// All of them.
const ALL: &str = "100";

/// What SNS is told to log of the texts that are sent from one region.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StatusLogging {
    /// The ARN of the role by which SNS writes; without one nothing is logged.
    pub role: Option<String>,
    /// Whether every text is logged that arrives, and not a part of them.
    pub complete: bool,
}

/// One change of what is logged.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "change", rename_all = "kebab-case")]
pub enum StatusChange {
    /// Make the role by which SNS writes.
    CreateRole {
        /// The role.
        role: Role,
    },
    /// Bring it to its wanted state.
    UpdateRole {
        /// The role.
        role: Role,
        /// What differs.
        differs: Vec<&'static str>,
    },
    /// Have every text logged by this role.
    Log {
        /// The ARN of the role.
        role: String,
    },
    /// Have nothing logged any more.
    Stop,
    /// Remove the role.
    RemoveRole {
        /// The role.
        role: Role,
    },
}

impl StatusLogging {
    /// Reads what `GetSMSAttributes` says; what is not set is missing there, or empty.
    pub fn of(attributes: &BTreeMap<String, String>) -> StatusLogging {
        StatusLogging {
            role: attributes
                .get(ROLE_ATTRIBUTE)
                .filter(|role| !role.is_empty())
                .cloned(),
            complete: attributes.get(RATE_ATTRIBUTE).map(String::as_str) == Some(ALL),
        }
    }

    /// Returns the attributes that make it so. Empty is what unsets one.
    pub fn attributes(&self) -> [(&'static str, &str); 2] {
        [
            (ROLE_ATTRIBUTE, self.role.as_deref().unwrap_or_default()),
            (RATE_ATTRIBUTE, if self.complete { ALL } else { "" }),
        ]
    }
}

/// Returns the name of the role by which SNS writes what the carriers answer to texts from this region.
pub fn role_name(place: &AccountRegion) -> String {
    format!("ddalert-sms-status-{}", place.region)
}

/// Returns the role as it should be: SNS may write the logs of its deliveries in this account and region, and nothing else.
///
/// The trust policy has no condition on the source: no document says that SNS names one here, and a condition that is never met
/// would keep the log empty without a word. Only who may pass the role within the account can give it to SNS.
pub fn role(place: &AccountRegion, version: &str) -> Role {
    let AccountRegion {
        region, account, ..
    } = place;
    let tags = [MANAGED_BY, (VERSION_TAG, version)];
    Role {
        name: role_name(place),
        trust: json!({
            "Version": "2012-10-17",
            "Statement": [{ "Effect": "Allow", "Principal": { "Service": "sns.amazonaws.com" }, "Action": "sts:AssumeRole" }]
        }),
        policy: json!({
            "Version": "2012-10-17",
            "Statement": [{
                "Sid": "LogDeliveries", "Effect": "Allow",
                "Action": ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"],
                "Resource": place.arn("logs", &format!("log-group:sns/{region}/{account}/*"))
            }]
        }),
        tags: tags
            .into_iter()
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .collect(),
    }
}

/// Returns what is to be changed so that every text is logged: the role before SNS is told to use it. A role of somebody else's
/// that writes already is kept.
pub fn enable(
    place: &AccountRegion,
    have: &StatusLogging,
    held: Option<&Role>,
    version: &str,
) -> Plan<StatusChange> {
    let mut plan = Plan::default();
    let ours = role_arn(place);
    if let Some(role) = have.role.clone().filter(|role| *role != ours) {
        if !have.complete {
            plan.push(StatusChange::Log { role }, []);
        }
        return plan;
    }
    let want = role(place, version);
    let change = match held.map(|held| role_differs(&want, held)) {
        None => Some(StatusChange::CreateRole { role: want }),
        Some(differs) if differs.is_empty() => None,
        Some(differs) => Some(StatusChange::UpdateRole {
            role: want,
            differs,
        }),
    };
    let role_made = change.map(|change| plan.push(change, []));
    if have.role.is_none() || !have.complete {
        plan.push(StatusChange::Log { role: ours }, role_made);
    }
    plan
}

/// Returns what is to be changed so that nothing is logged by our role any more, and the role is gone. Logging by a role of somebody
/// else's goes on.
pub fn disable(
    place: &AccountRegion,
    have: &StatusLogging,
    held: Option<&Role>,
) -> Plan<StatusChange> {
    let mut plan = Plan::default();
    let stopped = (have.role == Some(role_arn(place))).then(|| plan.push(StatusChange::Stop, []));
    if let Some(role) = held {
        plan.push(StatusChange::RemoveRole { role: role.clone() }, stopped);
    }
    plan
}

fn role_arn(place: &AccountRegion) -> String {
    place.role_arn(&role_name(place))
}

/// Returns the log groups in which SNS tells of texts: those that are published to phones, and, where a topic is named, those to
/// its subscribers (SNS developer guide, "Prerequisites for delivery status logging").
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

/// Reads one line of the log: the answer for the text of this id, to this phone where one is named; `None` if the line speaks
/// of something else. The documents show numbers with an X for a digit, so that an X stands for any.
pub fn answer(line: &str, message_id: &str, phone: Option<&PhoneNumber>) -> Option<CarrierAnswer> {
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
            .all(|(told, digit)| told == digit || told == b'X')
}

impl PlannedChange for StatusChange {
    fn sign(&self) -> char {
        match self {
            StatusChange::CreateRole { .. } => '+',
            StatusChange::UpdateRole { .. } | StatusChange::Log { .. } | StatusChange::Stop => '~',
            StatusChange::RemoveRole { .. } => '-',
        }
    }
}

impl fmt::Display for StatusChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StatusChange::CreateRole { role } => write!(
                f,
                "create role {} with the policy {STATUS_POLICY}",
                role.name
            ),
            StatusChange::UpdateRole { role, differs } => {
                write!(f, "update role {}: {}", role.name, differs.join(", "))
            }
            StatusChange::Log { role } => {
                let name = resource_name(role);
                write!(
                    f,
                    "log what carriers answer to every text of the account (role {name})"
                )
            }
            StatusChange::Stop => f.write_str("stop logging what carriers answer"),
            StatusChange::RemoveRole { role } => write!(f, "remove role {}", role.name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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

    /// Returns what is held once the changes are made.
    fn after(
        changes: &[StatusChange],
        mut have: StatusLogging,
        mut held: Option<Role>,
    ) -> (StatusLogging, Option<Role>) {
        for change in changes {
            match change {
                StatusChange::CreateRole { role } | StatusChange::UpdateRole { role, .. } => {
                    held = Some(role.clone())
                }
                StatusChange::Log { role } => {
                    have = StatusLogging {
                        role: Some(role.clone()),
                        complete: true,
                    }
                }
                StatusChange::Stop => have = StatusLogging::default(),
                StatusChange::RemoveRole { .. } => held = None,
            }
        }
        (have, held)
    }

    #[test]
    fn both_documented_lines_are_read() {
        let (ok, bad) = (
            "34d9b400-c6dd-5444-820d-fbeb0f1f54cf",
            "1077257a-92f3-5ca3-bc97-6a915b310625",
        );
        let read = answer(SUCCESS, ok, Some(&phone("+12065550100"))).expect("an answer");
        assert_eq!(
            read,
            CarrierAnswer {
                accepted: true,
                words: "Message has been accepted by phone carrier".into()
            }
        );
        let read = answer(FAILURE, bad, None).expect("an answer");
        assert_eq!(
            read,
            CarrierAnswer {
                accepted: false,
                words: "Unknown error attempting to reach phone".into()
            }
        );
        assert_eq!(answer(SUCCESS, bad, None), None, "another text");
        assert_eq!(
            answer(SUCCESS, ok, Some(&phone("+12065550101"))),
            None,
            "another phone"
        );
        for line in ["", "{}", "START", r#"{"status":"SUCCESS"}"#] {
            assert_eq!(answer(line, ok, None), None, "{line}");
        }
    }

    #[test]
    fn what_the_words_tell_is_said_how_to_mend() {
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
    fn it_is_turned_on_once_and_off_again_from_wherever_it_stands() {
        let ours = StatusLogging {
            role: Some(role_arn(&place())),
            complete: true,
        };
        let sampled = StatusLogging {
            complete: false,
            ..ours.clone()
        };
        let other = Role {
            trust: Value::Null,
            ..role(&place(), "0.9")
        };
        for have in [StatusLogging::default(), ours.clone(), sampled] {
            for held in [None, Some(role(&place(), "1.0")), Some(other.clone())] {
                let changes = enable(&place(), &have, held.as_ref(), "1.0").into_changes();
                for made in 0..=changes.len() {
                    let (have, held) = after(&changes[..made], have.clone(), held.clone());
                    let rest = enable(&place(), &have, held.as_ref(), "1.0").into_changes();
                    assert_eq!(
                        after(&rest, have, held),
                        (ours.clone(), Some(role(&place(), "1.0")))
                    );
                }
                let changes = disable(&place(), &have, held.as_ref()).into_changes();
                assert_eq!(
                    after(&changes, have.clone(), held.clone()),
                    (StatusLogging::default(), None)
                );
            }
        }
        assert_eq!(
            enable(&place(), &ours, Some(&role(&place(), "1.0")), "1.0").into_changes(),
            []
        );
        assert_eq!(
            disable(&place(), &StatusLogging::default(), None).into_changes(),
            []
        );
    }

    #[test]
    fn the_role_of_somebody_else_is_kept() {
        let theirs = StatusLogging {
            role: Some("arn:aws:iam::123456789012:role/theirs".into()),
            complete: false,
        };
        let changes = enable(&place(), &theirs, None, "1.0").into_changes();
        assert_eq!(
            changes,
            [StatusChange::Log {
                role: "arn:aws:iam::123456789012:role/theirs".into()
            }]
        );
        assert_eq!(
            enable(
                &place(),
                &StatusLogging {
                    complete: true,
                    ..theirs.clone()
                },
                None,
                "1.0"
            )
            .into_changes(),
            []
        );
        assert_eq!(disable(&place(), &theirs, None).into_changes(), []);
    }

    #[test]
    fn the_settings_are_read_as_they_are_written() {
        for logging in [
            StatusLogging::default(),
            StatusLogging {
                role: Some("arn:aws:iam::123456789012:role/r".into()),
                complete: true,
            },
        ] {
            let written = logging
                .attributes()
                .map(|(key, value)| (key.to_owned(), value.to_owned()))
                .into_iter()
                .collect();
            assert_eq!(StatusLogging::of(&written), logging);
        }
        assert_eq!(
            StatusLogging::of(&BTreeMap::new()),
            StatusLogging::default()
        );
    }

    #[test]
    fn the_role_may_write_these_logs_and_nothing_else() {
        let role = role(&place(), "1.0");
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
