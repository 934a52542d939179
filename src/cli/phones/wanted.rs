//! What AWS should hold for the phones of a topic, subscribed to it as they are or texted by a relay.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::aws::package::Package;
use crate::chain::names::ResourceNames;
use crate::chain::rules::AccountRules;
use crate::chain::spec::{RelayCode, RelaySpec, failure_queue, tags, with_rules};
use crate::chain::state::{Endpoint, Filter, RelayState, Subscription, Trigger};
use crate::cli::context::{Context, TopicContext};
use crate::cli::error::CliError;
use crate::contract::environment::{PHONES, SIZE_LIMIT};
use crate::destination::sms::PhoneNumber;
use crate::destination::sms::SMS_TARGET;
use crate::destination::sms::masked;

/// What is asked for.
#[derive(Clone, Copy)]
pub(crate) struct PhonesSpec<'a> {
    pub(crate) topic: &'a TopicContext,
    pub(crate) names: &'a ResourceNames,
    /// The phones in E.164; none where only the account is to be changed.
    pub(crate) numbers: &'a [String],
    /// Whether a relay is to text the phones.
    pub(crate) is_readable: bool,
    /// The relay's code; `None` if it stays as it is.
    pub(crate) package: Option<&'a Package>,
    /// The filter policy: `None` leaves what is there, `Some(None)` removes it.
    pub(crate) filter: Option<Option<&'a Value>>,
    /// The region that the relay's texts are sent from, where one is named.
    pub(crate) sms_region: Option<&'a str>,
    /// What the account's owners demand of what is made.
    pub(crate) rules: &'a AccountRules,
    /// What triggers the relay, where it is named.
    pub(crate) trigger: Option<Trigger>,
    /// How long a buffered alert is tried, in seconds, where it is named.
    pub(crate) keep_trying_s: Option<u32>,
    /// How many alerts of a kind a batch sends one by one, where it is named.
    pub(crate) digest_over: Option<u32>,
    /// Whether the phones are those that are subscribed already.
    pub(crate) are_subscribed: bool,
}

impl PhonesSpec<'_> {
    /// Returns what AWS should hold, given what it holds now.
    pub(crate) fn desired_state(&self, have: &RelayState) -> RelayState {
        match self.is_readable {
            _ if self.numbers.is_empty() => have.clone(),
            true => self.readable(have),
            false => self.raw(have),
        }
    }

    /// Returns the region that the texts are sent from.
    pub(crate) fn sending_region(&self, have: &RelayState) -> String {
        let held = || {
            let function = have.function.as_ref()?;
            function.environment.sms_region.as_deref()
        };
        let held = self.is_readable.then(held);
        self.sms_region
            .or(held.flatten())
            .unwrap_or(&self.topic.topic.region)
            .to_owned()
    }

    /// Returns what is wanted where a relay texts these phones and those that it texts already. A raw subscription of one of them
    /// is not wanted any more: a plan subscribes the relay first and removes the raw one right after it.
    fn readable(&self, have: &RelayState) -> RelayState {
        // What somebody put there that is not a number keeps the relay from starting.
        let texted = have
            .readable_phones()
            .iter()
            .filter(|phone| phone.parse::<PhoneNumber>().is_ok());
        let phones: BTreeSet<String> = texted.chain(self.numbers).cloned().collect();
        let phones: Vec<String> = phones.into_iter().collect();
        let code = self
            .package
            .map_or(RelayCode::Keep, |package| RelayCode::Deploy {
                sha256: &package.sha256,
                architecture: package.architecture,
            });
        let spec = RelaySpec {
            phones: &phones,
            filter: self.filter,
            sms_region: self.sms_region,
            rules: self.rules,
            trigger: self.trigger,
            keep_trying_s: self.keep_trying_s,
            digest_over: self.digest_over,
            ..RelaySpec::new(SMS_TARGET, self.names, &self.topic.topic, code)
        };
        spec.desired_state(have)
    }

    /// Returns what is wanted where these phones are subscribed as they are, with all else that is there. A phone that somebody
    /// else subscribed keeps its dead-letter queue where it is only among those that are subscribed already.
    fn raw(&self, have: &RelayState) -> RelayState {
        let mut want = have.clone();
        let topic = &self.topic.topic;
        let tags = tags(topic, env!("CARGO_PKG_VERSION"));
        let tags = with_rules(tags, self.rules, have, have.queue.is_some());
        want.queue = Some(failure_queue(self.names, topic, tags));
        for number in self.numbers {
            let endpoint = Endpoint::Sms(number.clone());
            let held = have.subscriptions.get(&endpoint);
            let theirs = held
                .filter(|_| self.are_subscribed)
                .and_then(|held| held.dead_letters.clone());
            let filter = match self.filter {
                None => held.and_then(|held| held.filter.clone()),
                Some(policy) => policy.map(|policy| Filter {
                    policy: policy.clone(),
                    on_body: true,
                }),
            };
            let dead_letters = Some(theirs.unwrap_or_else(|| self.names.queue_arn()));
            want.subscriptions.insert(
                endpoint,
                Subscription {
                    dead_letters,
                    filter,
                    raw_delivery: false,
                },
            );
        }
        want
    }
}

/// Refuses what would text a phone twice, and more phones than an environment holds; warns of a filter policy that is lost with
/// the subscription that it is on.
///
/// # Errors
/// A usage error that says what to do instead.
pub(crate) fn check(
    context: &Context,
    spec: &PhonesSpec<'_>,
    have: &RelayState,
) -> Result<(), CliError> {
    if !spec.is_readable {
        let twice = spec
            .numbers
            .iter()
            .find(|number| have.readable_phones().contains(number));
        let Some(phone) = twice else { return Ok(()) };
        return Err(CliError::usage(format!(
            "{} gets readable texts already, and would get each alert twice",
            masked(phone)
        ))
        .hint(format!(
            "keep it with --readable, or remove it first: {}",
            spec.topic.ddalert("remove sms +NUMBER")
        )));
    }
    let want = spec.desired_state(have);
    if let Some(function) = &want.function {
        let fit = function.environment.fitting_phones();
        let count = function.environment.phones.len();
        if fit < count {
            return Err(CliError::usage(format!(
                "{count} phones do not fit into the environment of a function"
            ))
            .because(format!(
                "{PHONES} has room for {fit}: Lambda holds {SIZE_LIMIT} bytes of variables"
            ))
            .hint("publish to a second topic for the others, or deliver to a room"));
        }
    }
    let is_filtered = |endpoint: &Endpoint, held: &Subscription| {
        endpoint.protocol() != "sms" && held.filter.is_some()
    };
    let filtered = want
        .subscriptions
        .iter()
        .any(|(endpoint, held)| is_filtered(endpoint, held));
    for (endpoint, held) in &have.subscriptions {
        if endpoint.protocol() != "sms"
            || want.subscriptions.contains_key(endpoint)
            || held.filter.is_some() == filtered
        {
            continue;
        }
        match filtered {
            true => context.ui.warn(format_args!(
                "{endpoint} got every alert until now, but the relay has a filter policy"
            )),
            false => context.ui.warn(format_args!(
                "the filter policy of {endpoint} is removed with its raw subscription"
            )),
        }
        context
            .ui
            .hint("choose what the relay texts with --events or --filter-policy");
    }
    Ok(())
}
