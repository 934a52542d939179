//! Writes `docs/reference.md` from the command line as clap knows it: global options once, the options of `deploy-…` once,
//! and then what each command has of its own. It knows how help is laid out, not what it says.

use std::fmt::Write;

use clap::{Arg, Command};
use ddalert::destination::{DESTINATIONS, Destination};

/// Stands for the destination where the commands of all destinations are described at once.
const ANY: &str = "<destination>";

/// Returns the reference of a command line that was built (`Command::build`).
pub(super) fn reference(root: &Command) -> String {
    let mut page = format!("# {} reference\n\n", root.get_name());
    page.push_str(&markdown(&blocks(&long_about(root))));
    page.push_str("| command | does |\n| --- | --- |\n");
    for command in commands(root) {
        let name = command.get_name();
        let about = cell(&about(command));
        line(
            &mut page,
            format!("| [`{name}`](#{}-{name}) | {about} |", root.get_name()),
        );
    }
    page.push_str("\n## Options of every command\n\n");
    page.push_str(&options(
        root.get_arguments().filter(|arg| arg.is_global_set()),
    ));
    page.push_str(&markdown(&blocks(&after_help(root))));
    let mut deploys = deploys(root);
    for command in commands(root) {
        if destination(command).is_none() {
            page.push_str(&section(command));
        } else if !deploys.is_empty() {
            page.push_str(&family(&std::mem::take(&mut deploys)));
        }
    }
    page.truncate(page.trim_end().len());
    page.push('\n');
    page
}

fn commands(root: &Command) -> impl Iterator<Item = &Command> {
    root.get_subcommands()
        .filter(|command| !command.is_hide_set() && command.get_name() != "help")
}

/// Returns the destination of a `deploy-…` command.
fn destination(command: &Command) -> Option<&'static Destination> {
    let name = command.get_name().strip_prefix("deploy-")?;
    ddalert::destination::destination(name)
}

fn deploys(root: &Command) -> Vec<(&Command, &'static Destination)> {
    commands(root)
        .filter_map(|command| destination(command).map(|destination| (command, destination)))
        .collect()
}

/// Writes a command that resembles no other.
fn section(command: &Command) -> String {
    let mut text = heading(command, "##");
    text.push_str(&markdown(&blocks(&long_about(command))));
    text.push_str(&synopsis(command));
    let own = own_arguments(command);
    text.push_str(&options(own.into_iter()));
    text.push_str(&markdown(&blocks(&after_help(command))));
    text
}

