//! What cannot be understood of a command line: clap's errors in the words and the shape of every other error, with what to
//! type instead.

use std::collections::BTreeMap;
use std::ffi::OsString;

use clap::ValueEnum;
use clap::error::{ContextKind, ContextValue, ErrorKind};

use super::error::CliError;
use super::ui::Output;
use crate::chain::delivery::shown_endpoint;

/// What people type, and the command that does it.
const OTHER_WORDS: &[(&str, &str)] = &[
    ("test", "test-publish"),
    ("publish", "test-publish"),
    ("send", "test-publish"),
    ("check", "doctor"),
    ("diagnose", "doctor"),
    ("verify", "doctor"),
    ("sms", "subscribe-sms"),
    ("subscribe", "subscribe-sms"),
    ("phone", "subscribe-sms"),
    ("setup", "connect"),
    ("retry", "replay"),
    ("redrive", "replay"),
    ("resend", "replay"),
    ("delete", "remove"),
    ("destroy", "remove"),
    ("uninstall", "remove"),
    ("undeploy", "remove"),
    ("rm", "remove"),
    ("list", "status"),
    ("ls", "status"),
    ("topics", "status"),
    ("overview", "status"),
    ("render", "preview"),
    ("show", "preview"),
    ("completion", "completions"),
];

/// How many changed letters still make a typing error of a name of this length.
fn is_near(distance: usize, name: &str) -> bool {
    distance <= 2.max(name.len() / 3)
}

/// A command line as it was typed, which clap could not read.
pub(super) struct Typed {
    words: Vec<String>,
    /// The names of all commands.
    commands: Vec<String>,
    /// The possible values of each argument that has a few, by its command and as clap names it: `--target <TARGET>`.
    values: BTreeMap<(String, String), String>,
}

impl Typed {
    /// Keeps the arguments, the program's name first.
    pub(super) fn new(command: &clap::Command, arguments: &[OsString]) -> Typed {
        let words = arguments.iter().skip(1);
        // Only then its arguments can be named.
        let mut built = command.clone();
        built.build();
        let values = built.get_subcommands().flat_map(|command| {
            let arguments = command.get_arguments();
            arguments.filter_map(|argument| {
                let values = argument.get_possible_values();
                let values: Vec<&str> = values.iter().map(|value| value.get_name()).collect();
                let key = (command.get_name().to_owned(), argument.to_string());
                (!values.is_empty()).then(|| (key, values.join(", ")))
            })
        });
        Typed {
            values: values.collect(),
            words: words
                .map(|word| word.to_string_lossy().into_owned())
                .collect(),
            commands: command
                .get_subcommands()
                .map(|command| command.get_name().to_owned())
                .collect(),
        }
    }

    /// Returns how the answer is to be written, as far as that can be told.
    pub(super) fn output(&self) -> Output {
        let document = |value: &str| {
            let output = Output::from_str(value, false).ok()?;
            (output != Output::Text).then_some(output)
        };
        let words = || self.words.iter().take_while(|word| *word != "--");
        let pairs = words().zip(words().skip(1));
        let mut pairs = pairs.filter(|(option, _)| *option == "--output");
        let mut joined = words().filter_map(|word| word.strip_prefix("--output="));
        pairs
            .find_map(|(_, value)| document(value))
            .or_else(|| joined.find_map(document))
            .unwrap_or_default()
    }

    /// Returns the command, where one that exists was typed.
    pub(super) fn command(&self) -> Option<String> {
        self.words
            .iter()
            .find(|word| self.commands.contains(word))
            .cloned()
    }

    /// Says what is wrong, and what to type instead.
    pub(super) fn explain(&self, error: &clap::Error) -> CliError {
        let help = match self.command() {
            Some(command) => format!("ddalert {command} --help"),
            None => "ddalert --help".to_owned(),
        };
        match (error.kind(), error.get(ContextKind::InvalidSubcommand)) {
            (ErrorKind::InvalidSubcommand, Some(ContextValue::String(typed))) => {
                self.unknown_command(typed)
            }
            (
                ErrorKind::MissingSubcommand | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand,
                _,
            ) => CliError::usage("no command is given").hint("ddalert --help lists the commands"),
            _ => {
                let Reading {
                    message,
                    details,
                    has_url,
                } = Reading::of(&error.render().to_string());
                let usage = CliError::usage(message);
                let usage = details.into_iter().fold(usage, CliError::because);
                let usage = self.missing_values(error).fold(usage, CliError::because);
                if has_url {
                    return usage.hint(
                        "give a webhook URL with --webhook-url-file FILE (- is standard input) or in DDALERT_WEBHOOK_URL, \
                         never as an argument",
                    );
                }
                match suggestion(error) {
                    Some(better) => usage.hint(format!("use {better}; {help} explains it")),
                    None => usage.hint(format!("{help} explains it")),
                }
            }
        }
    }

