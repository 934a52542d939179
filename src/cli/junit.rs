//! The JUnit report of a command (`--output junit`), for pipelines that show tests: one suite for each topic.
//!
//! A report has a failure or an error exactly if the command exits with another code than 0.

use std::time::Duration;

use quick_junit::{
    NonSuccessKind, Report, SerializeError, TestCase, TestCaseStatus, TestSuite, XmlString,
};

use super::error::CliError;

/// The commands that have a report.
pub(super) const COMMANDS: [&str; 2] = ["test-publish", "doctor"];

/// What was checked of one topic.
#[derive(Clone, Debug)]
pub(super) struct Suite {
    /// The ARN of the topic.
    pub(super) name: String,
    /// What was checked.
    pub(super) cases: Vec<Case>,
}

/// One thing that was checked.
#[derive(Clone, Debug)]
pub(super) struct Case {
    /// What it is.
    pub(super) name: String,
    /// How it is.
    pub(super) verdict: Verdict,
    /// How long it took, where that is known.
    pub(super) time: Option<Duration>,
}

/// How something is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// In order; with what there is to say of it.
    Passed(String),
    /// Not in order.
    Failed {
        /// A code, or a word for what happened.
        kind: String,
        /// What is wrong, in one line.
        message: String,
        /// What it means and what to do.
        details: String,
    },
    /// It was not looked at, and why.
    Skipped(String),
}

impl Suite {
    /// Returns whether anything is not in order.
    pub(super) fn has_failed(&self) -> bool {
        let has_failed = |case: &Case| matches!(case.verdict, Verdict::Failed { .. });
        self.cases.iter().any(has_failed)
    }
}

impl Case {
    /// Returns a case of which no time is known.
    pub(super) fn new(name: impl Into<String>, verdict: Verdict) -> Case {
        Case {
            name: name.into(),
            verdict,
            time: None,
        }
    }
}

/// Writes the report of a command; an error that ended it is a case of its own. Characters that XML does not allow are left out.
///
/// # Errors
/// It cannot be written as XML.
pub(super) fn report(
    command: &str,
    suites: &[Suite],
    error: Option<&CliError>,
) -> Result<String, SerializeError> {
    let mut report = Report::new(format!("ddalert {command}"));
    for suite in suites {
        let mut written = TestSuite::new(xml(&suite.name));
        written.add_test_cases(suite.cases.iter().map(|case| written_case(command, case)));
        report.add_test_suite(written);
    }
    if let Some(error) = error {
        let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
        let hint = error.hint_text().map(|hint| format!("hint: {hint}"));
        let details: Vec<String> = error.causes().into_iter().chain(hint).collect();
        status
            .set_type(format!("exit code {}", error.exit() as u8))
            .set_message(xml(&error.message()));
        status.set_description(xml(&details.join("\n")));
        let mut suite = TestSuite::new("ddalert");
        let mut case = TestCase::new(command, status);
        case.set_classname("ddalert");
        suite.add_test_case(case);
        report.add_test_suite(suite);
    }
    report.to_string()
}

/// Returns a text without what XML 1.0 cannot hold at all. Control characters are left out by the type itself.
fn xml(text: &str) -> XmlString {
    let allowed = |c: &char| !matches!(c, '\u{fffe}' | '\u{ffff}');
    XmlString::new(text.chars().filter(allowed).collect::<String>())
}

fn written_case(command: &str, case: &Case) -> TestCase {
    let status = match &case.verdict {
        Verdict::Passed(_) => TestCaseStatus::success(),
        Verdict::Skipped(why) => {
            let mut status = TestCaseStatus::skipped();
            status.set_message(xml(why));
            status
        }
        Verdict::Failed {
            kind,
            message,
            details,
        } => {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
            status
                .set_type(xml(kind))
                .set_message(xml(message))
                .set_description(xml(details));
            status
        }
    };
    let mut written = TestCase::new(xml(&case.name), status);
    written.set_classname(format!("ddalert.{command}"));
    if let Some(time) = case.time {
        written.set_time(time);
    }
    if let Verdict::Passed(said) = &case.verdict
        && !said.is_empty()
    {
        written.set_system_out(xml(said));
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_is_xml_whatever_a_device_wrote() {
        let failed = Verdict::Failed {
            kind: "failed".to_owned(),
            message: "<b>\u{1b}[31m\u{0}\u{8}\u{fffe}]]> & \"x\"".to_owned(),
            details: "one\ntwo".to_owned(),
        };
        let suite = Suite {
            name: "arn:aws:sns:eu-central-1:123456789012:alerts".to_owned(),
            cases: vec![
                Case::new("a", Verdict::Passed("fine".to_owned())),
                Case::new("b", failed),
                Case::new("c", Verdict::Skipped("not allowed".to_owned())),
            ],
        };
        let error = CliError::failed("no <answer>").because("why").hint("do");
        let report = report("doctor", &[suite], Some(&error)).expect("a report");
        assert!(
            report.starts_with("<?xml version=\"1.0\" encoding=\"UTF-8\"?>"),
            "{report}"
        );
        let allowed = |c: char| c == '\n' || (' '..='\u{fffd}').contains(&c);
        assert!(report.chars().all(allowed), "{report:?}");
        for part in [
            "<testsuites name=\"ddalert doctor\" tests=\"4\" skipped=\"1\" failures=\"1\" errors=\"1\"",
            "tests=\"3\" skipped=\"1\" errors=\"0\" failures=\"1\"",
            "message=\"&lt;b&gt;",
            "message=\"no &lt;answer&gt;\" type=\"exit code 1\"",
            "<skipped message=\"not allowed\"/>",
            "<system-out>fine</system-out>",
        ] {
            assert!(report.contains(part), "{part} is not in {report}");
        }
    }
}
