//! The secret that grants access to a room: a webhook URL, and the signing secret of a signed webhook.

use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;
use url::Url;

use super::reach::{self, AllowedHost};
use super::{DESTINATIONS, Destination};
use crate::alert::sanitize;

/// A webhook URL with its signing secret. Anyone who has it can post to the room, so it has neither `Display` nor `Serialize`, and
/// its `Debug` is redacted.
#[derive(Clone, PartialEq, Eq)]
pub struct WebhookSecret {
    url: Url,
    signing_secret: Option<String>,
}

/// Why a text is not a valid secret for a destination. No variant contains any part of the secret except its host.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum SecretError {
    /// The text is empty; holds the name of the secret.
    #[error("the {0} is empty")]
    Empty(&'static str),
    /// The text is not a URL.
    #[error("the webhook URL is not a valid URL")]
    NotAUrl,
    /// The URL is not `https:`, and its host is not loopback.
    #[error("the webhook URL must start with https:// (http:// is accepted for localhost only)")]
    NotHttps,
    /// The host does not belong to the destination.
    #[error("the webhook URL's host {host} does not belong to {title} ({hosts})")]
    WrongHost {
        /// The URL's host.
        host: String,
        /// The destination's title.
        title: &'static str,
        /// The destination's hosts, as a list for people.
        hosts: String,
        /// The name of the destination that the host belongs to, if it is a known one.
        belongs_to: Option<&'static str>,
    },
    /// The host belongs to the destination, but not the port.
    #[error("the webhook URL names port {port} of {host}; {title} uses the standard port of https")]
    WrongPort {
        /// The URL's host.
        host: String,
        /// The URL's port.
        port: u16,
        /// The destination's title.
        title: &'static str,
    },
    /// Lambda cannot reach the host, or should not.
    #[error(
        "the webhook URL's host {host} {why}, which a Lambda function cannot or should not reach"
    )]
    OutOfReach {
        /// The URL's host.
        host: String,
        /// What it is: words that follow its name.
        why: &'static str,
    },
    /// The URL has the right host and the wrong form; the text says what is wrong and what to do.
    #[error("{0}")]
    Malformed(String),
}

/// The stored form of a secret that is more than a URL.
#[derive(Serialize, Deserialize)]
struct Stored {
    url: String,
    signing_secret: Option<String>,
}

impl WebhookSecret {
    /// Parses an absolute URL that a person entered: `https:`, or `http:` on loopback. It is taken exactly as it is, or refused.
    ///
    /// # Errors
    /// The text is empty, not such a URL, or holds something that would be dropped or changed on the way.
    pub fn from_url(text: &str) -> Result<WebhookSecret, SecretError> {
        let text = trimmed(text);
        check_url(text)?;
        Self::from_stored_url(text)
    }

    /// Parses a stored secret: what [`to_stored`](Self::to_stored) returned, or a URL that someone stored by hand.
    ///
    /// # Errors
    /// The text is neither.
    pub fn from_stored(text: &str) -> Result<WebhookSecret, SecretError> {
        let text = trimmed(text);
        if !text.starts_with('{') {
            return Self::from_stored_url(text);
        }
        let stored: Stored = serde_json::from_str(text).map_err(|_| SecretError::NotAUrl)?;
        Ok(WebhookSecret {
            signing_secret: stored.signing_secret,
            ..Self::from_stored_url(trimmed(&stored.url))?
        })
    }

    /// Parses a URL as it may have been stored before: less strictly than one that is entered, but never glued from several lines.
    fn from_stored_url(text: &str) -> Result<WebhookSecret, SecretError> {
        if text.is_empty() {
            return Err(SecretError::Empty("webhook URL"));
        }
        check_line(text)?;
        let url = Url::parse(text).map_err(|_| SecretError::NotAUrl)?;
        let Some(host) = url.host() else {
            return Err(SecretError::NotAUrl);
        };
        match url.scheme() {
            "https" => {}
            "http" if reach::is_loopback(&host) => {}
            _ => return Err(SecretError::NotHttps),
        }
        Ok(WebhookSecret {
            url,
            signing_secret: None,
        })
    }

