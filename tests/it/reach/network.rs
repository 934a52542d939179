//! A company's network: a proxy that is the only way out, a certificate authority of its own, and answers that stop halfway.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::thread;
use std::time::{Duration, Instant};

use testbed::bed::Bed;
use testbed::command::Run;

use super::{topic, with_config};
use crate::network::{HOST, Network};
use crate::typed::ddalert;

/// Makes the proxy the way out of a run.
fn way_out(network: &Network, run: Run) -> Run {
    run.env("HTTPS_PROXY", format!("http://{}", network.proxy))
}

#[tokio::test(flavor = "multi_thread")]
async fn aws_is_reached_through_the_proxy_and_trusted_by_the_companys_roots() {
    let bed = Bed::new();
    topic(&bed, "alerts").await;
    let network = Network::before(&bed.proxy.endpoint()).await;
    let run = || {
        let run = ddalert(&bed, "test-publish --topic alerts --no-wait");
        way_out(
            &network,
            run.env("AWS_ENDPOINT_URL", format!("https://{HOST}")),
        )
    };
    let trusting = |variable: &str| {
        let run = run();
        let file = run.file("roots.pem", &network.root);
        run.env(variable, file)
    };
    for variable in ["AWS_CA_BUNDLE", "SSL_CERT_FILE"] {
        let said = trusting(variable).output().success();
        assert!(said.contains("Published"), "{said}");
        let asked = network.asked();
        assert!(
            !asked.is_empty()
                && asked
                    .iter()
                    .all(|line| *line == format!("CONNECT {HOST}:443 HTTP/1.1")),
            "{asked:?}"
        );
    }
    let run_with_profile = run();
    let file = run_with_profile.file("roots.pem", &network.root);
    let config = format!("[default]\nca_bundle = {}\n", file.display());
    let said = with_config(run_with_profile, &config).output().success();
    assert!(said.contains("Published"), "{said}");

    network.handshakes();
    let said = run().output().failure(1);
    assert!(
        said.contains("certificate") && said.contains("AWS_CA_BUNDLE"),
        "{said}"
    );
    assert_eq!(
        network.handshakes(),
        1,
        "a certificate that is not trusted is not tried again: {said}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_room_is_greeted_through_the_proxy_and_aws_on_this_machine_is_not() {
    let bed = Bed::new();
    topic(&bed, "alerts").await;
    let network = Network::before(&bed.sink.url("/")).await;
    let deploy = |more: &str| {
        let run = ddalert(
            &bed,
            &format!("deploy-webhook --topic alerts --yes --allow-host {HOST} {more}"),
        );
        let file = run.file("roots.pem", &network.root);
        let run = run.env("DDALERT_WEBHOOK_URL", format!("https://{HOST}/hook"));
        way_out(&network, run).env("SSL_CERT_FILE", file)
    };
    let _ = deploy("").output().success();
    assert_eq!(network.asked(), [format!("CONNECT {HOST}:443 HTTP/1.1")]);
    assert_eq!(bed.sink.received_at("/hook").len(), 1, "the greeting");
}

/// Starts a server that answers every request with half a body and then says nothing more.
fn half_an_answer() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    thread::spawn(move || {
        let mut held = Vec::new();
        for mut stream in listener.incoming().flatten() {
            let mut request = [0; 4096];
            let _ = stream.read(&mut request);
            let half = "HTTP/1.1 200 OK\r\ncontent-type: text/xml\r\ncontent-length: 4096\r\n\r\n<GetCaller";
            let _ = stream.write_all(half.as_bytes());
            held.push(stream);
        }
    });
    format!("http://{address}")
}

#[test]
fn an_answer_that_stops_halfway_ends_the_run_in_its_time() {
    let bed = Bed::new();
    let begun = Instant::now();
    let said = ddalert(&bed, "test-publish --topic alerts --timeout 3s")
        .env("AWS_ENDPOINT_URL", half_an_answer())
        .output()
        .failure(1);
    let took = begun.elapsed();
    assert!(took < Duration::from_secs(10), "{took:?}: {said}");
    assert!(said.contains("the test alert was not published"), "{said}");
}
