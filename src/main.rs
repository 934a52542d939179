//! `ddalert`, the command line: reads the environment variables that it needs, runs the command, returns its exit code.

use std::env;
use std::path::Path;
use std::process::ExitCode;

use ddalert::cli::{ProcessEnvironment, run};

fn main() -> ExitCode {
    let environment = ProcessEnvironment {
        webhook_url: env::var("DDALERT_WEBHOOK_URL").ok(),
        signing_secret: env::var("DDALERT_SIGNING_SECRET").ok(),
        extra_roots: env::var_os("SSL_CERT_FILE").map(Into::into),
        folder: env::current_exe()
            .ok()
            .as_deref()
            .and_then(Path::parent)
            .map(Into::into),
    };
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(_) => return ExitCode::FAILURE,
    };
    let code = runtime.block_on(run(env::args_os(), environment));
    // A prompt may still wait for an answer on another thread; do not wait for it.
    runtime.shutdown_background();
    code
}
