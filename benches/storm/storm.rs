//! A storm, and what became of its alerts.

use std::cell::Cell;
use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

use crate::lambda::Lambda;
use crate::room::{Room, Seen};

/// A storm.
pub struct Storm {
    pub alerts: usize,
    /// How long it lasts.
    pub lasts: Duration,
    /// The time in which the room takes one message.
    pub interval: Duration,
    /// The second of which something was last said.
    said: Cell<u64>,
}

/// What became of the alerts of a storm.
#[derive(Clone, Copy, Default)]
pub struct Outcome {
    /// Those that Lambda holds for delivered.
    pub delivered: usize,
    /// Those in the failure queue.
    pub failed: usize,
    /// What the room saw of it.
    pub room: Seen,
    /// When the room's last message came, from the storm's start.
    pub last_message: Duration,
    /// How long all of it took.
    pub took: Duration,
    /// How many relays ran at a time.
    pub relays: usize,
}

impl Storm {
    /// How often it is looked what is to be done.
    pub const TICK: Duration = Duration::from_millis(20);

    pub fn new(alerts: usize, lasts: Duration, interval: Duration) -> Storm {
        Storm {
            alerts,
            lasts,
            interval,
            said: Cell::default(),
        }
    }

    /// Returns when an alert is published, from the storm's start.
    pub fn time_of(&self, number: usize) -> Duration {
        self.lasts.mul_f64(number as f64 / self.alerts as f64)
    }

    /// Says on a terminal how far it is.
    pub fn progress(&self, trigger: &str, outcome: &Outcome) {
        let mut terminal = std::io::stderr();
        let second = outcome.took.as_secs();
        if self.said.replace(second) != second && terminal.is_terminal() {
            let Outcome {
                failed,
                room,
                relays,
                ..
            } = outcome;
            write!(
                terminal,
                "\r{trigger}, {second} s: alerts in the room {} of {}, in the failure queue {failed}; posts {}, relays {relays}\x1b[K",
                room.alerts,
                self.alerts,
                room.posts,
            )
            .ok();
        }
    }

    /// Takes back what [`progress`](Self::progress) said.
    pub fn end_progress() {
        let mut terminal = std::io::stderr();
        if terminal.is_terminal() {
            write!(terminal, "\r\x1b[K").ok();
        }
    }
}

impl Outcome {
    /// Looks at the room and at Lambda.
    pub fn update(&mut self, room: &Room, lambda: &Lambda, start: Instant) {
        self.room = room.seen();
        self.last_message = self.room.last.map(|last| last - start).unwrap_or_default();
        self.took = start.elapsed();
        self.relays = lambda.relays().len();
    }

    /// Returns when the room would have all alerts if the failure queue were replayed once nothing is tried any more, a message in
    /// every interval.
    pub fn with_replay(&self, storm: &Storm) -> Duration {
        match u32::try_from(self.failed).unwrap() {
            0 => self.last_message,
            failed => self.took + storm.interval * failed,
        }
    }
}
