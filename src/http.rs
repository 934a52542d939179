//! One HTTPS POST to a room: the only code that opens a connection to a webhook, for the relay and for a deploy's greeting.
//!
//! It knows bytes, time and trust; what to say and what an answer means is the destination's business, and when to try again
//! is the caller's. It keeps one open connection a host. A pool from a library can neither open one ahead nor say whether a
//! connection was used before, and on Lambda both matter: the init phase has a whole core for the handshake, and a connection
//! that its server closed while the sandbox was frozen is no reason to report a failure.

mod error;
mod roots;

use std::collections::HashMap;
use std::path::Path;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use http::header::{CONTENT_TYPE, HOST, RETRY_AFTER, USER_AGENT};
use http::uri::PathAndQuery;
use http::{HeaderMap, HeaderValue, Uri};
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use jiff::Timestamp;
use tower_service::Service;
use url::Url;

use crate::destination::{Request, RoomAnswer};
use crate::sync::lock;
pub use error::{NoAnswer, PostError};
pub use roots::RootsError;

/// The most that is read of a room's answer, in bytes: enough for any error text, too little to hurt.
const ANSWER_LIMIT: usize = 4 * 1024;

/// How long an unused connection is trusted: below the idle timeouts of common load balancers (60 s and more), so that a
/// connection that a gateway forgot without a word is not waited for.
const IDLE: Duration = Duration::from_secs(45);

/// What ddalert calls itself.
const AGENT: &str = concat!("ddalert/", env!("CARGO_PKG_VERSION"));

/// Posts to rooms. Made once, used for every message.
pub struct Poster {
    connector: HttpsConnector<HttpConnector>,
    idle: Mutex<HashMap<String, Idle>>,
}

/// An open connection that nobody uses.
struct Idle {
    sender: SendRequest<Full<Bytes>>,
    since: Instant,
}

/// What a server answered, of any service.
pub(crate) struct Reply {
    /// The HTTP status.
    pub(crate) status: u16,
    /// The headers.
    pub(crate) headers: HeaderMap,
    /// The body, cut to the limit that was given.
    pub(crate) body: Vec<u8>,
}

impl Poster {
    /// Makes a poster that trusts the built-in web roots and the PEM certificates in `extra_roots` (`SSL_CERT_FILE`).
    ///
    /// Fails where that file cannot be read or holds no usable certificate.
    pub fn new(extra_roots: Option<&Path>) -> Result<Poster, RootsError> {
        let mut http = HttpConnector::new();
        http.enforce_http(false);
        http.set_nodelay(true);
        let connector = HttpsConnectorBuilder::new()
            .with_tls_config(roots::tls_config(extra_roots)?)
            .https_or_http()
            .enable_http1()
            .wrap_connector(http);
        Ok(Poster {
            connector,
            idle: Mutex::default(),
        })
    }

    /// Sends `request` and returns what the room answered, within `timeout` for everything from the name lookup to the last byte.
    ///
    /// No redirect is followed: a webhook that moved is to be entered anew, not to be trusted. The answer's body is free of the
    /// URL and its parts, so that it can be shown.
    pub async fn post(
        &self,
        request: &Request,
        timeout: Duration,
    ) -> Result<RoomAnswer, PostError> {
        let unsendable = |_| PostError::new(&request.url, NoAnswer::Unsendable);
        let body = serde_json::to_vec(&request.body)
            .map_err(|_| PostError::new(&request.url, NoAnswer::Unsendable))?;
        let mut message =
            http::Request::post(request.url.as_str()).header(CONTENT_TYPE, "application/json");
        for (name, value) in &request.headers {
            message = message.header(*name, value);
        }
        let reply = self
            .send(
                message.body(Full::from(body)).map_err(unsendable)?,
                ANSWER_LIMIT,
                timeout,
            )
            .await?;
        Ok(RoomAnswer {
            status: reply.status,
            body: without_secret(
                String::from_utf8_lossy(&reply.body).into_owned(),
                &request.url,
            ),
            retry_after: reply
                .headers
                .get(RETRY_AFTER)
                .and_then(|value| value.to_str().ok())
                .and_then(|value| retry_after(value, Timestamp::now())),
        })
    }

    /// Opens a connection to the host of `url` ahead of its first use, handshake included.
    pub async fn warm(&self, url: &Url, timeout: Duration) -> Result<(), PostError> {
        let uri: Uri = url
            .as_str()
            .parse()
            .map_err(|_| PostError::new(url, NoAnswer::Unsendable))?;
        let sender = within(&uri, timeout, self.open(&uri)).await?;
        self.keep(&uri, sender);
        Ok(())
    }

    /// Sends any request with an absolute URI; reads at most `limit` bytes of the answer's body.
    pub(crate) async fn send(
        &self,
        mut request: http::Request<Full<Bytes>>,
        limit: usize,
        timeout: Duration,
    ) -> Result<Reply, PostError> {
        let uri = request.uri().clone();
        let headers = request.headers_mut();
        headers.insert(USER_AGENT, HeaderValue::from_static(AGENT));
        let host = match (uri.host().unwrap_or_default(), uri.port()) {
            (host, None) => host.to_owned(),
            (host, Some(port)) => format!("{host}:{port}"),
        };
        headers.insert(
            HOST,
            HeaderValue::try_from(host).map_err(|_| PostError::of(&uri, NoAnswer::Unsendable))?,
        );
        *request.uri_mut() = uri
            .path_and_query()
            .cloned()
            .unwrap_or_else(|| PathAndQuery::from_static("/"))
            .into();

        within(&uri, timeout, async {
            // That it fails here says nothing of the server, only that this connection is of no use any more. A message that got
            // through all the same is then sent twice: twice is better than never.
            if let Some(sender) = self.idle(&uri)
                && let Ok(reply) = self.exchange(&uri, sender, request.clone(), limit).await
            {
                return Ok(reply);
            }
            let sender = self.open(&uri).await?;
            self.exchange(&uri, sender, request, limit)
                .await
                .map_err(|error| NoAnswer::of(&error))
        })
        .await
    }

