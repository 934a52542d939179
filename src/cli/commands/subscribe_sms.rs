//! `subscribe-sms`: phones on the topic, subscribed to it as they are, or texted by a relay.

use std::collections::BTreeSet;

use clap::Args;
use futures_util::future::join;

use crate::aws::given_role::Need;
use crate::aws::observe::observe;
use crate::aws::scope::ReadScope;
use crate::aws::sms::SmsCalls;
use crate::chain::names::AccountRegion;
use crate::chain::sms::SmsFinding;
use crate::chain::state::RelayState;
use crate::cli::args::Changing;
use crate::cli::context::{Context, TopicContext};
use crate::cli::error::{CliError, Exit};
use crate::cli::given_role::{check_boundary, check_given};
use crate::cli::input::filter::{FilterInput, hint_at_delay};
use crate::cli::input::phones::number;
use crate::cli::input::relay::{RelayInput, Relays};
use crate::cli::input::rules::{RulesInput, check_relay};
use crate::cli::input::trigger::TriggerInput;
use crate::cli::phones::PhonesTarget;
use crate::cli::phones::account::{AccountInput, Decision, Sender};
use crate::cli::phones::report::{Listing, Subscribed, costs};
use crate::cli::phones::wanted::{PhonesSpec, check};
use crate::cli::reconcile::{Reconciled, Target, reconcile, would_be_made};
use crate::cli::relay::{RelayTarget, refuse_foreign};
use crate::destination::sms::PhoneNumber;
use crate::destination::sms::SMS_TARGET;
use crate::destination::sms::masked;

/// How often a number is asked for.
const TRIES: u32 = 3;

/// Send the topic's alerts to phones by SMS
///
/// Checks the numbers, the region, opt-outs, the SMS sandbox, the spend limit and the SMS type before anything is changed. With
/// --readable a relay sends each phone one short text instead of raw JSON; a phone that was subscribed raw is moved: the relay is
/// subscribed first, and the raw subscription is removed right after it.
#[derive(Clone, Debug, Args)]
#[command(mut_group("RelayInput", |group| group.requires("readable")))]
#[command(after_long_help = "Examples:
  ddalert subscribe-sms +12065550100 --topic BadIoTDevices
  ddalert subscribe-sms --subscribed --readable --topic BadIoTDevices
  ddalert subscribe-sms --list --topic BadIoTDevices")]
