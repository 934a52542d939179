//! One signed call to an AWS service: Signature Version 4 over the JSON and the Query protocol, without an SDK.
//!
//! The relay makes one such call at its start. The SDK's client for it would add two milliseconds and a second TLS stack.

use std::collections::HashMap;
use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use http::header::CONTENT_TYPE;
use http_body_util::Full;
use serde_json::Value;
use thiserror::Error;
use url::Url;

use crate::contract::endpoint::{EndpointKind, endpoint};
use crate::contract::environment::BadVariable;
use crate::http::{HttpClient, HttpError};

/// How much is read of a service's answer, in bytes: more than the longest secret of 64 KiB, as JSON.
const RESPONSE_LIMIT: usize = 256 * 1024;

/// An AWS service that the relay can call.
#[derive(Debug, PartialEq, Eq)]
pub struct Service {
    /// Its name in endpoints, signatures, ARNs and IAM actions.
    pub name: &'static str,
    /// The variable that names another endpoint for it (the SDKs' own).
    pub endpoint_variable: &'static str,
    /// The prefix of the action in `X-Amz-Target`; empty for the Query protocol.
    target_prefix: &'static str,
    /// The version of its Query protocol; empty for JSON.
    query_version: &'static str,
}

/// AWS Secrets Manager.
pub static SECRETS_MANAGER: Service = Service {
    name: "secretsmanager",
    endpoint_variable: "AWS_ENDPOINT_URL_SECRETS_MANAGER",
    target_prefix: "secretsmanager.",
    query_version: "",
};
/// AWS Systems Manager, for its Parameter Store.
pub static SSM: Service = Service {
    name: "ssm",
    endpoint_variable: "AWS_ENDPOINT_URL_SSM",
    target_prefix: "AmazonSSM.",
    query_version: "",
};
/// AWS Key Management Service.
pub static KMS: Service = Service {
    name: "kms",
    endpoint_variable: "AWS_ENDPOINT_URL_KMS",
    target_prefix: "TrentService.",
    query_version: "",
};
/// Amazon SNS, to send a text to a phone.
pub static SNS: Service = Service {
    name: "sns",
    endpoint_variable: "AWS_ENDPOINT_URL_SNS",
    target_prefix: "",
    query_version: "2010-03-31",
};

/// AWS IoT, for the active alarms of Device Defender.
pub static IOT: Service = Service {
    name: "iot",
    endpoint_variable: "AWS_ENDPOINT_URL_IOT",
    target_prefix: "",
    query_version: "",
};

/// Calls AWS services, with the execution role's credentials and the endpoints that the environment sets.
pub struct ApiClient {
    credentials: Credentials,
    endpoints: HashMap<&'static str, Url>,
    endpoint_kind: EndpointKind,
}

/// Why a call failed.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum ApiError {
    /// The service did not answer, or not completely.
    #[error("{action}: {why}")]
    NoAnswer {
        /// Service and action, as IAM writes them.
        action: String,
        /// Host and cause.
        why: String,
    },
    /// The service refused the call.
    #[error("{action}: {code}: {message}{}", permission(.code, .action))]
    Refused {
        /// Service and action, as IAM writes them.
        action: String,
        /// The service's error code.
        code: String,
        /// The service's message.
        message: String,
        /// The HTTP status.
        status: u16,
    },
    /// The request could not be signed.
    #[error("{action}: the request cannot be signed with the credentials of the environment")]
    Unsigned {
        /// Service and action, as IAM writes them.
        action: String,
    },
}

/// One call.
pub struct ApiCall<'a> {
    service: &'static Service,
    region: &'a str,
    action: &'static str,
    /// For a REST API, what follows the endpoint: path and query. The call is then a GET without a body.
    path: Option<String>,
    body: Vec<u8>,
    /// Whether the answer matters: if not, the call has succeeded when the status says so.
    needs_answer: bool,
}

