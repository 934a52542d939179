//! Proves the test bed itself, so that a test that fails on it has found something in ddalert.
#![cfg(feature = "cli")]

mod support;

use std::time::Duration;

use support::ministack::MiniStack;
use support::sink::{Reply, Sink};

#[test]
fn the_emulator_starts_and_is_gone_with_its_owner() {
    let ministack = MiniStack::start();
    let address = ministack.address();
    assert!(ministack.sms_messages().is_object() || ministack.sms_messages().is_array());
    drop(ministack);
    assert!(std::net::TcpStream::connect(address).is_err(), "something still listens on {address}");
}

#[tokio::test]
async fn a_room_keeps_what_it_got_and_answers_as_scripted() {
    let sink = Sink::start();
    sink.answer("/slack", vec![Reply::retry_after(1), Reply::new(200, "ok")]);
    let client = hyper_util::client::legacy::Client::builder(hyper_util::rt::TokioExecutor::new()).build_http();
    let mut statuses = Vec::new();
    for n in 0..3 {
        let body = http_body_util::Full::<hyper::body::Bytes>::from(format!(r#"{{"text":"{n}"}}"#));
        let request = hyper::Request::post(sink.url("/slack?x=1")).body(body).expect("a request");
        let response = client.request(request).await.expect("an answer");
        statuses.push(response.status().as_u16());
    }
    assert_eq!(statuses, [429, 200, 200]);
    let received = sink.wait_for(3, Duration::from_secs(1));
    assert_eq!(received[2].json()["text"], "2");
    assert_eq!((received[0].path.as_str(), received[0].query.as_str()), ("/slack", "x=1"));
}
