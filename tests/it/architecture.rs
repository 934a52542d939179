//! The house, held to its plan: which room may import which (`arn ← alert ← destination ← contract ← chain ← aws ← cli ← main`), no
//! circle of files, and what may stand in one place alone.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Each room of the house with the rooms that it may import: the order of the layers, and what stands beside them.
const ROOMS: &[(&str, &[&str])] = &[
    ("sync", &[]),
    ("arn", &[]),
    ("alert", &["arn"]),
    ("destination", &["arn", "alert"]),
    ("contract", &["arn", "alert", "destination"]),
    ("chain", &["arn", "alert", "destination", "contract"]),
    ("http", &["destination", "sync"]),
    (
        "aws",
        &[
            "arn",
            "alert",
            "destination",
            "contract",
            "chain",
            "http",
            "sync",
        ],
    ),
    (
        "relay",
        &["arn", "alert", "destination", "contract", "http", "sync"],
    ),
    (
        "cli",
        &[
            "arn",
            "alert",
            "destination",
            "contract",
            "chain",
            "http",
            "aws",
            "sync",
        ],
    ),
];

/// What the command line and the relay agree on, and the only files whose code may spell it.
const AGREED: &[(&str, &[&str])] = &[
    ("DDALERT_TARGET", &["contract/environment.rs"]),
    ("DDALERT_PHONES", &["contract/environment.rs"]),
    ("DDALERT_SMS_REGION", &["contract/environment.rs"]),
    ("DDALERT_WEBHOOK_VERSION", &["contract/environment.rs"]),
    ("DDALERT_WEBHOOK_SECRET", &["contract/secret_store.rs"]),
    ("DDALERT_WEBHOOK_PARAMETER", &["contract/secret_store.rs"]),
    ("DDALERT_WEBHOOK_KMS", &["contract/secret_store.rs"]),
    ("LambdaFunctionName", &["contract/secret_store.rs"]),
    ("ddalert-test", &["contract/envelope.rs"]),
    ("sns_message_id\"", &["contract/log.rs"]),
    // A further secret store is a change of these files alone.
    ("SecretStore::SecretsManager", STORES),
    ("SecretStore::Ssm", STORES),
    ("SecretStore::Kms", STORES),
    ("SecretStore::Env", STORES),
    ("SecretLocation::SecretsManager", STORES),
    ("SecretLocation::Ssm", STORES),
    ("SecretLocation::Kms", STORES),
    ("SecretLocation::Env", STORES),
];

/// The files that tell one secret store from another.
const STORES: &[&str] = &[
    "contract/secret_store.rs",
    "aws/secret.rs",
    "relay/secret.rs",
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
        ["tests.rs", "snapshots.rs", "properties.rs"]
            .iter()
            .any(|test| name == *test)
    })
}

/// Returns every path of a file's code that begins with `crate` or `super`, alone or in a list in braces, as its segments.
fn paths(code: &str) -> Vec<Vec<String>> {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let mut found = Vec::new();
    for head in ["crate::", "super::"] {
        for (at, _) in code.match_indices(head) {
            let before = &code[..at];
            // The rest of a longer path or word is read from its own beginning.
            if !before.ends_with(is_word) && !before.ends_with("::") {
                read_path(&code[at..], &mut Vec::new(), &mut found);
            }
        }
    }
    found
}

/// Reads one path, or one list in braces after `prefix`, and returns what follows it.
fn read_path<'a>(code: &'a str, prefix: &mut Vec<String>, found: &mut Vec<Vec<String>>) -> &'a str {
    let depth = prefix.len();
    let mut rest = code.trim_start();
    loop {
        if let Some(mut list) = rest.strip_prefix('{') {
            while !list.is_empty() && !list.starts_with('}') {
                list = read_path(list, prefix, found);
                // `as other`, a comma, or anything that is no list at all.
                let end = list.find([',', '}']).unwrap_or(list.len());
                list = list[end..].trim_start_matches(',').trim_start();
            }
            rest = list.strip_prefix('}').unwrap_or(list);
            break;
        }
        let end = rest
            .find(|c: char| !c.is_alphanumeric() && c != '_')
            .unwrap_or(rest.len());
        prefix.push(rest[..end].to_owned());
        rest = &rest[end..];
        match rest.strip_prefix("::") {
            Some(more)
                if more.starts_with(|c: char| c.is_alphanumeric() || c == '_' || c == '{') =>
            {
                rest = more
            }
            _ => {
                found.push(prefix.clone());
                break;
            }
        }
    }
    prefix.truncate(depth);
    rest
}