    /// Returns the form to store. Only a secret store and the function's environment may see it.
    pub fn to_stored(&self) -> String {
        match &self.signing_secret {
            None => self.url.as_str().to_owned(),
            Some(signing_secret) => {
                serde_json::json!({ "url": self.url.as_str(), "signing_secret": signing_secret })
                    .to_string()
            }
        }
    }

    /// Returns the same URL with this signing secret, or without one.
    pub fn signed_with(self, signing_secret: impl Into<Option<String>>) -> WebhookSecret {
        WebhookSecret {
            signing_secret: signing_secret.into(),
            ..self
        }
    }

    /// Returns the URL; only for building a request.
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// Returns the signing secret, if there is one.
    pub fn signing_secret(&self) -> Option<&str> {
        self.signing_secret.as_deref()
    }

    /// Returns the host, the only part of the secret that may be shown.
    pub fn host(&self) -> &str {
        self.url.host_str().unwrap_or_default()
    }

    /// Checks that the host belongs to `destination`, or that Lambda can reach it if the destination has no hosts of its own; or
    /// else that it is one of `allowed`.
    ///
    /// # Errors
    /// It is neither: [`SecretError::WrongHost`], [`SecretError::WrongPort`] or [`SecretError::OutOfReach`].
    pub fn check_host(
        &self,
        destination: &Destination,
        allowed: &[AllowedHost],
    ) -> Result<(), SecretError> {
        let host = self.host();
        if allowed.iter().any(|allowed| allowed.matches(&self.url)) {
            return Ok(());
        }
        if destination.hosts.is_empty() {
            let Some(why) = self.url.host().and_then(|host| reach::out_of_reach(&host)) else {
                return Ok(());
            };
            return Err(SecretError::OutOfReach {
                host: host.to_owned(),
                why,
            });
        }
        if is_own_host(destination, host) {
            return match self.url.port() {
                None => Ok(()),
                Some(port) => Err(SecretError::WrongPort {
                    host: host.to_owned(),
                    port,
                    title: destination.title,
                }),
            };
        }
        Err(SecretError::WrongHost {
            host: host.to_owned(),
            title: destination.title,
            hosts: destination.hosts.join(", "),
            belongs_to: DESTINATIONS
                .iter()
                .find(|other| is_own_host(other, host))
                .map(|other| other.name),
        })
    }
}

/// Returns the text without the space, byte order marks and line breaks around it: editors and shells put them there.
pub(super) fn trimmed(text: &str) -> &str {
    text.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}')
}

/// Checks that a secret is one line without anything invisible in it.
pub(super) fn check_line(text: &str) -> Result<(), SecretError> {
    let lines = text
        .split(['\n', '\r'])
        .filter(|line| !trimmed(line).is_empty());
    let problem = match lines.count() {
        0 | 1 => text
            .chars()
            .find(|c| {
                c.is_whitespace()
                    || c.is_control()
                    || sanitize(&c.to_string()).is_empty()
                    || *c == char::REPLACEMENT_CHARACTER
            })
            .map(|c| match c {
                ' ' => "contains a space".to_owned(),
                '\t' => "contains a tab".to_owned(),
                char::REPLACEMENT_CHARACTER => "contains bytes that are not text".to_owned(),
                other => format!(
                    "contains an invisible character (U+{:04X})",
                    u32::from(other)
                ),
            }),
        lines => Some(format!("consists of {lines} lines")),
    };
    match problem {
        Some(problem) => Err(SecretError::Malformed(format!(
            "the secret {problem}; give it alone, on one line"
        ))),
        None => Ok(()),
    }
}

