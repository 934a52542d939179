//! Waiting for AWS to become consistent with what it was just told: which refusals pass, for how long each is waited for, and
//! the two loops that wait.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::AwsError;

/// How long IAM, and a service that asks IAM, may take to know of a new role or policy: the IAM user guide gives no
/// limit, and terraform-provider-aws waits two minutes (`propagationTimeout` of its IAM package).
pub const PROPAGATION_TIMEOUT: Duration = Duration::from_secs(120);

/// How long Lambda may take to know a function everywhere that it just created, and CloudWatch Logs a log group.
const CREATION_TIMEOUT: Duration = Duration::from_secs(60);

const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// A refusal that passes by itself.
struct Transient {
    /// The IAM actions of the calls that are refused.
    actions: &'static [&'static str],
    /// The error codes.
    codes: &'static [&'static str],
    /// Where the code alone is ambiguous: the words of which one is in the message, whatever their case.
    words: &'static [&'static str],
    /// The words of a message of the same code that is final.
    final_words: &'static [&'static str],
    /// How long it is waited for, from the first call on.
    wait: Duration,
}

/// Every refusal that passes by itself, by action and error code, each with its source. Where a code is used for other refusals,
/// too, the words are all those in which AWS is documented or reported to say this one.
const TRANSIENT: &[Transient] = &[
    // The role is newer than what Lambda knows of IAM: "The role defined for the function cannot be assumed by Lambda" (Lambda
    // developer guide, "Execution role"). Its id does not stand in for its name yet: "Lambda was unable to configure access to your
    // environment variables because the KMS key is invalid for CreateGrant", "KMS Message: ARN does not refer to a valid principal"
    // (terraform-provider-aws #4633). Its policy is not known yet: "The provided execution role does not have permissions to call …"
    // (terraform-provider-aws, `retryFunctionOp`). "Your request has been throttled by EC2" (the same).
    Transient {
        actions: &[
            "lambda:CreateFunction",
            "lambda:UpdateFunctionConfiguration",
        ],
        codes: &["InvalidParameterValueException"],
        words: &[
            "cannot be assumed",
            "invalid for CreateGrant",
            "does not refer to a valid principal",
            "unable to decrypt the environment",
            "does not have permissions",
            "throttled by EC2",
        ],
        final_words: &[],
        wait: PROPAGATION_TIMEOUT,
    },
    // Lambda checks whether the role may write to the destination, with IAM's delay: "The provided execution role does not have
    // permissions to call SendMessage", "The destination ARN … is invalid" (terraform-provider-aws
    // `aws_lambda_function_event_invoke_config`).
    Transient {
        actions: &["lambda:PutFunctionEventInvokeConfig"],
        codes: &["InvalidParameterValueException"],
        words: &[
            "does not have permissions",
            "destination ARN",
            "cannot be assumed",
        ],
        final_words: &[],
        wait: PROPAGATION_TIMEOUT,
    },
    // The role does not yet have the right to read the buffer: "The function execution role does not have permissions to call
    // ReceiveMessage on SQS" (terraform-provider-aws `aws_lambda_event_source_mapping`; aws-cdk #4469), or is newer than what Lambda
    // knows of IAM ("cannot be assumed by Lambda").
    Transient {
        actions: &[
            "lambda:CreateEventSourceMapping",
            "lambda:UpdateEventSourceMapping",
        ],
        codes: &["InvalidParameterValueException"],
        words: &["does not have permissions to call", "cannot be assumed"],
        final_words: &[],
        wait: PROPAGATION_TIMEOUT,
    },
    // One change of an event source mapping at a time, each of which takes a minute or more (Lambda API reference,
    // `ResourceInUseException`: "the operation conflicts with the resource's availability").
    Transient {
        actions: &[
            "lambda:DeleteEventSourceMapping",
            "lambda:UpdateEventSourceMapping",
        ],
        codes: &["ResourceInUseException", "ResourceConflictException"],
        words: &[],
        final_words: &[],
        wait: Duration::from_secs(300),
    },
    // One change of a function at a time, in several wordings: "An update is in progress", "a concurrent update operation", "is
    // currently in the following state: Pending" (Lambda API reference, `ResourceConflictException`). CreateFunction and
    // AddPermission have the same code for what is there already: "Function already exist", "The statement id … already exists".
    Transient {
        actions: &[
            "lambda:AddPermission",
            "lambda:CreateFunction",
            "lambda:DeleteFunction",
            "lambda:DeleteFunctionEventInvokeConfig",
            "lambda:PutFunctionEventInvokeConfig",
            "lambda:RemovePermission",
            "lambda:TagResource",
            "lambda:UpdateFunctionCode",
            "lambda:UpdateFunctionConfiguration",
        ],
        codes: &["ResourceConflictException"],
        words: &[],
        final_words: &["already exist"],
        wait: PROPAGATION_TIMEOUT,
    },
    // The policy changed between two reads that Lambda made (Lambda API reference, `PreconditionFailedException`). No call here
    // names a revision, so that it is never final.
    Transient {
        actions: &["lambda:AddPermission", "lambda:RemovePermission"],
        codes: &["PreconditionFailedException"],
        words: &[],
        final_words: &[],
        wait: CREATION_TIMEOUT,
    },
    // A function that was just created is not known everywhere at once (Lambda developer guide, "Lambda function states";
    // terraform-provider-aws, `aws_lambda_permission` and `aws_lambda_function_event_invoke_config`).
    Transient {
        actions: &[
            "lambda:AddPermission",
            "lambda:GetFunctionConfiguration",
            "lambda:PutFunctionEventInvokeConfig",
            "lambda:TagResource",
            "lambda:UpdateFunctionCode",
            "lambda:UpdateFunctionConfiguration",
        ],
        codes: &["ResourceNotFoundException"],
        words: &[],
        final_words: &[],
        wait: CREATION_TIMEOUT,
    },
    // "A conflicting operation is currently in progress against this resource" (CloudWatch Logs API reference, `CreateLogGroup`).
    Transient {
        actions: &[
            "logs:CreateLogGroup",
            "logs:DeleteLogGroup",
            "logs:PutRetentionPolicy",
        ],
        codes: &["OperationAbortedException"],
        words: &[],
        final_words: &[],
        wait: CREATION_TIMEOUT,
    },
    // The log group that was just created is not known everywhere (terraform-provider-aws, `aws_cloudwatch_log_group`).
    Transient {
        actions: &["logs:PutRetentionPolicy"],
        codes: &["ResourceNotFoundException"],
        words: &[],
        final_words: &[],
        wait: CREATION_TIMEOUT,
    },
    // A name is free a minute after its queue was deleted (SQS API reference, `CreateQueue`).
    Transient {
        actions: &["sqs:CreateQueue"],
        codes: &[
            "QueueDeletedRecently",
            "AWS.SimpleQueueService.QueueDeletedRecently",
        ],
        words: &[],
        final_words: &[],
        wait: Duration::from_secs(90),
    },
    // A queue can be used about a second after it was created (SQS API reference, `CreateQueue`).
    Transient {
        actions: &["sqs:SetQueueAttributes", "sqs:TagQueue"],
        codes: &[
            "QueueDoesNotExist",
            "AWS.SimpleQueueService.NonExistentQueue",
        ],
        words: &[],
        final_words: &[],
        wait: Duration::from_secs(15),
    },
    // The policy that was just deleted still counts (terraform-provider-aws #3222). The caller tells it from a policy of
    // somebody else's.
    Transient {
        actions: &["iam:DeleteRole"],
        codes: &["DeleteConflict"],
        words: &[],
        final_words: &[],
        wait: PROPAGATION_TIMEOUT,
    },
    // Two changes of one role at the same time (IAM API reference, `ConcurrentModification`: "submit the request again"), or a
    // role that was just deleted ("EntityTemporarilyUnmodifiable: wait several minutes").
    Transient {
        actions: &[
            "iam:CreateRole",
            "iam:DeleteRole",
            "iam:DeleteRolePolicy",
            "iam:PutRolePermissionsBoundary",
            "iam:PutRolePolicy",
            "iam:TagRole",
            "iam:UpdateAssumeRolePolicy",
        ],
        codes: &["ConcurrentModification", "EntityTemporarilyUnmodifiable"],
        words: &[],
        final_words: &[],
        wait: PROPAGATION_TIMEOUT,
    },
    // A role that was just created is not known everywhere (IAM user guide, "Changes that I make are not always immediately
    // visible").
    Transient {
        actions: &[
            "iam:PutRolePermissionsBoundary",
            "iam:PutRolePolicy",
            "iam:TagRole",
            "iam:UpdateAssumeRolePolicy",
        ],
        codes: &["NoSuchEntity"],
        words: &[],
        final_words: &["policy"],
        wait: CREATION_TIMEOUT,
    },
    // A secret that was just created or restored is not that everywhere (Secrets Manager user guide, "eventual consistency"):
    // "You can't perform this operation on the secret because it was marked for deletion".
    Transient {
        actions: &["secretsmanager:DescribeSecret"],
        codes: &["ResourceNotFoundException"],
        words: &[],
        final_words: &[],
        wait: Duration::from_secs(30),
    },
    Transient {
        actions: &[
            "secretsmanager:PutSecretValue",
            "secretsmanager:TagResource",
        ],
        codes: &["InvalidRequestException"],
        words: &["marked for deletion", "marked deleted"],
        final_words: &[],
        wait: Duration::from_secs(30),
    },
    // "There are concurrent updates for a resource that supports one update at a time" (Systems Manager API reference).
    Transient {
        actions: &["ssm:AddTagsToResource", "ssm:PutParameter"],
        codes: &["TooManyUpdates"],
        words: &[],
        final_words: &[],
        wait: CREATION_TIMEOUT,
    },
    // IoT and SNS learn of a new role with IAM's delay, and say only that it is invalid.
    Transient {
        actions: &[
            "iot:UpdateAccountAuditConfiguration",
            "iot:UpdateSecurityProfile",
        ],
        codes: &["InvalidRequestException"],
        words: &["role"],
        final_words: &[],
        wait: PROPAGATION_TIMEOUT,
    },
    Transient {
        actions: &["sns:SetSMSAttributes"],
        codes: &["InvalidParameter"],
        words: &["role"],
        final_words: &[],
        wait: PROPAGATION_TIMEOUT,
    },
];

