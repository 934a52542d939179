//! The phones behind the topic, and the accounts that text them.

use std::collections::BTreeSet;

use futures_util::future::join_all;

use super::SnapshotReader;
use crate::aws::Clients;
use crate::aws::sms::SmsCalls;
use crate::chain::checks::snapshot::{ChainSnapshot, Link, PhoneGroup, Reading};
use crate::chain::sms::SmsAccount;
use crate::chain::sms::account::UnreadSetting;
use crate::destination::sms::PhoneNumber;
use crate::destination::sms::SMS_TARGET;

impl SnapshotReader<'_> {
    /// Reads what every account says of the phones that it texts, one account for each region that sends.
    pub(super) async fn phone_groups(&self, chain: &ChainSnapshot) -> Vec<PhoneGroup> {
        let mut all = texted(chain);
        let regions: BTreeSet<&str> = all
            .iter()
            .map(|texting| texting.account.region.as_str())
            .collect();
        let looked = regions.into_iter().map(|region| {
            let here = all
                .iter()
                .filter(|texting| texting.account.region == region);
            let phones: BTreeSet<&PhoneNumber> =
                here.clone().flat_map(|texting| &texting.phones).collect();
            self.account(
                region,
                here.map(|texting| texting.link).collect(),
                phones.into_iter().cloned().collect(),
            )
        });
        let looked: Vec<SmsAccount> = join_all(looked).await;
        for texting in &mut all {
            if let Some(account) = looked
                .iter()
                .find(|account| account.region == texting.account.region)
            {
                texting.account = account.clone();
            }
        }
        all
    }

    async fn account(
        &self,
        region: &str,
        links: Vec<Link>,
        phones: Vec<PhoneNumber>,
    ) -> SmsAccount {
        let elsewhere: Option<Clients> =
            (region != self.topic.region).then(|| self.clients.in_region(region));
        let account = SmsCalls::new(elsewhere.as_ref().unwrap_or(self.clients))
            .read_account(region, &phones)
            .await;
        for UnreadSetting { what, why } in &account.unchecked {
            for link in &links {
                let what = format!("finding out {what} ({region})");
                self.note(*link, Reading::Phones, what, why.clone());
            }
        }
        account
    }
}

/// Returns who texts which phones from which region; of the accounts nothing else is known yet.
fn texted(chain: &ChainSnapshot) -> Vec<PhoneGroup> {
    let region = |region: &str| SmsAccount {
        region: region.to_owned(),
        ..SmsAccount::default()
    };
    let raw = chain
        .subscribers()
        .filter(|(_, subscriber)| subscriber.protocol == "sms")
        .filter_map(|(link, subscriber)| {
            let phones = vec![subscriber.endpoint.parse().ok()?];
            Some(PhoneGroup {
                link,
                phones,
                readable: false,
                account: region(&chain.topic.region),
            })
        });
    let readable = chain
        .relays()
        .filter(|(_, relay)| relay.target == SMS_TARGET)
        .map(|(link, relay)| {
            let phones = relay
                .environment
                .phones
                .iter()
                .filter_map(|phone| phone.parse().ok())
                .collect();
            let sender = relay
                .environment
                .sms_region
                .as_ref()
                .unwrap_or(&chain.topic.region);
            PhoneGroup {
                link,
                phones,
                readable: true,
                account: region(sender),
            }
        });
    let mut all: Vec<PhoneGroup> = raw.chain(readable).collect();
    all.retain(|texting| !texting.phones.is_empty());
    all.sort_by_key(|texting: &PhoneGroup| -> Link { texting.link });
    all
}
