//! SMS text messages: their text, size, cost and phone numbers. Sending them is done elsewhere.

mod cost;
mod gsm7;
mod inactive;
mod phone_number;
mod text;

pub use cost::{SmsCost, SmsLength, cost, length, minimal_audit_summary};
pub use phone_number::{InvalidPhoneNumber, PhoneNumber, masked};
pub use text::{render, render_digest};

/// The target of text messages: what `remove sms`, `DDALERT_TARGET=sms`, and the names of the phones' queue and readable relay
/// have where a destination's name would stand.
pub const SMS_TARGET: &str = "sms";
