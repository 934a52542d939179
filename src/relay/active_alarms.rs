//! Asks Device Defender whether a behavior still has active alarms: the incident of a storm ends with the last of them, which no
//! single message says.

use std::collections::BTreeSet;

use serde_json::Value;
use thiserror::Error;

use super::aws_api::{ApiCall, ApiClient, ApiError, IOT};
use super::retry::Deadline;
use crate::http::HttpClient;

/// How many alarms a page has (AWS IoT API reference, `ListActiveViolations`: at most 250). A page must fit into what is read of an
/// answer.
const PAGE: &str = "100";

/// How many pages are read at most: a storm with more alarms is not over.
const MAX_PAGES: u32 = 20;

/// Why it is not known whether a behavior still has active alarms.
#[derive(Debug, Error)]
pub(super) enum AlarmsUnreadable {
    /// Device Defender did not answer, or refused.
    #[error("{0}")]
    Refused(#[from] ApiError),
    /// Its answer has another shape than the API's.
    #[error("iot:ListActiveViolations: the answer does not list active violations")]
    NotAList,
    /// There was no time left to ask.
    #[error("no time was left to ask Device Defender for the active alarms")]
    NoTime,
}

impl AlarmsUnreadable {
    /// Returns whether the same question may be answered later.
    pub(super) fn is_transient(&self) -> bool {
        match self {
            AlarmsUnreadable::Refused(error) => error.is_transient(),
            AlarmsUnreadable::NotAList => false,
            AlarmsUnreadable::NoTime => true,
        }
    }
}

/// Returns whether `behavior` of the security profile `profile` has an active alarm in `region`, other than those with an ID in
/// `ended`: Device Defender may still list an alarm whose end it has just published.
///
/// # Errors
/// It cannot be read by `deadline`.
pub(super) async fn has_active_alarms(
    client: &ApiClient,
    http_client: &HttpClient,
    region: &str,
    (profile, behavior): (&str, &str),
    ended: &BTreeSet<&str>,
    deadline: Deadline,
) -> Result<bool, AlarmsUnreadable> {
    let mut next: Option<String> = None;
    for _ in 0..MAX_PAGES {
        let mut query = vec![("securityProfileName", profile), ("maxResults", PAGE)];
        query.extend(next.as_deref().map(|token| ("nextToken", token)));
        let call = ApiCall::get(
            &IOT,
            region,
            "ListActiveViolations",
            "active-violations",
            &query,
        );
        let timeout = deadline.attempt_timeout().ok_or(AlarmsUnreadable::NoTime)?;
        let answer = client.call(http_client, &call, timeout).await?;
        let answer: Value = serde_json::from_slice(&answer).unwrap_or_default();
        let alarms = answer["activeViolations"]
            .as_array()
            .ok_or(AlarmsUnreadable::NotAList)?;
        let is_active = |alarm: &Value| {
            let is_ended = alarm["violationId"]
                .as_str()
                .is_some_and(|id| ended.contains(id));
            alarm["behavior"]["name"] == behavior && !is_ended
        };
        if alarms.iter().any(is_active) {
            return Ok(true);
        }
        next = answer["nextToken"].as_str().map(str::to_owned);
        if next.is_none() {
            return Ok(false);
        }
    }
    Ok(true)
}
