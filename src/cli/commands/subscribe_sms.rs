//! `subscribe-sms`: phones on the topic, subscribed to it as they are, or texted by a relay.

mod account;
mod answer;
mod sandbox;

use std::collections::BTreeSet;
use std::path::PathBuf;

use clap::Args;
use serde_json::Value;

use super::deploy::relay;
use crate::aws::observe::observe;
use crate::aws::package::Package;
use crate::aws::scope::ReadScope;
use crate::aws::sms::SmsCalls;
use crate::aws::subscription;
use crate::chain::names::{AccountRegion, ResourceNames, SMS_TARGET};
use crate::chain::plan::plan;
use crate::chain::sms::SmsFinding;
use crate::chain::sms::roster::{ENVIRONMENT_LIMIT, fitting};
use crate::chain::spec::{RelaySpec, failure_queue, wanted};
use crate::chain::state::{
    Endpoint, Filter, PHONES_VARIABLE, RelayState, SMS_REGION_VARIABLE, Subscription,
};
use crate::cli::args::Changing;
use crate::cli::context::{Context, TopicContext};
use crate::cli::error::{CliError, Exit};
use crate::cli::input::filter::{FilterInput, hint_at_delay};
use crate::cli::input::phones::number;
use crate::cli::reconcile::{
    Changed, carry_out, dry_exit, go_ahead, refuse_foreign, would_be_made,
};
use crate::destination::sms::PhoneNumber;
use crate::destination::sms::number::masked;
use account::{Deciding, Sender};
use answer::{Listing, Subscribed, costs};

/// How often a number is asked for.
const TRIES: u32 = 3;

/// Send the topic's alerts to phones by SMS
///
/// Checks the numbers, the region, opt-outs, the SMS sandbox, the spend limit and the SMS type before anything is changed. With
/// --readable a relay sends each phone one short text instead of raw JSON; a phone that was subscribed raw is moved: the relay is
/// subscribed first, and the raw subscription is cut right after it.
#[derive(Clone, Debug, Args)]
pub(crate) struct SubscribeSms {
    /// Phone numbers, such as +12065550100
    #[arg(value_name = "PHONE")]
    phones: Vec<String>,
    /// The phones that get the alerts already, in place of numbers: with --readable all of them, else those that are subscribed raw
    #[arg(long, conflicts_with = "phones")]
    subscribed: bool,
    /// The country of numbers that do not start with +, two letters such as US
    #[arg(long, value_name = "CC")]
    country: Option<String>,
    /// Deploy a relay that sends one short text instead of raw JSON
    #[arg(long)]
    readable: bool,
    /// The relay's binary, for --readable [default: ddalert-relay beside ddalert]
    #[arg(long, value_name = "PATH", requires = "readable")]
    relay: Option<PathBuf>,
    /// The region that sends the texts of --readable [default: the one in use, else the topic's]
    #[arg(long, value_name = "REGION", requires = "readable")]
    sms_region: Option<String>,
    /// List the phones of the topic and change nothing
    #[arg(long, conflicts_with_all = ["phones", "subscribed", "readable"])]
    list: bool,
    #[command(flatten)]
    filter: FilterInput,
    #[command(flatten)]
    account: account::AccountInput,
    /// Show phone numbers in full
    #[arg(long)]
    show_numbers: bool,
    #[command(flatten)]
    changing: Changing,
}

impl SubscribeSms {
    pub(crate) async fn run(self, context: &Context) -> Result<Exit, CliError> {
        if self.list {
            return self.list(context).await;
        }
        let typed = if self.subscribed {
            Vec::new()
        } else {
            self.numbers(context).await?
        };
        let filter = self.filter.policy(&context.ui)?;
        let package = self
            .readable
            .then(|| relay(context, self.relay.as_deref()))
            .transpose()?;
        let chain = context.chain().await?;
        let phones = if self.subscribed {
            self.subscribed(&chain).await?
        } else {
            typed
        };
        if self.show_numbers {
            context.ui.reveal(phones.clone());
        }
        // SNS repeats in its refusals the number that it refuses.
        self.subscribe(context, &chain, filter, package, &phones)
            .await
            .map_err(|error| hidden(error, &phones))
    }

