//! Plans by exhaustion: every pair of states, interrupted at every step.

use super::*;
use crate::arn::TopicArn;
use crate::chain::names::{AccountRegion, ResourceNames};
use crate::chain::spec::{RelayCode, RelaySpec};
use crate::chain::state::{Buffer, EventSourceMapping, Filter, Permission, Queue, Secret, Trigger};
use crate::contract::secret_store::{SecretLocation, SecretStore, SecretValue};
use crate::destination::WebhookSecret;
use serde_json::{Value, json};

/// Returns the resource that is changed.
fn part(change: &Change) -> &Resource {
    match change {
        Change::Create { part }
        | Change::Update { part, .. }
        | Change::Remove { part }
        | Change::Drain { part } => part,
    }
}

/// Returns what a state is after a change, as AWS would hold it.
fn after(change: &Change, mut state: RelayState) -> RelayState {
    if matches!(change, Change::Drain { .. }) {
        return state;
    }
    let keep = !matches!(change, Change::Remove { .. });
    match part(change).clone() {
        Resource::Secret { store, secret } => {
            let held = state.secrets.remove(&store);
            if keep {
                let value = match (&secret.value, held) {
                    (SecretValue::Unread, Some(held)) => held.value,
                    (value, _) => value.clone(),
                };
                state.secrets.insert(store, Secret { value, ..secret });
            }
        }
        Resource::LogGroup(group) => state.log_group = keep.then_some(group),
        Resource::Queue(queue) => state.queue = keep.then_some(queue),
        Resource::Buffer(buffer) => state.buffer = keep.then_some(buffer),
        Resource::EventSourceMapping(mapping) => state.mapping = keep.then_some(mapping),
        Resource::Role(role) => state.role = keep.then_some(*role),
        Resource::Function(function) => {
            state.function = keep.then_some(*function);
            if !keep {
                // Both hang on the function and go with it.
                state.event_invoke_config = None;
                state.permission = None;
            }
        }
        Resource::EventInvokeConfig(settings) => {
            state.event_invoke_config = keep.then_some(settings)
        }
        Resource::Permission(permission) => state.permission = keep.then_some(permission),
        Resource::Subscription {
            endpoint,
            subscription,
        } => {
            state.subscriptions.remove(&endpoint);
            if keep {
                state.subscriptions.insert(endpoint, subscription);
            }
        }
    }
    state
}

fn topic() -> TopicArn {
    "arn:aws:sns:us-east-1:123456789012:BadIoTDevices"
        .parse()
        .expect("an ARN")
}

fn names() -> ResourceNames {
    let place = AccountRegion {
        partition: "aws".into(),
        region: "us-east-1".into(),
        account: "123456789012".into(),
    };
    ResourceNames::new("slack", &topic(), place, None)
}

fn secret(path: &str) -> WebhookSecret {
    WebhookSecret::from_url(&format!("https://hooks.slack.com/services/{path}")).expect("a URL")
}

const KEY: &str = "arn:aws:kms:us-east-1:123456789012:key/1";

fn order<'a>(
    names: &'a ResourceNames,
    topic: &'a TopicArn,
    store: SecretStore,
    secret: Option<&'a WebhookSecret>,
) -> RelaySpec<'a> {
    let code = RelayCode::Deploy {
        sha256: "new",
        architecture: "x86_64",
    };
    RelaySpec {
        store: Some(store),
        kms_key: Some(KEY),
        secret,
        version: "0.1.0",
        ..RelaySpec::new("slack", names, topic, code)
    }
}

/// What a complete relay with this store looks like.
fn complete(store: SecretStore) -> RelayState {
    let (names, topic, secret) = (names(), topic(), secret("old"));
    order(&names, &topic, store, Some(&secret)).desired_state(&RelayState::default())
}

