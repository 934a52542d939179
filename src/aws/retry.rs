//! Waiting for AWS to become consistent with what it was just told: the loop that makes a call again, and who hears of the wait.

mod polling;
mod transient;

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::AwsError;

pub use polling::{poll_past_failures, poll_until};
pub use transient::PROPAGATION_TIMEOUT;
pub(super) use transient::wait_for;

const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// Makes a call until it succeeds, or fails for a reason that does not pass by itself, or the wait for it is over.
///
/// # Errors
/// The first failure that does not pass, or the last one.
pub(super) async fn retry_transient<T, Fut>(call: impl FnMut() -> Fut) -> Result<T, AwsError>
where
    Fut: Future<Output = Result<T, AwsError>>,
{
    retry_until(wait_for, call).await
}

/// What is waited for, and for how long at most.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wait {
    /// What is being done, to which resource.
    pub task: String,
    /// Why it is not done yet: what the service answered.
    pub why: String,
    /// How long it is waited for, from the first call on.
    pub limit: Duration,
}

/// Where waits are reported.
type Report = Arc<dyn Fn(&Wait) + Send + Sync>;

tokio::task_local! {
    static REPORT: Report;
}

/// Runs a command, and reports each wait in it once, when it begins.
pub async fn reporting<F: Future>(
    report: impl Fn(&Wait) + Send + Sync + 'static,
    command: F,
) -> F::Output {
    REPORT.scope(Arc::new(report), command).await
}

/// Makes a call until it succeeds or fails for good. `wait` says how long to wait for a failure to pass, from the first call on;
/// zero makes it final.
///
/// # Errors
/// The first failure that does not pass, or the last one.
pub(super) async fn retry_until<T, Fut>(
    wait: impl Fn(&AwsError) -> Duration,
    mut call: impl FnMut() -> Fut,
) -> Result<T, AwsError>
where
    Fut: Future<Output = Result<T, AwsError>>,
{
    let start = Instant::now();
    let mut pause = FIRST_PAUSE;
    let mut is_reported = false;
    loop {
        match call().await {
            Err(failure) if Instant::now() + pause < start + wait(&failure) => {
                if !std::mem::replace(&mut is_reported, true) {
                    let begun = Wait {
                        task: failure.task.clone(),
                        why: failure.cause(),
                        limit: wait(&failure),
                    };
                    // Outside of a command there is nobody to tell.
                    let _ = REPORT.try_with(|report| report(&begun));
                }
                sleep(pause).await;
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
            outcome => return outcome,
        }
    }
}

#[cfg(test)]
mod tests;
