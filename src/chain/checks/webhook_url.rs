//! The webhook URL of each relay: does the relay know its store, does the store have it, and is it a URL?

use super::check::{Check, FindingSeverity, Occurrence};
use super::occurrences::{in_relays, in_relays_to_redeploy};
use super::remedies::{name_option, redeploy};
use super::snapshot::{ChainSnapshot, Part, RelaySnapshot, WebhookRead};
use crate::contract::secret_store::SecretStore;
use crate::destination::sms::SMS_TARGET;

pub(super) const CHECKS: &[Check] = &[
    Check {
        code: "DD037",
        severity: FindingSeverity::Error,
        title: "The environment of a relay names no webhook URL, or more than one",
        consequence: "the relay does not start: its alerts end up in the failure queue",
        remedy: "`ddalert deploy-TARGET`.",
        part: Part::WebhookUrl,
        find: no_webhook,
    },
    Check {
        code: "DD038",
        severity: FindingSeverity::Error,
        title: "The secret with the webhook URL of a relay does not exist",
        consequence: "the relay cannot read its webhook URL: its alerts end up in the failure queue",
        remedy: "`ddalert deploy-TARGET`.",
        part: Part::WebhookUrl,
        find: secret_missing,
    },
    Check {
        code: "DD039",
        severity: FindingSeverity::Error,
        title: "The secret with the webhook URL of a relay is scheduled for deletion",
        consequence: "the relay cannot read its webhook URL: its alerts end up in the failure queue",
        remedy: "`ddalert deploy-TARGET` restores it.",
        part: Part::WebhookUrl,
        find: secret_being_deleted,
    },
    Check {
        code: "DD040",
        severity: FindingSeverity::Error,
        title: "The environment of a relay names the wrong secret or parameter",
        consequence: "the relay cannot read its webhook URL: its alerts end up in the failure queue",
        remedy: "`ddalert deploy-TARGET`.",
        part: Part::WebhookUrl,
        find: wrong_secret,
    },
    Check {
        code: "DD051",
        severity: FindingSeverity::Error,
        title: "The webhook URL of a relay cannot be read from its store",
        consequence: "the relay cannot read its webhook URL: its alerts end up in the failure queue",
        remedy: "`ddalert deploy-TARGET --secret-store STORE` moves the webhook URL to another store.",
        part: Part::WebhookUrl,
        find: unreadable,
    },
    Check {
        code: "DD052",
        severity: FindingSeverity::Error,
        title: "The stored value is not a webhook URL",
        consequence: "the relay cannot deliver: its alerts end up in the failure queue",
        remedy: "`ddalert deploy-TARGET`.",
        part: Part::WebhookUrl,
        find: not_a_url,
    },
    Check {
        code: "DD065",
        severity: FindingSeverity::Warning,
        title: "The stored webhook URL changed after a relay started",
        consequence: "alerts go to the old URL until Lambda restarts the relay",
        remedy: "`ddalert rotate TARGET`.",
        part: Part::WebhookUrl,
        find: changed_since_start,
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
        // Under a key that is deleted or disabled, nothing new can be stored either.
        let webhook = relay.environment.webhook.as_ref();
        let store = webhook.map_or(SecretStore::DEFAULT, |webhook| {
            webhook.store().alternative()
        });
        Some((
            format!(
                "the webhook URL of {} cannot be read: {why}",
                relay.names.function
            ),
            format!("{} --secret-store {}", redeploy(chain, relay), store.name()),
        ))
    })
}

fn not_a_url(chain: &ChainSnapshot) -> Vec<Occurrence> {
    in_relays_to_redeploy(chain, |relay| {
        (relay.webhook_read.found() == Some(&WebhookRead::NotAUrl)).then(|| {
            format!(
                "the value stored for {} is not a webhook URL",
                relay.names.function
            )
        })
    })
}

fn changed_since_start(chain: &ChainSnapshot) -> Vec<Occurrence> {
    in_relays(chain, |relay| {
        let RelaySnapshot { target, names, .. } = relay;
        (relay.webhook_read.found() == Some(&WebhookRead::ChangedSinceStart)).then(|| {
            let what = format!(
                "the stored webhook URL of {} changed after the relay started",
                names.function
            );
            let option = name_option(chain, target, &names.function);
            (what, chain.ddalert(&format!("rotate {target}{option}")))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chain::checks::tests::*;
    use crate::contract::secret_store::SecretLocation;

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
            Some(&SecretLocation::Ssm {
                parameter: String::new(),
            }),
            Trigger::Sns,
        );
        assert_eq!(diagnose(&chain), [], "a parameter can be named by its ARN");
    }

    #[test]
    fn dd051_unreadable() {
        finds("DD051", &format!("{DEPLOY} --secret-store ssm"), |chain| {
            relay(chain).webhook_read = Lookup::Found(WebhookRead::Refused {
                why: "the key is disabled".into(),
            });
        });
    }

    #[test]
    fn dd052_not_a_url() {
        finds("DD052", DEPLOY, |chain| {
            relay(chain).webhook_read = Lookup::Found(WebhookRead::NotAUrl)
        });
    }

    #[test]
    fn dd065_changed_since_start() {
        finds("DD065", "ddalert rotate slack --topic", |chain| {
            relay(chain).webhook_read = Lookup::Found(WebhookRead::ChangedSinceStart)
        });
    }
}