    /// Opens a connection, the TLS handshake included.
    async fn open(&self, uri: &Uri) -> Result<SendRequest<Full<Bytes>>, NoAnswer> {
        let stream = self
            .connector
            .clone()
            .call(uri.clone())
            .await
            .map_err(|error| NoAnswer::of(&*error))?;
        let (sender, connection) = handshake(stream)
            .await
            .map_err(|error| NoAnswer::of(&error))?;
        // Its error reaches whoever sends on it.
        tokio::spawn(async move { drop(connection.await) });
        Ok(sender)
    }

    /// Sends a request on a connection, and keeps the connection where it can be used again.
    async fn exchange(
        &self,
        uri: &Uri,
        mut sender: SendRequest<Full<Bytes>>,
        request: http::Request<Full<Bytes>>,
        limit: usize,
    ) -> Result<Reply, hyper::Error> {
        sender.ready().await?;
        let (head, mut rest) = sender.send_request(request).await?.into_parts();
        let mut body = Vec::new();
        let mut whole = true;
        while let Some(frame) = rest.frame().await {
            body.extend_from_slice(frame?.data_ref().map_or(&[][..], |data| &data[..]));
            if body.len() > limit {
                body.truncate(limit);
                whole = false;
                break;
            }
        }
        if whole {
            self.keep(uri, sender);
        }
        Ok(Reply {
            status: head.status.as_u16(),
            headers: head.headers,
            body,
        })
    }

    fn idle(&self, uri: &Uri) -> Option<SendRequest<Full<Bytes>>> {
        let idle = lock(&self.idle).remove(&place(uri))?;
        (idle.since.elapsed() < IDLE && !idle.sender.is_closed()).then_some(idle.sender)
    }

    fn keep(&self, uri: &Uri, sender: SendRequest<Full<Bytes>>) {
        let idle = Idle {
            sender,
            since: Instant::now(),
        };
        lock(&self.idle).insert(place(uri), idle);
    }
}

/// Returns the part of a URI that a connection belongs to.
fn place(uri: &Uri) -> String {
    format!(
        "{}://{}",
        uri.scheme_str().unwrap_or_default(),
        uri.authority().map_or("", |authority| authority.as_str())
    )
}

/// Runs `work` for at most `timeout` and says in its error which host it was about.
async fn within<T>(
    uri: &Uri,
    timeout: Duration,
    work: impl Future<Output = Result<T, NoAnswer>>,
) -> Result<T, PostError> {
    match tokio::time::timeout(timeout, work).await {
        Ok(result) => result.map_err(|cause| PostError::of(uri, cause)),
        Err(_) => Err(PostError::of(uri, NoAnswer::TimedOut(timeout))),
    }
}

/// Reads a `Retry-After` header: seconds, or a date (RFC 9110 §10.2.3).
fn retry_after(value: &str, now: Timestamp) -> Option<Duration> {
    if let Ok(seconds) = value.trim().parse::<f64>() {
        return Duration::try_from_secs_f64(seconds).ok();
    }
    let date = jiff::fmt::rfc2822::parse(value.trim()).ok()?.timestamp();
    Some(Duration::try_from(date.duration_since(now)).unwrap_or_default())
}

/// Takes out of `text` everything that could open the room: a room, or a proxy before it, may answer with the address it was
/// asked for. Short parts of a path are words, not secrets.
fn without_secret(mut text: String, url: &Url) -> String {
    let segments = url.path_segments().into_iter().flatten();
    let values = url.query_pairs().map(|(_, value)| value.into_owned());
    let raw_values = url
        .query()
        .into_iter()
        .flat_map(|query| query.split(['&', '=']));
    let parts = segments
        .map(str::to_owned)
        .chain(values)
        .chain(raw_values.map(str::to_owned));
    for part in parts.filter(|part| part.len() >= 8) {
        text = text.replace(&part, "…");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let now: Timestamp = "2026-11-06T08:49:37Z".parse().expect("a time");
        let table = [
            ("30", Some(Duration::from_secs(30))),
            (" 0 ", Some(Duration::ZERO)),
            ("1.5", Some(Duration::from_millis(1500))),
            (
                "Fri, 06 Nov 2026 08:49:47 GMT",
                Some(Duration::from_secs(10)),
            ),
            ("Fri, 06 Nov 2026 08:49:00 GMT", Some(Duration::ZERO)),
            ("-1", None),
            ("NaN", None),
            ("inf", None),
            ("soon", None),
            ("", None),
        ];
        for (value, expected) in table {
            assert_eq!(retry_after(value, now), expected, "{value:?}");
        }
    }

    #[test]
    fn what_a_room_echoes_of_its_address_is_taken_out() {
        let url = Url::parse(
            "https://hooks.example.com/services/T0000/B0000/sesame-open?token=abc%3Ddefgh&v=1",
        )
        .expect("a URL");
        let text = format!("no route to {url} (sesame-open, abc=defgh, T0000)");
        let shown = without_secret(text, &url);
        for secret in ["sesame-open", "abc%3Ddefgh", "abc=defgh"] {
            assert!(!shown.contains(secret), "{shown}");
        }
        assert_eq!(
            without_secret("invalid_token".to_owned(), &url),
            "invalid_token"
        );
    }
}
