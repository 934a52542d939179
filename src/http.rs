//! The HTTPS client that posts to webhooks, for the relay and for the greeting of a deploy.
//!
//! It handles connections, timeouts and certificates. The destination decides what to send and what the response means; the
//! caller decides when to retry. The client keeps one idle connection per host. A library's connection pool can neither open a
//! connection ahead of its use nor tell whether one was used before, and on Lambda both matter: the init phase has a whole core
//! for the handshake, and a server that closed the connection while the sandbox was frozen must not count as a failure.

mod answer_redaction;
mod error;
mod proxy;
mod roots;

use std::collections::HashMap;
use std::error::Error;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use http::header::{CONTENT_TYPE, HOST, PROXY_AUTHORIZATION, RETRY_AFTER, USER_AGENT};
use http::uri::PathAndQuery;
use http::{HeaderMap, HeaderValue, Uri};
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::rt::{Read, Write};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::proxy::Tunnel;
use jiff::Timestamp;
use rustls::ClientConfig;
use tower_service::Service;
#[cfg(feature = "relay")]
use url::Url;

use crate::destination::{Request, RoomResponse, WebhookSecret};
use crate::sync::lock;
use answer_redaction::AnswerRedaction;
pub(crate) use error::HttpError;
use error::HttpErrorKind;
#[cfg(feature = "cli")]
pub(crate) use error::{TUNNEL_ERROR, certificate_problem, refused_tunnel};
#[cfg(feature = "cli")]
pub(crate) use proxy::ProxyError;
pub(crate) use proxy::{Proxies, Proxy};
pub(crate) use roots::TrustRootsError;

/// The maximum number of bytes kept of a room's response: enough for any error text, too few to exhaust the memory.
const RESPONSE_LIMIT: usize = 4 * 1024;

/// The maximum number of bytes read of any response: a longer body is never read to its end.
const READ_LIMIT: usize = 256 * 1024;

/// How long a body may take after the status has arrived: a room that has answered has decided, and a body that trickles must not
/// hold up the next message.
const MAX_BODY_TIME: Duration = Duration::from_secs(2);

/// How long an idle connection may be reused: shorter than the idle timeouts of common load balancers (60 s and more), because
/// a request on a connection that a gateway dropped silently would only time out.
const MAX_IDLE: Duration = Duration::from_secs(45);

/// The `User-Agent` header.
const USER_AGENT_NAME: &str = concat!("ddalert/", env!("CARGO_PKG_VERSION"));

/// Sends HTTPS requests. Created once and shared by all messages.
pub(crate) struct HttpClient {
    connector: HttpsConnector<HttpConnector>,
    tls: Arc<ClientConfig>,
    proxies: Proxies,
    idle: Mutex<HashMap<String, IdleConnection>>,
    redaction: AnswerRedaction,
}

/// An open connection that is not in use.
struct IdleConnection {
    sender: SendRequest<Full<Bytes>>,
    since: Instant,
}

/// The response of any server.
pub(crate) struct HttpResponse {
    /// The HTTP status.
    pub(crate) status: u16,
    /// The headers.
    pub(crate) headers: HeaderMap,
    /// The body, truncated to the caller's limit.
    pub(crate) body: Vec<u8>,
    /// Whether the body was read to its end; if not, the server cut it, sent it too slowly, or sent far too much.
    pub(crate) is_complete: bool,
}

/// A response whose body is still to be read.
struct Head {
    parts: http::response::Parts,
    body: Incoming,
    sender: SendRequest<Full<Bytes>>,
}

impl HttpClient {
    /// Creates a client that trusts the built-in web roots and the PEM certificates in `extra_roots` (`SSL_CERT_FILE`), and
    /// reaches hosts through `proxies`.
    ///
    /// # Errors
    /// The file cannot be read or contains no usable certificate.
    pub(crate) fn new(
        extra_roots: Option<&Path>,
        proxies: Proxies,
    ) -> Result<HttpClient, TrustRootsError> {
        let tls = Arc::new(roots::tls_config(extra_roots)?);
        let mut http = HttpConnector::new();
        http.enforce_http(false);
        http.set_nodelay(true);
        let connector = HttpsConnectorBuilder::new()
            .with_tls_config((*tls).clone())
            .https_or_http()
            .enable_http1()
            .wrap_connector(http);
        Ok(HttpClient {
            connector,
            tls,
            proxies,
            idle: Mutex::default(),
            redaction: AnswerRedaction::default(),
        })
    }

