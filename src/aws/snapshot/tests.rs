//! How many round trips a snapshot takes, one after another: time stands still but for the calls, each of which takes a second.

use std::time::Duration;

use aws_sdk_cloudwatch::operation::get_metric_data::GetMetricDataOutput;
use aws_sdk_cloudwatchlogs::operation::describe_log_groups::DescribeLogGroupsOutput;
use aws_sdk_cloudwatchlogs::operation::list_tags_for_resource::ListTagsForResourceOutput as LogTags;
use aws_sdk_iam::operation::get_role_policy::GetRolePolicyOutput;
use aws_sdk_iam::operation::list_attached_role_policies::ListAttachedRolePoliciesOutput;
use aws_sdk_iam::operation::list_role_policies::ListRolePoliciesOutput;
use aws_sdk_iam::operation::simulate_principal_policy::SimulatePrincipalPolicyOutput;
use aws_sdk_iam::types::{EvaluationResult, PolicyEvaluationDecisionType};
use aws_sdk_iot::operation::describe_account_audit_configuration::DescribeAccountAuditConfigurationOutput;
use aws_sdk_iot::operation::describe_scheduled_audit::DescribeScheduledAuditOutput;
use aws_sdk_iot::operation::describe_security_profile::DescribeSecurityProfileOutput;
use aws_sdk_iot::operation::list_scheduled_audits::ListScheduledAuditsOutput;
use aws_sdk_iot::operation::list_security_profiles::ListSecurityProfilesOutput;
use aws_sdk_iot::operation::list_targets_for_security_profile::ListTargetsForSecurityProfileOutput;
use aws_sdk_iot::types::{
    AlertTarget, AlertTargetType, AuditNotificationTarget, AuditNotificationType,
    ScheduledAuditMetadata, SecurityProfileIdentifier,
};
use aws_sdk_kms::operation::describe_key::DescribeKeyOutput;
use aws_sdk_kms::operation::get_key_policy::GetKeyPolicyOutput;
use aws_sdk_kms::types::{KeyManagerType, KeyMetadata};
use aws_sdk_lambda::operation::get_function::GetFunctionOutput;
use aws_sdk_lambda::operation::get_function_event_invoke_config::GetFunctionEventInvokeConfigOutput;
use aws_sdk_lambda::operation::get_policy::GetPolicyOutput;
use aws_sdk_lambda::operation::list_event_source_mappings::ListEventSourceMappingsOutput;
use aws_sdk_lambda::types::{EnvironmentResponse, FunctionConfiguration};
use aws_sdk_resourcegroupstagging::operation::get_resources::GetResourcesOutput;
use aws_sdk_resourcegroupstagging::types::ResourceTagMapping;
use aws_sdk_secretsmanager::operation::describe_secret::DescribeSecretOutput;
use aws_sdk_secretsmanager::operation::get_resource_policy::GetResourcePolicyOutput;
use aws_sdk_secretsmanager::operation::get_secret_value::GetSecretValueOutput;
use aws_sdk_sns::operation::check_if_phone_number_is_opted_out::CheckIfPhoneNumberIsOptedOutOutput;
use aws_sdk_sns::operation::get_sms_attributes::GetSmsAttributesOutput;
use aws_sdk_sns::operation::get_sms_sandbox_account_status::GetSmsSandboxAccountStatusOutput;
use aws_sdk_sns::operation::get_subscription_attributes::GetSubscriptionAttributesOutput;
use aws_sdk_sns::operation::get_topic_attributes::GetTopicAttributesOutput;
use aws_sdk_sns::operation::list_origination_numbers::ListOriginationNumbersOutput;
use aws_sdk_sns::operation::list_sms_sandbox_phone_numbers::ListSmsSandboxPhoneNumbersOutput;
use aws_sdk_sns::operation::list_subscriptions_by_topic::ListSubscriptionsByTopicOutput;
use aws_sdk_sns::types::Subscription;
use aws_sdk_sqs::operation::get_queue_attributes::GetQueueAttributesOutput;
use aws_sdk_sqs::operation::get_queue_url::GetQueueUrlOutput;
use aws_sdk_sqs::operation::list_queue_tags::ListQueueTagsOutput;
use aws_sdk_sqs::types::QueueAttributeName;
use aws_smithy_mocks::{Rule, mock};
use tokio::time::Instant;

