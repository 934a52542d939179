//! What was delivered of events that failed in part: Lambda hands such an event over again, and what arrived must not be sent
//! twice.

use std::collections::{HashMap, VecDeque};

use crate::contract::message_key::MessageKey;

/// How many messages are remembered: more than one event can hold, and at most a few megabytes.
const REMEMBERED: usize = 20_000;

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
    use crate::alert::{Alert, Origin};

    #[test]
    fn the_oldest_is_forgotten_first_and_nothing_twice() {
        let keys: Vec<MessageKey> = (0..REMEMBERED + 2)
            .map(|n| {
                let origin = Origin {
                    message_id: Some(n.to_string()),
                    ..Origin::default()
                };
                MessageKey::of(&Alert::parse("fire", origin)).expect("a key")
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
