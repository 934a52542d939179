//! A certificate authority of the benchmark's own, and both sides of TLS with it.

use std::net::TcpStream;
use std::path::Path;
use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, KeyUsagePurpose,
};
use rustls::crypto::ring::default_provider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{
    ClientConfig, ClientConnection, RootCertStore, ServerConfig, ServerConnection, StreamOwned,
};

use crate::http::Connection;

/// The host that the certificate names: no name has to be looked up.
const HOST: &str = "127.0.0.1";

/// What servers speak TLS with.
#[derive(Clone)]
pub struct Identity {
    /// The authority's certificate, which clients have to trust, as PEM.
    pub authority: String,
    config: Arc<ServerConfig>,
}

impl Identity {
    pub fn make() -> Identity {
        let mut authority = CertificateParams::new(Vec::new()).unwrap();
        // Where issuer and subject have one name, OpenSSL takes a certificate for its own issuer.
        authority
            .distinguished_name
            .push(DnType::CommonName, "authority");
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        authority.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let authority =
            CertifiedIssuer::self_signed(authority, KeyPair::generate().unwrap()).unwrap();
        let key = KeyPair::generate().unwrap();
        let mut own = CertificateParams::new(vec![HOST.to_owned()]).unwrap();
        own.distinguished_name.push(DnType::CommonName, HOST);
        own.use_authority_key_identifier_extension = true;
        own.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        let own = own.signed_by(&key, &authority).unwrap();
        let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(
                vec![own.der().clone()],
                PrivateKeyDer::Pkcs8(key.serialize_der().into()),
            )
            .unwrap();
        Identity {
            authority: authority.pem(),
            config: Arc::new(config),
        }
    }

    /// Speaks TLS to a client.
    pub fn accept(&self, stream: TcpStream) -> Connection {
        stream.set_nodelay(true).unwrap();
        let session = ServerConnection::new(Arc::clone(&self.config)).unwrap();
        Connection::over_stream(Box::new(StreamOwned::new(session, stream)))
    }
}

/// Opens connections to servers that the certificates in a file make trusted.
pub struct Client(Arc<ClientConfig>);

impl Client {
    pub fn trusting(file: &Path) -> Client {
        let mut roots = RootCertStore::empty();
        for certificate in CertificateDer::pem_file_iter(file).unwrap() {
            roots.add(certificate.unwrap()).unwrap();
        }
        Client(Arc::new(
            ClientConfig::builder_with_provider(Arc::new(default_provider()))
                .with_safe_default_protocol_versions()
                .unwrap()
                .with_root_certificates(roots)
                .with_no_client_auth(),
        ))
    }

    pub fn connect(&self, port: u16) -> Connection {
        let stream = TcpStream::connect((HOST, port)).unwrap();
        stream.set_nodelay(true).unwrap();
        let name = ServerName::try_from(HOST).unwrap();
        let session = ClientConnection::new(Arc::clone(&self.0), name).unwrap();
        Connection::over_stream(Box::new(StreamOwned::new(session, stream)))
    }
}
