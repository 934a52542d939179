//! The emulator, the room and the functions.

use std::io::Write;
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use aws_sdk_iam::Client as Iam;
use aws_sdk_lambda::Client as Lambda;
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::{Environment, FunctionCode, Runtime, State};
use aws_sdk_sns::Client as Sns;

use crate::bed::{TRUST, refusal};
use testbed::account::Account;
use testbed::bed::Bed;
use testbed::command::Run;
use testbed::fault::Fault;
use testbed::install::Installation;
use testbed::ministack::{MINISTACK, MiniStack};
use testbed::proxy::Proxy;
use testbed::sdk;
use testbed::sink::{Reply, Sink};

#[test]
fn the_emulator_is_gone_with_its_owner() {
    let ministack = MiniStack::start();
    let address = ministack.address();
    assert!(TcpStream::connect(address).is_ok());
    drop(ministack);
    assert!(
        TcpStream::connect(address).is_err(),
        "something still listens on {address}"
    );
}

#[test]
fn the_emulator_is_gone_with_an_owner_that_was_killed() {
    let told = tempfile::NamedTempFile::new().expect("a file for the address");
    let mut owner = Command::new(std::env::current_exe().expect("this binary"));
    owner
        .arg("owns_an_emulator_until_it_is_killed")
        .env(TELL, told.path());
    let mut owner = owner
        .stdout(Stdio::null())
        .spawn()
        .expect("this binary again");
    let soon = Instant::now() + Duration::from_secs(60);
    let wait = || {
        assert!(Instant::now() < soon, "it takes too long");
        thread::sleep(Duration::from_millis(20));
    };
    let address = loop {
        match std::fs::read_to_string(told.path())
            .expect("the address")
            .parse::<SocketAddr>()
        {
            Ok(address) => break address,
            Err(_) => wait(),
        }
    };
    owner.kill().expect("to kill it");
    owner.wait().expect("its end");
    while TcpStream::connect(address).is_ok() {
        wait();
    }
}

/// Where the test below tells its address, which it does only for the one above.
const TELL: &str = "BED_TELL_ADDRESS";

#[test]
fn owns_an_emulator_until_it_is_killed() {
    if let Some(path) = std::env::var_os(TELL) {
        let ministack = MiniStack::start();
        std::fs::write(path, ministack.address().to_string()).expect("to tell the address");
        thread::sleep(Duration::from_secs(600));
    }
}

#[test]
fn a_command_sees_nothing_of_this_machine() {
    let run = Run::new(Path::new("/bin/sh"))
        .account(&Account::new(), "http://127.0.0.1:1")
        .env("DDALERT_TOPIC", "alerts");
    let output = run
        .args(["-c", "env; cat; echo oops >&2; exit 3"])
        .stdin("from standard input\n")
        .output();
    assert_eq!(output.stderr, "oops\n");
    assert!(output.stdout.ends_with("from standard input\n"), "{output}");
    let names = output
        .stdout
        .lines()
        .filter_map(|line| line.split_once('='))
        .map(|(name, _)| name);
    // What a shell adds by itself is not of this machine either.
    let mut names: Vec<_> = names
        .filter(|name| !["PWD", "OLDPWD", "SHLVL", "_"].contains(name))
        .collect();
    names.sort_unstable();
    let ours = ["COLUMNS", "DDALERT_TOPIC", "HOME", "NO_COLOR", "PATH"];
    let aws = [
        "AWS_ACCESS_KEY_ID",
        "AWS_EC2_METADATA_DISABLED",
        "AWS_ENDPOINT_URL",
        "AWS_REGION",
        "AWS_SECRET_ACCESS_KEY",
    ];
    assert_eq!(names, aws.into_iter().chain(ours).collect::<Vec<_>>());
    assert_eq!(output.failure(3), "oops\n");
}

