//! The variables of a relay's function: what the command line writes and the relay reads.
//!
//! | variable | |
//! | --- | --- |
//! | `DDALERT_TARGET` | the destination: `chime`, `slack`, …, or `sms` |
//! | `DDALERT_PHONES` | for `sms`, the phones in E.164, separated by commas |
//! | `DDALERT_SMS_REGION` | for `sms`, the region that sends; if not set, the function's own |
//! | `DDALERT_WEBHOOK_SECRET` | for a room, one of four places of the webhook URL: the ARN of a Secrets Manager secret |
//! | `DDALERT_WEBHOOK_PARAMETER` | … the name or ARN of an SSM parameter |
//! | `DDALERT_WEBHOOK_KMS` | … ciphertext of KMS in base64, under the encryption context `LambdaFunctionName` |
//! | `DDALERT_WEBHOOK_URL` | … the URL itself |
//! | `DDALERT_DIGEST_OVER` | how many alerts of one kind, profile and behavior a batch posts one by one; more become one digest, 0: never. If not set, 3 |
//! | `DDALERT_WEBHOOK_VERSION` | not read; the command line changes it so that warm relays start anew |
//!
//! [`SecretStore`] has the names of the four. A variable in this table that is blank counts as not set.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};
use thiserror::Error;

use super::secret_store::{SecretLocation, SecretStore};
use crate::alert::DEFAULT_DIGEST_OVER;
use crate::destination::sms::{PhoneNumber, SMS_TARGET, masked};
use crate::destination::{DESTINATIONS, Destination, destination};

/// The variable that names the destination.
const TARGET: &str = "DDALERT_TARGET";
/// The variable that holds the phones of a readable SMS relay, separated by commas.
pub const PHONES: &str = "DDALERT_PHONES";
/// The variable that names another region to send text messages from, where the topic's has none.
const SMS_REGION: &str = "DDALERT_SMS_REGION";
/// The variable that says how many alerts of one kind, profile and behavior a batch posts one by one.
const DIGEST_OVER: &str = "DDALERT_DIGEST_OVER";
/// The variable that changes with the webhook URL, so that Lambda starts the relay anew and none goes on with the old one.
const WEBHOOK_VERSION: &str = "DDALERT_WEBHOOK_VERSION";

/// The variables besides those of the secret stores.
const PLAIN: [&str; 5] = [TARGET, PHONES, SMS_REGION, DIGEST_OVER, WEBHOOK_VERSION];

/// The most that a function's variables may take together, in bytes (Lambda developer guide, "Lambda quotas": 4 KB).
pub const SIZE_LIMIT: usize = 4096;

/// What a variable takes besides its name and value, in bytes: it is counted as it stands in a JSON document, with quotes, colon
/// and comma.
const AROUND: usize = 6;

/// The variables of a relay's function, parsed.
///
/// `Webhook` says where the webhook's secret is. The relay needs only the variables themselves, as [`SecretVariables`]. The command
/// line compares an `Option<SecretLocation>`, because the variables alone do not tell: the ARN of a secret in Secrets Manager may
/// be outdated, and ciphertext differs at every encryption. To turn one into the other takes AWS calls, so the caller makes
/// them and passes the result to [`with_webhook`](Self::with_webhook).
///
/// `Debug` and `Serialize` show no secret, no phone number in full, and no value of a variable that somebody else set.
#[derive(Clone, Default, PartialEq)]
pub struct RelayEnvironment<Webhook = Option<SecretLocation>> {
    /// The destination, as it is typed.
    pub target: Option<String>,
    /// Where the webhook's secret is.
    pub webhook: Webhook,
    /// What changes with the webhook's secret.
    pub webhook_version: Option<String>,
    /// The phones of a readable SMS relay, in E.164 unless somebody else wrote them.
    pub phones: Vec<String>,
    /// The region to send text messages from, if it is not the function's own.
    pub sms_region: Option<String>,
    /// How many alerts of one kind, profile and behavior a batch posts one by one, as it is written; `None` is the default.
    pub digest_over: Option<String>,
    /// The variables that somebody else set, by name. They are kept.
    pub others: BTreeMap<String, String>,
}

/// The variables with the values of the secret stores' variables as they are set.
pub type RelayVariables = RelayEnvironment<SecretVariables>;

/// The variables that say where the webhook's secret is, or hold it, by store. A relay starts only with exactly one.
#[derive(Clone, Default, PartialEq)]
pub struct SecretVariables(BTreeMap<SecretStore, String>);

