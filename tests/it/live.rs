//! What stands on a terminal while something is done, and when it is done: a line for each change or subscriber, then a table.

use std::time::Duration;

use aws_sdk_sns::Client as Sns;
use testbed::bed::Bed;
use testbed::command::Run;
use testbed::fault::Fault;

use crate::typed::{ddalert, small_relay};

/// As many lines as a terminal of the tests keeps.
const ROWS: u16 = 1_000;

async fn bed() -> Bed {
    let bed = Bed::new();
    let made = Sns::new(&bed.config()).create_topic().name("alerts").send();
    let _ = made.await.expect("a topic");
    bed
}

fn deploy(bed: &Bed, more: &str) -> Run {
    let relay = small_relay().display();
    let args =
        format!("deploy-slack --topic alerts --yes --allow-host 127.0.0.1 --relay {relay} {more}");
    ddalert(bed, &args)
        .env("DDALERT_WEBHOOK_URL", bed.sink.url("/room"))
        .env("TERM", "xterm")
}

/// Returns the lines of a screen, and checks that none is wider than it.
fn lines(screen: &str, columns: u16) -> Vec<&str> {
    let lines: Vec<&str> = screen.lines().map(str::trim_end).collect();
    let is_whole = |line: &str| line.contains("ddalert ");
    let widest = lines.iter().filter(|line| !is_whole(line));
    let widest = widest.map(|line| line.chars().count()).max();
    assert!(widest <= Some(usize::from(columns)), "{screen}");
    lines
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_are_live_lines_and_then_a_table_that_fits() {
    let bed = bed().await;
    let long = "x".repeat(64);
    for (columns, more) in [
        (80, String::new()),
        (80, format!("--name {long} --trigger sqs")),
        (120, "--name another".to_owned()),
    ] {
        let slow = Fault::Delay(Duration::from_millis(1_500));
        bed.proxy.on("lambda:CreateFunction").nth(1).fail(slow);
        let mut terminal = deploy(&bed, &more).on_terminal_of(columns);
        // The line of what is under way, and since when, below what is done.
        terminal.reads("create function ");
        terminal.reads("  1.");
        let (code, screen) = terminal.ends_with_screen((ROWS, columns));
        assert_eq!(code, 0, "{screen}");
        let lines = lines(&screen, columns);
        let words = |line: &&str| line.split_whitespace().collect::<Vec<_>>().join(" ");
        let rows: Vec<String> = lines.iter().map(words).collect();
        let has_row = |begin: &str, end: &str| {
            rows.iter()
                .any(|row| row.starts_with(begin) && row.ends_with(end))
        };
        assert_eq!(rows[0], "CHANGE RESOURCE NAME TIME", "{screen}");
        assert!(has_row("created function ", " s"), "{screen}");
        assert!(has_row("created failure queue ", " ms"), "{screen}");
        assert!(has_row("created secret ddalert/", "ms"), "{screen}");
        // What the table says stands nowhere else.
        assert_eq!(screen.matches("subscription").count(), 1, "{screen}");
        assert!(!screen.contains("create function"), "{screen}");
        bed.proxy.heal();
    }
    // An update says what differed; where nothing is made, there is no table.
    let update = deploy(&bed, "--events audit");
    let (code, screen) = update.on_terminal_of(80).ends_with_screen((ROWS, 80));
    assert!(
        code == 0 && screen.contains("lambda ddalert-slack-alerts: filter policy"),
        "{screen}"
    );
    let (code, screen) = deploy(&bed, "")
        .on_terminal_of(80)
        .ends_with_screen((ROWS, 80));
    assert!(code == 0 && !screen.contains("CHANGE"), "{screen}");
    let remove = ddalert(&bed, "remove --all --topic alerts --yes").env("TERM", "xterm");
    let (code, screen) = remove.on_terminal_of(80).ends_with_screen((ROWS, 80));
    assert!(
        code == 0 && screen.contains("removed  function  "),
        "{screen}"
    );
    assert!(lines(&screen, 80)[0].starts_with("CHANGE "), "{screen}");
}

#[tokio::test(flavor = "multi_thread")]
async fn off_a_terminal_each_change_is_a_plain_line() {
    let bed = bed().await;
    let output = deploy(&bed, "").output();
    assert!(output.status.success(), "{output}");
    assert!(
        output
            .stderr
            .contains("✓ create function ddalert-slack-alerts\n"),
        "{output}"
    );
    assert!(
        !output.stdout.contains("CHANGE") && !output.to_string().contains('\u{1b}'),
        "{output}"
    );
    // Neither lines nor a table where only the answer is wanted, and lines where calls are told between them.
    let quiet = deploy(&bed, "--name quiet --quiet");
    let (code, screen) = quiet.on_terminal_of(80).ends_with_screen((ROWS, 80));
    assert!(
        code == 0 && screen.starts_with("quiet delivers alerts to Slack.\n"),
        "{screen}"
    );
    let verbose = deploy(&bed, "--name verbose -v");
    let (code, screen) = verbose.on_terminal_of(80).ends_with_screen((ROWS, 80));
    assert!(
        code == 0 && screen.contains("✓ create function verbose") && !screen.contains("CHANGE"),
        "{screen}"
    );
    let json = deploy(&bed, "--name json --output json");
    let (code, screen) = json.on_terminal_of(80).ends_with_screen((ROWS, 80));
    assert!(
        code == 0 && screen.starts_with('✓') && screen.contains("\"elapsed_ms\": "),
        "{screen}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_ends_early_leaves_what_was_made_on_the_terminal() {
    let bed = bed().await;
    bed.proxy
        .on("lambda:AddPermission")
        .fail(Fault::AccessDenied);
    let (code, screen) = deploy(&bed, "")
        .on_terminal_of(80)
        .ends_with_screen((ROWS, 80));
    assert_eq!(code, 1, "{screen}");
    let made = "✓ create function ddalert-slack-alerts\n";
    assert!(
        screen.contains(made) && !screen.contains("create permission ddalert-sns"),
        "{screen}"
    );
    assert!(screen.contains("not made: create permission"), "{screen}");
    bed.proxy.heal();

    let slow = Fault::Delay(Duration::from_secs(30));
    bed.proxy.on("lambda:CreateFunction").fail(slow);
    let mut terminal = deploy(&bed, "--name interrupted").on_terminal_of(80);
    terminal.reads("create function ");
    terminal.reads("  1.");
    terminal.presses("\u{3}");
    let (code, screen) = terminal.ends_with_screen((ROWS, 80));
    assert_eq!(code, 130, "{screen}");
    assert!(
        screen.contains("✓ create failure queue interrupted-failed\n"),
        "{screen}"
    );
    assert!(
        screen.contains("may or may not have been made: create function interrupted"),
        "{screen}"
    );
    assert!(!screen.contains(" s\n"), "no line goes on: {screen}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_low_terminal_shows_what_is_under_way() {
    let bed = bed().await;
    let slow = Fault::Delay(Duration::from_millis(1_500));
    bed.proxy.on("lambda:CreateFunction").nth(1).fail(slow);
    let (code, screen) = deploy(&bed, "")
        .on_screen_of(12, 80)
        .ends_with_screen((12, 80));
    assert_eq!(code, 0, "{screen}");
    assert!(
        !screen.contains("✓ create") && screen.contains("created  subscription"),
        "{screen}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn several_subscribers_are_a_table() {
    let bed = bed().await;
    for name in ["ddalert-slack-alerts", &"y".repeat(64)] {
        let _ = deploy(&bed, &format!("--name {name}")).output().success();
    }
    let phone = ddalert(&bed, "subscribe-sms +12065550100 --topic alerts --yes");
    let _ = phone.output().success();
    let test = || ddalert(&bed, "test-publish --topic alerts --timeout 2").env("TERM", "xterm");
    for columns in [80, 120] {
        let mut terminal = test().on_terminal_of(columns);
        terminal.reads("slack (ddalert-slack-alerts)");
        let (code, screen) = terminal.ends_with_screen((ROWS, columns));
        assert_eq!(code, 4, "nothing runs the small relay: {screen}");
        let lines = lines(&screen, columns);
        assert!(
            lines[0].starts_with("  SUBSCRIBER") && lines[0].ends_with("TO RELAY  TO ROOM"),
            "{screen}"
        );
        let row = lines
            .iter()
            .find(|line| line.contains("ddalert-slack-alerts)"));
        let row = row.expect("a row").split_whitespace().collect::<Vec<_>>();
        assert_eq!(
            row,
            [
                "✗",
                "slack",
                "(ddalert-slack-alerts)",
                "not",
                "confirmed",
                "-",
                "-"
            ]
        );
        assert!(
            lines
                .iter()
                .any(|line| line.starts_with("→ sms (+1206***0100) ")),
            "{screen}"
        );
    }
    let piped = test().output();
    assert!(
        piped
            .stdout
            .lines()
            .all(|line| line.chars().count() <= 80 || line.starts_with("    "))
            && piped.stdout.starts_with("  SUBSCRIBER"),
        "{piped}"
    );
}
