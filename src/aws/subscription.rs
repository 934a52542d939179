//! Subscriptions of the topic.

use std::collections::HashMap;

use serde_json::json;

use super::scope::document;
use super::{AwsError, AwsErrorKind, Clients};
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
/// The list cannot be had.
pub async fn list_if_any(clients: &Clients, topic: &TopicArn) -> Result<Vec<Listed>, AwsError> {
    match list(clients, topic).await {
        Err(failure) if matches!(&failure.kind, AwsErrorKind::Refused { code } if code == "NotFound") => {
            Ok(Vec::new())
        }
        listed => listed,
    }
}

/// Returns every subscription of the topic.
///
/// # Errors
/// The list cannot be had.
pub async fn list(clients: &Clients, topic: &TopicArn) -> Result<Vec<Listed>, AwsError> {
    let mut pages = clients
        .sns
        .list_subscriptions_by_topic()
        .topic_arn(topic.to_string())
        .into_paginator()
        .send();
    let mut all = Vec::new();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| {
            AwsError::of(
                "sns:ListSubscriptionsByTopic",
                format!("listing the subscriptions of the topic {}", topic.name),
                error,
            )
        })?;
        all.extend(page.subscriptions().iter().map(|subscription| {
            Listed {
                arn: subscription
                    .subscription_arn()
                    .unwrap_or_default()
                    .to_owned(),
                protocol: subscription.protocol().unwrap_or_default().to_owned(),
                endpoint: subscription.endpoint().unwrap_or_default().to_owned(),
            }
        }));
    }
    Ok(all)
}

/// Returns what a subscription says of itself, or `None` where it is gone.
///
/// # Errors
/// Any but "not found".
pub async fn describe(clients: &Clients, arn: &str) -> Result<Option<Subscription>, AwsError> {
    let attributes = match clients
        .sns
        .get_subscription_attributes()
        .subscription_arn(arn)
        .send()
        .await
    {
        Ok(answer) => answer.attributes.unwrap_or_default(),
        Err(error)
            if error
                .as_service_error()
                .is_some_and(|error| error.is_not_found_exception()) =>
        {
            return Ok(None);
        }
        Err(error) => {
            return Err(AwsError::of(
                "sns:GetSubscriptionAttributes",
                format!("looking at the subscription {arn}"),
                error,
            ));
        }
    };
    let text = |name: &str| attributes.get(name).map(String::as_str).unwrap_or_default();
    let policy = document(text("FilterPolicy"));
    let has_policy = policy.as_object().is_some_and(|keys| !keys.is_empty());
    Ok(Some(Subscription {
        dead_letters: document(text("RedrivePolicy"))["deadLetterTargetArn"]
            .as_str()
            .map(str::to_owned),
        filter: has_policy.then(|| Filter {
            policy,
            on_body: text("FilterPolicyScope") == "MessageBody",
        }),
        raw_delivery: text("RawMessageDelivery") == "true",
    }))
}

/// Makes the subscription.
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
    subscribe.send().await.map_err(|error| {
        AwsError::of(
            "sns:Subscribe",
            format!("subscribing {endpoint} to the topic {}", topic.name),
            error,
        )
    })?;
    Ok(())
}

/// Brings the subscription to its wanted state.
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
                // The scope first: SNS holds a policy against the rules of the scope it finds.
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
        set.send().await.map_err(|error| {
            AwsError::of(
                "sns:SetSubscriptionAttributes",
                format!("setting {name} of the subscription of {endpoint}"),
                error,
            )
        })?;
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
    match clients.sns.unsubscribe().subscription_arn(arn).send().await {
        Ok(_) => Ok(()),
        Err(error)
            if error
                .as_service_error()
                .is_some_and(|error| error.is_not_found_exception()) =>
        {
            Ok(())
        }
        Err(error) => Err(AwsError::of(
            "sns:Unsubscribe",
            format!("unsubscribing {endpoint}"),
            error,
        )),
    }
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
