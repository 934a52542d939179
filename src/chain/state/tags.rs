//! The tags of a resource.

use std::collections::BTreeMap;

/// The tags of a resource but for those that AWS sets. As wanted: those that it must have; it may have others.
pub type Tags = BTreeMap<String, String>;

/// Returns whether the tags that are wanted are all among those that are there.
pub fn holds_all(there: &Tags, wanted: &Tags) -> bool {
    wanted
        .iter()
        .all(|(key, value)| there.get(key) == Some(value))
}
