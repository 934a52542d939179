//! The webhook URL of each relay: does the relay know its store, does the store have it, and is it a URL?

use serde_json::Value;

use super::check::{Check, FindingSeverity, Occurrence, Remedy};
use super::occurrences::{in_relays, in_relays_to_redeploy};
use super::policy_evaluation::{PolicyDecision, PolicyRequest, evaluate};
use super::remedies::{after_tagging, deploy_relay, enable_key, name_option};
use super::snapshot::{ChainSnapshot, Part, Reading, RelaySnapshot, WebhookRead};
use crate::arn::Arn;
use crate::contract::secret_store::{SecretLocation, SecretStore};
use crate::destination::sms::SMS_TARGET;

pub(super) const CHECKS: &[Check] = &[
    Check {
        code: "DD037",
        severity: FindingSeverity::Error,
        reads: &[Reading::Function],
        title: "The environment of a relay names no webhook URL, or more than one",
        consequence: "the relay does not start: its alerts end up in the failure queue",
        remedy: "`ddalert deploy-TARGET`.",
        part: Part::WebhookUrl,
        find: no_webhook,
    },
    Check {
        code: "DD038",
        severity: FindingSeverity::Error,
        reads: &[Reading::Secret],
        title: "The secret with the webhook URL of a relay does not exist",
        consequence: "the relay cannot read its webhook URL: its alerts end up in the failure queue",
        remedy: "`ddalert deploy-TARGET`.",
        part: Part::WebhookUrl,
        find: secret_missing,
    },
    Check {
        code: "DD039",
        severity: FindingSeverity::Error,
        reads: &[Reading::Secret],
        title: "The secret with the webhook URL of a relay is scheduled for deletion",
        consequence: "the relay cannot read its webhook URL: its alerts end up in the failure queue",
        remedy: "`ddalert deploy-TARGET` restores it.",
        part: Part::WebhookUrl,
        find: secret_being_deleted,
    },
    Check {
        code: "DD040",
        severity: FindingSeverity::Error,
        reads: &[Reading::Secret],
        title: "The environment of a relay names the wrong secret or parameter",
        consequence: "the relay cannot read its webhook URL: its alerts end up in the failure queue",
        remedy: "`ddalert deploy-TARGET`.",
        part: Part::WebhookUrl,
        find: wrong_secret,
    },
    Check {
        code: "DD051",
        severity: FindingSeverity::Error,
        reads: &[Reading::WebhookUrl],
        title: "The webhook URL of a relay cannot be read from its store",
        consequence: "the relay cannot read its webhook URL: its alerts end up in the failure queue",
        remedy: "`ddalert deploy-TARGET --secret-store STORE` moves the webhook URL to another store.",
        part: Part::WebhookUrl,
        find: unreadable,
    },
    Check {
        code: "DD052",
        severity: FindingSeverity::Error,
        reads: &[Reading::WebhookUrl],
        title: "The stored value is not a webhook URL",
        consequence: "the relay cannot deliver: its alerts end up in the failure queue",
        remedy: "`ddalert rotate TARGET`.",
        part: Part::WebhookUrl,
        find: not_a_url,
    },
    Check {
        code: "DD065",
        severity: FindingSeverity::Warning,
        reads: &[Reading::WebhookUrl],
        title: "The stored webhook URL changed after a relay started",
        consequence: "alerts go to the old URL until Lambda restarts the relay",
        remedy: "`ddalert rotate TARGET`.",
        part: Part::WebhookUrl,
        find: changed_since_start,
    },
    Check {
        code: "DD078",
        severity: FindingSeverity::Warning,
        reads: &[Reading::Secret],
        title: "The webhook URL of a relay is a parameter that is not encrypted",
        consequence: "alerts are not affected, but whoever may read parameters reads the webhook URL",
        remedy: "`ddalert deploy-TARGET --secret-store secrets-manager`, then `--secret-store ssm` to have it as an encrypted parameter: the type of a parameter cannot be changed.",
        part: Part::WebhookUrl,
        find: plain_parameter,
    },
    Check {
        code: "DD079",
        severity: FindingSeverity::Warning,
        reads: &[Reading::Secret],
        title: "Secrets Manager rotates the secret with the webhook URL of a relay",
        consequence: "a rotation puts something else in the place of the webhook URL, and the relay cannot deliver",
        remedy: "`aws secretsmanager cancel-rotate-secret --secret-id NAME`.",
        part: Part::WebhookUrl,
        find: rotated_secret,
    },
    Check {
        code: "DD080",
        severity: FindingSeverity::Error,
        reads: &[Reading::Secret, Reading::Role],
        title: "The resource policy of the secret with the webhook URL denies the relay to read it",
        consequence: "the relay cannot read its webhook URL: its alerts end up in the failure queue",
        remedy: "`aws secretsmanager delete-resource-policy --secret-id NAME`: the execution role has all that the relay needs.",
        part: Part::WebhookUrl,
        find: secret_policy_denies,
    },
    Check {
        code: "DD081",
        severity: FindingSeverity::Error,
        reads: &[Reading::WebhookKey, Reading::Role],
        title: "A relay cannot use the KMS key that its webhook URL is encrypted with",
        consequence: "the relay cannot read its webhook URL: its alerts end up in the failure queue",
        remedy: "`aws kms enable-key --key-id KEY` if it is disabled, after `aws kms cancel-key-deletion --key-id KEY` if it is scheduled for deletion; `aws secretsmanager update-secret --secret-id NAME --kms-key-id alias/aws/secretsmanager` for a secret under a key that the relay may not use. What a key policy denies is for the administrator of the key to change.",
        part: Part::WebhookUrl,
        find: key_unusable,
    },
];

