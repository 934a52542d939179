//! `ddalert-relay`, the Lambda function: reads its environment variables once and runs the Lambda runtime.

use std::env::var;
use std::process::ExitCode;

use ddalert::relay;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match relay::run(|name| var(name).ok()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            relay::report(&error, var("AWS_LAMBDA_RUNTIME_API").ok().as_deref()).await;
            ExitCode::FAILURE
        }
    }
}
