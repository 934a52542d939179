//! What invokes the function of a relay.

use serde::Serialize;

/// What invokes the function of a relay.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Trigger {
    /// The topic, directly.
    Sns,
    /// The buffer, a queue that the topic delivers to.
    Sqs,
}

impl Trigger {
    /// Every trigger, the default first.
    pub const ALL: [Trigger; 2] = [Trigger::Sns, Trigger::Sqs];

    /// Returns its name on the command line: the service that invokes the function.
    pub fn name(self) -> &'static str {
        match self {
            Trigger::Sns => "sns",
            Trigger::Sqs => "sqs",
        }
    }

    /// Returns what it is, for the help.
    pub fn help(self) -> &'static str {
        match self {
            Trigger::Sns => "the topic invokes the function for each alert",
            Trigger::Sqs => {
                "a queue between topic and function collects alerts and keeps them while the room is down"
            }
        }
    }

    /// Returns the trigger with this name.
    pub fn from_name(name: &str) -> Option<Trigger> {
        Trigger::ALL
            .into_iter()
            .find(|trigger| trigger.name() == name)
    }
}
