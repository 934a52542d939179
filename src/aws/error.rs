//! A call that failed: what was being done, to which resource, why, and what to do about it.

mod cause;
mod codes;
mod connection;
mod credentials_problem;
mod kind;

use std::error::Error as StdError;
use std::fmt;

use aws_credential_types::provider::error::CredentialsError;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use thiserror::Error;

use super::denial::Denial;
use crate::chain::command_place::CommandPlace;
use crate::destination::sms::PhoneNumber;
use cause::{Cause, sources};
use codes::{TOO_MANY_REQUESTS, http_code, is_outage, refusal};
use connection::{dispatch_failure, timed_out};

pub(super) use cause::plain_causes;
pub(super) use connection::{is_refused_by_proxy, untrusted_certificate};
pub(super) use credentials_problem::CredentialsProblem;
pub use kind::AwsErrorKind;

/// Something could not be done in the account, or on the way to it. Its sources say why, each in words of its own.
#[derive(Debug, Error)]
#[error("{task} failed")]
pub struct AwsError {
    /// What was being done, to which resource: "creating the function x".
    pub task: String,
    /// The IAM action of the call, such as `lambda:CreateFunction`; `None` if no call was made.
    pub action: Option<&'static str>,
    /// Why, in kinds that can be acted on.
    pub kind: AwsErrorKind,
    #[source]
    cause: Cause,
    /// What to do about it, where that is known better than by its kind.
    remedy: Option<String>,
}

impl AwsError {
    /// Reads the error of a call. `action` is the IAM action that the call needs.
    pub(super) fn of<E>(
        action: &'static str,
        task: impl Into<String>,
        error: &SdkError<E, HttpResponse>,
    ) -> AwsError
    where
        E: ProvideErrorMetadata + StdError + Send + Sync + 'static,
    {
        // Credentials are looked for before every call, and their provider's error is boxed somewhere below what the call returns.
        let problem =
            sources(error.source()).find_map(|error| error.downcast_ref::<CredentialsProblem>());
        if let Some(problem) = problem {
            return AwsError::of_credentials(Some(action), task, problem);
        }
        let (kind, cause) = classify(action, error);
        AwsError {
            task: task.into(),
            action: Some(action),
            kind,
            cause,
            remedy: None,
        }
    }

    /// Makes the error of credentials that are not there.
    pub(super) fn of_credentials(
        action: Option<&'static str>,
        task: impl Into<String>,
        problem: &CredentialsProblem,
    ) -> AwsError {
        AwsError {
            task: task.into(),
            action,
            kind: match problem.is_configuration {
                true => AwsErrorKind::BadCredentials,
                false => AwsErrorKind::NoCredentials,
            },
            cause: Cause::with(&problem.message, problem.cause.as_deref()),
            remedy: Some(problem.hint.clone()),
        }
    }

    /// Makes the error of an answer that succeeds and says all the same that the caller may not.
    pub fn denied(
        action: &'static str,
        task: impl Into<String>,
        cause: impl fmt::Display,
    ) -> AwsError {
        AwsError {
            task: task.into(),
            action: Some(action),
            kind: AwsErrorKind::AccessDenied { action },
            cause: Cause::new(cause),
            remedy: None,
        }
    }

    /// Makes the error of something that went wrong here.
    pub fn local(task: impl Into<String>, cause: impl fmt::Display) -> AwsError {
        AwsError {
            task: task.into(),
            action: None,
            kind: AwsErrorKind::Local,
            cause: Cause::new(cause),
            remedy: None,
        }
    }

    /// Makes the error of an answer that succeeds and lacks what was asked for.
    pub fn unexpected(
        action: &'static str,
        task: impl Into<String>,
        cause: impl fmt::Display,
    ) -> AwsError {
        Self::refused(action, task, "UnexpectedAnswer", cause)
    }

    /// Makes the error of a refusal that is part of an answer, with its error code.
    pub fn refused(
        action: &'static str,
        task: impl Into<String>,
        code: &str,
        cause: impl fmt::Display,
    ) -> AwsError {
        AwsError {
            task: task.into(),
            action: Some(action),
            kind: AwsErrorKind::Refused {
                code: code.to_owned(),
            },
            cause: Cause::new(cause),
            remedy: None,
        }
    }

    /// Returns the service's error code, where it refused.
    pub fn code(&self) -> Option<&str> {
        match &self.kind {
            AwsErrorKind::Refused { code } => Some(code),
            _ => None,
        }
    }

    /// Returns whether the caller may not make the call.
    pub fn is_denied(&self) -> bool {
        matches!(self.kind, AwsErrorKind::AccessDenied { .. })
    }

