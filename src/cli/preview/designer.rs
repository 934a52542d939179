//! Where a message can be opened in the room's own online designer.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

/// A room's online designer.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::cli) struct Designer {
    /// Its name.
    pub(in crate::cli) name: &'static str,
    /// Its address, with the message in the fragment if it takes one: browsers do not send that to the server.
    pub(in crate::cli) url: String,
    /// What to do there, if the address is not enough.
    pub(in crate::cli) step: Option<&'static str>,
}

/// Returns the designer of a room, if it has one.
pub(in crate::cli) fn designer(target: &str, body: &Value) -> Option<Designer> {
    match target {
        "slack" => Some(Designer {
            name: "Slack's Block Kit Builder",
            url: block_kit_builder(body),
            step: None,
        }),
        // It has no address for a card (microsoft/AdaptiveCards#8998).
        "teams" => Some(Designer {
            name: "Microsoft's Adaptive Card Designer",
            url: "https://adaptivecards.microsoft.com/designer.html".to_owned(),
            step: Some("paste the card, which --output json prints as attachments[0].content"),
        }),
        _ => None,
    }
}

/// Returns the link with all blocks: those at the top and those beside the color bar.
fn block_kit_builder(body: &Value) -> String {
    let attachments = body["attachments"].as_array().cloned().unwrap_or_default();
    let lists = [&body["blocks"]]
        .into_iter()
        .chain(attachments.iter().map(|attachment| &attachment["blocks"]));
    let blocks: Vec<&Value> = lists.filter_map(Value::as_array).flatten().collect();
    let message = json!({ "blocks": blocks }).to_string();
    format!(
        "https://app.slack.com/block-kit-builder/#{}",
        utf8_percent_encode(&message, NON_ALPHANUMERIC)
    )
}

#[cfg(test)]
mod tests {
    use percent_encoding::percent_decode_str;

    use super::super::message::body;
    use super::*;
    use crate::alert::{Alert, Origin, SAMPLES};
    use crate::destination::Message;

    #[test]
    fn the_link_has_every_block() {
        let alert = Alert::parse(SAMPLES[0].json, Origin::default());
        let slack = body("slack", &Message::Alert(&alert)).expect("a body");
        let url = designer("slack", &slack).expect("a designer").url;
        let (start, fragment) = url.split_once('#').expect("a fragment");
        assert_eq!(start, "https://app.slack.com/block-kit-builder/");
        let decoded = percent_decode_str(fragment).decode_utf8().expect("text");
        let blocks: Value = serde_json::from_str(&decoded).expect("JSON");
        let inside = slack["attachments"][0]["blocks"]
            .as_array()
            .expect("blocks");
        assert_eq!(blocks["blocks"][0], slack["blocks"][0]);
        assert_eq!(
            blocks["blocks"].as_array().map(Vec::len),
            Some(inside.len() + 1)
        );
        assert_eq!(designer("chime", &json!({})), None);
    }
}
