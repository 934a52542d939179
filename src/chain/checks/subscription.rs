//! Each subscription: does SNS deliver alerts to it, and is SNS allowed to?

use std::collections::BTreeSet;

use serde_json::Value;

use super::check::{Check, FindingSeverity, Occurrence, Remedy};
use super::filters::{blocked_kinds, filter_policy, published};
use super::occurrences::in_subscribers;
use super::policy_evaluation::{PolicyRequest, elements};
use super::remedies::{recreate, redeploy, subscriber_name};
use super::snapshot::{ChainSnapshot, Part, Reading, RelaySnapshot, SubscriberSnapshot};
use crate::arn::{Arn, resource_name};
use crate::chain::filter::{Events, MessageKind};
use crate::chain::names::ResourceNames;
use crate::chain::state::Filter;
use crate::destination::sms::SMS_TARGET;

pub(super) const CHECKS: &[Check] = &[
    Check {
        code: "DD016",
        severity: FindingSeverity::Warning,
        reads: &[Reading::Subscriptions],
        title: "A subscription is not confirmed",
        consequence: "SNS delivers nothing to it until it is confirmed",
        remedy: "Whoever reads or runs the endpoint has to open the link that SNS sent there. `aws sns subscribe --topic-arn ARN --protocol PROTOCOL --notification-endpoint ENDPOINT` sends it again.",
        part: Part::Subscription,
        find: unconfirmed,
    },
    Check {
        code: "DD017",
        severity: FindingSeverity::Error,
        reads: &[Reading::Subscription],
        title: "A filter policy applies to message attributes",
        consequence: "Device Defender sets no message attributes, so the subscriber gets none of its alerts",
        remedy: "`aws sns set-subscription-attributes --subscription-arn ARN --attribute-name FilterPolicy --attribute-value '{}'` removes the filter policy. If it would fit the body of the messages, `--attribute-name FilterPolicyScope --attribute-value MessageBody` applies it there.",
        part: Part::Subscription,
        find: attribute_scope,
    },
    Check {
        code: "DD018",
        severity: FindingSeverity::Error,
        reads: &[Reading::Subscription],
        title: "A filter policy lets nothing through that Device Defender publishes to the topic",
        consequence: "the subscriber gets no alerts",
        remedy: "`aws sns set-subscription-attributes --subscription-arn ARN --attribute-name FilterPolicy --attribute-value '{}'` removes the filter policy.",
        part: Part::Subscription,
        find: all_messages_blocked,
    },
    Check {
        code: "DD019",
        severity: FindingSeverity::Note,
        reads: &[Reading::Subscription],
        title: "A filter policy that `--events` did not make blocks some kinds of messages",
        consequence: "the subscriber does not get messages of these kinds",
        remedy: "Nothing to do if it is there on purpose. `ddalert deploy-TARGET --events KIND,…` selects other kinds.",
        part: Part::Subscription,
        find: some_messages_blocked,
    },
    Check {
        code: "DD025",
        severity: FindingSeverity::Error,
        reads: &[Reading::FunctionPolicy],
        title: "The topic is not allowed to invoke a subscribed function",
        consequence: "SNS discards every alert for it without retrying",
        remedy: "`ddalert deploy-TARGET`; for a function that is not a relay, `aws lambda add-permission --function-name NAME --statement-id ID --action lambda:InvokeFunction --principal sns.amazonaws.com --source-arn ARN --source-account ACCOUNT`.",
        part: Part::Permission,
        find: invocation_not_allowed,
    },
    Check {
        code: "DD076",
        severity: FindingSeverity::Warning,
        reads: &[Reading::FunctionPolicy],
        title: "A subscribed function can be invoked by other topics than those that are named",
        consequence: "anyone who knows its name can send it messages as if they were alerts, from a topic of any account",
        remedy: "`ddalert deploy-TARGET` if it is the statement of ddalert; else `aws lambda remove-permission --function-name NAME --statement-id ID`.",
        part: Part::Permission,
        find: anybody_may_invoke,
    },
    Check {
        code: "DD077",
        severity: FindingSeverity::Warning,
        reads: &[Reading::Subscriptions, Reading::Function],
        title: "The topic is subscribed to a version or an alias of a relay",
        consequence: "ddalert updates the function itself: the subscriber goes on with old code, and failed alerts of a version are not kept",
        remedy: "`ddalert deploy-TARGET`, then `aws sns unsubscribe --subscription-arn ARN`.",
        part: Part::Subscription,
        find: qualified_relay,
    },
];

