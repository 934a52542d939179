//! The webhook URL as a secret in Secrets Manager.

use std::collections::BTreeMap;

use aws_sdk_secretsmanager::operation::describe_secret::DescribeSecretOutput;
use aws_sdk_secretsmanager::types::Tag;
use futures_util::future::try_join;

use super::{StoredSecret, known_value, stored_value};
use crate::aws::response::{Response, created};
use crate::aws::retry::retry_transient;
use crate::aws::scope::ReadScope;
use crate::aws::tags::{managed_tags, parse_json};
use crate::aws::{AwsError, Clients};
use crate::chain::state::{Secret, Tags, holds_all};
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
    let described = describe(clients, name);
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
    let (tags, is_ours) = managed_tags(&all_tags(&found));
    Ok(Some(StoredSecret {
        store,
        secret: Secret {
            name: name.to_owned(),
            value,
            pending_deletion,
            tags,
        },
        is_ours,
        is_plain: false,
        is_rotated: found.rotation_enabled() == Some(true),
        key: found.kms_key_id.filter(|key| !key.is_empty()),
        arn: found.arn.unwrap_or_default(),
    }))
}

async fn describe(clients: &Clients, name: &str) -> Result<Option<DescribeSecretOutput>, AwsError> {
    let describe = clients.secrets.describe_secret().secret_id(name);
    let found = describe.send().await;
    found.or_missing(DESCRIBE, format!("reading the secret {name}"))
}

fn all_tags(found: &DescribeSecretOutput) -> BTreeMap<String, String> {
    let tags = found.tags().iter();
    tags.filter_map(|tag| Some((tag.key()?.to_owned(), tag.value()?.to_owned())))
        .collect()
}

/// Returns the resource policy of the secret, or `None` if it has none.
pub(super) async fn resource_policy(
    clients: &Clients,
    name: &str,
) -> Result<Option<serde_json::Value>, AwsError> {
    let get = clients.secrets.get_resource_policy().secret_id(name);
    let found = get.send().await.or_missing(
        "secretsmanager:GetResourcePolicy",
        format!("reading the resource policy of the secret {name}"),
    )?;
    let policy = found.and_then(|found| found.resource_policy);
    Ok(policy
        .map(|policy| parse_json(&policy))
        .filter(|policy| !policy.is_null()))
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
    let name = &secret.name;
    let create = clients
        .secrets
        .create_secret()
        .name(name)
        .description("Webhook URL of a ddalert relay")
        .secret_string(known_value(secret)?.to_stored())
        .set_tags(Some(secret_tags(&secret.tags)));
    let outcome = create.send().await.or_error(
        "secretsmanager:CreateSecret",
        format!("creating the secret {name}"),
    );
    created(outcome, async || {
        let (there, held) = try_join(describe(clients, name), value(clients, name)).await?;
        Ok(held == secret.value
            && there.is_some_and(|there| holds_all(&all_tags(&there), &secret.tags)))
    })
    .await
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
        let outcome = restore.send().await.or_error(
            "secretsmanager:RestoreSecret",
            format!("restoring the secret {name}"),
        );
        if let Err(failure) = outcome {
            // The answer to a first call was lost, or somebody else restored it.
            let there = describe(clients, name).await;
            if !matches!(there, Ok(Some(there)) if there.deleted_date().is_none()) {
                return Err(failure);
            }
        }
    }
    if differs.contains(&"value") {
        let value = known_value(secret)?.to_stored();
        retry_transient(|| async {
            let put = clients
                .secrets
                .put_secret_value()
                .secret_id(name)
                .secret_string(&value);
            put.send().await.or_error(
                "secretsmanager:PutSecretValue",
                format!("writing the secret {name}"),
            )
        })
        .await?;
    }
    if differs.contains(&"tags") {
        retry_transient(|| async {
            let tag = clients
                .secrets
                .tag_resource()
                .secret_id(name)
                .set_tags(Some(secret_tags(&secret.tags)));
            tag.send().await.or_error(
                "secretsmanager:TagResource",
                format!("tagging the secret {name}"),
            )
        })
        .await?;
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
    let outcome = delete.send().await.or_gone(
        "secretsmanager:DeleteSecret",
        format!("removing the secret {}", secret.name),
    );
    match outcome {
        // It is scheduled for deletion already: the answer to a first call was lost, or somebody else removed it.
        Err(failure) if failure.code() == Some("InvalidRequestException") => {
            match describe(clients, &secret.name).await {
                Ok(there) if there.as_ref().is_none_or(|it| it.deleted_date().is_some()) => Ok(()),
                _ => Err(failure),
            }
        }
        outcome => outcome,
    }
}

/// Returns the ARN that the secret has now, for the function's environment.
pub(super) async fn arn(clients: &Clients, name: &str) -> Result<String, AwsError> {
    let task = format!("reading the secret {name}");
    let found = retry_transient(|| async {
        let describe = clients.secrets.describe_secret().secret_id(name);
        describe.send().await.or_error(DESCRIBE, task.as_str())
    })
    .await?;
    found
        .arn
        .ok_or_else(|| AwsError::unexpected(DESCRIBE, task, "the answer has no ARN"))
}

fn secret_tags(tags: &Tags) -> Vec<Tag> {
    tags.iter()
        .map(|(key, value)| Tag::builder().key(key).value(value).build())
        .collect()
}

#[cfg(test)]
mod tests {
    use aws_sdk_secretsmanager::Client;
    use aws_sdk_secretsmanager::operation::delete_secret::DeleteSecretOutput;
    use aws_sdk_secretsmanager::operation::get_secret_value::GetSecretValueOutput;
    use aws_sdk_secretsmanager::operation::put_secret_value::PutSecretValueOutput;
    use aws_sdk_secretsmanager::operation::restore_secret::RestoreSecretOutput;
    use aws_sdk_secretsmanager::primitives::DateTime;
    use aws_smithy_mocks::mock;

