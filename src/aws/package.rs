//! The relay's binary as Lambda takes it: an ELF file that fits Amazon Linux 2023, in a zip that is the same for the same binary.
//!
//! The build script packs the relays that are built into ddalert with this file too, so it imports nothing of the crate but
//! the file `elf.rs`.

use std::borrow::Cow;
use std::fmt;
use std::io::{Cursor, Write};
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use object::elf::{EM_AARCH64, EM_X86_64};
use sha2::{Digest, Sha256};
use thiserror::Error;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

use super::elf;

/// The newest GLIBC that Amazon Linux 2023 has (2.34), as major and minor number.
const GLIBC_LIMIT: (u32, u32) = (2, 34);
/// The first GLIBC whose programs can ask for a feature by name in place of a number (`GLIBC_ABI_DT_RELR`).
const GLIBC_FEATURES: (u32, u32) = (2, 36);
/// The loaders that Amazon Linux 2023 has, by architecture.
const LOADERS: [(&str, &str); 2] = [
    (X86_64, "/lib64/ld-linux-x86-64.so.2"),
    (ARM64, "/lib/ld-linux-aarch64.so.1"),
];
/// Lambda's name of the 64-bit Intel and AMD processors.
pub const X86_64: &str = "x86_64";
/// Lambda's name of the 64-bit Arm processors.
pub const ARM64: &str = "arm64";
/// The largest zip that Lambda takes directly, in bytes (Lambda quotas: 50 MB).
const ZIP_LIMIT: usize = 50 * 1024 * 1024;

/// A zip ready for Lambda.
pub struct Package {
    /// The zip, with the one entry `bootstrap`.
    pub zip: Cow<'static, [u8]>,
    /// Its SHA-256 in base64, as Lambda computes it.
    pub sha256: String,
    /// `x86_64` or `arm64`.
    pub architecture: &'static str,
    /// Where the binary in it comes from.
    pub source: Source,
}

impl fmt::Display for Package {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.architecture, self.source)
    }
}

/// Where a relay's binary comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// It is a part of the running ddalert.
    BuiltIn,
    /// It was read from this file.
    File(PathBuf),
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Source::BuiltIn => f.write_str("built into ddalert"),
            Source::File(path) => path.display().fmt(f),
        }
    }
}

/// Why a file cannot be the relay.
#[derive(Debug, Error)]
pub enum PackageError {
    /// There is no such file, or it cannot be read.
    #[error("reading the relay {path}: {why}")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        why: std::io::Error,
    },
    /// Not an ELF file that Linux runs.
    #[error("{path} is not a Linux program (ELF, 64 bit): {why}")]
    NotElf {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// Another processor than Lambda has.
    #[error(
        "{path} is built for another processor than Lambda has (x86_64, arm64): ELF machine {machine}"
    )]
    OtherArchitecture {
        /// The file.
        path: PathBuf,
        /// The ELF header's `e_machine`.
        machine: u16,
    },
    /// It wants a newer GLIBC than there is.
    #[error("{path} needs GLIBC {major}.{minor}, and Amazon Linux 2023 has 2.34")]
    TooNewGlibc {
        /// The file.
        path: PathBuf,
        /// The version it needs.
        major: u32,
        /// The version it needs.
        minor: u32,
        /// The architecture, for the command that builds a fitting one.
        architecture: &'static str,
    },
    /// It is started by a loader that is not there, such as musl's.
    #[error("{path} is started by {loader}, which Amazon Linux 2023 does not have")]
    OtherLoader {
        /// The file.
        path: PathBuf,
        /// The loader that the file names.
        loader: String,
        /// The architecture, for the command that builds a fitting one.
        architecture: &'static str,
    },
    /// Too large for a direct upload.
    #[error("{path} is {bytes} bytes when packed; Lambda accepts at most 50 MB")]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// The zip's size.
        bytes: usize,
    },
}

impl PackageError {
    /// Returns what a person can do about it.
    pub fn hint(&self) -> String {
        match self {
            PackageError::Unreadable { .. } => {
                "give the relay's binary with --relay PATH, put ddalert-relay beside ddalert, or use a release of ddalert, \
                 which has it built in"
                    .to_owned()
            }
            PackageError::NotElf { .. } | PackageError::OtherArchitecture { .. } => format!(
                "use a release of ddalert, which has the relay built in, or {}",
                build(X86_64)
            ),
            PackageError::TooNewGlibc { architecture, .. } | PackageError::OtherLoader { architecture, .. } => {
                build(architecture)
            }
            PackageError::TooLarge { .. } => build(X86_64),
        }
    }
}

/// Returns the command that builds a relay for Lambda anywhere: linked with musl, it needs no GLIBC at all, and Zig needs no C
/// compiler for the target.
pub fn build(architecture: &str) -> String {
    let machine = if architecture == ARM64 {
        "aarch64"
    } else {
        "x86_64"
    };
    format!(
        "build one that fits: pip install cargo-zigbuild && rustup target add {machine}-unknown-linux-musl && \
         cargo zigbuild --release --no-default-features --features relay --bin ddalert-relay \
         --target {machine}-unknown-linux-musl, then give it with --relay"
    )
}

