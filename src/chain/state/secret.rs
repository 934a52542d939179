//! The secret of a webhook in a store of its own.

use serde::Serialize;

use super::tags::Tags;
use crate::contract::secret_store::SecretValue;

/// A secret in a store of its own (Secrets Manager or SSM).
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Secret {
    /// Its name in the store.
    pub name: String,
    /// The URL.
    pub value: SecretValue,
    /// Whether it waits for its deletion (Secrets Manager only): its name is taken, its value cannot be read.
    pub pending_deletion: bool,
    /// Our tags.
    pub tags: Tags,
}
