//! When to try again, and when it is too late: Lambda's deadline, and waits that grow and never coincide.

use std::time::{Duration, Instant, SystemTime};

/// What is kept back of the time that Lambda leaves, to log and to report what was not delivered.
const MARGIN: Duration = Duration::from_millis(750);

/// The most that one try may take; rooms answer in well under a second, or not at all.
const ONE_TRY: Duration = Duration::from_secs(10);

/// The least that one try is given: with less left, waiting to try again is waiting for nothing.
const LEAST_TRY: Duration = Duration::from_millis(500);

/// The first and the longest wait between two tries.
const WAITS: (Duration, Duration) = (Duration::from_millis(200), Duration::from_secs(8));

/// The moment by which everything is done or reported.
#[derive(Clone, Copy)]
pub(super) struct Deadline(Instant);

impl Deadline {
    /// The deadline of an invocation that Lambda ends at `end`. A time that is already over still allows one short try: to be
    /// cut off loses nothing, since Lambda then tries again.
    pub(super) fn of_invocation(end: SystemTime) -> Deadline {
        let left = end.duration_since(SystemTime::now()).unwrap_or_default();
        Deadline::after(left.saturating_sub(MARGIN).max(LEAST_TRY))
    }

    /// The deadline that is `time` from now.
    pub(super) fn after(time: Duration) -> Deadline {
        Deadline(Instant::now() + time)
    }

    /// Returns how long the next try may take, or nothing where it would have no time.
    pub(super) fn one_try(&self) -> Option<Duration> {
        let left = self.0.saturating_duration_since(Instant::now());
        (!left.is_zero()).then(|| left.min(ONE_TRY))
    }

    /// Waits, where a try after that would still have time; returns at once with `false` where it would not.
    pub(super) async fn pause(&self, wait: Duration) -> bool {
        let fits =
            wait.saturating_add(LEAST_TRY) <= self.0.saturating_duration_since(Instant::now());
        if fits {
            tokio::time::sleep(wait).await;
        }
        fits
    }
}

/// Returns how long to wait after `tries` tries: twice as long each time, and anything between half of it and all of it, so that
/// relays that failed together do not come back together. What a server asked for is waited for, and then a little more.
pub(super) fn wait(tries: u32, asked: Option<Duration>) -> Duration {
    let (first, longest) = WAITS;
    let full = first
        .saturating_mul(1 << tries.saturating_sub(1).min(16))
        .min(longest);
    match asked {
        Some(asked) => asked.saturating_add(first.mul_f64(fastrand::f64())),
        None => full.mul_f64(0.5 + fastrand::f64() / 2.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_a_limit_and_honour_what_was_asked() {
        let between = |tries, asked, least: u64, most: u64| {
            let wait = wait(tries, asked);
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
            assert_eq!(wait(9, Some(Duration::MAX)), Duration::MAX);
        }
    }

    #[tokio::test]
    async fn a_wait_that_does_not_fit_is_not_waited() {
        let deadline = Deadline::after(Duration::from_secs(2));
        let start = Instant::now();
        assert!(!deadline.pause(Duration::from_secs(30)).await);
        assert!(!deadline.pause(Duration::MAX).await);
        assert!(start.elapsed() < Duration::from_secs(1));
        assert!(deadline.pause(Duration::ZERO).await);
    }

    #[test]
    fn one_try_is_cut_to_what_is_left() {
        assert_eq!(
            Deadline::after(Duration::from_secs(60)).one_try(),
            Some(ONE_TRY)
        );
        assert!(
            Deadline::after(Duration::from_secs(3))
                .one_try()
                .is_some_and(|left| left <= Duration::from_secs(3))
        );
        assert_eq!(Deadline::after(Duration::ZERO).one_try(), None);
        assert!(
            Deadline::of_invocation(SystemTime::UNIX_EPOCH)
                .one_try()
                .is_some()
        );
    }
}
