//! What is generated from the code is current: the reference, the man pages, the completions, and the list of IAM actions.
//! `.ci/regenerate` writes it anew.

mod gallery;
mod reference;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use clap::error::ErrorKind;
use clap_complete::Shell;
use ddalert::chain::permissions::{PolicyPlace, Task, person_policy};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Holds a generated file against what the code generates now.
fn current(path: &str, wanted: &str) {
    let path = root().join(path);
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::create_dir_all(path.parent().expect("a folder")).expect("the folder");
        fs::write(&path, wanted).expect("the file");
        return;
    }
    let held = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        held == wanted,
        "{} is stale: run .ci/regenerate",
        path.display()
    );
}

#[test]
fn the_reference_is_current() {
    let mut whole = command();
    whole.build();
    current("docs/reference.md", &reference::reference(&whole));
}

#[test]
fn the_schema_of_answers_is_current() {
    let schema = serde_json::to_string_pretty(&ddalert::cli::answer_schema()).expect("JSON");
    current("docs/output.schema.json", &format!("{schema}\n"));
}

/// The command line with defaults that do not depend on the environment of the test.
fn command() -> clap::Command {
    ddalert::cli::command().term_width(100)
}

#[test]
fn the_man_pages_are_current() {
    let page = |command: clap::Command, name: &str| {
        let mut text = Vec::new();
        clap_mangen::Man::new(command)
            .title(name)
            .render(&mut text)
            .expect("a page");
        current(
            &format!("docs/man/{name}.1"),
            &String::from_utf8(text).expect("UTF-8"),
        );
    };
    page(command(), "ddalert");
    let mut names = vec!["ddalert".to_owned()];
    let mut whole = command();
    whole.build();
    for sub in whole
        .get_subcommands()
        .filter(|sub| sub.get_name() != "help")
    {
        let name = format!("ddalert-{}", sub.get_name());
        page(
            sub.clone()
                .name(name.clone())
                .bin_name(format!("ddalert {}", sub.get_name())),
            &name,
        );
        names.push(name);
    }
    for entry in fs::read_dir(root().join("docs/man")).expect("docs/man") {
        let path = entry.expect("a page").path();
        let name = path.file_stem().and_then(|name| name.to_str());
        assert!(
            names.iter().any(|known| Some(known.as_str()) == name),
            "{} is the page of no command: remove it",
            path.display()
        );
    }
}

#[test]
fn the_completions_are_current() {
    for (shell, file) in [
        (Shell::Bash, "ddalert.bash"),
        (Shell::Elvish, "ddalert.elv"),
        (Shell::Fish, "ddalert.fish"),
        (Shell::PowerShell, "_ddalert.ps1"),
        (Shell::Zsh, "_ddalert"),
    ] {
        let mut script = Vec::new();
        clap_complete::generate(shell, &mut command(), "ddalert", &mut script);
        current(
            &format!("completions/{file}"),
            &String::from_utf8(script).expect("UTF-8"),
        );
    }
}

