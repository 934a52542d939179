//! When Lambda's runtimes end.

/// Runtime, the day on which it is deprecated, and the one to take instead (Lambda developer guide, "Lambda runtimes", and
/// CloudFormation's table of November 2026). A deprecated runtime goes on running for a while; then it cannot be updated.
const RUNTIMES: &[(&str, &str, &str)] = &[
    ("python3.9", "2025-12-15", "python3.14"),
    ("python3.10", "2026-10-31", "python3.14"),
    ("python3.11", "2027-06-30", "python3.14"),
    ("python3.12", "2028-10-31", "python3.14"),
    ("python3.13", "2029-06-30", "python3.14"),
    ("provided.al2", "2026-07-31", "provided.al2023"),
    ("provided.al2023", "2029-06-30", "provided.al2023"),
    ("nodejs20.x", "2026-04-30", "nodejs24.x"),
    ("nodejs22.x", "2027-04-30", "nodejs24.x"),
    ("nodejs24.x", "2028-04-30", "nodejs24.x"),
];

/// Returns when the runtime was deprecated and what to take instead, where it is deprecated on the day `today` (`YYYY-MM-DD`).
pub(super) fn deprecated(runtime: &str, today: &str) -> Option<(&'static str, &'static str)> {
    let (_, ended, successor) = RUNTIMES.iter().find(|(name, ..)| *name == runtime)?;
    (today >= *ended).then_some((ended, successor))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_runtime_is_deprecated_from_its_day_on() {
        assert_eq!(deprecated("python3.10", "2026-10-30"), None);
        assert_eq!(
            deprecated("python3.10", "2026-10-31"),
            Some(("2026-10-31", "python3.14"))
        );
        assert_eq!(deprecated("provided.al2023", "2026-11-23"), None);
        assert_eq!(deprecated("cobol", "2026-11-23"), None);
    }
}
