//! Shows everything that ddalert does on this machine, without an AWS account: `cargo run --example demo`.
//!
//! It builds both binaries, starts an AWS emulator and a server that plays a Chime room and a Slack channel, and runs the real
//! commands. It prints each command before running it, and each message as the room received it. If a step does not do what it
//! should, it exits with 1. It leaves nothing running, and no file outside `target/`.
//!
//! To try ddalert by hand, name a program that is run in its place, such as a shell: `cargo run --example demo -- bash`. There,
//! `ddalert` speaks to the emulator, and `$ROOM` is the webhook URL of a room that takes everything.
// An example may print. It shares the support code of the tests and uses only a part of it.
#![allow(clippy::print_stdout, clippy::print_stderr, missing_docs)]

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

use aws_sdk_lambda::Client as Lambda;
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::InvocationType;
use aws_sdk_sqs::Client as Sqs;
use aws_sdk_sqs::types::QueueAttributeName;
use console::style;
use serde_json::{Value, json};
use testbed::account::Account;
use testbed::command::Run;
use testbed::ministack::MiniStack;
use testbed::model::sms::OriginationNumber;
use testbed::proxy::Proxy;
use testbed::sink::{Reply, Sink};
use tokio::runtime::Runtime;

const TOPIC: &str = "BadIoTDevices";
const PHONE: &str = "+12065550100";
const ROOMS: [(&str, &str); 2] = [("chime", "the Chime room"), ("slack", "the Slack channel")];

/// The line that opens every Detect alarm in a room.
const HEADLINE: &str = "IoT Device Defender alert! Thing name: myIoTDevice | Security profile: LargeMessageSize | Behavior name: messageSize";

type Step<T = ()> = Result<T, String>;

fn main() -> ExitCode {
    let typed: Vec<OsString> = std::env::args_os().skip(1).collect();
    let outcome = match typed.split_first() {
        Some((program, arguments)) => by_hand(program, arguments),
        None => demo().map(|()| ExitCode::SUCCESS),
    };
    match outcome {
        Ok(code) => code,
        Err(why) => {
            eprintln!("\n{} {why}", style("The demo failed:").red().bold());
            ExitCode::FAILURE
        }
    }
}

