//! Making a message fit a room: the most that fits is sent, in steps from everything to the headline alone.

use serde_json::Value;

use crate::domain::alert::{Report, cut};

/// How much of a report is kept. Lengths are in UTF-16 units.
struct Step {
    facts: usize,
    value: usize,
    raw: usize,
    links: bool,
}

/// From all that a room could want to what fits any: the last step is the headline with a shortened lead.
const STEPS: &[Step] = &[
    Step { facts: 40, value: 1000, raw: 3000, links: true },
    Step { facts: 25, value: 300, raw: 1000, links: true },
    Step { facts: 16, value: 128, raw: 300, links: true },
    Step { facts: 10, value: 64, raw: 0, links: true },
    Step { facts: 0, value: 128, raw: 0, links: false },
];

/// Returns the fullest body that `fits`; the last one where even that does not.
pub(super) fn fullest(report: &Report, body: impl Fn(&Report) -> Value, fits: fn(&Value) -> bool) -> Value {
    let mut bodies = STEPS.iter().map(|step| body(&abridged(report, step)));
    let mut last = Value::Null;
    bodies
        .find_map(|body| {
            if fits(&body) {
                return Some(body);
            }
            last = body;
            None
        })
        .unwrap_or(last)
}

fn abridged(report: &Report, step: &Step) -> Report {
    let mut short = report.clone();
    short.lead = short.lead.map(|lead| cut(&lead, step.value));
    short.facts.truncate(step.facts);
    for fact in &mut short.facts {
        fact.label = cut(&fact.label, step.value.min(64));
        fact.value = cut(&fact.value, step.value);
    }
    short.raw = short.raw.filter(|_| step.raw > 0).map(|raw| cut(&raw, step.raw));
    if !step.links {
        short.links.clear();
    }
    short
}

/// Returns how many bytes a body has on the wire.
pub(super) fn bytes(body: &Value) -> usize {
    body.to_string().len()
}
