//! Making a message fit a room: the most that fits is sent, in steps from everything to the headline alone.

use serde_json::Value;

use crate::alert::{Fact, Report, cut};

/// How much of a report is kept. Lengths are in UTF-16 units.
struct Abridgement {
    /// Of the headline, the title and the note: three names of 128 characters fit into the shortest.
    said: usize,
    facts: usize,
    value: usize,
    raw: usize,
    links: bool,
}

/// From all that a room could want to what fits any: the last step is the headline with a shortened lead,
/// and a headline of any length is cut there: an audit's or a stranger's words have none.
const ABRIDGEMENTS: &[Abridgement] = &[
    Abridgement {
        said: usize::MAX,
        facts: 40,
        value: 1000,
        raw: 3000,
        links: true,
    },
    Abridgement {
        said: usize::MAX,
        facts: 25,
        value: 300,
        raw: 1000,
        links: true,
    },
    Abridgement {
        said: usize::MAX,
        facts: 16,
        value: 128,
        raw: 300,
        links: true,
    },
    Abridgement {
        said: usize::MAX,
        facts: 10,
        value: 64,
        raw: 0,
        links: true,
    },
    Abridgement {
        said: 600,
        facts: 0,
        value: 128,
        raw: 0,
        links: false,
    },
];

/// Returns the fullest body that `fits`; the last one where even that does not.
pub(super) fn fullest(
    report: &Report,
    body: impl Fn(&Report) -> Value,
    fits: fn(&Value) -> bool,
) -> Value {
    let mut last = Value::Null;
    for step in ABRIDGEMENTS {
        last = body(&abridged(report, step));
        if fits(&last) {
            break;
        }
    }
    last
}

fn abridged(report: &Report, step: &Abridgement) -> Report {
    let mut short = report.clone();
    short.headline = cut(&short.headline, step.said);
    short.title = cut(&short.title, step.said);
    short.note = short.note.map(|note| cut(&note, step.said));
    short.lead = short.lead.map(|lead| cut(&lead, step.value));
    let left_out = short.facts.len().saturating_sub(step.facts);
    short.facts.truncate(step.facts);
    for fact in &mut short.facts {
        fact.label = cut(&fact.label, step.value.min(64));
        fact.value = cut(&fact.value, step.value);
    }
    if left_out > 0 && step.facts > 0 {
        short.facts.push(Fact {
            label: "Left out".to_owned(),
            value: format!("{left_out} more, for want of room"),
        });
    }
    short.raw = short
        .raw
        .filter(|_| step.raw > 0)
        .map(|raw| cut(&raw, step.raw));
    if !step.links {
        short.links.clear();
    }
    short
}

/// Returns how many bytes a body has on the wire.
pub(super) fn bytes(body: &Value) -> usize {
    body.to_string().len()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::alert::{Alert, Origin};

    #[test]
    fn a_headline_without_end_is_cut_at_last() {
        let message =
            json!({ "auditDetails": null, "taskStatus": "<https://x.example|x>".repeat(400) })
                .to_string();
        let report = Alert::parse(&message, Origin::default()).report();
        let headline = |body: &Value| body.as_str().unwrap_or_default().encode_utf16().count();
        assert!(headline(&json!(report.headline)) > 5000);
        let said = fullest(
            &report,
            |report| json!(report.headline),
            |body| bytes(body) < 4000,
        );
        assert_eq!(headline(&said), 600);
    }

    #[test]
    fn what_does_not_fit_is_left_out_step_by_step_and_said_so() {
        let message: serde_json::Map<String, Value> = (0..20)
            .map(|i| (format!("k{i}"), json!("x".repeat(500))))
            .collect();
        let report = Alert::parse(&Value::from(message).to_string(), Origin::default()).report();
        let body = |report: &Report| {
            json!(
                report
                    .facts
                    .iter()
                    .map(|fact| format!("{}: {}", fact.label, fact.value))
                    .collect::<Vec<_>>()
            )
        };
        let most = |fits: fn(&Value) -> bool| {
            fullest(&report, body, fits)
                .as_array()
                .cloned()
                .unwrap_or_default()
        };

        assert!(
            most(|_| true)[0]
                .as_str()
                .is_some_and(|fact| fact == format!("k0: {}", "x".repeat(500)))
        );
        let some = most(|body| bytes(body) < 4000);
        assert_eq!(
            (some.len(), &some[16]),
            (17, &json!("Left out: 4 more, for want of room"))
        );
        assert!(
            some[0].as_str().is_some_and(|fact| fact.ends_with("x…")),
            "{:?}",
            some[0]
        );
        assert!(
            most(|_| false).is_empty(),
            "the last step is taken even where it does not fit"
        );
    }
}
