//! Secrets that are pending deletion: AWS says so when their name is used again, the emulator says that they exist.

use std::collections::BTreeSet;

use super::{AwsError, Call, Result};

/// The names of the secrets that can still be restored.
#[derive(Debug, Default)]
pub struct Graveyard(BTreeSet<String>);

impl Graveyard {
    /// Refuses to make a secret whose name is not free yet.
    pub(crate) fn check(&self, call: &Call) -> Result<()> {
        if call.action == "CreateSecret"
            && call.json()["Name"]
                .as_str()
                .is_some_and(|name| self.0.contains(name))
        {
            let message = "You can't create this secret because a secret with this name is already scheduled for deletion.";
            return Err(AwsError::new(400, "InvalidRequestException", message));
        }
        Ok(())
    }

    /// Takes note of a deletion or a restoration.
    pub(crate) fn note(&mut self, call: &Call) {
        let request = call.json();
        let Some(name) = request["SecretId"].as_str().map(name) else {
            return;
        };
        match call.action.as_str() {
            "DeleteSecret" if request["ForceDeleteWithoutRecovery"] != true => self.0.insert(name),
            "DeleteSecret" | "RestoreSecret" => self.0.remove(&name),
            _ => false,
        };
    }
}

/// Returns the name in an ARN, which ends in a hyphen and six random characters, or the name that it is.
fn name(id: &str) -> String {
    let named = id
        .split_once(":secret:")
        .and_then(|(_, rest)| Some(rest.rsplit_once('-')?.0));
    named.unwrap_or(id).to_owned()
}
