//! Questions to whoever sits at the terminal.

use std::io;

use console::Term;
use dialoguer::theme::ColorfulTheme;

use super::Ui;
use crate::cli::error::CliError;
use crate::cli::terminal::{HiddenTyping, TerminalGuard};

/// How often something is asked for that is answered with nothing.
const TRIES: u32 = 3;

impl Ui {
    /// Keeps what is typed from being shown until the returned value is dropped, for a secret that will be asked for.
    pub(in crate::cli) fn hide_typing(&self) -> Option<HiddenTyping> {
        self.terminal.then(HiddenTyping::new)
    }

    /// Asks for a yes; only a yes or a no is an answer.
    ///
    /// # Errors
    /// Nobody is there: a usage error that names `--yes`.
    pub(in crate::cli) async fn confirm(&self, question: &str) -> Result<bool, CliError> {
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
    pub(in crate::cli) async fn secret(
        &self,
        prompt: &str,
        missing: CliError,
    ) -> Result<String, CliError> {
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
    pub(in crate::cli) async fn line(
        &self,
        prompt: &str,
        missing: CliError,
    ) -> Result<String, CliError> {
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
    pub(in crate::cli) async fn choose(
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
}
