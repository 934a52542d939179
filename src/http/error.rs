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
    pub cause: Cause,
}

/// Why a host gave no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cause {
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
    pub(super) fn new(url: &Url, cause: Cause) -> PostError {
        PostError {
            host: url.host_str().unwrap_or_default().to_owned(),
            cause,
        }
    }

    pub(super) fn of(uri: &Uri, cause: Cause) -> PostError {
        PostError {
            host: uri.host().unwrap_or_default().to_owned(),
            cause,
        }
    }
}

impl Cause {
    /// Reads the cause out of an error of hyper, rustls or the system, whichever is the innermost that is known.
    pub(super) fn of(error: &(dyn Error + 'static)) -> Cause {
        let mut found = Cause::Closed;
        let mut link = Some(error);
        while let Some(error) = link {
            // hyper-util's connector has no public type for it.
            if error.to_string() == "dns error" {
                return Cause::UnknownName;
            }
            if let Some(error) = error.downcast_ref::<rustls::Error>() {
                return tls(error);
            }
            if error
                .downcast_ref::<hyper::Error>()
                .is_some_and(hyper::Error::is_parse)
            {
                return Cause::NotHttp;
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

fn system(error: &io::Error) -> Cause {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => Cause::Refused,
        io::ErrorKind::TimedOut => Cause::Unreachable("the network gave no answer".to_owned()),
        io::ErrorKind::ConnectionReset
        | io::ErrorKind::ConnectionAborted
        | io::ErrorKind::BrokenPipe
        | io::ErrorKind::UnexpectedEof => Cause::Closed,
        kind => Cause::Unreachable(kind.to_string()),
    }
}

fn tls(error: &rustls::Error) -> Cause {
    let rustls::Error::InvalidCertificate(why) = error else {
        return Cause::Tls(error.to_string());
    };
    Cause::Certificate(match why {
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

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Cause::UnknownName => f.write_str("the host name cannot be resolved"),
            Cause::Refused => f.write_str("the connection was refused"),
            Cause::Unreachable(why) => write!(f, "cannot be reached: {why}"),
            Cause::Certificate(why) => write!(f, "the TLS certificate is not trusted: {why}"),
            Cause::Tls(why) => write!(f, "the TLS handshake failed: {why}"),
            Cause::Closed => f.write_str("the connection was closed without an answer"),
            Cause::NotHttp => f.write_str("what answered is not HTTP"),
            Cause::TimedOut(after) => write!(f, "no answer within {:.1} s", after.as_secs_f64()),
            Cause::Unsendable => f.write_str("the request cannot be written as HTTP"),
        }
    }
}
