//! How many round trips deep a command is: what does not depend on each other is called at the same time.

use std::time::Duration;

use testbed::bed::Bed;
use testbed::command::Run;
use testbed::fault::Fault;

use super::{ddalert, deploy, topic};

/// How long each call takes: far longer than what happens here between two of them.
const LATENCY: Duration = Duration::from_millis(400);

/// Runs a command and returns how many round trips deep its calls were, and what they were.
fn depth(bed: &Bed, run: Run) -> (usize, String) {
    bed.proxy.forget_calls();
    bed.proxy.on("*").fail(Fault::Delay(LATENCY));
    let output = run.output();
    bed.proxy.heal();
    let calls = bed.proxy.calls();
    assert!(!calls.is_empty(), "{output}");
    let calls: Vec<String> = calls
        .iter()
        .map(|call| format!("{} {}", call.round, call.name()))
        .collect();
    (
        bed.proxy.round_trips(),
        format!("{output}\n{}", calls.join("\n")),
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_wait_for_no_more_round_trips_than_they_must() {
    let bed = Bed::new();
    topic(&bed, "alerts").await;
    let (deployed, calls) = depth(&bed, deploy(&bed, "slack", "--topic alerts"));
    assert!(deployed <= 14, "a first deploy: {deployed}\n{calls}");
    let publish = ddalert(&bed, "test-publish --topic alerts --no-wait");
    let (published, calls) = depth(&bed, publish);
    assert!(published <= 4, "test-publish: {published}\n{calls}");
    for target in ["teams", "discord", "chime"] {
        let _ = deploy(&bed, target, "--topic alerts --no-greeting")
            .output()
            .success();
    }
    let (examined, calls) = depth(&bed, ddalert(&bed, "doctor --topic alerts"));
    assert!(examined <= 12, "doctor of four relays: {examined}\n{calls}");
    let remove = ddalert(&bed, "remove --all --topic alerts --yes");
    let (removed, calls) = depth(&bed, remove);
    assert!(
        removed <= 25,
        "remove --all of four relays: {removed}\n{calls}"
    );
}
