//! From what there is to what is wanted: `plan(want, have)` returns the changes as data, with what must come before what.
//!
//! Paths are made before they are cut: at every moment in between, an alert that could reach the room still can.

use std::fmt;
use std::time::Duration;

use serde::{Serialize, Serializer};

use super::policy;
use super::state::{
    Buffer, Endpoint, EventInvokeConfig, EventSourceMapping, Function, LogGroup, Permission, Queue,
    RelayState, Role, Secret, Subscription, holds_all,
};
use crate::arn::resource_name;
use crate::contract::secret_store::SecretStore;

/// Changes, each with those that must be made before it. The list is in an order that is safe one by one; what does not
/// depend on each other may be made at the same time.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan<C = Change> {
    changes: Vec<C>,
    /// For each change, the positions of those that must be made before it; all of them are smaller than its own.
    after: Vec<Vec<usize>>,
}

/// What a plan consists of: something that can be shown, counted and made by itself.
pub trait PlannedChange: fmt::Display + Serialize {
    /// Returns what a plan shows before the change: `+` makes, `~` changes, `-` removes.
    fn sign(&self) -> char;

    /// Returns the change in a few words, for a line that has little room.
    fn brief(&self) -> Brief;

    /// Returns how long AWS may take, after it accepted the change, until a read shows it everywhere.
    fn settling(&self) -> Settling {
        Settling::Usual
    }
}

/// A change in a few words: "create", "created", "failure queue", and its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Brief {
    /// What is done.
    pub verb: &'static str,
    /// What was done, once it is.
    pub done: &'static str,
    /// To what kind of thing.
    pub what: &'static str,
    /// Its name, and what else is to be known of it; empty if there is only one.
    pub name: String,
}

impl Brief {
    /// The change that makes something.
    pub fn create(what: &'static str, name: impl Into<String>) -> Brief {
        Brief::new(("create", "created"), what, name)
    }

    /// The change that brings something to its wanted state; `differs` is what it lacks.
    pub fn update(what: &'static str, name: &str, differs: &[&str]) -> Brief {
        let name = format!("{name}: {}", differs.join(", "));
        Brief::new(("update", "updated"), what, name)
    }

    /// The change that removes something.
    pub fn remove(what: &'static str, name: impl Into<String>) -> Brief {
        Brief::new(("remove", "removed"), what, name)
    }

    /// Any change: `words` are what is done, and what was done.
    pub fn new(
        words: (&'static str, &'static str),
        what: &'static str,
        name: impl Into<String>,
    ) -> Brief {
        Brief {
            verb: words.0,
            done: words.1,
            what,
            name: name.into(),
        }
    }
}

impl fmt::Display for Brief {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Brief {
            verb, what, name, ..
        } = self;
        write!(f, "{verb} {what} {name}")
    }
}

/// How long AWS may take until a read shows a change that it accepted; in order of the time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Settling {
    /// As long as most services need: none gives a limit, and most show a change within seconds.
    Usual,
    /// SQS shows a queue that was made or deleted, and its attributes, within 60 seconds (SQS API reference, `CreateQueue`,
    /// `DeleteQueue`, `SetQueueAttributes`).
    Queue,
    /// A new retention period within 15 minutes (SQS API reference, `SetQueueAttributes`).
    QueueRetention,
}

impl Settling {
    /// Returns the time after which the change must show, with some margin for what is documented.
    pub fn limit(self) -> Duration {
        Duration::from_secs(match self {
            Settling::Usual => 60,
            Settling::Queue => 75,
            Settling::QueueRetention => 15 * 60,
        })
    }
}

impl fmt::Display for Settling {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Settling::Usual => "AWS may take a minute to show it",
            Settling::Queue => "SQS may take up to 60 seconds to show it",
            Settling::QueueRetention => {
                "SQS accepted it, and may take up to 15 minutes to apply it; nothing more is to be done"
            }
        })
    }
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
    /// Wait until it is empty: the buffer, which the relay goes on emptying until then.
    Drain {
        /// As it is.
        part: Resource,
    },
}

