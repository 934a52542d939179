//! Recognises a call to AWS from its request: which account, which service, which action, and whether it changes anything.

use hyper::body::Bytes;
use hyper::{Method, Request};
use serde_json::Value;
use url::form_urlencoded;

use super::account::Account;

/// The account of `test`, and of whoever else signs with a key that is no account and was not seen to be made.
pub const DEFAULT_ACCOUNT: &str = "123456789012";

/// One call as it came in.
#[derive(Clone, Debug)]
pub struct Call {
    /// Its place among the calls of its proxy, from 1.
    pub index: usize,
    /// The service by its name in IAM, such as `sns`: for all but CloudWatch the name it is signed with.
    pub service: String,
    /// The action by its IAM name, such as `CreateTopic`.
    pub action: String,
    /// Who called, and where.
    pub account: Account,
    /// The HTTP method.
    pub method: Method,
    /// The path, decoded.
    pub path: String,
    /// The query, decoded.
    pub query: Vec<(String, String)>,
    /// The body as it was sent.
    pub body: Bytes,
    /// In which round trip it was made: one more than that of any call that had been answered before it began.
    pub round: usize,
    /// The HTTP status of the answer; `None` where there was none yet, or a hang-up.
    pub status: Option<u16>,
}

impl Call {
    /// Reads a request; an action that is not known bears the method and the path for a name.
    pub fn read(request: &Request<Bytes>) -> Self {
        let header = |name| {
            request
                .headers()
                .get(name)
                .and_then(|value| value.to_str().ok())
                .unwrap_or_default()
        };
        let scope = header("authorization")
            .split_once("Credential=")
            .map_or("", |(_, rest)| rest);
        let mut scope = scope
            .split([',', ' '])
            .next()
            .unwrap_or_default()
            .split('/');
        let key = scope.next().unwrap_or_default();
        let (region, service) = (
            scope.nth(1).unwrap_or_default(),
            scope.next().unwrap_or_default(),
        );
        let service = if service == "monitoring" {
            "cloudwatch"
        } else {
            service
        };
        let id = if key.len() == 12 && key.bytes().all(|b| b.is_ascii_digit()) {
            key
        } else {
            DEFAULT_ACCOUNT
        };
        let mut call = Self {
            index: 0,
            service: service.to_owned(),
            action: String::new(),
            account: Account {
                id: id.to_owned(),
                region: region.to_owned(),
                access_key: key.to_owned(),
                secret_access_key: String::new(),
            },
            method: request.method().clone(),
            path: percent_decoded(request.uri().path()),
            query: form_urlencoded::parse(request.uri().query().unwrap_or_default().as_bytes())
                .into_owned()
                .collect(),
            body: request.body().clone(),
            round: 0,
            status: None,
        };
        let named = match header("x-amz-target").rsplit_once('.') {
            Some((_, action)) => Some(action.to_owned()),
            None => call.form("Action"),
        };
        call.action = named
            .or_else(|| call.routed().map(str::to_owned))
            .unwrap_or_else(|| format!("{} {}", call.method, call.path));
        call
    }

    /// Returns the name as IAM writes it: `sns:CreateTopic`.
    pub fn name(&self) -> String {
        format!("{}:{}", self.service, self.action)
    }

    /// Says whether the name fits `service:Action`, `service:*` or `*`.
    pub fn is(&self, pattern: &str) -> bool {
        match pattern.split_once(':') {
            None => pattern == "*",
            Some((service, action)) => {
                service == self.service && (action == "*" || action == self.action)
            }
        }
    }

    /// Says whether the call changes or sends something; encrypting and decrypting are not changes.
    pub fn is_write(&self) -> bool {
        const READS: [&str; 11] = [
            "Get", "List", "Describe", "Check", "Filter", "Simulate", "BatchGet", "Search",
            "Validate", "Encrypt", "Decrypt",
        ];
        !READS.iter().any(|prefix| self.action.starts_with(prefix))
    }

    /// Returns a parameter of the Query protocol.
    pub fn form(&self, name: &str) -> Option<String> {
        if self.body.first() == Some(&b'{') {
            return None;
        }
        form_urlencoded::parse(&self.body)
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.into_owned())
    }

    /// Returns a map of the Query protocol, such as `Attributes`, whose entries are `Attributes.entry.1.key` and so on.
    pub fn form_map(&self, name: &str) -> Vec<(String, String)> {
        let entry = |n: usize, part: &str| self.form(&format!("{name}.entry.{n}.{part}"));
        (1..)
            .map_while(|n| Some((entry(n, "key")?, entry(n, "value")?)))
            .collect()
    }

    /// Returns a list of the Query protocol, whose members are `name.member.1` and so on.
    pub fn form_list(&self, name: &str) -> Vec<String> {
        (1..)
            .map_while(|n| self.form(&format!("{name}.member.{n}")))
            .collect()
    }

    /// Returns a parameter of the query string.
    pub fn query(&self, name: &str) -> Option<&str> {
        self.query
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    /// Returns the body as JSON, `null` where it is none.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// Returns the part of the path behind its first words: of `/2015-03-31/functions/fn/code`, at 2, `fn`.
    pub fn path_part(&self, n: usize) -> Option<&str> {
        self.path
            .trim_matches('/')
            .split('/')
            .nth(n)
            .filter(|part| !part.is_empty())
    }

    /// Returns the name of the function that a call to Lambda is about.
    pub fn function_name(&self) -> Option<String> {
        let named = match self.path_part(1) {
            Some("functions") => self.path_part(2).map(str::to_owned),
            _ => None,
        };
        let named = named.or_else(|| self.json()["FunctionName"].as_str().map(str::to_owned))?;
        Some(
            named
                .rsplit_once(":function:")
                .map_or(named.clone(), |(_, name)| name.to_owned()),
        )
    }

    /// Names the actions that only method and path tell.
    fn routed(&self) -> Option<&'static str> {
        let parts: Vec<&str> = self.path.trim_matches('/').split('/').collect();
        match self.service.as_str() {
            "lambda" => lambda_action(&self.method, &parts),
            "iot" => iot_action(&self.method, &parts),
            "cloudwatch" => cloudwatch_action(&parts),
            _ => None,
        }
    }
}

