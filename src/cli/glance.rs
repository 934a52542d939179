//! What `status` shows of a topic: one line for each subscriber, within 80 columns.

use std::fmt;

use console::{measure_text_width, truncate_str};
use schemars::JsonSchema;
use serde::Serialize;

use super::style::{BAD, GOOD, HEADING, WORRYING, painted};
use super::wrap::wrapped;
use crate::arn::resource_name;
use crate::chain::status::{BufferStatus, LastAlert, StatusPart, SubscriberStatus, TopicStatus};

/// The widths of the columns: subscriber, store, version, last alert; with what waits, and spaces, that is 80 at most.
const WIDTHS: [usize; 4] = [21, 15, 9, 18];
const HEADS: [&str; 5] = [
    "SUBSCRIBER",
    "STORE",
    "RELAY",
    "LAST ALERT (UTC)",
    "WAITING",
];

/// The columns that everything keeps to.
pub(super) const WIDTH: usize = 80;

/// What is shown for what could not be read, and for what there is not.
const UNKNOWN: &str = "?";
const NONE: &str = "-";

/// A topic at a glance, and where it is.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Glance {
    /// The region of the topic.
    pub(super) region: String,
    #[serde(flatten)]
    pub(super) status: TopicStatus,
}

impl Glance {
    /// Returns the name of the topic.
    pub(super) fn name(&self) -> &str {
        resource_name(&self.status.topic)
    }
}

impl fmt::Display for Glance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let TopicStatus {
            subscribers,
            not_checked,
            ..
        } = &self.status;
        write!(f, "{} ({})", painted(HEADING, self.name()), self.region)?;
        match subscribers.as_deref() {
            None => write!(f, "\n  {UNKNOWN} subscribers")?,
            Some([]) => f.write_str("\n  no subscribers")?,
            Some(subscribers) => {
                let heads = HEADS.map(|head| (head.to_owned(), None));
                row(f, heads)?;
                for subscriber in subscribers {
                    row(f, cells(subscriber))?;
                    if !subscriber.phones.is_empty() {
                        let phones = format!("    {}", subscriber.phones.join(" "));
                        write!(f, "\n{}", wrapped(&phones, WIDTH))?;
                    }
                    if let Some(buffer) = &subscriber.buffer {
                        write!(f, "\n    {}", waiting(buffer))?;
                    }
                    let reason = subscriber.last_alert.as_ref();
                    if let Some(reason) = reason.and_then(|alert| alert.reason.as_ref()) {
                        write!(f, "\n{}", wrapped(&format!("    {reason}"), WIDTH))?;
                    }
                }
            }
        }
        for what in not_checked {
            let line = format!("  {UNKNOWN} not checked: {what}");
            write!(f, "\n{}", wrapped(&line, WIDTH))?;
        }
        Ok(())
    }
}

/// Says what waits in a buffer.
fn waiting(buffer: &BufferStatus) -> String {
    let since = buffer.since.as_deref().and_then(|since| since.get(..16));
    let since = since.map(|since| format!(" since {} UTC", since.replace('T', " ")));
    match buffer.waiting {
        None => painted(WORRYING, format_args!("{UNKNOWN} in the buffer")).to_string(),
        Some(0) => "none in the buffer".to_owned(),
        Some(count) => {
            let words = format!("about {count} in the buffer{}", since.unwrap_or_default());
            painted(WORRYING, words).to_string()
        }
    }
}

/// A cell with its colour.
type Cell = (String, Option<anstyle::Style>);

fn row(f: &mut fmt::Formatter<'_>, cells: [Cell; 5]) -> fmt::Result {
    let mut line = String::from("\n ");
    for (index, (text, style)) in cells.into_iter().enumerate() {
        let width = WIDTHS.get(index).copied();
        let text = match width {
            Some(width) => truncate_str(&text, width, "…").into_owned(),
            None => text,
        };
        let pad = width.map_or(0, |width| width.saturating_sub(measure_text_width(&text)));
        let text = match style {
            Some(style) => painted(style, text).to_string(),
            None => text,
        };
        line.push_str(&format!(" {text}{}", " ".repeat(pad)));
    }
    f.write_str(line.trim_end())
}