fn no_webhook(chain: &ChainSnapshot) -> Vec<Occurrence> {
    in_relays_to_redeploy(chain, |relay| {
        let needs_one = !matches!(relay.target.as_str(), SMS_TARGET | "");
        (needs_one && relay.environment.webhook.is_none()).then(|| {
            format!(
                "the environment of {} names no webhook URL, or more than one",
                relay.names.function
            )
        })
    })
}

fn secret_missing(chain: &ChainSnapshot) -> Vec<Occurrence> {
    in_relays_to_redeploy(chain, |relay| {
        relay.secret.is_missing().then(|| {
            format!(
                "the secret with the webhook URL of {} does not exist",
                relay.names.function
            )
        })
    })
}

fn secret_being_deleted(chain: &ChainSnapshot) -> Vec<Occurrence> {
    in_relays_to_redeploy(chain, |relay| {
        let secret = relay.secret.found()?;
        secret
            .pending_deletion
            .then(|| format!("the secret {} is scheduled for deletion", secret.name))
    })
}

fn wrong_secret(chain: &ChainSnapshot) -> Vec<Occurrence> {
    in_relays_to_redeploy(chain, |relay| {
        let names = &relay.names;
        let webhook = relay.environment.webhook.as_ref()?;
        let is_stored = relay.secret.found().is_some();
        let elsewhere = webhook.points_elsewhere(&names.place, &names.function, is_stored)?;
        Some(format!(
            "the environment of {} names {elsewhere}",
            names.function
        ))
    })
}

fn unreadable(chain: &ChainSnapshot) -> Vec<Occurrence> {
    in_relays(chain, |relay| {
        let WebhookRead::Refused { why } = relay.webhook_read.found()? else {
            return None;
        };
        // DD081 reports a key that is not enabled, DD080 a policy that denies.
        let is_enabled = relay.webhook_key.as_ref().is_none_or(|key| {
            key.unusable
                .as_deref()
                .is_none_or(|state| state == "missing")
        });
        if !is_enabled {
            return None;
        }
        let webhook = relay.environment.webhook.as_ref();
        let store = webhook.map_or(SecretStore::DEFAULT, |webhook| {
            webhook.store().alternative()
        });
        let option = format!(" --secret-store {}", store.name());
        Some((
            format!(
                "the webhook URL of {} cannot be read: {why}",
                relay.names.function
            ),
            deploy_relay(chain, relay, &relay.target, &option),
        ))
    })
}

/// Returns the command that puts another webhook URL in the place of what is stored.
pub(super) fn rotate(chain: &ChainSnapshot, relay: &RelaySnapshot) -> String {
    let RelaySnapshot { target, names, .. } = relay;
    let option = name_option(chain, target, &names.function);
    let rotate = chain.ddalert(&format!("rotate {target}{option}"));
    after_tagging(chain, relay, rotate)
}

fn not_a_url(chain: &ChainSnapshot) -> Vec<Occurrence> {
    in_relays(chain, |relay| {
        (relay.webhook_read.found() == Some(&WebhookRead::NotAUrl)).then(|| {
            let what = format!(
                "the value stored for {} is not a webhook URL",
                relay.names.function
            );
            (what, rotate(chain, relay))
        })
    })
}

