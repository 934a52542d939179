//! What every command prints with `--output json`, held against the schema in `docs/`: answers, failures of every kind, runs that
//! stop halfway, and command lines that cannot be understood.

use std::time::{Duration, Instant};

use aws_sdk_sns::Client as Sns;
use jsonschema::Validator;
use serde_json::{Value, json};
use testbed::bed::Bed;
use testbed::command::Run;
use testbed::fault::Fault;

use crate::typed::{ddalert, small_relay};

const TOPIC: &str = "alerts";

/// Returns the published schema, in which no key is allowed that it does not describe: so a key that is not documented is found.
fn strict_schema() -> Validator {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/output.schema.json");
    let text = std::fs::read_to_string(path).expect("the schema");
    let mut schema: Value = serde_json::from_str(&text).expect("JSON");
    schema["unevaluatedProperties"] = json!(false);
    let open = ["PlannedChange", "Chain"];
    for (name, definition) in schema["$defs"].as_object_mut().expect("definitions") {
        let is_object = definition["type"] == "object"
            || definition
                .get("oneOf")
                .is_some_and(|one| one[0]["type"] == "object");
        if is_object && !open.iter().any(|open| name.starts_with(open)) {
            definition["unevaluatedProperties"] = json!(false);
        }
    }
    jsonschema::validator_for(&schema).expect("a schema")
}

/// Runs a command, and returns its one document and its exit code.
fn document(schema: &Validator, run: Run) -> (Value, Option<i32>) {
    let output = run.args(["--output", "json"]).output();
    let document: Value =
        serde_json::from_str(&output.stdout).unwrap_or_else(|error| panic!("{error}: {output}"));
    let errors: Vec<String> = schema
        .iter_errors(&document)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert!(errors.is_empty(), "{errors:#?}\n{document:#}");
    let code = output.status.code();
    let error = &document["error"]["exit_code"];
    assert!(
        error.is_null() || error.as_i64() == code.map(i64::from),
        "the document says {error}: {output}"
    );
    (document, code)
}

fn deploy(bed: &Bed, args: &str) -> Run {
    let relay = small_relay();
    ddalert(
        bed,
        &format!(
            "deploy-slack --yes --allow-host 127.0.0.1 --relay {}",
            relay.display()
        ),
    )
    .args(args.split_whitespace())
    .env("DDALERT_WEBHOOK_URL", bed.sink.url("/room"))
}

async fn topic(bed: &Bed, name: &str) {
    let sns = Sns::new(&bed.config());
    let _ = sns.create_topic().name(name).send().await.expect("a topic");
}

/// The test would pass with a schema that allows everything.
#[test]
fn the_schema_knows_every_key() {
    let schema = strict_schema();
    let document = |version: Value, results: Value| {
        json!({
            "schema_version": version, "command": "version", "account": null, "account_alias": null, "region": null, "results": results,
            "warnings": [], "hints": [], "error": null,
        })
    };
    assert!(schema.is_valid(&document(
        json!(1),
        json!([{ "version": "1.0.0", "relays": [] }])
    )));
    assert!(!schema.is_valid(&document(
        json!(2),
        json!([{ "version": "1.0.0", "relays": [] }])
    )));
    assert!(!schema.is_valid(&document(
        json!(1),
        json!([{ "version": "1.0.0", "relays": [], "new": 1 }])
    )));
    assert!(!schema.is_valid(&document(json!(1), json!([{}]))));
    let mut more = document(json!(1), json!([]));
    more["new"] = json!(1);
    assert!(!schema.is_valid(&more));
}

