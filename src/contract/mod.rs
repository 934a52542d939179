//! What the command line and the relay agree on.

pub mod delivery;
pub mod envelope;
pub mod failure_record;
