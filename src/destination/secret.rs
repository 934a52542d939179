//! The secret that opens a room: a webhook URL, and for signed webhooks the key that signs.

use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;
use url::{Host, Url};

use super::{DESTINATIONS, Destination};

/// A webhook URL with what belongs to it. Whoever holds it can write to the room, so it has no `Display` and no `Serialize`,
/// and its `Debug` says nothing.
#[derive(Clone, PartialEq, Eq)]
pub struct WebhookSecret {
    url: Url,
    signing_secret: Option<String>,
}

/// Why a text is not a usable secret for a destination. No variant holds the secret or a part of it but its host.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum SecretError {
    /// Nothing was given.
    #[error("the {0} is empty")]
    Empty(&'static str),
    /// Not a URL at all.
    #[error("the webhook URL is not a URL")]
    NotAUrl,
    /// Not `https:`, and not on loopback.
    #[error("the webhook URL must start with https:// (http:// only on this machine itself)")]
    NotHttps,
    /// The host is not the destination's.
    #[error("the webhook URL's host {host} is not one of {title}'s ({hosts})")]
    WrongHost {
        /// The host that was given.
        host: String,
        /// The destination's name for people.
        title: &'static str,
        /// The destination's hosts, for people.
        hosts: String,
        /// The destination the host does belong to, as it is typed.
        belongs_to: Option<&'static str>,
    },
    /// The right host, but not a URL of the right kind; the text says what is wrong and what to do.
    #[error("{0}")]
    Malformed(String),
}

/// What a store holds when there is more to keep than the URL.
#[derive(Serialize, Deserialize)]
struct Stored {
    url: String,
    signing_secret: Option<String>,
}

impl WebhookSecret {
    /// Reads an absolute URL: `https:`, or `http:` on loopback.
    pub fn from_url(text: &str) -> Result<WebhookSecret, SecretError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(SecretError::Empty("webhook URL"));
        }
        let url = Url::parse(text).map_err(|_| SecretError::NotAUrl)?;
        if url.host().is_none() {
            return Err(SecretError::NotAUrl);
        }
        let loopback = match url.host() {
            Some(Host::Domain(name)) => name == "localhost",
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        };
        match url.scheme() {
            "https" => {}
            "http" if loopback => {}
            _ => return Err(SecretError::NotHttps),
        }
        Ok(WebhookSecret {
            url,
            signing_secret: None,
        })
    }

    /// Reads what a store holds: what [`to_stored`](Self::to_stored) wrote, or a URL that somebody put there by hand.
    pub fn from_stored(text: &str) -> Result<WebhookSecret, SecretError> {
        let text = text.trim();
        if !text.starts_with('{') {
            return Self::from_url(text);
        }
        let stored: Stored = serde_json::from_str(text).map_err(|_| SecretError::NotAUrl)?;
        Ok(WebhookSecret {
            signing_secret: stored.signing_secret,
            ..Self::from_url(&stored.url)?
        })
    }

    /// Returns what is to be stored. Only a store and the function's environment may see it.
    pub fn to_stored(&self) -> String {
        match &self.signing_secret {
            None => self.url.as_str().to_owned(),
            Some(signing_secret) => {
                serde_json::json!({ "url": self.url.as_str(), "signing_secret": signing_secret })
                    .to_string()
            }
        }
    }

    /// Returns the same URL with a key that signs what is sent, or with none.
    pub fn signed_with(self, signing_secret: impl Into<Option<String>>) -> WebhookSecret {
        WebhookSecret {
            signing_secret: signing_secret.into(),
            ..self
        }
    }

    /// Returns the URL: for the request alone.
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// Returns the key that signs what is sent, where there is one.
    pub fn signing_secret(&self) -> Option<&str> {
        self.signing_secret.as_deref()
    }

    /// Returns the host, the only part that may be shown.
    pub fn host(&self) -> &str {
        self.url.host_str().unwrap_or_default()
    }

    /// Checks that the host is `destination`'s own or one of `allowed`.
    pub fn check_host(
        &self,
        destination: &Destination,
        allowed: &[String],
    ) -> Result<(), SecretError> {
        let host = self.host();
        if destination.hosts.is_empty()
            || owns(destination, host)
            || allowed
                .iter()
                .any(|allowed| allowed.eq_ignore_ascii_case(host))
        {
            return Ok(());
        }
        Err(SecretError::WrongHost {
            host: host.to_owned(),
            title: destination.title,
            hosts: destination.hosts.join(", "),
            belongs_to: DESTINATIONS
                .iter()
                .find(|other| owns(other, host))
                .map(|other| other.name),
        })
    }
}

/// Returns whether `host` is one of the destination's own.
fn owns(destination: &Destination, host: &str) -> bool {
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
    fn debug_says_nothing() {
        let secret = WebhookSecret::from_url("https://hooks.slack.com/services/T0/B0/sesame")
            .expect("a URL");
        assert_eq!(format!("{secret:?}"), "WebhookSecret(redacted)");
    }

    #[test]
    fn plain_http_is_for_loopback_only() {
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
    fn what_is_stored_is_read_back() {
        let plain = WebhookSecret::from_url("https://example.com/hook?token=x").expect("a URL");
        assert_eq!(
            WebhookSecret::from_stored(&plain.to_stored()),
            Ok(plain.clone())
        );
        let signed = plain.signed_with("key".to_owned());
        assert_eq!(WebhookSecret::from_stored(&signed.to_stored()), Ok(signed));
    }
}