/// Checks that a URL is used as it is written: nothing that is dropped or rewritten when it is called.
fn check_url(text: &str) -> Result<(), SecretError> {
    let malformed =
        |problem: &str| Err(SecretError::Malformed(format!("the webhook URL {problem}")));
    if text.is_empty() {
        return Err(SecretError::Empty("webhook URL"));
    }
    check_line(text)?;
    if text.starts_with(['"', '\'', '`', '<', '“', '‘', '«', '(']) {
        return malformed("begins with a quotation mark or bracket; give it without");
    }
    if text.ends_with(['"', '\'', '`', '>', '”', '’', '»']) {
        return malformed("ends with a quotation mark or bracket; give it without");
    }
    let Some((scheme, rest)) = text.split_once("://") else {
        return Err(SecretError::NotAUrl);
    };
    if scheme.contains('=') {
        return malformed("has a name and = before it; give the URL alone");
    }
    if rest.contains('\\') {
        return malformed("contains a backslash");
    }
    let (authority, path) = match rest.find(['/', '?', '#']) {
        Some(end) => rest.split_at(end),
        None => (rest, ""),
    };
    if authority.is_empty() {
        return Err(SecretError::NotAUrl);
    }
    if authority.contains('@') {
        return malformed(
            "contains a user name or password before @, which is never sent to the server; \
             give a URL whose secret is in its path or query",
        );
    }
    if authority.ends_with(":0") {
        return malformed("names port 0, which no server has");
    }
    if text.contains('#') {
        return malformed(
            "contains a fragment (#…), which is never sent to the server; give it without",
        );
    }
    let path = path.split('?').next().unwrap_or_default();
    let is_dots = |segment: &str| {
        let segment = segment.to_ascii_lowercase().replace("%2e", ".");
        segment == "." || segment == ".."
    };
    if path.split('/').any(is_dots) {
        return malformed(
            "contains . or .. as a part of its path, which is not sent as it is written",
        );
    }
    Ok(())
}

/// Returns whether `host` belongs to the destination.
fn is_own_host(destination: &Destination, host: &str) -> bool {
    destination
        .hosts
        .iter()
        .any(|pattern| match pattern.strip_prefix('*') {
            Some(suffix) => host.len() > suffix.len() && host.ends_with(suffix),
            None => host == *pattern,
        })
}

