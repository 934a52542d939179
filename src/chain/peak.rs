//! Whether a topic has had more alerts at once than a room takes, so that a buffer is advisable.

use std::time::Duration;

use crate::destination::destination;

/// In how many seconds the alerts of a peak are counted: when they are over, Lambda has tried a failed alert three times.
pub const PEAK_PERIOD_S: u32 = 300;
/// How many days back a peak is looked for: CloudWatch keeps periods of a minute for 15 days (CloudWatch user guide, "Metrics
/// retention").
pub const PEAK_DAYS: u32 = 14;

/// Returns why a relay to `target` that the topic triggers directly should have a buffer, given the most messages that the topic
/// published in [`PEAK_PERIOD_S`]; `None` if the room took them all, or if `target` is no room.
pub fn beyond_the_room(peak: u64, topic: &str, target: &str) -> Option<String> {
    let room = destination(target)?;
    let period = Duration::from_secs(PEAK_PERIOD_S.into());
    let takes = period.as_millis() / room.min_interval.as_millis().max(1);
    (u128::from(peak) > takes).then(|| {
        format!(
            "{topic} published {peak} messages within {} minutes in the last {PEAK_DAYS} days, and {} takes {takes} in that time",
            PEAK_PERIOD_S / 60,
            room.recipient,
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_peak_is_compared_with_the_rooms_documented_rate() {
        for (target, peak, takes) in [
            ("slack", 301, Some("Slack takes 300")),
            ("slack", 300, None),
            ("pagerduty", 601, Some("PagerDuty takes 600")),
            ("webhook", 3000, None),
            ("sms", u64::MAX, None),
        ] {
            let said = beyond_the_room(peak, "T", target);
            assert_eq!(said.is_some(), takes.is_some(), "{target}: {said:?}");
            let said = said.unwrap_or_default();
            assert!(said.contains(takes.unwrap_or_default()), "{said}");
        }
    }
}
