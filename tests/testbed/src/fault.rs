//! What AWS does and an emulator does not: throttle, fail, hang up, deny, lag behind its own writes.

use std::fmt;
use std::time::Duration;

use super::call::Call;
use super::wire::AwsError;

/// What happens to a call in place of, or around, its answer.
pub enum Fault {
    /// Too many calls, in the words of the service.
    Throttled,
    /// A failure of the service itself, with this status from 500 up.
    ServerError(u16),
    /// The connection ends before the call takes effect.
    HangUpBefore,
    /// The call takes effect, and the connection ends without an answer.
    HangUpAfter,
    /// IAM says no, naming caller, action and resource.
    AccessDenied,
    /// The resource is not there, or not there yet.
    NotFound,
    /// The answer that the same call got the last time: a read that does not know of a write yet.
    Stale,
    /// Lambda has not heard of the new role yet.
    RoleNotAssumable,
    /// Lambda is still at work on the last change of the function.
    UpdateInProgress,
    /// Any other error.
    Error(AwsError),
    /// The answer takes longer.
    Delay(Duration),
    /// The test does something, and then the call goes on; a rule that follows may still apply.
    Run(Box<dyn FnMut(&Call) + Send>),
}

impl Fault {
    /// Returns the error that is the whole answer, for the faults that are one.
    pub fn error(&self, call: &Call) -> Option<AwsError> {
        Some(match self {
            Self::Throttled => throttled(&call.service),
            Self::ServerError(status) => AwsError::new(
                *status,
                internal_failure(&call.service),
                "An internal error occurred.",
            ),
            Self::AccessDenied => access_denied(call),
            Self::NotFound => not_found(call),
            Self::RoleNotAssumable => AwsError::new(
                400,
                "InvalidParameterValueException",
                "The role defined for the function cannot be assumed by Lambda.",
            ),
            Self::UpdateInProgress => AwsError::new(
                409,
                "ResourceConflictException",
                format!(
                    "The operation cannot be performed at this time. An update is in progress for resource: {}",
                    resource(call)
                ),
            ),
            Self::Error(error) => error.clone(),
            Self::HangUpBefore
            | Self::HangUpAfter
            | Self::Stale
            | Self::Delay(_)
            | Self::Run(_) => return None,
        })
    }
}

impl fmt::Debug for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Throttled => "Throttled",
            Self::ServerError(_) => "ServerError",
            Self::HangUpBefore => "HangUpBefore",
            Self::HangUpAfter => "HangUpAfter",
            Self::AccessDenied => "AccessDenied",
            Self::NotFound => "NotFound",
            Self::Stale => "Stale",
            Self::RoleNotAssumable => "RoleNotAssumable",
            Self::UpdateInProgress => "UpdateInProgress",
            Self::Error(error) => error.code,
            Self::Delay(_) => "Delay",
            Self::Run(_) => "Run",
        })
    }
}

fn throttled(service: &str) -> AwsError {
    match service {
        "lambda" => AwsError::new(429, "TooManyRequestsException", "Rate exceeded"),
        "iot" => AwsError::new(400, "ThrottlingException", "Rate exceeded"),
        "sns" => AwsError::new(400, "Throttling", "Rate exceeded"),
        "iam" | "sts" => AwsError::new(400, "Throttling", "Rate exceeded"),
        "sqs" => AwsError::new(400, "RequestThrottled", "Request is throttled."),
        _ => AwsError::new(400, "ThrottlingException", "Rate exceeded"),
    }
}

fn internal_failure(service: &str) -> &'static str {
    match service {
        "lambda" => "ServiceException",
        "iam" => "ServiceFailure",
        "sns" => "InternalError",
        "iot" => "InternalFailureException",
        "logs" => "ServiceUnavailableException",
        "kms" => "KMSInternalException",
        "secretsmanager" => "InternalServiceError",
        "ssm" => "InternalServerError",
        _ => "InternalFailure",
    }
}

