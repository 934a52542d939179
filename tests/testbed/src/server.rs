//! An HTTP/1 server on loopback with a runtime of its own; what it answers is its owner's to say.

use std::fmt;
use std::future::Future;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::Arc;

use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::runtime::{Builder, Runtime};

/// An answer with its whole body.
pub type Answer = Response<Full<Bytes>>;

/// What happens to a request.
#[derive(Debug)]
pub enum Outcome {
    /// It is answered.
    Answer(Answer),
    /// The connection ends without an answer.
    HangUp,
}

/// A listening server; it ends when it is dropped.
pub struct Server {
    address: SocketAddr,
    runtime: Option<Runtime>,
}

impl Server {
    /// Listens on a free port and gives every whole request to `handler`.
    pub fn start<F>(handler: impl Fn(Request<Bytes>) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Outcome> + Send + 'static,
    {
        // Two threads: one handler may block, to wait for a process that speaks to the other.
        let runtime = Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .expect("a runtime for the server");
        let listener =
            TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port on loopback");
        let address = listener.local_addr().expect("the address that was bound");
        listener
            .set_nonblocking(true)
            .expect("a listener that does not block");
        let handler = Arc::new(handler);
        runtime.spawn(async move {
            let listener =
                tokio::net::TcpListener::from_std(listener).expect("a listener for the runtime");
            while let Ok((stream, _)) = listener.accept().await {
                let handler = Arc::clone(&handler);
                let service = service_fn(move |request: Request<Incoming>| {
                    answer(Arc::clone(&handler), request)
                });
                // An error here is a client that went away, or a hang-up that was asked for.
                tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
            }
        });
        Self {
            address,
            runtime: Some(runtime),
        }
    }

    /// Returns where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

async fn answer<F>(
    handler: Arc<impl Fn(Request<Bytes>) -> F>,
    request: Request<Incoming>,
) -> Result<Answer, HungUp>
where
    F: Future<Output = Outcome>,
{
    let (head, body) = request.into_parts();
    let body = body.collect().await.map_err(|_| HungUp)?.to_bytes();
    match handler(Request::from_parts(head, body)).await {
        Outcome::Answer(response) => Ok(response),
        Outcome::HangUp => Err(HungUp),
    }
}

/// The error that makes hyper close a connection without an answer.
#[derive(Debug)]
struct HungUp;

impl fmt::Display for HungUp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("hung up")
    }
}

impl std::error::Error for HungUp {}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server")
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // A runtime must not be waited for inside another one, which a test may well be in.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}
