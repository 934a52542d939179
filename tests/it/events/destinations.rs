//! `docs/destinations.md` is generated from the table of destinations; `.ci/regenerate` writes it again.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use ddalert::alert::{Alert, Origin, SAMPLES};
use ddalert::destination::{DESTINATIONS, Destination, Message, WebhookSecret};

#[test]
fn the_page_is_current() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/destinations.md");
    let page = page();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("the folder");
        std::fs::write(&path, &page).expect("to write the page");
    }
    let held = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        held == page,
        "docs/destinations.md is stale: run .ci/regenerate"
    );
}

#[test]
fn the_signature_is_verified_by_what_the_page_shows() {
    let secret = WebhookSecret::from_url("https://example.com/hook")
        .expect("a URL")
        .signed_with("sesame".to_owned());
    let webhook = DESTINATIONS
        .iter()
        .find(|destination| destination.supports_signing)
        .expect("one that signs");
    let request = (webhook.request)(&secret, &Message::Greeting("hello"));
    let (_, signature) = &request.headers[0];
    let body = request.body.to_string();
    let check = format!(
        "{PYTHON}\nimport sys\nprint(is_authentic('sesame', sys.argv[1].encode(), sys.argv[2]))"
    );
    for (body, expected) in [(body.as_str(), "True\n"), ("{}", "False\n")] {
        let run = Command::new("python3")
            .args(["-c", &check, body, signature])
            .output()
            .expect("python3");
        assert_eq!(
            String::from_utf8_lossy(&run.stdout),
            expected,
            "{}",
            String::from_utf8_lossy(&run.stderr)
        );
    }
}

/// How an endpoint checks a signature.
const PYTHON: &str = r#"import hashlib, hmac

def is_authentic(signing_secret: str, body: bytes, header: str) -> bool:
    digest = hmac.new(signing_secret.encode(), body, hashlib.sha256).hexdigest()
    return hmac.compare_digest("sha256=" + digest, header)"#;

const HEAD: &str = "\
# Destinations

The chat rooms and services that `ddalert` can deliver alerts to. For phones, see `ddalert subscribe-sms`. Each section starts with
the steps to set the destination up; the examples use the topic `BadIoTDevices`. To see what an alert looks like in a destination
before you deploy, run `ddalert preview --target NAME`; it needs no credentials. [gallery.html](gallery.html) shows every sample
alert in every destination; open it in a browser.

This page is generated from the table of destinations in the source code.

| destination | command | what you need |
| --- | --- | --- |
";

/// What an endpoint receives and how it checks the signature.
const WEBHOOK: &str = r#"
### The document

The body of each request is a JSON document of the schema `ddalert/1`. Every key is always present; an unknown value is `null`.
Future versions may add keys; removing a key or changing its meaning would change the schema's name.

| key | value |
| --- | --- |
| `schema` | `ddalert/1` |
| `kind` | the kind of message: `detect.in-alarm`, `detect.alarm-cleared`, `detect.alarm-invalidated`, `audit`, `finding`, `json`, `text`, or `greeting` |
| `test` | whether it is a test alert |
| `state`, `severity` | the state of the alarm or audit, and how severe it is |
| `headline` | the message in one sentence: for an alarm, it names the thing, the security profile and the behavior |
| `title` | how severe, what, which thing, and the value: `Medium: messageSize on myIoTDevice: 26 bytes, expected > 5,000` |
| `summary`, `note`, `next_step` | the value in full, what to know before acting, and what to do next |
| `thing`, `security_profile`, `behavior`, `violation_id` | what a violation is about |
| `time` | the time of the event in UTC (RFC 3339) |
| `account`, `region`, `topic` | where the event happened, and the ARN of the SNS topic |
| `message_id` | the ID of the SNS message; it is the same if a message is delivered twice |
| `facts`, `identifiers` | lists of objects with `label` and `value`: names, time and place; IDs and codes |
| `links` | a list of objects with `text` and `url`: pages of the AWS console, and AWS's guidance on the next step |
| `digest` | for many alerts of one kind, security profile and behavior (see below), else `null` |
| `message` | the original message: the JSON value, or a string if it is not JSON |

