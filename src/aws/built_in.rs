//! The relays that are a part of this ddalert: a release carries one for each of Lambda's architectures, a plain build none.

use super::package::{Package, Source};

/// A relay that was built into ddalert.
#[derive(Debug)]
pub struct BuiltInRelay {
    /// Its architecture as Lambda names it: `arm64` or `x86_64`.
    pub architecture: &'static str,
    /// Its version.
    pub version: &'static str,
    /// The SHA-256 of its binary, in hexadecimal digits.
    pub binary_sha256: &'static str,
    /// The SHA-256 of its zip in base64: what Lambda calls `CodeSha256`.
    pub code_sha256: &'static str,
    /// The zip that Lambda takes.
    zip: &'static [u8],
}

impl BuiltInRelay {
    /// Returns it as a package that can be deployed.
    pub fn package(&self) -> Package {
        Package {
            zip: self.zip.into(),
            sha256: self.code_sha256.to_owned(),
            architecture: self.architecture,
            source: Source::BuiltIn,
        }
    }
}

/// The relays that this ddalert carries, at most one for each architecture; `arm64` comes first.
pub static BUILT_IN: &[BuiltInRelay] = include!(concat!(env!("OUT_DIR"), "/built_in_relays.rs"));