/// Every state that can be met: each resource missing, as wanted, or otherwise.
fn starting_states() -> Vec<RelayState> {
    let stores = [
        SecretStore::SecretsManager,
        SecretStore::Ssm,
        SecretStore::Kms,
    ];
    let complete: Vec<RelayState> = stores.iter().map(|store| complete(*store)).collect();
    let (manager, parameter) = (&complete[0], &complete[1]);
    let both = |one: &RelayState, other: &RelayState| {
        let (mut role, other) = (
            one.role.clone().expect("a role"),
            other.role.clone().expect("a role"),
        );
        role.policy = policy::widened(&role.policy, &other.policy);
        role
    };
    let roles = [
        None,
        manager.role.clone(),
        parameter.role.clone(),
        Some(both(manager, parameter)),
        Some(Role {
            trust: Value::Null,
            policy: Value::Null,
            ..manager.role.clone().expect("a role")
        }),
    ];
    let pending: Vec<_> = manager
        .secrets
        .iter()
        .map(|(store, secret)| {
            (
                *store,
                Secret {
                    pending_deletion: true,
                    value: SecretValue::Unread,
                    ..secret.clone()
                },
            )
        })
        .collect();
    let secrets = [
        Default::default(),
        manager.secrets.clone(),
        parameter.secrets.clone(),
        manager
            .secrets
            .clone()
            .into_iter()
            .chain(parameter.secrets.clone())
            .collect(),
        pending.into_iter().collect(),
    ];
    let mut functions: Vec<Option<Function>> = complete
        .iter()
        .map(|state| state.function.clone())
        .collect();
    functions.push(manager.function.clone().map(|function| Function {
        code_sha256: "old".into(),
        ..function
    }));
    functions.push(None);
    let queues = [
        None,
        manager.queue.clone().map(|queue| Queue {
            policy: Value::Null,
            ..queue
        }),
    ];
    let permissions = [
        None,
        manager.permission.clone(),
        manager.permission.clone().map(|it| Permission {
            source_account: None,
            ..it
        }),
    ];
    let mut deaf = manager.subscriptions.clone();
    deaf.values_mut()
        .for_each(|subscription| subscription.dead_letters = None);
    let subscriptions = [Default::default(), deaf];
    let mut starting_states = Vec::new();
    for role in &roles {
        for secrets in &secrets {
            for function in &functions {
                for queue in &queues {
                    for permission in &permissions {
                        for subscriptions in &subscriptions {
                            if function.is_none() && permission.is_some() {
                                continue;
                            }
                            starting_states.push(RelayState {
                                secrets: secrets.clone(),
                                log_group: queue
                                    .is_some()
                                    .then(|| manager.log_group.clone())
                                    .flatten(),
                                queue: queue.clone(),
                                buffer: None,
                                mapping: None,
                                role: role.clone(),
                                event_invoke_config: permission
                                    .is_some()
                                    .then(|| manager.event_invoke_config.clone())
                                    .flatten(),
                                function: function.clone(),
                                permission: permission.clone(),
                                subscriptions: subscriptions.clone(),
                            });
                        }
                    }
                }
            }
        }
    }
    starting_states
}

/// Whether an alert that is published now reaches the room, by one way or the other.
fn delivers(state: &RelayState) -> bool {
    let subscribed = |protocol: &str| {
        let mut endpoints = state.subscriptions.keys();
        endpoints.any(|endpoint| endpoint.protocol() == protocol)
    };
    let is_direct = subscribed("lambda")
        && runs(state, Trigger::Sns)
        && state
            .permission
            .as_ref()
            .is_some_and(|permission| permission.source_arn == topic().to_string());
    let is_accepted = state
        .buffer
        .as_ref()
        .is_some_and(|buffer| buffer.policy == policy::buffer_policy(&names(), &topic()));
    is_direct || (subscribed("sqs") && is_accepted && empties(state))
}

/// Whether an alert in the buffer reaches the room, and is kept if it does not.
fn empties(state: &RelayState) -> bool {
    let takes = |mapping: &EventSourceMapping| mapping.enabled && mapping.reports_failures;
    state.buffer.is_some() && state.mapping.as_ref().is_some_and(takes) && runs(state, Trigger::Sqs)
}

