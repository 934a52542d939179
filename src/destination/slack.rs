//! Slack channels: Block Kit beside a color bar, with the workshop's line as the fallback text.
//!
//! Only `attachments[].color` draws a bar, so that all but the title is in an attachment. As there are `blocks` at the top, `text` is
//! shown only where they cannot be. A button with a URL is a link; Slack also tells the app about a click, and shows a warning sign
//! beside the button if the app has no address to tell it to (slackapi/node-slack-sdk#869); the page opens all the same. From
//! docs.slack.dev: the limits of the blocks and elements, the `&lt;` escaping, the rate limit of one message per second and
//! webhook, the response `ok`. The limit of a whole message is not documented; about 13,200 characters were found
//! (slackapi/bolt-js#2509).
//!
//! A Workflow Builder URL (`/triggers/`, formerly `/workflows/`) accepts neither text nor blocks, only the text variables that the
//! workflow's author defined: [`VARIABLES`].

use std::time::Duration;

use serde_json::{Map, Value, json};

use super::abridge::fit_body;
use super::color::rgb;
use super::defang::{defang, escape_to_fit};
use super::verdict::{asked_wait, by_status, reason};
use super::{
    Destination, KnownRefusal, Message, NextStep, Request, RoomResponse, Verdict, WebhookSecret,
};
use crate::alert::{Report, ReportLink, truncate};

/// The maximum length of a header block's text. All lengths are in UTF-16 code units.
const HEADER: usize = 150;
/// The maximum length of a section block's text.
const SECTION: usize = 3000;
/// The maximum length of a section block's field.
const FIELD: usize = 2000;
/// The maximum length of a fact's label in a field; the value gets the rest.
const LABEL: usize = 80;
/// The maximum number of fields of one section block.
const FIELDS: usize = 10;
/// The maximum number of elements of a context block; an actions block may have 25.
const ELEMENTS: usize = 10;
/// The maximum length of a button's text.
const BUTTON: usize = 75;
/// The maximum length of a button's URL.
const BUTTON_URL: usize = 3000;
/// The maximum number of blocks of a message.
const BLOCKS: usize = 50;
/// The maximum length of all texts of a message together.
const MESSAGE: usize = 13_000;

/// The row of Slack.
pub(super) const SLACK: Destination = Destination {
    name: "slack",
    title: "Slack",
    recipient: "Slack",
    room: "channel",
    secret: "webhook URL",
    hosts: &["hooks.slack.com", "hooks.slack-gov.com"],
    secret_hint: "In the Slack app's settings: Incoming Webhooks > Copy. For a workflow, in Workflow Builder: From a webhook > Copy link.",
    setup_steps: &[
        "Open <https://api.slack.com/apps> and choose an app of your workspace, or choose **Create New App** > **From scratch**.",
        "Open **Incoming Webhooks** and turn on **Activate Incoming Webhooks**.",
        "Choose **Add New Webhook**, choose the channel, and choose **Allow**.",
        "Choose **Copy** next to the new webhook URL.",
    ],
    notice: None,
    notes: "A message can have up to 50 blocks and 13,000 characters; a longer alert is shortened. The color of the bar shows the severity \
            or the state. The buttons open pages of AWS. Slack may show a warning sign beside a button that was clicked, because it also \
            tells the app about the click and an app for incoming webhooks does not listen; the page opens all the same.\n\nInstead of an app you can use a workflow: in Workflow Builder, start it **From a webhook** and copy its link, \
            a URL with `/triggers/`. It receives variables instead of a message, all of type text. Define those that the workflow uses: `text`, `title`, `state`, `severity`, `kind`, `thing_name`, `security_profile`, \
            `behavior_name`, `details`, `time`, `account`, `region`, `link`, `test`.",
    storm_end: None,
    supports_signing: false,
    min_interval: Duration::from_secs(1),
    // Slack, "Sending messages using incoming webhooks", "Handling errors".
    refusals: &[
        KnownRefusal {
            says: "no_service",
            cause: "no longer knows this webhook",
            step: NextStep::Rotate,
        },
        KnownRefusal {
            says: "no_active_hooks",
            cause: "no longer knows this webhook",
            step: NextStep::Rotate,
        },
        KnownRefusal {
            says: "invalid_token",
            cause: "does not accept the token in this webhook URL",
            step: NextStep::Rotate,
        },
        KnownRefusal {
            says: "no_team",
            cause: "no longer has the workspace of this webhook",
            step: NextStep::Rotate,
        },
        KnownRefusal {
            says: "team_disabled",
            cause: "has turned off the workspace of this webhook",
            step: NextStep::Ask(
                "ask an owner of the workspace to turn it on again, or use a webhook of another one",
            ),
        },
        KnownRefusal {
            says: "channel_is_archived",
            cause: "has archived the channel of this webhook",
            step: NextStep::Ask(
                "unarchive the channel in Slack, or use a webhook of another channel",
            ),
        },
        KnownRefusal {
            says: "channel_not_found",
            cause: "no longer has the channel of this webhook",
            step: NextStep::Rotate,
        },
        KnownRefusal {
            says: "action_prohibited",
            cause: "does not let this webhook post: an administrator has restricted it",
            step: NextStep::Ask(
                "ask an administrator of the workspace to let the app post to the channel",
            ),
        },
        KnownRefusal {
            says: "posting_to_general_channel_denied",
            cause: "does not let this webhook post to the general channel",
            step: NextStep::Ask(
                "ask an administrator of the workspace to allow it, or use a webhook of another channel",
            ),
        },
    ],
    parse: WebhookSecret::from_url,
    request,
    verdict,
    fits,
};

