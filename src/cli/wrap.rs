//! Lines broken between words to the width of a terminal. Commands are never broken inside, so that they can be pasted, and
//! the trunk of a drawn tree goes on beside the lines that follow.

use std::borrow::Cow;

use super::style::is_colour;
use textwrap::core::{Word, display_width};
use textwrap::{Options, WordSeparator, WordSplitter};

/// Programs that texts name with their arguments; ddalert is told from its name in a sentence by what follows.
const PROGRAMS: &[&str] = &["aws", "cargo", "openssl", "rustup"];

/// Commands of ddalert besides `deploy-…`.
const COMMANDS: &[&str] = &[
    "completions",
    "connect",
    "doctor",
    "permissions",
    "preview",
    "remove",
    "replay",
    "rotate",
    "status",
    "subscribe-sms",
    "test-publish",
    "version",
];

/// Breaks every line of `text` that is longer than `width` columns, between words. What is longer than a line by itself stands
/// alone on one.
pub(super) fn wrapped(text: &str, width: usize) -> String {
    let lines: Vec<Cow<'_, str>> = text.lines().map(|line| wrapped_line(line, width)).collect();
    lines.join("\n")
}

fn wrapped_line(line: &str, width: usize) -> Cow<'_, str> {
    if display_width(line) <= width {
        return Cow::Borrowed(line);
    }
    let (start, text) = line.split_at(start_of_words(line));
    let indent: String = without_colours(start).chars().map(below).collect();
    let options = Options::new(width)
        .initial_indent(start)
        .subsequent_indent(&indent)
        .break_words(false)
        .word_separator(WordSeparator::Custom(unbreakable))
        .word_splitter(WordSplitter::NoHyphenation);
    Cow::Owned(textwrap::fill(text, options))
}

/// Returns where the words of a line begin: behind spaces, branches, marks and colours.
fn start_of_words(line: &str) -> usize {
    let is_start =
        |c: char| c == ' ' || ('\u{2500}'..='\u{257f}').contains(&c) || "▶▼✓✗!?→·+~-".contains(c);
    let (mut at, mut end) = (0, 0);
    while let Some(c) = line[at..].chars().next() {
        at += match colour(&line[at..]) {
            0 if is_start(c) => c.len_utf8(),
            0 => break,
            length => length,
        };
        // A sign that touches a word belongs to the word: `-1`, `--topic`.
        if c == ' ' {
            end = at;
        }
    }
    end
}

/// Returns the length of the colour that a text starts with, or 0.
fn colour(text: &str) -> usize {
    if let Some(c) = text.chars().next().filter(|c| is_colour(*c)) {
        return c.len_utf8();
    }
    let Some(rest) = text.strip_prefix("\u{1b}[") else {
        return 0;
    };
    rest.find(|c: char| c.is_ascii_alphabetic())
        .map_or(0, |end| end + 3)
}

fn without_colours(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        match colour(rest) {
            0 => {
                plain.push(c);
                rest = &rest[c.len_utf8()..];
            }
            length => rest = &rest[length..],
        }
    }
    plain
}

/// Returns what stands below a character of a line's start.
fn below(c: char) -> char {
    match c {
        '│' | '├' => '│',
        _ => ' ',
    }
}

/// Takes a line apart into what is not to be broken: words, and commands with their arguments.
fn unbreakable(line: &str) -> Box<dyn Iterator<Item = Word<'_>> + '_> {
    // Each word with where it begins and where the next one does.
    let mut words: Vec<(&str, usize, usize)> = Vec::new();
    let mut at = 0;
    for word in line.split_inclusive(' ') {
        match words.last_mut() {
            // Another space belongs to the word before it.
            Some(last) if word == " " => last.2 += 1,
            _ => words.push((word.trim_end(), at, at + word.len())),
        }
        at += word.len();
    }
    let mut parts = Vec::new();
    let mut index = 0;
    while index < words.len() {
        let texts: Vec<&str> = words[index..].iter().map(|(text, ..)| *text).collect();
        let count = command_length(&texts).max(1);
        let (_, begin, _) = words[index];
        let (_, _, end) = words[index + count - 1];
        parts.push(Word::from(&line[begin..end]));
        index += count;
    }
    Box::new(parts.into_iter())
}

