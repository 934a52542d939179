//! Reads a request body as its room does: which parts it shows, with the room's markup and escaping undone.
//!
//! Only what ddalert itself sends is understood; anything else is shown as JSON, so that nothing is hidden.

use serde_json::Value;

use super::view::{Field, Link, Part, Tone, View};
use crate::destination::sms::SMS_TARGET;

/// Returns how the room of `target` shows this body. For `sms` the body is the text.
pub(super) fn view(target: &'static str, body: &Value) -> View {
    let parts = match target {
        "slack" => slack(body),
        "teams" => teams(body),
        "google-chat" => google_chat(body),
        "discord" => discord(body),
        "pagerduty" => pagerduty(body),
        "chime" => vec![Part::Text(text(&body["Content"]))],
        SMS_TARGET => vec![Part::Text(text(body))],
        _ => Vec::new(),
    };
    let parts: Vec<Part> = parts.into_iter().filter(|part| !is_empty(part)).collect();
    let parts = if parts.is_empty() {
        vec![Part::Code(format!("{body:#}"))]
    } else {
        parts
    };
    View { target, parts }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn is_empty(part: &Part) -> bool {
    match part {
        Part::Heading(text)
        | Part::Banner { text, .. }
        | Part::Strong(text)
        | Part::Text(text)
        | Part::Small(text)
        | Part::Code(text) => text.is_empty(),
        Part::Fields(fields) => fields.is_empty(),
        Part::Buttons(links) | Part::Links(links) => links.is_empty(),
        Part::Bar { parts, .. } => parts.iter().all(is_empty),
    }
}

fn slack(body: &Value) -> Vec<Part> {
    let mut parts: Vec<Part> = list(&body["blocks"]).iter().map(slack_block).collect();
    // Without blocks, Slack shows the text itself.
    if parts.is_empty() {
        parts.push(Part::Text(slack_text(&body["text"])));
    }
    for attachment in list(&body["attachments"]) {
        parts.push(Part::Bar {
            color: hex_color(&attachment["color"]),
            parts: list(&attachment["blocks"])
                .iter()
                .map(slack_block)
                .collect(),
        });
    }
    parts
}

fn slack_block(block: &Value) -> Part {
    match block["type"].as_str() {
        Some("header") => Part::Heading(slack_text(&block["text"]["text"])),
        Some("section") if block["fields"].is_array() => {
            Part::Fields(list(&block["fields"]).iter().map(slack_field).collect())
        }
        Some("section") => Part::Text(slack_text(&block["text"]["text"])),
        Some("context") => Part::Small(
            list(&block["elements"])
                .iter()
                .map(|element| slack_text(&element["text"]))
                .collect::<Vec<_>>()
                .join(" "),
        ),
        Some("actions") => Part::Buttons(
            list(&block["elements"])
                .iter()
                .map(|button| Link {
                    text: slack_text(&button["text"]["text"]),
                    url: text(&button["url"]),
                })
                .collect(),
        ),
        _ => Part::Code(format!("{block:#}")),
    }
}

/// Returns a field's label, which may be in bold, and its value below it.
fn slack_field(field: &Value) -> Field {
    let shown = slack_text(&field["text"]);
    let (label, value) = shown.split_once('\n').unwrap_or(("", &shown));
    let label = match field["type"].as_str() {
        Some("mrkdwn") => label
            .strip_prefix('*')
            .and_then(|label| label.strip_suffix('*'))
            .unwrap_or(label),
        _ => label,
    };
    Field {
        label: label.to_owned(),
        value: value.to_owned(),
        is_inline: true,
    }
}

fn slack_text(value: &Value) -> String {
    html_text(&text(value))
}

fn hex_color(color: &Value) -> u32 {
    let digits = color.as_str().unwrap_or_default().trim_start_matches('#');
    u32::from_str_radix(digits, 16).unwrap_or_default()
}

fn teams(body: &Value) -> Vec<Part> {
    let mut parts = Vec::new();
    for attachment in list(&body["attachments"]) {
        let card = &attachment["content"];
        for element in list(&card["body"]) {
            match (parts.last_mut(), teams_element(element)) {
                // A line right below another one.
                (Some(Part::Text(text)), Part::Text(line)) if element["spacing"] == "None" => {
                    text.push('\n');
                    text.push_str(&line);
                }
                (_, part) => push(&mut parts, part),
            }
        }
        parts.push(Part::Buttons(
            list(&card["actions"])
                .iter()
                .map(|action| Link {
                    text: text(&action["title"]),
                    url: text(&action["url"]),
                })
                .collect(),
        ));
    }
    parts
}

fn teams_element(element: &Value) -> Part {
    let runs = |block: &Value| -> String {
        list(&block["inlines"])
            .iter()
            .map(|run| text(&run["text"]))
            .collect()
    };
    let inlines = list(&element["inlines"]);
    let first = inlines.first().unwrap_or(&Value::Null);
    match (element["type"].as_str(), inlines) {
        (Some("Container"), _) => Part::Banner {
            tone: match element["style"].as_str() {
                Some("attention") => Tone::Attention,
                Some("warning") => Tone::Warning,
                Some("good") => Tone::Good,
                Some("accent") => Tone::Accent,
                _ => Tone::Neutral,
            },
            text: list(&element["items"])
                .iter()
                .map(runs)
                .collect::<Vec<_>>()
                .join("\n"),
        },
        (Some("RichTextBlock"), [label, value]) => Part::Fields(vec![Field {
            label: text(&label["text"]).trim_end_matches(": ").to_owned(),
            value: text(&value["text"]),
            is_inline: false,
        }]),
        (Some("RichTextBlock"), _) if first["fontType"] == "Monospace" => Part::Code(runs(element)),
        (Some("RichTextBlock"), _) if first["isSubtle"] == true => Part::Small(runs(element)),
        (Some("RichTextBlock"), _) if first["weight"] == "Bolder" => Part::Strong(runs(element)),
        (Some("RichTextBlock"), _) => Part::Text(runs(element)),
        _ => Part::Code(format!("{element:#}")),
    }
}

/// Adds a part; fields that follow each other become one list.
fn push(parts: &mut Vec<Part>, part: Part) {
    match (parts.last_mut(), part) {
        (Some(Part::Fields(fields)), Part::Fields(more)) => fields.extend(more),
        (_, part) => parts.push(part),
    }
}

fn google_chat(body: &Value) -> Vec<Part> {
    let mut parts = vec![Part::Text(text(&body["text"]))];
    for card in list(&body["cardsV2"]) {
        let card = &card["card"];
        parts.push(Part::Heading(text(&card["header"]["title"])));
        parts.push(Part::Strong(text(&card["header"]["subtitle"])));
        let sections = list(&card["sections"]).iter();
        for widget in sections.flat_map(|section| list(&section["widgets"])) {
            push(&mut parts, google_widget(widget));
        }
    }
    parts
}

fn google_widget(widget: &Value) -> Part {
    if let Some(paragraph) = widget["textParagraph"]["text"].as_str() {
        return Part::Text(html_text(&paragraph.replace("<br>", "\n")));
    }
    if widget["decoratedText"].is_object() {
        let row = &widget["decoratedText"];
        return Part::Fields(vec![Field {
            label: text(&row["topLabel"]),
            value: html_text(&text(&row["text"])),
            is_inline: false,
        }]);
    }
    if widget["buttonList"].is_object() {
        let link = |button: &Value| Link {
            text: text(&button["text"]),
            url: text(&button["onClick"]["openLink"]["url"]),
        };
        return Part::Buttons(
            list(&widget["buttonList"]["buttons"])
                .iter()
                .map(link)
                .collect(),
        );
    }
    Part::Code(format!("{widget:#}"))
}

/// Undoes the escaping of HTML and of Slack.
fn html_text(escaped: &str) -> String {
    escaped
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&amp;", "&")
}

fn discord(body: &Value) -> Vec<Part> {
    let mut parts = vec![Part::Text(markdown_text(&text(&body["content"])))];
    for embed in list(&body["embeds"]) {
        let mut inside = vec![Part::Strong(markdown_text(&text(&embed["title"])))];
        inside.extend(discord_description(&text(&embed["description"])));
        inside.push(Part::Fields(
            list(&embed["fields"])
                .iter()
                .map(|field| Field {
                    label: markdown_text(&text(&field["name"])),
                    value: markdown_text(&text(&field["value"])),
                    is_inline: field["inline"] == true,
                })
                .collect(),
        ));
        inside.push(Part::Small(text(&embed["footer"]["text"])));
        inside.retain(|part| !is_empty(part));
        parts.push(Part::Bar {
            color: embed["color"]
                .as_u64()
                .and_then(|color| u32::try_from(color).ok())
                .unwrap_or_default(),
            parts: inside,
        });
    }
    parts
}

/// Returns the paragraphs, the line of links, and the code block of an embed's description.
fn discord_description(description: &str) -> Vec<Part> {
    let (paragraphs, code) = match description.split_once("```\n") {
        Some((before, rest)) => (before, rest.trim_end_matches("\n```")),
        None => (description, ""),
    };
    let mut parts: Vec<Part> = Vec::new();
    for line in paragraphs.lines() {
        // A bracket that is not escaped is our own.
        if line.starts_with('[') {
            parts.push(Part::Links(
                line.split(" · ").filter_map(markdown_link).collect(),
            ));
        } else if let Some(Part::Text(text)) = parts.last_mut() {
            text.push('\n');
            text.push_str(&markdown_text(line));
        } else {
            parts.push(Part::Text(markdown_text(line)));
        }
    }
    parts.push(Part::Code(code.to_owned()));
    parts
}

/// Parses `[text](url)`.
fn markdown_link(link: &str) -> Option<Link> {
    let (text, url) = link
        .strip_prefix('[')?
        .strip_suffix(')')?
        .split_once("](")?;
    Some(Link {
        text: text.to_owned(),
        url: url.to_owned(),
    })
}

/// Undoes the escaping of Markdown.
fn markdown_text(escaped: &str) -> String {
    let mut shown = String::with_capacity(escaped.len());
    let mut chars = escaped.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => shown.extend(chars.next()),
            c => shown.push(c),
        }
    }
    shown
}