fn plain_parameter(chain: &ChainSnapshot) -> Vec<Occurrence> {
    in_relays(chain, |relay| {
        relay.is_plain_parameter.then(|| {
            let target = &relay.target;
            // The type of a parameter cannot be changed, so it is moved away and back (SSM API reference, `PutParameter`).
            let webhook = relay.environment.webhook.as_ref();
            let store = webhook.map_or(SecretStore::DEFAULT, SecretLocation::store);
            let [away, back] = [store.alternative(), store].map(|store| {
                let option = format!(" --secret-store {}", store.name());
                deploy_relay(chain, relay, target, &option)
            });
            let what = format!(
                "the webhook URL of {} is a parameter of the type String, which is not encrypted",
                relay.names.function
            );
            (what, format!("{away} && {back}"))
        })
    })
}

fn rotated_secret(chain: &ChainSnapshot) -> Vec<Occurrence> {
    in_relays(chain, |relay| {
        let name = &relay.secret.found()?.name;
        relay.is_rotated.then(|| {
            let cancel = format!("secretsmanager cancel-rotate-secret --secret-id {name}");
            (
                format!("Secrets Manager rotates the secret {name}"),
                chain.aws(&cancel),
            )
        })
    })
}

/// Returns whether a resource policy denies an action to the role of a relay.
fn denies(chain: &ChainSnapshot, relay: &RelaySnapshot, policy: &Value, action: &str) -> bool {
    let account = chain.topic.account.as_str();
    let role = Arn::iam(
        &chain.topic.partition,
        account,
        &format!("role/{}", relay.role_name),
    );
    let request = PolicyRequest {
        principals: &[&role.to_string(), "*"],
        action,
        resource: None,
        source: "",
        account,
    };
    evaluate(policy, &request) == PolicyDecision::ExplicitDeny
}

fn secret_policy_denies(chain: &ChainSnapshot) -> Vec<Occurrence> {
    in_relays(chain, |relay| {
        let name = &relay.secret.found()?.name;
        let action = "secretsmanager:GetSecretValue";
        denies(chain, relay, &relay.secret_policy, action).then(|| {
            let delete = format!("secretsmanager delete-resource-policy --secret-id {name}");
            (
                format!(
                    "the resource policy of the secret {name} denies {action} to the role {}",
                    relay.role_name
                ),
                chain.aws(&delete),
            )
        })
    })
}

fn key_unusable(chain: &ChainSnapshot) -> Vec<Occurrence> {
    in_relays(chain, |relay| {
        let key = relay.webhook_key.as_ref()?;
        let function = &relay.names.function;
        let id = key.arn.as_deref().unwrap_or(&key.id);
        let what = |why: String| {
            format!("the webhook URL of {function} is encrypted with the KMS key {id}, {why}")
        };
        // A key that does not exist makes DD051: the URL has to be stored elsewhere.
        if let Some(state) = key.unusable.as_deref().filter(|state| *state != "missing") {
            let why = format!("which is in the state {state}");
            return Some((what(why), enable_key(chain, key, state)));
        }
        let policy = key.policy.found()?;
        if denies(chain, relay, policy, "kms:Decrypt") {
            let why = "whose key policy denies kms:Decrypt to its role".to_owned();
            let advice = format!(
                "an administrator of the KMS key {id} has to remove from its key policy the statement that denies kms:Decrypt to the \
                 role {}",
                relay.role_name
            );
            return Some((what(why), Remedy::advice(advice)));
        }
        // The role of a relay may use no key for a secret in Secrets Manager but that of AWS.
        let secret = relay.secret.found()?;
        let webhook = relay.environment.webhook.as_ref()?;
        let aws_key = webhook
            .store()
            .aws_key()
            .filter(|_| uses_own_policy(relay))?;
        let update = format!(
            "secretsmanager update-secret --secret-id {} --kms-key-id {aws_key}",
            secret.name
        );
        let why = "which its role may not use".to_owned();
        Some((what(why), chain.aws(&update).into()))
    })
}

/// Returns whether the role of a relay has the policy of ddalert alone.
fn uses_own_policy(relay: &RelaySnapshot) -> bool {
    relay.other_policies.found().is_some_and(Vec::is_empty)
}

