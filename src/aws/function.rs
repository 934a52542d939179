//! The relay's function: code, configuration, what happens to events it fails on, and who may call it.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use aws_sdk_lambda::operation::get_function::GetFunctionOutput;
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::{
    ApplicationLogLevel, Architecture, DestinationConfig, Environment as Variables, FunctionCode,
    FunctionConfiguration, LastUpdateStatus, LogFormat, LoggingConfig, OnFailure, Runtime, State,
};
use tokio::time::{Instant, sleep};

use super::retry::{PROPAGATION_TIMEOUT, retry_until};
use super::scope::{ReadScope, document};
use super::{AwsError, AwsErrorKind, Clients, secret};
use crate::chain::names::ResourceNames;
use crate::chain::state::{EventInvokeConfig, Function, Permission};
use crate::contract::environment::{RelayEnvironment, RelayVariables, SecretVariables};

/// How long a function may take to become active or updated; Lambda's own waiters give it five minutes.
const STATE_PATIENCE: Duration = Duration::from_secs(300);
const STATE_PAUSE: Duration = Duration::from_millis(500);

/// Returns the function as Lambda describes it, or `None` where there is none of that name.
///
/// # Errors
/// Any but "not found".
pub async fn get(clients: &Clients, name: &str) -> Result<Option<GetFunctionOutput>, AwsError> {
    match clients
        .lambda
        .get_function()
        .function_name(name)
        .send()
        .await
    {
        Ok(found) => Ok(Some(found)),
        Err(error)
            if error
                .as_service_error()
                .is_some_and(|error| error.is_resource_not_found_exception()) =>
        {
            Ok(None)
        }
        Err(error) => Err(AwsError::of(
            "lambda:GetFunction",
            format!("looking at the function {name}"),
            error,
        )),
    }
}

/// Checks that the function's tags were shown: without lambda:ListTags, Lambda leaves them out of an answer that succeeds, and
/// our own function would look like somebody else's.
pub(super) fn check_tags(found: &GetFunctionOutput, name: &str) -> Result<(), AwsError> {
    match found.tags_error() {
        Some(error) if found.tags().is_none_or(HashMap::is_empty) => Err(AwsError::denied(
            "lambda:ListTags",
            format!("looking at the tags of the function {name}"),
            error.message(),
        )),
        _ => Ok(()),
    }
}

/// Returns the variables of a function.
pub fn variables(configuration: &FunctionConfiguration) -> RelayVariables {
    let variables = configuration
        .environment()
        .and_then(|environment| environment.variables());
    RelayVariables::parse(variables.cloned().unwrap_or_default())
}

/// Finds out where a function's variables say that the secret is. `secret_arn` is the ARN that the secret has now, if it is a
/// resource of its own.
pub(super) async fn environment(
    clients: &Clients,
    scope: &ReadScope<'_>,
    variables: &RelayVariables,
    secret_arn: Option<&str>,
) -> Result<RelayEnvironment, AwsError> {
    let webhook = match variables.webhook.only() {
        Some((store, value)) => {
            Some(secret::locate(clients, scope, store, value, secret_arn).await?)
        }
        // With several the relay does not start, so that none of them counts.
        None => None,
    };
    Ok(variables.with_webhook(webhook))
}

/// Puts the function as Lambda describes it into the words of a wiring.
pub(super) fn describe(
    found: &GetFunctionOutput,
    environment: RelayEnvironment,
    tags: BTreeMap<String, String>,
) -> Option<Function> {
    let configuration = found.configuration()?;
    let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
    Some(Function {
        name: text(configuration.function_name()),
        code_sha256: text(configuration.code_sha256()),
        architecture: architecture(configuration).to_owned(),
        runtime: configuration
            .runtime()
            .map(|runtime| runtime.as_str().to_owned())
            .unwrap_or_default(),
        handler: text(configuration.handler()),
        memory_mb: configuration.memory_size().unwrap_or_default(),
        timeout_s: configuration.timeout().unwrap_or_default(),
        role_arn: text(configuration.role()),
        json_logs: logs_tell(configuration),
        environment,
        tags,
    })
}

/// Returns the architecture of a function; x86-64 is what one has of which nothing is said.
pub(super) fn architecture(configuration: &FunctionConfiguration) -> &str {
    configuration
        .architectures()
        .first()
        .map_or("x86_64", |architecture| architecture.as_str())
}

