//! From what there is to what is wanted: `plan(want, have)` returns the changes as data, with what must come before what.
//!
//! Paths are made before they are cut: at every moment in between, an alert that could reach the room still can.

mod change;
mod difference;
mod ordered;
mod planned_change;

use difference::{
    buffer_differs, event_invoke_config_differs, function_differs, log_group_differs,
    mapping_differs, permission_differs, queue_differs, secret_differs, subscription_differs,
};

pub(super) use difference::role_differs;

pub use change::{Change, Resource};
pub use ordered::Plan;
pub use planned_change::{Brief, PlannedChange, Settling};

use super::policy;
use super::state::{Endpoint, Function, RelayState, Role, Subscription};

/// Returns the changes that lead from `have` to `want`.
pub fn plan(want: &RelayState, have: &RelayState) -> Plan {
    let mut plan = Plan::default();
    let made = make_path(&mut plan, want, have);
    cut_path(&mut plan, want, have, &made);
    plan
}

/// Where in a plan the changes stand that make a path for alerts.
struct MadePath {
    role: Option<usize>,
    function: Option<usize>,
    events: Option<usize>,
    /// All that delivers or keeps an alert.
    behind: Vec<usize>,
    subscriptions: Vec<usize>,
    /// The role until nothing uses the old path.
    role_between: Option<Role>,
}

/// Adds what makes the wanted path.
fn make_path(plan: &mut Plan, want: &RelayState, have: &RelayState) -> MadePath {
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

    MadePath {
        role: role_made,
        function: function_made,
        events: events_made,
        behind,
        subscriptions: subscribed,
        role_between: between,
    }
}

/// Adds what removes the path that is no longer wanted.
fn cut_path(plan: &mut Plan, want: &RelayState, have: &RelayState, made: &MadePath) {
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
    // What delivers now is cut after what delivers from now on is there.
    let mut unsubscribed = Vec::new();
    for (endpoint, subscription) in &have.subscriptions {
        let change = remove(subscriptions.get(endpoint), Some(subscription), |held| {
            subscription_part(endpoint, held)
        });
        // Where an interrupted run left both ways subscribed, the new one may still lack something else.
        let before = made.subscriptions.iter().chain(&made.behind).copied();
        unsubscribed.extend(change.map(|change| plan.push(change, before)));
    }
    let all_subscriptions: Vec<usize> = made
        .subscriptions
        .iter()
        .chain(&unsubscribed)
        .copied()
        .collect();
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
                    .chain(made.role)
                    .chain(made.function),
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
    let switched: Vec<usize> = made
        .function
        .into_iter()
        .chain(function_removed)
        .chain(mapping_removed)
        .collect();
    if let Some(change) = make(
        role.as_ref(),
        made.role_between.as_ref(),
        role_differs,
        role_part,
    ) {
        plan.push(change, switched.iter().copied().chain(made.role));
    }
    if let Some(change) = remove(role.as_ref(), have.role.as_ref(), role_part) {
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
            .chain(made.events)
            .chain(events_removed)
            .chain(buffer_removed);
        plan.push(change, before);
    }
}

fn role_part(role: &Role) -> Resource {
    Resource::Role(Box::new(role.clone()))
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

#[cfg(test)]
mod tests;