/// The variables that a workflow may define, all of type text. All of them are always sent, empty if they have no value.
const VARIABLES: &[&str] = &[
    "text",
    "title",
    "state",
    "severity",
    "kind",
    "thing_name",
    "security_profile",
    "behavior_name",
    "details",
    "time",
    "account",
    "region",
    "link",
    "test",
];

fn request(secret: &WebhookSecret, message: &Message<'_>) -> Request {
    let workflow = ["/triggers/", "/workflows/"]
        .iter()
        .any(|path| secret.url().path().starts_with(path));
    let body = match message {
        Message::Greeting(line) if workflow => flat(&[("text", text(line, SECTION))]),
        Message::Alert(alert) if workflow => {
            fit_body(&alert.report(), |report| variables(message, report), fits)
        }
        Message::Digest(digest) if workflow => {
            fit_body(&digest.report(), |report| variables(message, report), fits)
        }
        Message::Alert(alert) => fit_body(&alert.report(), body, fits),
        Message::Digest(digest) => fit_body(&digest.report(), body, fits),
        Message::Greeting(line) => json!({ "text": text(line, SECTION), "mrkdwn": false }),
    };
    Request {
        url: secret.url().clone(),
        headers: Vec::new(),
        body,
    }
}

/// Returns defanged text, with `&`, `<` and `>` escaped as Slack requires.
fn text(plain: &str, limit: usize) -> String {
    escape_to_fit(plain, limit, |plain| {
        defang(plain)
            .replace('&', "&amp;")
            .replace('<', "&lt;")
            .replace('>', "&gt;")
    })
}

/// Returns an unformatted text object, so that names with `_` and `*` are shown and copied unchanged.
fn literal(plain: &str, limit: usize) -> Value {
    json!({ "type": "plain_text", "text": text(plain, limit), "emoji": false })
}

/// Returns a fact as one field: its label in bold above its value. A text that Slack would format is shown as it is, without bold.
fn field(label: &str, value: &str) -> Value {
    let label = truncate(label, LABEL);
    if is_plain(&label) && is_plain(value) {
        let label = text(&label, LABEL);
        let value = text(value, FIELD - LABEL - 3);
        json!({ "type": "mrkdwn", "text": format!("*{label}*\n{value}"), "verbatim": true })
    } else {
        literal(&format!("{label}\n{value}"), FIELD)
    }
}

/// Returns whether Slack's markup leaves a text as it is: it has no formatting character at the edge of a word, no quote, list or
/// emoji.
fn is_plain(text: &str) -> bool {
    let chars: Vec<char> = text.chars().collect();
    let in_word = |at: Option<usize>| {
        at.and_then(|at| chars.get(at))
            .is_some_and(|c| c.is_alphanumeric() || *c == '_')
    };
    let formats = |(at, c): (usize, &char)| match c {
        '*' | '~' | '`' => true,
        '_' => !(in_word(at.checked_sub(1)) && in_word(Some(at + 1))),
        _ => false,
    };
    let starts_block = text.starts_with('>') && !text.starts_with("> ");
    !chars.iter().enumerate().any(formats) && !starts_block && !may_have_emoji(text)
}