    async fn subscribe(
        &self,
        context: &Context,
        chain: &TopicContext,
        filter: Option<Option<Value>>,
        package: Option<Package>,
        phones: &[PhoneNumber],
    ) -> Result<Exit, CliError> {
        let names = ResourceNames::new(SMS_TARGET, &chain.topic, chain.place.clone(), None);
        let numbers: Vec<String> = phones
            .iter()
            .map(|phone| phone.as_str().to_owned())
            .collect();
        let scope = ReadScope {
            names: &names,
            topic: &chain.topic,
            phones: &numbers,
            values: false,
            decrypt: false,
        };
        let progress = context.ui.progress("Looking at what is there");
        let observed = observe(&chain.clients, &scope).await?;
        drop(progress);
        refuse_foreign(&observed.foreign)?;
        let have = observed.wiring;
        let want = |have: &RelayState| match &package {
            // Only the account is to be changed.
            _ if numbers.is_empty() => have.clone(),
            Some(package) => {
                self.wanted_readable(chain, &names, &numbers, filter.as_ref(), package, have)
            }
            None => self.wanted_raw(chain, &names, &numbers, filter.as_ref(), have),
        };
        self.check(context, &want(&have), &have, &numbers)?;

        let region = self
            .sending_region(&have)
            .unwrap_or_else(|| chain.topic.region.clone());
        let elsewhere = (region != chain.topic.region).then(|| chain.clients.in_region(&region));
        let clients = elsewhere.as_ref().unwrap_or(&chain.clients);
        let calls = SmsCalls::new(clients);
        let progress = context.ui.progress("Looking at the account's SMS settings");
        let account = calls.look(&region, phones).await;
        let place = AccountRegion {
            region,
            ..chain.place.clone()
        };
        let sender = Sender {
            clients,
            place,
            calls,
            account,
        };
        let status_steps = self.account.status_steps(&sender).await?;
        drop(progress);
        let mut findings = sender.account.findings(phones, self.readable);
        if phones.is_empty() {
            // Nobody is to be texted, so that only what is to be changed matters.
            findings.clear();
        } else {
            for unchecked in &sender.account.unchecked {
                context.ui.warn(format_args!("not checked: {unchecked}"));
            }
        }
        if self.account.transactional
            && sender.account.is_promotional()
            && !findings.contains(&SmsFinding::Promotional)
        {
            // A relay's texts are transactional whatever the account's are; it is asked for all the same.
            findings.push(SmsFinding::Promotional);
        }
        let deciding = Deciding {
            context,
            changing: &self.changing,
            region: &sender.place.region,
            are_there: self.subscribed,
        };
        let mut steps = self.account.steps(&deciding, findings).await?;
        steps.extend(status_steps);
        self.account
            .check(context, &self.changing, &steps, phones)?;

        let plan = plan(&want(&have), &have);
        let changed = !plan.is_empty() || !steps.is_empty();
        let applied = !self.changing.dry_run && changed;
        if applied {
            if !self.changing.yes {
                steps.iter().for_each(|step| context.ui.status(step));
                if !plan.is_empty() {
                    context.ui.status(&plan);
                }
                go_ahead(context, steps.len() + plan.changes.len()).await?;
            }
            self.account
                .carry_out(context, &sender, &steps, plan.changes.len())
                .await?;
            context.made_before(steps.len());
            if !plan.is_empty() {
                carry_out(context, chain, &scope, package.as_ref(), &plan, want).await?;
            }
            hint_at_delay(&context.ui, &plan);
        }
        let exit = match (self.changing.dry_run, dry_exit(&self.changing, &plan)) {
            (true, Exit::Done) if self.changing.exit_code && changed => Exit::HasChanges,
            (true, exit) => exit,
            (false, _) => Exit::Done,
        };
        let listed: Vec<String> = phones.iter().map(PhoneNumber::masked).collect();
        let (who, topic, region) = (listed.join(", "), &chain.topic.name, &sender.place.region);
        let gets = if phones.len() == 1 { "gets" } else { "get" };
        let summary = match (applied, changed) {
            (false, true) => would_be_made(plan.changes.len() + steps.len()),
            (true, _) if phones.is_empty() => self.account.summary(region),
            (false, false) if phones.is_empty() => {
                format!("Nothing to change: {}", self.account.summary(region))
            }
            (true, _) => format!("{who} will get the alerts of {topic}."),
            (false, false) => format!("Nothing to change: {who} {gets} the alerts of {topic}."),
        };
        let costs = if phones.is_empty() {
            Vec::new()
        } else {
            costs()
        };
        let changed = Changed {
            name: names.function.clone(),
            topic: chain.topic.to_string(),
            applied,
            changes: plan.changes,
            summary,
        };
        context.ui.answer(&Subscribed {
            phones: listed,
            readable: self.readable,
            account: steps,
            changed,
            costs,
        })?;
        if applied && !self.account.disable_delivery_status {
            context.ui.hint(format_args!(
                "see it arrive: ddalert test-publish {}",
                context.about(chain)
            ));
        }
        Ok(exit)
    }

