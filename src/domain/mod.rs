//! What ddalert knows, without touching anything: alerts, rooms, the wiring of a chain and the plan that changes it.

pub mod alert;
pub mod checks;
pub mod connection;
pub mod delivery;
pub mod envelope;
pub mod failed;
pub mod filter;
pub mod names;
pub mod order;
pub mod plan;
pub mod policy;
pub mod sms;
pub mod topic;
pub mod webhook;
pub mod wiring;
