//! Operates chains in an emulated account with the built binaries: deploy, rotate, replay, remove, and what interrupts them.

mod buffer;
mod chain;
mod deploy;
mod grant;
mod patience;
mod permissions;
mod replay;
mod retries;
mod rotate;
mod rules;
