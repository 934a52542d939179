//! One file a command: what can be typed, and what it does.

pub(super) mod completions;
pub(super) mod connect;
pub(super) mod deploy;
pub(super) mod doctor;
pub(super) mod preview;
pub(super) mod remove;
pub(super) mod replay;
pub(super) mod rotate;
pub(super) mod subscribe_sms;
pub(super) mod test_publish;
