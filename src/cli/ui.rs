//! The one place that prints and asks: the answer on stdout, everything else on stderr.

mod columns;
mod messages;
mod prompts;

use std::collections::BTreeSet;
use std::fmt::Display;
use std::io::{self, IsTerminal, Write};
use std::sync::{Arc, Mutex};

use console::Term;
use serde::Serialize;

use super::answer::Answer;
use super::error::CliError;
use super::junit::Suite;
use super::live::{LiveArea, Progress};
use super::place::PlaceLabel;
use super::printable::printable;
use super::style::coloured;
use super::wrap::wrapped;
use crate::chain::names::AccountRegion;
use crate::destination::sms::PhoneNumber;
use crate::destination::{Redaction, WebhookSecret};
use crate::sync::lock;
use columns::stdout_columns;

/// How the answer is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Output {
    /// For people.
    #[default]
    Text,
    /// One JSON document on stdout.
    Json,
    /// A JUnit report (XML) on stdout, for pipelines; of test-publish and doctor.
    Junit,
}

/// Both streams and the terminal.
#[derive(Clone, Debug)]
pub(super) struct Ui {
    output: Output,
    quiet: bool,
    /// How much is told: 1 each call to AWS, 2 each request too.
    verbosity: u8,
    terminal: bool,
    /// The phones whose numbers are shown in full.
    revealed: Arc<Mutex<Vec<PhoneNumber>>>,
    /// The account and region that the command works in.
    label: Arc<Mutex<Option<PlaceLabel>>>,
    /// The secrets that were given or read. No text shows them.
    hidden: Arc<Mutex<Redaction>>,
    /// The lines that say what is under way.
    live: LiveArea,
    /// What the JSON document will hold; nothing once an answer of another shape was written.
    collected: Arc<Mutex<Option<Answer>>>,
}

impl Ui {
    /// Looks at the streams. `command` is the name of the command, where it is known.
    pub(super) fn new(output: Output, quiet: bool, verbosity: u8, command: Option<String>) -> Ui {
        let terminal = io::stdin().is_terminal() && io::stderr().is_terminal();
        Ui {
            output,
            quiet,
            verbosity,
            terminal,
            revealed: Arc::default(),
            label: Arc::default(),
            hidden: Arc::default(),
            live: LiveArea::default(),
            collected: Arc::new(Mutex::new(Some(Answer::new(command)))),
        }
    }

    /// Returns whether somebody is there to be asked.
    pub(super) fn can_ask(&self) -> bool {
        self.terminal
    }

    /// Returns whether the answer is one JSON document.
    pub(super) fn is_json(&self) -> bool {
        self.output == Output::Json
    }

    /// Shows the numbers of these phones in full from now on, for `--show-numbers`.
    pub(super) fn reveal(&self, phones: impl IntoIterator<Item = PhoneNumber>) {
        lock(&self.revealed).extend(phones);
    }

    /// Hides a secret from now on, whatever repeats it: an error, an answer, a service. `secret` is as it was given.
    pub(super) fn hide(&self, secret: &str) {
        lock(&self.hidden).hide(secret);
    }

    /// Hides a webhook's secret that was read from where it is stored.
    pub(super) fn hide_webhook(&self, secret: &WebhookSecret) {
        lock(&self.hidden).hide_webhook(secret);
    }

    /// Returns a text as it may be shown: without secrets, and without what would steer the terminal.
    pub(super) fn shown(&self, text: impl Display) -> String {
        printable(&self.with_numbers(lock(&self.hidden).apply(text.to_string())))
    }

    /// Puts numbers that are to be shown in place of what hides them; what could be either of two stays hidden.
    fn with_numbers(&self, mut text: String) -> String {
        let revealed: BTreeSet<PhoneNumber> = lock(&self.revealed).iter().cloned().collect();
        for phone in &revealed {
            let masked = phone.masked();
            if revealed
                .iter()
                .filter(|other| other.masked() == masked)
                .count()
                == 1
            {
                text = text.replace(&masked, phone.as_str());
            }
        }
        text
    }

    /// Returns how wide stdout is, in columns, if it is a terminal, and whether it shows colors.
    pub(super) fn canvas(&self) -> (Option<usize>, bool) {
        let stdout = Term::stdout();
        let width = stdout.is_term().then(|| usize::from(stdout.size().1));
        let colours = anstream::AutoStream::choice(&io::stdout());
        (width, colours != anstream::ColorChoice::Never)
    }

