//! What a person gives: files, filter policies, phones, the relay's binary, samples, secrets.

pub(super) mod file;
pub(super) mod filter;
pub(super) mod phones;
pub(super) mod relay;
pub(super) mod rules;
pub(super) mod sample;
pub(super) mod secret;
pub(super) mod trigger;