fn percent_decoded(path: &str) -> String {
    // These three mean something in a form, and only themselves in a path.
    let shielded = path
        .replace('+', "%2B")
        .replace('&', "%26")
        .replace('=', "%3D");
    form_urlencoded::parse(shielded.as_bytes())
        .next()
        .map(|(path, _)| path.into_owned())
        .unwrap_or_default()
}

fn lambda_action(method: &Method, parts: &[&str]) -> Option<&'static str> {
    Some(match (method.as_str(), parts.get(1..)?) {
        ("POST", ["functions"]) => "CreateFunction",
        ("GET", ["functions"]) => "ListFunctions",
        ("GET", ["functions", _]) => "GetFunction",
        ("DELETE", ["functions", _]) => "DeleteFunction",
        ("PUT", ["functions", _, "code"]) => "UpdateFunctionCode",
        ("GET", ["functions", _, "configuration"]) => "GetFunctionConfiguration",
        ("PUT", ["functions", _, "configuration"]) => "UpdateFunctionConfiguration",
        ("POST", ["functions", _, "invocations"]) => "InvokeFunction",
        ("GET", ["functions", _, "versions"]) => "ListVersionsByFunction",
        ("GET", ["functions", _, "policy"]) => "GetPolicy",
        ("POST", ["functions", _, "policy"]) => "AddPermission",
        ("DELETE", ["functions", _, "policy", _]) => "RemovePermission",
        ("GET", ["functions", _, "concurrency"]) => "GetFunctionConcurrency",
        ("PUT", ["functions", _, "concurrency"]) => "PutFunctionConcurrency",
        ("DELETE", ["functions", _, "concurrency"]) => "DeleteFunctionConcurrency",
        ("GET", ["functions", _, "event-invoke-config"]) => "GetFunctionEventInvokeConfig",
        ("PUT", ["functions", _, "event-invoke-config"]) => "PutFunctionEventInvokeConfig",
        ("POST", ["functions", _, "event-invoke-config"]) => "UpdateFunctionEventInvokeConfig",
        ("DELETE", ["functions", _, "event-invoke-config"]) => "DeleteFunctionEventInvokeConfig",
        ("GET", ["event-source-mappings"]) => "ListEventSourceMappings",
        ("POST", ["event-source-mappings"]) => "CreateEventSourceMapping",
        ("GET", ["event-source-mappings", _]) => "GetEventSourceMapping",
        ("PUT", ["event-source-mappings", _]) => "UpdateEventSourceMapping",
        ("DELETE", ["event-source-mappings", _]) => "DeleteEventSourceMapping",
        ("GET", ["tags", ..]) => "ListTags",
        ("POST", ["tags", ..]) => "TagResource",
        ("DELETE", ["tags", ..]) => "UntagResource",
        ("GET", ["account-settings"]) => "GetAccountSettings",
        _ => return None,
    })
}

/// CloudWatch's calls are named by their path alone (Smithy RPC v2).
fn cloudwatch_action(parts: &[&str]) -> Option<&'static str> {
    Some(match *parts.last()? {
        "GetMetricData" => "GetMetricData",
        "PutMetricData" => "PutMetricData",
        _ => return None,
    })
}

fn iot_action(method: &Method, parts: &[&str]) -> Option<&'static str> {
    Some(match (method.as_str(), parts) {
        ("GET", ["security-profiles"]) => "ListSecurityProfiles",
        ("GET", ["security-profiles", _]) => "DescribeSecurityProfile",
        ("POST", ["security-profiles", _]) => "CreateSecurityProfile",
        ("PATCH", ["security-profiles", _]) => "UpdateSecurityProfile",
        ("DELETE", ["security-profiles", _]) => "DeleteSecurityProfile",
        ("GET", ["security-profiles", _, "targets"]) => "ListTargetsForSecurityProfile",
        ("PUT", ["security-profiles", _, "targets"]) => "AttachSecurityProfile",
        ("DELETE", ["security-profiles", _, "targets"]) => "DetachSecurityProfile",
        ("GET", ["audit", "configuration"]) => "DescribeAccountAuditConfiguration",
        ("PATCH", ["audit", "configuration"]) => "UpdateAccountAuditConfiguration",
        ("GET", ["audit", "scheduledaudits"]) => "ListScheduledAudits",
        ("GET", ["audit", "scheduledaudits", _]) => "DescribeScheduledAudit",
        ("GET", ["violation-events"]) => "ListViolationEvents",
        ("GET", ["active-violations"]) => "ListActiveViolations",
        _ => return None,
    })
}
