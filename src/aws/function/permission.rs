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