fn unconfirmed(chain: &ChainSnapshot) -> Vec<Occurrence> {
    in_subscribers(chain, |subscriber| {
        if subscriber.confirmed {
            return None;
        }
        let endpoint = subscriber_name(subscriber);
        // Only whoever reads the endpoint gets the link that confirms; and of a URL only the host may be shown.
        let advice = match subscriber.protocol.as_str() {
            "email" | "email-json" => format!(
                "whoever reads {endpoint} has to open the link in the message \"AWS Notification - Subscription Confirmation\"; \
                 subscribing the address again sends the message again"
            ),
            "http" | "https" => format!(
                "whoever runs {endpoint} has to open the SubscribeURL that SNS posted there; subscribing the whole URL again sends \
                 it again"
            ),
            _ => format!(
                "whoever runs {endpoint} has to confirm the subscription with the token that SNS sent there"
            ),
        };
        Some((
            format!("the subscription of {endpoint} is not confirmed"),
            Remedy::advice(advice),
        ))
    })
}

fn remove_filter_policy(chain: &ChainSnapshot, subscriber: &SubscriberSnapshot) -> String {
    let SubscriberSnapshot { arn, .. } = subscriber;
    chain.aws(&format!(
        "sns set-subscription-attributes --subscription-arn {arn} --attribute-name FilterPolicy --attribute-value '{{}}'"
    ))
}

fn attribute_scope(chain: &ChainSnapshot) -> Vec<Occurrence> {
    let published = published(chain);
    in_subscribers(chain, |subscriber| {
        let filter = subscriber.subscription.found()?.filter.as_ref()?;
        if filter.on_body {
            return None;
        }
        let what = format!(
            "the filter policy of {} applies to message attributes: {}",
            subscriber_name(subscriber),
            filter.policy
        );
        // Applied to the body, it may be what was meant.
        let on_body = Filter {
            on_body: true,
            ..filter.clone()
        };
        let remedy = match on_body.parse() {
            Ok(policy) if published.any_passes(&policy) => chain.aws(&format!(
                "sns set-subscription-attributes --subscription-arn {} --attribute-name FilterPolicyScope --attribute-value \
                 MessageBody",
                subscriber.arn
            )),
            _ => remove_filter_policy(chain, subscriber),
        };
        Some((what, remedy))
    })
}

fn all_messages_blocked(chain: &ChainSnapshot) -> Vec<Occurrence> {
    let published = published(chain);
    in_subscribers(chain, |subscriber| {
        let (filter, policy) = filter_policy(subscriber).filter(|(filter, _)| filter.on_body)?;
        (!published.any_passes(&policy)).then(|| {
            let what = format!(
                "the filter policy of {} lets nothing through that Device Defender publishes to the topic: {}",
                subscriber_name(subscriber),
                filter.policy
            );
            (what, remove_filter_policy(chain, subscriber))
        })
    })
}

fn some_messages_blocked(chain: &ChainSnapshot) -> Vec<Occurrence> {
    let published = published(chain);
    in_subscribers(chain, |subscriber| {
        let (_, policy) = filter_policy(subscriber).filter(|(filter, _)| filter.on_body)?;
        let blocked = blocked_kinds(&policy);
        // What --events selects is a choice: the picture shows it.
        if blocked.is_empty() || Events::that_make(&policy).is_some() {
            return None;
        }
        let names: Vec<&str> = blocked.into_iter().map(MessageKind::name).collect();
        let what = format!(
            "the filter policy of {} blocks: {}",
            subscriber_name(subscriber),
            names.join(", ")
        );
        published.any_passes(&policy).then(|| {
            let advice = "nothing, if the filter policy is there on purpose; a deploy with --events selects other kinds";
            (what, Remedy::advice(advice))
        })
    })
}