    /// Returns whether the same call may succeed a little later: nobody answered, or the service says that it cannot just now.
    pub fn can_pass(&self) -> bool {
        match &self.kind {
            AwsErrorKind::Unreachable | AwsErrorKind::Throttled => true,
            AwsErrorKind::Refused { code } => is_outage(code),
            _ => false,
        }
    }

    /// Returns whether no call of these credentials can succeed: they are missing, expired or not accepted.
    pub fn is_about_credentials(&self) -> bool {
        matches!(
            self.kind,
            AwsErrorKind::NoCredentials
                | AwsErrorKind::ExpiredCredentials
                | AwsErrorKind::BadCredentials
        )
    }

    /// Returns what a person can do about it; `place` stands behind the commands.
    pub fn hint(&self, place: &CommandPlace) -> Option<String> {
        if let Some(remedy) = &self.remedy {
            return Some(remedy.clone());
        }
        match &self.kind {
            AwsErrorKind::AccessDenied { action } => {
                Some(Denial::read(&self.cause()).hint(action))
            }
            AwsErrorKind::NoCredentials => {
                Some("sign in (aws sso login, aws login, aws configure) or set AWS_PROFILE or AWS_ACCESS_KEY_ID".to_owned())
            }
            AwsErrorKind::ExpiredCredentials => Some(format!(
                "sign in again ({}, {}) or renew the session token",
                place.aws_profile("sso login"),
                place.aws_profile("login")
            )),
            AwsErrorKind::BadCredentials => Some("check the access key, the profile (--profile) and this machine's clock".to_owned()),
            AwsErrorKind::Throttled => Some("the account makes too many calls just now; run the same command again in a minute".to_owned()),
            AwsErrorKind::Unreachable => Some("check the network, the region (--region) and the endpoint (--endpoint-url)".to_owned()),
            AwsErrorKind::Proxy => Some("check HTTPS_PROXY and HTTP_PROXY; NO_PROXY lists the hosts that are reached without them".to_owned()),
            AwsErrorKind::Untrusted => Some(
                "if a proxy or a server of your own issued it, name the file with its CA certificate in AWS_CA_BUNDLE or SSL_CERT_FILE (PEM)"
                    .to_owned(),
            ),
            AwsErrorKind::Refused { .. } | AwsErrorKind::Local => None,
        }
    }

    /// Hides a phone's number in what the service says: SNS repeats the number that it refuses.
    pub fn hiding(mut self, phone: &PhoneNumber) -> AwsError {
        let (number, digits) = (phone.as_str(), phone.as_str().trim_start_matches('+'));
        self.cause.replace(number, &phone.masked());
        self.cause.replace(digits, &phone.masked());
        self
    }

    /// Returns why in a few words, for a list of what could not be read.
    pub fn why(&self) -> String {
        match &self.kind {
            AwsErrorKind::AccessDenied { action } => Denial::read(&self.cause()).why(action),
            _ => self.cause(),
        }
    }

    /// Returns the sources in words, the outermost first.
    pub fn cause(&self) -> String {
        self.cause.in_words()
    }
}

fn classify<E>(action: &'static str, error: &SdkError<E, HttpResponse>) -> (AwsErrorKind, Cause)
where
    E: ProvideErrorMetadata + StdError + Send + Sync + 'static,
{
    // An error of a provider that is not ours.
    let credentials =
        sources(error.source()).find_map(|error| error.downcast_ref::<CredentialsError>());
    if let Some(credentials) = credentials {
        let kind = match credentials {
            CredentialsError::InvalidConfiguration(_) => AwsErrorKind::BadCredentials,
            _ => AwsErrorKind::NoCredentials,
        };
        return (kind, Cause::chain(None, Some(credentials)));
    }
    match error {
        SdkError::ServiceError(service) => {
            let status = service.raw().status().as_u16();
            refusal(action, service.err().meta(), status)
        }
        SdkError::DispatchFailure(failure) => match failure.as_connector_error() {
            Some(connector) => dispatch_failure(connector),
            None => (AwsErrorKind::Unreachable, Cause::chain(None, Some(error))),
        },
        SdkError::TimeoutError(_) => (
            AwsErrorKind::Unreachable,
            Cause::chain(timed_out(error.source()), error.source()),
        ),
        SdkError::ResponseError(response) => {
            let status = response.raw().status().as_u16();
            let kind = match status {
                TOO_MANY_REQUESTS => AwsErrorKind::Throttled,
                _ => AwsErrorKind::Refused {
                    code: http_code(status),
                },
            };
            let first = format!("HTTP {status} with an answer that cannot be read");
            (kind, Cause::chain(Some(&first), error.source()))
        }
        _ => (AwsErrorKind::Local, Cause::chain(None, error.source())),
    }
}

#[cfg(test)]
mod tests;
