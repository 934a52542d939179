//! What an alert costs as an SMS message, sent raw by its topic or readable by a relay, in message parts. Parts are what AWS
//! bills; their price depends on the country and is not known here.

use serde::Serialize;
use serde_json::{Value, json};

use super::gsm7::{self, Encoding};
use super::text::render;
use crate::alert::Alert;

/// The maximum length of a GSM-7 text, in septets; a longer one is not delivered ("SMS character limits in AWS End User Messaging").
const MAX_GSM7: usize = 1530;
/// The maximum length of a UCS-2 text, in UTF-16 code units (same page).
const MAX_UCS2: usize = 630;
/// The maximum size of a text, in bytes of UTF-8 (SNS developer guide, "Sending SMS messages").
const MAX_BYTES: usize = 1600;

/// The length of a text, as it is sent and billed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum SmsLength {
    /// It is delivered in this many parts.
    Parts(usize),
    /// It is too long and never delivered; the publisher gets no error.
    TooLong {
        /// Its septets, UTF-16 units or bytes.
        size: usize,
        /// The maximum, in the same unit.
        #[serde(rename = "most")]
        limit: usize,
    },
}

/// What an alert costs as an SMS message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct SmsCost {
    /// The kind of alert.
    pub kind: String,
    /// Sent by the topic to a subscribed phone.
    pub raw: SmsLength,
    /// Sent by a relay (`subscribe-sms --readable`).
    pub readable: SmsLength,
}

/// Returns what an alert costs. SNS puts the topic's `display_name` in front of the messages that the topic sends.
pub fn cost(alert: &Alert, display_name: &str) -> SmsCost {
    SmsCost {
        kind: alert.kind().to_owned(),
        raw: length(&from_topic(&alert.raw, display_name)),
        readable: length(&render(alert)),
    }
}

/// Returns the length of a text.
pub fn length(text: &str) -> SmsLength {
    let size = gsm7::size(text);
    let limit = match size.encoding {
        Encoding::Gsm7 => MAX_GSM7,
        Encoding::Ucs2 => MAX_UCS2,
    };
    if size.units > limit {
        SmsLength::TooLong {
            size: size.units,
            limit,
        }
    } else if text.len() > MAX_BYTES {
        SmsLength::TooLong {
            size: text.len(),
            limit: MAX_BYTES,
        }
    } else {
        SmsLength::Parts(size.parts)
    }
}

/// Returns the shortest message that Device Defender can publish for a scheduled audit with these checks: all of them compliant. The
/// shape is the one of the 2018–19 developer guide.
pub fn minimal_audit_summary(name: &str, checks: &[String]) -> String {
    let details: Vec<Value> = checks
        .iter()
        .map(|check| {
            json!({"checkName": check, "checkRunStatus": "COMPLETED_COMPLIANT", "nonCompliantResourcesCount": 0,
                   "totalResourcesCount": 0})
        })
        .collect();
    json!({"accountId": "123456789012", "taskId": "4e2bcd1ccbc2a5dd15292a82ab80c380", "taskStatus": "COMPLETED",
        "taskType": "SCHEDULED_AUDIT_TASK", "scheduledAuditName": name, "failedChecksCount": 0, "canceledChecksCount": 0,
        "nonCompliantChecksCount": 0, "compliantChecksCount": checks.len(), "totalChecksCount": checks.len(),
        "taskStartTime": 1_763_892_000_000i64, "auditDetails": details})
    .to_string()
}

/// Returns the text that a topic sends to a phone: SNS puts the topic's display name in capitals in front of it.
fn from_topic(message: &str, display_name: &str) -> String {
    if display_name.is_empty() {
        message.to_owned()
    } else {
        format!("{}> {message}", display_name.to_uppercase())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alert::{Origin, SAMPLES};

    fn compact(message: &str) -> String {
        serde_json::from_str::<Value>(message)
            .expect("JSON")
            .to_string()
    }

    fn audit(checks: usize) -> Alert {
        let checks = vec!["DEVICE_CERTIFICATE_EXPIRING_CHECK".to_owned(); checks];
        Alert::parse(&minimal_audit_summary("weekly", &checks), Origin::default())
    }

    #[test]
    fn a_raw_alert_takes_several_parts_and_a_readable_one_takes_one() {
        for sample in SAMPLES {
            let cost = cost(&Alert::parse(&compact(sample.json), Origin::default()), "");
            assert!(
                matches!(cost.raw, SmsLength::Parts(3..=7)),
                "{}: {cost:?}",
                sample.name
            );
            assert_eq!(cost.readable, SmsLength::Parts(1), "{}", sample.name);
        }
    }

    #[test]
    fn a_large_raw_audit_is_never_delivered() {
        assert!(matches!(cost(&audit(7), "").raw, SmsLength::Parts(9 | 10)));
        assert!(matches!(
            cost(&audit(14), "").raw,
            SmsLength::TooLong { limit: 1530, .. }
        ));
        assert_eq!(cost(&audit(14), "").readable, SmsLength::Parts(1));
    }

    #[test]
    fn the_limits_are_those_of_the_services() {
        assert_eq!(length(&"a".repeat(1530)), SmsLength::Parts(10));
        assert_eq!(
            length(&"a".repeat(1531)),
            SmsLength::TooLong {
                size: 1531,
                limit: 1530
            }
        );
        assert_eq!(length(&"ж".repeat(630)), SmsLength::Parts(10));
        assert_eq!(
            length(&"ж".repeat(631)),
            SmsLength::TooLong {
                size: 631,
                limit: 630
            }
        );
        // Two bytes each in UTF-8, one septet each when sent.
        assert_eq!(
            length(&"é".repeat(801)),
            SmsLength::TooLong {
                size: 1602,
                limit: 1600
            }
        );
        assert_eq!(length(""), SmsLength::Parts(1));
    }

    #[test]
    fn the_display_name_counts() {
        let alert = Alert::parse(&"a".repeat(150), Origin::default());
        assert_eq!(cost(&alert, "12345678").raw, SmsLength::Parts(1));
        assert_eq!(cost(&alert, "123456789").raw, SmsLength::Parts(2));
        assert_eq!(from_topic("m", "IoT alarm"), "IOT ALARM> m");
    }
}
