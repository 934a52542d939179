//! `doctor` and `connect` on the emulator: each link is broken by hand, named, and mended by the command that is printed.

mod breaks;
mod buffer;
mod codes;
mod connection;
mod phones;
mod reading;

use serde_json::{Value, json};
use testbed::bed::Bed;
use testbed::command::Run;

use crate::typed::{ddalert, small_relay};

const TOPIC: &str = "BadIoTDevices";

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

/// Prepares a command of ddalert as it was printed, with what a test has to add: nobody answers, and rooms are at the sink.
fn printed(bed: &Bed, command: &str) -> Run {
    let args = command
        .strip_prefix("ddalert ")
        .unwrap_or_else(|| panic!("no command of ddalert: {command}"));
    let run = ddalert(bed, args).args(["--yes"]);
    let room = bed.sink.url("/room");
    match args {
        args if args.starts_with("deploy-") => run
            .args(["--allow-host", "127.0.0.1", "--relay"])
            .args([small_relay()])
            .env("DDALERT_WEBHOOK_URL", room),
        args if args.starts_with("rotate ") => run
            .args(["--allow-host", "127.0.0.1"])
            .env("DDALERT_WEBHOOK_URL", room),
        _ => run,
    }
}

/// Lays out Device Defender: one security profile without a target, and an audit with a check.
pub(crate) fn device_defender(bed: &Bed) {
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
