//! The one text message of an alert: one part of the GSM alphabet, whatever the alert holds.
//!
//! State and severity always stay. What else is said has a width that it keeps; where there is too much, the longest gives
//! first, so that a thing's name of 128 characters crowds out neither the behavior nor what was observed.

use super::gsm7::{self, ONE_PART};
use crate::alert::{AlarmChange, Alert, Audit, AuditFinding, Event, Report, State, Violation};

/// A name narrower than this says nothing and is left out.
const NARROWEST: usize = 8;

/// Something to say, with what comes before and after it where it is said.
struct TextPart {
    before: &'static str,
    text: String,
    after: &'static str,
    /// The septets that it keeps, however much else there is to say.
    keeps: usize,
}

impl TextPart {
    /// A word that is never cut.
    fn word(text: &str) -> TextPart {
        TextPart {
            keeps: ONE_PART,
            ..TextPart::phrase("", text, "", 0)
        }
    }

    fn phrase(before: &'static str, text: &str, after: &'static str, keeps: usize) -> TextPart {
        let said = gsm7::transliterate(text);
        let text = said.split_whitespace().collect::<Vec<_>>().join(" ");
        TextPart {
            before,
            text,
            after,
            keeps,
        }
    }

    fn width(text: &str) -> usize {
        gsm7::septets(text).unwrap_or(0)
    }
}

/// Returns what a phone shows for an alert: at most 160 septets of the GSM alphabet, on one line.
pub fn text(alert: &Alert) -> String {
    let report = alert.report();
    let mut pieces = Vec::new();
    match &alert.event {
        Event::Violation(violation, _) => of_violation(violation, &report, &mut pieces),
        Event::Audit(audit, _) => of_audit(audit, &report, &mut pieces),
        Event::AuditFinding(finding, _) => of_finding(finding, &report, &mut pieces),
        Event::Json(_) => of_json(&report, &mut pieces),
        Event::Text(text) => of_text(text, alert.origin.subject.is_some(), &report, &mut pieces),
    }
    if matches!(report.state, State::Alarm | State::NonCompliant) {
        let severity = report.severity.to_string().to_uppercase();
        pieces.push(TextPart {
            before: " ",
            ..TextPart::word(&severity)
        });
    }
    fit(pieces)
}

fn of_violation(violation: &Violation, report: &Report, pieces: &mut Vec<TextPart>) {
    if report.test {
        pieces.push(TextPart {
            after: " ",
            ..TextPart::word("[TEST]")
        });
    }
    pieces.push(match &violation.change {
        AlarmChange::InAlarm => TextPart::word("ALARM"),
        AlarmChange::Cleared => TextPart::word("CLEARED"),
        AlarmChange::Invalidated => TextPart::word("INVALIDATED"),
        AlarmChange::Other(name) => TextPart::phrase("EVENT ", name, "", 12),
    });
    // A name of marks alone has no letter to be said by.
    let can_be_said = |name: &&str| !gsm7::transliterate(name).trim().is_empty();
    let thing = [&violation.thing, &violation.id]
        .into_iter()
        .filter_map(|name| name.as_deref())
        .find(can_be_said);
    let thing = thing.unwrap_or("unknown thing");
    pieces.push(TextPart::phrase(" ", thing, "", 28));
    if let Some(behavior) = &violation.behavior {
        pieces.push(TextPart::phrase(": ", behavior, "", 20));
    }
    if let Some(comparison) = violation.comparison() {
        match comparison.split_once(", observed ") {
            Some((expected, observed)) => {
                pieces.push(TextPart::phrase(" ", expected, "", 28));
                pieces.push(TextPart::phrase(", observed ", observed, "", 18));
            }
            None => pieces.push(TextPart::phrase(" ", &comparison, "", 28)),
        }
    }
    if let Some(profile) = &violation.profile {
        pieces.push(TextPart::phrase(" (", profile, ")", 0));
    }
}

