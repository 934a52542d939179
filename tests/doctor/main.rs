//! `doctor` and `connect` on the emulator: each link is broken by hand, named, and mended by the command that is printed.
#![cfg(all(feature = "cli", feature = "relay"))]

mod breaks;
mod codes;
mod connection;
mod phones;
mod reading;
#[path = "../support/mod.rs"]
mod support;

use std::path::Path;
use std::sync::OnceLock;

use serde_json::{Value, json};
use support::bed::Bed;
use support::command::Run;

const DDALERT: &str = env!("CARGO_BIN_EXE_ddalert");
const TOPIC: &str = "BadIoTDevices";

/// The relay that is deployed where it need not run: the header of an ELF file, so that packing it takes no time.
fn small_relay() -> &'static Path {
    static RELAY: OnceLock<tempfile::TempPath> = OnceLock::new();
    RELAY.get_or_init(|| {
        let file = tempfile::NamedTempFile::new().expect("a file");
        let mut header = vec![0; 64];
        header[..7].copy_from_slice(b"\x7fELF\x02\x01\x01");
        // ET_DYN, x86-64, the version; and the sizes of the header and of a section's.
        (header[16], header[18], header[20], header[52], header[58]) = (3, 62, 1, 64, 64);
        std::fs::write(file.path(), header).expect("a program");
        file.into_temp_path()
    })
}

/// A zip with something else than the relay in it.
fn other_code() -> tempfile::TempPath {
    let file = tempfile::NamedTempFile::new().expect("a file");
    let mut zip = zip::ZipWriter::new(file.reopen().expect("the file"));
    zip.start_file(
        "bootstrap",
        zip::write::SimpleFileOptions::default().unix_permissions(0o755),
    )
    .expect("an entry");
    std::io::Write::write_all(&mut zip, b"#!/bin/sh\nexit 1\n").expect("a program");
    zip.finish().expect("a zip");
    file.into_temp_path()
}

/// Prepares a run of ddalert.
fn ddalert(bed: &Bed, args: &str) -> Run {
    bed.run(Path::new(DDALERT)).args(args.split_whitespace())
}

/// Prepares a command of ddalert as it was printed, with what a test has to add: nobody answers, and rooms are at the sink.
fn printed(bed: &Bed, command: &str) -> Run {
    let args = command
        .strip_prefix("ddalert ")
        .unwrap_or_else(|| panic!("no command of ddalert: {command}"));
    let run = ddalert(bed, args).args(["--yes"]);
    match args.starts_with("deploy-") {
        true => run
            .args(["--allow-host", "127.0.0.1", "--relay"])
            .args([small_relay()])
            .env("DDALERT_WEBHOOK_URL", bed.sink.url("/room")),
        false => run,
    }
}

/// Lays out Device Defender: one security profile without a target, and an audit with a check.
fn device_defender(bed: &Bed) {
    bed.proxy.model().at(&bed.account, |here| {
        let behaviors = json!([{ "name": "messageSize", "metric": "aws:message-byte-size" }]);
        here.iot.add_profile(
            "fleet",
            &json!({ "behaviors": behaviors, "securityProfileDescription": "all things" }),
        );
        here.iot.audit["auditCheckConfigurations"] =
            json!({ "LOGGING_DISABLED_CHECK": { "enabled": true } });
        here.iot.scheduled_audits =
            vec![json!({ "scheduledAuditName": "daily", "frequency": "DAILY" })];
        here.iot.audit["roleArn"] = json!("arn:aws:iam::123456789012:role/audit");
    });
}

/// Makes a chain that is whole: Device Defender, topic, Slack.
fn whole_chain() -> Bed {
    let bed = Bed::new();
    device_defender(&bed);
    let _ = printed(
        &bed,
        &format!("ddalert connect --topic {TOPIC} --all-profiles --audit"),
    )
    .output()
    .success();
    let _ = printed(&bed, &format!("ddalert deploy-slack --topic {TOPIC}"))
        .output()
        .success();
    bed
}

/// Returns what `doctor` says, as JSON, and its exit code.
fn doctor(bed: &Bed, args: &str) -> (Value, Option<i32>) {
    let output = ddalert(bed, &format!("doctor --topic {TOPIC} --output json {args}")).output();
    let answer =
        serde_json::from_str(&output.stdout).unwrap_or_else(|error| panic!("{error}: {output}"));
    (answer, output.status.code())
}
