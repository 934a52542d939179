//! For how long calls may be waited for besides their own limits: until the command's time is over, and not as long again where a
//! service does not answer.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::context::{
    BeforeSerializationInterceptorContextRef, FinalizerInterceptorContextRef,
};
use aws_smithy_runtime_api::client::interceptors::{Intercept, dyn_dispatch_hint};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;
use aws_smithy_types::timeout::TimeoutConfig;
use tokio::time::Instant;

use crate::sync::lock;

/// How long a call may take to a service that did not answer an earlier call of this run: `doctor` makes many.
const AGAIN_TIMEOUT: Duration = Duration::from_secs(5);

/// What the clients of one run share.
#[derive(Clone, Debug, Default)]
pub(super) struct Patience(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    /// When every call has to be over.
    end: Option<Instant>,
    /// The services, with their regions, that did not answer in time.
    silent: BTreeSet<String>,
}

impl Patience {
    /// Ends every call of the clients by `end`; `None` leaves each to its own limits.
    pub(super) fn end_by(&self, end: Option<Instant>) {
        lock(&self.0).end = end;
    }

    /// Returns what holds the calls of one service in one region to it.
    pub(super) fn of(&self, service: &'static str, region: Option<&str>) -> PatienceInterceptor {
        PatienceInterceptor {
            patience: self.clone(),
            service: format!("{service} {}", region.unwrap_or_default()),
        }
    }

    /// Returns how long the next call of a service may take at most, where that is less than the call's own limit.
    fn limit(&self, service: &str) -> Option<Duration> {
        let state = lock(&self.0);
        let left = state.end.map(|end| {
            // A limit of zero would count as none.
            end.saturating_duration_since(Instant::now())
                .max(Duration::from_millis(1))
        });
        let again = state.silent.contains(service).then_some(AGAIN_TIMEOUT);
        left.into_iter().chain(again).min()
    }
}

/// Holds the calls of one service to the patience that is left.
#[derive(Clone, Debug)]
pub(super) struct PatienceInterceptor {
    patience: Patience,
    service: String,
}

#[dyn_dispatch_hint]
impl Intercept for PatienceInterceptor {
    fn name(&self) -> &'static str {
        "Patience"
    }

    fn read_before_execution(
        &self,
        _context: &BeforeSerializationInterceptorContextRef<'_>,
        cfg: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if let Some(limit) = self.patience.limit(&self.service) {
            let limits = TimeoutConfig::builder().operation_timeout(limit).build();
            cfg.interceptor_state().store_put(limits);
        }
        Ok(())
    }

    fn read_after_execution(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        _cfg: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let is_silent = match context.output_or_error() {
            Some(Err(error)) => {
                error.is_timeout_error()
                    || error
                        .as_connector_error()
                        .is_some_and(|error| error.is_timeout())
            }
            _ => false,
        };
        let mut state = lock(&self.patience.0);
        match is_silent {
            true => state.silent.insert(self.service.clone()),
            false => state.silent.remove(&self.service),
        };
        Ok(())
    }
}
