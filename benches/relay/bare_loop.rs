//! The least that a function can do: two sockets, no runtime, no TLS, no retry, no log. What the relay is measured against from below.

use std::net::TcpStream;

use serde_json::{Value, json};

use crate::http::Connection;

/// With this argument the benchmark is the bare loop.
pub const ARGUMENT: &str = "bare-loop";

pub fn run() {
    let variable = |name| std::env::var(name).unwrap();
    let api = variable("AWS_LAMBDA_RUNTIME_API");
    let url = url::Url::parse(&variable("DDALERT_WEBHOOK_URL")).unwrap();
    let room = format!("{}:{}", url.host_str().unwrap(), url.port().unwrap());
    let post = format!("POST {}?{} HTTP/1.1", url.path(), url.query().unwrap());
    let json = |host: &str| format!("host: {host}\r\ncontent-type: application/json\r\n");

    let mut lambda = Connection::over(TcpStream::connect(&api).unwrap());
    let mut sink = Connection::over(TcpStream::connect(&room).unwrap());
    loop {
        let next = "GET /2018-06-01/runtime/invocation/next HTTP/1.1";
        lambda
            .write(next, &format!("host: {api}\r\n"), b"")
            .unwrap();
        let Some(invocation) = lambda.read() else {
            return;
        };
        let event: Value = serde_json::from_slice(&invocation.body).unwrap();
        for record in event["Records"].as_array().unwrap() {
            let alert: Value =
                serde_json::from_str(record["Sns"]["Message"].as_str().unwrap()).unwrap();
            let content = format!(
                "IoT Device Defender alert! Thing name: {} | Security profile: {} | Behavior name: {}",
                alert["thingName"], alert["securityProfileName"], alert["behavior"]["name"]
            );
            sink.write(
                &post,
                &json(&room),
                json!({ "Content": content }).to_string().as_bytes(),
            )
            .unwrap();
            sink.read().unwrap();
        }
        let id = invocation.header("lambda-runtime-aws-request-id").unwrap();
        let done = format!("POST /2018-06-01/runtime/invocation/{id}/response HTTP/1.1");
        lambda.write(&done, &json(&api), b"null").unwrap();
        lambda.read().unwrap();
    }
}
