//! What a person who runs ddalert must be allowed: one table, from which `ddalert permissions` and the documentation are made.

use serde_json::{Map, Value, json};

use crate::arn::Arn;

/// The longest managed policy, in characters without white space (IAM quotas).
pub const MANAGED_POLICY_LIMIT: usize = 6144;
/// The longest that the inline policies of a user can be together, in characters without white space (IAM quotas).
pub const USER_POLICY_LIMIT: usize = 2048;

/// A command, as far as it needs permissions of its own; `deploy` stands for each `deploy-…`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Task {
    /// `deploy-…`
    Deploy,
    /// `subscribe-sms`
    SubscribeSms,
    /// `test-publish`
    TestPublish,
    /// `status`
    Status,
    /// `doctor`
    Doctor,
    /// `connect`
    Connect,
    /// `replay`
    Replay,
    /// `rotate`, which is a deploy that wants another secret.
    Rotate,
    /// `remove`
    Remove,
}

impl Task {
    /// Every command.
    pub const ALL: [Task; 9] = [
        Task::Deploy,
        Task::SubscribeSms,
        Task::TestPublish,
        Task::Status,
        Task::Doctor,
        Task::Connect,
        Task::Replay,
        Task::Rotate,
        Task::Remove,
    ];

    /// Returns how it is typed.
    pub fn name(self) -> &'static str {
        match self {
            Task::Deploy => "deploy",
            Task::SubscribeSms => "subscribe-sms",
            Task::TestPublish => "test-publish",
            Task::Status => "status",
            Task::Doctor => "doctor",
            Task::Connect => "connect",
            Task::Replay => "replay",
            Task::Rotate => "rotate",
            Task::Remove => "remove",
        }
    }

    /// Returns the letter by which the table names it.
    fn letter(self) -> char {
        match self {
            Task::Deploy | Task::Rotate => 'd',
            Task::SubscribeSms => 's',
            Task::TestPublish => 't',
            Task::Status => 'l',
            Task::Doctor => 'o',
            Task::Connect => 'c',
            Task::Replay => 'r',
            Task::Remove => 'x',
        }
    }
}

/// Where the permissions are for. Each part may be a placeholder, such as `ACCOUNT`.
#[derive(Clone, Debug)]
pub struct PolicyPlace {
    /// The partition, such as `aws`.
    pub partition: String,
    /// The region of the topic.
    pub region: String,
    /// The account.
    pub account: String,
    /// The name of the topic.
    pub topic: String,
    /// The region that sends text messages.
    pub sms_region: String,
    /// The id of the KMS key of the topic, or of the webhook URLs.
    pub key: String,
    /// The path of the roles that ddalert creates; it begins and ends with `/`.
    pub role_path: String,
    /// How the names of functions begin; `ddalert-`, but for `--name`.
    pub name_prefix: String,
}

impl Default for PolicyPlace {
    fn default() -> PolicyPlace {
        PolicyPlace {
            partition: "aws".to_owned(),
            region: "REGION".to_owned(),
            account: "ACCOUNT".to_owned(),
            topic: "TOPIC".to_owned(),
            sms_region: "REGION".to_owned(),
            key: "KEY".to_owned(),
            role_path: "/".to_owned(),
            name_prefix: "ddalert-".to_owned(),
        }
    }
}

/// One statement of the policy.
struct Grant {
    sid: &'static str,
    /// Each action with the letters of the commands that need it.
    actions: &'static [(&'static str, &'static str)],
    resource: Resource,
}

/// What a statement is about.
#[derive(Clone, Copy)]
enum Resource {
    /// Lists and settings of the account, which have no ARN.
    Any,
    Topic,
    Subscriptions,
    AnyRole,
    AnyPolicy,
    Roles,
    /// Roles that are given to a service.
    PassedRoles,
    Functions,
    EventSourceMappings,
    Queues,
    LogGroups,
    CarrierLogs,
    Secrets,
    Parameters,
    Key,
    SecurityProfiles,
}