#[tokio::test]
async fn a_room_keeps_what_it_got_and_answers_as_scripted() {
    let sink = Sink::start();
    sink.answer("/slack", vec![Reply::retry_after(1), Reply::new(200, "ok")]);
    let client = hyper_util::client::legacy::Client::builder(hyper_util::rt::TokioExecutor::new())
        .build_http();
    let mut statuses = Vec::new();
    for n in 0..3 {
        let body = http_body_util::Full::<hyper::body::Bytes>::from(format!(r#"{{"text":"{n}"}}"#));
        let request = hyper::Request::post(sink.url("/slack?x=1"))
            .body(body)
            .expect("a request");
        statuses.push(
            client
                .request(request)
                .await
                .expect("an answer")
                .status()
                .as_u16(),
        );
    }
    assert_eq!(statuses, [429, 200, 200]);
    let received = sink.wait_for(3, Duration::from_secs(1));
    assert_eq!(received[2].json()["text"], "2");
    assert_eq!(
        (received[0].path.as_str(), received[0].query.as_str()),
        ("/slack", "x=1")
    );
}

#[tokio::test]
async fn a_function_as_large_as_a_debug_build_is_created_after_its_role_can_be_assumed() {
    let bed = Bed::new();
    let (iam, lambda) = (Iam::new(&bed.config()), Lambda::new(&bed.config()));
    iam.create_role()
        .role_name("r")
        .assume_role_policy_document(TRUST)
        .send()
        .await
        .expect("a role");
    bed.proxy
        .on("lambda:CreateFunction")
        .times(1)
        .fail(Fault::RoleNotAssumable);
    let create = || {
        let code = FunctionCode::builder()
            .zip_file(Blob::new(zipped(&vec![b'#'; 30_000_000])))
            .build();
        let create = lambda
            .create_function()
            .function_name("f")
            .role(bed.account.arn("iam", "role/r"))
            .code(code);
        create
            .runtime(Runtime::Providedal2023)
            .handler("bootstrap")
            .send()
    };
    let (code, message) = refusal(create().await);
    assert_eq!(code, "InvalidParameterValueException");
    assert_eq!(
        message,
        "The role defined for the function cannot be assumed by Lambda."
    );
    let start = Instant::now();
    create().await.expect("a function");
    assert!(
        start.elapsed() < Duration::from_secs(30),
        "30 MB took {:?}",
        start.elapsed()
    );
}

/// Returns a zip of this `bootstrap`, as large as itself.
fn zipped(bootstrap: &[u8]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options =
        zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    zip.start_file("bootstrap", options.unix_permissions(0o755))
        .expect("an entry");
    zip.write_all(bootstrap).expect("its content");
    zip.finish().expect("a zip").into_inner()
}

/// Creates the function `f` of an account, which tells the room what it was called with, and waits until it can be invoked.
async fn create_function(config: &aws_config::SdkConfig, account: &Account, room: &str) -> Lambda {
    let (iam, lambda) = (Iam::new(config), Lambda::new(config));
    iam.create_role()
        .role_name("r")
        .assume_role_policy_document(TRUST)
        .send()
        .await
        .expect("a role");
    let python = Installation::find_or_make(MINISTACK)
        .expect("an installation")
        .python;
    let bootstrap = format!("#!{}\n{BOOTSTRAP}", python.display());
    let code = FunctionCode::builder()
        .zip_file(Blob::new(zipped(bootstrap.as_bytes())))
        .build();
    let create = lambda
        .create_function()
        .function_name("f")
        .role(account.arn("iam", "role/r"))
        .code(code);
    let create = create
        .runtime(Runtime::Providedal2023)
        .handler("bootstrap")
        .environment(hook(room));
    create.send().await.expect("a function");
    while lambda
        .get_function_configuration()
        .function_name("f")
        .send()
        .await
        .expect("it")
        .state()
        != Some(&State::Active)
    {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    lambda
}

/// Returns the environment of a function that tells this room.
fn hook(room: &str) -> Environment {
    Environment::builder().variables("HOOK", room).build()
}

#[tokio::test]
async fn a_publish_runs_the_function_which_calls_through_the_proxy_when_asked_to() {
    let (proxy, _ministack) = Proxy::start_with_functions();
    let (account, sink) = (Account::new(), Sink::start());
    let config = sdk::config(&account, &proxy.endpoint());
    create_function(&config, &account, &sink.url("/room")).await;
    let sns = Sns::new(&config);
    let topic = sns
        .create_topic()
        .name("t")
        .send()
        .await
        .expect("a topic")
        .topic_arn
        .expect("its ARN");
    let subscribe = sns
        .subscribe()
        .topic_arn(&topic)
        .protocol("lambda")
        .endpoint(account.arn("lambda", "function:f"));
    subscribe.send().await.expect("a subscription");
    sns.publish()
        .topic_arn(&topic)
        .message("alert")
        .send()
        .await
        .expect("a publish");

    let told = sink.wait_for(1, Duration::from_secs(20))[0].json();
    assert_eq!(told["event"]["Records"][0]["Sns"]["Message"], "alert");
    let environment = told["environment"].as_object().expect("an environment");
    assert_eq!(environment["AWS_ENDPOINT_URL"], proxy.endpoint());
    assert!(
        environment["AWS_ACCESS_KEY_ID"]
            .as_str()
            .is_some_and(|key| key.starts_with("ASIA")),
        "the credentials of its role"
    );
}

/// Tests share the emulator, and their functions have the same names: only the account tells them apart.
#[tokio::test]
async fn a_function_that_is_changed_does_not_stop_one_of_that_name_in_another_account() {
    let bed = Bed::new();
    let other = Account::new();
    let room = bed.sink.url("/room");
    let ours = create_function(&bed.config(), &bed.account, &room).await;
    let theirs = sdk::config(&other, &bed.proxy.endpoint());
    let theirs = create_function(&theirs, &other, &room).await;
    let mut processes = Vec::new();
    for _ in 0..2 {
        ours.invoke()
            .function_name("f")
            .send()
            .await
            .expect("an answer");
        let told = bed.sink.wait_for(1, Duration::from_secs(20)).remove(0);
        processes.push(told.json()["process"].clone());
        bed.sink.clear();
        let update = theirs.update_function_configuration().function_name("f");
        let update = update.environment(hook("http://localhost/other"));
        update.send().await.expect("a change");
    }
    assert!(processes[0].is_u64(), "{processes:?}");
    assert_eq!(processes[0], processes[1], "it is still the same process");
}

/// A function that tells the room what it was called with.
const BOOTSTRAP: &str = "
import json, os, urllib.request as web
api = 'http://%s/2018-06-01/runtime/invocation/' % os.environ['AWS_LAMBDA_RUNTIME_API']
while True:
    call = web.urlopen(api + 'next')
    told = json.dumps({'event': json.load(call), 'environment': dict(os.environ), 'process': os.getpid()}).encode()
    web.urlopen(web.Request(os.environ['HOOK'], told))
    web.urlopen(web.Request(api + call.headers['Lambda-Runtime-Aws-Request-Id'] + '/response', b'null'))
";
