//! The test bed: an emulator of AWS, a proxy in front of it that plays what the emulator lacks, and rooms that listen.
//!
//! ```text
//! ddalert ──▶ Proxy ──▶ MiniStack ──▶ the relay, a child process ──▶ Sink
//!  (Command)   faults, counts, model     SNS, Lambda, IAM, SQS, …      a room
//! ```
//!
//! Everything here is synchronous to its caller and serves on threads of its own: a test may block, and needs no runtime.

// A new account is another one each time: that is no default.
#![allow(clippy::new_without_default)]

pub mod account;
pub mod bed;
pub mod call;
pub mod command;
pub mod fault;
pub mod install;
pub mod ministack;
pub mod model;
pub mod proxy;
pub mod rule;
pub mod sdk;
pub mod server;
pub mod sink;
pub mod terminal;
pub mod wire;
