//! What ddalert made on a topic and can remove: each relay, and the topic's phones.

use std::collections::BTreeMap;

use futures_util::future::{join, try_join_all};

use super::context::{Context, TopicContext};
use super::error::CliError;
use super::relay::RelayTarget;
use super::relays;
use crate::aws::observe::{Observed, observe};
use crate::aws::scope::ReadScope;
use crate::aws::tag_search;
use crate::chain::names::ResourceNames;
use crate::chain::plan::plan;
use crate::chain::state::RelayState;
use crate::destination::sms::SMS_TARGET;
use crate::destination::sms::masked;

/// One relay, or the phones of the topic: what can be removed by itself.
pub(super) struct Removable {
    /// The destination, as far as it is known: what a function that is gone delivered to, nobody can tell.
    pub(super) target: Option<String>,
    /// How it is named to `remove`.
    pub(super) label: String,
    /// The names of what belongs to it.
    pub(super) names: ResourceNames,
    phones: Vec<String>,
    /// What is left when it is removed: nothing, or the other phones.
    pub(super) want: RelayState,
    /// What AWS holds of it.
    pub(super) observed: Observed,
}

impl Removable {
    /// Returns what to remove as a target of the change engine.
    pub(super) fn target<'a>(&'a self, topic: &'a TopicContext) -> RelayTarget<'a> {
        let scope = ReadScope::new(&self.names, &topic.topic).with_phones(&self.phones);
        let target = RelayTarget::new(topic, scope, None, &self.observed.state, |_| {
            self.want.clone()
        });
        target.named(&self.label)
    }

    /// Narrows it to these phones; none named means all of it.
    pub(super) fn narrowed(mut self, context: &Context, phones: &[String]) -> Removable {
        if phones.is_empty() {
            return self;
        }
        let have = &self.observed.state;
        let there = have.all_phones();
        for phone in phones
            .iter()
            .filter(|phone| !there.contains(phone.as_str()))
        {
            context.ui.warn(format_args!(
                "{} does not get these alerts through ddalert",
                masked(phone)
            ));
        }
        self.want = have.without_phones(phones);
        let shown: Vec<String> = phones.iter().map(|phone| masked(phone)).collect();
        self.label = format!("{SMS_TARGET} {}", shown.join(" "));
        self
    }

    /// Returns about how many alerts would be lost with each queue that is removed; none of a queue that holds none.
    pub(super) fn undelivered(&self) -> Vec<(String, u64)> {
        let Observed {
            failures, buffered, ..
        } = &self.observed;
        let lost = [
            (
                self.want.queue.is_none(),
                "failure queue",
                &self.names.queue,
                failures,
            ),
            (
                self.want.buffer.is_none(),
                "buffer",
                &self.names.buffer,
                buffered,
            ),
        ];
        lost.into_iter()
            .filter(|(is_removed, ..)| *is_removed)
            .filter_map(|(_, what, name, depth)| {
                let messages = depth.as_ref()?.messages;
                (messages > 0).then(|| (format!("{what} {name}"), messages))
            })
            .collect()
    }

    /// Says what stays because it does not have our tag.
    ///
    /// # Errors
    /// It is the function: what it needs is not removed while it is there.
    pub(super) fn check_foreign(
        &self,
        context: &Context,
        topic: &TopicContext,
    ) -> Result<(), CliError> {
        let foreign = &self.observed.foreign;
        if foreign.iter().any(|what| what.starts_with("function ")) {
            let (function, arn) = (&self.names.function, self.names.function_arn());
            return Err(CliError::failed(format!(
                "{} exists without ddalert's tag",
                foreign.join(", ")
            ))
            .because("what it needs is not removed while it exists; nothing was changed")
            .hint(format!(
                "remove it yourself ({}), or hand it over ({})",
                topic.aws(&format!(
                    "lambda delete-function --function-name {function}"
                )),
                topic.aws(&format!(
                    "lambda tag-resource --resource {arn} --tags managed-by=ddalert"
                ))
            )));
        }
        // Without its function, nobody can tell where the webhook URL was kept.
        if self.observed.state.function.is_none() {
            for unread in &self.observed.unread {
                context.ui.warn(format_args!(
                    "not checked, and left if it is there: {unread}"
                ));
            }
        }
        for what in foreign {
            context.ui.warn(format_args!(
                "{what} does not have ddalert's tag, and stays"
            ));
        }
        Ok(())
    }

