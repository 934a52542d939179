//! The severity of an event: from the message, else from a suffix of the behavior's name, else from the kind of event.

use std::fmt;

/// The severity of an event, the lowest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// No action needed.
    Info,
    /// Look at it when there is time.
    Low,
    /// Look at it today; Security Hub's default for violations.
    Medium,
    /// Look at it now.
    High,
    /// Wake someone up.
    Critical,
}

impl Severity {
    /// Returns the severity in lower case: `critical`, `high`, `medium`, `low`, `info`.
    pub fn as_str(self) -> &'static str {
        match self {
            Severity::Critical => "critical",
            Severity::High => "high",
            Severity::Medium => "medium",
            Severity::Low => "low",
            Severity::Info => "info",
        }
    }

    /// Returns the severity as a title begins with it: `Critical`, `High`, `Medium`, `Low`, `Info`.
    pub fn title(self) -> &'static str {
        match self {
            Severity::Critical => "Critical",
            Severity::High => "High",
            Severity::Medium => "Medium",
            Severity::Low => "Low",
            Severity::Info => "Info",
        }
    }

    /// Parses a severity as Device Defender writes it (`CRITICAL`, `HIGH`, `MEDIUM`, `LOW`), ignoring case.
    pub(super) fn from_name(name: &str) -> Option<Severity> {
        [
            Severity::Critical,
            Severity::High,
            Severity::Medium,
            Severity::Low,
        ]
        .into_iter()
        .find(|severity| severity.as_str().eq_ignore_ascii_case(name))
    }

    /// Parses the suffix of a behavior's name, such as `messageSize-Critical`. AWS's Security Hub sample for Device Defender
    /// introduced this convention, because behaviors have no severity of their own.
    pub(super) fn from_behavior(name: &str) -> Option<Severity> {
        Severity::from_name(name.rsplit_once('-')?.1)
    }

    /// Returns a behavior's name without the suffix that [`from_behavior`](Self::from_behavior) parses, if it has one.
    pub(super) fn without_suffix(name: &str) -> Option<&str> {
        let (short, suffix) = name.rsplit_once('-')?;
        Severity::from_name(suffix)?;
        Some(short).filter(|short| !short.is_empty())
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
    fn the_suffix_of_a_behaviors_name_is_its_severity() {
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
            assert_eq!(Severity::from_behavior(name), expected, "{name}");
            assert_eq!(
                Severity::without_suffix(name).is_some(),
                expected.is_some(),
                "{name}"
            );
        }
        assert_eq!(Severity::without_suffix("a-b-medium"), Some("a-b"));
        assert_eq!(Severity::without_suffix("-low"), None);
        assert!(Severity::Critical > Severity::High);
    }
}
