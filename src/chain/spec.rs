//! What a deploy asks for, and the state that fulfils it.

mod environment;
mod relay_spec;
mod settings;
mod webhook_version;

use super::names::{
    CODE_TAG, FUNCTION_TAG, GIVEN_ROLE, MANAGED_BY, ROLE_TAG, ResourceNames, TOPIC_TAG,
    VERSION_TAG, code_tag, topic_tag,
};
use super::policy;
use super::rules::{AccountRules, RoleChoice, path_in, shared_tags};
use super::state::{
    Buffer, Endpoint, EventInvokeConfig, EventSourceMapping, Filter, Function, LogGroup,
    Permission, Queue, Redrive, RelayState, Role, Secret, Subscription, Tags, Trigger,
};
use crate::arn::{TopicArn, resource_name};
use environment::{wanted_environment, wanted_value};

pub use relay_spec::{RelayCode, RelaySpec};
pub use settings::{
    ASYNC_MAX_AGE_S, ASYNC_RETRIES, BATCH_SIZE, BATCH_WINDOW_S, BATCHES_AT_ONCE,
    BUFFER_RETENTION_S, BUFFER_VISIBILITY_S, HANDLER, KEEP_TRYING_RANGE_S, KEEP_TRYING_S,
    LEAST_RECEIVES, LOG_RETENTION_DAYS, MEMORY_MB, QUEUE_RETENTION_S, RUNTIME, TIMEOUT_S,
    max_receives,
};
pub use webhook_version::is_started_with;

impl RelaySpec<'_> {
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

#[cfg(test)]
mod tests;
