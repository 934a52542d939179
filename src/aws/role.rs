//! The execution role of a relay and its one inline policy.

use std::collections::BTreeMap;

use aws_sdk_iam::types::Tag;

use super::scope::{ReadScope, document, ours};
use super::{AwsError, Clients};
use crate::chain::policy::{INLINE_POLICY, PUBLISH_POLICY, STATUS_POLICY};
use crate::chain::state::{Role, Tags};

/// What a role of ours is for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Purpose {
    /// The name of its one inline policy.
    policy: &'static str,
    description: &'static str,
}

/// The execution role of a relay.
pub(super) const RELAY: Purpose = Purpose {
    policy: INLINE_POLICY,
    description: "Lets a ddalert relay read its webhook URL, write its log and keep what it could not deliver",
};
/// The role by which Device Defender publishes.
pub(super) const PUBLISH: Purpose = Purpose {
    policy: PUBLISH_POLICY,
    description: "Lets AWS IoT Device Defender publish alerts to one SNS topic",
};
/// The role by which SNS logs what carriers answer.
pub(super) const STATUS: Purpose = Purpose {
    policy: STATUS_POLICY,
    description: "Lets Amazon SNS log what carriers answer to text messages",
};

/// Returns the execution role as it is.
pub(super) async fn observe(
    clients: &Clients,
    scope: &ReadScope<'_>,
) -> Result<Option<(Role, bool)>, AwsError> {
    get(clients, &scope.names.role, RELAY).await
}

/// Returns a role as it is, and whether it is ours.
pub(super) async fn get(
    clients: &Clients,
    name: &str,
    purpose: Purpose,
) -> Result<Option<(Role, bool)>, AwsError> {
    let doing = || format!("looking at the role {name}");
    let role = match clients.iam.get_role().role_name(name).send().await {
        Ok(answer) => answer.role,
        Err(error)
            if error
                .as_service_error()
                .is_some_and(|error| error.is_no_such_entity_exception()) =>
        {
            None
        }
        Err(error) => return Err(AwsError::of("iam:GetRole", doing(), error)),
    };
    let Some(role) = role else { return Ok(None) };
    let policy = match clients
        .iam
        .get_role_policy()
        .role_name(name)
        .policy_name(purpose.policy)
        .send()
        .await
    {
        Ok(answer) => encoded_document(answer.policy_document()),
        Err(error)
            if error
                .as_service_error()
                .is_some_and(|error| error.is_no_such_entity_exception()) =>
        {
            serde_json::Value::Null
        }
        Err(error) => return Err(AwsError::of("iam:GetRolePolicy", doing(), error)),
    };
    let tags: BTreeMap<String, String> = role
        .tags()
        .iter()
        .map(|tag| (tag.key().to_owned(), tag.value().to_owned()))
        .collect();
    let (tags, is_ours) = ours(&tags);
    let trust = role
        .assume_role_policy_document()
        .map(encoded_document)
        .unwrap_or_default();
    Ok(Some((
        Role {
            name: name.to_owned(),
            trust,
            policy,
            tags,
        },
        is_ours,
    )))
}

/// Returns every tag of a role.
pub(super) async fn tags_of(
    clients: &Clients,
    name: &str,
) -> Result<Option<BTreeMap<String, String>>, AwsError> {
    match clients.iam.list_role_tags().role_name(name).send().await {
        Ok(answer) => Ok(Some(
            answer
                .tags()
                .iter()
                .map(|tag| (tag.key().to_owned(), tag.value().to_owned()))
                .collect(),
        )),
        Err(error)
            if error
                .as_service_error()
                .is_some_and(|error| error.is_no_such_entity_exception()) =>
        {
            Ok(None)
        }
        Err(error) => Err(AwsError::of(
            "iam:ListRoleTags",
            format!("looking at the tags of the role {name}"),
            error,
        )),
    }
}

/// Returns the trust policy of any role.
pub(super) async fn trust(
    clients: &Clients,
    name: &str,
) -> Result<Option<serde_json::Value>, AwsError> {
    match clients.iam.get_role().role_name(name).send().await {
        Ok(answer) => Ok(Some(
            answer
                .role()
                .and_then(|role| role.assume_role_policy_document())
                .map(encoded_document)
                .unwrap_or_default(),
        )),
        Err(error)
            if error
                .as_service_error()
                .is_some_and(|error| error.is_no_such_entity_exception()) =>
        {
            Ok(None)
        }
        Err(error) => Err(AwsError::of(
            "iam:GetRole",
            format!("looking at the role {name}"),
            error,
        )),
    }
}

