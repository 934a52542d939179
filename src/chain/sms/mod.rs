//! What an account needs to send text messages: its SMS settings, the regions that support SMS, and delivery status logging.

pub mod account;
pub mod delivery_status;
pub mod regions;

pub use account::{SmsAccount, SmsFinding};
