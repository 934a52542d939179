//! Plays Lambda and the room: hands over events when it is told to, and says when something happened.

use std::net::{SocketAddr, TcpListener};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use crate::http::{Connection, Message};

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
                Ok(event) => connection.write("HTTP/1.1 200 OK", &invocation(), event.as_bytes()),
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
        vec![
            ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128".to_owned()),
            ("AWS_LAMBDA_FUNCTION_NAME", "bench".to_owned()),
            ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST".to_owned()),
            ("AWS_LAMBDA_RUNTIME_API", self.runtime_api.to_string()),
            ("AWS_REGION", "us-east-1".to_owned()),
            ("DDALERT_TARGET", "chime".to_owned()),
            (
                "DDALERT_WEBHOOK_URL",
                format!("http://{}/incomingwebhooks/x?token=y", self.room),
            ),
        ]
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

fn invocation() -> String {
    let end = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap()
        + Duration::from_secs(30);
    format!(
        "content-type: application/json\r\nlambda-runtime-aws-request-id: 1\r\nlambda-runtime-deadline-ms: {}\r\n\
         lambda-runtime-invoked-function-arn: arn:aws:lambda:us-east-1:123456789012:function:bench\r\n",
        end.as_millis()
    )
}

/// Answers on a free port, each connection in a thread of its own.
fn serve(
    answer: impl Fn(Message, &mut Connection) -> std::io::Result<()> + Send + Sync + 'static,
) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let answer = Arc::new(answer);
    thread::spawn(move || {
        for stream in listener.incoming() {
            let answer = Arc::clone(&answer);
            thread::spawn(move || {
                let mut connection = Connection::over(stream.unwrap());
                while let Some(request) = connection.read() {
                    if answer(request, &mut connection).is_err() {
                        break;
                    }
                }
            });
        }
    });
    address
}
