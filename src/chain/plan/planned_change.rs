//! What a plan consists of: how a change is shown, in a line or in a few words, and how long AWS may take to show it.

use std::fmt;
use std::time::Duration;

use serde::Serialize;

/// What a plan consists of: something that can be shown, counted and made by itself.
pub trait PlannedChange: fmt::Display + Serialize {
    /// Returns what a plan shows before the change: `+` makes, `~` changes, `-` removes.
    fn sign(&self) -> char;

    /// Returns the change in a few words, for a line that has little room.
    fn brief(&self) -> Brief;

    /// Returns how long AWS may take, after it accepted the change, until a read shows it everywhere.
    fn settling(&self) -> Settling {
        Settling::Usual
    }
}

/// A change in a few words: "create", "created", "failure queue", and its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Brief {
    /// What is done.
    pub verb: &'static str,
    /// What was done, once it is.
    pub done: &'static str,
    /// To what kind of thing.
    pub what: &'static str,
    /// Its name, and what else is to be known of it; empty if there is only one.
    pub name: String,
}

impl Brief {
    /// The change that makes something.
    pub fn create(what: &'static str, name: impl Into<String>) -> Brief {
        Brief::new(("create", "created"), what, name)
    }

    /// The change that brings something to its wanted state; `differs` is what it lacks.
    pub fn update(what: &'static str, name: &str, differs: &[&str]) -> Brief {
        let name = format!("{name}: {}", differs.join(", "));
        Brief::new(("update", "updated"), what, name)
    }

    /// The change that removes something.
    pub fn remove(what: &'static str, name: impl Into<String>) -> Brief {
        Brief::new(("remove", "removed"), what, name)
    }

    /// Any change: `words` are what is done, and what was done.
    pub fn new(
        words: (&'static str, &'static str),
        what: &'static str,
        name: impl Into<String>,
    ) -> Brief {
        Brief {
            verb: words.0,
            done: words.1,
            what,
            name: name.into(),
        }
    }
}

impl fmt::Display for Brief {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Brief {
            verb, what, name, ..
        } = self;
        write!(f, "{verb} {what} {name}")
    }
}

/// How long AWS may take until a read shows a change that it accepted; in order of the time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Settling {
    /// As long as most services need: none gives a limit, and most show a change within seconds.
    Usual,
    /// SQS shows a queue that was made or deleted, and its attributes, within 60 seconds (SQS API reference, `CreateQueue`,
    /// `DeleteQueue`, `SetQueueAttributes`).
    Queue,
    /// A new retention period within 15 minutes (SQS API reference, `SetQueueAttributes`).
    QueueRetention,
}

impl Settling {
    /// Returns the time after which the change must show, with some margin for what is documented.
    pub fn limit(self) -> Duration {
        Duration::from_secs(match self {
            Settling::Usual => 60,
            Settling::Queue => 75,
            Settling::QueueRetention => 15 * 60,
        })
    }
}

impl fmt::Display for Settling {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Settling::Usual => "AWS may take a minute to show it",
            Settling::Queue => "SQS may take up to 60 seconds to show it",
            Settling::QueueRetention => {
                "SQS accepted it, and may take up to 15 minutes to apply it; nothing more is to be done"
            }
        })
    }
}