/// Writes the `deploy-…` commands: what most of them say once, then what one says differently.
fn family(deploys: &[(&Command, &'static Destination)]) -> String {
    let model = deploys[0].0;
    let helps: Vec<Help> = deploys
        .iter()
        .map(|(command, _)| Help::new(command))
        .collect();
    let common = Help {
        about: most(&helps, |help| &help.about),
        options: most(&helps, |help| &help.options),
        after: most(&helps, |help| &help.after),
    };

    let name = format!("{} deploy-{ANY}", root_name(model));
    let mut text = format!("## `{name}`\n\n");
    text.push_str("| command | delivers to | keeps secret |\n| --- | --- | --- |\n");
    for (command, destination) in deploys {
        line(
            &mut text,
            format!(
                "| [`{command}`](#{}-{command}) | {} | {} |",
                root_name(model),
                cell(destination.title),
                destination.secret,
                command = command.get_name(),
            ),
        );
    }
    text.push('\n');
    text.push_str(&joined(&common.about));
    text.push_str(&synopsis(model).replace(model.get_name(), &format!("deploy-{ANY}")));
    text.push_str(&list(&common.options));
    text.push_str(&joined(&common.after));
    for ((command, _), help) in deploys.iter().zip(&helps) {
        let own = [
            joined(&besides(&help.about, &common.about)),
            list(&besides(&help.options, &common.options)),
            joined(&besides(&help.after, &common.after)),
        ]
        .concat();
        text.push_str(&heading(command, "###"));
        line(&mut text, format!("{}\n", escaped(&about(command))));
        text.push_str(
            &own.replace(&format!("deploy-{ANY}"), command.get_name())
                .replace(&format!("deploy-{}", escaped(ANY)), command.get_name()),
        );
    }
    text
}

/// What a `deploy-…` command says, its own name replaced by that of any, as Markdown; an option with its group.
struct Help {
    about: Vec<Said>,
    options: Vec<Said>,
    after: Vec<Said>,
}

/// A part of a help text.
#[derive(Clone)]
struct Said {
    group: String,
    text: String,
}

impl Said {
    /// Returns what two destinations say alike, but for what they keep secret.
    fn key(&self) -> String {
        let all = DESTINATIONS.iter().map(|destination| destination.secret);
        all.fold(self.text.clone(), |text, secret| {
            text.replace(secret, "secret")
        })
    }
}

impl Help {
    fn new(command: &Command) -> Help {
        let general = |text: &str| text.replace(command.get_name(), &format!("deploy-{ANY}"));
        let paragraphs = |text: &str| {
            let blocks = blocks(&general(text));
            let said = blocks.into_iter().map(|block| Said {
                group: String::new(),
                text: markdown(&[block]),
            });
            said.collect::<Vec<_>>()
        };
        let first = paragraphs(&about(command));
        Help {
            // The first paragraph stands in the list of commands and below the heading.
            about: besides(&paragraphs(&long_about(command)), &first),
            options: own_arguments(command)
                .into_iter()
                .map(|arg| Said {
                    group: group(arg),
                    text: general(&option(arg)),
                })
                .collect(),
            after: paragraphs(&after_help(command)),
        }
    }
}

/// Returns what more than half of the commands say, in the order of the first that says it.
fn most(helps: &[Help], of: impl Fn(&Help) -> &Vec<Said>) -> Vec<Said> {
    let mut found: Vec<Said> = Vec::new();
    let says = |all: &[Said], said: &Said| all.iter().any(|other| other.key() == said.key());
    for said in helps.iter().flat_map(&of) {
        let holders = helps.iter().filter(|help| says(of(help), said)).count();
        if holders * 2 > helps.len() && !says(&found, said) {
            found.push(said.clone());
        }
    }
    found
}

fn besides(all: &[Said], common: &[Said]) -> Vec<Said> {
    let is_common = |said: &Said| common.iter().any(|other| other.key() == said.key());
    all.iter()
        .filter(|said| !is_common(said))
        .cloned()
        .collect()
}

fn joined(all: &[Said]) -> String {
    all.iter().map(|said| said.text.as_str()).collect()
}

/// A part of a help text: a paragraph, or lines that are indented and so are examples, tables or the like.
#[derive(Clone, PartialEq)]
enum Block {
    Text(String),
    /// With the paragraph that announces them, `Examples:`.
    Indented(Option<String>, String),
}

/// Takes a help text apart. Indented lines keep their breaks; so do the lines of a paragraph.
fn blocks(text: &str) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut open = false;
    for line in text.lines().map(str::trim_end) {
        let indented = line.starts_with([' ', '\t']);
        match blocks.last_mut() {
            _ if line.is_empty() => {}
            Some(Block::Indented(_, held)) if indented => {
                held.push_str(if open { "\n" } else { "\n\n" });
                held.push_str(line);
            }
            Some(Block::Text(held)) if !indented && open => {
                held.push('\n');
                held.push_str(line);
            }
            _ if indented => {
                let label = blocks
                    .pop_if(|block| matches!(block, Block::Text(text) if text.ends_with(':')));
                let label = label.and_then(|block| match block {
                    Block::Text(text) => Some(text),
                    Block::Indented(..) => None,
                });
                blocks.push(Block::Indented(label, line.to_owned()));
            }
            _ => blocks.push(Block::Text(line.to_owned())),
        }
        open = !line.is_empty();
    }
    blocks
}

fn markdown(blocks: &[Block]) -> String {
    let mut text = String::new();
    for block in blocks {
        match block {
            Block::Text(paragraph) => {
                line(&mut text, broken(&escaped(paragraph)));
            }
            Block::Indented(label, lines) => {
                let label = label.as_deref().map(escaped).unwrap_or_default();
                if let Some(entries) = entries(lines) {
                    let entries = entries
                        .iter()
                        .map(|(key, meaning)| format!("`{key}` {}", escaped(meaning)));
                    let entries = entries.collect::<Vec<_>>().join("; ");
                    line(&mut text, format!("{label} {entries}.").trim_start());
                } else {
                    if !label.is_empty() {
                        line(&mut text, format!("{label}\n"));
                    }
                    for held in dedented(lines).lines() {
                        line(&mut text, format!("    {held}").trim_end());
                    }
                }
            }
        }
        text.push('\n');
    }
    text
}

/// Takes a list apart that explains one thing a line, `0  done`, or names it and explains it below, further in.
fn entries(lines: &str) -> Option<Vec<(String, String)>> {
    let mut entries: Vec<(String, String)> = Vec::new();
    for line in dedented(lines).lines().filter(|line| !line.is_empty()) {
        match (line.strip_prefix(' '), entries.last_mut()) {
            (Some(more), Some((_, meaning))) => {
                meaning.push(' ');
                meaning.push_str(more.trim());
            }
            _ => {
                let (key, meaning) = line.split_once("  ").unwrap_or((line, ""));
                entries.push((key.to_owned(), meaning.trim().to_owned()));
            }
        }
    }
    for (_, meaning) in &mut entries {
        *meaning = meaning.trim().to_owned();
    }
    let is_list = entries.iter().all(|(_, meaning)| !meaning.is_empty());
    is_list.then_some(entries)
}

fn dedented(lines: &str) -> String {
    let indents = lines.lines().filter(|line| !line.is_empty());
    let indent = indents
        .map(|line| line.len() - line.trim_start().len())
        .min()
        .unwrap_or_default();
    let dedented = lines
        .lines()
        .map(|line| line.get(indent..).unwrap_or_default());
    dedented.collect::<Vec<_>>().join("\n")
}

/// Keeps the line breaks of a paragraph; the items of a list break by themselves.
fn broken(paragraph: &str) -> String {
    let mut lines = paragraph.lines();
    let mut text = lines.next().unwrap_or_default().to_owned();
    for line in lines {
        let number = line.trim_start_matches(|c: char| c.is_ascii_digit());
        let is_item =
            line.starts_with("- ") || number.len() < line.len() && number.starts_with(". ");
        text.push_str(if is_item { "\n" } else { "\\\n" });
        text.push_str(line);
    }
    text
}

/// Returns the arguments that a command does not share with every other.
fn own_arguments(command: &Command) -> Vec<&Arg> {
    let arguments = command.get_arguments();
    arguments
        .filter(|arg| {
            let id = arg.get_id();
            !arg.is_global_set() && !arg.is_hide_set() && id != "help" && id != "version"
        })
        .collect()
}

fn options<'a>(arguments: impl Iterator<Item = &'a Arg>) -> String {
    let items: Vec<_> = arguments
        .map(|arg| Said {
            group: group(arg),
            text: option(arg),
        })
        .collect();
    list(&items)
}

