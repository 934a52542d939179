//! What becomes of a storm of alerts that a room cannot take as fast as they come: with the direct trigger, and through a buffer. Then
//! how many alerts a second one relay delivers to a room that can, and whether its memory grows.
//!
//! `cargo bench --bench storm --no-default-features --features relay -- RELAY` plays Lambda, SQS and the room for real relays, of the
//! program that is built with the benchmark where none is given. The times are those of Lambda and SQS, not shortened.
//! `DDALERT_STORM_ALERTS` changes how many alerts the storm has.
#![allow(clippy::print_stdout, clippy::unwrap_used, unreachable_pub)]

mod alerts;
mod buffered;
mod direct;
#[path = "../relay/http.rs"]
mod http;
mod lambda;
#[path = "../relay/process.rs"]
mod process;
mod room;
#[path = "../relay/runtime_api.rs"]
mod runtime_api;
#[path = "../relay/server.rs"]
mod server;
mod storm;
mod warm;

use std::path::{Path, PathBuf};
use std::time::Duration;

use storm::{Outcome, Storm};

const RELAY: &str = env!("CARGO_BIN_EXE_ddalert-relay");

/// How many alerts the storm has unless the environment says otherwise.
const ALERTS: usize = 5000;

/// After how many alerts the warm relay is looked at.
const LOOKS: [usize; 2] = [1000, 100_000];

/// How many files the benchmark opens at most: two connections for each relay, and some of its own.
const FILES: u64 = 2 * direct::AT_ONCE as u64 + 100;

fn main() {
    let relay = std::env::args()
        .skip(1)
        // Cargo's own argument.
        .find(|argument| argument != "--bench")
        .unwrap_or_else(|| RELAY.to_owned());
    let relay = PathBuf::from(relay);
    let alerts = std::env::var("DDALERT_STORM_ALERTS")
        .map_or(ALERTS, |number| number.parse().expect("a number of alerts"));
    assert!(
        most_files().is_none_or(|most| most >= FILES),
        "this opens up to {FILES} files: `ulimit -n 4096` allows that"
    );
    let storm = Storm::new(alerts, Duration::from_secs(60), Duration::from_secs(1));
    println!(
        "{} alerts within a minute, to a room that takes one message a second and asks to wait a second with every other.\n\
         Lambda's waits are not shortened: this takes up to {} minutes.\n",
        grouped(alerts),
        longest_time(&storm).as_secs().div_ceil(60)
    );
    let direct = direct::run(&relay, &storm);
    let buffered = buffered::run(&relay, &storm);
    Storm::end_progress();
    for outcome in [&direct, &buffered] {
        assert!(
            outcome.room.alerts >= outcome.delivered,
            "the room has what the relays reported as delivered"
        );
    }
    print_storm(&storm, &direct, &buffered);
    print_warm(&relay);
}

/// Returns how many files this process may open, where the system tells.
fn most_files() -> Option<u64> {
    let limits = std::fs::read_to_string("/proc/self/limits").ok()?;
    let files = limits
        .lines()
        .find_map(|line| line.strip_prefix("Max open files"))?;
    files.split_whitespace().next()?.parse().ok()
}

/// Returns how long the benchmark takes at most: with the direct trigger, if every try of every alert uses up its time; and some
/// minutes for the rest.
fn longest_time(storm: &Storm) -> Duration {
    let tries = u32::try_from(storm.alerts * direct::TRIES / direct::AT_ONCE).unwrap();
    let direct = storm.lasts + direct::waits() + lambda::TIMEOUT * tries.max(3);
    direct + Duration::from_secs(6 * 60)
}

fn print_storm(storm: &Storm, direct: &Outcome, buffered: &Outcome) {
    println!(
        "{:<46}{:>16}{:>16}{:>20}",
        "", "direct", "buffered", "direct ÷ buffered"
    );
    let row = |name: &str, values: [String; 2], ratio: f64| {
        let ratio = match ratio.is_finite() {
            true => format!("{ratio:.1}"),
            false => "–".to_owned(),
        };
        println!("{name:<46}{:>16}{:>16}{ratio:>20}", values[0], values[1]);
    };
    let count = |name: &str, of: fn(&Outcome) -> usize| {
        let values = [of(direct), of(buffered)];
        row(
            name,
            values.map(grouped),
            values[0] as f64 / values[1] as f64,
        );
    };
    let time = |name: &str, of: &dyn Fn(&Outcome) -> Duration| {
        let values = [of(direct), of(buffered)];
        let ratio = values[0].as_secs_f64() / values[1].as_secs_f64();
        row(name, values.map(words), ratio);
    };
    count("alerts that the room shows", |one| one.room.alerts);
    count("alerts in the failure queue", |one| one.failed);
    count("messages in the room", |one| one.room.messages);
    count("posts", |one| one.room.posts);
    count("relays at a time", |one| one.relays);
    time("from the first alert to the last message", &|one| {
        one.last_message
    });
    time("… with a replay of the failure queue, at least", &|one| {
        one.with_replay(storm)
    });
    println!(
        "\nThe last row is reckoned: a replay posts what the failure queue holds, a message a second, once nothing is tried any more.\n"
    );
}

fn print_warm(relay: &Path) {
    println!("One warm relay, a room that takes everything, one alert an event:\n");
    println!(
        "{:>12}{:>20}{:>18}{:>10}",
        "after alerts", "alerts a second", "most memory", "ratio"
    );
    let stretches = warm::run(relay, &LOOKS);
    let first = stretches[0].memory;
    for warm::Stretch {
        alerts,
        took,
        memory,
    } in stretches
    {
        let (megabytes, ratio) = match memory.zip(first) {
            Some((memory, first)) => (
                format!("{:.2} MB", memory as f64 * 1024.0 / 1e6),
                format!("{:.2}", memory as f64 / first as f64),
            ),
            None => ("–".to_owned(), "–".to_owned()),
        };
        println!(
            "{:>12}{:>20.0}{megabytes:>18}{ratio:>10}",
            grouped(alerts),
            alerts as f64 / took.as_secs_f64()
        );
    }
}

/// Returns a number with its thousands apart.
fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Returns a time as people say it.
fn words(time: Duration) -> String {
    let seconds = time.as_secs_f64().round() as u64;
    match seconds / 60 {
        0 => format!("{seconds} s"),
        minutes => format!("{minutes} min {:02} s", seconds % 60),
    }
}