Behind a [buffer](operations.md#put-a-buffer-between-topic-and-relay), many alike alerts become one document. Its `digest` is an
object with `things` (how many), `from` and `to` (when the first and the last happened) and `alerts`, a list with `thing`,
`violation_id`, `observed`, `time`, `message_id` and `message` of each alert, oldest first. `thing`, `violation_id`, `message_id` and
`message` of the document are then `null`.

A deploy first sends a greeting (`"kind": "greeting"`) to check that the endpoint accepts messages. It has only the keys `schema`,
`kind`, `test`, `headline` and `message`.

Devices control part of the texts, and the texts are not escaped: escape them before you show them, for example as HTML.

### Signed requests

To let the endpoint check that a request comes from your relay, create a signing secret and deploy with it:

    openssl rand -hex 32 > signing-secret
    ddalert deploy-webhook --topic BadIoTDevices --signing-secret-file signing-secret

Every request then has the header `X-Ddalert-Signature`: `sha256=` followed by the hexadecimal HMAC-SHA-256 of the request's body,
with the signing secret as the key. The signing secret is stored with the URL. Later deploys keep it, even with another URL, until
you give another signing secret or remove it with `--no-signing`.

To check a signature in Python:

```python
PYTHON
```

To check it in a shell, with the body in the file `body` and the header's value in the variable `header`:

```sh
test "sha256=$(openssl dgst -sha256 -hmac "$(cat signing-secret)" -r < body | cut -d' ' -f1)" = "$header"
```
"#;

fn page() -> String {
    let mut page = HEAD.to_owned();
    for destination in DESTINATIONS {
        let Destination {
            name,
            title,
            secret,
            ..
        } = destination;
        let _ = writeln!(
            page,
            "| [{title}](#{}) | `ddalert deploy-{name}` | {secret} |",
            title.to_lowercase().replace(' ', "-")
        );
    }
    for destination in DESTINATIONS {
        page.push_str(&section(destination));
    }
    page
}

fn section(destination: &Destination) -> String {
    let Destination {
        name,
        title,
        room,
        secret,
        setup_steps,
        notice,
        notes,
        supports_signing,
        ..
    } = destination;
    let mut text = format!("\n## {title}\n\n");
    if let Some(notice) = notice {
        let _ = writeln!(text, "> **Note:** {notice}\n");
    }
    let commands = [
        format!(
            "Deploy the relay, a Lambda function that forwards the topic's alerts. Paste the {secret} when you are asked for it (it \
             is not shown), and confirm the plan.\n\n\
             \u{20}      ddalert deploy-{name} --topic BadIoTDevices\n\n\
             \u{20}  In a script, give the {secret} in a file with `--webhook-url-file FILE` and add `--yes`."
        ),
        format!(
            "Check that an alert arrives: publish a test alert and wait until the {room} has accepted it.\n\n\
             \u{20}      ddalert test-publish --topic BadIoTDevices"
        ),
    ];
    let steps = setup_steps.iter().map(|step| (*step).to_owned());
    for (number, step) in (1..).zip(steps.chain(commands)) {
        let _ = writeln!(text, "{number}. {step}");
    }
    let _ = writeln!(text, "\n{notes}\n\n{}", limits(destination));
    if *supports_signing {
        text.push_str(&WEBHOOK.replace("PYTHON", PYTHON));
    }
    let _ = writeln!(
        text,
        "\n<details>\n<summary>The sample alert as the {room} receives it</summary>\n\n```json\n{:#}\n```\n\n</details>",
        sample(destination)
    );
    text
}

/// Returns which hosts are accepted and how fast `replay` sends.
fn limits(destination: &Destination) -> String {
    let Destination {
        room,
        hosts,
        min_interval,
        ..
    } = destination;
    let hosts: Vec<String> = hosts.iter().map(|host| format!("`{host}`")).collect();
    let hosts = match hosts.is_empty() {
        true => "Any host on the internet is accepted. `--allow-host HOST[:PORT]` accepts one that is private or local, for a \
                 function that runs in a VPC."
            .to_owned(),
        false => format!(
            "Accepted hosts: {}, on the standard port; `--allow-host HOST[:PORT]` accepts another host or port, such as a proxy.",
            hosts.join(", ")
        ),
    };
    format!(
        "{hosts} `ddalert replay` waits at least {} s between two messages to the same {room}.",
        min_interval.as_secs_f64()
    )
}

/// Returns the body of the sample alert, for a topic in the example account.
fn sample(destination: &Destination) -> serde_json::Value {
    let topic = "arn:aws:sns:us-east-1:123456789012:BadIoTDevices"
        .parse()
        .ok();
    let alert = Alert::parse(
        SAMPLES[0].json,
        Origin {
            topic,
            ..Origin::default()
        },
    );
    let secret = WebhookSecret::from_url("https://preview.invalid/").expect("a URL");
    (destination.request)(&secret, &Message::Alert(&alert)).body
}
