//! Brings an AWS IoT Device Defender alert from its SNS topic to the people who must act on it, and proves that it arrives.
//!
//! ```text
//! Device Defender ──sns:Publish──▶ SNS topic ─┬─ sms ────────────────────────▶ phone
//!                                             ├─ lambda ─▶ ddalert-relay ─POST─▶ chat room
//!                                             └─ …            │ what could not be delivered
//!                                                             └▶ SQS failure queue ──▶ ddalert replay
//! ```
//!
//! The rule of dependencies: `main → cli → aws → domain ← relay`. [`domain`] is pure: no clock, socket, file, environment
//! or async. `aws` is the only code that speaks to an account, `relay` the only code that runs on Lambda, and the two never
//! meet; both reach a room through `post`, the one place that opens a connection to it. A test holds this rule.

pub mod domain;

#[cfg(feature = "cli")]
pub mod aws;
#[cfg(feature = "cli")]
pub mod cli;
#[cfg(feature = "post")]
pub mod post;
#[cfg(feature = "relay")]
pub mod relay;
