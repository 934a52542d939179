//! Waiting for AWS to become consistent with what it was just told: bounded by time, keeping the last error.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::AwsError;

/// How long to wait for a new role, permission or function: public tools see up to half a minute for IAM; twice that is given.
pub const PROPAGATION_TIMEOUT: Duration = Duration::from_secs(60);

const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// Calls until it succeeds or fails for a reason that does not pass; at most for `patience`, then the last error is returned.
///
/// # Errors
/// The first that is not `passing`, or the last one.
pub async fn retry_until<T, Fut>(
    patience: Duration,
    passing: impl Fn(&AwsError) -> bool,
    mut call: impl FnMut() -> Fut,
) -> Result<T, AwsError>
where
    Fut: Future<Output = Result<T, AwsError>>,
{
    let end = Instant::now() + patience;
    let mut pause = FIRST_PAUSE;
    loop {
        match call().await {
            Err(failure) if passing(&failure) && Instant::now() + pause < end => {
                sleep(pause).await;
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
            outcome => return outcome,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failure(code: &str) -> AwsError {
        AwsError::refused("creating the function f", code, "not yet")
    }

    fn passes(failure: &AwsError) -> bool {
        failure.cause() == "not yet"
            && failure.kind
                == super::super::AwsErrorKind::Refused {
                    code: "Passing".into(),
                }
    }

    #[tokio::test(start_paused = true)]
    async fn what_passes_is_waited_for() {
        let mut calls = 0;
        let done = retry_until(PROPAGATION_TIMEOUT, passes, || {
            calls += 1;
            let outcome = if calls < 4 {
                Err(failure("Passing"))
            } else {
                Ok(calls)
            };
            async move { outcome }
        });
        assert_eq!(done.await.expect("it passes"), 4);
    }

    #[tokio::test(start_paused = true)]
    async fn the_last_error_is_kept() {
        let start = Instant::now();
        let given_up = retry_until(PROPAGATION_TIMEOUT, passes, || async {
            Err::<(), _>(failure("Passing"))
        })
        .await
        .expect_err("it never passes");
        assert_eq!(given_up.cause(), "not yet");
        assert!(start.elapsed() < PROPAGATION_TIMEOUT);
        assert!(start.elapsed() > PROPAGATION_TIMEOUT / 2);
    }

    #[tokio::test(start_paused = true)]
    async fn what_does_not_pass_is_final() {
        let start = Instant::now();
        retry_until(PROPAGATION_TIMEOUT, passes, || async {
            Err::<(), _>(failure("Final"))
        })
        .await
        .expect_err("final");
        assert_eq!(start.elapsed(), Duration::ZERO);
    }
}
