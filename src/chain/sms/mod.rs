//! The account that sends text messages, as far as phones depend on it.

pub mod account;
pub mod regions;
pub mod status;

pub use account::{SmsAccount, SmsFinding};
