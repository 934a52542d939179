//! What a person gives: files, filter policies, phones, secrets.

pub(super) mod file;
pub(super) mod filter;
pub(super) mod phones;
pub(super) mod secret;
