//! What a command of ddalert costs a person, against the AWS CLI doing the same on the same emulator, in one run.
//!
//! `cargo bench --bench cli` prints medians of `--version`, of `preview` (which the AWS CLI has no counterpart to), of publishing one
//! alert, and of a first deploy: with the calls to AWS answered as fast as the emulator can, and each of them 50 ms later. It measures
//! the programs that are built with it, or those in a folder: `-- FOLDER`. The AWS CLI is installed below `target/`. For a deploy it
//! makes the same resources, one command each, in the order of a person's script; packing the relay is left out of its time, and so is
//! the greeting that only ddalert posts to the room.
#![allow(clippy::print_stdout, clippy::unwrap_used, unreachable_pub)]

mod aws;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use aws::{Aws, Files, Shell};
use aws_sdk_sns::Client as Sns;
use ddalert::aws::package::package;
use testbed::account::Account;
use testbed::command::Run;
use testbed::fault::Fault;
use testbed::ministack::MiniStack;
use testbed::proxy::Proxy;
use testbed::sink::Sink;
use tokio::runtime::Runtime;

const DDALERT: &str = env!("CARGO_BIN_EXE_ddalert");
const RELAY: &str = env!("CARGO_BIN_EXE_ddalert-relay");
const TOPIC: &str = "BadIoTDevices";
const ALERT: &str = include_str!("../../src/alert/samples/in-alarm.json");

/// How often each short command is run.
const RUNS: usize = 21;
/// How often a relay is deployed, each time into an empty account.
const DEPLOYS: usize = 5;
/// How much later each call is answered, in milliseconds.
const LATENCIES: [u64; 2] = [0, 50];

fn main() {
    let folder = std::env::args()
        .skip(1)
        // Cargo's own argument.
        .find(|argument| argument != "--bench");
    let program = |name: &str, built: &str| match &folder {
        Some(folder) => Path::new(folder).join(name),
        None => built.into(),
    };
    let stage = Stage::set(program("ddalert", DDALERT), program("ddalert-relay", RELAY));
    println!("Medians, and how many times ddalert's\n");
    let own = times(RUNS, || stage.ddalert(&["--version"]));
    let aws = times(RUNS, || stage.aws.run(&["--version"]));
    print("--version", own, Some(aws), None);
    let own = times(RUNS, || stage.ddalert(&["preview", "--target", "slack"]));
    print("preview", own, None, None);
    for latency in LATENCIES {
        stage.publish(latency);
    }
    for latency in LATENCIES {
        stage.deploy(latency);
    }
}

/// The emulator with a proxy before it, a room, and the AWS CLI.
struct Stage {
    ddalert: PathBuf,
    relay: PathBuf,
    aws: Aws,
    _emulator: MiniStack,
    proxy: Proxy,
    room: Sink,
    runtime: Runtime,
}

impl Stage {
    fn set(ddalert: PathBuf, relay: PathBuf) -> Stage {
        let aws = Aws::install().unwrap_or_else(|why| panic!("{why}"));
        let emulator = MiniStack::start();
        Stage {
            ddalert,
            relay,
            aws,
            proxy: Proxy::start(&emulator),
            _emulator: emulator,
            room: Sink::start(),
            runtime: Runtime::new().unwrap(),
        }
    }

    /// Returns an account that is empty but for the topic; from now on each call takes so much longer.
    fn account(&self, latency: u64) -> Account {
        let account = Account::new();
        self.proxy.heal();
        let sns = Sns::new(&testbed::sdk::config(&account, &self.proxy.endpoint()));
        self.runtime
            .block_on(sns.create_topic().name(TOPIC).send())
            .unwrap();
        if latency > 0 {
            let delay = Duration::from_millis(latency);
            self.proxy.on("*").fail(Fault::Delay(delay));
        }
        self.proxy.forget_calls();
        account
    }

    fn ddalert(&self, words: &[&str]) -> Run {
        Run::new(&self.ddalert).args(words)
    }

