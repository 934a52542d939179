//! What a room gets and what an account holds: filters, bad input, several topics, removal; and the page on destinations.
#![cfg(all(feature = "cli", feature = "relay"))]

mod bad_input;
mod destinations;
mod filters;
mod removal;
mod several;
mod signing;
#[path = "../support/mod.rs"]
mod support;
mod terminal;

use std::path::Path;
use std::sync::OnceLock;

use aws_sdk_sns::Client as Sns;
use support::bed::Bed;
use support::command::Run;

/// The trust policy of a role for functions.
const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;
const DDALERT: &str = env!("CARGO_BIN_EXE_ddalert");

/// The relay that is deployed where it need not run: small, so that packing it takes no time.
fn small_relay() -> &'static Path {
    static RELAY: OnceLock<tempfile::TempPath> = OnceLock::new();
    RELAY.get_or_init(|| {
        let file = tempfile::NamedTempFile::new().expect("a file");
        std::fs::write(file.path(), elf(object::elf::EM_X86_64.0)).expect("a program");
        file.into_temp_path()
    })
}

/// Returns the least that is an ELF file for this machine: a header without sections.
fn elf(machine: u16) -> Vec<u8> {
    let mut header = vec![0; 64];
    header[..7].copy_from_slice(b"\x7fELF\x02\x01\x01");
    // ET_DYN, the machine, the version; and the sizes of the header and of a section's.
    header[16] = 3;
    header[18..20].copy_from_slice(&machine.to_le_bytes());
    header[20] = 1;
    header[52] = 64;
    header[58] = 64;
    header
}

/// Prepares a run of ddalert.
fn ddalert(bed: &Bed, args: &str) -> Run {
    bed.run(Path::new(DDALERT)).args(args.split_whitespace())
}

/// Prepares a deploy that needs no answer and packs no large relay, to a room at the test's sink.
fn deploy(bed: &Bed, target: &str, args: &str) -> Run {
    let run = ddalert(
        bed,
        &format!(
            "deploy-{target} --yes --allow-host 127.0.0.1 --relay {}",
            small_relay().display()
        ),
    );
    run.args(args.split_whitespace())
        .env("DDALERT_WEBHOOK_URL", bed.sink.url("/room"))
}

/// Makes a topic and returns its ARN.
async fn topic(bed: &Bed, name: &str) -> String {
    let sns = Sns::new(&bed.config());
    sns.create_topic()
        .name(name)
        .send()
        .await
        .expect("a topic")
        .topic_arn
        .expect("its ARN")
}

/// Returns what a command answered as JSON.
fn json(answer: &str) -> serde_json::Value {
    serde_json::from_str(answer).unwrap_or_else(|error| panic!("{error}: {answer}"))
}