/// Returns whether a text may have the name of an emoji between colons. No emoji has a name of two digits, so that a time has none.
fn may_have_emoji(text: &str) -> bool {
    let parts: Vec<&str> = text.split(':').collect();
    let inner = parts
        .get(1..parts.len().saturating_sub(1))
        .unwrap_or_default();
    inner.iter().any(|name| {
        let is_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '+' | '\'');
        let is_time = name.len() <= 2 && name.bytes().all(|b| b.is_ascii_digit());
        !name.is_empty() && !is_time && name.chars().all(is_name)
    })
}

fn body(report: &Report) -> Value {
    let header = json!({ "type": "header", "text": literal(&report.title, HEADER) });
    let mut blocks = Vec::new();
    let section = |text: &String| json!({ "type": "section", "text": literal(text, SECTION) });
    blocks.extend(
        [&report.summary, &report.note]
            .into_iter()
            .flatten()
            .map(section),
    );
    for facts in report.facts.chunks(FIELDS) {
        let fields: Vec<Value> = facts
            .iter()
            .map(|fact| field(&fact.label, &fact.value))
            .collect();
        blocks.push(json!({ "type": "section", "fields": fields }));
    }
    let things = report.thing_lines();
    if !things.is_empty() {
        blocks.push(section(&things.join("\n")));
    }
    blocks.extend(
        [&report.next_step, &report.raw]
            .into_iter()
            .flatten()
            .map(section),
    );
    if !report.links.is_empty() {
        let button = |link: &ReportLink| {
            json!({
                "type": "button",
                "text": { "type": "plain_text", "text": link.text, "emoji": false },
                "url": link.url,
            })
        };
        let buttons: Vec<Value> = report.links.iter().map(button).collect();
        blocks.push(json!({ "type": "actions", "elements": buttons }));
    }
    if !report.identifiers.is_empty() {
        let identifiers: Vec<String> = report
            .identifiers
            .iter()
            .map(|fact| format!("{}: {}", fact.label, fact.value))
            .collect();
        blocks.push(
            json!({ "type": "context", "elements": [literal(&identifiers.join(" · "), FIELD)] }),
        );
    }
    // Slack refuses an attachment without content.
    let attachments = match blocks.is_empty() {
        true => json!([]),
        false => json!([{ "color": format!("#{:06x}", rgb(report)), "blocks": blocks }]),
    };
    json!({
        "text": text(&report.headline, SECTION),
        "mrkdwn": false,
        "parse": "none",
        "unfurl_links": false,
        "unfurl_media": false,
        "blocks": [header],
        "attachments": attachments,
    })
}

fn variables(message: &Message<'_>, report: &Report) -> Value {
    let violation = message.violation();
    let thing = message.thing();
    let things = report.thing_lines().join("\n");
    let time = report.at.map(|at| at.to_string());
    let details = [
        &report.summary,
        &report.note,
        &Some(things).filter(|things| !things.is_empty()),
        &report.next_step,
        &report.raw,
    ];
    let details: Vec<&str> = details.into_iter().flatten().map(String::as_str).collect();
    let values = [
        ("text", Some(report.headline.as_str())),
        ("title", Some(report.title.as_str())),
        ("state", Some(report.state.as_str())),
        ("severity", Some(report.severity.as_str())),
        ("kind", Some(message.kind())),
        ("thing_name", thing.as_deref()),
        (
            "security_profile",
            violation.and_then(|violation| violation.profile.as_deref()),
        ),
        (
            "behavior_name",
            violation.and_then(|violation| violation.behavior.as_deref()),
        ),
        ("details", Some(&*details.join("\n"))),
        ("time", time.as_deref()),
        ("account", report.account.as_deref()),
        ("region", report.region.as_deref()),
        ("test", Some(if report.test { "true" } else { "false" })),
    ]
    .map(|(name, value)| (name, text(value.unwrap_or_default(), FIELD)));
    let mut values = values.to_vec();
    // Our own link, the only one that may stay active.
    values.push((
        "link",
        report
            .links
            .first()
            .map(|link| link.url.clone())
            .unwrap_or_default(),
    ));
    flat(&values)
}