/// Returns the policies that a role has besides ours: attached ones by ARN, inline ones by name.
pub(super) async fn other_policies(
    clients: &Clients,
    name: &str,
    purpose: Purpose,
) -> Result<Vec<String>, AwsError> {
    let doing = || format!("looking at the policies of the role {name}");
    let mut pages = clients
        .iam
        .list_attached_role_policies()
        .role_name(name)
        .into_paginator()
        .send();
    let mut others = Vec::new();
    while let Some(page) = pages.next().await {
        let page =
            page.map_err(|error| AwsError::of("iam:ListAttachedRolePolicies", doing(), error))?;
        others.extend(
            page.attached_policies()
                .iter()
                .filter_map(|policy| policy.policy_arn().map(str::to_owned)),
        );
    }
    let mut pages = clients
        .iam
        .list_role_policies()
        .role_name(name)
        .into_paginator()
        .send();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| AwsError::of("iam:ListRolePolicies", doing(), error))?;
        others.extend(
            page.policy_names()
                .iter()
                .filter(|inline| *inline != purpose.policy)
                .cloned(),
        );
    }
    Ok(others)
}

/// Makes the role with its policy.
pub(super) async fn create(
    clients: &Clients,
    role: &Role,
    purpose: Purpose,
) -> Result<(), AwsError> {
    let create = clients
        .iam
        .create_role()
        .role_name(&role.name)
        .assume_role_policy_document(role.trust.to_string())
        .description(purpose.description)
        .set_tags(Some(tags(&role.tags)?));
    create.send().await.map_err(|error| {
        AwsError::of(
            "iam:CreateRole",
            format!("creating the role {}", role.name),
            error,
        )
    })?;
    put_policy(clients, role, purpose).await
}

/// Brings the role to its wanted state.
pub(super) async fn update(
    clients: &Clients,
    role: &Role,
    differs: &[&str],
    purpose: Purpose,
) -> Result<(), AwsError> {
    let name = &role.name;
    if differs.contains(&"trust") {
        let update = clients
            .iam
            .update_assume_role_policy()
            .role_name(name)
            .policy_document(role.trust.to_string())
            .send()
            .await;
        update.map_err(|error| {
            AwsError::of(
                "iam:UpdateAssumeRolePolicy",
                format!("updating the trust policy of the role {name}"),
                error,
            )
        })?;
    }
    if differs.contains(&"policy") {
        put_policy(clients, role, purpose).await?;
    }
    if differs.contains(&"tags") {
        let tag = clients
            .iam
            .tag_role()
            .role_name(name)
            .set_tags(Some(tags(&role.tags)?))
            .send()
            .await;
        tag.map_err(|error| {
            AwsError::of("iam:TagRole", format!("tagging the role {name}"), error)
        })?;
    }
    Ok(())
}

async fn put_policy(clients: &Clients, role: &Role, purpose: Purpose) -> Result<(), AwsError> {
    let put = clients
        .iam
        .put_role_policy()
        .role_name(&role.name)
        .policy_name(purpose.policy)
        .policy_document(role.policy.to_string());
    put.send().await.map_err(|error| {
        AwsError::of(
            "iam:PutRolePolicy",
            format!("writing the policy of the role {}", role.name),
            error,
        )
    })?;
    Ok(())
}

/// Removes the role with its policy. What somebody else attached to it makes IAM refuse, and that is said.
pub(super) async fn remove(
    clients: &Clients,
    role: &Role,
    purpose: Purpose,
) -> Result<(), AwsError> {
    let name = &role.name;
    match clients
        .iam
        .delete_role_policy()
        .role_name(name)
        .policy_name(purpose.policy)
        .send()
        .await
    {
        Ok(_) => {}
        Err(error)
            if error
                .as_service_error()
                .is_some_and(|error| error.is_no_such_entity_exception()) => {}
        Err(error) => {
            return Err(AwsError::of(
                "iam:DeleteRolePolicy",
                format!("removing the policy of the role {name}"),
                error,
            ));
        }
    }
    match clients.iam.delete_role().role_name(name).send().await {
        Ok(_) => Ok(()),
        Err(error)
            if error
                .as_service_error()
                .is_some_and(|error| error.is_no_such_entity_exception()) =>
        {
            Ok(())
        }
        Err(error) => Err(AwsError::of(
            "iam:DeleteRole",
            format!("removing the role {name}"),
            error,
        )),
    }
}

fn tags(tags: &Tags) -> Result<Vec<Tag>, AwsError> {
    tags.iter()
        .map(|(key, value)| {
            Tag::builder()
                .key(key)
                .value(value)
                .build()
                .map_err(|error| AwsError::local("tagging the role", error))
        })
        .collect()
}

/// IAM returns its documents percent-encoded (RFC 3986).
fn encoded_document(text: &str) -> serde_json::Value {
    document(&percent_encoding::percent_decode_str(text).decode_utf8_lossy())
}
