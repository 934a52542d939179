//! Why a POST got no answer, in words: the host and the cause, never the path or the query, which are the secret.

use std::error::Error;
use std::fmt;
use std::io;
use std::time::Duration;

use http::Uri;
use rustls::CertificateError;
use thiserror::Error;
use url::Url;

/// A POST that got no answer.
#[derive(Clone, Debug, Error)]
#[error("{host}: {cause}")]
pub struct PostError {
    /// The host, which may be shown.
    pub host: String,
    /// Why.
    pub cause: NoAnswer,
}

/// Why a host gave no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoAnswer {
    /// The name does not resolve.
    UnknownName,
    /// Nothing listens there.
    Refused,
    /// The network does not lead there; holds the system's words.
    Unreachable(String),
    /// The server's certificate is not to be trusted; holds why.
    Certificate(String),
    /// The TLS handshake failed for another reason.
    Tls(String),
    /// The connection was closed before the answer was complete.
    Closed,
    /// What answered does not speak HTTP/1.
    NotHttp,
    /// Not everything was done within this time.
    TimedOut(Duration),
    /// The request cannot be written down as HTTP.
    Unsendable,
}

impl PostError {
    pub(super) fn new(url: &Url, cause: NoAnswer) -> PostError {
        PostError {
            host: url.host_str().unwrap_or_default().to_owned(),
            cause,
        }
    }

    pub(super) fn of(uri: &Uri, cause: NoAnswer) -> PostError {
        PostError {
            host: uri.host().unwrap_or_default().to_owned(),
            cause,
        }
    }
}

impl NoAnswer {
    /// Reads the cause out of an error of hyper, rustls or the system, whichever is the innermost that is known.
    pub(super) fn of(error: &(dyn Error + 'static)) -> NoAnswer {
        let mut found = NoAnswer::Closed;
        let mut link = Some(error);
        while let Some(error) = link {
            // hyper-util's connector has no public type for it.
            if error.to_string() == "dns error" {
                return NoAnswer::UnknownName;
            }
            if let Some(error) = error.downcast_ref::<rustls::Error>() {
                return tls(error);
            }
            if error
                .downcast_ref::<hyper::Error>()
                .is_some_and(hyper::Error::is_parse)
            {
                return NoAnswer::NotHttp;
            }
            link = error.source();
            if let Some(error) = error.downcast_ref::<io::Error>() {
                found = system(error);
                // `source` of such an error skips the one it holds.
                link = error
                    .get_ref()
                    .map(|inner| inner as &(dyn Error + 'static))
                    .or(link);
            }
        }
        found
    }
}

fn system(error: &io::Error) -> NoAnswer {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => NoAnswer::Refused,
        io::ErrorKind::TimedOut => NoAnswer::Unreachable("the network gave no answer".to_owned()),
        io::ErrorKind::ConnectionReset
        | io::ErrorKind::ConnectionAborted
        | io::ErrorKind::BrokenPipe
        | io::ErrorKind::UnexpectedEof => NoAnswer::Closed,
        kind => NoAnswer::Unreachable(kind.to_string()),
    }
}

fn tls(error: &rustls::Error) -> NoAnswer {
    let rustls::Error::InvalidCertificate(why) = error else {
        return NoAnswer::Tls(error.to_string());
    };
    NoAnswer::Certificate(match why {
        CertificateError::UnknownIssuer => {
            "it is signed by an authority that is not trusted".to_owned()
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            "it is for another name".to_owned()
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

impl fmt::Display for NoAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NoAnswer::UnknownName => f.write_str("the host name cannot be resolved"),
            NoAnswer::Refused => f.write_str("the connection was refused"),
            NoAnswer::Unreachable(why) => write!(f, "cannot be reached: {why}"),
            NoAnswer::Certificate(why) => write!(f, "the TLS certificate is not trusted: {why}"),
            NoAnswer::Tls(why) => write!(f, "the TLS handshake failed: {why}"),
            NoAnswer::Closed => f.write_str("the connection was closed without an answer"),
            NoAnswer::NotHttp => f.write_str("what answered is not HTTP"),
            NoAnswer::TimedOut(after) => write!(f, "no answer within {:.1} s", after.as_secs_f64()),
            NoAnswer::Unsendable => f.write_str("the request cannot be written as HTTP"),
        }
    }
}
