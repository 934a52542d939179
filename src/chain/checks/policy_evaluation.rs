//! Whether a resource policy, trust policy or key policy allows a request: the part of IAM's policy language that such policies
//! use. Anything beyond it makes the decision unknown; nothing is guessed.

use serde_json::Value;
use wildmatch::WildMatch;

/// A request that a policy allows or denies.
#[derive(Clone, Debug)]
pub(super) struct PolicyRequest<'a> {
    /// Who sends the request, under every name that a policy can use: the service principal, the ARN of a role, the account.
    pub(super) principals: &'a [&'a str],
    /// The action, such as `sqs:SendMessage`.
    pub(super) action: &'a str,
    /// The ARN of the resource; `None` for a trust policy, which names none.
    pub(super) resource: Option<&'a str>,
    /// The value of the condition key `aws:SourceArn`.
    pub(super) source: &'a str,
    /// The value of the condition key `aws:SourceAccount`.
    pub(super) account: &'a str,
}

/// What a policy decides about a request, in IAM's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PolicyDecision {
    /// A statement allows it.
    Allowed,
    /// A statement denies it.
    ExplicitDeny,
    /// No statement allows it.
    ImplicitDeny,
    /// A statement would allow it under a condition that this code does not evaluate.
    Unknown,
}

/// Returns what `policy` decides about `request`.
pub(super) fn evaluate(policy: &Value, request: &PolicyRequest<'_>) -> PolicyDecision {
    let mut decision = PolicyDecision::ImplicitDeny;
    for statement in elements(&policy["Statement"]) {
        match (statement["Effect"].as_str(), applies(statement, request)) {
            (Some("Deny"), Some(true)) => return PolicyDecision::ExplicitDeny,
            (Some("Allow"), Some(true)) => decision = PolicyDecision::Allowed,
            (Some("Allow"), None) if decision == PolicyDecision::ImplicitDeny => {
                decision = PolicyDecision::Unknown
            }
            _ => {}
        }
    }
    decision
}

impl PolicyRequest<'_> {
    /// Returns whether `policy` certainly does not allow this request.
    pub(super) fn is_denied_by(&self, policy: &Value) -> bool {
        matches!(
            evaluate(policy, self),
            PolicyDecision::ImplicitDeny | PolicyDecision::ExplicitDeny
        )
    }
}

/// Returns whether a role with this trust policy certainly cannot be assumed by `service` for `source` of `account`.
pub fn distrusts(trust: &Value, service: &str, source: &str, account: &str) -> bool {
    let request = PolicyRequest {
        principals: &[service],
        action: "sts:AssumeRole",
        resource: None,
        source,
        account,
    };
    request.is_denied_by(trust)
}

/// Returns whether the statement applies to the request; `None` if that depends on something that this code does not evaluate.
fn applies(statement: &Value, request: &PolicyRequest<'_>) -> Option<bool> {
    for negated in ["NotPrincipal", "NotAction", "NotResource"] {
        if !statement[negated].is_null() {
            return None;
        }
    }
    let names_principal = |value: &Value| {
        strings(value).any(|name| name == "*" || request.principals.contains(&name))
    };
    let principal = match &statement["Principal"] {
        Value::Object(kinds) => kinds.values().any(names_principal),
        one => names_principal(one),
    };
    let action = strings(&statement["Action"])
        .any(|pattern| WildMatch::new_case_insensitive(pattern).matches(request.action));
    let resource = request.resource.is_none_or(|resource| {
        strings(&statement["Resource"]).any(|pattern| matches(pattern, resource))
    });
    if !(principal && action && resource) {
        return Some(false);
    }
    let mut all = Some(true);
    for (operator, keys) in statement["Condition"].as_object().into_iter().flatten() {
        for (key, values) in keys.as_object().into_iter().flatten() {
            match condition(operator, key, values, request) {
                Some(true) => {}
                Some(false) => return Some(false),
                None => all = None,
            }
        }
    }
    all
}

fn condition(
    operator: &str,
    key: &str,
    values: &Value,
    request: &PolicyRequest<'_>,
) -> Option<bool> {
    let actual = match key.to_ascii_lowercase().as_str() {
        "aws:sourcearn" => request.source,
        "aws:sourceaccount" | "aws:sourceowner" => request.account,
        _ => return None,
    };
    let mut values = strings(values);
    match operator {
        "ArnEquals" | "ArnLike" | "StringLike" => {
            Some(values.any(|pattern| matches(pattern, actual)))
        }
        "StringEquals" => Some(values.any(|value| value == actual)),
        _ => None,
    }
}

/// Matches `*` (any characters) and `?` (any one character), as IAM does in resources and conditions.
fn matches(pattern: &str, text: &str) -> bool {
    WildMatch::new(pattern).matches(text)
}

