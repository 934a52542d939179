//! A small HTTP server on loopback that plays a room, an AWS service or the Lambda Runtime API, and keeps what it was sent.

use std::convert::Infallible;
use std::future::{pending, ready};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

/// What a request said.
#[derive(Clone)]
pub struct Seen {
    pub method: String,
    pub path: String,
    pub headers: http::HeaderMap,
    pub body: Vec<u8>,
    /// Which connection it came over, counted from 0.
    pub connection: usize,
    pub at: Instant,
}

impl Seen {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("a JSON body")
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().expect("text"))
    }
}

/// How a request is answered.
#[derive(Clone, Debug)]
pub enum Reply {
    Answer(u16, Vec<(&'static str, String)>, String),
    /// The answer, and then the connection is closed without a word.
    AnswerAndClose(u16, String),
    Drop,
    Hang,
}

pub fn ok() -> Reply {
    status(200, "ok")
}

pub fn status(status: u16, body: &str) -> Reply {
    Reply::Answer(status, Vec::new(), body.to_owned())
}

pub struct Server {
    pub address: SocketAddr,
    seen: Arc<Mutex<Vec<Seen>>>,
    task: JoinHandle<()>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Server {
    /// Answers the first request with the first reply, and so on; the last reply stands for all that follow.
    pub async fn script(replies: Vec<Reply>) -> Server {
        Server::start(None, move |index, _| {
            ready(replies[index.min(replies.len() - 1)].clone())
        })
        .await
    }

    /// Answers each request, given its index, with what `answer` says.
    pub async fn start<Answer, Answered>(tls: Option<TlsAcceptor>, answer: Answer) -> Server
    where
        Answer: Fn(usize, Seen) -> Answered + Send + Sync + 'static,
        Answered: Future<Output = Reply> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let seen = Arc::<Mutex<Vec<Seen>>>::default();
        let (answer, kept) = (Arc::new(answer), Arc::clone(&seen));
        let task = tokio::spawn(async move {
            for connection in 0.. {
                let (stream, _) = listener.accept().await.expect("a connection");
                let (tls, answer, kept) = (tls.clone(), Arc::clone(&answer), Arc::clone(&kept));
                tokio::spawn(async move {
                    match tls {
                        None => serve(stream, connection, answer, kept).await,
                        Some(tls) => {
                            if let Ok(stream) = tls.accept(stream).await {
                                serve(stream, connection, answer, kept).await;
                            }
                        }
                    }
                });
            }
        });
        Server {
            address,
            seen,
            task,
        }
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub fn seen(&self) -> Vec<Seen> {
        self.seen.lock().expect("not poisoned").clone()
    }
}

async fn serve<Answer, Answered>(
    stream: impl AsyncRead + AsyncWrite + Unpin,
    connection: usize,
    answer: Arc<Answer>,
    kept: Arc<Mutex<Vec<Seen>>>,
) where
    Answer: Fn(usize, Seen) -> Answered,
    Answered: Future<Output = Reply>,
{
    let close = Arc::new(tokio::sync::Notify::new());
    let closing = Arc::clone(&close);
    let service = service_fn(move |request: hyper::Request<Incoming>| {
        let (answer, kept, closing) =
            (Arc::clone(&answer), Arc::clone(&kept), Arc::clone(&closing));
        async move {
            let (head, body) = request.into_parts();
            let seen = Seen {
                method: head.method.to_string(),
                path: head.uri.to_string(),
                headers: head.headers,
                body: body
                    .collect()
                    .await
                    .map_err(|_| "cut off")?
                    .to_bytes()
                    .to_vec(),
                connection,
                at: Instant::now(),
            };
            let index = {
                let mut kept = kept.lock().expect("not poisoned");
                kept.push(seen.clone());
                kept.len() - 1
            };
            let respond = |status: u16, headers: Vec<(&'static str, String)>, body: String| {
                let mut response = hyper::Response::builder().status(status);
                for (name, value) in headers {
                    response = response.header(name, value);
                }
                response
                    .body(Full::new(Bytes::from(body)))
                    .map_err(|_| "a bad script")
            };
            match answer(index, seen).await {
                Reply::Answer(status, headers, body) => respond(status, headers, body),
                Reply::AnswerAndClose(status, body) => {
                    closing.notify_one();
                    respond(status, Vec::new(), body)
                }
                Reply::Drop => Err("dropped"),
                Reply::Hang => Ok(pending::<Result<_, Infallible>>()
                    .await
                    .unwrap_or_else(|never| match never {})),
            }
        }
    });
    let served =
        hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service);
    let closed = async {
        close.notified().await;
        // Long enough for the answer to be written, short enough to be before the next request.
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    };
    tokio::select! {
        _ = served => {}
        () = closed => {}
    }
}
