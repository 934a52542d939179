//! Which account is reached, and how: profiles, names that are mistyped, proxies, and services that never answer.

mod network;

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::Path;
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use testbed::bed::Bed;
use testbed::command::Run;

use crate::typed::ddalert;

/// Gives a run a configuration file.
fn with_config(run: Run, text: &str) -> Run {
    let file = run.file("config", text);
    run.env("AWS_CONFIG_FILE", file)
}

async fn topic(bed: &Bed, name: &str) {
    let sns = aws_sdk_sns::Client::new(&bed.config());
    sns.create_topic().name(name).send().await.expect("a topic");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_profile_that_is_named_comes_before_the_keys_of_the_environment() {
    let (bed, other) = (Bed::new(), Bed::new());
    topic(&other, "alerts").await;
    let config = format!(
        "[profile other]\nregion = eu-central-1\naws_access_key_id = {}\naws_secret_access_key = test\n",
        other.account.id
    );
    let run = ddalert(&bed, "test-publish --topic alerts --profile other");
    let output = with_config(run, &config).output();
    assert!(
        output
            .stdout
            .contains(&format!("In the account {}", other.account.id)),
        "{output}"
    );
    assert!(
        output.stderr.contains(
            "hint: ddalert deploy-slack --topic alerts --region eu-central-1 --profile other"
        ),
        "{output}"
    );
    // The variable does not come before the keys: there is no such topic in their account.
    let run = ddalert(&bed, "test-publish --topic alerts").env("AWS_PROFILE", "other");
    let said = with_config(run, &config).output().failure(1);
    assert!(
        said.contains(&format!("of the account {}", bed.account.id)),
        "{said}"
    );
}

#[test]
fn a_profile_that_is_not_there_is_named_and_nothing_is_called() {
    let bed = Bed::new();
    let config = "[profile staging]\nregion = eu-central-1\n[profile role]\nrole_arn = arn:aws:iam::123456789012:role/r\nsource_profile = gone\n";
    for (run, says) in [
        (
            ddalert(&bed, "remove --all --topic alerts --yes --profile stagin"),
            "there is no profile stagin (--profile)",
        ),
        (
            ddalert(&bed, "remove --all --topic alerts --yes").env("AWS_PROFILE", "stagin"),
            "there is no profile stagin (AWS_PROFILE)",
        ),
        (
            ddalert(&bed, "doctor --topic alerts --profile role"),
            "from the profile gone (source_profile), which does not exist",
        ),
    ] {
        let said = with_config(run, config).output().failure(2);
        assert!(said.contains(says), "{said}");
    }
    assert!(bed.proxy.calls().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_letter_that_is_wrong_finds_the_topic_and_makes_none() {
    let bed = Bed::new();
    topic(&bed, "BadIoTDevices").await;
    bed.proxy.forget_calls();
    for (command, code) in [
        ("doctor", 1),
        ("test-publish", 1),
        ("remove --all --yes", 1),
        ("connect --audit --all-profiles --replace --yes", 2),
    ] {
        let output = ddalert(&bed, &format!("{command} --topic BadIotDevices")).output();
        assert!(
            output.stderr.contains("did you mean BadIoTDevices?"),
            "{output}"
        );
        assert!(!output.stderr.contains("create-topic"), "{output}");
        let _ = output.failure(code);
    }
    assert_eq!(bed.proxy.writes().len(), 0);
}

#[test]
fn a_service_that_never_answers_ends_the_run_in_its_time() {
    // Connections are taken by the kernel, and nobody reads them.
    let hole = TcpListener::bind("127.0.0.1:0").expect("a port");
    let endpoint = format!("http://{}", hole.local_addr().expect("an address"));
    let bed = Bed::new();
    let begun = Instant::now();
    let said = ddalert(&bed, "test-publish --topic alerts --timeout 2s")
        .env("AWS_ENDPOINT_URL", endpoint)
        .output()
        .failure(1);
    assert!(
        begun.elapsed() < Duration::from_secs(10),
        "{:?}",
        begun.elapsed()
    );
    assert!(said.contains("the test alert was not published"), "{said}");
}

/// Starts a proxy that refuses everything, and returns its address and what each client asked it, line by line.
fn refusing_proxy() -> (String, Receiver<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address").to_string();
    let (heard, asked) = channel();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let lines = BufReader::new(&stream).lines().map_while(Result::ok);
            let head = lines.take_while(|line| !line.is_empty()).collect();
            let _ = (&stream).write_all(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n");
            if heard.send(head).is_err() {
                return;
            }
        }
    });
    (address, asked)
}

#[test]
fn calls_go_through_the_proxy_with_its_password_which_is_not_shown() {
    let bed = Bed::new();
    let (address, asked) = refusing_proxy();
    let run = |no_proxy: &str| {
        ddalert(&bed, "test-publish --topic alerts --timeout 3s")
            .env("AWS_ENDPOINT_URL", "https://aws.invalid")
            .env("HTTPS_PROXY", format!("http://user:sesame@{address}"))
            .env("NO_PROXY", no_proxy)
            .output()
    };
    let said = run("").failure(1);
    let head = asked
        .recv_timeout(Duration::from_secs(5))
        .expect("a request");
    assert_eq!(head[0], "CONNECT aws.invalid:443 HTTP/1.1");
    // user:sesame
    assert!(
        head.iter()
            .any(|line| line == "Proxy-Authorization: Basic dXNlcjpzZXNhbWU="),
        "the password is sent"
    );
    assert!(
        said.contains("the proxy wants a user and a password (HTTP 407)"),
        "{said}"
    );
    assert!(said.contains("hint: check HTTPS_PROXY"), "{said}");
    assert!(
        !said.contains("sesame") && !said.contains("dXNlcjpzZXNhbWU"),
        "{said}"
    );
    while asked.try_recv().is_ok() {}
    let said = run(".invalid").failure(1);
    assert!(
        asked.try_recv().is_err(),
        "a host in NO_PROXY is reached directly: {said}"
    );
}

#[test]
fn what_cannot_be_right_is_refused_before_a_call() {
    let bed = Bed::new();
    for (run, says) in [
        (
            ddalert(&bed, "doctor --topic a").args(["--region", "eu west"]),
            "'eu west' is not a region (--region)",
        ),
        (
            ddalert(&bed, "doctor --topic a --region").args([""]),
            "is not a region (--region)",
        ),
        (
            ddalert(&bed, "doctor --topic a --endpoint-url localhost:4566"),
            "which has no scheme",
        ),
        (
            ddalert(&bed, "doctor --topic a").env("AWS_ENDPOINT_URL_SNS", "ftp://me:sesame@host"),
            "AWS_ENDPOINT_URL_SNS is 'ftp://***@host', which is no HTTP address",
        ),
        (
            ddalert(&bed, "doctor --topic a").env("AWS_USE_FIPS_ENDPOINT", "yes"),
            "AWS_USE_FIPS_ENDPOINT is 'yes', which is neither true nor false",
        ),
        (
            ddalert(&bed, "doctor --topic a").env("HTTPS_PROXY", "socks5://me:sesame@host"),
            "HTTPS_PROXY names no proxy that can be used",
        ),
        (
            ddalert(&bed, "doctor --topic a --profile").args([""]),
            "--profile is empty",
        ),
        (
            ddalert(&bed, "doctor --topic a").env("AWS_SECRET_ACCESS_KEY", ""),
            "AWS_ACCESS_KEY_ID is set, and AWS_SECRET_ACCESS_KEY is not",
        ),
    ] {
        let said = run.output().failure(2);
        assert!(said.contains(says) && !said.contains("sesame"), "{said}");
    }
    assert!(bed.proxy.calls().is_empty());
}

/// Returns the argument of every call of `hint(` in a file.
fn hints(code: &str) -> Vec<&str> {
    let begins = code
        .match_indices("hint(")
        .map(|(at, found)| at + found.len());
    begins
        .map(|begin| {
            let mut depth = 1;
            let end = code[begin..].find(|c| {
                match c {
                    '(' => depth += 1,
                    ')' => depth -= 1,
                    _ => {}
                }
                depth == 0
            });
            &code[begin..begin + end.unwrap_or_default()]
        })
        .collect()
}

#[test]
fn no_hint_moves_or_discards_anything() {
    fn files(folder: &Path, found: &mut Vec<(String, String)>) {
        for entry in fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                files(&path, found);
            } else {
                let text = fs::read_to_string(&path).expect("a source file");
                found.push((path.display().to_string(), text));
            }
        }
    }
    let mut found = Vec::new();
    files(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("src"),
        &mut found,
    );
    let mut count = 0;
    for (file, code) in &found {
        for hint in hints(code) {
            count += 1;
            for option in ["--replace", "--yes", "--discard"] {
                assert!(!hint.contains(option), "{file}: {hint}");
            }
        }
    }
    assert!(count > 50, "only {count} hints were found");
}
