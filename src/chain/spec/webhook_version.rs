//! The version of a webhook URL in the environment of a relay: another one makes Lambda start the relay anew.

use sha2::{Digest, Sha256};

use crate::chain::names::ResourceNames;
use crate::destination::WebhookSecret;

/// Returns how often the relay was started anew for the same URL, where the version is of the URL of this fingerprint.
pub(super) fn generation(version: &str, fingerprint: &str) -> Option<u32> {
    match version.strip_prefix(fingerprint)? {
        "" => Some(0),
        counted => counted.strip_prefix('.')?.parse().ok(),
    }
}

/// Returns whether the version that a relay was started with is of this URL; one that has none was started with any.
pub fn is_started_with(
    names: &ResourceNames,
    version: Option<&str>,
    secret: &WebhookSecret,
) -> bool {
    version.is_none_or(|version| generation(version, &fingerprint(names, secret)).is_some())
}

/// Returns the environment's `webhook_version`: a few characters that change when the secret does, and from which it cannot be
/// found.
pub(super) fn fingerprint(names: &ResourceNames, secret: &WebhookSecret) -> String {
    let mut hash = Sha256::new();
    hash.update(names.function_arn());
    hash.update(secret.to_stored());
    hash.finalize()
        .iter()
        .take(8)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