impl<'a> ApiCall<'a> {
    /// A call in the JSON 1.1 protocol (Secrets Manager, SSM, KMS).
    pub fn json(
        service: &'static Service,
        region: &'a str,
        action: &'static str,
        body: &Value,
    ) -> ApiCall<'a> {
        ApiCall {
            service,
            region,
            action,
            path: None,
            body: body.to_string().into_bytes(),
            needs_answer: true,
        }
    }

    /// A call in the Query protocol (SNS); lists and maps are written as `Name.entry.1.Value`, as the protocol has it. It has
    /// succeeded when the status says so, even if the answer is cut: a text must not be sent twice for that.
    pub fn query(
        service: &'static Service,
        region: &'a str,
        action: &'static str,
        form: &[(&str, &str)],
    ) -> ApiCall<'a> {
        let body = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs([("Action", action), ("Version", service.query_version)])
            .extend_pairs(form)
            .finish();
        ApiCall {
            service,
            region,
            action,
            path: None,
            body: body.into_bytes(),
            needs_answer: false,
        }
    }

    /// A call of a REST API that reads something (AWS IoT); `path` is without a slash at its start.
    pub fn get(
        service: &'static Service,
        region: &'a str,
        action: &'static str,
        path: &str,
        query: &[(&str, &str)],
    ) -> ApiCall<'a> {
        let query = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(query)
            .finish();
        ApiCall {
            service,
            region,
            action,
            path: Some(format!("{path}?{query}")),
            body: Vec::new(),
            needs_answer: true,
        }
    }

    fn action(&self) -> String {
        format!("{}:{}", self.service.name, self.action)
    }
}

impl ApiClient {
    /// Reads the credentials and endpoints that Lambda and the SDKs' conventions put into the environment.
    pub(super) fn from_env(
        variable: &impl Fn(&str) -> Option<String>,
    ) -> Result<ApiClient, BadVariable> {
        let required = |name| variable(name).ok_or_else(|| BadVariable::missing(name));
        let (id, key) = (
            required("AWS_ACCESS_KEY_ID")?,
            required("AWS_SECRET_ACCESS_KEY")?,
        );
        let mut endpoints = HashMap::new();
        for service in [&SECRETS_MANAGER, &SSM, &KMS, &SNS, &IOT] {
            for name in [service.endpoint_variable, "AWS_ENDPOINT_URL"] {
                let Some(text) = variable(name) else { continue };
                let url = Url::parse(&text)
                    .ok()
                    .filter(Url::has_host)
                    .ok_or_else(|| BadVariable::new(name, "is not a URL"))?;
                endpoints.entry(service.name).or_insert(url);
            }
        }
        Ok(ApiClient {
            credentials: Credentials::new(
                id,
                key,
                variable("AWS_SESSION_TOKEN"),
                None,
                "environment",
            ),
            endpoints,
            endpoint_kind: EndpointKind::from_env(variable),
        })
    }

    /// Makes a call and returns the body of its answer.
    ///
    /// # Errors
    /// The service refuses, or does not answer within `timeout`.
    pub(super) async fn call(
        &self,
        http_client: &HttpClient,
        call: &ApiCall<'_>,
        timeout: Duration,
    ) -> Result<Vec<u8>, ApiError> {
        let unsigned = || ApiError::Unsigned {
            action: call.action(),
        };
        let request = self.signed(call, SystemTime::now()).ok_or_else(unsigned)?;
        let no_answer = |error: HttpError| ApiError::NoAnswer {
            action: call.action(),
            why: error.to_string(),
        };
        let reply = http_client
            .send(request, RESPONSE_LIMIT, timeout)
            .await
            .map_err(no_answer)?;
        if (200..300).contains(&reply.status) {
            return match reply.is_complete || !call.needs_answer {
                true => Ok(reply.body),
                false => Err(ApiError::NoAnswer {
                    action: call.action(),
                    why: "the answer did not arrive completely".to_owned(),
                }),
            };
        }
        let header = reply
            .headers
            .get("x-amzn-errortype")
            .and_then(|value| value.to_str().ok());
        let (code, message) = refusal(&String::from_utf8_lossy(&reply.body), header);
        Err(ApiError::Refused {
            action: call.action(),
            code,
            message,
            status: reply.status,
        })
    }