/// Returns the elements of a JSON value that is a list, or the value itself as the only element; `null` has none.
pub(super) fn elements(value: &Value) -> &[Value] {
    match value {
        Value::Array(all) => all,
        Value::Null => &[],
        one => std::slice::from_ref(one),
    }
}

fn strings(value: &Value) -> impl Iterator<Item = &str> {
    elements(value).iter().filter_map(Value::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const TOPIC: &str = "arn:aws:sns:r:1:t";

    fn decide(statement: Value) -> PolicyDecision {
        let request = PolicyRequest {
            principals: &["sns.amazonaws.com"],
            action: "sqs:SendMessage",
            resource: Some("arn:aws:sqs:r:1:q"),
            source: TOPIC,
            account: "1",
        };
        evaluate(&json!({ "Statement": statement }), &request)
    }

    #[test]
    fn statements_are_read_as_iam_reads_them() {
        let allow = |extra: Value| {
            let mut statement = json!({ "Effect": "Allow", "Principal": { "Service": "sns.amazonaws.com" }, "Action": "SQS:Send*", "Resource": "*" });
            for (key, value) in extra.as_object().into_iter().flatten() {
                statement[key] = value.clone();
            }
            statement
        };
        let on = |operator: &str, key: &str, value: &str| json!({ "Condition": { operator: { key: [value] } } });
        for (statement, expected) in [
            (json!([]), PolicyDecision::ImplicitDeny),
            (allow(json!({})), PolicyDecision::Allowed),
            (allow(json!({ "Principal": "*" })), PolicyDecision::Allowed),
            (
                allow(json!({ "Principal": { "AWS": "1" } })),
                PolicyDecision::ImplicitDeny,
            ),
            (
                allow(json!({ "Resource": ["arn:aws:sqs:r:1:?"] })),
                PolicyDecision::Allowed,
            ),
            (
                allow(json!({ "Resource": "arn:aws:sqs:r:1:q2" })),
                PolicyDecision::ImplicitDeny,
            ),
            (
                allow(json!({ "Action": ["sqs:Get*"] })),
                PolicyDecision::ImplicitDeny,
            ),
            (
                allow(on("ArnEquals", "AWS:SourceArn", TOPIC)),
                PolicyDecision::Allowed,
            ),
            (
                allow(on("ArnLike", "aws:SourceArn", "arn:aws:sns:*:1:t")),
                PolicyDecision::Allowed,
            ),
            (
                allow(on("StringEquals", "aws:SourceArn", "arn:aws:sns:*")),
                PolicyDecision::ImplicitDeny,
            ),
            (
                allow(on("StringEquals", "aws:SourceAccount", "2")),
                PolicyDecision::ImplicitDeny,
            ),
            (
                allow(on("Bool", "aws:SecureTransport", "true")),
                PolicyDecision::Unknown,
            ),
            (
                json!([allow(json!({})), allow(json!({ "Effect": "Deny" }))]),
                PolicyDecision::ExplicitDeny,
            ),
            (
                json!([allow(json!({})), { "Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*",
                "Condition": { "Bool": { "aws:SecureTransport": "false" } } }]),
                PolicyDecision::Allowed,
            ),
        ] {
            assert_eq!(decide(statement.clone()), expected, "{statement}");
        }
    }

    #[test]
    fn wildcards_match_whole_characters_and_never_hang() {
        for (pattern, text, expected) in [
            ("", "", true),
            ("", "a", false),
            ("*", "", true),
            ("?", "", false),
            ("??", "a", false),
            ("?", "ü", true),
            ("a?c", "a🚨c", true),
            ("*?*?*", "a", false),
            ("*?*?*", "ab", true),
            ("arn:aws:sns:*:1:t", "arn:aws:sns:eu-central-1:1:t", true),
            ("arn:aws:sns:*:1:t", "arn:aws:sns:eu-central-1:1:tt", false),
            ("ARN:aws:sns:r:1:t", TOPIC, false),
            ("[a-z]", "a", false),
            ("a\\*", "a*", false),
            ("${aws:username}", "${aws:username}", true),
        ] {
            assert_eq!(matches(pattern, text), expected, "{pattern} on {text}");
        }
        // Naive backtracking takes exponential time here.
        assert!(!matches(
            &format!("{}b", "a*".repeat(30)),
            &"a".repeat(5_000)
        ));
    }

    #[test]
    fn actions_are_compared_regardless_of_case() {
        let allow = |action: &str| {
            decide(
                json!({ "Effect": "Allow", "Principal": "*", "Action": action, "Resource": "*" }),
            )
        };
        for action in ["sqs:sendmessage", "SQS:SEND*", "sqs:Sen?Message", "*"] {
            assert_eq!(allow(action), PolicyDecision::Allowed, "{action}");
        }
        for action in ["sqs:SendMessag", "sqs:?", "s*:Get*", ""] {
            assert_eq!(allow(action), PolicyDecision::ImplicitDeny, "{action}");
        }
    }
}
