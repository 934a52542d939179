//! The least that a function can do: two sockets, no runtime, no retry, no log. What the relay is measured against from below. Where
//! the benchmark asks for it, the room's socket is TLS, and the URL comes from the secret store, which is asked without a signature.

use std::net::TcpStream;
use std::path::Path;

use serde_json::{Value, json};
use url::Url;

use crate::http::Connection;
use crate::tls;

/// With this argument the benchmark is the bare loop.
pub const ARGUMENT: &str = "bare-loop";

pub fn run() {
    let variable = |name| std::env::var(name).unwrap();
    let api = variable("AWS_LAMBDA_RUNTIME_API");
    let url = match std::env::var("DDALERT_WEBHOOK_URL") {
        Ok(url) => url,
        Err(_) => secret(
            &variable("AWS_ENDPOINT_URL"),
            &variable("DDALERT_WEBHOOK_SECRET"),
        ),
    };
    let url = Url::parse(&url).unwrap();
    let room = format!("{}:{}", url.host_str().unwrap(), url.port().unwrap());
    let post = format!("POST {}?{} HTTP/1.1", url.path(), url.query().unwrap());

    let mut lambda = Connection::over(TcpStream::connect(&api).unwrap());
    let mut sink = connect(&url);
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
                &headers(&room),
                json!({ "Content": content }).to_string().as_bytes(),
            )
            .unwrap();
            sink.read().unwrap();
        }
        let id = invocation.header("lambda-runtime-aws-request-id").unwrap();
        let done = format!("POST /2018-06-01/runtime/invocation/{id}/response HTTP/1.1");
        lambda.write(&done, &headers(&api), b"null").unwrap();
        lambda.read().unwrap();
    }
}

fn headers(host: &str) -> String {
    format!("host: {host}\r\ncontent-type: application/json\r\n")
}

fn connect(url: &Url) -> Connection {
    let port = url.port().unwrap();
    match url.scheme() {
        "https" => {
            let roots = std::env::var("SSL_CERT_FILE").unwrap();
            tls::Client::trusting(Path::new(&roots)).connect(port)
        }
        _ => Connection::over(TcpStream::connect((url.host_str().unwrap(), port)).unwrap()),
    }
}

/// Reads a secret from Secrets Manager.
fn secret(endpoint: &str, id: &str) -> String {
    let endpoint = Url::parse(endpoint).unwrap();
    let mut store = connect(&endpoint);
    let headers = format!(
        "{}x-amz-target: secretsmanager.GetSecretValue\r\n",
        headers(endpoint.host_str().unwrap())
    );
    let request = json!({ "SecretId": id }).to_string();
    store
        .write("POST / HTTP/1.1", &headers, request.as_bytes())
        .unwrap();
    let answer: Value = serde_json::from_slice(&store.read().unwrap().body).unwrap();
    answer["SecretString"].as_str().unwrap().to_owned()
}