    /// Returns whether it is more than a subscription that may be anybody's: something has our tag, or its dead letters go to a
    /// queue of ours.
    fn is_ours(&self) -> bool {
        let state = &self.observed.state;
        let queue = self.names.queue_arn();
        let rest = RelayState {
            subscriptions: BTreeMap::new(),
            ..state.clone()
        };
        !rest.is_empty()
            || state
                .subscriptions
                .values()
                .any(|held| held.dead_letters.as_ref() == Some(&queue))
    }
}

/// Finds everything that ddalert made on the topic: under the names that it gives by itself, under those that tags and
/// subscriptions tell of, and under the one that is named. `roles` is whether roles are looked for of which nothing else is
/// left: on an account with many, that takes a while.
///
/// # Errors
/// The subscriptions, or what belongs to a relay, cannot be read.
pub(super) async fn find(
    context: &Context,
    topic: &TopicContext,
    name: Option<&str>,
    roles: bool,
) -> Result<Vec<Removable>, CliError> {
    let tagged_roles = async {
        match roles {
            true => relays::found_by_tags(
                context,
                tag_search::functions_of_roles(&topic.clients, &topic.topic).await,
            ),
            false => Default::default(),
        }
    };
    let (candidates, tagged_roles) = join(relays::candidates(context, topic), tagged_roles).await;
    let mut candidates = candidates?;
    candidates.ours.extend(tagged_roles);
    candidates.ours.extend(name.map(str::to_owned));
    let phones = std::mem::take(&mut candidates.phones);
    let sms = topic.names(SMS_TARGET, None).function;
    let read = candidates.into_names().map(|(function, is_anybodys)| {
        let phones = if function == sms {
            phones.clone()
        } else {
            Vec::new()
        };
        read(topic, function, phones, is_anybodys)
    });
    let mut found: Vec<Removable> = try_join_all(read).await?.into_iter().flatten().collect();
    found.retain(|one| {
        let state = &one.observed.state;
        let is_there = !plan(&RelayState::default(), state).is_empty();
        is_there && one.is_ours() && state.other_topic(&topic.topic).is_none()
    });
    Ok(found)
}

async fn read(
    topic: &TopicContext,
    function: String,
    phones: Vec<String>,
    is_anybodys: bool,
) -> Result<Option<Removable>, CliError> {
    let names = topic.names("", Some(&function));
    let scope = ReadScope::new(&names, &topic.topic).with_phones(&phones);
    let observed = observe(&topic.clients, &scope).await;
    let Some(mut observed) = relays::unless_denied(is_anybodys, observed)? else {
        return Ok(None);
    };
    let queue = names.queue_arn();
    let state = &mut observed.state;
    state.subscriptions.retain(|endpoint, subscription| {
        endpoint.protocol() != "sms" || subscription.dead_letters.as_ref() == Some(&queue)
    });
    let phones = state
        .subscriptions
        .keys()
        .filter(|endpoint| endpoint.protocol() == "sms");
    let phones = phones
        .map(|endpoint| endpoint.address().to_owned())
        .collect();
    let environment = state
        .function
        .as_ref()
        .map(|function| &function.environment);
    let runs = environment.and_then(|environment| environment.target.clone());
    let usual = relays::target(topic, &function).map(str::to_owned);
    let label = match (&usual, &runs) {
        (Some(target), _) => target.clone(),
        (None, Some(target)) => format!("{target} --name {function}"),
        (None, None) => format!("--name {function}"),
    };
    let (target, want) = (usual.or(runs), RelayState::default());
    Ok(Some(Removable {
        target,
        label,
        names,
        phones,
        want,
        observed,
    }))
}
