//! When to retry, and when it is too late: Lambda's deadline, and exponential backoff with jitter.

use std::time::{Duration, Instant, SystemTime};

/// How long before Lambda's deadline the last attempt ends, to have time to log and report what was not delivered.
const REPORTING_TIME: Duration = Duration::from_millis(750);

/// How long one attempt may take at most: rooms answer in well under a second, or not at all.
const MAX_ATTEMPT: Duration = Duration::from_secs(10);

/// How long one attempt must have at least: with less time left, it is pointless to wait for a retry.
const MIN_ATTEMPT: Duration = Duration::from_millis(500);

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

    /// Returns how long the next attempt may take, or `None` if no time is left.
    pub(super) fn attempt_timeout(&self) -> Option<Duration> {
        let left = self.0.saturating_duration_since(Instant::now());
        (!left.is_zero()).then(|| left.min(MAX_ATTEMPT))
    }

    /// Sleeps for `wait` if an attempt after it would still have time; if not, returns `false` at once.
    pub(super) async fn sleep(&self, wait: Duration) -> bool {
        let fits =
            wait.saturating_add(MIN_ATTEMPT) <= self.0.saturating_duration_since(Instant::now());
        if fits {
            tokio::time::sleep(wait).await;
        }
        fits
    }
}

/// Returns how long to wait after `attempts` attempts: exponential backoff, with jitter from half of it to all of it, so that
/// relays that failed together do not retry together. If the server asked for a time (`retry_after`), the wait is a little longer
/// than that.
pub(super) fn backoff(attempts: u32, retry_after: Option<Duration>) -> Duration {
    let full = FIRST_BACKOFF
        .saturating_mul(1 << attempts.saturating_sub(1).min(16))
        .min(MAX_BACKOFF);
    match retry_after {
        Some(asked) => asked.saturating_add(FIRST_BACKOFF.mul_f64(fastrand::f64())),
        None => full.mul_f64(0.5 + fastrand::f64() / 2.0),
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
