//! What became of one message at each subscriber of the topic, and how a relay's log tells it.

use std::fmt;

use serde::Serialize;

use crate::contract::log::{LogEvent, LogLine};
use crate::contract::text_message::SentText;
use crate::destination::sms::masked;

/// What became of a message at one subscriber.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[serde(tag = "outcome", rename_all = "kebab-case")]
pub enum DeliveryOutcome {
    /// The relay says that the room took it.
    Delivered(DeliveryDetails),
    /// The relay says that the room did not take it; it is tried again, by Lambda or from the buffer, and then the failure queue
    /// keeps it.
    Failed {
        /// The room's own answer to the last try, or what stood in the way.
        reason: String,
        /// How many tries failed: invocations of the relay, not its attempts within one.
        tries: u32,
        /// How many tries Lambda has left; null if the alert comes again from the buffer.
        tries_left: Option<u32>,
        /// How far it came.
        #[serde(flatten)]
        hops: DeliveryDetails,
    },
    /// SNS took it for this subscriber; what follows cannot be seen from here.
    Accepted {
        /// Why not.
        why: String,
    },
    /// The subscription's filter policy keeps this message away.
    Filtered,
    /// Nothing was heard in time.
    Silent {
        /// What that can mean, and what to look at.
        why: String,
    },
}

/// What a relay says of one message.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct DeliveryDetails {
    /// The room's HTTP status; a phone has none.
    pub status: Option<u16>,
    /// How often it was tried.
    pub attempts: Option<u32>,
    /// Milliseconds from the publish to the relay's receipt.
    pub queued_ms: Option<u64>,
    /// Milliseconds of these in the relay's buffer, if it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub buffered_ms: Option<u64>,
    /// Milliseconds from the receipt to the room's answer.
    pub elapsed_ms: Option<u64>,
    /// The texts that were sent: by a readable SMS relay, or by SNS itself.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub texts: Vec<SentText>,
}

/// A subscriber with what became of the message there.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct SubscriberDelivery {
    /// SNS's protocol: `lambda`, `sms`, `email`, …
    pub protocol: String,
    /// The destination as it is typed, where it is a relay of ours.
    pub target: Option<String>,
    /// The function's name, or the endpoint, a phone masked.
    pub subscriber: String,
    /// What became of the message.
    #[serde(flatten)]
    pub outcome: DeliveryOutcome,
    /// What a failure means and what to do about it, where the room's answer tells.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_step: Option<String>,
}

/// Returns an endpoint as it may be shown: of a phone the middle is hidden, and of a URL, whose path is often its secret, all but the
/// host.
pub fn shown_endpoint(endpoint: &str) -> String {
    if endpoint.starts_with('+') {
        return masked(endpoint);
    }
    match endpoint.split_once("://") {
        None => endpoint.to_owned(),
        Some((scheme, rest)) => {
            let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
            format!(
                "{scheme}://{}/…",
                host.rsplit('@').next().unwrap_or_default()
            )
        }
    }
}

/// Reads the lines of a relay's log: the outcome of the message with this id, or `None` if they say nothing about it. One delivery
/// is enough; otherwise the last failure counts, and how many there were. It is not known yet how many tries are left.
pub fn outcome<'a>(
    lines: impl IntoIterator<Item = &'a str>,
    message_id: &str,
) -> Option<DeliveryOutcome> {
    let mut failures = 0;
    let mut last = None;
    for read in lines.into_iter().filter_map(|line| read(line, message_id)) {
        match read {
            DeliveryOutcome::Failed { reason, hops, .. } => {
                failures += 1;
                last = Some(DeliveryOutcome::Failed {
                    reason,
                    tries: failures,
                    tries_left: None,
                    hops,
                });
            }
            delivered => return Some(delivered),
        }
    }
    last
}