/// Where a relay delivers, by its variables. No `Debug`: `value` may be the secret.
pub enum DeliveryTarget<'a> {
    /// A room, behind a webhook.
    Room {
        /// The kind of room.
        destination: &'static Destination,
        /// The store that has the webhook's secret.
        store: SecretStore,
        /// The value of the store's variable.
        value: &'a str,
    },
    /// Phones, through SNS.
    Phones {
        /// The phones, at least one.
        phones: Vec<PhoneNumber>,
        /// The region that sends, if it is not the function's own.
        region: Option<&'a str>,
    },
}

/// A variable with which a relay cannot start. Never holds the variable's value.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{variable} {problem}")]
pub struct BadVariable {
    /// The variable, or several.
    pub variable: String,
    /// What is wrong with it: "is not set".
    pub problem: String,
}

impl BadVariable {
    /// Returns the error that `variable` has this problem: words that follow its name.
    pub fn new(variable: &str, problem: impl Into<String>) -> BadVariable {
        BadVariable {
            variable: variable.to_owned(),
            problem: problem.into(),
        }
    }

    /// Returns the error that `variable` is not set.
    pub fn missing(variable: &str) -> BadVariable {
        BadVariable::new(variable, "is not set")
    }
}

impl SecretVariables {
    /// The variable of one store with its value.
    pub fn of(store: SecretStore, value: String) -> SecretVariables {
        SecretVariables([(store, value)].into())
    }

    /// Returns the store whose variable is set, with its value; `None` if none is, or several.
    pub fn only(&self) -> Option<(SecretStore, &str)> {
        self.one().ok()
    }

    /// Returns the stores whose variables are set.
    pub fn stores(&self) -> impl Iterator<Item = SecretStore> {
        self.0.keys().copied()
    }

    fn one(&self) -> Result<(SecretStore, &str), BadVariable> {
        let mut set = self.0.iter().map(|(store, value)| (*store, value.trim()));
        match (set.next(), set.next_back()) {
            (Some(one), None) => Ok(one),
            (None, _) => Err(BadVariable::new(
                &SecretStore::ALL.map(SecretStore::variable).join(", "),
                "are all not set: one of them must say where the webhook URL is",
            )),
            (Some((first, _)), Some((last, _))) => Err(BadVariable::new(
                &format!("{} and {}", first.variable(), last.variable()),
                "are both set: only one may be",
            )),
        }
    }
}

impl RelayVariables {
    /// Reads variables, each a name and a value.
    pub fn parse<Name, Value>(variables: impl IntoIterator<Item = (Name, Value)>) -> RelayVariables
    where
        Name: Into<String>,
        Value: Into<String>,
    {
        let mut read = RelayVariables::default();
        for (name, value) in variables {
            let (name, value) = (name.into(), value.into());
            let store = SecretStore::from_variable(&name);
            if value.trim().is_empty() && (store.is_some() || PLAIN.contains(&name.as_str())) {
                continue;
            }
            match (name.as_str(), store) {
                (_, Some(store)) => {
                    read.webhook.0.insert(store, value);
                }
                (TARGET, _) => read.target = Some(value),
                (SMS_REGION, _) => read.sms_region = Some(value),
                (DIGEST_OVER, _) => read.digest_over = Some(value),
                (WEBHOOK_VERSION, _) => read.webhook_version = Some(value),
                (PHONES, _) => {
                    read.phones = value
                        .split(',')
                        .map(str::trim)
                        .filter(|phone| !phone.is_empty())
                        .map(str::to_owned)
                        .collect();
                }
                _ => {
                    read.others.insert(name, value);
                }
            }
        }
        read
    }

    /// Reads the relay's own variables through `lookup`, which returns a variable's value by its name.
    pub fn look_up(lookup: impl Fn(&str) -> Option<String>) -> RelayVariables {
        let names = SecretStore::ALL.map(SecretStore::variable);
        let names = PLAIN.into_iter().chain(names);
        RelayVariables::parse(names.filter_map(|name| Some((name, lookup(name)?))))
    }

    /// Returns the variables by name, as Lambda takes them.
    pub fn variables(&self) -> BTreeMap<String, String> {
        let mut variables = self.others.clone();
        let secrets = self.webhook.0.iter();
        let secrets = secrets.map(|(store, value)| (store.variable(), Some(value.clone())));
        let plain = [
            (TARGET, self.target.clone()),
            (WEBHOOK_VERSION, self.webhook_version.clone()),
            (SMS_REGION, self.sms_region.clone()),
            (DIGEST_OVER, self.digest_over.clone()),
            (
                PHONES,
                (!self.phones.is_empty()).then(|| self.phones.join(",")),
            ),
        ];
        for (name, value) in secrets.chain(plain) {
            if let Some(value) = value {
                variables.insert(name.to_owned(), value);
            }
        }
        variables
    }

