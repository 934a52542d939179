//! What an alert costs as a text message, sent raw by its topic or readable by a relay. Prices differ by country and are not
//! known here; parts are what is billed.

use serde::Serialize;
use serde_json::{Value, json};

use super::gsm7::{self, Encoding};
use super::text;
use crate::alert::Alert;

/// The septets of the longest text that is delivered ("SMS character limits in AWS End User Messaging": above, the message fails).
const LONGEST_GSM7: usize = 1530;
/// The UTF-16 units of the longest text in another alphabet (same page).
const LONGEST_UCS2: usize = 630;
/// The bytes that SNS takes for one text message (SNS developer guide, "Sending SMS messages").
const LONGEST_BYTES: usize = 1600;

/// What becomes of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum SmsLength {
    /// It arrives, in so many parts.
    Parts(usize),
    /// It is too long and never arrives; the publisher of an alert sees no error.
    TooLong {
        /// Its septets, UTF-16 units or bytes.
        size: usize,
        /// The most that is delivered of them.
        most: usize,
    },
}

/// What an alert costs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Cost {
    /// The kind of alert.
    pub kind: String,
    /// As the topic sends it to a phone that is subscribed to it.
    pub raw: SmsLength,
    /// As a relay sends it.
    pub readable: SmsLength,
}

/// Returns what an alert costs. `display_name` is the topic's, which SNS puts before what the topic sends.
pub fn cost(alert: &Alert, display_name: &str) -> Cost {
    Cost {
        kind: alert.kind().to_owned(),
        raw: delivery(&from_topic(&alert.raw, display_name)),
        readable: delivery(&text(alert)),
    }
}

/// Returns what becomes of a text.
pub fn delivery(text: &str) -> SmsLength {
    let size = gsm7::size(text);
    let most = match size.encoding {
        Encoding::Gsm7 => LONGEST_GSM7,
        Encoding::Ucs2 => LONGEST_UCS2,
    };
    if size.units > most {
        SmsLength::TooLong {
            size: size.units,
            most,
        }
    } else if text.len() > LONGEST_BYTES {
        SmsLength::TooLong {
            size: text.len(),
            most: LONGEST_BYTES,
        }
    } else {
        SmsLength::Parts(size.parts)
    }
}

/// Returns what Device Defender publishes of a scheduled audit with these checks, as short as it can be: where all of them comply. The
/// shape is that of the 2018–19 developer guide.
pub fn audit_report(name: &str, checks: &[String]) -> String {
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

/// Returns the text that a topic sends to a phone: SNS puts the topic's display name in capitals before it.
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
        Alert::parse(&audit_report("weekly", &checks), Origin::default())
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
    fn a_large_audit_is_never_delivered_raw() {
        assert!(matches!(cost(&audit(7), "").raw, SmsLength::Parts(9 | 10)));
        assert!(matches!(
            cost(&audit(14), "").raw,
            SmsLength::TooLong { most: 1530, .. }
        ));
        assert_eq!(cost(&audit(14), "").readable, SmsLength::Parts(1));
    }

    #[test]
    fn the_limits_are_those_of_the_services() {
        assert_eq!(delivery(&"a".repeat(1530)), SmsLength::Parts(10));
        assert_eq!(
            delivery(&"a".repeat(1531)),
            SmsLength::TooLong {
                size: 1531,
                most: 1530
            }
        );
        assert_eq!(delivery(&"ж".repeat(630)), SmsLength::Parts(10));
        assert_eq!(
            delivery(&"ж".repeat(631)),
            SmsLength::TooLong {
                size: 631,
                most: 630
            }
        );
        // Two bytes each in UTF-8, one septet each on the way.
        assert_eq!(
            delivery(&"é".repeat(801)),
            SmsLength::TooLong {
                size: 1602,
                most: 1600
            }
        );
        assert_eq!(delivery(""), SmsLength::Parts(1));
    }

    #[test]
    fn the_display_name_counts() {
        let alert = Alert::parse(&"a".repeat(150), Origin::default());
        assert_eq!(cost(&alert, "12345678").raw, SmsLength::Parts(1));
        assert_eq!(cost(&alert, "123456789").raw, SmsLength::Parts(2));
        assert_eq!(from_topic("m", "IoT alarm"), "IOT ALARM> m");
    }
}
