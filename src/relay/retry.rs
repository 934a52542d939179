//! When to retry, and when it is too late: Lambda's deadline, and exponential backoff with jitter.

use std::time::{Duration, Instant, SystemTime};

/// How long before Lambda's deadline the last attempt ends, to have time to log and report what was not delivered.
const REPORTING_TIME: Duration = Duration::from_millis(750);

/// How long one attempt may take at most: rooms answer in well under a second, or not at all.
const MAX_ATTEMPT: Duration = Duration::from_secs(10);

/// How long one attempt must have at least: with less time left, it is pointless to wait for a retry.
pub(super) const MIN_ATTEMPT: Duration = Duration::from_millis(500);

/// The first wait between two attempts.
const FIRST_BACKOFF: Duration = Duration::from_millis(200);

/// The longest wait between two attempts, unless a server asks for more.
const MAX_BACKOFF: Duration = Duration::from_secs(8);

/// The moment by which every delivery has succeeded or failed.
#[derive(Clone, Copy)]
pub(super) struct Deadline(Instant);

impl Deadline {
    /// The deadline of an invocation that Lambda ends at `end`. If that is already over, one short attempt is still allowed: if
    /// Lambda cuts it off, nothing is lost, because Lambda then retries.
    pub(super) fn of_invocation(end: SystemTime) -> Deadline {
        let left = end.duration_since(SystemTime::now()).unwrap_or_default();
        Deadline::after(left.saturating_sub(REPORTING_TIME).max(MIN_ATTEMPT))
    }

    /// The deadline that is `time` from now.
    pub(super) fn after(time: Duration) -> Deadline {
        Deadline(Instant::now() + time)
    }

    /// Returns the moment by which one of `number` deliveries that follow each other must end, so that each gets the same share of
    /// the time that is left; but at least [`MIN_ATTEMPT`], because an attempt with less would fail at any room.
    pub(super) fn share(&self, number: usize) -> Deadline {
        let share = self.left() / u32::try_from(number.max(1)).unwrap_or(u32::MAX);
        Deadline((Instant::now() + share.max(MIN_ATTEMPT)).min(self.0))
    }

    /// Returns how much time is left.
    pub(super) fn left(&self) -> Duration {
        self.0.saturating_duration_since(Instant::now())
    }

    /// Returns how long the next attempt may take, or `None` if no time is left.
    pub(super) fn attempt_timeout(&self) -> Option<Duration> {
        let left = self.left();
        (!left.is_zero()).then(|| left.min(MAX_ATTEMPT))
    }

    /// Returns whether an attempt after `wait` would still have time.
    pub(super) fn has_time_after(&self, wait: Duration) -> bool {
        wait.saturating_add(MIN_ATTEMPT) <= self.left()
    }

    /// Sleeps for `wait` if an attempt after it would still have time; if not, returns `false` at once.
    pub(super) async fn sleep(&self, wait: Duration) -> bool {
        let fits = self.has_time_after(wait);
        if fits {
            tokio::time::sleep(wait).await;
        }
        fits
    }
}

/// Returns how long to wait after `attempts` attempts: exponential backoff, with jitter from half of it to all of it, so that
/// relays that failed together do not retry together. What the server asked for (`retry_after`) is a floor: it can lengthen the
/// wait, and no server can make the relay post without a pause.
pub(super) fn backoff(attempts: u32, retry_after: Option<Duration>) -> Duration {
    let full = FIRST_BACKOFF
        .saturating_mul(1 << attempts.saturating_sub(1).min(16))
        .min(MAX_BACKOFF);
    let own = full.mul_f64(0.5 + fastrand::f64() / 2.0);
    match retry_after {
        Some(asked) => asked
            .saturating_add(FIRST_BACKOFF.mul_f64(fastrand::f64()))
            .max(own),
        None => own,
    }
}

/// Returns why there is no further attempt: the wait that the room asked for, if it is that one which is too long for `deadline`.
pub(super) fn no_time(deadline: Deadline, retry_after: Option<Duration>) -> String {
    match retry_after.filter(|asked| !deadline.has_time_after(*asked)) {
        Some(asked) => format!(
            "it asked to wait {}, longer than the time that was left",
            duration(asked)
        ),
        None => "no time was left to try again".to_owned(),
    }
}

