//! What is demanded of everything that is made, and roles that somebody else made.

use super::*;
use crate::chain::names::AccountRegion;
use crate::chain::plan::plan;
use crate::chain::rules::NO_RULES;
use crate::destination::WebhookSecret;

const BOUNDARY: &str = "arn:aws:iam::123456789012:policy/boundary";
const GIVEN: &str = "arn:aws:iam::123456789012:role/teams/given";

/// Returns what is wanted under these rules.
fn wanted(rules: &AccountRules, have: &RelayState) -> RelayState {
    let topic: TopicArn = "arn:aws:sns:us-east-1:123456789012:BadIoTDevices"
        .parse()
        .expect("an ARN");
    let place = AccountRegion {
        partition: "aws".into(),
        region: "us-east-1".into(),
        account: "123456789012".into(),
    };
    let names = ResourceNames::new("slack", &topic, place, None);
    let secret = WebhookSecret::from_url("https://hooks.slack.com/services/x").expect("a URL");
    let code = RelayCode::Deploy {
        sha256: "code",
        architecture: "arm64",
    };
    let spec = RelaySpec {
        secret: Some(&secret),
        rules,
        ..RelaySpec::new("slack", &names, &topic, code)
    };
    spec.desired_state(have)
}

fn rules() -> AccountRules {
    AccountRules {
        boundary: Some(BOUNDARY.to_owned()),
        path: Some("/teams/".to_owned()),
        tags: [("team".to_owned(), "iot".to_owned())].into(),
        role: RoleChoice::Keep,
    }
}

fn given() -> AccountRules {
    AccountRules {
        role: RoleChoice::Given(GIVEN.to_owned()),
        ..AccountRules::default()
    }
}

#[test]
fn what_is_demanded_is_on_everything_and_stays_there() {
    let have = wanted(&rules(), &RelayState::default());
    let role = have.role.as_ref().expect("a role");
    assert_eq!(role.boundary.as_deref(), Some(BOUNDARY));
    let arn = &have.function.as_ref().expect("a function").role_arn;
    assert!(arn.ends_with(":role/teams/ddalert-slack-BadIoTDevices-us-east-1"));
    assert_eq!(have.all_tags().count(), 5);
    assert!(have.all_tags().all(|tags| tags["team"] == "iot"));

    assert!(plan(&wanted(&NO_RULES, &have), &have).is_empty());
    for lost in ["role", "log group", "queue", "secret"] {
        let mut left = have.clone();
        match lost {
            "role" => left.role = None,
            "log group" => left.log_group = None,
            "queue" => left.queue = None,
            _ => left.secrets.clear(),
        }
        let again = wanted(&NO_RULES, &left);
        let changes = plan(&again, &left).into_changes();
        let made = serde_json::to_value(&changes[0]).expect("JSON");
        let part = &made["part"];
        let part = part.get("secret").unwrap_or(part);
        assert_eq!(part["tags"]["team"], "iot", "{lost}: {made}");
        assert_eq!(again.role.expect("a role").path, "/teams/", "{lost}");
    }
}

#[test]
fn tags_of_others_stay_and_do_not_spread() {
    let mut have = wanted(&NO_RULES, &RelayState::default());
    let function = have.function.as_mut().expect("a function");
    let made = ("made-by".to_owned(), "somebody".to_owned());
    function.tags.extend([made]);
    have.queue = None;
    let want = wanted(&NO_RULES, &have);
    assert!(!want.queue.expect("a queue").tags.contains_key("made-by"));
    let want = wanted(&NO_RULES, &have);
    assert_eq!(plan(&want, &have).len(), 1, "only the queue is made");
}

#[test]
fn a_role_that_is_given_is_used_kept_and_never_touched() {
    let ours = wanted(&NO_RULES, &RelayState::default());
    let mut have = wanted(&given(), &ours);
    assert_eq!(have.role, None);
    assert_eq!(have.given_role(), Some(GIVEN));
    let shown: Vec<String> = plan(&have, &ours)
        .changes()
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(
        shown,
        [
            "update function ddalert-slack-BadIoTDevices: role, tags",
            "remove execution role ddalert-slack-BadIoTDevices-us-east-1"
        ]
    );
    assert!(plan(&wanted(&NO_RULES, &have), &have).is_empty());
    let own = AccountRules {
        role: RoleChoice::Own,
        ..AccountRules::default()
    };
    let back = wanted(&own, &have);
    assert!(back.role.is_some() && back.given_role().is_none());
    assert!(plan(&wanted(&NO_RULES, &back), &back).is_empty());
    // A role that somebody else only put there is no role that was given.
    let function = have.function.as_mut().expect("a function");
    function.tags.remove(ROLE_TAG);
    assert!(wanted(&NO_RULES, &have).role.is_some());
}
