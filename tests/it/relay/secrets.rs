//! Where the webhook URL is kept: each store asked as it wants to be asked, and asked again when the room says the URL is gone.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

use super::lambda::{Report, Sandbox, TOKEN, event, webhook};
use super::server::{Reply, Server, ok, status};

const ARN: &str =
    "arn:aws:secretsmanager:us-east-2:123456789012:secret:ddalert/x/webhook-url-AbCdEf";

fn answer(body: &Value) -> Reply {
    status(200, &body.to_string())
}

fn secret(url: &str) -> Reply {
    answer(&json!({ "ARN": ARN, "SecretString": url }))
}

#[tokio::test]
async fn each_store_is_asked_in_its_own_words() {
    let room = Server::script(vec![ok()]).await;
    let url = webhook(&room);
    let blob = BASE64_STANDARD.encode("ciphertext");
    let encoded = BASE64_STANDARD.encode(&url);
    let parameter_arn = "arn:aws:ssm:us-east-2:123456789012:parameter/x";
    let table = [
        (
            ("DDALERT_WEBHOOK_SECRET", ARN),
            (
                "secretsmanager.GetSecretValue",
                "us-east-2/secretsmanager",
                json!({ "SecretId": ARN }),
            ),
            json!({ "SecretString": url }),
        ),
        (
            ("DDALERT_WEBHOOK_SECRET", ARN),
            (
                "secretsmanager.GetSecretValue",
                "us-east-2/secretsmanager",
                json!({ "SecretId": ARN }),
            ),
            json!({ "SecretBinary": encoded }),
        ),
        (
            ("DDALERT_WEBHOOK_PARAMETER", "/ddalert/x"),
            (
                "AmazonSSM.GetParameter",
                "eu-west-1/ssm",
                json!({ "Name": "/ddalert/x", "WithDecryption": true }),
            ),
            json!({ "Parameter": { "Value": url } }),
        ),
        (
            ("DDALERT_WEBHOOK_PARAMETER", parameter_arn),
            (
                "AmazonSSM.GetParameter",
                "us-east-2/ssm",
                json!({ "Name": parameter_arn, "WithDecryption": true }),
            ),
            json!({ "Parameter": { "Value": url } }),
        ),
        (
            ("DDALERT_WEBHOOK_KMS", blob.as_str()),
            (
                "TrentService.Decrypt",
                "eu-west-1/kms",
                json!({ "CiphertextBlob": blob, "EncryptionContext": { "LambdaFunctionName": "ddalert-test" } }),
            ),
            json!({ "Plaintext": encoded }),
        ),
    ];
    for (variable, (target, scope, body), given) in table {
        let aws = Server::script(vec![answer(&given)]).await;
        let mut sandbox = Sandbox::start(&[variable, ("AWS_ENDPOINT_URL", &aws.url(""))]).await;
        assert_eq!(sandbox.invoke(event("m-1", "smoke")).await, Report::Done);
        assert_eq!(sandbox.invoke(event("m-2", "smoke")).await, Report::Done);
        let asked = aws.seen();
        assert_eq!(asked.len(), 1, "the secret is read once");
        assert_eq!(
            (asked[0].header("x-amz-target"), asked[0].json()),
            (target, body)
        );
        assert!(
            asked[0].header("authorization").contains(scope),
            "{}",
            asked[0].header("authorization")
        );
        assert_eq!(asked[0].header("x-amz-security-token"), "session-token");
        sandbox.stop().await;
    }
}

