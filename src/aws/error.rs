//! A call that failed: what was being done, to which resource, why, and what to do about it.

use std::error::Error as StdError;
use std::fmt;
use std::io;

use aws_credential_types::provider::error::CredentialsError;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::{ConnectorError, SdkError};
use aws_smithy_types::error::ErrorMetadata;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use jiff::SignedDuration;
use thiserror::Error;

use super::denial::Denial;
use crate::chain::command_place::CommandPlace;
use crate::destination::sms::PhoneNumber;
use crate::http::{TUNNEL_ERROR, certificate_problem, refused_tunnel};

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

/// Why a call failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AwsErrorKind {
    /// The caller may not; the IAM action that is missing.
    AccessDenied {
        /// Such as `lambda:CreateFunction`.
        action: &'static str,
    },
    /// There are no credentials, or whatever hands them out did not.
    NoCredentials,
    /// The credentials are expired.
    ExpiredCredentials,
    /// The credentials are not accepted (unknown key, wrong signature, wrong clock), or the profile is set up wrongly.
    BadCredentials,
    /// Too many calls, even after the SDK's own retries.
    Throttled,
    /// The service could not be reached, or did not answer in time.
    Unreachable,
    /// The proxy could not be reached, or did not let the call through.
    Proxy,
    /// The certificate of the service is not trusted.
    Untrusted,
    /// The service refused; its error code.
    Refused {
        /// Such as `InvalidParameterValueException`.
        code: String,
    },
    /// It went wrong here, before or without a call.
    Local,
}

/// Why there are no credentials, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct CredentialsProblem {
    /// In words that are a sentence by themselves.
    pub(super) message: String,
    /// What the service or the program said, if it said something.
    pub(super) cause: Option<String>,
    /// What to type next.
    pub(super) hint: String,
    /// Whether the configuration is wrong, and not the credentials missing.
    pub(super) is_configuration: bool,
}

impl fmt::Display for CredentialsProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl StdError for CredentialsProblem {}

impl CredentialsProblem {
    pub(super) fn configuration(message: String, hint: impl Into<String>) -> CredentialsProblem {
        CredentialsProblem {
            message,
            cause: None,
            hint: hint.into(),
            is_configuration: true,
        }
    }
}

/// One error of the chain of sources, in words.
#[derive(Debug)]
struct Cause {
    text: String,
    next: Option<Box<Cause>>,
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl StdError for Cause {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.next
            .as_deref()
            .map(|next| next as &(dyn StdError + 'static))
    }
}

impl Cause {
    fn new(text: impl fmt::Display) -> Cause {
        Cause {
            text: text.to_string(),
            next: None,
        }
    }

    /// Copies a chain of errors, after `first` if there is one; what an error says of its own source is not said twice.
    fn chain(first: Option<&str>, error: Option<&(dyn StdError + 'static)>) -> Cause {
        let mut texts: Vec<String> = first.map(str::to_owned).into_iter().collect();
        for text in error.map(plain_causes).unwrap_or_default() {
            if texts.last().is_none_or(|last| !last.contains(&text)) {
                texts.push(text);
            }
        }
        let mut texts = texts.into_iter().rev();
        let innermost = Cause::new(texts.next().unwrap_or_else(|| "no reason was given".into()));
        texts.fold(innermost, |next, text| Cause {
            text,
            next: Some(Box::new(next)),
        })
    }
}

/// Returns an error and its sources, outermost first.
fn sources<'a>(
    error: Option<&'a (dyn StdError + 'static)>,
) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(error, |error| (*error).source())
}

/// What the SDK says where it only wraps another error.
const WRAPPERS: &[&str] = &[
    "an error occurred while loading credentials",
    "client error (Connect)",
    "client error (SendRequest)",
    "dispatch failure",
    "failed to construct request",
    "response error",
    "service error",
    "the credential provider was not enabled",
    "the credentials provider was not properly configured",
    "unexpected credentials error",
    "unhandled error",
];