#[test]
fn a_command_line_that_cannot_be_understood_is_one_document() {
    let schema = strict_schema();
    let bed = Bed::new();
    for (args, command) in [
        ("nosuch", Value::Null),
        ("deploy-slak --topic a", Value::Null),
        ("", Value::Null),
        ("doctor --nosuch", json!("doctor")),
        ("preview", json!("preview")),
        ("test-publish --timeout soon", json!("test-publish")),
        ("rotate nosuch", json!("rotate")),
        ("replay --limit 0", json!("replay")),
        (
            "deploy-slack --dry-run --secret-store nosuch",
            json!("deploy-slack"),
        ),
        ("remove --all slack", json!("remove")),
        ("subscribe-sms --list +12065550100", json!("subscribe-sms")),
        ("completions nosuch", json!("completions")),
        // Not the parser's, but said before anything is read.
        ("connect", json!("connect")),
        ("test-publish", json!("test-publish")),
        ("replay --name f --topic a", json!("replay")),
        (
            "preview --target slack --file /nonexistent",
            json!("preview"),
        ),
    ] {
        let (document, code) = document(&schema, ddalert(&bed, args));
        assert_eq!(
            (code, &document["command"]),
            (Some(2), &command),
            "{args}: {document:#}"
        );
        assert_eq!(document["results"], json!([]), "{args}");
        let hint = document["error"]["hint"].as_str().unwrap_or_default();
        assert!(!hint.is_empty(), "{args}: {document:#}");
    }
    assert!(bed.proxy.calls().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_has_the_shape_of_the_schema() {
    let schema = strict_schema();
    let bed = Bed::new();
    topic(&bed, TOPIC).await;
    topic(&bed, "other").await;
    bed.proxy.model().at(&bed.account, |here| {
        here.iot.add_profile(
            "fleet",
            &json!({ "securityProfileDescription": "all things" }),
        );
    });
    let account = bed.account.id.as_str();
    let both = "--topic alerts --topic other";
    for (run, code, results) in [
        (deploy(&bed, &format!("{both} --dry-run --exit-code")), 3, 2),
        (deploy(&bed, "--topic alerts"), 0, 1),
        (deploy(&bed, "--topic alerts"), 0, 1),
        (
            ddalert(&bed, "connect --topic alerts --all-profiles --yes"),
            0,
            1,
        ),
        (
            ddalert(
                &bed,
                "rotate slack --topic alerts --yes --allow-host 127.0.0.1",
            )
            .env("DDALERT_WEBHOOK_URL", bed.sink.url("/new")),
            0,
            1,
        ),
        (ddalert(&bed, "test-publish --topic alerts --no-wait"), 0, 1),
        (
            ddalert(&bed, "test-publish --topic alerts --timeout 1"),
            4,
            1,
        ),
        (
            ddalert(&bed, &format!("test-publish {both} --no-wait")),
            0,
            2,
        ),
        (ddalert(&bed, "doctor --topic alerts"), 0, 1),
        (ddalert(&bed, &format!("doctor {both}")), 1, 2),
        (ddalert(&bed, "status"), 0, 1),
        (ddalert(&bed, &format!("status {both}")), 0, 2),
        (ddalert(&bed, "replay --topic alerts"), 0, 1),
        (ddalert(&bed, "replay --topic other"), 0, 0),
        (
            ddalert(&bed, "subscribe-sms +12065550100 --topic alerts --dry-run"),
            0,
            1,
        ),
        (ddalert(&bed, "subscribe-sms --list --topic alerts"), 0, 1),
        (ddalert(&bed, "remove --topic alerts"), 2, 0),
        (
            ddalert(&bed, "remove slack teams --topic alerts --yes"),
            0,
            2,
        ),
        (
            ddalert(&bed, "connect --disconnect --topic alerts --yes"),
            0,
            1,
        ),
        (ddalert(&bed, "remove --all --topic alerts --yes"), 0, 1),
    ] {
        let said = format!("{run:?}");
        let (document, ended) = document(&schema, run);
        let count = document["results"].as_array().map(Vec::len);
        assert_eq!(
            (ended, count),
            (Some(code), Some(results)),
            "{said}: {document:#}"
        );
        assert_eq!(document["schema_version"], 1);
        assert_eq!(
            (&document["account"], &document["region"]),
            (&json!(account), &json!("eu-central-1")),
            "{said}: {document:#}"
        );
        let is_result = document["error"].is_null();
        assert_eq!(is_result, code != 2, "{said}: {document:#}");
    }
    for args in ["completions bash", "version"] {
        let (document, code) = document(&schema, ddalert(&bed, args));
        assert_eq!(
            (code, &document["account"]),
            (Some(0), &Value::Null),
            "{document:#}"
        );
        assert_eq!(document["results"].as_array().map(Vec::len), Some(1));
    }
    // The body that a room would get is an interface of its own.
    let body = ddalert(&bed, "preview --target slack --output json")
        .output()
        .success();
    let body: Value = serde_json::from_str(&body).expect("one JSON document");
    assert!(
        body.get("schema_version").is_none() && body.get("text").is_some(),
        "{body}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_fails_halfway_says_what_it_did() {
    let schema = strict_schema();
    let bed = Bed::new();
    topic(&bed, TOPIC).await;
    topic(&bed, "other").await;
    bed.proxy
        .on("lambda:CreateFunction")
        .fail(Fault::AccessDenied);
    let (failed, code) = document(&schema, deploy(&bed, "--topic alerts"));
    assert_eq!(code, Some(1), "{failed:#}");
    let result = &failed["results"][0];
    assert_eq!(
        (&result["applied"], &result["name"]),
        (&json!(false), &json!("ddalert-slack-alerts"))
    );
    let made = |resource: &str| {
        let changes = result["changes"].as_array().expect("changes").iter();
        let change = changes
            .clone()
            .find(|change| change["part"]["resource"] == resource);
        change.map(|change| change["made"].clone())
    };
    assert_eq!(made("role"), Some(json!(true)), "{failed:#}");
    assert_eq!(made("function"), Some(Value::Null), "{failed:#}");
    assert_eq!(made("subscription"), Some(json!(false)), "{failed:#}");
    bed.proxy.heal();

    // One of two topics cannot be read: the other one is reported.
    bed.proxy.on("sns:Publish").nth(1).fail(Fault::AccessDenied);
    let run = ddalert(&bed, "test-publish --topic alerts --topic other --no-wait");
    let (partly, code) = document(&schema, run);
    let results = partly["results"].as_array().map(Vec::len);
    assert_eq!((code, results), (Some(1), Some(1)), "{partly:#}");
    bed.proxy.heal();

    // Everything but who it is is denied.
    for args in [
        "doctor --topic alerts",
        "status",
        "status --topic alerts",
        "test-publish --topic alerts",
        "replay --topic alerts",
        "remove --all --topic alerts --yes",
        "connect --audit --topic alerts --yes",
        "subscribe-sms --list --topic alerts",
        "rotate slack --topic alerts --yes",
    ] {
        for pattern in [
            "sns:*", "lambda:*", "iam:*", "iot:*", "sqs:*", "logs:*", "tag:*",
        ] {
            bed.proxy.on(pattern).fail(Fault::AccessDenied);
        }
        let run = ddalert(&bed, args).env(
            "DDALERT_WEBHOOK_URL",
            "https://hooks.slack.com/services/T/B/x",
        );
        let (denied, code) = document(&schema, run);
        assert_ne!(code, Some(2), "{args}: {denied:#}");
        bed.proxy.heal();
    }
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_is_interrupted_says_what_it_did() {
    let schema = strict_schema();
    let bed = Bed::new();
    topic(&bed, TOPIC).await;
    for signal in ["-INT", "-TERM"] {
        bed.proxy
            .on("lambda:CreateFunction")
            .fail(Fault::Delay(Duration::from_secs(30)));
        let document = stopped(
            &schema,
            &bed,
            deploy(&bed, "--topic alerts"),
            signal,
            "lambda:CreateFunction",
        );
        let changes = document["results"][0]["changes"]
            .as_array()
            .expect("changes");
        // The second run has only what the first one left.
        let is_made = changes.iter().any(|change| change["made"] == true);
        let is_open = changes.iter().any(|change| change["made"].is_null());
        assert!(is_open && is_made == (signal == "-INT"), "{document:#}");
        bed.proxy.heal();
    }
    let _ = deploy(&bed, "--topic alerts").output().success();
    let run = ddalert(&bed, "test-publish --topic alerts --timeout 60");
    let document = stopped(&schema, &bed, run, "-INT", "logs:FilterLogEvents");
    let result = &document["results"][0];
    assert!(
        result["message_id"].is_string() && result["confirmed"].is_null(),
        "{document:#}"
    );
}

/// Sends a signal to a run once it made this call, and returns its document.
#[cfg(unix)]
fn stopped(schema: &Validator, bed: &Bed, run: Run, signal: &str, call: &str) -> Value {
    bed.proxy.forget_calls();
    let (child, _home) = run.args(["--output", "json"]).start();
    let until = Instant::now() + Duration::from_secs(60);
    while bed.proxy.calls_of(call).is_empty() {
        assert!(Instant::now() < until, "no {call}");
        std::thread::sleep(Duration::from_millis(20));
    }
    let mut kill = std::process::Command::new("kill");
    let sent = kill.args([signal, &child.id().to_string()]).status();
    assert!(sent.expect("kill").success());
    let output = child.wait_with_output().expect("its end");
    let said = String::from_utf8(output.stdout).expect("UTF-8");
    assert_eq!(output.status.code(), Some(130), "{said}");
    let document: Value =
        serde_json::from_str(&said).unwrap_or_else(|error| panic!("{error}: {said}"));
    assert!(schema.is_valid(&document), "{document:#}");
    assert_eq!(document["error"]["exit_code"], 130);
    document
}
