//! Function names, runtimes, environments, sizes.

use serde_json::Value;

use super::{AwsError, Call, Result};

/// What can still be chosen for a new function and is not deprecated in autumn 2026, with the bare `provided` ones.
const RUNTIMES: [&str; 8] = [
    "provided.al2023",
    "python3.14",
    "python3.13",
    "python3.12",
    "python3.11",
    "nodejs24.x",
    "nodejs22.x",
    "java25",
];

/// All variables of a function together, as JSON, in bytes.
const ENVIRONMENT: usize = 4096;

/// The largest request, which is the 50 MB of a zip in base64.
const REQUEST: usize = 70_167_211;

pub(crate) fn check(call: &Call) -> Result<()> {
    let changes_code = matches!(
        call.action.as_str(),
        "CreateFunction" | "UpdateFunctionCode"
    );
    if changes_code && call.body.len() > REQUEST {
        let message = format!(
            "Request must be smaller than {REQUEST} bytes for the {} operation",
            call.action
        );
        return Err(AwsError::new(
            413,
            "RequestEntityTooLargeException",
            message,
        ));
    }
    if call.path_part(1) == Some("functions") && call.path_part(2).is_some() {
        check_name(&call.function_name().unwrap_or_default())?;
    }
    match call.action.as_str() {
        "CreateFunction" => {
            let request = call.json();
            check_name(request["FunctionName"].as_str().unwrap_or_default())?;
            check_runtime(request["Runtime"].as_str().unwrap_or_default())?;
            check_role(request["Role"].as_str().unwrap_or_default())?;
            check_environment(&request["Environment"]["Variables"])
        }
        "UpdateFunctionConfiguration" => {
            let request = call.json();
            request["Runtime"].as_str().map_or(Ok(()), check_runtime)?;
            check_environment(&request["Environment"]["Variables"])
        }
        "UpdateFunctionCode" if call.json()["DryRun"] == true => Err(invalid(
            "the emulator replaces the code on a dry run: the test bed refuses DryRun",
        )),
        _ => Ok(()),
    }
}

fn check_name(name: &str) -> Result<()> {
    // An ARN may carry a qualifier behind the name.
    let name = name.split(':').next().unwrap_or_default();
    if (1..=64).contains(&name.len())
        && name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
    {
        return Ok(());
    }
    let message = format!(
        "1 validation error detected: Value '{name}' at 'functionName' failed to satisfy constraint: Member must satisfy regular \
         expression pattern: [a-zA-Z0-9-_]+ and have length less than or equal to 64"
    );
    Err(AwsError::new(400, "ValidationException", message))
}

fn check_runtime(runtime: &str) -> Result<()> {
    if RUNTIMES.contains(&runtime) {
        return Ok(());
    }
    Err(invalid(&format!(
        "Value {runtime} at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: [{}] or be a valid ARN",
        RUNTIMES.join(", ")
    )))
}

fn check_role(arn: &str) -> Result<()> {
    if arn.starts_with("arn:aws") && arn.contains(":iam::") && arn.contains(":role/") {
        return Ok(());
    }
    let message = format!(
        "1 validation error detected: Value '{arn}' at 'role' failed to satisfy constraint: it is no role's ARN"
    );
    Err(AwsError::new(400, "ValidationException", message))
}

fn check_environment(variables: &Value) -> Result<()> {
    let Some(map) = variables.as_object() else {
        return Ok(());
    };
    // Not a complete list: what ddalert could be tempted to set.
    let reserved: Vec<&str> = map
        .keys()
        .map(String::as_str)
        .filter(|key| key.starts_with("AWS_") || *key == "_HANDLER")
        .collect();
    let failed = "Lambda was unable to configure your environment variables because the environment variables you have provided";
    if !reserved.is_empty() {
        return Err(invalid(&format!(
            "{failed} contains reserved keys that are currently not supported for modification. Reserved keys used in this request: {}",
            reserved.join(", ")
        )));
    }
    let text = variables.to_string();
    if text.len() > ENVIRONMENT {
        return Err(invalid(&format!(
            "{failed} exceeded the 4KB limit. String measured: {text}"
        )));
    }
    Ok(())
}

fn invalid(message: &str) -> AwsError {
    AwsError::new(400, "InvalidParameterValueException", message)
}
