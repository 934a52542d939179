//! `preview`, without an account or a network: on a terminal, in a pipe, as JSON, and as a page in a browser.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use ddalert::alert::{Alert, Origin, SAMPLES};
use ddalert::destination::{Message, WebhookSecret, destination};
use serde_json::Value;
use testbed::command::Run;

const TITLE: &str = "Medium: messageSize on myIoTDevice: 26 bytes, expected > 5,000";

fn preview(args: &str) -> Run {
    Run::new(Path::new(env!("CARGO_BIN_EXE_ddalert")))
        .args(["preview"])
        .args(args.split_whitespace())
}

#[test]
fn a_person_reads_the_message_and_not_its_json() {
    for (room, bar) in [
        ("slack", "▌ Message size: expected > 5,000 bytes"),
        ("teams", "▌ Medium: messageSize on myIoTDevice"),
        ("google-chat", "Medium: messageSize on myIoTDevice"),
        ("discord", "▌ Message size: expected > 5,000 bytes"),
        ("pagerduty", "▌ Triggered, severity warning"),
    ] {
        let said = preview(&format!("--target {room}")).output().success();
        assert!(said.contains(bar), "{room}: {said}");
        for line in [
            "Thing ",
            "Since ",
            "2020-02-26 19:30:00 UTC",
            "View thing ",
            "#/thing/myIoTDevice",
        ] {
            assert!(said.contains(line), "{room}: {line}: {said}");
        }
        for json in ["{\"", "\": ", "\\n", "&gt;", "\u{1b}", "\u{200b}"] {
            assert!(!said.contains(json), "{room}: {json:?}: {said}");
        }
    }
    let chime = preview("--target chime").output().success();
    assert!(
        chime.starts_with("IoT Device Defender alert! Thing name: myIoTDevice | Security profile: LargeMessageSize | Behavior name: messageSize\n"),
        "{chime}"
    );
    let text = preview("--target sms").output().success();
    assert_eq!(text.lines().count(), 1, "{text}");
}

#[test]
fn lines_fit_the_terminal() {
    let (code, seen) = preview("--target slack --kind statistical")
        .on_terminal()
        .ends();
    assert_eq!(code, 0, "{seen}");
    // The terminal's reader takes each byte for a character.
    let bytes: Vec<u8> = seen.chars().map(|c| c as u32 as u8).collect();
    let seen = String::from_utf8(bytes).expect("UTF-8");
    for line in seen.lines().filter(|line| !line.contains("https://")) {
        assert!(line.trim_end().chars().count() <= 80, "{line}");
    }
    assert!(
        seen.contains("High: MessagesReceived-High on sensor-0042"),
        "{seen}"
    );
}

#[test]
fn json_is_exactly_what_the_room_receives() {
    let topic = "arn:aws:sns:us-east-1:123456789012:BadIoTDevices"
        .parse()
        .ok();
    let origin = Origin {
        topic,
        ..Origin::default()
    };
    let alert = Alert::parse(SAMPLES[0].json, origin);
    let secret = WebhookSecret::from_url("https://room.example/").expect("a URL");
    for room in ["slack", "teams", "discord", "webhook", "chime"] {
        let said = preview(&format!("--target {room} --output json"))
            .output()
            .success();
        let body: Value = serde_json::from_str(&said).expect("one document");
        let room = destination(room).expect("a destination");
        assert_eq!(body, (room.request)(&secret, &Message::Alert(&alert)).body);
    }
}

#[test]
fn a_test_shows_the_present_time() {
    let said = preview("--target slack --test").output().success();
    let year = jiff::Timestamp::now().strftime("%Y-").to_string();
    let sent = said.lines().find(|line| line.contains("Sent "));
    assert!(sent.is_some_and(|line| line.contains(&year)), "{said}");
    assert!(said.contains(&format!("[TEST] {TITLE}")), "{said}");
    assert!(!said.contains("2020"), "{said}");
}

#[test]
fn a_page_is_opened_in_the_browser() {
    let folder = tempfile::tempdir().expect("a folder");
    let browser = folder.path().join("xdg-open");
    let script = format!(
        "#!/bin/sh\nexec /bin/cp \"$1\" {}/opened.html\n",
        folder.path().display()
    );
    std::fs::write(&browser, script).expect("a program");
    std::fs::set_permissions(&browser, std::fs::Permissions::from_mode(0o755)).expect("rights");
    for (room, designer) in [
        (
            "slack",
            "https://app.slack.com/block-kit-builder/#%7B%22blocks%22",
        ),
        ("teams", "https://adaptivecards.microsoft.com/designer.html"),
    ] {
        let run = preview(&format!("--target {room} --open"))
            .env("PATH", folder.path())
            .env("TMPDIR", folder.path());
        let output = run.output();
        assert!(output.status.success(), "{}", output.stderr);
        assert!(output.stderr.contains(designer), "{}", output.stderr);
        assert!(!output.stdout.contains(designer), "{}", output.stdout);
        let page = std::fs::read_to_string(folder.path().join("opened.html")).expect("a page");
        assert!(
            page.contains("Medium: messageSize on myIoTDevice: 26 bytes, expected &gt; 5,000"),
            "{page}"
        );
        assert!(page.contains(&designer.replace('&', "&amp;")), "{page}");
    }
}

#[test]
fn without_a_browser_the_page_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let output = preview("--target discord --open")
        .env("PATH", folder.path())
        .env("TMPDIR", folder.path())
        .output();
    assert_eq!(output.status.code(), Some(1), "{}", output.stderr);
    for line in [
        "error: opening the page in a browser failed",
        "cause: no browser was found",
        "hint: open ",
    ] {
        assert!(output.stderr.contains(line), "{}", output.stderr);
    }
    let page = std::fs::read_dir(folder.path()).expect("the folder").next();
    let page = page.expect("a page").expect("a page").path();
    assert!(
        output.stderr.contains(&page.display().to_string()),
        "{}",
        output.stderr
    );
    assert!(output.stdout.contains("Message size"), "{}", output.stdout);
}
