//! One chain, and each link of it broken by hand: `doctor` names that break and nothing else, and what it prints mends it.

use aws_sdk_cloudwatch::Client as Metrics;
use aws_sdk_cloudwatch::types::{Dimension, MetricDatum};
use aws_sdk_cloudwatchlogs::Client as Logs;
use aws_sdk_iam::Client as Iam;
use aws_sdk_lambda::Client as Lambda;
use aws_sdk_lambda::types::Runtime;
use aws_sdk_secretsmanager::Client as Secrets;
use aws_sdk_sns::Client as Sns;
use aws_sdk_sqs::Client as Sqs;
use aws_sdk_sqs::types::QueueAttributeName;
use serde_json::json;

use crate::doctor::{TOPIC, doctor, other_code, printed, whole_chain};
use testbed::bed::Bed;
use testbed::fault::Fault;
use testbed::wire::AwsError;

/// Asserts that `doctor` finds this code alone, and returns the command that it prints.
#[track_caller]
pub(crate) fn named(bed: &Bed, code: &str) -> String {
    let (report, exit) = doctor(bed, "--strict");
    let findings = report["results"][0]["findings"]
        .as_array()
        .expect("findings")
        .clone();
    let codes: Vec<&str> = findings
        .iter()
        .filter_map(|finding| finding["code"].as_str())
        .collect();
    assert!(
        !codes.is_empty() && codes.iter().all(|found| *found == code),
        "{code}: {findings:#?}"
    );
    let note = findings.iter().all(|finding| finding["severity"] == "note");
    assert_eq!(exit, Some(if note { 0 } else { 1 }), "{code}");
    findings[0]["remedy"].as_str().expect("a remedy").to_owned()
}

#[track_caller]
pub(crate) fn whole(bed: &Bed, after: &str) {
    let (report, exit) = doctor(bed, "--strict");
    let topic = &report["results"][0];
    assert_eq!(
        (exit, &topic["findings"], &topic["not_checked"]),
        (Some(0), &json!([]), &json!([])),
        "after {after}"
    );
}

