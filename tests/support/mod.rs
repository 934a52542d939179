//! The test bed: an emulator of AWS, a proxy in front of it that plays what the emulator lacks, and rooms that listen.
//!
//! ```text
//! ddalert ──▶ Proxy ──▶ MiniStack ──▶ the relay, a child process ──▶ Sink
//!  (Command)   faults, counts, model     SNS, Lambda, IAM, SQS, …      a room
//! ```
//!
//! Everything here is synchronous to its caller and serves on threads of its own: a test may block, and needs no runtime.

// Each test binary includes this tree and uses a part of it.
#![allow(dead_code)]

pub(crate) mod account;
pub(crate) mod bed;
pub(crate) mod call;
pub(crate) mod command;
pub(crate) mod fault;
pub(crate) mod install;
pub(crate) mod ministack;
pub(crate) mod model;
pub(crate) mod proxy;
pub(crate) mod rule;
#[cfg(feature = "cli")]
pub(crate) mod sdk;
pub(crate) mod server;
pub(crate) mod sink;
pub(crate) mod terminal;
pub(crate) mod wire;
