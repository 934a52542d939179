//! Errors of HTTPS requests: the host and the cause, never the path or the query, which are secret.

use std::error::Error;
use std::fmt;
use std::io;
use std::time::Duration;

use http::Uri;
use rustls::CertificateError;
use thiserror::Error;
use url::Url;

/// The error of a request that got no complete response.
#[derive(Clone, Debug, Error)]
#[error("{host}: {cause}")]
pub(crate) struct HttpError {
    /// The host; not secret.
    pub host: String,
    /// What went wrong.
    pub cause: HttpErrorKind,
}

/// Why a request got no complete response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum HttpErrorKind {
    /// The host name does not resolve.
    UnresolvedHost,
    /// Nothing listens on the host's port.
    ConnectionRefused,
    /// The network cannot reach the host; holds the operating system's description.
    Unreachable(String),
    /// The server's certificate is not trusted; holds the reason.
    Certificate(String),
    /// The TLS handshake failed for another reason, which it holds.
    Tls(String),
    /// The connection was closed before the response was complete.
    ConnectionClosed,
    /// The server does not speak HTTP/1.
    NotHttp,
    /// The response was not complete within this time.
    Timeout(Duration),
    /// The request is not valid HTTP.
    InvalidRequest,
    /// The proxy did not let the request through.
    Proxy {
        /// The host and port of the proxy; not secret.
        proxy: String,
        /// Why, in words that follow it.
        reason: String,
    },
}

/// How hyper-util's tunnel begins the text of its errors, whose type is not public.
pub(crate) const TUNNEL_ERROR: &str = "tunnel error: ";

impl HttpError {
    pub(super) fn for_url(url: &Url, cause: HttpErrorKind) -> HttpError {
        HttpError {
            host: url.host_str().unwrap_or_default().to_owned(),
            cause,
        }
    }

    pub(super) fn for_uri(uri: &Uri, cause: HttpErrorKind) -> HttpError {
        HttpError {
            host: uri.host().unwrap_or_default().to_owned(),
            cause,
        }
    }
}

impl HttpError {
    /// Returns whether the same request would fail again: a certificate does not become trusted by trying.
    #[cfg(feature = "relay")]
    pub(crate) fn is_final(&self) -> bool {
        matches!(
            self.cause,
            HttpErrorKind::Certificate(_) | HttpErrorKind::InvalidRequest
        )
    }

    /// Returns whether the server's certificate is not trusted.
    #[cfg(feature = "cli")]
    pub(crate) fn is_about_certificate(&self) -> bool {
        matches!(self.cause, HttpErrorKind::Certificate(_))
    }
}

