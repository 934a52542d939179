//! Brings an AWS IoT Device Defender alert from its SNS topic to the people who must act on it, and proves that it arrives.
//!
//! ```text
//! Device Defender ──sns:Publish──▶ SNS topic ─┬─ sms ────────────────────────▶ phone
//!                                             ├─ lambda ─▶ ddalert-relay ─POST─▶ chat room
//!                                             └─ …            │ what could not be delivered
//!                                                             └▶ SQS failure queue ──▶ ddalert replay
//! ```
//!
//! The rule of dependencies: `arn ← alert ← destination ← contract ← chain ← aws ← cli ← main`; `relay` stands on `contract`,
//! `destination`, `alert` and `http` alone. The first five are pure: no clock, socket, file, environment or async. `aws` is the
//! only code that speaks to an account, `relay` the only code that runs on Lambda, and the two never meet; both reach a room
//! through `http`, the one place that opens a connection to it. Below everything, `sync` locks a mutex. A test holds this rule.

pub mod alert;
pub mod arn;
pub mod chain;
pub mod contract;
pub mod destination;

#[cfg(feature = "cli")]
pub mod aws;
#[cfg(feature = "cli")]
pub mod cli;
#[cfg(feature = "http")]
mod http;
#[cfg(feature = "relay")]
pub mod relay;
#[cfg(feature = "http")]
mod sync;
