//! The AWS CLI, and what a person's script does with it to make a relay.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use testbed::account::Account;
use testbed::command::Run;
use testbed::install::{Installation, Package};

const AWSCLI: Package = Package {
    name: "awscli",
    requirements: include_str!("requirements.txt"),
};

/// An installed AWS CLI.
pub struct Aws {
    python: PathBuf,
    modules: PathBuf,
}

/// The AWS CLI as somebody uses it on an account.
pub struct Shell<'a> {
    pub aws: &'a Aws,
    pub account: &'a Account,
    pub endpoint: &'a str,
}

/// What the script gets: the zip of the relay and a file with the room's URL.
pub struct Files<'a> {
    pub relay: &'a Path,
    pub architecture: &'a str,
    pub url: &'a Path,
}

impl Aws {
    pub fn install() -> Result<Aws, String> {
        let Installation { python, modules } = Installation::find_or_make(AWSCLI)?;
        Ok(Aws { python, modules })
    }

    /// Prepares a command, without `aws`.
    pub fn run(&self, words: &[&str]) -> Run {
        Run::new(&self.python)
            .env("PYTHONPATH", &self.modules)
            .args(["-m", "awscli"])
            .args(words)
    }
}

impl Shell<'_> {
    /// Runs a command, without `aws`, and returns what it prints.
    pub fn run(&self, words: &str, values: &[&str]) -> String {
        // Of SQS, it takes the endpoint from its option alone.
        let endpoint = ["--endpoint-url", self.endpoint];
        let words = endpoint.into_iter().chain(words.split(' '));
        let words: Vec<&str> = words.chain(values.iter().copied()).collect();
        self.aws
            .run(&words)
            .account(self.account, self.endpoint)
            .env("AWS_DEFAULT_REGION", &self.account.region)
            .output()
            .success()
            .trim()
            .to_owned()
    }

    /// Publishes a message to a topic.
    pub fn publish(&self, topic: &str, message: &str) {
        let topic = self.account.arn("sns", topic);
        self.run(
            "sns publish",
            &["--topic-arn", &topic, "--message", message],
        );
    }

    /// Makes a relay on a topic with the resources that ddalert makes, each by one command.
    pub fn deploy(&self, topic: &str, files: &Files<'_>) {
        let arn = |service, resource| self.account.arn(service, resource);
        let (topic, queue) = (arn("sns", topic), arn("sqs", "relay-failed"));
        let log_group = "/aws/lambda/relay";
        let text = |value: Value| value.to_string();
        let policy =
            |statements: Value| text(json!({ "Version": "2012-10-17", "Statement": statements }));

        let secret = self.run(
            "secretsmanager create-secret --name relay --query ARN --output text --secret-string",
            &[&format!("file://{}", files.url.display())],
        );
        let may_send = policy(json!([{
            "Effect": "Allow", "Principal": { "Service": "sns.amazonaws.com" }, "Action": "sqs:SendMessage",
            "Resource": queue, "Condition": { "ArnEquals": { "aws:SourceArn": topic } },
        }]));
        let attributes = json!({
            "MessageRetentionPeriod": "1209600", "SqsManagedSseEnabled": "true", "Policy": may_send,
        });
        self.run(
            "sqs create-queue --queue-name relay-failed --attributes",
            &[&text(attributes)],
        );
        self.run("logs create-log-group --log-group-name", &[log_group]);
        self.run(
            "logs put-retention-policy --retention-in-days 30 --log-group-name",
            &[log_group],
        );
        let trust = policy(json!([{
            "Effect": "Allow", "Principal": { "Service": "lambda.amazonaws.com" }, "Action": "sts:AssumeRole",
        }]));
        let role = self.run(
            "iam create-role --role-name relay --query Role.Arn --output text --assume-role-policy-document",
            &[&trust],
        );
        let may_run = policy(json!([
            { "Effect": "Allow", "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
              "Resource": arn("logs", &format!("log-group:{log_group}:*")) },
            { "Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": secret },
            { "Effect": "Allow", "Action": "sqs:SendMessage", "Resource": queue },
        ]));
        self.run(
            "iam put-role-policy --role-name relay --policy-name relay --policy-document",
            &[&may_run],
        );
        let environment = json!({ "Variables": {
            "DDALERT_TARGET": "chime", "DDALERT_WEBHOOK_SECRET": secret,
        } });
        let function = self.run(
            "lambda create-function --function-name relay --runtime provided.al2023 --handler bootstrap --memory-size 128 \
             --timeout 30 --query FunctionArn --output text",
            &[
                "--architectures",
                files.architecture,
                "--role",
                &role,
                "--zip-file",
                &format!("fileb://{}", files.relay.display()),
                "--environment",
                &text(environment),
            ],
        );
        self.run("lambda wait function-active-v2 --function-name relay", &[]);
        self.run(
            "lambda put-function-event-invoke-config --function-name relay --maximum-retry-attempts 2 --destination-config",
            &[&text(json!({ "OnFailure": { "Destination": queue } }))],
        );
        self.run(
            "lambda add-permission --function-name relay --statement-id sns --action lambda:InvokeFunction \
             --principal sns.amazonaws.com",
            &["--source-arn", &topic, "--source-account", &self.account.id],
        );
        let dead_letters = text(json!({ "deadLetterTargetArn": queue }));
        self.run(
            "sns subscribe --protocol lambda",
            &[
                "--topic-arn",
                &topic,
                "--notification-endpoint",
                &function,
                "--attributes",
                &text(json!({ "RedrivePolicy": dead_letters })),
            ],
        );
    }
}
