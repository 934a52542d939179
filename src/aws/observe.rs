//! Reads what AWS holds for one relay, or for the phones of a topic.

use std::collections::BTreeMap;
use std::sync::Mutex;

use futures_util::future::{join, join_all, try_join, try_join_all, try_join3};

use super::queue::Depth;
use super::scope::ReadScope;
use super::secret::StoredSecret;
use super::tags::managed_tags;
use super::{
    AwsError, AwsErrorKind, Clients, buffer, function, log_group, mapping, queue, role, secret,
    subscription,
};

use crate::chain::state::{Endpoint, RelayState};
use crate::contract::secret_store::SecretStore;
use crate::sync::lock;

/// What AWS holds.
#[derive(Clone, Debug, Default)]
pub struct Observed {
    /// What is ours.
    pub state: RelayState,
    /// What bears one of our names but not our tag: "role x".
    pub foreign: Vec<String>,
    /// How full the failure queue is, if there is one.
    pub failures: Option<Depth>,
    /// What could not be read and need not be: "reading the parameter x (needs ssm:GetParameter)".
    pub unread: Vec<String>,
    /// How full the buffer is, if there is one.
    pub buffered: Option<Depth>,
}

/// Reads everything that belongs to the scope, independent calls at the same time.
///
/// # Errors
/// The first call that fails for another reason than "not found".
pub async fn observe(clients: &Clients, scope: &ReadScope<'_>) -> Result<Observed, AwsError> {
    let name = scope.names.function.as_str();
    let unread = Mutex::new(Vec::new());
    let optional = Optional {
        is: scope.raw_phones,
        unread: &unread,
    };
    // What a store does not hand out is as good as unknown: a URL that is given takes its place. Whether a store that may not be
    // read at all matters is known when the function was read.
    let stores = async {
        let stores = SecretStore::ALL.into_iter().filter(|_| !scope.no_webhook);
        let stores = stores.map(|store| async move {
            let read = unless_refused(scope, move |scope| async move {
                secret::observe(clients, &scope, store).await
            });
            (store, read.await)
        });
        Ok(join_all(stores).await)
    };
    let buffer = async {
        let (buffer, mapping) = join(
            optional.unless_denied(buffer::observe(clients, scope.names)),
            mapping::observe(clients, scope.names),
        )
        .await;
        match (buffer?, mapping) {
            // Who has no relay with a buffer need not be allowed to look for what empties one.
            (None, Err(failure)) if matches!(failure.kind, AwsErrorKind::AccessDenied { .. }) => {
                Ok((None, None))
            }
            (buffer, mapping) => Ok((buffer, mapping?)),
        }
    };
    let places = try_join3(
        optional.unless_denied(log_group::observe(clients, scope)),
        queue::observe(clients, scope),
        buffer,
    );
    let function = try_join(
        optional.unless_denied(function::get(clients, name)),
        optional.unless_denied(function::event_invoke_config(clients, name)),
    );
    let policy = async {
        let policy = function::policy(clients, name).await;
        policy.map(Some)
    };
    let callers = try_join(
        optional.unless_denied(policy),
        subscriptions(clients, scope),
    );
    let role = optional.unless_denied(role::observe(clients, scope));
    let (
        (stores, (log_group, queue, (buffer, mapping))),
        (role, ((function, event_invoke_config), (policy, mut subscriptions))),
    ) = try_join(
        try_join(stores, places),
        try_join(role, try_join(function, callers)),
    )
    .await?;
    let policy = policy.unwrap_or_default();
    let used = function.as_ref().and_then(|found| {
        let variables = function::variables(found.configuration()?);
        variables.webhook.only().map(|(store, _)| store)
    });
    let mut stored = Vec::new();
    for (store, read) in stores {
        match read {
            Err(failure)
                if failure.is_denied() && used != Some(store) && scope.store != Some(store) =>
            {
                lock(&unread).push(unread_words(&failure));
            }
            read => stored.push(read?),
        }
    }

    let mut observed = Observed {
        failures: queue.as_ref().map(|(_, _, depth)| depth.clone()),
        unread: std::mem::take(&mut *lock(&unread)),
        buffered: buffer.as_ref().map(|(_, _, depth)| depth.clone()),
        ..Observed::default()
    };
    let Observed { state, foreign, .. } = &mut observed;
    let mut own = |is_ours: bool, what: String| {
        if !is_ours {
            foreign.push(what);
        }
        is_ours
    };
    let stored: Vec<StoredSecret> = stored.into_iter().flatten().collect();
    let arns: BTreeMap<SecretStore, String> = stored
        .iter()
        .map(|stored| (stored.store, stored.arn.clone()))
        .collect();
    for StoredSecret {
        store,
        secret,
        is_ours,
        ..
    } in stored
    {
        if own(is_ours, format!("{} {}", store.noun(), secret.name)) {
            state.secrets.insert(store, secret);
        }
    }
    state.log_group = log_group
        .filter(|(group, is_ours)| own(*is_ours, format!("log group {}", group.name)))
        .map(|(group, _)| group);
    state.queue = queue
        .filter(|(queue, is_ours, _)| own(*is_ours, format!("queue {}", queue.name)))
        .map(|(queue, _, _)| queue);
    state.buffer = buffer
        .filter(|(buffer, is_ours, _)| own(*is_ours, format!("queue {}", buffer.name)))
        .map(|(buffer, _, _)| buffer);
    // A mapping belongs to the buffer that it takes messages from, whoever tagged it.
    state.mapping = mapping.map(|found| found.mapping);
    state.role = role
        .filter(|(role, is_ours)| own(*is_ours, format!("role {}", role.name)))
        .map(|(role, _)| role);
    if let Some(found) = function {
        function::check_tags(&found, name)?;
        let (tags, is_ours) = managed_tags(found.tags().into_iter().flatten());
        if own(is_ours, format!("function {name}")) {
            let variables = found
                .configuration()
                .map(function::variables)
                .unwrap_or_default();
            let secret_arn = variables
                .webhook
                .only()
                .and_then(|(store, _)| arns.get(&store))
                .map(String::as_str);
            let environment = unless_refused(scope, |scope| {
                let variables = &variables;
                async move { function::environment(clients, &scope, variables, secret_arn).await }
            });
            let environment = environment.await?;
            let role = state.role.as_ref();
            state.function = function::describe(&found, environment, role, tags);
            state.event_invoke_config = event_invoke_config;
            state.permission = function::permission(&policy, &scope.names.statement);
        } else {
            subscriptions.clear();
        }
    }
    state.subscriptions = subscriptions;
    Ok(observed)
}

