//! What makes two records the same message: for the relay, which must not deliver it twice, and for `replay`, which must not take one
//! for another.

use sha2::{Digest, Sha256};

use crate::alert::Alert;

/// One message of SNS. Two records are the same message only if topic, ID and text are the same: an ID alone can come from any
/// publisher that invokes the function, and an alert must never be taken for another one that has arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MessageKey([u8; 32]);

impl MessageKey {
    /// Returns the key of an alert, or `None` if it has no ID: then it equals no other.
    pub fn of(alert: &Alert) -> Option<MessageKey> {
        let id = alert.origin.message_id.as_deref()?;
        let topic = alert.origin.topic.as_ref().map(ToString::to_string);
        let mut hash = Sha256::new();
        for part in [topic.as_deref().unwrap_or_default(), id, &alert.raw] {
            // The length keeps the parts apart, whatever they contain.
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part.as_bytes());
        }
        Some(MessageKey(hash.finalize().into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alert::Origin;

    fn key(topic: &str, id: Option<&str>, message: &str) -> Option<MessageKey> {
        let origin = Origin {
            topic: topic.parse().ok(),
            message_id: id.map(str::to_owned),
            ..Origin::default()
        };
        MessageKey::of(&Alert::parse(message, origin))
    }

    #[test]
    fn only_the_same_text_of_the_same_topic_is_the_same_message() {
        let (here, there) = (
            "arn:aws:sns:eu-west-1:123456789012:T",
            "arn:aws:sns:us-east-1:123456789012:T",
        );
        let one = key(here, Some("m-1"), "fire");
        assert_eq!(one, key(here, Some("m-1"), "fire"));
        for other in [
            key(there, Some("m-1"), "fire"),
            key(here, Some("m-2"), "fire"),
            key(here, Some("m-1"), "flood"),
            key(here, Some("m-1f"), "ire"),
        ] {
            assert_ne!(one, other);
        }
        assert_eq!(key(here, None, "fire"), None);
    }
}
