//! TLS to the room: its certificate is always checked, and `SSL_CERT_FILE` adds whom to trust.

use std::sync::Arc;
use std::time::Duration;

use rcgen::{CertifiedKey, generate_simple_self_signed};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring::default_provider;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

use super::lambda::{Report, Sandbox, TOKEN, event};
use super::server::{Server, ok};
use crate::network::{HOST, Network};

#[tokio::test]
async fn a_certificate_is_trusted_where_the_file_says_so_and_only_there() {
    let (room, certificate) = tls_room("localhost").await;
    let (stranger, stranger_certificate) = tls_room("elsewhere.example.com").await;
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("roots.pem");
    std::fs::write(&file, certificate + &stranger_certificate).expect("a file");
    let roots = file.to_str().expect("a path");

    let url = |room: &Server| format!("https://localhost:{}/{TOKEN}", room.address.port());
    let mut sandbox = Sandbox::start(&[
        ("DDALERT_WEBHOOK_URL", &url(&room)),
        ("SSL_CERT_FILE", roots),
    ])
    .await;
    for id in ["m-1", "m-2"] {
        assert_eq!(sandbox.invoke(event(id, "smoke")).await, Report::Done);
    }
    assert_eq!(
        room.seen()
            .iter()
            .map(|post| post.connection)
            .collect::<Vec<_>>(),
        [0, 0]
    );
    sandbox.stop().await;

    let refused = [
        (url(&room), "", "its issuer is not trusted"),
        (url(&stranger), roots, "for another name"),
    ];
    for (url, roots, words) in refused {
        let mut sandbox =
            Sandbox::start(&[("DDALERT_WEBHOOK_URL", &url), ("SSL_CERT_FILE", roots)]).await;
        let (_, message) = sandbox
            .invoke_within(event("m-1", "smoke"), Duration::from_secs(2))
            .await
            .failed();
        assert!(
            message.contains("certificate is not trusted") && message.contains(words),
            "{message}"
        );
        sandbox.stop().await;
    }
    assert_eq!((room.seen().len(), stranger.seen().len()), (2, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_room_behind_a_proxy_gets_its_alerts_where_the_function_names_the_proxy() {
    let room = Server::start(None, |_, _| async { ok() }).await;
    let network = Network::before(&format!("http://{}", room.address)).await;
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("roots.pem");
    std::fs::write(&file, &network.root).expect("a file");
    let mut sandbox = Sandbox::start(&[
        ("DDALERT_WEBHOOK_URL", &format!("https://{HOST}/{TOKEN}")),
        ("SSL_CERT_FILE", file.to_str().expect("a path")),
        ("HTTPS_PROXY", &format!("http://{}", network.proxy)),
    ])
    .await;
    for id in ["m-1", "m-2"] {
        assert_eq!(sandbox.invoke(event(id, "smoke")).await, Report::Done);
    }
    sandbox.stop().await;
    assert_eq!(room.seen().len(), 2);
    let asked = network.asked();
    assert!(
        !asked.is_empty()
            && asked
                .iter()
                .all(|line| *line == format!("CONNECT {HOST}:443 HTTP/1.1")),
        "{asked:?}"
    );
}

/// Starts a room that speaks TLS under `name`; returns it with its certificate.
async fn tls_room(name: &str) -> (Server, String) {
    let CertifiedKey { cert, signing_key } =
        generate_simple_self_signed([name.to_owned()]).expect("a certificate");
    let key = PrivateKeyDer::Pkcs8(signing_key.serialize_der().into());
    let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(vec![cert.der().clone()], key)
        .expect("a configuration");
    (
        Server::start(Some(TlsAcceptor::from(Arc::new(config))), |_, _| async {
            ok()
        })
        .await,
        cert.pem(),
    )
}
