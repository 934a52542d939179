//! A room on a bare socket that can break HTTP in every way: it resets, stalls, trickles, cuts, and never ends.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// What the room does with one post.
#[derive(Clone, Debug, PartialEq)]
pub enum Fault {
    /// A whole answer: the status, headers, the body.
    Answer(u16, Vec<(&'static str, String)>, String),
    /// A whole answer, after which the room closes the connection without a word.
    AnswerAndClose(u16, String),
    /// The status and the beginning of a body; then the connection is closed.
    CutBody(u16, String),
    /// The status and the beginning of a body; then nothing more.
    StallBody(u16, String),
    /// The status and a body of which a byte arrives now and then.
    TrickleBody(u16, String),
    /// The status and a body without an end.
    EndlessBody(u16),
    /// The connection is reset after the post was read.
    ResetRead,
    /// An answer in another protocol.
    NotHttp,
    /// No answer ever.
    Stall,
    /// An answer of which only the first bytes of the head arrive, one by one.
    TrickleHead,
}

/// What the room does with a connection.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ConnectionFault {
    /// It serves any number of posts.
    None,
    /// It resets it before anything is read.
    ResetUnread,
    /// It closes it without a word after so many posts.
    CloseAfter(usize),
}

impl Fault {
    pub fn status(status: u16, body: &str) -> Fault {
        Fault::Answer(status, Vec::new(), body.to_owned())
    }

    pub fn retry_after(value: &str) -> Fault {
        Fault::Answer(429, vec![("retry-after", value.to_owned())], String::new())
    }

    /// Returns whether the room has the message after this: the status says yes and, where the body decides, no "no" follows in
    /// full.
    pub fn accepts(&self, body_decides: bool) -> bool {
        match self {
            Fault::Answer(status, _, body) | Fault::AnswerAndClose(status, body) => {
                (200..300).contains(status) && (!body_decides || ["ok", ""].contains(&body.trim()))
            }
            Fault::CutBody(status, _)
            | Fault::StallBody(status, _)
            | Fault::TrickleBody(status, _)
            | Fault::EndlessBody(status) => (200..300).contains(status),
            _ => false,
        }
    }
}

/// A post that the room has read.
#[derive(Clone, Debug)]
pub struct Post {
    pub body: String,
    pub fault: Fault,
}

/// The room. It does not know the webhook at a path with `/outdated/`.
pub struct FaultyRoom {
    pub address: SocketAddr,
    posts: Arc<Mutex<Vec<Post>>>,
    task: JoinHandle<()>,
}

impl Drop for FaultyRoom {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl FaultyRoom {
    /// Does with each post what `fault` says, given its number and its body.
    pub async fn start(fault: impl Fn(usize, &str) -> Fault + Send + Sync + 'static) -> FaultyRoom {
        FaultyRoom::start_with(fault, |_| ConnectionFault::None).await
    }

    /// As [`start`](Self::start), and does with each connection what `connection_fault` says, given its number.
    pub async fn start_with(
        fault: impl Fn(usize, &str) -> Fault + Send + Sync + 'static,
        connection_fault: impl Fn(usize) -> ConnectionFault + Send + Sync + 'static,
    ) -> FaultyRoom {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let posts = Arc::<Mutex<Vec<Post>>>::default();
        let (fault, kept) = (Arc::new(fault), Arc::clone(&posts));
        let task = tokio::spawn(async move {
            for connection in 0.. {
                let (stream, _) = listener.accept().await.expect("a connection");
                let (fault, kept) = (Arc::clone(&fault), Arc::clone(&kept));
                let most = match connection_fault(connection) {
                    ConnectionFault::None => usize::MAX,
                    ConnectionFault::CloseAfter(posts) => posts,
                    ConnectionFault::ResetUnread => {
                        stream.set_zero_linger().ok();
                        continue;
                    }
                };
                tokio::spawn(async move {
                    serve(stream, most, &*fault, &kept).await;
                });
            }
        });
        FaultyRoom {
            address,
            posts,
            task,
        }
    }

    /// Does with the first post what the first fault says, and so on; the last stands for all that follow.
    pub async fn script(faults: Vec<Fault>) -> FaultyRoom {
        FaultyRoom::start(move |index, _| faults[index.min(faults.len() - 1)].clone()).await
    }

