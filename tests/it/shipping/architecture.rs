//! Which relay a deploy takes, and which architecture the function gets.

use std::path::PathBuf;

use aws_sdk_lambda::Client as Lambda;
use aws_sdk_sns::Client as Sns;
use testbed::bed::Bed;
use testbed::command::Run;

use crate::typed::{ddalert, elf};

/// What this machine's architecture is called, and the other one.
const OWN: &str = if cfg!(target_arch = "aarch64") {
    "arm64"
} else {
    "x86_64"
};
const OTHER: &str = if cfg!(target_arch = "aarch64") {
    "x86_64"
} else {
    "arm64"
};

async fn bed() -> Bed {
    let bed = Bed::new();
    let topic = Sns::new(&bed.config()).create_topic().name("alerts");
    topic.send().await.expect("a topic");
    bed
}

fn deploy(bed: &Bed, args: &str) -> Run {
    ddalert(
        bed,
        &format!("deploy-slack --topic alerts --yes --allow-host 127.0.0.1 {args}"),
    )
    .env("DDALERT_WEBHOOK_URL", bed.sink.url("/room"))
}

/// Writes a program for an architecture into a file that stays.
fn relay(architecture: &str) -> PathBuf {
    let machine = if architecture == "arm64" {
        object::elf::EM_AARCH64
    } else {
        object::elf::EM_X86_64
    };
    let (_, path) = tempfile::NamedTempFile::new()
        .expect("a file")
        .keep()
        .expect("a file that stays");
    std::fs::write(&path, elf(machine.0)).expect("a program");
    path
}

async fn architecture(bed: &Bed) -> String {
    let function = Lambda::new(&bed.config())
        .get_function_configuration()
        .function_name("ddalert-slack-alerts");
    let function = function.send().await.expect("the function");
    function
        .architectures()
        .first()
        .expect("an architecture")
        .as_str()
        .to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_function_keeps_its_architecture_until_another_is_asked_for() {
    let bed = bed().await;
    let other = relay(OTHER);
    let given = format!("--relay {}", other.display());
    let _ = deploy(&bed, &given).output().success();
    assert_eq!(architecture(&bed).await, OTHER);

    // The relay beside ddalert is this machine's.
    let refused = deploy(&bed, "").output().failure(2);
    assert!(
        refused.contains(&format!("ddalert-slack-alerts runs on {OTHER}")),
        "{refused}"
    );
    assert!(
        refused.contains(&format!("--architecture {OWN}")),
        "{refused}"
    );
    assert_eq!(architecture(&bed).await, OTHER);

    let planned = deploy(&bed, &format!("--architecture {OWN} --dry-run"))
        .output()
        .success();
    assert!(planned.contains(&format!("Relay: {OWN}, ")), "{planned}");
    let _ = deploy(&bed, &format!("--architecture {OWN}"))
        .output()
        .success();
    assert_eq!(architecture(&bed).await, OWN);
    assert!(
        deploy(&bed, "")
            .output()
            .success()
            .contains("Nothing to change")
    );

    // A file that is named is asked for.
    let _ = deploy(&bed, &given).output().success();
    assert_eq!(architecture(&bed).await, OTHER);
    std::fs::remove_file(other).expect("the file");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_architecture_without_a_relay_is_refused_before_any_call() {
    let bed = Bed::new();
    let own = relay(OWN);
    for from in [String::new(), format!(" --relay {}", own.display())] {
        let refused = deploy(&bed, &format!("--architecture {OTHER}{from}"))
            .output()
            .failure(2);
        assert!(
            refused.contains(&format!("there is no relay for {OTHER}, only for {OWN} (")),
            "{refused}"
        );
        assert!(refused.contains("cargo zigbuild"), "{refused}");
    }
    let refused = deploy(&bed, "--architecture riscv64").output().failure(2);
    assert!(
        refused.contains("possible values: arm64, x86_64"),
        "{refused}"
    );
    let refused = ddalert(
        &bed,
        "subscribe-sms +12065550100 --topic alerts --architecture arm64",
    )
    .output()
    .failure(2);
    assert!(refused.contains("--readable"), "{refused}");
    assert!(bed.proxy.calls().is_empty(), "{:?}", bed.proxy.calls());
    std::fs::remove_file(own).expect("the file");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_plan_says_which_relay_is_deployed() {
    let bed = bed().await;
    let own = relay(OWN);
    let given = format!("--relay {}", own.display());
    let shown = deploy(&bed, &format!("{given} --dry-run"))
        .output()
        .success();
    assert!(
        shown.contains(&format!("Relay: {OWN}, {}", own.display())),
        "{shown}"
    );
    let shown = ddalert(
        &bed,
        &format!("subscribe-sms +12065550100 --topic alerts --readable --dry-run {given}"),
    );
    let shown = shown.output();
    assert!(
        shown
            .stdout
            .contains(&format!("Relay: {OWN}, {}", own.display())),
        "{shown}"
    );
    std::fs::remove_file(own).expect("the file");
}