/// A command in a code block names only subcommands and options that there are.
#[test]
fn the_commands_in_the_documentation_can_be_typed() {
    let pages = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"]
        .map(|page| root().join(page))
        .into_iter()
        .chain(
            fs::read_dir(root().join("docs"))
                .expect("docs/")
                .map(|entry| entry.expect("an entry").path())
                .filter(|path| path.extension().is_some_and(|extension| extension == "md")),
        );
    let (mut typed, mut wrong) = (0, Vec::new());
    for page in pages {
        // The reference shows usage lines, and is made from the command line itself.
        if page.ends_with("docs/reference.md") {
            continue;
        }
        let text = fs::read_to_string(&page).expect("a page");
        let mut in_fence = false;
        for line in text.lines() {
            in_fence ^= line.trim_start().starts_with("```");
            if !in_fence && !line.starts_with("    ") {
                continue;
            }
            let line = line.trim().trim_start_matches("$ ");
            let line = line.strip_prefix("fix: ").unwrap_or(line);
            if !line.starts_with("ddalert ") {
                continue;
            }
            let words = line.split_whitespace();
            let words = words.take_while(|word| !["#", "|", "||", "&&", ">", ">>"].contains(word));
            typed += 1;
            let parsed = command().try_get_matches_from(words);
            // Values may be placeholders.
            if parsed.is_err_and(|error| {
                matches!(
                    error.kind(),
                    ErrorKind::UnknownArgument | ErrorKind::InvalidSubcommand
                )
            }) {
                wrong.push(format!("{}: {line}", page.display()));
            }
        }
    }
    assert!(typed > 20, "only {typed} commands were found");
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Every IAM action that a failed call would name stands in the policy for the person, and that policy names no other.
#[test]
fn the_policy_for_the_person_names_every_action() {
    let mut used = BTreeSet::new();
    let mut folders = vec![root().join("src/aws")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            used.extend(actions(&fs::read_to_string(path).expect("a source file")));
        }
    }
    // sts:GetCallerIdentity needs no permission; iam:PassRole is asked for by other calls than the one that carries it.
    used.remove("sts:GetCallerIdentity");
    used.insert("iam:PassRole".to_owned());
    // Asked for besides the action of the call itself: for a topic that is made with tags, and for one that is encrypted.
    used.insert("sns:TagResource".to_owned());
    used.insert("kms:GenerateDataKey".to_owned());
    let text = fs::read_to_string(root().join("docs/permissions.md")).expect("docs/permissions.md");
    let person = text.split("## The relay").next().unwrap_or_default();
    let documented: BTreeSet<String> = actions(person).into_iter().collect();
    let missing: Vec<_> = used.difference(&documented).collect();
    let idle: Vec<_> = documented
        .difference(&used)
        .filter(|action| *action != "sts:GetCallerIdentity")
        .collect();
    assert!(
        missing.is_empty() && idle.is_empty(),
        "missing in docs/permissions.md: {missing:?}; not used: {idle:?}"
    );
}

/// The policy in the documentation is the one that `ddalert permissions` prints, with placeholders.
#[test]
fn the_policy_for_the_person_is_the_one_that_is_printed() {
    let path = root().join("docs/permissions.md");
    let text = fs::read_to_string(path).expect("docs/permissions.md");
    let (before, rest) = text.split_once("```json\n").expect("a policy");
    let (_, after) = rest.split_once("\n```").expect("its end");
    let policy = person_policy(&PolicyPlace::default(), &Task::ALL);
    let wanted = format!("{before}```json\n{policy:#}\n```{after}");
    current("docs/permissions.md", &wanted);
}

/// Returns what looks like an IAM action in quotes: `"sns:Publish"`.
fn actions(text: &str) -> Vec<String> {
    const SERVICES: [&str; 12] = [
        "iam",
        "iot",
        "kms",
        "lambda",
        "logs",
        "secretsmanager",
        "sns",
        "sqs",
        "ssm",
        "sts",
        "tag",
        "cloudwatch",
    ];
    text.split('"')
        .filter(|word| {
            // A condition key looks like an action.
            *word != "iam:PassedToService"
                && word.split_once(':').is_some_and(|(service, action)| {
                    SERVICES.contains(&service)
                        && action.starts_with(|c: char| c.is_ascii_uppercase())
                        && action.chars().all(|c| c.is_ascii_alphanumeric())
                })
        })
        .map(str::to_owned)
        .collect()
}

#[test]
fn the_pictures_of_the_readme_are_there_and_load_fast() {
    let readme = fs::read_to_string(root().join("README.md")).expect("the README");
    let images: Vec<&str> = readme.split("<img ").skip(1).collect();
    assert!(images.len() > 3, "{readme}");
    for image in images {
        let attribute = |name: &str| {
            let (_, value) = image.split_once(&format!("{name}=\""))?;
            Some(value.split('"').next().unwrap_or_default())
        };
        let source = attribute("src").expect("a source");
        let size = fs::metadata(root().join(source)).expect(source).len();
        assert!(size < 150_000, "{source} has {size} bytes");
        let text = attribute("alt").unwrap_or_default();
        assert!(
            text.len() > 20,
            "{source} needs a text for who cannot see it"
        );
    }
    // The recorded animation shows what belongs to no account, and to no machine.
    let cast = fs::read_to_string(root().join("docs/images/demo.svg")).expect("the animation");
    let words = cast.split(|c: char| !c.is_ascii_digit());
    let accounts: BTreeSet<&str> = words.filter(|word| word.len() == 12).collect();
    let known = ["123456789012"].into_iter().collect();
    assert_eq!(accounts, known);
    for trace in ["127.0.0.1", "localhost", "/home/", "/tmp/", "target/"] {
        assert!(!cast.contains(trace), "{trace}");
    }
}
