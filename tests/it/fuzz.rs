//! Whatever somebody writes, no parser panics: the inputs in `tests/corpus/`, and random changes of them.
//!
//! `DDALERT_FUZZ_CASES=100000 cargo test --test it fuzz` tries more changes, `DDALERT_FUZZ_SEED` others. An input that was found to
//! break something is kept in the corpus.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use ddalert::alert::{Alert, Digest, Origin, group};
use ddalert::arn::{Arn, TopicArn};
use ddalert::aws::elf;
use ddalert::aws::package::package;
use ddalert::chain::filter::FilterPolicy;
use ddalert::contract::envelope;
use ddalert::contract::failure_record::FailedMessage;
use ddalert::destination::sms::{self, PhoneNumber};
use ddalert::destination::{AllowedHost, DESTINATIONS, Message, Redaction, WebhookSecret};

/// How many changed inputs are tried for each subject, unless the variable says otherwise.
const CASES: usize = 300;

/// Returns the inputs of a subject, by name.
fn corpus(subject: &str) -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/corpus")
        .join(subject);
    let entries = std::fs::read_dir(&folder).expect("a folder of the corpus");
    let mut inputs: Vec<(String, Vec<u8>)> = entries
        .map(|entry| {
            let path = entry.expect("an entry").path();
            let name = path
                .file_name()
                .expect("a name")
                .to_string_lossy()
                .into_owned();
            (name, std::fs::read(&path).expect("an input"))
        })
        .collect();
    inputs.sort();
    assert!(inputs.len() >= 4, "{subject}");
    inputs
}

fn number(variable: &str, otherwise: usize) -> usize {
    std::env::var(variable).map_or(otherwise, |text| text.parse().expect("a number"))
}

/// Calls `check` with each input of the corpus, and with inputs that differ from them by a few bytes.
fn fuzz(subject: &str, cases: usize, check: impl Fn(&[u8])) {
    let corpus = corpus(subject);
    for (_, input) in &corpus {
        check(input);
    }
    let mut seed = number("DDALERT_FUZZ_SEED", 1) as u64;
    let mut below = |number: usize| {
        // SplitMix64.
        seed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = seed;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % number.max(1) as u64).expect("small")
    };
    const PIECES: &[&[u8]] = &[
        b"\"",
        b"\\",
        b"\\ud83d",
        b"{",
        b"}",
        b"[",
        b"]",
        b":",
        b",",
        b"/",
        b"@",
        b"%",
        b"#",
        b"-",
        b"+",
        b"0",
        b"\n",
        b"\x1b",
        b"\xef\xbb\xbf",
        b"\xe2\x80\x8b",
        b"\xff",
        b"\xf0\x9f\x98\x80",
        b"null",
        b"1e999",
        b"18446744073709551616",
        b"arn:aws:",
        b"",
    ];
    for _ in 0..cases {
        let (_, input) = &corpus[below(corpus.len())];
        let mut changed = input.clone();
        for _ in 0..=below(4) {
            let at = below(changed.len() + 1);
            match below(5) {
                0 => changed.truncate(at),
                1 if at < changed.len() => changed[at] = u8::try_from(below(256)).expect("a byte"),
                2 => {
                    let (_, other) = &corpus[below(corpus.len())];
                    changed.extend_from_slice(&other[below(other.len() + 1)..]);
                }
                _ => {
                    let piece = PIECES[below(PIECES.len())];
                    let end = (at + below(3)).min(changed.len());
                    changed.splice(at..end, piece.iter().copied());
                }
            }
        }
        changed.truncate(64 * 1024);
        check(&changed);
    }
}

/// As [`fuzz`], with text.
fn fuzz_text(subject: &str, check: impl Fn(&str)) {
    let cases = number("DDALERT_FUZZ_CASES", CASES);
    fuzz(subject, cases, |input| {
        check(&String::from_utf8_lossy(input))
    });
}

fn origin() -> Origin {
    Origin {
        topic: "arn:aws:sns:eu-west-1:123456789012:T".parse().ok(),
        message_id: Some("m-1".to_owned()),
        ..Origin::default()
    }
}

#[test]
fn any_alert_is_rendered_for_every_destination() {
    let secret = WebhookSecret::from_url(
        "https://hooks.example.com/x?routing_key=0123456789abcdef0123456789abcdef",
    )
    .expect("a URL");
    fuzz_text("alerts", |text| {
        let alert = Alert::parse(text, origin());
        for destination in DESTINATIONS {
            let request = (destination.request)(&secret, &Message::Alert(&alert));
            assert!(
                (destination.fits)(&request.body),
                "{}: {text:?}",
                destination.name
            );
        }
        assert!(!sms::render(&alert).is_empty(), "{text:?}");
    });
}

