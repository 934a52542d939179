//! A record of every call to AWS, for `--verbose`: which one, how long each try took and what came of it; and, where asked for,
//! the request without what must not be shown.
//!
//! The SDK replaces what its API models mark as sensitive (secret values, plaintexts, a function's variables and code, the phones
//! of the sandbox). Here is added what the models do not mark: the endpoints of subscriptions, one-time passwords, URLs. Headers
//! are never recorded: they hold signatures and session tokens.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::{
    BeforeSerializationInterceptorContextRef, BeforeTransmitInterceptorContextRef,
    FinalizerInterceptorContextRef,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpResponse, Metadata};
use aws_smithy_runtime_api::client::retries::RequestAttempts;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::{ConfigBag, Storable, StoreReplace};

use crate::chain::delivery::shown_endpoint;
use crate::destination::sms::masked;

/// One try of one call.
#[derive(Clone, Debug)]
pub struct AwsCall {
    /// The service, as its SDK names it: `SNS`, `Secrets Manager`.
    pub service: String,
    /// The operation, such as `GetTopicAttributes`.
    pub operation: String,
    /// Which try it was, from 1.
    pub attempt: u32,
    /// How long it took.
    pub elapsed: Duration,
    /// What came of it: `ok`, the HTTP status with AWS's code, or that there was no answer.
    pub result: String,
    /// The parameters, without what must not be shown; only of the first try, and where they were asked for.
    pub request: Option<String>,
}

/// Takes note of every call.
#[derive(Clone)]
pub struct CallLog {
    /// Is given each try when it has ended.
    pub write: Arc<dyn Fn(&AwsCall) + Send + Sync>,
    /// Whether requests are recorded.
    pub with_requests: bool,
}

impl fmt::Debug for CallLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallLog")
            .field("with_requests", &self.with_requests)
            .finish_non_exhaustive()
    }
}

/// When a try began.
#[derive(Debug)]
struct Began(Instant);

impl Storable for Began {
    type Storer = StoreReplace<Self>;
}

/// The parameters of a call, as they may be shown.
#[derive(Debug)]
struct Request(String);

impl Storable for Request {
    type Storer = StoreReplace<Self>;
}

impl Intercept for CallLog {
    fn name(&self) -> &'static str {
        "CallLog"
    }

    fn read_before_execution(
        &self,
        context: &BeforeSerializationInterceptorContextRef<'_>,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if self.with_requests {
            let request = shown_request(&format!("{:?}", context.input()));
            config.interceptor_state().store_put(Request(request));
        }
        Ok(())
    }

    fn read_before_attempt(
        &self,
        _context: &BeforeTransmitInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        config.interceptor_state().store_put(Began(Instant::now()));
        Ok(())
    }

    fn read_after_attempt(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let metadata = config.load::<Metadata>();
        let attempt = config
            .load::<RequestAttempts>()
            .map_or(1, |tries| tries.attempts());
        let succeeded = context
            .output_or_error()
            .is_some_and(|outcome| outcome.is_ok());
        let result = match context.response() {
            _ if succeeded => "ok".to_owned(),
            Some(response) => refusal(response),
            None => "no answer".to_owned(),
        };
        let request = config.load::<Request>().filter(|_| attempt == 1);
        (self.write)(&AwsCall {
            service: metadata
                .map(|metadata| metadata.service().to_owned())
                .unwrap_or_default(),
            operation: metadata
                .map(|metadata| metadata.name().to_owned())
                .unwrap_or_default(),
            attempt,
            elapsed: config
                .load::<Began>()
                .map(|began| began.0.elapsed())
                .unwrap_or_default(),
            result,
            request: request.map(|Request(request)| request.clone()),
        });
        Ok(())
    }
}

/// Returns the status of an answer with AWS's error code, where it has one. Each protocol has its own place for the code: a header,
/// a member of a JSON object (`__type`, `code`), an element of XML (`Code`). Source: the protocols' pages of the Smithy specification.
fn refusal(response: &HttpResponse) -> String {
    let header = ["x-amzn-query-error", "x-amzn-errortype"]
        .into_iter()
        .find_map(|name| response.headers().get(name));
    let body = response
        .body()
        .bytes()
        .map(String::from_utf8_lossy)
        .unwrap_or_default();
    let between = |start: &str, end: &str| {
        let (_, rest) = body.split_once(start)?;
        rest.split_once(end).map(|(code, _)| code.to_owned())
    };
    let code = header
        .map(str::to_owned)
        .or_else(|| between("<Code>", "</Code>"))
        .or_else(|| between("\"__type\":\"", "\""))
        .or_else(|| between("\"code\":\"", "\""))
        .unwrap_or_default();
    // A code can have a namespace before it and a URL behind it.
    let code = code.split([';', ':']).next().unwrap_or_default();
    let code = code.split('#').next_back().unwrap_or_default();
    let is_code = !code.is_empty() && code.chars().all(|c| c.is_ascii_alphanumeric() || c == '.');
    match is_code {
        true => format!("HTTP {} {code}", response.status().as_u16()),
        false => format!("HTTP {}", response.status().as_u16()),
    }
}

