//! What the owners of an account demand of everything that is created in it: a permissions boundary and a path for roles, tags, or
//! roles that they make themselves.

use std::collections::BTreeMap;

use thiserror::Error;

use super::names::{MANAGED_BY, OWN_TAGS};
use super::state::{Role, Tags};
use crate::arn::{AccountRegion, Arn, looks_like_arn};

/// The path of a role that has no other.
pub const DEFAULT_PATH: &str = "/";
/// The longest path of an IAM resource, in characters (IAM API reference, `CreateRole`).
const PATH_LIMIT: usize = 512;
/// The longest key and value of a tag, in characters (the same in IAM, Lambda, SQS, SSM, Secrets Manager and CloudWatch Logs).
const KEY_LIMIT: usize = 128;
const VALUE_LIMIT: usize = 256;
/// How many tags a resource can have (the same everywhere: 50), less those that ddalert may set itself.
const MOST_TAGS: usize = 50 - OWN_TAGS.len();

/// What is demanded; what is not said stays as AWS holds it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccountRules {
    /// The ARN of the policy that limits every role.
    pub boundary: Option<String>,
    /// The path of every role that is made; it begins and ends with `/`.
    pub path: Option<String>,
    /// Tags of everything that takes tags.
    pub tags: Tags,
    /// Whose role is used.
    pub role: RoleChoice,
}

/// Whose role is used where ddalert needs one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum RoleChoice {
    /// The one that is in use; else one that ddalert makes.
    #[default]
    Keep,
    /// One that ddalert makes.
    Own,
    /// One that somebody else made, by its ARN: never changed nor removed.
    Given(String),
}

/// Nothing is demanded.
pub static NO_RULES: AccountRules = AccountRules {
    boundary: None,
    path: None,
    tags: BTreeMap::new(),
    role: RoleChoice::Keep,
};

/// Why something that was demanded cannot be.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum InvalidRule {
    /// The path is not one of IAM.
    #[error(
        "'{0}' is not a path of IAM: it begins and ends with / and has up to 512 printable ASCII characters, such as /teams/iot/"
    )]
    Path(String),
    /// The text has no `=`.
    #[error("'{0}' is not KEY=VALUE")]
    NotATag(String),
    /// The key or value is too long, or empty.
    #[error("the tag '{0}' is empty or too long: a key has 1 to 128 characters, a value up to 256")]
    TagLength(String),
    /// A character is not accepted by every service.
    #[error(
        "the tag '{0}' has a character that not every service accepts: use letters, digits, spaces and _ . : / = + - @"
    )]
    TagCharacter(String),
    /// AWS or ddalert sets this key itself.
    #[error(
        "the tag key '{0}' is reserved: keys that begin with aws: are set by AWS, managed-by and ddalert:… by ddalert"
    )]
    ReservedTag(String),
    /// A key was given twice.
    #[error("the tag key '{0}' is given twice (IAM does not tell upper from lower case)")]
    DoubleTag(String),
    /// More tags than a resource can have.
    #[error("{0} tags are too many: a resource can have 50, of which ddalert needs {own}", own = OWN_TAGS.len())]
    TooManyTags(usize),
    /// The text is not the ARN of a policy.
    #[error("'{0}' is not the ARN of an IAM policy (arn:aws:iam::ACCOUNT:policy/NAME)")]
    NotAPolicy(String),
    /// The text is not the ARN of a role.
    #[error("'{0}' is not the ARN of an IAM role (arn:aws:iam::ACCOUNT:role/NAME)")]
    NotARole(String),
    /// The ARN is of another account or partition.
    #[error("{arn} is not in the account {account} ({partition}), in which the topic is")]
    OtherAccount {
        /// What was given.
        arn: String,
        /// The account of the topic.
        account: String,
        /// Its partition.
        partition: String,
    },
}

/// Checks the path of a role (IAM API reference, `CreateRole`: `(/)|(/[!-~]+/)`).
///
/// # Errors
/// It is not a path.
pub fn role_path(text: &str) -> Result<String, InvalidRule> {
    let is_path = text == DEFAULT_PATH
        || (text.len() > 2
            && text.len() <= PATH_LIMIT
            && text.starts_with('/')
            && text.ends_with('/')
            && text.bytes().all(|b| (b'!'..=b'~').contains(&b))
            && !text.contains("//"));
    match is_path {
        true => Ok(text.to_owned()),
        false => Err(InvalidRule::Path(text.to_owned())),
    }
}

