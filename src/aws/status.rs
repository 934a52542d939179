//! Reading a topic at a glance. What may not be read is noted, and the rest is read all the same.

use std::sync::Mutex;
use std::time::{Duration, SystemTime};

use aws_sdk_lambda::operation::get_function::GetFunctionOutput;
use futures_util::future::{join_all, join3};
use jiff::Timestamp;

use super::subscription::{self, Listed};
use super::tags::managed_tags;
use super::trace::{buffered, local_function};
use super::{AwsError, Clients, function, log_group, metrics, queue};
use crate::arn::TopicArn;
use crate::chain::delivery::shown_endpoint;
use crate::chain::names::{AccountRegion, ResourceNames, TOPIC_TAG, VERSION_TAG, topic_tag};
use crate::chain::status::{
    BufferStatus, LastAlert, StatusPart, SubscriberStatus, TopicStatus, last_alert,
};
use crate::destination::sms::masked;

/// How far back the last alert is looked for, nearest first: the log is read forward, so that a far look reads much. Log groups
/// keep 30 days.
const LOOKS: [Duration; 4] = [
    Duration::from_secs(3600),
    Duration::from_secs(24 * 3600),
    Duration::from_secs(7 * 24 * 3600),
    Duration::from_secs(30 * 24 * 3600),
];

/// The member that only the lines about an alert have.
const ALERT_MEMBER: &str = "queued_ms";

/// What could not be read of a topic.
#[derive(Default)]
struct Notes(Mutex<Vec<String>>);

impl Notes {
    /// Returns what was read, or notes why it was not.
    ///
    /// # Errors
    /// The credentials are of no use: then nothing can be read.
    fn record<T>(&self, read: Result<T, AwsError>) -> Result<Option<T>, AwsError> {
        match read {
            Ok(read) => Ok(Some(read)),
            Err(failure) if failure.is_about_credentials() => Err(failure),
            Err(failure) => {
                let note = format!("{}: {}", failure.task, failure.why());
                let mut notes = crate::sync::lock(&self.0);
                if !notes.contains(&note) {
                    notes.push(note);
                }
                Ok(None)
            }
        }
    }
}

/// Reads a topic with its subscribers, all at the same time.
///
/// # Errors
/// The credentials are of no use.
pub async fn topic_status(
    clients: &Clients,
    place: &AccountRegion,
    topic: &TopicArn,
) -> Result<TopicStatus, AwsError> {
    let notes = Notes::default();
    let listed = notes.record(subscription::list_if_any(clients, topic).await)?;
    let subscribers = match listed {
        Some(listed) => {
            let read = listed
                .into_iter()
                .map(|listed| subscriber(clients, place, topic, listed, &notes));
            Some(join_all(read).await.into_iter().collect::<Result<_, _>>()?)
        }
        None => None,
    };
    Ok(TopicStatus {
        topic: topic.to_string(),
        subscribers,
        not_checked: notes.0.into_inner().unwrap_or_default(),
    })
}

async fn subscriber(
    clients: &Clients,
    place: &AccountRegion,
    topic: &TopicArn,
    listed: Listed,
    notes: &Notes,
) -> Result<SubscriberStatus, AwsError> {
    let status = SubscriberStatus {
        confirmed: listed.is_confirmed(),
        subscriber: shown_endpoint(&listed.endpoint),
        protocol: listed.protocol.clone(),
        ..SubscriberStatus::default()
    };
    let is_buffer = listed.protocol == "sqs";
    let name = match listed.protocol.as_str() {
        "lambda" => local_function(topic, &listed.endpoint),
        "sqs" => buffered(topic, &listed.endpoint),
        _ => None,
    };
    let Some(name) = name else {
        return Ok(status);
    };
    let mut relay_status = SubscriberStatus {
        subscriber: name.clone(),
        buffer: is_buffer.then(BufferStatus::default),
        ..status.clone()
    };
    match notes.record(function::get(clients, &name).await)? {
        None => relay_status.unknown.push(StatusPart::Target),
        Some(None) => {}
        Some(Some(found)) => {
            let status = &mut relay_status;
            relay(clients, place, topic, &name, &found, notes, status).await?
        }
    }
    // A queue with such a name may be anybody's.
    let is_relay = relay_status.target.is_some() || !is_buffer;
    Ok(if is_relay { relay_status } else { status })
}

