//! Text messages: what a phone can show, and what it costs. Sending them is not known here.

mod cost;
pub mod gsm7;
pub mod number;
mod text;

pub use cost::{Cost, SmsLength, audit_report, cost, delivery};
pub use number::{NotAPhoneNumber, PhoneNumber};
pub use text::text;

/// The target of text messages: what `remove sms`, `DDALERT_TARGET=sms`, and the names of the phones' queue and readable relay
/// have where a destination's name would stand.
pub const SMS_TARGET: &str = "sms";
