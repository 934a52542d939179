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
}

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
    HttpErrorKind::Certificate(match reason {
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
        other => other.to_string(),
    })
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
        }
    }
}
