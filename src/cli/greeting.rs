//! The one line that a room is sent before anything is made for it: a room that refuses it stops the run.

use std::time::Duration;

use super::context::Context;
use super::error::CliError;
use crate::destination::{Advice, Destination, Message, NextStep, Verdict, WebhookSecret};
use crate::http::HttpClient;

/// How long a room may take to answer the greeting.
const TIMEOUT: Duration = Duration::from_secs(15);

/// Posts one line to a room.
///
/// # Errors
/// The room cannot be reached, or refuses.
pub(super) async fn greet(
    context: &Context,
    destination: &Destination,
    secret: &WebhookSecret,
    text: &str,
) -> Result<(), CliError> {
    let room = format!("the {} {}", destination.title, destination.room);
    let _progress = context.ui.progress(&format!("Greeting {room}"));
    let http_client = HttpClient::new(
        context.environment.extra_roots.as_deref(),
        context.proxies()?,
    )
    .map_err(|error| CliError::failed("preparing to greet the room failed").because(error))?;
    let refused = |reason: String| {
        CliError::failed(format!(
            "{room} did not accept the greeting; nothing was changed"
        ))
        .hint(match destination.advice(&reason) {
            Some(Advice {
                cause,
                step: NextStep::Ask(step),
            }) => format!("{cause}: {step}. Or skip the greeting with --no-greeting"),
            Some(Advice {
                cause,
                step: NextStep::Wait,
            }) => format!(
                "{cause}. Run the same command again later, or skip the greeting with --no-greeting"
            ),
            Some(Advice {
                cause,
                step: NextStep::Rotate,
            }) => format!(
                "{cause}: check the {}, or skip the greeting with --no-greeting. {}",
                destination.secret, destination.secret_hint
            ),
            None => format!(
                "check the {}, or skip the greeting with --no-greeting. {}",
                destination.secret, destination.secret_hint
            ),
        })
        .because(reason)
    };
    let request = (destination.request)(secret, &Message::Greeting(text));
    let answer = http_client
        .post(&request, secret, TIMEOUT)
        .await
        .map_err(|error| {
            let refused = refused(error.to_string());
            match error.is_about_certificate() {
                true => refused.hint(
                    "if a proxy or a server of your own issued the certificate, name the file with its CA certificate in SSL_CERT_FILE (PEM)",
                ),
                false => refused,
            }
        })?;
    match (destination.verdict)(&answer) {
        Verdict::Delivered => Ok(()),
        Verdict::Retry { reason, .. } | Verdict::Gone { reason } | Verdict::Refused { reason } => {
            Err(refused(reason))
        }
    }
}