/// Writes options below the heading of their group.
fn list(options: &[Said]) -> String {
    let mut groups: Vec<&String> = Vec::new();
    for Said { group, .. } in options {
        if !groups.contains(&group) {
            groups.push(group);
        }
    }
    let mut text = String::new();
    for group in groups {
        line(&mut text, format!("**{group}**\n"));
        for option in options.iter().filter(|option| option.group == *group) {
            line(&mut text, &option.text);
        }
        text.push('\n');
    }
    text
}

fn group(arg: &Arg) -> String {
    match arg.get_help_heading() {
        Some(heading) => heading.to_owned(),
        None if arg.is_positional() => "Arguments".to_owned(),
        None => "Options".to_owned(),
    }
}

/// Writes an option as an item of a list: how it is typed, what it does, which values it takes.
fn option(arg: &Arg) -> String {
    let names: Vec<_> = arg.get_value_names().unwrap_or_default().iter().collect();
    let value = match arg.get_action().takes_values() {
        true => names.iter().map(|name| format!(" <{name}>")).collect(),
        false => String::new(),
    };
    let mut typed = String::new();
    if let Some(short) = arg.get_short() {
        let _ = write!(typed, "`-{short}`, ");
    }
    let _ = match arg.get_long() {
        Some(long) => write!(typed, "`--{long}{value}`"),
        None => write!(typed, "`{}`", value.trim_start()),
    };
    let help = arg.get_long_help().or(arg.get_help());
    let mut parts: Vec<String> = help
        .map(|help| escaped(&help.to_string()).replace('\n', "\n  "))
        .into_iter()
        .collect();
    if let Some(variable) = arg.get_env() {
        parts.push(format!("Variable: `{}`.", variable.to_string_lossy()));
    }
    let defaults: Vec<_> = arg.get_default_values().iter().collect();
    if arg.get_action().takes_values() && !defaults.is_empty() && !arg.is_hide_default_value_set() {
        let defaults: Vec<_> = defaults
            .iter()
            .map(|value| format!("`{}`", value.to_string_lossy()))
            .collect();
        parts.push(format!("Default: {}.", defaults.join(", ")));
    }
    let values: Vec<String> =
        match arg.get_action().takes_values() && !arg.is_hide_possible_values_set() {
            true => arg
                .get_possible_values()
                .iter()
                .filter(|value| !value.is_hide_set())
                .map(value_item)
                .collect(),
            false => Vec::new(),
        };
    let explained = values.iter().any(|value| value.contains(": "));
    if !values.is_empty() && !explained {
        parts.push(format!("Values: {}.", values.join(", ")));
    }
    let mut item = format!("- {typed}: {}", sentences(&parts));
    if explained {
        for value in values {
            let _ = write!(item, "\n  - {value}");
        }
    }
    item
}