fn flat(values: &[(&str, String)]) -> Value {
    let value = |name: &str| {
        values
            .iter()
            .find(|(given, _)| *given == name)
            .map(|(_, value)| value.clone())
            .unwrap_or_default()
    };
    VARIABLES
        .iter()
        .map(|name| ((*name).to_owned(), Value::String(value(name))))
        .collect::<Map<_, _>>()
        .into()
}

/// Slack decides in the body, but only a "no" that was read in full counts: a message whose status says yes and whose body is cut,
/// too slow or empty is in the channel, and posting it again would double it.
fn verdict(response: &RoomResponse) -> Verdict {
    match by_status(response) {
        Verdict::Delivered if response.is_complete => match refusal(&response.body) {
            None => Verdict::Delivered,
            Some(Refusal::Temporary) => Verdict::Retry {
                after: asked_wait(response),
                reason: reason(response),
            },
            Some(Refusal::Error) => Verdict::Refused {
                reason: reason(response),
            },
            Some(Refusal::NotAnAnswer) => Verdict::Refused {
                reason: format!(
                    "{}, but neither \"ok\" nor {{\"ok\":true}}: this is not how Slack accepts a message",
                    reason(response)
                ),
            },
        },
        verdict => verdict,
    }
}

/// What the body of a 2xx response says against the message.
enum Refusal {
    /// An error that passes: the rate limit, or a fault of the server.
    Temporary,
    /// An error.
    Error,
    /// Something that is not an answer to a message, such as the page of a proxy.
    NotAnAnswer,
}

/// An incoming webhook responds `ok`, a workflow `{"ok":true}`; servers with Slack's interface respond `{"success":true}`
/// (Rocket.Chat), `{"result":"success"}` (Zulip) or `{"status":"ok"}`.
fn refusal(body: &str) -> Option<Refusal> {
    let body = body.trim().trim_start_matches('\u{feff}');
    if body.is_empty() || body.eq_ignore_ascii_case("ok") {
        return None;
    }
    let value: Value = serde_json::from_str(body).unwrap_or_default();
    let is_yes = |value: &Value| match value {
        Value::Bool(yes) => *yes,
        Value::String(word) => ["ok", "success", "true"]
            .iter()
            .any(|yes| word.eq_ignore_ascii_case(yes)),
        _ => false,
    };
    let answer = ["ok", "success", "result", "status"]
        .iter()
        .find_map(|key| value.get(key));
    if is_yes(answer.unwrap_or(&value)) {
        return None;
    }
    let error = value.get("error").and_then(Value::as_str).unwrap_or(body);
    let passes = [
        "rate_limited",
        "ratelimited",
        "internal_error",
        "service_unavailable",
        "request_timeout",
    ];
    if passes.iter().any(|name| error.eq_ignore_ascii_case(name)) {
        return Some(Refusal::Temporary);
    }
    // Slack's own errors are one word; so is what a JSON body names.
    let is_error = value.get("error").is_some() || answer.is_some();
    Some(
        if is_error || !body.contains(|c: char| c.is_whitespace() || c == '<') {
            Refusal::Error
        } else {
            Refusal::NotAnAnswer
        },
    )
}

fn fits(body: &Value) -> bool {
    let blocks = |value: &Value| value["blocks"].as_array().cloned().unwrap_or_default();
    let mut all = blocks(body);
    all.extend(blocks(&body["attachments"][0]));
    all.len() <= BLOCKS && characters(body) <= MESSAGE && all.iter().all(block_fits)
}

fn block_fits(block: &Value) -> bool {
    let text = if block["type"] == "header" {
        HEADER
    } else {
        SECTION
    };
    let in_limit = |object: &Value, limit: usize| {
        object.is_null() || (1..=limit).contains(&characters(&object["text"]))
    };
    let list = |name: &str| {
        block[name]
            .as_array()
            .map_or(&[] as &[Value], Vec::as_slice)
    };
    let element_fits = |element: &Value| match element["type"].as_str() {
        Some("button") => {
            in_limit(&element["text"], BUTTON) && characters(&element["url"]) <= BUTTON_URL
        }
        _ => (1..=FIELD).contains(&characters(&element["text"])),
    };
    in_limit(&block["text"], text)
        && list("fields").len() <= FIELDS
        && list("fields").iter().all(|field| in_limit(field, FIELD))
        && list("elements").len() <= ELEMENTS
        && list("elements").iter().all(element_fits)
}