/// Whether the function can deliver what this trigger gives it.
fn runs(state: &RelayState, trigger: Trigger) -> bool {
    let (Some(role), Some(function)) = (&state.role, &state.function) else {
        return false;
    };
    let place = function.environment.webhook.as_ref();
    let stored = place
        .map(SecretLocation::store)
        .filter(|store| store.is_resource());
    stored.is_none_or(|store| {
        state
            .secrets
            .get(&store)
            .is_some_and(|secret| !secret.pending_deletion)
    }) && role.trust == policy::lambda_trust()
        && allows(
            &role.policy,
            &policy::execution_policy(&names(), "slack", place, trigger),
        )
}

/// Whether every statement of `needed` stands in `policy`, whatever it is called there.
fn allows(policy: &Value, needed: &Value) -> bool {
    let statements = |policy: &Value| policy["Statement"].as_array().cloned().unwrap_or_default();
    statements(needed).iter().all(|needed| {
        statements(policy).iter().any(|held| {
            held["Action"] == needed["Action"] && held["Resource"] == needed["Resource"]
        })
    })
}

/// Returns the changes in another order that the plan allows: of those that are ready, always the last.
fn last_first(plan: &Plan) -> Vec<&Change> {
    let (mut done, mut order) = (vec![false; plan.len()], Vec::new());
    while let Some(&position) = plan.ready(&done, &done).last() {
        done[position] = true;
        order.push(&plan.changes()[position]);
    }
    assert_eq!(order.len(), plan.len(), "every change gets its turn");
    order
}

/// Checks that an alert still has its way after a change, and that nothing is taken from under a subscription.
fn check_step(
    change: &Change,
    before: &RelayState,
    now: &RelayState,
    have: &RelayState,
    removes: bool,
) {
    assert!(
        removes || !delivers(before) || delivers(now),
        "cut off by {change}\nfrom {have:#?}"
    );
    let subscribed = |protocol: &str| {
        let mut endpoints = now.subscriptions.keys();
        endpoints.any(|endpoint| endpoint.protocol() == protocol)
    };
    match change {
        Change::Drain { .. } => {
            assert!(!subscribed("sqs"), "alerts still come into the buffer");
            assert!(
                !empties(have) || empties(before),
                "{change}, which nobody does any more\nfrom {have:#?}"
            );
        }
        Change::Remove { part } => match part {
            Resource::EventSourceMapping(_) | Resource::Buffer(_) => {
                assert!(!subscribed("sqs"), "{change} while alerts still come");
                assert!(now.mapping.is_none(), "{change} while Lambda reads it");
            }
            Resource::Permission(_) => assert!(!subscribed("lambda"), "{change} too early"),
            _ => {}
        },
        _ => {}
    }
    if removes {
        assert!(
            now.subscriptions.is_empty()
                || (now.function == have.function
                    && now.queue == have.queue
                    && now.buffer == have.buffer
                    && now.mapping == have.mapping),
            "{change} takes down what a subscription still delivers to"
        );
    }
    if let (Some(function), None) = (&now.function, &now.role) {
        assert!(
            have.role.is_none() && before.role.is_none(),
            "{change} takes the role from under {}",
            function.name
        );
    }
}

/// Goes through a plan, checking at every step that an alert still has its way, and that a run interrupted there is continued.
fn walk(have: &RelayState, want: impl Fn(&RelayState) -> RelayState, wanted: &RelayState) {
    let first = plan(wanted, have);
    let removes = wanted.subscriptions.is_empty();
    check_drain(&first, have, wanted);
    let mut other = have.clone();
    for change in last_first(&first) {
        let next = after(change, other.clone());
        check_step(change, &other, &next, have, removes);
        other = next;
    }
    let mut now = have.clone();
    for (position, change) in first.changes().iter().enumerate() {
        let next = after(change, now.clone());
        check_step(change, &now, &next, have, removes);
        now = next;
        let continued = plan(&want(&now), &now);
        if continued.changes() == &first.changes()[position + 1..] {
            // It leads where this plan leads, and that is checked below.
            continue;
        }
        let end = (continued.changes().iter()).fold(now.clone(), |now, change| after(change, now));
        check_end(&end, &want(&end), have);
    }
    assert_eq!(now, other, "the order does not matter for the end");
    check_end(&now, &want(&now), have);
}

