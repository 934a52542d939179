//! `subscribe-sms`: phones on the topic.

use std::collections::BTreeMap;

use clap::Args;
use phonenumber::{Mode, country};

use super::args::Changing;
use super::change::{Changed, agree, carry_out, dry_exit, refuse_foreign};
use super::context::{Chain, Context};
use super::fault::{Exit, Fault};
use crate::aws::subscription;
use crate::aws::wiring::{Scene, observe};
use crate::domain::names::{Names, SMS_TARGET};
use crate::domain::plan::plan;
use crate::domain::wiring::{Endpoint, Subscription, Wiring, failure_queue};

/// Send the topic's alerts to phones by SMS
#[derive(Clone, Debug, Args)]
pub(super) struct SubscribeSms {
    /// Phone numbers, such as +12065550100
    #[arg(value_name = "PHONE")]
    phones: Vec<String>,
    /// The country of numbers that do not start with +, two letters such as US
    #[arg(long, value_name = "CC")]
    country: Option<String>,
    #[command(flatten)]
    changing: Changing,
}

impl SubscribeSms {
    pub(super) async fn run(self, context: &Context) -> Result<Exit, Fault> {
        let phones = self.numbers(context).await?;
        let chain = context.chain().await?;
        let names = Names::new(SMS_TARGET, &chain.topic, chain.place.clone(), None);
        let scene = Scene { names: &names, topic: &chain.topic, phones: &phones, values: false, decrypt: false };
        let progress = context.ui.progress("Looking at what is there");
        let observed = observe(&chain.clients, &scene).await?;
        drop(progress);
        refuse_foreign(&observed.foreign)?;
        let want = |have: &Wiring| {
            let subscriptions: BTreeMap<_, _> = phones
                .iter()
                .map(|phone| {
                    let endpoint = Endpoint::Sms(phone.clone());
                    let filter = have.subscriptions.get(&endpoint).and_then(|held| held.filter.clone());
                    (endpoint, Subscription { dead_letters: Some(names.queue_arn()), filter, raw_delivery: false })
                })
                .collect();
            Wiring { queue: Some(failure_queue(&names, &chain.topic, env!("CARGO_PKG_VERSION"))), subscriptions, ..have.clone() }
        };
        let plan = plan(&want(&observed.wiring), &observed.wiring);
        let applied = !self.changing.dry_run && !plan.is_empty();
        let listed = phones.join(", ");
        let summary = match (applied, plan.is_empty()) {
            (true, _) => format!("{listed} will get the alerts of {}.", chain.topic.name),
            (false, true) => format!("Nothing to change: {listed} gets the alerts of {}.", chain.topic.name),
            (false, false) => format!("{} changes would be made.", plan.changes.len()),
        };
        if applied {
            agree(context, &self.changing, &plan).await?;
            carry_out(context, &chain, &scene, None, &plan, want).await?;
        }
        let exit = if self.changing.dry_run { dry_exit(&self.changing, &plan) } else { Exit::Done };
        let topic = chain.topic.to_string();
        context.ui.answer(&Changed { name: names.function.clone(), topic, applied, changes: plan.changes, summary })?;
        Ok(exit)
    }

    async fn numbers(&self, context: &Context) -> Result<Vec<String>, Fault> {
        let missing =
            || Fault::usage("no phone number is given").hint("name it: ddalert subscribe-sms +12065550100 --topic NAME");
        let typed = match self.phones.as_slice() {
            [] => vec![context.ui.line("Phone number, such as +12065550100", missing()).await?],
            phones => phones.to_vec(),
        };
        let mut numbers = typed.iter().map(|text| number(text, self.country.as_deref())).collect::<Result<Vec<_>, _>>()?;
        numbers.sort();
        numbers.dedup();
        Ok(numbers)
    }
}

/// Returns every phone that is subscribed to the topic.
pub(super) async fn phones(chain: &Chain) -> Result<Vec<String>, Fault> {
    let listed = subscription::list(&chain.clients, &chain.topic).await?;
    Ok(listed.into_iter().filter(|listed| listed.protocol == "sms").map(|listed| listed.endpoint).collect())
}

/// Reads a phone number in any common notation and returns it in E.164.
///
/// # Errors
/// It is no number, not one of its country's, or it needs the country.
pub(super) fn number(text: &str, country: Option<&str>) -> Result<String, Fault> {
    let country = country
        .map(|country| {
            country
                .to_ascii_uppercase()
                .parse::<country::Id>()
                .map_err(|_| Fault::usage(format!("'{country}' is no country")).hint("give two letters, such as --country US"))
        })
        .transpose()?;
    let refused = |why: &str| {
        Fault::usage(format!("'{text}' is not a phone number that can be called: {why}"))
            .hint("write it with its country code, such as +12065550100, or add --country US")
    };
    let number = phonenumber::parse(country, text).map_err(|error| refused(&error.to_string()))?;
    if !phonenumber::is_valid(&number) {
        return Err(refused("no such number exists in its country"));
    }
    Ok(number.format().mode(Mode::E164).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_any_notation_become_e164() {
        for (text, country, expected) in [
            ("+12065550100", None, "+12065550100"),
            ("+1 (206) 555-0100", None, "+12065550100"),
            ("(206) 555-0100", Some("us"), "+12065550100"),
            ("030 123456", Some("DE"), "+4930123456"),
        ] {
            assert_eq!(number(text, country).expect(text), expected);
        }
    }

    #[test]
    fn what_is_no_number_is_refused() {
        for (text, country) in [("", None), ("hello", None), ("2065550100", None), ("+1206", None), ("+12065550100", Some("XX"))]
        {
            assert_eq!(number(text, country).expect_err(text).exit, Exit::Usage, "{text}");
        }
    }
}
