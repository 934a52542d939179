//! What a person sees on a terminal: colours, lines broken between words, calls and requests with `--verbose`, `status`, and
//! commands that are mistyped.

use aws_sdk_sns::Client as Sns;
use testbed::bed::Bed;
use testbed::command::Run;
use testbed::fault::Fault;

use crate::typed::{ddalert, small_relay};

/// A part of the webhook URL that nobody may see.
const TOKEN: &str = "not-to-be-seen";

/// Makes the topic, with a relay to Slack that has a name of its own, as long as names can be.
async fn deployed(bed: &Bed, name: &str, store: &str) {
    let sns = Sns::new(&bed.config());
    let _ = sns
        .create_topic()
        .name("alerts")
        .send()
        .await
        .expect("a topic");
    let _ = deploy(bed, name, store).output().success();
}

fn deploy(bed: &Bed, name: &str, store: &str) -> Run {
    let relay = small_relay().display();
    let args = format!(
        "deploy-slack --topic alerts --yes --allow-host 127.0.0.1 --relay {relay} --name {name} --secret-store {store}"
    );
    let url = bed.sink.url(&format!("/{TOKEN}"));
    ddalert(bed, &args).env("DDALERT_WEBHOOK_URL", url)
}

/// Returns what was seen, without colours.
fn plain(seen: &str) -> String {
    let mut plain = String::new();
    let mut rest = seen;
    while let Some((before, after)) = rest.split_once("\u{1b}[") {
        plain.push_str(before);
        rest = after.trim_start_matches(|c: char| !c.is_ascii_alphabetic());
        rest = rest.get(1..).unwrap_or_default();
    }
    plain.push_str(rest);
    // A spinner writes its line again and again.
    let lines = plain.lines().map(|line| line.trim_end_matches('\r'));
    let lines = lines.map(|line| line.rsplit('\r').next().unwrap_or_default());
    lines.collect::<Vec<_>>().join("\n")
}

