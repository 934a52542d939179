//! Makes addresses that a device wrote inactive in a text message: a phone turns them into links, and carriers block such texts.
//!
//! A text message has no invisible characters, so the change is seen: `hxxps://evil(.)example`, as security tools write it. Names
//! with dots that no phone takes for an address stay as they are.

/// Top-level domains that phones recognize even without `www.` or a path; longer lists would change names of devices.
const TOP_LEVEL_DOMAINS: &[&str] = &[
    "app", "at", "au", "be", "biz", "br", "ca", "cc", "ch", "click", "club", "cn", "co", "com",
    "de", "dev", "edu", "es", "eu", "fr", "gg", "gl", "gov", "gy", "icu", "in", "info", "io", "it",
    "jp", "life", "link", "live", "ly", "me", "mil", "mobi", "net", "nl", "online", "org", "page",
    "pl", "pro", "pw", "ru", "shop", "site", "space", "store", "tech", "tk", "to", "top", "tv",
    "uk", "us", "vip", "website", "xyz",
];

/// Returns `text`, which is in GSM-7, with every address in it broken: `http://…`, `www.…`, and names that look like a domain.
pub(super) fn inactive(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    let mut rest = text;
    // Whether a scheme came before: then a host follows, whatever it looks like.
    let mut is_after_scheme = false;
    while !rest.is_empty() {
        let is_host = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
        let length = rest.find(|c| !is_host(c)).unwrap_or(rest.len());
        let (word, after) = rest.split_at(length);
        if word.is_empty() {
            let other = after.chars().next().map_or(0, char::len_utf8);
            safe.push_str(&after[..other]);
            rest = &after[other..];
            is_after_scheme = false;
            continue;
        }
        if let Some(path) = after.strip_prefix("://") {
            safe.push_str(&scheme(word));
            rest = path;
            is_after_scheme = true;
            continue;
        }
        if is_after_scheme || looks_like_domain(word, after) {
            safe.push_str(&word.replace('.', "(.)"));
        } else {
            safe.push_str(word);
        }
        rest = after;
        is_after_scheme = false;
    }
    safe
}

/// Returns a URL's scheme, broken, with what follows it.
fn scheme(word: &str) -> String {
    let lower = word.to_ascii_lowercase();
    match lower.strip_suffix("http").or(lower.strip_suffix("https")) {
        Some(before) if lower.ends_with("https") => format!("{}hxxps://", &word[..before.len()]),
        Some(before) => format!("{}hxxp://", &word[..before.len()]),
        None => format!("{word}: //"),
    }
}

fn looks_like_domain(word: &str, after: &str) -> bool {
    let word = word.trim_matches(['.', '-', '_']);
    let Some((before, last)) = word.rsplit_once('.') else {
        return false;
    };
    let is_name = last.len() >= 2 && last.bytes().all(|byte| byte.is_ascii_alphabetic());
    let has_path = is_name && after.starts_with(['/', ':', '?', '#']);
    let begins_www = before
        .split('.')
        .next()
        .is_some_and(|label| label.eq_ignore_ascii_case("www"));
    let is_known = TOP_LEVEL_DOMAINS
        .iter()
        .any(|domain| last.eq_ignore_ascii_case(domain));
    !before.is_empty() && (begins_www || has_path || is_known)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn addresses_are_broken_and_names_stay() {
        for (text, expected) in [
            (
                "see https://evil.example/x?y=1 now",
                "see hxxps://evil(.)example/x?y=1 now",
            ),
            ("HTTP://10.0.0.1:80/", "hxxp://10(.)0(.)0(.)1:80/"),
            ("xhttps://a", "xhxxps://a"),
            ("ftp://files.example", "ftp: //files(.)example"),
            ("WWW.Evil.example", "WWW(.)Evil(.)example"),
            ("bit.ly/abc", "bit(.)ly/abc"),
            ("mail a@evil.com.", "mail a@evil(.)com(.)"),
            ("evil.zone/x evil.zone", "evil(.)zone/x evil.zone"),
            ("line.7 v1.2.3 12.8.0.0/16", "line.7 v1.2.3 12.8.0.0/16"),
            ("a.b... expected < 10", "a.b... expected < 10"),
            ("aws:num-messages-sent", "aws:num-messages-sent"),
            ("://x www. .com", "://x www. .com"),
        ] {
            assert_eq!(inactive(text), expected);
        }
    }

    proptest! {
        #[test]
        fn no_url_stays_active(text in "[a-zA-Z0-9:/.@?# -]{0,60}") {
            let safe = inactive(&text);
            let lower = safe.to_ascii_lowercase();
            prop_assert!(!lower.contains("http://") && !lower.contains("https://"), "{}", safe);
        }
    }
}
