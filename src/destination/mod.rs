//! The table of destinations: which rooms an alert can go to, and what each room wants and answers.
//!
//! One file a destination, one row in [`DESTINATIONS`]. Flags, subcommands, the relay's dispatch, the documentation and the
//! golden tests iterate the table, so a new room is a new file and a new row.

mod abridge;
mod chime;
mod colour;
mod defang;
mod discord;
mod generic;
mod google_chat;
mod pagerduty;
mod secret;
mod slack;
pub mod sms;
mod teams;
mod verdict;

#[cfg(test)]
mod golden;
#[cfg(test)]
mod properties;

use std::time::Duration;

use serde_json::Value;

use crate::alert::Alert;
pub use secret::{SecretError, WebhookSecret};

/// Every destination, in the order in which they are listed to people.
pub static DESTINATIONS: &[&Destination] = &[
    &chime::CHIME,
    &slack::SLACK,
    &teams::TEAMS,
    &google_chat::GOOGLE_CHAT,
    &discord::DISCORD,
    &pagerduty::PAGERDUTY,
    &generic::WEBHOOK,
];

/// A kind of room that takes alerts over HTTPS: one row of the table.
pub struct Destination {
    /// How it is typed: `deploy-<name>`, `DDALERT_TARGET=<name>`, `remove <name>`.
    pub name: &'static str,
    /// How it is called: `Amazon Chime`, `Slack`.
    pub title: &'static str,
    /// What a person calls the place where the message appears: `room`, `channel`, `service`.
    pub room: &'static str,
    /// What is kept secret and asked for: `webhook URL`, `integration key`.
    pub secret: &'static str,
    /// The hosts that are the destination's own; `*.example.com` stands for any name below `example.com`. Empty: any host.
    pub hosts: &'static [&'static str],
    /// Where a person finds the secret, one sentence.
    pub where_to_get_it: &'static str,
    /// What must be said before anyone deploys to it (a service that ended, a limit), one or two sentences.
    pub notice: Option<&'static str>,
    /// What documentation says of it besides: limits, what happens to longer alerts; Markdown, one or more sentences.
    pub notes: &'static str,
    /// Whether what is sent can be signed with a signing secret.
    pub signed: bool,
    /// The least time between two messages to the same room, from the service's documented rate.
    pub pace: Duration,
    /// Turns what a person gave (already without surrounding white space) into the secret; hosts are checked afterwards, by the
    /// caller, against `hosts` and the hosts the person allowed.
    pub parse: fn(&str) -> Result<WebhookSecret, SecretError>,
    /// Builds what is sent for a message. Never fails: whatever the message holds, the body is valid and within the limits.
    pub request: fn(&WebhookSecret, &Message<'_>) -> Request,
    /// Reads what the room answered.
    pub verdict: fn(&RoomAnswer) -> Verdict,
    /// Returns whether a body is within the limits that the room documents; what `request` builds always is.
    pub fits: fn(&Value) -> bool,
}

/// What is said to a room.
pub enum Message<'a> {
    /// An alert that came over the topic.
    Alert(&'a Alert),
    /// The one line that a deploy says first, to learn whether the room takes messages.
    Greeting(&'a str),
}

/// What is sent to a room: always a POST of JSON.
///
/// The URL is the secret: this type has no `Display`, and its `Debug` shows neither URL nor body.
pub struct Request {
    /// Where to: an absolute `https:` URL (`http:` on loopback).
    pub url: url::Url,
    /// Headers besides `content-type: application/json`.
    pub headers: Vec<(&'static str, String)>,
    /// The JSON body. What goes over the wire is exactly `serde_json::to_vec(&body)`: a signature among the headers is over
    /// those bytes.
    pub body: Value,
}

/// What a room answered.
#[derive(Clone, Debug)]
pub struct RoomAnswer {
    /// The HTTP status.
    pub status: u16,
    /// The first bytes of the body, as text; the caller reads no more than a few kilobytes.
    pub body: String,
    /// The `Retry-After` header in seconds, where there was one that could be read.
    pub retry_after: Option<Duration>,
}

/// What an answer means for the message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The room took it.
    Delivered,
    /// The room may take it later (429, 5xx); `after` is how long it asked to wait.
    Later {
        /// How long the room asked to wait.
        after: Option<Duration>,
        /// The room's own words, short, without the URL.
        why: String,
    },
    /// The webhook is gone (404, 410): the URL may have been rotated, so the store is read once more before giving up.
    Gone {
        /// The room's own words, short, without the URL.
        why: String,
    },
    /// The room refuses, and would again (other 4xx, or 2xx with a body that says no).
    Refused {
        /// The room's own words, short, without the URL.
        why: String,
    },
}

/// Returns the destination called `name`, as it is typed.
pub fn destination(name: &str) -> Option<&'static Destination> {
    DESTINATIONS
        .iter()
        .copied()
        .find(|destination| destination.name == name)
}
