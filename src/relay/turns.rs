//! Takes the alerts of an event in turns: each is tried once before any is tried again, and none uses up the time of the others.
//!
//! Normally one attempt follows the other. An attempt that takes long is not waited for: the next one starts beside it, up to
//! [`MAX_UNDER_WAY`] at a time. The time that Lambda leaves is shared out among the alerts that have not been tried. If the room asks
//! to wait and there is time for that, all wait, also those of the next event.

use std::cmp::Ordering;
use std::collections::BinaryHeap;
use std::time::{Duration, Instant};

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;

use super::delivery::{Delivery, DeliveryError, Outcome};
use super::log::Log;
use super::pace::Pace;
use super::retry::{Deadline, backoff, no_time};
use super::transport::Transport;
use crate::alert::Alert;
use crate::contract::log::LogEvent;
use crate::destination::Message;

/// How many attempts can be under way at the same time, if the room is slow: each holds a connection and its buffers.
const MAX_UNDER_WAY: usize = 16;

/// How long the next attempt waits for the one before it, if there is time for that: most rooms answer within it.
const PATIENCE: Duration = Duration::from_millis(500);

/// The shortest wait for the attempt before, however many alerts an event holds.
const MIN_PATIENCE: Duration = Duration::from_millis(5);

/// An alert on its way.
struct Turn<'a> {
    /// Its place in the event.
    index: usize,
    alert: &'a Alert,
    delivery: Delivery,
    /// When the relay turned to it.
    start: Instant,
}

/// An alert whose last attempt failed and that is tried again at `due`.
struct Waiting<'a> {
    due: Instant,
    turn: Turn<'a>,
    error: DeliveryError,
    asked: Option<Duration>,
}

/// An alert that arrived or failed.
pub(super) struct Finished<'a> {
    /// Its place in the event.
    pub(super) index: usize,
    pub(super) alert: &'a Alert,
    pub(super) delivery: Delivery,
    /// When the relay turned to it.
    pub(super) start: Instant,
    /// How many alerts the message had that it was posted in.
    pub(super) alerts_in_message: usize,
    pub(super) result: Result<(), DeliveryError>,
}

