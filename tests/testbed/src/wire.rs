//! How each service writes its answers and errors: XML for the Query protocol, JSON with the type in body or header, CBOR.

use http_body_util::Full;
use hyper::Response;
use hyper::body::Bytes;
use serde_json::{Value, json};

use super::server::Answer;

/// The request id of everything that did not come from the emulator.
const REQUEST_ID: &str = "00000000-0000-4000-8000-000000000bed";

/// An error as the API models know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AwsError {
    /// The HTTP status.
    pub status: u16,
    /// The code on the wire: of SNS `InvalidParameter`, of Lambda `InvalidParameterValueException`.
    pub code: &'static str,
    /// The message for a person.
    pub message: String,
}

impl AwsError {
    /// Returns an error.
    pub fn new(status: u16, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            status,
            code,
            message: message.into(),
        }
    }

    /// Writes it the way `service` does.
    pub fn answer(&self, service: &str) -> Answer {
        let Self {
            status,
            code,
            message,
        } = self;
        match service {
            "sns" | "iam" | "sts" => {
                let blame = if *status < 500 { "Sender" } else { "Receiver" };
                let (code, message) = (escaped(code), escaped(message));
                xml(
                    *status,
                    format!(
                        "<ErrorResponse xmlns=\"{}\"><Error><Type>{blame}</Type><Code>{code}</Code><Message>{message}</Message>\
                         </Error><RequestId>{REQUEST_ID}</RequestId></ErrorResponse>",
                        namespace(service)
                    ),
                )
            }
            "lambda" | "iot" => {
                let body = json!({ "Type": if *status < 500 { "User" } else { "Service" }, "message": message });
                // Models name members of an error in either case; `iot` adds the type's namespace behind a colon.
                let kind = if service == "iot" {
                    format!("{code}:http://internal.amazon.com/coral/")
                } else {
                    (*code).to_owned()
                };
                answer(
                    *status,
                    "application/json",
                    Some(("x-amzn-errortype", kind)),
                    body.to_string(),
                )
            }
            "sqs" => {
                let kind = format!("com.amazonaws.sqs#{code}");
                let body = json!({ "__type": kind, "message": message }).to_string();
                let old_code = if *code == "QueueDoesNotExist" {
                    "AWS.SimpleQueueService.NonExistentQueue"
                } else {
                    code
                };
                answer(
                    *status,
                    "application/x-amz-json-1.0",
                    Some(("x-amzn-query-error", format!("{old_code};Sender"))),
                    body,
                )
            }
            "cloudwatch" => {
                let mut body = minicbor::Encoder::new(Vec::new());
                let pairs = [("__type", *code), ("message", message)];
                body.map(2).expect("a map");
                for (name, value) in pairs {
                    body.str(name)
                        .and_then(|body| body.str(value))
                        .expect("text");
                }
                answer(
                    *status,
                    "application/cbor",
                    Some(("smithy-protocol", "rpc-v2-cbor".to_owned())),
                    body.into_writer(),
                )
            }
            _ => answer(
                *status,
                "application/x-amz-json-1.1",
                None,
                json!({ "__type": code, "message": message }).to_string(),
            ),
        }
    }
}

/// Answers an action of the Query protocol with the inside of its result element.
pub fn query(service: &str, action: &str, result: &str) -> Answer {
    xml(
        200,
        format!(
            "<{action}Response xmlns=\"{}\"><{action}Result>{result}</{action}Result>\
             <ResponseMetadata><RequestId>{REQUEST_ID}</RequestId></ResponseMetadata></{action}Response>",
            namespace(service)
        ),
    )
}

/// Answers a REST call with a JSON document.
pub fn rest(body: &Value) -> Answer {
    answer(200, "application/json", None, body.to_string())
}

/// Returns text that XML can carry.
pub fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

fn namespace(service: &str) -> &'static str {
    match service {
        "iam" => "https://iam.amazonaws.com/doc/2010-05-08/",
        "sts" => "https://sts.amazonaws.com/doc/2011-06-15/",
        _ => "http://sns.amazonaws.com/doc/2010-03-31/",
    }
}

fn xml(status: u16, body: String) -> Answer {
    answer(status, "text/xml", None, body)
}

fn answer(
    status: u16,
    content_type: &str,
    header: Option<(&str, String)>,
    body: impl Into<Bytes>,
) -> Answer {
    let mut response = Response::builder()
        .status(status)
        .header("content-type", content_type)
        .header("x-amzn-requestid", REQUEST_ID);
    if let Some((name, value)) = header {
        response = response.header(name, value);
    }
    response
        .body(Full::new(body.into()))
        .expect("an answer that HTTP can carry")
}
