//! What a deploy is asked to bring about.

use serde_json::Value;

use crate::arn::TopicArn;
use crate::chain::names::ResourceNames;
use crate::chain::rules::{AccountRules, NO_RULES};
use crate::chain::state::Trigger;
use crate::contract::secret_store::SecretStore;
use crate::destination::WebhookSecret;

/// What a deploy is asked to bring about.
#[derive(Clone, Debug)]
pub struct RelaySpec<'a> {
    /// The destination, as it is typed, or `sms`.
    pub target: &'a str,
    /// The names.
    pub names: &'a ResourceNames,
    /// The topic.
    pub topic: &'a TopicArn,
    /// Where the URL is to be kept; `None`: where it is now, else [`SecretStore::DEFAULT`].
    pub store: Option<SecretStore>,
    /// The ARN of the KMS key for a store that needs one; `None`: the key it is under now.
    pub kms_key: Option<&'a str>,
    /// The URL; `None`: what is stored stays.
    pub secret: Option<&'a WebhookSecret>,
    /// The phones of a readable SMS relay; for a room, empty.
    pub phones: &'a [String],
    /// The filter policy on the body: `None` leaves what is there, `Some(None)` takes it away.
    pub filter: Option<Option<&'a Value>>,
    /// The region that the texts of a readable SMS relay are sent from; `None` leaves what is there.
    pub sms_region: Option<&'a str>,
    /// What the account's owners demand of what is made.
    pub rules: &'a AccountRules,
    /// What invokes the function; `None`: what does now, else the topic.
    pub trigger: Option<Trigger>,
    /// How long a buffered alert is tried, in seconds; `None`: as long as now, else [`KEEP_TRYING_S`](super::KEEP_TRYING_S).
    pub keep_trying_s: Option<u32>,
    /// How many alerts of one kind, profile and behavior a batch posts one by one, 0 for all; `None`: as many as now, else the
    /// relay's default.
    pub digest_over: Option<u32>,
    /// What the function runs.
    pub code: RelayCode<'a>,
    /// The version of ddalert that the tags name.
    pub version: &'a str,
}

/// What the function of a relay is to run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RelayCode<'a> {
    /// This zip.
    Deploy {
        /// The zip's SHA-256, in base64.
        sha256: &'a str,
        /// The architecture of the binary in it: `x86_64` or `arm64`.
        architecture: &'a str,
    },
    /// What it runs now, whoever deployed it; the tags go on naming the version that did.
    Keep,
}

impl<'a> RelaySpec<'a> {
    /// Returns the relay to `target` that keeps everything that is not asked for otherwise.
    pub fn new(
        target: &'a str,
        names: &'a ResourceNames,
        topic: &'a TopicArn,
        code: RelayCode<'a>,
    ) -> RelaySpec<'a> {
        RelaySpec {
            target,
            names,
            topic,
            code,
            store: None,
            kms_key: None,
            secret: None,
            phones: &[],
            filter: None,
            sms_region: None,
            rules: &NO_RULES,
            trigger: None,
            keep_trying_s: None,
            digest_over: None,
            version: env!("CARGO_PKG_VERSION"),
        }
    }
}