/// Reads `KEY=VALUE`; a value may hold `=`, and be empty.
///
/// # Errors
/// It is no tag that every service accepts, or its key is reserved.
pub fn tag(text: &str) -> Result<(String, String), InvalidRule> {
    let (key, value) = text
        .split_once('=')
        .ok_or_else(|| InvalidRule::NotATag(text.to_owned()))?;
    let length = |text: &str| text.chars().count();
    if key.trim().is_empty() || length(key) > KEY_LIMIT || length(value) > VALUE_LIMIT {
        return Err(InvalidRule::TagLength(text.to_owned()));
    }
    let is_accepted = |c: char| c.is_alphanumeric() || " _.:/=+-@".contains(c);
    if !text.chars().all(is_accepted) {
        return Err(InvalidRule::TagCharacter(text.to_owned()));
    }
    let lower = key.to_lowercase();
    if lower.starts_with("aws:") || lower == MANAGED_BY.0 || lower.starts_with("ddalert:") {
        return Err(InvalidRule::ReservedTag(key.to_owned()));
    }
    Ok((key.to_owned(), value.to_owned()))
}

/// Puts tags together.
///
/// # Errors
/// A key is given twice, or there are more than a resource can have.
pub fn tags(given: &[(String, String)]) -> Result<Tags, InvalidRule> {
    if given.len() > MOST_TAGS {
        return Err(InvalidRule::TooManyTags(given.len()));
    }
    let mut tags = Tags::new();
    for (key, value) in given {
        if tags
            .keys()
            .any(|other| other.to_lowercase() == key.to_lowercase())
        {
            return Err(InvalidRule::DoubleTag(key.clone()));
        }
        tags.insert(key.clone(), value.clone());
    }
    Ok(tags)
}

/// Checks the ARN of a permissions boundary: a policy of this account, or one that AWS manages.
///
/// # Errors
/// It is neither.
pub fn boundary(text: &str, place: &AccountRegion) -> Result<String, InvalidRule> {
    let not_a_policy = || InvalidRule::NotAPolicy(text.to_owned());
    let arn: Arn = text.parse().map_err(|_| not_a_policy())?;
    if !is_iam(&arn, "policy/") {
        return Err(not_a_policy());
    }
    if arn.partition != place.partition || ![place.account.as_str(), "aws"].contains(&&*arn.account)
    {
        return Err(other_account(text, place));
    }
    Ok(text.to_owned())
}

/// Checks the ARN of a role of this account.
///
/// # Errors
/// It is none.
pub fn role(text: &str, place: &AccountRegion) -> Result<String, InvalidRule> {
    let not_a_role = || InvalidRule::NotARole(text.to_owned());
    let arn: Arn = text.parse().map_err(|_| not_a_role())?;
    if !is_iam(&arn, "role/") {
        return Err(not_a_role());
    }
    if arn.partition != place.partition || arn.account != place.account {
        return Err(other_account(text, place));
    }
    Ok(text.to_owned())
}

fn is_iam(arn: &Arn, kind: &str) -> bool {
    arn.service == "iam"
        && arn.region.is_empty()
        && arn
            .resource
            .strip_prefix(kind)
            .is_some_and(|name| !name.is_empty() && !name.ends_with('/'))
        && arn.resource.bytes().all(|b| (b'!'..=b'~').contains(&b))
}

fn other_account(arn: &str, place: &AccountRegion) -> InvalidRule {
    InvalidRule::OtherAccount {
        arn: arn.to_owned(),
        account: place.account.clone(),
        partition: place.partition.clone(),
    }
}

impl AccountRules {
    /// Returns the path that a role of ours has or gets: a role keeps the one that it has, for IAM cannot change it.
    pub fn path_of(&self, have: Option<&Role>) -> String {
        match have {
            Some(role) => role.path.clone(),
            None => self.path.clone().unwrap_or_else(|| DEFAULT_PATH.to_owned()),
        }
    }

    /// Returns the boundary that a role of ours has or gets.
    pub fn boundary_of(&self, have: Option<&Role>) -> Option<String> {
        let held = have.and_then(|role| role.boundary.clone());
        self.boundary.clone().or(held)
    }

    /// Returns the other path that a role has where another one is demanded: IAM cannot change it.
    pub fn other_path<'a>(&self, have: Option<&'a Role>) -> Option<&'a str> {
        let held = have?.path.as_str();
        (self.path.as_deref()? != held).then_some(held)
    }
}

/// Returns the path in the ARN of a role, `/` where it has none.
pub fn path_in(role_arn: &str) -> Option<String> {
    if !looks_like_arn(role_arn) {
        return None;
    }
    let arn: Arn = role_arn.parse().ok()?;
    let (path, _) = arn.resource.strip_prefix("role")?.rsplit_once('/')?;
    Some(format!("{path}/"))
}