/// One resource of a relay or of a topic's phones.
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
    /// The buffer.
    Buffer(Buffer),
    /// What takes alerts from the buffer to the function.
    EventSourceMapping(EventSourceMapping),
    /// The execution role with its inline policy.
    Role(Box<Role>),
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

impl<C> Plan<C> {
    /// Adds a change that must come after those at the given positions, and returns its own position.
    pub fn push(&mut self, change: C, after: impl IntoIterator<Item = usize>) -> usize {
        let position = self.changes.len();
        self.changes.push(change);
        self.after.push(
            after
                .into_iter()
                .filter(|&earlier| earlier < position)
                .collect(),
        );
        position
    }

    /// Returns the changes, in an order that is safe one by one.
    pub fn changes(&self) -> &[C] {
        &self.changes
    }

    /// Returns how many changes there are.
    pub fn len(&self) -> usize {
        self.changes.len()
    }

    /// Returns whether there is nothing to change.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// Returns the positions of the changes that can be made now: those that are not `begun` and come after nothing that is
    /// not `done`. Both are indexed by position.
    pub fn ready(&self, begun: &[bool], done: &[bool]) -> Vec<usize> {
        let is_done = |earlier: &usize| done.get(*earlier) == Some(&true);
        (0..self.len())
            .filter(|&position| begun.get(position) == Some(&false))
            .filter(|&position| self.after[position].iter().all(is_done))
            .collect()
    }

    /// Returns this plan with all of `other` behind all of it, each change put into other words.
    pub fn then<D, E>(
        self,
        other: Plan<D>,
        ours: impl Fn(C) -> E,
        theirs: impl Fn(D) -> E,
    ) -> Plan<E> {
        let count = self.len();
        let moved = other.after.into_iter().map(|after| {
            (0..count)
                .chain(after.into_iter().map(|at| at + count))
                .collect()
        });
        Plan {
            after: self.after.into_iter().chain(moved).collect(),
            changes: self
                .changes
                .into_iter()
                .map(ours)
                .chain(other.changes.into_iter().map(theirs))
                .collect(),
        }
    }

    /// Returns the changes by themselves.
    pub fn into_changes(self) -> Vec<C> {
        self.changes
    }
}

impl<C> Default for Plan<C> {
    fn default() -> Plan<C> {
        Plan {
            changes: Vec::new(),
            after: Vec::new(),
        }
    }
}

impl<C: Serialize> Serialize for Plan<C> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.changes.serialize(serializer)
    }
}

