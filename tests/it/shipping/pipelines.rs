//! The files for pipelines can be copied: they are YAML and JSON, their commands can be typed, and the policy allows what they call.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use aws_sdk_sns::Client as Sns;
use testbed::bed::Bed;
use yaml_rust2::{Yaml, YamlLoader};

use crate::doctor::device_defender;
use crate::typed::{ddalert, small_relay};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Returns the one document of a YAML file.
fn yaml(path: &str) -> Yaml {
    let documents =
        YamlLoader::load_from_str(&read(path)).unwrap_or_else(|error| panic!("{path}: {error}"));
    let [document] = documents.as_slice() else {
        panic!("{path} holds {} documents", documents.len())
    };
    document.clone()
}

/// Returns the commands of ddalert in a file, without its name.
fn commands(text: &str) -> Vec<String> {
    let ends = |c: char| "|>;&)".contains(c);
    let typed = |line: &str| {
        let (_, rest) = line
            .split_once("ddalert ")
            .or_else(|| line.split_once("arguments: "))?;
        let words = rest.split(ends).next()?.split_whitespace();
        let words: Vec<&str> = words.filter(|word| *word != "2").collect();
        let is_command = words
            .first()
            .is_some_and(|word| ["doctor", "test-publish"].contains(word));
        is_command.then(|| words.join(" "))
    };
    text.lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(typed)
        .collect()
}

#[test]
fn the_files_for_pipelines_are_well_formed() {
    for path in [
        "examples/ci/github.yml",
        "examples/ci/gitlab.yml",
        ".github/actions/ddalert/action.yml",
        ".github/build-setup.yml",
        ".github/workflows/ci.yml",
        ".github/workflows/relays.yml",
        ".github/workflows/release.yml",
    ] {
        assert!(!yaml(path).is_badvalue(), "{path}");
    }
    for policy in ["permissions.json", "trust-github.json", "trust-gitlab.json"] {
        let text = read(&format!("examples/ci/aws/{policy}"));
        let read: serde_json::Value =
            serde_json::from_str(&text).unwrap_or_else(|error| panic!("{policy}: {error}"));
        assert_eq!(read["Version"], "2012-10-17", "{policy}");
    }
}

#[test]
fn the_commands_of_the_pipelines_can_be_typed() {
    for path in [
        "examples/ci/github.yml",
        "examples/ci/gitlab.yml",
        "examples/ci/crontab",
    ] {
        let found = commands(&read(path));
        assert_eq!(found.len(), 2, "{path}: {found:?}");
        for command in found {
            let words = ["ddalert"].into_iter().chain(command.split_whitespace());
            let parsed = ddalert::cli::command().try_get_matches_from(words);
            assert!(parsed.is_ok(), "{path}: {command}: {:?}", parsed.err());
        }
    }
}

/// The action is given what it asks for, and nothing that it does not know.
#[test]
fn the_workflow_gives_the_action_its_inputs() {
    let action = yaml(".github/actions/ddalert/action.yml");
    let inputs = action["inputs"].as_hash().expect("inputs");
    let workflow = yaml("examples/ci/github.yml");
    let steps = workflow["jobs"]["alerts-arrive"]["steps"]
        .as_vec()
        .expect("steps");
    let uses = |step: &&Yaml| {
        step["uses"]
            .as_str()
            .is_some_and(|uses| uses.contains("/.github/actions/ddalert@"))
    };
    let steps: Vec<&Yaml> = steps.iter().filter(uses).collect();
    assert_eq!(steps.len(), 2);
    for step in steps {
        let given = step["with"].as_hash().expect("inputs");
        assert!(
            given.keys().all(|name| inputs.contains_key(name)),
            "{given:?}"
        );
        for (name, input) in inputs {
            let is_required = input["required"].as_bool() == Some(true);
            assert!(
                !is_required || given.contains_key(name),
                "{name:?} is missing"
            );
        }
    }
}

/// Every file in the folder is named in the page, and the page names no other.
#[test]
fn the_page_names_every_file() {
    let page = read("docs/ci.md");
    let mut files: Vec<PathBuf> = Vec::new();
    for folder in ["examples/ci", "examples/ci/aws"] {
        let entries = fs::read_dir(root().join(folder)).expect("a folder");
        files.extend(
            entries
                .map(|entry| entry.expect("an entry").path())
                .filter(|path| path.is_file()),
        );
    }
    for file in files {
        let name = file
            .strip_prefix(root())
            .expect("inside")
            .display()
            .to_string();
        assert!(
            page.contains(&format!("(../{name})")),
            "docs/ci.md does not name {name}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_policy_for_a_pipeline_allows_what_it_calls_and_no_more_writes() {
    let bed = Bed::new();
    let topic = Sns::new(&bed.config()).create_topic().name("alerts");
    topic.send().await.expect("a topic");
    device_defender(&bed);
    let relay = small_relay().display();
    let connect = "connect --topic alerts --all-profiles --audit --yes";
    let _ = ddalert(&bed, connect).output().success();
    let mut called: BTreeSet<String> = BTreeSet::new();
    for trigger in ["sns", "sqs"] {
        let deploy = format!(
            "deploy-slack --topic alerts --yes --allow-host 127.0.0.1 --relay {relay} --trigger {trigger}"
        );
        let run = ddalert(&bed, &deploy).env("DDALERT_WEBHOOK_URL", bed.sink.url("/room"));
        let _ = run.output().success();
        bed.proxy.forget_calls();
        let _ = ddalert(&bed, "doctor --topic alerts --strict").output();
        let _ = ddalert(&bed, "test-publish --topic alerts --timeout 1").output();
        called.extend(bed.proxy.calls().iter().map(|call| {
            // Requests are signed for the service "tagging", and IAM calls it "tag".
            let service = call.service.replace("tagging", "tag");
            format!("{service}:{}", call.action)
        }));
    }
    // It needs no permission.
    called.remove("sts:GetCallerIdentity");
    assert!(called.len() > 15, "{called:?}");

    let policy: serde_json::Value =
        serde_json::from_str(&read("examples/ci/aws/permissions.json")).expect("a policy");
    let statements = policy["Statement"].as_array().expect("statements");
    let actions = statements
        .iter()
        .flat_map(|statement| statement["Action"].as_array().expect("actions"));
    let allowed: BTreeSet<String> = actions
        .filter_map(|action| action.as_str())
        .map(str::to_owned)
        .collect();
    let missing: Vec<_> = called.difference(&allowed).collect();
    assert!(missing.is_empty(), "called and not allowed: {missing:?}");
    let reads = ["Get", "List", "Describe", "Filter", "Simulate"];
    let is_write = |action: &&String| {
        let (_, name) = action.split_once(':').expect("a service");
        !reads.iter().any(|verb| name.starts_with(verb))
    };
    let writes: Vec<&String> = allowed.iter().filter(is_write).collect();
    assert_eq!(writes, ["sns:Publish"]);
}
