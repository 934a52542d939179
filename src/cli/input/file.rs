//! Reading what is given by name: a file, or standard input for `-`.

use std::io::Read;
use std::path::{Path, PathBuf};

use crate::cli::error::CliError;

/// The most that SNS takes, in bytes (SNS quotas: 256 KiB).
const LIMIT: u64 = 256 * 1024;

/// Reads a message that SNS would take; `-` is standard input.
///
/// # Errors
/// It cannot be read, is no UTF-8, is empty or too long.
pub(crate) fn read(path: &Path) -> Result<String, CliError> {
    let message = text(path, "the alert", LIMIT)?;
    if message.is_empty() || message.len() as u64 > LIMIT {
        return Err(CliError::usage(format!(
            "the alert in {} is empty or longer than SNS accepts",
            path.display()
        ))
        .because("SNS accepts messages of 1 byte to 256 KiB"));
    }
    Ok(message)
}

/// Reads a text; `-` is standard input. A text longer than `limit` bytes comes back longer than `limit`, but not whole.
///
/// # Errors
/// It cannot be read, or is no UTF-8; `what` is the text's name: "the alert".
pub(crate) fn text(path: &Path, what: &str, limit: u64) -> Result<String, CliError> {
    let mut text = String::new();
    let read = if path.as_os_str() == "-" {
        std::io::stdin()
            .lock()
            .take(limit + 1)
            .read_to_string(&mut text)
    } else {
        std::fs::File::open(path).and_then(|file| file.take(limit + 1).read_to_string(&mut text))
    };
    let failed = || format!("reading {what} from {} failed", path.display());
    read.map_err(|error| {
        CliError::usage(failed())
            .because(error)
            .hint("give a text file, or - for standard input")
    })?;
    Ok(text)
}

/// Refuses where several options name standard input, which can be read only once.
///
/// # Errors
/// A usage error that names the options.
pub(crate) fn check_standard_input<'a>(
    files: impl IntoIterator<Item = (&'a str, Option<&'a PathBuf>)>,
) -> Result<(), CliError> {
    let is_standard_input =
        |path: Option<&PathBuf>| path.is_some_and(|path| path.as_os_str() == "-");
    let named: Vec<&str> = files
        .into_iter()
        .filter(|(_, path)| is_standard_input(*path))
        .map(|(option, _)| option)
        .collect();
    match named.len() {
        0 | 1 => Ok(()),
        _ => Err(CliError::usage(format!(
            "{} name standard input, which can be read only once",
            named.join(" and ")
        ))
        .hint("give all but one of them as files")),
    }
}
