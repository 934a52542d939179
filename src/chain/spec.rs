//! What a deploy asks for, and the state that fulfils it.

use serde_json::Value;
use sha2::{Digest, Sha256};

use super::names::{
    CODE_TAG, FUNCTION_TAG, GIVEN_ROLE, MANAGED_BY, ROLE_TAG, ResourceNames, TOPIC_TAG,
    VERSION_TAG, code_tag, topic_tag,
};
use super::policy;
use super::rules::{AccountRules, NO_RULES, RoleChoice, path_in, shared_tags};
use super::state::{
    Buffer, Endpoint, EventInvokeConfig, EventSourceMapping, Filter, Function, LogGroup,
    Permission, Queue, Redrive, RelayState, Role, Secret, Subscription, Tags, Trigger,
};
use crate::arn::{TopicArn, resource_name};
use crate::contract::environment::RelayEnvironment;
use crate::contract::secret_store::{SecretLocation, SecretStore, SecretValue};
use crate::destination::WebhookSecret;
use crate::destination::sms::SMS_TARGET;

/// The runtime that runs a Rust `bootstrap` (Lambda developer guide, "Lambda runtimes"; supported until 2029-06-30).
pub const RUNTIME: &str = "provided.al2023";
/// Lambda wants a handler for every function; an OS-only runtime ignores it.
pub const HANDLER: &str = "bootstrap";
/// The function's memory in MB: the least Lambda gives, and ample for the relay.
pub const MEMORY_MB: i32 = 128;
/// The longest one invocation may take, in seconds.
pub const TIMEOUT_S: i32 = 30;
/// How long logs are kept, in days.
pub const LOG_RETENTION_DAYS: i32 = 30;
/// How long the failure queue keeps a message, in seconds: 14 days, the most SQS allows.
pub const QUEUE_RETENTION_S: u32 = 14 * 24 * 3600;
/// How often Lambda tries an event again after an error: the most it allows.
pub const ASYNC_RETRIES: i32 = 2;
/// How long Lambda keeps an event that it could not hand over, in seconds: 6 hours, the most it allows.
pub const ASYNC_MAX_AGE_S: i32 = 6 * 3600;

/// How long Lambda gathers a batch of alerts from a buffer, in seconds: an alert waits at most this long for others.
pub const BATCH_WINDOW_S: i32 = 5;
/// The most alerts of a batch: many, so that a storm becomes few messages, and far below Lambda's 6 MB of a payload, which ends a
/// batch of long alerts earlier.
pub const BATCH_SIZE: i32 = 1000;
/// The most batches at a time, to which the relay's pace is set.
pub const BATCHES_AT_ONCE: i32 = crate::contract::batch::BATCHES_AT_ONCE as i32;
/// How long the buffer hides a message that was taken, in seconds: what the room did not take is tried again after it. AWS asks for
/// six times the function's timeout and the window (Lambda developer guide, "Using Lambda with Amazon SQS").
pub const BUFFER_VISIBILITY_S: u32 = (6 * TIMEOUT_S + BATCH_WINDOW_S) as u32;
/// How long the buffer keeps a message, in seconds: the most SQS allows, whatever `--keep-trying` is. What expires is deleted, and
/// only what was tried often enough may leave, to the failure queue.
pub const BUFFER_RETENTION_S: u32 = QUEUE_RETENTION_S;
/// How long a buffered alert is tried, in seconds, if nothing else is asked for.
pub const KEEP_TRYING_S: u32 = 24 * 3600;
/// The shortest and the longest time that a buffered alert can be tried, in seconds: at least 5 tries (Lambda developer guide, "Using
/// Lambda with Amazon SQS"), at most 1000 (SQS API reference, `maxReceiveCount`).
pub const KEEP_TRYING_RANGE_S: (u32, u32) = (15 * 60, 48 * 3600);

/// The fewest times that a message must be taken from a buffer before it is given up: what Lambda throttles counts as taken (Lambda
/// developer guide, "Using Lambda with Amazon SQS").
pub const LEAST_RECEIVES: u32 = 5;

