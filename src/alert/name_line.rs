//! The names of an alert in the workshop's words: thing, security profile and behavior.

use super::truncate::truncate;

/// The maximum length of a name in the API model. A longer one is truncated, so that the headline always has room for all three.
pub(super) const MAX_NAME_LENGTH: usize = 128;

/// Returns the names that are known, in the workshop's words: `Thing name: a | Security profile: b | Behavior name: c`.
pub(super) fn name_line(
    thing: Option<&str>,
    profile: Option<&str>,
    behavior: Option<&str>,
) -> Option<String> {
    line_of([
        thing.map(|name| ("Thing name", name)),
        profile.map(|name| ("Security profile", name)),
        behavior.map(|name| ("Behavior name", name)),
    ])
}

pub(super) fn line_of<'a>(
    named: impl IntoIterator<Item = Option<(&'static str, &'a str)>>,
) -> Option<String> {
    let named: Vec<String> = named
        .into_iter()
        .flatten()
        .map(|(label, name)| format!("{label}: {}", truncate(name, MAX_NAME_LENGTH)))
        .collect();
    (!named.is_empty()).then(|| named.join(" | "))
}