/// Returns what an error and its sources say, outermost first, in words for people: what only wraps another error and what is a
/// dump of the SDK's own values (a request, a `DispatchFailure`) is left out, and nothing is said twice.
pub(super) fn plain_causes(error: &(dyn StdError + 'static)) -> Vec<String> {
    let mut texts: Vec<String> = Vec::new();
    for error in sources(Some(error)) {
        let text = match error.downcast_ref::<ErrorMetadata>() {
            Some(answer) => match (answer.code(), answer.message()) {
                (Some(code), Some(message)) => format!("{code}: {message}"),
                (code, message) => code.or(message).unwrap_or_default().to_owned(),
            },
            None => in_words(error.to_string()),
        };
        let is_said = texts.iter().any(|said| said.contains(&text));
        if !text.is_empty() && !is_said && !WRAPPERS.contains(&text.as_str()) && !is_dump(&text) {
            texts.push(text);
        }
    }
    texts
}

/// Says a text of the SDK in words of ours where they are better known.
fn in_words(text: String) -> String {
    let after = |begin: &str| {
        let rest = text.strip_prefix(begin)?;
        rest.split_once("occurred after ")
            .map(|(_, after)| after.trim())
    };
    match (
        after("operation "),
        after("HTTP connect timeout"),
        after("HTTP read timeout"),
    ) {
        (Some(limit), ..) | (.., Some(limit)) => format!("no answer within {}", rounded(limit)),
        (_, Some(limit), _) => format!("no connection within {}", rounded(limit)),
        _ => text,
    }
}

/// Rounds a time as Rust prints it (`4.97283199s`).
fn rounded(limit: &str) -> String {
    match limit.parse::<SignedDuration>() {
        Ok(limit) => format!("{:.1} s", limit.as_secs_f64()),
        Err(_) => limit.to_owned(),
    }
}

/// Returns whether a text is how Rust prints a value for its programmers.
fn is_dump(text: &str) -> bool {
    let begins = |open: char| {
        text.match_indices(open).any(|(at, _)| {
            let before = text[..at].trim_end();
            let word = before.rsplit(|c: char| !c.is_ascii_alphanumeric()).next();
            word.is_some_and(|word| {
                word.len() > 3 && word.starts_with(|c: char| c.is_ascii_uppercase())
            })
        })
    };
    (begins('{') && text.contains(": ") && text.contains('}'))
        || text.contains("Failure(")
        || text.contains("Error(")
}

/// Returns why the certificate of the other side is not trusted, if an error is about that.
pub(super) fn untrusted_certificate(error: &(dyn StdError + 'static)) -> Option<String> {
    inner_errors(error).find_map(|error| match error.downcast_ref::<rustls::Error>() {
        Some(rustls::Error::InvalidCertificate(reason)) => Some(certificate_problem(reason)),
        _ => None,
    })
}

/// Returns an error and its sources; the one that an `io::Error` wraps, which its `source` skips, is among them.
fn inner_errors<'a>(
    error: &'a (dyn StdError + 'static),
) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |&error| {
        let wrapped = error
            .downcast_ref::<io::Error>()
            .and_then(io::Error::get_ref);
        wrapped
            .map(|wrapped| wrapped as &(dyn StdError + 'static))
            .or(error.source())
    })
}

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

const TOO_MANY_REQUESTS: u16 = 429;

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
        let next = problem
            .cause
            .as_ref()
            .map(|cause| Box::new(Cause::new(cause)));
        AwsError {
            task: task.into(),
            action,
            kind: match problem.is_configuration {
                true => AwsErrorKind::BadCredentials,
                false => AwsErrorKind::NoCredentials,
            },
            cause: Cause {
                text: problem.message.clone(),
                next,
            },
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
        const OUTAGES: [&str; 7] = [
            "InternalError",
            "InternalFailure",
            "InternalServerError",
            "InternalServerException",
            "ServiceException",
            "ServiceUnavailable",
            "ServiceUnavailableException",
        ];
        match &self.kind {
            AwsErrorKind::Unreachable | AwsErrorKind::Throttled => true,
            AwsErrorKind::Refused { code } => {
                OUTAGES.contains(&code.as_str()) || code.starts_with("HTTP 5")
            }
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
        let mut next = Some(&mut self.cause);
        while let Some(cause) = next {
            cause.text = cause
                .text
                .replace(number, &phone.masked())
                .replace(digits, &phone.masked());
            next = cause.next.as_deref_mut();
        }
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
        let causes = std::iter::successors(Some(&self.cause), |cause| cause.next.as_deref());
        let texts: Vec<&str> = causes.map(|cause| cause.text.as_str()).collect();
        texts.join(": ")
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
                    code: format!("HTTP {status}"),
                },
            };
            let first = format!("HTTP {status} with an answer that cannot be read");
            (kind, Cause::chain(Some(&first), error.source()))
        }
        _ => (AwsErrorKind::Local, Cause::chain(None, error.source())),
    }
}

