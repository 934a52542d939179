//! From what there is to what is wanted: `plan(want, have)` returns the changes, as data, in the order in which they are safe.
//!
//! Paths are made before they are cut: at every step in between, an alert that had a way to the room still has one.

use std::fmt;

use serde::Serialize;

use super::policy;
use super::state::{
    Endpoint, Environment, EventInvokeConfig, Function, LogGroup, Permission, Queue, RelayState,
    Role, Secret, SecretStore, Subscription, WebhookPlace,
};

/// The changes that lead from what there is to what is wanted, in order.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Plan {
    /// The changes.
    pub changes: Vec<Change>,
}

/// One change: one resource made, brought to its wanted state, or removed.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "change", rename_all = "kebab-case")]
pub enum Change {
    /// Make it.
    Create {
        /// As wanted.
        part: Resource,
    },
    /// Bring it to its wanted state.
    Update {
        /// As wanted.
        part: Resource,
        /// What differs.
        differs: Vec<&'static str>,
    },
    /// Remove it.
    Remove {
        /// As it is.
        part: Resource,
    },
}

/// One resource of a wiring.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "resource", rename_all = "kebab-case")]
pub enum Resource {
    /// The secret in a store.
    Secret {
        /// Which store.
        store: SecretStore,
        /// The secret.
        secret: Secret,
    },
    /// The log group.
    LogGroup(LogGroup),
    /// The failure queue.
    Queue(Queue),
    /// The execution role with its inline policy.
    Role(Role),
    /// The function.
    Function(Box<Function>),
    /// What Lambda does with an event that the function could not handle.
    EventInvokeConfig(EventInvokeConfig),
    /// The permission for the topic.
    Permission(Permission),
    /// A subscription.
    Subscription {
        /// What it delivers to.
        endpoint: Endpoint,
        /// The subscription.
        subscription: Subscription,
    },
}

impl Plan {
    /// Returns whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }
}

/// Returns the changes that lead from `have` to `want`, in order.
pub fn plan(want: &RelayState, have: &RelayState) -> Plan {
    // Taken apart, so that the compiler asks for a place in the order when a resource is added.
    let RelayState {
        secrets,
        log_group,
        queue,
        role,
        function,
        event_invoke_config,
        permission,
        subscriptions,
    } = want;
    let mut changes = Vec::new();

    for (store, secret) in secrets {
        let part = |secret: &Secret| Resource::Secret {
            store: *store,
            secret: secret.clone(),
        };
        make(
            &mut changes,
            Some(secret),
            have.secrets.get(store),
            secret_differs,
            part,
        );
    }
    let part = |group: &LogGroup| Resource::LogGroup(group.clone());
    make(
        &mut changes,
        log_group.as_ref(),
        have.log_group.as_ref(),
        log_group_differs,
        part,
    );
    let part = |queue: &Queue| Resource::Queue(queue.clone());
    make(
        &mut changes,
        queue.as_ref(),
        have.queue.as_ref(),
        queue_differs,
        part,
    );

    let mut switch = Vec::new();
    let part = |function: &Function| Resource::Function(Box::new(function.clone()));
    make(
        &mut switch,
        function.as_ref(),
        have.function.as_ref(),
        function_differs,
        part,
    );
    // While the function still reads the old store, its role must read both.
    let between = role
        .as_ref()
        .map(|role| match (&have.role, switch.first()) {
            (Some(held), Some(Change::Update { .. })) => Role {
                policy: policy::widened(&role.policy, &held.policy),
                ..role.clone()
            },
            _ => role.clone(),
        });
    let role_part = |role: &Role| Resource::Role(role.clone());
    make(
        &mut changes,
        between.as_ref(),
        have.role.as_ref(),
        role_differs,
        role_part,
    );
    changes.append(&mut switch);
    let part = |settings: &EventInvokeConfig| Resource::EventInvokeConfig(settings.clone());
    make(
        &mut changes,
        event_invoke_config.as_ref(),
        have.event_invoke_config.as_ref(),
        event_invoke_config_differs,
        part,
    );
    let part = |permission: &Permission| Resource::Permission(permission.clone());
    make(
        &mut changes,
        permission.as_ref(),
        have.permission.as_ref(),
        permission_differs,
        part,
    );
    for (endpoint, subscription) in subscriptions {
        let part = |subscription: &Subscription| subscription_part(endpoint, subscription);
        make(
            &mut changes,
            Some(subscription),
            have.subscriptions.get(endpoint),
            subscription_differs,
            part,
        );
    }

    for (endpoint, subscription) in &have.subscriptions {
        cut(
            &mut changes,
            subscriptions.get(endpoint),
            Some(subscription),
            |held| subscription_part(endpoint, held),
        );
    }
    cut(
        &mut changes,
        permission.as_ref(),
        have.permission.as_ref(),
        |held| Resource::Permission(held.clone()),
    );
    cut(
        &mut changes,
        event_invoke_config.as_ref(),
        have.event_invoke_config.as_ref(),
        |held| Resource::EventInvokeConfig(held.clone()),
    );
    cut(
        &mut changes,
        function.as_ref(),
        have.function.as_ref(),
        |held| Resource::Function(Box::new(held.clone())),
    );
    make(
        &mut changes,
        role.as_ref(),
        between.as_ref(),
        role_differs,
        role_part,
    );
    cut(&mut changes, role.as_ref(), have.role.as_ref(), |held| {
        Resource::Role(held.clone())
    });
    cut(
        &mut changes,
        log_group.as_ref(),
        have.log_group.as_ref(),
        |held| Resource::LogGroup(held.clone()),
    );
    for (store, secret) in &have.secrets {
        // What already waits for its deletion is as good as gone.
        let held = Some(secret).filter(|secret| !secret.pending_deletion);
        cut(&mut changes, secrets.get(store), held, |held| {
            Resource::Secret {
                store: *store,
                secret: held.clone(),
            }
        });
    }
    cut(&mut changes, queue.as_ref(), have.queue.as_ref(), |held| {
        Resource::Queue(held.clone())
    });
    Plan { changes }
}

