//! What most tests begin with: an account of their own behind a proxy of their own, and a room.

use std::path::Path;

use super::account::Account;
use super::command::Run;
use super::ministack::MiniStack;
use super::proxy::Proxy;
use super::sink::Sink;

/// An account, the proxy it is reached through, and a room that listens.
#[derive(Debug)]
pub struct Bed {
    /// The account; it is empty.
    pub account: Account,
    /// In front of the emulator that the tests of this process share.
    pub proxy: Proxy,
    /// The room.
    pub sink: Sink,
}

impl Bed {
    /// Makes an empty account.
    pub fn new() -> Self {
        Self {
            account: Account::new(),
            proxy: Proxy::start(MiniStack::shared()),
            sink: Sink::start(),
        }
    }

    /// Prepares a run of a binary as the account's root user.
    pub fn run(&self, binary: &Path) -> Run {
        Run::new(binary).account(&self.account, &self.proxy.endpoint())
    }

    /// Returns what a client of the SDK needs to speak as the account's root user.
    pub fn config(&self) -> aws_config::SdkConfig {
        super::sdk::config(&self.account, &self.proxy.endpoint())
    }
}
