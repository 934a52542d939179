//! The direct trigger: the topic invokes the relay for each alert. Lambda tries one that failed again, and then keeps it in the failure
//! queue.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::path::Path;
use std::time::{Duration, Instant};

use ddalert::chain::spec::ASYNC_RETRIES;

use crate::alerts;
use crate::lambda::Lambda;
use crate::room::Room;
use crate::storm::{Outcome, Storm};

/// How many events Lambda works on at once, of a new account's default.
pub const AT_ONCE: usize = 1000;

/// How often Lambda tries an alert.
pub const TRIES: usize = 1 + WAITS.len();

/// How long Lambda waits before each further try (Lambda developer guide, "How Lambda handles errors and retries with asynchronous
/// invocation").
const WAITS: [Duration; ASYNC_RETRIES as usize] =
    [Duration::from_secs(60), Duration::from_secs(120)];

/// Returns how long Lambda waits before all the further tries of an alert together.
pub fn waits() -> Duration {
    WAITS.iter().sum()
}

/// Runs the storm until each alert is in the room or in the failure queue.
pub fn run(relay: &Path, storm: &Storm) -> Outcome {
    let room = Room::start(storm.interval);
    let lambda = Lambda::start(relay, room.address, AT_ONCE);
    let start = Instant::now();
    // When each alert is handed over next, and how often it was tried.
    let mut due: BinaryHeap<Reverse<(Instant, usize, usize)>> = (0..storm.alerts)
        .map(|number| Reverse((start + storm.time_of(number), number, 0)))
        .collect();
    let mut under_way = HashMap::new();
    let mut outcome = Outcome::default();
    while outcome.delivered + outcome.failed < storm.alerts {
        let now = Instant::now();
        while let Some(Reverse((at, number, tries))) = due.peek().copied()
            && at <= now
        {
            due.pop();
            let id = lambda.invoke(alerts::event(number));
            under_way.insert(id, (number, tries));
        }
        outcome.update(&room, &lambda, start);
        storm.progress("direct", &outcome);
        let next = due.peek().map(|Reverse((at, _, _))| *at);
        let tick = now + Storm::TICK;
        let Some(ended) = lambda.ended(next.unwrap_or(tick).min(tick)) else {
            continue;
        };
        let (number, tries) = under_way.remove(&ended.id).unwrap();
        match (ended.answer, WAITS.get(tries)) {
            (Some(_), _) => outcome.delivered += 1,
            (None, Some(wait)) => due.push(Reverse((Instant::now() + *wait, number, tries + 1))),
            (None, None) => outcome.failed += 1,
        }
    }
    outcome.update(&room, &lambda, start);
    outcome
}
