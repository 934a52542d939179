//! The name that was probably meant, where one is not there.

use strsim::{damerau_levenshtein, normalized_damerau_levenshtein};

/// How alike two names must be, from 0 to 1, for one to be taken for the other mistyped.
const LIKENESS: f64 = 0.75;

/// Returns the name among `known` that is most like `wanted`, if one is so like it that it may have been meant: a letter too many,
/// missing or wrong, two letters changed around, or another case.
pub(super) fn nearest<'a>(
    wanted: &str,
    known: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let folded = wanted.to_lowercase();
    let likeness = |name: &str| {
        let name = name.to_lowercase();
        // One slip in a short name counts for much.
        let is_slip = damerau_levenshtein(&folded, &name) <= 1;
        let likeness = normalized_damerau_levenshtein(&folded, &name);
        if is_slip {
            likeness.max(LIKENESS)
        } else {
            likeness
        }
    };
    known
        .into_iter()
        .map(|name| (likeness(name), name))
        .filter(|(likeness, _)| *likeness >= LIKENESS)
        .max_by(|(one, _), (other, _)| one.total_cmp(other))
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_finds_the_name_and_another_name_does_not() {
        let known = ["BadIoTDevices", "billing", "ops"];
        for (wanted, found) in [
            ("BadIotDevices", Some("BadIoTDevices")),
            ("badiotdevices", Some("BadIoTDevices")),
            ("BadIoTDevice", Some("BadIoTDevices")),
            ("BadIoTDeivces", Some("BadIoTDevices")),
            ("BadDevices", Some("BadIoTDevices")),
            ("op", Some("ops")),
            ("GoodThings", None),
            ("alerts", None),
        ] {
            assert_eq!(nearest(wanted, known), found, "{wanted}");
        }
        assert_eq!(nearest("x", []), None);
    }
}
