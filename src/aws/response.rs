//! What a call returned, turned into what was asked for, "not there", or an [`AwsError`].

use std::error::Error as StdError;

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use super::AwsError;

/// The codes by which each service says that what a call names is not there, by the prefix of its IAM actions. Sources: the
/// "Errors" section of the operations in each API reference. SQS answers with the first code, and in the header
/// `x-amzn-query-error`, which the SDK prefers, with the second ("Error handling in the AWS JSON protocol" of the SQS guide).
const NOT_FOUND: &[(&str, &[&str])] = &[
    ("iam", &["NoSuchEntity"]),
    ("iot", &["ResourceNotFoundException"]),
    ("kms", &["NotFoundException"]),
    ("lambda", &["ResourceNotFoundException"]),
    ("logs", &["ResourceNotFoundException"]),
    ("secretsmanager", &["ResourceNotFoundException"]),
    ("sns", &["NotFound"]),
    (
        "sqs",
        &[
            "QueueDoesNotExist",
            "AWS.SimpleQueueService.NonExistentQueue",
        ],
    ),
    // The second for calls that name a resource of any kind, such as `ListTagsForResource`.
    ("ssm", &["ParameterNotFound", "InvalidResourceId"]),
];

/// The codes by which each service says that what a call would create is there already, by the IAM action. Sources: the "Errors"
/// section of the operations in each API reference.
const EXISTS: &[(&str, &[&str])] = &[
    ("iam:CreateRole", &["EntityAlreadyExists"]),
    ("lambda:AddPermission", &["ResourceConflictException"]),
    ("lambda:CreateFunction", &["ResourceConflictException"]),
    ("logs:CreateLogGroup", &["ResourceAlreadyExistsException"]),
    ("secretsmanager:CreateSecret", &["ResourceExistsException"]),
    (
        "sqs:CreateQueue",
        &["QueueNameExists", "QueueAlreadyExists"],
    ),
    ("ssm:PutParameter", &["ParameterAlreadyExists"]),
];

/// Returns whether an error code of the service of `action` says that what the call names is not there.
fn is_not_found(action: &str, code: Option<&str>) -> bool {
    let service = action.split(':').next().unwrap_or_default();
    NOT_FOUND
        .iter()
        .filter(|(prefix, _)| *prefix == service)
        .any(|(_, codes)| code.is_some_and(|code| codes.contains(&code)))
}

/// The three ways in which a call's outcome is read. `action` is the IAM action that the call needs, `task` what it does and to
/// which resource, so that "`task` failed" is a sentence.
pub(super) trait Response<T>: Sized {
    /// Returns the answer.
    ///
    /// # Errors
    /// Every failure.
    fn or_error(self, action: &'static str, task: impl Into<String>) -> Result<T, AwsError>;

    /// Returns the answer, or `None` where what the call names is not there.
    ///
    /// # Errors
    /// Every other failure: what may not be seen is not missing.
    fn or_missing(
        self,
        action: &'static str,
        task: impl Into<String>,
    ) -> Result<Option<T>, AwsError>;

    /// Accepts that what is to be removed is gone already.
    ///
    /// # Errors
    /// Every other failure.
    fn or_gone(self, action: &'static str, task: impl Into<String>) -> Result<(), AwsError> {
        self.or_missing(action, task).map(|_| ())
    }
}

/// Reads what came of a call that creates something: that it is there already is no failure where `is_wanted` finds it to be just
/// what was to be created. So it is after a call whose answer was lost on the way, for the SDK makes it again.
///
/// # Errors
/// The first failure, also where it cannot be read what is there.
pub(super) async fn created<T>(
    outcome: Result<T, AwsError>,
    is_wanted: impl AsyncFnOnce() -> Result<bool, AwsError>,
) -> Result<(), AwsError> {
    match outcome {
        Err(failure) if failure.is_exists() => match is_wanted().await {
            Ok(true) => Ok(()),
            _ => Err(failure),
        },
        outcome => outcome.map(|_| ()),
    }
}

impl<T, E> Response<T> for Result<T, SdkError<E, HttpResponse>>
where
    E: ProvideErrorMetadata + StdError + Send + Sync + 'static,
{
    fn or_error(self, action: &'static str, task: impl Into<String>) -> Result<T, AwsError> {
        self.map_err(|error| AwsError::of(action, task, &error))
    }

    fn or_missing(
        self,
        action: &'static str,
        task: impl Into<String>,
    ) -> Result<Option<T>, AwsError> {
        match self {
            Ok(answer) => Ok(Some(answer)),
            Err(error) => AwsError::of(action, task, &error).or_missing(),
        }
    }
}

impl AwsError {
    /// Returns whether the service says that what the call would create is there already: also the second answer to a call
    /// whose first answer was lost, which the SDK makes again.
    pub(super) fn is_exists(&self) -> bool {
        EXISTS
            .iter()
            .filter(|(action, _)| self.action == Some(*action))
            .any(|(_, codes)| self.code().is_some_and(|code| codes.contains(&code)))
    }

