//! What differs between a resource as wanted and as it is, in names that a person reads.

use crate::chain::state::{
    Buffer, EventInvokeConfig, EventSourceMapping, Function, LogGroup, Permission, Queue, Role,
    Secret, Subscription, holds_all,
};

/// Collects the names of what differs.
fn named<const N: usize>(fields: [(&'static str, bool); N]) -> Vec<&'static str> {
    fields
        .into_iter()
        .filter_map(|(name, differs)| differs.then_some(name))
        .collect()
}

pub(super) fn secret_differs(want: &Secret, have: &Secret) -> Vec<&'static str> {
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

pub(super) fn log_group_differs(want: &LogGroup, have: &LogGroup) -> Vec<&'static str> {
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

pub(super) fn queue_differs(want: &Queue, have: &Queue) -> Vec<&'static str> {
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

pub(super) fn buffer_differs(want: &Buffer, have: &Buffer) -> Vec<&'static str> {
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

pub(super) fn mapping_differs(
    want: &EventSourceMapping,
    have: &EventSourceMapping,
) -> Vec<&'static str> {
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
pub(in crate::chain) fn role_differs(want: &Role, have: &Role) -> Vec<&'static str> {
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

pub(super) fn function_differs(want: &Function, have: &Function) -> Vec<&'static str> {
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

pub(super) fn event_invoke_config_differs(
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

pub(super) fn permission_differs(want: &Permission, have: &Permission) -> Vec<&'static str> {
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

pub(super) fn subscription_differs(want: &Subscription, have: &Subscription) -> Vec<&'static str> {
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
