//! The trigger through a buffer: the topic fills a queue, from which Lambda hands the relay batches. What the relay does not answer for
//! stays in the queue.

use std::collections::{BTreeMap, VecDeque};
use std::path::Path;
use std::time::{Duration, Instant};

use ddalert::chain::spec::{
    BATCH_SIZE, BATCH_WINDOW_S, BATCHES_AT_ONCE, BUFFER_VISIBILITY_S, KEEP_TRYING_S, max_receives,
};
use serde_json::Value;

use crate::alerts::{Queued, batch};
use crate::lambda::{Ended, Lambda};
use crate::room::Room;
use crate::storm::{Outcome, Storm};

const SIZE: usize = BATCH_SIZE as usize;
const WINDOW: Duration = Duration::from_secs(BATCH_WINDOW_S as u64);
const AT_ONCE: usize = BATCHES_AT_ONCE as usize;
const VISIBILITY: Duration = Duration::from_secs(BUFFER_VISIBILITY_S as u64);

/// What Lambda takes batches with. None comes near the 6 MB that would end it before [`SIZE`].
#[derive(Default)]
struct Poller {
    batch: Vec<Queued>,
    /// When the first message of the batch was taken.
    since: Option<Instant>,
    /// The invocation that has the batch.
    invocation: Option<usize>,
}

/// The queue.
#[derive(Default)]
struct Buffer {
    visible: VecDeque<Queued>,
    /// What was taken and not deleted, by when it can be taken again.
    hidden: BTreeMap<Instant, Vec<Queued>>,
}

/// Runs the storm until each alert is in the room or in the failure queue.
pub fn run(relay: &Path, storm: &Storm) -> Outcome {
    let room = Room::start(storm.interval);
    let lambda = Lambda::start(relay, room.address, AT_ONCE);
    let mut pollers: [Poller; AT_ONCE] = Default::default();
    let mut buffer = Buffer::default();
    let mut outcome = Outcome::default();
    let mut published = 0;
    let start = Instant::now();
    while outcome.delivered + outcome.failed < storm.alerts {
        while published < storm.alerts && start.elapsed() >= storm.time_of(published) {
            buffer.visible.push_back(Queued::now(published));
            published += 1;
        }
        outcome.failed += buffer.show(Instant::now());
        take(&mut pollers, &mut buffer);
        for poller in &mut pollers {
            poller.hand_over(&lambda);
        }
        outcome.update(&room, &lambda, start);
        storm.progress("buffered", &outcome);
        if let Some(ended) = lambda.ended(Instant::now() + Storm::TICK) {
            let poller = pollers
                .iter_mut()
                .find(|poller| poller.invocation == Some(ended.id));
            outcome.delivered += poller.unwrap().end(&ended, &mut buffer);
        }
    }
    outcome.update(&room, &lambda, start);
    outcome
}

/// Lets the pollers that have time take what is in the queue, in turn.
fn take(pollers: &mut [Poller], buffer: &mut Buffer) {
    loop {
        let mut is_taken = false;
        for poller in pollers.iter_mut().filter(|poller| poller.has_room()) {
            let Some(mut message) = buffer.visible.pop_front() else {
                return;
            };
            message.receives += 1;
            poller.since.get_or_insert_with(Instant::now);
            poller.batch.push(message);
            is_taken = true;
        }
        if !is_taken {
            return;
        }
    }
}

impl Poller {
    fn has_room(&self) -> bool {
        self.invocation.is_none() && self.batch.len() < SIZE
    }

    /// Hands the batch to a relay if it is full or its window is over.
    fn hand_over(&mut self, lambda: &Lambda) {
        let is_due = self.since.is_some_and(|since| since.elapsed() >= WINDOW);
        if self.invocation.is_none() && (is_due || self.batch.len() == SIZE) {
            self.invocation = Some(lambda.invoke(batch(&self.batch)));
        }
    }

    /// Puts back what the relay's answer names, or all if it failed, and returns the number of the others.
    fn end(&mut self, ended: &Ended, buffer: &mut Buffer) -> usize {
        let Poller { batch, since, .. } = std::mem::take(self);
        let is_kept = |place: usize| match &ended.answer {
            Some(answer) => names(answer).any(|name| name == place.to_string()),
            None => true,
        };
        let size = batch.len();
        let kept: Vec<Queued> = batch
            .into_iter()
            .enumerate()
            .filter(|(place, _)| is_kept(*place))
            .map(|(_, message)| message)
            .collect();
        let delivered = size - kept.len();
        // They are hidden from when they were taken; for simplicity, all from when the first one was.
        let hidden = buffer.hidden.entry(since.unwrap() + VISIBILITY);
        hidden.or_default().extend(kept);
        delivered
    }
}

fn names(answer: &Value) -> impl Iterator<Item = &str> {
    let failures = answer["batchItemFailures"].as_array().unwrap();
    failures
        .iter()
        .map(|failure| failure["itemIdentifier"].as_str().unwrap())
}

impl Buffer {
    /// Shows again what was hidden until `now`, and returns how many messages move to the failure queue instead.
    fn show(&mut self, now: Instant) -> usize {
        let still_hidden = self.hidden.split_off(&now);
        let shown = std::mem::replace(&mut self.hidden, still_hidden);
        let most = max_receives(KEEP_TRYING_S);
        let (again, failed): (Vec<_>, Vec<_>) = shown
            .into_values()
            .flatten()
            .partition(|message| message.receives < most);
        self.visible.extend(again);
        failed.len()
    }
}