fn access_denied(call: &Call) -> AwsError {
    let caller = format!("arn:aws:iam::{}:user/operator", call.account.id);
    let resource = resource(call);
    // SNS keeps its own code and writes its name in capitals.
    if call.service == "sns" {
        let message = format!(
            "User: {caller} is not authorized to perform: SNS:{} on resource: {resource} because no identity-based policy allows the SNS:{} action",
            call.action, call.action
        );
        return AwsError::new(403, "AuthorizationError", message);
    }
    let action = call.name();
    let message = format!(
        "User: {caller} is not authorized to perform: {action} on resource: {resource} because no identity-based policy allows the {action} action"
    );
    match call.service.as_str() {
        "iam" | "sts" => AwsError::new(403, "AccessDenied", message),
        "lambda" | "iot" => AwsError::new(403, "AccessDeniedException", message),
        _ => AwsError::new(400, "AccessDeniedException", message),
    }
}

fn not_found(call: &Call) -> AwsError {
    match call.service.as_str() {
        "iam" => {
            let role = call.form("RoleName").unwrap_or_default();
            AwsError::new(
                404,
                "NoSuchEntity",
                format!("The role with name {role} cannot be found."),
            )
        }
        "sns" if call.form("TopicArn").is_some() => {
            AwsError::new(404, "NotFound", "Topic does not exist")
        }
        "sns" => AwsError::new(404, "NotFound", "Subscription does not exist"),
        "sqs" => AwsError::new(
            400,
            "QueueDoesNotExist",
            "The specified queue does not exist.",
        ),
        "lambda" => AwsError::new(
            404,
            "ResourceNotFoundException",
            format!("Function not found: {}", resource(call)),
        ),
        "iot" => AwsError::new(
            404,
            "ResourceNotFoundException",
            "The specified resource does not exist.",
        ),
        "ssm" => AwsError::new(400, "ParameterNotFound", ""),
        "kms" => AwsError::new(
            400,
            "NotFoundException",
            format!("Key '{}' does not exist", resource(call)),
        ),
        "logs" => AwsError::new(
            400,
            "ResourceNotFoundException",
            "The specified log group does not exist.",
        ),
        "secretsmanager" => AwsError::new(
            400,
            "ResourceNotFoundException",
            "Secrets Manager can't find the specified secret.",
        ),
        _ => AwsError::new(404, "ResourceNotFoundException", "not found"),
    }
}

/// Returns the ARN of what a call is about, as far as the call says, else `*` as AWS does.
fn resource(call: &Call) -> String {
    let text = |name: &str| call.json()[name].as_str().map(str::to_owned);
    let arn = |kind: &str, name: String| call.account.arn(&call.service, &format!("{kind}{name}"));
    let found = match call.service.as_str() {
        "lambda" => call.function_name().map(|name| arn("function:", name)),
        "iam" => call.form("RoleName").map(|name| arn("role/", name)),
        "sns" => call
            .form("TopicArn")
            .or_else(|| call.form("SubscriptionArn"))
            .or_else(|| call.form("Name").map(|n| arn("", n))),
        "sqs" => text("QueueName")
            .or_else(|| text("QueueUrl")?.rsplit('/').next().map(str::to_owned))
            .map(|n| arn("", n)),
        "secretsmanager" => {
            text("SecretId").or_else(|| text("Name").map(|name| arn("secret:", name)))
        }
        "ssm" => {
            text("Name").map(|name| arn("parameter/", name.trim_start_matches('/').to_owned()))
        }
        "kms" => text("KeyId"),
        "logs" => text("logGroupName").map(|name| arn("log-group:", format!("{name}:log-stream:"))),
        "iot" if call.path_part(0) == Some("security-profiles") => call
            .path_part(1)
            .map(|n| arn("securityprofile/", n.to_owned())),
        _ => None,
    };
    found.unwrap_or_else(|| "*".to_owned())
}
