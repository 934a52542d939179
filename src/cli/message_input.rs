//! Reading an alert from a file or standard input.

use std::io::Read;
use std::path::Path;

use super::fault::Fault;

/// The most that SNS takes, in bytes (SNS quotas: 256 KiB).
const LIMIT: u64 = 256 * 1024;

/// Reads a message that SNS would take; `-` is standard input.
///
/// # Errors
/// It cannot be read, is no UTF-8, is empty or too long.
pub(super) fn read(path: &Path) -> Result<String, Fault> {
    let mut message = String::new();
    let read = if path.as_os_str() == "-" {
        std::io::stdin().lock().take(LIMIT + 1).read_to_string(&mut message)
    } else {
        std::fs::File::open(path).and_then(|file| file.take(LIMIT + 1).read_to_string(&mut message))
    };
    read.map_err(|error| Fault::usage(format!("reading the alert from {} failed", path.display())).because(error))?;
    if message.is_empty() || message.len() as u64 > LIMIT {
        return Err(Fault::usage(format!("the alert in {} is empty or too long", path.display()))
            .because("SNS takes messages of 1 byte to 256 KiB"));
    }
    Ok(message)
}