/// What stands in place of a value.
const HIDDEN: &str = "***";

/// Members whose values are never shown, though the API models do not mark them all as sensitive.
const SECRET_MEMBERS: &[&str] = &[
    "ciphertext_blob",
    "client_request_token",
    "message",
    "one_time_password",
    "payload",
    "plaintext",
    "receipt_handle",
    "secret_binary",
    "secret_string",
    "token",
    "value",
    "variables",
    "zip_file",
];

/// Turns the SDK's `Debug` of a request's parameters into one line that may be shown: absent members are left out, secret ones
/// hidden, phones masked, and of URLs only the host is shown.
fn shown_request(debug: &str) -> String {
    // What stands before the brace is the name of the Rust type.
    let start = debug.find('{').unwrap_or(debug.len());
    let value = &debug[start..];
    let mut shown = String::new();
    show(&value[..value_length(value)], false, &mut shown);
    shown
}

/// Appends a value as it may be shown.
fn show(text: &str, is_url: bool, shown: &mut String) {
    let mut at = 0;
    while let Some(c) = text[at..].chars().next() {
        let rest = &text[at..];
        if c == '"' {
            let length = literal_length(rest);
            shown.push_str(&shown_literal(&rest[..length], is_url));
            at += length;
            continue;
        }
        let is_inside_word = text[..at].ends_with(is_member_char);
        let Some(name) = member(rest).filter(|_| !is_inside_word) else {
            let trimmed = shown.trim_end();
            if c == '}' && trimmed.ends_with(',') {
                // What came after the comma was left out.
                shown.truncate(trimmed.len() - 1);
                shown.push(' ');
            }
            shown.push(c);
            at += c.len_utf8();
            continue;
        };
        let value = &rest[name.len() + 2..];
        let length = value_length(value);
        at += name.len() + 2 + length;
        match &value[..length] {
            "None" => {
                at += if text[at..].starts_with(", ") { 2 } else { 0 };
                continue;
            }
            _ if SECRET_MEMBERS.contains(&name) => shown.push_str(&format!("{name}: {HIDDEN}")),
            value => {
                shown.push_str(&format!("{name}: "));
                let some = value
                    .strip_prefix("Some(")
                    .and_then(|value| value.strip_suffix(')'));
                show(some.unwrap_or(value), name == "queue_url", shown);
            }
        }
    }
}

fn is_member_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

/// Returns the name of the member that a text starts with: `name: value`.
fn member(text: &str) -> Option<&str> {
    let end = text.find(|c| !is_member_char(c))?;
    (end > 0 && text[end..].starts_with(": ")).then(|| &text[..end])
}

/// Returns the length of the string literal that a text starts with, both quotes included.
fn literal_length(text: &str) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// Returns the length of the value that a text starts with: up to the comma or the bracket behind it.
fn value_length(text: &str) -> usize {
    let (mut at, mut depth) = (0, 0_usize);
    while let Some(c) = text[at..].chars().next() {
        match c {
            '"' => {
                at += literal_length(&text[at..]);
                continue;
            }
            '{' | '[' | '(' => depth += 1,
            '}' | ']' | ')' | ',' if depth == 0 => return text[..at].trim_end().len(),
            '}' | ']' | ')' => depth -= 1,
            _ => {}
        }
        at += c.len_utf8();
    }
    text.len()
}