    use super::*;
    use crate::arn::AccountRegion;
    use crate::aws::mocks::{clients, json_error};
    use crate::chain::names::ResourceNames;
    use crate::destination::WebhookSecret;

    const URL: &str = "https://hooks.chime.aws/incomingwebhooks/x?token=y";

    fn secret(name: &str) -> Secret {
        let value = WebhookSecret::from_stored(URL).expect("a URL");
        Secret {
            name: name.to_owned(),
            value: SecretValue::Known(value),
            pending_deletion: false,
            tags: [("managed-by".to_owned(), "ddalert".to_owned())].into(),
        }
    }

    async fn read(
        described: DescribeSecretOutput,
        value: aws_smithy_mocks::Rule,
    ) -> Result<Option<StoredSecret>, AwsError> {
        let describe = mock!(Client::describe_secret).then_output(move || described.clone());
        let topic = "arn:aws:sns:eu-west-1:123456789012:t"
            .parse()
            .expect("an ARN");
        let place = AccountRegion {
            partition: "aws".to_owned(),
            region: "eu-west-1".to_owned(),
            account: "123456789012".to_owned(),
        };
        let names = ResourceNames::new("chime", &topic, place, None);
        let scope = ReadScope::new(&names, &topic).with_webhook_url(true);
        let clients = clients([&describe, &value]);
        observe(&clients, &scope, SecretStore::DEFAULT, "s").await
    }

    #[tokio::test]
    async fn a_secret_is_read_with_its_value_and_tags() {
        let tag = Tag::builder().key("managed-by").value("ddalert").build();
        let described = DescribeSecretOutput::builder().arn("arn").tags(tag).build();
        let value = mock!(Client::get_secret_value)
            .then_output(|| GetSecretValueOutput::builder().secret_string(URL).build());
        let found = read(described, value).await.expect("no error");
        let found = found.expect("a secret");
        assert_eq!((found.is_ours, found.arn.as_str()), (true, "arn"));
        assert!(matches!(found.secret.value, SecretValue::Known(_)));
    }

    #[tokio::test]
    async fn the_value_of_a_secret_pending_deletion_does_not_matter() {
        let described = DescribeSecretOutput::builder()
            .deleted_date(DateTime::from_secs(0))
            .build();
        let refused = || json_error(400, "InvalidRequestException", "marked for deletion");
        let value = mock!(Client::get_secret_value).then_http_response(refused);
        let found = read(described, value).await.expect("no error");
        assert!(found.expect("a secret").secret.pending_deletion);
    }

    #[tokio::test]
    async fn a_value_that_may_not_be_read_is_an_error() {
        let described = DescribeSecretOutput::builder().arn("arn").build();
        let denied = || json_error(400, "AccessDeniedException", "not authorized");
        let value = mock!(Client::get_secret_value).then_http_response(denied);
        let failure = read(described, value).await.expect_err("an error");
        assert_eq!(failure.action, Some("secretsmanager:GetSecretValue"));
    }

    #[tokio::test]
    async fn a_secret_is_restored_before_it_is_written() {
        let restore = mock!(Client::restore_secret)
            .match_requests(|input| input.secret_id() == Some("s"))
            .then_output(|| RestoreSecretOutput::builder().build());
        let put = mock!(Client::put_secret_value)
            .match_requests(|input| input.secret_string() == Some(URL))
            .then_output(|| PutSecretValueOutput::builder().build());
        let clients = clients([&restore, &put]);
        let updated = update(&clients, &secret("s"), &["deletion", "value"]).await;
        updated.expect("no error");
        assert_eq!((restore.num_calls(), put.num_calls()), (1, 1));
    }

    #[tokio::test]
    async fn a_secret_whose_answer_was_lost_is_accepted_and_another_is_not() {
        let exists = || json_error(400, "ResourceExistsException", "exists");
        let other = "https://hooks.chime.aws/incomingwebhooks/x?token=other";
        for (held, is_ours) in [(URL, true), (other, false)] {
            let tag = Tag::builder().key("managed-by").value("ddalert").build();
            let described = DescribeSecretOutput::builder().tags(tag).build();
            let rules = [
                mock!(Client::create_secret).then_http_response(exists),
                mock!(Client::describe_secret).then_output(move || described.clone()),
                mock!(Client::get_secret_value).then_output(move || {
                    GetSecretValueOutput::builder().secret_string(held).build()
                }),
            ];
            let created = create(&clients(&rules), &secret("s")).await;
            assert_eq!(created.is_ok(), is_ours, "{held}");
        }
    }

    #[tokio::test]
    async fn a_secret_that_waits_for_its_deletion_is_removed() {
        let refused = || json_error(400, "InvalidRequestException", "was already scheduled");
        for (deleted, is_removed) in [(Some(DateTime::from_secs(0)), true), (None, false)] {
            let described = DescribeSecretOutput::builder()
                .set_deleted_date(deleted)
                .build();
            let rules = [
                mock!(Client::delete_secret).then_http_response(refused),
                mock!(Client::describe_secret).then_output(move || described.clone()),
            ];
            let removed = remove(&clients(&rules), &secret("s")).await;
            assert_eq!(removed.is_ok(), is_removed);
        }
    }

    #[tokio::test]
    async fn a_removed_secret_can_be_restored_for_a_week() {
        let delete = mock!(Client::delete_secret)
            .match_requests(|input| input.recovery_window_in_days() == Some(7))
            .then_output(|| DeleteSecretOutput::builder().build());
        let removed = remove(&clients([&delete]), &secret("s")).await;
        removed.expect("no error");
    }
}
