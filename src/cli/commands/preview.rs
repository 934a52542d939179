//! `preview`: what a room would get for an alert, offline and without credentials.

use std::fmt;
use std::path::PathBuf;

use clap::Args;
use clap::builder::PossibleValuesParser;
use serde::{Serialize, Serializer};
use serde_json::Value;

use crate::alert::{Alert, Origin};
use crate::arn::TopicArn;
use crate::cli::context::Context;
use crate::cli::error::{CliError, Exit};
use crate::cli::input::sample::{DEFAULT_KIND, kinds, message};
use crate::cli::relays;
use crate::destination::sms;
use crate::destination::{Message, WebhookSecret, destination};

/// Show what a room would get for an alert, offline and without credentials
#[derive(Clone, Debug, Args)]
#[command(after_long_help = "Examples:
  ddalert preview --target slack
  ddalert preview --target sms --kind audit
  ddalert preview --target teams --file alert.json --output json")]
pub(crate) struct Preview {
    /// The destination
    #[arg(long, value_parser = PossibleValuesParser::new(relays::targets()))]
    target: String,
    /// The alert, as Device Defender publishes it; - is standard input
    #[arg(long, value_name = "FILE", conflicts_with = "kind")]
    file: Option<PathBuf>,
    /// The kind of sample alert
    #[arg(long, value_name = "KIND", default_value = DEFAULT_KIND, value_parser = kinds())]
    kind: String,
    /// Mark it as a test alert
    #[arg(long)]
    test: bool,
}

/// What `preview` answers: the request body, or the text of an SMS.
struct Body(Value);

impl Serialize for Body {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl fmt::Display for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Value::String(text) => f.write_str(text),
            // A body that is one text says what the room shows.
            Value::Object(body)
                if let [Value::String(text)] = body.values().collect::<Vec<_>>()[..] =>
            {
                f.write_str(text)
            }
            body => write!(f, "{body:#}"),
        }
    }
}

impl Preview {
    pub(crate) fn run(self, context: &Context) -> Result<Exit, CliError> {
        let message = message(self.file.as_deref(), &self.kind)?;
        let alert = Alert::parse(
            &message,
            Origin {
                topic: Some(topic(context)),
                test: self.test,
                ..Origin::default()
            },
        );
        let body = match destination(&self.target) {
            Some(destination) => {
                let secret = WebhookSecret::from_url("https://preview.invalid/")
                    .map_err(|error| CliError::failed(error.to_string()))?;
                (destination.request)(&secret, &Message::Alert(&alert)).body
            }
            None => Value::String(sms::render(&alert)),
        };
        context.ui.exact(&Body(body))?;
        Ok(Exit::Done)
    }
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