#[tokio::test(flavor = "multi_thread")]
async fn lines_are_broken_between_words_at_any_width() {
    let bed = Bed::new();
    let long = "x".repeat(64);
    deployed(&bed, &long, "env").await;
    bed.proxy.on("iot:*").fail(Fault::AccessDenied);
    for columns in [40, 80, 120] {
        for args in [
            "doctor --topic alerts",
            "status --topic alerts",
            "test-publish --topic alerts --timeout 1",
            "deploy-slack --topic nosuch --yes",
            "deploy-slak",
            "remove --topic alerts",
        ] {
            let (_, seen) = ddalert(&bed, args)
                .args(
                    ["--relay"]
                        .iter()
                        .filter(|_| args.starts_with("deploy-slack")),
                )
                .args(
                    [small_relay()]
                        .iter()
                        .filter(|_| args.starts_with("deploy-slack")),
                )
                .env("DDALERT_WEBHOOK_URL", bed.sink.url("/room"))
                .env("TERM", "xterm")
                .on_terminal_of(columns)
                .ends();
            for line in plain(&seen).lines() {
                let width = line.chars().count();
                // A word that is as long as a line, or a command, which must be in one piece.
                let has_long = line
                    .split(' ')
                    .any(|word| word.chars().count() + 8 > usize::from(columns));
                let is_whole = has_long || line.contains("ddalert ") || line.contains("aws ");
                assert!(
                    width <= usize::from(columns) || is_whole,
                    "{args} at {columns}: {line}\n{seen}"
                );
            }
        }
    }
    // The chain fits wherever it is shown.
    let piped = ddalert(&bed, "doctor --topic alerts").output();
    let chain: Vec<&str> = piped
        .stdout
        .lines()
        .take_while(|line| !line.is_empty())
        .collect();
    assert!(chain.len() > 4, "{piped}");
    assert!(
        chain.iter().all(|line| line.chars().count() <= 80),
        "{piped}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn colours_are_for_terminals_that_want_them() {
    let bed = Bed::new();
    deployed(&bed, "pager", "env").await;
    let run = |args: &str| ddalert(&bed, args).env("TERM", "xterm").env("NO_COLOR", "");
    for args in [
        "doctor --topic alerts",
        "test-publish --topic alerts --timeout 1",
        "status",
    ] {
        let (_, seen) = run(args).on_terminal_of(80).ends();
        assert!(seen.contains("\u{1b}["), "{args}: {seen}");
        let (_, seen) = run(args).env("NO_COLOR", "1").on_terminal_of(80).ends();
        assert!(!seen.contains("\u{1b}[3"), "{args}: {seen}");
        let piped = run(args).output();
        assert!(!piped.to_string().contains('\u{1b}'), "{args}: {piped}");
        let forced = run(args).env("CLICOLOR_FORCE", "1").output();
        assert!(forced.stdout.contains("\u{1b}["), "{args}: {forced}");
        let json = run(args)
            .args(["--output", "json"])
            .env("CLICOLOR_FORCE", "1")
            .output();
        assert!(!json.stdout.contains('\u{1b}'), "{args}: {json}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn verbose_tells_each_call_and_no_secret() {
    let bed = Bed::new();
    for (name, store) in [("one", "secrets-manager"), ("two", "ssm"), ("three", "env")] {
        let sns = Sns::new(&bed.config());
        let _ = sns
            .create_topic()
            .name("alerts")
            .send()
            .await
            .expect("a topic");
        bed.proxy.forget_calls();
        let output = deploy(&bed, name, store).args(["-vv"]).output();
        let said = output.to_string();
        assert!(output.status.success(), "{output}");
        assert!(
            !said.contains(TOKEN) && !said.contains("AWS4-HMAC"),
            "{store}: {said}"
        );
        let calls = bed.proxy.calls().len();
        let told = output
            .stderr
            .lines()
            .filter(|line| line.contains(" ms  "))
            .count();
        // The look-up of the account's alias is given up when the command has ended.
        assert!(
            told <= calls && told + 1 >= calls,
            "{told} of {calls}: {store}: {said}"
        );
        assert!(said.contains(" ms  Lambda CreateFunction: ok\n"), "{said}");
        assert!(said.contains("{ function_name: \""), "{said}");
        assert!(
            said.contains(" ms  IAM GetRole: HTTP 404 NoSuchEntity\n"),
            "{said}"
        );
    }
    let output = ddalert(&bed, "status -v").output();
    assert!(
        output.stderr.contains(" ms  SNS ListTopics: ok\n"),
        "{output}"
    );
    assert!(
        !output.stderr.contains('{'),
        "only -vv shows requests: {output}"
    );
    bed.proxy.on("sns:ListTopics").nth(1).fail(Fault::Throttled);
    let output = ddalert(&bed, "status -v").output();
    assert!(
        output.stderr.contains("SNS ListTopics: ok, attempt 2\n"),
        "{output}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn status_shows_everything_at_a_glance() {
    let bed = Bed::new();
    deployed(&bed, "ddalert-slack-alerts", "ssm").await;
    let sns = Sns::new(&bed.config());
    for name in ["bare", "alerts"] {
        let _ = sns.create_topic().name(name).send().await.expect("a topic");
    }
    let _ = ddalert(&bed, "subscribe-sms +12065550100 --topic alerts --yes")
        .output()
        .success();
    let (account, version) = (&bed.account.id, env!("CARGO_PKG_VERSION"));
    let sqs = aws_sdk_sqs::Client::new(&bed.config());
    let queue = sqs
        .get_queue_url()
        .queue_name("ddalert-slack-alerts-failed")
        .send()
        .await
        .expect("a queue");
    let send = sqs
        .send_message()
        .set_queue_url(queue.queue_url)
        .message_body("{}");
    let _ = send.send().await.expect("a message");
    let line = serde_json::json!({
        "timestamp": "2026-11-25T09:26:00.000Z", "level": "INFO", "event": "failed", "kind": "detect.in-alarm",
        "queued_ms": 1, "reason": "HTTP 404: no_service",
    });
    let logs = aws_sdk_cloudwatchlogs::Client::new(&bed.config());
    let group = "/aws/lambda/ddalert-slack-alerts";
    let stream = logs
        .create_log_stream()
        .log_group_name(group)
        .log_stream_name("s");
    let _ = stream.send().await.expect("a stream");
    let now = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .expect("a time");
    let event = aws_sdk_cloudwatchlogs::types::InputLogEvent::builder()
        .timestamp(i64::try_from(now.as_millis()).expect("a time"))
        .message(line.to_string())
        .build()
        .expect("an event");
    let put = logs
        .put_log_events()
        .log_group_name(group)
        .log_stream_name("s")
        .log_events(event);
    let _ = put.send().await.expect("a line");

    bed.proxy.forget_calls();
    let output = ddalert(&bed, "status").output();
    let said = output.to_string();
    assert!(bed.proxy.writes().is_empty(), "{:?}", bed.proxy.writes());
    let rows: Vec<Vec<&str>> = output
        .stdout
        .lines()
        .map(|line| line.split_whitespace().collect())
        .collect();
    for row in [
        vec!["alerts", "(eu-central-1)"],
        vec!["slack", "ssm", version, "✗", "2026-11-25", "09:26", "1"],
        vec!["sms", "+1206***0100", "-", "-", "-", "-"],
        vec![
            "1",
            "topic,",
            "2",
            "subscribers.",
            "Without",
            "subscribers:",
            "bare.",
        ],
    ] {
        assert!(rows.contains(&row), "{row:?} in {said}");
    }
    assert!(
        output.stdout.lines().all(|line| line.chars().count() <= 80),
        "{said}"
    );
    assert!(
        output.stderr.contains(
            "hint: see what waits in the failure queues: ddalert replay --dry-run --topic alerts"
        ),
        "{said}"
    );
    assert!(
        output.stdout.contains("\n    HTTP 404: no_service\n"),
        "{said}"
    );
    assert!(
        output.stderr.contains(
            "hint: Slack no longer knows this webhook. Fix: ddalert rotate slack --topic alerts"
        ),
        "{said}"
    );

    // What may not be read is neither fine nor missing.
    for (denied, unknown) in [
        (
            "lambda:GetFunction",
            vec!["lambda", "ddalert-slack…", "?", "?", "?", "?"],
        ),
        (
            "sqs:*",
            vec!["slack", "ssm", version, "✗", "2026-11-25", "09:26", "?"],
        ),
        ("logs:*", vec!["slack", "ssm", version, "?", "1"]),
        ("sns:ListSubscriptionsByTopic", vec!["?", "subscribers"]),
    ] {
        bed.proxy.on(denied).fail(Fault::AccessDenied);
        let output = ddalert(&bed, "status --topic alerts").output();
        let rows: Vec<Vec<&str>> = output
            .stdout
            .lines()
            .map(|line| line.split_whitespace().collect())
            .collect();
        assert!(rows.contains(&unknown), "{unknown:?} in {output}");
        assert!(output.stdout.contains("? not checked: "), "{output}");
        assert!(
            output.stdout.lines().all(|line| line.chars().count() <= 80),
            "{output}"
        );
        bed.proxy.heal();
    }
    let missing = ddalert(&bed, "status --topic nosuch").output();
    assert!(
        missing
            .failure(1)
            .contains("there is no topic nosuch in eu-central-1 of the account"),
        "{account}"
    );
}

#[test]
fn a_drawing_is_in_colour_and_steers_nothing_else() {
    let bed = Bed::new();
    let preview = |args: &str| {
        let run = ddalert(&bed, &format!("preview {args}"));
        run.env("TERM", "xterm").env("NO_COLOR", "")
    };
    for target in ["slack", "teams", "discord", "google-chat", "chime", "sms"] {
        for kind in ["in-alarm", "audit", "finding", "storm"] {
            let args = format!("--target {target} --kind {kind}");
            let (code, screen) = preview(&args)
                .on_terminal_of(80)
                .ends_with_screen((200, 80));
            assert_eq!(code, 0, "{screen}");
            // The codes of colours do their work and are not seen.
            assert!(!screen.contains(['\u{1b}', '\u{241b}']), "{args}: {screen}");
            assert!(!screen.contains("[0m"), "{args}: {screen}");
        }
    }
    let (_, seen) = preview("--target slack").on_terminal_of(80).ends();
    assert!(seen.contains("\u{1b}[1m"), "{seen}");
    // Words are broken by ddalert, as wide as what is seen of them.
    for line in plain(&seen).lines() {
        let is_whole = line.contains("https://");
        assert!(is_whole || line.chars().count() <= 80, "{line}");
    }
    let alert = r#"{"behavior":"\u001b[31mred\u001b]0;title\u0007","thingName":"t"}"#;
    let (_, seen) = preview("--target slack --file alert.json")
        .with_file("alert.json", alert)
        .on_terminal_of(80)
        .ends();
    assert!(seen.contains("[31mred"), "{seen}");
    assert!(
        !seen.contains("\u{1b}[31m") && !seen.contains('\u{7}'),
        "{seen}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_answered_before_an_error() {
    let bed = Bed::new();
    let sns = Sns::new(&bed.config());
    let made = sns.create_topic().name("alerts").send().await;
    let _ = made.expect("a topic");
    for args in ["doctor --topic alarts", "test-publish --topic alarts"] {
        let output = ddalert(&bed, args).output();
        assert_eq!(
            (output.stdout.as_str(), output.status.code()),
            ("", Some(1)),
            "{args}: {output}"
        );
    }
}

#[test]
fn every_error_has_one_style() {
    let bed = Bed::new();
    for (args, stderr) in [
        (
            "deploy-slak",
            "error: there is no command 'deploy-slak'\nhint: use ddalert deploy-slack; ddalert --help lists all commands\n",
        ),
        (
            "list",
            "error: there is no command 'list'\nhint: use ddalert status; ddalert --help lists all commands\n",
        ),
        (
            "doctor --tpoic alerts",
            "error: unexpected argument '--tpoic' found\nhint: use --topic; ddalert doctor --help explains it\n",
        ),
        (
            "test-publish",
            "error: no topic is given\nhint: name it with --topic NAME|ARN or DDALERT_TOPIC\n",
        ),
        (
            "deploy-slack https://hooks.slack.com/services/T0/B0/sesame",
            "error: unexpected argument 'https://hooks.slack.com/…' found\nhint: give a webhook URL with --webhook-url-file FILE \
             (- is standard input) or in DDALERT_WEBHOOK_URL, never as an argument\n",
        ),
    ] {
        assert_eq!(ddalert(&bed, args).output().failure(2), stderr, "{args}");
    }
    let version = format!("ddalert {}\n", env!("CARGO_PKG_VERSION"));
    for args in ["version", "--version", "-V", "--version --output json"] {
        assert_eq!(ddalert(&bed, args).output().success(), version, "{args}");
    }
}
