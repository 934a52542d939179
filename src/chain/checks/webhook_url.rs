//! The webhook URL of each relay: does the relay know where it is, is it there, and is it one?

use super::remedies::{deploy, named, relays, relays_with};
use super::snapshot::{ChainSnapshot, RelaySnapshot, SecretReading};
use super::{Check, FindingSeverity, Occurrence, Part};
use crate::contract::secret_store::SecretStore;
use crate::destination::sms::SMS_TARGET;

pub(super) const CHECKS: &[Check] = &[
    Check {
        code: "DD037",
        severity: FindingSeverity::Error,
        title: "A relay does not know where its webhook URL is",
        consequence: "the relay does not start: its alerts end in the failure queue",
        part: Part::WebhookUrl,
        look: no_webhook,
    },
    Check {
        code: "DD038",
        severity: FindingSeverity::Error,
        title: "The secret with the webhook URL of a relay is not there",
        consequence: "the relay cannot read its webhook URL: its alerts end in the failure queue",
        part: Part::WebhookUrl,
        look: secret_missing,
    },
    Check {
        code: "DD039",
        severity: FindingSeverity::Error,
        title: "The secret with the webhook URL of a relay waits for its deletion",
        consequence: "the relay cannot read its webhook URL: its alerts end in the failure queue",
        part: Part::WebhookUrl,
        look: secret_being_deleted,
    },
    Check {
        code: "DD040",
        severity: FindingSeverity::Error,
        title: "A relay names a secret that is not the present one",
        consequence: "the relay cannot read its webhook URL: its alerts end in the failure queue",
        part: Part::WebhookUrl,
        look: secret_dangling,
    },
    Check {
        code: "DD051",
        severity: FindingSeverity::Error,
        title: "The store does not hand out the webhook URL of a relay",
        consequence: "the relay cannot read its webhook URL: its alerts end in the failure queue",
        part: Part::WebhookUrl,
        look: secret_refused,
    },
    Check {
        code: "DD052",
        severity: FindingSeverity::Error,
        title: "What is stored as the webhook URL of a relay is none",
        consequence: "the relay cannot deliver: its alerts end in the failure queue",
        part: Part::WebhookUrl,
        look: secret_not_a_url,
    },
    Check {
        code: "DD065",
        severity: FindingSeverity::Warning,
        title: "The stored webhook URL is another than the one that a relay was started with",
        consequence: "until Lambda starts the relay anew, alerts go on to the old URL",
        part: Part::WebhookUrl,
        look: not_started_with,
    },
];

fn no_webhook(chain: &ChainSnapshot) -> Vec<Occurrence> {
    relays(chain, |relay| {
        (!matches!(relay.target.as_str(), SMS_TARGET | "") && relay.environment.webhook.is_none())
            .then(|| {
                format!(
                    "the environment of {} names no webhook URL, or more than one",
                    relay.names.function
                )
            })
    })
}

fn secret_missing(chain: &ChainSnapshot) -> Vec<Occurrence> {
    relays(chain, |relay| {
        relay
            .secret
            .is_missing()
            .then(|| format!("the webhook URL of {} is not stored", relay.names.function))
    })
}

fn secret_being_deleted(chain: &ChainSnapshot) -> Vec<Occurrence> {
    relays(chain, |relay| {
        let secret = relay.secret.found()?;
        secret
            .pending_deletion
            .then(|| format!("the secret {} waits for its deletion", secret.name))
    })
}

fn secret_dangling(chain: &ChainSnapshot) -> Vec<Occurrence> {
    relays(chain, |relay| {
        let names = &relay.names;
        let webhook = relay.environment.webhook.as_ref()?;
        let is_stored = relay.secret.found().is_some();
        let elsewhere = webhook.points_elsewhere(&names.place, &names.function, is_stored)?;
        Some(format!("{} names {elsewhere}", names.function))
    })
}

fn secret_refused(chain: &ChainSnapshot) -> Vec<Occurrence> {
    relays_with(chain, |relay| {
        let SecretReading::Refused { why } = relay.reading.found()? else {
            return None;
        };
        // Under a key that is gone or disabled nothing new can be stored either.
        let store = relay
            .environment
            .webhook
            .as_ref()
            .map_or(SecretStore::DEFAULT, |webhook| {
                webhook.store().alternative()
            });
        let again = deploy(chain, relay);
        Some((
            format!(
                "the webhook URL of {} cannot be read: {why}",
                relay.names.function
            ),
            format!("{again} --secret-store {}", store.name()),
        ))
    })
}

fn secret_not_a_url(chain: &ChainSnapshot) -> Vec<Occurrence> {
    relays(chain, |relay| {
        (relay.reading.found() == Some(&SecretReading::NotAUrl)).then(|| {
            format!(
                "what is stored as the webhook URL of {} is none",
                relay.names.function
            )
        })
    })
}

fn not_started_with(chain: &ChainSnapshot) -> Vec<Occurrence> {
    relays_with(chain, |relay| {
        let RelaySnapshot { target, names, .. } = relay;
        (relay.reading.found() == Some(&SecretReading::NotStartedWith)).then(|| {
            let what = format!(
                "what is stored as the webhook URL of {} was changed since it was started",
                names.function
            );
            (
                what,
                chain.ddalert(&format!(
                    "rotate {target}{}",
                    named(chain, target, &names.function)
                )),
            )
        })
    })
}
