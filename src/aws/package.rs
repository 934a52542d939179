//! The relay's binary as Lambda takes it: an ELF file that fits Amazon Linux 2023, in a zip that is the same for the same binary.

use std::io::{Cursor, Write};
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use object::elf::{EM_AARCH64, EM_X86_64, FileHeader64};
use object::endian::Endianness;
use object::read::elf::{FileHeader, SectionHeader};
use sha2::{Digest, Sha256};
use thiserror::Error;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

/// The newest GLIBC that Amazon Linux 2023 has (2.34), as major and minor number.
const GLIBC_LIMIT: (u32, u32) = (2, 34);
/// The largest zip that Lambda takes directly, in bytes (Lambda quotas: 50 MB).
const ZIP_LIMIT: usize = 50 * 1024 * 1024;

/// A zip ready for Lambda.
pub struct Package {
    /// The zip, with the one entry `bootstrap`.
    pub zip: Vec<u8>,
    /// Its SHA-256 in base64, as Lambda computes it.
    pub sha256: String,
    /// `x86_64` or `arm64`.
    pub architecture: &'static str,
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
                "give the relay's binary with --relay PATH, or put ddalert-relay beside ddalert".to_owned()
            }
            PackageError::NotElf { .. } | PackageError::OtherArchitecture { .. } => build("x86_64"),
            PackageError::TooNewGlibc { architecture, .. } => build(architecture),
            PackageError::TooLarge { .. } => {
                "build it with cargo build --release --no-default-features --features relay --bin ddalert-relay".to_owned()
            }
        }
    }
}

/// Returns the command that builds a relay for Lambda anywhere: linked with musl, it needs no GLIBC at all.
fn build(architecture: &str) -> String {
    let machine = if architecture == "arm64" {
        "aarch64"
    } else {
        "x86_64"
    };
    format!(
        "build one that fits: rustup target add {machine}-unknown-linux-musl && cargo build --release --no-default-features \
         --features relay --bin ddalert-relay --target {machine}-unknown-linux-musl, then give it with --relay"
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
    let architecture = check(path, &binary)?;
    let zip = pack(&binary).map_err(|why| PackageError::Unreadable {
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
        zip,
        architecture,
    })
}

/// Returns the architecture of a binary that Lambda can run.
fn check(path: &Path, binary: &[u8]) -> Result<&'static str, PackageError> {
    let broken = |why: object::read::Error| PackageError::NotElf {
        path: path.to_owned(),
        why: why.to_string(),
    };
    let header = FileHeader64::<Endianness>::parse(binary).map_err(broken)?;
    let endian = header.endian().map_err(broken)?;
    let architecture = match header.e_machine(endian) {
        EM_X86_64 => "x86_64",
        EM_AARCH64 => "arm64",
        machine => {
            return Err(PackageError::OtherArchitecture {
                path: path.to_owned(),
                machine: machine.0,
            });
        }
    };
    let (major, minor) = newest_glibc(header, endian, binary).map_err(broken)?;
    if (major, minor) > GLIBC_LIMIT {
        return Err(PackageError::TooNewGlibc {
            path: path.to_owned(),
            major,
            minor,
            architecture,
        });
    }
    Ok(architecture)
}

/// Returns the newest version of GLIBC that the binary's symbols name, 0.0 for one that needs none.
fn newest_glibc(
    header: &FileHeader64<Endianness>,
    endian: Endianness,
    binary: &[u8],
) -> object::read::Result<(u32, u32)> {
    let sections = header.sections(endian, binary)?;
    let mut newest = (0, 0);
    for section in sections.iter() {
        let Some((mut needs, link)) = section.gnu_verneed(endian, binary)? else {
            continue;
        };
        let strings = sections.strings(endian, binary, link)?;
        while let Some((_, mut versions)) = needs.next()? {
            while let Some(version) = versions.next()? {
                let name = version.name(endian, strings)?;
                if let Some(version) = std::str::from_utf8(name).ok().and_then(glibc) {
                    newest = newest.max(version);
                }
            }
        }
    }
    Ok(newest)
}

/// Reads `GLIBC_2.34`.
fn glibc(name: &str) -> Option<(u32, u32)> {
    let mut numbers = name
        .strip_prefix("GLIBC_")?
        .split('.')
        .map(str::parse::<u32>);
    Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
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