/// Returns the tags that all of these have in common, but for ddalert's own and AWS's: what a resource that is made anew gets, too.
pub fn shared_tags<'a>(all: impl IntoIterator<Item = &'a Tags>) -> Tags {
    let mut all = all.into_iter();
    let mut shared = all.next().cloned().unwrap_or_default();
    for tags in all {
        shared.retain(|key, value| tags.get(key) == Some(value));
    }
    shared.retain(|key, _| !OWN_TAGS.contains(&key.as_str()) && !key.starts_with("aws:"));
    shared
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn place() -> AccountRegion {
        AccountRegion {
            partition: "aws".into(),
            region: "eu-west-1".into(),
            account: "123456789012".into(),
        }
    }

    #[test]
    fn a_path_is_one_that_iam_accepts() {
        for path in ["/", "/teams/", "/teams/iot/", "/a-b_c+d=e,f.g@h/"] {
            assert_eq!(role_path(path).as_deref(), Ok(path));
        }
        let long = format!("/{}/", "x".repeat(511));
        for path in ["", "teams", "/teams", "teams/", "//", "/a b/", "/ü/", &long] {
            assert!(role_path(path).is_err(), "{path}");
        }
    }

    #[test]
    fn a_tag_is_one_that_every_service_accepts() {
        for (text, key, value) in [
            ("team=iot", "team", "iot"),
            ("cost center=a=b", "cost center", "a=b"),
            ("empty=", "empty", ""),
            ("Größe=1.5", "Größe", "1.5"),
        ] {
            assert_eq!(tag(text), Ok((key.to_owned(), value.to_owned())));
        }
        let long_key = format!("{}=v", "k".repeat(129));
        let long_value = format!("k={}", "v".repeat(257));
        for text in [
            "team",
            "=iot",
            " =iot",
            "aws:team=iot",
            "AWS:team=iot",
            "managed-by=me",
            "Managed-By=me",
            "ddalert:topic=x",
            "team=a,b",
            "team=a\nb",
            "te*m=a",
            &long_key,
            &long_value,
        ] {
            assert!(tag(text).is_err(), "{text}");
        }
    }

    #[test]
    fn tags_are_distinct_and_not_too_many() {
        let pair = |key: &str| (key.to_owned(), "v".to_owned());
        assert!(tags(&[pair("team"), pair("cost")]).is_ok());
        assert_eq!(
            tags(&[pair("team"), pair("Team")]),
            Err(InvalidRule::DoubleTag("Team".to_owned()))
        );
        let many: Vec<_> = (0..50).map(|n| pair(&format!("k{n}"))).collect();
        assert!(tags(&many).is_err());
        assert!(tags(&many[..MOST_TAGS]).is_ok());
    }

    #[test]
    fn a_boundary_and_a_role_are_of_this_account() {
        for good in [
            "arn:aws:iam::123456789012:policy/boundary",
            "arn:aws:iam::123456789012:policy/teams/iot/boundary",
            "arn:aws:iam::aws:policy/PowerUserAccess",
        ] {
            assert!(boundary(good, &place()).is_ok(), "{good}");
            assert!(role(good, &place()).is_err(), "{good}");
        }
        let given = "arn:aws:iam::123456789012:role/teams/relay";
        assert!(role(given, &place()).is_ok());
        for bad in [
            "boundary",
            "arn:aws:iam::123456789012:policy/",
            "arn:aws:iam::210987654321:policy/boundary",
            "arn:aws-cn:iam::123456789012:policy/boundary",
            "arn:aws:iam::123456789012:role/r",
            "arn:aws:sns:eu-west-1:123456789012:policy/p",
        ] {
            assert!(boundary(bad, &place()).is_err(), "{bad}");
        }
        for bad in [
            "r",
            "arn:aws:iam::210987654321:role/r",
            "arn:aws:sts::123456789012:assumed-role/r/s",
            "arn:aws:iam::123456789012:role/",
        ] {
            assert!(role(bad, &place()).is_err(), "{bad}");
        }
    }

    #[test]
    fn the_path_is_found_in_an_arn() {
        for (arn, path) in [
            ("arn:aws:iam::123456789012:role/r", Some("/")),
            ("arn:aws:iam::123456789012:role/a/b/r", Some("/a/b/")),
            ("arn:aws:iam::123456789012:user/r", None),
            ("r", None),
        ] {
            assert_eq!(path_in(arn).as_deref(), path, "{arn}");
        }
    }

    #[test]
    fn only_what_all_have_in_common_is_shared() {
        let tags = |pairs: &[(&str, &str)]| -> Tags {
            let pairs = pairs.iter();
            pairs
                .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
                .collect()
        };
        let role = tags(&[("managed-by", "ddalert"), ("team", "iot"), ("made", "1")]);
        let queue = tags(&[("managed-by", "ddalert"), ("team", "iot"), ("made", "2")]);
        assert_eq!(shared_tags([&role, &queue]), tags(&[("team", "iot")]));
        assert_eq!(shared_tags([]), Tags::new());
    }

    proptest! {
        #[test]
        fn no_text_panics(text in ".{0,40}") {
            let _ = (role_path(&text), tag(&text), boundary(&text, &place()), role(&text, &place()), path_in(&text));
        }

        #[test]
        fn a_tag_that_is_accepted_fits_every_service(text in "[ -~äß]{0,20}=[ -~äß]{0,20}") {
            if let Ok((key, value)) = tag(&text) {
                prop_assert!(!key.is_empty() && key.chars().count() <= 128 && value.chars().count() <= 256);
                prop_assert!(!key.to_lowercase().starts_with("aws:"));
            }
        }
    }
}
