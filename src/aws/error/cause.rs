//! What an error and its sources say, in words for people.

use std::error::Error as StdError;
use std::fmt;

use aws_smithy_types::error::ErrorMetadata;
use jiff::SignedDuration;

/// One error of the chain of sources, in words.
#[derive(Debug)]
pub(super) struct Cause {
    text: String,
    next: Option<Box<Cause>>,
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl StdError for Cause {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.next
            .as_deref()
            .map(|next| next as &(dyn StdError + 'static))
    }
}

impl Cause {
    pub(super) fn new(text: impl fmt::Display) -> Cause {
        Cause {
            text: text.to_string(),
            next: None,
        }
    }

    /// Makes a cause that has one itself, where `behind` says it.
    pub(super) fn with(text: &str, behind: Option<&str>) -> Cause {
        Cause {
            text: text.to_owned(),
            next: behind.map(|behind| Box::new(Cause::new(behind))),
        }
    }

    /// Copies a chain of errors, after `first` if there is one; what an error says of its own source is not said twice.
    pub(super) fn chain(first: Option<&str>, error: Option<&(dyn StdError + 'static)>) -> Cause {
        let mut texts: Vec<String> = first.map(str::to_owned).into_iter().collect();
        for text in error.map(plain_causes).unwrap_or_default() {
            if texts.last().is_none_or(|last| !last.contains(&text)) {
                texts.push(text);
            }
        }
        let mut texts = texts.into_iter().rev();
        let innermost = Cause::new(texts.next().unwrap_or_else(|| "no reason was given".into()));
        texts.fold(innermost, |next, text| Cause {
            text,
            next: Some(Box::new(next)),
        })
    }

    /// Replaces a text in all causes.
    pub(super) fn replace(&mut self, from: &str, to: &str) {
        let mut next = Some(self);
        while let Some(cause) = next {
            cause.text = cause.text.replace(from, to);
            next = cause.next.as_deref_mut();
        }
    }

    /// Returns the causes in words, the outermost first.
    pub(super) fn in_words(&self) -> String {
        let causes = std::iter::successors(Some(self), |cause| cause.next.as_deref());
        let texts: Vec<&str> = causes.map(|cause| cause.text.as_str()).collect();
        texts.join(": ")
    }
}

/// Returns an error and its sources, outermost first.
pub(super) fn sources<'a>(
    error: Option<&'a (dyn StdError + 'static)>,
) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(error, |error| (*error).source())
}

/// What the SDK says where it only wraps another error.
const WRAPPERS: &[&str] = &[
    "an error occurred while loading credentials",
    "client error (Connect)",
    "client error (SendRequest)",
    "dispatch failure",
    "failed to construct request",
    "response error",
    "service error",
    "the credential provider was not enabled",
    "the credentials provider was not properly configured",
    "unexpected credentials error",
    "unhandled error",
];

/// Returns what an error and its sources say, outermost first, in words for people: what only wraps another error and what is a
/// dump of the SDK's own values (a request, a `DispatchFailure`) is left out, and nothing is said twice.
pub(in crate::aws) fn plain_causes(error: &(dyn StdError + 'static)) -> Vec<String> {
    let mut texts: Vec<String> = Vec::new();
    for error in sources(Some(error)) {
        let text = match error.downcast_ref::<ErrorMetadata>() {
            Some(answer) => match (answer.code(), answer.message()) {
                (Some(code), Some(message)) => format!("{code}: {message}"),
                (code, message) => code.or(message).unwrap_or_default().to_owned(),
            },
            None => in_words(error.to_string()),
        };
        let is_said = texts.iter().any(|said| said.contains(&text));
        if !text.is_empty() && !is_said && !WRAPPERS.contains(&text.as_str()) && !is_dump(&text) {
            texts.push(text);
        }
    }
    texts
}

/// Says a text of the SDK in words of ours where they are better known.
fn in_words(text: String) -> String {
    let after = |begin: &str| {
        let rest = text.strip_prefix(begin)?;
        rest.split_once("occurred after ")
            .map(|(_, after)| after.trim())
    };
    match (
        after("operation "),
        after("HTTP connect timeout"),
        after("HTTP read timeout"),
    ) {
        (Some(limit), ..) | (.., Some(limit)) => format!("no answer within {}", rounded(limit)),
        (_, Some(limit), _) => format!("no connection within {}", rounded(limit)),
        _ => text,
    }
}

/// Rounds a time as Rust prints it (`4.97283199s`).
fn rounded(limit: &str) -> String {
    match limit.parse::<SignedDuration>() {
        Ok(limit) => format!("{:.1} s", limit.as_secs_f64()),
        Err(_) => limit.to_owned(),
    }
}

/// Returns whether a text is how Rust prints a value for its programmers.
fn is_dump(text: &str) -> bool {
    let begins = |open: char| {
        text.match_indices(open).any(|(at, _)| {
            let before = text[..at].trim_end();
            let word = before.rsplit(|c: char| !c.is_ascii_alphanumeric()).next();
            word.is_some_and(|word| {
                word.len() > 3 && word.starts_with(|c: char| c.is_ascii_uppercase())
            })
        })
    };
    (begins('{') && text.contains(": ") && text.contains('}'))
        || text.contains("Failure(")
        || text.contains("Error(")
}