    /// Says what can be given for each argument that is missing.
    fn missing_values<'a>(&'a self, error: &'a clap::Error) -> impl Iterator<Item = String> + 'a {
        let missing = match (error.kind(), error.get(ContextKind::InvalidArg)) {
            (ErrorKind::MissingRequiredArgument, Some(ContextValue::Strings(missing))) => missing,
            _ => [].as_slice(),
        };
        let command = self.command().unwrap_or_default();
        missing.iter().filter_map(move |argument| {
            let values = self.values.get(&(command.clone(), argument.clone()))?;
            Some(format!("possible values: {values}"))
        })
    }

    fn unknown_command(&self, typed: &str) -> CliError {
        let typed = without_secrets(typed);
        let error = CliError::usage(format!("there is no command '{typed}'"));
        let all = "ddalert --help lists all commands";
        if typed == "deploy" && self.meant(&typed).is_none() {
            let deploys = self
                .commands
                .iter()
                .filter(|name| name.starts_with("deploy-"));
            let deploys: Vec<&str> = deploys.map(String::as_str).collect();
            return error.hint(format!("name the destination: {}", deploys.join(", ")));
        }
        match self.meant(&typed) {
            Some(command) => error.hint(format!("use ddalert {command}; {all}")),
            None => error.hint(all),
        }
    }

    /// Returns the command that was meant: what other tools call it, or one that is spelled nearly like it.
    fn meant(&self, typed: &str) -> Option<String> {
        let lower = typed.to_lowercase();
        let typed = lower.as_str();
        let known = |name: &str| {
            self.commands
                .iter()
                .find(|command| *command == name)
                .cloned()
        };
        if typed == "deploy" {
            // The destination is the next word that is one: `deploy slack`.
            let named = self
                .words
                .iter()
                .skip_while(|word| *word != "deploy")
                .skip(1);
            let mut named = named.map(|word| known(&format!("deploy-{}", word.to_lowercase())));
            return named.find_map(|command| command);
        }
        let other = OTHER_WORDS.iter().find(|(word, _)| *word == typed);
        if let Some(command) = other.and_then(|(_, command)| known(command)) {
            return Some(command);
        }
        let destination = typed.replace('_', "-");
        if let Some(command) = known(&destination).or(known(&format!("deploy-{destination}"))) {
            return Some(command);
        }
        let near = self.commands.iter().map(|command| {
            let distance = strsim::damerau_levenshtein(typed, command);
            (distance, command)
        });
        let (distance, command) = near.min_by_key(|(distance, _)| *distance)?;
        is_near(distance, command).then(|| command.clone())
    }
}

/// What clap says, taken apart.
struct Reading {
    message: String,
    details: Vec<String>,
    /// Whether an argument was a URL, which is often a secret.
    has_url: bool,
}

impl Reading {
    /// Reads the text of an error: `error: MESSAGE`, indented details, then tips and usage, which are left out.
    fn of(text: &str) -> Reading {
        let text = text.trim().trim_start_matches("error:").trim();
        let shown = without_secrets(text);
        let has_url = shown != text;
        let paragraph = shown.split("\n\n").next().unwrap_or_default();
        let mut lines = paragraph.lines().map(str::trim);
        let message = lines.next().unwrap_or_default().to_owned();
        let details: Vec<String> = lines
            .map(|line| {
                line.trim_start_matches('[')
                    .trim_end_matches(']')
                    .to_owned()
            })
            .filter(|line| !line.is_empty())
            .collect();
        match message.strip_suffix(':') {
            // What is missing belongs to the sentence.
            Some(start) => Reading {
                message: format!("{start}: {}", details.join(", ")),
                details: Vec::new(),
                has_url,
            },
            None => Reading {
                message,
                details,
                has_url,
            },
        }
    }
}

/// Hides all but the host of every URL: its path is often a secret.
fn without_secrets(text: &str) -> String {
    let is_end = |c: char| c.is_whitespace() || c == '\'' || c == '"';
    let mut shown = String::new();
    for word in text.split_inclusive(is_end) {
        let end = word.trim_end_matches(is_end).len();
        let (word, end) = word.split_at(end);
        match word.contains("://") {
            true => shown.push_str(&shown_endpoint(word)),
            false => shown.push_str(word),
        }
        shown.push_str(end);
    }
    shown
}