    /// Says in which account and region the command works.
    pub(super) fn place<'a>(&self, places: impl IntoIterator<Item = &'a AccountRegion> + Clone) {
        let label = PlaceLabel::of_all(places.clone());
        *lock(&self.label) = Some(label);
        self.collect(|answer| answer.set_place(places));
    }

    /// Says which alias the account has.
    pub(super) fn account_alias(&self, alias: String) {
        if let Some(label) = &mut *lock(&self.label) {
            label.set_alias(alias.clone());
        }
        self.collect(|answer| answer.set_account_alias(alias));
    }

    /// Returns the account and region that the command works in, once that is known.
    pub(super) fn label(&self) -> Option<PlaceLabel> {
        lock(&self.label).clone()
    }

    /// Answers with results, in text one below the other, with a line between those that have several. JSON is written by [`end`](Self::end).
    ///
    /// # Errors
    /// Stdout cannot be written. A closed pipe is no error: whoever listened has heard enough.
    pub(super) fn answer<T: Serialize + Display>(&self, results: &[T]) -> Result<(), CliError> {
        let texts: Vec<String> = results.iter().map(ToString::to_string).collect();
        let gap = match texts.iter().any(|text| text.contains('\n')) {
            true => "\n\n",
            false => "\n",
        };
        self.answer_as(texts.join(gap), results)
    }

    /// Answers with results, and with `text` in place of them where people read it.
    ///
    /// # Errors
    /// As [`answer`](Self::answer).
    pub(super) fn answer_as<T: Serialize>(
        &self,
        text: impl Display,
        results: &[T],
    ) -> Result<(), CliError> {
        match self.output {
            Output::Text => {
                let text = text.to_string();
                match self.label() {
                    // An error follows, and no answer.
                    _ if text.is_empty() => Ok(()),
                    Some(label) => self.write(&format!("{text}\nIn the {label}.")),
                    None => self.write(&text),
                }
            }
            Output::Json => {
                let results: Result<_, _> = results.iter().map(serde_json::to_value).collect();
                let results = results.map_err(unwritable)?;
                self.collect(|answer| answer.set_results(results));
                Ok(())
            }
            Output::Junit => Ok(()),
        }
    }

    /// Gives what a JUnit report holds, where one is asked for.
    pub(super) fn suites(&self, suites: impl FnOnce() -> Vec<Suite>) {
        if self.output == Output::Junit {
            let suites = suites();
            self.collect(|answer| answer.set_suites(suites));
        }
    }

    /// Keeps how far a result has come, for the answer of a run that does not come to its end.
    pub(super) fn so_far(&self, position: usize, result: &impl Serialize) {
        if self.is_json()
            && let Ok(result) = serde_json::to_value(result)
        {
            self.collect(|answer| answer.set_so_far(position, result));
        }
    }

    /// Answers with a body that is an interface of its own: in JSON it is the whole document. People read it as `drawing`: lines of the
    /// terminal's width, in colour, in which nothing else steers the terminal.
    ///
    /// # Errors
    /// As [`answer`](Self::answer).
    pub(super) fn drawn<T: Serialize>(&self, body: &T, drawing: &str) -> Result<(), CliError> {
        let text = match self.output {
            Output::Text | Output::Junit => lock(&self.hidden).apply(drawing.to_owned()),
            Output::Json => serde_json::to_string_pretty(body).map_err(unwritable)?,
        };
        *lock(&self.collected) = None;
        write_out(&text)
    }

    /// Ends the command: reports the error on stderr, and writes the JSON document where that is asked for.
    ///
    /// # Errors
    /// Stdout cannot be written.
    pub(super) fn end(&self, error: Option<&CliError>) -> Result<(), CliError> {
        if let Some(error) = error {
            self.error(error);
        }
        let is_document = self.output != Output::Text;
        let Some(mut answer) = lock(&self.collected).take().filter(|_| is_document) else {
            return Ok(());
        };
        let text = match self.output {
            Output::Junit => answer.junit(error)?,
            _ => serde_json::to_string_pretty(&answer.end(error)).map_err(unwritable)?,
        };
        self.write(&text)
    }

    fn collect(&self, add: impl FnOnce(&mut Answer)) {
        if let Some(answer) = &mut *lock(&self.collected) {
            add(answer);
        }
    }

    /// Writes to stdout: what people read broken to the width of their terminal, and in colour where they want it.
    fn write(&self, text: &str) -> Result<(), CliError> {
        let mut text = self.shown(text);
        if self.output == Output::Text {
            text = coloured(&text);
        }
        let width = stdout_columns();
        if let (Some(width), Output::Text) = (width, self.output) {
            text = wrapped(&text, width);
        }
        write_out(&text)
    }

    /// Returns whether lines are shown that say what is under way: what is told of calls would be written between them.
    pub(super) fn is_live(&self) -> bool {
        !self.quiet && self.verbosity == 0 && !self.live.is_hidden()
    }

    /// Returns where these lines are shown.
    pub(super) fn live_area(&self) -> &LiveArea {
        &self.live
    }

    /// Shows that something is being done, until the returned value is dropped.
    pub(super) fn progress(&self, text: &str) -> Progress {
        let area = self.is_live().then_some(&self.live);
        Progress::new(area, &self.shown(text))
    }

    /// Returns the columns of a table that says what the live lines said, if the answer shows one in their place: a person reads both.
    pub(super) fn table_width(&self) -> Option<usize> {
        let is_read = self.output == Output::Text && self.is_live();
        stdout_columns().filter(|_| is_read)
    }
}

/// Writes a text to stdout as it is, without its colours where they are not wanted.
fn write_out(text: &str) -> Result<(), CliError> {
    let mut stdout = anstream::stdout().lock();
    let written = writeln!(stdout, "{text}");
    match written.and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(CliError::failed("writing the answer failed").because(error))
        }
        _ => Ok(()),
    }
}

fn unwritable(error: serde_json::Error) -> CliError {
    CliError::failed("writing the answer as JSON failed").because(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_hidden_from_then_on() {
        let ui = Ui::new(Output::Text, false, 0, None);
        let said = "no route to https://hooks.example.com/services/T0AB12CD3/x";
        assert_eq!(ui.shown(said), said);
        ui.clone()
            .hide("https://hooks.example.com/services/T0AB12CD3/x\n");
        assert_eq!(ui.shown(said), "no route to …");
    }
}
