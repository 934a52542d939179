//! Operates chains in an emulated account with the built binaries: deploy, rotate, replay, remove, and what interrupts them.
#![allow(clippy::expect_used)]

mod chain;
mod deploy;
mod replay;
mod rotate;
#[path = "../support/mod.rs"]
mod support;
