//! Several topics and regions in one deploy: all looked at, one answer.

use aws_sdk_sns::Client as Sns;

use crate::events::{ddalert, deploy, json, topic};
use testbed::bed::Bed;
use testbed::sdk;

#[tokio::test(flavor = "multi_thread")]
async fn one_deploy_serves_several_topics_and_regions() {
    let bed = Bed::new();
    let elsewhere = bed.account.in_region("us-west-2");
    for name in ["one", "two"] {
        topic(&bed, name).await;
        Sns::new(&sdk::config(&elsewhere, &bed.proxy.endpoint()))
            .create_topic()
            .name(name)
            .send()
            .await
            .expect("a topic");
    }
    let args = "--topic one --topic two --region eu-central-1 --region us-west-2";
    let planned = deploy(&bed, "slack", args)
        .args(["--dry-run", "--output", "json"])
        .output()
        .success();
    let planned = json(&planned);
    let results = planned["results"].as_array().expect("a list");
    let topics: Vec<&str> = results
        .iter()
        .filter_map(|result| result["topic"].as_str())
        .collect();
    let arn = |region: &str, name: &str| format!("arn:aws:sns:{region}:{}:{name}", bed.account.id);
    let all = [
        ("eu-central-1", "one"),
        ("us-west-2", "one"),
        ("eu-central-1", "two"),
        ("us-west-2", "two"),
    ];
    assert_eq!(topics, all.map(|(region, name)| arn(region, name)));
    assert!(results.iter().all(|result| result["applied"] == false
        && result["changes"].as_array().is_some_and(|c| !c.is_empty())));
    assert_eq!(
        bed.proxy
            .writes()
            .iter()
            .filter(|call| call.action != "CreateTopic")
            .count(),
        0,
        "a dry run writes nothing"
    );
    assert!(bed.sink.received().is_empty(), "a dry run greets nobody");

    let done = json(
        &deploy(&bed, "slack", args)
            .args(["--output", "json"])
            .output()
            .success(),
    );
    assert!(
        done["results"]
            .as_array()
            .is_some_and(|all| all.len() == 4 && all.iter().all(|one| one["applied"] == true)),
        "{done}"
    );
    assert_eq!(bed.sink.received().len(), 4, "each is greeted");

    bed.proxy.forget_calls();
    // A topic that is named twice is one topic.
    let again = deploy(&bed, "slack", "--topic one,two")
        .args(["--topic", &arn("eu-central-1", "one")])
        .output()
        .answer();
    let lines: Vec<&str> = again.lines().collect();
    let expected = [
        "Nothing to change: ddalert-slack-one delivers one to Slack.",
        "Nothing to change: ddalert-slack-two delivers two to Slack.",
    ];
    assert_eq!(lines, expected);
    assert_eq!(bed.proxy.writes().len(), 0);

    let refused = ddalert(&bed, "remove slack --topic one --topic two")
        .output()
        .failure(2);
    assert!(
        refused.contains("this command is about one topic in one region"),
        "{refused}"
    );
    let refused = deploy(&bed, "slack", "--topic one --topic two --name mine")
        .output()
        .failure(2);
    assert!(refused.contains("--name names one function"), "{refused}");
    assert_eq!(bed.proxy.writes().len(), 0);
}