/// Returns how long to wait for a failure to pass, from the first call on; zero for one that is final.
pub(super) fn wait_for(failure: &AwsError) -> Duration {
    let (Some(action), Some(code)) = (failure.action, failure.code()) else {
        return Duration::ZERO;
    };
    let message = failure.cause().to_lowercase();
    let says = |words: &&str| message.contains(&words.to_lowercase());
    TRANSIENT
        .iter()
        .find(|row| {
            row.actions.contains(&action)
                && row.codes.contains(&code)
                && (row.words.is_empty() || row.words.iter().any(says))
                && !row.final_words.iter().any(says)
        })
        .map_or(Duration::ZERO, |row| row.wait)
}

/// Makes a call until it succeeds, or fails for a reason that does not pass by itself, or the wait for it is over.
///
/// # Errors
/// The first failure that does not pass, or the last one.
pub(super) async fn retry_transient<T, Fut>(call: impl FnMut() -> Fut) -> Result<T, AwsError>
where
    Fut: Future<Output = Result<T, AwsError>>,
{
    retry_until(wait_for, call).await
}

/// What is waited for, and for how long at most.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wait {
    /// What is being done, to which resource.
    pub task: String,
    /// Why it is not done yet: what the service answered.
    pub why: String,
    /// How long it is waited for, from the first call on.
    pub limit: Duration,
}

