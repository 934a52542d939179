//! The SMS text of an alert: always one message part in GSM-7, whatever the alert contains.
//!
//! State, severity and time always stay. Every other segment has a minimum width; if the text is too long, the longest segment is shortened
//! first, so that a thing's name of 128 characters leaves room for the behavior and the observed value.

use super::gsm7::{self, SINGLE_PART};
use super::inactive::inactive;
use crate::alert::{
    Alert, Audit, AuditCheck, AuditFinding, Comparison, Digest, Event, Report, State, Violation,
    ViolationEventType,
};

/// A segment that would be narrower than this, in septets, is left out.
const MIN_WIDTH: usize = 8;

/// A segment of the text, with what comes before and after it unless it is left out.
struct TextSegment {
    before: &'static str,
    text: String,
    after: &'static str,
    /// The minimum width, in septets: it is not shortened further.
    min_width: usize,
}

impl TextSegment {
    /// A segment that is never shortened.
    fn word(text: &str) -> TextSegment {
        TextSegment {
            min_width: SINGLE_PART,
            ..TextSegment::phrase("", text, "", 0)
        }
    }

    fn phrase(
        before: &'static str,
        text: &str,
        after: &'static str,
        min_width: usize,
    ) -> TextSegment {
        // After the transliteration: it can turn look-alike letters into an address.
        let text = inactive(&gsm7::transliterate(text));
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        TextSegment {
            before,
            text,
            after,
            min_width,
        }
    }

    fn width(text: &str) -> usize {
        gsm7::septets(text).unwrap_or(0)
    }
}

/// Returns the SMS text of an alert: one line of at most 160 septets of GSM-7.
pub fn render(alert: &Alert) -> String {
    let report = alert.report();
    let mut segments = Vec::new();
    match &alert.event {
        Event::Violation(violation, _) => {
            // A name of combining marks alone has no transliteration.
            let is_readable = |name: &&str| !gsm7::transliterate(name).trim().is_empty();
            let thing = [&violation.thing, &violation.id]
                .into_iter()
                .filter_map(|name| name.as_deref())
                .find(is_readable);
            let thing = thing.unwrap_or("unknown thing");
            of_violation(
                violation,
                thing,
                &violation.comparison(),
                &report,
                &mut segments,
            );
        }
        Event::Audit(audit, _) => of_audit(audit, &report, &mut segments),
        Event::AuditFinding(finding, _) => of_finding(finding, &report, &mut segments),
        Event::Json(_) => of_json(&report, &mut segments),
        Event::Text(text) => of_text(text, alert.origin.subject.is_some(), &report, &mut segments),
    }
    fit(segments)
}

/// Returns the SMS text of a digest, as [`render`] returns that of an alert: how many things, and the first names if there is room.
pub fn render_digest(digest: &Digest<'_>) -> String {
    let mut segments = Vec::new();
    let report = digest.report();
    of_violation(
        digest.violation(),
        &digest.subject(),
        &digest.comparison(),
        &report,
        &mut segments,
    );
    let names: Vec<&str> = report
        .things
        .iter()
        .map(|thing| thing.label.as_str())
        .collect();
    segments.push(TextSegment::phrase(": ", &names.join(", "), "", 0));
    fit(segments)
}

/// Adds what a violation says; `thing` is its thing, or how many.
fn of_violation(
    violation: &Violation,
    thing: &str,
    comparison: &Comparison,
    report: &Report,
    segments: &mut Vec<TextSegment>,
) {
    if report.test {
        segments.push(TextSegment {
            after: " ",
            ..TextSegment::word("[TEST]")
        });
    }
    segments.push(match &violation.event_type {
        ViolationEventType::InAlarm => TextSegment::word(&format!(
            "ALARM {}",
            report.severity.as_str().to_uppercase()
        )),
        ViolationEventType::Cleared => TextSegment::word("CLEARED"),
        ViolationEventType::Invalidated => TextSegment::word("INVALIDATED"),
        ViolationEventType::Other(name) => TextSegment::phrase("EVENT ", name, "", 12),
    });
    if let Some(behavior) = &violation.behavior {
        segments.push(TextSegment::phrase(" ", behavior, "", 20));
    }
    let on = if violation.behavior.is_some() {
        " on "
    } else {
        " "
    };
    segments.push(TextSegment::phrase(on, thing, "", 28));
    // An item that is not allowed says most of what was expected.
    let expected_width = match (&comparison.not_allowed_in_short, &comparison.observed) {
        (Some(items), _) => {
            segments.push(TextSegment::phrase(": not allowed: ", items, "", 18));
            0
        }
        (None, Some(observed)) => {
            segments.push(TextSegment::phrase(": ", observed, "", 18));
            26
        }
        (None, None) => 26,
    };
    if let Some(expected) = &comparison.expected_in_short {
        segments.push(TextSegment::phrase(
            ", expected ",
            expected,
            "",
            expected_width,
        ));
    }
    add_time(report, segments);
    if let Some(profile) = &violation.profile {
        segments.push(TextSegment::phrase(" (", profile, ")", 0));
    }
}