/// Reads that may be denied, where nothing depends on them.
#[derive(Clone, Copy)]
struct Optional<'a> {
    /// Whether nothing does.
    is: bool,
    unread: &'a Mutex<Vec<String>>,
}

impl Optional<'_> {
    /// Returns what was read; nothing where it may not be read and need not be.
    async fn unless_denied<T>(
        self,
        read: impl Future<Output = Result<Option<T>, AwsError>>,
    ) -> Result<Option<T>, AwsError> {
        match read.await {
            Err(failure) if self.is && failure.is_denied() => {
                lock(self.unread).push(unread_words(&failure));
                Ok(None)
            }
            read => read,
        }
    }
}

fn unread_words(failure: &AwsError) -> String {
    format!("{} ({})", failure.task, failure.why())
}

/// Reads something, and where the service refuses to hand out or decrypt the webhook URL in it, all but that.
async fn unless_refused<'a, T, Fut>(
    scope: &ReadScope<'a>,
    read: impl Fn(ReadScope<'a>) -> Fut,
) -> Result<T, AwsError>
where
    Fut: Future<Output = Result<T, AwsError>>,
{
    match read(*scope).await {
        Err(failure)
            if (scope.values || scope.decrypt)
                && matches!(
                    failure.kind,
                    AwsErrorKind::Refused { .. } | AwsErrorKind::Local
                ) =>
        {
            read(ReadScope {
                values: false,
                decrypt: false,
                ..*scope
            })
            .await
        }
        read => read,
    }
}

/// Returns the subscriptions of the topic that belong to the scope: the function's and the phones'.
async fn subscriptions(
    clients: &Clients,
    scope: &ReadScope<'_>,
) -> Result<BTreeMap<Endpoint, crate::chain::state::Subscription>, AwsError> {
    let (arn, buffer) = (scope.names.function_arn(), scope.names.buffer_arn());
    let listed = subscription::list_if_any(clients, scope.topic).await?;
    let mine = listed.into_iter().filter_map(|listed| {
        let endpoint = match listed.protocol.as_str() {
            "lambda" if listed.endpoint == arn => Endpoint::Lambda(arn.clone()),
            "sqs" if listed.endpoint == buffer => Endpoint::Sqs(buffer.clone()),
            "sms" if scope.phones.contains(&listed.endpoint) => {
                Endpoint::Sms(listed.endpoint.clone())
            }
            _ => return None,
        };
        listed.is_confirmed().then_some((endpoint, listed.arn))
    });
    let described = mine.map(|(endpoint, arn)| async move {
        Ok::<_, AwsError>(
            subscription::describe(clients, &arn)
                .await?
                .map(|subscription| (endpoint, subscription)),
        )
    });
    Ok(try_join_all(described)
        .await?
        .into_iter()
        .flatten()
        .collect())
}
