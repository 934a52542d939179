//! When Lambda deprecates its runtimes.

use jiff::civil::{Date, date};

/// The deprecation of a runtime.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Deprecation {
    /// The name of the runtime.
    runtime: &'static str,
    /// The first day on which it is deprecated. Functions keep running; some months later they can no longer be updated.
    pub(super) date: Date,
    /// The runtime to use instead.
    pub(super) successor: &'static str,
}

const fn deprecated(runtime: &'static str, date: Date, successor: &'static str) -> Deprecation {
    Deprecation {
        runtime,
        date,
        successor,
    }
}

/// The runtimes with a known date (Lambda developer guide, "Lambda runtimes", November 2026).
const DEPRECATIONS: &[Deprecation] = &[
    deprecated("python3.9", date(2025, 12, 15), "python3.14"),
    deprecated("python3.10", date(2026, 10, 31), "python3.14"),
    deprecated("python3.11", date(2027, 6, 30), "python3.14"),
    deprecated("python3.12", date(2028, 10, 31), "python3.14"),
    deprecated("python3.13", date(2029, 6, 30), "python3.14"),
    deprecated("provided.al2", date(2026, 7, 31), "provided.al2023"),
    deprecated("provided.al2023", date(2029, 6, 30), "provided.al2023"),
    deprecated("nodejs20.x", date(2026, 4, 30), "nodejs24.x"),
    deprecated("nodejs22.x", date(2027, 4, 30), "nodejs24.x"),
    deprecated("nodejs24.x", date(2028, 4, 30), "nodejs24.x"),
];

/// Returns the deprecation of a runtime if it is deprecated on the day `today`.
pub(super) fn deprecation(runtime: &str, today: Date) -> Option<&'static Deprecation> {
    let mut known = DEPRECATIONS.iter();
    let deprecation = known.find(|deprecation| deprecation.runtime == runtime)?;
    (today >= deprecation.date).then_some(deprecation)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_runtime_is_deprecated_from_its_day_on() {
        let on = |runtime, today| deprecation(runtime, today).map(|found| found.successor);
        assert_eq!(on("python3.10", date(2026, 10, 30)), None);
        assert_eq!(on("python3.10", date(2026, 10, 31)), Some("python3.14"));
        assert_eq!(on("provided.al2023", date(2026, 11, 23)), None);
        assert_eq!(on("cobol", date(2026, 11, 23)), None);
    }
}
