//! How fast a relay may post to a room: the service's documented rate, and the wait that a room asked for, across all batches.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use super::retry::Deadline;
use crate::contract::batch::BATCHES_AT_ONCE;
use crate::sync::lock;

/// How long a room's wait is honoured at most before it is asked again.
const LONGEST_HOLD: Duration = Duration::from_secs(15 * 60);

/// The pace of one relay.
pub(super) struct Pace {
    /// The time between two posts: of [`BATCHES_AT_ONCE`] relays at the same time, each posts at its share of the rate.
    interval: Duration,
    /// When the next post may be made.
    next: Mutex<Option<Next>>,
}

/// When the next post may be made.
#[derive(Clone, Copy)]
struct Next {
    at: Instant,
    /// Whether the room asked for it, and does not only document it.
    is_asked: bool,
}

/// Why there is no post.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NoTurn {
    /// The room asked to wait for this long yet.
    Asked(Duration),
    /// There is no time left for it in this invocation.
    NoTime,
}

impl Pace {
    /// The pace of a room that takes a message in every `interval`.
    pub(super) fn new(interval: Duration) -> Pace {
        Pace {
            interval: interval.saturating_mul(BATCHES_AT_ONCE),
            next: Mutex::default(),
        }
    }

    /// Returns how many posts fit into the time that is left, at least one.
    pub(super) fn posts_within(&self, deadline: Deadline) -> usize {
        match self.interval.as_millis() {
            0 => usize::MAX,
            interval => {
                let posts = deadline.left().as_millis() / interval + 1;
                usize::try_from(posts).unwrap_or(usize::MAX)
            }
        }
    }

    /// Waits for the next turn and takes it.
    ///
    /// # Errors
    /// The turn would come too late for an attempt by `deadline`. Then nothing is waited for.
    pub(super) async fn turn(&self, deadline: Deadline) -> Result<(), NoTurn> {
        let now = Instant::now();
        let next = lock(&self.next).filter(|next| next.at > now);
        if let Some(Next { at, is_asked }) = next {
            let wait = at - now;
            if !deadline.sleep(wait).await {
                return Err(match is_asked {
                    true => NoTurn::Asked(wait),
                    false => NoTurn::NoTime,
                });
            }
        }
        if !deadline.has_time_after(Duration::ZERO) {
            return Err(NoTurn::NoTime);
        }
        self.hold();
        Ok(())
    }

    /// Returns how long the room asks to wait yet.
    pub(super) fn asked(&self) -> Option<Duration> {
        let next = lock(&self.next).filter(|next| next.is_asked)?;
        let left = next.at.saturating_duration_since(Instant::now());
        (!left.is_zero()).then_some(left)
    }

    /// Makes no post for as long as the room asked.
    ///
    /// The room did not take the last post, so that the next one need not wait for the relay's share of the rate, only for the
    /// room's own. Otherwise two relays of one pace would meet at the same point of every turn, and the room would refuse the same
    /// one each time.
    pub(super) fn asked_to_wait(&self, wait: Duration) {
        let asked = Instant::now() + wait.min(LONGEST_HOLD);
        let share = self.interval - self.interval / BATCHES_AT_ONCE;
        let mut next = lock(&self.next);
        let at = match *next {
            Some(Next {
                at,
                is_asked: false,
            }) => asked.max(at.checked_sub(share).unwrap_or(at)),
            Some(Next { at, is_asked: true }) => asked.max(at),
            None => asked,
        };
        *next = Some(Next { at, is_asked: true });
    }

    /// Makes no post for the relay's share of the rate.
    fn hold(&self) {
        let at = Instant::now() + self.interval;
        let mut next = lock(&self.next);
        if next.is_none_or(|next| next.at < at) {
            *next = Some(Next {
                at,
                is_asked: false,
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn in_ms(ms: u64) -> Deadline {
        Deadline::after(Duration::from_millis(ms))
    }

    #[tokio::test]
    async fn a_post_waits_for_its_share_of_the_rate() {
        let pace = Pace::new(Duration::from_millis(50));
        let start = Instant::now();
        for _ in 0..4 {
            pace.turn(in_ms(60_000)).await.expect("a turn");
        }
        assert!(start.elapsed() >= 3 * BATCHES_AT_ONCE * Duration::from_millis(50));
        assert_eq!(pace.posts_within(in_ms(1050)), 11);
        assert_eq!(Pace::new(Duration::ZERO).posts_within(in_ms(1)), usize::MAX);
    }

    #[tokio::test]
    async fn a_wait_that_a_room_asks_for_holds_every_later_post() {
        let pace = Pace::new(Duration::from_millis(1));
        pace.turn(in_ms(60_000)).await.expect("a turn");
        assert_eq!(pace.asked(), None, "its own rate is not asked for");
        pace.asked_to_wait(Duration::from_millis(150));
        assert!(pace.asked() > Some(Duration::from_millis(100)));
        let start = Instant::now();
        pace.turn(in_ms(60_000)).await.expect("a turn");
        assert!(start.elapsed() >= Duration::from_millis(150));
        pace.asked_to_wait(Duration::from_secs(30));
        for _ in 0..2 {
            let start = Instant::now();
            let asked = pace.turn(in_ms(5000)).await.expect_err("no turn");
            assert!(
                matches!(asked, NoTurn::Asked(wait) if wait > Duration::from_secs(28)),
                "{asked:?}"
            );
            assert!(
                start.elapsed() < Duration::from_secs(1),
                "nothing is waited for"
            );
        }
        // Hours are not believed.
        pace.asked_to_wait(Duration::MAX);
        let asked = pace.turn(in_ms(5000)).await.expect_err("no turn");
        assert!(
            matches!(asked, NoTurn::Asked(wait) if wait <= LONGEST_HOLD),
            "{asked:?}"
        );
    }

    #[tokio::test]
    async fn a_post_that_was_refused_does_not_use_up_a_turn() {
        let room = Duration::from_millis(200);
        for (asked, least) in [(300, 300), (0, 200), (900, 900)] {
            let pace = Pace::new(room);
            pace.turn(in_ms(60_000)).await.expect("a turn");
            let start = Instant::now();
            pace.asked_to_wait(Duration::from_millis(asked));
            let next = lock(&pace.next).expect("a wait").at;
            let wait = next.duration_since(start).as_millis();
            // The turn was taken a moment before, and this was asked a moment after.
            assert!(
                (least - 50..least + 50).contains(&wait),
                "asked {asked} ms, waits {wait} ms"
            );
        }
    }

    #[tokio::test]
    async fn without_time_there_is_no_turn() {
        let pace = Pace::new(Duration::from_secs(1));
        assert_eq!(pace.turn(in_ms(10)).await, Err(NoTurn::NoTime));
        pace.turn(in_ms(1000)).await.expect("a turn");
        assert_eq!(pace.turn(in_ms(1000)).await, Err(NoTurn::NoTime));
    }
}
