//! What a service's error code says, whatever the operation.

use aws_smithy_types::error::ErrorMetadata;

use super::cause::Cause;
use super::kind::AwsErrorKind;

/// What a service's error code says, whatever the operation.
#[derive(Clone, Copy)]
enum CodeClass {
    Denied,
    Expired,
    BadCredentials,
    Throttled,
}

/// The codes that mean the same in every operation of the services that have them. Sources: the "Common errors" page of each
/// service's API reference, and botocore's and smithy-rs's lists of throttling codes.
const CODES: &[(&str, CodeClass)] = &[
    // IAM, STS, SQS
    ("AccessDenied", CodeClass::Denied),
    // Lambda, Logs, KMS, Secrets Manager, SSM, IoT, CloudWatch
    ("AccessDeniedException", CodeClass::Denied),
    // SNS
    ("AuthorizationError", CodeClass::Denied),
    // SNS and SQS: the caller may not use the key of an encrypted topic or queue
    ("KMSAccessDenied", CodeClass::Denied),
    ("KmsAccessDenied", CodeClass::Denied),
    // IoT
    ("UnauthorizedException", CodeClass::Denied),
    // Common errors
    ("NotAuthorized", CodeClass::Denied),
    ("UnauthorizedOperation", CodeClass::Denied),
    ("ExpiredToken", CodeClass::Expired),
    ("ExpiredTokenException", CodeClass::Expired),
    ("RequestExpired", CodeClass::Expired),
    ("AuthFailure", CodeClass::BadCredentials),
    ("IncompleteSignature", CodeClass::BadCredentials),
    ("InvalidAccessKeyId", CodeClass::BadCredentials),
    ("InvalidClientTokenId", CodeClass::BadCredentials),
    ("InvalidSignatureException", CodeClass::BadCredentials),
    ("MissingAuthenticationToken", CodeClass::BadCredentials),
    (
        "MissingAuthenticationTokenException",
        CodeClass::BadCredentials,
    ),
    ("OptInRequired", CodeClass::BadCredentials),
    ("SignatureDoesNotMatch", CodeClass::BadCredentials),
    ("UnrecognizedClientException", CodeClass::BadCredentials),
    ("RequestLimitExceeded", CodeClass::Throttled),
    ("RequestThrottled", CodeClass::Throttled),
    ("RequestThrottledException", CodeClass::Throttled),
    ("SlowDown", CodeClass::Throttled),
    // SNS
    ("Throttled", CodeClass::Throttled),
    ("ThrottledException", CodeClass::Throttled),
    // IAM, STS, SQS, CloudWatch
    ("Throttling", CodeClass::Throttled),
    ("ThrottlingException", CodeClass::Throttled),
    // Lambda
    ("TooManyRequestsException", CodeClass::Throttled),
];

/// The status of an answer to too many calls.
pub(super) const TOO_MANY_REQUESTS: u16 = 429;

/// The codes of a service that cannot answer just now.
const OUTAGES: [&str; 7] = [
    "InternalError",
    "InternalFailure",
    "InternalServerError",
    "InternalServerException",
    "ServiceException",
    "ServiceUnavailable",
    "ServiceUnavailableException",
];

/// Reads what a service answers in place of a result.
pub(super) fn refusal(
    action: &'static str,
    answer: &ErrorMetadata,
    status: u16,
) -> (AwsErrorKind, Cause) {
    let code = answer.code().unwrap_or_default();
    let message = answer
        .message()
        .filter(|message| !message.is_empty())
        .unwrap_or("the service gave no reason");
    let class = CODES
        .iter()
        .find(|(known, _)| *known == code)
        .map(|(_, class)| *class)
        .or((status == TOO_MANY_REQUESTS).then_some(CodeClass::Throttled));
    let kind = match class {
        Some(CodeClass::Denied) => AwsErrorKind::AccessDenied { action },
        Some(CodeClass::Expired) => AwsErrorKind::ExpiredCredentials,
        Some(CodeClass::BadCredentials) => AwsErrorKind::BadCredentials,
        Some(CodeClass::Throttled) => AwsErrorKind::Throttled,
        None => AwsErrorKind::Refused {
            code: match code {
                "" => http_code(status),
                code => code.to_owned(),
            },
        },
    };
    let cause = match code {
        "" => Cause::new(format_args!("HTTP {status}: {message}")),
        code => Cause::new(format_args!("{code}: {message}")),
    };
    (kind, cause)
}

/// Returns what stands for the code of an answer that has none.
pub(super) fn http_code(status: u16) -> String {
    format!("HTTP {status}")
}

/// Returns whether a service that refused with this code cannot answer just now.
pub(super) fn is_outage(code: &str) -> bool {
    OUTAGES.contains(&code) || code.starts_with("HTTP 5")
}
