//! What AWS holds for a chain, what it should hold, the changes between the two, and what is wrong with it.

pub mod checks;
pub mod command_place;
pub mod delivery;
pub mod filter;
pub mod names;
pub mod peak;
pub mod permissions;
pub mod plan;
pub mod policy;
pub mod publishing;
pub mod rules;
pub mod sms;
pub mod spec;
pub mod state;
pub mod status;
