//! What passes and what is final, and how long each is waited for, on a clock that does not wait.

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