/// Reads one line of a relay's log: the outcome of the message with this id, or `None` if the line is about something else.
fn read(line: &str, message_id: &str) -> Option<DeliveryOutcome> {
    let (fields, is_delivered) = match LogLine::parse(line)?.event {
        LogEvent::Delivered(fields) => (fields, true),
        LogEvent::Failed(fields) => (fields, false),
        _ => return None,
    };
    if fields.sns_message_id.as_deref() != Some(message_id) {
        return None;
    }
    let hops = DeliveryDetails {
        status: fields.status,
        attempts: fields.attempts,
        queued_ms: fields.queued_ms,
        buffered_ms: fields.buffered_ms,
        elapsed_ms: fields.elapsed_ms,
        texts: fields.texts,
    };
    Some(match is_delivered {
        true => DeliveryOutcome::Delivered(hops),
        false => DeliveryOutcome::Failed {
            reason: fields
                .reason
                .unwrap_or_else(|| "no reason given".to_owned()),
            tries: 1,
            tries_left: None,
            hops,
        },
    })
}

impl fmt::Display for DeliveryOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DeliveryOutcome::Delivered(hops) => write!(f, "delivered, {hops}"),
            DeliveryOutcome::Failed {
                reason,
                tries,
                tries_left,
                hops,
            } => {
                let said = hops.without_status_in(reason);
                let (hops, what) = (said.to_string(), failed(*tries, *tries_left));
                let gap = if hops.is_empty() { "" } else { ", " };
                let last = if what.ends_with("times") {
                    ", last"
                } else {
                    ""
                };
                let next = next_try(*tries, *tries_left);
                write!(f, "{what}{last}: {reason}{gap}{hops}{next}")
            }
            DeliveryOutcome::Accepted { why } => write!(f, "accepted by SNS; {why}"),
            DeliveryOutcome::Filtered => {
                f.write_str("not sent: the subscription's filter policy keeps this message away")
            }
            DeliveryOutcome::Silent { why } => write!(f, "not confirmed: {why}"),
        }
    }
}

impl DeliveryDetails {
    /// Returns the same without the room's status, where a reason says it already.
    fn without_status_in(&self, reason: &str) -> DeliveryDetails {
        let is_said = |status: &u16| reason.contains(&format!("HTTP {status}"));
        DeliveryDetails {
            status: self.status.filter(|status| !is_said(status)),
            ..self.clone()
        }
    }
}

impl fmt::Display for DeliveryDetails {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts = Vec::new();
        if let Some(status) = self.status {
            parts.push(format!("HTTP {status}"));
        }
        if let Some(queued) = self.queued_ms {
            let buffered = self.buffered_ms.map_or(String::new(), |buffered| {
                format!(" ({buffered} ms of it in the buffer)")
            });
            parts.push(format!("publish to relay {queued} ms{buffered}"));
        }
        if let Some(elapsed) = self.elapsed_ms {
            parts.push(format!("relay to room {elapsed} ms"));
        }
        if let Some(attempts) = self.attempts.filter(|attempts| *attempts > 1) {
            parts.push(format!("{attempts} attempts"));
        }
        parts.extend(self.texts.iter().map(ToString::to_string));
        f.write_str(&parts.join(", "))
    }
}

/// Says how many tries failed.
fn failed(tries: u32, tries_left: Option<u32>) -> String {
    match (tries, tries_left) {
        (0 | 1, Some(0)) => "failed".to_owned(),
        (tries, Some(0)) => format!("failed {tries} times"),
        (0 | 1, _) => "first try failed".to_owned(),
        (2, _) => "second try failed".to_owned(),
        (tries, _) => format!("try {tries} failed"),
    }
}

/// Says when the next try comes: Lambda waits one minute before the first retry and two before the second (Lambda developer guide,
/// "Asynchronous invocation").
fn next_try(tries: u32, tries_left: Option<u32>) -> &'static str {
    match (tries, tries_left) {
        (_, Some(0)) => "",
        (0 | 1, Some(_)) => "; Lambda tries again in about a minute",
        (_, Some(_)) => "; Lambda tries again in about 2 minutes",
        (_, None) => "; it comes again from the buffer in a few minutes",
    }
}

