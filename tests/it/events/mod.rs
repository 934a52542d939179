//! What a room gets and what an account holds: filters, bad input, several topics, removal; and the page on destinations.

mod bad_input;
mod destinations;
mod filters;
mod removal;
mod round_trips;
mod secrecy;
mod several;
mod signing;
mod terminal;

use aws_sdk_sns::Client as Sns;
use testbed::bed::Bed;
use testbed::command::Run;

use crate::typed::{TRUST, ddalert, elf, small_relay};

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