impl fmt::Debug for WebhookSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WebhookSecret(redacted)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_is_redacted() {
        let secret = WebhookSecret::from_url("https://hooks.slack.com/services/T0/B0/sesame")
            .expect("a URL");
        assert_eq!(format!("{secret:?}"), "WebhookSecret(redacted)");
    }

    #[test]
    fn plain_http_is_accepted_on_loopback_only() {
        assert!(WebhookSecret::from_url("http://127.0.0.1:9/x").is_ok());
        assert!(WebhookSecret::from_url("http://[::1]:9/x").is_ok());
        assert!(WebhookSecret::from_url("http://localhost:9/x").is_ok());
        assert_eq!(
            WebhookSecret::from_url("http://hooks.slack.com/services/x"),
            Err(SecretError::NotHttps)
        );
        assert_eq!(
            WebhookSecret::from_url("http://127.0.0.1.example.com/"),
            Err(SecretError::NotHttps)
        );
        assert_eq!(
            WebhookSecret::from_url("file:///etc/passwd"),
            Err(SecretError::NotAUrl)
        );
    }

    #[test]
    fn a_url_is_taken_as_it_is_or_refused_with_the_reason() {
        let url = "https://hooks.example.com/services/T/B/x?token=a%2Fb&v=1";
        for text in [
            url.to_owned(),
            format!("{url}\n"),
            format!("\u{feff}{url}\r\n\r\n"),
            format!("  {url}\t"),
        ] {
            let secret = WebhookSecret::from_url(&text).expect("a URL");
            assert_eq!(secret.url().as_str(), url);
        }
        for (text, words) in [
            (format!("{url}\nhttps://other.example/y"), "2 lines"),
            (format!("{url}\r\n{url}\r\nz"), "3 lines"),
            (format!("{url} # production"), "contains a space"),
            (
                "https://hooks.example.com/a\tb".to_owned(),
                "contains a tab",
            ),
            (url.replace("/x", "/\u{200b}x"), "U+200B"),
            (url.replace("/x", "/\u{feff}x"), "U+FEFF"),
            (url.replace("/x", "/\u{7f}x"), "U+007F"),
            (format!("\"{url}\""), "quotation mark"),
            (format!("'{url}'"), "quotation mark"),
            (format!("<{url}>"), "quotation mark or bracket"),
            (format!("{url}\""), "ends with a quotation mark"),
            (format!("WEBHOOK_URL={url}"), "a name and ="),
            (format!("export WEBHOOK_URL={url}"), "contains a space"),
            (
                "https://user:sesame@hooks.example.com/x".to_owned(),
                "user name or password",
            ),
            (
                "https://sesame@hooks.example.com/x".to_owned(),
                "user name or password",
            ),
            (
                "https://@hooks.example.com/x".to_owned(),
                "user name or password",
            ),
            (format!("{url}#sesame"), "a fragment"),
            (format!("{url}#"), "a fragment"),
            (
                "https://hooks.example.com/a/../sesame".to_owned(),
                ". or ..",
            ),
            (
                "https://hooks.example.com/a/%2E%2e/sesame".to_owned(),
                ". or ..",
            ),
            (
                "https:\\\\hooks.example.com\\sesame".to_owned(),
                "not a valid URL",
            ),
            (
                "https://hooks.example.com\\sesame".to_owned(),
                "a backslash",
            ),
            ("https://hooks.example.com:0/x".to_owned(), "port 0"),
            (
                "https:/hooks.example.com/sesame".to_owned(),
                "not a valid URL",
            ),
            ("https://".to_owned(), "not a valid URL"),
            ("https:///sesame".to_owned(), "not a valid URL"),
            ("hooks.example.com/sesame".to_owned(), "not a valid URL"),
            ("\u{feff}\n".to_owned(), "is empty"),
        ] {
            let error = WebhookSecret::from_url(&text).expect_err(&text).to_string();
            assert!(error.contains(words), "{text:?}: {error}");
            assert!(
                !error.contains("sesame") && !error.contains("token"),
                "{error}"
            );
        }
    }

    #[test]
    fn a_stored_secret_is_never_glued_from_lines() {
        let url = "https://hooks.example.com/x";
        assert!(WebhookSecret::from_stored(&format!("\u{feff}{url}\n")).is_ok());
        assert!(WebhookSecret::from_stored(&format!("{url}\n{url}")).is_err());
        assert!(
            WebhookSecret::from_stored(r#"{"url":"https://a.example/\nhttps://b.example/"}"#)
                .is_err()
        );
        assert!(WebhookSecret::from_stored("https://user:word@hooks.example.com/x").is_ok());
    }

    #[test]
    fn another_port_of_the_destinations_host_must_be_allowed() {
        let secret =
            WebhookSecret::from_url("https://hooks.slack.com:8443/services/x").expect("a URL");
        let slack = &crate::destination::slack::SLACK;
        let error = secret
            .check_host(slack, &[])
            .expect_err("another port")
            .to_string();
        assert!(error.contains("port 8443 of hooks.slack.com"), "{error}");
        for (allowed, is_fine) in [
            ("hooks.slack.com", true),
            ("HOOKS.slack.com:8443", true),
            ("hooks.slack.com:8444", false),
            ("example.com", false),
        ] {
            let allowed = [allowed.parse().expect(allowed)];
            assert_eq!(
                secret.check_host(slack, &allowed).is_ok(),
                is_fine,
                "{allowed:?}"
            );
        }
        let standard =
            WebhookSecret::from_url("https://hooks.slack.com:443/services/x").expect("a URL");
        assert_eq!(standard.check_host(slack, &[]), Ok(()));
    }

    #[test]
    fn what_lambda_cannot_reach_must_be_allowed() {
        let webhook = &crate::destination::generic_webhook::GENERIC_WEBHOOK;
        for host in ["169.254.169.254", "localhost", "[fd00:ec2::254]", "0x7f.1"] {
            let secret = WebhookSecret::from_url(&format!("https://{host}/x")).expect("a URL");
            assert!(
                matches!(
                    secret.check_host(webhook, &[]),
                    Err(SecretError::OutOfReach { .. })
                ),
                "{host}"
            );
            assert_eq!(
                secret.check_host(webhook, &[host.parse().expect(host)]),
                Ok(())
            );
        }
        let secret = WebhookSecret::from_url("https://alerts.example.com:8443/x").expect("a URL");
        assert_eq!(secret.check_host(webhook, &[]), Ok(()));
    }

    #[test]
    fn a_stored_secret_is_parsed_back() {
        let plain = WebhookSecret::from_url("https://example.com/hook?token=x").expect("a URL");
        assert_eq!(
            WebhookSecret::from_stored(&plain.to_stored()),
            Ok(plain.clone())
        );
        let signed = plain.signed_with("key".to_owned());
        assert_eq!(WebhookSecret::from_stored(&signed.to_stored()), Ok(signed));
    }
}
