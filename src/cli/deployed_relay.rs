//! Which relay a plan deploys, as plans and answers show it.

use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;

use crate::aws::package::{Package, Source};
use crate::chain::plan::{Change, Plan, Resource};

/// The relay that a plan deploys.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(super) struct DeployedRelay {
    /// `arm64` or `x86_64`.
    architecture: &'static str,
    /// Its file; none if it is built into ddalert.
    file: Option<String>,
    /// The SHA-256 of its zip in base64, as Lambda computes it.
    code_sha256: String,
}

impl DeployedRelay {
    /// Returns the relay, if the plan changes the function's code.
    pub(super) fn of(plan: &Plan, package: Option<&Package>) -> Option<DeployedRelay> {
        let package = package?;
        let deploys_code = |change: &Change| match change {
            Change::Create { part } => matches!(part, Resource::Function(_)),
            Change::Update { part, differs } => {
                matches!(part, Resource::Function(_)) && differs.contains(&"code")
            }
            Change::Remove { .. } | Change::Drain { .. } => false,
        };
        let relay = || DeployedRelay {
            architecture: package.architecture,
            file: match &package.source {
                Source::BuiltIn => None,
                Source::File(path) => Some(path.display().to_string()),
            },
            code_sha256: package.sha256.clone(),
        };
        plan.changes().iter().any(deploys_code).then(relay)
    }
}

impl fmt::Display for DeployedRelay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let source = self.file.as_deref().unwrap_or("built into ddalert");
        write!(f, "Relay: {}, {source}", self.architecture)
    }
}
