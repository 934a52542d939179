//! `version`: which ddalert this is.

use std::fmt;

use clap::Args;
use schemars::JsonSchema;
use serde::Serialize;

use crate::aws::built_in::BUILT_IN;
use crate::cli::context::Context;
use crate::cli::error::{CliError, Exit};

/// Print the version of ddalert
#[derive(Clone, Debug, Args)]
#[command(after_long_help = "Examples:
  ddalert version
  ddalert version --output json")]
pub(crate) struct Version {}

/// What `version` answers.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct VersionReport {
    /// The version of ddalert; a relay that it deploys bears it as a tag.
    version: &'static str,
    /// The relays that are built in.
    relays: Vec<RelayReport>,
    /// What `--version` prints behind the name.
    #[serde(skip)]
    text: String,
}

/// A relay that is built in.
#[derive(Debug, Serialize, JsonSchema)]
struct RelayReport {
    /// The version of the relay.
    version: &'static str,
    /// `arm64` or `x86_64`.
    architecture: &'static str,
    /// The SHA-256 of the program, in hex.
    binary_sha256: &'static str,
    /// The SHA-256 of its zip in base64, as Lambda computes it.
    code_sha256: &'static str,
}

impl fmt::Display for VersionReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ddalert {}", self.text)
    }
}

impl Version {
    /// Prints the version; `text` is what `--version` prints behind the name.
    pub(crate) fn run(self, context: &Context, text: String) -> Result<Exit, CliError> {
        let relays = BUILT_IN.iter().map(|relay| RelayReport {
            version: relay.version,
            architecture: relay.architecture,
            binary_sha256: relay.binary_sha256,
            code_sha256: relay.code_sha256,
        });
        context.ui.answer(&[VersionReport {
            version: env!("CARGO_PKG_VERSION"),
            relays: relays.collect(),
            text,
        }])?;
        Ok(Exit::Done)
    }
}
