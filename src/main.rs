//! `ddalert`, the command line: reads the environment variables that it needs, runs the command, returns its exit code.

use std::env;
use std::path::Path;
use std::process::ExitCode;

use ddalert::cli::{ProcessEnvironment, run};

fn main() -> ExitCode {
    let program = env::current_exe().ok();
    let folder = program.as_deref().and_then(Path::parent);
    let environment = ProcessEnvironment::read(|name| env::var_os(name), folder);
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(_) => return ExitCode::FAILURE,
    };
    let code = runtime.block_on(run(env::args_os(), environment));
    // A prompt may still wait for an answer on another thread; do not wait for it.
    runtime.shutdown_background();
    code
}
