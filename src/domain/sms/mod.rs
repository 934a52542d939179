//! Text messages: what a phone can show, what it costs, and whom it can reach. Sending them is not known here.

pub mod gsm7;
pub mod number;
pub mod regions;

pub use number::{NotAPhoneNumber, PhoneNumber};
