//! The relay's function: code and configuration.

mod event_invoke;
mod grant;
mod permission;

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use aws_sdk_lambda::operation::get_function::GetFunctionOutput;
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::{
    ApplicationLogLevel, Architecture, Environment as Variables, FunctionCode,
    FunctionConfiguration, LastUpdateStatus, LogFormat, LoggingConfig, Runtime, State,
};
use tokio::time::Instant;

use super::response::{Response, created};
use super::retry::{poll_until, retry_transient};
use super::scope::ReadScope;
use super::tags::managed_tags;
use super::transport::upload_timeouts;
use super::{AwsError, Clients, secret};
use crate::chain::names::ResourceNames;
use crate::chain::state::{Function, Role, holds_all};
use crate::contract::environment::{RelayEnvironment, RelayVariables, SecretVariables};

pub(super) use event_invoke::{
    event_invoke_config, put_event_invoke_config, remove_event_invoke_config,
};
pub(super) use grant::{is_outdated, remove_roles};
pub use permission::policy;
pub(super) use permission::{add_permission, permission, remove_permission};

/// How long a function may take to become active or updated; the SDK's waiters give it five minutes.
const STATE_TIMEOUT: Duration = Duration::from_secs(300);
const STATE_INTERVAL: Duration = Duration::from_millis(500);

/// Returns the function as Lambda describes it, or `None` if it does not exist.
///
/// # Errors
/// Any but "not found".
pub async fn get(clients: &Clients, name: &str) -> Result<Option<GetFunctionOutput>, AwsError> {
    let get = clients.lambda.get_function().function_name(name);
    get.send()
        .await
        .or_missing("lambda:GetFunction", format!("reading the function {name}"))
}