/// Returns how often a message can be taken from a buffer in `keep_trying_s` seconds.
pub fn max_receives(keep_trying_s: u32) -> u32 {
    keep_trying_s
        .div_ceil(BUFFER_VISIBILITY_S)
        .saturating_add(1)
        .clamp(LEAST_RECEIVES, 1000)
}

/// What a deploy is asked to bring about.
#[derive(Clone, Debug)]
pub struct RelaySpec<'a> {
    /// The destination, as it is typed, or `sms`.
    pub target: &'a str,
    /// The names.
    pub names: &'a ResourceNames,
    /// The topic.
    pub topic: &'a TopicArn,
    /// Where the URL is to be kept; `None`: where it is now, else [`SecretStore::DEFAULT`].
    pub store: Option<SecretStore>,
    /// The ARN of the KMS key for a store that needs one; `None`: the key it is under now.
    pub kms_key: Option<&'a str>,
    /// The URL; `None`: what is stored stays.
    pub secret: Option<&'a WebhookSecret>,
    /// The phones of a readable SMS relay; for a room, empty.
    pub phones: &'a [String],
    /// The filter policy on the body: `None` leaves what is there, `Some(None)` takes it away.
    pub filter: Option<Option<&'a Value>>,
    /// The region that the texts of a readable SMS relay are sent from; `None` leaves what is there.
    pub sms_region: Option<&'a str>,
    /// What the account's owners demand of what is made.
    pub rules: &'a AccountRules,
    /// What invokes the function; `None`: what does now, else the topic.
    pub trigger: Option<Trigger>,
    /// How long a buffered alert is tried, in seconds; `None`: as long as now, else [`KEEP_TRYING_S`].
    pub keep_trying_s: Option<u32>,
    /// How many alerts of one kind, profile and behavior a batch posts one by one, 0 for all; `None`: as many as now, else the
    /// relay's default.
    pub digest_over: Option<u32>,
    /// What the function runs.
    pub code: RelayCode<'a>,
    /// The version of ddalert that the tags name.
    pub version: &'a str,
}

/// What the function of a relay is to run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RelayCode<'a> {
    /// This zip.
    Deploy {
        /// The zip's SHA-256, in base64.
        sha256: &'a str,
        /// The architecture of the binary in it: `x86_64` or `arm64`.
        architecture: &'a str,
    },
    /// What it runs now, whoever deployed it; the tags go on naming the version that did.
    Keep,
}

impl<'a> RelaySpec<'a> {
    /// Returns the relay to `target` that keeps everything that is not asked for otherwise.
    pub fn new(
        target: &'a str,
        names: &'a ResourceNames,
        topic: &'a TopicArn,
        code: RelayCode<'a>,
    ) -> RelaySpec<'a> {
        RelaySpec {
            target,
            names,
            topic,
            code,
            store: None,
            kms_key: None,
            secret: None,
            phones: &[],
            filter: None,
            sms_region: None,
            rules: &NO_RULES,
            trigger: None,
            keep_trying_s: None,
            digest_over: None,
            version: env!("CARGO_PKG_VERSION"),
        }
    }

    /// Returns what AWS should hold, given what it holds now.
    pub fn desired_state(&self, have: &RelayState) -> RelayState {
        let function = have.function.as_ref();
        let (version, code) = match self.code {
            RelayCode::Deploy {
                sha256,
                architecture,
            } => {
                let tag = code_tag(architecture, sha256);
                (self.version, (sha256, architecture, Some(tag)))
            }
            RelayCode::Keep => {
                let tag = |name: &str| function.and_then(|function| function.tags.get(name));
                let code = function.map_or(("", ""), |function| {
                    (
                        function.code_sha256.as_str(),
                        function.architecture.as_str(),
                    )
                });
                (
                    tag(VERSION_TAG).map_or(self.version, String::as_str),
                    (code.0, code.1, tag(CODE_TAG).cloned()),
                )
            }
        };
        desired_state(
            &RelaySpec {
                version,
                ..self.clone()
            },
            code,
            have,
        )
    }
}

/// Returns our tags for a resource that serves `topic`.
pub fn tags(topic: &TopicArn, version: &str) -> Tags {
    [
        (MANAGED_BY.0, MANAGED_BY.1.to_owned()),
        (TOPIC_TAG, topic_tag(topic)),
        (VERSION_TAG, version.to_owned()),
    ]
    .into_iter()
    .map(|(key, value)| (key.to_owned(), value))
    .collect()
}

