//! What AWS says of a call that it denies: which action, and whether a policy denies it or none allows it, and what kind of policy.
//!
//! The words are those of the IAM user guide, "Troubleshoot access denied error messages": "… is not authorized to perform: ACTION on
//! resource: ARN with an explicit deny in a service control policy", "… because no identity-based policy allows the ACTION action".

/// The kinds of policy that can deny a call, each with the words by which AWS names it.
const KINDS: &[(&str, PolicyKind)] = &[
    ("service control policy", PolicyKind::Organization),
    ("resource control policy", PolicyKind::Organization),
    ("permissions boundary", PolicyKind::Boundary),
    ("session policy", PolicyKind::Session),
    ("VPC endpoint policy", PolicyKind::Endpoint),
    ("role trust policy", PolicyKind::Trust),
    ("resource-based policy", PolicyKind::Resource),
    ("identity-based policy", PolicyKind::Identity),
];

/// What AWS says of a call that it denies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Denial<'a> {
    /// The action, as far as AWS names it: the call may need others than its own, such as `iam:PassRole`.
    action: Option<&'a str>,
    /// What it was denied on.
    resource: Option<&'a str>,
    /// Whether a policy denies it: then none that allows it helps.
    is_explicit: bool,
    /// The words for the kind of policy, and the kind.
    policy: Option<(&'static str, PolicyKind)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum PolicyKind {
    /// The caller's own policies.
    Identity,
    /// The policy of what is called: a key's, a queue's.
    Resource,
    /// The boundary of the caller.
    Boundary,
    /// The policy with which the session was begun.
    Session,
    /// The organization's.
    Organization,
    /// That of the VPC endpoint through which the call went.
    Endpoint,
    /// That of a role which is to be assumed.
    Trust,
}

