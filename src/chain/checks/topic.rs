//! The topic: does it exist, and can alerts be published to it and delivered from it?

use serde_json::{Value, json};

use super::check::{Check, FindingSeverity, Occurrence, Remedy};
use super::policy_evaluation::{PolicyDecision, PolicyRequest, elements, evaluate};
use super::remedies::{enable_key, name_option};
use super::snapshot::{ChainSnapshot, KmsKey, Link, Part, Reading};
use crate::arn::TopicArn;
use crate::chain::publishing::is_own_role;
use crate::destination::sms::SMS_TARGET;

pub(super) const CHECKS: &[Check] = &[
    Check {
        code: "DD010",
        severity: FindingSeverity::Error,
        reads: &[Reading::Topic],
        title: "The topic does not exist",
        consequence: "Device Defender has nothing to publish to: every alert is lost",
        remedy: "If it was deleted, `aws sns create-topic --name TOPIC`; else check the name, the account and the region.",
        part: Part::Topic,
        find: missing,
    },
    Check {
        code: "DD011",
        severity: FindingSeverity::Error,
        reads: &[],
        title: "The topic is a FIFO topic",
        consequence: "a FIFO topic delivers to neither Lambda functions nor phones",
        remedy: "Use a standard topic: run `connect` and `deploy-TARGET` for it.",
        part: Part::Topic,
        find: fifo,
    },
    Check {
        code: "DD012",
        severity: FindingSeverity::Error,
        reads: &[Reading::Topic, Reading::PublishRole],
        title: "The policy of the topic denies sns:Publish",
        consequence: "an explicit deny overrides what a role allows: alerts are lost",
        remedy: "`aws sns set-topic-attributes --topic-arn ARN --attribute-name Policy --attribute-value POLICY`, with a policy without the statements that deny.",
        part: Part::Topic,
        find: publish_denied,
    },
    Check {
        code: "DD013",
        severity: FindingSeverity::Error,
        reads: &[Reading::TopicKey],
        title: "The topic is encrypted with an AWS managed key",
        consequence: "AWS IoT cannot be granted access to an AWS managed key: alerts are lost",
        remedy: "`aws kms create-key` makes a customer managed key (about 1 USD a month), `aws sns set-topic-attributes --topic-arn ARN --attribute-name KmsMasterKeyId --attribute-value KEY` sets it, and `ddalert connect` allows Device Defender to use it; doctor prints them as one command. To encrypt nothing, set the attribute to `''`.",
        part: Part::Topic,
        find: aws_managed_key,
    },
    Check {
        code: "DD014",
        severity: FindingSeverity::Error,
        reads: &[Reading::Subscriptions, Reading::Relays],
        title: "The topic has no subscribers",
        consequence: "alerts reach nobody",
        remedy: "`ddalert deploy-slack`, any other `deploy-TARGET`, or `ddalert subscribe-sms +NUMBER`.",
        part: Part::Topic,
        find: no_subscribers,
    },
    Check {
        code: "DD015",
        severity: FindingSeverity::Error,
        reads: &[Reading::Subscriptions, Reading::Relays],
        title: "A relay for the topic is not subscribed to it",
        consequence: "its room gets no alerts",
        remedy: "`ddalert deploy-TARGET`; for the relay to phones, `ddalert subscribe-sms --subscribed --readable`.",
        part: Part::Topic,
        find: unsubscribed_relays,
    },
    Check {
        code: "DD064",
        severity: FindingSeverity::Error,
        reads: &[Reading::TopicKey],
        title: "The KMS key of the topic is not enabled",
        consequence: "nothing can be published to the topic: alerts are lost",
        remedy: "`aws kms enable-key --key-id KEY`, after `aws kms cancel-key-deletion --key-id KEY` if the key is scheduled for deletion. If the key no longer exists, a new one: see DD013.",
        part: Part::Topic,
        find: unusable_key,
    },
];

fn occurrence(what: String, remedy: impl Into<Remedy>) -> Vec<Occurrence> {
    vec![Occurrence::new(Link::Topic, what, remedy)]
}

