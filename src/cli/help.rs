//! What every `--help` ends with: the exit codes and the environment variables of the command.

/// What each exit code means, as [`Exit`](super::Exit) has them.
const EXIT_CODES: &[(u8, &str)] = &[
    (0, "done"),
    (1, "failed"),
    (2, "usage error: nothing was done"),
    (3, "the plan has changes (--dry-run --exit-code)"),
    (4, "the test alert was not confirmed"),
    (5, "no error was found, but not every check could be made"),
    (130, "interrupted"),
];

/// The environment variables, and what each does.
const VARIABLES: &[(&str, &str)] = &[
    ("DDALERT_TOPIC", "the topic, if --topic is not given"),
    (
        "DDALERT_WEBHOOK_URL",
        "the webhook URL or integration key, if no file is given",
    ),
    (
        "DDALERT_SIGNING_SECRET",
        "the secret that signs requests to a webhook",
    ),
    (
        "AWS_PROFILE, AWS_REGION, AWS_ENDPOINT_URL, AWS_CA_BUNDLE, …",
        "as for every AWS tool",
    ),
    (
        "HTTPS_PROXY, HTTP_PROXY, NO_PROXY",
        "the proxy to AWS and to rooms, and what is reached without it",
    ),
    (
        "SSL_CERT_FILE",
        "certificates to trust besides the built-in ones (PEM)",
    ),
    ("NO_COLOR", "no colours"),
    ("CLICOLOR_FORCE", "colours also where there is no terminal"),
];

/// Which of them a command knows.
struct Footer {
    exit_codes: &'static [u8],
    /// The variables that it does not know.
    without: &'static [&'static str],
}

const SECRETS: &[&str] = &["DDALERT_WEBHOOK_URL", "DDALERT_SIGNING_SECRET"];
const CHANGING: &[u8] = &[0, 1, 2, 3, 130];

fn footer(command: &str) -> Footer {
    let (exit_codes, without): (&[u8], &[&str]) = match command {
        "deploy-webhook" | "rotate" => (CHANGING, &[]),
        deploy if deploy.starts_with("deploy-") => (CHANGING, &["DDALERT_SIGNING_SECRET"]),
        "subscribe-sms" | "connect" | "remove" => (CHANGING, SECRETS),
        "status" | "permissions" => (&[0, 1, 2, 130], SECRETS),
        "test-publish" => (&[0, 1, 2, 4, 130], SECRETS),
        "doctor" => (&[0, 1, 2, 4, 5, 130], SECRETS),
        "replay" => (&[0, 1, 2, 130], SECRETS),
        "preview" => (
            &[0, 1, 2],
            &[
                "DDALERT_WEBHOOK_URL",
                "DDALERT_SIGNING_SECRET",
                "AWS",
                "HTTPS_PROXY",
                "SSL",
            ],
        ),
        "completions" | "version" => (&[0, 1, 2], &["DDALERT", "AWS", "HTTPS_PROXY", "SSL"]),
        _ => (&[0, 1, 2, 3, 4, 5, 130], &[]),
    };
    Footer {
        exit_codes,
        without,
    }
}

/// Adds exit codes and environment variables below the examples of every command.
pub(super) fn with_footers(command: clap::Command) -> clap::Command {
    let names: Vec<String> = command
        .get_subcommands()
        .map(|sub| sub.get_name().to_owned())
        .collect();
    let command = names.into_iter().fold(command, |command, name| {
        command.mut_subcommand(name, with_footer)
    });
    with_footer(command)
}

fn with_footer(command: clap::Command) -> clap::Command {
    let Footer {
        exit_codes,
        without,
    } = footer(command.get_name());
    let mut sections: Vec<String> = command
        .get_after_long_help()
        .map(ToString::to_string)
        .into_iter()
        .collect();
    let codes = EXIT_CODES
        .iter()
        .filter(|(code, _)| exit_codes.contains(code));
    let codes: Vec<String> = codes
        .map(|(code, meaning)| format!("  {code:<4} {meaning}"))
        .collect();
    sections.push(format!("Exit codes:\n{}", codes.join("\n")));
    let is_known = |name: &str| !without.iter().any(|prefix| name.starts_with(prefix));
    let variables = VARIABLES.iter().filter(|(name, _)| is_known(name));
    let variables: Vec<String> = variables
        .map(|(name, use_)| format!("  {name}\n          {use_}"))
        .collect();
    sections.push(format!("Environment:\n{}", variables.join("\n")));
    command.after_long_help(sections.join("\n\n"))
}

#[cfg(test)]
mod tests {
    use super::super::Exit;
    use super::*;

    #[test]
    fn every_exit_code_is_explained() {
        let all = [
            Exit::Done,
            Exit::Failed,
            Exit::Usage,
            Exit::HasChanges,
            Exit::NotConfirmed,
            Exit::NotChecked,
            Exit::Interrupted,
        ];
        let explained: Vec<u8> = EXIT_CODES.iter().map(|(code, _)| *code).collect();
        assert_eq!(explained, all.map(|exit| exit as u8));
    }

    #[test]
    fn every_command_ends_with_examples_exit_codes_and_variables() {
        let command = super::super::command();
        for sub in command
            .get_subcommands()
            .filter(|sub| sub.get_name() != "help")
        {
            let name = sub.get_name();
            let help = sub
                .get_after_long_help()
                .map(ToString::to_string)
                .unwrap_or_default();
            for section in ["Examples:\n  ddalert", "Exit codes:\n  0", "Environment:\n"] {
                assert!(help.contains(section), "{name} lacks {section}: {help}");
            }
            assert!(
                (2..=3).contains(&help.matches("\n  ddalert ").count()),
                "{name}: {help}"
            );
            for example in help.lines().filter(|line| line.starts_with("  ddalert ")) {
                assert!(
                    example.contains(&format!("ddalert {name}")),
                    "{name}: {example}"
                );
                let words = example.split_whitespace().take_while(|word| *word != ">");
                let parsed = super::super::command().try_get_matches_from(words);
                assert!(parsed.is_ok(), "{example}: {:?}", parsed.err());
            }
        }
    }
}
