//! Opens a page in the browser that the system has for pages.

use std::ffi::OsStr;
use std::io::ErrorKind;
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::Duration;

use tokio::time::{Instant, sleep};

/// How long a program may take to fail. One that still runs then has opened the page: some start the browser and wait for it.
const PATIENCE: Duration = Duration::from_secs(3);
/// How often it is looked whether the program has ended.
const PAUSE: Duration = Duration::from_millis(50);

/// Opens the page, without waiting until it is closed again.
///
/// # Errors
/// Why no program could open it.
pub(super) async fn open(page: &Path) -> Result<(), String> {
    let mut reason = "no browser was found".to_owned();
    for mut command in open::commands(page) {
        let program = name(command.get_program());
        command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        match command.spawn() {
            Ok(child) => match ended(child).await {
                None => return Ok(()),
                Some(why) => reason = format!("{program} found no browser ({why})"),
            },
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => reason = format!("{program} cannot be started: {error}"),
        }
    }
    Err(reason)
}

fn name(program: &OsStr) -> String {
    program.to_string_lossy().into_owned()
}

/// Returns how the program failed; nothing if it succeeded or still runs.
async fn ended(mut child: Child) -> Option<String> {
    let end = Instant::now() + PATIENCE;
    loop {
        match child.try_wait() {
            Ok(Some(status)) if status.success() => return None,
            Ok(Some(status)) => return Some(status.to_string()),
            Ok(None) if Instant::now() >= end => return None,
            Ok(None) => sleep(PAUSE).await,
            Err(error) => return Some(error.to_string()),
        }
    }
}
