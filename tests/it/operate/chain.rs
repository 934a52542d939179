//! A topic in an account of its own, and ddalert typed at it.

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use aws_sdk_sns::Client as Sns;

use testbed::bed::Bed;
use testbed::call::Call;
use testbed::command::Run;

/// The topic of every chain.
pub(crate) const TOPIC: &str = "BadIoTDevices";
/// The function that delivers it to a generic webhook.
pub(crate) const FUNCTION: &str = "ddalert-webhook-BadIoTDevices";
/// What no output may hold: the secret part of every webhook URL.
pub(crate) const TOKEN: &str = "open-sesame";

/// A topic, a room, and the account they are in.
#[derive(Debug)]
pub(crate) struct Chain {
    pub(crate) bed: Bed,
}

impl Chain {
    /// Makes the topic.
    pub(crate) async fn new() -> Chain {
        let bed = Bed::new();
        Sns::new(&bed.config())
            .create_topic()
            .name(TOPIC)
            .send()
            .await
            .expect("a topic");
        Chain { bed }
    }

    /// Makes the topic and deploys the relay of a generic webhook, its URL in the environment.
    pub(crate) async fn deployed() -> Chain {
        let chain = Chain::new().await;
        chain
            .deploy("/room", &["--secret-store", "env"])
            .output()
            .success();
        chain
    }

    /// Prepares a run of ddalert on the topic.
    pub(crate) fn ddalert(&self, arguments: &[&str]) -> Run {
        self.bed
            .run(Path::new(env!("CARGO_BIN_EXE_ddalert")))
            .args(arguments)
            .args(["--topic", TOPIC])
    }

    /// Prepares a deploy of the real relay to the room at `path`.
    pub(crate) fn deploy(&self, path: &str, arguments: &[&str]) -> Run {
        let run = self
            .ddalert(&[
                "deploy-webhook",
                "--yes",
                "--no-greeting",
                "--allow-host",
                "127.0.0.1",
                "--webhook-url-file",
                "-",
            ])
            .args(arguments);
        run.stdin(&self.url(path))
    }

    /// Prepares a deploy of a relay that is never run: a few bytes, packed in no time.
    pub(crate) fn deploy_hollow(&self) -> Run {
        let run = self.deploy("/room", &["--secret-store", "env"]);
        let relay = run.file("relay", "");
        std::fs::write(&relay, hollow()).expect("a relay");
        run.args(["--relay".as_ref(), relay.as_os_str()])
    }

    /// Returns the webhook URL of the room at `path`.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}?token={TOKEN}", self.bed.sink.url(path))
    }

    /// Runs ddalert and kills it at the moment that `arm` sets up.
    pub(crate) fn killed(&self, run: Run, arm: impl FnOnce(Box<dyn FnMut(&Call) + Send>)) {
        let child = Arc::new(Mutex::new(None::<std::process::Child>));
        let victim = Arc::clone(&child);
        arm(Box::new(move |_| {
            while victim.lock().expect("the child").is_none() {
                thread::sleep(Duration::from_millis(2));
            }
            victim
                .lock()
                .expect("the child")
                .as_mut()
                .expect("a child")
                .kill()
                .expect("to kill it");
            // The kernel takes a moment; a call that goes on must be nobody's any more.
            thread::sleep(Duration::from_millis(20));
        }));
        let (started, _home) = run.start();
        *child.lock().expect("the child") = Some(started);
        loop {
            if let Some(status) = child
                .lock()
                .expect("the child")
                .as_mut()
                .expect("a child")
                .try_wait()
                .expect("its state")
            {
                assert!(!status.success(), "it came to its end before it was killed");
                break;
            }
            thread::sleep(Duration::from_millis(5));
        }
        self.bed.proxy.heal();
    }
}

/// Returns the header of an ELF file for x86-64 and nothing else.
fn hollow() -> Vec<u8> {
    let mut header = vec![0; 64];
    header[..7].copy_from_slice(b"\x7fELF\x02\x01\x01");
    (header[16], header[18], header[20], header[52]) = (2, 62, 1, 64);
    header
}
