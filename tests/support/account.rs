//! An AWS account and region of a test's own: MiniStack takes a 12-digit access key for the account of that number.

use std::sync::atomic::{AtomicU64, Ordering};

/// What MiniStack expects every root access key to be signed with.
pub(crate) const SECRET_ACCESS_KEY: &str = "test";

/// An account with a region; its access key is its id, and it is the account's root user.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Account {
    /// Twelve digits.
    pub(crate) id: String,
    /// The region that the test works in.
    pub(crate) region: String,
}

impl Account {
    /// Returns an account that no other test of this process has, in `eu-central-1`.
    pub(crate) fn new() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(100_000_000_001);
        let id = NEXT.fetch_add(1, Ordering::Relaxed).to_string();
        Self { id, region: "eu-central-1".to_owned() }
    }

    /// Returns the same account in another region.
    pub(crate) fn in_region(&self, region: &str) -> Self {
        Self { id: self.id.clone(), region: region.to_owned() }
    }

    /// Returns the variables that the AWS SDK reads, for a client that speaks to `endpoint` as this account.
    pub(crate) fn environment(&self, endpoint: &str) -> Vec<(&'static str, String)> {
        vec![
            ("AWS_ACCESS_KEY_ID", self.id.clone()),
            ("AWS_SECRET_ACCESS_KEY", SECRET_ACCESS_KEY.to_owned()),
            ("AWS_REGION", self.region.clone()),
            ("AWS_ENDPOINT_URL", endpoint.to_owned()),
            // No test may wait for a metadata service that is not there.
            ("AWS_EC2_METADATA_DISABLED", "true".to_owned()),
        ]
    }

    /// Returns the ARN of something in this account and region.
    pub(crate) fn arn(&self, service: &str, resource: &str) -> String {
        let region = if service == "iam" { "" } else { &self.region };
        format!("arn:aws:{service}:{region}:{}:{resource}", self.id)
    }
}
