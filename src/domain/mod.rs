//! What ddalert knows, without touching anything: alerts, rooms, the wiring of a chain and the plan that changes it.

pub mod alert;
pub mod filter;
pub mod sms;
pub mod topic;
pub mod webhook;