/// Returns the failure queue of `names` as it should be.
pub fn failure_queue(names: &ResourceNames, topic: &TopicArn, tags: Tags) -> Queue {
    Queue {
        name: names.queue.clone(),
        retention_s: QUEUE_RETENTION_S,
        encrypted: true,
        policy: policy::queue_policy(names, topic),
        tags,
    }
}

/// Puts the tags that are demanded to ours. What is made anew besides gets those that everything else here has in common, so that
/// a later run keeps to what an earlier one was told.
pub fn with_rules(tags: Tags, rules: &AccountRules, have: &RelayState, is_there: bool) -> Tags {
    let shared = match is_there {
        true => Tags::new(),
        false => shared_tags(have.all_tags()),
    };
    // What is said later wins: ours cannot be demanded otherwise.
    let demanded = rules.tags.clone();
    shared.into_iter().chain(demanded).chain(tags).collect()
}

/// Returns the ARN of the execution role that somebody else made, where the relay is to use one.
fn given_role<'a>(rules: &'a AccountRules, have: &'a RelayState) -> Option<&'a str> {
    match &rules.role {
        RoleChoice::Given(arn) => Some(arn),
        RoleChoice::Own => None,
        RoleChoice::Keep => have.given_role(),
    }
}

/// Returns the path of the relay's own role: the one that it has, else the one that is demanded, else the one that it had before it
/// was removed, as the function still says.
fn role_path(names: &ResourceNames, rules: &AccountRules, have: &RelayState) -> String {
    let held = have.function.as_ref().map(|function| &function.role_arn);
    let had = held
        .filter(|arn| resource_name(arn) == names.role)
        .and_then(|arn| path_in(arn));
    match (&have.role, &rules.path, had) {
        (None, None, Some(path)) => path,
        (role, _, _) => rules.path_of(role.as_ref()),
    }
}

/// Returns the buffer of `names` as it should be, for an alert that is taken up to `max_receives` times.
fn buffer(names: &ResourceNames, topic: &TopicArn, tags: Tags, max_receives: u32) -> Buffer {
    Buffer {
        name: names.buffer.clone(),
        retention_s: BUFFER_RETENTION_S,
        visibility_s: BUFFER_VISIBILITY_S,
        redrive: Some(Redrive {
            to: names.queue_arn(),
            max_receives,
        }),
        encrypted: true,
        policy: policy::buffer_policy(names, topic),
        tags,
    }
}

/// Returns the event source mapping from the buffer of `names` to its function as it should be.
fn mapping(names: &ResourceNames, tags: Tags) -> EventSourceMapping {
    EventSourceMapping {
        source: names.buffer_arn(),
        batch_size: BATCH_SIZE,
        window_s: BATCH_WINDOW_S,
        max_concurrency: Some(BATCHES_AT_ONCE),
        reports_failures: true,
        enabled: true,
        filtered: false,
        tags,
    }
}

