//! A room on loopback: it keeps what was posted to it, and answers as it was told.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::{HeaderMap, Method, Request, Response};
use serde_json::Value;

use super::server::{Outcome, Server};

/// One request as it arrived.
#[derive(Clone, Debug)]
pub struct Received {
    /// The method, `POST` for every room there is.
    pub method: Method,
    /// The path without its query.
    pub path: String,
    /// The query, empty where there is none.
    pub query: String,
    /// All headers.
    pub headers: HeaderMap,
    /// The body as text.
    pub body: String,
    /// When the whole request was there.
    pub at: Instant,
}

impl Received {
    /// Returns the body as JSON.
    ///
    /// # Panics
    ///
    /// Where it is not JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body)
            .unwrap_or_else(|e| panic!("{} did not get JSON but {:?}: {e}", self.path, self.body))
    }
}

/// One scripted answer.
#[derive(Clone, Debug)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// Headers, such as `Retry-After`.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: String,
    /// How long the room thinks before it answers.
    pub delay: Duration,
    /// Whether the room hangs up in place of the answer.
    pub hang_up: bool,
}

impl Default for Reply {
    /// Slack's success.
    fn default() -> Self {
        Self {
            status: 200,
            headers: Vec::new(),
            body: "ok".to_owned(),
            delay: Duration::ZERO,
            hang_up: false,
        }
    }
}

impl Reply {
    /// Returns an answer with this status and body.
    pub fn new(status: u16, body: &str) -> Self {
        Self {
            status,
            body: body.to_owned(),
            ..Self::default()
        }
    }

    /// Returns what a room says that wants to be left alone for so many seconds.
    pub fn retry_after(seconds: u32) -> Self {
        Self {
            headers: vec![("retry-after", seconds.to_string())],
            ..Self::new(429, "rate_limited")
        }
    }
}

/// The room itself; several, where the paths differ.
#[derive(Debug)]
pub struct Sink {
    server: Server,
    room: Arc<Room>,
}

#[derive(Debug, Default)]
struct Room {
    received: Mutex<Vec<Received>>,
    arrival: Condvar,
    scripts: Mutex<BTreeMap<String, VecDeque<Reply>>>,
}

impl Sink {
    /// Opens a room that answers everything with Slack's `ok`.
    pub fn start() -> Self {
        let room = Arc::new(Room::default());
        let inside = Arc::clone(&room);
        let server = Server::start(move |request| {
            let room = Arc::clone(&inside);
            async move { room.take(request).await }
        });
        Self { server, room }
    }

    /// Returns the webhook URL of a path such as `/slack`.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.server.address())
    }

    /// Scripts the answers of a path: one for each request in turn, the last one for all that follow.
    pub fn answer(&self, path: &str, replies: Vec<Reply>) {
        self.room
            .scripts
            .lock()
            .expect("the scripts")
            .insert(path.to_owned(), replies.into());
    }

    /// Returns what has arrived so far, in the order of arrival.
    pub fn received(&self) -> Vec<Received> {
        self.room
            .received
            .lock()
            .expect("what was received")
            .clone()
    }

    /// Returns what has arrived at a path.
    pub fn received_at(&self, path: &str) -> Vec<Received> {
        self.received()
            .into_iter()
            .filter(|received| received.path == path)
            .collect()
    }

    /// Waits until `n` requests are there and returns them all.
    ///
    /// # Panics
    ///
    /// Where fewer arrive in time; the message shows those that did.
    pub fn wait_for(&self, n: usize, timeout: Duration) -> Vec<Received> {
        let received = self.room.received.lock().expect("what was received");
        let (received, wait) = self
            .room
            .arrival
            .wait_timeout_while(received, timeout, |r| r.len() < n)
            .expect("what was received");
        assert!(
            !wait.timed_out(),
            "{} of {n} requests arrived within {timeout:?}: {received:#?}",
            received.len()
        );
        received.clone()
    }

    /// Forgets what has arrived.
    pub fn clear(&self) {
        self.room
            .received
            .lock()
            .expect("what was received")
            .clear();
    }
}

impl Room {
    async fn take(&self, request: Request<Bytes>) -> Outcome {
        let path = request.uri().path().to_owned();
        let reply = self.next_reply(&path);
        self.received
            .lock()
            .expect("what was received")
            .push(Received {
                method: request.method().clone(),
                path,
                query: request.uri().query().unwrap_or_default().to_owned(),
                headers: request.headers().clone(),
                body: String::from_utf8_lossy(request.body()).into_owned(),
                at: Instant::now(),
            });
        self.arrival.notify_all();
        tokio::time::sleep(reply.delay).await;
        if reply.hang_up {
            return Outcome::HangUp;
        }
        let mut response = Response::builder().status(reply.status);
        for (name, value) in &reply.headers {
            response = response.header(*name, value);
        }
        Outcome::Answer(
            response
                .body(Full::from(reply.body))
                .expect("a scripted reply that HTTP can carry"),
        )
    }

    fn next_reply(&self, path: &str) -> Reply {
        let mut scripts = self.scripts.lock().expect("the scripts");
        let Some(script) = scripts.get_mut(path) else {
            return Reply::default();
        };
        if script.len() > 1 {
            script.pop_front()
        } else {
            script.front().cloned()
        }
        .unwrap_or_default()
    }
}