/// Returns the changes that lead from `have` to `want`.
pub fn plan(want: &RelayState, have: &RelayState) -> Plan {
    // Destructured, so that the compiler asks for a place in the order when a resource is added.
    let RelayState {
        secrets,
        log_group,
        queue,
        buffer,
        mapping,
        role,
        function,
        event_invoke_config,
        permission,
        subscriptions,
    } = want;
    let mut plan = Plan::default();

    let mut stored = Vec::new();
    for (store, secret) in secrets {
        let change = make(
            Some(secret),
            have.secrets.get(store),
            secret_differs,
            |secret| Resource::Secret {
                store: *store,
                secret: secret.clone(),
            },
        );
        stored.extend(change.map(|change| plan.push(change, [])));
    }
    let log_group_made = make(
        log_group.as_ref(),
        have.log_group.as_ref(),
        log_group_differs,
        |group| Resource::LogGroup(group.clone()),
    )
    .map(|change| plan.push(change, []));
    let queue_made = make(
        queue.as_ref(),
        have.queue.as_ref(),
        queue_differs,
        |queue| Resource::Queue(queue.clone()),
    )
    .map(|change| plan.push(change, []));

    // A role that is made anew is another principal than the one for which the function may use the key of its environment.
    let held_function = have.function.clone().map(|held| {
        let keeps_role = function.as_ref().map(|want| &want.role_arn) == Some(&held.role_arn);
        let is_new = role.is_some() && have.role.is_none() && keeps_role;
        Function {
            granted: held.granted && !is_new,
            ..held
        }
    });
    // SQS checks that the queue for what is given up is there.
    let buffer_made = make(
        buffer.as_ref(),
        have.buffer.as_ref(),
        buffer_differs,
        |buffer| Resource::Buffer(buffer.clone()),
    )
    .map(|change| plan.push(change, queue_made));

    let function_change = make(
        function.as_ref(),
        held_function.as_ref(),
        function_differs,
        |function| Resource::Function(Box::new(function.clone())),
    );
    // While the function still reads the old store, its role must read both; and the buffer until it is empty.
    let is_unbuffered = buffer.is_none() && (have.buffer.is_some() || have.mapping.is_some());
    let between = role.as_ref().map(|role| match &have.role {
        Some(held) if is_unbuffered || matches!(function_change, Some(Change::Update { .. })) => {
            let widened = policy::widened(&role.policy, &held.policy);
            // What it may do already needs no other names for its statements.
            let policy = match policy::same_statements(&widened, &held.policy) {
                true => held.policy.clone(),
                false => widened,
            };
            Role {
                policy,
                ..role.clone()
            }
        }
        _ => role.clone(),
    });
    let role_part = |role: &Role| Resource::Role(Box::new(role.clone()));
    let role_made = make(
        between.as_ref(),
        have.role.as_ref(),
        role_differs,
        role_part,
    )
    .map(|change| plan.push(change, []));
    let function_made =
        function_change.map(|change| plan.push(change, stored.iter().copied().chain(role_made)));
    // Lambda checks that the queue is there and that the role may write to it.
    let events_made = make(
        event_invoke_config.as_ref(),
        have.event_invoke_config.as_ref(),
        event_invoke_config_differs,
        |settings| Resource::EventInvokeConfig(settings.clone()),
    )
    .map(|change| {
        plan.push(
            change,
            function_made.into_iter().chain(queue_made).chain(role_made),
        )
    });
    let permission_made = make(
        permission.as_ref(),
        have.permission.as_ref(),
        permission_differs,
        |permission| Resource::Permission(permission.clone()),
    )
    .map(|change| plan.push(change, function_made));
    // Lambda checks that the role may read the queue, and the buffer's visibility against the function's timeout.
    let mapping_made = make(
        mapping.as_ref(),
        have.mapping.as_ref(),
        mapping_differs,
        |mapping| Resource::EventSourceMapping(mapping.clone()),
    )
    .map(|change| {
        plan.push(
            change,
            [buffer_made, role_made, function_made, log_group_made]
                .into_iter()
                .flatten(),
        )
    });
    // With its subscription a relay gets alerts: all that delivers or keeps one is there before.
    let behind: Vec<usize> = [
        log_group_made,
        queue_made,
        buffer_made,
        mapping_made,
        function_made,
        events_made,
        permission_made,
    ]
    .into_iter()
    .flatten()
    .collect();
    let mut subscribed = Vec::new();
    for (endpoint, subscription) in subscriptions {
        let change = make(
            Some(subscription),
            have.subscriptions.get(endpoint),
            subscription_differs,
            |subscription| subscription_part(endpoint, subscription),
        );
        let needs = match endpoint {
            Endpoint::Lambda(_) | Endpoint::Sqs(_) => behind.clone(),
            Endpoint::Sms(_) => queue_made.into_iter().collect(),
        };
        subscribed.extend(change.map(|change| plan.push(change, needs)));
    }

    // What delivers now is cut after what delivers from now on is there.
    let mut unsubscribed = Vec::new();
    for (endpoint, subscription) in &have.subscriptions {
        let change = remove(subscriptions.get(endpoint), Some(subscription), |held| {
            subscription_part(endpoint, held)
        });
        // Where an interrupted run left both ways subscribed, the new one may still lack something else.
        let before = subscribed.iter().chain(&behind).copied();
        unsubscribed.extend(change.map(|change| plan.push(change, before)));
    }
    let all_subscriptions: Vec<usize> = subscribed.iter().chain(&unsubscribed).copied().collect();
    // A relay that goes on without its buffer delivers what is in it first.
    let drained = match (&have.buffer, buffer, function) {
        (Some(held), None, Some(_)) => Some(
            plan.push(
                Change::Drain {
                    part: Resource::Buffer(held.clone()),
                },
                all_subscriptions
                    .iter()
                    .copied()
                    .chain(role_made)
                    .chain(function_made),
            ),
        ),
        _ => None,
    };
    let mapping_removed = remove(mapping.as_ref(), have.mapping.as_ref(), |held| {
        Resource::EventSourceMapping(held.clone())
    })
    .map(|change| plan.push(change, all_subscriptions.iter().copied().chain(drained)));
    let permission_removed = remove(permission.as_ref(), have.permission.as_ref(), |held| {
        Resource::Permission(held.clone())
    })
    .map(|change| plan.push(change, all_subscriptions.iter().copied()));
    let events_removed = remove(
        event_invoke_config.as_ref(),
        have.event_invoke_config.as_ref(),
        |held| Resource::EventInvokeConfig(held.clone()),
    )
    .map(|change| plan.push(change, all_subscriptions.iter().copied()));
    let function_removed = remove(function.as_ref(), have.function.as_ref(), |held| {
        Resource::Function(Box::new(held.clone()))
    })
    .map(|change| {
        let before = all_subscriptions
            .iter()
            .copied()
            .chain(permission_removed)
            .chain(events_removed)
            .chain(mapping_removed);
        plan.push(change, before)
    });
    // Nothing that the function uses goes before the function does without it.
    let switched: Vec<usize> = function_made
        .into_iter()
        .chain(function_removed)
        .chain(mapping_removed)
        .collect();
    if let Some(change) = make(role.as_ref(), between.as_ref(), role_differs, role_part) {
        plan.push(change, switched.iter().copied().chain(role_made));
    }
    if let Some(change) = remove(role.as_ref(), have.role.as_ref(), |held| {
        Resource::Role(Box::new(held.clone()))
    }) {
        plan.push(change, switched.iter().copied());
    }
    if let Some(change) = remove(log_group.as_ref(), have.log_group.as_ref(), |held| {
        Resource::LogGroup(held.clone())
    }) {
        plan.push(change, switched.iter().copied());
    }
    for (store, secret) in &have.secrets {
        // What is scheduled for deletion already needs no removal.
        let held = Some(secret).filter(|secret| !secret.pending_deletion);
        let change = remove(secrets.get(store), held, |held| Resource::Secret {
            store: *store,
            secret: held.clone(),
        });
        if let Some(change) = change {
            plan.push(change, switched.iter().copied());
        }
    }
    let buffer_removed = remove(buffer.as_ref(), have.buffer.as_ref(), |held| {
        Resource::Buffer(held.clone())
    })
    .map(|change| {
        let before = switched.iter().chain(&all_subscriptions).copied();
        plan.push(change, before.chain(drained))
    });
    if let Some(change) = remove(queue.as_ref(), have.queue.as_ref(), |held| {
        Resource::Queue(held.clone())
    }) {
        let before = switched
            .iter()
            .chain(&all_subscriptions)
            .copied()
            .chain(events_made)
            .chain(events_removed)
            .chain(buffer_removed);
        plan.push(change, before);
    }
    plan
}