/// The table. Actions that AWS asks for besides that of the call are in it, too: tagging at creation, `lambda:ListTags` for the tags
/// in the answer of `GetFunction`, `iam:PassRole`, and the key of an encrypted topic.
const GRANTS: &[Grant] = &[
    Grant {
        sid: "Topic",
        actions: &[
            ("sns:GetTopicAttributes", "dstocrxl"),
            ("sns:ListSubscriptionsByTopic", "dstorxl"),
            ("sns:Subscribe", "ds"),
            ("sns:Publish", "t"),
            ("sns:CreateTopic", "c"),
            ("sns:TagResource", "c"),
        ],
        resource: Resource::Topic,
    },
    Grant {
        sid: "TopicKey",
        actions: &[("kms:Decrypt", "t"), ("kms:GenerateDataKey", "t")],
        resource: Resource::Key,
    },
    Grant {
        sid: "Subscriptions",
        actions: &[
            ("sns:GetSubscriptionAttributes", "dstox"),
            ("sns:SetSubscriptionAttributes", "dsx"),
            ("sns:Unsubscribe", "sx"),
        ],
        resource: Resource::Subscriptions,
    },
    Grant {
        sid: "Lists",
        actions: &[
            ("sns:ListTopics", "dstocrxl"),
            ("cloudwatch:GetMetricData", "dslo"),
            ("iam:ListAccountAliases", "dstlocrx"),
            ("iam:ListRoles", "x"),
            ("lambda:CreateEventSourceMapping", "ds"),
            ("lambda:ListEventSourceMappings", "dsox"),
            ("logs:DescribeLogGroups", "dsox"),
            ("tag:GetResources", "orx"),
        ],
        resource: Resource::Any,
    },
    Grant {
        sid: "RoleTags",
        actions: &[("iam:ListRoleTags", "x")],
        resource: Resource::AnyRole,
    },
    Grant {
        sid: "SmsAccount",
        actions: &[
            ("sns:CheckIfPhoneNumberIsOptedOut", "so"),
            ("sns:CreateSMSSandboxPhoneNumber", "s"),
            ("sns:GetSMSAttributes", "sto"),
            ("sns:GetSMSSandboxAccountStatus", "so"),
            ("sns:ListOriginationNumbers", "so"),
            ("sns:ListSMSSandboxPhoneNumbers", "so"),
            ("sns:OptInPhoneNumber", "s"),
            ("sns:SetSMSAttributes", "s"),
            ("sns:VerifySMSSandboxPhoneNumber", "s"),
        ],
        resource: Resource::Any,
    },
    Grant {
        sid: "Functions",
        actions: &[
            ("lambda:AddPermission", "ds"),
            ("lambda:CreateFunction", "ds"),
            ("lambda:DeleteFunction", "x"),
            ("lambda:DeleteFunctionEventInvokeConfig", "x"),
            ("lambda:GetFunction", "dstorxl"),
            ("lambda:GetFunctionConfiguration", "dsx"),
            ("lambda:GetFunctionEventInvokeConfig", "dsoxt"),
            ("lambda:GetPolicy", "dsox"),
            ("lambda:InvokeFunction", "r"),
            ("lambda:ListTags", "dstorxl"),
            ("lambda:PutFunctionEventInvokeConfig", "ds"),
            ("lambda:RemovePermission", "dsx"),
            ("lambda:TagResource", "dsx"),
            ("lambda:UpdateFunctionCode", "ds"),
            ("lambda:UpdateFunctionConfiguration", "dsx"),
        ],
        resource: Resource::Functions,
    },
    Grant {
        sid: "EventSourceMappings",
        actions: &[
            ("lambda:DeleteEventSourceMapping", "dsx"),
            ("lambda:ListTags", "dsox"),
            ("lambda:TagResource", "ds"),
            ("lambda:UpdateEventSourceMapping", "ds"),
        ],
        resource: Resource::EventSourceMappings,
    },
    Grant {
        sid: "Roles",
        actions: &[
            ("iam:CreateRole", "dsc"),
            ("iam:DeleteRole", "dscx"),
            ("iam:DeleteRolePolicy", "dscx"),
            ("iam:GetRole", "dstcox"),
            ("iam:GetRolePolicy", "dstcox"),
            ("iam:ListAttachedRolePolicies", "dstcox"),
            ("iam:ListRolePolicies", "dstcox"),
            ("iam:PutRolePermissionsBoundary", "dsc"),
            ("iam:PutRolePolicy", "dsc"),
            ("iam:SimulatePrincipalPolicy", "dstco"),
            ("iam:TagRole", "dsc"),
            ("iam:UpdateAssumeRolePolicy", "dsc"),
        ],
        resource: Resource::Roles,
    },
    Grant {
        sid: "Boundary",
        actions: &[("iam:GetPolicy", "dsc")],
        resource: Resource::AnyPolicy,
    },
    Grant {
        sid: "PassRoles",
        actions: &[("iam:PassRole", "dscx")],
        resource: Resource::PassedRoles,
    },
    Grant {
        sid: "Queues",
        actions: &[
            ("sqs:ChangeMessageVisibility", "r"),
            ("sqs:CreateQueue", "ds"),
            ("sqs:DeleteMessage", "dsr"),
            ("sqs:DeleteQueue", "dsx"),
            ("sqs:GetQueueAttributes", "dsorxl"),
            ("sqs:GetQueueUrl", "dsorxl"),
            ("sqs:ListQueueTags", "dsorx"),
            ("sqs:ReceiveMessage", "dsr"),
            ("sqs:SendMessage", "ds"),
            ("sqs:SetQueueAttributes", "ds"),
            ("sqs:TagQueue", "ds"),
        ],
        resource: Resource::Queues,
    },
    Grant {
        sid: "LogGroups",
        actions: &[
            ("logs:CreateLogGroup", "ds"),
            ("logs:DeleteLogGroup", "x"),
            ("logs:FilterLogEvents", "tlo"),
            ("logs:ListTagsForResource", "dsox"),
            ("logs:PutRetentionPolicy", "ds"),
            ("logs:TagResource", "ds"),
        ],
        resource: Resource::LogGroups,
    },
    Grant {
        sid: "CarrierLogs",
        actions: &[("logs:FilterLogEvents", "t")],
        resource: Resource::CarrierLogs,
    },
    Grant {
        sid: "SecretsManager",
        actions: &[
            ("secretsmanager:CreateSecret", "d"),
            ("secretsmanager:DeleteSecret", "dx"),
            ("secretsmanager:DescribeSecret", "dox"),
            ("secretsmanager:GetResourcePolicy", "o"),
            ("secretsmanager:GetSecretValue", "do"),
            ("secretsmanager:PutSecretValue", "d"),
            ("secretsmanager:RestoreSecret", "d"),
            ("secretsmanager:TagResource", "d"),
        ],
        resource: Resource::Secrets,
    },
    Grant {
        sid: "ParameterStore",
        actions: &[
            ("ssm:AddTagsToResource", "d"),
            ("ssm:DeleteParameter", "dx"),
            ("ssm:GetParameter", "dox"),
            ("ssm:ListTagsForResource", "dox"),
            ("ssm:PutParameter", "d"),
        ],
        resource: Resource::Parameters,
    },
    Grant {
        sid: "Kms",
        actions: &[
            ("kms:Decrypt", "do"),
            ("kms:DescribeKey", "dtco"),
            ("kms:Encrypt", "d"),
            ("kms:GetKeyPolicy", "to"),
        ],
        resource: Resource::Key,
    },
    Grant {
        sid: "DeviceDefender",
        actions: &[
            ("iot:DescribeSecurityProfile", "tco"),
            ("iot:ListTargetsForSecurityProfile", "o"),
            ("iot:UpdateSecurityProfile", "c"),
        ],
        resource: Resource::SecurityProfiles,
    },
    Grant {
        sid: "DeviceDefenderAccount",
        actions: &[
            ("iot:DescribeScheduledAudit", "o"),
            ("iot:ListScheduledAudits", "o"),
            ("iot:ListSecurityProfiles", "tco"),
            ("iot:DescribeAccountAuditConfiguration", "tco"),
            ("iot:UpdateAccountAuditConfiguration", "c"),
        ],
        resource: Resource::Any,
    },
];

