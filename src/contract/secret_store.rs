//! Where a webhook's secret can be kept: everything that tells one store from another, except how to call its service.
//!
//! A further store is a further variant of [`SecretStore`] with its row in `facts`, and of [`SecretLocation`]. Only two other
//! files know the variants: `aws/secret.rs`, which writes to a store, and `relay/secret.rs`, which reads from it.

use serde::{Serialize, Serializer};
use serde_json::{Value, json};

use crate::arn::AccountRegion;
use crate::destination::WebhookSecret;

/// The key of the encryption context of a secret encrypted by KMS, the one that Lambda's console writes. Its value is the
/// function's name.
pub const ENCRYPTION_CONTEXT: &str = "LambdaFunctionName";

/// How the name of a resource ends that holds a secret.
const RESOURCE_SUFFIX: &str = "/webhook-url";

/// Where a webhook's secret can be kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum SecretStore {
    /// A secret in Secrets Manager.
    SecretsManager,
    /// A SecureString parameter in SSM.
    Ssm,
    /// Encrypted with a KMS key, in the function's environment.
    Kms,
    /// As it is, in the function's environment.
    Env,
}

/// What there is to know of a store.
struct StoreFacts {
    /// As it is typed and written in JSON.
    name: &'static str,
    /// What `--help` says of it.
    help: &'static str,
    /// The relay's variable that says where the secret is, or holds it.
    variable: &'static str,
    /// The resource that holds the secret; `None` if the variable itself does.
    resource: Option<ResourceFacts>,
    /// The id of the statement by which the execution role may read the secret; `None` if it needs none.
    statement: Option<&'static str>,
}

/// The resource that holds a secret.
struct ResourceFacts {
    /// What the service calls it.
    noun: &'static str,
    /// The service, as ARNs and IAM actions name it.
    service: &'static str,
    /// The action that reads the secret.
    read_action: &'static str,
    /// What the resource's name begins with; the function's name follows.
    name_prefix: &'static str,
    /// What an ARN has before the name.
    arn_prefix: &'static str,
    /// What an ARN has after the name, as a pattern of IAM.
    arn_suffix: &'static str,
}

impl SecretStore {
    /// Every store, in the order in which they are offered.
    pub const ALL: [SecretStore; 4] = [
        SecretStore::SecretsManager,
        SecretStore::Ssm,
        SecretStore::Kms,
        SecretStore::Env,
    ];

    /// The store of a relay for which none is named.
    pub const DEFAULT: SecretStore = SecretStore::SecretsManager;

    fn facts(self) -> StoreFacts {
        match self {
            SecretStore::SecretsManager => StoreFacts {
                name: "secrets-manager",
                help: "A secret in AWS Secrets Manager",
                variable: "DDALERT_WEBHOOK_SECRET",
                resource: Some(ResourceFacts {
                    noun: "secret",
                    service: "secretsmanager",
                    read_action: "secretsmanager:GetSecretValue",
                    name_prefix: "ddalert/",
                    arn_prefix: "secret:",
                    // Secrets Manager adds a hyphen and six characters of its own.
                    arn_suffix: "-??????",
                }),
                statement: Some("ReadWebhookUrl"),
            },
            SecretStore::Ssm => StoreFacts {
                name: "ssm",
                help: "A SecureString parameter in AWS Systems Manager",
                variable: "DDALERT_WEBHOOK_PARAMETER",
                resource: Some(ResourceFacts {
                    noun: "parameter",
                    service: "ssm",
                    read_action: "ssm:GetParameter",
                    name_prefix: "/ddalert/",
                    arn_prefix: "parameter",
                    arn_suffix: "",
                }),
                statement: Some("ReadWebhookUrl"),
            },
            SecretStore::Kms => StoreFacts {
                name: "kms",
                help: "Encrypted with your KMS key in the function's environment",
                variable: "DDALERT_WEBHOOK_KMS",
                resource: None,
                statement: Some("DecryptWebhookUrl"),
            },
            SecretStore::Env => StoreFacts {
                name: "env",
                help: "Plain in the function's environment: whoever may see the function sees it",
                variable: "DDALERT_WEBHOOK_URL",
                resource: None,
                statement: None,
            },
        }
    }

    /// Returns the store that is typed as `name`.
    pub fn from_name(name: &str) -> Option<SecretStore> {
        Self::ALL.into_iter().find(|store| store.name() == name)
    }

    /// Returns the store that a variable of the relay belongs to.
    pub fn from_variable(variable: &str) -> Option<SecretStore> {
        Self::ALL
            .into_iter()
            .find(|store| store.variable() == variable)
    }

