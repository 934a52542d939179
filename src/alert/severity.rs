//! How bad it is: from what the message says, else from a suffix of the behavior's name, else from the kind of event.

use std::fmt;

/// How bad an event is, the least first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Nothing to do.
    Info,
    /// Worth a look when there is time.
    Low,
    /// Worth a look today; what Security Hub gives a violation that says nothing else.
    Medium,
    /// Worth a look now.
    High,
    /// Worth waking someone.
    Critical,
}

impl Severity {
    /// Returns the severity as it is written: `critical`, `high`, `medium`, `low`, `info`.
    pub fn as_str(self) -> &'static str {
        match self {
            Severity::Critical => "critical",
            Severity::High => "high",
            Severity::Medium => "medium",
            Severity::Low => "low",
            Severity::Info => "info",
        }
    }

    /// Reads a severity as Device Defender writes it (`CRITICAL`, `HIGH`, `MEDIUM`, `LOW`), in any case.
    pub(super) fn named(name: &str) -> Option<Severity> {
        [
            Severity::Critical,
            Severity::High,
            Severity::Medium,
            Severity::Low,
        ]
        .into_iter()
        .find(|severity| severity.as_str().eq_ignore_ascii_case(name))
    }

    /// Reads the suffix of a behavior's name, such as `messageSize-Critical`: AWS's Security Hub sample for Device Defender
    /// introduced this convention, as a behavior has no severity of its own.
    pub(super) fn of_behavior(name: &str) -> Option<Severity> {
        Severity::named(name.rsplit_once('-')?.1)
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_behavior_tells_its_severity_by_its_last_word() {
        for (name, expected) in [
            ("messageSize-Critical", Some(Severity::Critical)),
            ("messageSize-HIGH", Some(Severity::High)),
            ("a-b-medium", Some(Severity::Medium)),
            ("x-low", Some(Severity::Low)),
            ("high", None),
            ("messageSize", None),
            ("Critical-messages", None),
            ("messages-highest", None),
        ] {
            assert_eq!(Severity::of_behavior(name), expected, "{name}");
        }
        assert!(Severity::Critical > Severity::High);
    }
}
