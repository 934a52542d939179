//! Which account and region something is done in, as plans, questions and results say it.

use std::collections::BTreeSet;
use std::fmt;

use crate::chain::names::AccountRegion;

/// An account and a region, with the account's alias where it may be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct PlaceLabel {
    /// 12 digits.
    account: String,
    /// The alias that its owner gave it.
    alias: Option<String>,
    /// The region; several are joined by a comma.
    region: String,
}

impl PlaceLabel {
    /// Returns the label of one place, or of several in one account.
    pub(super) fn of_all<'a>(places: impl IntoIterator<Item = &'a AccountRegion>) -> PlaceLabel {
        let (mut accounts, mut regions) = (BTreeSet::new(), BTreeSet::new());
        for place in places {
            accounts.insert(place.account.as_str());
            regions.insert(place.region.as_str());
        }
        let joined = |all: BTreeSet<&str>| all.into_iter().collect::<Vec<_>>().join(", ");
        PlaceLabel {
            account: joined(accounts),
            alias: None,
            region: joined(regions),
        }
    }

    /// Adds the alias.
    pub(super) fn set_alias(&mut self, alias: String) {
        self.alias = Some(alias);
    }
}

impl fmt::Display for PlaceLabel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "account {}", self.account)?;
        if let Some(alias) = &self.alias {
            write!(f, " ({alias})")?;
        }
        write!(f, ", {}", self.region)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(region: &str) -> AccountRegion {
        AccountRegion {
            partition: "aws".into(),
            region: region.into(),
            account: "123456789012".into(),
        }
    }

    #[test]
    fn a_place_is_named_with_its_alias_and_every_region() {
        let mut one = PlaceLabel::of_all([&place("eu-west-1")]);
        one.set_alias("acme-prod".into());
        assert_eq!(
            one.to_string(),
            "account 123456789012 (acme-prod), eu-west-1"
        );
        let both = [place("us-east-1"), place("eu-west-1"), place("us-east-1")];
        assert_eq!(
            PlaceLabel::of_all(&both).to_string(),
            "account 123456789012, eu-west-1, us-east-1"
        );
    }
}
