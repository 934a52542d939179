//! `permissions`: the IAM policy that a person needs, filled in.

use std::time::Duration;

use clap::Args;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;
use tokio::time::timeout;

use crate::arn::TopicArn;
use crate::aws::identity;
use crate::chain::permissions::{
    MANAGED_POLICY_LIMIT, PolicyPlace, Task, USER_POLICY_LIMIT, counted_length, person_policy,
};
use crate::chain::rules;
use crate::cli::args::function_name;
use crate::cli::context::Context;
use crate::cli::error::{CliError, Exit};

/// How long AWS is asked whose credentials these are; without an answer, the policy has a placeholder.
const IDENTITY_TIMEOUT: Duration = Duration::from_secs(10);

/// Print the IAM policy that a person needs to run ddalert
///
/// Fills in the partition, account, region and topic as far as they are known, and a placeholder such as ACCOUNT where they are not.
/// Nothing but the account is read from AWS, and nothing is changed.
#[derive(Clone, Debug, Args)]
#[command(after_long_help = "Examples:
  ddalert permissions --topic BadIoTDevices
  ddalert permissions --command deploy --command test-publish --topic BadIoTDevices
  ddalert permissions --account 123456789012 --region eu-central-1 --topic BadIoTDevices")]
pub(crate) struct Permissions {
    /// A command that the person is to run (repeatable) [default: all]
    #[arg(long = "command", value_name = "COMMAND", value_parser = task_parser())]
    tasks: Vec<Task>,
    /// The account's 12 digits [default: that of the credentials]
    #[arg(long, value_name = "ID", value_parser = account)]
    account: Option<String>,
    /// The region that sends text messages [default: the topic's]
    #[arg(long, value_name = "REGION")]
    sms_region: Option<String>,
    /// The id of the KMS key of the topic or of the webhook URLs
    #[arg(long, value_name = "ID")]
    kms_key: Option<String>,
    /// The path of the roles that ddalert creates, if it is not /
    #[arg(long, value_name = "PATH", value_parser = rules::role_path)]
    role_path: Option<String>,
    /// The name of the function, if the relay is deployed with --name
    #[arg(long, value_parser = function_name)]
    name: Option<String>,
}

/// What `permissions` answers.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct PersonPolicy {
    /// The commands that the policy is for.
    commands: Vec<&'static str>,
    /// Its length as IAM counts it: in characters without white space.
    characters: usize,
    /// Whether it fits the inline policies of a user. It always fits a managed policy.
    fits_user: bool,
    /// The policy, to be stored in IAM as it is.
    policy: Value,
}

fn task_parser() -> impl TypedValueParser<Value = Task> {
    let values = Task::ALL.map(|task| {
        let help = match task {
            Task::Deploy => "Every deploy-… command",
            _ => "",
        };
        PossibleValue::new(task.name()).help(help)
    });
    PossibleValuesParser::new(values).try_map(|name| {
        let task = Task::ALL.into_iter().find(|task| task.name() == name);
        task.ok_or("there is no such command")
    })
}

fn account(text: &str) -> Result<String, &'static str> {
    match text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit()) {
        true => Ok(text.to_owned()),
        false => Err("an account has 12 digits"),
    }
}

impl Permissions {
    pub(crate) async fn run(self, context: &Context) -> Result<Exit, CliError> {
        let place = self.place(context).await?;
        let tasks = match self.tasks.as_slice() {
            [] => &Task::ALL[..],
            tasks => tasks,
        };
        let policy = person_policy(&place, tasks);
        let characters = counted_length(&policy);
        let fits_user = characters <= USER_POLICY_LIMIT;
        let text = format!("{policy:#}");
        let answer = PersonPolicy {
            commands: tasks.iter().map(|task| task.name()).collect(),
            characters,
            fits_user,
            policy,
        };
        context.ui.answer_as(text, &[answer])?;
        let words = if fits_user {
            format!(
                "it fits a managed policy ({MANAGED_POLICY_LIMIT}) and the inline policies of a user ({USER_POLICY_LIMIT} for all of them)"
            )
        } else if characters <= MANAGED_POLICY_LIMIT {
            format!(
                "store it as a managed policy (at most {MANAGED_POLICY_LIMIT}): the inline policies of a user have room for {USER_POLICY_LIMIT}"
            )
        } else {
            format!("a managed policy has room for {MANAGED_POLICY_LIMIT}: split it with --command")
        };
        context.ui.hint(format_args!(
            "{characters} characters without white space, as IAM counts: {words}"
        ));
        Ok(Exit::Done)
    }