impl DeliveryOutcome {
    /// Returns the outcome in a few words, for a column; the times of the hops and [`details`](Self::details) say the rest.
    pub fn brief(&self) -> String {
        let with_status = |words: String, hops: &DeliveryDetails| match hops.status {
            Some(status) => format!("{words}, HTTP {status}"),
            None => words,
        };
        match self {
            DeliveryOutcome::Delivered(hops) => with_status("delivered".to_owned(), hops),
            DeliveryOutcome::Failed {
                reason,
                tries,
                tries_left,
                hops,
            } => with_status(failed(*tries, *tries_left), &hops.without_status_in(reason)),
            DeliveryOutcome::Accepted { .. } => "accepted by SNS".to_owned(),
            DeliveryOutcome::Filtered => "not sent: filtered out".to_owned(),
            DeliveryOutcome::Silent { .. } => "not confirmed".to_owned(),
        }
    }

    /// Returns what neither [`brief`](Self::brief) nor the times of the hops say.
    pub fn details(&self) -> Vec<String> {
        let mut details = Vec::new();
        match self {
            DeliveryOutcome::Delivered(_) => {}
            DeliveryOutcome::Failed {
                reason,
                tries,
                tries_left,
                ..
            } => details.push(format!("{reason}{}", next_try(*tries, *tries_left))),
            DeliveryOutcome::Accepted { why } | DeliveryOutcome::Silent { why } => {
                details.push(why.clone());
            }
            DeliveryOutcome::Filtered => {
                details.push("the subscription's filter policy keeps this message away".to_owned());
            }
        }
        if let Some(hops) = self.hops() {
            let buffered = hops.buffered_ms;
            let buffered = buffered.map(|buffered| format!("{buffered} ms of it in the buffer"));
            let attempts = hops.attempts.filter(|attempts| *attempts > 1);
            let attempts = attempts.map(|attempts| format!("{attempts} attempts"));
            let both: Vec<String> = buffered.into_iter().chain(attempts).collect();
            details.extend((!both.is_empty()).then(|| both.join(", ")));
            details.extend(hops.texts.iter().map(ToString::to_string));
        }
        details
    }

    /// Returns how far the message came, where a relay said so.
    pub fn hops(&self) -> Option<&DeliveryDetails> {
        match self {
            DeliveryOutcome::Delivered(hops) | DeliveryOutcome::Failed { hops, .. } => Some(hops),
            _ => None,
        }
    }

    /// Returns whether nothing more can become of the message: it was delivered, or Lambda has no try left.
    pub fn is_final(&self) -> bool {
        match self {
            DeliveryOutcome::Failed { tries_left, .. } => *tries_left == Some(0),
            _ => true,
        }
    }

    /// Returns the outcome with how many tries are left, where Lambda tries a failed invocation again so many times.
    pub fn with_retries(self, retries: u32) -> DeliveryOutcome {
        match self {
            DeliveryOutcome::Failed {
                reason,
                tries,
                hops,
                ..
            } => DeliveryOutcome::Failed {
                reason,
                tries,
                tries_left: Some(retries.saturating_add(1).saturating_sub(tries)),
                hops,
            },
            other => other,
        }
    }

    /// Returns the outcome of a relay that sends texts: unless a carrier answered, all that is known is that SNS took them.
    pub fn of_texts(self) -> DeliveryOutcome {
        match self {
            DeliveryOutcome::Delivered(hops)
                if hops.texts.iter().any(|text| text.carrier.is_none()) =>
            {
                let texts: Vec<String> = hops.texts.iter().map(ToString::to_string).collect();
                DeliveryOutcome::Accepted {
                    why: format!(
                        "{}; ddalert cannot see whether the phone got it (subscribe-sms --enable-delivery-status lets SNS log it)",
                        texts.join(", ")
                    ),
                }
            }
            other => other,
        }
    }

    /// Returns the outcome with what the carriers answered: a text that one of them did not take was not delivered.
    pub fn answered(self) -> DeliveryOutcome {
        match self {
            DeliveryOutcome::Delivered(hops) if hops.texts.iter().any(SentText::is_refused) => {
                DeliveryOutcome::Failed {
                    reason: "a carrier did not deliver the text".to_owned(),
                    tries: 1,
                    tries_left: Some(0),
                    hops,
                }
            }
            other => other,
        }
    }
}