fn of_audit(audit: &Audit, report: &Report, segments: &mut Vec<TextSegment>) {
    let result = match report.state {
        State::Compliant => report.title.clone(),
        _ => {
            let mark = if report.test { "[TEST] " } else { "" };
            format!(
                "{mark}{}: {}",
                report.severity.title(),
                audit.worst_result()
            )
        }
    };
    segments.push(TextSegment::phrase("", &result, "", 60));
    let checks: Vec<String> = audit
        .checks_needing_attention()
        .map(AuditCheck::words)
        .collect();
    if !checks.is_empty() {
        segments.push(TextSegment::phrase(": ", &checks.join(", "), "", 40));
    }
    add_time(report, segments);
    if let Some(schedule) = &audit.schedule {
        segments.push(TextSegment::phrase(" (", schedule, ")", 12));
    }
}

fn of_finding(finding: &AuditFinding, report: &Report, segments: &mut Vec<TextSegment>) {
    segments.push(TextSegment::phrase("", &report.subject, "", 60));
    if let Some(resource) = &finding.resource {
        segments.push(TextSegment::phrase(": ", resource, "", 40));
    }
    add_time(report, segments);
    if let Some(reason) = &finding.reason {
        segments.push(TextSegment::phrase(": ", reason, "", 0));
    }
}

/// Adds since when, to the minute: a text can arrive hours later. A test was sent just before.
fn add_time(report: &Report, segments: &mut Vec<TextSegment>) {
    let Some(at) = report.at else { return };
    let since = match report.state {
        _ if report.test => ", sent ",
        State::Alarm => ", since ",
        _ => ", ",
    };
    segments.push(TextSegment {
        before: since,
        ..TextSegment::word(&at.strftime("%Y-%m-%d %H:%M UTC").to_string())
    });
}

fn of_json(report: &Report, segments: &mut Vec<TextSegment>) {
    segments.push(TextSegment::phrase("", &report.title, "", 80));
    let facts: Vec<String> = report
        .facts
        .iter()
        .map(|fact| format!("{} {}", fact.label, fact.value))
        .collect();
    if !facts.is_empty() {
        segments.push(TextSegment::phrase(": ", &facts.join(", "), "", 0));
    }
}

/// The title is the subject or, without one, the first line.
fn of_text(text: &str, subject: bool, report: &Report, segments: &mut Vec<TextSegment>) {
    segments.push(TextSegment::phrase("", &report.title, "", 80));
    let rest = if subject {
        text
    } else {
        text.trim_start()
            .split_once('\n')
            .map_or("", |(_, rest)| rest)
    };
    segments.push(TextSegment::phrase(" ", rest, "", 0));
}

