//! Work on several topics at the same time, of which one may fail without taking the others' results with it.

use futures_util::future::join_all;
use serde::Serialize;

use super::context::Context;
use super::error::CliError;

/// Waits for all of them. Returns the results of those that succeeded, in order, and the first error, with the others as its
/// causes.
pub(super) async fn settle<T: Serialize>(
    context: &Context,
    work: impl IntoIterator<Item = impl Future<Output = Result<T, CliError>>>,
) -> (Vec<T>, Result<(), CliError>) {
    let kept = work
        .into_iter()
        .enumerate()
        .map(|(position, work)| async move {
            let result = work.await?;
            context.ui.so_far(position, &result);
            Ok(result)
        });
    let (mut results, mut failure) = (Vec::new(), None);
    for result in join_all(kept).await {
        match (result, failure.take()) {
            (Ok(result), earlier) => {
                results.push(result);
                failure = earlier;
            }
            (Err(error), None) => failure = Some(error),
            (Err(error), Some(first)) => failure = Some(also(first, &error)),
        }
    }
    (results, failure.map_or(Ok(()), Err))
}

/// Adds an error to the first one, where it says something else.
fn also(first: CliError, other: &CliError) -> CliError {
    if other.message() == first.message() && other.causes() == first.causes() {
        return first;
    }
    let causes = other.causes().join("; ");
    first.because(match causes.as_str() {
        "" => format!("also: {}", other.message()),
        causes => format!("also: {}: {causes}", other.message()),
    })
}