    /// Returns what is wanted where a relay texts these phones and those that it texts already. A raw subscription of one of them
    /// is not wanted any more: a plan makes the relay's first and cuts the raw one right after it.
    fn wanted_readable(
        &self,
        chain: &TopicContext,
        names: &ResourceNames,
        numbers: &[String],
        filter: Option<&Option<Value>>,
        package: &Package,
        have: &RelayState,
    ) -> RelayState {
        // What somebody put there that is no number keeps the relay from starting.
        let texted = have
            .readable_phones()
            .iter()
            .filter(|phone| phone.parse::<PhoneNumber>().is_ok());
        let phones: BTreeSet<String> = texted.chain(numbers).cloned().collect();
        let phones: Vec<String> = phones.into_iter().collect();
        let order = RelaySpec {
            target: SMS_TARGET,
            names,
            topic: &chain.topic,
            store: None,
            kms_key: None,
            secret: None,
            phones: &phones,
            filter: filter.map(Option::as_ref),
            code_sha256: &package.sha256,
            architecture: package.architecture,
            version: env!("CARGO_PKG_VERSION"),
        };
        let mut want = wanted(&order, have);
        if let (Some(region), Some(function)) = (&self.sms_region, &mut want.function) {
            function
                .environment
                .others
                .insert(SMS_REGION_VARIABLE.to_owned(), region.clone());
        }
        want
    }

    /// Refuses what would text a phone twice, and more phones than an environment holds; warns of a filter policy that ends with
    /// the subscription that it is on.
    fn check(
        &self,
        context: &Context,
        want: &RelayState,
        have: &RelayState,
        numbers: &[String],
    ) -> Result<(), CliError> {
        if !self.readable {
            let Some(phone) = numbers
                .iter()
                .find(|number| have.readable_phones().contains(number))
            else {
                return Ok(());
            };
            return Err(CliError::usage(format!(
                "{} gets readable texts already, and would get each alert twice",
                masked(phone)
            ))
            .hint("keep it with --readable, or first take it out: ddalert remove sms +NUMBER"));
        }
        if let Some(function) = &want.function {
            let variables = &function.environment.others;
            let fit = fitting(
                variables
                    .iter()
                    .map(|(name, value)| (name.as_str(), value.as_str())),
                &function.environment.phones,
            );
            let count = function.environment.phones.len();
            if fit < count {
                return Err(CliError::usage(format!("{count} phones do not fit into the environment of a function"))
                    .because(format!("{PHONES_VARIABLE} has room for {fit}: Lambda holds {ENVIRONMENT_LIMIT} bytes of variables"))
                    .hint("publish to a second topic for the others, or let a room tell them"));
            }
        }
        let filtered = want
            .subscriptions
            .iter()
            .any(|(endpoint, held)| endpoint.protocol() == "lambda" && held.filter.is_some());
        for (endpoint, held) in &have.subscriptions {
            if want.subscriptions.contains_key(endpoint) || held.filter.is_some() == filtered {
                continue;
            }
            match filtered {
                true => context.ui.warn(format_args!(
                    "{endpoint} got every alert, and the relay has a filter policy"
                )),
                false => context.ui.warn(format_args!(
                    "the filter policy of {endpoint} ends with its raw subscription"
                )),
            }
            context
                .ui
                .hint("choose what the relay texts with --events or --filter-policy");
        }
        Ok(())
    }

    fn sending_region(&self, have: &RelayState) -> Option<String> {
        let held = || {
            have.function
                .as_ref()
                .and_then(|function| function.environment.others.get(SMS_REGION_VARIABLE))
                .cloned()
        };
        self.sms_region
            .clone()
            .or_else(|| if self.readable { held() } else { None })
    }

