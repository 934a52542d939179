//! Subscriptions of the topic.

use std::collections::HashMap;

use serde_json::json;

use super::response::Response;
use super::tags::parse_json;
use super::{AwsError, Clients};
use crate::arn::{TopicArn, looks_like_arn};
use crate::chain::state::{Endpoint, Filter, Subscription};

/// A subscription as SNS lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Its ARN; `PendingConfirmation` or `Deleted` where it has none.
    pub arn: String,
    /// `lambda`, `sms`, `email`, `sqs`, …
    pub protocol: String,
    /// What it delivers to.
    pub endpoint: String,
}

impl Listed {
    /// Returns whether it can deliver: it was confirmed, and not deleted.
    pub fn is_confirmed(&self) -> bool {
        looks_like_arn(&self.arn)
    }
}

/// Returns every subscription of the topic; none where there is no such topic.
///
/// # Errors
/// The subscriptions cannot be listed.
pub async fn list_if_any(clients: &Clients, topic: &TopicArn) -> Result<Vec<Listed>, AwsError> {
    Ok(find_all(clients, topic).await?.unwrap_or_default())
}

/// Returns every subscription of the topic.
///
/// # Errors
/// The subscriptions cannot be listed; that there is no such topic is an error.
pub async fn list(clients: &Clients, topic: &TopicArn) -> Result<Vec<Listed>, AwsError> {
    let list = clients
        .sns
        .list_subscriptions_by_topic()
        .topic_arn(topic.to_string());
    let all: Result<Vec<_>, _> = list.into_paginator().items().send().collect().await;
    let all = all.or_error(
        "sns:ListSubscriptionsByTopic",
        format!("listing the subscriptions of the topic {}", topic.name),
    )?;
    let listed = all.into_iter().map(|subscription| Listed {
        arn: subscription.subscription_arn.unwrap_or_default(),
        protocol: subscription.protocol.unwrap_or_default(),
        endpoint: subscription.endpoint.unwrap_or_default(),
    });
    Ok(listed.collect())
}

/// Returns every subscription of the topic, or `None` where there is no such topic.
pub(super) async fn find_all(
    clients: &Clients,
    topic: &TopicArn,
) -> Result<Option<Vec<Listed>>, AwsError> {
    list(clients, topic)
        .await
        .map(Some)
        .or_else(AwsError::or_missing)
}

/// Returns the attributes of a subscription, or `None` where it is gone.
///
/// # Errors
/// Any but "not found".
pub async fn describe(clients: &Clients, arn: &str) -> Result<Option<Subscription>, AwsError> {
    let get = clients
        .sns
        .get_subscription_attributes()
        .subscription_arn(arn);
    let found = get.send().await.or_missing(
        "sns:GetSubscriptionAttributes",
        format!("reading the subscription {arn}"),
    )?;
    let Some(found) = found else {
        return Ok(None);
    };
    let attributes = found.attributes.unwrap_or_default();
    let text = |name: &str| attributes.get(name).map(String::as_str).unwrap_or_default();
    let policy = parse_json(text("FilterPolicy"));
    let has_policy = policy.as_object().is_some_and(|keys| !keys.is_empty());
    Ok(Some(Subscription {
        dead_letters: parse_json(text("RedrivePolicy"))["deadLetterTargetArn"]
            .as_str()
            .map(str::to_owned),
        filter: has_policy.then(|| Filter {
            policy,
            on_body: text("FilterPolicyScope") == "MessageBody",
        }),
        raw_delivery: text("RawMessageDelivery") == "true",
    }))
}

/// Creates the subscription.
pub(super) async fn create(
    clients: &Clients,
    topic: &TopicArn,
    endpoint: &Endpoint,
    subscription: &Subscription,
) -> Result<(), AwsError> {
    let mut attributes = HashMap::new();
    if let Some(queue) = &subscription.dead_letters {
        attributes.insert(
            "RedrivePolicy".to_owned(),
            json!({ "deadLetterTargetArn": queue }).to_string(),
        );
    }
    if let Some(Filter { policy, on_body }) = &subscription.filter {
        attributes.insert("FilterPolicyScope".to_owned(), scope(*on_body).to_owned());
        attributes.insert("FilterPolicy".to_owned(), policy.to_string());
    }
    let subscribe = clients
        .sns
        .subscribe()
        .topic_arn(topic.to_string())
        .protocol(endpoint.protocol())
        .endpoint(endpoint.address())
        .return_subscription_arn(true)
        .set_attributes(Some(attributes));
    subscribe.send().await.or_error(
        "sns:Subscribe",
        format!("subscribing {endpoint} to the topic {}", topic.name),
    )?;
    Ok(())
}

/// Updates what differs.
pub(super) async fn update(
    clients: &Clients,
    topic: &TopicArn,
    endpoint: &Endpoint,
    subscription: &Subscription,
    differs: &[&str],
) -> Result<(), AwsError> {
    let Some(arn) = find(clients, topic, endpoint).await? else {
        return create(clients, topic, endpoint, subscription).await;
    };
    let mut settings = Vec::new();
    if differs.contains(&"dead-letter queue") {
        let redrive = subscription
            .dead_letters
            .as_ref()
            .map(|queue| json!({ "deadLetterTargetArn": queue }).to_string());
        settings.push(("RedrivePolicy", redrive.unwrap_or_default()));
    }
    if differs.contains(&"filter policy") {
        match &subscription.filter {
            Some(Filter { policy, on_body }) => {
                // The scope first: SNS checks a policy by the rules of the scope it finds.
                settings.push(("FilterPolicyScope", scope(*on_body).to_owned()));
                settings.push(("FilterPolicy", policy.to_string()));
            }
            None => settings.push(("FilterPolicy", "{}".to_owned())),
        }
    }
    if differs.contains(&"raw delivery") {
        settings.push(("RawMessageDelivery", subscription.raw_delivery.to_string()));
    }
    for (name, value) in settings {
        let set = clients
            .sns
            .set_subscription_attributes()
            .subscription_arn(&arn)
            .attribute_name(name)
            .attribute_value(value);
        set.send().await.or_error(
            "sns:SetSubscriptionAttributes",
            format!("setting {name} of the subscription of {endpoint}"),
        )?;
    }
    Ok(())
}

/// Ends the subscription.
pub(super) async fn remove(
    clients: &Clients,
    topic: &TopicArn,
    endpoint: &Endpoint,
) -> Result<(), AwsError> {
    let Some(arn) = find(clients, topic, endpoint).await? else {
        return Ok(());
    };
    let unsubscribe = clients.sns.unsubscribe().subscription_arn(arn);
    unsubscribe
        .send()
        .await
        .or_gone("sns:Unsubscribe", format!("unsubscribing {endpoint}"))
}

async fn find(
    clients: &Clients,
    topic: &TopicArn,
    endpoint: &Endpoint,
) -> Result<Option<String>, AwsError> {
    let listed = list(clients, topic).await?;
    Ok(listed
        .into_iter()
        .find(|listed| {
            listed.is_confirmed()
                && listed.protocol == endpoint.protocol()
                && listed.endpoint == endpoint.address()
        })
        .map(|listed| listed.arn))
}

fn scope(on_body: bool) -> &'static str {
    if on_body {
        "MessageBody"
    } else {
        "MessageAttributes"
    }
}
