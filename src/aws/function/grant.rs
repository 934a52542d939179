//! The grant by which a function's role may use the key of its environment. Lambda makes it for the role as it is at the moment:
//! one that is removed and made again under its name is another principal, for which every start of the function ends in
//! `KMSAccessDeniedException`, with an empty log. AWS's cure is to give the function another role, and then its own again.

use aws_sdk_lambda::types::FunctionConfiguration;
use futures_util::future::try_join;
use jiff::Timestamp;
use jiff::fmt::strtime;
use serde_json::Value;

use super::wait_until_ready;
use crate::aws::response::Response;
use crate::aws::retry::retry_transient;
use crate::aws::role::{self, RELAY};
use crate::aws::{AwsError, Clients};
use crate::chain::names::ResourceNames;
use crate::chain::rules::DEFAULT_PATH;
use crate::chain::state::{Function, Role, Tags};

/// Returns whether the role is newer than the last change of the function, so that the function's grant is for an earlier role of the
/// same name. Both times are compared in seconds, as IAM gives them; where one is not known, nothing is said.
pub(in crate::aws) fn is_outdated(configuration: &FunctionConfiguration, role: &Role) -> bool {
    let modified = configuration.last_modified().and_then(seconds);
    let is_own = configuration
        .role()
        .is_some_and(|arn| crate::arn::resource_name(arn) == role.name);
    match (role.created, modified) {
        (Some(created), Some(modified)) => is_own && created > modified,
        _ => false,
    }
}

/// Reads a time as Lambda writes it (ISO 8601: `2026-11-25T09:00:00.123+0000`), in seconds since 1970.
fn seconds(text: &str) -> Option<i64> {
    let lambdas = || {
        strtime::parse("%Y-%m-%dT%H:%M:%S%.f%z", text)
            .ok()?
            .to_timestamp()
            .ok()
    };
    let time = text.parse::<Timestamp>().ok().or_else(lambdas)?;
    Some(time.as_second())
}

/// Renews the grant: the function gets a role that is made for this and may do the same, and then its own again.
///
/// # Errors
/// A call fails. The function then has one of the two roles, and the next run goes on from there.
pub(super) async fn renew(
    clients: &Clients,
    names: &ResourceNames,
    function: &Function,
) -> Result<(), AwsError> {
    let task = format!("reading the role {}", names.role);
    let own = role::get(clients, &names.role, RELAY).await?;
    let Some((own, _)) = own else {
        let why = "the role no longer exists";
        return Err(AwsError::refused("iam:GetRole", task, "NoSuchEntity", why));
    };
    let between = Role {
        name: names.renewal_role(),
        ..own
    };
    role::create(clients, &between, RELAY).await?;
    let between_arn = names.place.role_arn_at(&between.path, &between.name);
    set_role(clients, &function.name, &between_arn).await?;
    set_role(clients, &function.name, &function.role_arn).await?;
    role::remove(clients, &between, RELAY).await
}

async fn set_role(clients: &Clients, name: &str, role_arn: &str) -> Result<(), AwsError> {
    retry_transient(|| async {
        let update = clients
            .lambda
            .update_function_configuration()
            .function_name(name)
            .role(role_arn);
        update.send().await.or_error(
            "lambda:UpdateFunctionConfiguration",
            format!("changing the role of the function {name}"),
        )
    })
    .await?;
    wait_until_ready(clients, name).await
}

/// Removes the role that an interrupted renewal left behind, if there is one.
///
/// # Errors
/// IAM refuses.
pub(super) async fn remove_leftover(
    clients: &Clients,
    names: &ResourceNames,
) -> Result<(), AwsError> {
    // Of a role that is removed, only the name matters.
    let between = Role {
        name: names.renewal_role(),
        path: DEFAULT_PATH.to_owned(),
        boundary: None,
        created: None,
        trust: Value::Null,
        policy: Value::Null,
        tags: Tags::new(),
    };
    role::remove(clients, &between, RELAY).await
}

/// Removes a relay's role, and with it one that an interrupted renewal left behind.
///
/// # Errors
/// IAM refuses.
pub(in crate::aws) async fn remove_roles(
    clients: &Clients,
    names: &ResourceNames,
    role: &Role,
) -> Result<(), AwsError> {
    let own = role::remove(clients, role, RELAY);
    try_join(own, remove_leftover(clients, names)).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn role(created: Option<i64>) -> Role {
        Role {
            name: "r".to_owned(),
            path: "/".to_owned(),
            boundary: None,
            created,
            trust: serde_json::Value::Null,
            policy: serde_json::Value::Null,
            tags: [].into(),
        }
    }

    #[test]
    fn a_role_that_is_newer_than_the_function_has_no_grant() {
        let at = |text: &str, role: &str| {
            FunctionConfiguration::builder()
                .last_modified(text)
                .role(role)
                .build()
        };
        let ours = "arn:aws:iam::123456789012:role/path/r";
        let modified = at("2026-11-25T09:00:00.900+0000", ours);
        let second = seconds("2026-11-25T09:00:00Z").expect("a time");
        for (created, outdated) in [(-60, false), (0, false), (1, true), (3600, true)] {
            let role = role(Some(second + created));
            assert_eq!(is_outdated(&modified, &role), outdated, "{created}");
        }
        let newer = role(Some(second + 60));
        let other = at(
            "2026-11-25T09:00:00.900+0000",
            "arn:aws:iam::123456789012:role/other",
        );
        assert!(!is_outdated(&other, &newer), "another role");
        assert!(!is_outdated(&at("soon", ours), &newer), "no time");
        assert!(!is_outdated(&modified, &role(None)));
    }
}
