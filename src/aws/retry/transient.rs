//! Which refusals pass by themselves, and for how long each is waited for.

use std::time::Duration;

use crate::aws::AwsError;

/// How long IAM, and a service that asks IAM, may take to know of a new role or policy: the IAM user guide gives no
/// limit, and terraform-provider-aws waits two minutes (`propagationTimeout` of its IAM package).
pub const PROPAGATION_TIMEOUT: Duration = Duration::from_secs(120);

/// How long Lambda may take to know a function everywhere that it just created, and CloudWatch Logs a log group.
const CREATION_TIMEOUT: Duration = Duration::from_secs(60);

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
pub(in crate::aws) fn wait_for(failure: &AwsError) -> Duration {
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