/// Asserts that the break is named, and that the command of ddalert that is printed mends it.
#[track_caller]
pub(crate) fn named_and_mended(bed: &Bed, code: &str) {
    let remedy = named(bed, code);
    let said = printed(bed, &remedy).output();
    assert!(said.status.success(), "{code}: {remedy}\n{said}");
    whole(bed, code);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_break_is_named_and_mended() {
    let bed = whole_chain();
    whole(&bed, "nothing");
    let function = format!("ddalert-slack-{TOPIC}");
    let function = function.as_str();
    let role = format!("{function}-eu-central-1");
    let role = role.as_str();
    let config = bed.config();
    let (lambda, iam, sns) = (Lambda::new(&config), Iam::new(&config), Sns::new(&config));
    let (sqs, logs, secrets) = (Sqs::new(&config), Logs::new(&config), Secrets::new(&config));
    let topic = bed.account.arn("sns", TOPIC);
    let subscription = || async {
        let listed = sns
            .list_subscriptions_by_topic()
            .topic_arn(&topic)
            .send()
            .await
            .expect("subscriptions");
        listed.subscriptions()[0]
            .subscription_arn()
            .expect("an ARN")
            .to_owned()
    };
    let set = |name: &'static str, value: &'static str| {
        let sns = &sns;
        async move {
            let set = sns
                .set_subscription_attributes()
                .subscription_arn(subscription().await);
            set.attribute_name(name)
                .attribute_value(value)
                .send()
                .await
                .expect("an attribute");
        }
    };
    let queue = sqs
        .get_queue_url()
        .queue_name(format!("{function}-failed"))
        .send()
        .await
        .expect("the queue");
    let queue = queue.queue_url().expect("its URL");

    let policy = lambda
        .get_policy()
        .function_name(function)
        .send()
        .await
        .expect("a policy");
    let policy: serde_json::Value =
        serde_json::from_str(policy.policy().expect("a policy")).expect("JSON");
    let statement = policy["Statement"][0]["Sid"].as_str().expect("an id");
    lambda
        .remove_permission()
        .function_name(function)
        .statement_id(statement)
        .send()
        .await
        .expect("no permission");
    named_and_mended(&bed, "DD025");

    iam.delete_role_policy()
        .role_name(role)
        .policy_name("ddalert-relay")
        .send()
        .await
        .expect("no policy");
    named_and_mended(&bed, "DD035");
    let lambda_only = json!({ "Version": "2012-10-17", "Statement": [{ "Effect": "Allow",
        "Principal": { "Service": "ec2.amazonaws.com" }, "Action": "sts:AssumeRole" }] });
    let update = iam
        .update_assume_role_policy()
        .role_name(role)
        .policy_document(lambda_only.to_string());
    update.send().await.expect("another trust");
    named_and_mended(&bed, "DD034");
    iam.delete_role_policy()
        .role_name(role)
        .policy_name("ddalert-relay")
        .send()
        .await
        .expect("no policy");
    iam.delete_role()
        .role_name(role)
        .send()
        .await
        .expect("no role");
    named_and_mended(&bed, "DD033");
    let everything = json!({ "Version": "2012-10-17", "Statement": [{ "Effect": "Allow", "Action": "*", "Resource": "*" }] });
    let put = iam
        .put_role_policy()
        .role_name(role)
        .policy_name("more")
        .policy_document(everything.to_string());
    put.send().await.expect("another policy");
    assert!(named(&bed, "DD036").starts_with("aws iam delete-role-policy"));
    iam.delete_role_policy()
        .role_name(role)
        .policy_name("more")
        .send()
        .await
        .expect("no other policy");

    let nothing = json!({ "Version": "2012-10-17", "Statement": [{ "Effect": "Deny", "Action": "*", "Resource": "*" }] });
    let put = iam
        .put_role_policy()
        .role_name(role)
        .policy_name("less")
        .policy_document(nothing.to_string());
    put.send().await.expect("a policy that denies");
    assert_eq!(
        named(&bed, "DD054"),
        format!("aws iam delete-role-policy --role-name {role} --policy-name less")
    );
    iam.delete_role_policy()
        .role_name(role)
        .policy_name("less")
        .send()
        .await
        .expect("no such policy");

    set("RedrivePolicy", "").await;
    named_and_mended(&bed, "DD020");
    set("FilterPolicyScope", "MessageBody").await;
    set("FilterPolicy", r#"{"violationEventType":["never"]}"#).await;
    assert!(named(&bed, "DD018").contains("--attribute-name FilterPolicy --attribute-value '{}'"));
    set("FilterPolicy", r#"{"securityProfileName":["another"]}"#).await;
    named(&bed, "DD018");
    set("FilterPolicy", r#"{"violationEventType":["in-alarm","x"]}"#).await;
    named(&bed, "DD019");
    set("FilterPolicy", r#"{"violationEventType":["in-alarm"]}"#).await;
    whole(&bed, "a choice that --events makes");
    set("FilterPolicyScope", "MessageAttributes").await;
    assert!(named(&bed, "DD017").contains("FilterPolicyScope --attribute-value MessageBody"));
    set("FilterPolicy", "{}").await;
    sns.unsubscribe()
        .subscription_arn(subscription().await)
        .send()
        .await
        .expect("no subscription");
    named_and_mended(&bed, "DD015");

    lambda
        .delete_function_event_invoke_config()
        .function_name(function)
        .send()
        .await
        .expect("no settings");
    named_and_mended(&bed, "DD031");
    lambda
        .put_function_concurrency()
        .function_name(function)
        .reserved_concurrent_executions(0)
        .send()
        .await
        .expect("none");
    assert!(named(&bed, "DD028").starts_with("aws lambda delete-function-concurrency"));
    lambda
        .delete_function_concurrency()
        .function_name(function)
        .send()
        .await
        .expect("as many as there are");
    let found = lambda
        .get_function_configuration()
        .function_name(function)
        .send()
        .await
        .expect("the function");
    let variables = found
        .environment()
        .and_then(|all| all.variables())
        .expect("variables")
        .clone();
    let changed = |change: fn(&mut std::collections::HashMap<String, String>)| {
        let mut changed = variables.clone();
        change(&mut changed);
        let environment = aws_sdk_lambda::types::Environment::builder()
            .set_variables(Some(changed))
            .build();
        lambda
            .update_function_configuration()
            .function_name(function)
            .environment(environment)
            .send()
    };
    changed(|variables| _ = variables.remove("DDALERT_WEBHOOK_SECRET"))
        .await
        .expect("no URL");
    named_and_mended(&bed, "DD037");
    changed(|variables| {
        _ = variables.insert(
            "DDALERT_WEBHOOK_URL".into(),
            "https://hooks.slack.com/services/T/B/x".into(),
        )
    })
    .await
    .expect("two places of the URL");
    named_and_mended(&bed, "DD037");
    for target in ["slakc", "teams"] {
        let mut other = variables.clone();
        other.insert("DDALERT_TARGET".into(), target.into());
        let environment = aws_sdk_lambda::types::Environment::builder()
            .set_variables(Some(other))
            .build();
        let update = lambda
            .update_function_configuration()
            .function_name(function)
            .environment(environment);
        update.send().await.expect("another destination");
        named_and_mended(&bed, "DD055");
    }
    changed(std::collections::HashMap::clear)
        .await
        .expect("no variables");
    named_and_mended(&bed, "DD055");
    let arn = bed.account.arn("lambda", &format!("function:{function}"));
    let keys = [
        "managed-by",
        "ddalert:topic",
        "ddalert:version",
        "ddalert:code",
    ];
    lambda
        .untag_resource()
        .resource(&arn)
        .set_tag_keys(Some(keys.map(str::to_owned).into()))
        .send()
        .await
        .expect("no tags");
    let (report, _) = doctor(&bed, "");
    let codes: Vec<_> = report["results"][0]["findings"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|one| one["code"].clone())
        .collect();
    assert!(codes.contains(&json!("DD066")), "{codes:?}");
    let left = printed(&bed, &format!("ddalert remove --all --topic {TOPIC}"))
        .output()
        .failure(1);
    assert!(
        left.contains("exists without ddalert's tag") && left.contains("tag-resource"),
        "{left}"
    );
    let tag = lambda
        .tag_resource()
        .resource(&arn)
        .tags("managed-by", "ddalert");
    tag.send().await.expect("our tag");
    let _ = printed(&bed, &format!("ddalert deploy-slack --topic {TOPIC}"))
        .output()
        .success();
    whole(&bed, "DD066");
    let update = lambda
        .update_function_configuration()
        .function_name(function);
    update
        .role(bed.account.arn("iam", "role/nobodys"))
        .send()
        .await
        .expect("another role");
    named_and_mended(&bed, "DD033");
    let other = std::fs::read(other_code()).expect("another zip");
    let update = lambda
        .update_function_code()
        .function_name(function)
        .zip_file(aws_sdk_lambda::primitives::Blob::new(other));
    update
        .architectures(aws_sdk_lambda::types::Architecture::Arm64)
        .send()
        .await
        .expect("other code");
    named_and_mended(&bed, "DD053");
    let update = || {
        lambda
            .update_function_configuration()
            .function_name(function)
    };
    update()
        .runtime(Runtime::Python313)
        .handler("index.handler")
        .send()
        .await
        .expect("another runtime");
    named_and_mended(&bed, "DD058");
    update().timeout(3).send().await.expect("less time");
    named_and_mended(&bed, "DD059");
    lambda
        .delete_function()
        .function_name(function)
        .send()
        .await
        .expect("no function");
    named_and_mended(&bed, "DD024");

    let secret = format!("ddalert/{function}/webhook-url");
    secrets
        .put_secret_value()
        .secret_id(&secret)
        .secret_string("to be filled in")
        .send()
        .await
        .expect("no URL");
    named_and_mended(&bed, "DD052");
    let locked = AwsError::new(
        400,
        "DecryptionFailure",
        "Secrets Manager can't decrypt the protected secret text.",
    );
    bed.proxy
        .on("secretsmanager:GetSecretValue")
        .fail(Fault::Error(locked));
    assert!(named(&bed, "DD051").contains("deploy-slack --secret-store ssm --topic"));
    bed.proxy.heal();
    secrets
        .delete_secret()
        .secret_id(&secret)
        .recovery_window_in_days(7)
        .send()
        .await
        .expect("pending deletion");
    named_and_mended(&bed, "DD039");
    secrets
        .delete_secret()
        .secret_id(&secret)
        .force_delete_without_recovery(true)
        .send()
        .await
        .expect("no secret");
    named_and_mended(&bed, "DD038");

    let group = format!("/aws/lambda/{function}");
    logs.delete_retention_policy()
        .log_group_name(&group)
        .send()
        .await
        .expect("no retention");
    named_and_mended(&bed, "DD042");
    logs.delete_log_group()
        .log_group_name(&group)
        .send()
        .await
        .expect("no log group");
    named_and_mended(&bed, "DD041");

    sqs.set_queue_attributes()
        .queue_url(queue)
        .attributes(QueueAttributeName::Policy, "")
        .send()
        .await
        .expect("no policy");
    named_and_mended(&bed, "DD022");
    let retention = (QueueAttributeName::MessageRetentionPeriod, "345600");
    sqs.set_queue_attributes()
        .queue_url(queue)
        .attributes(retention.0, retention.1)
        .send()
        .await
        .expect("four days");
    named_and_mended(&bed, "DD060");
    let key = [
        (QueueAttributeName::SqsManagedSseEnabled, "false"),
        (QueueAttributeName::KmsMasterKeyId, "alias/aws/sqs"),
    ];
    let attributes = key.map(|(name, value)| (name, value.to_owned())).into();
    sqs.set_queue_attributes()
        .queue_url(queue)
        .set_attributes(Some(attributes))
        .send()
        .await
        .expect("another key");
    assert!(
        named(&bed, "DD056").ends_with(
            "--attributes KmsMasterKeyId=,SqsManagedSseEnabled=true --region eu-central-1"
        )
    );
    let key = [
        (QueueAttributeName::SqsManagedSseEnabled, "true"),
        (QueueAttributeName::KmsMasterKeyId, ""),
    ];
    let attributes = key.map(|(name, value)| (name, value.to_owned())).into();
    sqs.set_queue_attributes()
        .queue_url(queue)
        .set_attributes(Some(attributes))
        .send()
        .await
        .expect("SQS's own key");
    whole(&bed, "DD056");

    sqs.send_message()
        .queue_url(queue)
        .message_body("an alert")
        .send()
        .await
        .expect("a message");
    assert!(named(&bed, "DD023").starts_with("ddalert replay "));
    let metric = MetricDatum::builder()
        .metric_name("ApproximateAgeOfOldestMessage")
        .value(187_200.0);
    let metric = metric.dimensions(
        Dimension::builder()
            .name("QueueName")
            .value(format!("{function}-failed"))
            .build(),
    );
    let put = Metrics::new(&config)
        .put_metric_data()
        .namespace("AWS/SQS")
        .metric_data(metric.build());
    put.send().await.expect("an age");
    let (report, _) = doctor(&bed, "");
    let what = report["results"][0]["findings"][0]["what"]
        .as_str()
        .expect("a finding");
    assert!(
        what.ends_with(
            "; the oldest is 2 days 4 hours old and will be deleted in 11 days 20 hours"
        ),
        "{what}"
    );
    sqs.purge_queue()
        .queue_url(queue)
        .send()
        .await
        .expect("an empty queue");
    sqs.delete_queue()
        .queue_url(queue)
        .send()
        .await
        .expect("no queue");
    named_and_mended(&bed, "DD021");
}

#[tokio::test(flavor = "multi_thread")]
async fn each_break_of_device_defender_is_named_and_mended() {
    let bed = whole_chain();
    let iam = Iam::new(&bed.config());
    let iot = aws_sdk_iot::Client::new(&bed.config());
    let role = format!("ddalert-connect-{TOPIC}-eu-central-1");

    iot.update_security_profile()
        .security_profile_name("fleet")
        .delete_alert_targets(true)
        .send()
        .await
        .expect("no target");
    named_and_mended(&bed, "DD002");
    let behaviors = json!([{ "name": "messageSize", "metric": "aws:message-byte-size", "suppressAlerts": true }]);
    let members = json!({ "behaviors": behaviors });
    let target = bed
        .proxy
        .model()
        .at(&bed.account, |here| here.iot.profile("fleet"))
        .expect("the profile")["alertTargets"]
        .clone();
    let quiet = json!({ "behaviors": members["behaviors"], "alertTargets": target });
    bed.proxy
        .model()
        .at(&bed.account, |here| here.iot.add_profile("quiet", &quiet));
    assert!(named(&bed, "DD003").contains("update-security-profile --security-profile-name quiet"));
    iot.delete_security_profile()
        .security_profile_name("quiet")
        .send()
        .await
        .expect("no such profile");

    let all = bed.account.arn("iot", "all/things");
    let detach = iot
        .detach_security_profile()
        .security_profile_name("fleet")
        .security_profile_target_arn(&all);
    detach.send().await.expect("no things");
    assert!(named(&bed, "DD062").ends_with(&format!(
        "--security-profile-target-arn {all} --region eu-central-1"
    )));
    let attach = iot
        .attach_security_profile()
        .security_profile_name("fleet")
        .security_profile_target_arn(&all);
    attach.send().await.expect("all things");
    let scheduled = bed.proxy.model().at(&bed.account, |here| {
        std::mem::take(&mut here.iot.scheduled_audits)
    });
    assert!(named(&bed, "DD063").starts_with("aws iot create-scheduled-audit"));
    bed.proxy
        .model()
        .at(&bed.account, |here| here.iot.scheduled_audits = scheduled);

    let on = |here: &mut testbed::model::RegionModel, on: bool| {
        here.iot.audit["auditNotificationTargetConfigurations"]["SNS"]["enabled"] = json!(on);
    };
    bed.proxy.model().at(&bed.account, |here| on(here, false));
    named_and_mended(&bed, "DD004");
    bed.proxy.model().at(&bed.account, |here| {
        here.iot.audit["auditNotificationTargetConfigurations"] = json!({})
    });
    named_and_mended(&bed, "DD005");

    iam.delete_role_policy()
        .role_name(&role)
        .policy_name("ddalert-publish")
        .send()
        .await
        .expect("no policy");
    named_and_mended(&bed, "DD008");
    let wrong = json!({ "Version": "2012-10-17", "Statement": [{ "Effect": "Allow", "Action": "sts:AssumeRole",
        "Principal": { "Service": "iot.amazonaws.com" },
        "Condition": { "StringEquals": { "aws:SourceAccount": "999999999999" } } }] });
    let update = iam
        .update_assume_role_policy()
        .role_name(&role)
        .policy_document(wrong.to_string());
    update.send().await.expect("another trust");
    named_and_mended(&bed, "DD007");
    iam.delete_role_policy()
        .role_name(&role)
        .policy_name("ddalert-publish")
        .send()
        .await
        .expect("no policy");
    iam.delete_role()
        .role_name(&role)
        .send()
        .await
        .expect("no role");
    named_and_mended(&bed, "DD006");

    iot.update_security_profile()
        .security_profile_name("fleet")
        .delete_alert_targets(true)
        .send()
        .await
        .expect("no target");
    bed.proxy.model().at(&bed.account, |here| {
        here.iot.audit["auditNotificationTargetConfigurations"] = json!({})
    });
    named_and_mended(&bed, "DD001");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_url_that_cannot_be_decrypted_is_put_elsewhere() {
    let bed = Bed::new();
    crate::doctor::device_defender(&bed);
    let _ = printed(
        &bed,
        &format!("ddalert connect --topic {TOPIC} --all-profiles --audit"),
    )
    .output()
    .success();
    let key = aws_sdk_kms::Client::new(&bed.config())
        .create_key()
        .send()
        .await
        .expect("a key");
    let key = key.key_metadata().expect("a key").key_id().to_owned();
    let deploy = format!("ddalert deploy-slack --topic {TOPIC}");
    let _ = printed(
        &bed,
        &format!("{deploy} --secret-store kms --kms-key {key}"),
    )
    .output()
    .success();
    whole(&bed, "nothing");
    let (lambda, function) = (Lambda::new(&bed.config()), format!("ddalert-slack-{TOPIC}"));
    let found = lambda
        .get_function_configuration()
        .function_name(&function)
        .send()
        .await
        .expect("the function");
    let mut variables = found
        .environment()
        .and_then(|all| all.variables())
        .expect("variables")
        .clone();
    variables.insert("DDALERT_WEBHOOK_KMS".to_owned(), "AAAA".to_owned());
    let environment = aws_sdk_lambda::types::Environment::builder()
        .set_variables(Some(variables))
        .build();
    lambda
        .update_function_configuration()
        .function_name(&function)
        .environment(environment)
        .send()
        .await
        .expect("no URL");

    bed.proxy.forget_calls();
    let said = printed(&bed, &deploy).output().failure(2);
    assert!(said.contains("--kms-key"), "{said}");
    let rotate = printed(
        &bed,
        &format!("ddalert rotate slack --topic {TOPIC} --allow-host 127.0.0.1"),
    );
    let said = rotate
        .env("DDALERT_WEBHOOK_URL", bed.sink.url("/new"))
        .output()
        .failure(1);
    assert!(
        said.contains("cannot be decrypted") && said.contains("--kms-key KEY"),
        "{said}"
    );
    assert_eq!(bed.proxy.writes().len(), 0);
    named_and_mended(&bed, "DD051");
}
