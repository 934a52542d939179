//! The IAM roles that ddalert makes, each with one inline policy: a relay's, Device Defender's, and SNS's for its delivery logs.

use std::collections::BTreeMap;

use aws_sdk_iam::types::Tag;
use futures_util::future::{join, try_join};
use serde_json::Value;

use super::response::{Response, created};
use super::retry::retry_transient;
use super::scope::ReadScope;
use super::tags::{managed_tags, parse_json};
use super::{AwsError, Clients};
use crate::chain::policy::{INLINE_POLICY, PUBLISH_POLICY, STATUS_POLICY};
use crate::chain::state::{Role, Tags, holds_all};

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
/// The role by which SNS logs whether carriers delivered text messages.
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

/// Returns a role as it is, and whether ddalert manages it.
pub(super) async fn get(
    clients: &Clients,
    name: &str,
    purpose: Purpose,
) -> Result<Option<(Role, bool)>, AwsError> {
    let get_role = clients.iam.get_role().role_name(name);
    let get_policy = clients
        .iam
        .get_role_policy()
        .role_name(name)
        .policy_name(purpose.policy);
    let (role, policy) = join(get_role.send(), get_policy.send()).await;
    let role = role.or_missing("iam:GetRole", format!("reading the role {name}"))?;
    let Some(role) = role.and_then(|found| found.role) else {
        return Ok(None);
    };
    let policy = policy.or_missing(
        "iam:GetRolePolicy",
        format!("reading the policy of the role {name}"),
    )?;
    let tags: BTreeMap<String, String> = role
        .tags()
        .iter()
        .map(|tag| (tag.key().to_owned(), tag.value().to_owned()))
        .collect();
    let (tags, is_ours) = managed_tags(&tags);
    let trust = role.assume_role_policy_document();
    let boundary = role
        .permissions_boundary()
        .and_then(|boundary| boundary.permissions_boundary_arn());
    let role = Role {
        name: name.to_owned(),
        path: role.path().to_owned(),
        boundary: boundary.map(str::to_owned),
        created: Some(role.create_date().secs()),
        trust: trust.map(decode_document).unwrap_or_default(),
        policy: policy.map_or(Value::Null, |found| {
            decode_document(found.policy_document())
        }),
        tags,
    };
    Ok(Some((role, is_ours)))
}

/// Returns every tag of a role.
pub(super) async fn tags_of(
    clients: &Clients,
    name: &str,
) -> Result<Option<BTreeMap<String, String>>, AwsError> {
    let list = clients.iam.list_role_tags().role_name(name);
    let found = list.send().await.or_missing(
        "iam:ListRoleTags",
        format!("reading the tags of the role {name}"),
    )?;
    Ok(found.map(|found| {
        let tags = found.tags().iter();
        tags.map(|tag| (tag.key().to_owned(), tag.value().to_owned()))
            .collect()
    }))
}

/// Returns the trust policy of any role, and the ARN of its permissions boundary, if it has one.
pub(super) async fn trust(
    clients: &Clients,
    name: &str,
) -> Result<Option<(Value, Option<String>)>, AwsError> {
    let get = clients.iam.get_role().role_name(name);
    let found = get
        .send()
        .await
        .or_missing("iam:GetRole", format!("reading the role {name}"))?;
    Ok(found.map(|found| {
        let role = found.role();
        let trust = role
            .and_then(|role| role.assume_role_policy_document())
            .map(decode_document)
            .unwrap_or_default();
        let boundary = role
            .and_then(|role| role.permissions_boundary())
            .and_then(|boundary| boundary.permissions_boundary_arn());
        (trust, boundary.map(str::to_owned))
    }))
}

/// Returns the policies that a role has besides ddalert's: attached ones by ARN, inline ones by name; `None` if the role is not
/// there.
pub(super) async fn other_policies(
    clients: &Clients,
    name: &str,
    purpose: Purpose,
) -> Result<Option<Vec<String>>, AwsError> {
    let task = format!("reading the policies of the role {name}");
    let attached = async {
        let list = clients.iam.list_attached_role_policies().role_name(name);
        let all: Result<Vec<_>, _> = list.into_paginator().items().send().collect().await;
        all.or_missing("iam:ListAttachedRolePolicies", task.as_str())
    };
    let inline = async {
        let list = clients.iam.list_role_policies().role_name(name);
        let all: Result<Vec<_>, _> = list.into_paginator().items().send().collect().await;
        all.or_missing("iam:ListRolePolicies", task.as_str())
    };
    let (Some(attached), Some(inline)) = try_join(attached, inline).await? else {
        return Ok(None);
    };
    let attached = attached.into_iter().filter_map(|policy| policy.policy_arn);
    let inline = inline.into_iter().filter(|name| *name != purpose.policy);
    Ok(Some(attached.chain(inline).collect()))
}

