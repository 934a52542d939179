//! The headline and the title of a violation.

use super::{Violation, ViolationEventType};
use crate::alert::name_line::MAX_NAME_LENGTH;
use crate::alert::report::MAX_TITLE_LENGTH;
use crate::alert::severity::Severity;
use crate::alert::truncate::{truncate, truncate_middle};

/// What is kept of a name in a title at least, in UTF-16 code units.
const MIN_NAME_LENGTH: usize = 11;

impl Violation {
    /// Returns the workshop's line for an alarm; the other headlines cannot be mistaken for it. `named` is its second part.
    pub(super) fn headline(&self, named: Option<&str>) -> String {
        let opening = match &self.event_type {
            ViolationEventType::InAlarm => "IoT Device Defender alert!".to_owned(),
            ViolationEventType::Cleared => "IoT Device Defender alarm cleared.".to_owned(),
            ViolationEventType::Invalidated => "IoT Device Defender alarm invalidated.".to_owned(),
            ViolationEventType::Other(name) => {
                format!(
                    "IoT Device Defender event ({}).",
                    truncate(name, MAX_NAME_LENGTH)
                )
            }
        };
        match (named, &self.id) {
            (Some(named), _) => format!("{opening} {named}"),
            (None, Some(id)) => {
                format!("{opening} Violation ID: {}", truncate(id, MAX_NAME_LENGTH))
            }
            (None, None) => opening,
        }
    }

    /// Returns how bad, what, which thing: `Medium: messageSize on myIoTDevice`. The names are shortened so that the observed value
    /// still falls within a title's length.
    pub(super) fn subject(
        &self,
        severity: Severity,
        test: bool,
        thing: Option<&str>,
        reading: Option<&str>,
    ) -> String {
        let opening = match &self.event_type {
            ViolationEventType::InAlarm => severity.title().to_owned(),
            ViolationEventType::Cleared => "Cleared".to_owned(),
            ViolationEventType::Invalidated => "Invalidated".to_owned(),
            ViolationEventType::Other(name) => {
                format!("Event ({})", truncate_middle(name, 2 * MIN_NAME_LENGTH))
            }
        };
        let length = |text: &str| text.encode_utf16().count();
        let mark = if test { "[TEST] ".len() } else { 0 };
        let around = mark
            + length(&opening)
            + ": ".len()
            + reading.map_or(0, |reading| ": ".len() + length(reading));
        let room = MAX_TITLE_LENGTH.saturating_sub(around);
        let named = match (self.behavior.as_deref(), thing) {
            (Some(behavior), Some(thing)) => {
                let room = room.saturating_sub(" on ".len());
                // The opening says the severity already.
                let behavior = match Severity::without_suffix(behavior) {
                    Some(short) if length(behavior) + length(thing) > room => short,
                    _ => behavior,
                };
                let (behavior, thing) = share(behavior, thing, room);
                Some(format!("{behavior} on {thing}"))
            }
            (Some(name), None) | (None, Some(name)) => {
                Some(truncate_middle(name, room.max(MIN_NAME_LENGTH)))
            }
            (None, None) => None,
        };
        match named {
            Some(named) => format!("{opening}: {named}"),
            None if self.event_type == ViolationEventType::InAlarm => format!("{opening}: alarm"),
            None => format!("{opening}: an alarm"),
        }
    }
}

/// Shortens two names to `room` UTF-16 code units together, the longer one first, and each to no less than [`MIN_NAME_LENGTH`].
fn share(first: &str, second: &str, room: usize) -> (String, String) {
    let length = |text: &str| text.encode_utf16().count();
    let half = room / 2;
    let limit = |name: &str, other: &str| {
        let rest = room.saturating_sub(length(other).min(half.max(MIN_NAME_LENGTH)));
        rest.max(half).max(MIN_NAME_LENGTH).min(length(name).max(1))
    };
    let (first_limit, second_limit) = (limit(first, second), limit(second, first));
    (
        truncate_middle(first, first_limit),
        truncate_middle(second, second_limit),
    )
}