fn invocation_not_allowed(chain: &ChainSnapshot) -> Vec<Occurrence> {
    in_subscribers(chain, |subscriber| {
        // Lambda itself takes alerts from a buffer.
        let function = subscriber
            .function
            .found()
            .filter(|_| subscriber.protocol == "lambda")?;
        let regional = format!("sns.{}.amazonaws.com", chain.topic.region);
        let topic = chain.topic.to_string();
        let account = chain.topic.account.as_str();
        let request = PolicyRequest {
            principals: &["sns.amazonaws.com", &regional],
            action: "lambda:InvokeFunction",
            resource: Some(&subscriber.endpoint),
            source: &topic,
            account,
        };
        let policy = &function.policy;
        let is_denied = policy.is_missing()
            || policy
                .found()
                .is_some_and(|policy| request.is_denied_by(policy));
        let remedy = || {
            recreate(chain, subscriber)
                .filter(|_| subscriber.qualifier.is_none())
                .unwrap_or_else(|| add_permission(chain, subscriber).into())
        };
        is_denied.then(|| {
            let name = subscriber_name(subscriber);
            (
                format!("the topic is not allowed to invoke the function {name}"),
                remedy(),
            )
        })
    })
}

/// Returns whether a statement lets SNS invoke the function for whichever topic: it is limited neither to a topic nor to an account.
fn is_for_anybody(statement: &Value) -> bool {
    let is_sns = |name: &Value| {
        name.as_str()
            .is_some_and(|name| name == "*" || name.starts_with("sns."))
    };
    let principal = match &statement["Principal"] {
        Value::Object(kinds) => kinds.values().flat_map(elements).any(is_sns),
        one => is_sns(one),
    };
    let limits = |key: &str, value: &Value| {
        let key = key.to_ascii_lowercase();
        let is_source = [
            "aws:sourcearn",
            "aws:sourceaccount",
            "aws:sourceowner",
            "aws:sourceorgid",
            "aws:principalorgid",
        ]
        .contains(&key.as_str());
        let is_any = |value: &Value| {
            let arn = value.as_str().and_then(|text| text.parse::<Arn>().ok());
            value == "*" || arn.is_some_and(|arn| arn.account == "*")
        };
        is_source && !elements(value).iter().any(is_any)
    };
    let mut conditions = statement["Condition"].as_object().into_iter().flatten();
    let is_limited = conditions.any(|(_, keys)| {
        let mut keys = keys.as_object().into_iter().flatten();
        keys.any(|(key, value)| limits(key, value))
    });
    statement["Effect"] == "Allow" && principal && !is_limited
}

fn anybody_may_invoke(chain: &ChainSnapshot) -> Vec<Occurrence> {
    in_subscribers(chain, |subscriber| {
        let function = subscriber.function.found()?;
        let statements = elements(&function.policy.found()?["Statement"]);
        let open: Vec<&str> = statements
            .iter()
            .filter(|statement| is_for_anybody(statement))
            .filter_map(|statement| statement["Sid"].as_str())
            .collect();
        if open.is_empty() {
            return None;
        }
        let relay = subscriber.relay();
        let is_direct = subscriber.protocol == "lambda";
        let endpoint = match relay.filter(|_| !is_direct) {
            Some(relay) => relay.names.function_arn(),
            None => subscriber.endpoint.clone(),
        };
        let is_ours = |sid: &&str| relay.is_some_and(|relay| relay.names.statement == **sid);
        let allow_again = relay
            .and_then(|relay| redeploy(chain, relay).command().map(str::to_owned))
            .unwrap_or_else(|| add_permission(chain, subscriber));
        // A deploy writes the statement of ddalert anew, unless a buffer triggers the relay: then nothing needs it.
        let is_rewritten = |sid: &&str| is_direct && is_ours(sid);
        let remove = open.iter().filter(|sid| !is_rewritten(sid)).map(|sid| {
            chain.aws(&format!(
                "lambda remove-permission --function-name {endpoint} --statement-id {}",
                shell_words::quote(sid)
            ))
        });
        // Paths are made before they are cut.
        let others_allow = statements.iter().any(|statement| {
            let sid = statement["Sid"].as_str().unwrap_or_default();
            statement["Effect"] == "Allow" && !open.contains(&sid)
        });
        let needs_path = is_direct && (!others_allow || open.iter().any(is_ours));
        let first = needs_path.then_some(allow_again);
        let commands: Vec<String> = first.into_iter().chain(remove).collect();
        Some((
            format!(
                "every topic, of any account, may invoke the function {}: statement {} of its policy",
                resource_name(&endpoint),
                open.join(", ")
            ),
            commands.join(" && "),
        ))
    })
}