/// Reads what is behind a function, where it is a relay of ours.
async fn relay(
    clients: &Clients,
    place: &AccountRegion,
    topic: &TopicArn,
    name: &str,
    found: &GetFunctionOutput,
    notes: &Notes,
    status: &mut SubscriberStatus,
) -> Result<(), AwsError> {
    let Some(configuration) = found.configuration() else {
        return Ok(());
    };
    let variables = function::variables(configuration);
    let (tags, is_ours) = managed_tags(found.tags().into_iter().flatten());
    let Some(target) = variables
        .target
        .clone()
        .or_else(|| is_ours.then(|| "relay".to_owned()))
    else {
        return Ok(());
    };
    let store = variables.webhook.stores().next();
    status.store = store.map(|store| store.name().to_owned());
    status.phones = variables.phones.iter().map(|phone| masked(phone)).collect();
    status.version = tags.get(VERSION_TAG).cloned();
    if notes.record(function::check_tags(found, name))?.is_none() {
        status.unknown.push(StatusPart::Version);
    }
    let names = ResourceNames::new(&target, topic, place.clone(), Some(name));
    status.target = Some(target);
    let log_group = configuration
        .logging_config()
        .and_then(|logging| logging.log_group())
        .filter(|group| !group.is_empty())
        .map_or_else(|| names.log_group.clone(), str::to_owned);
    // A relay that was made for another topic keeps its failures for that one.
    let is_guest = tags
        .get(TOPIC_TAG)
        .is_some_and(|other| *other != topic_tag(topic));
    let backlog = async {
        match is_guest {
            true => Ok(None),
            false => queue::attributes_of(clients, &names.queue).await,
        }
    };
    let buffer = async {
        match status.buffer {
            Some(_) => waiting(clients, &names.buffer, notes).await.map(Some),
            None => Ok(None),
        }
    };
    let (alert, backlog, buffer) = join3(newest_alert(clients, &log_group), backlog, buffer).await;
    if let Some(buffer) = buffer? {
        if buffer.waiting.is_none() {
            status.unknown.push(StatusPart::Buffer);
        }
        status.buffer = Some(buffer);
    }
    match notes.record(alert)? {
        Some(alert) => status.last_alert = alert,
        None => status.unknown.push(StatusPart::LastAlert),
    }
    match notes.record(backlog)? {
        Some(queue) => status.backlog = queue.map(|queue| queue.messages),
        None => status.unknown.push(StatusPart::Backlog),
    }
    Ok(())
}

/// Returns what waits in a buffer, and since when, as far as it can be read.
///
/// # Errors
/// The credentials are of no use.
async fn waiting(clients: &Clients, name: &str, notes: &Notes) -> Result<BufferStatus, AwsError> {
    let read = notes.record(queue::attributes_of(clients, name).await)?;
    let waiting = read.map(|queue| queue.map_or(0, |queue| queue.messages));
    let age = match waiting {
        Some(0) | None => None,
        Some(_) => notes
            .record(metrics::oldest_message(clients, name).await)?
            .flatten(),
    };
    let since = age.and_then(|age| Timestamp::try_from(SystemTime::now() - age).ok());
    // To the minute: CloudWatch knows no more.
    let since = since.map(|since| since.strftime("%Y-%m-%dT%H:%M:00Z").to_string());
    Ok(BufferStatus { waiting, since })
}

/// Returns the newest alert in a relay's log, or `None` if there was none in 30 days.
async fn newest_alert(clients: &Clients, log_group: &str) -> Result<Option<LastAlert>, AwsError> {
    let now = SystemTime::now();
    for look in LOOKS {
        let lines = log_group::lines(clients, log_group, ALERT_MEMBER, now - look).await?;
        let newest = last_alert(lines.iter().map(String::as_str));
        if newest.is_some() {
            return Ok(newest);
        }
    }
    Ok(None)
}
