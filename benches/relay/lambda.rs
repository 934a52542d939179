//! Plays Lambda and the room: hands over events when it is told to, and says when something happened.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::runtime_api;
use crate::server::serve;

/// What the function did.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Mark {
    /// It asked for an event.
    Asked,
    /// It reported an event as done.
    Reported,
}

/// A Runtime API and a room, for one start of one contender.
pub struct Lambda {
    runtime_api: SocketAddr,
    room: SocketAddr,
    events: Sender<String>,
    marks: Receiver<(Mark, Instant)>,
    posts: Arc<AtomicUsize>,
}

impl Lambda {
    pub fn start() -> Lambda {
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
        let counted = Arc::clone(&posts);
        let room = serve(move |_, connection| {
            counted.fetch_add(1, Ordering::Relaxed);
            connection.write("HTTP/1.1 200 OK", "", b"ok")
        });
        Lambda {
            runtime_api,
            room,
            events,
            marks,
            posts,
        }
    }

    /// The environment of the function.
    pub fn environment(&self) -> Vec<(&'static str, String)> {
        let mut environment = runtime_api::environment(self.runtime_api);
        environment.extend([
            ("DDALERT_TARGET", "chime".to_owned()),
            (
                "DDALERT_WEBHOOK_URL",
                format!("http://{}/incomingwebhooks/x?token=y", self.room),
            ),
        ]);
        environment
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