/// Returns a string literal with phones masked, and URLs without their paths unless they are of queues.
fn shown_literal(literal: &str, is_url: bool) -> String {
    if literal.contains("Sensitive Data Redacted") {
        return HIDDEN.to_owned();
    }
    let is_end = |c: char| c.is_whitespace() || "\"\\'<>".contains(c);
    let mut shown = String::new();
    for part in literal.split_inclusive(is_end) {
        let bare = part.trim_end_matches(is_end);
        let shown_part = match bare {
            url if url.contains("://") && !is_url => shown_endpoint(url),
            phone if phone.starts_with('+') && phone[1..].chars().all(|c| c.is_ascii_digit()) => {
                masked(phone)
            }
            other => other.to_owned(),
        };
        shown.push_str(&shown_part);
        shown.push_str(&part[bare.len()..]);
    }
    shown
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use aws_sdk_kms::primitives::Blob;
    use aws_smithy_mocks::mock;

    use super::super::mocks::{json_error, xml_error};
    use super::*;
    use crate::sync::lock;

    fn shown<T: fmt::Debug>(input: T) -> String {
        shown_request(&format!("{input:?}"))
    }

    #[test]
    fn a_request_is_shown_without_what_is_absent() {
        let input = aws_sdk_sns::operation::subscribe::SubscribeInput::builder()
            .topic_arn("arn:aws:sns:eu-central-1:123456789012:alerts")
            .protocol("lambda")
            .endpoint("arn:aws:lambda:eu-central-1:123456789012:function:f")
            .attributes("FilterPolicy", r#"{"a": ["b, c"]}"#)
            .build()
            .expect("an input");
        assert_eq!(
            shown(input),
            "{ topic_arn: \"arn:aws:sns:eu-central-1:123456789012:alerts\", protocol: \"lambda\", \
             endpoint: \"arn:aws:lambda:eu-central-1:123456789012:function:f\", \
             attributes: {\"FilterPolicy\": \"{\\\"a\\\": [\\\"b, c\\\"]}\"} }"
        );
        let input =
            aws_sdk_sqs::operation::get_queue_attributes::GetQueueAttributesInput::builder()
                .queue_url("https://sqs.eu-central-1.amazonaws.com/123456789012/q")
                .build()
                .expect("an input");
        assert_eq!(
            shown(input),
            "{ queue_url: \"https://sqs.eu-central-1.amazonaws.com/123456789012/q\" }"
        );
    }

    #[test]
    fn no_secret_is_shown() {
        const SECRET: &str = "sesame";
        let url = format!("https://hooks.slack.com/services/{SECRET}");
        let tag = aws_sdk_ssm::types::Tag::builder()
            .key("k")
            .value("v")
            .build()
            .expect("a tag");
        let texts = [
            shown(
                aws_sdk_ssm::operation::put_parameter::PutParameterInput::builder()
                    .name("n")
                    .value(&url)
                    .tags(tag)
                    .build()
                    .expect("an input"),
            ),
            shown(
                aws_sdk_secretsmanager::operation::create_secret::CreateSecretInput::builder()
                    .name("n")
                    .secret_string(&url)
                    .build()
                    .expect("an input"),
            ),
            shown(
                aws_sdk_kms::operation::encrypt::EncryptInput::builder()
                    .key_id("n")
                    .plaintext(Blob::new(url.as_bytes()))
                    .build()
                    .expect("an input"),
            ),
            shown(
                aws_sdk_lambda::operation::update_function_configuration::UpdateFunctionConfigurationInput::builder()
                    .function_name("n")
                    .environment(
                        aws_sdk_lambda::types::Environment::builder()
                            .variables("DDALERT_WEBHOOK_URL", &url)
                            .build(),
                    )
                    .build()
                    .expect("an input"),
            ),
            shown(
                aws_sdk_sns::operation::subscribe::SubscribeInput::builder()
                    .topic_arn("n")
                    .protocol("https")
                    .endpoint(&url)
                    .build()
                    .expect("an input"),
            ),
            shown(
                aws_sdk_sns::operation::verify_sms_sandbox_phone_number::VerifySmsSandboxPhoneNumberInput::builder()
                    .phone_number("+12065550100")
                    .one_time_password(SECRET)
                    .build()
                    .expect("an input"),
            ),
        ];
        for text in texts {
            assert!(
                !text.contains(SECRET) && !text.contains("5550100"),
                "{text}"
            );
            assert!(
                text.contains("\"n\"") || text.contains("phone_number"),
                "{text}"
            );
        }
        let phone = aws_sdk_sns::operation::subscribe::SubscribeInput::builder()
            .protocol("sms")
            .endpoint("+12065550100");
        let text = shown(phone.build().expect("an input"));
        assert!(text.contains("sms") && !text.contains("5550100"), "{text}");
    }

    #[test]
    fn any_text_is_taken() {
        for text in [
            "",
            "{",
            "{ a: ",
            "{ a: \"",
            "{ a: Some(",
            "x { a: None }",
            "{ é: 1, b: [}",
            "\"\\",
        ] {
            let _ = shown_request(text);
        }
    }

    #[test]
    fn each_protocol_has_its_place_for_the_code() {
        let xml = xml_error(404, "NoSuchEntity", "there is no role");
        assert_eq!(refusal(&xml), "HTTP 404 NoSuchEntity");
        let json = json_error(400, "com.amazonaws.sqs#QueueDoesNotExist", "no queue");
        assert_eq!(refusal(&json), "HTTP 400 QueueDoesNotExist");
    }

    #[tokio::test]
    async fn each_call_is_noted_with_its_time_and_its_result() {
        let refused = mock!(aws_sdk_iam::Client::get_role)
            .then_http_response(|| xml_error(403, "AccessDenied", "not authorized"));
        let noted: Arc<Mutex<Vec<AwsCall>>> = Arc::default();
        let notes = Arc::clone(&noted);
        let log = CallLog {
            write: Arc::new(move |call| lock(&notes).push(call.clone())),
            with_requests: true,
        };
        let clients = super::super::mocks::clients([&refused]);
        let config = clients.iam.config().to_builder().interceptor(log).build();
        let iam = aws_sdk_iam::Client::from_conf(config);
        let answer = iam.get_role().role_name("r").send().await;
        assert!(answer.is_err());
        let calls = lock(&noted);
        let [call] = calls.as_slice() else {
            panic!("{calls:?}");
        };
        assert_eq!(
            (call.service.as_str(), call.operation.as_str(), call.attempt),
            ("IAM", "GetRole", 1)
        );
        assert_eq!(call.result, "HTTP 403 AccessDenied");
        assert_eq!(call.request.as_deref(), Some("{ role_name: \"r\" }"));
    }
}
