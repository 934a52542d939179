//! `rotate`: the next alert goes to the new URL, wherever it is stored, and the old one is nowhere.

use std::time::Duration;

use aws_sdk_kms::Client as Kms;
use aws_sdk_lambda::Client as Lambda;
use aws_sdk_secretsmanager::Client as SecretsManager;
use aws_sdk_sns::Client as Sns;
use aws_sdk_ssm::Client as Ssm;

use crate::operate::chain::{Chain, FUNCTION, TOKEN, TOPIC};

const ROTATE: &[&str] = &[
    "rotate",
    "webhook",
    "--yes",
    "--verbose",
    "--allow-host",
    "127.0.0.1",
    "--webhook-url-file",
    "-",
];

async fn in_store(store: &str) {
    let chain = Chain::new().await;
    let config = chain.bed.config();
    let mut arguments = vec!["--secret-store", store, "--verbose"];
    let key;
    let is_encrypted = store == "kms";
    if is_encrypted {
        key = Kms::new(&config)
            .create_key()
            .send()
            .await
            .expect("a key")
            .key_metadata
            .expect("the key")
            .key_id;
        arguments.extend(["--kms-key", &key]);
    }
    let mut said = String::new();
    let mut note = |output: testbed::command::Output| {
        said.push_str(&output.to_string());
        output.success()
    };
    note(chain.deploy("/old", &arguments).output());
    if is_encrypted {
        let_decrypt_whatever_the_context(&chain).await;
    }
    chain.bed.proxy.forget_calls();
    assert!(
        note(chain.deploy("/old", &arguments).output()).starts_with("Nothing to change"),
        "{store}"
    );
    assert_eq!(
        chain.bed.proxy.writes().len(),
        0,
        "{store}: {:?}",
        chain.bed.proxy.writes()
    );

    // A warm relay knows the old URL.
    let publish = || {
        Sns::new(&config)
            .publish()
            .topic_arn(chain.bed.account.arn("sns", TOPIC))
            .message("alert")
            .send()
    };
    publish().await.expect("a publish");
    assert_eq!(
        chain.bed.sink.wait_for(1, Duration::from_secs(20))[0].path,
        "/old"
    );
    chain.bed.sink.clear();

    chain.bed.proxy.forget_calls();
    note(chain.ddalert(ROTATE).stdin(&chain.url("/new")).output());
    assert_eq!(
        chain.bed.proxy.calls_of("lambda:UpdateFunctionCode").len(),
        0,
        "{store}"
    );
    let greeting = chain.bed.sink.wait_for(1, Duration::from_secs(1)).remove(0);
    assert_eq!(
        (greeting.path.as_str(), &greeting.json()["kind"]),
        ("/new", &serde_json::json!("greeting"))
    );
    publish().await.expect("a publish");
    let received = chain.bed.sink.wait_for(2, Duration::from_secs(20));
    assert!(
        received.iter().all(|received| received.path == "/new"),
        "{store}: {received:#?}"
    );

    chain.bed.proxy.forget_calls();
    let again = note(
        chain
            .ddalert(ROTATE)
            .args(["--output", "json"])
            .stdin(&chain.url("/new"))
            .output(),
    );
    assert!(again.contains("Nothing to change"), "{again}");
    assert_eq!(chain.bed.proxy.writes().len(), 0, "{store}");

    let logs = aws_sdk_cloudwatchlogs::Client::new(&config)
        .filter_log_events()
        .log_group_name(format!("/aws/lambda/{FUNCTION}"));
    let logs = logs.send().await.expect("the function's log");
    said.extend(logs.events().iter().filter_map(|event| event.message()));
    assert!(said.contains("delivered"), "{store}: {said}");
    assert!(!said.contains(TOKEN), "{store}: {said}");
    let function = Lambda::new(&config)
        .get_function_configuration()
        .function_name(FUNCTION)
        .send()
        .await
        .expect("the function");
    let environment = format!(
        "{:?}",
        function
            .environment
            .expect("an environment")
            .variables
            .expect("variables")
    );
    let secret = SecretsManager::new(&config)
        .get_secret_value()
        .secret_id(format!("ddalert/{FUNCTION}/webhook-url"))
        .send()
        .await;
    let parameter = format!("/ddalert/{FUNCTION}/webhook-url");
    let parameter = Ssm::new(&config)
        .get_parameter()
        .name(parameter)
        .with_decryption(true)
        .send()
        .await;
    let held = [
        ("env", environment),
        (
            "secrets-manager",
            secret
                .ok()
                .and_then(|secret| secret.secret_string)
                .unwrap_or_default(),
        ),
        (
            "ssm",
            parameter
                .ok()
                .and_then(|found| found.parameter?.value)
                .unwrap_or_default(),
        ),
    ];
    for (place, text) in held {
        assert!(!text.contains("/old"), "{store}: the old URL is in {place}");
        assert_eq!(text.contains("/new"), place == store, "{store}: {place}");
    }
}

