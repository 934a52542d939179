//! Subscriptions of the topic.

use std::collections::HashMap;

use serde_json::json;

use super::response::Response;
use super::tags::parse_json;
use super::{AwsError, Clients};
use crate::arn::{TopicArn, looks_like_arn};
use crate::chain::filter::Scope;
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

/// Returns every subscription of the topic; none if there is no such topic.
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

/// Returns every subscription of the topic, or `None` if there is no such topic.
pub(super) async fn find_all(
    clients: &Clients,
    topic: &TopicArn,
) -> Result<Option<Vec<Listed>>, AwsError> {
    list(clients, topic)
        .await
        .map(Some)
        .or_else(AwsError::or_missing)
}

/// Returns the attributes of a subscription, or `None` if it is gone.
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
            on_body: text("FilterPolicyScope") == Scope::MessageBody.name(),
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
        attributes.insert(
            "FilterPolicyScope".to_owned(),
            Scope::new(*on_body).name().to_owned(),
        );
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
                settings.push(("FilterPolicyScope", Scope::new(*on_body).name().to_owned()));
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
    // A topic that was removed meanwhile took its subscriptions with it.
    let listed = list_if_any(clients, topic).await?;
    Ok(listed
        .into_iter()
        .find(|listed| {
            listed.is_confirmed()
                && listed.protocol == endpoint.protocol()
                && listed.endpoint == endpoint.address()
        })
        .map(|listed| listed.arn))
}

#[cfg(test)]
mod tests {
    use aws_sdk_sns::Client;
    use aws_sdk_sns::operation::get_subscription_attributes::GetSubscriptionAttributesOutput;
    use aws_sdk_sns::operation::list_subscriptions_by_topic::ListSubscriptionsByTopicOutput;
    use aws_sdk_sns::operation::set_subscription_attributes::SetSubscriptionAttributesOutput;
    use aws_sdk_sns::operation::subscribe::SubscribeOutput;
    use aws_smithy_mocks::{Rule, mock};

    use super::*;
    use crate::aws::mocks::{clients, xml_error};

    const FUNCTION: &str = "arn:aws:lambda:eu-west-1:123456789012:function:f";
    const QUEUE: &str = "arn:aws:sqs:eu-west-1:123456789012:q";

    fn topic() -> TopicArn {
        let arn = "arn:aws:sns:eu-west-1:123456789012:t";
        arn.parse().expect("an ARN")
    }

    fn subscription() -> Subscription {
        Subscription {
            dead_letters: Some(QUEUE.to_owned()),
            filter: Some(Filter {
                policy: json!({ "severity": ["HIGH"] }),
                on_body: true,
            }),
            raw_delivery: false,
        }
    }

    /// Two pages of one subscription each; the second is the function's.
    fn pages() -> Rule {
        mock!(Client::list_subscriptions_by_topic).then_compute_output(|input| {
            let (n, protocol, endpoint, next) = match input.next_token() {
                None => (1, "email", "a@example.com", Some("page 2")),
                Some(_) => (2, "lambda", FUNCTION, None),
            };
            let listed = aws_sdk_sns::types::Subscription::builder()
                .subscription_arn(format!("arn:aws:sns:eu-west-1:123456789012:t:{n}"))
                .protocol(protocol)
                .endpoint(endpoint);
            ListSubscriptionsByTopicOutput::builder()
                .subscriptions(listed.build())
                .set_next_token(next.map(str::to_owned))
                .build()
        })
    }

    #[tokio::test]
    async fn every_page_of_subscriptions_is_read() {
        let listed = list(&clients([&pages()]), &topic()).await.expect("a list");
        let protocols: Vec<&str> = listed.iter().map(|one| one.protocol.as_str()).collect();
        assert_eq!(protocols, ["email", "lambda"]);
    }

    #[tokio::test]
    async fn a_topic_that_is_not_there_has_no_subscriptions() {
        let missing = mock!(Client::list_subscriptions_by_topic)
            .then_http_response(|| xml_error(404, "NotFound", "Topic does not exist"));
        let clients = clients([&missing]);
        let listed = list_if_any(&clients, &topic()).await;
        assert!(listed.expect("no error").is_empty());
        assert!(list(&clients, &topic()).await.is_err());
    }

    #[tokio::test]
    async fn what_is_subscribed_is_read_back_the_same() {
        let subscribe = mock!(Client::subscribe)
            .match_requests(|input| {
                let attributes = input.attributes().expect("attributes");
                input.endpoint() == Some(FUNCTION)
                    && attributes["FilterPolicyScope"] == "MessageBody"
                    && attributes["FilterPolicy"] == r#"{"severity":["HIGH"]}"#
                    && attributes["RedrivePolicy"].contains(QUEUE)
            })
            .then_output(|| SubscribeOutput::builder().build());
        let read = mock!(Client::get_subscription_attributes).then_output(|| {
            GetSubscriptionAttributesOutput::builder()
                .attributes("FilterPolicyScope", "MessageBody")
                .attributes("FilterPolicy", r#"{"severity":["HIGH"]}"#)
                .attributes(
                    "RedrivePolicy",
                    json!({ "deadLetterTargetArn": QUEUE }).to_string(),
                )
                .build()
        });
        let clients = clients([&subscribe, &read]);
        let endpoint = Endpoint::Lambda(FUNCTION.to_owned());
        let created = create(&clients, &topic(), &endpoint, &subscription()).await;
        created.expect("no error");
        let described = describe(&clients, "arn:aws:sns:eu-west-1:123456789012:t:2").await;
        assert_eq!(described.expect("no error"), Some(subscription()));
    }

    #[tokio::test]
    async fn the_scope_of_a_filter_is_set_before_its_policy() {
        use std::sync::{Arc, Mutex};
        let names = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&names);
        let set = mock!(Client::set_subscription_attributes).then_compute_output(move |input| {
            let name = input.attribute_name().unwrap_or_default().to_owned();
            seen.lock().expect("a lock").push(name);
            SetSubscriptionAttributesOutput::builder().build()
        });
        let clients = clients([&pages(), &set]);
        let endpoint = Endpoint::Lambda(FUNCTION.to_owned());
        let differs = ["filter policy"];
        let updated = update(&clients, &topic(), &endpoint, &subscription(), &differs).await;
        updated.expect("no error");
        let names = names.lock().expect("a lock");
        assert_eq!(*names, ["FilterPolicyScope", "FilterPolicy"]);
    }
}
