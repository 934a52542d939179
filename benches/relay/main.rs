//! What the relay costs, against the Python function it replaces and against a bare loop over sockets, all in one run: the same
//! Runtime API, the same room, the same alert.
//!
//! `cargo bench --bench relay` prints medians: from the start of the process until it asks for its first event and until its first
//! alert is reported as delivered; of a warm alert from hand-over to report; of the most memory held; and the program's size.
#![allow(clippy::print_stdout, clippy::unwrap_used, unreachable_pub)]

mod bare_loop;
mod http;
mod lambda;
mod process;
mod runtime_api;
mod server;

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use lambda::{Lambda, Mark};

/// How often each contender is started.
const STARTS: usize = 15;
/// How many warm alerts each start gets.
const WARM: usize = 100;

const ALERT: &str =
    include_str!("../../tests/fixtures/sns-lambda-event.detect-in-alarm-rule.captured.json");
const WORKSHOP: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/relay/workshop.py");
const RELAY: &str = env!("CARGO_BIN_EXE_ddalert-relay");

struct Contender {
    name: String,
    program: PathBuf,
    argument: Option<&'static str>,
    size: Option<u64>,
    runs: Vec<Run>,
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
    let this = std::env::current_exe().unwrap();
    let mut contenders = vec![
        contender(
            "ddalert-relay".to_owned(),
            RELAY.into(),
            None,
            std::fs::metadata(RELAY).ok().map(|file| file.len()),
        ),
        contender(
            "bare loop over sockets".to_owned(),
            this,
            Some(bare_loop::ARGUMENT),
            None,
        ),
    ];
    match Command::new("python3")
        .args([WORKSHOP, "--libraries"])
        .output()
    {
        Ok(libraries) => {
            let name = format!(
                "workshop's function ({})",
                String::from_utf8_lossy(&libraries.stdout).trim()
            );
            contenders.push(contender(name, "python3".into(), Some(WORKSHOP), None));
        }
        Err(error) => {
            println!("python3 does not run ({error}): the workshop's function is left out\n")
        }
    }
    for _ in 0..STARTS {
        for contender in &mut contenders {
            let run = run(contender);
            contender.runs.push(run);
        }
    }
    print(&contenders);
}

fn contender(
    name: String,
    program: PathBuf,
    argument: Option<&'static str>,
    size: Option<u64>,
) -> Contender {
    Contender {
        name,
        program,
        argument,
        size,
        runs: Vec::new(),
    }
}

/// Starts a contender and hands it alerts.
fn run(contender: &Contender) -> Run {
    let lambda = Lambda::start();
    lambda.hand_over(ALERT);
    let start = Instant::now();
    let mut process = Command::new(&contender.program)
        .args(contender.argument)
        .envs(lambda.environment())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let ready = lambda.wait_for(Mark::Asked) - start;
    let first = lambda.wait_for(Mark::Reported) - start;
    let mut warm = Vec::new();
    for _ in 0..WARM {
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
        WARM + 1,
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

fn median<T: Ord + Copy>(mut values: Vec<T>) -> T {
    values.sort_unstable();
    values[values.len() / 2]
}

fn print(contenders: &[Contender]) {
    println!(
        "{STARTS} starts each, {WARM} warm alerts a start; medians, and how many times the relay's\n"
    );
    println!(
        "{:<44}{:>18}{:>18}{:>18}{:>18}{:>10}",
        "", "ready", "first alert", "warm alert", "memory", "size"
    );
    for contender in contenders {
        let time = |of: fn(&Run) -> Duration| {
            let value = |contender: &Contender| {
                median(contender.runs.iter().map(of).collect()).as_secs_f64() * 1e3
            };
            cell(value(contender), value(&contenders[0]), "ms")
        };
        let memory = |contender: &Contender| {
            let all: Option<Vec<_>> = contender.runs.iter().map(|run| run.memory).collect();
            all.map(|all| median(all) as f64 / 1024.0)
        };
        println!(
            "{:<44}{:>18}{:>18}{:>18}{:>18}{:>10}",
            contender.name,
            time(|run| run.ready),
            time(|run| run.first),
            time(|run| run.warm),
            memory(contender)
                .zip(memory(&contenders[0]))
                .map_or("–".to_owned(), |(own, relay)| cell(own, relay, "MB")),
            contender.size.map_or("–".to_owned(), |size| format!(
                "{:.2} MB",
                size as f64 / 1024.0 / 1024.0
            )),
        );
    }
}

fn cell(value: f64, relay: f64, unit: &str) -> String {
    format!("{value:.2} {unit} {:>6}", format!("×{:.1}", value / relay))
}
