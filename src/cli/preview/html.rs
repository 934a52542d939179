//! Draws a message as HTML, laid out as its room lays it out, in light and dark. A page needs nothing but itself: no script, image,
//! font or network.

use super::view::{Field, Link, Part, View};
use crate::destination::destination;
use crate::destination::sms::SMS_TARGET;

/// Everything about the looks of a page and of each room.
const STYLE: &str = include_str!("page.css");

/// Returns a page with this title and this content, which is HTML.
pub(super) fn page(title: &str, content: &str) -> String {
    let title = escaped(title);
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <title>{title}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n{content}</body>\n</html>\n"
    )
}

/// Returns a message under the name of its room. `id` names the message on its page.
pub(super) fn figure(view: &View, id: &str) -> String {
    let room = match destination(view.target) {
        Some(destination) => destination.title,
        None => "Phone",
    };
    format!(
        "<figure>\n<figcaption>{}</figcaption>\n{}</figure>\n",
        escaped(room),
        message(view, id)
    )
}

fn message(view: &View, id: &str) -> String {
    let who = match view.target {
        "slack" | "discord" => who("APP"),
        "teams" => who("Workflow"),
        "google-chat" => who("App"),
        "chime" => who("Webhook"),
        SMS_TARGET => "<p class=\"who\">Text message</p>\n".to_owned(),
        _ => String::new(),
    };
    format!(
        "<article class=\"message {}\" id=\"{}\">\n{who}<div class=\"content\">\n{}</div>\n</article>\n",
        escaped(view.target),
        escaped(id),
        parts(&view.parts)
    )
}

/// Returns the line above a message that says who sent it.
fn who(tag: &str) -> String {
    format!(
        "<p class=\"who\"><span class=\"avatar\" aria-hidden=\"true\">D</span> <b>Device Defender</b> <span class=\"tag\">{tag}</span></p>\n"
    )
}

fn parts(parts: &[Part]) -> String {
    parts.iter().map(part).collect()
}

fn part(part: &Part) -> String {
    match part {
        Part::Heading(text) => paragraph("heading", text),
        Part::Banner { tone, text } => paragraph(&format!("banner {}", tone.as_str()), text),
        Part::Strong(text) => paragraph("strong", text),
        Part::Text(text) => paragraph("text", text),
        Part::Small(text) => paragraph("small", text),
        Part::Code(text) => format!("<pre>{}</pre>\n", escaped(text)),
        Part::Fields(fields) => format!(
            "<dl>\n{}</dl>\n",
            fields.iter().map(field).collect::<String>()
        ),
        Part::Buttons(links) => format!("<p class=\"buttons\">{}</p>\n", anchors(links, " ")),
        Part::Links(links) => format!("<p class=\"links\">{}</p>\n", anchors(links, " · ")),
        Part::Bar {
            color,
            parts: inside,
        } => format!(
            "<div class=\"bar\" style=\"--bar: #{:06x}\">\n{}</div>\n",
            color & 0xff_ff_ff,
            parts(inside)
        ),
    }
}

fn paragraph(class: &str, text: &str) -> String {
    format!("<p class=\"{class}\">{}</p>\n", linked(text))
}

fn field(field: &Field) -> String {
    let class = if field.is_inline { "inline" } else { "wide" };
    format!(
        "<div class=\"{class}\"><dt>{}</dt><dd>{}</dd></div>\n",
        escaped(&field.label),
        escaped(&field.value)
    )
}

fn anchors(links: &[Link], separator: &str) -> String {
    links
        .iter()
        .map(|link| anchor(&link.url, &link.text))
        .collect::<Vec<_>>()
        .join(separator)
}

/// Returns a link; an address that is not `https:` is only text.
pub(super) fn anchor(url: &str, text: &str) -> String {
    if url.starts_with("https://") {
        format!(
            "<a href=\"{}\" rel=\"noopener noreferrer\">{}</a>",
            escaped(url),
            escaped(text)
        )
    } else {
        escaped(text)
    }
}

/// Returns escaped text in which addresses are links, as a room makes them: a disarmed address stays text.
fn linked(text: &str) -> String {
    let mut html = String::new();
    let mut rest = text;
    while let Some(start) = rest.find("https://") {
        let (before, from) = rest.split_at(start);
        let end = from.find(char::is_whitespace).unwrap_or(from.len());
        let (url, after) = from.split_at(end);
        html.push_str(&escaped(before));
        html.push_str(&anchor(url, url));
        rest = after;
    }
    html.push_str(&escaped(rest));
    html
}

/// Escapes text for HTML, inside and outside of attributes.
pub(super) fn escaped(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            c => html.push(c),
        }
    }
    html
}

#[cfg(test)]
mod tests {
    use super::super::message::{body, targets};
    use super::super::rooms::view;
    use super::*;
    use crate::alert::{Alert, Origin};
    use crate::destination::Message;

    #[test]
    fn nothing_that_a_device_wrote_is_active_on_a_page() {
        let hostile = [
            include_str!("../../../tests/fixtures/alerts/hostile.json"),
            include_str!("../../../tests/fixtures/alerts/hostile.txt"),
            r#"{"thingName":"\"><script>alert(1)</script><img src=x onerror=y>","violationEventType":"in-alarm","behavior":{"name":"' onclick='x"}}"#,
        ];
        for message in hostile {
            let alert = Alert::parse(message, Origin::default());
            for target in targets() {
                let page = figure(
                    &view(
                        target,
                        &body(target, &Message::Alert(&alert)).expect("a body"),
                    ),
                    "x",
                );
                for tag in page.split('<').skip(1) {
                    let name = tag.trim_start_matches('/').split([' ', '>']).next();
                    let ours = [
                        "figure",
                        "figcaption",
                        "article",
                        "div",
                        "p",
                        "span",
                        "b",
                        "pre",
                        "dl",
                        "dt",
                        "dd",
                        "a",
                    ];
                    assert!(
                        name.is_some_and(|name| ours.contains(&name)),
                        "{target}: <{tag}"
                    );
                }
                assert!(!page.contains("evil.example\""), "{target}: {page}");
            }
        }
    }

    #[test]
    fn an_address_is_a_link_only_if_it_is_active() {
        assert_eq!(
            linked("see https://a.example/x?b&c <now>"),
            "see <a href=\"https://a.example/x?b&amp;c\" rel=\"noopener noreferrer\">https://a.example/x?b&amp;c</a> &lt;now&gt;"
        );
        assert_eq!(linked("https:\u{200b}//a"), "https:\u{200b}//a");
        assert_eq!(anchor("javascript:x", "y"), "y");
    }
}
