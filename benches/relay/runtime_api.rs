//! What a function learns from Lambda: its environment, and what is said of each event.

use std::net::SocketAddr;
use std::time::{Duration, SystemTime};

/// The environment of a function whose Runtime API is at `api`.
pub fn environment(api: SocketAddr) -> Vec<(&'static str, String)> {
    vec![
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128".to_owned()),
        ("AWS_LAMBDA_FUNCTION_NAME", "bench".to_owned()),
        ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST".to_owned()),
        ("AWS_LAMBDA_RUNTIME_API", api.to_string()),
        ("AWS_REGION", "us-east-1".to_owned()),
    ]
}

/// The headers of an event, for which the function has `time`.
pub fn headers(id: usize, time: Duration) -> String {
    let end = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap()
        + time;
    format!(
        "content-type: application/json\r\nlambda-runtime-aws-request-id: {id}\r\nlambda-runtime-deadline-ms: {}\r\n\
         lambda-runtime-invoked-function-arn: arn:aws:lambda:us-east-1:123456789012:function:bench\r\n",
        end.as_millis()
    )
}