/// Delivers all `alerts`, each with its place in the event, and calls `finished` once for each of them, in no certain order.
/// It returns by `deadline`, give or take what `finished` takes. If the transport cannot begin, every alert fails for it.
pub(super) async fn take_turns<'a>(
    transport: &Transport,
    pace: &Pace,
    log: Log,
    alerts: impl ExactSizeIterator<Item = (usize, &'a Alert)>,
    deadline: Deadline,
    mut finished: impl FnMut(Finished<'a>),
) {
    let mut untried = alerts;
    if let Err(error) = transport.begin(deadline).await {
        for (index, alert) in untried {
            finished(Finished {
                index,
                alert,
                delivery: Delivery::default(),
                start: Instant::now(),
                alerts_in_message: 1,
                result: Err(DeliveryError::Secret(error.clone())),
            });
        }
        return;
    }
    let mut waiting = BinaryHeap::<Waiting<'a>>::new();
    let mut under_way = FuturesUnordered::new();
    // The attempt that started last, if it is still under way, and when it did.
    let mut newest: Option<(usize, Instant)> = None;
    loop {
        let now = Instant::now();
        // When the next attempt may start beside those that are under way; `None`: not before one of them ends.
        let free_at = match newest {
            _ if under_way.len() >= MAX_UNDER_WAY => None,
            Some((_, start)) => Some(start + patience(deadline, untried.len())),
            None => Some(now),
        };
        let next_at = match (free_at, untried.len(), waiting.peek()) {
            (None, _, _) | (_, 0, None) => None,
            (Some(free), 0, Some(first)) => Some(free.max(first.due)),
            (Some(free), _, _) => Some(free),
        };
        // All wait only if there were time for as long a wait before each alert that has not been tried: a room can also refuse a
        // single alert this way, and the others must not stay untried for it.
        let turns = u32::try_from(untried.len().max(1)).unwrap_or(u32::MAX);
        let asked = pace.asked();
        let asked = asked.filter(|wait| deadline.has_time_after(wait.saturating_mul(turns)));
        let next_at = next_at.map(|at| asked.map_or(at, |wait| at.max(now + wait)));
        if next_at.is_some_and(|at| at <= now) {
            let turn = match untried.next() {
                Some((index, alert)) => Turn::new(index, alert),
                None => match waiting.pop() {
                    Some(first) if deadline.attempt_timeout().is_some() => first.turn,
                    Some(late) => {
                        finished(late.given_up(deadline));
                        continue;
                    }
                    None => continue,
                },
            };
            newest = Some((turn.index, now));
            let to_go = 1 + untried.len();
            let until = deadline.share(to_go.div_ceil(MAX_UNDER_WAY));
            under_way.push(attempt(transport, turn, until));
            continue;
        }
        if under_way.is_empty() && next_at.is_none() {
            return;
        }
        tokio::select! {
            Some((turn, outcome)) = under_way.next(), if !under_way.is_empty() => {
                newest = newest.filter(|(index, _)| *index != turn.index);
                match outcome {
                    Outcome::Arrived => finished(turn.ended(Ok(()))),
                    Outcome::Failed(error) => finished(turn.ended(Err(error))),
                    Outcome::Again { after, error } => {
                        let wait = backoff(turn.delivery.attempts, after);
                        if after.is_some() {
                            pace.asked_to_wait(wait);
                        }
                        log.write(LogEvent::NotYet {
                            sns_message_id: turn.alert.origin.message_id.clone(),
                            attempt: turn.delivery.attempts,
                            status: turn.delivery.status,
                            reason: error.to_string(),
                            wait_ms: u64::try_from(wait.as_millis()).unwrap_or(u64::MAX),
                        });
                        let again = Waiting { due: Instant::now() + wait, turn, error, asked: after };
                        if deadline.has_time_after(wait) {
                            waiting.push(again);
                        } else {
                            finished(again.given_up(deadline));
                        }
                    }
                }
            }
            () = sleep_until(next_at), if next_at.is_some() => {}
        }
    }
}

async fn attempt<'a>(
    transport: &Transport,
    mut turn: Turn<'a>,
    until: Deadline,
) -> (Turn<'a>, Outcome) {
    let outcome = transport
        .attempt(&Message::Alert(turn.alert), &mut turn.delivery, until)
        .await;
    (turn, outcome)
}

async fn sleep_until(at: Option<Instant>) {
    if let Some(at) = at {
        tokio::time::sleep_until(at.into()).await;
    }
}

/// Returns how long the next attempt waits for the one before it: less, the more alerts have not been tried at all.
fn patience(deadline: Deadline, untried: usize) -> Duration {
    let share = deadline.left() / u32::try_from(untried.max(1)).unwrap_or(u32::MAX);
    share.clamp(MIN_PATIENCE, PATIENCE)
}

impl<'a> Turn<'a> {
    fn new(index: usize, alert: &'a Alert) -> Turn<'a> {
        Turn {
            index,
            alert,
            delivery: Delivery::default(),
            start: Instant::now(),
        }
    }

    fn ended(self, result: Result<(), DeliveryError>) -> Finished<'a> {
        Finished {
            index: self.index,
            alert: self.alert,
            delivery: self.delivery,
            start: self.start,
            alerts_in_message: 1,
            result,
        }
    }
}

impl<'a> Waiting<'a> {
    fn given_up(self, deadline: Deadline) -> Finished<'a> {
        let error = self.error.because(&no_time(deadline, self.asked));
        self.turn.ended(Err(error))
    }
}

/// The heap gives the alert that is due first.
impl Ord for Waiting<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        (other.due, other.turn.index).cmp(&(self.due, self.turn.index))
    }
}

impl PartialOrd for Waiting<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Waiting<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Waiting<'_> {}