fn value_item(value: &clap::builder::PossibleValue) -> String {
    match value.get_help() {
        Some(help) => format!("`{}`: {}", value.get_name(), escaped(&help.to_string())),
        None => format!("`{}`", value.get_name()),
    }
}

/// Joins parts into sentences; help texts of options bear no full stop.
fn sentences(parts: &[String]) -> String {
    let mut text = String::new();
    for part in parts {
        if !text.is_empty() {
            text.push_str(if text.ends_with('.') { " " } else { ". " });
        }
        text.push_str(part);
    }
    text
}

fn synopsis(command: &Command) -> String {
    let usage = command.clone().render_usage().to_string();
    let usage = usage.strip_prefix("Usage:").unwrap_or(&usage);
    let lines: String = usage
        .lines()
        .map(|line| format!("    {}\n", line.trim()))
        .collect();
    format!("{lines}\n")
}

fn heading(command: &Command, level: &str) -> String {
    format!(
        "{level} `{} {}`\n\n",
        root_name(command),
        command.get_name()
    )
}

/// Returns how the program is called: the first word of what is typed.
fn root_name(command: &Command) -> &str {
    let typed = command.get_bin_name().unwrap_or_default();
    typed.split(' ').next().unwrap_or_default()
}

fn about(command: &Command) -> String {
    command
        .get_about()
        .map(ToString::to_string)
        .unwrap_or_default()
}

fn long_about(command: &Command) -> String {
    let text = command.get_long_about().or(command.get_about());
    text.map(ToString::to_string).unwrap_or_default()
}

fn after_help(command: &Command) -> String {
    let text = command.get_after_long_help().or(command.get_after_help());
    text.map(ToString::to_string).unwrap_or_default()
}

