//! What a room's refusal means for the person who has to act, and what that person does next.

use super::Destination;

/// What a person does about a refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NextStep {
    /// Give the relay another secret: `ddalert rotate TARGET`.
    Rotate,
    /// Nothing: the service has a problem or asks for patience, and what failed comes again or can be replayed.
    Wait,
    /// Somebody with rights at the service does this, which is an instruction in full.
    Ask(&'static str),
}

/// A refusal that a service documents.
pub struct KnownRefusal {
    /// What the reason contains, in lower case, such as `no_service`.
    pub says: &'static str,
    /// What it means, as the end of a sentence that begins with the service's name.
    pub cause: &'static str,
    /// What a person does about it.
    pub step: NextStep,
}

/// What a refusal means, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Advice {
    /// What it means: a sentence without a period, such as `Slack no longer knows this webhook`.
    pub cause: String,
    /// What a person does about it.
    pub step: NextStep,
}

impl Destination {
    /// Returns what a failed delivery means, where its reason holds an answer of the service: `HTTP 404: no_service`. What the
    /// service documents comes before what the status means in general.
    pub fn advice(&self, reason: &str) -> Option<Advice> {
        let (_, answer) = reason.split_once("HTTP ")?;
        let status: u16 = answer.get(..3)?.parse().ok()?;
        let said = reason.to_lowercase();
        let known = self.refusals.iter().find(|known| said.contains(known.says));
        let (cause, step) = match (known, status) {
            (Some(known), _) => (known.cause.to_owned(), known.step),
            (None, 404 | 410) => (
                format!("no longer knows this {}", self.secret),
                NextStep::Rotate,
            ),
            (None, 401 | 403) => (
                format!("does not accept this {}", self.secret),
                NextStep::Rotate,
            ),
            (None, 408 | 425 | 429) => (
                "gets more messages than it takes; what failed comes again".to_owned(),
                NextStep::Wait,
            ),
            (None, 500..=599) => (
                "has a problem of its own; what failed comes again".to_owned(),
                NextStep::Wait,
            ),
            (None, _) => return None,
        };
        let service = self.service();
        Some(Advice {
            cause: format!("{service} {cause}"),
            step,
        })
    }

    /// Returns the service as the beginning of a sentence.
    fn service(&self) -> &'static str {
        match self.hosts {
            // Nobody's service: any host that a person gives.
            [] => "The endpoint",
            _ => self.title,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{DESTINATIONS, destination};
    use super::*;

    fn advice(target: &str, reason: &str) -> Option<Advice> {
        destination(target).expect("a destination").advice(reason)
    }

    #[test]
    fn what_a_service_documents_is_said_in_its_own_words() {
        for (target, reason, cause, step) in [
            (
                "slack",
                "HTTP 404: no_service",
                "Slack no longer knows this webhook",
                NextStep::Rotate,
            ),
            (
                "slack",
                "HTTP 403: invalid_token",
                "Slack does not accept the token in this webhook URL",
                NextStep::Rotate,
            ),
            (
                "discord",
                "HTTP 404: Unknown Webhook",
                "Discord no longer knows this webhook",
                NextStep::Rotate,
            ),
            (
                "pagerduty",
                "HTTP 400: Event object is invalid: 'routing_key' is invalid",
                "PagerDuty does not know this integration key",
                NextStep::Rotate,
            ),
            (
                "chime",
                "HTTP 404",
                "Amazon Chime no longer knows this webhook URL",
                NextStep::Rotate,
            ),
            (
                "webhook",
                "HTTP 503",
                "The endpoint has a problem of its own; what failed comes again",
                NextStep::Wait,
            ),
        ] {
            let advice = advice(target, reason).unwrap_or_else(|| panic!("{target}: {reason}"));
            assert_eq!((advice.cause.as_str(), advice.step), (cause, step));
        }
        let archived = advice("slack", "HTTP 410: channel_is_archived").expect("advice");
        assert!(matches!(archived.step, NextStep::Ask(_)), "{archived:?}");
        let off = advice(
            "teams",
            "HTTP 400: Could not execute workflow 'a' trigger 'manual' with state 'Disabled': trigger is not enabled.",
        ).expect("advice");
        assert!(matches!(off.step, NextStep::Ask(_)), "{off:?}");
    }

    #[test]
    fn what_is_no_answer_of_the_service_gets_no_advice() {
        for reason in [
            "",
            "HTTP",
            "HTTP 2é",
            "HTTP 204",
            "HTTP 400: bad",
            "cannot resolve hooks.slack.com",
        ] {
            assert_eq!(advice("slack", reason), None, "{reason}");
        }
    }

    #[test]
    fn every_known_refusal_can_be_found_and_reads_as_a_sentence() {
        for destination in DESTINATIONS {
            for known in destination.refusals {
                assert_eq!(known.says, known.says.to_lowercase());
                let advice = destination
                    .advice(&format!("HTTP 400: {}", known.says))
                    .expect("advice");
                assert!(!advice.cause.ends_with('.'), "{}", advice.cause);
                if let NextStep::Ask(step) = advice.step {
                    assert!(!step.ends_with('.'), "{step}");
                }
            }
        }
    }
}