use super::*;
use crate::aws::mocks::{found_role, slow_clients};
use crate::chain::checks::snapshot::WebhookRead;

const TOPIC: &str = "arn:aws:sns:eu-west-1:123456789012:alerts";
const LATENCY: Duration = Duration::from_secs(1);
/// The most round trips that the snapshot may take one after another. The command makes one before it, to learn the account.
const LONGEST_CHAIN: u32 = 8;

/// An account where everything that hangs together is there, `relays` relays of one topic and some phones among it.
fn account(relays: usize) -> Vec<Rule> {
    use aws_sdk_iam::Client as Iam;
    use aws_sdk_lambda::Client as Lambda;
    use aws_sdk_sqs::Client as Sqs;

    let mut rules = sns(relays);
    rules.extend(device_defender());
    rules.extend([
        mock!(Lambda::get_function).then_compute_output(|input| {
            let name = input.function_name().unwrap_or_default();
            let environment = EnvironmentResponse::builder()
                .variables("DDALERT_TARGET", "chime")
                .variables("DDALERT_WEBHOOK_SECRET", secret_arn(name))
                .build();
            let configuration = FunctionConfiguration::builder()
                .function_name(name)
                .role(format!("arn:aws:iam::123456789012:role/{name}-eu-west-1"))
                .environment(environment);
            GetFunctionOutput::builder()
                .configuration(configuration.build())
                .tags("managed-by", "ddalert")
                .tags("ddalert:topic", TOPIC)
                .build()
        }),
        mock!(Lambda::list_event_source_mappings)
            .then_output(|| ListEventSourceMappingsOutput::builder().build()),
        mock!(Lambda::get_policy).then_output(|| GetPolicyOutput::builder().policy("{}").build()),
        mock!(Lambda::get_function_event_invoke_config)
            .then_output(|| GetFunctionEventInvokeConfigOutput::builder().build()),
        mock!(aws_sdk_secretsmanager::Client::describe_secret).then_compute_output(|input| {
            let name = input.secret_id().unwrap_or_default();
            let function = name.split('/').nth(1).unwrap_or_default();
            DescribeSecretOutput::builder()
                .arn(secret_arn(function))
                .build()
        }),
        mock!(aws_sdk_secretsmanager::Client::get_secret_value).then_output(|| {
            GetSecretValueOutput::builder()
                .secret_string("https://hooks.chime.aws/incomingwebhooks/x?token=y")
                .build()
        }),
        mock!(aws_sdk_secretsmanager::Client::get_resource_policy)
            .then_output(|| GetResourcePolicyOutput::builder().build()),
        mock!(Iam::get_role).then_output(found_role),
        mock!(Iam::get_role_policy).then_output(|| {
            let policy = GetRolePolicyOutput::builder()
                .role_name("r")
                .policy_name("p")
                .policy_document("{}");
            policy.build().expect("a policy")
        }),
        mock!(Iam::list_attached_role_policies)
            .then_output(|| ListAttachedRolePoliciesOutput::builder().build()),
        mock!(Iam::list_role_policies).then_output(|| {
            let page = ListRolePoliciesOutput::builder().policy_names("p");
            page.build().expect("a page")
        }),
        mock!(Iam::simulate_principal_policy).then_compute_output(|input| {
            let results = input.action_names().iter().map(|action| {
                EvaluationResult::builder()
                    .eval_action_name(action)
                    .eval_decision(PolicyEvaluationDecisionType::Allowed)
                    .build()
                    .expect("a result")
            });
            SimulatePrincipalPolicyOutput::builder()
                .set_evaluation_results(Some(results.collect()))
                .build()
        }),
        mock!(aws_sdk_cloudwatchlogs::Client::describe_log_groups).then_compute_output(|input| {
            let group = aws_sdk_cloudwatchlogs::types::LogGroup::builder()
                .set_log_group_name(input.log_group_name_prefix().map(str::to_owned));
            DescribeLogGroupsOutput::builder()
                .log_groups(group.build())
                .build()
        }),
        mock!(aws_sdk_cloudwatchlogs::Client::list_tags_for_resource)
            .then_output(|| LogTags::builder().build()),
        mock!(aws_sdk_cloudwatchlogs::Client::filter_log_events).then_output(|| {
            aws_sdk_cloudwatchlogs::operation::filter_log_events::FilterLogEventsOutput::builder()
                .build()
        }),
        mock!(Sqs::get_queue_url).then_compute_output(|input| {
            let name = input.queue_name().unwrap_or_default();
            GetQueueUrlOutput::builder()
                .queue_url(format!("https://sqs.eu-west-1.amazonaws.com/1/{name}"))
                .build()
        }),
        mock!(Sqs::get_queue_attributes).then_output(|| {
            GetQueueAttributesOutput::builder()
                .attributes(QueueAttributeName::ApproximateNumberOfMessages, "1")
                .attributes(QueueAttributeName::KmsMasterKeyId, "key")
                .build()
        }),
        mock!(Sqs::list_queue_tags).then_output(|| ListQueueTagsOutput::builder().build()),
        mock!(aws_sdk_cloudwatch::Client::get_metric_data)
            .then_output(|| GetMetricDataOutput::builder().build()),
        mock!(aws_sdk_kms::Client::describe_key).then_output(|| {
            let key = KeyMetadata::builder()
                .key_id("key")
                .arn("arn:aws:kms:eu-west-1:123456789012:key/key")
                .key_manager(KeyManagerType::Customer);
            DescribeKeyOutput::builder()
                .key_metadata(key.build().expect("a key"))
                .build()
        }),
        mock!(aws_sdk_kms::Client::get_key_policy)
            .then_output(|| GetKeyPolicyOutput::builder().policy("{}").build()),
        mock!(aws_sdk_resourcegroupstagging::Client::get_resources).then_output(|| {
            let arn = "arn:aws:lambda:eu-west-1:123456789012:function:not-subscribed";
            GetResourcesOutput::builder()
                .resource_tag_mapping_list(ResourceTagMapping::builder().resource_arn(arn).build())
                .build()
        }),
    ]);
    rules
}