fn changed_since_start(chain: &ChainSnapshot) -> Vec<Occurrence> {
    in_relays(chain, |relay| {
        let names = &relay.names;
        (relay.webhook_read.found() == Some(&WebhookRead::ChangedSinceStart)).then(|| {
            let what = format!(
                "the stored webhook URL of {} changed after the relay started",
                names.function
            );
            (what, rotate(chain, relay))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chain::checks::tests::*;

    #[test]
    fn dd037_no_webhook() {
        finds("DD037", DEPLOY, |chain| {
            relay(chain).environment.webhook = None
        });
    }

    #[test]
    fn dd038_secret_missing() {
        finds("DD038", DEPLOY, |chain| {
            relay(chain).secret = Lookup::Missing
        });
    }

    #[test]
    fn dd039_secret_being_deleted() {
        finds("DD039", DEPLOY, |chain| {
            let Lookup::Found(secret) = &mut relay(chain).secret else {
                unreachable!("a secret")
            };
            secret.pending_deletion = true;
        });
    }

    #[test]
    fn dd040_wrong_secret() {
        finds("DD040", DEPLOY, |chain| {
            relay(chain).environment.webhook =
                Some(SecretLocation::SecretsManager { dangling: true });
        });
    }

    #[test]
    fn dd040_other_parameter() {
        finds("DD040", DEPLOY, |chain| {
            relay(chain).environment.webhook = Some(SecretLocation::Ssm {
                parameter: "/other".into(),
            });
            execution_role(chain).policy = execution_policy(
                &names(),
                "slack",
                Some(&SecretLocation::Ssm {
                    parameter: "/other".into(),
                }),
                Trigger::Sns,
            );
        });
        let mut chain = healthy();
        relay(&mut chain).environment.webhook = Some(SecretLocation::Ssm {
            parameter: names().secret_arn(SecretStore::Ssm).expect("an ARN"),
        });
        execution_role(&mut chain).policy = execution_policy(
            &names(),
            "slack",
            Some(&SecretLocation::Ssm {
                parameter: String::new(),
            }),
            Trigger::Sns,
        );
        assert_eq!(diagnose(&chain), [], "a parameter can be named by its ARN");
    }

    #[test]
    fn dd051_unreadable() {
        finds(
            "DD051",
            "ddalert deploy-slack --secret-store ssm --topic",
            |chain| {
                relay(chain).webhook_read = Lookup::Found(WebhookRead::Refused {
                    why: "the key is disabled".into(),
                });
            },
        );
    }

    #[test]
    fn dd052_not_a_url() {
        finds("DD052", "ddalert rotate slack --topic", |chain| {
            relay(chain).webhook_read = Lookup::Found(WebhookRead::NotAUrl)
        });
    }

    #[test]
    fn dd065_changed_since_start() {
        finds("DD065", "ddalert rotate slack --topic", |chain| {
            relay(chain).webhook_read = Lookup::Found(WebhookRead::ChangedSinceStart)
        });
    }

    #[test]
    fn dd078_plain_parameter() {
        finds(
            "DD078",
            " && ddalert deploy-slack --secret-store secrets-manager --topic",
            |chain| relay(chain).is_plain_parameter = true,
        );
    }

    #[test]
    fn dd079_rotated_secret() {
        finds(
            "DD079",
            "aws secretsmanager cancel-rotate-secret",
            |chain| relay(chain).is_rotated = true,
        );
    }

    #[test]
    fn dd080_secret_policy_denies() {
        finds(
            "DD080",
            "aws secretsmanager delete-resource-policy",
            |chain| {
                relay(chain).secret_policy = json!({ "Statement": { "Effect": "Deny", "Principal": "*", "Action": "secretsmanager:*", "Resource": "*" } });
            },
        );
        let mut chain = healthy();
        relay(&mut chain).secret_policy = json!({ "Statement": { "Effect": "Deny", "Principal": { "AWS": "arn:aws:iam::123456789012:role/other" },
            "Action": "secretsmanager:*", "Resource": "*" } });
        assert_eq!(diagnose(&chain), [], "a policy that denies somebody else");
    }

    #[test]
    fn dd081_key_unusable() {
        let key = |state: Option<&str>, policy: Value| {
            Some(KmsKey {
                id: "k".into(),
                unusable: state.map(str::to_owned),
                policy: Lookup::Found(policy),
                ..KmsKey::default()
            })
        };
        finds("DD081", "aws kms enable-key --key-id k", |chain| {
            relay(chain).webhook_key = key(Some("Disabled"), Value::Null);
            relay(chain).webhook_read = Lookup::Found(WebhookRead::Refused {
                why: "k is disabled".into(),
            });
        });
        finds("DD081", "aws kms cancel-key-deletion --key-id k", |chain| {
            relay(chain).webhook_key = key(Some("PendingDeletion"), Value::Null);
        });
        finds("DD081", "--kms-key-id alias/aws/secretsmanager", |chain| {
            relay(chain).webhook_key = key(None, Value::Null);
        });
        advises("DD081", "an administrator of the KMS key k", |chain| {
            let deny = json!({ "Statement": { "Effect": "Deny", "Principal": "*", "Action": "kms:*", "Resource": "*" } });
            relay(chain).webhook_key = key(None, deny);
        });
    }
}
