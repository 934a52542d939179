//! The webhook URL as a SecureString parameter in the Parameter Store of Systems Manager.

use std::collections::BTreeMap;

use aws_sdk_ssm::types::{ParameterType, ResourceTypeForTagging, Tag};
use futures_util::future::{join, try_join};

use super::{StoredSecret, known_value, stored_value};
use crate::aws::response::{Response, created};
use crate::aws::retry::retry_transient;
use crate::aws::scope::ReadScope;
use crate::aws::tags::managed_tags;
use crate::aws::{AwsError, Clients};
use crate::chain::state::{Secret, Tags, holds_all};
use crate::contract::secret_store::{SecretStore, SecretValue};

/// Returns the parameter as it is; its value only where the scope asks for it.
pub(super) async fn observe(
    clients: &Clients,
    scope: &ReadScope<'_>,
    store: SecretStore,
    name: &str,
) -> Result<Option<StoredSecret>, AwsError> {
    let (value, tags) = join(read(clients, name, scope.values), all_tags(clients, name)).await;
    let Some((value, is_plain)) = value? else {
        return Ok(None);
    };
    // Removed between the two reads.
    let Some(tags) = tags? else {
        return Ok(None);
    };
    let (tags, is_ours) = managed_tags(&tags);
    Ok(Some(StoredSecret {
        store,
        secret: Secret {
            name: name.to_owned(),
            value,
            pending_deletion: false,
            tags,
        },
        is_ours,
        key: None,
        is_plain,
        is_rotated: false,
        arn: scope.names.secret_arn(store).unwrap_or_default(),
    }))
}

/// Returns the tags of the parameter, or `None` if there is no parameter.
async fn all_tags(
    clients: &Clients,
    name: &str,
) -> Result<Option<BTreeMap<String, String>>, AwsError> {
    let list_tags = clients
        .ssm
        .list_tags_for_resource()
        .resource_type(ResourceTypeForTagging::Parameter)
        .resource_id(name);
    let found = list_tags.send().await.or_missing(
        "ssm:ListTagsForResource",
        format!("reading the tags of the parameter {name}"),
    )?;
    Ok(found.map(|found| {
        let tags = found.tag_list().iter();
        tags.map(|tag| (tag.key().to_owned(), tag.value().to_owned()))
            .collect()
    }))
}

/// Returns the webhook URL that the parameter holds, and whether it is not encrypted, or `None` if there is no parameter. Without
/// `decrypt` the URL stays unread.
async fn read(
    clients: &Clients,
    name: &str,
    decrypt: bool,
) -> Result<Option<(SecretValue, bool)>, AwsError> {
    let get = clients
        .ssm
        .get_parameter()
        .name(name)
        .with_decryption(decrypt);
    let found = get
        .send()
        .await
        .or_missing("ssm:GetParameter", format!("reading the parameter {name}"))?;
    Ok(found.map(|found| {
        let parameter = found.parameter();
        let is_plain = parameter
            .and_then(|parameter| parameter.r#type())
            .is_some_and(|kind| *kind != ParameterType::SecureString);
        let value = match decrypt {
            true => stored_value(parameter.and_then(|parameter| parameter.value())),
            false => SecretValue::Unread,
        };
        (value, is_plain)
    }))
}

/// Returns the webhook URL that the parameter holds.
pub(super) async fn value(clients: &Clients, name: &str) -> Result<SecretValue, AwsError> {
    let found = read(clients, name, true).await?;
    Ok(found.map_or(SecretValue::Unread, |(value, _)| value))
}

/// Creates the parameter.
pub(super) async fn create(clients: &Clients, secret: &Secret) -> Result<(), AwsError> {
    let name = &secret.name;
    let put = clients
        .ssm
        .put_parameter()
        .name(name)
        .r#type(ParameterType::SecureString)
        .value(known_value(secret)?.to_stored())
        .set_tags(Some(parameter_tags(&secret.tags)?));
    let outcome = put
        .send()
        .await
        .or_error("ssm:PutParameter", format!("creating the parameter {name}"));
    created(outcome, async || {
        let (held, tags) = try_join(value(clients, name), all_tags(clients, name)).await?;
        Ok(held == secret.value && tags.is_some_and(|tags| holds_all(&tags, &secret.tags)))
    })
    .await
}

/// Updates what differs.
pub(super) async fn update(
    clients: &Clients,
    secret: &Secret,
    differs: &[&str],
) -> Result<(), AwsError> {
    let name = &secret.name;
    if differs.contains(&"value") {
        let value = known_value(secret)?.to_stored();
        retry_transient(|| async {
            let put = clients
                .ssm
                .put_parameter()
                .name(name)
                .r#type(ParameterType::SecureString)
                .overwrite(true)
                .value(&value);
            put.send()
                .await
                .or_error("ssm:PutParameter", format!("writing the parameter {name}"))
        })
        .await?;
    }
    if differs.contains(&"tags") {
        let tags = parameter_tags(&secret.tags)?;
        retry_transient(|| async {
            let tag = clients
                .ssm
                .add_tags_to_resource()
                .resource_type(ResourceTypeForTagging::Parameter)
                .resource_id(name)
                .set_tags(Some(tags.clone()));
            tag.send().await.or_error(
                "ssm:AddTagsToResource",
                format!("tagging the parameter {name}"),
            )
        })
        .await?;
    }
    Ok(())
}

/// Removes the parameter, at once and for good.
pub(super) async fn remove(clients: &Clients, secret: &Secret) -> Result<(), AwsError> {
    let name = &secret.name;
    let delete = clients.ssm.delete_parameter().name(name);
    delete.send().await.or_gone(
        "ssm:DeleteParameter",
        format!("removing the parameter {name}"),
    )
}

fn parameter_tags(tags: &Tags) -> Result<Vec<Tag>, AwsError> {
    tags.iter()
        .map(|(key, value)| {
            let tag = Tag::builder().key(key).value(value).build();
            tag.map_err(|error| AwsError::local("tagging the parameter", error))
        })
        .collect()
}
