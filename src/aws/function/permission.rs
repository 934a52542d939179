//! Who may invoke a function: the statements of its resource policy.

use serde_json::Value;

use crate::aws::response::Response;
use crate::aws::retry::retry_transient;
use crate::aws::tags::parse_json;
use crate::aws::{AwsError, Clients};
use crate::chain::state::Permission;

/// Returns the policy of the function, or null where it has none.
///
/// # Errors
/// Any but "not found".
pub async fn policy(clients: &Clients, name: &str) -> Result<Value, AwsError> {
    let get = clients.lambda.get_policy().function_name(name);
    let found = get.send().await.or_missing(
        "lambda:GetPolicy",
        format!("reading the policy of the function {name}"),
    )?;
    Ok(found.map_or(Value::Null, |found| {
        parse_json(found.policy().unwrap_or_default())
    }))
}

/// Returns the statement of `policy` with this id.
pub(crate) fn permission(policy: &Value, statement: &str) -> Option<Permission> {
    let statements = policy["Statement"].as_array()?;
    let found = statements
        .iter()
        .find(|candidate| candidate["Sid"] == statement)?;
    let condition = |operators: [&str; 2], key: &str| {
        operators.iter().find_map(|operator| {
            let keys = found["Condition"][operator].as_object()?;
            keys.iter()
                .find(|(name, _)| name.eq_ignore_ascii_case(key))?
                .1
                .as_str()
                .map(str::to_owned)
        })
    };
    Some(Permission {
        statement: statement.to_owned(),
        principal: found["Principal"]["Service"]
            .as_str()
            .unwrap_or_default()
            .to_owned(),
        source_arn: condition(["ArnLike", "ArnEquals"], "AWS:SourceArn").unwrap_or_default(),
        source_account: condition(["StringEquals", "StringLike"], "AWS:SourceAccount"),
    })
}

/// Allows the topic to invoke the function.
///
/// # Errors
/// Lambda refuses. An update of the function that is in progress is waited for.
pub(crate) async fn add_permission(
    clients: &Clients,
    name: &str,
    wanted: &Permission,
) -> Result<(), AwsError> {
    let added = retry_transient(|| async {
        let add = clients
            .lambda
            .add_permission()
            .function_name(name)
            .statement_id(&wanted.statement)
            .action("lambda:InvokeFunction")
            .principal(&wanted.principal)
            .source_arn(&wanted.source_arn)
            .set_source_account(wanted.source_account.clone());
        add.send().await.or_error(
            "lambda:AddPermission",
            format!("allowing the topic to invoke the function {name}"),
        )
    })
    .await;
    match added {
        Ok(_) => Ok(()),
        // The SDK repeats a call whose answer was lost; the second answer is then that the statement exists.
        Err(failure) if failure.code() == Some("ResourceConflictException") => {
            let there = permission(&policy(clients, name).await?, &wanted.statement);
            match there.as_ref() == Some(wanted) {
                true => Ok(()),
                false => Err(failure),
            }
        }
        Err(failure) => Err(failure),
    }
}

/// Removes a statement from the function's policy.
///
/// # Errors
/// Lambda refuses.
pub(crate) async fn remove_permission(
    clients: &Clients,
    name: &str,
    statement: &str,
) -> Result<(), AwsError> {
    retry_transient(|| async {
        let remove = clients
            .lambda
            .remove_permission()
            .function_name(name)
            .statement_id(statement);
        remove.send().await.or_gone(
            "lambda:RemovePermission",
            format!("removing the permission {statement} of the function {name}"),
        )
    })
    .await
}

#[cfg(test)]
mod tests {
    use aws_sdk_lambda::Client;
    use aws_sdk_lambda::operation::add_permission::AddPermissionOutput;
    use aws_sdk_lambda::operation::get_policy::GetPolicyOutput;
    use aws_smithy_mocks::{Rule, mock};
    use serde_json::json;

    use super::*;
    use crate::aws::mocks::{clients, json_error};

    fn wanted() -> Permission {
        Permission {
            statement: "s".to_owned(),
            principal: "sns.amazonaws.com".to_owned(),
            source_arn: "arn:aws:sns:eu-west-1:123456789012:t".to_owned(),
            source_account: Some("123456789012".to_owned()),
        }
    }

    fn there(source: &'static str) -> Rule {
        mock!(Client::get_policy).then_output(move || {
            let policy = json!({ "Statement": [{
                "Sid": "s",
                "Principal": { "Service": "sns.amazonaws.com" },
                "Condition": {
                    "ArnLike": { "AWS:SourceArn": source },
                    "StringEquals": { "AWS:SourceAccount": "123456789012" }
                }
            }] });
            GetPolicyOutput::builder()
                .policy(policy.to_string())
                .build()
        })
    }

    fn exists() -> Rule {
        let message = "The statement id (s) provided already exists.";
        mock!(Client::add_permission)
            .then_http_response(move || json_error(409, "ResourceConflictException", message))
    }

    #[tokio::test(start_paused = true)]
    async fn an_update_in_progress_is_waited_for() {
        let busy = "An update is in progress for resource: f";
        let add = mock!(Client::add_permission)
            .match_requests(|input| {
                input.function_name() == Some("f")
                    && input.source_account() == Some("123456789012")
                    && input.action() == Some("lambda:InvokeFunction")
            })
            .sequence()
            .http_response(move || json_error(409, "ResourceConflictException", busy))
            .times(2)
            .output(|| AddPermissionOutput::builder().build())
            .build();
        let added = add_permission(&clients([&add]), "f", &wanted()).await;
        added.expect("it passes");
        assert_eq!(add.num_calls(), 3);
    }

    #[tokio::test]
    async fn a_statement_whose_answer_was_lost_is_accepted() {
        let rules = [exists(), there("arn:aws:sns:eu-west-1:123456789012:t")];
        let added = add_permission(&clients(&rules), "f", &wanted()).await;
        added.expect("it is there");
    }

    #[tokio::test]
    async fn another_statement_of_the_name_is_an_error() {
        let rules = [exists(), there("arn:aws:sns:eu-west-1:123456789012:other")];
        let failure = add_permission(&clients(&rules), "f", &wanted())
            .await
            .expect_err("an error");
        assert_eq!(failure.code(), Some("ResourceConflictException"));
    }
}