    /// Returns where a relay with these variables delivers.
    ///
    /// # Errors
    /// The first variable with which a relay cannot start: the destination is missing or unknown, not exactly one variable says
    /// where the secret is, or the phones are not all phone numbers.
    pub fn delivery_target(&self) -> Result<DeliveryTarget<'_>, BadVariable> {
        let target = self.target.as_deref();
        let target = target.ok_or_else(|| BadVariable::missing(TARGET))?;
        if target == SMS_TARGET {
            return Ok(DeliveryTarget::Phones {
                phones: self.numbers()?,
                region: self.sms_region.as_deref(),
            });
        }
        let destination = destination(target).ok_or_else(|| {
            let known: Vec<_> = DESTINATIONS
                .iter()
                .map(|destination| destination.name)
                .chain([SMS_TARGET])
                .collect();
            BadVariable::new(TARGET, format!("is not one of {}", known.join(", ")))
        })?;
        let (store, value) = self.webhook.one()?;
        Ok(DeliveryTarget::Room {
            destination,
            store,
            value,
        })
    }

    /// Returns how many alerts of one kind, profile and behavior a batch posts one by one at most; more become one digest. 0: all are
    /// posted one by one.
    ///
    /// # Errors
    /// The variable is not a whole number.
    pub fn digest_over(&self) -> Result<usize, BadVariable> {
        match self.digest_over.as_deref() {
            None => Ok(DEFAULT_DIGEST_OVER),
            Some(number) => number
                .trim()
                .parse()
                .map_err(|_| BadVariable::new(DIGEST_OVER, "is not a whole number from 0")),
        }
    }

    fn numbers(&self) -> Result<Vec<PhoneNumber>, BadVariable> {
        if self.phones.is_empty() {
            return Err(BadVariable::new(PHONES, "names no phone"));
        }
        let numbers: Result<Vec<PhoneNumber>, _> =
            self.phones.iter().map(|phone| phone.parse()).collect();
        numbers.map_err(|_| {
            BadVariable::new(
                PHONES,
                "holds something that is not a phone number in E.164",
            )
        })
    }
}

impl<Webhook> RelayEnvironment<Webhook> {
    /// Returns the same environment with `webhook` as the place of the webhook's secret.
    pub fn with_webhook<Other>(&self, webhook: Other) -> RelayEnvironment<Other> {
        RelayEnvironment {
            target: self.target.clone(),
            webhook,
            webhook_version: self.webhook_version.clone(),
            phones: self.phones.clone(),
            sms_region: self.sms_region.clone(),
            digest_over: self.digest_over.clone(),
            others: self.others.clone(),
        }
    }

    /// Returns how many of the phones fit into a function's environment beside the other variables, in their order. A relay for
    /// phones has no webhook, which is not counted.
    pub fn fitting_phones(&self) -> usize {
        let rest = RelayVariables {
            phones: Vec::new(),
            ..self.with_webhook(SecretVariables::default())
        };
        let mut variables = rest.variables();
        variables.insert(PHONES.to_owned(), String::new());
        let around = variables
            .iter()
            .map(|(name, value)| name.len() + value.len() + AROUND);
        let mut left = SIZE_LIMIT.saturating_sub(around.sum::<usize>() + 2);
        let fits = |phone: &&String| match left.checked_sub(phone.len() + 1) {
            Some(rest) => {
                left = rest;
                true
            }
            None => false,
        };
        self.phones.iter().take_while(fits).count()
    }
}

impl RelayEnvironment {
    /// Returns whether `held` need not be changed to become this environment.
    pub fn satisfied_by(&self, held: &RelayEnvironment) -> bool {
        let RelayEnvironment {
            target,
            webhook,
            webhook_version,
            phones,
            sms_region,
            digest_over,
            others,
        } = self;
        let is_webhook_held = match (webhook, &held.webhook) {
            (Some(webhook), Some(held)) => webhook.satisfied_by(held),
            (None, None) => true,
            _ => false,
        };
        is_webhook_held
            && *target == held.target
            && *webhook_version == held.webhook_version
            && *phones == held.phones
            && *sms_region == held.sms_region
            && *digest_over == held.digest_over
            && *others == held.others
    }
}

