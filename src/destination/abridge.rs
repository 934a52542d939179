//! Makes a message fit a room's limits: it is shortened step by step, from everything to the headline alone, until it fits.

use serde_json::Value;

use crate::alert::{Fact, Report, truncate};

/// How much of a report is kept. Lengths are in UTF-16 code units.
struct Abridgement {
    /// The headline, the title, its parts and the note: even the smallest limit has room for three names of 128 characters.
    text: usize,
    facts: usize,
    value: usize,
    raw: usize,
    links: bool,
}

/// The steps, from the longest to the shortest. The last one keeps the headline and a short summary; it truncates the headline
/// too, because that of an audit or of an unrecognized message has no limit of its own.
const ABRIDGEMENTS: &[Abridgement] = &[
    Abridgement {
        text: usize::MAX,
        facts: 40,
        value: 1000,
        raw: 3000,
        links: true,
    },
    Abridgement {
        text: usize::MAX,
        facts: 25,
        value: 300,
        raw: 1000,
        links: true,
    },
    Abridgement {
        text: usize::MAX,
        facts: 16,
        value: 128,
        raw: 300,
        links: true,
    },
    Abridgement {
        text: usize::MAX,
        facts: 10,
        value: 64,
        raw: 0,
        links: true,
    },
    Abridgement {
        text: 600,
        facts: 0,
        value: 128,
        raw: 0,
        links: false,
    },
];

/// Returns the longest body that `fits`, or the shortest one if none does.
pub(super) fn fit_body(
    report: &Report,
    body: impl Fn(&Report) -> Value,
    fits: fn(&Value) -> bool,
) -> Value {
    let mut last = Value::Null;
    for step in ABRIDGEMENTS {
        last = body(&abridge(report, step));
        if fits(&last) {
            break;
        }
    }
    last
}

fn abridge(report: &Report, step: &Abridgement) -> Report {
    let mut short = report.clone();
    short.headline = truncate(&short.headline, step.text);
    short.title = truncate(&short.title, step.text);
    short.subject = truncate(&short.subject, step.text);
    short.reading = short.reading.map(|reading| truncate(&reading, step.text));
    short.note = short.note.map(|note| truncate(&note, step.text));
    short.summary = short.summary.map(|summary| truncate(&summary, step.value));
    let omitted = short.facts.len().saturating_sub(step.facts);
    short.facts.truncate(step.facts);
    for fact in &mut short.facts {
        fact.label = truncate(&fact.label, step.value.min(64));
        fact.value = truncate(&fact.value, step.value);
    }
    let left_out = short.things.len().saturating_sub(step.facts);
    short.things.truncate(step.facts);
    short.more_things += left_out;
    for thing in &mut short.things {
        thing.label = truncate(&thing.label, step.value);
        thing.value = truncate(&thing.value, step.value);
    }
    for identifier in &mut short.identifiers {
        identifier.value = truncate(&identifier.value, step.value);
    }
    if omitted > 0 && step.facts > 0 {
        short.facts.push(Fact {
            label: "Not shown".to_owned(),
            value: format!("{omitted} more fields, to stay within the size limit"),
        });
    }
    short.raw = short
        .raw
        .filter(|_| step.raw > 0)
        .map(|raw| truncate(&raw, step.raw));
    if !step.links {
        short.links.clear();
        short.identifiers.clear();
        short.next_step = None;
    }
    short
}

/// Returns the size of a body on the wire, in bytes.
pub(super) fn body_len(body: &Value) -> usize {
    body.to_string().len()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::alert::{Alert, Origin};

    #[test]
    fn the_last_step_truncates_the_headline() {
        let message =
            json!({ "auditDetails": null, "taskStatus": "<https://x.example|x>".repeat(400) })
                .to_string();
        let report = Alert::parse(&message, Origin::default()).report();
        let headline = |body: &Value| body.as_str().unwrap_or_default().encode_utf16().count();
        assert!(headline(&json!(report.headline)) > 5000);
        let body = fit_body(
            &report,
            |report| json!(report.headline),
            |body| body_len(body) < 4000,
        );
        assert_eq!(headline(&body), 600);
    }

    #[test]
    fn a_shortened_message_says_how_much_is_missing() {
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
        let facts = |fits: fn(&Value) -> bool| {
            fit_body(&report, body, fits)
                .as_array()
                .cloned()
                .unwrap_or_default()
        };

        assert!(
            facts(|_| true)[0]
                .as_str()
                .is_some_and(|fact| fact == format!("k0: {}", "x".repeat(500)))
        );
        let some = facts(|body| body_len(body) < 4000);
        assert_eq!(
            (some.len(), &some[16]),
            (
                17,
                &json!("Not shown: 4 more fields, to stay within the size limit")
            )
        );
        assert!(
            some[0].as_str().is_some_and(|fact| fact.ends_with("x…")),
            "{:?}",
            some[0]
        );
        assert!(
            facts(|_| false).is_empty(),
            "the last step is taken even where it does not fit"
        );
    }
}