fn subscription_part(endpoint: &Endpoint, subscription: &Subscription) -> Resource {
    Resource::Subscription {
        endpoint: endpoint.clone(),
        subscription: subscription.clone(),
    }
}

fn make<T>(
    changes: &mut Vec<Change>,
    want: Option<&T>,
    have: Option<&T>,
    differs: fn(&T, &T) -> Vec<&'static str>,
    part: impl Fn(&T) -> Resource,
) {
    match (want, have) {
        (Some(want), None) => changes.push(Change::Create { part: part(want) }),
        (Some(want), Some(have)) => {
            let differs = differs(want, have);
            if !differs.is_empty() {
                changes.push(Change::Update {
                    part: part(want),
                    differs,
                });
            }
        }
        (None, _) => {}
    }
}

fn cut<T>(
    changes: &mut Vec<Change>,
    want: Option<&T>,
    have: Option<&T>,
    part: impl Fn(&T) -> Resource,
) {
    if let (None, Some(have)) = (want, have) {
        changes.push(Change::Remove { part: part(have) });
    }
}

/// Collects the names of what differs.
fn named<const N: usize>(fields: [(&'static str, bool); N]) -> Vec<&'static str> {
    fields
        .into_iter()
        .filter_map(|(name, differs)| differs.then_some(name))
        .collect()
}

fn secret_differs(want: &Secret, have: &Secret) -> Vec<&'static str> {
    let Secret {
        name: _,
        value,
        pending_deletion,
        tags,
    } = want;
    named([
        ("deletion", *pending_deletion != have.pending_deletion),
        ("value", !value.satisfied_by(&have.value)),
        ("tags", *tags != have.tags),
    ])
}

fn log_group_differs(want: &LogGroup, have: &LogGroup) -> Vec<&'static str> {
    let LogGroup {
        name: _,
        retention_days,
        tags,
    } = want;
    named([
        ("retention", *retention_days != have.retention_days),
        ("tags", *tags != have.tags),
    ])
}

fn queue_differs(want: &Queue, have: &Queue) -> Vec<&'static str> {
    let Queue {
        name: _,
        retention_s,
        encrypted,
        policy,
        tags,
    } = want;
    named([
        ("retention", *retention_s != have.retention_s),
        ("encryption", *encrypted != have.encrypted),
        ("policy", *policy != have.policy),
        ("tags", *tags != have.tags),
    ])
}

/// Returns what differs between two roles of one name.
pub(super) fn role_differs(want: &Role, have: &Role) -> Vec<&'static str> {
    let Role {
        name: _,
        trust,
        policy,
        tags,
    } = want;
    named([
        ("trust", *trust != have.trust),
        ("policy", *policy != have.policy),
        ("tags", *tags != have.tags),
    ])
}

