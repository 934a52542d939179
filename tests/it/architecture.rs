//! The rule of dependencies, held: `arn ← alert ← destination ← contract ← chain ← aws ← cli ← main`, and who may import what.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A room of the house and what must not be named in it.
struct Room {
    folder: &'static str,
    /// Modules of the crate that it must not reach.
    closed: &'static [&'static str],
}

const ROOMS: &[Room] = &[
    Room {
        folder: "arn",
        closed: &[
            "alert",
            "destination",
            "contract",
            "chain",
            "aws",
            "cli",
            "http",
            "relay",
        ],
    },
    Room {
        folder: "alert",
        closed: &[
            "destination",
            "contract",
            "chain",
            "aws",
            "cli",
            "http",
            "relay",
        ],
    },
    Room {
        folder: "destination",
        closed: &["contract", "chain", "aws", "cli", "http", "relay"],
    },
    Room {
        folder: "contract",
        closed: &["aws", "cli", "http", "relay"],
    },
    Room {
        folder: "chain",
        closed: &["aws", "cli", "http", "relay"],
    },
    Room {
        folder: "aws",
        closed: &["cli", "http", "relay"],
    },
    Room {
        folder: "relay",
        closed: &["aws", "cli"],
    },
    Room {
        folder: "http",
        closed: &["contract", "chain", "aws", "cli", "relay"],
    },
    Room {
        folder: "cli",
        closed: &["relay"],
    },
];

/// What only one room may name: no clock, socket, file, environment or async in the pure rooms; SDKs in `aws` alone; what talks to
/// people in `cli` alone.
const OWN: &[(&str, &[&str])] = &[
    ("aws_sdk_", &["aws"]),
    ("aws_config", &["aws"]),
    ("clap", &["cli"]),
    ("dialoguer", &["cli"]),
    ("indicatif", &["cli"]),
    ("console::{", &["cli"]),
    ("lambda_runtime", &["relay"]),
    ("aws_sigv4", &["relay"]),
    ("hyper", &["http", "relay"]),
    ("tokio", &["aws", "cli", "http", "relay"]),
    ("TcpStream", &["aws", "cli", "http", "relay"]),
    ("std::fs", &["aws", "cli", "http", "relay"]),
    ("std::env", &[]),
    ("env::var", &[]),
    ("SystemTime", &["aws", "cli", "http", "relay"]),
    ("Instant", &["aws", "cli", "http", "relay"]),
    ("Timestamp::now", &["aws", "cli", "http", "relay"]),
    ("async fn", &["aws", "cli", "http", "relay"]),
    ("fastrand", &["relay"]),
    ("println!", &["cli"]),
];

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder of sources") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// Returns each source file below `src/` with the room it stands in and its code without comments and unit tests.
fn house() -> Vec<(PathBuf, String, String)> {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    sources(&src, &mut found);
    found
        .into_iter()
        .map(|path| {
            let inner = path.strip_prefix(&src).expect("below src").to_owned();
            let room = inner
                .components()
                .next()
                .expect("a room")
                .as_os_str()
                .to_string_lossy()
                .replace(".rs", "");
            let text = fs::read_to_string(&path).expect("a source file");
            let code = text.split("#[cfg(test)]\nmod ").next().unwrap_or_default();
            let code: Vec<&str> = code
                .lines()
                .filter(|line| !line.trim_start().starts_with("//"))
                .collect();
            (inner, room, code.join("\n"))
        })
        .collect()
}

fn is_test(path: &Path) -> bool {
    path.file_name().is_some_and(|name| {
        ["tests.rs", "golden.rs", "properties.rs"]
            .iter()
            .any(|test| name == *test)
    })
}

#[test]
fn no_room_reaches_past_its_neighbour() {
    let mut broken = Vec::new();
    for (path, room, code) in house() {
        for rule in ROOMS.iter().filter(|rule| rule.folder == room) {
            for closed in rule.closed {
                if code.contains(&format!("crate::{closed}")) {
                    broken.push(format!("{} names crate::{closed}", path.display()));
                }
            }
        }
    }
    assert!(broken.is_empty(), "{broken:#?}");
}

#[test]
fn what_belongs_to_one_room_stays_there() {
    let mut broken = Vec::new();
    for (path, room, code) in house() {
        if ["main", "bin", "lib"].contains(&room.as_str()) || is_test(&path) {
            continue;
        }
        for (word, rooms) in OWN {
            if code.contains(word) && !rooms.contains(&room.as_str()) {
                broken.push(format!("{} names {word}", path.display()));
            }
        }
    }
    assert!(broken.is_empty(), "{broken:#?}");
}

#[test]
fn every_source_file_says_what_it_knows() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let silent: Vec<PathBuf> = house()
        .into_iter()
        .filter(|(path, ..)| {
            !fs::read_to_string(src.join(path))
                .expect("a source file")
                .starts_with("//!")
        })
        .map(|(path, ..)| path)
        .collect();
    assert!(silent.is_empty(), "{silent:#?}");
}

/// The relay is built for Lambda without an SDK, and the pure rooms without anything that runs.
#[test]
fn features_keep_what_is_not_needed_out() {
    let tree = |features: &[&str]| {
        let output = Command::new(env!("CARGO"))
            .args([
                "tree",
                "--locked",
                "--offline",
                "--edges",
                "normal",
                "--prefix",
                "none",
                "--no-default-features",
            ])
            .args(features)
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .output()
            .expect("cargo tree");
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8(output.stdout).expect("UTF-8")
    };
    let relay = tree(&["--features", "relay"]);
    for absent in [
        "aws-sdk-",
        "aws-config",
        "clap ",
        "dialoguer",
        "aws-lc-rs",
        "openssl",
    ] {
        assert!(!relay.contains(absent), "the relay's graph holds {absent}");
    }
    let pure = tree(&[]);
    for absent in ["tokio ", "hyper ", "aws-", "rustls "] {
        assert!(
            !pure.contains(absent),
            "the pure rooms' graph holds {absent}"
        );
    }
    let all = tree(&["--features", "cli,relay"]);
    assert!(
        !all.contains("aws-lc-rs"),
        "aws-lc-rs costs the relay tens of milliseconds at its first handshake"
    );
}