fn demo() -> Step {
    title("Building ddalert and its relay");
    let bin = build()?;
    title(
        "Starting an AWS emulator (MiniStack, installed under target/ on first use) and two rooms",
    );
    let stage = Stage::set(&bin)?;
    let mut times = Vec::new();

    title("Make Device Defender publish to a topic");
    stage.type_in(
        &[
            "connect",
            "--all-profiles",
            "--audit",
            "--topic",
            TOPIC,
            "--yes",
        ],
        None,
        0,
    )?;
    title("Send the alerts to a phone");
    stage.type_in(
        &[
            "subscribe-sms",
            PHONE,
            "--transactional",
            "--topic",
            TOPIC,
            "--yes",
        ],
        None,
        0,
    )?;
    for (name, room) in ROOMS {
        title(&format!("Send the alerts to {room}"));
        let started = Instant::now();
        let deploy = ["deploy-".to_owned() + name];
        let words = [
            "--topic",
            TOPIC,
            "--webhook-url-file",
            "-",
            "--allow-host",
            "127.0.0.1",
            "--yes",
        ];
        let words: Vec<&str> = deploy.iter().map(String::as_str).chain(words).collect();
        stage.type_in(&words, Some(&stage.sink.url(&format!("/{name}"))), 0)?;
        times.push((format!("deploy-{name}"), started.elapsed()));
        stage.show(name, room, 1)?;
    }

    title("Publish the sample alert and follow it to every subscriber");
    let started = Instant::now();
    stage.type_in(&["test-publish", "--topic", TOPIC], None, 0)?;
    times.push(("test-publish".to_owned(), started.elapsed()));
    for (name, room) in ROOMS {
        let said = stage.show(name, room, 2)?;
        let text = said["Content"]
            .as_str()
            .or(said["text"].as_str())
            .unwrap_or_default();
        if !text.starts_with(&format!("[TEST] {HEADLINE}")) {
            return Err(format!(
                "{room} should have received the alert, but received: {text}"
            ));
        }
    }

    title("The same with JSON output, for a pipeline");
    let report = stage.type_in(
        &["test-publish", "--topic", TOPIC, "--output", "json"],
        None,
        0,
    )?;
    let report: Value = serde_json::from_str(&report)
        .map_err(|error| format!("the output is not one JSON document: {error}"))?;
    if report["results"][0]["confirmed"] != true {
        return Err("the alert was not confirmed".to_owned());
    }

    title("Deploy again: nothing has to change, so nothing is written");
    stage.proxy.forget_calls();
    let started = Instant::now();
    let again = stage.type_in(&["deploy-chime", "--topic", TOPIC], None, 0)?;
    times.push(("deploy-chime again".to_owned(), started.elapsed()));
    if !again.contains("Nothing to change") || !stage.proxy.writes().is_empty() {
        return Err("the second deploy wrote something".to_owned());
    }

    title("Check the whole chain; break it; find the problem and fix it");
    let started = Instant::now();
    stage.type_in(&["doctor", "--topic", TOPIC], None, 0)?;
    times.push(("doctor".to_owned(), started.elapsed()));
    stage.forbid("slack")?;
    println!(
        "  {}",
        style("(the demo removes the permission that lets the topic call the Slack relay)")
            .yellow()
    );
    let found = stage.type_in(&["doctor", "--topic", TOPIC], None, 1)?;
    if !found.contains("DD025") {
        return Err("doctor did not find the missing permission".to_owned());
    }
    stage.type_in(&["deploy-slack", "--topic", TOPIC, "--yes"], None, 0)?;

    title("An alert that a room rejects is kept, and delivered later");
    stage
        .sink
        .answer("/slack", vec![Reply::new(403, "invalid_token")]);
    stage.fail("slack")?;
    stage.type_in(&["replay", "--dry-run", "--topic", TOPIC], None, 0)?;
    println!(
        "  {}",
        style("(the Slack channel accepts messages again)").yellow()
    );
    stage.sink.answer("/slack", Vec::new());
    stage.type_in(&["replay", "--topic", TOPIC], None, 0)?;

    title("Remove everything");
    let started = Instant::now();
    stage.type_in(&["remove", "--all", "--topic", TOPIC, "--yes"], None, 0)?;
    times.push(("remove --all".to_owned(), started.elapsed()));
    stage.type_in(
        &["connect", "--disconnect", "--topic", TOPIC, "--yes"],
        None,
        0,
    )?;
    stage.type_in(&["remove", "--topic", TOPIC], None, 2)?;

    title("Times");
    for (what, time) in &times {
        println!("  {what:20} {:>6} ms", time.as_millis());
    }
    for delivery in report["results"][0]["deliveries"]
        .as_array()
        .into_iter()
        .flatten()
        .filter(|delivery| delivery["target"].is_string())
    {
        println!(
            "  {:20} {:>6} ms from publish to relay, {} ms from relay to room",
            delivery["target"].as_str().unwrap_or_default(),
            delivery["queued_ms"],
            delivery["elapsed_ms"]
        );
    }
    println!(
        "\n{}",
        style("Every step did what it should.").green().bold()
    );
    Ok(())
}

/// Runs a program where the demo would run, and returns its exit code.
fn by_hand(program: &OsString, arguments: &[OsString]) -> Step<ExitCode> {
    let bin = build()?;
    let stage = Stage::set(&bin)?;
    let outer = std::env::var_os("PATH").unwrap_or_default();
    let path = std::env::join_paths(
        [bin.clone()]
            .into_iter()
            .chain(std::env::split_paths(&outer)),
    );
    let status = Command::new(program)
        .args(arguments)
        .envs(stage.account.environment(&stage.proxy.endpoint()))
        .env("PATH", path.map_err(|error| error.to_string())?)
        .env("ROOM", stage.sink.url("/room"))
        .status()
        .map_err(|error| format!("cannot run {}: {error}", program.display()))?;
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    Ok(ExitCode::from(code.unwrap_or(1)))
}

