//! The secret that grants access to a room: a webhook URL, and the signing secret of a signed webhook.

use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;
use url::{Host, Url};

use super::{DESTINATIONS, Destination};

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
    /// Parses an absolute URL: `https:`, or `http:` on loopback.
    ///
    /// # Errors
    /// The text is empty or not such a URL.
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

    /// Parses a stored secret: what [`to_stored`](Self::to_stored) returned, or a URL that someone stored by hand.
    ///
    /// # Errors
    /// The text is neither.
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

    /// Checks that the host belongs to `destination` or is one of `allowed`.
    ///
    /// # Errors
    /// It is neither: [`SecretError::WrongHost`].
    pub fn check_host(
        &self,
        destination: &Destination,
        allowed: &[String],
    ) -> Result<(), SecretError> {
        let host = self.host();
        if destination.hosts.is_empty()
            || is_own_host(destination, host)
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
                .find(|other| is_own_host(other, host))
                .map(|other| other.name),
        })
    }
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
