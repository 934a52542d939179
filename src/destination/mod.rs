//! The table of destinations: the rooms that an alert can go to, what each accepts and how it responds.
//!
//! Each destination is one file and one row in [`DESTINATIONS`]. Flags, subcommands, the relay's dispatch, the documentation and
//! the snapshot tests iterate over the table, so a new destination is a new file and a new row.

mod abridge;
mod advice;
mod chime;
mod color;
mod defang;
mod discord;
mod generic_webhook;
mod google_chat;
mod pagerduty;
mod reach;
mod redaction;
mod secret;
mod slack;
pub mod sms;
mod teams;
mod verdict;

#[cfg(test)]
mod properties;
#[cfg(test)]
mod snapshots;

use std::time::Duration;

use serde_json::Value;

use crate::alert::{Alert, Digest, Violation};
use crate::arn::TopicArn;
pub use advice::{Advice, KnownRefusal, NextStep};
pub use reach::{AllowedHost, NotAHost};
pub use redaction::Redaction;
pub use secret::{SecretError, WebhookSecret};

/// All destinations, in the order in which they are listed.
pub static DESTINATIONS: &[&Destination] = &[
    &chime::CHIME,
    &slack::SLACK,
    &teams::TEAMS,
    &google_chat::GOOGLE_CHAT,
    &discord::DISCORD,
    &pagerduty::PAGERDUTY,
    &generic_webhook::GENERIC_WEBHOOK,
];

/// A kind of room that receives alerts over HTTPS: one row of the table.
pub struct Destination {
    /// The name on the command line: `deploy-<name>`, `DDALERT_TARGET=<name>`, `remove <name>`.
    pub name: &'static str,
    /// The product's name: `Amazon Chime`, `Slack`.
    pub title: &'static str,
    /// Who receives the alerts, within a sentence: `Slack`, `a webhook`.
    pub recipient: &'static str,
    /// The product's word for the place where a message appears: `room`, `channel`, `service`.
    pub room: &'static str,
    /// The product's word for the secret that grants access: `webhook URL`, `integration key`.
    pub secret: &'static str,
    /// The destination's own hosts; `*.example.com` stands for any subdomain of `example.com`. Empty: any host is accepted.
    pub hosts: &'static [&'static str],
    /// Where to find the secret: one sentence for prompts, hints and `--help`.
    pub secret_hint: &'static str,
    /// How to get the secret, step by step, for the documentation: each step is a sentence or two in Markdown.
    pub setup_steps: &'static [&'static str],
    /// A warning to show before a deploy (a service that ended, a limit): one or two sentences.
    pub notice: Option<&'static str>,
    /// Limits and other details for the documentation: one or more sentences in Markdown.
    pub notes: &'static str,
    /// Builds the request that resolves the incident of a storm, given one of the alerts that it was about; `None` unless an alert
    /// opens an incident that its end resolves. Where there are incidents, ends are never collected into a digest: each has one of its
    /// own to resolve.
    pub storm_end: Option<fn(&WebhookSecret, &Alert) -> Request>,
    /// Whether requests can be signed with a signing secret.
    pub supports_signing: bool,
    /// The minimum time between two messages to the same room, from the service's documented rate limit.
    pub min_interval: Duration,
    /// Parses the secret that a person entered, without surrounding white space. The caller then checks the host against `hosts`
    /// and the hosts that the person allowed.
    pub parse: fn(&str) -> Result<WebhookSecret, SecretError>,
    /// Builds the request for a message. Never fails: for any message, the body is valid and within the room's limits.
    pub request: fn(&WebhookSecret, &Message<'_>) -> Request,
    /// Decides what the room's response means.
    pub verdict: fn(&RoomResponse) -> Verdict,
    /// The refusals that the service documents, and what a person does about each.
    pub refusals: &'static [KnownRefusal],
    /// Returns whether a body is within the room's documented limits; the bodies that `request` builds always are.
    pub fits: fn(&Value) -> bool,
}

/// A message to a room.
pub enum Message<'a> {
    /// An alert from the topic.
    Alert(&'a Alert),
    /// Many alerts of one kind, security profile and behavior.
    Digest(&'a Digest<'a>),
    /// The line that a deploy sends first, to check that the room accepts messages.
    Greeting(&'a str),
}

impl Message<'_> {
    /// Returns the kind of alert, as [`Alert::kind`] does; `greeting` for a greeting.
    fn kind(&self) -> &str {
        match self {
            Message::Alert(alert) => alert.kind(),
            Message::Digest(digest) => digest.kind(),
            Message::Greeting(_) => "greeting",
        }
    }

    /// Returns the violation that the message is about; of a digest, the first, which names the profile and behavior of all.
    fn violation(&self) -> Option<&Violation> {
        match self {
            Message::Alert(alert) => alert.violation(),
            Message::Digest(digest) => Some(digest.violation()),
            Message::Greeting(_) => None,
        }
    }

    /// Returns the thing that the message is about, or how many.
    fn thing(&self) -> Option<String> {
        match self {
            Message::Alert(alert) => alert.violation()?.thing.clone(),
            Message::Digest(digest) => Some(digest.subject()),
            Message::Greeting(_) => None,
        }
    }

    /// Returns the topic that the alert came over.
    fn topic(&self) -> Option<&TopicArn> {
        match self {
            Message::Alert(alert) => alert.origin.topic.as_ref(),
            Message::Digest(digest) => digest.alerts().first()?.origin.topic.as_ref(),
            Message::Greeting(_) => None,
        }
    }
}

/// A request to a room: always a POST with a JSON body.
///
/// The URL is secret, so this type has neither `Display` nor `Debug`.
pub struct Request {
    /// An absolute `https:` URL (`http:` on loopback).
    pub url: url::Url,
    /// Headers besides `content-type: application/json`.
    pub headers: Vec<(&'static str, String)>,
    /// The JSON body. It is sent exactly as `serde_json::to_vec(&body)`, because a signature in the headers covers those bytes.
    pub body: Value,
}

/// A room's response.
#[derive(Clone, Debug)]
pub struct RoomResponse {
    /// The HTTP status.
    pub status: u16,
    /// The beginning of the body as text, at most a few kilobytes.
    pub body: String,
    /// Whether the body arrived to its end. A body that did not can confirm nothing and deny nothing: the status alone decides.
    pub is_complete: bool,
    /// The `Retry-After` header, if there was a valid one.
    pub retry_after: Option<Duration>,
}

/// What a room's response means for the message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The room accepted the message.
    Delivered,
    /// The room may accept the message later (429, 5xx).
    Retry {
        /// How long the room asked to wait, if it did.
        after: Option<Duration>,
        /// The status and the room's error message, shortened and without secrets.
        reason: String,
    },
    /// The webhook does not exist (404, 410). Its URL may have been rotated, so the caller reads the secret again before giving up.
    Gone {
        /// The status and the room's error message, shortened and without secrets.
        reason: String,
    },
    /// The room rejected the message and would reject it again (other 4xx, or 2xx with an error in the body).
    Refused {
        /// The status and the room's error message, shortened and without secrets.
        reason: String,
    },
}

/// Returns the destination with this `name`.
pub fn destination(name: &str) -> Option<&'static Destination> {
    DESTINATIONS
        .iter()
        .copied()
        .find(|destination| destination.name == name)
}