/// The account, the emulator and the rooms of the demo.
struct Stage<'a> {
    bin: &'a Path,
    account: Account,
    proxy: Proxy,
    sink: Sink,
    runtime: Runtime,
    // Stops the emulator when the demo ends.
    _emulator: MiniStack,
}

impl Stage<'_> {
    fn set(bin: &Path) -> Step<Stage<'_>> {
        let emulator = MiniStack::start();
        let account = Account::new();
        let proxy = Proxy::start(&emulator);
        let runtime = Runtime::new().map_err(|error| format!("no runtime: {error}"))?;
        proxy.model().at(&account, |here| {
            let behaviors = json!([{ "name": "messageSize", "metric": "aws:message-byte-size" }]);
            here.iot
                .add_profile("LargeMessageSize", &json!({ "behaviors": behaviors }));
            here.iot.audit["auditCheckConfigurations"] =
                json!({ "LOGGING_DISABLED_CHECK": { "enabled": true } });
            here.iot.scheduled_audits =
                vec![json!({ "scheduledAuditName": "daily", "frequency": "DAILY" })];
            let (number, country, status) = (
                "+18005550100".to_owned(),
                "US".to_owned(),
                "ACTIVE".to_owned(),
            );
            here.sms.origination_numbers = vec![OriginationNumber {
                number,
                country,
                status,
            }];
            here.sms
                .attributes
                .insert("MonthlySpendLimit".to_owned(), "50".to_owned());
        });
        println!("  emulator {}", emulator.endpoint());
        Ok(Stage {
            bin,
            account,
            proxy,
            sink: Sink::start(),
            runtime,
            _emulator: emulator,
        })
    }

    fn config(&self) -> aws_config::SdkConfig {
        testbed::sdk::config(&self.account, &self.proxy.endpoint())
    }

    /// Removes the permission that lets the topic call a relay.
    fn forbid(&self, target: &str) -> Step {
        let (lambda, function) = (
            Lambda::new(&self.config()),
            format!("ddalert-{target}-{TOPIC}"),
        );
        self.runtime.block_on(async {
            let policy = lambda
                .get_policy()
                .function_name(&function)
                .send()
                .await
                .map_err(|error| format!("{error:?}"))?;
            let policy: Value = serde_json::from_str(policy.policy().unwrap_or_default())
                .map_err(|error| error.to_string())?;
            let statement = policy["Statement"][0]["Sid"]
                .as_str()
                .ok_or("the function has no policy")?;
            let remove = lambda
                .remove_permission()
                .function_name(&function)
                .statement_id(statement);
            remove
                .send()
                .await
                .map(|_| ())
                .map_err(|error| format!("{error:?}"))
        })
    }

    /// Makes a relay fail on an alert until the alert is in its failure queue. Unlike Lambda, the emulator drops an SNS event
    /// that a function fails on, so the function is invoked directly with the event that Lambda would get from SNS.
    fn fail(&self, target: &str) -> Step {
        let (lambda, sqs, function) = (
            Lambda::new(&self.config()),
            Sqs::new(&self.config()),
            format!("ddalert-{target}-{TOPIC}"),
        );
        let alert = include_str!("../src/alert/samples/in-alarm.json");
        let envelope = json!({
            "Type": "Notification", "MessageId": "4a368c7b-c98a-5f32-82ba-da33de9e4d57", "TopicArn": self.account.arn("sns", TOPIC),
            "Timestamp": "2026-11-24T10:00:00.000Z", "Message": alert,
        });
        let event = json!({ "Records": [{ "EventSource": "aws:sns", "Sns": envelope }] });
        self.runtime.block_on(async {
            let invoke = lambda
                .invoke()
                .function_name(&function)
                .invocation_type(InvocationType::Event);
            invoke
                .payload(Blob::new(event.to_string()))
                .send()
                .await
                .map_err(|error| format!("{error:?}"))?;
            let queue = sqs
                .get_queue_url()
                .queue_name(format!("{function}-failed"))
                .send()
                .await;
            let queue = queue
                .map_err(|error| format!("{error:?}"))?
                .queue_url
                .unwrap_or_default();
            for _ in 0..200 {
                let waiting = QueueAttributeName::ApproximateNumberOfMessages;
                let held = sqs
                    .get_queue_attributes()
                    .queue_url(&queue)
                    .attribute_names(waiting.clone())
                    .send()
                    .await;
                let held = held
                    .map_err(|error| format!("{error:?}"))?
                    .attributes
                    .unwrap_or_default();
                if held.get(&waiting).is_some_and(|count| count != "0") {
                    return Ok(());
                }
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
            Err("the alert did not reach the failure queue".to_owned())
        })
    }

    /// Runs a command, prints its output, and returns its standard output.
    fn type_in(&self, words: &[&str], stdin: Option<&str>, code: i32) -> Step<String> {
        let pipe = stdin
            .map(|_| "echo \"$WEBHOOK_URL\" | ")
            .unwrap_or_default();
        println!(
            "{}",
            style(format!("$ {pipe}ddalert {}", words.join(" "))).bold()
        );
        let mut run = Run::new(&self.bin.join("ddalert"))
            .account(&self.account, &self.proxy.endpoint())
            .args(words);
        if let Some(text) = stdin {
            run = run.stdin(text);
        }
        let output = run.output();
        for line in output.stderr.lines() {
            println!("  {}", style(line).dim());
        }
        for line in output.stdout.lines() {
            println!("  {line}");
        }
        if output.status.code() == Some(code) {
            return Ok(output.stdout);
        }
        Err(format!(
            "ddalert {} should have exited with {code}: {}",
            words.join(" "),
            output.status
        ))
    }

    /// Prints the newest message of a room, which must have received `count` messages.
    fn show(&self, path: &str, room: &str, count: usize) -> Step<Value> {
        let end = Instant::now() + Duration::from_secs(10);
        loop {
            let received = self.sink.received_at(&format!("/{path}"));
            match received.last() {
                Some(last) if received.len() >= count => {
                    println!("{}", style(format!("  {room} received:")).cyan());
                    println!("{}", indented(&last.json()));
                    return Ok(last.json());
                }
                _ if Instant::now() > end => {
                    return Err(format!(
                        "{room} received {} of {count} messages",
                        received.len()
                    ));
                }
                _ => std::thread::sleep(Duration::from_millis(50)),
            }
        }
    }
}

fn indented(value: &Value) -> String {
    format!("{value:#}")
        .lines()
        .map(|line| format!("    {line}"))
        .collect::<Vec<_>>()
        .join("\n")
}

/// Builds both binaries beside this example and returns their folder.
fn build() -> Step<PathBuf> {
    let mut cargo = Command::new(env!("CARGO"));
    // Together with the example, so that shared dependencies are built once.
    cargo
        .args([
            "build",
            "--quiet",
            "--bins",
            "--example",
            "demo",
            "--locked",
        ])
        .current_dir(env!("CARGO_MANIFEST_DIR"));
    if !cfg!(debug_assertions) {
        cargo.arg("--release");
    }
    let status = cargo
        .status()
        .map_err(|error| format!("cannot run cargo: {error}"))?;
    if !status.success() {
        return Err("the binaries cannot be built".to_owned());
    }
    let example = std::env::current_exe()
        .map_err(|error| format!("cannot tell where this example is: {error}"))?;
    let folder = example
        .parent()
        .and_then(Path::parent)
        .ok_or("this example is not in a target folder")?;
    Ok(folder.to_owned())
}

fn title(text: &str) {
    println!("\n{}", style(text).cyan().bold());
}
