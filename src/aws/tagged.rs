//! What bears our tags: the Resource Groups Tagging API finds it whatever it is called, and however little of it is left; IAM's own
//! calls find the roles.

use std::collections::BTreeSet;

use aws_sdk_resourcegroupstagging::types::TagFilter;
use futures_util::stream::{self, StreamExt, TryStreamExt};

use super::{AwsError, Clients, role};
use crate::arn::TopicArn;
use crate::chain::names::{
    FUNCTION_TAG, MANAGED_BY, NAME_LIMIT, TOPIC_TAG, connect_role, function_of,
};

/// How many roles are looked at at the same time; IAM takes some ten calls a second.
const ROLES_AT_ONCE: usize = 8;

/// Returns the names of the functions to which the resources that are tagged as made for the topic belong, whether or not the
/// functions are still there. IAM roles are not among what the API finds (Resource Groups Tagging API reference, "Services that
/// support"): [`functions_of_roles`] finds those.
///
/// # Errors
/// The call fails, or the caller may not.
pub async fn functions(clients: &Clients, topic: &TopicArn) -> Result<BTreeSet<String>, AwsError> {
    let tags = [
        (MANAGED_BY.0, MANAGED_BY.1.to_owned()),
        (TOPIC_TAG, topic.to_string()),
    ];
    let filters = tags.map(|(key, value)| TagFilter::builder().key(key).values(value).build());
    let mut pages = clients
        .tagging
        .get_resources()
        .set_tag_filters(Some(filters.into()))
        .into_paginator()
        .send();
    let mut functions = BTreeSet::new();
    while let Some(page) = pages.next().await {
        let doing = || format!("looking for what is tagged {TOPIC_TAG}={topic}");
        let page = page.map_err(|error| AwsError::of("tag:GetResources", doing(), error))?;
        let arns = page
            .resource_tag_mapping_list()
            .iter()
            .filter_map(|resource| resource.resource_arn());
        functions.extend(arns.filter_map(function_of));
    }
    Ok(functions)
}

/// Returns the names of the functions to which the execution roles belong that are tagged as made for the topic. Only roles whose
/// names can be such a role's are looked at: they end with the region, or are cut to the longest name there is.
///
/// # Errors
/// The calls fail, or the caller may not.
pub async fn functions_of_roles(
    clients: &Clients,
    topic: &TopicArn,
) -> Result<BTreeSet<String>, AwsError> {
    let suffix = &format!("-{}", topic.region);
    // It is no relay's: Device Defender publishes by it.
    let publisher = connect_role(topic);
    let mut pages = clients
        .iam
        .list_roles()
        .into_paginator()
        .page_size(1000)
        .send();
    let mut names = Vec::new();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| {
            AwsError::of(
                "iam:ListRoles",
                "looking for execution roles by their tags",
                error,
            )
        })?;
        let all = page.roles().iter().map(|role| role.role_name());
        names.extend(
            all.filter(|name| {
                (name.ends_with(suffix) || name.len() == NAME_LIMIT) && *name != publisher
            })
            .map(str::to_owned),
        );
    }
    let found = stream::iter(names).map(|name| async move {
        let Some(tags) = role::tags_of(clients, &name).await? else {
            return Ok(None);
        };
        let tag = |key: &str| tags.get(key).map(String::as_str);
        let is_ours = tag(MANAGED_BY.0) == Some(MANAGED_BY.1)
            && tag(TOPIC_TAG) == Some(topic.to_string().as_str());
        // A role that was made before there was this tag shows its function in its name.
        let function = tag(FUNCTION_TAG)
            .or_else(|| name.strip_suffix(suffix))
            .map(str::to_owned);
        Ok::<_, AwsError>(function.filter(|_| is_ours))
    });
    let found: Vec<Option<String>> = found.buffer_unordered(ROLES_AT_ONCE).try_collect().await?;
    Ok(found.into_iter().flatten().collect())
}
