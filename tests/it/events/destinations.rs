//! `docs/destinations.md` says of every destination what the table says; `UPDATE_DOCS=1 cargo test --test events` writes it anew.

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
        "docs/destinations.md is stale: UPDATE_DOCS=1 cargo test --test events"
    );
}

#[test]
fn the_signature_is_verified_by_what_the_page_shows() {
    let secret = WebhookSecret::from_url("https://example.com/hook")
        .expect("a URL")
        .signed_with("sesame".to_owned());
    let webhook = DESTINATIONS
        .iter()
        .find(|destination| destination.signed)
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

Where an alert can go, besides phones: what each room wants, and what it gets. `ddalert preview --target NAME` shows the body
for any alert, without credentials. This page is generated from the table of destinations.

| destination | command | what is kept secret |
| --- | --- | --- |
";

const WEBHOOK: &str = r#"
The document is `ddalert/1`. Every key is always there; what is not known is `null`; keys may be added, none goes away or
changes its meaning without a new name of the schema.

| key | holds |
| --- | --- |
| `schema` | `ddalert/1` |
| `kind` | what the message is, such as `in-alarm` or `audit`; `greeting` for the first line of a deploy, which has `schema`, `kind`, `test`, `headline` and `message` only |
| `test` | whether it is a test alert |
| `state`, `severity` | the state of the alarm, and how bad it is |
| `headline`, `title`, `summary`, `note` | texts for people; the headline names thing, security profile and behavior |
| `thing`, `security_profile`, `behavior`, `violation_id` | what a violation is about |
| `time` | when, in UTC (RFC 3339) |
| `account`, `region`, `topic` | where |
| `message_id` | the SNS message's id: the same for a message that is delivered twice |
| `facts` | a list of `label` and `value` |
| `links` | a list of `text` and `url`: pages of the AWS console |
| `message` | the message as it was published: JSON where it is JSON, else text |

The texts are as devices wrote them: whoever shows them escapes them.

With a signing secret every request has the header `X-Ddalert-Signature`: `sha256=` and the hexadecimal HMAC-SHA-256, under the
signing secret, of the bytes of the body.

    openssl rand -hex 32 > signing-secret
    ddalert deploy-webhook --topic BadIoTDevices --signing-secret-file signing-secret

The signing secret is stored with the URL. It stays until another is given or `--no-signing` takes it away, also where a later
deploy gives another URL. To check a request in Python:

```python
PYTHON
```

and in a shell, for a body in the file `body`:

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
        hosts,
        where_to_get_it,
        notice,
        notes,
        signed,
        pace,
        ..
    } = destination;
    let mut text = format!("\n## {title}\n\n");
    if let Some(notice) = notice {
        let _ = writeln!(text, "> {notice}\n");
    }
    let hosts = match hosts {
        [] => "any".to_owned(),
        hosts => hosts
            .iter()
            .map(|host| format!("`{host}`"))
            .collect::<Vec<_>>()
            .join(", "),
    };
    let _ = writeln!(text, "    ddalert deploy-{name} --topic BadIoTDevices\n");
    let _ = writeln!(text, "- The {secret}: {where_to_get_it}");
    let _ = writeln!(
        text,
        "- Hosts: {hosts}; another is accepted with `--allow-host`."
    );
    let _ = writeln!(
        text,
        "- At most one message in {} ms is replayed to one {room}.",
        pace.as_millis()
    );
    let _ = writeln!(text, "\n{notes}");
    if *signed {
        text.push_str(&WEBHOOK.replace("PYTHON", PYTHON));
    }
    let _ = writeln!(
        text,
        "\nThe sample alert, as the {room} gets it:\n\n```json\n{:#}\n```",
        sample(destination)
    );
    text
}

/// Returns the body of the sample alert, as it comes over a topic of the documentation's account.
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
