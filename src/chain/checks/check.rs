//! What a check is, and what it finds.

use std::fmt;

use serde::Serialize;

use super::snapshot::{ChainSnapshot, Link, Part, Reading};

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum FindingSeverity {
    /// Worth knowing; alerts arrive.
    Note,
    /// Alerts can be lost, now or later.
    Warning,
    /// Alerts do not arrive.
    Error,
}

/// A check: a code that never changes its meaning, the texts of `docs/doctor.md`, and the function that finds the problem.
#[derive(Debug)]
pub(super) struct Check {
    /// The code, such as `DD001`.
    pub(super) code: &'static str,
    /// How bad it is.
    pub(super) severity: FindingSeverity,
    /// What has to be read for it. If one of these could not be read, the check could not be made.
    pub(super) reads: &'static [Reading],
    /// The problem in general, without a period.
    pub(super) title: &'static str,
    /// What it means for alerts: printed with every finding, lower-case, without a period.
    pub(super) consequence: &'static str,
    /// How it is fixed in general, in Markdown, with placeholders in capitals. Commands leave out `--topic` and `--region`.
    pub(super) remedy: &'static str,
    /// The part of its link that it is about.
    pub(super) part: Part,
    /// Returns every place with the problem.
    pub(super) find: fn(&ChainSnapshot) -> Vec<Occurrence>,
}

/// How a problem is fixed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(into = "ShownRemedy")]
pub enum Remedy {
    /// A command, or several joined with `&&`: pasted as it is, it fixes what was found. It asks for what only a person can
    /// give, such as a webhook URL.
    Command(String),
    /// Words: who must do what. No command of the person who runs `doctor` can fix it, or only that person can decide.
    Advice(String),
}

/// A remedy as JSON shows it.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
struct ShownRemedy {
    /// The command, ready to be pasted, or who must do what.
    remedy: String,
    /// Whether it is a command.
    remedy_kind: RemedyKind,
}

/// Whether a remedy is a command.
#[derive(Clone, Copy, Debug, Serialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
enum RemedyKind {
    /// A command, or several joined with `&&`.
    Command,
    /// Words for people.
    Advice,
}

/// One place where a check finds its problem.
#[derive(Debug)]
pub(super) struct Occurrence {
    /// The link of the chain.
    pub(super) link: Link,
    /// The problem, with the names of the resources: lower-case, without a period.
    pub(super) what: String,
    /// How it is fixed.
    pub(super) remedy: Remedy,
}

/// A problem of a chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct Finding {
    /// The code of the check.
    pub code: &'static str,
    /// How bad it is.
    pub severity: FindingSeverity,
    /// The link of the chain.
    pub link: Link,
    /// The part of the link.
    pub part: Part,
    /// What is wrong.
    pub what: String,
    /// What it means for alerts.
    pub consequence: &'static str,
    /// How it is fixed.
    #[serde(flatten)]
    #[cfg_attr(feature = "cli", schemars(with = "ShownRemedy"))]
    pub remedy: Remedy,
}

impl Occurrence {
    /// Returns an occurrence at `link`.
    pub(super) fn new(link: Link, what: String, remedy: impl Into<Remedy>) -> Occurrence {
        Occurrence {
            link,
            what,
            remedy: remedy.into(),
        }
    }

    /// Returns an occurrence in what publishes.
    pub(super) fn of_device_defender(what: String, remedy: impl Into<Remedy>) -> Occurrence {
        Occurrence::new(Link::DeviceDefender, what, remedy)
    }
}

impl Remedy {
    /// Returns the text: the command, or the words.
    pub fn text(&self) -> &str {
        match self {
            Remedy::Command(text) | Remedy::Advice(text) => text,
        }
    }

    /// Returns the command, if there is one.
    pub fn command(&self) -> Option<&str> {
        match self {
            Remedy::Command(command) => Some(command),
            Remedy::Advice(_) => None,
        }
    }

    /// Returns advice.
    pub(super) fn advice(text: impl Into<String>) -> Remedy {
        Remedy::Advice(text.into())
    }
}

impl From<String> for Remedy {
    fn from(command: String) -> Remedy {
        Remedy::Command(command)
    }
}

impl From<Remedy> for ShownRemedy {
    fn from(remedy: Remedy) -> ShownRemedy {
        let remedy_kind = match remedy {
            Remedy::Command(_) => RemedyKind::Command,
            Remedy::Advice(_) => RemedyKind::Advice,
        };
        let (Remedy::Command(remedy) | Remedy::Advice(remedy)) = remedy;
        ShownRemedy {
            remedy,
            remedy_kind,
        }
    }
}

impl Check {
    /// Returns everything that this check finds.
    pub(super) fn findings(&self, chain: &ChainSnapshot) -> impl Iterator<Item = Finding> {
        (self.find)(chain)
            .into_iter()
            .map(|Occurrence { link, what, remedy }| Finding {
                code: self.code,
                severity: self.severity,
                link,
                part: self.part,
                what,
                consequence: self.consequence,
                remedy,
            })
    }
}

impl fmt::Display for FindingSeverity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            FindingSeverity::Note => "note",
            FindingSeverity::Warning => "warning",
            FindingSeverity::Error => "error",
        })
    }
}
