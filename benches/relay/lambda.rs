//! Plays Lambda, the room and Secrets Manager: hands over events when it is told to, and says when something happened.

use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::json;
use tempfile::NamedTempFile;

use crate::http::{Connection, Message};
use crate::runtime_api;
use crate::server::{serve, serve_over};
use crate::tls::Identity;

/// Where the function's secret is.
const SECRET: &str = "arn:aws:secretsmanager:us-east-1:123456789012:secret:bench-AbCdEf";

/// How the function reaches the room.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Way {
    /// The room and the secret store speak TLS.
    pub tls: bool,
    /// The room's URL is in Secrets Manager, not in the environment.
    pub secret: bool,
}

/// What the function did.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Mark {
    /// It asked for an event.
    Asked,
    /// It reported an event as done.
    Reported,
}

/// A Runtime API, a room and a secret store, for one start of one contender.
pub struct Lambda {
    environment: Vec<(&'static str, String)>,
    /// Files with the certificate that makes room and store trusted.
    _trusted: Vec<NamedTempFile>,
    events: Sender<String>,
    marks: Receiver<(Mark, Instant)>,
    posts: Arc<AtomicUsize>,
}

impl Lambda {
    /// Starts them. `public_roots` are the certificates that Python trusts by itself, as PEM: it reads them all for each connection,
    /// whichever it needs.
    pub fn start(way: Way, public_roots: &str) -> Lambda {
        let (events, pending) = channel::<String>();
        let (marked, marks) = channel();
        let posts = Arc::<AtomicUsize>::default();
        let pending = Mutex::new(pending);
        let runtime_api = serve(move |request, connection| {
            if !request.line.starts_with("GET") {
                assert!(
                    request.line.contains("/response"),
                    "{}: {}",
                    request.line,
                    String::from_utf8_lossy(&request.body)
                );
                marked.send((Mark::Reported, Instant::now())).ok();
                return connection.write("HTTP/1.1 202 Accepted", "", b"");
            }
            marked.send((Mark::Asked, Instant::now())).ok();
            match pending.lock().unwrap().recv() {
                Ok(event) => {
                    let headers = runtime_api::headers(1, Duration::from_secs(30));
                    connection.write("HTTP/1.1 200 OK", &headers, event.as_bytes())
                }
                Err(_) => Err(std::io::ErrorKind::ConnectionAborted.into()),
            }
        });
        let identity = way.tls.then(Identity::make);
        let counted = Arc::clone(&posts);
        let room = serve_as(identity.clone(), move |_, connection| {
            counted.fetch_add(1, Ordering::Relaxed);
            connection.write("HTTP/1.1 200 OK", "", b"ok")
        });
        let scheme = if way.tls { "https" } else { "http" };
        let url = |address: SocketAddr, path: &str| format!("{scheme}://{address}{path}");
        let webhook = url(room, "/incomingwebhooks/x?token=y");
        let mut environment = runtime_api::environment(runtime_api);
        environment.extend([
            ("AWS_DEFAULT_REGION", "us-east-1".to_owned()),
            ("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE".to_owned()),
            ("AWS_SECRET_ACCESS_KEY", "example".to_owned()),
            ("DDALERT_TARGET", "chime".to_owned()),
        ]);
        if way.secret {
            let store = serve_as(identity.clone(), move |request, connection| {
                assert_eq!(
                    request.header("x-amz-target"),
                    Some("secretsmanager.GetSecretValue")
                );
                let answer = json!({ "ARN": SECRET, "Name": "bench", "SecretString": webhook });
                connection.write(
                    "HTTP/1.1 200 OK",
                    "content-type: application/x-amz-json-1.1\r\n",
                    answer.to_string().as_bytes(),
                )
            });
            environment.push(("AWS_ENDPOINT_URL", url(store, "")));
            environment.push(("DDALERT_WEBHOOK_SECRET", SECRET.to_owned()));
        } else {
            environment.push(("DDALERT_WEBHOOK_URL", webhook));
        }
        let mut trusted = Vec::new();
        if let Some(Identity { authority, .. }) = identity {
            let with_public_roots = format!("{authority}{public_roots}");
            // The relay's variable, which adds to the roots that are built in, and those of requests and boto3, which replace theirs.
            for (text, names) in [
                (authority, &["SSL_CERT_FILE"][..]),
                (with_public_roots, &["REQUESTS_CA_BUNDLE", "AWS_CA_BUNDLE"]),
            ] {
                let file = NamedTempFile::new().unwrap();
                std::fs::write(file.path(), text).unwrap();
                let path = file.path().display().to_string();
                environment.extend(names.iter().map(|name| (*name, path.clone())));
                trusted.push(file);
            }
        }
        Lambda {
            environment,
            _trusted: trusted,
            events,
            marks,
            posts,
        }
    }

    /// The environment of the function.
    pub fn environment(&self) -> Vec<(&'static str, String)> {
        self.environment.clone()
    }

    pub fn hand_over(&self, event: &str) {
        self.events.send(event.to_owned()).unwrap();
    }

    /// Returns when the function next did `mark`.
    pub fn wait_for(&self, mark: Mark) -> Instant {
        loop {
            let (seen, at) = self
                .marks
                .recv_timeout(Duration::from_secs(20))
                .expect("the function goes on");
            if seen == mark {
                return at;
            }
        }
    }

    /// How many messages the room got.
    pub fn posts(&self) -> usize {
        self.posts.load(Ordering::Relaxed)
    }
}

/// Answers on a free port, over TLS if there is an identity.
fn serve_as(
    identity: Option<Identity>,
    answer: impl Fn(Message, &mut Connection) -> std::io::Result<()> + Send + Sync + 'static,
) -> SocketAddr {
    let accept = move |stream: TcpStream| match &identity {
        Some(identity) => identity.accept(stream),
        None => Connection::over(stream),
    };
    serve_over(accept, answer)
}