/// Returns what AWS should hold; `code` is the code's hash, its architecture, and what the function's tag says of them.
fn desired_state(
    order: &RelaySpec<'_>,
    (code_sha256, architecture, tagged_code): (&str, &str, Option<String>),
    have: &RelayState,
) -> RelayState {
    let RelaySpec {
        names,
        topic,
        version,
        ..
    } = order;
    let environment = wanted_environment(order, have);
    let function = have.function.as_ref();
    let rules = order.rules;
    let tags = |is_there: bool| with_rules(tags(topic, version), rules, have, is_there);
    let given_role = given_role(rules, have);
    let mut function_tags = tags(have.function.is_some());
    function_tags.extend(tagged_code.map(|code| (CODE_TAG.to_owned(), code)));
    let is_role_tagged = function.is_some_and(|function| function.tags.contains_key(ROLE_TAG));
    let role_tag = match given_role {
        Some(_) => Some(GIVEN_ROLE),
        // A tag is not taken away, but says otherwise.
        None => is_role_tagged.then_some("own"),
    };
    function_tags.extend(role_tag.map(|whose| (ROLE_TAG.to_owned(), whose.to_owned())));
    let mut role_tags = tags(have.role.is_some());
    role_tags.insert(FUNCTION_TAG.to_owned(), names.function.clone());
    let own_path = role_path(names, rules, have);
    let own_role = names.place.role_arn_at(&own_path, &names.role);
    let secrets = environment.webhook.as_ref().and_then(|webhook| {
        let store = webhook.store();
        Some((store, names.secret(store)?))
    });
    let filter = |have: Option<Filter>| match order.filter {
        None => have,
        Some(policy) => policy.map(|policy| Filter {
            policy: policy.clone(),
            on_body: true,
        }),
    };
    let trigger = order
        .trigger
        .or_else(|| have.trigger())
        .unwrap_or(Trigger::Sns);
    let endpoints = [
        (Trigger::Sns, Endpoint::Lambda(names.function_arn())),
        (Trigger::Sqs, Endpoint::Sqs(names.buffer_arn())),
    ];
    // A filter policy stays when the relay moves from one trigger to the other.
    let (now, other): (Vec<_>, Vec<_>) = endpoints.into_iter().partition(|(of, _)| *of == trigger);
    let held = now
        .iter()
        .chain(&other)
        .find_map(|(_, endpoint)| have.subscriptions.get(endpoint))
        .and_then(|subscription| subscription.filter.clone());
    let is_buffered = trigger == Trigger::Sqs;
    let tries = order.keep_trying_s.map(max_receives).or_else(|| {
        let redrive = have.buffer.as_ref()?.redrive.as_ref();
        // Too few, which somebody else set, are not kept.
        redrive
            .map(|redrive| redrive.max_receives)
            .filter(|tries| *tries >= LEAST_RECEIVES)
    });
    let tries = tries.unwrap_or_else(|| max_receives(KEEP_TRYING_S));
    let subscription = Subscription {
        dead_letters: Some(names.queue_arn()),
        filter: filter(held),
        raw_delivery: false,
    };
    RelayState {
        secrets: secrets
            .into_iter()
            .map(|(store, name)| {
                let value = wanted_value(order, have, store);
                (
                    store,
                    Secret {
                        name: name.to_owned(),
                        value,
                        pending_deletion: false,
                        tags: tags(have.secrets.contains_key(&store)),
                    },
                )
            })
            .collect(),
        log_group: Some(LogGroup {
            name: names.log_group.clone(),
            retention_days: Some(LOG_RETENTION_DAYS),
            tags: tags(have.log_group.is_some()),
        }),
        queue: Some(failure_queue(names, topic, tags(have.queue.is_some()))),
        buffer: is_buffered.then(|| buffer(names, topic, tags(have.buffer.is_some()), tries)),
        mapping: is_buffered.then(|| mapping(names, tags(have.mapping.is_some()))),
        // A role that somebody else made is neither made, changed nor removed.
        role: given_role.is_none().then(|| Role {
            name: names.role.clone(),
            path: own_path,
            boundary: rules.boundary_of(have.role.as_ref()),
            created: None,
            trust: policy::lambda_trust(),
            policy: policy::execution_policy(
                names,
                order.target,
                environment.webhook.as_ref(),
                trigger,
            ),
            tags: role_tags,
        }),
        function: Some(Function {
            name: names.function.clone(),
            code_sha256: code_sha256.to_owned(),
            architecture: architecture.to_owned(),
            runtime: RUNTIME.to_owned(),
            handler: HANDLER.to_owned(),
            memory_mb: MEMORY_MB,
            timeout_s: TIMEOUT_S,
            role_arn: given_role.map_or(own_role, str::to_owned),
            json_logs: true,
            environment,
            ready: true,
            granted: true,
            tags: function_tags,
        }),
        event_invoke_config: Some(EventInvokeConfig {
            retries: ASYNC_RETRIES,
            max_age_s: ASYNC_MAX_AGE_S,
            on_failure: Some(names.queue_arn()),
        }),
        // Lambda takes alerts from a buffer by itself.
        permission: (!is_buffered).then(|| Permission {
            statement: names.statement.clone(),
            principal: "sns.amazonaws.com".to_owned(),
            source_arn: topic.to_string(),
            source_account: Some(topic.account.clone()),
        }),
        subscriptions: now
            .into_iter()
            .map(|(_, endpoint)| (endpoint, subscription.clone()))
            .collect(),
    }
}

