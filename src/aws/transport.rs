//! How calls travel: which certificates are trusted, through which proxy they go, and how long each may take.

use std::path::{Path, PathBuf};
use std::time::Duration;

use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::{self, TlsContext, TrustStore};
use aws_smithy_http_client::{Builder, Connector};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::timeout::TimeoutConfig;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::Uri;
use rustls::RootCertStore;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;

use super::AwsError;
use super::error::{is_refused_by_proxy, untrusted_certificate};
use crate::http::Proxies;

/// How long a connection may take to open, TLS and the tunnel through a proxy included.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// How long one attempt of a call may take, from the request to the last byte of the answer: the slowest calls (`FilterLogEvents`,
/// `ListRoles`) answer within a few seconds.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(20);

/// How long a call may take with all its attempts.
pub(super) const OPERATION_TIMEOUT: Duration = Duration::from_secs(60);

/// How long one attempt may take that uploads a relay of a few megabytes.
const UPLOAD_TIMEOUT: Duration = Duration::from_secs(180);

/// How long an invocation may take: a relay has 30 s, and a function that starts takes some seconds more.
const INVOKE_TIMEOUT: Duration = Duration::from_secs(90);

/// Returns the limits of every call. The AWS CLI waits for 60 s to connect and 60 s for each answer.
pub(super) fn timeouts() -> TimeoutConfig {
    limits(ATTEMPT_TIMEOUT, OPERATION_TIMEOUT)
}

/// Returns the limits of a call that uploads the code of a function.
pub(super) fn upload_timeouts() -> TimeoutConfig {
    limits(UPLOAD_TIMEOUT, UPLOAD_TIMEOUT * 2)
}

/// Returns the limits of a call that waits for a function to run.
pub(super) fn invoke_timeouts() -> TimeoutConfig {
    limits(INVOKE_TIMEOUT, INVOKE_TIMEOUT)
}

fn limits(attempt: Duration, operation: Duration) -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .read_timeout(attempt)
        .operation_attempt_timeout(attempt)
        .operation_timeout(operation)
        .build()
}

/// A PEM file with certificates to trust besides the built-in web roots, and what named it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct CaBundle {
    /// The file.
    pub(super) path: PathBuf,
    /// Such as `SSL_CERT_FILE`.
    pub(super) named_by: String,
}

/// Sends requests directly or through a proxy, as the address says.
#[derive(Debug)]
struct Transport {
    proxies: Proxies,
    direct: SharedHttpClient,
    /// Through the proxy for HTTPS.
    https: Option<SharedHttpClient>,
    /// Through the proxy for HTTP.
    http: Option<SharedHttpClient>,
}

#[derive(Debug)]
struct TransportConnector {
    proxies: Proxies,
    direct: SharedHttpConnector,
    https: Option<SharedHttpConnector>,
    http: Option<SharedHttpConnector>,
}

/// Makes the client that carries every call.
///
/// # Errors
/// A file of certificates cannot be read or holds none, or a proxy cannot be used.
pub(super) fn http_client(
    bundles: &[CaBundle],
    proxies: &Proxies,
) -> Result<SharedHttpClient, AwsError> {
    let tls = TlsContext::builder()
        .with_trust_store(trust(bundles)?)
        .build()
        .map_err(|error| AwsError::local("preparing TLS", error))?;
    let proxied = |proxy: Option<&crate::http::Proxy>| match proxy {
        Some(proxy) => ProxyConfig::all(proxy.secret_url())
            .map(|config| Some(through(&tls, config)))
            .map_err(|_| AwsError::local("preparing the proxy", "its URL is not valid")),
        None => Ok(None),
    };
    Ok(SharedHttpClient::new(Transport {
        https: proxied(proxies.https())?,
        http: proxied(proxies.http())?,
        proxies: proxies.clone(),
        direct: through(&tls, ProxyConfig::disabled()),
    }))
}

fn through(tls: &TlsContext, proxy: ProxyConfig) -> SharedHttpClient {
    let tls = tls.clone();
    Builder::new().build_with_connector_fn(move |settings, components| {
        let mut connector = Connector::builder()
            .tls_provider(tls::Provider::Rustls(
                tls::rustls_provider::CryptoMode::Ring,
            ))
            .tls_context(tls.clone())
            .proxy_config(proxy.clone());
        connector.set_connector_settings(settings.cloned());
        connector.set_sleep_impl(components.and_then(RuntimeComponents::sleep_impl));
        connector.build()
    })
}

impl HttpClient for Transport {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        let connector = |client: &SharedHttpClient| client.http_connector(settings, components);
        SharedHttpConnector::new(TransportConnector {
            proxies: self.proxies.clone(),
            direct: connector(&self.direct),
            https: self.https.as_ref().map(connector),
            http: self.http.as_ref().map(connector),
        })
    }
}

impl TransportConnector {
    fn route(&self, uri: &str) -> &SharedHttpConnector {
        let proxied = uri.parse::<Uri>().ok().and_then(|uri| {
            self.proxies.of(&uri)?;
            match uri.scheme_str() {
                Some("http") => self.http.as_ref(),
                _ => self.https.as_ref(),
            }
        });
        proxied.unwrap_or(&self.direct)
    }
}

impl HttpConnector for TransportConnector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let sent = self.route(request.uri()).call(request);
        HttpConnectorFuture::new(async move { sent.await.map_err(final_if_refused) })
    }
}

/// Makes an error that trying again cannot help one that is not tried again: a certificate that is not trusted, and a proxy that
/// refuses.
fn final_if_refused(error: ConnectorError) -> ConnectorError {
    match untrusted_certificate(&error).is_some() || is_refused_by_proxy(&error) {
        true => ConnectorError::other(Box::new(error), None),
        false => error,
    }
}

/// Returns the built-in web roots, with those of the files.
fn trust(bundles: &[CaBundle]) -> Result<TrustStore, AwsError> {
    let mut store = TrustStore::empty();
    for root in webpki_root_certs::TLS_SERVER_ROOT_CERTS {
        store = store.with_pem_certificate(pem(root));
    }
    for CaBundle { path, named_by } in bundles {
        let certificates = certificates(path).map_err(|reason| {
            let task = format!(
                "reading the certificates in {} ({named_by})",
                path.display()
            );
            AwsError::local(task, reason)
        })?;
        for certificate in certificates {
            store = store.with_pem_certificate(pem(&certificate));
        }
    }
    Ok(store)
}

fn pem(certificate: &[u8]) -> Vec<u8> {
    let encoded = STANDARD.encode(certificate);
    format!("-----BEGIN CERTIFICATE-----\n{encoded}\n-----END CERTIFICATE-----\n").into_bytes()
}

/// Reads a file of certificates. Those of a system's bundle that rustls rejects are left out: the SDK would panic on them.
fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let text = std::fs::read(path).map_err(|error| error.to_string())?;
    let read: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&text).collect();
    let mut read = read.map_err(|_| "it is not a PEM file".to_owned())?;
    read.retain(|certificate| RootCertStore::empty().add(certificate.clone()).is_ok());
    match read.is_empty() {
        true => Err("it contains no PEM certificate that can be used".to_owned()),
        false => Ok(read),
    }
}
