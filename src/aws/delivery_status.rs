//! Delivery status logging in an account: turned on and off, and read.

use std::time::SystemTime;

use super::log_group::lines;
use super::retry::retry_transient;
use super::role::{self, STATUS};
use super::sms::SmsCalls;
use super::{AwsError, Clients};
use crate::chain::names::AccountRegion;
use crate::chain::sms::delivery_status::{
    DeliveryStatusChange, DeliveryStatusLogging, log_groups, parse_log_line, role_name,
};
use crate::chain::state::Role;
use crate::contract::text_message::CarrierAnswer;
use crate::destination::sms::PhoneNumber;

/// Returns the role by which SNS logs whether carriers delivered, and whether ddalert manages it.
///
/// # Errors
/// It cannot be read.
pub async fn status_role(
    clients: &Clients,
    place: &AccountRegion,
) -> Result<Option<(Role, bool)>, AwsError> {
    role::get(clients, &role_name(place), STATUS).await
}

/// Makes one change. A role that is new to SNS is waited for.
///
/// # Errors
/// The call that failed.
pub async fn apply(
    clients: &Clients,
    calls: &SmsCalls<'_>,
    change: &DeliveryStatusChange,
) -> Result<(), AwsError> {
    match change {
        DeliveryStatusChange::CreateRole { role } => role::create(clients, role, STATUS).await,
        DeliveryStatusChange::UpdateRole { role, differs } => {
            role::update(clients, role, differs, STATUS).await
        }
        DeliveryStatusChange::RemoveRole { role } => role::remove(clients, role, STATUS).await,
        DeliveryStatusChange::EnableLogging { role } => {
            let logging = DeliveryStatusLogging {
                role: Some(role.clone()),
                logs_all: true,
            };
            retry_transient(|| calls.log_status(&logging)).await
        }
        DeliveryStatusChange::DisableLogging => {
            calls.log_status(&DeliveryStatusLogging::default()).await
        }
    }
}

/// The delivery status logs of text messages from one region.
#[derive(Debug)]
pub struct CarrierLog<'a> {
    clients: &'a Clients,
    groups: Vec<String>,
    /// Whether every delivery is logged, and not only failures and a sample of the others.
    pub complete: bool,
}

impl<'a> CarrierLog<'a> {
    /// Returns the logs of messages to phones and, where a topic is named, to its subscribers; `None` if SNS writes none.
    ///
    /// # Errors
    /// The account's settings cannot be read.
    pub async fn find(
        clients: &'a Clients,
        place: &AccountRegion,
        topic: Option<&str>,
    ) -> Result<Option<CarrierLog<'a>>, AwsError> {
        let logging =
            DeliveryStatusLogging::from_attributes(&SmsCalls::new(clients).attributes().await?);
        let groups = log_groups(place, topic);
        Ok(logging.role.map(|_| CarrierLog {
            clients,
            groups,
            complete: logging.logs_all,
        }))
    }

    /// Returns what the carrier answered for a message, to this phone where one is named; `None` if it has not yet.
    ///
    /// # Errors
    /// The log cannot be read. A log group that does not exist yet is not an error.
    pub async fn find_answer(
        &self,
        message_id: &str,
        phone: Option<&PhoneNumber>,
        published: SystemTime,
    ) -> Result<Option<CarrierAnswer>, AwsError> {
        for group in &self.groups {
            let lines = lines(self.clients, group, message_id, published).await?;
            if let Some(answer) = lines
                .iter()
                .rev()
                .find_map(|line| parse_log_line(line, message_id, phone))
            {
                return Ok(Some(answer));
            }
        }
        Ok(None)
    }
}