    fn publish(&self, latency: u64) {
        let (account, endpoint) = (self.account(latency), self.proxy.endpoint());
        let own = times(RUNS, || {
            self.ddalert(&["test-publish", "--topic", TOPIC, "--no-wait"])
                .account(&account, &endpoint)
        });
        let shell = Shell {
            aws: &self.aws,
            account: &account,
            endpoint: &endpoint,
        };
        let aws = median((0..RUNS).map(|_| timed(|| shell.publish(TOPIC, ALERT))));
        print("one publish", own, Some(aws), Some(latency));
    }

    fn deploy(&self, latency: u64) {
        let folder = tempfile::tempdir().unwrap();
        let (url, zip) = (folder.path().join("url"), folder.path().join("relay.zip"));
        let packed = package(&self.relay).unwrap_or_else(|why| panic!("{why}"));
        std::fs::write(&url, self.room.url("/room")).unwrap();
        std::fs::write(&zip, &packed.zip).unwrap();
        let files = Files {
            relay: &zip,
            architecture: packed.architecture,
            url: &url,
        };
        let endpoint = self.proxy.endpoint();
        let (mut own, mut aws, mut calls) = (Vec::new(), Vec::new(), (0, 0));
        for _ in 0..DEPLOYS {
            let account = self.account(latency);
            let run = self
                .ddalert(&["deploy-chime", "--topic", TOPIC, "--yes"])
                .account(&account, &endpoint)
                .args(["--allow-host", "127.0.0.1", "--webhook-url-file"])
                .args([url.as_os_str(), "--relay".as_ref(), self.relay.as_os_str()]);
            own.push(timed(|| drop(run.output().success())));
            calls.0 = self.proxy.calls().len();
            self.check_delivery(&account);

            let account = self.account(latency);
            let shell = Shell {
                aws: &self.aws,
                account: &account,
                endpoint: &endpoint,
            };
            aws.push(timed(|| shell.deploy(TOPIC, &files)));
            calls.1 = self.proxy.calls().len();
            self.check_delivery(&account);
        }
        print(
            &format!("first deploy, {} and {} calls", calls.0, calls.1),
            median(own),
            Some(median(aws)),
            Some(latency),
        );
    }

    /// Publishes an alert and waits until it has arrived: what was timed did what it should.
    fn check_delivery(&self, account: &Account) {
        self.room.clear();
        let sns = Sns::new(&testbed::sdk::config(account, &self.proxy.endpoint()));
        let publish = sns.publish().topic_arn(account.arn("sns", TOPIC));
        self.runtime
            .block_on(publish.message(ALERT).send())
            .unwrap();
        self.room.wait_for(1, Duration::from_secs(20));
    }
}

/// Returns the median time of a command that succeeds.
fn times(runs: usize, mut prepare: impl FnMut() -> Run) -> Duration {
    median((0..runs).map(|_| {
        let run = prepare();
        timed(|| drop(run.output().success()))
    }))
}

fn timed(work: impl FnOnce()) -> Duration {
    let start = Instant::now();
    work();
    start.elapsed()
}

fn median(times: impl IntoIterator<Item = Duration>) -> Duration {
    let mut times: Vec<_> = times.into_iter().collect();
    times.sort_unstable();
    times[times.len() / 2]
}

fn print(what: &str, own: Duration, aws: Option<Duration>, latency: Option<u64>) {
    let latency = match latency {
        Some(0) => "no latency".to_owned(),
        Some(latency) => format!("{latency} ms a call"),
        None => String::new(),
    };
    let ms = |time: Duration| format!("{:.1} ms", time.as_secs_f64() * 1e3);
    let (aws, ratio) = match aws {
        Some(aws) => (
            ms(aws),
            format!("×{:.1}", aws.as_secs_f64() / own.as_secs_f64()),
        ),
        None => ("–".to_owned(), String::new()),
    };
    println!(
        "{what:<36}{latency:<14} ddalert {:>11}   aws {aws:>11} {ratio:>8}",
        ms(own)
    );
}