/// Reads what a service answers in place of a result.
fn refusal(action: &'static str, answer: &ErrorMetadata, status: u16) -> (AwsErrorKind, Cause) {
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
                "" => format!("HTTP {status}"),
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

/// Reads why a request did not reach the service, or its answer did not arrive.
fn dispatch_failure(connector: &ConnectorError) -> (AwsErrorKind, Cause) {
    if let Some(reason) = untrusted_certificate(connector) {
        let cause = Cause::new(format_args!("the TLS certificate is not trusted: {reason}"));
        return (AwsErrorKind::Untrusted, cause);
    }
    if let Some(cause) = proxy_failure(connector) {
        return (AwsErrorKind::Proxy, cause);
    }
    let (kind, first) = if connector.is_timeout() {
        (AwsErrorKind::Unreachable, timed_out(connector.source()))
    } else if connector.is_io() {
        (AwsErrorKind::Unreachable, Some("the connection failed"))
    } else if connector.is_user() {
        (AwsErrorKind::Local, Some("the request cannot be sent"))
    } else {
        // No endpoint for the region, or an answer that is not HTTP: the same cures help.
        (AwsErrorKind::Unreachable, None)
    };
    (kind, Cause::chain(first, connector.source()))
}

/// Returns what to say of a limit that was reached, where the source does not say which.
fn timed_out(source: Option<&(dyn StdError + 'static)>) -> Option<&'static str> {
    let says_it = |error: &(dyn StdError + 'static)| {
        plain_causes(error)
            .first()
            .is_some_and(|text| text.starts_with("no answer") || text.starts_with("no connection"))
    };
    (!source.is_some_and(says_it)).then_some("no answer in time")
}

/// Returns whether a proxy was reached and did not let a request through.
pub(super) fn is_refused_by_proxy(error: &(dyn StdError + 'static)) -> bool {
    inner_errors(error).any(|error| {
        let text = error.to_string();
        let reason = text.strip_prefix(TUNNEL_ERROR);
        reason.is_some_and(|reason| refused_tunnel(reason).is_some())
    })
}

/// Reads why a proxy did not let a request through; `None` if no proxy is to blame.
fn proxy_failure(connector: &ConnectorError) -> Option<Cause> {
    let tunnel = inner_errors(connector).find_map(|error| {
        let text = error.to_string();
        let reason = text.strip_prefix(TUNNEL_ERROR)?;
        Some((refused_tunnel(reason), error))
    });
    let (refused, error) = tunnel?;
    Some(match refused {
        Some(reason) => Cause::new(format_args!("the proxy {reason}")),
        None => Cause::chain(Some("the proxy cannot be reached"), error.source()),
    })
}

#[cfg(test)]
mod tests {
    use aws_sdk_lambda::operation::get_function::GetFunctionError;
    use aws_smithy_mocks::mock;
    use aws_smithy_types::body::SdkBody;

    use super::*;
    use crate::aws::function;
    use crate::aws::mocks::{clients, json_error, response};

    type CallError = SdkError<GetFunctionError, HttpResponse>;

    fn read(error: CallError) -> AwsError {
        AwsError::of("lambda:GetFunction", "reading the function f", &error)
    }

    /// Sends the answer over the wire format and reads the error of the call.
    async fn answered(answer: impl Fn() -> HttpResponse + Send + Sync + 'static) -> AwsError {
        let rule = mock!(aws_sdk_lambda::Client::get_function).then_http_response(answer);
        function::get(&clients([&rule]), "f")
            .await
            .expect_err("an error")
    }

    fn other(source: impl Into<Box<dyn StdError + Send + Sync>>) -> CallError {
        SdkError::dispatch_failure(ConnectorError::other(source.into(), None))
    }

    #[tokio::test]
    async fn codes_say_what_to_do() {
        let action = "lambda:GetFunction";
        for (status, code, kind) in [
            (
                403,
                "AccessDeniedException",
                AwsErrorKind::AccessDenied { action },
            ),
            (
                403,
                "ExpiredTokenException",
                AwsErrorKind::ExpiredCredentials,
            ),
            (
                403,
                "UnrecognizedClientException",
                AwsErrorKind::BadCredentials,
            ),
            (
                403,
                "InvalidSignatureException",
                AwsErrorKind::BadCredentials,
            ),
            (429, "TooManyRequestsException", AwsErrorKind::Throttled),
            (400, "ThrottlingException", AwsErrorKind::Throttled),
            (429, "SomethingNew", AwsErrorKind::Throttled),
            (
                400,
                "InvalidParameterValueException",
                AwsErrorKind::Refused {
                    code: "InvalidParameterValueException".into(),
                },
            ),
        ] {
            let failure = answered(move || json_error(status, code, "the reason")).await;
            assert_eq!(failure.kind, kind, "{code}");
            assert_eq!(failure.cause(), format!("{code}: the reason"));
            assert_eq!(failure.to_string(), "reading the function f failed");
        }
    }

    #[tokio::test]
    async fn an_answer_without_a_code_is_told_by_its_status() {
        let throttled = answered(|| response(429, SdkBody::empty())).await;
        assert_eq!(throttled.kind, AwsErrorKind::Throttled);
        let down = answered(|| response(503, "down")).await;
        assert!(matches!(down.kind, AwsErrorKind::Refused { .. }));
        assert!(down.cause().starts_with("HTTP 503"), "{}", down.cause());
    }

    #[test]
    fn credentials_are_found_below_what_the_call_returns() {
        let missing = read(other(CredentialsError::not_loaded("no providers in chain")));
        assert_eq!(missing.kind, AwsErrorKind::NoCredentials);
        assert!(missing.is_about_credentials());
        assert!(missing.cause().contains("no providers in chain"));
        let wrong = read(other(CredentialsError::invalid_configuration(
            "a loop of profiles",
        )));
        assert_eq!(wrong.kind, AwsErrorKind::BadCredentials);
        let deeper = read(SdkError::construction_failure(
            CredentialsError::not_loaded_no_source(),
        ));
        assert_eq!(deeper.kind, AwsErrorKind::NoCredentials);
        // A word of an address or a message is not credentials.
        let named = read(other("no host credentials.example"));
        assert_eq!(named.kind, AwsErrorKind::Unreachable);
    }

    #[test]
    fn a_service_that_cannot_be_reached_is_told_from_a_request_that_cannot_be_sent() {
        for (connector, kind, first) in [
            (
                ConnectorError::timeout("5 s are over".into()),
                AwsErrorKind::Unreachable,
                "no answer in time",
            ),
            (
                ConnectorError::io("connection refused".into()),
                AwsErrorKind::Unreachable,
                "the connection failed",
            ),
            (
                ConnectorError::user("bad URI".into()),
                AwsErrorKind::Local,
                "the request cannot be sent",
            ),
        ] {
            let failure = read(SdkError::dispatch_failure(connector));
            assert_eq!(failure.kind, kind);
            assert!(failure.cause().starts_with(first), "{}", failure.cause());
        }
        let timeout = read(SdkError::timeout_error("60 s are over"));
        assert_eq!(timeout.kind, AwsErrorKind::Unreachable);
        assert_eq!(timeout.cause(), "no answer in time: 60 s are over");
    }

    #[test]
    fn the_chain_of_sources_says_nothing_twice() {
        #[derive(Debug, Error)]
        #[error("outer: inner")]
        struct Outer(#[source] Inner);
        #[derive(Debug, Error)]
        #[error("inner")]
        struct Inner;

        let connector = ConnectorError::io(Box::new(Outer(Inner)));
        let failure = read(SdkError::dispatch_failure(connector));
        let texts: Vec<String> = sources(Some(&failure)).map(ToString::to_string).collect();
        assert_eq!(
            texts,
            [
                "reading the function f failed",
                "the connection failed",
                "outer: inner"
            ]
        );
    }

    #[test]
    fn a_phone_is_hidden_in_every_source() {
        let phone: PhoneNumber = "+12065550100".parse().expect("a phone");
        let said = "Invalid parameter: PhoneNumber +12065550100 (12065550100)";
        let failure = AwsError::refused("sns:Publish", "texting", "InvalidParameter", said);
        let hidden = failure.hiding(&phone);
        assert!(!hidden.cause().contains("2065550100"), "{}", hidden.cause());
    }
}
