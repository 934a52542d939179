//! A call that failed: what was being done, to which resource, why, and what to do about it.

use std::error::Error as StdError;
use std::fmt;

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::display::DisplayErrorContext;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use thiserror::Error;

use crate::destination::sms::PhoneNumber;

/// Something could not be done in the account, or on the way to it.
#[derive(Debug, Error)]
#[error("{doing} failed")]
pub struct AwsError {
    /// What was being done, to which resource: "creating the function x".
    pub doing: String,
    /// Why, in kinds that can be acted on.
    pub kind: AwsErrorKind,
    #[source]
    cause: Cause,
}

/// Why a call failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AwsErrorKind {
    /// The caller may not; the IAM action that is missing.
    AccessDenied {
        /// Such as `lambda:CreateFunction`.
        action: &'static str,
    },
    /// There are no credentials at all.
    NoCredentials,
    /// The credentials are expired.
    ExpiredCredentials,
    /// The credentials are not accepted: unknown key, wrong signature, clock off.
    BadCredentials,
    /// Too many calls, even after the SDK's own retries.
    Throttled,
    /// Nobody answered.
    Unreachable,
    /// The service said no; its error code.
    Refused {
        /// Such as `InvalidParameterValueException`.
        code: String,
    },
    /// It went wrong here, before or without a call.
    Local,
}

/// The last error in words.
#[derive(Debug)]
struct Cause(String);

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl StdError for Cause {}

/// The codes by which services say that the caller may not.
const DENIED: &[&str] = &[
    "AccessDenied",
    "AccessDeniedException",
    "AuthorizationError",
    "UnauthorizedOperation",
    "UnauthorizedException",
];
/// The codes by which they say that the credentials are expired.
const EXPIRED: &[&str] = &["ExpiredToken", "ExpiredTokenException", "RequestExpired"];
/// The codes by which they say that the credentials are no good.
const BAD: &[&str] = &[
    "InvalidClientTokenId",
    "UnrecognizedClientException",
    "SignatureDoesNotMatch",
    "InvalidSignatureException",
    "IncompleteSignature",
    "InvalidAccessKeyId",
    "MissingAuthenticationToken",
    "MissingAuthenticationTokenException",
    "AuthFailure",
    "OptInRequired",
];
/// The codes by which they say that there were too many calls.
const THROTTLED: &[&str] = &[
    "Throttling",
    "ThrottlingException",
    "Throttled",
    "ThrottledException",
    "TooManyRequestsException",
    "RequestLimitExceeded",
    "LimitExceededException.Throttling",
    "RequestThrottled",
    "SlowDown",
];

impl AwsError {
    /// Reads the error of a call. `action` is the IAM action that the call needs.
    pub fn of<E>(
        action: &'static str,
        doing: impl Into<String>,
        error: SdkError<E, HttpResponse>,
    ) -> AwsError
    where
        E: ProvideErrorMetadata + StdError + Send + Sync + 'static,
    {
        let (kind, cause) = read(action, &error);
        AwsError {
            doing: doing.into(),
            kind,
            cause: Cause(cause),
        }
    }

    /// Says that the caller may not, where an answer says so that is not an error.
    pub fn denied(
        action: &'static str,
        doing: impl Into<String>,
        cause: impl fmt::Display,
    ) -> AwsError {
        AwsError {
            doing: doing.into(),
            kind: AwsErrorKind::AccessDenied { action },
            cause: Cause(cause.to_string()),
        }
    }

    /// Says that something went wrong here.
    pub fn local(doing: impl Into<String>, cause: impl fmt::Display) -> AwsError {
        AwsError {
            doing: doing.into(),
            kind: AwsErrorKind::Local,
            cause: Cause(cause.to_string()),
        }
    }

    /// Says that the service answered, but not with what was asked for.
    pub fn refused(doing: impl Into<String>, code: &str, cause: impl fmt::Display) -> AwsError {
        AwsError {
            doing: doing.into(),
            kind: AwsErrorKind::Refused {
                code: code.to_owned(),
            },
            cause: Cause(cause.to_string()),
        }
    }

