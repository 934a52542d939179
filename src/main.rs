//! `ddalert`, the command line: reads the environment variables that it needs, runs the command, returns its exit code.

use std::env;
use std::ffi::OsString;
use std::path::Path;
use std::process::ExitCode;
use std::thread;

use ddalert::cli::{ProcessEnvironment, end_on_panic, print_version, run};
use tokio::runtime::Builder;

/// Enough for the deepest command, also in a debug build: the first thread of Windows has only 1 MiB.
const STACK_BYTES: usize = 32 << 20;

fn main() -> ExitCode {
    end_on_panic();
    let arguments: Vec<OsString> = env::args_os().collect();
    if let Some(code) = print_version(&arguments) {
        return code;
    }
    let command = thread::Builder::new()
        .stack_size(STACK_BYTES)
        .spawn(|| command(arguments));
    command.map_or(ExitCode::FAILURE, |command| {
        command.join().unwrap_or(ExitCode::FAILURE)
    })
}

fn command(arguments: Vec<OsString>) -> ExitCode {
    let program = env::current_exe().ok();
    let folder = program.as_deref().and_then(Path::parent);
    let environment = ProcessEnvironment::read(|name| env::var_os(name), folder);
    // A command waits for AWS: more threads would only be more to start.
    let runtime = Builder::new_current_thread().enable_all().build();
    let Ok(runtime) = runtime else {
        return ExitCode::FAILURE;
    };
    let code = runtime.block_on(run(arguments, environment));
    // A prompt may still wait for an answer on another thread; do not wait for it.
    runtime.shutdown_background();
    code
}
