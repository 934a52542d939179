//! Who calls, where, and whether the topic is there.

use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;

use super::response::Response;
use super::{AwsError, Clients};
use crate::arn::{Arn, TopicArn};
use crate::chain::names::AccountRegion;

/// Whose credentials are in use, and where they work.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The account, partition and region.
    pub place: AccountRegion,
    /// The resource of the caller's ARN, such as `user/alice` or `assumed-role/OnCall/alice`; `None` if STS does not say.
    pub name: Option<String>,
}

/// Returns whose credentials the clients use, and the account, partition and region that they work in.
///
/// # Errors
/// No region is set, no or bad credentials, or an answer without an account.
pub async fn caller(clients: &Clients) -> Result<Caller, AwsError> {
    const ACTION: &str = "sts:GetCallerIdentity";
    let task = "finding out whose credentials these are";
    let region = clients.region().ok_or_else(|| {
        AwsError::local(
            "choosing the region",
            "no region is set: give --region, or set AWS_REGION or the profile's region",
        )
    })?;
    let identity = clients.sts.get_caller_identity().send().await;
    let identity = identity.or_error(ACTION, task)?;
    let arn = identity.arn().and_then(|arn| arn.parse::<Arn>().ok());
    let Some(account) = identity.account() else {
        return Err(AwsError::unexpected(
            ACTION,
            task,
            "the answer names no account",
        ));
    };
    let (partition, name) = match arn {
        Some(arn) => (arn.partition, Some(arn.resource)),
        None => ("aws".to_owned(), None),
    };
    Ok(Caller {
        place: AccountRegion {
            partition,
            region: region.to_owned(),
            account: account.to_owned(),
        },
        name,
    })
}

/// Returns the attributes of the topic that matter to ddalert, or `None` if there is no such topic.
///
/// # Errors
/// Any but "not found".
pub async fn topic(
    clients: &Clients,
    topic: &TopicArn,
) -> Result<Option<TopicAttributes>, AwsError> {
    let get = clients
        .sns
        .get_topic_attributes()
        .topic_arn(topic.to_string());
    let found = get.send().await.or_missing(
        "sns:GetTopicAttributes",
        format!("reading the topic {topic}"),
    )?;
    Ok(found.map(|found| {
        let attribute = |name: &str| found.attributes().and_then(|all| all.get(name)).cloned();
        TopicAttributes {
            policy: attribute("Policy"),
            kms_key: attribute("KmsMasterKeyId"),
        }
    }))
}

/// The attributes of a topic that matter to ddalert.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TopicAttributes {
    /// The topic's policy, as JSON.
    pub policy: Option<String>,
    /// The KMS key it is encrypted with.
    pub kms_key: Option<String>,
}

/// How long the alias is asked for: it is shown where it can be, and never waited for.
const ALIAS_TIMEOUT: Duration = Duration::from_secs(3);

/// Returns the account's alias, or `None` if it has none or it may not be read: it is only shown beside the account's number.
pub async fn account_alias(clients: &Clients) -> Option<String> {
    let limit = TimeoutConfig::builder()
        .operation_timeout(ALIAS_TIMEOUT)
        .build();
    // Without what watches over the other calls: a service that does not answer here may answer there.
    let config = aws_sdk_iam::config::Builder::from(&clients.config)
        .timeout_config(limit)
        .retry_config(RetryConfig::disabled());
    let listed = aws_sdk_iam::Client::from_conf(config.build())
        .list_account_aliases()
        .send()
        .await
        .or_error("iam:ListAccountAliases", "reading the account's alias");
    listed.ok()?.account_aliases().first().cloned()
}

/// Returns every topic of the region.
///
/// # Errors
/// The topics cannot be listed.
pub async fn topics(clients: &Clients) -> Result<Vec<TopicArn>, AwsError> {
    let list = clients.sns.list_topics().into_paginator().items().send();
    let topics: Result<Vec<_>, _> = list.collect().await;
    let topics = topics.or_error("sns:ListTopics", "listing the topics")?;
    let arns = topics.iter().filter_map(|topic| topic.topic_arn());
    Ok(arns.filter_map(|arn| arn.parse().ok()).collect())
}