    /// Posts `request` and returns the room's response. `timeout` covers everything from the name lookup to the last byte.
    ///
    /// Redirects are not followed: a webhook that moved must be entered again, not trusted. The `secret` that the request was made
    /// with, and its parts, are removed from the response's body, so that the body can be shown.
    ///
    /// # Errors
    /// No status arrived within `timeout`. Any HTTP status is a response, even if its body is cut or never ends.
    pub(crate) async fn post(
        &self,
        request: &Request,
        secret: &WebhookSecret,
        timeout: Duration,
    ) -> Result<RoomResponse, HttpError> {
        let invalid_request = |_| HttpError::for_url(&request.url, HttpErrorKind::InvalidRequest);
        let body = serde_json::to_vec(&request.body)
            .map_err(|_| HttpError::for_url(&request.url, HttpErrorKind::InvalidRequest))?;
        let mut message =
            http::Request::post(request.url.as_str()).header(CONTENT_TYPE, "application/json");
        for (name, value) in &request.headers {
            message = message.header(*name, value);
        }
        let response = self
            .send(
                message.body(Full::from(body)).map_err(invalid_request)?,
                RESPONSE_LIMIT,
                timeout,
            )
            .await?;
        Ok(RoomResponse {
            status: response.status,
            body: self
                .redaction
                .apply(secret, String::from_utf8_lossy(&response.body).into_owned()),
            is_complete: response.is_complete,
            retry_after: response
                .headers
                .get(RETRY_AFTER)
                .and_then(|value| value.to_str().ok())
                .and_then(|value| retry_after(value, Timestamp::now())),
        })
    }

    /// Opens a connection to the host of `url`, TLS handshake included, for the next request to use.
    ///
    /// # Errors
    /// The host cannot be reached within `timeout`.
    #[cfg(feature = "relay")]
    pub(crate) async fn preconnect(&self, url: &Url, timeout: Duration) -> Result<(), HttpError> {
        let uri: Uri = url
            .as_str()
            .parse()
            .map_err(|_| HttpError::for_url(url, HttpErrorKind::InvalidRequest))?;
        let sender = with_timeout(&uri, timeout, self.open(&uri)).await?;
        self.keep_idle(&uri, sender);
        Ok(())
    }

    /// Sends any request with an absolute URI and keeps at most `limit` bytes of the response's body.
    ///
    /// # Errors
    /// No status arrived within `timeout`. A body that does not arrive completely is no error: see
    /// [`is_complete`](HttpResponse::is_complete).
    pub(crate) async fn send(
        &self,
        mut request: http::Request<Full<Bytes>>,
        limit: usize,
        timeout: Duration,
    ) -> Result<HttpResponse, HttpError> {
        let uri = request.uri().clone();
        let headers = request.headers_mut();
        headers.insert(USER_AGENT, HeaderValue::from_static(USER_AGENT_NAME));
        let host = match (uri.host().unwrap_or_default(), uri.port()) {
            (host, None) => host.to_owned(),
            (host, Some(port)) => format!("{host}:{port}"),
        };
        headers.insert(
            HOST,
            HeaderValue::try_from(host)
                .map_err(|_| HttpError::for_uri(&uri, HttpErrorKind::InvalidRequest))?,
        );
        match self.proxies.of(&uri).filter(|_| !is_tunnelled(&uri)) {
            // A proxy reads the whole URI of a plain HTTP request, and its own header.
            Some(proxy) => {
                if let Some(authorization) = proxy.authorization() {
                    request
                        .headers_mut()
                        .insert(PROXY_AUTHORIZATION, authorization.clone());
                }
            }
            None => {
                *request.uri_mut() = uri
                    .path_and_query()
                    .cloned()
                    .unwrap_or_else(|| PathAndQuery::from_static("/"))
                    .into();
            }
        }

        let end = tokio::time::Instant::now() + timeout;
        let head = with_timeout(&uri, timeout, async {
            // A failure here only means that the server has closed the idle connection. If the message got through all the same,
            // it is sent twice, which is better than not at all.
            if let Some(sender) = self.take_idle(&uri) {
                match exchange(sender, request.clone()).await {
                    Ok(head) => return Ok(head),
                    // The server did respond, if not in HTTP.
                    Err(error) if error.is_parse() => {
                        return Err(HttpErrorKind::from_error(&error));
                    }
                    Err(_) => {}
                }
            }
            let sender = self.open(&uri).await?;
            exchange(sender, request)
                .await
                .map_err(|error| HttpErrorKind::from_error(&error))
        })
        .await?;
        Ok(self.read(&uri, head, limit, end).await)
    }

    /// Opens a connection, through a proxy where there is one for the host, TLS handshake included.
    async fn open(&self, uri: &Uri) -> Result<SendRequest<Full<Bytes>>, HttpErrorKind> {
        match self.proxies.of(uri) {
            Some(proxy) => self
                .open_through(proxy, uri)
                .await
                .map_err(|cause| cause.at_proxy(proxy.uri())),
            None => connect(self.connector.clone(), uri).await,
        }
    }

    /// Opens a connection through a proxy: a tunnel for HTTPS, and to the proxy itself for plain HTTP.
    async fn open_through(
        &self,
        proxy: &Proxy,
        uri: &Uri,
    ) -> Result<SendRequest<Full<Bytes>>, HttpErrorKind> {
        if !is_tunnelled(uri) {
            return connect(self.connector.clone(), proxy.uri()).await;
        }
        let tunnel = Tunnel::new(proxy.uri().clone(), self.connector.clone());
        let tunnel = match proxy.authorization() {
            Some(authorization) => tunnel.with_auth(authorization.clone()),
            None => tunnel,
        };
        connect(HttpsConnector::from((tunnel, Arc::clone(&self.tls))), uri).await
    }

