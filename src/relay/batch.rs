//! Delivers the alerts of a batch from the buffer at the room's pace: one after the other, and many of one kind, profile and behavior
//! as one digest. What the room does not take stays in the
//! buffer and comes again after a few minutes, so nothing is forced: a room that is down costs a few posts, not the function's time.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::delivery::{Delivery, DeliveryError, Outcome};
use super::log::Log;
use super::pace::{NoTurn, Pace};
use super::retry::{Deadline, backoff, duration};
use super::transport::Transport;
use super::turns::Finished;
use crate::alert::{Alert, Digest};
use crate::contract::log::LogEvent;
use crate::destination::Message;

/// How many posts in a row must fail before the room counts as down. Then the newest alert is tried as well, because the others may
/// be what the room refuses; if it fails too, nothing more is posted in this invocation.
const FAILURES_IN_A_ROW: u32 = 3;

/// How often an alert is tried in one invocation.
const ATTEMPTS: u32 = 3;

/// How often an alert is posted again because the room asked to wait, in one invocation.
const WAITS: u32 = 5;

/// The shortest wait after an answer 429 that does not say for how long.
const LEAST_WAIT: Duration = Duration::from_secs(1);

/// A message on its way.
struct Post<'a> {
    /// Its alerts, each with its place in the batch.
    alerts: Vec<(usize, &'a Alert)>,
    /// The same alerts, if the message is about several.
    digest: Option<Digest<'a>>,
    delivery: Delivery,
    start: Option<Instant>,
}

/// What came of one post.
enum Step {
    Arrived,
    /// Another post may succeed.
    Again(DeliveryError),
    /// Another post would fail as well.
    Failed(DeliveryError),
    /// No post can be made any more in this invocation; the reason is that of every alert that is left.
    Over(String),
}

/// Delivers all `messages` in this order, each with its alerts and their places in the batch, and calls `finished` once for each
/// alert, in no certain order. It returns by `deadline`. If the transport cannot begin, every alert fails for it.
pub(super) async fn deliver_batch<'a>(
    transport: &Transport,
    pace: &Pace,
    log: Log,
    messages: Vec<Vec<(usize, &'a Alert)>>,
    deadline: Deadline,
    mut finished: impl FnMut(Finished<'a>),
) {
    let mut finish = |post: Post<'a>, result: Result<(), DeliveryError>| {
        post.ended(result).for_each(&mut finished);
    };
    let posts: VecDeque<Post<'a>> = messages.into_iter().map(Post::new).collect();
    if let Err(error) = transport.begin(deadline).await {
        for post in posts {
            finish(post, Err(DeliveryError::Secret(error.clone())));
        }
        return;
    }
    let mut untried = posts;
    let mut again = Vec::new();
    let mut failures = 0;
    let time = deadline.left();
    let over = loop {
        let next = match failures >= FAILURES_IN_A_ROW {
            true => untried.pop_back(),
            false => untried.pop_front(),
        };
        let Some(mut post) = next else { break None };
        let step = post
            .step(transport, pace, log, untried.len() + 1, deadline)
            .await;
        match step {
            Step::Arrived => {
                failures = 0;
                finish(post, Ok(()));
                continue;
            }
            Step::Over(why) => {
                untried.push_front(post);
                break Some(why);
            }
            Step::Failed(error) => {
                finish(post, Err(error));
                failures += 1;
            }
            Step::Again(error) => {
                again.push((post, error));
                failures += 1;
            }
        }
        if failures > FAILURES_IN_A_ROW {
            break Some(format!("the {failures} messages before it failed"));
        }
    };
    if let Some(why) = over {
        for post in untried {
            let error = format!("not posted, because {why}");
            finish(post, Err(DeliveryError::Room(error)));
        }
        for (post, error) in again {
            finish(post, Err(error));
        }
        return;
    }
    for attempt in 2..=ATTEMPTS {
        // The rest of the time is better spent on the next batch.
        if again.is_empty()
            || deadline.left() < time / 2
            || !deadline.sleep(backoff(attempt, None)).await
        {
            break;
        }
        let mut is_over = false;
        for (mut post, error) in std::mem::take(&mut again) {
            if is_over {
                again.push((post, error));
                continue;
            }
            match post.step(transport, pace, log, 1, deadline).await {
                Step::Arrived => finish(post, Ok(())),
                Step::Failed(error) => finish(post, Err(error)),
                Step::Again(error) => {
                    is_over = deadline.left() < time / 2;
                    again.push((post, error));
                }
                Step::Over(_) => {
                    is_over = true;
                    again.push((post, error));
                }
            }
        }
        if is_over {
            break;
        }
    }
    for (post, error) in again {
        finish(post, Err(error));
    }
}

impl<'a> Post<'a> {
    fn new(alerts: Vec<(usize, &'a Alert)>) -> Post<'a> {
        Post {
            digest: Digest::of(alerts.iter().map(|(_, alert)| *alert).collect()),
            alerts,
            delivery: Delivery::default(),
            start: None,
        }
    }

    /// Posts once, at the room's pace; and again where the room asks to wait and there is time for that.
    async fn step(
        &mut self,
        transport: &Transport,
        pace: &Pace,
        log: Log,
        to_go: usize,
        deadline: Deadline,
    ) -> Step {
        let mut asked = 0;
        loop {
            if let Err(no_turn) = pace.turn(deadline).await {
                return Step::Over(match no_turn {
                    NoTurn::Asked(wait) => format!("the room asked to wait {}", duration(wait)),
                    NoTurn::NoTime => "no time was left in this batch".to_owned(),
                });
            }
            self.start.get_or_insert_with(Instant::now);
            let message = match (&self.digest, self.alerts.first()) {
                (Some(digest), _) => Message::Digest(digest),
                (None, Some((_, alert))) => Message::Alert(alert),
                (None, None) => return Step::Arrived,
            };
            let until = deadline.share(to_go.min(pace.posts_within(deadline)));
            let outcome = transport.attempt(&message, &mut self.delivery, until).await;
            let (after, error) = match outcome {
                Outcome::Arrived => return Step::Arrived,
                Outcome::Failed(error) => return Step::Failed(error),
                Outcome::Again { after, error } => (after, error),
            };
            // Another room answers 429 without a time.
            let is_limited = self.delivery.status == Some(429);
            let after = after.or_else(|| is_limited.then_some(LEAST_WAIT));
            let wait = backoff(self.delivery.attempts, after);
            for (_, alert) in &self.alerts {
                log.write(LogEvent::NotYet {
                    sns_message_id: alert.origin.message_id.clone(),
                    attempt: self.delivery.attempts,
                    status: self.delivery.status,
                    reason: error.to_string(),
                    wait_ms: u64::try_from(wait.as_millis()).unwrap_or(u64::MAX),
                });
            }
            if after.is_none() {
                return Step::Again(error);
            }
            pace.asked_to_wait(wait);
            asked += 1;
            if asked > WAITS {
                return Step::Again(error);
            }
        }
    }

    fn ended(
        self,
        result: Result<(), DeliveryError>,
    ) -> impl Iterator<Item = Finished<'a>> + use<'a> {
        let Post {
            alerts,
            delivery,
            start,
            ..
        } = self;
        let start = start.unwrap_or_else(Instant::now);
        let alerts_in_message = alerts.len();
        alerts.into_iter().map(move |(index, alert)| Finished {
            index,
            alert,
            delivery: delivery.clone(),
            start,
            alerts_in_message,
            result: result.clone(),
        })
    }
}