/// Checks that a buffer that goes while its relay stays is emptied before what empties it goes.
fn check_drain(plan: &Plan, have: &RelayState, wanted: &RelayState) {
    let at = |is_it: fn(&Change) -> bool| plan.changes().iter().position(is_it);
    let drained = at(|change| matches!(change, Change::Drain { .. }));
    let unmapped = at(
        |change| matches!(change, Change::Remove { part } if matches!(part, Resource::EventSourceMapping(_))),
    );
    let unbuffered = at(
        |change| matches!(change, Change::Remove { part } if matches!(part, Resource::Buffer(_))),
    );
    let must = have.buffer.is_some() && wanted.buffer.is_none() && wanted.function.is_some();
    assert_eq!(drained.is_some(), must, "{plan}");
    if let (Some(drained), Some(unbuffered)) = (drained, unbuffered) {
        assert!(drained < unbuffered && unmapped.is_none_or(|at| drained < at && at < unbuffered));
    }
}

/// Checks that a run ended with what is wanted; only a secret of another store can be left, waiting for its deletion.
fn check_end(end: &RelayState, wanted: &RelayState, have: &RelayState) {
    let left = plan(wanted, end);
    assert!(left.is_empty(), "{left}\nis left from {have:#?}");
    let mut end = end.clone();
    end.secrets
        .retain(|store, secret| !secret.pending_deletion || wanted.secrets.contains_key(store));
    assert_eq!(end, *wanted, "no change is left, but something is missing");
}

#[test]
fn a_deploy_leads_from_any_state_to_the_wanted_one() {
    let (names, topic, new) = (names(), topic(), secret("new"));
    let starting_states = starting_states();
    assert!(starting_states.len() > 1000, "{}", starting_states.len());
    let walk_to = |store: SecretStore| {
        let want = |have: &RelayState| order(&names, &topic, store, Some(&new)).desired_state(have);
        for have in &starting_states {
            walk(have, want, &want(have));
        }
    };
    std::thread::scope(|threads| {
        for store in SecretStore::ALL {
            let walk_to = &walk_to;
            threads.spawn(move || walk_to(store));
        }
    });
}

/// What a complete relay with this trigger looks like.
fn triggered(trigger: Trigger) -> RelayState {
    let (names, topic, secret) = (names(), topic(), secret("old"));
    let spec = RelaySpec {
        trigger: Some(trigger),
        ..order(&names, &topic, SecretStore::SecretsManager, Some(&secret))
    };
    spec.desired_state(&RelayState::default())
}