fn subscription_part(endpoint: &Endpoint, subscription: &Subscription) -> Resource {
    Resource::Subscription {
        endpoint: endpoint.clone(),
        subscription: subscription.clone(),
    }
}

/// Returns the change that makes a resource or brings it to its wanted state, where one is needed.
fn make<T>(
    want: Option<&T>,
    have: Option<&T>,
    differs: fn(&T, &T) -> Vec<&'static str>,
    part: impl Fn(&T) -> Resource,
) -> Option<Change> {
    match (want?, have) {
        (want, None) => Some(Change::Create { part: part(want) }),
        (want, Some(have)) => {
            let differs = differs(want, have);
            (!differs.is_empty()).then(|| Change::Update {
                part: part(want),
                differs,
            })
        }
    }
}

/// Returns the change that removes a resource that is no longer wanted.
fn remove<T>(want: Option<&T>, have: Option<&T>, part: impl Fn(&T) -> Resource) -> Option<Change> {
    match (want, have) {
        (None, Some(have)) => Some(Change::Remove { part: part(have) }),
        _ => None,
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
        ("tags", !holds_all(&have.tags, tags)),
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
        ("tags", !holds_all(&have.tags, tags)),
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
        ("tags", !holds_all(&have.tags, tags)),
    ])
}

fn buffer_differs(want: &Buffer, have: &Buffer) -> Vec<&'static str> {
    let Buffer {
        name: _,
        retention_s,
        visibility_s,
        redrive,
        encrypted,
        policy,
        tags,
    } = want;
    named([
        ("retention", *retention_s != have.retention_s),
        ("visibility timeout", *visibility_s != have.visibility_s),
        ("redrive policy", *redrive != have.redrive),
        ("encryption", *encrypted != have.encrypted),
        ("policy", *policy != have.policy),
        ("tags", !holds_all(&have.tags, tags)),
    ])
}

