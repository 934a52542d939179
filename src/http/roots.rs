//! Trusted root certificates: the built-in web roots, and those of a file (for a corporate proxy or a test).

use std::path::Path;
use std::sync::Arc;

use rustls::crypto::{CryptoProvider, KeyProvider, ring};
use rustls::sign::SigningKey;
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use thiserror::Error;

/// The error for a certificate file (`SSL_CERT_FILE`) that cannot be used.
#[derive(Debug, Error)]
#[error("cannot read certificates from {file}: {reason}")]
#[cfg_attr(
    not(feature = "relay"),
    expect(unreachable_pub, reason = "public through the relay's StartError")
)]
pub struct TrustRootsError {
    /// The file's path, as given.
    pub file: String,
    /// What is wrong with the file.
    pub reason: String,
}

/// Returns a TLS configuration that trusts the built-in web roots and the PEM certificates of `extra`.
///
/// The crypto provider is ring, chosen here and not taken from the process: aws-lc-rs, the AWS SDK's default, gathers entropy
/// for tens of milliseconds before its first handshake.
///
/// # Errors
/// `extra` cannot be read or contains no usable certificate.
pub(super) fn tls_config(extra: Option<&Path>) -> Result<ClientConfig, TrustRootsError> {
    let mut roots = RootCertStore {
        roots: webpki_roots::TLS_SERVER_ROOTS.to_vec(),
    };
    if let Some(file) = extra {
        add_certificates(&mut roots, file).map_err(|reason| TrustRootsError {
            file: file.display().to_string(),
            reason,
        })?;
    }
    Ok(
        ClientConfig::builder_with_provider(Arc::new(CryptoProvider {
            key_provider: &NoPrivateKeys,
            ..ring::default_provider()
        }))
        .with_safe_default_protocol_versions()
        .expect("ring has cipher suites for TLS 1.2 and 1.3")
        .with_root_certificates(roots)
        .with_no_client_auth(),
    )
}

/// Loads no private key: the client never shows a certificate of its own. With ring's, the code for every kind of key would be a part
/// of the relay.
#[derive(Debug)]
struct NoPrivateKeys;

impl KeyProvider for NoPrivateKeys {
    fn load_private_key(
        &self,
        _: PrivateKeyDer<'static>,
    ) -> Result<Arc<dyn SigningKey>, rustls::Error> {
        Err(rustls::Error::General(
            "private keys are not supported".to_owned(),
        ))
    }
}

fn add_certificates(roots: &mut RootCertStore, file: &Path) -> Result<(), String> {
    let certificates: Result<Vec<_>, _> = CertificateDer::pem_file_iter(file)
        .map_err(describe_pem_error)?
        .collect();
    // A system's bundle may contain certificates that rustls rejects: those are then not trusted.
    match roots.add_parsable_certificates(certificates.map_err(describe_pem_error)?) {
        (0, _) => Err("it contains no PEM certificate".to_owned()),
        _ => Ok(()),
    }
}

fn describe_pem_error(error: rustls_pki_types::pem::Error) -> String {
    match error {
        rustls_pki_types::pem::Error::Io(error) => error.to_string(),
        _ => "it is not a PEM file".to_owned(),
    }
}
