//! Tags, of which every kind of resource has some, and the JSON that services keep as text.

use serde_json::Value;

use crate::chain::names::MANAGED_BY;
use crate::chain::state::Tags;

/// Returns the tags of a resource but for those that AWS sets, and whether the resource is managed by ddalert.
pub(super) fn managed_tags<'a>(
    tags: impl IntoIterator<Item = (&'a String, &'a String)>,
) -> (Tags, bool) {
    let tags: Tags = tags
        .into_iter()
        .filter(|(key, _)| !key.starts_with("aws:"))
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect();
    let is_managed = tags
        .get(MANAGED_BY.0)
        .is_some_and(|value| value == MANAGED_BY.1);
    (tags, is_managed)
}

/// Reads a JSON document that a service keeps as text. Text that is not JSON is null, which differs from everything wanted.
pub(super) fn parse_json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_tag_of_ours_makes_a_resource_ours() {
        let read = |tags: &[(&str, &str)]| {
            let tags: Vec<(String, String)> = tags
                .iter()
                .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
                .collect();
            managed_tags(tags.iter().map(|(key, value)| (key, value)))
        };
        let (tags, is_managed) = read(&[
            ("managed-by", "ddalert"),
            ("team", "iot"),
            ("aws:cloudformation:stack-name", "s"),
        ]);
        assert!(is_managed);
        assert_eq!(tags.keys().collect::<Vec<_>>(), ["managed-by", "team"]);
        let (_, is_managed) = read(&[("managed-by", "terraform")]);
        assert!(!is_managed);
        assert!(!read(&[]).1);
    }

    #[test]
    fn text_that_is_not_json_is_null() {
        assert_eq!(parse_json(r#"{"a":1}"#)["a"], 1);
        assert_eq!(parse_json("<xml/>"), Value::Null);
        assert_eq!(parse_json(""), Value::Null);
    }
}