fn of_audit(audit: &Audit, report: &Report, pieces: &mut Vec<TextPart>) {
    pieces.push(TextPart::phrase("", &report.title, "", 60));
    let checks: Vec<&str> = audit
        .checks_to_see()
        .map(|check| check.name.strip_suffix("_CHECK").unwrap_or(&check.name))
        .collect();
    if !checks.is_empty() {
        pieces.push(TextPart::phrase(": ", &checks.join(", "), "", 40));
    }
    if let Some(schedule) = &audit.schedule {
        pieces.push(TextPart::phrase(" (", schedule, ")", 12));
    }
}

fn of_finding(finding: &AuditFinding, report: &Report, pieces: &mut Vec<TextPart>) {
    pieces.push(TextPart::phrase("", &report.title, "", 60));
    if let Some(resource) = &finding.resource {
        pieces.push(TextPart::phrase(" on ", resource, "", 40));
    }
    if let Some(reason) = &finding.reason {
        pieces.push(TextPart::phrase(": ", reason, "", 0));
    }
}

fn of_json(report: &Report, pieces: &mut Vec<TextPart>) {
    pieces.push(TextPart::phrase("", &report.title, "", 80));
    let facts: Vec<String> = report
        .facts
        .iter()
        .map(|fact| format!("{} {}", fact.label, fact.value))
        .collect();
    if !facts.is_empty() {
        pieces.push(TextPart::phrase(": ", &facts.join(", "), "", 0));
    }
}

/// The title is the subject, or the first line where there is none.
fn of_text(text: &str, subject: bool, report: &Report, pieces: &mut Vec<TextPart>) {
    pieces.push(TextPart::phrase("", &report.title, "", 80));
    let rest = if subject {
        text
    } else {
        text.trim_start()
            .split_once('\n')
            .map_or("", |(_, rest)| rest)
    };
    pieces.push(TextPart::phrase(" ", rest, "", 0));
}