fn wanted_environment(order: &RelaySpec<'_>, have: &RelayState) -> RelayEnvironment {
    let held = have.function.as_ref().map(|function| &function.environment);
    let room = order.target != SMS_TARGET;
    let webhook = room.then(|| {
        let store = order
            .store
            .or_else(|| have.store())
            .unwrap_or(SecretStore::DEFAULT);
        let held_key = held
            .and_then(|environment| environment.webhook.as_ref())
            .and_then(SecretLocation::key);
        SecretLocation::wanted(
            store,
            &order.names.function,
            order.kms_key.or(held_key).unwrap_or_default(),
            wanted_value(order, have, store),
        )
    });
    let held_version = held.and_then(|environment| environment.webhook_version.clone());
    let version = |secret: &WebhookSecret| {
        let fingerprint = fingerprint(order.names, secret);
        match held_version
            .as_deref()
            .and_then(|held| generation(held, &fingerprint))
        {
            // Somebody else changed what is stored, and a relay that was started meanwhile goes on with that.
            Some(generation) if have.known_secret().is_some_and(|stored| stored != secret) => {
                format!("{fingerprint}.{}", generation + 1)
            }
            Some(_) => held_version.clone().unwrap_or(fingerprint),
            None => fingerprint,
        }
    };
    RelayEnvironment {
        target: Some(order.target.to_owned()),
        webhook,
        webhook_version: match (room, order.secret.or_else(|| have.known_secret())) {
            (false, _) => None,
            (true, Some(secret)) => Some(version(secret)),
            (true, None) => held_version.clone(),
        },
        phones: order.phones.to_vec(),
        sms_region: match order.sms_region {
            Some(region) => Some(region.to_owned()),
            None => held.and_then(|environment| environment.sms_region.clone()),
        },
        digest_over: match order.digest_over {
            Some(number) => Some(number.to_string()),
            // What is not a number, which somebody else wrote, keeps the relay from starting.
            None => held
                .and_then(|environment| environment.digest_over.clone())
                .filter(|number| number.trim().parse::<u32>().is_ok()),
        },
        others: held
            .map(|environment| environment.others.clone())
            .unwrap_or_default(),
    }
}

/// The URL that `store` should hold: the one that was given; else, where the store changes, the one that was read from the old
/// store; else whatever it holds.
fn wanted_value(order: &RelaySpec<'_>, have: &RelayState, store: SecretStore) -> SecretValue {
    match (order.secret, have.known_secret()) {
        (Some(secret), _) => SecretValue::Known(secret.clone()),
        (None, Some(secret)) if have.store() != Some(store) => SecretValue::Known(secret.clone()),
        _ => SecretValue::Unread,
    }
}

/// Returns how often the relay was started anew for the same URL, where the version is of the URL of this fingerprint.
fn generation(version: &str, fingerprint: &str) -> Option<u32> {
    match version.strip_prefix(fingerprint)? {
        "" => Some(0),
        counted => counted.strip_prefix('.')?.parse().ok(),
    }
}

/// Returns whether the version that a relay was started with is of this URL; one that has none was started with any.
pub fn is_started_with(
    names: &ResourceNames,
    version: Option<&str>,
    secret: &WebhookSecret,
) -> bool {
    version.is_none_or(|version| generation(version, &fingerprint(names, secret)).is_some())
}

