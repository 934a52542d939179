//! Makes one change of a relay's plan.

use super::package::Package;
use super::scope::ReadScope;
use super::{
    AwsError, Clients, buffer, function, log_group, mapping, queue, role, secret, subscription,
};
use crate::chain::plan::{Change, Resource};

/// Makes one change.
///
/// # Errors
/// The call that failed; what came before it in the plan is done, and the next run goes on from there.
pub async fn apply(
    clients: &Clients,
    scope: &ReadScope<'_>,
    package: Option<&Package>,
    change: &Change,
) -> Result<(), AwsError> {
    let ReadScope { names, topic, .. } = scope;
    let name = &names.function;
    let zip = package
        .map(|package| package.zip.as_ref())
        .unwrap_or_default();
    match change {
        Change::Create { part } => match part {
            Resource::Secret { store, secret } => secret::create(clients, *store, secret).await,
            Resource::LogGroup(group) => log_group::create(clients, scope, group).await,
            Resource::Queue(queue) => queue::create(clients, queue).await,
            Resource::Buffer(buffer) => buffer::create(clients, names, buffer).await,
            Resource::EventSourceMapping(mapping) => mapping::create(clients, names, mapping).await,
            Resource::Role(role) => role::create(clients, role, role::RELAY).await,
            Resource::Function(function) => function::create(clients, names, function, zip).await,
            Resource::EventInvokeConfig(settings) => {
                function::put_event_invoke_config(clients, name, settings).await
            }
            Resource::Permission(permission) => {
                function::add_permission(clients, name, permission).await
            }
            Resource::Subscription {
                endpoint,
                subscription,
            } => subscription::create(clients, topic, endpoint, subscription).await,
        },
        Change::Update { part, differs } => match part {
            Resource::Secret { store, secret } => {
                secret::update(clients, *store, secret, differs).await
            }
            Resource::LogGroup(group) => log_group::update(clients, scope, group, differs).await,
            Resource::Queue(queue) => queue::update(clients, queue, differs).await,
            Resource::Buffer(buffer) => buffer::update(clients, names, buffer, differs).await,
            Resource::EventSourceMapping(mapping) => {
                mapping::update(clients, names, mapping, differs).await
            }
            Resource::Role(role) => role::update(clients, role, differs, role::RELAY).await,
            Resource::Function(function) => {
                function::update(clients, names, function, zip, differs).await
            }
            Resource::EventInvokeConfig(settings) => {
                function::put_event_invoke_config(clients, name, settings).await
            }
            Resource::Permission(permission) => {
                // A statement cannot be changed, only taken out and put in again; the dead-letter queue covers the moment between.
                function::remove_permission(clients, name, &permission.statement).await?;
                function::add_permission(clients, name, permission).await
            }
            Resource::Subscription {
                endpoint,
                subscription,
            } => subscription::update(clients, topic, endpoint, subscription, differs).await,
        },
        Change::Remove { part } => match part {
            Resource::Secret { store, secret } => secret::remove(clients, *store, secret).await,
            Resource::LogGroup(group) => log_group::remove(clients, group).await,
            Resource::Queue(queue) => queue::remove(clients, queue).await,
            Resource::Buffer(_) => {
                let relay_stays = function::get(clients, name).await?.is_some();
                buffer::remove(clients, names, relay_stays).await
            }
            Resource::EventSourceMapping(_) => mapping::remove(clients, names).await,
            Resource::Role(role) => function::remove_roles(clients, names, role).await,
            Resource::Function(function) => function::remove(clients, &function.name).await,
            Resource::EventInvokeConfig(_) => {
                function::remove_event_invoke_config(clients, name).await
            }
            Resource::Permission(permission) => {
                function::remove_permission(clients, name, &permission.statement).await
            }
            Resource::Subscription { endpoint, .. } => {
                subscription::remove(clients, topic, endpoint).await
            }
        },
        // Only a buffer can be drained.
        Change::Drain { .. } => buffer::drain(clients, names).await,
    }
}
