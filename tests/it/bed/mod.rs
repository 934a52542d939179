//! Proves the test bed itself, so that a test that fails on it has found something in ddalert.

mod emulator;
mod faults;
mod model;

use aws_sdk_sns::error::{DisplayErrorContext, ProvideErrorMetadata, SdkError};

/// The trust policy of a role for functions.
const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;

/// Returns the code and message of a refusal, or what kept the service from refusing.
fn refusal<T, E>(result: Result<T, SdkError<E>>) -> (String, String)
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    match result {
        Ok(_) => panic!("it was granted"),
        Err(error) => match error.as_service_error() {
            Some(refused) => (
                refused.code().unwrap_or_default().to_owned(),
                refused.message().unwrap_or_default().to_owned(),
            ),
            None => panic!(
                "it was not refused but failed: {}",
                DisplayErrorContext(error)
            ),
        },
    }
}