/// Returns the environment's `webhook_version`: a few characters that change when the secret does, and from which it cannot be
/// found.
fn fingerprint(names: &ResourceNames, secret: &WebhookSecret) -> String {
    let mut hash = Sha256::new();
    hash.update(names.function_arn());
    hash.update(secret.to_stored());
    hash.finalize()
        .iter()
        .take(8)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chain::names::AccountRegion;
    use crate::chain::plan::plan;

    const BOUNDARY: &str = "arn:aws:iam::123456789012:policy/boundary";
    const GIVEN: &str = "arn:aws:iam::123456789012:role/teams/given";

    /// Returns what is wanted under these rules.
    fn wanted(rules: &AccountRules, have: &RelayState) -> RelayState {
        let topic: TopicArn = "arn:aws:sns:us-east-1:123456789012:BadIoTDevices"
            .parse()
            .expect("an ARN");
        let place = AccountRegion {
            partition: "aws".into(),
            region: "us-east-1".into(),
            account: "123456789012".into(),
        };
        let names = ResourceNames::new("slack", &topic, place, None);
        let secret = WebhookSecret::from_url("https://hooks.slack.com/services/x").expect("a URL");
        let code = RelayCode::Deploy {
            sha256: "code",
            architecture: "arm64",
        };
        let spec = RelaySpec {
            secret: Some(&secret),
            rules,
            ..RelaySpec::new("slack", &names, &topic, code)
        };
        spec.desired_state(have)
    }

    fn rules() -> AccountRules {
        AccountRules {
            boundary: Some(BOUNDARY.to_owned()),
            path: Some("/teams/".to_owned()),
            tags: [("team".to_owned(), "iot".to_owned())].into(),
            role: RoleChoice::Keep,
        }
    }

    fn given() -> AccountRules {
        AccountRules {
            role: RoleChoice::Given(GIVEN.to_owned()),
            ..AccountRules::default()
        }
    }

    #[test]
    fn what_is_demanded_is_on_everything_and_stays_there() {
        let have = wanted(&rules(), &RelayState::default());
        let role = have.role.as_ref().expect("a role");
        assert_eq!(role.boundary.as_deref(), Some(BOUNDARY));
        let arn = &have.function.as_ref().expect("a function").role_arn;
        assert!(arn.ends_with(":role/teams/ddalert-slack-BadIoTDevices-us-east-1"));
        assert_eq!(have.all_tags().count(), 5);
        assert!(have.all_tags().all(|tags| tags["team"] == "iot"));

        assert!(plan(&wanted(&NO_RULES, &have), &have).is_empty());
        for lost in ["role", "log group", "queue", "secret"] {
            let mut left = have.clone();
            match lost {
                "role" => left.role = None,
                "log group" => left.log_group = None,
                "queue" => left.queue = None,
                _ => left.secrets.clear(),
            }
            let again = wanted(&NO_RULES, &left);
            let changes = plan(&again, &left).into_changes();
            let made = serde_json::to_value(&changes[0]).expect("JSON");
            let part = &made["part"];
            let part = part.get("secret").unwrap_or(part);
            assert_eq!(part["tags"]["team"], "iot", "{lost}: {made}");
            assert_eq!(again.role.expect("a role").path, "/teams/", "{lost}");
        }
    }

    #[test]
    fn tags_of_others_stay_and_do_not_spread() {
        let mut have = wanted(&NO_RULES, &RelayState::default());
        let function = have.function.as_mut().expect("a function");
        let made = ("made-by".to_owned(), "somebody".to_owned());
        function.tags.extend([made]);
        have.queue = None;
        let want = wanted(&NO_RULES, &have);
        assert!(!want.queue.expect("a queue").tags.contains_key("made-by"));
        let want = wanted(&NO_RULES, &have);
        assert_eq!(plan(&want, &have).len(), 1, "only the queue is made");
    }

    #[test]
    fn a_role_that_is_given_is_used_kept_and_never_touched() {
        let ours = wanted(&NO_RULES, &RelayState::default());
        let mut have = wanted(&given(), &ours);
        assert_eq!(have.role, None);
        assert_eq!(have.given_role(), Some(GIVEN));
        let shown: Vec<String> = plan(&have, &ours)
            .changes()
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(
            shown,
            [
                "update function ddalert-slack-BadIoTDevices: role, tags",
                "remove execution role ddalert-slack-BadIoTDevices-us-east-1"
            ]
        );
        assert!(plan(&wanted(&NO_RULES, &have), &have).is_empty());
        let own = AccountRules {
            role: RoleChoice::Own,
            ..AccountRules::default()
        };
        let back = wanted(&own, &have);
        assert!(back.role.is_some() && back.given_role().is_none());
        assert!(plan(&wanted(&NO_RULES, &back), &back).is_empty());
        // A role that somebody else only put there is no role that was given.
        let function = have.function.as_mut().expect("a function");
        function.tags.remove(ROLE_TAG);
        assert!(wanted(&NO_RULES, &have).role.is_some());
    }
}
