//! A bad environment ends the start, with the variable's name in the log and in what Lambda is told, and never its value.

use super::lambda::{Report, Sandbox};

#[tokio::test]
async fn what_is_wrong_is_named() {
    let url = (
        "DDALERT_WEBHOOK_URL",
        "https://hooks.slack.com/services/T0/B0/sesame-open",
    );
    let table: &[(&[(&str, &str)], &str)] = &[
        (&[("DDALERT_TARGET", ""), url], "DDALERT_TARGET is not set"),
        (
            &[("DDALERT_TARGET", "sesame-open"), url],
            "DDALERT_TARGET is not one of chime, slack",
        ),
        (
            &[],
            "DDALERT_WEBHOOK_SECRET, DDALERT_WEBHOOK_PARAMETER, DDALERT_WEBHOOK_KMS, DDALERT_WEBHOOK_URL are all not set",
        ),
        (
            &[url, ("DDALERT_WEBHOOK_PARAMETER", "x")],
            "DDALERT_WEBHOOK_PARAMETER and DDALERT_WEBHOOK_URL are both set",
        ),
        (
            &[("DDALERT_WEBHOOK_URL", "sesame-open")],
            "DDALERT_WEBHOOK_URL is not usable",
        ),
        (
            &[("DDALERT_WEBHOOK_SECRET", "sesame-open")],
            "DDALERT_WEBHOOK_SECRET is not the ARN",
        ),
        (
            &[("DDALERT_WEBHOOK_PARAMETER", "arn:sesame-open")],
            "DDALERT_WEBHOOK_PARAMETER is not the ARN",
        ),
        (
            &[("DDALERT_WEBHOOK_KMS", "sesame-open")],
            "DDALERT_WEBHOOK_KMS is not base64",
        ),
        (
            &[("DDALERT_WEBHOOK_PARAMETER", "x"), ("AWS_REGION", "")],
            "AWS_REGION is not set",
        ),
        (
            &[
                ("DDALERT_WEBHOOK_PARAMETER", "x"),
                ("AWS_ENDPOINT_URL_SSM", "sesame-open"),
            ],
            "AWS_ENDPOINT_URL_SSM is not a URL",
        ),
        (
            &[url, ("SSL_CERT_FILE", "no-such-file.pem")],
            "SSL_CERT_FILE is not usable: cannot read certificates from no-such-file.pem",
        ),
        (
            &[url, ("SSL_CERT_FILE", "Cargo.toml")],
            "SSL_CERT_FILE is not usable: cannot read certificates from Cargo.toml",
        ),
    ];
    for (environment, words) in table {
        let (report, code, output) = Sandbox::start(environment).await.exit().await;
        let Report::NotStarted { message } = report else {
            panic!("{words}: {report:?}")
        };
        assert!(message.starts_with(words), "{message}");
        let lines = output.lines("not_started");
        assert_eq!(
            (lines[0]["reason"].as_str(), code, lines.len()),
            (Some(message.as_str()), 1, 1)
        );
        assert_eq!(output.stderr, "");
    }
}

#[tokio::test]
async fn outside_lambda_it_says_so() {
    let command = tokio::process::Command::new(env!("CARGO_BIN_EXE_ddalert-relay"))
        .env_clear()
        .output()
        .await
        .expect("it starts");
    let line = String::from_utf8(command.stdout).expect("text");
    assert!(
        line.contains(
            "AWS_LAMBDA_RUNTIME_API is not set: this program is started by AWS Lambda, not by hand"
        ),
        "{line}"
    );
    assert_eq!(command.status.code(), Some(1));
}
