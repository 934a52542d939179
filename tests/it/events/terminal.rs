//! What is asked on a terminal: the topic, the webhook URL, whether to go ahead; and what an answer brings about.

use std::time::{Duration, Instant};

use aws_sdk_secretsmanager::Client as Secrets;
use testbed::fault::Fault;

use crate::events::{ddalert, small_relay, topic};
use testbed::bed::Bed;

/// The secret of the room's URL, which nobody may see on the screen.
const TOKEN: &str = "not-to-be-seen";

#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_is_asked_for_all_that_is_missing() {
    let bed = Bed::new();
    topic(&bed, "alerts").await;
    topic(&bed, "others").await;
    let deploy = format!(
        "deploy-slack --allow-host 127.0.0.1 --relay {}",
        small_relay().display()
    );
    for store in ["secrets-manager", "ssm", "env"] {
        let mut terminal = ddalert(
            &bed,
            &format!("{deploy} --name {store} --secret-store {store}"),
        )
        .on_terminal();
        terminal.reads("Topic");
        terminal.types("");
        terminal.reads("Slack webhook URL");
        terminal.types(&bed.sink.url(&format!("/{TOKEN}")));
        terminal.reads("Make these");
        terminal.presses("y");
        let (code, seen) = terminal.ends();
        assert!(
            code == 0 && seen.contains(&format!("{store} delivers alerts to Slack")),
            "{store}: {seen}"
        );
        assert!(!seen.contains(TOKEN), "{seen}");
    }
    // Without --secret-store what is stored is not read before it is asked for.
    let mut terminal = ddalert(&bed, &format!("{deploy} --topic others")).on_terminal();
    terminal.reads("Slack webhook URL");
    terminal.types(&bed.sink.url(&format!("/{TOKEN}")));
    terminal.reads("Make these");
    terminal.presses("y");
    let (code, seen) = terminal.ends();
    assert!(code == 0 && !seen.contains(TOKEN), "{seen}");
    let secrets = Secrets::new(&bed.config());
    let stored = secrets
        .get_secret_value()
        .secret_id("ddalert/ddalert-slack-others/webhook-url")
        .send()
        .await;
    assert_eq!(
        stored.expect("a secret").secret_string().expect("a URL"),
        bed.sink.url(&format!("/{TOKEN}"))
    );
    assert_eq!(
        bed.sink.received_at(&format!("/{TOKEN}")).len(),
        4,
        "each room is greeted once"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn no_is_taken_for_an_answer() {
    let bed = Bed::new();
    topic(&bed, "alerts").await;
    bed.proxy.forget_calls();
    let deploy = format!(
        "deploy-slack --topic alerts --allow-host 127.0.0.1 --relay {}",
        small_relay().display()
    );
    let mut terminal = ddalert(&bed, &deploy)
        .env("DDALERT_WEBHOOK_URL", bed.sink.url("/room"))
        .on_terminal();
    terminal.reads("Make these");
    // Only a yes or a no is an answer.
    terminal.presses("\r");
    terminal.presses("n");
    let (code, seen) = terminal.ends();
    assert!(
        code == 1 && seen.contains("Nothing was changed.") && !seen.contains("error"),
        "{seen}"
    );
    assert_eq!(
        (bed.proxy.writes().len(), bed.sink.received().len()),
        (0, 0)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_answer_asks_again() {
    let bed = Bed::new();
    topic(&bed, "alerts").await;
    let deploy = format!(
        "deploy-slack --topic alerts --allow-host 127.0.0.1 --relay {}",
        small_relay().display()
    );
    let mut terminal = ddalert(&bed, &deploy).on_terminal();
    for _ in 0..2 {
        terminal.reads("Slack webhook URL");
        terminal.types("");
        terminal.reads("Nothing was entered.");
    }
    terminal.reads("Slack webhook URL");
    terminal.types(&bed.sink.url("/room"));
    terminal.reads("Make these");
    terminal.presses("n");
    assert_eq!(terminal.ends().0, 1);

    // Nobody who only presses Enter is asked for ever.
    let mut terminal = ddalert(&bed, "subscribe-sms --topic alerts").on_terminal();
    for _ in 0..3 {
        terminal.reads("Phone number");
        terminal.types("");
        terminal.reads("Nothing was entered.");
    }
    let (code, seen) = terminal.ends();
    assert!(
        code == 2 && seen.contains("no phone number is given"),
        "{seen}"
    );
    assert!(
        bed.proxy
            .writes()
            .iter()
            .all(|call| call.action == "CreateTopic")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_pasted_too_early_is_neither_shown_nor_taken() {
    let bed = Bed::new();
    topic(&bed, "alerts").await;
    let deploy = format!(
        "deploy-slack --topic alerts --allow-host 127.0.0.1 --relay {}",
        small_relay().display()
    );
    let slow = Fault::Delay(Duration::from_secs(3));
    bed.proxy.on("sns:GetTopicAttributes").nth(1).fail(slow);
    bed.proxy.forget_calls();
    let mut terminal = ddalert(&bed, &deploy).on_terminal();
    let until = Instant::now() + Duration::from_secs(60);
    while bed.proxy.calls().is_empty() {
        assert!(Instant::now() < until, "nothing is read");
        std::thread::sleep(Duration::from_millis(10));
    }
    terminal.types(&bed.sink.url(&format!("/{TOKEN}")));
    terminal.reads("Slack webhook URL");
    terminal.types(&bed.sink.url("/other"));
    terminal.reads("Make these");
    terminal.presses("y");
    let (code, seen) = terminal.ends();
    assert!(code == 0 && !seen.contains(TOKEN), "{seen}");
    assert_eq!(bed.sink.received_at("/other").len(), 1, "the greeting");
    assert!(bed.sink.received_at(&format!("/{TOKEN}")).is_empty());
}
