//! Credentials that are got within a limit and kept while they are fresh, and what to do where they cannot be had.

mod problem;
mod source;

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider, future};
use tokio::sync::Mutex;
use tokio::time::timeout;

use super::error::CredentialsProblem;
use crate::chain::command_place::CommandPlace;

pub(super) use source::{CREDENTIALS_TIMEOUT, CredentialSource, source};

/// Credentials that expire sooner are asked for again.
const FRESH: Duration = Duration::from_secs(60);

/// Provides credentials of a known source, within a limit, and says in its words why there are none.
#[derive(Clone, Debug)]
pub(super) struct SourcedCredentials {
    inner: SharedCredentialsProvider,
    source: CredentialSource,
    place: CommandPlace,
    limit: Duration,
    /// What was provided last: a program is not started again, and a code not asked for again, while they are fresh.
    held: Arc<Mutex<Option<Credentials>>>,
}

impl SourcedCredentials {
    pub(super) fn new(
        inner: SharedCredentialsProvider,
        source: CredentialSource,
        place: CommandPlace,
    ) -> SourcedCredentials {
        SourcedCredentials {
            inner,
            source,
            place,
            limit: CREDENTIALS_TIMEOUT,
            held: Arc::default(),
        }
    }

    /// Returns credentials.
    ///
    /// # Errors
    /// There are none, or they do not come within a minute.
    pub(super) async fn load(&self) -> Result<Credentials, CredentialsProblem> {
        let mut held = self.held.lock().await;
        let fresh = held.as_ref().filter(|held| is_fresh(held));
        if let Some(credentials) = fresh {
            return Ok(credentials.clone());
        }
        let failure = match timeout(self.limit, self.inner.provide_credentials()).await {
            Ok(Ok(credentials)) => return Ok(held.insert(credentials).clone()),
            Ok(Err(failure)) => failure,
            Err(_) => CredentialsError::provider_timed_out(self.limit),
        };
        Err(self.source.problem(&failure, &self.place))
    }
}

fn is_fresh(credentials: &Credentials) -> bool {
    let soon = SystemTime::now() + FRESH;
    credentials.expiry().is_none_or(|expiry| expiry > soon)
}

impl ProvideCredentials for SourcedCredentials {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(async {
            self.load().await.map_err(CredentialsError::provider_error)
        })
    }
}