    /// Turns "not there" into `None`.
    pub(super) fn or_missing<T>(self) -> Result<Option<T>, AwsError> {
        match is_not_found(self.action.unwrap_or_default(), self.code()) {
            true => Ok(None),
            false => Err(self),
        }
    }
}

#[cfg(test)]
mod tests {
    use aws_smithy_mocks::mock;

    use super::super::mocks::{clients, found_role, json_error, xml_error};
    use super::super::{AwsErrorKind, function, queue, role};
    use super::*;

    #[test]
    fn each_service_has_its_own_code_for_not_found() {
        assert!(is_not_found("iam:GetRole", Some("NoSuchEntity")));
        assert!(is_not_found("sns:GetTopicAttributes", Some("NotFound")));
        assert!(!is_not_found("iam:GetRole", Some("NotFound")));
        assert!(!is_not_found("sqs:GetQueueUrl", Some("AccessDenied")));
        assert!(!is_not_found("sqs:GetQueueUrl", None));
        assert!(!is_not_found("", Some("NotFound")));
    }

    #[tokio::test]
    async fn what_is_there_already_is_created_where_it_is_what_was_wanted() {
        let exists = || AwsError::refused("iam:CreateRole", "t", "EntityAlreadyExists", "exists");
        let other = || AwsError::refused("iam:CreateRole", "t", "LimitExceeded", "too many");
        let gone = || AwsError::refused("iam:GetRole", "t", "NoSuchEntity", "none");
        let wanted = created(Err::<(), _>(exists()), async || Ok(true)).await;
        wanted.expect("it is what was wanted");
        for found in [Ok(false), Err(gone())] {
            let failure = created(Err::<(), _>(exists()), async || found).await;
            let failure = failure.expect_err("somebody else's");
            assert_eq!(failure.code(), Some("EntityAlreadyExists"));
        }
        let failure = created(Err::<(), _>(other()), async || Ok(true)).await;
        assert_eq!(failure.expect_err("refused").code(), Some("LimitExceeded"));
    }

    #[tokio::test]
    async fn what_is_not_there_is_none_and_what_may_not_be_seen_is_an_error() {
        let missing = mock!(aws_sdk_lambda::Client::get_function).then_http_response(|| {
            json_error(404, "ResourceNotFoundException", "Function not found: f")
        });
        let found = function::get(&clients([&missing]), "f").await;
        assert!(found.expect("no error").is_none());

        let denied = mock!(aws_sdk_lambda::Client::get_function)
            .then_http_response(|| json_error(403, "AccessDeniedException", "not authorized"));
        let failure = function::get(&clients([&denied]), "f")
            .await
            .expect_err("an error");
        let action = "lambda:GetFunction";
        assert_eq!(failure.kind, AwsErrorKind::AccessDenied { action });
    }

    #[tokio::test]
    async fn sqs_has_two_codes_for_a_queue_that_is_not_there() {
        let plain = "com.amazonaws.sqs#QueueDoesNotExist";
        for query in [None, Some("AWS.SimpleQueueService.NonExistentQueue;Sender")] {
            let missing = mock!(aws_sdk_sqs::Client::get_queue_url).then_http_response(move || {
                let mut answer = json_error(400, plain, "The specified queue does not exist.");
                if let Some(query) = query {
                    answer.headers_mut().insert("x-amzn-query-error", query);
                }
                answer
            });
            let url = queue::url(&clients([&missing]), "q").await;
            assert_eq!(url.expect("no error"), None, "{query:?}");
        }
    }

    #[tokio::test]
    async fn a_role_whose_policy_may_not_be_read_is_an_error() {
        let found = mock!(aws_sdk_iam::Client::get_role).then_output(found_role);
        let denied = mock!(aws_sdk_iam::Client::get_role_policy)
            .then_http_response(|| xml_error(403, "AccessDenied", "not authorized"));
        let failure = role::get(&clients([&found, &denied]), "r", role::RELAY)
            .await
            .expect_err("an error");
        let action = "iam:GetRolePolicy";
        assert_eq!(failure.kind, AwsErrorKind::AccessDenied { action });
    }
}
