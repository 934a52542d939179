//! What `subscribe-sms` answers: what was changed, and what each kind of alert costs from now on.

use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::PhonesChange;
use crate::alert::{Alert, Origin, SAMPLES};
use crate::cli::change_report::ChangeReport;
use crate::destination::sms::{SmsCost, SmsLength, cost};

/// What `subscribe-sms` answers.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Subscribed {
    /// The phones it is about.
    pub(crate) phones: Vec<String>,
    /// Whether a relay texts them.
    pub(crate) readable: bool,
    #[serde(flatten)]
    pub(crate) changed: ChangeReport<PhonesChange>,
    /// What an alert of each kind costs.
    pub(crate) costs: Vec<SmsCost>,
}

/// What `subscribe-sms --list` answers.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Listing {
    /// The ARN of the topic.
    pub(crate) topic: String,
    /// The phones that the relay texts.
    pub(crate) readable: Vec<String>,
    /// The phones that are subscribed as they are.
    pub(crate) raw: Vec<String>,
}

/// Returns what the samples cost, the kinds of Device Defender in one row each.
pub(crate) fn costs() -> Vec<SmsCost> {
    let mut costs: Vec<SmsCost> = Vec::new();
    for sample in SAMPLES {
        // Device Defender publishes without spaces.
        let compact = serde_json::from_str::<Value>(sample.json)
            .map_or_else(|_| sample.json.to_owned(), |json| json.to_string());
        let cost = cost(&Alert::parse(&compact, Origin::default()), "");
        if !costs.iter().any(|known| known.kind == cost.kind) {
            costs.push(cost);
        }
    }
    costs
}

impl fmt::Display for Subscribed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.changed)?;
        if self.costs.is_empty() {
            return Ok(());
        }
        writeln!(
            f,
            "\n\n{:<24} {:<12} readable (--readable)",
            "Parts billed per alert", "raw JSON"
        )?;
        let lines = self.costs.iter().map(|cost| {
            format!(
                "{:<24} {:<12} {}",
                cost.kind,
                parts(cost.raw),
                parts(cost.readable)
            )
        });
        f.write_str(&lines.collect::<Vec<_>>().join("\n"))?;
        if !self.readable {
            f.write_str(
                "\nAn audit of about 8 checks or more is too long to be delivered as raw JSON.",
            )?;
        }
        Ok(())
    }
}

fn parts(delivery: SmsLength) -> String {
    match delivery {
        SmsLength::Parts(parts) => parts.to_string(),
        SmsLength::TooLong { .. } => "never arrives".to_owned(),
    }
}

impl fmt::Display for Listing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rows = self
            .readable
            .iter()
            .map(|phone| format!("{phone} readable"));
        let rows: Vec<String> = rows
            .chain(self.raw.iter().map(|phone| format!("{phone} raw")))
            .collect();
        if rows.is_empty() {
            f.write_str("No phone gets the alerts of this topic.")
        } else {
            f.write_str(&rows.join("\n"))
        }
    }
}