/// Joins the pieces into one part.
fn fit(mut pieces: Vec<TextPart>) -> String {
    pieces.retain(|piece| !piece.text.is_empty());
    let around: usize = pieces
        .iter()
        .map(|piece| TextPart::width(piece.before) + TextPart::width(piece.after))
        .sum();
    let mut widths: Vec<usize> = pieces
        .iter()
        .map(|piece| TextPart::width(&piece.text).min(ONE_PART))
        .collect();
    // Widths are at most one part each, so this takes a few hundred steps.
    while around + widths.iter().sum::<usize>() > ONE_PART {
        let spare = widths
            .iter_mut()
            .zip(&pieces)
            .filter(|(width, piece)| **width > piece.keeps);
        let Some((width, _)) = spare.max_by_key(|(width, piece)| **width - piece.keeps) else {
            break;
        };
        *width -= 1;
    }
    let said: String = pieces
        .iter()
        .zip(widths)
        .filter(|(piece, width)| *width >= NARROWEST.min(TextPart::width(&piece.text)))
        .map(|(piece, width)| {
            format!(
                "{}{}{}",
                piece.before,
                gsm7::cut(&piece.text, width),
                piece.after
            )
        })
        .collect();
    gsm7::cut(&said, ONE_PART)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;
    use crate::alert::{Origin, SAMPLES};

    fn of(message: &str, test: bool) -> String {
        let said = text(&Alert::parse(
            message,
            Origin {
                test,
                ..Origin::default()
            },
        ));
        assert_one_part(&said);
        said
    }

    /// Counts septets without the code under test: the standard's alphabet by ranges of code points, its extension at two.
    fn assert_one_part(said: &str) {
        let septets: usize = said
            .chars()
            .map(|c| match u32::from(c) {
                0x5B..=0x5E | 0x7B..=0x7E | 0x20AC => 2,
                0x20..=0x5F
                | 0x61..=0x7A
                | 0xA1
                | 0xA3..=0xA5
                | 0xA7
                | 0xBF
                | 0xC4..=0xC7
                | 0xC9
                | 0xD1
                | 0xD6
                | 0xD8
                | 0xDC => 1,
                0xDF
                | 0xE0
                | 0xE4..=0xE6
                | 0xE8
                | 0xE9
                | 0xEC
                | 0xF1
                | 0xF2
                | 0xF6
                | 0xF8
                | 0xF9
                | 0xFC => 1,
                0x393 | 0x394 | 0x398 | 0x39B | 0x39E | 0x3A0 | 0x3A3 | 0x3A6 | 0x3A8 | 0x3A9 => 1,
                _ => panic!("{c:?} is not in the alphabet: {said:?}"),
            })
            .sum();
        assert!(septets <= 160, "{septets} septets: {said:?}");
        assert!(!said.is_empty());
    }

    #[test]
    fn every_sample_fits_and_says_what_matters() {
        let said: Vec<String> = SAMPLES
            .iter()
            .map(|sample| format!("{}: {}", sample.name, of(sample.json, false)))
            .collect();
        insta::assert_snapshot!(said.join("\n"), @r#"
in-alarm: ALARM myIoTDevice: messageSize expected > 5000 bytes, observed 26 (LargeMessageSize) MEDIUM
cleared: CLEARED dev-IZWB: MessagesPub expected < 10 messages per 5 min, observed 4 (MySecProfile)
invalidated: INVALIDATED dev-IZWB: MessagesPub expected < 10 messages per 5 min, observed 54 (MySecProfile)
ml: ALARM lightbulb-1: LowConfidence_MladBehavior_MessagesSent expected within the learned model, confidence HIGH, observed 1843 (security-profile-for-sm...) MEDIUM
statistical: ALARM sensor-0042: MessagesReceived-High expected <= p99 of the fleet (messages per 15 min), observed 512 (FleetProfile) HIGH
ports: ALARM sensor-0042: ListeningTCPPorts expected only ports 80, 443, observed 22, 443, 8080 (FleetProfile) MEDIUM
source-ip: ALARM sensor-0042: DeniedSourceIPs expected none of 12.8.0.0/16, 15.102.16.0/24, observed 12.8.33.7/32 (FleetProfile) MEDIUM
custom-metric: ALARM sensor-0042: great-than-75 expected > 75, observed 12.5 (batteryUsage) MEDIUM
disconnect: ALARM sensor-0042: DisconnectDuration expected <= 5 minutes, observed 6 (FleetProfile) MEDIUM
audit: Audit: 1 of 1 check non-compliant: DEVICE_CERTIFICATE_EXPIRING (myWeeklyAudit) MEDIUM
audit-compliant: Audit: all 3 checks compliant
finding: Audit finding: IOT_POLICY_OVERLY_PERMISSIVE_CHECK on iot policy policyexample 1: Policy allows broad access to IoT data plane actions: [iot:Connect]. CRITICAL
"#);
    }

    #[test]
    fn every_fixture_fits() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/alerts");
        let mut said: Vec<String> = std::fs::read_dir(folder)
            .expect("the fixtures")
            .map(|entry| {
                let path = entry.expect("an entry").path();
                let message = std::fs::read_to_string(&path).expect("a message");
                of(&message, true);
                format!(
                    "{}: {}",
                    path.file_name().expect("a name").display(),
                    of(&message, false)
                )
            })
            .collect();
        said.sort();
        insta::with_settings!({
            snapshot_path => "../../../tests/snapshots",
            prepend_module_to_snapshot => false,
            omit_expression => true,
        }, {
            insta::assert_snapshot!("texts", said.join("\n"));
        });
    }

    fn violation(
        change: &str,
        thing: &str,
        profile: &str,
        behavior: &str,
        criteria: &Value,
        observed: &Value,
    ) -> String {
        json!({"violationEventType": change, "thingName": thing, "securityProfileName": profile, "metricValue": observed,
               "behavior": {"name": behavior, "metric": "aws:num-messages-sent", "criteria": criteria}})
        .to_string()
    }

    fn rule() -> Value {
        json!({"comparisonOperator": "less-than", "value": {"count": 10}, "durationSeconds": 300})
    }

    #[test]
    fn long_names_crowd_out_nothing() {
        let ports: Vec<u16> = (60000..60200).collect();
        let set = json!({"comparisonOperator": "in-port-set", "value": {"ports": ports}});
        let said = [
            of(
                &violation(
                    "in-alarm",
                    &"t".repeat(128),
                    "P",
                    "MessagesPub-High",
                    &rule(),
                    &json!({"count": 54}),
                ),
                true,
            ),
            of(
                &violation(
                    "in-alarm",
                    &"t".repeat(128),
                    &"p".repeat(128),
                    &"b".repeat(128),
                    &rule(),
                    &json!({"count": 54}),
                ),
                true,
            ),
            of(
                &violation(
                    "alarm-invalidated",
                    &"t{".repeat(64),
                    &"p".repeat(128),
                    &"b".repeat(128),
                    &set,
                    &json!({"ports": ports}),
                ),
                true,
            ),
            of(
                &violation(
                    "x".repeat(200).as_str(),
                    &"t".repeat(128),
                    "",
                    "b",
                    &rule(),
                    &Value::Null,
                ),
                true,
            ),
        ];
        insta::assert_snapshot!(said.join("\n"), @r#"
[TEST] ALARM ttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttt...: MessagesPub-High expected < 10 messages per 5 min, observed 54 (P) HIGH
[TEST] ALARM tttttttttttttttttttttttttttttttttttttt...: bbbbbbbbbbbbbbbbbbbbbbbbbbbbbb... expected < 10 messages per 5 min, observed 54 (pppppppppp...) MEDIUM
[TEST] INVALIDATED t{t{t{t{t{t{t{t{t{t{t...: bbbbbbbbbbbbbbbbbbbbbbb... expected only ports 60000, 6000..., observed 60000, 60001, 60002,...
[TEST] EVENT xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx... ttttttttttttttttttttttttttttttttttttttttttttttttttttttttttt...: b expected < 10 messages per 5 min
"#);
    }

    #[test]
    fn whatever_a_message_lacks_the_rest_is_said() {
        let said: Vec<String> = [
            r#"{"violationEventType":"in-alarm"}"#,
            r#"{"violationId":"37e18651","securityProfileName":"P"}"#,
            r#"{"thingName":"t","violationEventType":"in-alarm","behavior":{"name":"b"}}"#,
            r#"{"thingName":"\u09cd","violationEventType":"in-alarm","behavior":{"name":"b"}}"#,
            r#"{"device":"pump-7","anomaly":true,"score":0.93}"#,
            r#"{"auditDetails":[{"checkName":"A_CHECK","checkRunStatus":"FAILED"},{"checkName":"B","checkRunStatus":"CANCELED"}]}"#,
            "",
            "Hello,\n\tworld \u{1f600}",
            "\u{202e}\u{200b}",
        ]
        .iter()
        .map(|message| of(message, false))
        .collect();
        insta::assert_snapshot!(said.join("\n"), @r#"
ALARM unknown thing MEDIUM
ALARM 37e18651 (P) MEDIUM
ALARM t: b MEDIUM
ALARM unknown thing: b MEDIUM
Message: JSON of an unknown shape: device pump-7, anomaly true, score 0.93
Audit: 1 of 2 checks failed, 1 canceled: A, B MEDIUM
Message: (empty)
Message: Hello, world grinning
Message: (empty)
"#);
    }

    proptest! {
        #[test]
        fn any_violation_fits_and_keeps_its_state(
            names in proptest::collection::vec(any::<String>(), 4),
            long in proptest::collection::vec("[ -~é€ж😀]{0,200}", 4),
            test: bool,
            change in prop_oneof![Just("in-alarm"), Just("alarm-cleared"), Just("alarm-invalidated")],
        ) {
            for names in [names, long] {
                let observed = json!({"strings": [names[3]]});
                let criteria = json!({"comparisonOperator": "in-set", "value": {"strings": [names[3]]}});
                let said = of(&violation(change, &names[0], &names[1], &names[2], &criteria, &observed), test);
                let said = if test { said.strip_prefix("[TEST] ").expect("the mark stays") } else { &said };
                let word = match change { "in-alarm" => "ALARM ", "alarm-cleared" => "CLEARED ", _ => "INVALIDATED " };
                prop_assert!(said.starts_with(word), "{}", said);
            }
        }

        #[test]
        fn any_message_fits(message in any::<String>(), test: bool) {
            of(&message, test);
            of(&json!({"checkName": message, "findingId": message, "reasonForNonCompliance": message}).to_string(), test);
            of(&json!({"auditDetails": [{"checkName": message, "checkRunStatus": message}], "taskStatus": message}).to_string(), test);
            of(&json!({(message.as_str()): message, "deep": {"list": [message]}}).to_string(), test);
        }
    }
}
