//! When a fault happens: to which calls, after what, how often.

use super::call::Call;
use super::fault::Fault;

/// Which calls a rule is about.
#[derive(Clone, Debug)]
pub enum Which {
    /// Those that fit `service:Action`, `service:*` or `*`.
    Named(String),
    /// Those that change something.
    Writes,
}

impl Which {
    fn fits(&self, call: &Call) -> bool {
        match self {
            Self::Named(pattern) => call.is(pattern),
            Self::Writes => call.is_write(),
        }
    }
}

/// A fault and its occasion.
#[derive(Debug)]
pub struct Rule {
    /// The calls it is about.
    pub which: Which,
    /// Sleeps until a call that fits this has succeeded.
    pub after: Option<String>,
    /// How many of the calls it lets pass first.
    pub skip: usize,
    /// How many it then falls on.
    pub times: usize,
    /// What happens to them.
    pub fault: Fault,
}

impl Rule {
    /// Says whether the fault falls on this call, and counts it.
    pub fn falls_on(&mut self, call: &Call) -> bool {
        if self.after.is_some() || self.times == 0 || !self.which.fits(call) {
            return false;
        }
        if self.skip > 0 {
            self.skip -= 1;
            return false;
        }
        self.times -= 1;
        true
    }

    /// Takes note of a call that succeeded.
    pub fn wake(&mut self, succeeded: &Call) {
        self.after.take_if(|pattern| succeeded.is(pattern));
    }
}