/// Returns whether the alert surely arrived; `None` if SNS took it and nobody can see what followed.
///
/// Everybody that can be followed decides, relays of ours and phones whose carrier answered: each has it or is not meant to, no
/// function is gone, and somebody has it. What SNS alone can answer for, such as a phone whose carrier is not logged or an email
/// address that nobody confirmed yet, is shown but does not decide.
pub fn is_confirmed(deliveries: &[SubscriberDelivery]) -> Option<bool> {
    let is_missed = |delivery: &SubscriberDelivery| match delivery.outcome {
        DeliveryOutcome::Failed { .. } => true,
        DeliveryOutcome::Silent { .. } => {
            delivery.target.is_some() || delivery.protocol == "lambda"
        }
        _ => false,
    };
    let is_delivered =
        |delivery: &SubscriberDelivery| matches!(delivery.outcome, DeliveryOutcome::Delivered(_));
    let is_accepted = |delivery: &SubscriberDelivery| {
        matches!(delivery.outcome, DeliveryOutcome::Accepted { .. })
    };
    if deliveries.iter().any(is_missed) {
        Some(false)
    } else if deliveries.iter().any(is_delivered) {
        Some(true)
    } else if deliveries.iter().any(is_accepted) {
        None
    } else {
        Some(false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::text_message::CarrierAnswer;

    const ID: &str = "4a368c7b-c98a-5f32-82ba-da33de9e4d57";

    #[test]
    fn a_relays_lines_are_read() {
        let line = format!(
            r#"{{"timestamp":"2026-11-23T00:00:00Z","level":"INFO","event":"delivered","sns_message_id":"{ID}","kind":"detect.in-alarm","target":"slack","status":200,"attempts":2,"elapsed_ms":14,"queued_ms":31}}"#
        );
        let hops = DeliveryDetails {
            status: Some(200),
            attempts: Some(2),
            queued_ms: Some(31),
            buffered_ms: None,
            elapsed_ms: Some(14),
            texts: Vec::new(),
        };
        let read = outcome([line.as_str()], ID).expect("an outcome");
        assert_eq!(read, DeliveryOutcome::Delivered(hops));
        assert_eq!(
            read.to_string(),
            "delivered, HTTP 200, publish to relay 31 ms, relay to room 14 ms, 2 attempts"
        );
        let line = line.replace(
            r#""queued_ms":31"#,
            r#""queued_ms":5031,"buffered_ms":5007"#,
        );
        assert_eq!(
            outcome([line.as_str()], ID)
                .expect("an outcome")
                .to_string(),
            "delivered, HTTP 200, publish to relay 5031 ms (5007 ms of it in the buffer), relay to room 14 ms, 2 attempts"
        );
    }

    #[test]
    fn a_failure_is_not_the_end_while_a_try_is_left() {
        let failed = |status: u16| {
            format!(
                r#"{{"event":"failed","sns_message_id":"{ID}","status":{status},"reason":"HTTP {status}"}}"#
            )
        };
        let (first, second) = (failed(503), failed(429));
        let delivered = format!(r#"{{"event":"delivered","sns_message_id":"{ID}","status":200}}"#);
        let after = |lines: &[&str]| outcome(lines.iter().copied(), ID).expect("an outcome");

        let once = after(&[&first]).with_retries(2);
        assert_eq!(
            once.to_string(),
            "first try failed: HTTP 503; Lambda tries again in about a minute"
        );
        assert!(!once.is_final());
        let twice = after(&[&first, &second]).with_retries(2);
        assert_eq!(
            twice.to_string(),
            "second try failed: HTTP 429; Lambda tries again in about 2 minutes"
        );
        let all = after(&[&first, &second, &second]).with_retries(2);
        assert_eq!(all.to_string(), "failed 3 times, last: HTTP 429");
        assert!(all.is_final());
        assert!(after(&[&first]).with_retries(0).is_final());
        let buffered = after(&[&first]);
        assert!(!buffered.is_final());
        assert!(
            buffered.to_string().contains("from the buffer"),
            "{buffered}"
        );
        let healed = after(&[&first, &delivered]);
        assert!(matches!(healed, DeliveryOutcome::Delivered(_)), "{healed}");
    }

    #[test]
    fn a_text_that_only_sns_took_is_not_called_delivered() {
        let unseen = delivered(vec![text(Some(true)), text(None)]).of_texts();
        assert!(
            matches!(unseen, DeliveryOutcome::Accepted { .. }),
            "{unseen}"
        );
        assert!(
            unseen.to_string().starts_with("accepted by SNS; "),
            "{unseen}"
        );
        let seen = delivered(vec![text(Some(true))]).of_texts();
        assert!(matches!(seen, DeliveryOutcome::Delivered(_)), "{seen}");
    }

    #[test]
    fn other_lines_say_nothing_of_this_message() {
        let other = format!(r#"{{"event":"started","sns_message_id":"{ID}"}}"#);
        for line in [
            "",
            "START RequestId: x",
            "{}",
            r#"{"event":"delivered","sns_message_id":"another"}"#,
            &other,
        ] {
            assert_eq!(outcome([line], ID), None, "{line}");
        }
    }

    fn text(accepted: Option<bool>) -> SentText {
        let carrier = accepted.map(|accepted| CarrierAnswer {
            accepted,
            words: "its words".into(),
        });
        SentText {
            phone: "+1206***0100".into(),
            message_id: ID.into(),
            carrier,
        }
    }

    fn delivered(texts: Vec<SentText>) -> DeliveryOutcome {
        DeliveryOutcome::Delivered(DeliveryDetails {
            texts,
            ..DeliveryDetails::default()
        })
        .answered()
    }

    #[test]
    fn a_text_that_a_carrier_refused_was_not_delivered() {
        let of = |answers: &[Option<bool>]| delivered(answers.iter().copied().map(text).collect());
        for answers in [&[None][..], &[Some(true)], &[Some(true), None]] {
            assert!(
                matches!(of(answers), DeliveryOutcome::Delivered(_)),
                "{answers:?}"
            );
        }
        let refused = of(&[Some(true), Some(false)]);
        assert!(
            matches!(refused, DeliveryOutcome::Failed { .. }),
            "{refused}"
        );
        assert!(
            refused
                .to_string()
                .contains("which was not delivered: its words"),
            "{refused}"
        );
    }

    #[test]
    fn what_was_followed_decides() {
        let at = |target: Option<&str>, outcome: DeliveryOutcome| SubscriberDelivery {
            protocol: if target.is_some() { "lambda" } else { "sms" }.into(),
            target: target.map(str::to_owned),
            subscriber: "s".into(),
            outcome,
            next_step: None,
        };
        let accepted = || at(None, DeliveryOutcome::Accepted { why: String::new() });
        let relay = |outcome: DeliveryOutcome| at(Some("slack"), outcome);
        let phone = |accepted: bool| at(None, delivered(vec![text(Some(accepted))]));
        let room = || relay(delivered(Vec::new()));
        let readable = || relay(delivered(vec![text(None)]).of_texts());
        let silent = || relay(DeliveryOutcome::Silent { why: String::new() });
        for (deliveries, confirmed) in [
            (vec![], Some(false)),
            (vec![accepted()], None),
            (vec![room(), accepted()], Some(true)),
            (vec![room(), readable()], Some(true)),
            (vec![readable()], None),
            (vec![room(), relay(DeliveryOutcome::Filtered)], Some(true)),
            (vec![relay(DeliveryOutcome::Filtered)], Some(false)),
            (vec![room(), silent()], Some(false)),
            (vec![accepted(), silent()], Some(false)),
            (vec![phone(true)], Some(true)),
            (vec![phone(true), phone(false)], Some(false)),
            (vec![room(), phone(false)], Some(false)),
            (vec![accepted(), phone(false)], Some(false)),
        ] {
            assert_eq!(is_confirmed(&deliveries), confirmed, "{deliveries:?}");
        }
    }
}
