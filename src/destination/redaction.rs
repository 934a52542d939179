//! Removes known secrets from any text: from what a room answers, from what a service says of a call that failed, from an error that
//! repeats what was typed. A service may repeat a secret, a part of it, or either in its own spelling.

use std::fmt;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use url::Url;

use super::WebhookSecret;

/// What stands where a secret was.
const REDACTED: &str = "…";

/// The shortest part of a URL's path that can be a secret; shorter ones are words.
const MIN_PART: usize = 8;

/// The shortest value of a query parameter that can be a secret, and the shortest one if its name says that it is one.
const MIN_VALUE: usize = 6;
const MIN_NAMED_VALUE: usize = 4;

/// Words in the names of query parameters whose values are secrets.
const SECRET_NAMES: &[&str] = &[
    "token", "key", "sig", "secret", "pass", "auth", "code", "hash",
];

/// Parts of webhook URLs that are the same for everybody.
const COMMON_PARTS: &[&str] = &[
    "automations",
    "incomingwebhooks",
    "messages",
    "notifications",
    "powerautomate",
    "services",
    "triggers",
    "webhookb2",
    "webhooks",
    "workflows",
];

/// The characters that URLs keep in their query.
const QUERY: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

/// Secrets that must not be shown, in every spelling.
#[derive(Clone, Default)]
pub struct Redaction {
    /// The longest first, so that a part does not cut the whole into pieces.
    patterns: Vec<String>,
}

impl Redaction {
    /// The length of the shortest text, in bytes, that can be a secret.
    pub const SHORTEST_SECRET: usize = MIN_NAMED_VALUE;

    /// Returns the redaction of a webhook's URL and signing secret.
    pub fn of(secret: &WebhookSecret) -> Redaction {
        let mut redaction = Redaction::default();
        redaction.hide_webhook(secret);
        redaction
    }

    /// Hides a webhook's URL and signing secret.
    pub fn hide_webhook(&mut self, secret: &WebhookSecret) {
        self.hide_url(secret.url());
        if let Some(signing_secret) = secret.signing_secret() {
            self.hide(signing_secret);
        }
    }

    /// Hides a text that was given as a secret, whether or not it is a valid one, and if it is a URL or contains one, its parts.
    pub fn hide(&mut self, secret: &str) {
        let whole = secret.trim();
        if whole.len() >= MIN_NAMED_VALUE {
            self.add(whole);
        }
        for word in whole.split_whitespace() {
            let word = word.trim_matches(|c: char| !c.is_alphanumeric() && c != '/');
            if word.len() >= MIN_VALUE {
                self.add(word);
            }
            if let Ok(url) = Url::parse(word)
                && url.has_host()
            {
                self.hide_url(&url);
                continue;
            }
            // What is no URL may still hold one, or its path: the parts are hidden all the same, but for the host.
            let parts = match word.split_once("://") {
                Some((_, rest)) => rest.split_once('/').map_or("", |(_, path)| path),
                None => word,
            };
            for part in parts.split(['/', '?', '&', '=', '#', '@', '"', '\'', ',', '{', '}']) {
                self.add_part(part);
            }
        }
        self.sort();
    }

    fn hide_url(&mut self, url: &Url) {
        self.add(url.as_str());
        self.add(url.as_str().trim_end_matches('/'));
        let mut target = url.path().to_owned();
        if let Some(query) = url.query() {
            self.add_if(query, MIN_VALUE);
            target = format!("{target}?{query}");
        }
        self.add_if(&target, MIN_PART);
        self.add_if(url.path(), MIN_PART);
        self.add_part(url.username());
        self.add_if(url.password().unwrap_or_default(), MIN_NAMED_VALUE);
        self.add_if(url.fragment().unwrap_or_default(), MIN_VALUE);
        for segment in url.path_segments().into_iter().flatten() {
            self.add_part(segment);
        }
        let raw = url.query().unwrap_or_default().split('&');
        let raw = raw.filter_map(|pair| pair.split_once('='));
        for ((name, value), (_, raw)) in url.query_pairs().zip(raw) {
            let name = name.to_ascii_lowercase();
            let is_named = SECRET_NAMES.iter().any(|word| name.contains(word));
            let least = if is_named { MIN_NAMED_VALUE } else { MIN_VALUE };
            self.add_if(&value, least);
            // `+` stands for a space only here.
            self.add_if(raw, least);
        }
        self.sort();
    }

    /// Adds a part of a URL's path, unless it is a word that anybody may say.
    fn add_part(&mut self, part: &str) {
        let is_common = COMMON_PARTS.contains(&part.to_ascii_lowercase().as_str())
            || super::destination(part).is_some();
        let is_word = part.len() < 16 && part.bytes().all(|byte| byte.is_ascii_lowercase());
        if part.len() >= MIN_PART && !is_common && !is_word {
            self.add(part);
        }
    }

    fn add_if(&mut self, text: &str, min_length: usize) {
        if text.len() >= min_length {
            self.add(text);
        }
    }