fn qualified_relay(chain: &ChainSnapshot) -> Vec<Occurrence> {
    let endpoints: BTreeSet<&str> = chain
        .subscribers()
        .map(|(_, subscriber)| subscriber.endpoint.as_str())
        .collect();
    in_subscribers(chain, |subscriber| {
        let (qualifier, relay) = (subscriber.qualifier.as_ref()?, subscriber.relay()?);
        let unsubscribe = chain.aws(&format!(
            "sns unsubscribe --subscription-arn {}",
            subscriber.arn
        ));
        // Paths are made before they are cut.
        let remedy = match endpoints.contains(relay.names.function_arn().as_str()) {
            true => unsubscribe,
            false => match redeploy(chain, relay) {
                Remedy::Command(deploy) => format!("{deploy} && {unsubscribe}"),
                advice @ Remedy::Advice(_) => return Some((qualified(relay, qualifier), advice)),
            },
        };
        Some((qualified(relay, qualifier), remedy.into()))
    })
}

fn qualified(relay: &RelaySnapshot, qualifier: &str) -> String {
    format!(
        "the topic is subscribed to {qualifier}, a version or an alias of the relay {}",
        relay.names.function
    )
}

/// Returns the command that lets the topic, and no other, invoke a function.
fn add_permission(chain: &ChainSnapshot, subscriber: &SubscriberSnapshot) -> String {
    let policy = subscriber
        .function
        .found()
        .and_then(|function| function.policy.found());
    chain.aws(&format!(
        "lambda add-permission --function-name {} --statement-id {} --action lambda:InvokeFunction --principal sns.amazonaws.com \
         --source-arn {} --source-account {}",
        subscriber.endpoint,
        free_statement_id(chain, policy),
        chain.topic,
        chain.topic.account
    ))
}

/// Returns the id that ddalert gives to its statement, or a similar one that the policy does not have yet.
fn free_statement_id(chain: &ChainSnapshot, policy: Option<&Value>) -> String {
    let id = ResourceNames::new(SMS_TARGET, &chain.topic, chain.account_region(), None).statement;
    let is_taken = |id: &String| {
        policy.is_some_and(|policy| {
            elements(&policy["Statement"])
                .iter()
                .any(|statement| statement["Sid"] == **id)
        })
    };
    let numbered = (2..).map(|number: u32| format!("{id}-{number}"));
    std::iter::once(id.clone())
        .chain(numbered)
        .find(|id| !is_taken(id))
        .unwrap_or(id)
}

#[cfg(test)]
mod tests {
    use crate::chain::checks::tests::*;

    #[test]
    fn dd016_unconfirmed() {
        advises(
            "DD016",
            "whoever reads a@example.org has to open the link",
            |chain| {
                let one = SubscriberSnapshot {
                    protocol: "email".into(),
                    endpoint: "a@example.org".into(),
                    ..SubscriberSnapshot::default()
                };
                *subscriber(chain) = one;
            },
        );
    }

    #[test]
    fn dd017_attribute_scope() {
        finds(
            "DD017",
            "FilterPolicyScope --attribute-value MessageBody",
            |chain| {
                subscription(chain).filter =
                    filter(json!({ "violationEventType": ["in-alarm"] }), false);
            },
        );
        finds("DD017", "FilterPolicy --attribute-value '{}'", |chain| {
            subscription(chain).filter = filter(json!({ "no-such-property": ["x"] }), false);
        });
    }