/// Keeps Markdown from taking a part of a text for its own; `<…>` would vanish as HTML.
fn escaped(text: &str) -> String {
    text.replace('<', "\\<").replace('*', "\\*")
}

fn cell(text: &str) -> String {
    escaped(text).replace('|', "\\|").replace('\n', " ")
}

fn line(text: &mut String, line: impl AsRef<str>) {
    text.push_str(line.as_ref());
    text.push('\n');
}

#[test]
fn what_is_shared_is_written_once() {
    let deploy = |name: &'static str, notice: &'static str, secret: &'static str| {
        let examples = format!("Examples:\n  tool {name} --file <FILE>\n\n  tool {name}");
        let file = Arg::new("file").long("file").value_name("FILE");
        Command::new(name)
            .about("Deliver alerts")
            .long_about(format!(
                "Deliver alerts\n\nStores the {secret}.\n\n{notice}"
            ))
            .arg(file.help(format!("Holds the {secret}")))
            .after_long_help(format!(
                "{examples}\n\nExit codes:\n    0  done\n      or empty\n    1  failed\n\n\
                 Environment:\n  KEY\n      the {secret} or integration key"
            ))
    };
    let own = Arg::new("sign")
        .long("sign")
        .action(clap::ArgAction::SetTrue);
    let mut root = Command::new("tool")
        .long_about("Sends alerts\n\nSteps:\n1. one\n2. two\nand *three*")
        .arg(
            Arg::new("topic")
                .long("topic")
                .short('t')
                .value_name("NAME")
                .global(true)
                .help("The <topic>"),
        )
        .subcommand(deploy("deploy-slack", "In the app.", "webhook URL"))
        .subcommand(
            deploy("deploy-pagerduty", "In the service.", "integration key").arg(own.help("Sign")),
        )
        .subcommand(deploy("deploy-teams", "In the flow.", "webhook URL"))
        .subcommand(
            Command::new("look").about("Look").arg(
                Arg::new("kind")
                    .required(true)
                    .value_name("KIND")
                    .help("What for")
                    .value_parser(["a", "b"])
                    .default_value("a"),
            ),
        );
    root.build();
    insta::assert_snapshot!(reference(&root), @r#"
    # tool reference

    Sends alerts

    Steps:
    1. one
    2. two\
    and \*three\*

    | command | does |
    | --- | --- |
    | [`deploy-slack`](#tool-deploy-slack) | Deliver alerts |
    | [`deploy-pagerduty`](#tool-deploy-pagerduty) | Deliver alerts |
    | [`deploy-teams`](#tool-deploy-teams) | Deliver alerts |
    | [`look`](#tool-look) | Look |

    ## Options of every command

    **Options**

    - `-t`, `--topic <NAME>`: The \<topic>

    ## `tool deploy-<destination>`

    | command | delivers to | keeps secret |
    | --- | --- | --- |
    | [`deploy-slack`](#tool-deploy-slack) | Slack | webhook URL |
    | [`deploy-pagerduty`](#tool-deploy-pagerduty) | PagerDuty | integration key |
    | [`deploy-teams`](#tool-deploy-teams) | Microsoft Teams | webhook URL |

    Stores the webhook URL.

        tool deploy-<destination> [OPTIONS]

    **Options**

    - `--file <FILE>`: Holds the webhook URL

    Examples:

        tool deploy-<destination> --file <FILE>

        tool deploy-<destination>

    Exit codes: `0` done or empty; `1` failed.

    Environment: `KEY` the webhook URL or integration key.

    ### `tool deploy-slack`

    Deliver alerts

    In the app.

    ### `tool deploy-pagerduty`

    Deliver alerts

    In the service.

    **Options**

    - `--sign`: Sign

    ### `tool deploy-teams`

    Deliver alerts

    In the flow.

    ## `tool look`

    Look

        tool look [OPTIONS] <KIND>

    **Arguments**

    - `<KIND>`: What for. Default: `a`. Values: `a`, `b`.
    "#);
}