impl<'a> Denial<'a> {
    /// Reads the message of a denial.
    pub(super) fn read(message: &'a str) -> Denial<'a> {
        let word_after = |words: &str| {
            let (_, rest) = message.split_once(words)?;
            let word = rest.split_whitespace().next()?;
            let word = word.trim_end_matches(['.', ',', ';']).trim_matches('"');
            Some(word).filter(|word| !word.is_empty())
        };
        let lower = message.to_lowercase();
        let policy = KINDS
            .iter()
            .find(|(words, _)| lower.contains(&words.to_lowercase()));
        Denial {
            action: word_after("to perform: ").filter(|word| word.contains(':')),
            resource: word_after("on resource: ").filter(|resource| *resource != "*"),
            is_explicit: lower.contains("explicit deny"),
            policy: policy.copied(),
        }
    }

    /// Returns the action that was denied, as IAM writes it, where `called` is that of the call.
    pub(super) fn action(&self, called: &str) -> String {
        // SNS writes its own name in capitals.
        match self.action.and_then(|action| action.split_once(':')) {
            Some((service, action)) => format!("{}:{action}", service.to_lowercase()),
            None => called.to_owned(),
        }
    }

    /// Returns why, in a few words: "needs ACTION", or what denies it.
    pub(super) fn why(&self, called: &str) -> String {
        let action = self.action(called);
        match (self.is_explicit, self.policy) {
            (true, Some((words, _))) => format!("{action} is denied by a {words}"),
            (true, None) => format!("{action} is denied by a policy"),
            (false, _) => format!("needs {action}"),
        }
    }

    /// Returns what a person can do about it.
    pub(super) fn hint(&self, called: &str) -> String {
        let action = self.action(called);
        let on = match self.resource {
            Some(resource) => format!(" on {resource}"),
            None => String::new(),
        };
        // Policies of an organization demand these more than anything else.
        let demands = match action.as_str() {
            "iam:CreateRole" | "iam:PutRolePolicy" | "iam:TagRole" => {
                "; if it demands a permissions boundary, a path or tags, add --permissions-boundary, --role-path or --tag; if only others \
                 may create roles, name one of theirs with --role"
            }
            _ if action.contains(":Create")
                || action.contains(":Tag")
                || action == "ssm:PutParameter" =>
            {
                "; if it demands tags, add --tag"
            }
            _ => "",
        };
        let kind = self.policy.map(|(_, kind)| kind);
        let words = self.policy.map_or("policy", |(words, _)| words);
        if self.is_explicit {
            let whose = match kind {
                Some(PolicyKind::Organization) => "your organization's administrators",
                Some(PolicyKind::Endpoint) => "whoever manages the VPC endpoint",
                Some(PolicyKind::Resource) => "whoever manages the resource",
                Some(PolicyKind::Session) => {
                    "whoever issues the session, or sign in without that policy"
                }
                _ => "whoever manages it",
            };
            return format!(
                "a {words} denies {action}{on}, and no further permission changes that: ask {whose}{demands}"
            );
        }
        match kind {
            Some(PolicyKind::Organization) => format!(
                "no {words} of your organization permits {action}: ask its administrators{demands}"
            ),
            Some(PolicyKind::Boundary) => format!(
                "the permissions boundary of these credentials does not include {action}: whoever manages it must add it"
            ),
            Some(PolicyKind::Session) => format!(
                "the session policy of these credentials does not include {action}: sign in with one that does, or without"
            ),
            Some(PolicyKind::Endpoint) => format!(
                "the policy of the VPC endpoint that the call went through does not include {action}: whoever manages it must add it"
            ),
            Some(PolicyKind::Trust) => {
                format!("the trust policy of the role must allow {action} for these credentials")
            }
            Some(PolicyKind::Resource) => {
                format!("the policy of the resource must allow {action}{on} for these credentials")
            }
            Some(PolicyKind::Identity) | None => format!(
                "allow the IAM action {action} for these credentials; ddalert permissions prints the whole policy"
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const USER: &str =
        "User: arn:aws:iam::123456789012:user/operator is not authorized to perform: ";

    fn hint(rest: &str) -> String {
        let message = format!("{USER}{rest}");
        Denial::read(&message).hint("iam:CreateRole")
    }

    #[test]
    fn an_explicit_deny_is_told_from_a_missing_allow() {
        for policy in [
            "a service control policy",
            "a resource control policy",
            "a permissions boundary",
            "a session policy",
            "a VPC endpoint policy",
            "a resource-based policy",
            "an identity-based policy: arn:aws:iam::123456789012:policy/deny",
        ] {
            let hint = hint(&format!(
                "iam:CreateRole on resource: arn:aws:iam::123456789012:role/r with an explicit deny in {policy}"
            ));
            assert!(!hint.contains("allow"), "{hint}");
            assert!(
                hint.contains("denies iam:CreateRole on arn:aws:iam"),
                "{hint}"
            );
            assert!(hint.contains("--permissions-boundary"), "{hint}");
        }
        let old = hint("iam:CreateRole on resource: r with an explicit deny");
        assert!(!old.contains("allow"), "{old}");
    }

    #[test]
    fn who_must_add_what_depends_on_the_policy() {
        for (policy, words) in [
            (
                "identity-based policy",
                "allow the IAM action iam:CreateRole",
            ),
            ("service control policy", "ask its administrators"),
            (
                "permissions boundary",
                "the permissions boundary of these credentials",
            ),
            ("session policy", "the session policy of these credentials"),
            ("VPC endpoint policy", "the policy of the VPC endpoint"),
            (
                "resource-based policy",
                "the policy of the resource must allow",
            ),
        ] {
            let hint = hint(&format!(
                "iam:CreateRole on resource: r because no {policy} allows the iam:CreateRole action"
            ));
            assert!(hint.contains(words), "{hint}");
        }
    }

    #[test]
    fn the_action_is_the_one_that_aws_names() {
        let passed = format!("{USER}iam:PassRole on resource: arn:aws:iam::123456789012:role/r");
        let denial = Denial::read(&passed);
        assert_eq!(denial.action("lambda:CreateFunction"), "iam:PassRole");
        let capitals =
            format!("{USER}SNS:Publish on resource: arn:aws:sns:eu-west-1:123456789012:t");
        assert_eq!(Denial::read(&capitals).action("sns:Publish"), "sns:Publish");
        assert_eq!(
            Denial::read("Access denied").action("sns:Publish"),
            "sns:Publish"
        );
        assert_eq!(
            Denial::read("Access denied").why("sns:Publish"),
            "needs sns:Publish"
        );
        let denied = format!("{passed} with an explicit deny in a service control policy");
        assert_eq!(
            Denial::read(&denied).why("lambda:CreateFunction"),
            "iam:PassRole is denied by a service control policy"
        );
    }

    proptest! {
        #[test]
        fn no_message_panics(message in ".{0,80}", inner in "(to perform: |on resource: |explicit deny|: ){0,4}") {
            let text = format!("{message}{inner}{message}");
            let denial = Denial::read(&text);
            let _ = (denial.hint("sns:Publish"), denial.why("sns:Publish"));
        }
    }
}
