//! `remove`: nothing of ours is left, whatever it is called and however much of it is gone already; nothing else is touched.

use aws_sdk_iam::Client as Iam;
use aws_sdk_lambda::Client as Lambda;
use aws_sdk_resourcegroupstagging::Client as Tagging;
use aws_sdk_resourcegroupstagging::types::TagFilter;
use aws_sdk_sns::Client as Sns;

use crate::events::{ddalert, deploy, json, small_relay, topic};
use testbed::bed::Bed;

/// Returns the ARNs of what is tagged as ours in the account.
async fn ours(bed: &Bed) -> Vec<String> {
    let filter = TagFilter::builder()
        .key("managed-by")
        .values("ddalert")
        .build();
    let found = Tagging::new(&bed.config())
        .get_resources()
        .tag_filters(filter)
        .send()
        .await
        .expect("resources");
    let arns = found
        .resource_tag_mapping_list()
        .iter()
        .filter_map(|found| found.resource_arn());
    // A secret is kept for seven days by Secrets Manager itself.
    let mut arns: Vec<String> = arns
        .filter(|arn| !arn.contains(":secretsmanager:"))
        .map(str::to_owned)
        .collect();
    arns.sort();
    arns
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_half_gone_is_found_by_its_tags() {
    let bed = Bed::new();
    let arn = topic(&bed, "alerts").await;
    topic(&bed, "others").await;
    let _ = deploy(
        &bed,
        "slack",
        "--topic alerts --name pager --secret-store ssm",
    )
    .output()
    .success();
    let _ = deploy(&bed, "slack", "--topic others").output().success();
    let kept = ours(&bed)
        .await
        .into_iter()
        .filter(|arn| arn.contains("others"))
        .collect::<Vec<_>>();
    assert!(kept.len() >= 2, "{kept:?}");

    // The relay of another topic listens here too; it is not this topic's.
    let (sns, lambda, iam) = (
        Sns::new(&bed.config()),
        Lambda::new(&bed.config()),
        Iam::new(&bed.config()),
    );
    let guest = bed.account.arn("lambda", "function:ddalert-slack-others");
    sns.subscribe()
        .topic_arn(&arn)
        .protocol("lambda")
        .endpoint(guest)
        .send()
        .await
        .expect("a subscription");

    let listed = ddalert(&bed, "remove --topic alerts").output().failure(2);
    assert!(
        listed.contains("ddalert created on alerts: slack --name pager\n"),
        "{listed}"
    );
    let refused = ddalert(&bed, "remove slack --topic alerts --yes")
        .output()
        .failure(2);
    assert!(
        refused.contains("ddalert remove slack --name pager --topic alerts"),
        "{refused}"
    );

    let mine = sns
        .list_subscriptions_by_topic()
        .topic_arn(&arn)
        .send()
        .await
        .expect("subscriptions");
    let mine = mine.subscriptions().iter().find(|found| {
        found
            .endpoint()
            .is_some_and(|endpoint| endpoint.ends_with("pager"))
    });
    let mine = mine
        .and_then(|found| found.subscription_arn())
        .expect("the subscription");
    sns.unsubscribe()
        .subscription_arn(mine)
        .send()
        .await
        .expect("no subscription");
    lambda
        .delete_function()
        .function_name("pager")
        .send()
        .await
        .expect("no function");

    let listed = ddalert(&bed, "remove --topic alerts").output().failure(2);
    assert!(
        listed.contains("ddalert created on alerts: --name pager\n"),
        "{listed}"
    );
    let planned = ddalert(&bed, "remove --all --topic alerts --dry-run --exit-code").output();
    assert_eq!(planned.status.code(), Some(3), "{planned}");
    let removed = json(
        &ddalert(&bed, "remove --all --topic alerts --yes --output json")
            .output()
            .success(),
    );
    assert_eq!(removed["results"][0]["name"], "pager", "{removed}");
    assert_eq!(
        ours(&bed).await,
        kept,
        "all of it is gone, and nothing else"
    );
    let roles = iam.list_roles().send().await.expect("roles");
    let roles: Vec<&str> = roles.roles().iter().map(|role| role.role_name()).collect();
    assert_eq!(roles, ["ddalert-slack-others-eu-central-1"]);

    bed.proxy.forget_calls();
    let nothing = ddalert(&bed, "remove --all --topic alerts --yes")
        .output()
        .answer();
    assert_eq!(
        nothing,
        "Nothing to remove: ddalert created nothing on alerts.\n"
    );
    let nothing = ddalert(&bed, "remove slack --name pager --topic alerts --yes")
        .output()
        .answer();
    assert_eq!(nothing, "Nothing to remove: slack is not on alerts.\n");
    let unknown = ddalert(&bed, "remove fax --topic alerts --yes")
        .output()
        .failure(2);
    assert!(
        unknown.contains("'fax' is not a target") && unknown.contains("targets are: chime, slack"),
        "{unknown}"
    );
    assert_eq!(bed.proxy.writes().len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_that_is_all_that_is_left_is_found_by_its_own_tags() {
    let bed = Bed::new();
    let arn = topic(&bed, "alerts").await;
    // So long that the role's name, which ends with the region, is cut.
    let name = "a-pager-with-a-name-so-long-that-its-role-has-to-be-cut-off";
    let _ = deploy(
        &bed,
        "slack",
        &format!("--topic alerts --name {name} --secret-store env"),
    )
    .output()
    .success();
    let (sns, lambda, iam) = (
        Sns::new(&bed.config()),
        Lambda::new(&bed.config()),
        Iam::new(&bed.config()),
    );
    let listed = sns
        .list_subscriptions_by_topic()
        .topic_arn(&arn)
        .send()
        .await
        .expect("subscriptions");
    let subscription = listed.subscriptions()[0]
        .subscription_arn()
        .expect("an ARN");
    sns.unsubscribe()
        .subscription_arn(subscription)
        .send()
        .await
        .expect("no subscription");
    lambda
        .delete_function()
        .function_name(name)
        .send()
        .await
        .expect("no function");
    let (sqs, logs) = (
        aws_sdk_sqs::Client::new(&bed.config()),
        aws_sdk_cloudwatchlogs::Client::new(&bed.config()),
    );
    let queue = sqs
        .get_queue_url()
        .queue_name(format!("{name}-failed"))
        .send()
        .await
        .expect("the queue");
    sqs.delete_queue()
        .queue_url(queue.queue_url().expect("its URL"))
        .send()
        .await
        .expect("no queue");
    logs.delete_log_group()
        .log_group_name(format!("/aws/lambda/{name}"))
        .send()
        .await
        .expect("no log group");
    // What Device Defender publishes by is no relay's.
    let tags = [("managed-by", "ddalert"), ("ddalert:topic", arn.as_str())];
    let tags = tags.map(|(key, value)| {
        aws_sdk_iam::types::Tag::builder()
            .key(key)
            .value(value)
            .build()
            .expect("a tag")
    });
    let trust = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"iot.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;
    let publisher = "ddalert-connect-alerts-eu-central-1";
    let create = iam
        .create_role()
        .role_name(publisher)
        .assume_role_policy_document(trust)
        .set_tags(Some(tags.into()));
    create.send().await.expect("a role");

    let listed = ddalert(&bed, "remove --topic alerts").output().failure(2);
    assert!(
        listed.contains(&format!("ddalert created on alerts: --name {name}\n")),
        "{listed}"
    );
    let run = ddalert(&bed, "remove --all --topic alerts --yes").output();
    assert!(
        run.stderr
            .contains("ddalert connect --disconnect --topic alerts"),
        "{run}"
    );
    let _ = run.success();
    let roles = iam.list_roles().send().await.expect("roles");
    let roles: Vec<&str> = roles.roles().iter().map(|role| role.role_name()).collect();
    assert_eq!(roles, [publisher]);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_not_look_for_tags_removes_what_has_its_usual_name() {
    let bed = Bed::new();
    topic(&bed, "alerts").await;
    let _ = deploy(&bed, "slack", "--topic alerts --secret-store ssm")
        .output()
        .success();
    bed.proxy
        .on("tagging:GetResources")
        .fail(testbed::fault::Fault::AccessDenied);
    let run = ddalert(&bed, "remove slack --topic alerts --yes").output();
    assert!(
        run.stderr
            .contains("warning: finding the resources that are tagged"),
        "{run}"
    );
    assert_eq!(run.answer(), "slack was removed from alerts.\n");
    bed.proxy.heal();
    assert_eq!(ours(&bed).await, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_topic_that_is_gone_left_behind_is_removed() {
    let bed = Bed::new();
    let arn = topic(&bed, "alerts").await;
    let _ = deploy(&bed, "slack", "--topic alerts --secret-store ssm")
        .output()
        .success();
    Sns::new(&bed.config())
        .delete_topic()
        .topic_arn(arn)
        .send()
        .await
        .expect("no topic");
    let removed = ddalert(&bed, "remove --all --topic alerts --yes")
        .output()
        .answer();
    assert_eq!(removed, "slack was removed from alerts.\n");
    assert_eq!(ours(&bed).await, Vec::<String>::new());
    let said = ddalert(&bed, "remove --all --topic alerts --yes")
        .output()
        .failure(1);
    assert!(said.contains("there is no topic alerts"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_ours_is_left_and_another_topics_relay_is_not_taken_over() {
    let bed = Bed::new();
    let arn = topic(&bed, "alerts").await;
    topic(&bed, "others").await;
    let _ = deploy(
        &bed,
        "slack",
        "--topic others --name pager --secret-store ssm",
    )
    .output()
    .success();
    let sns = Sns::new(&bed.config());
    for function in ["gone", "pager"] {
        let endpoint = bed.account.arn("lambda", &format!("function:{function}"));
        sns.subscribe()
            .topic_arn(&arn)
            .protocol("lambda")
            .endpoint(endpoint)
            .send()
            .await
            .expect("a subscription");
    }
    bed.proxy.forget_calls();
    let nothing = ddalert(&bed, "remove --all --topic alerts --yes")
        .output()
        .answer();
    assert_eq!(
        nothing,
        "Nothing to remove: ddalert created nothing on alerts.\n"
    );
    for command in [
        "deploy-slack --name pager --topic alerts",
        "rotate slack --name pager --topic alerts",
    ] {
        let run = ddalert(&bed, &format!("{command} --yes --allow-host 127.0.0.1"))
            .env("DDALERT_WEBHOOK_URL", bed.sink.url("/new"));
        let relay = if command.starts_with("deploy") {
            vec!["--relay".into(), small_relay().display().to_string()]
        } else {
            vec![]
        };
        let refused = run.args(relay).output().failure(1);
        assert!(
            refused.contains("pager was created for another topic") && refused.contains(":others;"),
            "{refused}"
        );
    }
    assert_eq!(bed.proxy.writes().len(), 0);
}
