//! A Slack channel that takes a message in every so much time, asks to wait a second with every other, and counts.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::server::serve;

/// A room on loopback.
pub struct Room {
    pub address: SocketAddr,
    seen: Arc<Mutex<Seen>>,
}

/// What a room has seen.
#[derive(Clone, Copy, Default)]
pub struct Seen {
    pub posts: usize,
    /// The posts that became a message.
    pub messages: usize,
    /// The alerts that these messages are about.
    pub alerts: usize,
    /// When the last message came.
    pub last: Option<Instant>,
}

impl Room {
    /// Starts a room that takes a message in every `interval`.
    pub fn start(interval: Duration) -> Room {
        let seen = Arc::<Mutex<Seen>>::default();
        let shared = Arc::clone(&seen);
        let address = serve(move |post, connection| {
            let is_taken = {
                let mut seen = shared.lock().unwrap();
                let now = Instant::now();
                let is_taken = seen.last.is_none_or(|last| now - last >= interval);
                seen.posts += 1;
                if is_taken {
                    seen.messages += 1;
                    seen.alerts += alerts(&post.body);
                    seen.last = Some(now);
                }
                is_taken
            };
            match is_taken {
                true => connection.write("HTTP/1.1 200 OK", "", b"ok"),
                false => connection.write(
                    "HTTP/1.1 429 Too Many Requests",
                    "retry-after: 1\r\n",
                    b"rate_limited",
                ),
            }
        });
        Room { address, seen }
    }

    pub fn seen(&self) -> Seen {
        *self.seen.lock().unwrap()
    }
}

/// Returns how many alerts a message is about: as many as it says that things are, of which each has one; else one.
fn alerts(body: &[u8]) -> usize {
    let message: Value = serde_json::from_slice(body).unwrap();
    let text = message["text"].as_str().unwrap();
    match text.split_once("Things: ") {
        Some((_, rest)) => {
            let number = rest.split(' ').next().unwrap().replace(',', "");
            number.parse().unwrap()
        }
        None => 1,
    }
}
