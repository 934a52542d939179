//! One text to one phone: what the relay logs of it, and what the carrier answered.

use std::fmt;

use serde::{Deserialize, Serialize};

/// One text to one phone, as SNS took it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct SentText {
    /// The phone, masked unless asked for.
    pub phone: String,
    /// The id that SNS gave the text.
    pub message_id: String,
    /// What the carrier answered, where SNS logs that and did so already. The relay never knows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub carrier: Option<CarrierAnswer>,
}

/// What a carrier answered for one text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct CarrierAnswer {
    /// Whether it took the text.
    pub accepted: bool,
    /// Its own words, such as "Phone is currently unreachable/unavailable".
    pub words: String,
}

impl SentText {
    /// Returns whether the carrier answered that it did not take the text.
    pub fn is_refused(&self) -> bool {
        self.carrier.as_ref().is_some_and(|answer| !answer.accepted)
    }
}

impl CarrierAnswer {
    /// Returns what a person can do about a refusal, where the words tell (SNS developer guide, "Viewing SMS delivery statistics").
    pub fn remedy(&self) -> Option<&'static str> {
        let says = |part: &str| !self.accepted && self.words.to_ascii_lowercase().contains(part);
        if says("opted out") {
            Some("with the owner's consent: ddalert subscribe-sms +NUMBER --opt-in")
        } else if says("max price") {
            Some(
                "ask for a higher spend limit in the console of Service Quotas (AWS End User Messaging SMS)",
            )
        } else if says("spam") || says("blocked") {
            Some(
                "send from a number that is registered in the phone's country: console of AWS End User Messaging, Phone numbers",
            )
        } else {
            None
        }
    }
}

impl fmt::Display for SentText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "text {} to {}", self.message_id, self.phone)?;
        match &self.carrier {
            Some(answer) if answer.accepted => write!(f, ": {answer}"),
            Some(answer) => write!(f, ", which was not delivered: {answer}"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for CarrierAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words)?;
        if let Some(remedy) = self.remedy() {
            write!(f, " ({remedy})")?;
        }
        Ok(())
    }
}