fn cells(subscriber: &SubscriberStatus) -> [Cell; 5] {
    let SubscriberStatus {
        protocol,
        subscriber: name,
        confirmed,
        target,
        store,
        version,
        last_alert,
        backlog,
        ..
    } = subscriber;
    let is_unknown = |part| subscriber.is_unknown(part);
    let or_unknown = |text: Option<String>, is_unknown: bool| match text {
        Some(text) => (text, None),
        None if is_unknown => (UNKNOWN.to_owned(), Some(WORRYING)),
        None => (NONE.to_owned(), None),
    };
    let is_function_unknown = is_unknown(StatusPart::Target);
    let label = match (target, protocol.as_str()) {
        (Some(target), _) if name.starts_with(&format!("ddalert-{target}-")) => target.clone(),
        (Some(target), _) => format!("{target} {name}"),
        (None, "lambda") => format!("lambda {name}"),
        (None, protocol) => format!("{protocol} {name}"),
    };
    let alert = match last_alert {
        _ if !confirmed => ("not confirmed".to_owned(), Some(BAD)),
        Some(LastAlert { at, delivered, .. }) => {
            let at = at.get(..16).unwrap_or(at).replace('T', " ");
            match delivered {
                true => (format!("✓ {at}"), Some(GOOD)),
                false => (format!("✗ {at}"), Some(BAD)),
            }
        }
        None if is_function_unknown || is_unknown(StatusPart::LastAlert) => {
            (UNKNOWN.to_owned(), Some(WORRYING))
        }
        None if target.is_some() => ("none in 30 days".to_owned(), None),
        None => (NONE.to_owned(), None),
    };
    let waiting = match backlog {
        Some(0) => ("0".to_owned(), None),
        Some(count) => (count.to_string(), Some(BAD)),
        None => or_unknown(None, is_function_unknown || is_unknown(StatusPart::Backlog)),
    };
    [
        (label, None),
        or_unknown(store.clone(), is_function_unknown),
        or_unknown(
            version.clone(),
            is_function_unknown || is_unknown(StatusPart::Version),
        ),
        alert,
        waiting,
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_topic_fits_80_columns_whatever_the_lengths() {
        let long = "x".repeat(256);
        let subscriber = |target: Option<&str>| SubscriberStatus {
            protocol: "lambda".to_owned(),
            subscriber: long.clone(),
            confirmed: true,
            target: target.map(str::to_owned),
            store: Some("secrets-manager".to_owned()),
            version: Some("10.20.30-rc.1".to_owned()),
            last_alert: Some(LastAlert {
                at: "2026-11-25T09:26:00.000Z".to_owned(),
                delivered: false,
                kind: "detect.in-alarm".to_owned(),
                test: false,
                reason: None,
            }),
            backlog: Some(123_456),
            ..SubscriberStatus::default()
        };
        let glance = Glance {
            region: "ap-southeast-1".to_owned(),
            status: TopicStatus {
                topic: "arn:aws:sns:ap-southeast-1:123456789012:alerts".to_owned(),
                subscribers: Some(vec![subscriber(Some("google-chat")), subscriber(None)]),
                not_checked: Vec::new(),
            },
        };
        let text =
            anstream::adapter::strip_str(&super::super::style::coloured(&glance.to_string()))
                .to_string();
        for line in text.lines() {
            assert!(measure_text_width(line) <= 80, "{line}");
        }
        assert!(text.contains("✗ 2026-11-25 09:26 123456"), "{text}");
    }

    #[test]
    fn what_was_not_read_is_no_dash() {
        let unread = SubscriberStatus {
            protocol: "lambda".to_owned(),
            subscriber: "f".to_owned(),
            confirmed: true,
            unknown: vec![StatusPart::Target],
            ..SubscriberStatus::default()
        };
        let [_, rest @ ..] = cells(&unread);
        assert!(rest.iter().all(|(text, _)| text == UNKNOWN), "{rest:?}");
        let partly = SubscriberStatus {
            target: Some("slack".to_owned()),
            unknown: vec![StatusPart::Backlog],
            ..unread
        };
        let [_, store, version, alert, waiting] = cells(&partly);
        assert_eq!((store.0.as_str(), version.0.as_str()), (NONE, NONE));
        assert_eq!(
            (alert.0.as_str(), waiting.0.as_str()),
            ("none in 30 days", UNKNOWN)
        );
    }
}