    /// Returns how it is typed.
    pub fn name(self) -> &'static str {
        self.facts().name
    }

    /// Returns what `--help` says of it.
    pub fn help(self) -> &'static str {
        self.facts().help
    }

    /// Returns the relay's variable that says where the secret is, or holds it.
    pub fn variable(self) -> &'static str {
        self.facts().variable
    }

    /// Returns whether the secret is a resource of its own; if not, it is in the variable.
    pub fn is_resource(self) -> bool {
        self.facts().resource.is_some()
    }

    /// Returns whether a KMS key must be named for it.
    pub fn needs_key(self) -> bool {
        self == SecretStore::Kms
    }

    /// Returns what the service calls the resource that holds the secret.
    pub fn noun(self) -> &'static str {
        self.facts()
            .resource
            .map_or("webhook URL", |resource| resource.noun)
    }

    /// Returns the name of the resource that holds the secret of a function; `None` if the secret is in the variable.
    pub fn resource_name(self, function: &str) -> Option<String> {
        let resource = self.facts().resource?;
        Some(format!(
            "{}{function}{RESOURCE_SUFFIX}",
            resource.name_prefix
        ))
    }

    /// Returns the ARN of the resource that holds the secret of a function, with `?` for each character that the service adds to
    /// the name; `None` if the secret is in the variable.
    pub fn resource_arn(self, place: &AccountRegion, function: &str) -> Option<String> {
        let ResourceFacts {
            service,
            arn_prefix,
            arn_suffix,
            ..
        } = self.facts().resource?;
        let name = self.resource_name(function)?;
        Some(place.arn(service, &format!("{arn_prefix}{name}{arn_suffix}")))
    }

    /// Returns the name of the function whose secret is in a resource, given the service and the resource of the resource's ARN.
    pub fn function_of<'a>(service: &str, resource: &'a str) -> Option<&'a str> {
        Self::ALL.into_iter().find_map(|store| {
            let facts = store.facts().resource?;
            let name = resource
                .strip_prefix(facts.arn_prefix)
                .filter(|_| facts.service == service)?
                .strip_prefix(facts.name_prefix)?;
            match facts.arn_suffix {
                "" => name.strip_suffix(RESOURCE_SUFFIX),
                _ => name.rsplit_once(RESOURCE_SUFFIX).map(|(name, _)| name),
            }
        })
    }

    /// Returns whether a statement of this id lets an execution role read a secret.
    pub fn is_read_statement(id: &str) -> bool {
        Self::ALL
            .into_iter()
            .any(|store| store.facts().statement == Some(id))
    }

    /// Returns the AWS managed key that the store uses unless told otherwise, and under which a secret can be put back: without a
    /// permission for a key, a relay can use no other.
    pub fn aws_key(self) -> Option<&'static str> {
        match self {
            SecretStore::SecretsManager => Some("alias/aws/secretsmanager"),
            SecretStore::Ssm | SecretStore::Kms | SecretStore::Env => None,
        }
    }

    /// Returns the store to change to when this one cannot be used, for instance because its key is gone.
    pub fn alternative(self) -> SecretStore {
        Self::ALL
            .into_iter()
            .find(|store| store.is_resource() && *store != self)
            .unwrap_or(Self::DEFAULT)
    }
}

/// A secret's value, as far as it is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecretValue {
    /// It was given, or read.
    Known(WebhookSecret),
    /// It was not read. As a wanted value it means: what is stored stays.
    Unread,
}

impl SecretValue {
    /// Returns whether the `held` value need not be written: it is the same, or no particular one is wanted.
    pub fn satisfied_by(&self, held: &SecretValue) -> bool {
        *self == SecretValue::Unread || self == held
    }
}

impl Serialize for SecretValue {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(match self {
            SecretValue::Known(_) => "(not shown)",
            SecretValue::Unread => "(as stored)",
        })
    }
}

/// Where one relay reads its webhook's secret.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "store", rename_all = "kebab-case")]
pub enum SecretLocation {
    /// The secret in Secrets Manager.
    SecretsManager {
        /// Whether the ARN in the environment is not that of the secret as it is now.
        dangling: bool,
    },
    /// The SSM parameter of this name.
    Ssm {
        /// The parameter's name.
        parameter: String,
    },
    /// In the environment, encrypted.
    Kms {
        /// The ARN of the key; empty if it is not known, because the secret cannot be decrypted.
        key: String,
        /// The secret.
        value: SecretValue,
    },
    /// In the environment, plain.
    Env {
        /// The secret.
        value: SecretValue,
    },
}

impl SecretLocation {
    /// Returns the location in `store` of the secret of a function. `key` is the ARN of the KMS key, for a store that needs one;
    /// `value` is the secret, for a store that keeps it in the environment.
    pub fn wanted(
        store: SecretStore,
        function: &str,
        key: &str,
        value: SecretValue,
    ) -> SecretLocation {
        match store {
            SecretStore::SecretsManager => SecretLocation::SecretsManager { dangling: false },
            SecretStore::Ssm => SecretLocation::Ssm {
                parameter: store.resource_name(function).unwrap_or_default(),
            },
            SecretStore::Kms => SecretLocation::Kms {
                key: key.to_owned(),
                value,
            },
            SecretStore::Env => SecretLocation::Env { value },
        }
    }

