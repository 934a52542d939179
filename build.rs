//! Builds relays into ddalert, if `DDALERT_RELAY_ARM64` or `DDALERT_RELAY_X86_64` name them: see docs/releasing.md.

use std::process::ExitCode;

#[cfg(feature = "cli")]
#[path = "build/built_in.rs"]
mod built_in;
// These are public in the library, and not all of them is used here.
#[cfg(feature = "cli")]
#[allow(unreachable_pub)]
#[path = "src/aws/elf.rs"]
mod elf;
#[cfg(feature = "cli")]
#[allow(dead_code, unreachable_pub)]
#[path = "src/aws/package.rs"]
mod package;
#[cfg(feature = "cli")]
#[allow(dead_code, unreachable_pub)]
#[path = "src/contract/relay_version.rs"]
mod relay_version;

fn main() -> ExitCode {
    println!("cargo::rerun-if-changed=build.rs");
    // The relay itself is built without the command line, and carries nothing.
    #[cfg(feature = "cli")]
    if let Err(why) = write_list() {
        // Cargo prints this as an error of the build.
        println!("cargo::error={why}");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

/// Writes the list of relays that `src/aws/built_in.rs` includes.
#[cfg(feature = "cli")]
fn write_list() -> Result<(), String> {
    let out = std::env::var_os("OUT_DIR").ok_or("Cargo did not set OUT_DIR")?;
    for (variable, _) in built_in::VARIABLES {
        println!("cargo::rerun-if-env-changed={variable}");
        if let Some(path) = std::env::var_os(variable) {
            println!("cargo::rerun-if-changed={}", path.display());
        }
    }
    built_in::write(std::path::Path::new(&out), |variable| {
        std::env::var_os(variable)
    })
}
