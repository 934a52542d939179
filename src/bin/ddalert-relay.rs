//! `ddalert-relay`, the Lambda function: reads its environment variables once and runs the Lambda runtime.

use std::env::{args_os, var};
use std::io::Write;
use std::process::ExitCode;

use ddalert::contract::relay_version::RELAY_VERSION_LINE;
use ddalert::relay;

// Of this flavor nothing of the scheduler for several threads is linked, nor the system's mathematics library for it.
#[tokio::main(flavor = "local")]
async fn main() -> ExitCode {
    if args_os()
        .nth(1)
        .is_some_and(|argument| argument == "--version")
    {
        let written = std::io::stdout().write_all(RELAY_VERSION_LINE.as_bytes());
        return written.map_or(ExitCode::FAILURE, |()| ExitCode::SUCCESS);
    }
    relay::log_panics();
    match relay::run(|name| var(name).ok()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            relay::report(&error, var("AWS_LAMBDA_RUNTIME_API").ok().as_deref()).await;
            ExitCode::FAILURE
        }
    }
}