    /// Returns the store.
    pub fn store(&self) -> SecretStore {
        match self {
            SecretLocation::SecretsManager { .. } => SecretStore::SecretsManager,
            SecretLocation::Ssm { .. } => SecretStore::Ssm,
            SecretLocation::Kms { .. } => SecretStore::Kms,
            SecretLocation::Env { .. } => SecretStore::Env,
        }
    }

    /// Returns the secret, if it is in the environment.
    pub fn value(&self) -> Option<&SecretValue> {
        match self {
            SecretLocation::Kms { value, .. } | SecretLocation::Env { value } => Some(value),
            SecretLocation::SecretsManager { .. } | SecretLocation::Ssm { .. } => None,
        }
    }

    /// Returns the ARN of the KMS key, if there is one and it is known.
    pub fn key(&self) -> Option<&str> {
        match self {
            SecretLocation::Kms { key, .. } => Some(key.as_str()).filter(|key| !key.is_empty()),
            SecretLocation::SecretsManager { .. }
            | SecretLocation::Ssm { .. }
            | SecretLocation::Env { .. } => None,
        }
    }

    /// Returns whether the secret is encrypted with a key that is not known, because it cannot be decrypted.
    pub fn has_unknown_key(&self) -> bool {
        self.store().needs_key() && self.key().is_none()
    }

    /// Returns whether `held` need not be changed to become this location.
    pub fn satisfied_by(&self, held: &SecretLocation) -> bool {
        match (self.value(), held.value()) {
            (Some(value), Some(held_value)) => {
                self.store() == held.store()
                    && self.key() == held.key()
                    && value.satisfied_by(held_value)
            }
            _ => self == held,
        }
    }

    /// Says what the function's environment names in place of the function's own secret; `None` if it names that. A secret that
    /// is not stored (`is_stored`) has no ARN to compare with.
    pub fn points_elsewhere(
        &self,
        place: &AccountRegion,
        function: &str,
        is_stored: bool,
    ) -> Option<String> {
        let store = self.store();
        let own = store.resource_name(function)?;
        match self {
            SecretLocation::SecretsManager { dangling } => (*dangling && is_stored)
                .then(|| format!("an ARN that is not that of the secret {own}")),
            SecretLocation::Ssm { parameter } => {
                let arn = store.resource_arn(place, function)?;
                (*parameter != own && *parameter != arn)
                    .then(|| format!("the parameter {parameter} instead of {own}"))
            }
            SecretLocation::Kms { .. } | SecretLocation::Env { .. } => None,
        }
    }

    /// Returns the IAM statement by which the function's execution role may read the secret; `None` if it needs none.
    pub fn statement(&self, place: &AccountRegion, function: &str) -> Option<Value> {
        let store = self.store();
        let StoreFacts {
            resource,
            statement,
            ..
        } = store.facts();
        match (self, resource) {
            (_, Some(resource)) => Some(json!({
                "Sid": statement?, "Effect": "Allow",
                "Action": resource.read_action, "Resource": store.resource_arn(place, function)?
            })),
            (SecretLocation::Kms { key, .. }, None) => Some(json!({
                "Sid": statement?, "Effect": "Allow", "Action": "kms:Decrypt", "Resource": key,
                "Condition": { "StringEquals": { encryption_context_condition(): function } }
            })),
            (_, None) => None,
        }
    }
}

