//! Why a call failed, in kinds that can be acted on.

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