/// Creates the role with its policy.
pub(super) async fn create(
    clients: &Clients,
    role: &Role,
    purpose: Purpose,
) -> Result<(), AwsError> {
    let tags = iam_tags(&role.tags)?;
    let outcome = retry_transient(|| async {
        let create = clients
            .iam
            .create_role()
            .role_name(&role.name)
            .path(&role.path)
            .set_permissions_boundary(role.boundary.clone())
            .assume_role_policy_document(role.trust.to_string())
            .description(purpose.description)
            .set_tags(Some(tags.clone()));
        create
            .send()
            .await
            .or_error("iam:CreateRole", format!("creating the role {}", role.name))
    })
    .await;
    created(outcome, async || {
        let there = get(clients, &role.name, purpose).await?;
        Ok(there.is_some_and(|(there, is_ours)| {
            is_ours
                && (&there.path, &there.boundary) == (&role.path, &role.boundary)
                && there.trust == role.trust
                && holds_all(&there.tags, &role.tags)
        }))
    })
    .await?;
    put_policy(clients, role, purpose).await
}

/// Updates what differs.
pub(super) async fn update(
    clients: &Clients,
    role: &Role,
    differs: &[&str],
    purpose: Purpose,
) -> Result<(), AwsError> {
    let name = &role.name;
    if let (true, Some(boundary)) = (differs.contains(&"permissions boundary"), &role.boundary) {
        retry_transient(|| async {
            let put = clients
                .iam
                .put_role_permissions_boundary()
                .role_name(name)
                .permissions_boundary(boundary);
            put.send().await.or_error(
                "iam:PutRolePermissionsBoundary",
                format!("setting the permissions boundary of the role {name}"),
            )
        })
        .await?;
    }
    if differs.contains(&"trust") {
        retry_transient(|| async {
            let update = clients
                .iam
                .update_assume_role_policy()
                .role_name(name)
                .policy_document(role.trust.to_string());
            update.send().await.or_error(
                "iam:UpdateAssumeRolePolicy",
                format!("updating the trust policy of the role {name}"),
            )
        })
        .await?;
    }
    if differs.contains(&"policy") {
        put_policy(clients, role, purpose).await?;
    }
    if differs.contains(&"tags") {
        let tags = iam_tags(&role.tags)?;
        retry_transient(|| async {
            let tag = clients
                .iam
                .tag_role()
                .role_name(name)
                .set_tags(Some(tags.clone()));
            tag.send()
                .await
                .or_error("iam:TagRole", format!("tagging the role {name}"))
        })
        .await?;
    }
    Ok(())
}

async fn put_policy(clients: &Clients, role: &Role, purpose: Purpose) -> Result<(), AwsError> {
    retry_transient(|| async {
        let put = clients
            .iam
            .put_role_policy()
            .role_name(&role.name)
            .policy_name(purpose.policy)
            .policy_document(role.policy.to_string());
        put.send().await.or_error(
            "iam:PutRolePolicy",
            format!("writing the policy of the role {}", role.name),
        )
    })
    .await?;
    Ok(())
}

/// Removes the role with its policy.
///
/// # Errors
/// IAM refuses: above all because somebody else gave the role another policy.
pub(super) async fn remove(
    clients: &Clients,
    role: &Role,
    purpose: Purpose,
) -> Result<(), AwsError> {
    let name = &role.name;
    retry_transient(|| async {
        let delete_policy = clients
            .iam
            .delete_role_policy()
            .role_name(name)
            .policy_name(purpose.policy);
        delete_policy.send().await.or_gone(
            "iam:DeleteRolePolicy",
            format!("removing the policy of the role {name}"),
        )
    })
    .await?;
    let delete = || async {
        let delete = clients.iam.delete_role().role_name(name);
        delete
            .send()
            .await
            .or_gone("iam:DeleteRole", format!("removing the role {name}"))
    };
    match delete().await {
        // IAM refuses in the same words while the policy above is not gone everywhere, and for good if there are others.
        Err(failure) if failure.code() == Some("DeleteConflict") => {
            match other_policies(clients, name, purpose).await {
                Ok(Some(others)) if !others.is_empty() => Err(failure),
                _ => retry_transient(delete).await,
            }
        }
        removed => removed,
    }
}

fn iam_tags(tags: &Tags) -> Result<Vec<Tag>, AwsError> {
    tags.iter()
        .map(|(key, value)| {
            let tag = Tag::builder().key(key).value(value).build();
            tag.map_err(|error| AwsError::local("tagging the role", error))
        })
        .collect()
}