impl PolicyPlace {
    /// Returns what a statement is about, as ARNs or patterns of them.
    fn resources(&self, resource: Resource) -> Vec<String> {
        let arn = |service: &str, region: &str, resource: &str| {
            Arn::new(&self.partition, service, region, &self.account, resource).to_string()
        };
        let here = |service: &str, resource: &str| arn(service, &self.region, resource);
        let iam = |resource: &str| arn("iam", "", resource);
        let names = format!("{}*", self.name_prefix);
        let roles = || {
            let mut roles = vec![iam(&format!("role{}{names}", self.role_path))];
            // The role by which Device Defender publishes, and SNS's, are always called so.
            if self.name_prefix != "ddalert-" {
                roles.push(iam(&format!("role{}ddalert-*", self.role_path)));
            }
            roles
        };
        let carrier_logs = |region: &str| {
            arn(
                "logs",
                region,
                &format!("log-group:sns/{region}/{}/*", self.account),
            )
        };
        match resource {
            Resource::Any => vec!["*".to_owned()],
            Resource::Topic => vec![here("sns", &self.topic)],
            Resource::Subscriptions => vec![here("sns", &format!("{}*", self.topic))],
            Resource::AnyRole => vec![iam("role/*")],
            Resource::AnyPolicy => vec![iam("policy/*")],
            Resource::Roles | Resource::PassedRoles => roles(),
            Resource::Functions => vec![here("lambda", &format!("function:{names}"))],
            Resource::EventSourceMappings => vec![here("lambda", "event-source-mapping:*")],
            Resource::Queues => {
                let mut queues = vec![here("sqs", &names)];
                if self.name_prefix != "ddalert-" {
                    queues.push(here("sqs", "ddalert-sms-*"));
                }
                queues
            }
            Resource::LogGroups => vec![here("logs", &format!("log-group:/aws/lambda/{names}"))],
            // Of raw phones in the topic's region, of a relay's texts in that which sends them.
            Resource::CarrierLogs if self.sms_region == self.region => {
                vec![carrier_logs(&self.region)]
            }
            Resource::CarrierLogs => {
                vec![carrier_logs(&self.region), carrier_logs(&self.sms_region)]
            }
            Resource::Secrets => vec![here("secretsmanager", "secret:ddalert/*")],
            Resource::Parameters => vec![here("ssm", "parameter/ddalert/*")],
            Resource::Key => vec![here("kms", &format!("key/{}", self.key))],
            Resource::SecurityProfiles => vec![here("iot", "securityprofile/*")],
        }
    }
}