/// Every state between the two triggers: each resource of either missing, as wanted, or otherwise.
fn states_between_triggers() -> Vec<RelayState> {
    let [direct, buffered] = Trigger::ALL.map(triggered);
    let (narrow, wide) = (
        direct.role.clone().expect("a role"),
        buffered.role.clone().expect("a role"),
    );
    let between = Role {
        policy: policy::widened(&narrow.policy, &wide.policy),
        ..narrow.clone()
    };
    let roles = [None, Some(narrow), Some(wide), Some(between)];
    let function = direct.function.clone().expect("a function");
    let old = Function {
        code_sha256: "old".into(),
        ..function.clone()
    };
    let functions = [None, Some(function), Some(old)];
    let buffer = buffered.buffer.clone().expect("a buffer");
    let deaf = Buffer {
        policy: Value::Null,
        redrive: None,
        ..buffer.clone()
    };
    let buffers = [None, Some(buffer), Some(deaf)];
    let mapping = buffered.mapping.clone().expect("a mapping");
    let disabled = EventSourceMapping {
        enabled: false,
        reports_failures: false,
        ..mapping.clone()
    };
    let mappings = [None, Some(mapping), Some(disabled)];
    let both = direct.subscriptions.clone().into_iter();
    let both = both.chain(buffered.subscriptions.clone()).collect();
    let subscriptions = [
        Default::default(),
        direct.subscriptions.clone(),
        buffered.subscriptions.clone(),
        both,
    ];
    let mut states = Vec::new();
    for role in &roles {
        for function in &functions {
            for buffer in &buffers {
                for mapping in &mappings {
                    for subscriptions in &subscriptions {
                        for queue in [None, direct.queue.clone()] {
                            for permission in [None, direct.permission.clone()] {
                                if function.is_none() && permission.is_some() {
                                    continue;
                                }
                                states.push(RelayState {
                                    role: role.clone(),
                                    function: function.clone(),
                                    buffer: buffer.clone(),
                                    mapping: mapping.clone(),
                                    subscriptions: subscriptions.clone(),
                                    queue: queue.clone(),
                                    event_invoke_config: permission
                                        .is_some()
                                        .then(|| direct.event_invoke_config.clone())
                                        .flatten(),
                                    permission,
                                    secrets: direct.secrets.clone(),
                                    log_group: direct.log_group.clone(),
                                });
                            }
                        }
                    }
                }
            }
        }
    }
    states
}

#[test]
fn a_relay_moves_from_any_state_to_either_trigger_and_away() {
    let (names, topic, new) = (names(), topic(), secret("new"));
    let states = states_between_triggers();
    assert!(states.len() > 1000, "{}", states.len());
    let walk_to = |trigger: Option<Trigger>| {
        let want = |have: &RelayState| match trigger {
            None => RelayState::default(),
            Some(_) => RelaySpec {
                trigger,
                ..order(&names, &topic, SecretStore::SecretsManager, Some(&new))
            }
            .desired_state(have),
        };
        for have in &states {
            walk(have, want, &want(have));
        }
    };
    std::thread::scope(|threads| {
        for trigger in [Some(Trigger::Sns), Some(Trigger::Sqs), None] {
            let walk_to = &walk_to;
            threads.spawn(move || walk_to(trigger));
        }
    });
}

#[test]
fn a_later_deploy_keeps_the_trigger_the_filter_and_the_tries() {
    let (names, topic) = (names(), topic());
    let filter = json!({ "violationEventType": ["in-alarm"] });
    let new = |trigger, keep_trying_s, filter| RelaySpec {
        trigger,
        keep_trying_s,
        filter,
        store: None,
        kms_key: None,
        ..order(&names, &topic, SecretStore::SecretsManager, None)
    };
    let mut have = triggered(Trigger::Sns);
    for trigger in [Trigger::Sqs, Trigger::Sns, Trigger::Sqs] {
        let keep = (trigger == Trigger::Sqs).then_some(7200);
        let moved = new(Some(trigger), keep, Some(Some(&filter))).desired_state(&have);
        let again = new(None, None, None).desired_state(&moved);
        assert!(plan(&again, &moved).is_empty(), "{}", plan(&again, &moved));
        assert_eq!(moved.trigger(), Some(trigger));
        let [(endpoint, subscription)] = &moved.subscriptions.iter().collect::<Vec<_>>()[..] else {
            unreachable!("one subscription")
        };
        assert_eq!(
            endpoint.protocol(),
            if trigger == Trigger::Sqs {
                "sqs"
            } else {
                "lambda"
            }
        );
        assert_eq!(
            subscription.filter.as_ref().map(|held| &held.policy),
            Some(&filter)
        );
        // The other way keeps the filter policy without its being named again.
        let other = match trigger {
            Trigger::Sns => Trigger::Sqs,
            Trigger::Sqs => Trigger::Sns,
        };
        let back = new(Some(other), None, None).desired_state(&moved);
        assert!(
            back.subscriptions
                .values()
                .all(|held| held.filter.is_some())
        );
        have = moved;
    }
    let tries = have
        .buffer
        .and_then(|buffer| buffer.redrive)
        .expect("a redrive policy");
    assert_eq!(tries.max_receives, 7200_u32.div_ceil(185) + 1);
}