/// Returns whether the log tells what became of an alert: it is JSON, goes where the function's log goes by itself, and holds what
/// is of the level INFO. AWS always says; where it is not said, there is nothing to compare.
pub(super) fn logs_tell(configuration: &FunctionConfiguration) -> bool {
    use ApplicationLogLevel::{Debug, Info, Trace};
    let usual = format!(
        "/aws/lambda/{}",
        configuration.function_name().unwrap_or_default()
    );
    configuration.logging_config().is_none_or(|logging| {
        logging.log_format() == Some(&LogFormat::Json)
            && logging.log_group().is_none_or(|group| group == usual)
            && logging
                .application_log_level()
                .is_none_or(|level| [Debug, Info, Trace].contains(level))
    })
}

/// Returns what Lambda does with events that the function fails on, or `None` where nobody said.
pub(super) async fn event_invoke_config(
    clients: &Clients,
    name: &str,
) -> Result<Option<EventInvokeConfig>, AwsError> {
    match clients
        .lambda
        .get_function_event_invoke_config()
        .function_name(name)
        .send()
        .await
    {
        Ok(found) => Ok(Some(EventInvokeConfig {
            retries: found.maximum_retry_attempts().unwrap_or(2),
            max_age_s: found.maximum_event_age_in_seconds().unwrap_or(6 * 3600),
            on_failure: found
                .destination_config()
                .and_then(|destinations| destinations.on_failure()?.destination())
                .filter(|destination| !destination.is_empty())
                .map(str::to_owned),
        })),
        Err(error)
            if error
                .as_service_error()
                .is_some_and(|error| error.is_resource_not_found_exception()) =>
        {
            Ok(None)
        }
        Err(error) => Err(AwsError::of(
            "lambda:GetFunctionEventInvokeConfig",
            format!("looking at the async settings of the function {name}"),
            error,
        )),
    }
}

/// Returns the policy of the function, or null where it has none.
///
/// # Errors
/// Any but "not found".
pub async fn policy(clients: &Clients, name: &str) -> Result<serde_json::Value, AwsError> {
    match clients.lambda.get_policy().function_name(name).send().await {
        Ok(found) => Ok(document(found.policy().unwrap_or_default())),
        Err(error)
            if error
                .as_service_error()
                .is_some_and(|error| error.is_resource_not_found_exception()) =>
        {
            Ok(serde_json::Value::Null)
        }
        Err(error) => Err(AwsError::of(
            "lambda:GetPolicy",
            format!("looking at the policy of the function {name}"),
            error,
        )),
    }
}