/// Returns the policy that a person needs for these commands.
pub fn person_policy(place: &PolicyPlace, tasks: &[Task]) -> Value {
    let mut statements = Vec::new();
    for grant in GRANTS {
        let is_needed = |letters: &str| tasks.iter().any(|task| letters.contains(task.letter()));
        let actions: Vec<&str> = grant
            .actions
            .iter()
            .filter(|(_, letters)| is_needed(letters))
            .map(|(action, _)| *action)
            .collect();
        if actions.is_empty() {
            continue;
        }
        let resources = place.resources(grant.resource);
        let mut statement = Map::new();
        statement.insert("Sid".to_owned(), json!(grant.sid));
        statement.insert("Effect".to_owned(), json!("Allow"));
        statement.insert("Action".to_owned(), json!(actions));
        let resource = match resources.as_slice() {
            [one] => json!(one),
            all => json!(all),
        };
        statement.insert("Resource".to_owned(), resource);
        if matches!(grant.resource, Resource::PassedRoles) {
            let services = json!({ "StringEquals": { "iam:PassedToService": passed_to(tasks) } });
            statement.insert("Condition".to_owned(), services);
        }
        statements.push(Value::Object(statement));
    }
    json!({ "Version": "2012-10-17", "Statement": statements })
}

/// Returns the services that get a role from one of these commands.
fn passed_to(tasks: &[Task]) -> Vec<&'static str> {
    let services = [
        ("lambda.amazonaws.com", "dsx"),
        ("iot.amazonaws.com", "c"),
        ("sns.amazonaws.com", "s"),
    ];
    services
        .iter()
        .filter(|(_, letters)| tasks.iter().any(|task| letters.contains(task.letter())))
        .map(|(service, _)| *service)
        .collect()
}

/// Returns how long a policy is as IAM counts it: without white space.
pub fn counted_length(policy: &Value) -> usize {
    let text = policy.to_string();
    text.chars().filter(|c| !c.is_whitespace()).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_whole_policy_fits_a_managed_policy_and_no_users_inline_policies() {
        // The longest names that there are: a role path of 512 characters is a case of its own.
        let place = PolicyPlace {
            partition: "aws-us-gov".to_owned(),
            region: "us-gov-east-1".to_owned(),
            sms_region: "us-gov-west-1".to_owned(),
            account: "123456789012".to_owned(),
            topic: "x".repeat(256),
            key: "12345678-1234-1234-1234-123456789012".to_owned(),
            ..PolicyPlace::default()
        };
        let length = counted_length(&person_policy(&place, &Task::ALL));
        assert!(length <= MANAGED_POLICY_LIMIT, "{length}");
        assert!(length > USER_POLICY_LIMIT, "{length}");
    }

    #[test]
    fn each_command_needs_less_than_all_of_them_and_no_action_is_idle() {
        let place = PolicyPlace::default();
        let all = person_policy(&place, &Task::ALL);
        for task in Task::ALL {
            let policy = person_policy(&place, &[task]);
            let statements = policy["Statement"].as_array().expect("statements");
            assert!(!statements.is_empty(), "{}", task.name());
            assert!(counted_length(&policy) < counted_length(&all));
        }
        for grant in GRANTS {
            for (action, letters) in grant.actions {
                let known = |letter| Task::ALL.iter().any(|task| task.letter() == letter);
                assert!(
                    !letters.is_empty() && letters.chars().all(known),
                    "{action}"
                );
            }
        }
    }

    #[test]
    fn the_texts_of_another_region_have_their_logs_there() {
        let place = PolicyPlace {
            region: "eu-west-1".to_owned(),
            sms_region: "eu-central-1".to_owned(),
            ..PolicyPlace::default()
        };
        let policy = person_policy(&place, &[Task::TestPublish]).to_string();
        for region in ["eu-west-1", "eu-central-1"] {
            let logs = format!("arn:aws:logs:{region}:ACCOUNT:log-group:sns/{region}/ACCOUNT/*");
            assert!(policy.contains(&logs), "{policy}");
        }
        assert!(policy.contains("kms:GenerateDataKey"));
    }
}
