//! Many alerts, hostile rooms and hostile secret stores, under a Lambda that retries as the real one does: nothing is lost in silence,
//! nothing that was accepted is posted again, and no alert keeps another from being delivered.
//!
//! A run is decided by its seed alone. `cargo test` takes a few hundred alerts; `DDALERT_STORM_ALERTS=10000` takes as many, and
//! `DDALERT_STORM_SEED` another run.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::faulty_room::{ConnectionFault, Fault, FaultyRoom, Post};
use super::lambda::{Report, Sandbox, TOKEN, record};
use super::server::{Reply, Server, status};

/// What a relay may use: Lambda gives it 128 MB, of which the operating system takes a part.
const MEMORY: u64 = 100 * 1024 * 1024;

/// How often Lambda runs the relay for an event at most.
const TRIES: usize = 3;

/// A generator of numbers that gives the same ones for the same seed (SplitMix64).
#[derive(Clone)]
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, number: usize) -> usize {
        usize::try_from(self.next() % number as u64).expect("small")
    }

    fn choose<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len())]
    }
}

/// What the room does with one message, attempt by attempt; the last stands for all that follow.
type Fate = Vec<Fault>;

/// Returns what passes: the room takes the message at a later attempt.
fn passing(numbers: &mut Numbers) -> Fault {
    let with_body = |status, body: &str| Fault::status(status, body);
    match numbers.below(12) {
        0 => Fault::retry_after("1"),
        1 => Fault::retry_after("0"),
        2 => Fault::retry_after("Fri, 06 Nov 2020 08:49:37 GMT"),
        3 => Fault::retry_after("soon"),
        4 => with_body(
            429,
            r#"{"ok":false,"error":"ratelimited","retry_after":0.2}"#,
        ),
        5 => with_body(500, "rollup_error"),
        6 => Fault::CutBody(503, "unavail".to_owned()),
        7 => Fault::ResetRead,
        8 => Fault::NotHttp,
        9 => Fault::StallBody(502, String::new()),
        10 => Fault::EndlessBody(500),
        _ => Fault::AnswerAndClose(504, String::new()),
    }
}

fn fate(numbers: &mut Numbers) -> Fate {
    let ok = || Fault::status(200, "ok");
    match numbers.below(20) {
        0..=2 => {
            let mut fate: Fate = (0..=numbers.below(2)).map(|_| passing(numbers)).collect();
            fate.push(ok());
            fate
        }
        3 => vec![Fault::status(
            *numbers.choose(&[400, 401, 403, 404, 410, 413, 301, 308]),
            "no",
        )],
        4 => vec![Fault::status(
            200,
            r#"{"ok":false,"error":"invalid_blocks"}"#,
        )],
        5 => vec![Fault::retry_after(
            numbers.choose::<&str>(&["3600", "99999999999999999999"]),
        )],
        6 => vec![numbers.choose(&[Fault::Stall, Fault::TrickleHead]).clone()],
        7 => vec![Fault::CutBody(200, "o".to_owned())],
        8 => vec![
            numbers
                .choose(&[
                    Fault::StallBody(200, "ok".to_owned()),
                    Fault::TrickleBody(200, "{\"ok\":false}".to_owned()),
                    Fault::EndlessBody(200),
                ])
                .clone(),
        ],
        9 => vec![Fault::AnswerAndClose(200, "ok".to_owned())],
        _ => vec![ok()],
    }
}

/// An event, and the mark of each of its messages.
struct Event {
    text: String,
    marks: Vec<String>,
}