/// Reads a policy as IAM returns it: percent-encoded (RFC 3986) JSON.
fn decode_document(text: &str) -> Value {
    parse_json(&percent_encoding::percent_decode_str(text).decode_utf8_lossy())
}

#[cfg(test)]
mod tests {
    use aws_sdk_iam::operation::delete_role::DeleteRoleOutput;
    use aws_sdk_iam::operation::delete_role_policy::DeleteRolePolicyOutput;
    use aws_sdk_iam::operation::get_role_policy::GetRolePolicyOutput;
    use aws_sdk_iam::operation::list_attached_role_policies::ListAttachedRolePoliciesOutput;
    use aws_sdk_iam::operation::list_role_policies::ListRolePoliciesOutput;
    use aws_sdk_iam::operation::put_role_policy::PutRolePolicyOutput;
    use aws_sdk_iam::types::AttachedPolicy;
    use aws_smithy_mocks::mock;

    use super::*;
    use crate::aws::mocks::{clients, found_role, xml_error};

    fn role() -> Role {
        Role {
            name: "r".to_owned(),
            path: "/".to_owned(),
            boundary: None,
            created: None,
            trust: serde_json::json!({ "Version": "2012-10-17" }),
            policy: serde_json::json!({ "Statement": [] }),
            tags: [("managed-by".to_owned(), "ddalert".to_owned())].into(),
        }
    }

    #[tokio::test]
    async fn a_role_is_read_with_its_documents_and_tags() {
        let get = mock!(aws_sdk_iam::Client::get_role)
            .match_requests(|input| input.role_name() == Some("r"))
            .then_output(found_role);
        let policy = mock!(aws_sdk_iam::Client::get_role_policy)
            .match_requests(|input| input.policy_name() == Some(INLINE_POLICY))
            .then_output(|| {
                GetRolePolicyOutput::builder()
                    .role_name("r")
                    .policy_name(INLINE_POLICY)
                    .policy_document("%7B%22Statement%22%3A%5B%5D%7D")
                    .build()
                    .expect("a policy")
            });
        let read = super::get(&clients([&get, &policy]), "r", RELAY).await;
        let wanted = Role {
            created: Some(0),
            ..role()
        };
        assert_eq!(read.expect("no error"), Some((wanted, true)));
    }

    #[tokio::test]
    async fn only_what_differs_is_written() {
        let put = mock!(aws_sdk_iam::Client::put_role_policy)
            .match_requests(|input| input.policy_document() == Some(r#"{"Statement":[]}"#))
            .then_output(|| PutRolePolicyOutput::builder().build());
        // Any other call fits no rule and panics.
        let updated = update(&clients([&put]), &role(), &["policy"], RELAY).await;
        updated.expect("no error");
        assert_eq!(put.num_calls(), 1);
    }

    /// Returns rules for a removal whose role is refused `refusals` times, while the role has the policy `other` as well.
    fn removal(refusals: usize, other: Option<&'static str>) -> [aws_smithy_mocks::Rule; 4] {
        let policy = mock!(aws_sdk_iam::Client::delete_role_policy)
            .then_output(|| DeleteRolePolicyOutput::builder().build());
        let conflict = || xml_error(409, "DeleteConflict", "must delete policies first");
        let role = mock!(aws_sdk_iam::Client::delete_role)
            .sequence()
            .http_response(conflict)
            .times(refusals)
            .output(|| DeleteRoleOutput::builder().build())
            .build();
        let attached =
            mock!(aws_sdk_iam::Client::list_attached_role_policies).then_output(move || {
                let policies = other.map(|arn| AttachedPolicy::builder().policy_arn(arn).build());
                ListAttachedRolePoliciesOutput::builder()
                    .set_attached_policies(Some(policies.into_iter().collect()))
                    .build()
            });
        let inline = mock!(aws_sdk_iam::Client::list_role_policies).then_output(|| {
            ListRolePoliciesOutput::builder()
                .set_policy_names(Some(Vec::new()))
                .build()
                .expect("a page")
        });
        [policy, role, attached, inline]
    }

    #[tokio::test(start_paused = true)]
    async fn a_conflict_of_the_policy_just_deleted_passes() {
        let rules = removal(3, None);
        let removed = remove(&clients(&rules), &role(), RELAY).await;
        removed.expect("it passes");
        assert_eq!(rules[1].num_calls(), 4);
    }

    #[tokio::test(start_paused = true)]
    async fn a_conflict_of_somebody_elses_policy_is_final() {
        let rules = removal(3, Some("arn:aws:iam::aws:policy/ReadOnlyAccess"));
        let failure = remove(&clients(&rules), &role(), RELAY)
            .await
            .expect_err("an error");
        assert_eq!(failure.code(), Some("DeleteConflict"));
        assert_eq!(rules[1].num_calls(), 1);
    }
}
