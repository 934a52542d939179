//! Who calls, where, and whether the topic is there.

use futures_util::future::try_join;

use super::{AwsError, Clients};
use crate::arn::{Arn, TopicArn};
use crate::chain::names::AccountRegion;

/// Returns the account, partition and region that the clients work in.
///
/// # Errors
/// No region is set, no or bad credentials, or an answer without an account.
pub async fn place(clients: &Clients) -> Result<AccountRegion, AwsError> {
    let doing = "finding out whose credentials these are";
    let region = clients.region().ok_or_else(|| {
        AwsError::local(
            "choosing the region",
            "no region is set: give --region, or set AWS_REGION or the profile's region",
        )
    })?;
    let identity = clients
        .sts
        .get_caller_identity()
        .send()
        .await
        .map_err(|error| AwsError::of("sts:GetCallerIdentity", doing, error))?;
    let partition = identity
        .arn()
        .and_then(|arn| arn.parse::<Arn>().ok())
        .map(|arn| arn.partition);
    match (identity.account(), partition) {
        (Some(account), partition) => Ok(AccountRegion {
            partition: partition.unwrap_or_else(|| "aws".to_owned()),
            region: region.to_owned(),
            account: account.to_owned(),
        }),
        _ => Err(AwsError::refused(
            doing,
            "GetCallerIdentity",
            "the answer names no account",
        )),
    }
}

/// Returns the attributes of the topic that ddalert looks at, or `None` where there is no such topic.
///
/// # Errors
/// Any but "not found".
pub async fn topic(
    clients: &Clients,
    topic: &TopicArn,
) -> Result<Option<TopicAttributes>, AwsError> {
    match clients
        .sns
        .get_topic_attributes()
        .topic_arn(topic.to_string())
        .send()
        .await
    {
        Ok(answer) => {
            let attribute = |name: &str| answer.attributes().and_then(|all| all.get(name)).cloned();
            Ok(Some(TopicAttributes {
                policy: attribute("Policy"),
                kms_key: attribute("KmsMasterKeyId"),
            }))
        }
        Err(error)
            if error
                .as_service_error()
                .is_some_and(|error| error.is_not_found_exception()) =>
        {
            Ok(None)
        }
        Err(error) => Err(AwsError::of(
            "sns:GetTopicAttributes",
            format!("looking at the topic {topic}"),
            error,
        )),
    }
}

/// What is looked at of a topic.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TopicAttributes {
    /// The topic's policy, as JSON.
    pub policy: Option<String>,
    /// The KMS key it is encrypted with.
    pub kms_key: Option<String>,
}

/// Returns every topic of the region.
///
/// # Errors
/// The list cannot be had.
pub async fn topics(clients: &Clients) -> Result<Vec<TopicArn>, AwsError> {
    let mut pages = clients.sns.list_topics().into_paginator().send();
    let mut topics = Vec::new();
    while let Some(page) = pages.next().await {
        let page =
            page.map_err(|error| AwsError::of("sns:ListTopics", "listing the topics", error))?;
        topics.extend(
            page.topics()
                .iter()
                .filter_map(|topic| topic.topic_arn()?.parse().ok()),
        );
    }
    Ok(topics)
}

/// Finds the place and the topic at the same time where the topic is known by its ARN.
///
/// # Errors
/// As [`place`] and [`topic`].
pub async fn place_and_topic(
    clients: &Clients,
    arn: &TopicArn,
) -> Result<(AccountRegion, Option<TopicAttributes>), AwsError> {
    try_join(place(clients), topic(clients, arn)).await
}
