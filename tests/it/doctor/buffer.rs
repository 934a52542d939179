//! A relay with a buffer, and each link of it broken by hand: `doctor` names that break and nothing else, and what it prints mends it.

use aws_sdk_cloudwatch::Client as Metrics;
use aws_sdk_cloudwatch::types::{Dimension, MetricDatum};
use aws_sdk_kms::Client as Kms;
use aws_sdk_lambda::Client as Lambda;
use aws_sdk_lambda::types::{Filter, FilterCriteria, ScalingConfig};
use aws_sdk_sns::Client as Sns;
use aws_sdk_sqs::Client as Sqs;
use aws_sdk_sqs::types::QueueAttributeName as Attribute;

use crate::doctor::breaks::{named, named_and_mended, whole};
use crate::doctor::{TOPIC, printed, whole_chain};

const FUNCTION: &str = "ddalert-slack-BadIoTDevices";

#[tokio::test(flavor = "multi_thread")]
async fn each_break_of_a_buffer_is_named_and_mended() {
    let bed = whole_chain();
    let config = bed.config();
    // More at once than Slack takes: a note, which the deploy says too, and which its command ends.
    let published = MetricDatum::builder()
        .metric_name("NumberOfMessagesPublished")
        .value(1240.0)
        .dimensions(Dimension::builder().name("TopicName").value(TOPIC).build())
        .build();
    let put = Metrics::new(&config).put_metric_data().namespace("AWS/SNS");
    put.metric_data(published).send().await.expect("a number");
    let said = printed(
        &bed,
        &format!("ddalert deploy-slack --topic {TOPIC} --dry-run"),
    )
    .output();
    assert!(
        said.stderr.contains("add --trigger sqs")
            && said.stderr.contains("published 1240 messages"),
        "{said}"
    );
    named_and_mended(&bed, "DD125");
    let said = printed(
        &bed,
        &format!("ddalert deploy-slack --topic {TOPIC} --dry-run"),
    )
    .output();
    assert!(!said.stderr.contains("--trigger"), "{said}");

    let (sqs, lambda, sns) = (Sqs::new(&config), Lambda::new(&config), Sns::new(&config));
    let url = || async {
        let get = sqs.get_queue_url().queue_name(format!("{FUNCTION}-buffer"));
        let got = get.send().await.expect("the buffer");
        got.queue_url.expect("a URL")
    };
    let set = |attribute: Attribute, value: &'static str| {
        let (sqs, url) = (&sqs, url());
        async move {
            let set = sqs.set_queue_attributes().queue_url(url.await);
            set.attributes(attribute, value)
                .send()
                .await
                .expect("an attribute");
        }
    };
    let mapping = || async {
        let listed = lambda.list_event_source_mappings().function_name(FUNCTION);
        let listed = listed.send().await.expect("a list");
        let mapping = listed.event_source_mappings().first().expect("a mapping");
        mapping.uuid().expect("an ID").to_owned()
    };
    let update = || async { lambda.update_event_source_mapping().uuid(mapping().await) };

    set(Attribute::Policy, "").await;
    named_and_mended(&bed, "DD111");
    update()
        .await
        .enabled(false)
        .send()
        .await
        .expect("disabled");
    named_and_mended(&bed, "DD113");
    let all_or_nothing = update().await.set_function_response_types(Some(Vec::new()));
    all_or_nothing.send().await.expect("no failures reported");
    named_and_mended(&bed, "DD114");
    set(Attribute::VisibilityTimeout, "30").await;
    named_and_mended(&bed, "DD115");
    let many = ScalingConfig::builder().maximum_concurrency(50).build();
    let many = update().await.scaling_config(many).send();
    many.await.expect("fifty at once");
    named_and_mended(&bed, "DD116");
    let filter = Filter::builder()
        .pattern(r#"{"body":{"no":["one"]}}"#)
        .build();
    let filters = FilterCriteria::builder().filters(filter).build();
    let filtered = update().await.filter_criteria(filters).send();
    filtered.await.expect("a filter");
    named_and_mended(&bed, "DD117");
    set(Attribute::RedrivePolicy, "").await;
    named_and_mended(&bed, "DD118");
    set(Attribute::MessageRetentionPeriod, "3600").await;
    named_and_mended(&bed, "DD124");

    let listed = sns.list_subscriptions_by_topic();
    let listed = listed.topic_arn(bed.account.arn("sns", TOPIC)).send();
    let listed = listed.await.expect("a list");
    let subscription = listed.subscriptions()[0]
        .subscription_arn()
        .expect("an ARN");
    let raw = sns.set_subscription_attributes();
    let raw = raw.subscription_arn(subscription);
    raw.attribute_name("RawMessageDelivery")
        .attribute_value("true")
        .send()
        .await
        .expect("raw delivery");
    named_and_mended(&bed, "DD120");

    let key = Kms::new(&config).create_key().send().await.expect("a key");
    let key = key.key_metadata.expect("a key").key_id;
    let closed = sqs.set_queue_attributes().queue_url(url().await);
    closed
        .attributes(Attribute::KmsMasterKeyId, key)
        .send()
        .await
        .expect("a key of the account");
    named(&bed, "DD123");
    let open = sqs.set_queue_attributes().queue_url(url().await);
    open.attributes(Attribute::KmsMasterKeyId, "")
        .attributes(Attribute::SqsManagedSseEnabled, "true")
        .send()
        .await
        .expect("SQS's own key");
    whole(&bed, "DD123");

    let delete = lambda.delete_event_source_mapping().uuid(mapping().await);
    delete.send().await.expect("no mapping");
    named_and_mended(&bed, "DD112");
    sqs.delete_queue()
        .queue_url(url().await)
        .send()
        .await
        .expect("no buffer");
    named_and_mended(&bed, "DD110");
}