fn characters(value: &Value) -> usize {
    match value {
        Value::String(text) => text.encode_utf16().count(),
        Value::Array(items) => items.iter().map(characters).sum(),
        Value::Object(members) => members.values().map(characters).sum(),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_notes_name_every_workflow_variable() {
        for variable in VARIABLES {
            assert!(SLACK.notes.contains(&format!("`{variable}`")), "{variable}");
        }
    }

    #[test]
    fn a_fact_is_one_field_and_is_never_formatted() {
        assert_eq!(
            field("Thing", "my_thing-1"),
            json!({ "type": "mrkdwn", "text": "*Thing*\nmy_thing-1", "verbatim": true })
        );
        assert_eq!(
            field("Thing", "*x* <!channel>"),
            json!({ "type": "plain_text", "text": "Thing\n*x* &lt;\u{200b}!channel&gt;", "emoji": false })
        );
        for (plain, text) in [
            (true, "2025-11-23 10:05:00 UTC"),
            (true, "aws:all-bytes-in"),
            (true, "expected > 5, a_b"),
            (true, "10.0.0.0/8, fd00::/8"),
            (false, "_a_"),
            (false, "a_"),
            (false, "~a"),
            (false, "`a`"),
            (false, ":fire:"),
            (false, "a:100:b"),
            (false, ">quoted"),
        ] {
            assert_eq!(is_plain(text), plain, "{text}");
        }
        let long = field(&"l".repeat(200), &"&".repeat(3000));
        assert!(block_fits(&json!({ "type": "section", "fields": [long] })));
    }

    #[test]
    fn only_ok_counts_as_delivered() {
        let response = |status, body: &str| RoomResponse {
            status,
            body: body.to_owned(),
            is_complete: true,
            retry_after: None,
        };
        let verdict = |status, body: &str| verdict(&response(status, body));
        for yes in [
            "ok",
            "ok\n",
            "",
            r#"{"ok":true}"#,
            r#"{"success":true}"#,
            r#"{"result":"success","msg":""}"#,
            r#"{"status":"ok"}"#,
            "true",
        ] {
            assert_eq!(verdict(200, yes), Verdict::Delivered, "{yes}");
        }
        for no in [
            r#"{"ok":false,"status":"ok"}"#,
            r#"{"success":false}"#,
            r#"{"status":"error"}"#,
            "{}",
            r#"{"message":"welcome"}"#,
            "false",
            "<html>sign in</html>",
            "not ok",
        ] {
            assert!(matches!(verdict(200, no), Verdict::Refused { .. }), "{no}");
            let cut = RoomResponse {
                is_complete: false,
                ..response(200, no)
            };
            assert_eq!(super::verdict(&cut), Verdict::Delivered, "{no}");
        }
        assert_eq!(
            verdict(200, r#"{"ok":false,"error":"ratelimited","retry_after":2}"#),
            Verdict::Retry {
                after: Some(Duration::from_secs(2)),
                reason: "HTTP 200: ratelimited".to_owned()
            }
        );
        assert_eq!(
            verdict(200, r#"{"ok":false,"error":"no_workflow"}"#),
            Verdict::Refused {
                reason: "HTTP 200: no_workflow".to_owned()
            }
        );
        assert_eq!(
            verdict(200, "<html>sign in</html>"),
            Verdict::Refused {
                reason: "HTTP 200, but neither \"ok\" nor {\"ok\":true}: this is not how Slack accepts a message"
                    .to_owned()
            }
        );
        assert_eq!(
            verdict(400, "invalid_blocks"),
            Verdict::Refused {
                reason: "HTTP 400: invalid_blocks".to_owned()
            }
        );
        assert_eq!(
            verdict(404, "no_service"),
            Verdict::Gone {
                reason: "HTTP 404: no_service".to_owned()
            }
        );
        assert_eq!(
            verdict(410, "channel_is_archived"),
            Verdict::Gone {
                reason: "HTTP 410: channel_is_archived".to_owned()
            }
        );
        assert_eq!(
            verdict(500, "rollup_error"),
            Verdict::Retry {
                after: None,
                reason: "HTTP 500: rollup_error".to_owned()
            }
        );
    }
}