/// Joins the segments and shortens them until they fit into one message part.
fn fit(mut segments: Vec<TextSegment>) -> String {
    segments.retain(|segment| !segment.text.is_empty());
    let around: usize = segments
        .iter()
        .map(|segment| TextSegment::width(segment.before) + TextSegment::width(segment.after))
        .sum();
    let mut widths: Vec<usize> = segments
        .iter()
        .map(|segment| TextSegment::width(&segment.text).min(SINGLE_PART))
        .collect();
    // Each width is at most one message part, so this takes a few hundred steps.
    while around + widths.iter().sum::<usize>() > SINGLE_PART {
        let spare = widths
            .iter_mut()
            .zip(&segments)
            .filter(|(width, segment)| **width > segment.min_width);
        let Some((width, _)) = spare.max_by_key(|(width, segment)| **width - segment.min_width)
        else {
            break;
        };
        *width -= 1;
    }
    let text: String = segments
        .iter()
        .zip(widths)
        .filter(|(segment, width)| *width >= MIN_WIDTH.min(TextSegment::width(&segment.text)))
        .map(|(segment, width)| {
            format!(
                "{}{}{}",
                segment.before,
                gsm7::truncate(&segment.text, width),
                segment.after
            )
        })
        .collect();
    gsm7::truncate(&text, SINGLE_PART)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;
    use crate::alert::{Origin, SAMPLES};

    fn of(message: &str, test: bool) -> String {
        let text = render(&Alert::parse(
            message,
            Origin {
                test,
                ..Origin::default()
            },
        ));
        assert_one_part(&text);
        text
    }

    /// Counts septets independently of the code under test: the standard's alphabet by ranges of code points, its extension as two.
    fn assert_one_part(text: &str) {
        let septets: usize = text
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
                _ => panic!("{c:?} is not in the alphabet: {text:?}"),
            })
            .sum();
        assert!(septets <= 160, "{septets} septets: {text:?}");
        assert!(!text.is_empty());
    }

    #[test]
    fn every_sample_fits_and_keeps_what_matters() {
        let texts: Vec<String> = SAMPLES
            .iter()
            .map(|sample| format!("{}: {}", sample.name, of(sample.json, false)))
            .collect();
        insta::assert_snapshot!(texts.join("\n"), @r#"
in-alarm: ALARM MEDIUM messageSize on myIoTDevice: 26 bytes, expected > 5,000, since 2020-02-26 19:30 UTC (LargeMessageSize)
cleared: CLEARED MessagesPub on dev-IZWB: 4 messages, expected < 10 per 5 min, 2025-11-23 10:05 UTC (MySecProfile)
invalidated: INVALIDATED MessagesPub on dev-IZWB: 54 messages, expected < 10 per 5 min, 2025-11-23 10:05 UTC (MySecProfile)
ml: ALARM MEDIUM LowConfidence_MladBehavior_Messag... on lightbulb-1: 1,843 messages, expected in the ML model's range, since 2025-11-23 10:05 UTC (security-pro...)
statistical: ALARM HIGH MessagesReceived-High on sensor-0042: 512 messages, expected <= p99 of the fleet, since 2025-11-23 10:05 UTC (FleetProfile)
ports: ALARM MEDIUM ListeningTCPPorts on sensor-0042: not allowed: 22, 8080, expected only ports 80, 443, since 2025-11-23 10:05 UTC (FleetProfile)
source-ip: ALARM MEDIUM DeniedSourceIPs on sensor-0042: not allowed: 12.8.33.7/32, expected none of 12.8.0.0/16, 15.102.16.0/24, since 2025-11-23 10:05 UTC (FleetProfile)
custom-metric: ALARM MEDIUM great-than-75 on sensor-0042: 12.5, expected > 75, since 2025-11-23 10:05 UTC (batteryUsage)
disconnect: ALARM MEDIUM DisconnectDuration on sensor-0042: 6 minutes, expected <= 5, since 2025-11-23 10:05 UTC (FleetProfile)
audit: Medium: 1 of 1 audit checks non-compliant: Device certificate expiring, 2025-11-23 10:00 UTC (myWeeklyAudit)
audit-compliant: Audit: all 3 checks are compliant, 2025-11-23 10:00 UTC
finding: Critical: IoT policy overly permissive: IoT policy policyexample 1, 2025-11-23 10:05 UTC: Policy allows broad access to IoT data plane actions: [iot:Connect].
"#);
    }

    #[test]
    fn every_fixture_fits() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/alerts");
        let mut texts: Vec<String> = std::fs::read_dir(folder)
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
        texts.sort();
        insta::with_settings!({
            snapshot_path => "../../../tests/snapshots",
            prepend_module_to_snapshot => false,
            omit_expression => true,
        }, {
            insta::assert_snapshot!("texts", texts.join("\n"));
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
    fn long_names_leave_room_for_the_rest() {
        let ports: Vec<u16> = (60000..60200).collect();
        let set = json!({"comparisonOperator": "in-port-set", "value": {"ports": ports}});
        let texts = [
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
        insta::assert_snapshot!(texts.join("\n"), @r#"
[TEST] ALARM HIGH MessagesPub-High on ttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttt...: 54 messages, expected < 10 per 5 min (P)
[TEST] ALARM MEDIUM bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb... on tttttttttttttttttttttttttttttttttttttttt...: 54 messages, expected < 10 per 5 min (pppppppppppp...)
[TEST] INVALIDATED bbbbbbbbbbbbbbbbbbbbbbb... on t{t{t{t{t{t{t{t{t{t{t...: 60000, 60001, 60002,..., expected only ports 60000, 60001, 600...
[TEST] EVENT xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx... b on ttttttttttttttttttttttttttttttttttttttttttttttttttttttttt..., expected < 10 messages per 5 min
"#);
    }

    #[test]
    fn missing_fields_are_left_out() {
        let texts: Vec<String> = [
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
        insta::assert_snapshot!(texts.join("\n"), @r#"
ALARM MEDIUM unknown thing
ALARM MEDIUM 37e18651 (P)
ALARM MEDIUM b on t
ALARM MEDIUM b on unknown thing
Message: unrecognized JSON on pump-7: device pump-7, anomaly true, score 0.93
Medium: 1 of 2 audit checks failed: A, B
Message: (empty message)
Message: Hello, world grinning
Message: (empty message)
"#);
    }

    #[test]
    fn an_address_that_a_device_wrote_is_inactive() {
        for text in [
            of(
                &violation(
                    "in-alarm",
                    "http://evil.example/a",
                    "https://x.io",
                    "www.y.com",
                    &rule(),
                    &json!({"strings": ["bit.ly/x"]}),
                ),
                false,
            ),
            of("visit https://evil.example/now\nor www.evil.com", false),
            of(
                r#"{"title":"\uff48ttps\uff1a//evil\uff0ecom","link":"http://evil.com"}"#,
                false,
            ),
            of(
                r#"{"checkName":"A","findingId":"1","reasonForNonCompliance":"see http://evil.com"}"#,
                false,
            ),
        ] {
            let lower = text.to_lowercase();
            for active in ["http", "www.", "evil.", ".com", ".io", "bit.ly"] {
                assert!(!lower.contains(active), "{text}");
            }
        }
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
                let text = of(&violation(change, &names[0], &names[1], &names[2], &criteria, &observed), test);
                let text = if test { text.strip_prefix("[TEST] ").expect("the mark stays") } else { &text };
                let word = match change { "in-alarm" => "ALARM MEDIUM ", "alarm-cleared" => "CLEARED ", _ => "INVALIDATED " };
                prop_assert!(text.starts_with(word), "{}", text);
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