/// Returns how many of the words are a command with its arguments, or 0 if there is none at their start.
fn command_length(words: &[&str]) -> usize {
    let bare = |word: &str| {
        word.trim_start_matches(['(', '`'])
            .trim_end_matches([')', ';', ',', '`', ':', '.'])
            .to_owned()
    };
    let [program, first, ..] = words else {
        return 0;
    };
    let (program, first) = (bare(program), bare(first));
    let is_command = match program.as_str() {
        "ddalert" => {
            first.starts_with("--")
                || first.starts_with("deploy-")
                || COMMANDS.contains(&first.as_str())
        }
        program => {
            PROGRAMS.contains(&program) && first.starts_with(|c: char| c.is_ascii_lowercase())
        }
    };
    if !is_command {
        return 0;
    }
    let mut quoted = false;
    let mut options = false;
    let mut value = false;
    for (index, word) in words.iter().enumerate() {
        let is_option = !quoted && word.starts_with('-');
        // Behind its options, a command has no words of its own: the sentence goes on.
        let is_prose = !quoted
            && options
            && !value
            && !is_option
            && word.starts_with(|c: char| c.is_ascii_lowercase());
        if is_prose {
            return index;
        }
        options |= is_option;
        value = is_option && !word.contains('=');
        quoted ^= word.matches('\'').count() % 2 == 1;
        if !quoted && index > 0 && word.ends_with([';', ',', ')', '`', ':']) {
            return index + 1;
        }
    }
    words.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_broken_between_words_at_any_width() {
        let text =
            "The subscription is not confirmed, so SNS sends nothing to it, and nobody is told.";
        for width in [10, 20, 40, 80, 120] {
            let lines = wrapped(text, width);
            assert!(
                lines
                    .lines()
                    .all(|line| display_width(line) <= width || !line.contains(' ')),
                "{lines}"
            );
            assert_eq!(lines.split_whitespace().collect::<Vec<_>>().join(" "), text);
        }
        assert_eq!(wrapped(text, 120), text);
    }

    #[test]
    fn a_command_is_in_one_piece() {
        for (text, command) in [
            (
                "see it arrive: ddalert test-publish --topic BadIoTDevices --region eu-central-1; then revoke the old URL",
                "ddalert test-publish --topic BadIoTDevices --region eu-central-1;",
            ),
            (
                "fix the room (a new webhook URL: ddalert rotate slack --topic BadIoTDevices) and go on with it after that",
                "ddalert rotate slack --topic BadIoTDevices)",
            ),
            (
                "the relay is gone: ddalert deploy-slack --topic BadIoTDevices creates it again, with all that belongs to it",
                "ddalert deploy-slack --topic BadIoTDevices",
            ),
            (
                "enable one: aws iot update-account-audit-configuration --audit-check-configurations '{\"A\": {\"enabled\": true}}' --role-arn ROLE, \
                 where ROLE has the managed policy",
                "aws iot update-account-audit-configuration --audit-check-configurations '{\"A\": {\"enabled\": true}}' --role-arn ROLE,",
            ),
        ] {
            for width in [20, 40, 80] {
                let lines = wrapped(text, width);
                assert!(
                    lines.lines().any(|line| line.contains(command)),
                    "{width}:\n{lines}"
                );
            }
        }
        let said = "ddalert created nothing on this topic that could be removed";
        assert!(wrapped(said, 20).lines().all(|line| line.len() <= 20));
    }

    #[test]
    fn every_command_is_known() {
        let command = super::super::command();
        for sub in command.get_subcommands() {
            let typed = ["ddalert", sub.get_name(), "--topic", "a"];
            assert_eq!(command_length(&typed), typed.len(), "{}", sub.get_name());
        }
    }

    #[test]
    fn the_trunk_of_a_tree_goes_on() {
        let tree = "├─▶ ✓ ddalert-slack-one ─▶ slack\n│   ✓ subscription  ✓ permission  ✓ function\n└─▶ ✗ ddalert-slack-two ─▶ slack\n    ✓ subscription  ✗ permission";
        assert_eq!(
            wrapped(tree, 22),
            "├─▶ ✓ ddalert-slack-one\n│     ─▶ slack\n│   ✓ subscription  ✓\n│     permission  ✓\n│     function\n└─▶ ✗ ddalert-slack-two\n      ─▶ slack\n    ✓ subscription  ✗\n      permission"
        );
        let green = "├─▶ \u{1b}[32m✓\u{1b}[0m ddalert-slack-one ─▶ slack";
        assert_eq!(
            wrapped(green, 26),
            "├─▶ \u{1b}[32m✓\u{1b}[0m ddalert-slack-one ─▶\n│     slack"
        );
    }
}