    /// Returns the URL that a call is sent to.
    pub(super) fn endpoint(&self, call: &ApiCall<'_>) -> String {
        let name = call.service.name;
        match self.endpoints.get(name) {
            Some(url) => url.to_string(),
            None => endpoint(name, call.region, self.endpoint_kind),
        }
    }

    fn signed(
        &self,
        call: &ApiCall<'_>,
        now: SystemTime,
    ) -> Option<http::Request<Full<hyper::body::Bytes>>> {
        let mut uri = self.endpoint(call);
        let method = match &call.path {
            Some(path) => {
                uri = format!("{}/{path}", uri.trim_end_matches('/'));
                http::Method::GET
            }
            None => http::Method::POST,
        };
        let identity = self.credentials.clone().into();
        let parameters = v4::SigningParams::builder()
            .identity(&identity)
            .region(call.region)
            .name(call.service.name)
            .time(now)
            .settings(SigningSettings::default())
            .build()
            .ok()?
            .into();
        let target = format!("{}{}", call.service.target_prefix, call.action);
        let headers = match call.service.target_prefix {
            _ if method == http::Method::GET => Vec::new(),
            "" => vec![(
                CONTENT_TYPE.as_str(),
                "application/x-www-form-urlencoded; charset=utf-8",
            )],
            _ => vec![
                (CONTENT_TYPE.as_str(), "application/x-amz-json-1.1"),
                ("x-amz-target", target.as_str()),
            ],
        };
        let body = SignableBody::Bytes(&call.body);
        let signable =
            SignableRequest::new(method.as_str(), uri.as_str(), headers.iter().copied(), body)
                .ok()?;
        let (instructions, _) = sign(signable, &parameters).ok()?.into_parts();
        let mut request = http::Request::builder().method(method.clone()).uri(&uri);
        for (name, value) in headers {
            request = request.header(name, value);
        }
        let mut request = request.body(Full::from(call.body.clone())).ok()?;
        instructions.apply_to_request_http1x(&mut request);
        Some(request)
    }
}

impl ApiError {
    /// Returns whether the same call may succeed a moment later.
    pub fn is_transient(&self) -> bool {
        match self {
            ApiError::NoAnswer { .. } => true,
            ApiError::Refused { status, code, .. } => {
                *status >= 500
                    || *status == 429
                    || code.contains("Throttl")
                    || code.contains("TooManyRequests")
            }
            ApiError::Unsigned { .. } => false,
        }
    }
}

/// Returns the code and the message of an error in JSON or XML.
fn refusal(body: &str, header: Option<&str>) -> (String, String) {
    let json: Value = serde_json::from_str(body).unwrap_or_default();
    let in_json = |name: &str| json.get(name).and_then(Value::as_str);
    let in_xml = |name: &str| {
        let (_, rest) = body.split_once(&format!("<{name}>"))?;
        rest.split_once("</").map(|(text, _)| text)
    };
    let code = header
        .or(in_json("__type"))
        .or(in_xml("Code"))
        .unwrap_or("unknown error");
    // `com.amazonaws.service#Code:http://internal…` is an old form of both the header and the member.
    let code = code
        .rsplit('#')
        .next()
        .unwrap_or(code)
        .split(':')
        .next()
        .unwrap_or(code);
    let message = in_json("message")
        .or(in_json("Message"))
        .or(in_xml("Message"))
        .unwrap_or("no message");
    (code.to_owned(), message.to_owned())
}

