//! Whether a policy lets a service call: the part of IAM's language that such policies are written in. What lies beyond it is
//! said to be unclear, never guessed.

use serde_json::Value;

/// A call that a policy is asked about.
#[derive(Clone, Debug)]
pub(super) struct PolicyRequest<'a> {
    /// Who calls, by the names a policy may give: a service's, a role's ARN.
    pub(super) principals: &'a [&'a str],
    pub(super) action: &'a str,
    /// What is called; nothing in a trust policy.
    pub(super) resource: Option<&'a str>,
    /// `aws:SourceArn`.
    pub(super) source: &'a str,
    /// `aws:SourceAccount`.
    pub(super) account: &'a str,
}

/// What a policy says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PolicyDecision {
    Allowed,
    Denied,
    /// Nothing in the policy allows it.
    Silent,
    /// It hangs on a condition that is not read here.
    Unclear,
}

/// Returns what `policy` says of `call`.
pub(super) fn grant(policy: &Value, call: &PolicyRequest<'_>) -> PolicyDecision {
    let mut found = PolicyDecision::Silent;
    for statement in list(&policy["Statement"]) {
        match (statement["Effect"].as_str(), fits(statement, call)) {
            (Some("Deny"), Some(true)) => return PolicyDecision::Denied,
            (Some("Allow"), Some(true)) => found = PolicyDecision::Allowed,
            (Some("Allow"), None) if found == PolicyDecision::Silent => {
                found = PolicyDecision::Unclear
            }
            _ => {}
        }
    }
    found
}

/// Whether the statement is about the call; `None` where a condition cannot be read.
fn fits(statement: &Value, call: &PolicyRequest<'_>) -> Option<bool> {
    for negated in ["NotPrincipal", "NotAction", "NotResource"] {
        if !statement[negated].is_null() {
            return None;
        }
    }
    let principal =
        |value: &Value| texts(value).any(|name| name == "*" || call.principals.contains(&name));
    let who = match &statement["Principal"] {
        Value::Object(kinds) => kinds.values().any(principal),
        one => principal(one),
    };
    let action = texts(&statement["Action"]).any(|pattern| {
        like(
            &pattern.to_ascii_lowercase(),
            &call.action.to_ascii_lowercase(),
        )
    });
    let resource = call.resource.is_none_or(|resource| {
        texts(&statement["Resource"]).any(|pattern| like(pattern, resource))
    });
    if !(who && action && resource) {
        return Some(false);
    }
    let mut all = Some(true);
    for (operator, keys) in statement["Condition"].as_object().into_iter().flatten() {
        for (key, values) in keys.as_object().into_iter().flatten() {
            match condition(operator, key, values, call) {
                Some(true) => {}
                Some(false) => return Some(false),
                None => all = None,
            }
        }
    }
    all
}

fn condition(operator: &str, key: &str, values: &Value, call: &PolicyRequest<'_>) -> Option<bool> {
    let held = match key.to_ascii_lowercase().as_str() {
        "aws:sourcearn" => call.source,
        "aws:sourceaccount" | "aws:sourceowner" => call.account,
        _ => return None,
    };
    let mut values = texts(values);
    match operator {
        "ArnEquals" | "ArnLike" | "StringLike" => Some(values.any(|pattern| like(pattern, held))),
        "StringEquals" => Some(values.any(|value| value == held)),
        _ => None,
    }
}

/// Matches `*` and `?` as IAM does.
fn like(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    let (mut p, mut t, mut star) = (0, 0, None);
    while t < text.len() {
        if pattern.get(p) == Some(&b'*') {
            star = Some((p, t));
            p += 1;
        } else if pattern.get(p).is_some_and(|&b| b == b'?' || b == text[t]) {
            (p, t) = (p + 1, t + 1);
        } else if let Some((back, from)) = star {
            star = Some((back, from + 1));
            (p, t) = (back + 1, from + 1);
        } else {
            return false;
        }
    }
    pattern[p..].iter().all(|&b| b == b'*')
}

/// Returns the members of what may be one or a list.
pub(super) fn list(value: &Value) -> &[Value] {
    match value {
        Value::Array(all) => all,
        Value::Null => &[],
        one => std::slice::from_ref(one),
    }
}

fn texts(value: &Value) -> impl Iterator<Item = &str> {
    list(value).iter().filter_map(Value::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const TOPIC: &str = "arn:aws:sns:r:1:t";

    fn ask(statement: Value) -> PolicyDecision {
        let call = PolicyRequest {
            principals: &["sns.amazonaws.com"],
            action: "sqs:SendMessage",
            resource: Some("arn:aws:sqs:r:1:q"),
            source: TOPIC,
            account: "1",
        };
        grant(&json!({ "Statement": statement }), &call)
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
            (json!([]), PolicyDecision::Silent),
            (allow(json!({})), PolicyDecision::Allowed),
            (allow(json!({ "Principal": "*" })), PolicyDecision::Allowed),
            (
                allow(json!({ "Principal": { "AWS": "1" } })),
                PolicyDecision::Silent,
            ),
            (
                allow(json!({ "Resource": ["arn:aws:sqs:r:1:?"] })),
                PolicyDecision::Allowed,
            ),
            (
                allow(json!({ "Resource": "arn:aws:sqs:r:1:q2" })),
                PolicyDecision::Silent,
            ),
            (
                allow(json!({ "Action": ["sqs:Get*"] })),
                PolicyDecision::Silent,
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
                PolicyDecision::Silent,
            ),
            (
                allow(on("StringEquals", "aws:SourceAccount", "2")),
                PolicyDecision::Silent,
            ),
            (
                allow(on("Bool", "aws:SecureTransport", "true")),
                PolicyDecision::Unclear,
            ),
            (
                json!([allow(json!({})), allow(json!({ "Effect": "Deny" }))]),
                PolicyDecision::Denied,
            ),
            (
                json!([allow(json!({})), { "Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*",
                "Condition": { "Bool": { "aws:SecureTransport": "false" } } }]),
                PolicyDecision::Allowed,
            ),
        ] {
            assert_eq!(ask(statement.clone()), expected, "{statement}");
        }
    }
}
