//! A relay with a buffer: deployed, followed, moved from one trigger to the other under fire and interrupted anywhere, and removed.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use aws_sdk_cloudwatch::Client as Metrics;
use aws_sdk_cloudwatch::types::{Dimension, MetricDatum};
use aws_sdk_lambda::Client as Lambda;
use aws_sdk_sns::Client as Sns;
use aws_sdk_sqs::Client as Sqs;
use aws_sdk_sqs::types::QueueAttributeName as Attribute;
use serde_json::{Value, json};

use crate::operate::chain::{Chain, FUNCTION, TOPIC};
use testbed::fault::Fault;
use testbed::sink::Reply;

impl Chain {
    async fn publish(&self, text: &str) {
        let topic = self.bed.account.arn("sns", TOPIC);
        let publish = Sns::new(&self.bed.config()).publish().topic_arn(topic);
        publish.message(text).send().await.expect("published");
    }

    /// Returns the texts that the room got.
    fn texts(&self) -> Vec<String> {
        let received = self.bed.sink.received();
        let text = |body: &Value| body["message"].as_str().unwrap_or_default().to_owned();
        received.iter().map(|post| text(&post.json())).collect()
    }

    /// Waits until the room has all of these texts.
    async fn wait_for(&self, texts: &BTreeSet<String>) {
        let start = Instant::now();
        loop {
            let got: BTreeSet<String> = self.texts().into_iter().collect();
            let missing: Vec<&String> = texts.difference(&got).collect();
            if missing.is_empty() {
                return;
            }
            assert!(
                start.elapsed() < Duration::from_secs(60),
                "lost: {missing:?}"
            );
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// Returns the protocols of the topic's subscriptions.
    async fn protocols(&self) -> Vec<String> {
        let topic = self.bed.account.arn("sns", TOPIC);
        let list = Sns::new(&self.bed.config()).list_subscriptions_by_topic();
        let listed = list.topic_arn(topic).send().await.expect("a list");
        let protocol = |one: aws_sdk_sns::types::Subscription| one.protocol.unwrap_or_default();
        listed
            .subscriptions
            .unwrap_or_default()
            .into_iter()
            .map(protocol)
            .collect()
    }

    fn moved(&self, trigger: &str) {
        let deploy = self.deploy("/room", &["--secret-store", "env", "--trigger", trigger]);
        deploy.output().success();
    }

    async fn buffer_url(&self) -> Option<String> {
        let sqs = Sqs::new(&self.bed.config());
        let get = sqs.get_queue_url().queue_name(format!("{FUNCTION}-buffer"));
        get.send().await.ok()?.queue_url
    }
}

#[tokio::test]
async fn an_alert_is_followed_through_the_buffer_and_nothing_is_left_of_it() {
    let chain = Chain::new().await;
    chain.moved("sqs");
    assert_eq!(chain.protocols().await, ["sqs"]);
    let test = chain
        .ddalert(&["test-publish", "--output", "json"])
        .output()
        .success();
    let told: Value = serde_json::from_str(&test).expect("JSON");
    let text = told.to_string();
    assert!(
        text.contains("\"buffered_ms\":") && text.contains("\"outcome\":\"delivered\""),
        "{text}"
    );
    let shown = chain.ddalert(&["test-publish"]).output().success();
    assert!(shown.contains("ms of it in the buffer"), "{shown}");
    let doctor = chain
        .ddalert(&["doctor", "--output", "json"])
        .output()
        .stdout;
    let doctor = doctor.replace(' ', "");
    for code in ["DD11", "DD12", "DD02", "DD03"] {
        assert!(!doctor.contains(&format!("\"code\":\"{code}")), "{doctor}");
    }
    assert!(doctor.contains("\"trigger\":\"sqs\""), "{doctor}");

    let before = chain.bed.proxy.writes().len();
    chain
        .deploy("/room", &["--secret-store", "env"])
        .output()
        .success();
    assert_eq!(chain.bed.proxy.writes().len(), before, "the trigger stays");
    chain
        .ddalert(&["remove", "--all", "--yes"])
        .output()
        .success();
    assert_eq!(chain.buffer_url().await, None);
    let list = Lambda::new(&chain.bed.config()).list_event_source_mappings();
    let listed = list.send().await.expect("a list");
    assert!(listed.event_source_mappings().is_empty(), "{listed:?}");
}

#[tokio::test]
async fn a_storm_arrives_in_few_messages_that_have_every_alarm() {
    let chain = Chain::new().await;
    chain.moved("sqs");
    let alarm = |thing: usize| {
        json!({
            "violationEventType": "in-alarm", "thingName": format!("pump-{thing}"), "violationId": format!("v-{thing}"),
            "securityProfileName": "Pumps", "behavior": { "name": "disconnects" }, "metricValue": { "count": thing },
        })
    };
    let things = 24;
    for thing in 0..things {
        chain.publish(&alarm(thing).to_string()).await;
    }
    let expected: BTreeSet<String> = (0..things).map(|thing| format!("pump-{thing}")).collect();
    let start = Instant::now();
    let posts = loop {
        let posts: Vec<Value> = chain
            .bed
            .sink
            .received()
            .iter()
            .map(|post| post.json())
            .collect();
        let shown: BTreeSet<String> = posts
            .iter()
            .flat_map(|post| match post["digest"]["alerts"].as_array() {
                Some(alerts) => alerts.clone(),
                None => vec![post.clone()],
            })
            .filter_map(|alert| alert["thing"].as_str().map(str::to_owned))
            .collect();
        if shown == expected {
            break posts;
        }
        assert!(start.elapsed() < Duration::from_secs(60), "{shown:?}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    };
    let digests = posts
        .iter()
        .filter(|post| !post["digest"].is_null())
        .count();
    assert!(digests >= 1 && posts.len() <= things / 2, "{posts:#?}");

    let held = chain
        .ddalert(&["status", "--output", "json"])
        .output()
        .success();
    assert!(held.contains("\"last_alert\""), "{held}");
    let off = chain.deploy(
        "/room",
        &[
            "--secret-store",
            "env",
            "--digest-over",
            "0",
            "--dry-run",
            "--exit-code",
        ],
    );
    assert_eq!(
        off.output().status.code(),
        Some(3),
        "an option of the relay"
    );
    let kept = chain.deploy(
        "/room",
        &["--secret-store", "env", "--dry-run", "--exit-code"],
    );
    assert_eq!(kept.output().status.code(), Some(0));
    let direct = chain.deploy(
        "/room",
        &[
            "--secret-store",
            "env",
            "--trigger",
            "sns",
            "--digest-over",
            "5",
        ],
    );
    let refused = direct.output();
    assert_eq!(refused.status.code(), Some(2), "{refused}");
    assert!(
        refused.stderr.contains("--digest-over needs --trigger sqs"),
        "{refused}"
    );
}

#[test]
fn a_relay_moves_between_the_triggers_under_fire_and_loses_nothing() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let chain = runtime.block_on(Chain::deployed());
    let mut published = BTreeSet::new();
    for trigger in ["sqs", "sns", "sqs"] {
        std::thread::scope(|scope| {
            let run = scope.spawn(|| chain.moved(trigger));
            runtime.block_on(async {
                while !run.is_finished() {
                    let text = format!("fire {}", published.len());
                    chain.publish(&text).await;
                    published.insert(text);
                    tokio::time::sleep(Duration::from_millis(300)).await;
                }
            });
        });
        let expected = if trigger == "sqs" { "sqs" } else { "lambda" };
        assert_eq!(runtime.block_on(chain.protocols()), [expected]);
    }
    assert!(published.len() > 10, "{}", published.len());
    runtime.block_on(chain.wait_for(&published));
}

#[tokio::test]
async fn a_move_that_is_killed_anywhere_is_completed_by_the_next_run() {
    let clean = Chain::new().await;
    let deploy = |chain: &Chain, trigger: &str| {
        chain
            .deploy_hollow()
            .args(["--trigger", trigger])
            .output()
            .success();
    };
    for (from, to) in [("sns", "sqs"), ("sqs", "sns")] {
        deploy(&clean, from);
        let before = clean.bed.proxy.writes().len();
        deploy(&clean, to);
        let writes = clean.bed.proxy.writes().len() - before;
        assert!(writes >= 5, "{writes}");
        std::thread::scope(|scope| {
            for n in 1..=writes {
                let deploy = &deploy;
                scope.spawn(move || {
                    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
                    runtime.block_on(async {
                        let chain = Chain::new().await;
                        deploy(&chain, from);
                        let run = chain.deploy_hollow().args(["--trigger", to]);
                        chain.killed(run, |kill| {
                            chain.bed.proxy.on_writes().nth(n).run(kill);
                            if n % 2 == 0 {
                                chain.bed.proxy.on_writes().nth(n).fail(Fault::HangUpBefore);
                            }
                        });
                        deploy(&chain, to);
                        let left = chain
                            .deploy_hollow()
                            .args(["--trigger", to, "--dry-run", "--exit-code"])
                            .output();
                        assert!(left.status.success(), "{from} to {to}, write {n}: {left}");
                        let there = chain.buffer_url().await.is_some();
                        assert_eq!(there, to == "sqs", "{from} to {to}, write {n}");
                    });
                });
            }
        });
    }
}

#[tokio::test]
async fn status_says_what_waits_in_a_buffer_and_since_when() {
    let chain = Chain::new().await;
    chain.moved("sqs");
    let status = || {
        let answer = chain.ddalert(&["status", "--output", "json"]).output();
        let answer: Value = serde_json::from_str(&answer.success()).expect("JSON");
        answer["results"][0]["subscribers"][0].clone()
    };
    let relay = status();
    assert_eq!(relay["subscriber"], FUNCTION, "{relay}");
    assert_eq!(relay["protocol"], "sqs");
    assert_eq!(relay["buffer"], json!({ "waiting": 0, "since": null }));
    let shown = chain.ddalert(&["status"]).output().success();
    assert!(shown.contains("\n    none in the buffer\n"), "{shown}");

    let down = Reply::new(503, "down");
    chain.bed.sink.answer("/room", vec![down]);
    for text in ["one", "two"] {
        chain.publish(text).await;
    }
    let start = Instant::now();
    while status()["buffer"]["waiting"] != 2 {
        assert!(start.elapsed() < Duration::from_secs(30), "{}", status());
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(status()["buffer"]["since"], Value::Null, "not known yet");
    let named = Dimension::builder()
        .name("QueueName")
        .value(format!("{FUNCTION}-buffer"));
    let metric = MetricDatum::builder().metric_name("ApproximateAgeOfOldestMessage");
    let metric = metric.value(3_600.0).dimensions(named.build());
    let put = Metrics::new(&chain.bed.config()).put_metric_data();
    let put = put.namespace("AWS/SQS").metric_data(metric.build());
    put.send().await.expect("an age");
    let hour_ago = jiff::Timestamp::now() - jiff::SignedDuration::from_hours(1);
    let since = status()["buffer"]["since"].clone();
    let since: jiff::Timestamp = since.as_str().expect("a time").parse().expect("a time");
    let difference = since.duration_since(hour_ago).abs();
    assert!(difference < jiff::SignedDuration::from_mins(3), "{since}");
    let shown = chain.ddalert(&["status"]).output().success();
    let words = since.strftime("    about 2 in the buffer since %Y-%m-%d %H:%M UTC\n");
    assert!(shown.contains(&words.to_string()), "{shown}");
    assert!(
        shown.lines().all(|line| line.chars().count() <= 80),
        "{shown}"
    );

    // What may not be read is neither empty nor missing.
    let denied = Fault::AccessDenied;
    chain.bed.proxy.on("sqs:GetQueueAttributes").fail(denied);
    let relay = status();
    assert_eq!(relay["buffer"]["waiting"], Value::Null, "{relay}");
    assert!(
        relay["unknown"].to_string().contains("\"buffer\""),
        "{relay}"
    );
    let shown = chain.ddalert(&["status"]).output().success();
    assert!(shown.contains("\n    ? in the buffer\n"), "{shown}");
    chain.bed.proxy.heal();
}

#[tokio::test]
async fn what_the_room_does_not_take_comes_again_and_then_waits_for_replay() {
    let chain = Chain::new().await;
    chain.moved("sqs");
    let sqs = Sqs::new(&chain.bed.config());
    let buffer = chain.buffer_url().await.expect("a buffer");
    // Minutes and a day, shortened.
    let redrive = json!({
        "deadLetterTargetArn": chain.bed.account.arn("sqs", &format!("{FUNCTION}-failed")), "maxReceiveCount": 2,
    });
    let set = sqs.set_queue_attributes().queue_url(&buffer);
    let set = set.attributes(Attribute::VisibilityTimeout, "4");
    let set = set.attributes(Attribute::RedrivePolicy, redrive.to_string());
    set.send().await.expect("attributes");

    // An outage that heals by itself.
    chain
        .bed
        .sink
        .answer("/room", vec![Reply::new(503, "down")]);
    chain.publish("during the outage").await;
    let start = Instant::now();
    while chain.bed.sink.received().is_empty() {
        assert!(start.elapsed() < Duration::from_secs(30));
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    chain.bed.sink.answer("/room", vec![Reply::new(200, "ok")]);
    // The posts until now were refused; the next one is taken.
    let refused = chain.bed.sink.received().len();
    let posts = chain
        .bed
        .sink
        .wait_for(refused + 1, Duration::from_secs(30));
    assert_eq!(posts[refused].json()["message"], "during the outage");

    // One that lasts too long.
    chain
        .bed
        .sink
        .answer("/room", vec![Reply::new(503, "down")]);
    chain.publish("for replay").await;
    let failed = sqs.get_queue_url().queue_name(format!("{FUNCTION}-failed"));
    let failed = failed.send().await.expect("the failure queue").queue_url;
    let start = Instant::now();
    loop {
        let get = sqs.get_queue_attributes().set_queue_url(failed.clone());
        let get = get.attribute_names(Attribute::ApproximateNumberOfMessages);
        let found = get
            .send()
            .await
            .expect("attributes")
            .attributes
            .unwrap_or_default();
        if found.values().any(|count| count == "1") {
            break;
        }
        assert!(start.elapsed() < Duration::from_secs(40), "{found:?}");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    chain.bed.sink.answer("/room", vec![Reply::new(200, "ok")]);
    let before = chain.bed.sink.received().len();
    chain.ddalert(&["replay", "--yes"]).output().success();
    let last = chain.texts().split_off(before);
    assert_eq!(last, ["for replay"]);
}
