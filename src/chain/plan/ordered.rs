//! A plan: changes in an order that is safe one by one, and which of them may be made at the same time.

use std::fmt;

use serde::{Serialize, Serializer};

use super::change::Change;
use super::planned_change::PlannedChange;

/// Changes, each with those that must be made before it. The list is in an order that is safe one by one; what does not
/// depend on each other may be made at the same time.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan<C = Change> {
    changes: Vec<C>,
    /// For each change, the positions of those that must be made before it; all of them are smaller than its own.
    after: Vec<Vec<usize>>,
}

impl<C> Plan<C> {
    /// Adds a change that must come after those at the given positions, and returns its own position.
    pub fn push(&mut self, change: C, after: impl IntoIterator<Item = usize>) -> usize {
        let position = self.changes.len();
        self.changes.push(change);
        self.after.push(
            after
                .into_iter()
                .filter(|&earlier| earlier < position)
                .collect(),
        );
        position
    }

    /// Returns the changes, in an order that is safe one by one.
    pub fn changes(&self) -> &[C] {
        &self.changes
    }

    /// Returns how many changes there are.
    pub fn len(&self) -> usize {
        self.changes.len()
    }

    /// Returns whether there is nothing to change.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// Returns the positions of the changes that can be made now: those that are not `begun` and come after nothing that is
    /// not `done`. Both are indexed by position.
    pub fn ready(&self, begun: &[bool], done: &[bool]) -> Vec<usize> {
        let is_done = |earlier: &usize| done.get(*earlier) == Some(&true);
        (0..self.len())
            .filter(|&position| begun.get(position) == Some(&false))
            .filter(|&position| self.after[position].iter().all(is_done))
            .collect()
    }

    /// Returns this plan with all of `other` behind all of it, each change put into other words.
    pub fn then<D, E>(
        self,
        other: Plan<D>,
        ours: impl Fn(C) -> E,
        theirs: impl Fn(D) -> E,
    ) -> Plan<E> {
        let count = self.len();
        let moved = other.after.into_iter().map(|after| {
            (0..count)
                .chain(after.into_iter().map(|at| at + count))
                .collect()
        });
        Plan {
            after: self.after.into_iter().chain(moved).collect(),
            changes: self
                .changes
                .into_iter()
                .map(ours)
                .chain(other.changes.into_iter().map(theirs))
                .collect(),
        }
    }

    /// Returns the changes by themselves.
    pub fn into_changes(self) -> Vec<C> {
        self.changes
    }
}

impl<C> Default for Plan<C> {
    fn default() -> Plan<C> {
        Plan {
            changes: Vec::new(),
            after: Vec::new(),
        }
    }
}

impl<C: Serialize> Serialize for Plan<C> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.changes.serialize(serializer)
    }
}

impl<C: PlannedChange> fmt::Display for Plan<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, change) in self.changes.iter().enumerate() {
            let end = if index == 0 { "" } else { "\n" };
            write!(f, "{end}{} {change}", change.sign())?;
        }
        Ok(())
    }
}
