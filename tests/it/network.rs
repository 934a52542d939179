//! A proxy that is the only way to a server, and a certificate authority that only the company trusts.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use rcgen::{CertifiedKey, generate_simple_self_signed};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring::default_provider;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

/// The name that only the company's proxy knows.
pub(crate) const HOST: &str = "inside.test";

/// A server that speaks TLS under [`HOST`] in front of another, and the proxy that leads to it, whatever host it is asked for.
pub(crate) struct Network {
    pub(crate) proxy: SocketAddr,
    /// The certificate that makes the server trusted, as PEM.
    pub(crate) root: String,
    /// The first line of each request to the proxy.
    asked: Arc<Mutex<Vec<String>>>,
    /// How many connections to the server were encrypted, or meant to be.
    handshakes: Arc<Mutex<usize>>,
}

impl Network {
    pub(crate) async fn before(upstream: &str) -> Network {
        let CertifiedKey { cert, signing_key } =
            generate_simple_self_signed([HOST.to_owned()]).expect("a certificate");
        let key = PrivateKeyDer::Pkcs8(signing_key.serialize_der().into());
        let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_no_client_auth()
            .with_single_cert(vec![cert.der().clone()], key)
            .expect("a configuration");
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let server = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let server_address = server.local_addr().expect("an address");
        let handshakes = Arc::<Mutex<usize>>::default();
        let upstream = upstream
            .strip_prefix("http://")
            .expect("an address")
            .split('/')
            .next()
            .expect("an address")
            .to_owned();
        let counted = Arc::clone(&handshakes);
        tokio::spawn(async move {
            while let Ok((stream, _)) = server.accept().await {
                *counted.lock().expect("the count") += 1;
                let (acceptor, upstream) = (acceptor.clone(), upstream.clone());
                tokio::spawn(async move {
                    let mut inside = acceptor.accept(stream).await.ok()?;
                    let mut plain = TcpStream::connect(upstream).await.ok()?;
                    copy_bidirectional(&mut inside, &mut plain).await.ok()
                });
            }
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let proxy = listener.local_addr().expect("an address");
        let asked = Arc::<Mutex<Vec<String>>>::default();
        let heard = Arc::clone(&asked);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(tunnel(stream, server_address, Arc::clone(&heard)));
            }
        });
        Network {
            proxy,
            root: cert.pem(),
            asked,
            handshakes,
        }
    }

    pub(crate) fn asked(&self) -> Vec<String> {
        std::mem::take(&mut *self.asked.lock().expect("what was asked"))
    }

    pub(crate) fn handshakes(&self) -> usize {
        std::mem::take(&mut *self.handshakes.lock().expect("the count"))
    }
}

/// Opens a tunnel to the server for whoever asks.
async fn tunnel(
    stream: TcpStream,
    server: SocketAddr,
    heard: Arc<Mutex<Vec<String>>>,
) -> Option<()> {
    let mut stream = BufReader::new(stream);
    let mut first = String::new();
    stream.read_line(&mut first).await.ok()?;
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).await.ok()?;
        if line.trim().is_empty() {
            break;
        }
    }
    heard
        .lock()
        .expect("what was asked")
        .push(first.trim().to_owned());
    let mut server = TcpStream::connect(server).await.ok()?;
    let opened = b"HTTP/1.1 200 Connection established\r\n\r\n";
    stream.get_mut().write_all(opened).await.ok()?;
    copy_bidirectional(&mut stream, &mut server).await.ok()?;
    Some(())
}