impl<Webhook: fmt::Debug> fmt::Debug for RelayEnvironment<Webhook> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let phones: Vec<String> = self.phones.iter().map(|phone| masked(phone)).collect();
        f.debug_struct("RelayEnvironment")
            .field("target", &self.target)
            .field("webhook", &self.webhook)
            .field("webhook_version", &self.webhook_version)
            .field("phones", &phones)
            .field("sms_region", &self.sms_region)
            .field("digest_over", &self.digest_over)
            .field("others", &self.others.keys())
            .finish()
    }
}

impl fmt::Debug for SecretVariables {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.stores()).finish()
    }
}

impl Serialize for RelayEnvironment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // In JSON these two are only listed, among the other variables.
        let region = self.sms_region.as_ref().map(|_| SMS_REGION);
        let digest_over = self.digest_over.as_ref().map(|_| DIGEST_OVER);
        let others: BTreeSet<&str> = self
            .others
            .keys()
            .map(String::as_str)
            .chain(region)
            .chain(digest_over)
            .collect();
        let mut document = serializer.serialize_struct("RelayEnvironment", 5)?;
        document.serialize_field("target", &self.target)?;
        document.serialize_field("webhook", &self.webhook)?;
        document.serialize_field("webhook_version", &self.webhook_version)?;
        document.serialize_field("phones", &self.phones.len())?;
        document.serialize_field("others", &others)?;
        document.end()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::contract::secret_store::SecretValue;

    const URL: &str = "https://hooks.slack.com/services/T/B/sesame";

    fn read(variables: &[(&str, &str)]) -> RelayVariables {
        RelayVariables::parse(variables.iter().copied())
    }

    /// Names of ours and of somebody else; values of every kind.
    fn variables() -> impl Strategy<Value = BTreeMap<String, String>> {
        let names: Vec<String> = PLAIN
            .into_iter()
            .chain(SecretStore::ALL.map(SecretStore::variable))
            .map(str::to_owned)
            .collect();
        let name = prop_oneof![
            proptest::sample::select(names),
            "[A-Z_]{1,12}",
            "DDALERT_[A-Z]{0,8}"
        ];
        let value = prop_oneof!["\\PC{0,20}", "(\\+[0-9]{8,15},?){0,4}", "[ \t,]{0,3}"];
        proptest::collection::btree_map(name, value, 0..12)
    }

    proptest! {
        #[test]
        fn what_is_read_is_written_and_read_alike(variables in variables()) {
            let parsed = RelayVariables::parse(variables.clone());
            let written = parsed.variables();
            prop_assert_eq!(&RelayVariables::parse(written.clone()), &parsed);
            let looked_up = RelayVariables::look_up(|name| variables.get(name).cloned());
            prop_assert_eq!(&RelayVariables { others: parsed.others.clone(), ..looked_up }, &parsed);
            for (name, value) in &variables {
                let is_own = PLAIN.contains(&name.as_str()) || SecretStore::from_variable(name).is_some();
                match written.get(name) {
                    // Phones are written without blanks and empty entries.
                    Some(kept) if name == PHONES => {
                        let plain = |text: &str| text.replace(|c: char| c.is_whitespace() || c == ',', "");
                        prop_assert_eq!(plain(kept), plain(value));
                    }
                    Some(kept) => prop_assert_eq!(kept, value),
                    None => prop_assert!(is_own && value.chars().all(|c| c.is_whitespace() || c == ','), "{} is lost", name),
                }
            }
            prop_assert!(written.keys().all(|name| variables.contains_key(name)));
        }

        #[test]
        fn no_value_is_shown(value in "[a-z]{30}") {
            for name in [PHONES, "OTHER"].into_iter().chain(SecretStore::ALL.map(SecretStore::variable)) {
                let parsed = RelayVariables::parse([(name, value.clone())]);
                let resolved = parsed.with_webhook(None::<SecretLocation>);
                let shown = format!("{parsed:?} {}", serde_json::to_string(&resolved).expect("JSON"));
                prop_assert!(!shown.contains(&value), "{}", shown);
            }
        }
    }

    #[test]
    fn the_document_has_these_keys() {
        let environment = RelayEnvironment {
            target: Some("slack".into()),
            webhook: Some(SecretLocation::Env {
                value: SecretValue::Unread,
            }),
            webhook_version: Some("1".into()),
            phones: vec!["+12065550100".into()],
            sms_region: Some("us-east-1".into()),
            digest_over: Some("5".into()),
            others: [("A", "x"), ("Z", "y")]
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .into(),
        };
        assert_eq!(
            serde_json::to_string(&environment).expect("JSON"),
            json!({
                "target": "slack", "webhook": { "store": "env", "value": "(as stored)" }, "webhook_version": "1", "phones": 1,
                "others": ["A", "DDALERT_DIGEST_OVER", "DDALERT_SMS_REGION", "Z"]
            })
            .to_string()
        );
    }

    #[test]
    fn a_target_is_read() {
        let room = read(&[("DDALERT_TARGET", "slack"), ("DDALERT_WEBHOOK_URL", URL)]);
        let Ok(DeliveryTarget::Room {
            destination, store, ..
        }) = room.delivery_target()
        else {
            panic!("it is about a room")
        };
        assert_eq!((destination.name, store), ("slack", SecretStore::Env));
        let phones = ("DDALERT_PHONES", " +12065550100,+4915112345678, ");
        for (region, expected) in [("", None), ("us-east-1", Some("us-east-1"))] {
            let sms = read(&[
                ("DDALERT_TARGET", "sms"),
                phones,
                ("DDALERT_SMS_REGION", region),
            ]);
            let Ok(DeliveryTarget::Phones { phones, region }) = sms.delivery_target() else {
                panic!("it is about phones")
            };
            assert_eq!((phones.len(), region), (2, expected));
        }
    }

    #[test]
    fn what_keeps_a_relay_from_starting_is_named_and_never_shown() {
        let url = ("DDALERT_WEBHOOK_URL", URL);
        let slack = ("DDALERT_TARGET", "slack");
        let sms = ("DDALERT_TARGET", "sms");
        let table: &[(&[(&str, &str)], &str)] = &[
            (&[url], "DDALERT_TARGET is not set"),
            (&[("DDALERT_TARGET", " "), url], "DDALERT_TARGET is not set"),
            (
                &[("DDALERT_TARGET", "sesame"), url],
                "DDALERT_TARGET is not one of chime, slack",
            ),
            (
                &[slack],
                "DDALERT_WEBHOOK_SECRET, DDALERT_WEBHOOK_PARAMETER",
            ),
            (
                &[slack, url, ("DDALERT_WEBHOOK_PARAMETER", "sesame")],
                "DDALERT_WEBHOOK_PARAMETER and DDALERT_WEBHOOK_URL are both set",
            ),
            (&[sms, url], "DDALERT_PHONES names no phone"),
            (
                &[sms, ("DDALERT_PHONES", ",")],
                "DDALERT_PHONES names no phone",
            ),
            (
                &[sms, ("DDALERT_PHONES", "+12065550100,sesame")],
                "DDALERT_PHONES holds something",
            ),
        ];
        for (variables, words) in table {
            let parsed = read(variables);
            let error = parsed.delivery_target().err().expect(words);
            let error = error.to_string();
            assert!(error.starts_with(words), "{error}");
            assert!(!error.contains("sesame"), "{error}");
        }
    }

    #[test]
    fn each_difference_counts() {
        let secret = |key: &str| SecretLocation::Kms {
            key: key.into(),
            value: SecretValue::Unread,
        };
        let held = read(&[
            ("DDALERT_TARGET", "slack"),
            ("DDALERT_WEBHOOK_VERSION", "1"),
            ("DDALERT_SMS_REGION", "us-east-1"),
            ("DDALERT_PHONES", "+12065550100"),
            ("OTHER", "x"),
        ])
        .with_webhook(Some(secret("key")));
        assert!(held.satisfied_by(&held.clone()));
        let changes: [fn(&mut RelayEnvironment); 7] = [
            |it| it.target = None,
            |it| it.webhook_version = None,
            |it| it.sms_region = None,
            |it| it.phones.clear(),
            |it| it.others.clear(),
            |it| it.webhook = None,
            |it| it.webhook = Some(SecretLocation::SecretsManager { dangling: false }),
        ];
        for (index, change) in changes.into_iter().enumerate() {
            let mut want = held.clone();
            change(&mut want);
            assert!(!want.satisfied_by(&held), "change {index}");
        }
    }

    #[test]
    fn an_environment_holds_some_three_hundred_phones() {
        let fitting = |others: &[(&str, &str)], count: usize| {
            let phones: Vec<String> = (0..count).map(|n| format!("+12065550{n:03}")).collect();
            let environment = RelayVariables {
                target: Some("sms".to_owned()),
                phones,
                ..read(others)
            };
            environment.fitting_phones()
        };
        assert_eq!(fitting(&[], 200), 200);
        // 4096 less the braces, DDALERT_TARGET with its value and DDALERT_PHONES: 4051, at 13 a phone.
        assert_eq!(fitting(&[], 500), 311);
        assert_eq!(fitting(&[("OTHER", "x".repeat(4000).as_str())], 500), 3);
        assert_eq!(fitting(&[("OTHER", "x".repeat(5000).as_str())], 500), 0);
    }
}
