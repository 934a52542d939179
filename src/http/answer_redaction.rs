//! Keeps what a room answers free of the secret that was posted to.

use std::sync::{Arc, Mutex};

use crate::destination::{Redaction, WebhookSecret};
use crate::sync::lock;

/// Removes the secret from answers. To make a [`Redaction`] costs more than everything else about a warm alert, so the one of the last
/// secret is kept.
#[derive(Default)]
pub(super) struct AnswerRedaction {
    last: Mutex<Option<(WebhookSecret, Arc<Redaction>)>>,
}

impl AnswerRedaction {
    /// Returns an answer's text without `secret`, its parts, or either in another spelling. Most answers are too short to hold any.
    pub(super) fn apply(&self, secret: &WebhookSecret, text: String) -> String {
        if text.len() < Redaction::SHORTEST_SECRET {
            return text;
        }
        self.of(secret).apply(text)
    }

    fn of(&self, secret: &WebhookSecret) -> Arc<Redaction> {
        let mut last = lock(&self.last);
        if let Some((of, redaction)) = &*last
            && of == secret
        {
            return redaction.clone();
        }
        let redaction = Arc::new(Redaction::of(secret));
        *last = Some((secret.clone(), redaction.clone()));
        redaction
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(token: &str) -> WebhookSecret {
        let url = format!("https://hooks.slack.com/services/T000/B000/{token}");
        WebhookSecret::from_url(&url).expect("a URL")
    }

    #[test]
    fn each_answer_is_freed_of_the_secret_that_was_posted_to() {
        let redaction = AnswerRedaction::default();
        let (old, new) = (secret("OldOldOldOld1234"), secret("NewNewNewNew1234"));
        let both = "OldOldOldOld1234 NewNewNewNew1234";
        for _ in 0..2 {
            assert_eq!(redaction.apply(&old, both.to_owned()), "… NewNewNewNew1234");
            assert_eq!(redaction.apply(&new, both.to_owned()), "OldOldOldOld1234 …");
        }
        let signed = new.signed_with("sesame".to_owned());
        assert_eq!(redaction.apply(&signed, "sesame".to_owned()), "…");
        assert_eq!(redaction.apply(&signed, "ok".to_owned()), "ok");
    }

    #[test]
    fn the_redaction_of_one_secret_is_made_once() {
        let redaction = AnswerRedaction::default();
        let secret = secret("OldOldOldOld1234");
        assert!(Arc::ptr_eq(
            &redaction.of(&secret),
            &redaction.of(&secret.clone())
        ));
    }
}
