//! Refuses a role that was given with `--role` and does not fit, before anything is changed.

use super::context::Context;
use super::error::CliError;
use crate::aws::given_role::{GivenRole, Need, check, policy_exists};
use crate::aws::{AwsErrorKind, Clients};
use crate::chain::rules::{AccountRules, RoleChoice};

/// Checks the permissions boundary and the role that were given. What may not be read does not stop the run.
///
/// # Errors
/// One of them does not exist; or the role cannot be assumed by the service, or may not do what is needed.
pub(super) async fn check_given(
    context: &Context,
    clients: &Clients,
    rules: &AccountRules,
    need: &Need<'_>,
) -> Result<(), CliError> {
    check_boundary(context, clients, rules).await?;
    match &rules.role {
        RoleChoice::Given(arn) => check_role(context, clients, arn, need).await,
        RoleChoice::Keep | RoleChoice::Own => Ok(()),
    }
}

/// Checks that the permissions boundary exists.
///
/// # Errors
/// It does not.
pub(super) async fn check_boundary(
    context: &Context,
    clients: &Clients,
    rules: &AccountRules,
) -> Result<(), CliError> {
    let Some(boundary) = &rules.boundary else {
        return Ok(());
    };
    match policy_exists(clients, boundary).await {
        Ok(true) => Ok(()),
        Ok(false) => Err(CliError::failed(format!("there is no policy {boundary}"))
            .because("a permissions boundary is a policy that exists; nothing was changed")
            .hint(format!(
                "check the ARN: {}",
                clients
                    .command_place()
                    .aws_global("iam list-policies --scope Local --query 'Policies[].Arn'")
            ))),
        Err(error) if matches!(error.kind, AwsErrorKind::AccessDenied { .. }) => {
            context
                .ui
                .detail(format_args!("not checked: {}", error.task));
            Ok(())
        }
        Err(error) => Err(error.into()),
    }
}

/// Checks a role that somebody else made.
///
/// # Errors
/// As [`check_given`].
pub(super) async fn check_role(
    context: &Context,
    clients: &Clients,
    arn: &str,
    need: &Need<'_>,
) -> Result<(), CliError> {
    let progress = context.ui.progress("Checking the role");
    let GivenRole {
        missing,
        distrusts,
        denied,
        unsure,
        unchecked,
    } = check(clients, arn, need).await?;
    drop(progress);
    let service = need.service;
    if missing {
        return Err(CliError::failed(format!("there is no role {arn}"))
            .because("a role that is named with --role is used, not created; nothing was changed")
            .hint(
                "check the ARN (with its path), or leave the option out to have ddalert create a role",
            ));
    }
    if distrusts {
        return Err(CliError::failed(format!("{service} cannot assume the role {arn}"))
            .because("its trust policy does not allow that; nothing was changed")
            .hint(format!(
                "whoever manages the role must add to its trust policy: {{\"Effect\":\"Allow\",\"Principal\":{{\"Service\":\"{service}\"}},\"Action\":\"sts:AssumeRole\"}}"
            )));
    }
    if !denied.is_empty() {
        return Err(CliError::failed(format!("the role {arn} lacks permissions that are needed"))
            .because(format!(
                "IAM's policy simulator says that it may not: {}; nothing was changed",
                denied.join("; ")
            ))
            .hint("whoever manages the role must allow these actions (docs/permissions.md has the whole policy of such a role)"));
    }
    if !unsure.is_empty() {
        context.ui.warn(format_args!(
            "the role {arn} may lack permissions: its own policies do not allow {}, unless the policy of the resource does",
            unsure.join("; ")
        ));
    }
    for unchecked in unchecked {
        context
            .ui
            .warn(format_args!("the role {arn} was not checked: {unchecked}"));
    }
    Ok(())
}