fn pagerduty(body: &Value) -> Vec<Part> {
    let payload = &body["payload"];
    let severity = payload["severity"].as_str().unwrap_or_default();
    let (action, tone) = match (body["event_action"].as_str(), severity) {
        (Some("resolve"), _) => ("Resolved", Tone::Good),
        (_, "critical" | "error") => ("Triggered", Tone::Attention),
        (_, "warning") => ("Triggered", Tone::Warning),
        _ => ("Triggered", Tone::Accent),
    };
    let field = |label: &str, value: &Value| Field {
        label: label.to_owned(),
        value: text(value),
        is_inline: true,
    };
    let details = payload["custom_details"].as_object();
    let details = details.into_iter().flatten().map(|(label, value)| Field {
        is_inline: false,
        ..field(label, value)
    });
    let named = [
        ("Source", "source"),
        ("Component", "component"),
        ("Group", "group"),
        ("Class", "class"),
        ("Timestamp", "timestamp"),
    ];
    let named = named
        .iter()
        .map(|(label, key)| field(label, &payload[key]))
        .filter(|field| !field.value.is_empty());
    vec![
        Part::Banner {
            tone,
            text: format!("{action}, severity {severity}"),
        },
        Part::Heading(text(&payload["summary"])),
        Part::Fields(named.collect()),
        Part::Fields(details.collect()),
        Part::Buttons(
            list(&body["links"])
                .iter()
                .map(|link| Link {
                    text: text(&link["text"]),
                    url: text(&link["href"]),
                })
                .collect(),
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::super::message::{body, targets};
    use super::*;
    use crate::alert::{Alert, Origin, SAMPLES};
    use crate::destination::Message;

    /// Collects every text of a view.
    fn texts(parts: &[Part], found: &mut String) {
        for part in parts {
            match part {
                Part::Heading(text)
                | Part::Banner { text, .. }
                | Part::Strong(text)
                | Part::Text(text)
                | Part::Small(text)
                | Part::Code(text) => found.push_str(text),
                Part::Fields(fields) => {
                    for field in fields {
                        found.push_str(&format!("{}\n{}\n", field.label, field.value));
                    }
                }
                Part::Buttons(links) | Part::Links(links) => {
                    for link in links {
                        found.push_str(&format!("{}\n{}\n", link.text, link.url));
                    }
                }
                Part::Bar { parts, .. } => texts(parts, found),
            }
            found.push('\n');
        }
    }

    #[test]
    fn every_room_shows_all_that_the_report_says() {
        let topic = "arn:aws:sns:eu-west-1:123456789012:BadIoTDevices"
            .parse()
            .ok();
        for sample in SAMPLES {
            let origin = Origin {
                topic: topic.clone(),
                ..Origin::default()
            };
            let alert = Alert::parse(sample.json, origin);
            let report = alert.report();
            for target in targets() {
                let view = view(
                    target,
                    &body(target, &Message::Alert(&alert)).expect("a body"),
                );
                let mut shown = String::new();
                texts(&view.parts, &mut shown);
                let shown = shown.replace('\u{200b}', "");
                let about = format!("{} in {target}: {shown}", sample.name);
                if target == "sms" {
                    continue;
                }
                for fact in report.facts.iter().chain(&report.identifiers) {
                    assert!(shown.contains(&fact.value), "{} {about}", fact.label);
                }
                for link in &report.links {
                    assert!(shown.contains(&link.url), "{} {about}", link.text);
                }
                let step = report.next_step.as_deref().unwrap_or_default();
                assert!(shown.contains(step), "{about}");
                let raw = ["&lt;", "&gt;", "\"type\":", "](", "\\>"];
                if target != "webhook" {
                    assert!(!raw.iter().any(|raw| shown.contains(raw)), "{about}");
                }
            }
        }
    }
}
