//! What bears our tags: the Resource Groups Tagging API finds it whatever it is called, and however little of it is left.

use std::collections::BTreeSet;

use aws_sdk_resourcegroupstagging::types::TagFilter;

use super::{Clients, Failure};
use crate::domain::names::{MANAGED_BY, TOPIC_TAG, function_of};
use crate::domain::topic::TopicArn;

/// Returns the names of the functions to which the resources that are tagged as made for the topic belong, whether or not the
/// functions are still there. IAM roles are not among what the API finds (Resource Groups Tagging API reference, "Services that
/// support"), so a role under a name of its own is found only with something else of its relay.
///
/// # Errors
/// The call fails, or the caller may not.
pub async fn functions(clients: &Clients, topic: &TopicArn) -> Result<BTreeSet<String>, Failure> {
    let tags = [(MANAGED_BY.0, MANAGED_BY.1.to_owned()), (TOPIC_TAG, topic.to_string())];
    let filters = tags.map(|(key, value)| TagFilter::builder().key(key).values(value).build());
    let mut pages = clients.tagging.get_resources().set_tag_filters(Some(filters.into())).into_paginator().send();
    let mut functions = BTreeSet::new();
    while let Some(page) = pages.next().await {
        let doing = || format!("looking for what is tagged {TOPIC_TAG}={topic}");
        let page = page.map_err(|error| Failure::of("tag:GetResources", doing(), error))?;
        let arns = page.resource_tag_mapping_list().iter().filter_map(|resource| resource.resource_arn());
        functions.extend(arns.filter_map(function_of));
    }
    Ok(functions)
}
