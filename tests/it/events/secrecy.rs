//! What was given as a secret is never shown, whoever repeats it; and nothing that somebody else wrote steers the terminal.

use testbed::bed::Bed;
use testbed::fault::Fault;
use testbed::wire::AwsError;

use super::{deploy, topic};

/// Parts of the webhook URL of these tests.
const TOKEN: &str = "s3same-0pen+sesame/0pen";
const PATH: &str = "T0SESAME1/B0SESAME2";

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_repeats_the_secret_is_not_repeated() {
    let bed = Bed::new();
    let arn = topic(&bed, "alerts").await;
    let url = bed.sink.url(&format!(
        "/services/{PATH}?token=s3same-0pen%2Bsesame%2F0pen"
    ));
    let json = serde_json::Value::from(url.as_str()).to_string();
    let said = format!(
        "1 validation error: value {json} at 'SecretString', also {} and {} and {TOKEN} in {PATH} \u{1b}[31mred\u{1b}[0m \u{9b}2J",
        url.replace('/', "\\/"),
        url.replace(':', "%3A")
            .replace('/', "%2F")
            .replace('%', "%25"),
    );
    let error = AwsError::new(400, "InvalidRequestException", said);
    bed.proxy
        .on("secretsmanager:CreateSecret")
        .fail(Fault::Error(error));
    for options in ["", "--verbose", "--output json"] {
        let run = deploy(
            &bed,
            "slack",
            &format!("--topic {arn} --no-greeting {options}"),
        )
        .env("DDALERT_WEBHOOK_URL", &url)
        .output();
        assert_eq!(run.status.code(), Some(1), "{run}");
        let shown = format!("{}{}", run.stdout, run.stderr);
        assert!(shown.contains("1 validation error"), "{run}");
        for secret in ["same-0pen", "sesame%2F0pen", "SESAME1", "SESAME2"] {
            assert!(!shown.contains(secret), "{secret}: {run}");
        }
        let steers = |c: char| (c.is_control() && c != '\n') || c == '\u{9b}';
        assert!(!shown.contains(steers), "{run}");
    }
}

#[test]
fn a_secret_in_place_of_a_file_is_not_repeated() {
    let bed = Bed::new();
    for (option, secret) in [
        (
            "--webhook-url-file",
            "https://hooks.slack.com/services/T0SESAME1?token=s3same",
        ),
        (
            "--webhook-url-file",
            "hooks.slack.com/services/T0SESAME1/B0SESAME2/0123456789abcdefSESAME",
        ),
        ("--signing-secret-file", "0123456789abcdefSESAME0123456789"),
    ] {
        let run = deploy(
            &bed,
            "webhook",
            &format!("--topic alerts {option} {secret}"),
        )
        .output();
        assert_eq!(run.status.code(), Some(2), "{run}");
        assert!(
            run.stderr.contains(&format!("{option} takes a file")),
            "{run}"
        );
        assert!(run.stderr.contains("hint: write the"), "{run}");
        let shown = format!("{}{}", run.stdout, run.stderr).to_lowercase();
        assert!(
            !shown.contains("sesame") && !shown.contains("s3same"),
            "{run}"
        );
    }
    assert!(bed.proxy.calls().is_empty(), "{:?}", bed.proxy.calls());
}

#[test]
fn what_was_typed_does_not_steer_the_terminal() {
    let bed = Bed::new();
    for args in [
        vec!["--topic", "a\u{1b}]0;title\u{7}b"],
        vec!["--topic", "alerts", "--allow-host", "a\u{1b}[2Jb"],
        vec![
            "--topic",
            "alerts",
            "--filter-policy",
            "/nonexistent/\u{1b}[31m",
        ],
        vec!["--topic", "alerts", "--name", "x\u{9b}1m\r"],
        vec!["--to\u{1b}pic"],
    ] {
        for output in ["text", "json"] {
            let run = deploy(&bed, "slack", &format!("--output {output}"))
                .args(&args)
                .output();
            assert_eq!(run.status.code(), Some(2), "{run}");
            let shown = format!("{}{}", run.stdout, run.stderr);
            assert!(
                !shown.contains(|c: char| c.is_control() && c != '\n'),
                "{shown:?}"
            );
        }
    }
}