pub(crate) struct SubscribeSms {
    /// Phone numbers, such as +12065550100
    #[arg(value_name = "PHONE")]
    phones: Vec<String>,
    /// Use the phones that get the alerts already: with --readable all of them, else those that are subscribed raw
    #[arg(long, conflicts_with = "phones")]
    subscribed: bool,
    /// The country of numbers that do not start with +, two letters such as US
    #[arg(long, value_name = "CC")]
    country: Option<String>,
    /// Deploy a relay that sends one short text instead of raw JSON
    #[arg(long)]
    readable: bool,
    #[command(flatten)]
    relay: RelayInput,
    /// The region that sends the texts of --readable [default: the one in use, else the topic's]
    #[arg(long, value_name = "REGION", requires = "readable")]
    sms_region: Option<String>,
    /// List the phones of the topic and change nothing
    #[arg(long, conflicts_with_all = ["phones", "subscribed", "readable"])]
    list: bool,
    #[command(flatten)]
    filter: FilterInput,
    #[command(flatten)]
    trigger: TriggerInput,
    #[command(flatten)]
    account: AccountInput,
    #[command(flatten)]
    rules: RulesInput,
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
        if !self.readable && self.trigger.is_given() {
            return Err(CliError::usage(
                "--trigger, --keep-trying and --digest-over need --readable",
            )
            .because("phones that are subscribed to the topic itself have no relay")
            .hint("add --readable, or leave the options out"));
        }
        let typed = match self.subscribed {
            true => Vec::new(),
            false => self.numbers(context).await?,
        };
        let filter = self.filter.policy(&context.ui)?;
        let relays = self
            .readable
            .then(|| self.relay.relays(context))
            .transpose()?;
        if self.rules.gives_role() && !self.readable {
            return Err(CliError::usage("--role is the role of the relay of --readable")
                .hint("add --readable, or name SNS's role for its delivery logs with --delivery-status-role"));
        }
        let topic = context.topic().await?;
        let rules = self.rules.rules(&topic.place)?;
        let phones = match self.subscribed {
            true => self.subscribed(&topic).await?,
            false => typed,
        };
        if self.show_numbers {
            context.ui.reveal(phones.clone());
        }
        let numbers: Vec<String> = phones
            .iter()
            .map(|phone| phone.as_str().to_owned())
            .collect();
        let names = topic.names(SMS_TARGET, None);
        let spec = PhonesSpec {
            topic: &topic,
            names: &names,
            numbers: &numbers,
            is_readable: self.readable,
            package: None,
            filter: filter.as_ref().map(Option::as_ref),
            sms_region: self.sms_region.as_deref(),
            rules: &rules,
            trigger: self.trigger.trigger,
            keep_trying_s: self.trigger.keep_trying_s(),
            digest_over: self.trigger.digest_over,
            are_subscribed: self.subscribed,
        };
        // SNS repeats in its refusals the number that it refuses.
        let subscribed = self
            .subscribe(context, spec, relays.as_ref(), &phones)
            .await;
        subscribed.map_err(|error| {
            let mask =
                |text: String, phone: &PhoneNumber| text.replace(phone.as_str(), &phone.masked());
            error
                .at(topic.clients.command_place())
                .rewritten(|text| phones.iter().fold(text.to_owned(), mask))
        })
    }

    async fn subscribe(
        &self,
        context: &Context,
        spec: PhonesSpec<'_>,
        relays: Option<&Relays>,
        phones: &[PhoneNumber],
    ) -> Result<Exit, CliError> {
        let topic = spec.topic;
        let scope = ReadScope::new(spec.names, &topic.topic).with_phones(spec.numbers);
        let scope = scope.without_webhook();
        // A phone that is subscribed as it is needs nothing of a relay.
        let scope = match self.readable {
            true => scope,
            false => scope.of_raw_phones(),
        };
        let progress = context.ui.progress("Reading what AWS holds");
        let observed = observe(&topic.clients, &scope).await?;
        drop(progress);
        refuse_foreign(&observed.foreign)?;
        for unread in &observed.unread {
            context.ui.detail(format_args!("not read: {unread}"));
        }
        let have = observed.state;
        let package = match relays {
            Some(relays) => {
                relays.fitting(context, topic, &spec.names.function, have.function.as_ref())?
            }
            None => None,
        };
        let spec = &PhonesSpec { package, ..spec };
        check(context, spec, &have)?;
        check_boundary(context, &topic.clients, spec.rules).await?;
        if self.readable {
            check_relay(spec.rules, &have)?;
            let need = Need::of_relay(spec.names, SMS_TARGET, None, self.trigger.of(&have));
            check_given(context, &topic.clients, spec.rules, &need).await?;
        }
        self.trigger.check(&have)?;

        let region = spec.sending_region(&have);
        let elsewhere = (region != topic.topic.region).then(|| topic.clients.in_region(&region));
        let clients = elsewhere.as_ref().unwrap_or(&topic.clients);
        let calls = SmsCalls::new(clients);
        let progress = context.ui.progress("Reading the account's SMS settings");
        let account = calls.read_account(&region, phones).await;
        drop(progress);
        let place = AccountRegion {
            region,
            ..topic.place.clone()
        };
        let sender = Sender {
            clients,
            rules: spec.rules,
            place,
            calls,
            account,
        };
        let decision = Decision {
            context,
            changing: &self.changing,
            sender: &sender,
            are_subscribed: self.subscribed,
        };
        let findings = self.findings(context, &sender, phones);
        let changes = self.account.plan(&decision, findings).await?;
        self.account
            .check(context, &self.changing, &changes, phones)?;

        let relay = RelayTarget::new(topic, scope, spec.package, &have, |have| {
            spec.desired_state(have)
        });
        let targets = [PhonesTarget::new(
            context,
            &self.account,
            &sender,
            changes,
            relay,
        )];
        let done = reconcile(context, &self.changing, &targets, async || Ok(())).await?;
        let [target] = targets;
        self.report(context, spec, phones, &sender, target, done)
    }

    /// Returns what keeps texts from the phones. Where no phone is named only what is to be changed matters.
    fn findings(
        &self,
        context: &Context,
        sender: &Sender<'_>,
        phones: &[PhoneNumber],
    ) -> Vec<SmsFinding> {
        let mut findings = Vec::new();
        if !phones.is_empty() {
            findings = sender.account.findings(phones, self.readable);
            for unchecked in &sender.account.unchecked {
                context.ui.warn(format_args!("not checked: {unchecked}"));
            }
        }
        // A relay's texts are transactional whatever the account's are; --transactional asks for it all the same.
        let asked = self.account.transactional && sender.account.is_promotional();
        if asked && !findings.contains(&SmsFinding::Promotional) {
            findings.push(SmsFinding::Promotional);
        }
        findings
    }

    fn report(
        &self,
        context: &Context,
        spec: &PhonesSpec<'_>,
        phones: &[PhoneNumber],
        sender: &Sender<'_>,
        target: PhonesTarget<'_>,
        done: Reconciled,
    ) -> Result<Exit, CliError> {
        let topic = spec.topic;
        let count = target.plan().len();
        if done.applied {
            hint_at_delay(&context.ui, target.relay_changes());
        }
        let listed: Vec<String> = phones.iter().map(PhoneNumber::masked).collect();
        let (who, name, region) = (listed.join(", "), &topic.topic.name, &sender.place.region);
        let get = if phones.len() == 1 { "gets" } else { "get" };
        let summary = match (done.applied, count) {
            (false, 1..) => would_be_made(count),
            (true, _) if phones.is_empty() => self.account.summary(region),
            (false, _) if phones.is_empty() => {
                format!("Nothing to change: {}", self.account.summary(region))
            }
            (true, _) => format!("{who} will get the alerts of {name}."),
            (false, _) => format!("Nothing to change: {who} {get} the alerts of {name}."),
        };
        let costs = if phones.is_empty() {
            Vec::new()
        } else {
            costs()
        };
        context.ui.answer(&[Subscribed {
            phones: listed,
            readable: self.readable,
            changed: target.report(done.outcome(0), summary),
            costs,
        }])?;
        if done.applied && !self.account.disable_delivery_status {
            context.ui.hint(format_args!(
                "see it arrive: {}",
                topic.ddalert("test-publish")
            ));
        }
        Ok(done.exit)
    }

    async fn list(&self, context: &Context) -> Result<Exit, CliError> {
        let topic = context.topic().await?;
        let (raw, have) = join(topic.subscribed_phones(), read(&topic)).await;
        let (raw, have) = (raw?, have?);
        if self.show_numbers {
            let all = have.readable_phones().iter().chain(&raw);
            context
                .ui
                .reveal(all.filter_map(|phone| phone.parse().ok()));
        }
        let shown = |phones: &[String]| phones.iter().map(|phone| masked(phone)).collect();
        context.ui.answer(&[Listing {
            topic: topic.topic.to_string(),
            readable: shown(have.readable_phones()),
            raw: shown(&raw),
        }])?;
        Ok(Exit::Done)
    }

    /// Returns the phones that get the topic's alerts already.
    async fn subscribed(&self, topic: &TopicContext) -> Result<Vec<PhoneNumber>, CliError> {
        let mut listed = topic.subscribed_phones().await?;
        if self.readable {
            listed.extend_from_slice(read(topic).await?.readable_phones());
        }
        let numbers: BTreeSet<PhoneNumber> = listed
            .iter()
            .filter_map(|phone| phone.parse().ok())
            .collect();
        if numbers.is_empty() {
            let name = &topic.topic.name;
            return Err(
                CliError::failed(format!("no phone gets the alerts of {name} yet")).hint(format!(
                    "name one: {}",
                    topic.ddalert("subscribe-sms +12065550100")
                )),
            );
        }
        Ok(numbers.into_iter().collect())
    }

    /// Returns the numbers that are typed, or, on a terminal, asked for.
    async fn numbers(&self, context: &Context) -> Result<Vec<PhoneNumber>, CliError> {
        let missing = || {
            CliError::usage("no phone number is given")
                .hint("write it behind subscribe-sms, such as +12065550100")
        };
        let read = |text: &String| number(text, self.country.as_deref());
        if !self.phones.is_empty() || self.account.needs_no_phone() {
            let numbers = self
                .phones
                .iter()
                .map(read)
                .collect::<Result<BTreeSet<_>, _>>()?;
            return Ok(numbers.into_iter().collect());
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
                Err(error) if tries > 0 => context.ui.warn(error.message()),
                read => return Ok(vec![read?]),
            }
        }
    }
}

/// Reads the relay of the topic's phones.
async fn read(topic: &TopicContext) -> Result<RelayState, CliError> {
    let names = topic.names(SMS_TARGET, None);
    let scope = ReadScope::new(&names, &topic.topic);
    let scope = scope.without_webhook().of_raw_phones();
    Ok(observe(&topic.clients, &scope).await?.state)
}