impl HttpErrorKind {
    /// Finds the cause in the chain of an error of hyper, rustls or the operating system: the innermost that is known.
    pub(super) fn from_error(error: &(dyn Error + 'static)) -> HttpErrorKind {
        let mut found = HttpErrorKind::ConnectionClosed;
        let mut link = Some(error);
        while let Some(error) = link {
            // hyper-util's connector has no public type for this error.
            if error.to_string() == "dns error" {
                return HttpErrorKind::UnresolvedHost;
            }
            if let Some(reason) = error.to_string().strip_prefix(TUNNEL_ERROR)
                && let Some(reason) = refused_tunnel(reason)
            {
                return HttpErrorKind::Proxy {
                    proxy: String::new(),
                    reason: reason.to_owned(),
                };
            }
            if let Some(error) = error.downcast_ref::<rustls::Error>() {
                return tls_error(error);
            }
            if error
                .downcast_ref::<hyper::Error>()
                .is_some_and(hyper::Error::is_parse)
            {
                return HttpErrorKind::NotHttp;
            }
            link = error.source();
            if let Some(error) = error.downcast_ref::<io::Error>() {
                found = io_error(error);
                // `io::Error::source` skips the error that it wraps.
                link = error
                    .get_ref()
                    .map(|inner| inner as &(dyn Error + 'static))
                    .or(link);
            }
        }
        found
    }
}

/// Returns what a proxy answered when it was asked for a tunnel, in words that follow "the proxy"; `None` if the connection to the
/// proxy failed, which the error's source says. `reason` is what follows [`TUNNEL_ERROR`].
pub(crate) fn refused_tunnel(reason: &str) -> Option<&'static str> {
    match reason {
        "proxy authorization required" => Some("wants a user and a password (HTTP 407)"),
        "unsuccessful" => Some("did not open a tunnel to the host"),
        "unexpected end of file" => Some("closed the connection without an answer"),
        "proxy response headers too long" => Some("answered with headers that are too long"),
        _ => None,
    }
}

impl HttpErrorKind {
    /// Says of an error on the way through a proxy which proxy it was. A certificate is the host's own.
    pub(super) fn at_proxy(self, proxy: &Uri) -> HttpErrorKind {
        let name = proxy
            .authority()
            .map(ToString::to_string)
            .unwrap_or_default();
        let reason = match self {
            HttpErrorKind::Proxy { reason, .. } => reason,
            HttpErrorKind::UnresolvedHost => "has a host name that cannot be resolved".to_owned(),
            HttpErrorKind::ConnectionRefused => "refused the connection".to_owned(),
            HttpErrorKind::Unreachable(reason) => format!("cannot be reached: {reason}"),
            other => return other,
        };
        HttpErrorKind::Proxy {
            proxy: name,
            reason,
        }
    }
}

fn io_error(error: &io::Error) -> HttpErrorKind {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => HttpErrorKind::ConnectionRefused,
        io::ErrorKind::TimedOut => HttpErrorKind::Unreachable("the network timed out".to_owned()),
        io::ErrorKind::ConnectionReset
        | io::ErrorKind::ConnectionAborted
        | io::ErrorKind::BrokenPipe
        | io::ErrorKind::UnexpectedEof => HttpErrorKind::ConnectionClosed,
        kind => HttpErrorKind::Unreachable(kind.to_string()),
    }
}

fn tls_error(error: &rustls::Error) -> HttpErrorKind {
    let rustls::Error::InvalidCertificate(reason) = error else {
        return HttpErrorKind::Tls(error.to_string());
    };
    HttpErrorKind::Certificate(certificate_problem(reason))
}

/// Returns why a certificate is not trusted, in words that follow "it is not trusted".
pub(crate) fn certificate_problem(reason: &CertificateError) -> String {
    match reason {
        CertificateError::UnknownIssuer => "its issuer is not trusted".to_owned(),
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            "it was issued for another name".to_owned()
        }
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            "it has expired".to_owned()
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            "it is not valid yet".to_owned()
        }
        CertificateError::Revoked => "it was revoked".to_owned(),
        // The rest has no words but those of a program; most often a CA's own certificate is used by a server.
        _ => "it cannot be verified as the certificate of a server".to_owned(),
    }
}

impl fmt::Display for HttpErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            HttpErrorKind::UnresolvedHost => f.write_str("the host name cannot be resolved"),
            HttpErrorKind::ConnectionRefused => f.write_str("the connection was refused"),
            HttpErrorKind::Unreachable(reason) => write!(f, "cannot be reached: {reason}"),
            HttpErrorKind::Certificate(reason) => {
                write!(f, "the TLS certificate is not trusted: {reason}")
            }
            HttpErrorKind::Tls(reason) => write!(f, "the TLS handshake failed: {reason}"),
            HttpErrorKind::ConnectionClosed => {
                f.write_str("the connection was closed without a response")
            }
            HttpErrorKind::NotHttp => f.write_str("the server did not respond in HTTP"),
            HttpErrorKind::Timeout(after) => {
                write!(f, "no response within {:.1} s", after.as_secs_f64())
            }
            HttpErrorKind::InvalidRequest => f.write_str("the request is not valid HTTP"),
            HttpErrorKind::Proxy { proxy, reason } => write!(f, "the proxy {proxy} {reason}"),
        }
    }
}
