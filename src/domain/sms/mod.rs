//! Text messages: what a phone can show, what it costs, and whom it can reach. Sending them is not known here.

pub mod account;
mod cost;
pub mod gsm7;
pub mod number;
pub mod regions;
pub mod roster;
pub mod status;
mod text;

pub use account::{Finding, SmsAccount};
pub use cost::{Cost, Delivery, audit_report, cost, delivery};
pub use number::{NotAPhoneNumber, PhoneNumber};
pub use text::text;
