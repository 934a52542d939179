//! The one JSON document that every command answers with: what it holds, and how it is collected while the command runs.
//!
//! A command only gives its results; warnings, hints and an error are added by the code that prints them. The document is
//! written once, when the command has ended, however it ended.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::error::{CliError, ErrorBody};
use super::junit::{self, Suite};
use crate::chain::names::AccountRegion;

/// The version of the document's shape: counted up where a key is removed, renamed or changes its meaning.
pub(super) const SCHEMA_VERSION: u32 = 1;

/// What a command answers with `--output json`.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(super) struct Document {
    /// The version of this document's shape. It is counted up where a key is removed, renamed or changes its meaning; keys
    /// can be added without that.
    #[schemars(extend("const" = SCHEMA_VERSION))]
    schema_version: u32,
    /// The command, such as `deploy-slack`; null where none was recognized.
    command: Option<String>,
    /// The AWS account of the credentials, 12 digits; null where it was not asked for.
    account: Option<String>,
    /// The alias of the account; null where it has none, or where it could not be read.
    account_alias: Option<String>,
    /// The region that the results are about; null where there is none, or where there are several.
    region: Option<String>,
    /// One entry for each topic (of `remove` each relay, of `replay` each failure queue); empty where there is nothing to report.
    results: Vec<Value>,
    /// What to watch out for.
    warnings: Vec<String>,
    /// What to do next.
    hints: Vec<String>,
    /// Why the command ended early; null where it did not. The results then are what it came to before.
    error: Option<ErrorBody>,
}

/// What was collected for the document so far.
#[derive(Debug, Default)]
pub(super) struct Answer {
    command: Option<String>,
    account: Option<String>,
    account_alias: Option<String>,
    region: Option<String>,
    /// How far each result has come, by its position, until the results are given.
    so_far: BTreeMap<usize, Value>,
    results: Option<Vec<Value>>,
    warnings: Vec<String>,
    hints: Vec<String>,
    /// What a JUnit report will hold.
    suites: Vec<Suite>,
}

impl Answer {
    /// Starts the document of a command.
    pub(super) fn new(command: Option<String>) -> Answer {
        Answer {
            command,
            ..Answer::default()
        }
    }

    /// Says in which account and region the command works. Several regions are none.
    pub(super) fn set_place<'a>(&mut self, places: impl IntoIterator<Item = &'a AccountRegion>) {
        let mut places = places.into_iter();
        let Some(first) = places.next() else {
            return;
        };
        self.account = Some(first.account.clone());
        let is_one = places.all(|other| other.region == first.region);
        self.region = is_one.then(|| first.region.clone());
    }

    /// Says which alias the account has.
    pub(super) fn set_account_alias(&mut self, alias: String) {
        self.account_alias = Some(alias);
    }

    /// Adds a warning.
    pub(super) fn add_warning(&mut self, text: String) {
        self.warnings.push(text);
    }

    /// Adds a hint.
    pub(super) fn add_hint(&mut self, text: String) {
        self.hints.push(text);
    }

    /// Says how far a result has come, in place of what was said before.
    pub(super) fn set_so_far(&mut self, position: usize, result: Value) {
        self.so_far.insert(position, result);
    }

    /// Gives the results, in place of how far they had come.
    pub(super) fn set_results(&mut self, results: Vec<Value>) {
        self.results = Some(results);
    }

    /// Gives what a JUnit report holds.
    pub(super) fn set_suites(&mut self, suites: Vec<Suite>) {
        self.suites = suites;
    }

    /// Returns the JUnit report of a command that ended now.
    ///
    /// # Errors
    /// As [`junit::report`].
    pub(super) fn junit(&self, error: Option<&CliError>) -> Result<String, CliError> {
        let command = self.command.as_deref().unwrap_or_default();
        junit::report(command, &self.suites, error)
            .map_err(|error| CliError::failed("writing the JUnit report failed").because(error))
    }

    /// Returns the document of a command that ended now.
    pub(super) fn end(&mut self, error: Option<&CliError>) -> Document {
        let Answer {
            command,
            account,
            account_alias,
            region,
            so_far,
            results,
            warnings,
            hints,
            suites: _,
        } = std::mem::take(self);
        Document {
            schema_version: SCHEMA_VERSION,
            command,
            account,
            account_alias,
            region,
            results: results.unwrap_or_else(|| so_far.into_values().collect()),
            warnings,
            hints,
            error: error.map(CliError::body),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn place(region: &str) -> AccountRegion {
        AccountRegion {
            partition: "aws".to_owned(),
            account: "123456789012".to_owned(),
            region: region.to_owned(),
        }
    }

    fn document(answer: &mut Answer, error: Option<&CliError>) -> Value {
        serde_json::to_value(answer.end(error)).expect("a document")
    }

    #[test]
    fn results_take_the_place_of_how_far_they_had_come() {
        let so_far = || {
            let mut answer = Answer::new(Some("doctor".to_owned()));
            answer.set_so_far(1, json!("b"));
            answer.set_so_far(0, json!("a"));
            answer.set_so_far(1, json!("c"));
            answer
        };
        assert_eq!(
            document(&mut so_far(), None)["results"],
            json!(["a", "c"]),
            "in order, each once"
        );
        let mut answer = so_far();
        answer.set_results(vec![]);
        assert_eq!(document(&mut answer, None)["results"], json!([]));
    }

    #[test]
    fn several_regions_are_none() {
        let mut answer = Answer::new(None);
        answer.set_place([&place("eu-central-1"), &place("eu-central-1")]);
        let said = document(&mut answer, None);
        assert_eq!(said["region"], "eu-central-1");
        assert_eq!(said["account"], "123456789012");
        let mut answer = Answer::new(None);
        answer.set_place([&place("eu-central-1"), &place("us-west-2")]);
        let said = document(&mut answer, None);
        assert_eq!(
            (&said["region"], &said["account"]),
            (&Value::Null, &json!("123456789012"))
        );
    }

    #[test]
    fn an_error_stands_beside_what_was_done() {
        let mut answer = Answer::new(Some("rotate".to_owned()));
        answer.set_so_far(0, json!({"applied": false}));
        answer.add_warning("w".to_owned());
        answer.add_hint("h".to_owned());
        let error = CliError::usage("no").because("why").hint("do");
        assert_eq!(
            document(&mut answer, Some(&error)),
            json!({
                "schema_version": 1, "command": "rotate", "account": null, "account_alias": null, "region": null,
                "results": [{"applied": false}], "warnings": ["w"], "hints": ["h"],
                "error": {"message": "no", "causes": ["why"], "hint": "do", "exit_code": 2},
            })
        );
    }
}
