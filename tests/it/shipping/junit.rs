//! The JUnit report: of the two commands that have one, and refused for the others.

use aws_sdk_sns::Client as Sns;
use quick_junit::{NonSuccessKind, Report, TestCaseStatus};
use testbed::bed::Bed;

use crate::typed::ddalert;

/// Runs a command for its report; both have to say the same.
fn report(bed: &Bed, args: &str, code: i32) -> Report {
    let output = ddalert(bed, &format!("{args} --output junit")).output();
    assert_eq!(output.status.code(), Some(code), "{output}");
    let report = Report::deserialize_from_str(&output.stdout);
    let report = report.unwrap_or_else(|error| panic!("{error}: {output}"));
    let bad = report.failures + report.errors;
    assert_eq!(bad > 0, code != 0, "{output}");
    report
}

/// Returns each case that is not in order: whether it is an error, its name, and what it says.
fn bad(report: &Report) -> Vec<(bool, String, String)> {
    let cases = report
        .test_suites
        .iter()
        .flat_map(|suite| &suite.test_cases);
    let bad = cases.filter_map(|case| match &case.status {
        TestCaseStatus::NonSuccess { kind, message, .. } => {
            let message = message.as_ref().map(|message| message.as_str().to_owned());
            Some((
                *kind == NonSuccessKind::Error,
                case.name.as_str().to_owned(),
                message.unwrap_or_default(),
            ))
        }
        _ => None,
    });
    bad.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_fails_exactly_if_the_command_does() {
    let bed = Bed::new();
    let topic = Sns::new(&bed.config())
        .create_topic()
        .name("alerts")
        .send()
        .await
        .expect("a topic");
    let arn = topic.topic_arn.expect("its ARN");

    let missed = report(&bed, "test-publish --topic alerts", 4);
    assert_eq!(
        missed.name.as_ref().map(|name| name.as_str()),
        Some("ddalert test-publish")
    );
    assert_eq!(missed.test_suites[0].name.as_str(), arn);
    let [(false, name, says)] = &bad(&missed)[..] else {
        panic!("{missed:?}")
    };
    assert_eq!(
        (name.as_str(), says.as_str()),
        (
            "test alert",
            "no subscriber is known to have received the test alert"
        )
    );
    assert_eq!(
        bad(&report(&bed, "test-publish --topic alerts --no-wait", 0)),
        []
    );

    let broken = report(&bed, "doctor --topic alerts", 1);
    assert_eq!(broken.test_suites[0].name.as_str(), arn);
    assert!(
        bad(&broken)
            .iter()
            .all(|(is_error, name, _)| !is_error && name.starts_with("DD")),
        "{broken:?}"
    );

    let gone = report(&bed, "doctor --topic nowhere", 1);
    assert!(!bad(&gone).is_empty(), "{gone:?}");
}

#[test]
fn an_error_is_a_case_of_the_report() {
    let bed = Bed::new();
    let untold = report(&bed, "doctor", 2);
    assert_eq!(
        bad(&untold),
        [(true, "doctor".to_owned(), "no topic is given".to_owned())]
    );
    let unknown = report(&bed, "test-publish --nonsense", 2);
    assert!(bad(&unknown)[0].0, "{unknown:?}");
}

#[test]
fn a_command_without_a_report_says_so() {
    let bed = Bed::new();
    for command in [
        "deploy-slack --topic alerts",
        "preview --target slack",
        "remove --all --topic alerts",
        "deploy-slack --nonsense",
    ] {
        let output = ddalert(&bed, &format!("{command} --output junit")).output();
        assert_eq!(
            (output.status.code(), output.stdout.as_str()),
            (Some(2), ""),
            "{output}"
        );
        if !command.contains("nonsense") {
            assert!(output.stderr.contains("has no JUnit report"), "{output}");
        }
    }
    assert!(bed.proxy.calls().is_empty(), "{:?}", bed.proxy.calls());
}
