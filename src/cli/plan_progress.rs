//! How far a plan has come: changes that are made, or alerts that are delivered.

use std::fmt;

/// How far a plan has come.
#[derive(Clone, Debug, Default)]
pub(super) struct PlanProgress {
    /// How many changes are made.
    done: usize,
    /// How many there are.
    all: usize,
    /// The changes that are being made.
    pub(super) under_way: Vec<String>,
    /// Whether it is alerts that are delivered, and not changes that are made.
    are_alerts: bool,
}

impl PlanProgress {
    /// Returns how many changes are made, and which are being made.
    pub(super) fn of_changes(done: usize, all: usize, under_way: Vec<String>) -> PlanProgress {
        PlanProgress {
            done,
            all,
            under_way,
            are_alerts: false,
        }
    }

    /// Returns how many alerts are delivered.
    pub(super) fn of_alerts(done: usize, all: usize) -> PlanProgress {
        PlanProgress {
            done,
            all,
            under_way: Vec::new(),
            are_alerts: true,
        }
    }
}

impl fmt::Display for PlanProgress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.done, self.all) {
            (done, all) if self.are_alerts => write!(f, "{done} of {all} alerts were delivered"),
            (1, 1) => f.write_str("the one change was made"),
            (done, all) if done == all => write!(f, "all {all} changes were made"),
            (done, all) => write!(f, "{done} of {all} changes were made"),
        }
    }
}
