//! What was delivered of events that failed in part: Lambda hands such an event over again, and what arrived must not be sent
//! twice. Also what makes two records the same message.

use std::collections::{HashMap, VecDeque};

use sha2::{Digest, Sha256};

use crate::alert::Alert;

/// How many messages are remembered: more than one event can hold, and at most a few megabytes.
const REMEMBERED: usize = 20_000;

/// One message of SNS. Two records are the same message only if topic, ID and text are the same: an ID alone can come from any
/// publisher that invokes the function, and an alert must never be taken for another one that has arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct MessageKey([u8; 32]);

impl MessageKey {
    /// Returns the key of an alert, or `None` if it has no ID: then it equals no other.
    pub(super) fn of(alert: &Alert) -> Option<MessageKey> {
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

/// Remembers something of each of the last messages, and forgets the oldest first.
pub(super) struct Memory<T> {
    known: HashMap<MessageKey, T>,
    order: VecDeque<MessageKey>,
}

impl<T> Default for Memory<T> {
    fn default() -> Memory<T> {
        Memory {
            known: HashMap::new(),
            order: VecDeque::new(),
        }
    }
}

impl<T: Default> Memory<T> {
    /// Returns what is remembered of a message.
    pub(super) fn get(&self, key: MessageKey) -> Option<&T> {
        self.known.get(&key)
    }

    /// Returns what is remembered of a message, to change it; a message that was not known is remembered from now on.
    pub(super) fn remember(&mut self, key: MessageKey) -> &mut T {
        if !self.known.contains_key(&key) {
            if self.order.len() >= REMEMBERED
                && let Some(oldest) = self.order.pop_front()
            {
                self.known.remove(&oldest);
            }
            self.order.push_back(key);
        }
        self.known.entry(key).or_default()
    }

    /// Forgets messages.
    pub(super) fn forget(&mut self, keys: impl IntoIterator<Item = MessageKey>) {
        if self.known.is_empty() {
            return;
        }
        let before = self.known.len();
        for key in keys {
            self.known.remove(&key);
        }
        if self.known.len() < before {
            let known = &self.known;
            self.order.retain(|key| known.contains_key(key));
        }
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

    #[test]
    fn the_oldest_is_forgotten_first_and_nothing_twice() {
        let keys: Vec<MessageKey> = (0..REMEMBERED + 2)
            .map(|n| {
                let mut bytes = [0; 32];
                bytes[..8].copy_from_slice(&n.to_be_bytes());
                MessageKey(bytes)
            })
            .collect();
        let mut memory = Memory::<Vec<usize>>::default();
        for (n, key) in keys.iter().enumerate() {
            memory.remember(*key).push(n);
        }
        memory.remember(keys[REMEMBERED]).push(7);
        assert_eq!(memory.known.len(), REMEMBERED);
        assert_eq!(memory.order.len(), REMEMBERED);
        assert_eq!(memory.get(keys[1]), None);
        assert_eq!(memory.get(keys[2]), Some(&vec![2]));
        assert_eq!(memory.get(keys[REMEMBERED]), Some(&vec![REMEMBERED, 7]));
        memory.forget([keys[0], keys[2]]);
        assert_eq!(memory.get(keys[2]), None);
        assert_eq!(memory.order.len(), REMEMBERED - 1);
    }
}
