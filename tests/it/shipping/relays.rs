//! The relays that are built into ddalert: what the build script writes, and what it refuses.

use std::fs;
use std::path::{Path, PathBuf};

// The build script's own file, below the same names.
use ddalert::aws::package;
use ddalert::contract::relay_version;

use crate::typed::elf;

#[path = "../../../build/built_in.rs"]
mod built_in;

const RELAY: &str = env!("CARGO_BIN_EXE_ddalert-relay");
const OWN: &str = if cfg!(target_arch = "aarch64") {
    "DDALERT_RELAY_ARM64"
} else {
    "DDALERT_RELAY_X86_64"
};

/// Runs the build script's work with one variable set, and returns the folder and the list in it.
fn built(variable: &str, path: &Path) -> Result<(tempfile::TempDir, String), String> {
    let out = tempfile::tempdir().expect("a folder");
    built_in::write(out.path(), |name| (name == variable).then(|| path.into()))?;
    let list = fs::read_to_string(out.path().join("built_in_relays.rs")).expect("the list");
    Ok((out, list))
}

fn refusal(variable: &str, binary: &[u8]) -> String {
    let file = tempfile::NamedTempFile::new().expect("a file");
    fs::write(file.path(), binary).expect("the file");
    let refused = built(variable, file.path())
        .map(|(_, list)| list)
        .expect_err("a refusal");
    refused.replace(&file.path().display().to_string(), "FILE")
}

#[test]
fn a_relay_is_built_in_as_the_zip_that_a_deploy_makes_of_it() {
    let (out, list) = built(OWN, Path::new(RELAY)).expect("a list");
    let packed = package::package(Path::new(RELAY)).expect("a package");
    let zip = fs::read(
        out.path()
            .join(format!("relay-{}.zip", packed.architecture)),
    )
    .expect("a zip");
    assert!(zip == *packed.zip, "the zips differ");
    let version = env!("CARGO_PKG_VERSION");
    for part in [
        format!("version: \"{version}\""),
        format!("code_sha256: \"{}\"", packed.sha256),
    ] {
        assert!(list.contains(&part), "{list}");
    }
    assert_eq!(list.matches("BuiltInRelay {").count(), 1, "{list}");
}

#[test]
fn nothing_is_built_in_unless_it_is_asked_for() {
    let (_, list) = built("ANOTHER", Path::new(RELAY)).expect("a list");
    assert_eq!(list, "&[]");
}

#[test]
fn a_relay_that_lambda_could_not_run_fails_the_build() {
    let arm = elf(object::elf::EM_AARCH64.0);
    let refused = |variable, binary: &[u8], says: &str| {
        let said = refusal(variable, binary);
        assert!(
            said.starts_with(&format!("{variable}: FILE {says}")),
            "{said}"
        );
        assert!(
            !said.contains('\n'),
            "an error of the build is one line: {said}"
        );
    };
    refused(
        "DDALERT_RELAY_ARM64",
        b"#!/bin/sh\n",
        "is not a Linux program",
    );
    refused(
        "DDALERT_RELAY_X86_64",
        &arm,
        "is built for arm64, not for x86_64; build one that fits",
    );
    refused(
        "DDALERT_RELAY_ARM64",
        &elf(object::elf::EM_386.0),
        "is built for another processor",
    );
    refused(
        "DDALERT_RELAY_ARM64",
        &arm,
        "is not ddalert-relay: it does not say its version",
    );
    let older = [arm, b"ddalert-relay 0.0.1\n".to_vec()].concat();
    refused(
        "DDALERT_RELAY_ARM64",
        &older,
        "is the relay of ddalert 0.0.1, and this is ddalert",
    );
    let missing = built(OWN, &PathBuf::from("/nonexistent/relay")).map(|(_, list)| list);
    assert!(
        missing
            .expect_err("a refusal")
            .contains("reading /nonexistent/relay: No such file")
    );
    let empty = built(OWN, Path::new("")).map(|(_, list)| list);
    assert!(empty.expect_err("a refusal").contains("it is empty"));
}

#[test]
fn a_relay_says_its_version() {
    let said = std::process::Command::new(RELAY)
        .arg("--version")
        .output()
        .expect("a run");
    let line = format!("ddalert-relay {}\n", env!("CARGO_PKG_VERSION"));
    assert_eq!(String::from_utf8_lossy(&said.stdout), line);
    let binary = fs::read(RELAY).expect("the relay");
    assert_eq!(
        relay_version::relay_version(&binary).as_deref(),
        Some(env!("CARGO_PKG_VERSION"))
    );
}
