//! The one place that prints and asks: the answer on stdout, everything else on stderr.

use std::collections::BTreeSet;
use std::fmt::Display;
use std::io::{self, IsTerminal, Write};
use std::sync::{Arc, Mutex};

use anstyle::Style;
use console::Term;
use dialoguer::theme::ColorfulTheme;
use serde::Serialize;

use super::answer::Answer;
use super::error::{CliError, Exit};
use super::junit::Suite;
use super::live::{LiveArea, Progress};
use super::place::PlaceLabel;
use super::printable::printable;
use super::style::{ADVICE, BAD, FAINT, HEADING, WORRYING, coloured, painted};
use super::terminal::{HiddenTyping, TerminalGuard};
use super::wrap::wrapped;
use crate::aws::calls::{AwsCall, CallLog};
use crate::aws::retry::Wait;
use crate::chain::names::AccountRegion;
use crate::destination::sms::PhoneNumber;
use crate::destination::{Redaction, WebhookSecret};
use crate::sync::lock;

/// How often something is asked for that is answered with nothing.
const TRIES: u32 = 3;

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
        let width = width(&Term::stdout(), io::stdout().is_terminal());
        if let (Some(width), Output::Text) = (width, self.output) {
            text = wrapped(&text, width);
        }
        write_out(&text)
    }

    /// Says what is going on.
    pub(super) fn status(&self, text: impl Display) {
        if !self.quiet {
            self.say(text);
        }
    }

    /// Says what is waited for, and for how long at most.
    pub(super) fn waiting(&self, wait: &Wait) {
        let Wait { task, why, limit } = wait;
        let text = format!("waiting up to {} s: {task}: {why}", limit.as_secs());
        self.status(text);
    }

    /// Says a detail that only `--verbose` shows.
    pub(super) fn detail(&self, text: impl Display) {
        if self.verbosity > 0 && !self.quiet {
            self.say(painted(FAINT, text));
        }
    }

    /// Warns.
    pub(super) fn warn(&self, text: impl Display) {
        let text = text.to_string();
        self.labelled("warning", WORRYING, &text);
        self.collect(|answer| answer.add_warning(text));
    }

    /// Says what to type next.
    pub(super) fn hint(&self, text: impl Display) {
        let text = text.to_string();
        if !self.quiet {
            self.labelled("hint", ADVICE, &text);
        }
        self.collect(|answer| answer.add_hint(text));
    }

    fn error(&self, error: &CliError) {
        let label = match error.exit() {
            // Nobody needs to be told that their own answer is an error.
            _ if error.is_declined() => return self.say(error.message()),
            Exit::Interrupted => "interrupted",
            _ => "error",
        };
        self.labelled(label, BAD, error.message());
        for cause in error.causes() {
            self.labelled("cause", HEADING, cause);
        }
        if let Some(hint) = error.hint_text() {
            self.labelled("hint", ADVICE, hint);
        }
    }

    /// Returns what takes note of the calls to AWS, where they are to be told.
    pub(super) fn call_log(&self) -> Option<CallLog> {
        if self.verbosity == 0 || self.quiet {
            return None;
        }
        let ui = self.clone();
        Some(CallLog {
            write: Arc::new(move |call| ui.call(call)),
            with_requests: self.verbosity > 1,
        })
    }

    fn call(&self, call: &AwsCall) {
        let AwsCall {
            service,
            operation,
            attempt,
            elapsed,
            result,
            request,
        } = call;
        let tried = match attempt {
            1 => String::new(),
            attempt => format!(", attempt {attempt}"),
        };
        let elapsed = elapsed.as_millis();
        self.detail(format_args!(
            "{elapsed:>6} ms  {service} {operation}: {result}{tried}"
        ));
        if let Some(request) = request {
            self.detail(format_args!("           {request}"));
        }
    }

    /// Keeps what is typed from being shown until the returned value is dropped, for a secret that will be asked for.
    pub(super) fn hide_typing(&self) -> Option<HiddenTyping> {
        self.terminal.then(HiddenTyping::new)
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
        width(&Term::stdout(), io::stdout().is_terminal()).filter(|_| is_read)
    }

    /// Asks for a yes; only a yes or a no is an answer.
    ///
    /// # Errors
    /// Nobody is there: a usage error that names `--yes`.
    pub(super) async fn confirm(&self, question: &str) -> Result<bool, CliError> {
        if !self.terminal {
            return Err(CliError::usage(
                "this command changes something, and there is no terminal to confirm it on: it needs --yes",
            )
            .hint("add --dry-run to see the plan first"));
        }
        let question = self.shown(question);
        self.ask(move || {
            dialoguer::Confirm::with_theme(&ColorfulTheme::default())
                .with_prompt(question)
                .interact_on(&Term::stderr())
        })
        .await
    }

    /// Asks for something that must not be seen; `missing` is the error where nobody is there to ask, or nothing is answered.
    ///
    /// # Errors
    /// Nobody is there or nothing is answered, or the terminal fails.
    pub(super) async fn secret(&self, prompt: &str, missing: CliError) -> Result<String, CliError> {
        let ask = |prompt: String| {
            dialoguer::Password::with_theme(&ColorfulTheme::default())
                .with_prompt(prompt)
                .allow_empty_password(true)
                .report(false)
                .interact_on(&Term::stderr())
        };
        self.until_answered(prompt, missing, ask).await
    }

    /// Asks for a line of text; `missing` is the error where nobody is there to ask, or nothing is answered.
    ///
    /// # Errors
    /// Nobody is there or nothing is answered, or the terminal fails.
    pub(super) async fn line(&self, prompt: &str, missing: CliError) -> Result<String, CliError> {
        let ask = |prompt: String| {
            dialoguer::Input::<String>::with_theme(&ColorfulTheme::default())
                .with_prompt(prompt)
                .allow_empty(true)
                .interact_on(&Term::stderr())
        };
        self.until_answered(prompt, missing, ask).await
    }

    /// Asks again where the answer is empty. A terminal that is at its end answers nothing for ever, so not without a limit.
    async fn until_answered(
        &self,
        prompt: &str,
        missing: CliError,
        ask: fn(String) -> dialoguer::Result<String>,
    ) -> Result<String, CliError> {
        if !self.terminal {
            return Err(missing);
        }
        for _ in 0..TRIES {
            let prompt = self.shown(prompt);
            let answer = self.ask(move || ask(prompt)).await?;
            if !answer.trim().is_empty() {
                return Ok(answer);
            }
            self.say("Nothing was entered. Ctrl-C ends the command.");
        }
        Err(missing)
    }

    /// Asks for one of several; `missing` is the error where nobody is there to ask.
    ///
    /// # Errors
    /// Nobody is there, or the terminal fails.
    pub(super) async fn choose(
        &self,
        prompt: &str,
        items: Vec<String>,
        missing: CliError,
    ) -> Result<usize, CliError> {
        if !self.terminal {
            return Err(missing);
        }
        let prompt = self.shown(prompt);
        let items: Vec<String> = items.iter().map(|item| self.shown(item)).collect();
        self.ask(move || {
            dialoguer::Select::with_theme(&ColorfulTheme::default())
                .with_prompt(prompt)
                .items(&items)
                .default(0)
                .interact_on(&Term::stderr())
        })
        .await
    }

    /// Runs a prompt where it does not keep an interrupt from being noticed.
    async fn ask<T: Send + 'static>(
        &self,
        prompt: impl FnOnce() -> dialoguer::Result<T> + Send + 'static,
    ) -> Result<T, CliError> {
        let _alone = self.live.hidden();
        let terminal = TerminalGuard::new();
        match tokio::task::spawn_blocking(prompt).await {
            Ok(Ok(answer)) => {
                terminal.answered();
                Ok(answer)
            }
            Ok(Err(dialoguer::Error::IO(error))) if error.kind() == io::ErrorKind::Interrupted => {
                Err(CliError::interrupted("nothing was changed after this"))
            }
            Ok(Err(error)) => {
                Err(CliError::failed("reading from the terminal failed").because(error))
            }
            Err(error) => Err(CliError::failed("reading from the terminal failed").because(error)),
        }
    }

    /// Says something below a label; the lines that follow stand beside the label.
    fn labelled(&self, label: &str, style: Style, text: impl Display) {
        let text = self.shown(text);
        let label_width = label.len() + 2;
        let text = match stderr_width().map(|width| width.saturating_sub(label_width)) {
            Some(width) if width >= label_width => {
                wrapped(&text, width).replace('\n', &format!("\n{}", " ".repeat(label_width)))
            }
            _ => text,
        };
        self.print(&format!("{}: {text}", painted(style, label)));
    }

    fn say(&self, text: impl Display) {
        let text = self.shown(text);
        match stderr_width() {
            Some(width) => self.print(&wrapped(&text, width)),
            None => self.print(&text),
        }
    }

    fn print(&self, text: &str) {
        if self.live.print_above(&self.painted_line(text)) {
            return;
        }
        // Where stderr is gone there is nobody left to tell.
        let _ = writeln!(anstream::stderr().lock(), "{}", coloured(text));
    }

    /// Returns a text as standard error shows it: in colour where it takes colour.
    pub(super) fn painted_line(&self, text: &str) -> String {
        let text = coloured(text);
        match anstream::AutoStream::choice(&io::stderr()) {
            anstream::ColorChoice::Never => anstream::adapter::strip_str(&text).to_string(),
            _ => text,
        }
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

/// Returns the columns of a terminal, where they are known.
fn width(term: &Term, is_terminal: bool) -> Option<usize> {
    let (_, columns) = term.size_checked().filter(|_| is_terminal)?;
    Some(usize::from(columns)).filter(|columns| *columns > 0)
}

fn stderr_width() -> Option<usize> {
    width(&Term::stderr(), io::stderr().is_terminal())
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
