//! A release archive on a machine without Rust: what is in it, and that its one program delivers an alert by itself.
//!
//! `.ci/release` builds the archive and runs this with `DDALERT_ARCHIVE` set to it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use aws_sdk_sns::Client as Sns;
use sha2::{Digest, Sha256};
use testbed::bed::Bed;

/// Unpacks the archive into a folder of its own and returns the folder in it.
fn unpacked(scratch: &Path) -> PathBuf {
    let archive = std::env::var_os("DDALERT_ARCHIVE").expect("DDALERT_ARCHIVE names the archive");
    let unpack = Command::new("tar")
        .arg("-xzf")
        .arg(&archive)
        .arg("-C")
        .arg(scratch)
        .status();
    assert!(unpack.expect("tar").success());
    let name = Path::new(&archive)
        .file_name()
        .expect("a name")
        .to_string_lossy()
        .replace(".tar.gz", "");
    scratch.join(name)
}

fn files(folder: &Path) -> BTreeSet<String> {
    let entries = std::fs::read_dir(folder).expect("a folder");
    entries
        .map(|entry| {
            entry
                .expect("an entry")
                .file_name()
                .to_string_lossy()
                .into_owned()
        })
        .collect()
}

#[test]
#[ignore = "needs an archive: run .ci/release"]
fn an_archive_holds_what_an_installation_needs() {
    let archive = PathBuf::from(
        std::env::var_os("DDALERT_ARCHIVE").expect("DDALERT_ARCHIVE names the archive"),
    );
    let bytes = std::fs::read(&archive).expect("the archive");
    let digits: String = Sha256::digest(&bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let checksum =
        std::fs::read_to_string(format!("{}.sha256", archive.display())).expect("the checksum");
    let name = archive.file_name().expect("a name").to_string_lossy();
    assert_eq!(checksum.trim_end(), format!("{digits} *{name}"));

    let scratch = tempfile::tempdir().expect("a folder");
    let folder = unpacked(scratch.path());
    let expected = [
        "CHANGELOG.md",
        "LICENSE-APACHE",
        "LICENSE-MIT",
        "README.md",
        "completions",
        "ddalert",
        "man",
    ];
    assert_eq!(files(&folder), expected.map(str::to_owned).into());
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    assert_eq!(
        files(&folder.join("completions")),
        files(&root.join("completions"))
    );
    assert_eq!(files(&folder.join("man")), files(&root.join("docs/man")));
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs an archive: run .ci/release"]
async fn the_program_of_an_archive_delivers_an_alert_by_itself() {
    let scratch = tempfile::tempdir().expect("a folder");
    let program = unpacked(scratch.path()).join("ddalert");
    let bed = Bed::new();
    let topic = Sns::new(&bed.config()).create_topic().name("alerts");
    topic.send().await.expect("a topic");

    let version = bed.run(&program).args(["--version"]).output().success();
    let own = if cfg!(target_arch = "aarch64") {
        "arm64"
    } else {
        "x86_64"
    };
    assert!(
        version.contains(&format!(
            "\nrelay {} {own} sha256:",
            env!("CARGO_PKG_VERSION")
        )),
        "{version}"
    );

    let deploy = |args: &str| {
        bed.run(&program)
            .args("deploy-slack --topic alerts --yes --allow-host 127.0.0.1".split_whitespace())
            .args(args.split_whitespace())
            .env("DDALERT_WEBHOOK_URL", bed.sink.url("/room"))
    };
    let planned = deploy("--dry-run").output().success();
    assert!(
        planned.contains(&format!("Relay: {own}, built into ddalert")),
        "{planned}"
    );
    for architecture in ["arm64", "x86_64"] {
        if version.contains(&format!(" {architecture} sha256:")) {
            let planned = deploy(&format!("--dry-run --architecture {architecture}"))
                .output()
                .success();
            assert!(
                planned.contains(&format!("Relay: {architecture}, built into ddalert")),
                "{planned}"
            );
        }
    }
    let _ = deploy("").output().success();
    let test = bed
        .run(&program)
        .args("test-publish --topic alerts --timeout 60".split_whitespace());
    let confirmed = test.output().success();
    assert!(confirmed.contains("Confirmed."), "{confirmed}");
}