    /// Finds out where the policy is for; what is not known stays a placeholder, and that is said.
    async fn place(&self, context: &Context) -> Result<PolicyPlace, CliError> {
        let mut place = PolicyPlace::default();
        let [topics, regions] = [&context.global.topic, &context.global.region];
        if topics.len() > 1 || regions.len() > 1 {
            return Err(CliError::usage("the policy is for one topic in one region")
                .hint("run it once for each, and attach both policies"));
        }
        let mut region = regions.first().cloned();
        let mut account = self.account.clone();
        let mut partition = None;
        if let Some(named) = topics.first().map(|topic| topic.trim()) {
            match named.parse::<TopicArn>() {
                Ok(topic) => {
                    let other = |held: &Option<String>, wanted: &str| {
                        held.as_ref().is_some_and(|held| held != wanted)
                    };
                    if other(&region, &topic.region) || other(&account, &topic.account) {
                        return Err(CliError::usage(format!(
                            "the topic {topic} is in another account or region than the one that is named"
                        ))
                        .hint("leave --account and --region out"));
                    }
                    region = Some(topic.region);
                    account = Some(topic.account);
                    partition = Some(topic.partition);
                    place.topic = topic.name;
                }
                Err(_) => place.topic = named.to_owned(),
            }
        }
        if account.is_none() || region.is_none() {
            let found = async {
                let clients = context.connect(region.as_deref()).await?;
                Ok::<_, CliError>(identity::caller(&clients).await?.place)
            };
            match timeout(IDENTITY_TIMEOUT, found).await {
                Ok(Ok(found)) => {
                    partition = partition.or(Some(found.partition));
                    region = region.or(Some(found.region));
                    account = account.or(Some(found.account));
                }
                Ok(Err(error)) => context.ui.warn(format_args!(
                    "the policy has placeholders: {}",
                    error.message()
                )),
                Err(_) => context.ui.warn(
                    "the policy has placeholders: AWS did not answer whose credentials these are",
                ),
            }
        }
        if let Some(region) = region {
            place.partition = partition.unwrap_or_else(|| partition_of(&region).to_owned());
            place.sms_region.clone_from(&region);
            place.region = region;
        }
        place.account = account.unwrap_or(place.account);
        if let Some(region) = &self.sms_region {
            place.sms_region.clone_from(region);
        }
        place.key = self.kms_key.clone().unwrap_or(place.key);
        place.role_path = self.role_path.clone().unwrap_or(place.role_path);
        place.name_prefix = self.name.clone().unwrap_or(place.name_prefix);
        Ok(place)
    }
}

/// Returns the partition of a region by how its name begins (AWS general reference, "Partitions"), for a region that nothing was
/// read of.
fn partition_of(region: &str) -> &'static str {
    let begins = [
        ("cn-", "aws-cn"),
        ("us-gov-", "aws-us-gov"),
        ("eusc-", "aws-eusc"),
        ("us-iso-", "aws-iso"),
        ("us-isob-", "aws-iso-b"),
        ("eu-isoe-", "aws-iso-e"),
        ("us-isof-", "aws-iso-f"),
    ];
    let found = begins.iter().find(|(prefix, _)| region.starts_with(prefix));
    found.map_or("aws", |(_, partition)| partition)
}
