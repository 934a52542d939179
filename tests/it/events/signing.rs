//! The signing secret of a webhook: given, kept, replaced and taken away, stored with the URL.

use aws_sdk_secretsmanager::Client as Secrets;

use crate::events::{deploy, json, topic};
use testbed::bed::Bed;

#[tokio::test(flavor = "multi_thread")]
async fn a_signing_secret_stays_until_another_or_none_is_given() {
    let bed = Bed::new();
    topic(&bed, "alerts").await;
    let secrets = Secrets::new(&bed.config());
    let stored = async || {
        let secret = secrets
            .get_secret_value()
            .secret_id("ddalert/ddalert-webhook-alerts/webhook-url")
            .send()
            .await;
        let text = secret.expect("the secret").secret_string.expect("its text");
        if text.starts_with('{') {
            json(&text)["signing_secret"].as_str().map(str::to_owned)
        } else {
            None
        }
    };
    // Each run after another: its options, its variable, what is stored afterwards, and how often the room was greeted.
    let (changed, same) = ("ddalert-webhook-alerts delivers", "Nothing to change");
    for (args, variable, answer, expected, greetings) in [
        ("", None, changed, None, 1),
        ("", Some("sesame-one"), changed, Some("sesame-one"), 2),
        ("", Some("sesame-one"), same, Some("sesame-one"), 2),
        ("", None, same, Some("sesame-one"), 2),
        (
            "--signing-secret-file -",
            Some("not this"),
            changed,
            Some("sesame-two"),
            3,
        ),
        ("--no-signing", Some("not this"), changed, None, 4),
        ("--no-signing", None, same, None, 4),
    ] {
        let mut run =
            deploy(&bed, "webhook", &format!("--topic alerts {args}")).stdin("sesame-two\n");
        if let Some(variable) = variable {
            run = run.env("DDALERT_SIGNING_SECRET", variable);
        }
        let output = run.output();
        assert!(
            !output.stdout.contains("sesame") && !output.stderr.contains("sesame"),
            "{output}"
        );
        assert!(
            output.stdout.starts_with(answer),
            "{args} {variable:?}: {output}"
        );
        let _ = output.success();
        assert_eq!(stored().await.as_deref(), expected, "{args} {variable:?}");
        let greeted = bed.sink.received();
        assert_eq!(greeted.len(), greetings, "{args} {variable:?}");
        assert_eq!(
            greeted[greetings - 1]
                .headers
                .contains_key("x-ddalert-signature"),
            expected.is_some()
        );
    }
}