fn function_differs(want: &Function, have: &Function) -> Vec<&'static str> {
    let Function {
        name: _,
        code_sha256,
        architecture,
        runtime,
        handler,
        memory_mb,
        timeout_s,
        role_arn,
        json_logs,
        environment,
        tags,
    } = want;
    named([
        (
            "code",
            *code_sha256 != have.code_sha256 || *architecture != have.architecture,
        ),
        (
            "runtime",
            *runtime != have.runtime || *handler != have.handler,
        ),
        ("memory", *memory_mb != have.memory_mb),
        ("timeout", *timeout_s != have.timeout_s),
        ("role", *role_arn != have.role_arn),
        ("logging", *json_logs != have.json_logs),
        (
            "environment",
            environment_differs(environment, &have.environment),
        ),
        ("tags", *tags != have.tags),
    ])
}

fn environment_differs(want: &Environment, have: &Environment) -> bool {
    let Environment {
        target,
        webhook,
        webhook_version,
        phones,
        others,
    } = want;
    *target != have.target
        || match (webhook, &have.webhook) {
            (Some(want), Some(have)) => !same_place(want, have),
            (None, None) => false,
            _ => true,
        }
        || *webhook_version != have.webhook_version
        || *phones != have.phones
        || *others != have.others
}

fn same_place(want: &WebhookPlace, have: &WebhookPlace) -> bool {
    match (want, have) {
        (
            WebhookPlace::Kms { key, value },
            WebhookPlace::Kms {
                key: held_key,
                value: held,
            },
        ) => key == held_key && value.satisfied_by(held),
        (WebhookPlace::Env { value }, WebhookPlace::Env { value: held }) => {
            value.satisfied_by(held)
        }
        _ => want == have,
    }
}

fn event_invoke_config_differs(
    want: &EventInvokeConfig,
    have: &EventInvokeConfig,
) -> Vec<&'static str> {
    let EventInvokeConfig {
        retries,
        max_age_s,
        on_failure,
    } = want;
    named([
        ("retries", *retries != have.retries),
        ("maximum age", *max_age_s != have.max_age_s),
        ("on-failure destination", *on_failure != have.on_failure),
    ])
}

fn permission_differs(want: &Permission, have: &Permission) -> Vec<&'static str> {
    let Permission {
        statement: _,
        principal,
        source_arn,
        source_account,
    } = want;
    named([
        ("principal", *principal != have.principal),
        ("source ARN", *source_arn != have.source_arn),
        ("source account", *source_account != have.source_account),
    ])
}

fn subscription_differs(want: &Subscription, have: &Subscription) -> Vec<&'static str> {
    let Subscription {
        dead_letters,
        filter,
        raw_delivery,
    } = want;
    named([
        ("dead-letter queue", *dead_letters != have.dead_letters),
        ("filter policy", *filter != have.filter),
        ("raw delivery", *raw_delivery != have.raw_delivery),
    ])
}

impl Change {
    /// Returns the resource that is changed.
    pub fn part(&self) -> &Resource {
        match self {
            Change::Create { part } | Change::Update { part, .. } | Change::Remove { part } => part,
        }
    }
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, change) in self.changes.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            let sign = match change {
                Change::Create { .. } => '+',
                Change::Update { .. } => '~',
                Change::Remove { .. } => '-',
            };
            write!(f, "{sign} {change}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Change::Create { part } => write!(f, "create {part}"),
            Change::Update { part, differs } => write!(f, "update {part}: {}", differs.join(", ")),
            Change::Remove { part } => write!(f, "remove {part}"),
        }
    }
}

impl fmt::Display for Resource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Resource::Secret {
                store: SecretStore::Ssm,
                secret,
            } => write!(f, "parameter {}", secret.name),
            Resource::Secret { secret, .. } => write!(f, "secret {}", secret.name),
            Resource::LogGroup(group) => write!(f, "log group {}", group.name),
            Resource::Queue(queue) => write!(f, "failure queue {}", queue.name),
            Resource::Role(role) => write!(f, "execution role {}", role.name),
            Resource::Function(function) => write!(f, "function {}", function.name),
            Resource::EventInvokeConfig(_) => {
                f.write_str("async settings (retries, on-failure destination)")
            }
            Resource::Permission(permission) => write!(
                f,
                "permission {} (the topic may call the function)",
                permission.statement
            ),
            Resource::Subscription { endpoint, .. } => {
                write!(f, "subscription {} {endpoint}", endpoint.protocol())
            }
        }
    }
}

#[cfg(test)]
mod tests;