/// Makes an event of `count` messages in one of the shapes that a function can be handed.
fn event(numbers: &mut Numbers, round: usize, first: usize, count: usize) -> Event {
    let marks: Vec<String> = (first..first + count)
        .map(|n| format!("mark{round}x{n}end"))
        .collect();
    let sizes = match numbers.below(12) {
        // Four messages of 256 KB are an event of 1 MB.
        0 if count <= 4 => 250 * 1024,
        1 => 4000,
        _ => 0,
    };
    let records = marks.iter().enumerate().map(|(n, mark)| {
        let padding = "p".repeat(sizes);
        let message = match numbers.below(7) {
            0 => format!("disk full on {mark} {padding}"),
            1 => json!({ "thingName": mark, "violationEventType": "alarm-cleared", "violationId": mark, "x": padding }).to_string(),
            2 => json!({ "auditDetails": "odd", "taskId": {}, "scheduledAuditName": mark }).to_string(),
            3 => format!(r#"{{"thingName":"{mark}","violationEventType":"in-alarm","x":"\ud83d{padding}"}}"#),
            4 => json!([mark, { "deep": padding }]).to_string(),
            5 => format!("\u{feff}{{\"alarm\":\"{mark}\",\"cut\":\"{padding}"),
            _ => json!({
                "violationEventType": "in-alarm", "thingName": mark, "securityProfileName": "p", "behavior": { "name": "b" },
                "metricValue": { "count": 5 }, "x": padding,
            })
            .to_string(),
        };
        let id = format!("m-{round}-{}", first + n);
        let sns = record(&id, &message);
        match numbers.below(8) {
            0 => json!({ "messageId": format!("q-{id}"), "eventSource": "aws:sqs", "body": sns["Sns"].to_string() }),
            1 => json!({ "messageId": id, "eventSource": "aws:sqs", "body": message }),
            2 => json!({ "Sns": { "MessageId": id, "Message": message } }),
            3 => json!({ "body": json!({ "requestPayload": { "Records": [sns] } }).to_string() }),
            _ => sns,
        }
    });
    let records: Vec<Value> = records.collect();
    let mut text = json!({ "Records": records }).to_string();
    if numbers.below(6) == 0 {
        // Half of a surrogate pair in the event itself, beside the messages.
        text = text.replacen(r#""Records""#, r#""half":"\ud83d","Records""#, 1);
    }
    if numbers.below(8) == 0 {
        text.insert(0, '\u{feff}');
    }
    Event { text, marks }
}

/// Returns the mark in a post's body.
fn mark(body: &str) -> Option<String> {
    let start = body.find("mark")?;
    let end = body[start..].find("end")?;
    Some(body[start..start + end + 3].to_owned())
}

/// How the relay gets the webhook's URL.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Store {
    Environment,
    /// Secrets Manager; the calls that come first are answered with these faults.
    SecretsManager(&'static [SecretFault]),
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum SecretFault {
    Missing,
    Denied,
    Throttled,
    NotJson,
    NoSecret,
    NotAUrl,
    Cut,
    /// The URL from before a rotation: the room does not know it any more.
    Outdated,
    None,
}

fn secret_reply(fault: SecretFault, url: &str) -> Reply {
    let refused = |code: &str| status(400, &json!({ "__type": code, "message": "no" }).to_string());
    let secret = |text: &str| status(200, &json!({ "SecretString": text }).to_string());
    match fault {
        SecretFault::Missing => refused("ResourceNotFoundException"),
        SecretFault::Denied => refused("AccessDeniedException"),
        SecretFault::Throttled => refused("ThrottlingException"),
        SecretFault::NotJson => status(200, "<html>proxy</html>"),
        SecretFault::NoSecret => status(200, "{}"),
        SecretFault::NotAUrl => secret("https://a.example/\nhttps://b.example/"),
        SecretFault::Cut => Reply::Drop,
        SecretFault::Outdated => secret(&url.replace("/services/", "/outdated/")),
        SecretFault::None => secret(url),
    }
}

const STORES: &[Store] = &[
    Store::Environment,
    Store::SecretsManager(&[SecretFault::None]),
    Store::SecretsManager(&[SecretFault::Throttled, SecretFault::Cut, SecretFault::None]),
    Store::SecretsManager(&[SecretFault::Outdated, SecretFault::None]),
    Store::SecretsManager(&[SecretFault::Missing, SecretFault::Denied, SecretFault::None]),
    Store::SecretsManager(&[
        SecretFault::NotJson,
        SecretFault::NoSecret,
        SecretFault::NotAUrl,
        SecretFault::None,
    ]),
    Store::SecretsManager(&[SecretFault::Denied]),
];

/// What a round came to.
#[derive(Debug, Default)]
struct Count {
    alerts: usize,
    accepted: usize,
    kept: usize,
    posts: usize,
    memory: u64,
}

/// Runs one relay with one room through some events, as Lambda does, and checks what became of each message.
async fn round(seed: u64, number: usize, sizes: &[usize], limit: Duration) -> Count {
    let mut numbers = Numbers(seed ^ (number as u64) << 32);
    let target = *numbers.choose(&["slack", "slack", "webhook", "discord", "teams"]);
    let body_decides = target == "slack";
    let store = STORES[number % STORES.len()];
    let breaks_connections = numbers.below(3) == 0;
    let context = format!(
        "seed {seed}, round {number}: {target}, {store:?}, connections break: {breaks_connections}"
    );

    let fates = Arc::new(Mutex::new((
        numbers.clone(),
        BTreeMap::<String, (Fate, usize)>::new(),
    )));
    let of_room = Arc::clone(&fates);
    let connections = numbers.clone();
    let room = FaultyRoom::start_with(
        move |_, body| {
            let mark = mark(body).expect("a mark in every post");
            let (numbers, fates) = &mut *of_room.lock().expect("not poisoned");
            let (fate, attempts) = fates.entry(mark).or_insert_with(|| (fate(numbers), 0));
            let fault = fate[(*attempts).min(fate.len() - 1)].clone();
            *attempts += 1;
            fault
        },
        move |connection| match connections.clone().0.wrapping_add(connection as u64) % 9 {
            0 if breaks_connections => ConnectionFault::ResetUnread,
            1..=3 if breaks_connections => ConnectionFault::CloseAfter(1 + connection % 3),
            _ => ConnectionFault::None,
        },
    )
    .await;
    let url = format!("http://{}/services/T0/B0/{TOKEN}", room.address);
    let secrets = Server::start(None, {
        let url = url.clone();
        let faults = match store {
            Store::SecretsManager(faults) => faults,
            Store::Environment => &[SecretFault::None],
        };
        move |index, _| std::future::ready(secret_reply(faults[index.min(faults.len() - 1)], &url))
    })
    .await;
    let endpoint = secrets.url("");
    let arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:ddalert-a1";
    let secret = match store {
        Store::Environment => ("DDALERT_WEBHOOK_URL", url.as_str()),
        Store::SecretsManager(_) => ("DDALERT_WEBHOOK_SECRET", arn),
    };
    let environment = [
        ("DDALERT_TARGET", target),
        secret,
        ("AWS_ENDPOINT_URL", endpoint.as_str()),
        ("AWS_LAMBDA_LOG_LEVEL", "DEBUG"),
    ];
    let mut sandbox = Sandbox::start(&environment).await;

    let mut count = Count::default();
    let mut kept = Vec::new();
    let mut first = 0;
    for size in sizes {
        let event = event(&mut numbers, number, first, *size);
        first += event.marks.len();
        count.alerts += event.marks.len();
        let mut is_kept = true;
        for attempt in 0..TRIES {
            let start = Instant::now();
            let report = sandbox.invoke_text(event.text.clone(), limit).await;
            let took = start.elapsed();
            assert!(
                took < limit,
                "over Lambda's time, {took:?} of {limit:?}: {context}"
            );
            let accepted = accepted(&room.posts(), body_decides);
            if report == Report::Done {
                let lost = event
                    .marks
                    .iter()
                    .find(|mark| !accepted.contains_key(*mark));
                assert_eq!(lost, None, "lost in silence: {context}");
                is_kept = false;
                break;
            }
            if attempt == 0 && store == Store::Environment && !breaks_connections && *size <= 16 {
                let (_, fates) = &*fates.lock().expect("not poisoned");
                for mark in &event.marks {
                    let tries = fates.get(mark);
                    let is_good = tries.is_none_or(|(fate, _)| fate[0].accepts(body_decides));
                    assert!(
                        !is_good || accepted.contains_key(mark),
                        "{mark} was kept from being delivered: {context}"
                    );
                }
            }
        }
        if is_kept {
            kept.extend(event.marks);
        }
    }
    let posts = room.posts();
    let accepted = accepted(&posts, body_decides);
    count.posts = posts.len();
    count.accepted = accepted.len();
    count.kept = kept
        .iter()
        .filter(|mark| !accepted.contains_key(*mark))
        .count();
    count.memory = sandbox.peak_memory();
    assert!(
        count.memory < MEMORY,
        "{} MB: {context}",
        count.memory >> 20
    );
    assert_eq!(count.accepted + count.kept, count.alerts, "{context}");

    // A message that was accepted is posted again only where the relay could not know it: its answer came too late.
    let output = sandbox.stop().await;
    assert_eq!(output.stderr, "", "{context}");
    let unanswered = |mark: &str| {
        let id = mark
            .replace("mark", "m-")
            .replace('x', "-")
            .replace("end", "");
        let lines = output.lines("not_yet");
        let late = lines.iter().filter(|line| {
            line["sns_message_id"] == id.as_str()
                && line["reason"].to_string().contains("no response within")
        });
        late.count()
    };
    for (mark, times) in &accepted {
        if *times > 1 {
            assert!(
                *times <= 1 + unanswered(mark),
                "{mark} was accepted {times} times: {context}"
            );
        }
    }
    count
}

/// Returns how often each message was accepted.
fn accepted(posts: &[Post], body_decides: bool) -> BTreeMap<String, usize> {
    let mut accepted = BTreeMap::new();
    for post in posts.iter().filter(|post| post.fault.accepts(body_decides)) {
        *accepted
            .entry(mark(&post.body).expect("a mark"))
            .or_default() += 1;
    }
    accepted
}

fn number(variable: &str, otherwise: u64) -> u64 {
    std::env::var(variable).map_or(otherwise, |text| text.parse().expect("a number"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_alert_is_lost_or_doubled_whatever_the_room_and_the_store_do() {
    let seed = number("DDALERT_STORM_SEED", 20_261_125);
    let alerts = usize::try_from(number("DDALERT_STORM_ALERTS", 150)).expect("a number of alerts");
    let limit = Duration::from_secs(3);
    let mut all = Count::default();
    let mut next = 0;
    // A long run takes larger events, so that it ends within minutes.
    let sizes: &'static [usize] = match alerts {
        0..1000 => &[1, 1, 2, 4, 12, 30],
        _ => &[1, 2, 12, 60, 100, 200],
    };
    while all.alerts < alerts {
        // A few relays at a time, each with a few events.
        let rounds = (next..next + 7).map(|number| {
            let mut numbers = Numbers(seed.wrapping_add(number as u64));
            let sizes: Vec<usize> = (0..3).map(|_| *numbers.choose(sizes)).collect();
            tokio::spawn(async move { round(seed, number, &sizes, limit).await })
        });
        for round in rounds.collect::<Vec<_>>() {
            let count = round.await.expect("no panic");
            all.alerts += count.alerts;
            all.accepted += count.accepted;
            all.kept += count.kept;
            all.posts += count.posts;
            all.memory = all.memory.max(count.memory);
        }
        next += 7;
    }
    assert!(all.accepted > all.alerts / 2 && all.kept > 0, "{all:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_of_thousands_is_delivered_within_the_time_and_the_memory() {
    let records = match number("DDALERT_STORM_ALERTS", 150) {
        0..5000 => 1000,
        _ => 10_000,
    };
    let room =
        FaultyRoom::start(
            |_, body| match mark(body).is_some_and(|mark| mark.ends_with("77end")) {
                true => Fault::Stall,
                false => Fault::status(200, "ok"),
            },
        )
        .await;
    let url = format!("http://{}/{TOKEN}", room.address);
    let mut sandbox =
        Sandbox::start(&[("DDALERT_TARGET", "webhook"), ("DDALERT_WEBHOOK_URL", &url)]).await;
    let event: Vec<Value> = (0..records)
        .map(|n| record(&format!("m-0-{n}"), &format!("mark0x{n}end")))
        .collect();
    let event = json!({ "Records": event });
    let limit = Duration::from_secs(if records > 1000 { 60 } else { 20 });
    let start = Instant::now();
    sandbox.invoke_within(event.clone(), limit).await.failed();
    assert!(start.elapsed() < limit, "{:?}", start.elapsed());
    let accepted_first = accepted(&room.posts(), false);
    assert_eq!(
        accepted_first.len(),
        records - records / 100,
        "one in a hundred stalls, and only these are missing"
    );
    // Lambda hands it over again: nothing that arrived is posted again.
    sandbox
        .invoke_within(event, Duration::from_secs(6))
        .await
        .failed();
    assert!(
        accepted(&room.posts(), false)
            .values()
            .all(|times| *times == 1)
    );
    assert!(
        sandbox.peak_memory() < MEMORY,
        "{} MB",
        sandbox.peak_memory() >> 20
    );
    sandbox.stop().await;
}

#[tokio::test]
async fn an_event_without_a_record_is_a_message_itself() {
    let room = FaultyRoom::script(vec![Fault::status(200, "ok")]).await;
    let url = format!("http://{}/{TOKEN}", room.address);
    let mut sandbox =
        Sandbox::start(&[("DDALERT_TARGET", "webhook"), ("DDALERT_WEBHOOK_URL", &url)]).await;
    for (posts, text) in [
        r#"{"Records":[]}"#,
        "{}",
        "null",
        "",
        "fire",
        "\"\\ud83d\"",
        "\u{feff}[1]",
    ]
    .iter()
    .enumerate()
    {
        let report = sandbox
            .invoke_text((*text).to_owned(), Duration::from_secs(5))
            .await;
        assert_eq!(report, Report::Done, "{text:?}");
        assert_eq!(room.posts().len(), posts + 1, "{text:?}");
    }
    sandbox.stop().await;
}
