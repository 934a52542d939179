//! Why a call did not reach its service, or the answer did not arrive: the network, a proxy, a certificate.

use std::error::Error as StdError;
use std::io;

use aws_smithy_runtime_api::client::result::ConnectorError;

use super::cause::{Cause, plain_causes};
use super::kind::AwsErrorKind;
use crate::http::{TUNNEL_ERROR, certificate_problem, refused_tunnel};

/// Reads why a request did not reach the service, or its answer did not arrive.
pub(super) fn dispatch_failure(connector: &ConnectorError) -> (AwsErrorKind, Cause) {
    if let Some(reason) = untrusted_certificate(connector) {
        let cause = Cause::new(format_args!("the TLS certificate is not trusted: {reason}"));
        return (AwsErrorKind::Untrusted, cause);
    }
    if let Some(cause) = proxy_failure(connector) {
        return (AwsErrorKind::Proxy, cause);
    }
    let (kind, first) = if connector.is_timeout() {
        (AwsErrorKind::Unreachable, timed_out(connector.source()))
    } else if connector.is_io() {
        (AwsErrorKind::Unreachable, Some("the connection failed"))
    } else if connector.is_user() {
        (AwsErrorKind::Local, Some("the request cannot be sent"))
    } else {
        // No endpoint for the region, or an answer that is not HTTP: the same cures help.
        (AwsErrorKind::Unreachable, None)
    };
    (kind, Cause::chain(first, connector.source()))
}

/// Returns what to say of a limit that was reached, where the source does not say which.
pub(super) fn timed_out(source: Option<&(dyn StdError + 'static)>) -> Option<&'static str> {
    let says_it = |error: &(dyn StdError + 'static)| {
        plain_causes(error)
            .first()
            .is_some_and(|text| text.starts_with("no answer") || text.starts_with("no connection"))
    };
    (!source.is_some_and(says_it)).then_some("no answer in time")
}

/// Returns why the certificate of the other side is not trusted, if an error is about that.
pub(in crate::aws) fn untrusted_certificate(error: &(dyn StdError + 'static)) -> Option<String> {
    inner_errors(error).find_map(|error| match error.downcast_ref::<rustls::Error>() {
        Some(rustls::Error::InvalidCertificate(reason)) => Some(certificate_problem(reason)),
        _ => None,
    })
}

/// Returns an error and its sources; the one that an `io::Error` wraps, which its `source` skips, is among them.
fn inner_errors<'a>(
    error: &'a (dyn StdError + 'static),
) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |&error| {
        let wrapped = error
            .downcast_ref::<io::Error>()
            .and_then(io::Error::get_ref);
        wrapped
            .map(|wrapped| wrapped as &(dyn StdError + 'static))
            .or(error.source())
    })
}

/// Returns whether a proxy was reached and did not let a request through.
pub(in crate::aws) fn is_refused_by_proxy(error: &(dyn StdError + 'static)) -> bool {
    inner_errors(error).any(|error| {
        let text = error.to_string();
        let reason = text.strip_prefix(TUNNEL_ERROR);
        reason.is_some_and(|reason| refused_tunnel(reason).is_some())
    })
}

/// Reads why a proxy did not let a request through; `None` if no proxy is to blame.
fn proxy_failure(connector: &ConnectorError) -> Option<Cause> {
    let tunnel = inner_errors(connector).find_map(|error| {
        let text = error.to_string();
        let reason = text.strip_prefix(TUNNEL_ERROR)?;
        Some((refused_tunnel(reason), error))
    });
    let (refused, error) = tunnel?;
    Some(match refused {
        Some(reason) => Cause::new(format_args!("the proxy {reason}")),
        None => Cause::chain(Some("the proxy cannot be reached"), error.source()),
    })
}