fn secret_arn(function: &str) -> String {
    format!("arn:aws:secretsmanager:eu-west-1:123456789012:secret:ddalert/{function}/webhook-url-x")
}

/// The topic, encrypted with a key of its own, with its relays and two phones.
fn sns(relays: usize) -> Vec<Rule> {
    use aws_sdk_sns::Client as Sns;
    vec![
        mock!(Sns::get_topic_attributes).then_output(|| {
            GetTopicAttributesOutput::builder()
                .attributes("KmsMasterKeyId", "key")
                .attributes("Policy", "{}")
                .build()
        }),
        mock!(Sns::list_subscriptions_by_topic).then_output(move || {
            let functions = (0..relays).map(|n| {
                let arn = format!("arn:aws:lambda:eu-west-1:123456789012:function:relay{n}");
                ("lambda", arn)
            });
            let phones = ["+12065550100", "+12065550101"].map(|phone| ("sms", phone.to_owned()));
            let all = functions.chain(phones).enumerate();
            let all = all.map(|(n, (protocol, endpoint))| {
                Subscription::builder()
                    .subscription_arn(format!("{TOPIC}:{n}"))
                    .protocol(protocol)
                    .endpoint(endpoint)
                    .build()
            });
            ListSubscriptionsByTopicOutput::builder()
                .set_subscriptions(Some(all.collect()))
                .build()
        }),
        mock!(Sns::get_subscription_attributes).then_output(|| {
            let queue = "arn:aws:sqs:eu-west-1:123456789012:failed";
            GetSubscriptionAttributesOutput::builder()
                .attributes(
                    "RedrivePolicy",
                    serde_json::json!({ "deadLetterTargetArn": queue }).to_string(),
                )
                .build()
        }),
        mock!(Sns::get_sms_sandbox_account_status).then_output(|| {
            GetSmsSandboxAccountStatusOutput::builder()
                .is_in_sandbox(true)
                .build()
        }),
        mock!(Sns::list_sms_sandbox_phone_numbers).then_output(|| {
            ListSmsSandboxPhoneNumbersOutput::builder()
                .set_phone_numbers(Some(Vec::new()))
                .build()
                .expect("a page")
        }),
        mock!(Sns::get_sms_attributes).then_output(|| GetSmsAttributesOutput::builder().build()),
        mock!(Sns::check_if_phone_number_is_opted_out)
            .then_output(|| CheckIfPhoneNumberIsOptedOutOutput::builder().build()),
        mock!(Sns::list_origination_numbers)
            .then_output(|| ListOriginationNumbersOutput::builder().build()),
    ]
}