/// Whatever alerts come in one batch, each is in exactly one message, and every digest is rendered for every destination.
#[test]
fn any_batch_is_grouped_and_its_digests_are_rendered() {
    let secret = WebhookSecret::from_url(
        "https://hooks.example.com/x?routing_key=0123456789abcdef0123456789abcdef",
    )
    .expect("a URL");
    let others: Vec<Alert> = corpus("alerts")
        .into_iter()
        .map(|(_, input)| Alert::parse(&String::from_utf8_lossy(&input), origin()))
        .collect();
    fuzz_text("alerts", |text| {
        let alert = Alert::parse(text, origin());
        // The alert on three things, among the others.
        let things = ["thing-1", "\u{202e}<b>", ""].map(|thing| {
            let other = text.replace("myIoTDevice", thing);
            Alert::parse(&other, origin())
        });
        let batch: Vec<&Alert> = things.iter().chain(&others).chain([&alert]).collect();
        let messages = group(batch.iter().copied().enumerate(), 1, |_| true);
        let mut places: Vec<usize> = messages.iter().flatten().map(|(place, _)| *place).collect();
        places.sort_unstable();
        assert_eq!(places, (0..batch.len()).collect::<Vec<_>>(), "{text:?}");
        for message in messages {
            let alerts = message.into_iter().map(|(_, alert)| alert).collect();
            let Some(digest) = Digest::of(alerts) else {
                continue;
            };
            for destination in DESTINATIONS {
                let request = (destination.request)(&secret, &Message::Digest(&digest));
                let fits = (destination.fits)(&request.body);
                assert!(fits, "{}: {text:?}", destination.name);
            }
            assert!(!sms::render_digest(&digest).is_empty(), "{text:?}");
        }
    });
}

/// Broken characters never make the end of an alarm a new one.
#[test]
fn the_end_of_an_alarm_never_opens_an_incident() {
    let secret = WebhookSecret::from_url(
        "https://hooks.example.com/x?routing_key=0123456789abcdef0123456789abcdef",
    )
    .expect("a URL");
    let pagerduty = DESTINATIONS
        .iter()
        .find(|destination| destination.name == "pagerduty")
        .expect("a row");
    let mut ended = 0;
    for (name, input) in corpus("alerts") {
        let text = String::from_utf8_lossy(&input);
        if !text.contains("alarm-cleared") && !text.contains("alarm-invalidated") {
            continue;
        }
        ended += 1;
        let alert = Alert::parse(&text, origin());
        let body = (pagerduty.request)(&secret, &Message::Alert(&alert)).body;
        assert_eq!(body["event_action"], "resolve", "{name}");
    }
    assert!(ended >= 6, "{ended}");
}

#[test]
fn any_name_of_a_resource_is_parsed_or_refused() {
    fuzz_text("arns", |text| {
        if let Ok(arn) = text.parse::<Arn>() {
            assert_eq!(arn.to_string().parse::<Arn>().ok(), Some(arn), "{text:?}");
        }
        if let Ok(arn) = text.parse::<TopicArn>() {
            assert_eq!(
                arn.to_string().parse::<TopicArn>().ok(),
                Some(arn),
                "{text:?}"
            );
        }
    });
}

#[test]
fn any_webhook_url_is_taken_as_it_is_or_refused_without_being_repeated() {
    fuzz_text("urls", |text| {
        for destination in DESTINATIONS {
            match (destination.parse)(text) {
                Ok(secret) => {
                    let stored = WebhookSecret::from_stored(&secret.to_stored());
                    assert_eq!(stored.as_ref(), Ok(&secret), "{text:?}");
                    let _ = secret.check_host(destination, &[]);
                    let shown = Redaction::of(&secret).apply(format!("at {}!", secret.url()));
                    assert!(!shown.contains(secret.url().as_str()), "{shown}");
                }
                Err(error) => {
                    let error = error.to_string();
                    assert!(text.len() < 12 || !error.contains(text.trim()), "{error}");
                }
            }
        }
        let _ = WebhookSecret::from_stored(text);
        let _ = text.parse::<AllowedHost>();
        let mut redaction = Redaction::default();
        redaction.hide(text);
        if text.trim().len() >= 4 {
            assert!(
                !redaction
                    .apply(format!("[{}]", text.trim()))
                    .contains(text.trim()),
                "{text:?}"
            );
        }
    });
}

#[test]
fn any_phone_number_is_parsed_or_refused() {
    fuzz_text("phones", |text| {
        if let Ok(phone) = text.parse::<PhoneNumber>() {
            assert!(!phone.masked().contains(phone.as_str()), "{text:?}");
        }
        let _ = sms::masked(text);
    });
}

#[test]
fn any_filter_policy_is_parsed_or_refused() {
    let alerts = corpus("alerts");
    fuzz_text("filters", |text| {
        if let Ok(policy) = FilterPolicy::parse(text) {
            for (_, alert) in &alerts {
                let _ = policy.matches_with_attributes(&String::from_utf8_lossy(alert), &[]);
            }
            let _ = policy.dropped_kinds();
        }
    });
}

#[test]
fn any_message_of_a_failure_queue_is_read_or_left_alone() {
    fuzz_text("records", |text| {
        if let Some(failed) = FailedMessage::read(text, &BTreeMap::new()) {
            let _ = (failed.ids(), failed.published(), failed.keys());
            assert!(!failed.why.contains(char::is_control), "{text:?}");
            let event = failed
                .event_without(&BTreeSet::new())
                .expect("nothing has arrived");
            let again: Vec<String> = envelope::alerts(&event)
                .into_iter()
                .map(|alert| alert.raw)
                .collect();
            let alerts: Vec<String> = failed.alerts.into_iter().map(|alert| alert.raw).collect();
            assert_eq!(
                again, alerts,
                "the relay gets what the queue holds: {text:?}"
            );
        }
        let event = serde_json::from_str(text).unwrap_or_default();
        assert!(!envelope::alerts(&event).is_empty());
    });
}

#[test]
fn any_program_is_packed_or_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("relay");
    let cases = number("DDALERT_FUZZ_CASES", CASES);
    fuzz("elf", cases, |input| {
        let _ = elf::read(input);
        std::fs::write(&path, input).expect("written");
        let _ = package(&path);
    });
}