    /// Returns what a person can do about it.
    pub fn hint(&self) -> Option<String> {
        match &self.kind {
            AwsErrorKind::AccessDenied { action } => {
                Some(format!("allow the IAM action {action} for these credentials; docs/permissions.md has the whole policy"))
            }
            AwsErrorKind::NoCredentials => {
                Some("sign in (aws sso login, aws login, aws configure) or set AWS_PROFILE or AWS_ACCESS_KEY_ID".to_owned())
            }
            AwsErrorKind::ExpiredCredentials => Some("sign in again (aws sso login, aws login) or renew the session token".to_owned()),
            AwsErrorKind::BadCredentials => Some("check the access key, the profile (--profile) and this machine's clock".to_owned()),
            AwsErrorKind::Throttled => Some("too many calls in this account just now; run the same command again in a minute".to_owned()),
            AwsErrorKind::Unreachable => Some("check the network, the region (--region) and the endpoint (--endpoint-url)".to_owned()),
            AwsErrorKind::Refused { .. } | AwsErrorKind::Local => None,
        }
    }

    /// Hides a phone's number in what the service says: SNS repeats the number that it refuses.
    pub fn hiding(mut self, phone: &PhoneNumber) -> AwsError {
        let (number, digits) = (phone.as_str(), phone.as_str().trim_start_matches('+'));
        self.cause = Cause(
            self.cause
                .0
                .replace(number, &phone.masked())
                .replace(digits, &phone.masked()),
        );
        self
    }

    /// Returns why in a few words, for a list of what could not be looked at.
    pub fn why(&self) -> String {
        match &self.kind {
            AwsErrorKind::AccessDenied { action } => format!("needs {action}"),
            _ => self.cause().to_owned(),
        }
    }

    /// Returns the last error in words.
    pub fn cause(&self) -> &str {
        &self.cause.0
    }
}

fn read<E>(action: &'static str, error: &SdkError<E, HttpResponse>) -> (AwsErrorKind, String)
where
    E: ProvideErrorMetadata + StdError + Send + Sync + 'static,
{
    if let SdkError::ServiceError(service) = error {
        let code = service.err().code().unwrap_or_default();
        let message = service
            .err()
            .message()
            .filter(|message| !message.is_empty())
            .unwrap_or("the service gave no reason");
        let status = service.raw().status().as_u16();
        let is = |codes: &[&str]| codes.contains(&code);
        let kind = if is(EXPIRED) {
            AwsErrorKind::ExpiredCredentials
        } else if is(BAD) {
            AwsErrorKind::BadCredentials
        } else if is(DENIED) {
            AwsErrorKind::AccessDenied { action }
        } else if is(THROTTLED) || status == 429 {
            AwsErrorKind::Throttled
        } else {
            AwsErrorKind::Refused {
                code: code.to_owned(),
            }
        };
        let cause = if code.is_empty() {
            format!("HTTP {status}: {message}")
        } else {
            format!("{code}: {message}")
        };
        return (kind, cause);
    }
    let words = DisplayErrorContext(error).to_string();
    let kind = match error {
        SdkError::TimeoutError(_) => AwsErrorKind::Unreachable,
        SdkError::DispatchFailure(dispatch) if no_credentials(&words) => {
            let _ = dispatch;
            AwsErrorKind::NoCredentials
        }
        SdkError::DispatchFailure(_) => AwsErrorKind::Unreachable,
        SdkError::ConstructionFailure(_) if no_credentials(&words) => AwsErrorKind::NoCredentials,
        SdkError::ResponseError(response) => AwsErrorKind::Refused {
            code: format!("HTTP {}", response.raw().status().as_u16()),
        },
        _ => AwsErrorKind::Local,
    };
    (kind, chain(error))
}

/// The SDK has no type for it that can be reached: the credentials provider's error is boxed below the dispatch failure.
fn no_credentials(words: &str) -> bool {
    words.contains("credential") || words.contains("Credentials")
}

/// Returns the innermost reason, with what is around it where it says more.
fn chain(error: &dyn StdError) -> String {
    let mut words: Vec<String> = Vec::new();
    let mut next = Some(error);
    while let Some(error) = next {
        let text = error.to_string();
        if words.last().is_none_or(|last| !last.contains(&text)) {
            words.push(text);
        }
        next = error.source();
    }
    words.join(": ")
}
