//! The relay's binary: the file that is named, else the one beside this program.

use std::path::{Path, PathBuf};

use crate::aws::package::{Package, package};
use crate::cli::context::Context;
use crate::cli::error::CliError;

/// Packs the relay's binary for Lambda.
///
/// # Errors
/// It is not there, or would not run on Lambda.
pub(crate) fn relay(context: &Context, path: Option<&Path>) -> Result<Package, CliError> {
    let path = match (path, &context.environment.folder) {
        (Some(path), _) => path.to_owned(),
        (None, Some(folder)) => folder.join("ddalert-relay"),
        (None, None) => PathBuf::from("ddalert-relay"),
    };
    let _progress = context.ui.progress("Packing the relay");
    package(&path).map_err(|error| CliError::usage(error.to_string()).hint(error.hint()))
}
