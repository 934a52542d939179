//! Whom to trust: the web's roots, and the certificates of a file for those who bring their own (a proxy, a test).

use std::path::Path;
use std::sync::Arc;

use rustls::crypto::ring;
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use thiserror::Error;

/// Why the certificates of a file cannot be trusted.
#[derive(Debug, Error)]
#[error("cannot take certificates from {file}: {why}")]
pub struct RootsError {
    /// The file, as it was named.
    pub file: String,
    /// What is wrong with it.
    pub why: String,
}

/// Returns a TLS configuration that trusts the web's roots and the PEM certificates of `extra`.
///
/// The cryptography is ring's, named here and not taken from the process: aws-lc-rs, which the AWS SDK brings, gathers entropy for
/// tens of milliseconds before its first handshake.
pub(super) fn tls_config(extra: Option<&Path>) -> Result<ClientConfig, RootsError> {
    let mut roots = RootCertStore {
        roots: webpki_roots::TLS_SERVER_ROOTS.to_vec(),
    };
    if let Some(file) = extra {
        add(&mut roots, file).map_err(|why| RootsError {
            file: file.display().to_string(),
            why,
        })?;
    }
    Ok(
        ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("ring has cipher suites for TLS 1.2 and 1.3")
            .with_root_certificates(roots)
            .with_no_client_auth(),
    )
}

fn add(roots: &mut RootCertStore, file: &Path) -> Result<(), String> {
    let certificates: Result<Vec<_>, _> = CertificateDer::pem_file_iter(file)
        .map_err(words)?
        .collect();
    // A system's bundle may hold a certificate that rustls does not take: that one is then simply not trusted.
    match roots.add_parsable_certificates(certificates.map_err(words)?) {
        (0, _) => Err("it holds no PEM certificate".to_owned()),
        _ => Ok(()),
    }
}

fn words(error: rustls_pki_types::pem::Error) -> String {
    match error {
        rustls_pki_types::pem::Error::Io(error) => error.to_string(),
        _ => "it is not PEM".to_owned(),
    }
}