#[tokio::test]
async fn a_rotated_url_is_read_anew() {
    let room = Server::start(None, |_, post| async move {
        if post.path.contains("rotated") {
            ok()
        } else {
            status(404, "no_service")
        }
    })
    .await;
    let rotated = room.url(&format!("/services/rotated/{TOKEN}"));
    let aws = Server::script(vec![secret(&webhook(&room)), secret(&rotated)]).await;
    let service = ("AWS_ENDPOINT_URL_SECRETS_MANAGER", aws.url("/"));
    let environment = [
        ("DDALERT_WEBHOOK_SECRET", ARN),
        ("AWS_ENDPOINT_URL", "http://127.0.0.1:1"),
        (service.0, &service.1),
    ];
    let mut sandbox = Sandbox::start(&environment).await;
    assert_eq!(sandbox.invoke(event("m-1", "smoke")).await, Report::Done);
    assert_eq!(sandbox.invoke(event("m-2", "smoke")).await, Report::Done);
    assert_eq!((room.seen().len(), aws.seen().len()), (3, 2));
    let lines = sandbox.stop().await.lines("delivered");
    assert_eq!(
        (&lines[0]["attempts"], &lines[1]["attempts"]),
        (&json!(2), &json!(1))
    );
}

#[tokio::test]
async fn a_url_that_is_gone_and_not_rotated_is_an_error() {
    let room = Server::script(vec![status(410, "channel_is_archived")]).await;
    let aws = Server::script(vec![secret(&webhook(&room))]).await;
    let mut sandbox = Sandbox::start(&[
        ("DDALERT_WEBHOOK_SECRET", ARN),
        ("AWS_ENDPOINT_URL", &aws.url("")),
    ])
    .await;
    let (error_type, message) = sandbox.invoke(event("m-1", "smoke")).await.failed();
    assert!(
        error_type == "Undelivered" && message.contains("410"),
        "{error_type}: {message}"
    );
    assert_eq!((room.seen().len(), aws.seen().len()), (1, 2));
    sandbox.stop().await;
}

#[tokio::test]
async fn a_store_that_is_slow_to_give_is_asked_again() {
    let room = Server::script(vec![ok()]).await;
    let throttled = status(
        400,
        r#"{"__type":"ThrottlingException","message":"Rate exceeded"}"#,
    );
    let aws = Server::script(vec![
        throttled,
        status(500, ""),
        Reply::Drop,
        secret(&webhook(&room)),
    ])
    .await;
    let mut sandbox = Sandbox::start(&[
        ("DDALERT_WEBHOOK_SECRET", ARN),
        ("AWS_ENDPOINT_URL", &aws.url("")),
    ])
    .await;
    assert_eq!(sandbox.invoke(event("m-1", "smoke")).await, Report::Done);
    assert_eq!(aws.seen().len(), 4);
    sandbox.stop().await;
}

#[tokio::test]
async fn a_secret_that_cannot_be_read_is_an_error_of_each_event_until_it_can() {
    let room = Server::script(vec![ok()]).await;
    let denied = r#"{"__type":"AccessDeniedException","Message":"User: x is not authorized"}"#;
    let aws = Server::script(vec![
        status(400, denied),
        status(400, denied),
        secret("sesame"),
        secret(&webhook(&room)),
    ])
    .await;
    let mut sandbox = Sandbox::start(&[
        ("DDALERT_WEBHOOK_SECRET", ARN),
        ("AWS_ENDPOINT_URL", &aws.url("")),
    ])
    .await;

    let (error_type, message) = sandbox.invoke(event("m-1", "smoke")).await.failed();
    assert_eq!(error_type, "SecretUnreadable");
    for words in [
        "m-1",
        ARN,
        "AccessDeniedException",
        "not authorized",
        "role needs secretsmanager:GetSecretValue",
    ] {
        assert!(message.contains(words), "{message}");
    }
    let (error_type, message) = sandbox.invoke(event("m-1", "smoke")).await.failed();
    assert!(
        error_type == "SecretUnreadable" && message.contains("not a valid URL"),
        "{error_type}: {message}"
    );
    assert_eq!(sandbox.invoke(event("m-1", "smoke")).await, Report::Done);

    let output = sandbox.stop().await;
    assert_eq!(
        output.lines("secret_unreadable").len(),
        1,
        "said at the start"
    );
    assert_eq!(
        (
            output.lines("failed").len(),
            output.lines("delivered").len()
        ),
        (2, 1)
    );
}