fn missing(chain: &ChainSnapshot) -> Vec<Occurrence> {
    if !chain.attributes.is_missing() {
        return Vec::new();
    }
    let what = format!("the topic {} does not exist", chain.topic);
    let TopicArn { name, region, .. } = &chain.topic;
    // A topic that something was made for is one that was deleted; any other name is more likely a wrong one.
    let was_there = !chain.publishers().is_empty() || !chain.tagged_functions.is_empty();
    match was_there {
        true => occurrence(what, chain.aws(&format!("sns create-topic --name {name}"))),
        false => occurrence(
            what,
            Remedy::advice(format!(
                "check the name, the account and the region {region}: nothing there publishes to a topic of this name or was \
                 made for one"
            )),
        ),
    }
}

fn fifo(chain: &ChainSnapshot) -> Vec<Occurrence> {
    if !chain.topic.is_fifo() {
        return Vec::new();
    }
    let standard = chain.topic.name.trim_end_matches(".fifo");
    occurrence(
        format!("{} is a FIFO topic", chain.topic.name),
        Remedy::advice(format!(
            "a FIFO topic cannot be made a standard one: run connect and the deploy commands for a standard topic, such as {standard}"
        )),
    )
}

fn publish_denied(chain: &ChainSnapshot) -> Vec<Occurrence> {
    let Some(topic) = chain.attributes.found() else {
        return Vec::new();
    };
    let arn = chain.topic.to_string();
    let mut principals: Vec<&str> = chain.publish_roles.keys().map(String::as_str).collect();
    principals.push("iot.amazonaws.com");
    let account = chain.topic.account.as_str();
    let request = PolicyRequest {
        principals: &principals,
        action: "sns:Publish",
        resource: Some(&arn),
        source: "",
        account,
    };
    let denies = |policy: &Value| evaluate(policy, &request) == PolicyDecision::ExplicitDeny;
    if !denies(&topic.policy) {
        return Vec::new();
    }
    // The remedy removes the statements that deny and keeps the others.
    let kept: Vec<&Value> = elements(&topic.policy["Statement"])
        .iter()
        .filter(|statement| !denies(&json!({ "Statement": [statement] })))
        .collect();
    let mut policy = topic.policy.clone();
    policy["Statement"] = json!(kept);
    let owner_only = format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"AWS":"{account}"}},"Action":["sns:Publish","sns:Subscribe","sns:GetTopicAttributes","sns:SetTopicAttributes"],"Resource":"{arn}"}}]}}"#
    );
    // SNS does not accept a policy without statements.
    let policy = if kept.is_empty() {
        owner_only
    } else {
        policy.to_string()
    };
    let command = format!(
        "sns set-topic-attributes --topic-arn {arn} --attribute-name Policy --attribute-value {}",
        shell_words::quote(&policy)
    );
    occurrence(
        format!("the policy of {} denies sns:Publish", chain.topic.name),
        chain.aws(&command),
    )
}

fn key(chain: &ChainSnapshot) -> Option<&KmsKey> {
    chain.attributes.found()?.key.as_ref()
}

fn aws_managed_key(chain: &ChainSnapshot) -> Vec<Occurrence> {
    let Some(key) = key(chain).filter(|key| key.aws_managed) else {
        return Vec::new();
    };
    occurrence(
        format!(
            "{} is encrypted with {}, an AWS managed key",
            chain.topic.name, key.id
        ),
        own_key(chain),
    )
}

/// Returns the command that makes a customer managed key, encrypts the topic with it, and allows what publishes to use it.
fn own_key(chain: &ChainSnapshot) -> String {
    let create = chain.aws(&format!(
        "kms create-key --description {} --query KeyMetadata.Arn --output text",
        shell_words::quote(&format!("Encrypts the SNS topic {}", chain.topic.name))
    ));
    let set = chain.aws(&format!(
        "sns set-topic-attributes --topic-arn {} --attribute-name KmsMasterKeyId --attribute-value \"$({create})\"",
        chain.topic
    ));
    let publishers = chain.publishers();
    if publishers.is_empty() {
        return set;
    }
    let mut options: Vec<&str> = publishers
        .iter()
        .map(|publisher| publisher.options.as_str())
        .collect();
    if publishers
        .iter()
        .any(|publisher| !is_own_role(publisher.role, &chain.topic))
    {
        options.push("--role own");
    }
    let connect = chain.ddalert(&format!("connect {}", options.join(" ")));
    format!("{set} && {connect}")
}