/// Returns the statement of `policy` with this id, in the words of a wiring.
pub(super) fn permission(policy: &serde_json::Value, statement: &str) -> Option<Permission> {
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

/// Makes the function, waiting for its role to become assumable, and waits until it is active.
pub(super) async fn create(
    clients: &Clients,
    names: &ResourceNames,
    function: &Function,
    zip: &[u8],
) -> Result<(), AwsError> {
    let name = &function.name;
    let variables = encode(clients, names, &function.environment).await?;
    retry_until(PROPAGATION_TIMEOUT, role_is_new, || async {
        let create = clients
            .lambda
            .create_function()
            .function_name(name)
            .description("ddalert relay: delivers alerts from an SNS topic")
            .runtime(Runtime::from(function.runtime.as_str()))
            .handler(&function.handler)
            .role(&function.role_arn)
            .architectures(Architecture::from(function.architecture.as_str()))
            .memory_size(function.memory_mb)
            .timeout(function.timeout_s)
            .logging_config(logging(function))
            .environment(
                Variables::builder()
                    .set_variables(Some(variables.clone()))
                    .build(),
            )
            .code(FunctionCode::builder().zip_file(Blob::new(zip)).build())
            .set_tags(Some(function.tags.clone().into_iter().collect()));
        create.send().await.map_err(|error| {
            AwsError::of(
                "lambda:CreateFunction",
                format!("creating the function {name}"),
                error,
            )
        })
    })
    .await?;
    active(clients, name).await
}

/// Brings the function to its wanted state: code first, then configuration, waiting for each.
pub(super) async fn update(
    clients: &Clients,
    names: &ResourceNames,
    function: &Function,
    zip: &[u8],
    differs: &[&str],
) -> Result<(), AwsError> {
    let name = &function.name;
    active(clients, name).await?;
    if differs.contains(&"code") {
        retry_until(PROPAGATION_TIMEOUT, update_in_progress, || async {
            let update = clients
                .lambda
                .update_function_code()
                .function_name(name)
                .architectures(Architecture::from(function.architecture.as_str()))
                .zip_file(Blob::new(zip));
            update.send().await.map_err(|error| {
                AwsError::of(
                    "lambda:UpdateFunctionCode",
                    format!("updating the code of the function {name}"),
                    error,
                )
            })
        })
        .await?;
        active(clients, name).await?;
    }
    if differs
        .iter()
        .any(|field| !["code", "tags"].contains(field))
    {
        let variables = encode(clients, names, &function.environment).await?;
        let passing = |failure: &AwsError| update_in_progress(failure) || role_is_new(failure);
        retry_until(PROPAGATION_TIMEOUT, passing, || async {
            let update = clients
                .lambda
                .update_function_configuration()
                .function_name(name)
                .runtime(Runtime::from(function.runtime.as_str()))
                .handler(&function.handler)
                .role(&function.role_arn)
                .memory_size(function.memory_mb)
                .timeout(function.timeout_s)
                .logging_config(logging(function))
                .environment(
                    Variables::builder()
                        .set_variables(Some(variables.clone()))
                        .build(),
                );
            update.send().await.map_err(|error| {
                AwsError::of(
                    "lambda:UpdateFunctionConfiguration",
                    format!("updating the function {name}"),
                    error,
                )
            })
        })
        .await?;
        active(clients, name).await?;
    }
    if differs.contains(&"tags") {
        let tag = clients
            .lambda
            .tag_resource()
            .resource(names.function_arn())
            .set_tags(Some(function.tags.clone().into_iter().collect()));
        tag.send().await.map_err(|error| {
            AwsError::of(
                "lambda:TagResource",
                format!("tagging the function {name}"),
                error,
            )
        })?;
    }
    Ok(())
}

/// Removes the function, and with it its settings and its policy.
pub(super) async fn remove(clients: &Clients, name: &str) -> Result<(), AwsError> {
    retry_until(PROPAGATION_TIMEOUT, update_in_progress, || async {
        match clients
            .lambda
            .delete_function()
            .function_name(name)
            .send()
            .await
        {
            Ok(_) => Ok(()),
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(|error| error.is_resource_not_found_exception()) =>
            {
                Ok(())
            }
            Err(error) => Err(AwsError::of(
                "lambda:DeleteFunction",
                format!("removing the function {name}"),
                error,
            )),
        }
    })
    .await
}

/// Says what happens to events that the function fails on.
pub(super) async fn put_event_invoke_config(
    clients: &Clients,
    name: &str,
    settings: &EventInvokeConfig,
) -> Result<(), AwsError> {
    let on_failure = settings
        .on_failure
        .as_ref()
        .map(|arn| OnFailure::builder().destination(arn).build());
    // Lambda checks whether the role may write to the queue, with IAM's delay.
    retry_until(PROPAGATION_TIMEOUT, role_is_new, || async {
        let put = clients
            .lambda
            .put_function_event_invoke_config()
            .function_name(name)
            .maximum_retry_attempts(settings.retries)
            .maximum_event_age_in_seconds(settings.max_age_s)
            .destination_config(
                DestinationConfig::builder()
                    .set_on_failure(on_failure.clone())
                    .build(),
            );
        put.send().await.map_err(|error| {
            AwsError::of(
                "lambda:PutFunctionEventInvokeConfig",
                format!("writing the async settings of the function {name}"),
                error,
            )
        })
    })
    .await?;
    Ok(())
}

/// Takes the settings for failed events away.
pub(super) async fn remove_event_invoke_config(
    clients: &Clients,
    name: &str,
) -> Result<(), AwsError> {
    match clients
        .lambda
        .delete_function_event_invoke_config()
        .function_name(name)
        .send()
        .await
    {
        Ok(_) => Ok(()),
        Err(error)
            if error
                .as_service_error()
                .is_some_and(|error| error.is_resource_not_found_exception()) =>
        {
            Ok(())
        }
        Err(error) => Err(AwsError::of(
            "lambda:DeleteFunctionEventInvokeConfig",
            format!("removing the async settings of the function {name}"),
            error,
        )),
    }
}

/// Lets the topic call the function.
pub(super) async fn add_permission(
    clients: &Clients,
    name: &str,
    permission: &Permission,
) -> Result<(), AwsError> {
    retry_until(PROPAGATION_TIMEOUT, update_in_progress, || async {
        let add = clients
            .lambda
            .add_permission()
            .function_name(name)
            .statement_id(&permission.statement)
            .action("lambda:InvokeFunction")
            .principal(&permission.principal)
            .source_arn(&permission.source_arn)
            .set_source_account(permission.source_account.clone());
        add.send().await.map_err(|error| {
            AwsError::of(
                "lambda:AddPermission",
                format!("letting the topic call the function {name}"),
                error,
            )
        })
    })
    .await?;
    Ok(())
}

/// Takes a statement out of the function's policy.
pub(super) async fn remove_permission(
    clients: &Clients,
    name: &str,
    statement: &str,
) -> Result<(), AwsError> {
    match clients
        .lambda
        .remove_permission()
        .function_name(name)
        .statement_id(statement)
        .send()
        .await
    {
        Ok(_) => Ok(()),
        Err(error)
            if error
                .as_service_error()
                .is_some_and(|error| error.is_resource_not_found_exception()) =>
        {
            Ok(())
        }
        Err(error) => Err(AwsError::of(
            "lambda:RemovePermission",
            format!("removing the permission {statement} of the function {name}"),
            error,
        )),
    }
}

/// Waits until the function is active and its last update is done.
async fn active(clients: &Clients, name: &str) -> Result<(), AwsError> {
    let end = Instant::now() + STATE_PATIENCE;
    loop {
        let doing = || format!("waiting for the function {name}");
        let now = clients
            .lambda
            .get_function_configuration()
            .function_name(name)
            .send()
            .await;
        let now =
            now.map_err(|error| AwsError::of("lambda:GetFunctionConfiguration", doing(), error))?;
        let failed = |what: &str, reason: Option<&str>| {
            Err(AwsError::refused(
                doing(),
                what,
                format!("{what}: {}", reason.unwrap_or("Lambda gives no reason")),
            ))
        };
        if now.state() == Some(&State::Failed) {
            return failed("State Failed", now.state_reason());
        }
        if now.last_update_status() == Some(&LastUpdateStatus::Failed) {
            return failed("LastUpdateStatus Failed", now.last_update_status_reason());
        }
        if now.state() != Some(&State::Pending)
            && now.last_update_status() != Some(&LastUpdateStatus::InProgress)
        {
            return Ok(());
        }
        if Instant::now() >= end {
            return failed("still pending after five minutes", now.state_reason());
        }
        sleep(STATE_PAUSE).await;
    }
}

/// Returns the variables as Lambda takes them: the secret's ARN as it is now, the secret encrypted now.
async fn encode(
    clients: &Clients,
    names: &ResourceNames,
    environment: &RelayEnvironment,
) -> Result<HashMap<String, String>, AwsError> {
    let webhook = match &environment.webhook {
        Some(location) => {
            let value = secret::variable(clients, names, location).await?;
            SecretVariables::of(location.store(), value)
        }
        None => SecretVariables::default(),
    };
    let variables = environment.with_webhook(webhook).variables();
    Ok(variables.into_iter().collect())
}

fn logging(function: &Function) -> LoggingConfig {
    // All of it is said, so that nothing of what somebody else set stays.
    LoggingConfig::builder()
        .log_format(if function.json_logs {
            LogFormat::Json
        } else {
            LogFormat::Text
        })
        .application_log_level(ApplicationLogLevel::Info)
        .log_group(format!("/aws/lambda/{}", function.name))
        .build()
}

/// IAM tells Lambda of a new role, policy or grant with a delay of seconds; there is no type for it, only these words.
fn role_is_new(failure: &AwsError) -> bool {
    const WORDS: [&str; 3] = [
        "cannot be assumed by Lambda",
        "does not have permissions to call",
        "Lambda was unable to decrypt the environment",
    ];
    matches!(&failure.kind, AwsErrorKind::Refused { code } if code == "InvalidParameterValueException")
        && WORDS.iter().any(|words| failure.cause().contains(words))
}

/// One update at a time: "An update is in progress for resource".
fn update_in_progress(failure: &AwsError) -> bool {
    matches!(&failure.kind, AwsErrorKind::Refused { code } if code == "ResourceConflictException")
        && failure.cause().contains("in progress")
        || failure
            .cause()
            .contains("is currently in the following state: Pending")
}