/// Where waits are reported.
type Report = Arc<dyn Fn(&Wait) + Send + Sync>;

tokio::task_local! {
    static REPORT: Report;
}

/// Runs a command, and reports each wait in it once, when it begins.
pub async fn reporting<F: Future>(
    report: impl Fn(&Wait) + Send + Sync + 'static,
    command: F,
) -> F::Output {
    REPORT.scope(Arc::new(report), command).await
}

/// Makes a call until it succeeds or fails for good. `wait` says how long to wait for a failure to pass, from the first call on;
/// zero makes it final.
///
/// # Errors
/// The first failure that does not pass, or the last one.
pub(super) async fn retry_until<T, Fut>(
    wait: impl Fn(&AwsError) -> Duration,
    mut call: impl FnMut() -> Fut,
) -> Result<T, AwsError>
where
    Fut: Future<Output = Result<T, AwsError>>,
{
    let start = Instant::now();
    let mut pause = FIRST_PAUSE;
    let mut is_reported = false;
    loop {
        match call().await {
            Err(failure) if Instant::now() + pause < start + wait(&failure) => {
                if !std::mem::replace(&mut is_reported, true) {
                    let begun = Wait {
                        task: failure.task.clone(),
                        why: failure.cause(),
                        limit: wait(&failure),
                    };
                    // Outside of a command there is nobody to tell.
                    let _ = REPORT.try_with(|report| report(&begun));
                }
                sleep(pause).await;
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
            outcome => return outcome,
        }
    }
}

/// Asks every `interval` until there is an answer; returns `None` if no answer came before `end`.
///
/// # Errors
/// The first failure.
pub async fn poll_until<T, Fut>(
    end: Instant,
    interval: Duration,
    mut ask: impl FnMut() -> Fut,
) -> Result<Option<T>, AwsError>
where
    Fut: Future<Output = Result<Option<T>, AwsError>>,
{
    loop {
        match ask().await? {
            None if Instant::now() + interval < end => sleep(interval).await,
            answer => return Ok(answer),
        }
    }
}

/// Asks every `interval` until there is an answer, as [`poll_until`] does, and goes on after a failure that can pass: a service that
/// is not reached or answers 5xx, and throttling.
///
/// # Errors
/// The first failure that does not pass; or the last one, if no question was answered since.
pub async fn poll_past_failures<T, Fut>(
    end: Instant,
    interval: Duration,
    mut ask: impl FnMut() -> Fut,
) -> Result<Option<T>, AwsError>
where
    Fut: Future<Output = Result<Option<T>, AwsError>>,
{
    loop {
        let asked = ask().await;
        let goes_on = match &asked {
            Ok(answer) => answer.is_none(),
            Err(failure) => failure.can_pass(),
        };
        if !goes_on || Instant::now() + interval >= end {
            return asked;
        }
        sleep(interval).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failure(action: &'static str, code: &str, message: &str) -> AwsError {
        AwsError::refused(action, "making a change", code, message)
    }

    fn new_role() -> AwsError {
        failure(
            "lambda:CreateFunction",
            "InvalidParameterValueException",
            "The role defined for the function cannot be assumed by Lambda.",
        )
    }

    #[test]
    fn what_passes_and_what_is_final() {
        let passes = [
            (
                "lambda:CreateFunction",
                "InvalidParameterValueException",
                "Lambda was unable to configure access to your environment variables because the KMS key is invalid for CreateGrant.",
            ),
            (
                "lambda:PutFunctionEventInvokeConfig",
                "InvalidParameterValueException",
                "The destination ARN arn:aws:sqs:eu-west-1:123456789012:q is invalid.",
            ),
            (
                "lambda:CreateEventSourceMapping",
                "InvalidParameterValueException",
                "The function execution role does not have permissions to call ReceiveMessage on SQS",
            ),
            (
                "lambda:DeleteEventSourceMapping",
                "ResourceInUseException",
                "Cannot delete the event source mapping because it is in use.",
            ),
            (
                "lambda:AddPermission",
                "ResourceConflictException",
                "The operation cannot be performed at this time. An update is in progress for resource: f",
            ),
            (
                "lambda:UpdateFunctionCode",
                "ResourceConflictException",
                "The function could not be updated due to a concurrent update operation.",
            ),
            (
                "lambda:CreateFunction",
                "InvalidParameterValueException",
                "KMS Message: ARN does not refer to a valid principal",
            ),
            (
                "lambda:UpdateFunctionConfiguration",
                "InvalidParameterValueException",
                "The provided execution role does not have permissions to call CreateNetworkInterface on EC2",
            ),
            (
                "lambda:AddPermission",
                "ResourceNotFoundException",
                "Function not found: f",
            ),
            (
                "lambda:AddPermission",
                "PreconditionFailedException",
                "The RevisionId provided does not match the latest RevisionId.",
            ),
            (
                "lambda:PutFunctionEventInvokeConfig",
                "ResourceNotFoundException",
                "The function f doesn't exist.",
            ),
            (
                "lambda:CreateFunction",
                "ResourceConflictException",
                "The operation cannot be performed at this time. An update is in progress for resource: f",
            ),
            (
                "iam:PutRolePolicy",
                "NoSuchEntity",
                "The role with name r cannot be found.",
            ),
            (
                "lambda:GetFunctionConfiguration",
                "ResourceNotFoundException",
                "Function not found: f",
            ),
            ("logs:CreateLogGroup", "OperationAbortedException", "again"),
            (
                "sqs:CreateQueue",
                "AWS.SimpleQueueService.QueueDeletedRecently",
                "You must wait 60 seconds after deleting a queue.",
            ),
            ("iam:DeleteRole", "DeleteConflict", "must delete policies"),
            (
                "iot:UpdateSecurityProfile",
                "InvalidRequestException",
                "Invalid Role ARN",
            ),
            (
                "sns:SetSMSAttributes",
                "InvalidParameter",
                "Invalid parameter: the IAM role is not valid",
            ),
        ];
        for (action, code, message) in passes {
            let wait = wait_for(&failure(action, code, message));
            assert!(wait > Duration::ZERO, "{action}: {code}: {message}");
        }
        let fails = [
            (
                "lambda:CreateEventSourceMapping",
                "InvalidParameterValueException",
                "Queue visibility timeout: 30 seconds is less than Function timeout: 60 seconds",
            ),
            (
                "lambda:CreateFunction",
                "InvalidParameterValueException",
                "Unzipped size must be smaller than 262144000 bytes",
            ),
            // The same words of another operation are about something else.
            (
                "lambda:InvokeFunction",
                "InvalidParameterValueException",
                "The role defined for the function cannot be assumed by Lambda.",
            ),
            (
                "lambda:AddPermission",
                "ResourceConflictException",
                "The statement id (s) provided already exists.",
            ),
            (
                "lambda:CreateFunction",
                "ResourceConflictException",
                "Function already exist: f",
            ),
            (
                "lambda:GetFunction",
                "ResourceNotFoundException",
                "Function not found: f",
            ),
            (
                "iot:UpdateSecurityProfile",
                "InvalidRequestException",
                "Invalid topic ARN",
            ),
        ];
        for (action, code, message) in fails {
            let wait = wait_for(&failure(action, code, message));
            assert_eq!(wait, Duration::ZERO, "{action}: {code}: {message}");
        }
        assert_eq!(
            wait_for(&AwsError::local("making a change", "cannot be assumed")),
            Duration::ZERO
        );
    }

    #[tokio::test(start_paused = true)]
    async fn what_passes_is_waited_for() {
        let mut calls = 0;
        let done = retry_transient(|| {
            calls += 1;
            let outcome = if calls < 4 {
                Err(new_role())
            } else {
                Ok(calls)
            };
            async move { outcome }
        });
        assert_eq!(done.await.expect("it passes"), 4);
    }

    #[tokio::test(start_paused = true)]
    async fn the_last_error_is_kept() {
        let start = Instant::now();
        let mut calls = 0;
        let given_up = retry_transient(|| {
            calls += 1;
            let message = format!("cannot be assumed by Lambda, call {calls}");
            async move {
                Err::<(), _>(failure(
                    "lambda:CreateFunction",
                    "InvalidParameterValueException",
                    &message,
                ))
            }
        })
        .await
        .expect_err("it never passes");
        assert!(
            given_up.cause().ends_with(&format!("call {calls}")),
            "{}",
            given_up.cause()
        );
        assert!(start.elapsed() < PROPAGATION_TIMEOUT);
        assert!(start.elapsed() > PROPAGATION_TIMEOUT / 2);
    }

    #[tokio::test(start_paused = true)]
    async fn what_does_not_pass_is_final() {
        let start = Instant::now();
        let mut calls = 0;
        retry_transient(|| {
            calls += 1;
            let outcome = match calls {
                1 => new_role(),
                _ => failure(
                    "lambda:CreateFunction",
                    "InvalidParameterValueException",
                    "no",
                ),
            };
            async move { Err::<(), _>(outcome) }
        })
        .await
        .expect_err("final");
        assert_eq!((calls, start.elapsed()), (2, FIRST_PAUSE));
    }

    #[tokio::test(start_paused = true)]
    async fn polling_ends_with_an_answer_or_in_time() {
        let (start, second) = (Instant::now(), Duration::from_secs(1));
        let mut asked = 0;
        let answer = poll_until(start + 10 * second, second, || {
            asked += 1;
            let answer = (asked == 3).then_some(asked);
            async move { Ok(answer) }
        });
        assert_eq!(answer.await.expect("no failure"), Some(3));
        assert_eq!(start.elapsed(), 2 * second);
        let none = poll_until(start + 4 * second, second, || async { Ok(None::<()>) }).await;
        assert_eq!(none.expect("no failure"), None);
        assert!(start.elapsed() < 4 * second);
    }

    #[tokio::test(start_paused = true)]
    async fn a_wait_is_reported_once_with_its_limit() {
        let waits = Arc::new(std::sync::Mutex::new(Vec::new()));
        let heard = Arc::clone(&waits);
        let mut calls = 0;
        let work = retry_transient(|| {
            calls += 1;
            let outcome = if calls < 4 { Err(new_role()) } else { Ok(()) };
            async { outcome }
        });
        let report = move |wait: &Wait| heard.lock().expect("the waits").push(wait.clone());
        reporting(report, work).await.expect("success");
        let waits = waits.lock().expect("the waits");
        assert_eq!(waits.len(), 1, "{waits:?}");
        assert_eq!(waits[0].task, "making a change");
        assert!(waits[0].why.contains("cannot be assumed"), "{waits:?}");
        assert_eq!(waits[0].limit, PROPAGATION_TIMEOUT);
    }
}