    /// Adds a text in every spelling in which a service may repeat it.
    fn add(&mut self, text: &str) {
        let decoded = percent_decode_str(text).decode_utf8_lossy().into_owned();
        let mut spellings = vec![text.to_owned(), decoded.clone()];
        for plain in [text, &decoded] {
            for set in [NON_ALPHANUMERIC, QUERY] {
                let encoded = utf8_percent_encode(plain, set).to_string();
                spellings.push(with_small_escapes(&encoded));
                // Encoded once more, as in a log of requests.
                spellings.push(encoded.replace('%', "%25"));
                spellings.push(encoded);
            }
            spellings.push(plain.replace(' ', "+"));
        }
        for plain in spellings.clone() {
            let json = serde_json::Value::from(plain.as_str()).to_string();
            let json = json.trim_matches('"').to_owned();
            spellings.push(json.replace('/', "\\/"));
            spellings.push(json.replace('&', "\\u0026").replace('=', "\\u003d"));
            spellings.push(json.replace('&', "\\u0026"));
            spellings.push(json);
            spellings.push(plain.replace('&', "&amp;").replace('"', "&quot;"));
            // Rust's and Python's way to quote a text.
            spellings.push(plain.escape_debug().to_string());
        }
        for spelling in spellings {
            if !spelling.trim().is_empty() && !self.patterns.contains(&spelling) {
                self.patterns.push(spelling);
            }
        }
    }

    fn sort(&mut self) {
        self.patterns
            .sort_by_key(|pattern| std::cmp::Reverse(pattern.len()));
    }

    /// Returns `text` without the secrets.
    pub fn apply(&self, mut text: String) -> String {
        for pattern in &self.patterns {
            if text.contains(pattern.as_str()) {
                text = text.replace(pattern.as_str(), REDACTED);
            }
        }
        text
    }
}

impl fmt::Debug for Redaction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Redaction(redacted)")
    }
}

/// Returns a percent-encoded text with its escapes in small letters: `%2f`.
fn with_small_escapes(encoded: &str) -> String {
    let mut pieces = encoded.split('%');
    let mut small = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let (digits, rest) = piece.split_at(piece.len().min(2));
        small.push('%');
        small.push_str(&digits.to_ascii_lowercase());
        small.push_str(rest);
    }
    small
}

#[cfg(test)]
mod tests {
    use super::*;

    const URL: &str = "https://hooks.example.com/services/T0AB12CD3/sesame-open/x?token=abc%3Ddef%2Fgh&v=1&sig=a+b%26c";

    #[test]
    fn every_spelling_of_a_secret_and_its_parts_is_removed() {
        let secret = WebhookSecret::from_url(URL)
            .expect("a URL")
            .signed_with("ke\"y/1\\2 3".to_owned());
        let redaction = Redaction::of(&secret);
        let encoded = utf8_percent_encode(URL, NON_ALPHANUMERIC).to_string();
        for said in [
            URL.to_owned(),
            format!("no route to {URL}, sorry"),
            format!("POST {}", &URL["https://hooks.example.com".len()..]),
            encoded.clone(),
            with_small_escapes(&encoded),
            encoded.replace('%', "%25"),
            URL.replace('/', "\\/"),
            URL.replace('&', "\\u0026"),
            URL.replace('&', "&amp;"),
            "{\"token\":\"abc=def\\/gh\"} abc=def/gh abc%3Ddef%2Fgh abc%3ddef%2fgh".to_owned(),
            "sesame-open T0AB12CD3".to_owned(),
            "sig a b&c a+b%26c a%20b%26c".to_owned(),
            "ke\"y/1\\2 3 and {\"k\":\"ke\\\"y\\/1\\\\2 3\"} and ke\\\"y/1\\\\2 3".to_owned(),
        ] {
            let shown = redaction.apply(said);
            for part in [
                "sesame", "T0AB", "abc", "def", "a b", "a+b", "ke\"", "ke\\\"", "y/1", "y\\/1",
            ] {
                assert!(!shown.contains(part), "{part}: {shown}");
            }
        }
    }

    #[test]
    fn ordinary_words_stay() {
        let secret = WebhookSecret::from_url(
            "https://hooks.slack.com/services/webhooks/messages/google-chat/alerts?v=1&wait=true",
        )
        .expect("a URL");
        let text = "use ddalert deploy-google-chat; the services of webhooks take messages and alerts: invalid_token true";
        assert_eq!(Redaction::of(&secret).apply(text.to_owned()), text);
    }

    #[test]
    fn a_secret_that_is_not_a_url_is_hidden_too() {
        let mut redaction = Redaction::default();
        redaction.hide("\"https://hooks.example.com/services/T0AB12CD3/b\" \n second/Line12345\n");
        redaction.hide("0123456789abcdef0123456789abcdef");
        redaction.hide("user:pass-word@host");
        let shown = redaction.apply(
            "the key 0123456789abcdef0123456789abcdef, T0AB12CD3, Line12345, user:pass-word@host, https://hooks.example.com/services/T0AB12CD3/b"
                .to_owned(),
        );
        for part in ["0123", "T0AB", "Line", "pass-word", "hooks"] {
            assert!(!shown.contains(part), "{part}: {shown}");
        }
        let mut nothing = Redaction::default();
        nothing.hide(" ");
        assert_eq!(nothing.apply("a b".to_owned()), "a b");
    }
}