/// Reads the relay's binary and packs it.
///
/// # Errors
/// The file cannot be read, or Lambda could not run it.
pub fn package(path: &Path) -> Result<Package, PackageError> {
    let binary = std::fs::read(path).map_err(|why| PackageError::Unreadable {
        path: path.to_owned(),
        why,
    })?;
    package_binary(path, &binary)
}

/// Packs the relay's binary, which was read from `path`.
///
/// # Errors
/// Lambda could not run it.
pub fn package_binary(path: &Path, binary: &[u8]) -> Result<Package, PackageError> {
    let architecture = check(path, binary)?;
    let zip = pack(binary).map_err(|why| PackageError::Unreadable {
        path: path.to_owned(),
        why,
    })?;
    if zip.len() > ZIP_LIMIT {
        return Err(PackageError::TooLarge {
            path: path.to_owned(),
            bytes: zip.len(),
        });
    }
    Ok(Package {
        sha256: STANDARD.encode(Sha256::digest(&zip)),
        zip: zip.into(),
        architecture,
        source: Source::File(path.to_owned()),
    })
}

/// Returns the architecture of a binary that Lambda can run.
fn check(path: &Path, binary: &[u8]) -> Result<&'static str, PackageError> {
    let path = path.to_owned();
    let program = match elf::read(binary) {
        Ok(program) => program,
        Err(why) => {
            let why = match kind(binary) {
                Some(kind) => format!("it is {kind}"),
                None => why,
            };
            return Err(PackageError::NotElf { path, why });
        }
    };
    let architecture = match program.machine {
        machine if machine == EM_X86_64.0 => X86_64,
        machine if machine == EM_AARCH64.0 => ARM64,
        machine => return Err(PackageError::OtherArchitecture { path, machine }),
    };
    if let Some(loader) = program.loader
        && !LOADERS.contains(&(architecture, loader.as_str()))
    {
        return Err(PackageError::OtherLoader {
            path,
            loader,
            architecture,
        });
    }
    let versions = program.versions.iter();
    let (major, minor) = versions
        .filter_map(|name| glibc(name))
        .max()
        .unwrap_or_default();
    if (major, minor) > GLIBC_LIMIT {
        return Err(PackageError::TooNewGlibc {
            path,
            major,
            minor,
            architecture,
        });
    }
    Ok(architecture)
}

/// Returns what a file is that is no ELF file, by how it begins, where that is known.
fn kind(file: &[u8]) -> Option<&'static str> {
    let begins = |magic: &[u8]| file.starts_with(magic);
    // Mach-O, 32 and 64 bit, in both byte orders, and the universal file of several (Apple, `mach-o/loader.h`, `mach-o/fat.h`).
    // A Java class begins as a universal file does; a version stands where that has the number of its parts.
    let is_universal = begins(&[0xca, 0xfe, 0xba, 0xbe])
        && file
            .get(4..8)
            .is_some_and(|parts| parts < [0, 0, 0, 40].as_slice());
    Some(match file {
        [] => "empty",
        [0xfe, 0xed, 0xfa, 0xce | 0xcf, ..] | [0xce | 0xcf, 0xfa, 0xed, 0xfe, ..] => {
            "a macOS program"
        }
        _ if is_universal => "a macOS program",
        _ if begins(b"MZ") => "a Windows program",
        _ if begins(b"PK\x03\x04") => "a zip archive; the relay is the program in it",
        _ if begins(&[0x1f, 0x8b]) => "a gzip archive; the relay is the program in it",
        _ if begins(b"#!") => "a script",
        _ if begins(b"version https://git-lfs") => "a pointer of Git LFS; run git lfs pull",
        _ if begins(b"\x7fELF") => return None,
        _ if std::str::from_utf8(file).is_ok() => "a text file",
        _ => return None,
    })
}

/// Returns the GLIBC that a version of one of its libraries came with: `GLIBC_2.34` with 2.34. A feature that is asked for by name
/// counts as the first GLIBC that had any; what only GLIBC's own parts use (`GLIBC_PRIVATE`) has no number.
fn glibc(name: &str) -> Option<(u32, u32)> {
    let version = name.strip_prefix("GLIBC_")?;
    let mut numbers = version.split('.').map(str::parse::<u32>);
    match (numbers.next(), numbers.next()) {
        (Some(Ok(major)), Some(Ok(minor))) => Some((major, minor)),
        _ if version == "PRIVATE" => None,
        _ => Some(GLIBC_FEATURES),
    }
}

/// Packs the binary as `bootstrap`: no time stamp, the run bit set, always the same compression.
fn pack(binary: &[u8]) -> std::io::Result<Vec<u8>> {
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .compression_level(Some(9))
        .last_modified_time(DateTime::default())
        .unix_permissions(0o755);
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    writer.start_file("bootstrap", options)?;
    writer.write_all(binary)?;
    Ok(writer.finish()?.into_inner())
}

// The build script finds this file elsewhere in the tree of modules, and rustfmt follows it.
#[cfg(test)]
#[path = "package/tests.rs"]
mod tests;