/// Returns what to do about a denial.
fn permission(code: &str, action: &str) -> String {
    if code.contains("AccessDenied") {
        format!(" (the function's execution role needs {action})")
    } else {
        String::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(pairs: &'static [(&str, &str)]) -> ApiClient {
        let keys = [
            ("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"),
            ("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG"),
        ];
        let read = move |name: &str| {
            keys.iter()
                .chain(pairs)
                .find(|(key, _)| *key == name)
                .map(|(_, value)| (*value).to_owned())
        };
        ApiClient::from_env(&read).expect("a complete environment")
    }

    #[test]
    fn endpoints_follow_the_region_and_the_environment() {
        let call = |service, region| ApiCall::json(service, region, "Act", &Value::Null);
        let plain = client(&[]);
        assert_eq!(
            plain.endpoint(&call(&KMS, "eu-west-1")),
            "https://kms.eu-west-1.amazonaws.com/"
        );
        assert_eq!(
            plain.endpoint(&call(&SSM, "cn-north-1")),
            "https://ssm.cn-north-1.amazonaws.com.cn/"
        );
        let fips = client(&[("AWS_USE_FIPS_ENDPOINT", "true")]);
        assert_eq!(
            fips.endpoint(&call(&KMS, "us-gov-west-1")),
            "https://kms-fips.us-gov-west-1.amazonaws.com/"
        );
        let set = client(&[
            ("AWS_USE_FIPS_ENDPOINT", "true"),
            ("AWS_ENDPOINT_URL", "http://localhost:1"),
            ("AWS_ENDPOINT_URL_KMS", "http://localhost:2/"),
        ]);
        assert_eq!(
            set.endpoint(&call(&KMS, "eu-west-1")),
            "http://localhost:2/"
        );
        assert_eq!(
            set.endpoint(&call(&SNS, "eu-west-1")),
            "http://localhost:1/"
        );
    }

    #[test]
    fn both_protocols_are_signed_for_their_service_and_region() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_794_000_000);
        let sms = [("PhoneNumber", "+12065550100"), ("Message", "a & b")];
        let query = ApiCall::query(&SNS, "us-east-1", "Publish", &sms);
        assert_eq!(
            String::from_utf8_lossy(&query.body),
            "Action=Publish&Version=2010-03-31&PhoneNumber=%2B12065550100&Message=a+%26+b"
        );
        let json = ApiCall::json(
            &KMS,
            "eu-west-1",
            "Decrypt",
            &serde_json::json!({"CiphertextBlob": "x"}),
        );
        for (call, scope, target) in [
            (query, "us-east-1/sns/aws4_request", None),
            (
                json,
                "eu-west-1/kms/aws4_request",
                Some("TrentService.Decrypt"),
            ),
        ] {
            let request = client(&[("AWS_SESSION_TOKEN", "token")])
                .signed(&call, now)
                .expect("signed");
            let authorization = request.headers()["authorization"].to_str().expect("text");
            assert!(authorization.contains(scope), "{authorization}");
            assert!(
                authorization.contains("x-amz-security-token"),
                "{authorization}"
            );
            assert_eq!(
                request
                    .headers()
                    .get("x-amz-target")
                    .map(|value| value.to_str().expect("text")),
                target
            );
        }
    }

    #[test]
    fn errors_of_both_protocols_are_read() {
        let table = [
            (
                r#"{"__type":"ResourceNotFoundException","Message":"no such secret"}"#,
                None,
                "ResourceNotFoundException",
                "no such secret",
            ),
            (
                r#"{"__type":"com.amazon.coral#AccessDenied","message":"no"}"#,
                None,
                "AccessDenied",
                "no",
            ),
            (
                r#"{"message":"no"}"#,
                Some("ThrottlingException:http://internal/"),
                "ThrottlingException",
                "no",
            ),
            (
                "<ErrorResponse><Error><Code>Throttling</Code><Message>slow</Message></Error></ErrorResponse>",
                None,
                "Throttling",
                "slow",
            ),
            ("<html>", None, "unknown error", "no message"),
        ];
        for (body, header, code, message) in table {
            assert_eq!(
                refusal(body, header),
                (code.to_owned(), message.to_owned()),
                "{body}"
            );
        }
    }
}