fn mapping_differs(want: &EventSourceMapping, have: &EventSourceMapping) -> Vec<&'static str> {
    let EventSourceMapping {
        source: _,
        batch_size,
        window_s,
        max_concurrency,
        reports_failures,
        enabled,
        filtered,
        tags,
    } = want;
    named([
        ("batch size", *batch_size != have.batch_size),
        ("batching window", *window_s != have.window_s),
        (
            "maximum concurrency",
            *max_concurrency != have.max_concurrency,
        ),
        (
            "ReportBatchItemFailures",
            *reports_failures != have.reports_failures,
        ),
        ("enabled", *enabled != have.enabled),
        ("filter criteria", *filtered != have.filtered),
        ("tags", !holds_all(&have.tags, tags)),
    ])
}

/// Returns what differs between two roles of one name.
pub(super) fn role_differs(want: &Role, have: &Role) -> Vec<&'static str> {
    let Role {
        name: _,
        // IAM cannot change it; another one is refused before there is a plan.
        path: _,
        boundary,
        created: _,
        trust,
        policy,
        tags,
    } = want;
    named([
        ("permissions boundary", *boundary != have.boundary),
        ("trust", *trust != have.trust),
        ("policy", *policy != have.policy),
        ("tags", !holds_all(&have.tags, tags)),
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
        ready,
        granted,
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
        ("environment", !environment.satisfied_by(&have.environment)),
        ("readiness", *ready != have.ready),
        ("key grant", *granted != have.granted),
        ("tags", !holds_all(&have.tags, tags)),
    ])
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

impl<C: PlannedChange> fmt::Display for Plan<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, change) in self.changes.iter().enumerate() {
            let end = if index == 0 { "" } else { "\n" };
            write!(f, "{end}{} {change}", change.sign())?;
        }
        Ok(())
    }
}

impl PlannedChange for Change {
    fn sign(&self) -> char {
        match self {
            Change::Create { .. } => '+',
            Change::Update { .. } | Change::Drain { .. } => '~',
            Change::Remove { .. } => '-',
        }
    }

