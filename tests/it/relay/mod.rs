//! The built relay, run as Lambda runs it: every event delivered or reported, nothing said that must not be.

mod buffer;
mod delivery;
mod digest;
mod environment;
mod fairness;
mod faulty_room;
mod lambda;
mod phones;
mod secrets;
mod server;
mod storm;
mod tls;
