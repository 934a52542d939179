//! The environment that the function of a relay should have.

use super::relay_spec::RelaySpec;
use super::webhook_version::{fingerprint, generation};
use crate::chain::state::RelayState;
use crate::contract::environment::RelayEnvironment;
use crate::contract::secret_store::{SecretLocation, SecretStore, SecretValue};
use crate::destination::WebhookSecret;
use crate::destination::sms::SMS_TARGET;

/// Returns the environment that fulfils an order.
pub(super) fn wanted_environment(order: &RelaySpec<'_>, have: &RelayState) -> RelayEnvironment {
    let held = have.function.as_ref().map(|function| &function.environment);
    let room = order.target != SMS_TARGET;
    let webhook = room.then(|| {
        let store = order
            .store
            .or_else(|| have.store())
            .unwrap_or(SecretStore::DEFAULT);
        let held_key = held
            .and_then(|environment| environment.webhook.as_ref())
            .and_then(SecretLocation::key);
        SecretLocation::wanted(
            store,
            &order.names.function,
            order.kms_key.or(held_key).unwrap_or_default(),
            wanted_value(order, have, store),
        )
    });
    let held_version = held.and_then(|environment| environment.webhook_version.clone());
    let version = |secret: &WebhookSecret| {
        let fingerprint = fingerprint(order.names, secret);
        match held_version
            .as_deref()
            .and_then(|held| generation(held, &fingerprint))
        {
            // Somebody else changed what is stored, and a relay that was started meanwhile goes on with that.
            Some(generation) if have.known_secret().is_some_and(|stored| stored != secret) => {
                format!("{fingerprint}.{}", generation + 1)
            }
            Some(_) => held_version.clone().unwrap_or(fingerprint),
            None => fingerprint,
        }
    };
    RelayEnvironment {
        target: Some(order.target.to_owned()),
        webhook,
        webhook_version: match (room, order.secret.or_else(|| have.known_secret())) {
            (false, _) => None,
            (true, Some(secret)) => Some(version(secret)),
            (true, None) => held_version.clone(),
        },
        phones: order.phones.to_vec(),
        sms_region: match order.sms_region {
            Some(region) => Some(region.to_owned()),
            None => held.and_then(|environment| environment.sms_region.clone()),
        },
        digest_over: match order.digest_over {
            Some(number) => Some(number.to_string()),
            // What is not a number, which somebody else wrote, keeps the relay from starting.
            None => held
                .and_then(|environment| environment.digest_over.clone())
                .filter(|number| number.trim().parse::<u32>().is_ok()),
        },
        others: held
            .map(|environment| environment.others.clone())
            .unwrap_or_default(),
    }
}

/// The URL that `store` should hold: the one that was given; else, where the store changes, the one that was read from the old
/// store; else whatever it holds.
pub(super) fn wanted_value(
    order: &RelaySpec<'_>,
    have: &RelayState,
    store: SecretStore,
) -> SecretValue {
    match (order.secret, have.known_secret()) {
        (Some(secret), _) => SecretValue::Known(secret.clone()),
        (None, Some(secret)) if have.store() != Some(store) => SecretValue::Known(secret.clone()),
        _ => SecretValue::Unread,
    }
}
