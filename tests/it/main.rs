//! Every integration test, in one binary: the house's rules, the generated documents, the test bed itself, the relay as Lambda
//! runs it, and the command line against an emulated account.
#![allow(clippy::unwrap_used, clippy::expect_used, unreachable_pub)]

mod architecture;
#[cfg(feature = "cli")]
mod bed;
#[cfg(feature = "cli")]
mod docs;
#[cfg(all(feature = "cli", feature = "relay"))]
mod doctor;
#[cfg(all(feature = "cli", feature = "relay"))]
mod events;
#[cfg(feature = "cli")]
mod fuzz;
#[cfg(all(feature = "cli", feature = "relay"))]
mod json;
#[cfg(all(feature = "cli", feature = "relay"))]
mod live;
mod network;
#[cfg(all(feature = "cli", feature = "relay"))]
mod operate;
#[cfg(feature = "cli")]
mod preview;
#[cfg(all(feature = "cli", feature = "relay"))]
mod reach;
#[cfg(feature = "relay")]
mod relay;
#[cfg(all(feature = "cli", feature = "relay"))]
mod shipping;
#[cfg(all(feature = "cli", feature = "relay"))]
mod sms;
#[cfg(all(feature = "cli", feature = "relay"))]
mod surface;
#[cfg(all(feature = "cli", feature = "relay"))]
mod typed;