    /// Reads the body until `end`, but not longer than [`MAX_BODY_TIME`], and keeps the connection if it can be reused.
    async fn read(
        &self,
        uri: &Uri,
        head: Head,
        limit: usize,
        end: tokio::time::Instant,
    ) -> HttpResponse {
        let Head {
            parts,
            body: mut frames,
            sender,
        } = head;
        let end = end.min(tokio::time::Instant::now() + MAX_BODY_TIME);
        let (mut body, mut read) = (Vec::new(), 0);
        let is_complete = loop {
            match tokio::time::timeout_at(end, frames.frame()).await {
                Ok(None) => break true,
                Ok(Some(Ok(frame))) => {
                    let data = frame.data_ref().map_or(&[][..], |data| &data[..]);
                    let kept = data.len().min(limit.saturating_sub(body.len()));
                    body.extend_from_slice(&data[..kept]);
                    read += data.len();
                    if read > READ_LIMIT.max(limit) {
                        break false;
                    }
                }
                Ok(Some(Err(_))) | Err(_) => break false,
            }
        };
        if is_complete {
            self.keep_idle(uri, sender);
        }
        HttpResponse {
            status: parts.status.as_u16(),
            headers: parts.headers,
            body,
            is_complete,
        }
    }

    fn take_idle(&self, uri: &Uri) -> Option<SendRequest<Full<Bytes>>> {
        let idle = lock(&self.idle).remove(&connection_key(uri))?;
        (idle.since.elapsed() < MAX_IDLE && !idle.sender.is_closed()).then_some(idle.sender)
    }

    fn keep_idle(&self, uri: &Uri, sender: SendRequest<Full<Bytes>>) {
        let idle = IdleConnection {
            sender,
            since: Instant::now(),
        };
        lock(&self.idle).insert(connection_key(uri), idle);
    }
}

/// Sends a request on a connection and returns what comes before the body of the response.
async fn exchange(
    mut sender: SendRequest<Full<Bytes>>,
    request: http::Request<Full<Bytes>>,
) -> Result<Head, hyper::Error> {
    sender.ready().await?;
    let (parts, body) = sender.send_request(request).await?.into_parts();
    Ok(Head {
        parts,
        body,
        sender,
    })
}

/// Returns whether a proxy is only asked for a tunnel, in which the request is encrypted.
fn is_tunnelled(uri: &Uri) -> bool {
    uri.scheme_str() == Some("https")
}

/// Opens a connection with a connector of hyper.
async fn connect<C>(mut connector: C, uri: &Uri) -> Result<SendRequest<Full<Bytes>>, HttpErrorKind>
where
    C: Service<Uri>,
    C::Response: Read + Write + Send + Unpin + 'static,
    C::Error: Into<Box<dyn Error + Send + Sync>>,
{
    let stream = connector.call(uri.clone()).await.map_err(|error| {
        let error: Box<dyn Error + Send + Sync> = error.into();
        HttpErrorKind::from_error(&*error)
    })?;
    let (sender, connection) = handshake(stream)
        .await
        .map_err(|error| HttpErrorKind::from_error(&error))?;
    // The sender reports the connection's errors.
    tokio::spawn(async move { drop(connection.await) });
    Ok(sender)
}

/// Returns the scheme, host and port of a URI: requests that agree in them can share a connection.
fn connection_key(uri: &Uri) -> String {
    format!(
        "{}://{}",
        uri.scheme_str().unwrap_or_default(),
        uri.authority().map_or("", |authority| authority.as_str())
    )
}

/// Runs `work` for at most `timeout` and adds the host to its error.
async fn with_timeout<T>(
    uri: &Uri,
    timeout: Duration,
    work: impl Future<Output = Result<T, HttpErrorKind>>,
) -> Result<T, HttpError> {
    match tokio::time::timeout(timeout, work).await {
        Ok(result) => result.map_err(|cause| HttpError::for_uri(uri, cause)),
        Err(_) => Err(HttpError::for_uri(uri, HttpErrorKind::Timeout(timeout))),
    }
}

/// Parses a `Retry-After` header: seconds or a date (RFC 9110 §10.2.3). A number that no time can hold is the longest time.
fn retry_after(value: &str, now: Timestamp) -> Option<Duration> {
    if let Ok(seconds) = value.trim().parse::<f64>() {
        return (seconds >= 0.0)
            .then(|| Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX));
    }
    let date = jiff::fmt::rfc2822::parse(value.trim()).ok()?.timestamp();
    Some(Duration::try_from(date.duration_since(now)).unwrap_or_default())
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
            ("inf", Some(Duration::MAX)),
            ("99999999999999999999999", Some(Duration::MAX)),
            ("soon", None),
            ("", None),
        ];
        for (value, expected) in table {
            assert_eq!(retry_after(value, now), expected, "{value:?}");
        }
    }
}
