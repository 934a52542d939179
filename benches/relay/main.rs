//! What the relay costs, against the Python function it replaces and against a bare loop over sockets, all in one run: the same
//! Runtime API, the same room, the same alert.
//!
//! `cargo bench --bench relay --no-default-features --features relay -- RELAY` prints medians, of the relay that is built with the
//! benchmark where none is given: from the start of the process until it asks for
//! its first event and until its first alert is reported as delivered; of a warm alert from hand-over to report; and of the most
//! memory held. It does so over plain HTTP, over TLS, with the URL in Secrets Manager, and with 7 % of a core, which is what Lambda
//! gives a function of 128 MB.
#![allow(clippy::print_stdout, clippy::unwrap_used, unreachable_pub)]

mod bare_loop;
mod core_share;
// The relay's packing, without the command line that it belongs to.
#[path = "../../src/aws/elf.rs"]
mod elf;
mod http;
mod lambda;
#[allow(dead_code)]
#[path = "../../src/aws/package.rs"]
mod package;
mod process;
mod runtime_api;
mod server;
mod tls;

use std::ffi::OsString;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use core_share::CoreShare;
use lambda::{Lambda, Mark, Way};
use testbed::install::{Installation, Package};

const ALERT: &str =
    include_str!("../../tests/fixtures/sns-lambda-event.detect-in-alarm-rule.captured.json");
const WORKSHOP: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/relay/workshop.py");
const RELAY: &str = env!("CARGO_BIN_EXE_ddalert-relay");
const BOTO3: Package = Package {
    name: "boto3",
    requirements: include_str!("requirements.txt"),
};

/// What all contenders do in turn.
struct Scenario {
    name: &'static str,
    way: Way,
    /// Whether they get only a share of a core.
    shared_core: bool,
    /// How often each contender is started.
    starts: usize,
    /// How many warm alerts each start gets.
    warm: usize,
}

const SCENARIOS: [Scenario; 4] = [
    Scenario {
        name: "plain HTTP",
        way: Way {
            tls: false,
            secret: false,
        },
        shared_core: false,
        starts: 15,
        warm: 100,
    },
    Scenario {
        name: "TLS",
        way: Way {
            tls: true,
            secret: false,
        },
        shared_core: false,
        starts: 15,
        warm: 100,
    },
    Scenario {
        name: "TLS, URL in Secrets Manager",
        way: Way {
            tls: true,
            secret: true,
        },
        shared_core: false,
        starts: 15,
        warm: 100,
    },
    Scenario {
        name: "TLS, URL in Secrets Manager, 7 % of a core",
        way: Way {
            tls: true,
            secret: true,
        },
        shared_core: true,
        starts: 5,
        warm: 20,
    },
];