    async fn list(&self, context: &Context) -> Result<Exit, CliError> {
        let chain = context.chain().await?;
        let names = ResourceNames::new(SMS_TARGET, &chain.topic, chain.place.clone(), None);
        let phones = phones(&chain).await?;
        let scope = ReadScope {
            names: &names,
            topic: &chain.topic,
            phones: &phones,
            values: false,
            decrypt: false,
        };
        let have = observe(&chain.clients, &scope).await?.wiring;
        if self.show_numbers {
            context.ui.reveal(
                have.readable_phones()
                    .iter()
                    .chain(&phones)
                    .filter_map(|phone| phone.parse().ok()),
            );
        }
        let shown = |phones: &[String]| phones.iter().map(|phone| masked(phone)).collect();
        context.ui.answer(&Listing {
            topic: chain.topic.to_string(),
            readable: shown(have.readable_phones()),
            raw: shown(&phones),
        })?;
        Ok(Exit::Done)
    }

    /// Finds the phones that get the topic's alerts already.
    async fn subscribed(&self, chain: &TopicContext) -> Result<Vec<PhoneNumber>, CliError> {
        let names = ResourceNames::new(SMS_TARGET, &chain.topic, chain.place.clone(), None);
        let scope = ReadScope {
            names: &names,
            topic: &chain.topic,
            phones: &[],
            values: false,
            decrypt: false,
        };
        let mut listed = phones(chain).await?;
        if self.readable {
            listed.extend_from_slice(
                observe(&chain.clients, &scope)
                    .await?
                    .wiring
                    .readable_phones(),
            );
        }
        let numbers: BTreeSet<PhoneNumber> = listed
            .iter()
            .filter_map(|phone| phone.parse().ok())
            .collect();
        if numbers.is_empty() {
            let topic = &chain.topic.name;
            return Err(
                CliError::failed(format!("no phone gets the alerts of {topic} yet")).hint(format!(
                    "name one: ddalert subscribe-sms +12065550100 --topic {topic}"
                )),
            );
        }
        Ok(numbers.into_iter().collect())
    }

    async fn numbers(&self, context: &Context) -> Result<Vec<PhoneNumber>, CliError> {
        let missing = || {
            CliError::usage("no phone number is given")
                .hint("name it: ddalert subscribe-sms +12065550100 --topic NAME")
        };
        let read = |text: &String| number(text, self.country.as_deref());
        if !self.phones.is_empty() || self.account.is_enough() {
            return Ok(self
                .phones
                .iter()
                .map(read)
                .collect::<Result<BTreeSet<_>, _>>()?
                .into_iter()
                .collect());
        }
        let mut tries = TRIES;
        loop {
            tries -= 1;
            match read(
                &context
                    .ui
                    .line("Phone number, such as +12065550100", missing())
                    .await?,
            ) {
                Err(error) if tries > 0 => context.ui.warn(error.message),
                read => return Ok(vec![read?]),
            }
        }
    }

    /// Returns what is wanted where these phones are subscribed as they are, with all else that is there. Of a phone that somebody
    /// else subscribed, `--subscribed` leaves the dead-letter queue as it is.
    fn wanted_raw(
        &self,
        chain: &TopicContext,
        names: &ResourceNames,
        numbers: &[String],
        filter: Option<&Option<Value>>,
        have: &RelayState,
    ) -> RelayState {
        let mut want = have.clone();
        want.queue = Some(failure_queue(
            names,
            &chain.topic,
            env!("CARGO_PKG_VERSION"),
        ));
        for number in numbers {
            let endpoint = Endpoint::Sms(number.clone());
            let held = have.subscriptions.get(&endpoint);
            let theirs = held
                .filter(|_| self.subscribed)
                .and_then(|held| held.dead_letters.clone());
            let filter = match filter {
                None => held.and_then(|held| held.filter.clone()),
                Some(policy) => policy.clone().map(|policy| Filter {
                    policy,
                    on_body: true,
                }),
            };
            let dead_letters = Some(theirs.unwrap_or_else(|| names.queue_arn()));
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

/// Returns every phone that is subscribed to the topic.
pub(crate) async fn phones(chain: &TopicContext) -> Result<Vec<String>, CliError> {
    let listed = subscription::list_if_any(&chain.clients, &chain.topic).await?;
    Ok(listed
        .into_iter()
        .filter(|listed| listed.protocol == "sms")
        .map(|listed| listed.endpoint)
        .collect())
}

/// Masks these phones in a error.
fn hidden(mut error: CliError, phones: &[PhoneNumber]) -> CliError {
    for text in std::iter::once(&mut error.message)
        .chain(&mut error.causes)
        .chain(&mut error.hint)
    {
        for phone in phones {
            *text = text.replace(phone.as_str(), &phone.masked());
        }
    }
    error
}