    pub fn posts(&self) -> Vec<Post> {
        self.posts.lock().expect("not poisoned").clone()
    }
}

async fn serve(
    mut stream: TcpStream,
    most: usize,
    fault: &(impl Fn(usize, &str) -> Fault + Send + Sync),
    posts: &Mutex<Vec<Post>>,
) {
    let mut received = Vec::new();
    for _ in 0..most {
        let Some((path, body)) = read_request(&mut stream, &mut received).await else {
            return;
        };
        let fault = {
            let mut posts = posts.lock().expect("not poisoned");
            let fault = match path.contains("/outdated/") {
                true => Fault::status(404, "no_service"),
                false => fault(posts.len(), &body),
            };
            posts.push(Post {
                body,
                fault: fault.clone(),
            });
            fault
        };
        if !answer(&mut stream, fault).await {
            return;
        }
    }
}

/// Reads one request and returns its path and body; `None` at the end of the connection.
async fn read_request(stream: &mut TcpStream, received: &mut Vec<u8>) -> Option<(String, String)> {
    let mut buffer = [0; 16 * 1024];
    loop {
        if let Some(end) = received.windows(4).position(|four| four == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&received[..end]).to_ascii_lowercase();
            let path = head.split(' ').nth(1).unwrap_or_default().to_owned();
            let length: usize = head
                .lines()
                .find_map(|line| line.strip_prefix("content-length:"))
                .map_or(0, |length| length.trim().parse().expect("a length"));
            if received.len() >= end + 4 + length {
                let body = received[end + 4..end + 4 + length].to_vec();
                received.drain(..end + 4 + length);
                return Some((path, String::from_utf8(body).expect("text")));
            }
        }
        match stream.read(&mut buffer).await {
            Ok(0) | Err(_) => return None,
            Ok(length) => received.extend_from_slice(&buffer[..length]),
        }
    }
}

/// Answers, and returns whether the connection goes on.
async fn answer(stream: &mut TcpStream, fault: Fault) -> bool {
    let head = |status: u16, length: usize, headers: &[(&str, String)]| {
        let headers: String = headers
            .iter()
            .map(|(name, value)| format!("{name}: {value}\r\n"))
            .collect();
        format!("HTTP/1.1 {status} Word\r\ncontent-length: {length}\r\n{headers}\r\n")
    };
    let mut say = async |text: &str| stream.write_all(text.as_bytes()).await.is_ok();
    match fault {
        Fault::Answer(status, headers, body) => {
            say(&(head(status, body.len(), &headers) + &body)).await
        }
        Fault::AnswerAndClose(status, body) => {
            say(&(head(status, body.len(), &[]) + &body)).await;
            false
        }
        Fault::CutBody(status, body) => {
            say(&(head(status, body.len() + 100, &[]) + &body)).await;
            false
        }
        Fault::StallBody(status, body) => {
            say(&(head(status, body.len() + 100, &[]) + &body)).await;
            stall(stream).await
        }
        Fault::TrickleBody(status, body) => {
            let mut goes_on = say(&head(status, body.len() + 100, &[])).await;
            for byte in body.chars().chain(std::iter::repeat_n(' ', 100)) {
                tokio::time::sleep(Duration::from_millis(300)).await;
                goes_on = goes_on && say(&byte.to_string()).await;
            }
            goes_on
        }
        Fault::EndlessBody(status) => {
            let head = format!("HTTP/1.1 {status} Word\r\ntransfer-encoding: chunked\r\n\r\n");
            let chunk = format!(
                "1000\r\n{}\r\n",
                "<p>".repeat(0x1000).get(..0x1000).expect("bytes")
            );
            let mut goes_on = say(&head).await;
            while goes_on {
                goes_on = say(&chunk).await;
            }
            false
        }
        Fault::ResetRead => {
            stream.set_zero_linger().ok();
            false
        }
        Fault::NotHttp => {
            say("220 mail.example.com ESMTP\r\n").await;
            false
        }
        Fault::Stall => stall(stream).await,
        Fault::TrickleHead => {
            for byte in "HTTP/1.1 200 Word\r\ncontent-length: 1".chars() {
                if !say(&byte.to_string()).await {
                    return false;
                }
                tokio::time::sleep(Duration::from_millis(300)).await;
            }
            stall(stream).await
        }
    }
}

/// Waits until the relay gives up the connection.
async fn stall(stream: &mut TcpStream) -> bool {
    let mut buffer = [0; 1024];
    while stream
        .read(&mut buffer)
        .await
        .is_ok_and(|length| length > 0)
    {}
    false
}
