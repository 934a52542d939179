//! `--events` and `--filter-policy`: from the option to the attribute of the subscription.

use std::collections::HashMap;

use aws_sdk_sns::Client as Sns;
use serde_json::json;

use crate::events::{ddalert, deploy, json, topic};
use testbed::bed::Bed;

/// Returns the attributes of the topic's one subscription.
async fn attributes(bed: &Bed, topic: &str) -> HashMap<String, String> {
    let sns = Sns::new(&bed.config());
    let listed = sns
        .list_subscriptions_by_topic()
        .topic_arn(topic)
        .send()
        .await
        .expect("subscriptions");
    let [subscription] = listed.subscriptions() else {
        panic!("not one subscription: {listed:?}")
    };
    let arn = subscription.subscription_arn().expect("its ARN");
    let answer = sns
        .get_subscription_attributes()
        .subscription_arn(arn)
        .send()
        .await
        .expect("its attributes");
    answer.attributes.expect("attributes")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_choice_of_events_becomes_a_filter_policy_and_goes_again() {
    let bed = Bed::new();
    let arn = topic(&bed, "alerts").await;
    let run = deploy(&bed, "slack", "--topic alerts --events in-alarm,audit").output();
    assert!(
        run.stderr.contains(
            "Not delivered: cleared, invalidated, published finding, other JSON, plain text"
        ),
        "{run}"
    );
    let _ = run.success();
    let held = attributes(&bed, &arn).await;
    assert_eq!(held["FilterPolicyScope"], "MessageBody");
    let wanted =
        json!({"$or": [{"violationEventType": ["in-alarm"]}, {"taskType": [{"exists": true}]}]});
    assert_eq!(json(&held["FilterPolicy"]), wanted);

    bed.proxy.forget_calls();
    let again = deploy(
        &bed,
        "slack",
        "--topic alerts --events audit --events in-alarm",
    )
    .output()
    .success();
    assert!(again.starts_with("Nothing to change"), "{again}");
    let silent = deploy(&bed, "slack", "--topic alerts").output().success();
    assert!(
        silent.starts_with("Nothing to change"),
        "what is there stays: {silent}"
    );
    assert_eq!(bed.proxy.writes().len(), 0, "{:?}", bed.proxy.writes());

    let run = deploy(&bed, "slack", "--topic alerts --filter-policy -")
        .stdin(r#"{"thingName": [{"prefix": "pump-"}]}"#)
        .output();
    assert!(
        run.stderr.contains(
            "warning: the filter policy keeps out every message of these kinds: non-compliant audit"
        ),
        "{run}"
    );
    assert!(run.stderr.contains("15 minutes"), "{run}");
    let answer = run.answer();
    assert_eq!(answer, "ddalert-slack-alerts delivers alerts to Slack.\n");
    assert_eq!(
        json(&attributes(&bed, &arn).await["FilterPolicy"]),
        json!({"thingName": [{"prefix": "pump-"}]})
    );

    let _ = deploy(&bed, "slack", "--topic alerts --events all")
        .output()
        .success();
    let held = attributes(&bed, &arn)
        .await
        .remove("FilterPolicy")
        .unwrap_or_default();
    assert!(["", "{}"].contains(&held.as_str()), "{held}");
}

#[test]
fn a_policy_that_sns_would_refuse_is_refused_before_anything() {
    let bed = Bed::new();
    for (policy, said) in [
        ("{", "the filter policy is not valid JSON"),
        ("[]", "the filter policy is not a JSON object"),
        ("{}", "invalid at 'the top level'"),
        (
            r#"{"behavior": {"name": "x"}}"#,
            "invalid at 'behavior.name'",
        ),
        (
            r#"{"a":["x"],"b":["x"],"c":["x"],"d":["x"],"e":["x"],"f":["x"]}"#,
            "names 6 properties",
        ),
    ] {
        let refused = deploy(&bed, "slack", "--topic alerts --filter-policy -")
            .stdin(policy)
            .output()
            .failure(2);
        assert!(
            refused.contains(said) && refused.contains("hint: "),
            "{policy}: {refused}"
        );
    }
    for args in [
        "--events",
        "--events in-alarm,nonsense",
        "--events audit --filter-policy x",
        "--filter-policy missing.json",
    ] {
        let refused = deploy(&bed, "slack", args)
            .args(["--topic", "alerts"])
            .output()
            .failure(2);
        assert!(
            refused.to_lowercase().contains("error: "),
            "{args}: {refused}"
        );
    }
    let run = ddalert(
        &bed,
        "deploy-slack --topic alerts --filter-policy - --webhook-url-file -",
    )
    .stdin("{}");
    let refused = run.output().failure(2);
    assert!(
        refused.contains("--webhook-url-file and --filter-policy name standard input"),
        "{refused}"
    );
    assert!(bed.proxy.calls().is_empty(), "{:?}", bed.proxy.calls());
}