/// The emulator does not know the condition key `kms:EncryptionContext:…`, with which ddalert narrows what the relay may decrypt.
async fn let_decrypt_whatever_the_context(chain: &Chain) {
    let policy = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"kms:Decrypt","Resource":"*"}]}"#;
    let role = format!("{FUNCTION}-{}", chain.bed.account.region);
    let put = aws_sdk_iam::Client::new(&chain.bed.config())
        .put_role_policy()
        .role_name(role)
        .policy_name("emulator");
    put.policy_document(policy).send().await.expect("a policy");
}

#[tokio::test]
async fn in_secrets_manager() {
    in_store("secrets-manager").await;
}

#[tokio::test]
async fn in_ssm() {
    in_store("ssm").await;
}

#[tokio::test]
async fn encrypted_by_kms() {
    in_store("kms").await;
}

#[tokio::test]
async fn in_the_environment() {
    in_store("env").await;
}

#[tokio::test]
async fn what_is_not_there_cannot_be_rotated() {
    let chain = Chain::new().await;
    let stderr = chain
        .ddalert(ROTATE)
        .stdin(&chain.url("/new"))
        .output()
        .failure(1);
    assert!(
        stderr.contains("ddalert deploy-webhook --topic BadIoTDevices"),
        "{stderr}"
    );
    chain.deploy_hollow().output().success();
    let stderr = chain
        .ddalert(&["rotate", "webhook", "--yes"])
        .output()
        .failure(2);
    assert!(stderr.contains("--webhook-url-file"), "{stderr}");
}

/// What somebody else stored is replaced by the URL that a deploy names, and a relay that was started with it does not go on.
#[tokio::test]
async fn a_url_that_somebody_else_stored_does_not_live_on_in_a_warm_relay() {
    let chain = Chain::new().await;
    let config = chain.bed.config();
    let arguments = ["--secret-store", "secrets-manager"];
    chain.deploy("/room", &arguments).output().success();
    let secrets = SecretsManager::new(&config);
    let secret = format!("ddalert/{FUNCTION}/webhook-url");
    secrets
        .put_secret_value()
        .secret_id(secret)
        .secret_string(chain.url("/theirs"))
        .send()
        .await
        .expect("another URL");
    let publish = || {
        Sns::new(&config)
            .publish()
            .topic_arn(chain.bed.account.arn("sns", TOPIC))
            .message("alert")
            .send()
    };
    // Started anew by whoever changed it, the relay reads theirs.
    let lambda = Lambda::new(&config);
    let found = lambda
        .get_function_configuration()
        .function_name(FUNCTION)
        .send()
        .await
        .expect("the relay");
    let mut variables = found
        .environment()
        .and_then(|all| all.variables())
        .expect("variables")
        .clone();
    variables.insert("OTHER".to_owned(), "1".to_owned());
    let environment = aws_sdk_lambda::types::Environment::builder()
        .set_variables(Some(variables))
        .build();
    lambda
        .update_function_configuration()
        .function_name(FUNCTION)
        .environment(environment)
        .send()
        .await
        .expect("a restart");
    publish().await.expect("a publish");
    assert_eq!(
        chain.bed.sink.wait_for(1, Duration::from_secs(20))[0].path,
        "/theirs"
    );
    chain.bed.sink.clear();

    chain.deploy("/room", &arguments).output().success();
    publish().await.expect("a publish");
    assert_eq!(
        chain.bed.sink.wait_for(1, Duration::from_secs(20))[0].path,
        "/room"
    );
    chain.bed.proxy.forget_calls();
    assert!(
        chain
            .deploy("/room", &arguments)
            .output()
            .success()
            .starts_with("Nothing to change")
    );
    assert_eq!(chain.bed.proxy.writes().len(), 0);
}
