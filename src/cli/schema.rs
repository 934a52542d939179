//! The JSON Schema of what `--output json` prints, made from the types that are printed.

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Value, json};

use super::answer::Document;
use super::change_report::ChangeReport;
use super::commands::{PersonPolicy, Script, VersionReport};
use super::diagnosis::TopicReport;
use super::glance::Glance;
use super::phones::report::{Listing, Subscribed};
use super::redelivery::report::QueueReport;
use super::trace::TestReport;

/// Returns the JSON Schema (draft 2020-12) of the document that commands answer with. The body that `preview` prints instead
/// where it succeeds is not described: it is that of the room.
pub fn answer_schema() -> Value {
    let mut generator = SchemaSettings::draft2020_12()
        .for_serialize()
        .into_generator();
    let names = super::command();
    let names = names.get_subcommands().map(|command| command.get_name());
    let rules: Vec<Value> = names
        .map(|name| {
            let results = results(name, &mut generator);
            json!({
                "if": {"properties": {"command": {"const": name}}},
                "then": {"properties": {"results": results}},
            })
        })
        .collect();
    let mut schema = generator.into_root_schema_for::<Document>();
    schema.insert(
        "title".to_owned(),
        json!("What ddalert answers with --output json"),
    );
    schema.insert("allOf".to_owned(), Value::Array(rules));
    schema.to_value()
}

/// Returns the schema of a command's results.
fn results(command: &str, generator: &mut SchemaGenerator) -> Value {
    fn of<T: JsonSchema>(generator: &mut SchemaGenerator) -> Value {
        generator.subschema_for::<T>().to_value()
    }
    let one = match command {
        "test-publish" => of::<TestReport>(generator),
        "doctor" => of::<TopicReport>(generator),
        "status" => of::<Glance>(generator),
        "permissions" => of::<PersonPolicy>(generator),
        "replay" => of::<QueueReport>(generator),
        "completions" => of::<Script>(generator),
        "version" => of::<VersionReport>(generator),
        // A run that stopped halfway tells only of its changes.
        "subscribe-sms" => json!({"anyOf": [
            of::<Subscribed>(generator), of::<Listing>(generator), of::<ChangeReport>(generator),
        ]}),
        "connect" | "remove" | "rotate" => of::<ChangeReport>(generator),
        deploy if deploy.starts_with("deploy-") => of::<ChangeReport>(generator),
        // Without results: only `preview` where it fails.
        _ => return json!({"maxItems": 0}),
    };
    json!({ "items": one })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_but_preview_has_results() {
        let schema = answer_schema();
        for rule in schema["allOf"].as_array().expect("rules") {
            let command = rule["if"]["properties"]["command"]["const"].as_str();
            let has_results = rule["then"]["properties"]["results"]["items"].is_object();
            assert_eq!(has_results, command != Some("preview"), "{rule}");
        }
    }
}
