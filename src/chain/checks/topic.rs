//! The topic itself: is it there, and does it let alerts in?

use serde_json::{Value, json};

use super::grants::{PolicyDecision, PolicyRequest, grant, list};
use super::remedies::deploy_named;
use super::snapshot::{ChainSnapshot, KmsKey, Link};
use super::{Check, FindingSeverity, Occurrence, Part};
use crate::destination::sms::SMS_TARGET;

pub(super) const CHECKS: &[Check] = &[
    Check {
        code: "DD010",
        severity: FindingSeverity::Error,
        title: "The topic is not there",
        consequence: "there is nothing to publish to: every alert is lost",
        part: Part::Topic,
        look: missing,
    },
    Check {
        code: "DD011",
        severity: FindingSeverity::Error,
        title: "The topic is a FIFO topic",
        consequence: "a FIFO topic delivers neither to Lambda nor to SMS",
        part: Part::Topic,
        look: fifo,
    },
    Check {
        code: "DD012",
        severity: FindingSeverity::Error,
        title: "The topic's policy denies publishing",
        consequence: "an explicit denial stands above what a role allows: alerts are lost",
        part: Part::Topic,
        look: denied,
    },
    Check {
        code: "DD013",
        severity: FindingSeverity::Error,
        title: "The topic is encrypted with a key that AWS manages",
        consequence: "AWS IoT cannot be let use such a key: alerts are lost",
        part: Part::Topic,
        look: aws_managed_key,
    },
    Check {
        code: "DD014",
        severity: FindingSeverity::Error,
        title: "Nobody is subscribed to the topic",
        consequence: "an alert that is published reaches nobody",
        part: Part::Topic,
        look: nobody_listens,
    },
    Check {
        code: "DD015",
        severity: FindingSeverity::Error,
        title: "A relay of the topic is not subscribed to it",
        consequence: "its room gets no alert",
        part: Part::Topic,
        look: stray_relays,
    },
    Check {
        code: "DD064",
        severity: FindingSeverity::Error,
        title: "The KMS key of the topic is not enabled",
        consequence: "nothing can be published: alerts are lost",
        part: Part::Topic,
        look: unusable_key,
    },
];

fn hit(what: String, remedy: String) -> Vec<Occurrence> {
    vec![Occurrence {
        link: Link::Topic,
        what,
        remedy,
    }]
}

fn missing(chain: &ChainSnapshot) -> Vec<Occurrence> {
    if !chain.attributes.is_missing() {
        return Vec::new();
    }
    hit(
        format!("there is no topic {}", chain.topic),
        chain.aws(&format!("sns create-topic --name {}", chain.topic.name)),
    )
}

fn fifo(chain: &ChainSnapshot) -> Vec<Occurrence> {
    if !chain.topic.is_fifo() {
        return Vec::new();
    }
    let standard = chain.topic.name.trim_end_matches(".fifo");
    hit(
        format!("{} is a FIFO topic", chain.topic.name),
        chain.aws(&format!("sns create-topic --name {standard}")),
    )
}

fn denied(chain: &ChainSnapshot) -> Vec<Occurrence> {
    let Some(topic) = chain.attributes.found() else {
        return Vec::new();
    };
    let arn = chain.topic.to_string();
    let mut roles: Vec<&str> = chain.roles.keys().map(String::as_str).collect();
    roles.push("iot.amazonaws.com");
    let account = chain.topic.account.as_str();
    let call = PolicyRequest {
        principals: &roles,
        action: "sns:Publish",
        resource: Some(&arn),
        source: "",
        account,
    };
    if grant(&topic.policy, &call) != PolicyDecision::Denied {
        return Vec::new();
    }
    // What denies is taken out, and the rest stays.
    let rest: Vec<&Value> = list(&topic.policy["Statement"])
        .iter()
        .filter(|one| grant(&json!({ "Statement": [one] }), &call) != PolicyDecision::Denied)
        .collect();
    let mut policy = topic.policy.clone();
    policy["Statement"] = json!(rest);
    let owner = format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"AWS":"{account}"}},"Action":["sns:Publish","sns:Subscribe","sns:GetTopicAttributes","sns:SetTopicAttributes"],"Resource":"{arn}"}}]}}"#
    );
    // SNS takes no policy without a statement.
    let policy = if rest.is_empty() {
        owner
    } else {
        policy.to_string()
    };
    let command = format!(
        "sns set-topic-attributes --topic-arn {arn} --attribute-name Policy --attribute-value '{policy}'"
    );
    hit(
        format!("the policy of {} denies sns:Publish", chain.topic.name),
        chain.aws(&command),
    )
}

fn aws_managed_key(chain: &ChainSnapshot) -> Vec<Occurrence> {
    let key = chain
        .attributes
        .found()
        .and_then(|topic| topic.key.as_ref())
        .filter(|key| key.aws_managed);
    let Some(key) = key else { return Vec::new() };
    hit(
        format!(
            "{} is encrypted with {}, which AWS manages",
            chain.topic.name, key.id
        ),
        without_key(chain),
    )
}

/// Returns the command that takes the topic's encryption away.
fn without_key(chain: &ChainSnapshot) -> String {
    let command = "sns set-topic-attributes --topic-arn";
    chain.aws(&format!(
        "{command} {} --attribute-name KmsMasterKeyId --attribute-value ''",
        chain.topic
    ))
}

/// Returns the command that makes a key usable again.
pub(super) fn enable(chain: &ChainSnapshot, key: &KmsKey, state: &str) -> String {
    let id = key.arn.as_deref().unwrap_or(&key.id);
    match state {
        // A key whose deletion is cancelled is disabled.
        "PendingDeletion" => format!(
            "{} && {}",
            chain.aws(&format!("kms cancel-key-deletion --key-id {id}")),
            chain.aws(&format!("kms enable-key --key-id {id}"))
        ),
        _ => chain.aws(&format!("kms enable-key --key-id {id}")),
    }
}

fn unusable_key(chain: &ChainSnapshot) -> Vec<Occurrence> {
    let key = chain
        .attributes
        .found()
        .and_then(|topic| topic.key.as_ref());
    let Some((key, state)) = key.and_then(|key| Some((key, key.unusable.as_ref()?))) else {
        return Vec::new();
    };
    let remedy = match state.as_str() {
        "missing" => without_key(chain),
        state => enable(chain, key, state),
    };
    hit(
        format!(
            "the key of {} ({}) is in the state {state}",
            chain.topic.name, key.id
        ),
        remedy,
    )
}

fn nobody_listens(chain: &ChainSnapshot) -> Vec<Occurrence> {
    if !chain.unsubscribed_relays.is_empty()
        || chain.attributes.is_missing()
        || chain.subscribers.found().is_none_or(|all| !all.is_empty())
    {
        return Vec::new();
    }
    hit(
        format!("nobody is subscribed to {}", chain.topic.name),
        chain.ddalert("deploy-slack"),
    )
}

fn stray_relays(chain: &ChainSnapshot) -> Vec<Occurrence> {
    let unsubscribed_relays = chain.unsubscribed_relays.iter();
    unsubscribed_relays
        .map(|(target, function)| Occurrence {
            link: Link::Topic,
            what: format!(
                "the relay {function} is not subscribed to {}",
                chain.topic.name
            ),
            remedy: match target == SMS_TARGET {
                true => chain.ddalert("subscribe-sms --subscribed --readable"),
                false => deploy_named(chain, target, function),
            },
        })
        .collect()
}
