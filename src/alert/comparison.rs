//! What is normal against what was observed, in words.

/// What is normal against what was observed, in words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Comparison {
    /// What the behavior expects: `> 5,000 bytes`, `only ports 80, 443`.
    pub expected: Option<String>,
    /// The same in short, without the unit that the observed value has too: `> 5,000`.
    pub expected_in_short: Option<String>,
    /// What was observed: `26 bytes`, `22, 443, 8080`.
    pub observed: Option<String>,
    /// Of an observed set, the items that the behavior does not allow: `22, 8080`.
    pub not_allowed: Option<String>,
    /// The same in short, with at most a few items.
    pub not_allowed_in_short: Option<String>,
}

impl Comparison {
    /// Returns what breaks the rule, in short: `26 bytes`, `not allowed: 22, 8080`.
    pub fn reading(&self) -> Option<String> {
        match &self.not_allowed_in_short {
            Some(items) => Some(format!("not allowed: {items}")),
            None => self.observed.clone(),
        }
    }

    /// Returns what breaks the rule, and unless that says it already, the rule: `26 bytes, expected > 5,000`.
    pub fn in_short(&self) -> Option<String> {
        let expected = match self.not_allowed_in_short {
            Some(_) => None,
            None => self.expected_in_short.as_ref(),
        };
        let expected = expected.map(|expected| format!("expected {expected}"));
        join(", ", self.reading().into_iter().chain(expected))
    }

    /// Returns everything, what breaks the rule first: `expected > 5,000 bytes, observed 26 bytes`,
    /// `not allowed: 22, 8080; expected only ports 80, 443, observed 22, 443, 8080`.
    pub fn sentence(&self) -> Option<String> {
        let expected = self
            .expected
            .as_ref()
            .map(|expected| format!("expected {expected}"));
        let observed = self
            .observed
            .as_ref()
            .filter(|observed| self.not_allowed.as_ref() != Some(*observed))
            .map(|observed| format!("observed {observed}"));
        let not_allowed = self
            .not_allowed
            .as_ref()
            .map(|items| format!("not allowed: {items}"));
        let rest = join(", ", expected.into_iter().chain(observed));
        join("; ", not_allowed.into_iter().chain(rest))
    }
}

fn join(separator: &str, parts: impl Iterator<Item = String>) -> Option<String> {
    let parts: Vec<String> = parts.collect();
    (!parts.is_empty()).then(|| parts.join(separator))
}