/// Returns the module that a file is, as its path from the crate's root.
fn module_of(file: &Path) -> Vec<String> {
    let mut module: Vec<String> = file
        .with_extension("")
        .components()
        .map(|part| part.as_os_str().to_string_lossy().into_owned())
        .collect();
    if module
        .last()
        .is_some_and(|last| last == "mod" || last == "lib")
    {
        module.pop();
    }
    module
}

/// Returns which file imports which: by `crate::…` and `super::…`, in `use` and in the code. That a module declares and re-exports
/// its own parts is not an import.
fn imports(files: &[(PathBuf, String)]) -> BTreeMap<PathBuf, BTreeSet<PathBuf>> {
    let modules: BTreeMap<Vec<String>, &PathBuf> = files
        .iter()
        .map(|(file, _)| (module_of(file), file))
        .collect();
    files
        .iter()
        .map(|(file, code)| {
            let own = module_of(file);
            let imported = paths(code).into_iter().filter_map(|path| {
                let supers = path.iter().take_while(|part| *part == "super").count();
                let mut full = match supers {
                    0 => Vec::new(),
                    up => own[..own.len().checked_sub(up)?].to_vec(),
                };
                full.extend(path.into_iter().skip(supers.max(1)));
                // What comes after the module is an item in it.
                while !modules.contains_key(&full) {
                    full.pop()?;
                }
                let imported = modules[&full];
                (imported != file && !full.is_empty()).then(|| imported.clone())
            });
            (file.clone(), imported.collect())
        })
        .collect()
}

/// Returns the circles of a graph, each as its files in order.
fn circles(graph: &BTreeMap<PathBuf, BTreeSet<PathBuf>>) -> BTreeSet<Vec<PathBuf>> {
    let reach = |from: &PathBuf| {
        let mut reached = BTreeSet::new();
        let mut left: Vec<&PathBuf> = graph[from].iter().collect();
        while let Some(file) = left.pop() {
            if reached.insert(file) {
                left.extend(&graph[file]);
            }
        }
        reached
    };
    let reached: BTreeMap<&PathBuf, BTreeSet<&PathBuf>> =
        graph.keys().map(|file| (file, reach(file))).collect();
    let circle_of = |file: &PathBuf| -> Vec<PathBuf> {
        let back = reached[file]
            .iter()
            .filter(|other| reached[*other].contains(file));
        back.map(|file| (*file).clone()).collect()
    };
    graph
        .keys()
        .map(circle_of)
        .filter(|circle| circle.len() > 1)
        .collect()
}

#[test]
fn each_room_imports_what_stands_below_it() {
    let mut broken = Vec::new();
    for (file, room, code) in house() {
        if ["main", "bin", "lib"].contains(&room.as_str()) {
            continue;
        }
        let Some((_, open)) = ROOMS.iter().find(|(name, _)| *name == room) else {
            broken.push(format!("{} is in a room without a rule", file.display()));
            continue;
        };
        for path in paths(&code).iter().filter(|path| path[0] == "crate") {
            let other = path[1].as_str();
            if other != room && !open.contains(&other) {
                broken.push(format!("{} imports {}", file.display(), path.join("::")));
            }
        }
    }
    assert!(broken.is_empty(), "{broken:#?}");
}

