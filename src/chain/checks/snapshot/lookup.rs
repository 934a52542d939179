//! What reading something from AWS gave.

use serde::Serialize;

/// The result of reading something from AWS.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Lookup<T> {
    /// It was not read: access was denied, or there was no reason to. Checks do not take this for healthy.
    #[default]
    NotChecked,
    /// It does not exist.
    Missing,
    /// It exists.
    Found(T),
}

impl<T> Lookup<T> {
    /// Returns what exists.
    pub fn found(&self) -> Option<&T> {
        match self {
            Lookup::Found(found) => Some(found),
            Lookup::NotChecked | Lookup::Missing => None,
        }
    }

    /// Applies `f` to what exists.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Lookup<U> {
        match self {
            Lookup::Found(found) => Lookup::Found(f(found)),
            Lookup::Missing => Lookup::Missing,
            Lookup::NotChecked => Lookup::NotChecked,
        }
    }

    /// Returns whether it was read and does not exist.
    pub fn is_missing(&self) -> bool {
        matches!(self, Lookup::Missing)
    }
}