/// Returns a time for people: `0.6 s`, `30 s`, `90 min`, `24 h`.
pub(super) fn duration(time: Duration) -> String {
    match time.as_secs() {
        0..10 if time.subsec_millis() > 0 => format!("{:.1} s", time.as_secs_f64()),
        seconds @ 0..300 => format!("{seconds} s"),
        seconds @ 300..18_000 => format!("{} min", seconds.div_ceil(60)),
        seconds => format!("{} h", seconds.div_ceil(3600)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_backoff_grows_to_a_limit_and_honours_retry_after() {
        let between = |tries, asked, least: u64, most: u64| {
            let wait = backoff(tries, asked);
            assert!(
                wait >= Duration::from_millis(least) && wait <= Duration::from_millis(most),
                "{tries}: {wait:?}"
            );
        };
        for _ in 0..100 {
            between(1, None, 100, 200);
            between(2, None, 200, 400);
            between(3, None, 400, 800);
            between(u32::MAX, None, 4000, 8000);
            between(1, Some(Duration::from_secs(30)), 30_000, 30_200);
            between(1, Some(Duration::ZERO), 100, 200);
            between(6, Some(Duration::ZERO), 3200, 6400);
            between(6, Some(Duration::from_secs(2)), 3200, 6400);
            assert_eq!(backoff(9, Some(Duration::MAX)), Duration::MAX);
        }
    }

    #[tokio::test]
    async fn a_wait_that_does_not_fit_returns_at_once() {
        let deadline = Deadline::after(Duration::from_secs(2));
        let start = Instant::now();
        assert!(!deadline.sleep(Duration::from_secs(30)).await);
        assert!(!deadline.sleep(Duration::MAX).await);
        assert!(start.elapsed() < Duration::from_secs(1));
        assert!(deadline.sleep(Duration::ZERO).await);
    }

    #[test]
    fn the_time_is_shared_out_but_never_too_thin_to_be_of_use() {
        let deadline = Deadline::after(Duration::from_secs(20));
        let share = |number| deadline.share(number).left().as_millis();
        for (number, least, most) in [
            (0, 19_900, 20_000),
            (1, 19_900, 20_000),
            (4, 4900, 5000),
            (1000, 450, 500),
        ] {
            assert!(
                (least..=most).contains(&share(number)),
                "{number}: {}",
                share(number)
            );
        }
        let short = Deadline::after(Duration::from_millis(100));
        assert!(short.share(3).left() <= Duration::from_millis(100));
    }

    #[test]
    fn a_wait_is_blamed_on_the_room_only_if_it_asked_for_it() {
        let deadline = Deadline::after(Duration::from_secs(2));
        let seconds = Duration::from_secs_f64;
        for (asked, words) in [
            (None, "no time was left to try again"),
            (Some(seconds(0.0)), "no time was left to try again"),
            (Some(seconds(1.0)), "no time was left to try again"),
            (
                Some(seconds(2.5)),
                "it asked to wait 2.5 s, longer than the time that was left",
            ),
            (
                Some(seconds(30.0)),
                "it asked to wait 30 s, longer than the time that was left",
            ),
            (
                Some(seconds(3600.0)),
                "it asked to wait 60 min, longer than the time that was left",
            ),
            (
                Some(seconds(86_400.0)),
                "it asked to wait 24 h, longer than the time that was left",
            ),
        ] {
            assert_eq!(no_time(deadline, asked), words);
        }
    }

    #[test]
    fn an_attempt_is_cut_to_the_time_left() {
        assert_eq!(
            Deadline::after(Duration::from_secs(60)).attempt_timeout(),
            Some(MAX_ATTEMPT)
        );
        assert!(
            Deadline::after(Duration::from_secs(3))
                .attempt_timeout()
                .is_some_and(|left| left <= Duration::from_secs(3))
        );
        assert_eq!(Deadline::after(Duration::ZERO).attempt_timeout(), None);
        assert!(
            Deadline::of_invocation(SystemTime::UNIX_EPOCH)
                .attempt_timeout()
                .is_some()
        );
    }
}