/// Eight security profiles that publish to the topic, and a scheduled audit.
fn device_defender() -> Vec<Rule> {
    use aws_sdk_iot::Client as Iot;
    const ROLE: &str = "arn:aws:iam::123456789012:role/publish";
    vec![
        mock!(Iot::list_security_profiles).then_output(|| {
            let all = (0..8).map(|n| {
                SecurityProfileIdentifier::builder()
                    .name(format!("profile{n}"))
                    .arn("arn")
                    .build()
                    .expect("a profile")
            });
            ListSecurityProfilesOutput::builder()
                .set_security_profile_identifiers(Some(all.collect()))
                .build()
        }),
        mock!(Iot::describe_security_profile).then_output(|| {
            let target = AlertTarget::builder()
                .alert_target_arn(TOPIC)
                .role_arn(ROLE);
            DescribeSecurityProfileOutput::builder()
                .alert_targets(AlertTargetType::Sns, target.build().expect("a target"))
                .build()
        }),
        mock!(Iot::describe_account_audit_configuration).then_output(|| {
            let target = AuditNotificationTarget::builder()
                .target_arn(TOPIC)
                .role_arn(ROLE)
                .enabled(true)
                .build();
            DescribeAccountAuditConfigurationOutput::builder()
                .audit_notification_target_configurations(AuditNotificationType::Sns, target)
                .build()
        }),
        mock!(Iot::list_targets_for_security_profile)
            .then_output(|| ListTargetsForSecurityProfileOutput::builder().build()),
        mock!(Iot::list_scheduled_audits).then_output(|| {
            let audit = ScheduledAuditMetadata::builder().scheduled_audit_name("weekly");
            ListScheduledAuditsOutput::builder()
                .scheduled_audits(audit.build())
                .build()
        }),
        mock!(Iot::describe_scheduled_audit)
            .then_output(|| DescribeScheduledAuditOutput::builder().build()),
    ]
}

/// Takes a snapshot; returns it with the round trips that it took one after another, and all its calls.
async fn measured(relays: usize) -> (ChainSnapshot, u32, usize) {
    let rules = account(relays);
    let clients = slow_clients(LATENCY, &rules);
    let topic: TopicArn = TOPIC.parse().expect("an ARN");
    let place = AccountRegion {
        partition: "aws".to_owned(),
        region: topic.region.clone(),
        account: topic.account.clone(),
    };
    let start = Instant::now();
    let chain = take_snapshot(
        &clients,
        &place,
        &topic,
        "1.0.0",
        jiff::civil::date(2026, 11, 25),
    )
    .await
    .expect("a snapshot");
    let depth = start.elapsed().as_secs_f64() / LATENCY.as_secs_f64();
    let calls = rules.iter().map(Rule::num_calls).sum();
    (chain, depth.round() as u32, calls)
}

#[tokio::test(start_paused = true)]
async fn a_snapshot_is_no_deeper_for_more_relays() {
    let (chain, depth, calls) = measured(4).await;
    assert!(chain.unchecked.is_empty(), "{:?}", chain.unchecked);
    let relays: Vec<_> = chain.relays().collect();
    assert_eq!(relays.len(), 4);
    for (_, relay) in relays {
        assert!(relay.role.found().is_some() && relay.queue.found().is_some());
        assert_eq!(relay.webhook_read.found(), Some(&WebhookRead::Usable));
    }
    assert_eq!(chain.unattached_profiles.len(), 8);
    assert_eq!(chain.publish_roles.len(), 1);
    assert!(
        depth <= LONGEST_CHAIN,
        "{depth} round trips one after another, {calls} calls"
    );
    let (_, one, _) = measured(1).await;
    assert_eq!(one, depth);
}
