//! The gallery: every sample alert in every room, on one page.

use super::html::{escaped, figure, page};
use super::message::{body, targets};
use super::rooms::view;
use crate::alert::{Alert, Digest, Origin, SAMPLES, STORM, Sample, storm};
use crate::arn::TopicArn;
use crate::destination::Message;

/// When the gallery's messages were published: the same in every gallery.
const PUBLISHED: &str = "2026-11-15T03:00:36Z";

/// Returns the gallery as an HTML page that needs nothing but itself. It is the same every time.
pub fn gallery() -> String {
    let test = Sample {
        name: "test",
        description: "The sample alert as test-publish sends it",
        json: SAMPLES[0].json,
    };
    let samples: Vec<&Sample> = SAMPLES.iter().chain([&STORM, &test]).collect();
    let mut content = String::from(
        "<h1>What each room receives</h1>\n\
         <p>Each sample alert as each room lays it out, drawn from the exact request that ddalert sends. Fonts and colors differ from \
         app to app. <code>ddalert preview --target slack --open</code> draws a page like this of your own alert.</p>\n<nav>",
    );
    for sample in &samples {
        let name = escaped(sample.name);
        content.push_str(&format!("<a href=\"#{name}\">{name}</a> "));
    }
    content.push_str("</nav>\n");
    for sample in samples {
        let name = escaped(sample.name);
        let is_test = sample.name == test.name;
        let typed = match is_test {
            true => "ddalert test-publish".to_owned(),
            false => format!("ddalert preview --kind {name}"),
        };
        content.push_str(&format!(
            "<section id=\"{name}\">\n<h2>{}</h2>\n<p><code>{typed}</code></p>\n<div class=\"rooms\">\n",
            escaped(sample.description)
        ));
        let alerts = match sample.name == STORM.name {
            true => storm(&origin(false)),
            false => vec![Alert::parse(sample.json, origin(is_test))],
        };
        let digest = Digest::of(alerts.iter().collect());
        let message = match (&digest, alerts.first()) {
            (Some(digest), _) => Message::Digest(digest),
            (None, Some(alert)) => Message::Alert(alert),
            (None, None) => continue,
        };
        for target in targets() {
            // The URL that leads nowhere is valid, so that there always is a body.
            if let Ok(body) = body(target, &message) {
                let id = format!("{}-{target}", sample.name);
                content.push_str(&figure(&view(target, &body), &id));
            }
        }
        content.push_str("</div>\n</section>\n");
    }
    page("ddalert: what each room receives", &content)
}

fn origin(test: bool) -> Origin {
    Origin {
        // In the account that AWS's documentation uses.
        topic: Some(TopicArn {
            partition: "aws".to_owned(),
            region: "eu-central-1".to_owned(),
            account: "123456789012".to_owned(),
            name: "BadIoTDevices".to_owned(),
        }),
        published: PUBLISHED.parse().ok(),
        test,
        sender: test.then(|| "assumed-role/OnCall/alice".to_owned()),
        ..Origin::default()
    }
}
