//! The AWS SDK set up for the test bed, to lay out an account before a test and to look at it after.

use aws_config::retry::RetryConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;

use super::account::Account;

/// Returns what a client needs to speak to `endpoint` as this account's user; it tries nothing twice, so that a fault shows.
pub fn config(account: &Account, endpoint: &str) -> SdkConfig {
    let credentials = Credentials::new(
        &account.access_key,
        &account.secret_access_key,
        None,
        None,
        "test bed",
    );
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(account.region.clone()))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .endpoint_url(endpoint)
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .retry_config(RetryConfig::disabled())
        .build()
}