struct Contender {
    name: &'static str,
    program: PathBuf,
    argument: Option<&'static str>,
    environment: Vec<(&'static str, OsString)>,
    /// The certificates that it trusts by itself, where it reads them from a file.
    roots: String,
}

/// What one start showed.
struct Run {
    ready: Duration,
    first: Duration,
    warm: Duration,
    /// Kilobytes, where the system tells.
    memory: Option<u64>,
}

fn main() {
    if std::env::args().nth(1).as_deref() == Some(bare_loop::ARGUMENT) {
        return bare_loop::run();
    }
    let relay = std::env::args()
        .skip(1)
        // Cargo's own argument.
        .find(|argument| argument != "--bench")
        .unwrap_or_else(|| RELAY.to_owned());
    let contenders = contenders(&relay);
    for scenario in &SCENARIOS {
        let share = match scenario.shared_core.then(CoreShare::make).transpose() {
            Ok(share) => share,
            Err(why) => {
                println!(
                    "{}: skipped, because no control group can be made ({why})\n",
                    scenario.name
                );
                continue;
            }
        };
        let mut runs: Vec<Vec<Run>> = contenders.iter().map(|_| Vec::new()).collect();
        for _ in 0..scenario.starts {
            for (contender, runs) in contenders.iter().zip(&mut runs) {
                runs.push(run(contender, scenario, share.as_ref()));
            }
        }
        print(scenario, &contenders, &runs);
    }
    print_size(Path::new(&relay));
}

/// The relay first: the others are compared with it.
fn contenders(relay: &str) -> Vec<Contender> {
    let mut contenders = vec![
        Contender {
            name: "ddalert-relay",
            program: relay.into(),
            argument: None,
            environment: Vec::new(),
            roots: String::new(),
        },
        Contender {
            name: "bare loop over sockets",
            program: std::env::current_exe().unwrap(),
            argument: Some(bare_loop::ARGUMENT),
            environment: Vec::new(),
            roots: String::new(),
        },
    ];
    match Installation::find_or_make(BOTO3) {
        Ok(Installation { python, modules }) => contenders.push(Contender {
            name: "workshop's function (Python, boto3, requests)",
            program: python,
            argument: Some(WORKSHOP),
            roots: std::fs::read_to_string(modules.join("certifi/cacert.pem")).unwrap(),
            environment: vec![("PYTHONPATH", modules.into())],
        }),
        Err(why) => println!("The workshop's function is left out: {why}\n"),
    }
    contenders
}

/// Starts a contender and hands it alerts.
fn run(contender: &Contender, scenario: &Scenario, share: Option<&CoreShare>) -> Run {
    let lambda = Lambda::start(scenario.way, &contender.roots);
    lambda.hand_over(ALERT);
    let command = match share {
        Some(share) => share.command(&contender.program),
        None => Command::new(&contender.program),
    };
    let (start, mut process) = start(command, contender, &lambda, share.is_some());
    let ready = lambda.wait_for(Mark::Asked) - start;
    let first = lambda.wait_for(Mark::Reported) - start;
    let mut warm = Vec::new();
    for _ in 0..scenario.warm {
        lambda.wait_for(Mark::Asked);
        let handed_over = Instant::now();
        lambda.hand_over(ALERT);
        warm.push(lambda.wait_for(Mark::Reported) - handed_over);
    }
    let memory = process::most_memory(process.id());
    process.kill().unwrap();
    process.wait().unwrap();
    assert_eq!(
        lambda.posts(),
        scenario.warm + 1,
        "{} delivers every alert once",
        contender.name
    );
    Run {
        ready,
        first,
        warm: median(warm),
        memory,
    }
}

/// Starts a contender, in an environment of Lambda's alone, and returns when.
fn start(
    mut command: Command,
    contender: &Contender,
    lambda: &Lambda,
    waits: bool,
) -> (Instant, Child) {
    let environment = contender
        .environment
        .iter()
        .map(|(name, value)| (*name, value));
    command
        .args(contender.argument)
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .envs(lambda.environment())
        .envs(environment)
        .stdin(Stdio::piped())
        .stdout(Stdio::null());
    let before = Instant::now();
    let mut process = command.spawn().unwrap();
    if !waits {
        return (before, process);
    }
    // By then it waits in its group, with its share of the core unused.
    thread::sleep(Duration::from_millis(100));
    let start = Instant::now();
    process.stdin.take().unwrap().write_all(b"\n").unwrap();
    (start, process)
}

fn median<T: Ord + Copy>(mut values: Vec<T>) -> T {
    values.sort_unstable();
    values[values.len() / 2]
}

fn print(scenario: &Scenario, contenders: &[Contender], runs: &[Vec<Run>]) {
    println!(
        "{}: {} starts each, {} warm alerts a start; medians, and how many times the relay's\n",
        scenario.name, scenario.starts, scenario.warm
    );
    println!(
        "{:<46}{:>20}{:>20}{:>18}{:>18}",
        "", "ready", "first alert", "warm alert", "memory"
    );
    for (contender, own) in contenders.iter().zip(runs) {
        let time = |of: fn(&Run) -> Duration| {
            let value = |runs: &[Run]| median(runs.iter().map(of).collect()).as_secs_f64() * 1e3;
            cell(value(own), value(&runs[0]), "ms")
        };
        let memory = |runs: &[Run]| {
            let all: Option<Vec<_>> = runs.iter().map(|run| run.memory).collect();
            all.map(|all| median(all) as f64 * 1024.0 / 1e6)
        };
        println!(
            "{:<46}{:>20}{:>20}{:>18}{:>18}",
            contender.name,
            time(|run| run.ready),
            time(|run| run.first),
            time(|run| run.warm),
            memory(own)
                .zip(memory(&runs[0]))
                .map_or("–".to_owned(), |(own, relay)| cell(own, relay, "MB")),
        );
    }
    println!();
}

fn cell(value: f64, relay: f64, unit: &str) -> String {
    format!("{value:.2} {unit} {:>6}", format!("×{:.1}", value / relay))
}

/// The relay as Lambda takes it.
fn print_size(relay: &Path) {
    let megabytes = |bytes: u64| bytes as f64 / 1e6;
    let binary = std::fs::metadata(relay).unwrap().len();
    print!("The relay's program has {:.2} MB", megabytes(binary));
    match package::package(relay) {
        Ok(package) => println!(", its zip {:.2} MB.", megabytes(package.zip.len() as u64)),
        Err(error) => println!("; it is not one that Lambda can run: {error}"),
    }
}