/// Returns what clap takes for the right spelling.
fn suggestion(error: &clap::Error) -> Option<String> {
    let of = |kind| match error.get(kind) {
        Some(ContextValue::String(better)) => Some(better.clone()),
        // The best comes last.
        Some(ContextValue::Strings(better)) => better.last().cloned(),
        _ => None,
    };
    of(ContextKind::SuggestedArg).or_else(|| of(ContextKind::SuggestedValue))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(line: &str) -> (Typed, CliError) {
        let arguments: Vec<OsString> = line.split_whitespace().map(OsString::from).collect();
        let typed = Typed::new(&super::super::command(), &arguments);
        let error = super::super::command()
            .try_get_matches_from(&arguments)
            .expect_err(line);
        let explained = typed.explain(&error);
        (typed, explained)
    }

    #[test]
    fn the_command_that_was_meant_is_named_first() {
        for (line, command) in [
            ("ddalert deploy-slak", "deploy-slack"),
            ("ddalert deploy-temas --topic a", "deploy-teams"),
            ("ddalert deploy slack --topic a", "deploy-slack"),
            ("ddalert deploy --topic a Google-Chat", "deploy-google-chat"),
            ("ddalert --topic a slack", "deploy-slack"),
            ("ddalert test --topic a", "test-publish"),
            ("ddalert publish", "test-publish"),
            ("ddalert testpublish", "test-publish"),
            ("ddalert docter", "doctor"),
            ("ddalert Doctor", "doctor"),
            ("ddalert delete slack", "remove"),
            ("ddalert uninstall", "remove"),
            ("ddalert list", "status"),
            ("ddalert subscribe_sms", "subscribe-sms"),
            ("ddalert conect", "connect"),
        ] {
            let (_, error) = typed(line);
            let hint = error.hint_text().unwrap_or_default();
            assert!(
                hint.starts_with(&format!("use ddalert {command};")),
                "{line}: {hint}"
            );
        }
        let (_, error) = typed("ddalert zzzzzzzz");
        assert_eq!(
            error.hint_text().as_deref(),
            Some("ddalert --help lists all commands")
        );
    }

    #[test]
    fn every_other_word_leads_to_a_command() {
        let command = super::super::command();
        for (word, leads_to) in OTHER_WORDS {
            assert!(
                command.find_subcommand(leads_to).is_some(),
                "{word}: {leads_to}"
            );
            assert!(
                command.find_subcommand(word).is_none(),
                "{word} is a command by itself"
            );
        }
    }

    #[test]
    fn an_error_of_the_parser_has_the_shape_of_every_other() {
        for (line, message, causes, hint) in [
            (
                "ddalert doctor --tpoic a",
                "unexpected argument '--tpoic' found",
                vec![],
                "use --topic; ddalert doctor --help explains it",
            ),
            (
                "ddalert preview --target slak",
                "invalid value 'slak' for '--target <TARGET>'",
                vec!["possible values:"],
                "use slack; ddalert preview --help explains it",
            ),
            (
                "ddalert preview",
                "the following required arguments were not provided: --target <TARGET>",
                vec!["possible values: chime, slack, teams, "],
                "ddalert preview --help explains it",
            ),
            (
                "ddalert completions",
                "the following required arguments were not provided: <SHELL>",
                vec!["possible values: bash, "],
                "ddalert completions --help explains it",
            ),
            (
                "ddalert test-publish --timeout x",
                "invalid value 'x' for '--timeout <DURATION>': write it as 20, 20s, 2m or 1h30m",
                vec![],
                "ddalert test-publish --help explains it",
            ),
            (
                "ddalert --topic a",
                "no command is given",
                vec![],
                "ddalert --help lists the commands",
            ),
        ] {
            let (_, error) = typed(line);
            assert_eq!(error.message(), message, "{line}");
            assert_eq!(error.hint_text().as_deref(), Some(hint), "{line}");
            assert_eq!(
                error.causes().len(),
                causes.len(),
                "{line}: {:?}",
                error.causes()
            );
            for (cause, start) in error.causes().iter().zip(causes) {
                assert!(cause.starts_with(start), "{line}: {cause}");
            }
        }
    }

    #[test]
    fn a_url_that_was_typed_is_not_repeated() {
        for line in [
            "ddalert deploy-slack https://hooks.slack.com/services/T0/B0/sesame",
            "ddalert deploy-slack --webhook-url=https://hooks.slack.com/services/T0/B0/sesame",
            "ddalert rotate https://hooks.slack.com/services/T0/B0/sesame",
            "ddalert https://hooks.slack.com/services/T0/B0/sesame",
        ] {
            let (_, error) = typed(line);
            assert!(
                !format!("{error:?}").contains("sesame"),
                "{line}: {error:?}"
            );
        }
    }

    #[test]
    fn the_output_is_known_before_the_rest_is_understood() {
        for (line, output) in [
            ("ddalert nosuch --output json", Output::Json),
            ("ddalert --output=json nosuch", Output::Json),
            ("ddalert nosuch --output text", Output::Text),
            ("ddalert nosuch --output jsn", Output::Text),
            ("ddalert nosuch", Output::Text),
            ("ddalert nosuch -- --output json", Output::Text),
        ] {
            let arguments: Vec<OsString> = line.split_whitespace().map(OsString::from).collect();
            let typed = Typed::new(&super::super::command(), &arguments);
            assert_eq!(typed.output(), output, "{line}");
        }
    }
}
