//! The program that runs on Lambda: for each message of an SNS event it posts to a room or, through SNS, texts each phone.
//!
//! 1. The environment is read and checked; if it is wrong, the relay does not start ([`config`]).
//! 2. Still in the init phase, which has a whole core: the secret is read ([`secret`], [`aws_api`]) and the room's connection opened.
//! 3. For each event: its messages ([`crate::contract::envelope`]) in turns (`turns`, `retry`), each taken to the room (`room`) or
//!    to the phones ([`phones`]), each with a line in the log (`log`). A batch from the buffer goes one by one or, of many that are
//!    alike, as a digest ([`crate::alert::group`]), at the room's pace (`batch`, `pace`). A room with incidents learns when a storm is
//!    over (`active_alarms`).
//! 4. If a message was not delivered, the invocation fails (`handler`), so that Lambda retries it and the failure queue keeps it. Of a
//!    batch, the answer names the messages that the buffer is to keep ([`crate::contract::batch`]).

mod active_alarms;
pub mod aws_api;
mod batch;
pub mod config;
mod delivery;
mod event;
mod handler;
mod log;
mod memory;
mod pace;
pub mod phones;
mod retry;
mod room;
pub mod secret;
mod transport;
mod turns;

use std::panic;
use std::time::Duration;

use http_body_util::Full;
use lambda_runtime::tower::util::MapRequestLayer;
use lambda_runtime::{LambdaEvent, Runtime, service_fn};
use serde_json::{Value, json};
use thiserror::Error;

use crate::contract::environment::BadVariable;
use crate::contract::log::{Level, LogEvent};
use crate::http::{HttpClient, Proxies, TrustRootsError};
use config::{Config, RelayTarget};
use handler::Handler;
use log::Log;
use phones::Phones;
use room::Room;
use transport::Transport;

/// Why the relay does not run, or stopped.
#[derive(Debug, Error)]
pub enum StartError {
    /// A variable is missing or wrong.
    #[error(transparent)]
    Config(#[from] BadVariable),
    /// The certificates in `SSL_CERT_FILE` cannot be used.
    #[error("SSL_CERT_FILE is not usable: {0}")]
    Roots(TrustRootsError),
    /// The Lambda Runtime API no longer answers.
    #[error("the Lambda runtime ended: {0}")]
    Runtime(lambda_runtime::Error),
}

/// From here on, a panic writes a line to the log too, in the log's format. A relay is built without unwinding, so that the Lambda runtime
/// cannot report it: Lambda only sees the exit.
pub fn log_panics() {
    let report = panic::take_hook();
    panic::set_hook(Box::new(move |panic| {
        report(panic);
        let log = Log {
            least: Level::Fatal,
        };
        log.write(LogEvent::Panicked {
            reason: panic.to_string(),
        });
    }));
}

/// Runs the function until Lambda ends it. `variable` reads the environment.
///
/// # Errors
/// The environment is wrong, or the Lambda Runtime API no longer answers.
pub async fn run(variable: impl Fn(&str) -> Option<String>) -> Result<(), StartError> {
    let config = Config::from_env(variable)?;
    let http_client = HttpClient::new(config.extra_roots.as_deref(), config.proxies)
        .map_err(StartError::Roots)?;
    let log = Log {
        least: config.least_level,
    };
    let transport = match config.target {
        RelayTarget::Room {
            destination,
            source,
            iot,
        } => Transport::Room(Room::new(destination, source, http_client, iot, log)),
        RelayTarget::Phones(recipients) => {
            Transport::Phones(Phones::new(recipients, http_client, log))
        }
    };
    transport.prepare().await;
    let relay = Handler::new(transport, log, config.digest_over);
    Runtime::new(service_fn(|event: LambdaEvent<Value>| relay.handle(event)))
        .layer(MapRequestLayer::new(event::readable))
        .run()
        .await
        .map_err(StartError::Runtime)
}

/// Reports why the relay does not run: in the log, and to the Lambda Runtime API at `api` (`AWS_LAMBDA_RUNTIME_API`), so that the
/// record in the failure queue has the reason too.
pub async fn report(error: &StartError, api: Option<&str>) {
    let reason = error.to_string();
    Log {
        least: Level::Fatal,
    }
    .write(LogEvent::NotStarted {
        reason: reason.clone(),
    });
    // A runtime error comes after the start, and then it is that API that does not answer.
    let api = api.filter(|_| !matches!(error, StartError::Runtime(_)));
    let (Some(api), Ok(http_client)) = (api, HttpClient::new(None, Proxies::default())) else {
        return;
    };
    let body = json!({ "errorType": "NotStarted", "errorMessage": reason }).to_string();
    let request = http::Request::post(format!("http://{api}/2018-06-01/runtime/init/error"))
        .body(Full::from(body));
    if let Ok(request) = request {
        // If the report fails, Lambda still sees the exit.
        let _ = http_client
            .send(request, 1024, Duration::from_secs(2))
            .await;
    }
}