#[test]
fn a_move_shows_what_it_does() {
    let (names, topic) = (names(), topic());
    let [direct, buffered] = Trigger::ALL.map(triggered);
    let moved = |trigger, have: &RelayState| {
        let spec = RelaySpec {
            trigger: Some(trigger),
            ..order(&names, &topic, SecretStore::SecretsManager, None)
        };
        plan(&spec.desired_state(have), have).to_string()
    };
    assert_eq!(
        moved(Trigger::Sqs, &direct),
        "+ create buffer ddalert-slack-BadIoTDevices-buffer\n\
         ~ update execution role ddalert-slack-BadIoTDevices-us-east-1: policy\n\
         + create event source mapping from ddalert-slack-BadIoTDevices-buffer (Lambda takes alerts from the buffer)\n\
         + create subscription sqs ddalert-slack-BadIoTDevices-buffer\n\
         - remove subscription lambda ddalert-slack-BadIoTDevices\n\
         - remove permission ddalert-sns-a83c279f (the topic may invoke the function)"
    );
    assert_eq!(
        moved(Trigger::Sns, &buffered),
        "+ create permission ddalert-sns-a83c279f (the topic may invoke the function)\n\
         + create subscription lambda ddalert-slack-BadIoTDevices\n\
         - remove subscription sqs ddalert-slack-BadIoTDevices-buffer\n\
         ~ wait until buffer ddalert-slack-BadIoTDevices-buffer is empty\n\
         - remove event source mapping from ddalert-slack-BadIoTDevices-buffer (Lambda takes alerts from the buffer)\n\
         ~ update execution role ddalert-slack-BadIoTDevices-us-east-1: policy\n\
         - remove buffer ddalert-slack-BadIoTDevices-buffer"
    );
}

#[test]
fn a_removal_leads_from_any_state_to_none() {
    for have in starting_states() {
        let pending =
            |state: &RelayState| state.secrets.values().any(|secret| secret.pending_deletion);
        walk(&have, |_| RelayState::default(), &RelayState::default());
        let left = plan(&RelayState::default(), &have)
            .changes()
            .iter()
            .fold(have.clone(), |now, change| after(change, now));
        assert!(left.is_empty() || pending(&left), "{left:#?}");
    }
}

#[test]
fn a_second_deploy_without_the_url_changes_nothing() {
    let (names, topic) = (names(), topic());
    for store in SecretStore::ALL {
        let have = complete(store);
        for (named, given) in [
            (Some(store), None),
            (None, None),
            (None, Some(secret("old"))),
        ] {
            let order = RelaySpec {
                store: named,
                kms_key: None,
                ..order(&names, &topic, store, given.as_ref())
            };
            let changes = plan(&order.desired_state(&have), &have);
            assert!(changes.is_empty(), "{store:?}: {changes}");
        }
    }
}

#[test]
fn another_url_is_written_and_restarts_the_relay() {
    let (names, topic, new) = (names(), topic(), secret("new"));
    for (store, expected) in [
        (
            SecretStore::SecretsManager,
            "~ update secret ddalert/ddalert-slack-BadIoTDevices/webhook-url: value\n~ update function ddalert-slack-BadIoTDevices: environment",
        ),
        (
            SecretStore::Ssm,
            "~ update parameter /ddalert/ddalert-slack-BadIoTDevices/webhook-url: value\n~ update function ddalert-slack-BadIoTDevices: environment",
        ),
        (
            SecretStore::Kms,
            "~ update function ddalert-slack-BadIoTDevices: environment",
        ),
        (
            SecretStore::Env,
            "~ update function ddalert-slack-BadIoTDevices: environment",
        ),
    ] {
        let have = complete(store);
        assert_eq!(
            plan(
                &order(&names, &topic, store, Some(&new)).desired_state(&have),
                &have
            )
            .to_string(),
            expected
        );
    }
}