#[test]
fn no_files_import_each_other_in_a_circle() {
    let files: Vec<(PathBuf, String)> = house()
        .into_iter()
        .filter(|(file, ..)| !is_test(file))
        .map(|(file, _, code)| (file, code))
        .collect();
    let found = circles(&imports(&files));
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn a_circle_is_found() {
    let file = |name: &str, code: &str| (PathBuf::from(name), code.to_owned());
    let opened = [
        file("lib.rs", "pub mod a;"),
        file("a/mod.rs", "mod one; mod two; pub use one::One;"),
        file(
            "a/one.rs",
            "use super::two::{Deep as D, self}; use crate::b;",
        ),
        file("a/two.rs", "use std::fmt;"),
        file("b.rs", "fn f() { crate::c::d::g(crate::a::One) }"),
        file("c/d.rs", "use crate::{e, f::{G, h}};"),
        file("e.rs", ""),
        file("f.rs", "//"),
    ];
    let graph = imports(&opened);
    let imported = |name: &str| {
        let files = graph[Path::new(name)].iter();
        files
            .map(|file| file.display().to_string())
            .collect::<Vec<_>>()
    };
    assert_eq!(imported("a/one.rs"), ["a/two.rs", "b.rs"]);
    assert_eq!(imported("b.rs"), ["a/mod.rs", "c/d.rs"]);
    assert_eq!(imported("c/d.rs"), ["e.rs", "f.rs"]);
    assert_eq!(circles(&graph), BTreeSet::new());
    let mut closed = opened;
    closed[6].1 = "impl crate::a::two::Deep {}".to_owned();
    closed[3].1 = "use super::one::One;".to_owned();
    let names = ["a/one.rs", "a/two.rs", "b.rs", "c/d.rs", "e.rs"];
    assert_eq!(
        circles(&imports(&closed)),
        [names.map(PathBuf::from).to_vec()].into()
    );
}

#[test]
fn what_both_sides_agree_on_is_written_once() {
    let mut broken = Vec::new();
    for (file, _, code) in house() {
        if is_test(&file) {
            continue;
        }
        for (word, files) in AGREED {
            if code.contains(word) && !files.iter().any(|allowed| file == Path::new(allowed)) {
                broken.push(format!("{} spells {word}", file.display()));
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

/// `Arn` and `TopicArn` read and write ARNs, `resource_name` names a resource: no other file does it by hand.
#[test]
fn only_arn_rs_takes_an_arn_apart_or_builds_one() {
    const BY_HAND: &[&str] = &[
        "\"arn:",
        "rsplit(':')",
        "rsplit('/')",
        "splitn(6, ':')",
        "split(':').skip",
        "split(':').nth",
    ];
    let mut broken = Vec::new();
    for (path, room, code) in house() {
        if room == "arn" || is_test(&path) {
            continue;
        }
        for word in BY_HAND.iter().filter(|word| code.contains(**word)) {
            broken.push(format!("{} has {word}", path.display()));
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

/// Returns the names of the types of a source file that are visible outside it.
fn public_types(code: &str) -> Vec<String> {
    let mut names = Vec::new();
    for line in code.lines() {
        let line = line.trim_start();
        let Some(rest) = line
            .strip_prefix("pub ")
            .or_else(|| line.strip_prefix("pub(crate) "))
        else {
            continue;
        };
        let mut words = rest
            .split(|c: char| !c.is_alphanumeric() && c != '_')
            .filter(|word| !word.is_empty());
        if matches!(words.next(), Some("struct" | "enum" | "trait" | "type")) {
            names.extend(words.next().map(str::to_owned));
        }
    }
    names
}

#[test]
fn no_two_public_types_have_one_name() {
    let mut places: BTreeMap<String, Vec<PathBuf>> = BTreeMap::new();
    for (path, _, code) in house() {
        for name in public_types(&code) {
            places.entry(name).or_default().push(path.clone());
        }
    }
    assert!(places.len() > 100, "the types are found: {}", places.len());
    places.retain(|_, files| files.len() > 1);
    assert!(places.is_empty(), "{places:#?}");
}

#[test]
fn no_command_imports_another() {
    let mut broken = Vec::new();
    let mut commands = BTreeSet::new();
    for (path, _, code) in house() {
        let Ok(inner) = path.strip_prefix("cli/commands") else {
            continue;
        };
        if inner == Path::new("mod.rs") {
            continue;
        }
        commands.insert(inner.to_owned());
        let names_another = code.contains("cli::commands")
            || code.contains("use super::")
            || code.contains(" super::");
        if names_another {
            broken.push(path);
        }
    }
    assert!(commands.len() >= 10, "the commands are found: {commands:?}");
    assert!(broken.is_empty(), "{broken:#?}");
}

/// A test that no module names would never run.
#[test]
fn every_test_file_is_a_module() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it");
    let mut found = Vec::new();
    sources(&folder, &mut found);
    let forgotten: Vec<&PathBuf> = found
        .iter()
        .filter(|path| !path.ends_with("it/main.rs"))
        .filter(|path| {
            let is_folder = path.ends_with("mod.rs");
            let own = if is_folder {
                path.parent()
            } else {
                Some(path.as_path())
            };
            let own = own.expect("a module");
            let parent = own.parent().expect("a folder");
            let name = own.file_stem().expect("a name").to_string_lossy();
            let parent = ["mod.rs", "main.rs"]
                .iter()
                .map(|file| parent.join(file))
                .find(|file| file.is_file());
            let text = parent
                .map(|file| fs::read_to_string(file).expect("a source file"))
                .unwrap_or_default();
            !text.lines().any(|line| line == format!("mod {name};"))
        })
        .collect();
    assert!(forgotten.is_empty(), "{forgotten:#?}");
}

/// Each feature set is a program of its own, and builds without a warning.
#[test]
fn each_feature_set_builds_alone_without_a_warning() {
    for features in ["", "relay", "cli"] {
        let output = Command::new(env!("CARGO"))
            .args([
                "rustc",
                "--locked",
                "--offline",
                "--quiet",
                "--lib",
                "--profile",
                "check",
                "--no-default-features",
            ])
            .args(["--features", features, "--", "-D", "warnings"])
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .output()
            .expect("cargo rustc");
        assert!(
            output.status.success(),
            "--features '{features}':\n{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
}

/// The workflows check and build with the toolchain that the package asks for.
#[test]
fn the_workflows_have_the_toolchain_of_the_package() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let manifest = fs::read_to_string(root.join("Cargo.toml")).expect("Cargo.toml");
    let version = manifest
        .lines()
        .find_map(|line| line.strip_prefix("rust-version = "));
    let version = version.expect("a rust-version");
    for name in ["ci.yml", "relays.yml"] {
        let workflow = root.join(".github/workflows").join(name);
        let workflow = fs::read_to_string(workflow).expect("the workflow");
        assert!(
            workflow.contains(&format!("RUSTUP_TOOLCHAIN: {version}")),
            "{name}: {version}"
        );
    }
}

/// A plain build leaves the optimization of every crate of AWS's SDK to the link, and a release has them small: one that is missing in
/// Cargo.toml costs a minute or a megabyte.
#[test]
fn each_crate_of_the_sdk_has_its_place_in_the_profiles() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let read = |name: &str| fs::read_to_string(root.join(name)).expect("a file of cargo");
    let manifest = read("Cargo.toml");
    let crates: Vec<String> = read("Cargo.lock")
        .lines()
        .filter_map(|line| line.strip_prefix("name = \"")?.strip_suffix('"'))
        .filter(|name| name.starts_with("aws-sdk-"))
        .map(str::to_owned)
        .collect();
    assert!(crates.len() > 10, "{crates:?}");
    for (profile, level) in [("release", "0"), ("dist", "\"z\"")] {
        let (_, table) = manifest
            .split_once(&format!("[profile.{profile}.package]\n"))
            .expect("the profile");
        let lines = table.lines().take_while(|line| !line.starts_with('['));
        let mut settings: Vec<&str> = lines.filter(|line| line.contains(".opt-level")).collect();
        settings.sort_unstable();
        let mut expected: Vec<String> = crates
            .iter()
            .map(|name| format!("{name}.opt-level = {level}"))
            .collect();
        expected.sort();
        assert_eq!(settings, expected, "[profile.{profile}.package]");
    }
}
