//! One warm relay and a room that takes everything at once: how many alerts a second, and how much memory after how many.

use std::path::Path;
use std::time::{Duration, Instant};

use crate::alerts;
use crate::lambda::Lambda;
use crate::process::most_memory;
use crate::room::Room;

/// How many events Lambda has ready, so that the relay never waits for one.
const READY: usize = 8;

/// What the relay showed up to a number of alerts.
pub struct Stretch {
    pub alerts: usize,
    pub took: Duration,
    /// Kilobytes, where the system tells.
    pub memory: Option<u64>,
}

/// Hands a relay alerts, each in an event of its own, and looks at it when it has delivered so many.
pub fn run(relay: &Path, looks: &[usize]) -> Vec<Stretch> {
    let room = Room::start(Duration::ZERO);
    let lambda = Lambda::start(relay, room.address, 1);
    let most = looks.iter().copied().max().unwrap();
    let start = Instant::now();
    let mut stretches = Vec::new();
    for number in 0..READY {
        lambda.invoke(alerts::event(number));
    }
    for delivered in 1..=most {
        let ended = lambda.ended(Instant::now() + Duration::from_secs(20));
        assert!(
            ended.is_some_and(|ended| ended.answer.is_some()),
            "the relay delivers every alert"
        );
        if looks.contains(&delivered) {
            stretches.push(Stretch {
                alerts: delivered,
                took: start.elapsed(),
                memory: most_memory(lambda.relays()[0]),
            });
        }
        lambda.invoke(alerts::event(READY + delivered));
    }
    stretches
}
