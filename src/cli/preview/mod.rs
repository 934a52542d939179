//! Shows what a room receives: a request body is read as the room reads it, and drawn on a terminal or as a page.
//!
//! Nothing here reads a clock, a file or the network: the same body always gives the same picture.

mod designer;
mod gallery;
mod html;
mod message;
mod rooms;
mod terminal;
mod view;

use serde_json::Value;

pub(super) use designer::designer;
pub use gallery::gallery;
pub(super) use message::{body, targets};

/// Returns the message for a terminal of this `width`, with colors if it `is_styled`; without a width no line is broken.
pub(super) fn text(
    target: &'static str,
    body: &Value,
    width: Option<usize>,
    is_styled: bool,
) -> String {
    terminal::draw(&rooms::view(target, body), width, is_styled)
}

/// Returns a page with this one message, and a link to the room's own designer if it has one.
pub(super) fn page(target: &'static str, body: &Value) -> String {
    let figure = html::figure(&rooms::view(target, body), target);
    let link = designer(target, body).map(|designer| {
        let step = designer.step.map(|step| format!(": {step}"));
        format!(
            "<p>{}{}</p>\n",
            html::anchor(&designer.url, &format!("Open it in {}", designer.name)),
            html::escaped(&step.unwrap_or_default())
        )
    });
    html::page(
        "ddalert preview",
        &format!("{figure}{}", link.unwrap_or_default()),
    )
}