#[test]
fn what_somebody_else_stored_is_replaced_and_the_relay_restarted() {
    let (names, topic, old, theirs) = (names(), topic(), secret("old"), secret("theirs"));
    for store in [SecretStore::SecretsManager, SecretStore::Ssm] {
        let mut have = complete(store);
        for round in 1..=3 {
            for held in have.secrets.values_mut() {
                held.value = SecretValue::Known(theirs.clone());
            }
            let want =
                |have: &RelayState| order(&names, &topic, store, Some(&old)).desired_state(have);
            let changes = plan(&want(&have), &have);
            assert!(
                changes
                    .to_string()
                    .ends_with("update function ddalert-slack-BadIoTDevices: environment"),
                "{changes}"
            );
            have = changes
                .changes()
                .iter()
                .fold(have, |have, change| after(change, have));
            let version = have
                .function
                .as_ref()
                .and_then(|function| function.environment.webhook_version.clone());
            assert!(version.expect("a version").ends_with(&format!(".{round}")));
            assert!(
                plan(&want(&have), &have).is_empty(),
                "and then it is at rest"
            );
        }
    }
}

#[test]
fn a_change_of_store_keeps_a_way_open_all_along() {
    let (names, topic) = (names(), topic());
    let have = complete(SecretStore::SecretsManager);
    let want = order(&names, &topic, SecretStore::Ssm, None).desired_state(&have);
    let steps: Vec<String> = plan(&want, &have)
        .to_string()
        .lines()
        .map(str::to_owned)
        .collect();
    assert_eq!(
        steps,
        [
            "+ create parameter /ddalert/ddalert-slack-BadIoTDevices/webhook-url",
            "~ update execution role ddalert-slack-BadIoTDevices-us-east-1: policy",
            "~ update function ddalert-slack-BadIoTDevices: environment",
            "~ update execution role ddalert-slack-BadIoTDevices-us-east-1: policy",
            "- remove secret ddalert/ddalert-slack-BadIoTDevices/webhook-url",
        ]
    );
}

#[test]
fn a_plan_shows_no_secret() {
    for store in SecretStore::ALL {
        let plan = plan(&complete(store), &RelayState::default());
        let shown = format!(
            "{plan} {plan:?} {}",
            serde_json::to_string(&plan).expect("JSON")
        );
        assert!(
            !shown.contains("hooks.slack.com") && !shown.contains("services"),
            "{shown}"
        );
    }
}

#[test]
fn a_filter_policy_that_means_the_same_is_left_as_it_is() {
    let (names, topic) = (names(), topic());
    let mut have = complete(SecretStore::Ssm);
    let stored = json!({ "b": [{ "exists": true }], "a": ["y", "x"] });
    for subscription in have.subscriptions.values_mut() {
        subscription.filter = Some(Filter {
            policy: stored.clone(),
            on_body: true,
        });
    }
    for (asked, changes) in [
        (json!({ "a": ["x", "y"], "b": [{ "exists": true }] }), 0),
        (json!({ "a": ["x"] }), 1),
    ] {
        let order = RelaySpec {
            filter: Some(Some(&asked)),
            ..order(&names, &topic, SecretStore::Ssm, None)
        };
        assert_eq!(
            plan(&order.desired_state(&have), &have).len(),
            changes,
            "{asked}"
        );
    }
}

#[test]
fn a_first_deploy_is_at_most_six_changes_deep() {
    let plan = plan(
        &complete(SecretStore::SecretsManager),
        &RelayState::default(),
    );
    let (mut done, mut rounds) = (vec![false; plan.len()], Vec::new());
    loop {
        let ready = plan.ready(&done, &done);
        if ready.is_empty() {
            break;
        }
        rounds.push(ready.len());
        ready.into_iter().for_each(|position| done[position] = true);
    }
    // Secret, log group, queue and role; the function; its asynchronous invocation settings and its permission; the subscription.
    assert_eq!(rounds, [4, 1, 2, 1]);
}