fn unusable_key(chain: &ChainSnapshot) -> Vec<Occurrence> {
    let Some((key, state)) = key(chain).and_then(|key| Some((key, key.unusable.as_deref()?)))
    else {
        return Vec::new();
    };
    let (problem, remedy) = match state {
        "missing" => ("does not exist".to_owned(), own_key(chain).into()),
        state => (
            format!("is in the state {state}"),
            enable_key(chain, key, state),
        ),
    };
    occurrence(
        format!("the KMS key {} of {} {problem}", key.id, chain.topic.name),
        remedy,
    )
}

fn no_subscribers(chain: &ChainSnapshot) -> Vec<Occurrence> {
    if !chain.unsubscribed_relays.is_empty()
        || chain.attributes.is_missing()
        || chain.subscribers.found().is_none_or(|all| !all.is_empty())
    {
        return Vec::new();
    }
    occurrence(
        format!("{} has no subscribers", chain.topic.name),
        chain.ddalert("deploy-slack"),
    )
}

fn unsubscribed_relays(chain: &ChainSnapshot) -> Vec<Occurrence> {
    let relays = chain.unsubscribed_relays.iter();
    relays
        .map(|(target, function)| {
            let what = format!(
                "the relay {function} is not subscribed to {}",
                chain.topic.name
            );
            let remedy = match target == SMS_TARGET {
                true => chain.ddalert("subscribe-sms --subscribed --readable"),
                false => {
                    let name = name_option(chain, target, function);
                    chain.ddalert(&format!("deploy-{target}{name}"))
                }
            };
            Occurrence::new(Link::Topic, what, remedy)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chain::checks::tests::*;

    #[test]
    fn dd010_topic_missing() {
        finds(
            "DD010",
            "aws sns create-topic --name BadIoTDevices",
            |chain| {
                (chain.attributes, chain.subscribers) = (Lookup::Missing, Lookup::Missing);
            },
        );
        advises(
            "DD010",
            "check the name, the account and the region eu-central-1",
            |chain| {
                (chain.attributes, chain.subscribers) = (Lookup::Missing, Lookup::Missing);
                profile(chain).target = None;
                audit(chain).target = None;
            },
        );
    }

    #[test]
    fn dd011_fifo() {
        let mut chain = healthy();
        chain.topic.name.push_str(".fifo");
        assert!(
            diagnose(&chain)
                .iter()
                .any(|finding| finding.code == "DD011")
        );
    }

    #[test]
    fn dd012_publish_denied() {
        finds("DD012", "aws sns set-topic-attributes", |chain| {
            attributes(chain).policy = json!({ "Statement": [{ "Effect": "Deny", "Principal": "*", "Action": "sns:Publish", "Resource": "*" }] });
        });
    }

    #[test]
    fn dd013_aws_managed_key() {
        let command = "KmsMasterKeyId --attribute-value \"$(aws kms create-key";
        finds("DD013", command, |chain| {
            attributes(chain).key = Some(KmsKey {
                id: "alias/aws/sns".into(),
                aws_managed: true,
                ..KmsKey::default()
            });
        });
    }

    #[test]
    fn dd014_no_subscribers() {
        finds("DD014", "ddalert deploy-slack", |chain| {
            chain.subscribers = Lookup::Found(Vec::new())
        });
    }

    #[test]
    fn dd015_unsubscribed_relay() {
        finds("DD015", "subscribe-sms --subscribed --readable", |chain| {
            chain
                .unsubscribed_relays
                .push(("sms".into(), "ddalert-sms-BadIoTDevices".into()));
        });
        finds("DD015", "deploy-chime --name mine ", |chain| {
            chain
                .unsubscribed_relays
                .push(("chime".into(), "mine".into()))
        });
        finds("DD015", "ddalert deploy-chime --topic", |chain| {
            chain
                .unsubscribed_relays
                .push(("chime".into(), "ddalert-chime-BadIoTDevices".into()))
        });
    }

    #[test]
    fn dd064_unusable_key() {
        for (state, remedy) in [
            ("Disabled", "aws kms enable-key --key-id k"),
            ("PendingDeletion", "aws kms cancel-key-deletion --key-id k"),
            (
                "missing",
                "&& ddalert connect --profile-name fleet --audit --topic",
            ),
        ] {
            finds("DD064", remedy, |chain| {
                attributes(chain).key = Some(KmsKey {
                    id: "k".into(),
                    unusable: Some(state.into()),
                    ..KmsKey::default()
                });
            });
        }
    }
}
