//! Asking AWS again and again until there is an answer.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::aws::AwsError;

/// Asks every `interval` until there is an answer; returns `None` if no answer came before `end`.
///
/// # Errors
/// The first failure.
pub async fn poll_until<T, Fut>(
    end: Instant,
    interval: Duration,
    mut ask: impl FnMut() -> Fut,
) -> Result<Option<T>, AwsError>
where
    Fut: Future<Output = Result<Option<T>, AwsError>>,
{
    loop {
        match ask().await? {
            None if Instant::now() + interval < end => sleep(interval).await,
            answer => return Ok(answer),
        }
    }
}

/// Asks every `interval` until there is an answer, as [`poll_until`] does, and goes on after a failure that can pass: a service that
/// is not reached or answers 5xx, and throttling.
///
/// # Errors
/// The first failure that does not pass; or the last one, if no question was answered since.
pub async fn poll_past_failures<T, Fut>(
    end: Instant,
    interval: Duration,
    mut ask: impl FnMut() -> Fut,
) -> Result<Option<T>, AwsError>
where
    Fut: Future<Output = Result<Option<T>, AwsError>>,
{
    loop {
        let asked = ask().await;
        let goes_on = match &asked {
            Ok(answer) => answer.is_none(),
            Err(failure) => failure.can_pass(),
        };
        if !goes_on || Instant::now() + interval >= end {
            return asked;
        }
        sleep(interval).await;
    }
}
