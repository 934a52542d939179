//! Finds relays by ddalert's tags, whatever they are called and however little of them is left: with the Resource Groups Tagging
//! API, and execution roles with IAM's own calls.

use std::collections::BTreeSet;

use aws_sdk_resourcegroupstagging::types::TagFilter;
use futures_util::stream::{self, StreamExt, TryStreamExt};

use super::response::Response;
use super::{AwsError, Clients, role};
use crate::arn::TopicArn;
use crate::chain::names::{
    FUNCTION_TAG, MANAGED_BY, NAME_LIMIT, TOPIC_TAG, connect_role, function_of, topic_tag,
};

/// How many roles are read at the same time; IAM takes some ten calls a second.
const ROLES_AT_ONCE: usize = 8;

/// Returns the names of the functions to which the resources that are tagged as made for the topic belong, whether or not the
/// functions are still there. IAM roles are not among what the API finds (Resource Groups Tagging API reference, "Services that
/// support"): [`functions_of_roles`] finds those.
///
/// # Errors
/// The call fails.
pub async fn functions(clients: &Clients, topic: &TopicArn) -> Result<BTreeSet<String>, AwsError> {
    let tags = [
        (MANAGED_BY.0, MANAGED_BY.1.to_owned()),
        (TOPIC_TAG, topic_tag(topic)),
    ];
    let filters = tags.map(|(key, value)| TagFilter::builder().key(key).values(value).build());
    let get = clients
        .tagging
        .get_resources()
        .set_tag_filters(Some(filters.into()));
    let found: Result<Vec<_>, _> = get.into_paginator().items().send().collect().await;
    let found = found.or_error(
        "tag:GetResources",
        format!("finding the resources that are tagged {TOPIC_TAG}={topic}"),
    )?;
    let arns = found.iter().filter_map(|resource| resource.resource_arn());
    Ok(arns.filter_map(function_of).collect())
}

/// Returns the names of the functions to which the execution roles belong that are tagged as made for the topic. Only roles whose
/// names can be such a role's are read: they end with the region, or are cut to the longest name there is.
///
/// # Errors
/// A call fails.
pub async fn functions_of_roles(
    clients: &Clients,
    topic: &TopicArn,
) -> Result<BTreeSet<String>, AwsError> {
    let suffix = &format!("-{}", topic.region);
    // Device Defender's role is not a relay's.
    let publisher = connect_role(topic);
    let list = clients.iam.list_roles().into_paginator().page_size(1000);
    let roles: Result<Vec<_>, _> = list.items().send().collect().await;
    let roles = roles.or_error("iam:ListRoles", "listing the IAM roles")?;
    let names = roles.into_iter().map(|role| role.role_name);
    let names = names
        .filter(|name| (name.ends_with(suffix) || name.len() == NAME_LIMIT) && *name != publisher);
    let found = stream::iter(names).map(|name| async move {
        let Some(tags) = role::tags_of(clients, &name).await? else {
            return Ok(None);
        };
        let tag = |key: &str| tags.get(key).map(String::as_str);
        let is_ours = tag(MANAGED_BY.0) == Some(MANAGED_BY.1)
            && tag(TOPIC_TAG) == Some(topic_tag(topic).as_str());
        // A role from before there was this tag has its function in its name.
        let function = tag(FUNCTION_TAG)
            .or_else(|| name.strip_suffix(suffix))
            .map(str::to_owned);
        Ok::<_, AwsError>(function.filter(|_| is_ours))
    });
    let found: Vec<Option<String>> = found.buffer_unordered(ROLES_AT_ONCE).try_collect().await?;
    Ok(found.into_iter().flatten().collect())
}