/// Returns IAM's condition key for the encryption context of a secret encrypted by KMS.
pub fn encryption_context_condition() -> String {
    format!("kms:EncryptionContext:{ENCRYPTION_CONTEXT}")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    const KEY: &str = "arn:aws-cn:kms:cn-north-1:123456789012:key/1";

    fn place() -> AccountRegion {
        AccountRegion {
            partition: "aws-cn".into(),
            region: "cn-north-1".into(),
            account: "123456789012".into(),
        }
    }

    fn locations() -> impl Iterator<Item = SecretLocation> {
        SecretStore::ALL
            .into_iter()
            .map(|store| SecretLocation::wanted(store, "relay", KEY, SecretValue::Unread))
    }

    #[test]
    fn each_store_is_told_by_its_name_and_by_its_variable() {
        for store in SecretStore::ALL {
            assert_eq!(SecretStore::from_name(store.name()), Some(store));
            assert_eq!(SecretStore::from_variable(store.variable()), Some(store));
            assert_eq!(
                serde_json::to_value(store).expect("JSON"),
                json!(store.name())
            );
            assert!(!store.help().is_empty());
        }
        assert_eq!(SecretStore::from_name("SSM"), None);
        assert_eq!(SecretStore::from_variable("DDALERT_TARGET"), None);
        let variables: BTreeSet<&str> = SecretStore::ALL
            .iter()
            .map(|store| store.variable())
            .collect();
        assert_eq!(variables.len(), SecretStore::ALL.len());
    }

    #[test]
    fn a_location_is_in_its_store_and_says_so_in_json() {
        for (store, location) in SecretStore::ALL.into_iter().zip(locations()) {
            assert_eq!(location.store(), store);
            assert_eq!(location.value().is_none(), store.is_resource());
            assert_eq!(location.key().is_some(), store.needs_key());
            let document = serde_json::to_value(&location).expect("JSON");
            assert_eq!(document["store"], json!(store.name()));
        }
    }

    #[test]
    fn the_statement_names_one_action_and_one_resource() {
        for location in locations() {
            let Some(statement) = location.statement(&place(), "relay") else {
                assert_eq!(location.store(), SecretStore::Env, "the role needs nothing");
                continue;
            };
            let text = |name: &str| statement[name].as_str().expect("one text").to_owned();
            assert!(SecretStore::is_read_statement(&text("Sid")), "{statement}");
            assert!(!text("Action").contains('*'), "{statement}");
            let resource = text("Resource");
            assert!(
                resource.starts_with("arn:aws-cn:") && !resource.contains('*'),
                "{statement}"
            );
            let is_for_function = resource.contains("relay/webhook-url")
                || statement["Condition"]["StringEquals"]
                    == json!({ "kms:EncryptionContext:LambdaFunctionName": "relay" });
            assert!(is_for_function, "{statement}");
        }
    }

    #[test]
    fn the_function_is_read_from_the_resource() {
        let stores = SecretStore::ALL
            .into_iter()
            .filter(|store| store.is_resource());
        for store in stores {
            let arn = store.resource_arn(&place(), "relay").expect("an ARN");
            let arn = arn.replace('?', "a");
            let mut parts = arn.splitn(6, ':').skip(2);
            let (service, resource) = (parts.next(), parts.nth(2));
            let (service, resource) = (service.expect("a service"), resource.expect("a resource"));
            assert_eq!(SecretStore::function_of(service, resource), Some("relay"));
            assert_eq!(SecretStore::function_of("sqs", resource), None);
        }
    }

    #[test]
    fn another_store_is_always_at_hand() {
        for store in SecretStore::ALL {
            assert!(store.alternative() != store && store.alternative().is_resource());
        }
    }

    #[test]
    fn what_a_location_lacks_is_told() {
        let secret = |path: &str| {
            let url = format!("https://hooks.slack.com/services/{path}");
            SecretValue::Known(WebhookSecret::from_url(&url).expect("a URL"))
        };
        let at = |store, key, value| SecretLocation::wanted(store, "relay", key, value);
        for store in SecretStore::ALL {
            let unread = at(store, KEY, SecretValue::Unread);
            assert!(unread.satisfied_by(&at(store, KEY, secret("old"))), "any");
            assert_eq!(
                at(store, KEY, secret("new")).satisfied_by(&at(store, KEY, secret("old"))),
                store.is_resource(),
                "the value of a resource is compared with the resource"
            );
            assert_eq!(
                unread.satisfied_by(&at(store, "other", SecretValue::Unread)),
                !store.needs_key()
            );
            for other in SecretStore::ALL {
                let held = at(other, KEY, SecretValue::Unread);
                assert_eq!(unread.satisfied_by(&held), store == other);
            }
        }
        let dangling = SecretLocation::SecretsManager { dangling: true };
        assert!(!at(SecretStore::SecretsManager, "", SecretValue::Unread).satisfied_by(&dangling));
        assert!(at(SecretStore::Kms, "", SecretValue::Unread).has_unknown_key());
        assert!(!locations().any(|location| location.has_unknown_key()));
    }

    #[test]
    fn a_location_that_is_not_the_functions_own_is_told() {
        let elsewhere = |location: &SecretLocation, is_stored| {
            location.points_elsewhere(&place(), "relay", is_stored)
        };
        for location in locations() {
            assert_eq!(elsewhere(&location, true), None);
        }
        let dangling = SecretLocation::SecretsManager { dangling: true };
        assert!(elsewhere(&dangling, true).is_some());
        assert_eq!(elsewhere(&dangling, false), None);
        let parameter = |name: String| SecretLocation::Ssm { parameter: name };
        assert!(elsewhere(&parameter("/other".into()), false).is_some());
        let arn = SecretStore::Ssm.resource_arn(&place(), "relay");
        assert_eq!(elsewhere(&parameter(arn.expect("an ARN")), true), None);
    }
}
