//! Options with which a person says what the account's owners demand of what is created: `--permissions-boundary`, `--role-path`,
//! `--tag` and `--role`.

use clap::Args;

use crate::arn::AccountRegion;
use crate::chain::rules::{self, AccountRules, InvalidRule, RoleChoice};
use crate::chain::state::{RelayState, Role};
use crate::cli::error::CliError;

/// The word for a role that ddalert makes, in place of an ARN.
const OWN: &str = "own";

/// Options about what is created.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct RulesInput {
    /// The policy that limits every role that ddalert creates [default: what the role has]
    #[arg(long, value_name = "ARN", help_heading = "Rules of the account")]
    permissions_boundary: Option<String>,
    /// The path of the roles that ddalert creates, such as /teams/iot/ [default: what the role has, else /]
    #[arg(
        long,
        value_name = "PATH",
        value_parser = rules::role_path,
        help_heading = "Rules of the account"
    )]
    role_path: Option<String>,
    /// A tag of everything that takes tags (repeatable)
    #[arg(
        long = "tag",
        value_name = "KEY=VALUE",
        value_parser = rules::tag,
        help_heading = "Rules of the account"
    )]
    tags: Vec<(String, String)>,
    /// Use this role, which somebody else made, in place of one that ddalert creates; own: go back to one that ddalert creates
    #[arg(
        long,
        value_name = "ARN|own",
        conflicts_with_all = ["permissions_boundary", "role_path"],
        help_heading = "Rules of the account"
    )]
    role: Option<String>,
}

impl RulesInput {
    /// Returns whether a role was named that somebody else made.
    pub(crate) fn gives_role(&self) -> bool {
        self.role.as_deref().is_some_and(|role| role != OWN)
    }

    /// Checks what was given against the account that it is for.
    ///
    /// # Errors
    /// A usage error: an ARN is not one of this account, or the tags are not distinct.
    pub(crate) fn rules(&self, place: &AccountRegion) -> Result<AccountRules, CliError> {
        let read = || {
            let boundary = self.permissions_boundary.as_deref();
            let role = match self.role.as_deref() {
                None => RoleChoice::Keep,
                Some(OWN) => RoleChoice::Own,
                Some(arn) => RoleChoice::Given(rules::role(arn, place)?),
            };
            Ok(AccountRules {
                boundary: boundary
                    .map(|arn| rules::boundary(arn, place))
                    .transpose()?,
                path: self.role_path.clone(),
                tags: rules::tags(&self.tags)?,
                role,
            })
        };
        read().map_err(|error: InvalidRule| {
            CliError::usage(error.to_string()).hint("nothing was changed; correct the option")
        })
    }
}

/// Refuses another path than the one that a role has.
///
/// # Errors
/// IAM cannot change the path of a role.
pub(crate) fn check_path(rules: &AccountRules, have: Option<&Role>) -> Result<(), CliError> {
    match (rules.other_path(have), have) {
        (Some(held), Some(role)) => Err(CliError::usage(format!(
            "the role {} exists with the path {held}",
            role.name
        ))
        .because("IAM cannot change the path of a role; nothing was changed")
        .hint("leave --role-path out, or remove what uses the role first and run the same command again")),
        _ => Ok(()),
    }
}

/// Refuses a path for the execution role that a relay uses no more or not at all.
///
/// # Errors
/// As [`check_path`]; or a boundary or path is demanded of a role that somebody else made.
pub(crate) fn check_relay(rules: &AccountRules, have: &RelayState) -> Result<(), CliError> {
    let demands = rules.boundary.is_some() || rules.path.is_some();
    match have.given_role() {
        Some(role) if demands && rules.role == RoleChoice::Keep => Err(CliError::usage(format!(
            "the relay uses the role {role}, which ddalert did not make and does not change"
        ))
        .hint("leave --permissions-boundary and --role-path out")),
        _ => check_path(rules, have.role.as_ref()),
    }
}
