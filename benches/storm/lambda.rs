//! Plays Lambda: starts a relay for each event that finds none free, up to a limit; what is over it waits.

use std::collections::{HashMap, VecDeque};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use ddalert::chain::spec::TIMEOUT_S;
use serde_json::Value;

use crate::runtime_api;
use crate::server::serve;

/// How long an invocation may take.
pub const TIMEOUT: Duration = Duration::from_secs(TIMEOUT_S.unsigned_abs() as u64);

/// A relay that says nothing for so long after its time is over has died.
const DEAD: Duration = Duration::from_secs(60);

/// Lambda, with the relays that it runs.
pub struct Lambda {
    shared: Arc<Shared>,
    runtime_api: SocketAddr,
    relay: PathBuf,
    room: SocketAddr,
    at_once: usize,
    ended: Receiver<Result<Ended, String>>,
}

/// An invocation that has ended.
pub struct Ended {
    pub id: usize,
    /// What the relay answered; nothing if it failed.
    pub answer: Option<Value>,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    /// An event waits, or all is over.
    changed: Condvar,
}

#[derive(Default)]
struct State {
    invocations: usize,
    waiting: VecDeque<(usize, String)>,
    /// By when each invocation that is under way must end.
    running: HashMap<usize, Instant>,
    relays: Vec<Child>,
    is_over: bool,
}

impl Lambda {
    /// Starts Lambda, which runs at most `at_once` relays at a time that post to `room`.
    pub fn start(relay: &Path, room: SocketAddr, at_once: usize) -> Lambda {
        let shared = Arc::<Shared>::default();
        let (report, ended) = channel();
        let of_api = Arc::clone(&shared);
        let runtime_api = serve(move |request, connection| {
            let path = request.line.split(' ').nth(1).unwrap();
            if path.ends_with("/next") {
                let Some((id, event)) = of_api.next() else {
                    return Err(std::io::ErrorKind::ConnectionAborted.into());
                };
                let headers = runtime_api::headers(id, TIMEOUT);
                return connection.write("HTTP/1.1 200 OK", &headers, event.as_bytes());
            }
            report.send(of_api.end(path, &request.body)).ok();
            connection.write("HTTP/1.1 202 Accepted", "", b"")
        });
        Lambda {
            shared,
            runtime_api,
            relay: relay.to_owned(),
            room,
            at_once,
            ended,
        }
    }

    /// Hands an event to a relay that is free, to a new one, or to the first that becomes free.
    pub fn invoke(&self, event: String) -> usize {
        let mut state = self.shared.state.lock().unwrap();
        state.invocations += 1;
        let id = state.invocations;
        state.waiting.push_back((id, event));
        let free = state.relays.len() - state.running.len();
        if state.waiting.len() > free && state.relays.len() < self.at_once {
            let relay = self.start_relay();
            state.relays.push(relay);
        }
        self.shared.changed.notify_one();
        id
    }

    fn start_relay(&self) -> Child {
        let url = format!("http://{}/services/T0/B0/bench", self.room);
        Command::new(&self.relay)
            .env_clear()
            .envs(runtime_api::environment(self.runtime_api))
            .env("DDALERT_TARGET", "slack")
            .env("DDALERT_WEBHOOK_URL", url)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .unwrap()
    }

    /// Waits for the next invocation that ends, but not longer than until `until`.
    pub fn ended(&self, until: Instant) -> Option<Ended> {
        let wait = until.saturating_duration_since(Instant::now());
        let ended = self.ended.recv_timeout(wait).ok();
        let ended = ended.map(|ended| ended.unwrap_or_else(|why| panic!("no relay starts: {why}")));
        if ended.is_none() {
            let state = self.shared.state.lock().unwrap();
            let is_dead = state
                .running
                .values()
                .any(|deadline| deadline.elapsed() > DEAD);
            assert!(!is_dead, "a relay does not report");
        }
        ended
    }

    /// Returns the relays' process IDs.
    pub fn relays(&self) -> Vec<u32> {
        let state = self.shared.state.lock().unwrap();
        state.relays.iter().map(Child::id).collect()
    }
}

impl Shared {
    /// Waits for an event; nothing if all is over.
    fn next(&self) -> Option<(usize, String)> {
        let state = self.state.lock().unwrap();
        let mut state = self
            .changed
            .wait_while(state, |state| state.waiting.is_empty() && !state.is_over)
            .unwrap();
        let (id, event) = state.waiting.pop_front()?;
        state.running.insert(id, Instant::now() + TIMEOUT);
        Some((id, event))
    }

    /// Ends the invocation that a relay reports. Lambda would have stopped one whose time is over, so that counts as failed.
    ///
    /// # Errors
    /// It reports, in these words, that it cannot start.
    fn end(&self, path: &str, body: &[u8]) -> Result<Ended, String> {
        let mut parts = path.rsplit('/');
        let (result, id) = (parts.next().unwrap(), parts.next().unwrap());
        let id = id
            .parse()
            .map_err(|_| String::from_utf8_lossy(body).into_owned())?;
        let deadline = self.state.lock().unwrap().running.remove(&id).unwrap();
        let is_answer = result == "response" && Instant::now() < deadline;
        let answer = is_answer.then(|| serde_json::from_slice(body).unwrap());
        Ok(Ended { id, answer })
    }
}

impl Drop for Lambda {
    fn drop(&mut self) {
        let mut state = self.shared.state.lock().unwrap();
        state.is_over = true;
        for relay in &mut state.relays {
            relay.kill().unwrap();
            relay.wait().unwrap();
        }
        self.shared.changed.notify_all();
    }
}
