//! An AWS account and region of a test's own: MiniStack takes a 12-digit access key for the account of that number.

use std::sync::atomic::{AtomicU64, Ordering};

/// An account with a region, seen by one of its users.
#[derive(Clone, Debug)]
pub struct Account {
    /// Twelve digits.
    pub id: String,
    /// The region that the test works in.
    pub region: String,
    /// Of the root user, the account's id.
    pub access_key: String,
    /// Of the root user, `test`.
    pub secret_access_key: String,
}

impl Account {
    /// Returns the root user of an account that no other test of this process has, in `eu-central-1`.
    ///
    /// The emulator lets a root user do everything and does not look at its signature.
    pub fn new() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(100_000_000_001);
        let id = NEXT.fetch_add(1, Ordering::Relaxed).to_string();
        let secret_access_key = "test".to_owned();
        Self {
            access_key: id.clone(),
            id,
            region: "eu-central-1".to_owned(),
            secret_access_key,
        }
    }

    /// Returns the same account in another region.
    pub fn in_region(&self, region: &str) -> Self {
        Self {
            region: region.to_owned(),
            ..self.clone()
        }
    }

    /// Returns the account as the IAM user with this key sees it: what it signs is verified, what it may do is in its policies.
    pub fn as_user(&self, access_key: &str, secret_access_key: &str) -> Self {
        Self {
            access_key: access_key.to_owned(),
            secret_access_key: secret_access_key.to_owned(),
            ..self.clone()
        }
    }

    /// Returns the variables that the AWS SDK reads, for a client that speaks to `endpoint` as this account.
    pub fn environment(&self, endpoint: &str) -> Vec<(&'static str, String)> {
        vec![
            ("AWS_ACCESS_KEY_ID", self.access_key.clone()),
            ("AWS_SECRET_ACCESS_KEY", self.secret_access_key.clone()),
            ("AWS_REGION", self.region.clone()),
            ("AWS_ENDPOINT_URL", endpoint.to_owned()),
            // No test may wait for a metadata service that is not there.
            ("AWS_EC2_METADATA_DISABLED", "true".to_owned()),
        ]
    }

    /// Returns the ARN of something in this account and region.
    pub fn arn(&self, service: &str, resource: &str) -> String {
        let region = if service == "iam" { "" } else { &self.region };
        format!("arn:aws:{service}:{region}:{}:{resource}", self.id)
    }
}
