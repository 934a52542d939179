//! The webhook URL as a secret in Secrets Manager.

use std::collections::BTreeMap;

use aws_sdk_secretsmanager::types::Tag;
use futures_util::future::try_join;

use super::{StoredSecret, known_value, stored_value};
use crate::aws::response::Response;
use crate::aws::scope::ReadScope;
use crate::aws::tags::managed_tags;
use crate::aws::{AwsError, Clients};
use crate::chain::state::{Secret, Tags};
use crate::contract::secret_store::{SecretStore, SecretValue};

const DESCRIBE: &str = "secretsmanager:DescribeSecret";

/// How many days a removed secret can be restored: the fewest that Secrets Manager takes.
const RECOVERY_DAYS: i64 = 7;

/// Returns the secret as it is; its value only where the scope asks for it.
pub(super) async fn observe(
    clients: &Clients,
    scope: &ReadScope<'_>,
    store: SecretStore,
    name: &str,
) -> Result<Option<StoredSecret>, AwsError> {
    let described = async {
        let describe = clients.secrets.describe_secret().secret_id(name);
        let found = describe.send().await;
        found.or_missing(DESCRIBE, format!("reading the secret {name}"))
    };
    let value = async {
        // That it cannot be read does not matter where the secret is missing or pending deletion.
        Ok(match scope.values {
            true => Some(value(clients, name).await),
            false => None,
        })
    };
    let (found, value) = try_join(described, value).await?;
    let Some(found) = found else {
        return Ok(None);
    };
    let pending_deletion = found.deleted_date().is_some();
    let value = match value {
        Some(value) if !pending_deletion => value?,
        _ => SecretValue::Unread,
    };
    let tags: BTreeMap<String, String> = found
        .tags()
        .iter()
        .filter_map(|tag| Some((tag.key()?.to_owned(), tag.value()?.to_owned())))
        .collect();
    let (tags, is_ours) = managed_tags(&tags);
    Ok(Some(StoredSecret {
        store,
        secret: Secret {
            name: name.to_owned(),
            value,
            pending_deletion,
            tags,
        },
        is_ours,
        arn: found.arn.unwrap_or_default(),
    }))
}

/// Returns the webhook URL that the secret holds.
pub(super) async fn value(clients: &Clients, name: &str) -> Result<SecretValue, AwsError> {
    let get = clients.secrets.get_secret_value().secret_id(name);
    let found = get.send().await.or_missing(
        "secretsmanager:GetSecretValue",
        format!("reading the value of the secret {name}"),
    )?;
    Ok(stored_value(
        found.as_ref().and_then(|found| found.secret_string()),
    ))
}

/// Creates the secret.
pub(super) async fn create(clients: &Clients, secret: &Secret) -> Result<(), AwsError> {
    let create = clients
        .secrets
        .create_secret()
        .name(&secret.name)
        .description("Webhook URL of a ddalert relay")
        .secret_string(known_value(secret)?.to_stored())
        .set_tags(Some(secret_tags(&secret.tags)));
    create.send().await.or_error(
        "secretsmanager:CreateSecret",
        format!("creating the secret {}", secret.name),
    )?;
    Ok(())
}

/// Updates what differs; a secret that is pending deletion is restored first.
pub(super) async fn update(
    clients: &Clients,
    secret: &Secret,
    differs: &[&str],
) -> Result<(), AwsError> {
    let name = &secret.name;
    if differs.contains(&"deletion") {
        let restore = clients.secrets.restore_secret().secret_id(name);
        restore.send().await.or_error(
            "secretsmanager:RestoreSecret",
            format!("restoring the secret {name}"),
        )?;
    }
    if differs.contains(&"value") {
        let put = clients
            .secrets
            .put_secret_value()
            .secret_id(name)
            .secret_string(known_value(secret)?.to_stored());
        put.send().await.or_error(
            "secretsmanager:PutSecretValue",
            format!("writing the secret {name}"),
        )?;
    }
    if differs.contains(&"tags") {
        let tag = clients
            .secrets
            .tag_resource()
            .secret_id(name)
            .set_tags(Some(secret_tags(&secret.tags)));
        tag.send().await.or_error(
            "secretsmanager:TagResource",
            format!("tagging the secret {name}"),
        )?;
    }
    Ok(())
}

/// Removes the secret; for a week it can be restored.
pub(super) async fn remove(clients: &Clients, secret: &Secret) -> Result<(), AwsError> {
    let delete = clients
        .secrets
        .delete_secret()
        .secret_id(&secret.name)
        .recovery_window_in_days(RECOVERY_DAYS);
    delete.send().await.or_gone(
        "secretsmanager:DeleteSecret",
        format!("removing the secret {}", secret.name),
    )
}

/// Returns the ARN that the secret has now, for the function's environment.
pub(super) async fn arn(clients: &Clients, name: &str) -> Result<String, AwsError> {
    let task = format!("reading the secret {name}");
    let describe = clients.secrets.describe_secret().secret_id(name);
    let found = describe.send().await.or_error(DESCRIBE, task.as_str())?;
    found
        .arn
        .ok_or_else(|| AwsError::unexpected(DESCRIBE, task, "the answer has no ARN"))
}

fn secret_tags(tags: &Tags) -> Vec<Tag> {
    tags.iter()
        .map(|(key, value)| Tag::builder().key(key).value(value).build())
        .collect()
}
