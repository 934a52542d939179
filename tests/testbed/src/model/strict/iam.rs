//! Role names and policy documents.

use serde_json::Value;

use super::{AwsError, Call, Result};

/// The most an inline policy of a role may have, in characters without white space.
const INLINE_POLICY: usize = 10_240;

pub(crate) fn check(call: &Call) -> Result<()> {
    match call.action.as_str() {
        "CreateRole" => {
            check_role_name(&call.form("RoleName").unwrap_or_default())?;
            check_document(
                &call.form("AssumeRolePolicyDocument").unwrap_or_default(),
                &["Principal"],
                &["Resource", "NotResource"],
            )
        }
        "UpdateAssumeRolePolicy" => check_document(
            &call.form("PolicyDocument").unwrap_or_default(),
            &["Principal"],
            &["Resource", "NotResource"],
        ),
        "PutRolePolicy" => {
            let document = call.form("PolicyDocument").unwrap_or_default();
            if document.chars().filter(|c| !c.is_whitespace()).count() > INLINE_POLICY {
                let message =
                    format!("Maximum policy size of {INLINE_POLICY} bytes exceeded for role");
                return Err(AwsError::new(409, "LimitExceeded", message));
            }
            check_document(&document, &["Resource"], &["Principal", "NotPrincipal"])
        }
        _ => Ok(()),
    }
}

fn check_role_name(name: &str) -> Result<()> {
    let fits = |c: char| c.is_ascii_alphanumeric() || "+=,.@_-".contains(c);
    if (1..=64).contains(&name.len()) && name.chars().all(fits) {
        return Ok(());
    }
    let message = format!(
        "1 validation error detected: Value '{name}' at 'roleName' failed to satisfy constraint: Member must satisfy regular \
         expression pattern: [\\w+=,.@-]+ and have length less than or equal to 64"
    );
    Err(AwsError::new(400, "ValidationError", message))
}

/// Looks at the frame of a policy: a trust policy names a principal and no resource, an inline one the other way round.
fn check_document(document: &str, needed: &[&str], prohibited: &[&str]) -> Result<()> {
    let policy: Value = serde_json::from_str(document)
        .map_err(|_| malformed("This policy contains invalid Json"))?;
    if policy
        .get("Version")
        .is_some_and(|version| version != "2012-10-17" && version != "2008-10-17")
    {
        return Err(malformed("The policy must contain a valid version string"));
    }
    let statements = match &policy["Statement"] {
        Value::Array(statements) if !statements.is_empty() => statements.as_slice(),
        one @ Value::Object(_) => std::slice::from_ref(one),
        _ => return Err(malformed("Syntax errors in policy.")),
    };
    for statement in statements {
        if statement["Effect"] != "Allow" && statement["Effect"] != "Deny" {
            return Err(malformed("Syntax errors in policy."));
        }
        if let Some(field) = prohibited
            .iter()
            .find(|field| statement.get(**field).is_some())
        {
            return Err(malformed(&format!("Has prohibited field {field}")));
        }
        if statement
            .get("Action")
            .or(statement.get("NotAction"))
            .is_none()
        {
            return Err(malformed("Missing required field Action"));
        }
        let has = |field: &str| {
            statement
                .get(field)
                .or(statement.get(format!("Not{field}")))
                .is_some()
        };
        if let Some(field) = needed.iter().find(|field| !has(field)) {
            return Err(malformed(&format!("Missing required field {field}")));
        }
    }
    Ok(())
}

fn malformed(message: &str) -> AwsError {
    AwsError::new(400, "MalformedPolicyDocument", message)
}