/// Checks that the function's tags were shown: without lambda:ListTags, Lambda leaves them out of an answer that succeeds, and
/// our own function would look like somebody else's.
pub(super) fn check_tags(found: &GetFunctionOutput, name: &str) -> Result<(), AwsError> {
    match found.tags_error() {
        Some(error) if found.tags().is_none_or(HashMap::is_empty) => Err(AwsError::denied(
            "lambda:ListTags",
            format!("reading the tags of the function {name}"),
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

/// Returns the function as Lambda describes it, in the form of a plan; `role` is its own role, where that is there.
pub(super) fn describe(
    found: &GetFunctionOutput,
    environment: RelayEnvironment,
    role: Option<&Role>,
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
        json_logs: logs_outcomes(configuration),
        environment,
        ready: is_ready(configuration),
        granted: role.is_none_or(|role| !is_outdated(configuration, role)),
        tags,
    })
}

/// Returns whether the function can be invoked as it is configured. One that was not invoked for long is inactive and comes back
/// by itself. AWS always says; a state that it leaves out is not compared.
fn is_ready(configuration: &FunctionConfiguration) -> bool {
    let state = configuration.state();
    let last_update = configuration.last_update_status();
    state.is_none_or(|state| [State::Active, State::Inactive].contains(state))
        && last_update.is_none_or(|status| *status == LastUpdateStatus::Successful)
}

/// Returns the architecture of a function; x86-64 is Lambda's default.
pub(super) fn architecture(configuration: &FunctionConfiguration) -> &str {
    configuration
        .architectures()
        .first()
        .map_or("x86_64", |architecture| architecture.as_str())
}

/// Returns whether the function logs what became of each alert, where it is looked for: as JSON, in the function's own log group,
/// at the level INFO. AWS always says; a setting that it leaves out is not compared.
pub(super) fn logs_outcomes(configuration: &FunctionConfiguration) -> bool {
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

/// Returns the limits of a call that uploads the relay.
fn upload() -> aws_sdk_lambda::config::Builder {
    aws_sdk_lambda::config::Config::builder().timeout_config(upload_timeouts())
}

/// Creates the function and waits until it is active.
///
/// # Errors
/// Lambda refuses, or the function does not become active. A role that is new is waited for.
pub(super) async fn create(
    clients: &Clients,
    names: &ResourceNames,
    function: &Function,
    zip: &[u8],
) -> Result<(), AwsError> {
    let name = &function.name;
    let variables = encode(clients, names, &function.environment).await?;
    let environment = Variables::builder().set_variables(Some(variables)).build();
    let outcome = retry_transient(|| async {
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
            .environment(environment.clone())
            .code(FunctionCode::builder().zip_file(Blob::new(zip)).build())
            .set_tags(Some(function.tags.clone().into_iter().collect()));
        let sent = create.customize().config_override(upload()).send();
        sent.await.or_error(
            "lambda:CreateFunction",
            format!("creating the function {name}"),
        )
    })
    .await;
    created(outcome, async || {
        let there = get(clients, name).await?;
        Ok(there.is_some_and(|there| is_created(&there, function)))
    })
    .await?;
    wait_until_ready(clients, name).await
}

/// Returns whether what Lambda holds is what was to be created; the environment, which may be encrypted anew, is not compared.
fn is_created(there: &GetFunctionOutput, function: &Function) -> bool {
    let (tags, is_ours) = managed_tags(there.tags().into_iter().flatten());
    is_ours
        && holds_all(&tags, &function.tags)
        && there.configuration().is_some_and(|configuration| {
            configuration.code_sha256() == Some(&function.code_sha256)
                && configuration.role() == Some(&function.role_arn)
        })
}

/// Updates what differs: code first, then configuration, waiting for each. A function whose last update failed gets its
/// configuration again.
///
/// # Errors
/// Lambda refuses, or an update fails. An update in progress and a role that is new are waited for.
pub(super) async fn update(
    clients: &Clients,
    names: &ResourceNames,
    function: &Function,
    zip: &[u8],
    differs: &[&str],
) -> Result<(), AwsError> {
    let name = &function.name;
    let has_failed = wait_until_settled(clients, name).await?.is_some();
    if differs.contains(&"key grant") {
        // First: any other change would make the function newer than its role, and hide that it has no grant.
        grant::renew(clients, names, function).await?;
    }
    if differs.contains(&"code") {
        retry_transient(|| async {
            let update = clients
                .lambda
                .update_function_code()
                .function_name(name)
                .architectures(Architecture::from(function.architecture.as_str()))
                .zip_file(Blob::new(zip));
            let sent = update.customize().config_override(upload()).send();
            sent.await.or_error(
                "lambda:UpdateFunctionCode",
                format!("updating the code of the function {name}"),
            )
        })
        .await?;
        wait_until_ready(clients, name).await?;
    }
    let is_configuration =
        |field: &&str| !["code", "key grant", "readiness", "tags"].contains(field);
    let is_repeated = has_failed && !differs.contains(&"code");
    if is_repeated || differs.iter().any(is_configuration) {
        let variables = encode(clients, names, &function.environment).await?;
        let environment = Variables::builder().set_variables(Some(variables)).build();
        retry_transient(|| async {
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
                .environment(environment.clone());
            update.send().await.or_error(
                "lambda:UpdateFunctionConfiguration",
                format!("updating the configuration of the function {name}"),
            )
        })
        .await?;
        wait_until_ready(clients, name).await?;
        if differs.contains(&"role") {
            grant::remove_leftover(clients, names).await?;
        }
    }
    if differs.contains(&"tags") {
        retry_transient(|| async {
            let tag = clients
                .lambda
                .tag_resource()
                .resource(names.function_arn())
                .set_tags(Some(function.tags.clone().into_iter().collect()));
            tag.send()
                .await
                .or_error("lambda:TagResource", format!("tagging the function {name}"))
        })
        .await?;
    }
    Ok(())
}

/// Removes the function, and with it its settings and its policy.
///
/// # Errors
/// Lambda refuses.
pub(super) async fn remove(clients: &Clients, name: &str) -> Result<(), AwsError> {
    retry_transient(|| async {
        let delete = clients.lambda.delete_function().function_name(name);
        delete.send().await.or_gone(
            "lambda:DeleteFunction",
            format!("removing the function {name}"),
        )
    })
    .await
}

/// Waits until the function is active and its last update is done.
///
/// Not with the SDK's waiters: there is one for each of the two states, they pause for a second and then ever longer, and they
/// end at a function that is not known everywhere yet.
///
/// # Errors
/// The function or its update failed, with Lambda's reason, or is still not done after [`STATE_TIMEOUT`].
async fn wait_until_ready(clients: &Clients, name: &str) -> Result<(), AwsError> {
    match wait_until_settled(clients, name).await? {
        None => Ok(()),
        Some(failure) => Err(failure),
    }
}

/// Waits until the function is no longer pending and no update is in progress. Returns why it failed, where it or its last update
/// did.
///
/// # Errors
/// It cannot be read, or is still not done after [`STATE_TIMEOUT`].
async fn wait_until_settled(clients: &Clients, name: &str) -> Result<Option<AwsError>, AwsError> {
    const ACTION: &str = "lambda:GetFunctionConfiguration";
    let task = format!("waiting for the function {name}");
    let ready = poll_until(Instant::now() + STATE_TIMEOUT, STATE_INTERVAL, || async {
        let now = retry_transient(|| async {
            let get = clients
                .lambda
                .get_function_configuration()
                .function_name(name);
            get.send().await.or_error(ACTION, task.as_str())
        })
        .await?;
        let failed = |status: &str, reason: Option<&str>| {
            let reason = reason.unwrap_or("Lambda gives no reason");
            Ok(Some(Some(AwsError::refused(
                ACTION,
                task.as_str(),
                status,
                format!("{status}: {reason}"),
            ))))
        };
        let is_pending = now.state() == Some(&State::Pending)
            || now.last_update_status() == Some(&LastUpdateStatus::InProgress);
        if is_pending {
            return Ok(None);
        }
        if now.state() == Some(&State::Failed) {
            return failed("State Failed", now.state_reason());
        }
        if now.last_update_status() == Some(&LastUpdateStatus::Failed) {
            return failed("LastUpdateStatus Failed", now.last_update_status_reason());
        }
        Ok(Some(None))
    });
    ready.await?.ok_or_else(|| {
        let minutes = STATE_TIMEOUT.as_secs() / 60;
        let why = format!("still pending after {minutes} minutes");
        AwsError::refused(ACTION, task.as_str(), "Pending", why)
    })
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

#[cfg(test)]
mod tests {
    use aws_sdk_lambda::Client;
    use aws_sdk_lambda::operation::get_function_configuration::GetFunctionConfigurationOutput;
    use aws_sdk_lambda::operation::update_function_configuration::UpdateFunctionConfigurationOutput;
    use aws_smithy_mocks::mock;

    use super::*;
    use crate::arn::AccountRegion;
    use crate::aws::mocks::{clients, json_error};

    fn state(state: State) -> GetFunctionConfigurationOutput {
        GetFunctionConfigurationOutput::builder()
            .state(state)
            .state_reason("the image cannot be pulled")
            .build()
    }

    #[tokio::test(start_paused = true)]
    async fn a_function_that_is_not_known_everywhere_or_pending_is_waited_for() {
        let get = mock!(Client::get_function_configuration)
            .sequence()
            .http_response(|| json_error(404, "ResourceNotFoundException", "not found: f"))
            .output(|| state(State::Pending))
            .times(3)
            .output(|| state(State::Active))
            .build();
        let ready = wait_until_ready(&clients([&get]), "f").await;
        ready.expect("it becomes active");
        assert_eq!(get.num_calls(), 5);
    }

    #[tokio::test(start_paused = true)]
    async fn a_function_that_failed_is_an_error_with_lambdas_reason() {
        let get = mock!(Client::get_function_configuration).then_output(|| state(State::Failed));
        let failure = wait_until_ready(&clients([&get]), "f")
            .await
            .expect_err("an error");
        let said = failure.cause();
        assert!(said.contains("the image cannot be pulled"), "{said}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_function_that_is_only_not_ready_is_waited_for_and_written_only_where_it_failed() {
        let function = |environment| Function {
            name: "f".to_owned(),
            code_sha256: String::new(),
            architecture: "arm64".to_owned(),
            runtime: "provided.al2023".to_owned(),
            handler: "bootstrap".to_owned(),
            memory_mb: 128,
            timeout_s: 30,
            role_arn: "r".to_owned(),
            json_logs: true,
            environment,
            ready: true,
            granted: true,
            tags: [].into(),
        };
        for (last_update, writes) in [
            (LastUpdateStatus::Successful, 0),
            (LastUpdateStatus::Failed, 1),
        ] {
            let get = mock!(Client::get_function_configuration)
                .sequence()
                .output(|| state(State::Pending))
                .output(move || {
                    GetFunctionConfigurationOutput::builder()
                        .last_update_status(last_update.clone())
                        .build()
                })
                .output(|| state(State::Active))
                .build();
            let write = mock!(Client::update_function_configuration)
                .then_output(|| UpdateFunctionConfigurationOutput::builder().build());
            let topic = "arn:aws:sns:eu-west-1:123456789012:t".parse();
            let place = AccountRegion {
                partition: "aws".to_owned(),
                region: "eu-west-1".to_owned(),
                account: "123456789012".to_owned(),
            };
            let names = ResourceNames::new("chime", &topic.expect("an ARN"), place, Some("f"));
            let clients = clients([&get, &write]);
            let function = function(
                RelayVariables::parse(HashMap::<String, String>::new()).with_webhook(None),
            );
            let updated = update(&clients, &names, &function, &[], &["readiness"]).await;
            updated.expect("it becomes ready");
            assert_eq!(write.num_calls(), writes);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_function_that_stays_pending_is_an_error_in_time() {
        let get = mock!(Client::get_function_configuration).then_output(|| state(State::Pending));
        let start = Instant::now();
        let failure = wait_until_ready(&clients([&get]), "f")
            .await
            .expect_err("an error");
        assert_eq!(failure.cause(), "still pending after 5 minutes");
        assert!(start.elapsed() <= STATE_TIMEOUT);
    }
}
