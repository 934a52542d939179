//! Delivers AWS IoT Device Defender alerts from an SNS topic to the people who have to act on them, and checks that they arrive.
//!
//! ```text
//! Device Defender ──sns:Publish──▶ SNS topic ─┬─ sms ────────────────────────▶ phone
//!                                             ├─ lambda ─▶ ddalert-relay ─POST─▶ chat room
//!                                             └─ …            │ alerts that could not be delivered
//!                                                             └▶ SQS failure queue ──▶ ddalert replay
//! ```
//!
//! Modules import each other in one direction only; an arrow points at what is imported:
//!
//! ```text
//! arn ◀─ alert ◀─ destination ◀─ contract ◀─ chain ◀─ aws ◀─ cli ◀─ main
//!                      ▲             ▲                        │
//!                      ├──── http ◀──┼───────────────┴────────┘
//!                      │      ▲      │
//!                      └──── relay ──┘
//! ```
//!
//! - [`arn`], [`alert`], [`destination`], [`contract`] and [`chain`] are pure: no clock, network, file, environment variable or
//!   async code.
//! - `aws` makes all calls to AWS for the command line. It is the only module that imports an AWS SDK.
//! - `cli` is the command line: commands, prompts, output, exit codes.
//! - `relay` runs on Lambda. It imports neither `aws` nor `chain`, so that the function stays small and starts fast.
//! - `http` posts to a room, for the relay (alerts) and for the command line (the greeting).
//! - `sync`, below all of them, locks a mutex.
//!
//! The architecture tests enforce these rules.

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