    fn brief(&self) -> Brief {
        match self {
            Change::Create { part } => Brief::create(part.kind(), part.short_name()),
            Change::Update { part, differs } if *differs == ["readiness"] => {
                let words = ("wait for", "waited for");
                Brief::new(words, part.kind(), part.short_name())
            }
            Change::Update { part, differs } => {
                Brief::update(part.kind(), &part.short_name(), differs)
            }
            Change::Remove { part } => Brief::remove(part.kind(), part.short_name()),
            Change::Drain { part } => {
                Brief::new(("empty", "emptied"), part.kind(), part.short_name())
            }
        }
    }

    fn settling(&self) -> Settling {
        match self {
            Change::Update {
                part: Resource::Queue(_),
                differs,
            } if *differs == ["retention"] => Settling::QueueRetention,
            Change::Update {
                part: Resource::Buffer(_),
                differs,
            } if *differs == ["retention"] => Settling::QueueRetention,
            Change::Create { part }
            | Change::Update { part, .. }
            | Change::Remove { part }
            | Change::Drain { part } => match part {
                Resource::Queue(_) | Resource::Buffer(_) => Settling::Queue,
                _ => Settling::Usual,
            },
        }
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Change::Create { part } => write!(f, "create {part}"),
            Change::Update { part, differs } if *differs == ["readiness"] => {
                write!(f, "wait until {part} is ready")
            }
            Change::Update { part, differs } => write!(f, "update {part}: {}", differs.join(", ")),
            Change::Remove { part } => write!(f, "remove {part}"),
            Change::Drain { part } => write!(f, "wait until {part} is empty"),
        }
    }
}

impl Resource {
    /// Returns what it is in one or two words.
    fn kind(&self) -> &'static str {
        match self {
            Resource::Secret { store, .. } => store.noun(),
            Resource::LogGroup(_) => "log group",
            Resource::Queue(_) => "failure queue",
            Resource::Buffer(_) => "buffer",
            Resource::EventSourceMapping(_) => "event source",
            Resource::Role(_) => "execution role",
            Resource::Function(_) => "function",
            Resource::EventInvokeConfig(_) => "async settings",
            Resource::Permission(_) => "permission",
            Resource::Subscription { .. } => "subscription",
        }
    }

    /// Returns its name, without the ARN around it.
    fn short_name(&self) -> String {
        match self {
            Resource::Secret { secret, .. } => secret.name.clone(),
            Resource::LogGroup(group) => group.name.clone(),
            Resource::Queue(queue) => queue.name.clone(),
            Resource::Buffer(buffer) => buffer.name.clone(),
            Resource::EventSourceMapping(mapping) => resource_name(&mapping.source).to_owned(),
            Resource::Role(role) => role.name.clone(),
            Resource::Function(function) => function.name.clone(),
            Resource::EventInvokeConfig(_) => "retries, on-failure queue".to_owned(),
            Resource::Permission(permission) => permission.statement.clone(),
            Resource::Subscription { endpoint, .. } => {
                format!("{} {endpoint}", endpoint.protocol())
            }
        }
    }
}

impl fmt::Display for Resource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Resource::Secret { store, secret } => write!(f, "{} {}", store.noun(), secret.name),
            Resource::LogGroup(group) => write!(f, "log group {}", group.name),
            Resource::Queue(queue) => write!(f, "failure queue {}", queue.name),
            Resource::Buffer(buffer) => write!(f, "buffer {}", buffer.name),
            Resource::EventSourceMapping(mapping) => write!(
                f,
                "event source mapping from {} (Lambda takes alerts from the buffer)",
                resource_name(&mapping.source)
            ),
            Resource::Role(role) => write!(f, "execution role {}", role.name),
            Resource::Function(function) => write!(f, "function {}", function.name),
            Resource::EventInvokeConfig(_) => {
                f.write_str("asynchronous invocation settings (retries, on-failure queue)")
            }
            Resource::Permission(permission) => write!(
                f,
                "permission {} (the topic may invoke the function)",
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
