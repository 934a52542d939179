//! `preview`: what a room would get for an alert, offline and without credentials.

use std::io::Write as _;
use std::path::PathBuf;

use clap::Args;
use clap::builder::PossibleValuesParser;
use jiff::Timestamp;
use serde_json::Value;

use crate::alert::{Alert, Digest, Origin, STORM, storm};
use crate::arn::TopicArn;
use crate::cli::browser;
use crate::cli::context::Context;
use crate::cli::error::{CliError, Exit};
use crate::cli::input::sample::{DEFAULT_KIND, kinds_and_storm, message};
use crate::cli::preview;
use crate::destination::Message;

/// Show what a room would get for an alert, offline and without credentials
///
/// Prints the message as the room would show it. With --output json, prints exactly the request body that the room would receive.
#[derive(Clone, Debug, Args)]
#[command(after_long_help = "Examples:
  ddalert preview --target slack
  ddalert preview --target teams --file alert.json --open
  ddalert preview --target sms --kind storm --output json")]
pub(crate) struct Preview {
    /// The destination
    #[arg(long, value_parser = PossibleValuesParser::new(preview::targets()))]
    target: String,
    /// The alert, as Device Defender publishes it; - is standard input
    #[arg(long, value_name = "FILE", conflicts_with = "kind")]
    file: Option<PathBuf>,
    /// The kind of sample alert
    #[arg(long, value_name = "KIND", default_value = DEFAULT_KIND, value_parser = kinds_and_storm())]
    kind: String,
    /// Mark it as a test alert
    #[arg(long)]
    test: bool,
    /// Also draw the message on a page, open it in a browser, and for Slack and Teams, print where their online designers are
    #[arg(long)]
    open: bool,
}

impl Preview {
    pub(crate) async fn run(self, context: &Context) -> Result<Exit, CliError> {
        let origin = Origin {
            topic: Some(topic(context)),
            // A test shows when it was sent; any other message has a time of its own.
            published: self.test.then(Timestamp::now),
            test: self.test,
            ..Origin::default()
        };
        let alerts = match self.file.is_none() && self.kind == STORM.name {
            true => storm(&origin),
            false => vec![Alert::parse(
                &message(self.file.as_deref(), &self.kind)?,
                origin,
            )],
        };
        let digest = Digest::of(alerts.iter().collect());
        let message = match &digest {
            Some(digest) => Message::Digest(digest),
            None => Message::Alert(&alerts[0]),
        };
        let target = preview::targets().find(|target| *target == self.target);
        let target =
            target.ok_or_else(|| CliError::usage("there is no destination of this name"))?;
        let body = preview::body(target, &message)
            .map_err(|error| CliError::failed("drawing the message failed").because(error))?;
        let (width, is_styled) = context.ui.canvas();
        let text = preview::text(target, &body, width, is_styled);
        context.ui.drawn(&body, &text)?;
        if self.open {
            open(context, target, &body).await?;
        }
        Ok(Exit::Done)
    }
}

/// Writes the message's page to a file for temporary files, and opens it in a browser.
async fn open(context: &Context, target: &'static str, body: &Value) -> Result<(), CliError> {
    let failed = |error: std::io::Error| {
        CliError::failed("writing the page to a temporary file failed").because(error)
    };
    let mut file = tempfile::Builder::new()
        .prefix("ddalert-preview-")
        .suffix(".html")
        .tempfile()
        .map_err(failed)?;
    file.write_all(preview::page(target, body).as_bytes())
        .map_err(failed)?;
    let (_, path) = file.keep().map_err(|error| failed(error.error))?;
    context
        .ui
        .status(format_args!("The page is {}", path.display()));
    if let Some(designer) = preview::designer(target, body) {
        let step = designer.step.map(|step| format!(" ({step})"));
        context.ui.status(format_args!(
            "{}: {}{}",
            designer.name,
            designer.url,
            step.unwrap_or_default()
        ));
    }
    browser::open(&path).await.map_err(|reason| {
        CliError::failed("opening the page in a browser failed")
            .because(reason)
            .hint(format!("open {} yourself", path.display()))
    })
}

/// Returns the topic that the alert would come over: the one that is named, where it is not named by its ARN in an account of
/// the documentation's.
fn topic(context: &Context) -> TopicArn {
    let named = context
        .global
        .topic
        .first()
        .map_or("BadIoTDevices", String::as_str);
    let region = context
        .global
        .region
        .first()
        .map_or("us-east-1", String::as_str);
    named.parse().unwrap_or_else(|_| TopicArn {
        partition: "aws".to_owned(),
        region: region.to_owned(),
        account: "123456789012".to_owned(),
        name: named.to_owned(),
    })
}
