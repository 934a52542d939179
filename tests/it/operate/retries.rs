//! `test-publish` follows an alert through Lambda's retries, and past a log that cannot be read for a moment.

use std::time::Duration;

use aws_sdk_lambda::Client as Lambda;
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::InvocationType;
use serde_json::Value;
use testbed::fault::Fault;
use testbed::sink::Reply;

use super::chain::{Chain, FUNCTION};

fn refused() -> Reply {
    Reply::new(403, "no")
}

/// Publishes a test alert and returns what became of it at the relay, and the exit code.
fn answer(chain: &Chain) -> (Value, Option<i32>) {
    let follow = ["test-publish", "--output", "json", "--timeout", "60"];
    let output = chain.ddalert(&follow).output();
    let document: Value = serde_json::from_str(&output.stdout).expect("one JSON document");
    (
        document["results"][0]["deliveries"][0].clone(),
        output.status.code(),
    )
}

/// The same, while the first try that fails is followed by others: the emulator makes them for an invocation, not for an alert that
/// comes from SNS.
async fn answer_with_retries(chain: &Chain) -> (Value, Option<i32>) {
    let arrived = chain.bed.sink.received().len();
    let retry = async {
        let first = loop {
            if let Some(received) = chain.bed.sink.received().get(arrived) {
                break received.json();
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        };
        let id = first["message_id"].as_str().expect("an id");
        let invoke = Lambda::new(&chain.bed.config())
            .invoke()
            .function_name(FUNCTION)
            .invocation_type(InvocationType::Event)
            .payload(Blob::new(chain.event(id, 1).to_string()));
        invoke.send().await.expect("an invocation");
    };
    std::thread::scope(|scope| {
        let followed = scope.spawn(|| answer(chain));
        tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(retry));
        followed.join().expect("an answer")
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_try_that_fails_is_not_the_end() {
    let chain = Chain::deployed().await;
    chain
        .bed
        .sink
        .answer("/room", vec![refused(), Reply::default()]);
    let (delivery, code) = answer_with_retries(&chain).await;
    assert_eq!(
        (&delivery["outcome"], code),
        (&"delivered".into(), Some(0)),
        "{delivery}"
    );

    chain.bed.sink.answer("/room", vec![refused()]);
    let (delivery, code) = answer_with_retries(&chain).await;
    assert_eq!(
        (&delivery["outcome"], code),
        (&"failed".into(), Some(4)),
        "{delivery}"
    );
    assert!(delivery["tries"].as_u64() >= Some(3), "{delivery}");
    assert_eq!(delivery["tries_left"], 0, "{delivery}");
    let next_step = delivery["next_step"].as_str().expect("a next step");
    assert!(
        next_step.starts_with(
            "The endpoint does not accept this webhook URL. Fix: ddalert rotate webhook --topic "
        ),
        "{next_step}"
    );
}

#[tokio::test]
async fn a_log_that_cannot_be_read_for_a_moment_is_read_again() {
    let chain = Chain::deployed().await;
    let filter = "logs:FilterLogEvents";
    chain
        .bed
        .proxy
        .on(filter)
        .times(8)
        .fail(Fault::ServerError(503));
    let (delivery, code) = answer(&chain);
    assert_eq!(
        (&delivery["outcome"], code),
        (&"delivered".into(), Some(0)),
        "{delivery}"
    );
    assert!(chain.bed.proxy.calls_of(filter).len() > 8);
}
