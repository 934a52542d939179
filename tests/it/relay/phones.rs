//! Phones: each is texted once, whatever becomes of the others, and none is named in full.

use serde_json::json;

use super::lambda::{Output, Report, Sandbox, event};
use super::server::{Reply, Server, status};

const PHONES: [&str; 3] = ["+4915112345671", "+4915112345672", "+12065550103"];

/// Starts the relay with these phones and a fake SNS.
async fn sandbox(sns: &Server) -> Sandbox {
    let endpoint = sns.url("");
    Sandbox::start(&[
        ("DDALERT_TARGET", "sms"),
        ("DDALERT_PHONES", &PHONES.join(",")),
        ("AWS_ENDPOINT_URL", &endpoint),
    ])
    .await
}

fn published(id: &str) -> Reply {
    status(
        200,
        &format!(
            "<PublishResponse><PublishResult><MessageId>{id}</MessageId></PublishResult></PublishResponse>"
        ),
    )
}

fn refused(http: u16, code: &str, message: &str) -> Reply {
    status(
        http,
        &format!(
            "<ErrorResponse><Error><Code>{code}</Code><Message>{message}</Message></Error></ErrorResponse>"
        ),
    )
}

/// Returns the phones that SNS was asked to text, in order.
fn asked(sns: &Server) -> Vec<String> {
    let phone = |body: &[u8]| {
        let form = url::form_urlencoded::parse(body).into_owned();
        form.into_iter()
            .find(|(name, _)| name == "PhoneNumber")
            .map(|(_, phone)| phone)
            .expect("a phone")
    };
    sns.seen().iter().map(|seen| phone(&seen.body)).collect()
}

/// Fails where anything said holds a phone number in full, with `+` or without.
fn assert_masked(said: &str) {
    for phone in PHONES {
        assert!(!said.contains(&phone[1..]), "{said}");
    }
}

async fn stopped(sandbox: Sandbox) -> Output {
    let output = sandbox.stop().await;
    assert_masked(&output.stdout);
    assert_masked(&output.stderr);
    output
}

#[tokio::test]
async fn a_throttled_phone_is_texted_later_and_the_others_once() {
    let sns = Server::script(vec![
        published("t-0"),
        refused(400, "Throttling", "Rate exceeded"),
        published("t-2"),
    ])
    .await;
    let mut sandbox = sandbox(&sns).await;
    assert_eq!(sandbox.invoke(event("m-1", "smoke")).await, Report::Done);
    assert_eq!(asked(&sns), [PHONES[0], PHONES[1], PHONES[2], PHONES[1]]);
    let body = String::from_utf8(sns.seen()[0].body.clone()).expect("a form");
    assert!(
        body.contains("Action=Publish") && body.contains("smoke") && body.contains("Transactional"),
        "{body}"
    );
    let output = stopped(sandbox).await;
    assert_eq!(
        (
            output.lines("texted").len(),
            output.lines("not_texted").len()
        ),
        (3, 0)
    );
    let delivered = output.lines("delivered").remove(0);
    assert_eq!(delivered["attempts"], 2);
    assert_eq!(
        delivered["texts"][0],
        json!({ "phone": "+4915***5671", "message_id": "t-0" })
    );
}

#[tokio::test]
async fn lambdas_retry_texts_only_those_that_were_not_texted() {
    // SNS names the number that it refuses, as it was given or in digits alone.
    let no = |number: &str| {
        refused(
            400,
            "InvalidParameter",
            &format!("PhoneNumber Reason: {number} is not valid"),
        )
    };
    let script = vec![
        published("t-0"),
        no(PHONES[1]),
        published("t-2"),
        no(&PHONES[1][1..]),
        published("t-4"),
        published("t-5"),
    ];
    let sns = Server::script(script).await;
    let mut sandbox = sandbox(&sns).await;
    for tries in 4..=5 {
        let (error_type, message) = sandbox.invoke(event("m-1", "smoke")).await.failed();
        assert_eq!(error_type, "Undelivered");
        assert!(
            message.contains("1 of 3 phones not texted: +4915***5672")
                && message.contains("InvalidParameter"),
            "{message}"
        );
        assert_masked(&message);
        assert_eq!(asked(&sns).len(), tries - 1);
    }
    assert_eq!(sandbox.invoke(event("m-1", "smoke")).await, Report::Done);
    assert_eq!(
        asked(&sns),
        [PHONES[0], PHONES[1], PHONES[2], PHONES[1], PHONES[1]]
    );
    // What is sent again after that is meant.
    assert_eq!(sandbox.invoke(event("m-1", "smoke")).await, Report::Done);
    assert_eq!(asked(&sns).len(), 8);
    let output = stopped(sandbox).await;
    assert_eq!(
        (
            output.lines("texted").len(),
            output.lines("not_texted").len()
        ),
        (6, 2)
    );
    assert_eq!(
        output.lines("delivered")[0]["texts"]
            .as_array()
            .map(Vec::len),
        Some(3)
    );
}

#[tokio::test]
async fn a_number_that_is_none_is_not_repeated() {
    let said = format!("{},555-oops", PHONES[0]);
    let (report, _, output) =
        Sandbox::start(&[("DDALERT_TARGET", "sms"), ("DDALERT_PHONES", &said)])
            .await
            .exit()
            .await;
    let Report::NotStarted { message } = report else {
        panic!("{report:?}")
    };
    assert!(
        message.contains("DDALERT_PHONES") && !message.contains("oops"),
        "{message}"
    );
    assert_masked(&message);
    assert_masked(&output.stdout);
}