    #[test]
    fn dd018_all_messages_blocked() {
        finds("DD018", "FilterPolicy", |chain| {
            subscription(chain).filter = filter(json!({ "violationEventType": ["alarm"] }), true)
        });
        for policy in [
            json!({ "securityProfileName": ["Fleet"] }),
            json!({ "no-such-property": ["x"] }),
        ] {
            finds("DD018", "FilterPolicy", |chain| {
                subscription(chain).filter = filter(policy, true)
            });
        }
        finds("DD018", "FilterPolicy", |chain| {
            subscription(chain).filter = filter(json!({ "taskType": [{ "exists": true }] }), true);
            audit(chain).target = None;
            audit(chain).checks.clear();
        });
    }

    #[test]
    fn dd019_some_messages_blocked() {
        advises(
            "DD019",
            "if the filter policy is there on purpose",
            |chain| {
                subscription(chain).filter =
                    filter(json!({ "violationEventType": ["in-alarm", "x"] }), true);
            },
        );
        let mut chain = healthy();
        subscription(&mut chain).filter =
            filter(json!({ "violationEventType": ["in-alarm"] }), true);
        assert_eq!(
            diagnose(&chain),
            [],
            "what --events in-alarm makes is a choice"
        );
    }

    #[test]
    fn dd025_invocation_not_allowed() {
        finds("DD025", DEPLOY, |chain| {
            function(chain).policy = Lookup::Missing
        });
        finds("DD025", "aws lambda add-permission", |chain| {
            subscriber(chain).endpoint =
                "arn:aws:lambda:eu-central-1:123456789012:function:workshop".into();
            function(chain).relay = None;
        });
    }

    #[test]
    fn dd076_anybody_may_invoke() {
        let statement = |sid: &str, condition: Value| {
            json!({ "Sid": sid, "Effect": "Allow", "Principal": { "Service": "sns.amazonaws.com" }, "Action": "lambda:InvokeFunction",
                "Resource": "*", "Condition": condition })
        };
        let ours = names().statement;
        let with = |statements: Vec<Value>| Lookup::Found(json!({ "Statement": statements }));
        finds("DD076", DEPLOY, |chain| {
            function(chain).policy = with(vec![statement(&ours, Value::Null)])
        });
        finds("DD076", "ddalert deploy-slack", |chain| {
            function(chain).policy = with(vec![statement("theirs", Value::Null)])
        });
        let ours_is_right = json!({ "ArnLike": { "AWS:SourceArn": topic().to_string() } });
        finds("DD076", "aws lambda remove-permission", |chain| {
            let any = json!({ "ArnLike": { "AWS:SourceArn": "arn:aws:sns:*:*:*" } });
            function(chain).policy = with(vec![
                statement(&ours, ours_is_right),
                statement("theirs", any),
            ])
        });
        finds("DD076", "aws lambda add-permission", |chain| {
            subscriber(chain).endpoint =
                "arn:aws:lambda:eu-central-1:123456789012:function:workshop".into();
            function(chain).relay = None;
            function(chain).policy = with(vec![statement(&ours, Value::Null)]);
        });
        finds_in(
            healthy_buffered(),
            "DD076",
            &format!(
                "aws lambda remove-permission --function-name {} --statement-id {ours}",
                names().function_arn()
            ),
            |chain| function(chain).policy = with(vec![statement(&ours, Value::Null)]),
        );
        let mut chain = healthy();
        let account = json!({ "StringEquals": { "AWS:SourceAccount": "123456789012" } });
        function(&mut chain).policy = with(vec![statement(&ours, account)]);
        assert_eq!(diagnose(&chain), [], "the topics of one account");
    }

    #[test]
    fn dd077_qualified_relay() {
        finds("DD077", "&& aws sns unsubscribe", |chain| {
            let one = subscriber(chain);
            one.endpoint.push_str(":live");
            one.qualifier = Some("live".into());
            let endpoint = one.endpoint.clone();
            let Lookup::Found(policy) = &mut function(chain).policy else {
                unreachable!("a policy")
            };
            policy["Statement"][0]["Resource"] = endpoint.into();
        });
    }
}
