//! Every small connection against every request: the steps reach what is wanted, from wherever they were interrupted.

use super::*;
use crate::chain::rules::NO_RULES;
use serde_json::{Value, json};

const PROFILES: [&str; 2] = ["fleet", "lab"];

fn topic() -> TopicArn {
    "arn:aws:sns:eu-central-1:123456789012:BadIoTDevices"
        .parse()
        .expect("an ARN")
}

fn targets() -> [Option<NotificationTarget>; 4] {
    let target = |topic: &str, role: &str| {
        Some(NotificationTarget {
            topic: topic.into(),
            role: role.into(),
        })
    };
    let (here, ours) = (topic().to_string(), role_arn(&topic()));
    [
        None,
        target(&here, &ours),
        target(&here, "arn:aws:iam::123456789012:role/theirs"),
        target("arn:other", &ours),
    ]
}

/// Every state of two profiles, the audit and the topic, each with and without a role of some other make.
fn connections() -> Vec<PublishingState> {
    let mut all = Vec::new();
    for (fleet, lab, audit, bits) in targets()
        .iter()
        .flat_map(|fleet| targets().map(|lab| (fleet.clone(), lab)))
        .flat_map(|(fleet, lab)| {
            targets().into_iter().flat_map(move |audit| {
                let (fleet, lab) = (fleet.clone(), lab.clone());
                (0..8u8).map(move |bits| (fleet.clone(), lab.clone(), audit.clone(), bits))
            })
        })
    {
        let profile = |target| SecurityProfile {
            behaviors: Vec::new(),
            version: 3,
            target,
            suppressed: Vec::new(),
        };
        let role = Role {
            name: connect_role(&topic()),
            path: "/".into(),
            boundary: None,
            created: None,
            trust: Value::Null,
            policy: Value::Null,
            tags: tags(&topic(), "0"),
        };
        all.push(PublishingState {
            topic: bits & 1 != 0,
            role: (bits & 2 != 0).then_some(role),
            profiles: [
                ("fleet".to_owned(), profile(fleet)),
                ("lab".to_owned(), profile(lab)),
            ]
            .into(),
            audit: AuditConfiguration {
                enabled: bits & 4 != 0 && audit.is_some(),
                target: audit,
                checks: vec!["LOGGING_DISABLED_CHECK".into()],
            },
        });
    }
    all
}

fn own_role() -> AccountRules {
    AccountRules {
        role: RoleChoice::Own,
        ..NO_RULES.clone()
    }
}

fn each_request(mut look: impl FnMut(&PublishingSpec<'_>)) {
    let own = own_role();
    let names: Vec<String> = PROFILES.iter().map(|&name| name.to_owned()).collect();
    for profiles in [&names[..0], &names[..1], &names[..]] {
        for bits in 0..9u8 {
            let own_role = bits == 8;
            let audit = bits & 1 != 0 || own_role;
            let (disconnect, replace) = (bits & 2 != 0, bits & 4 != 0);
            let rules = if own_role { &own } else { &NO_RULES };
            look(&PublishingSpec {
                topic: &topic(),
                key: None,
                profiles,
                audit,
                disconnect,
                replace,
                rules,
                version: "1",
            });
        }
    }
}

/// What AWS holds after a step.
fn apply(have: &mut PublishingState, step: &PublishingChange) {
    match step {
        PublishingChange::CreateTopic { .. } => have.topic = true,
        PublishingChange::CreateRole { role } | PublishingChange::UpdateRole { role, .. } => {
            have.role = Some(role.clone())
        }
        PublishingChange::RemoveRole { .. } => have.role = None,
        PublishingChange::Profile {
            name,
            version,
            target,
        } => {
            let profile = have
                .profiles
                .get_mut(name)
                .expect("a profile that is there");
            assert_eq!(
                profile.version, *version,
                "a step is guarded by the version that was seen"
            );
            *profile = SecurityProfile {
                version: version + 1,
                target: target.clone(),
                ..profile.clone()
            };
        }
        PublishingChange::Audit { target, enabled } => {
            have.audit = AuditConfiguration {
                target: Some(target.clone()),
                enabled: *enabled,
                ..have.audit.clone()
            };
        }
    }
}

#[test]
fn every_request_is_fulfilled_from_everywhere_even_when_it_is_interrupted() {
    for start in connections() {
        each_request(|request| {
            let steps = plan(
                &wanted(request, &start),
                &start,
                request.topic,
                &Tags::new(),
            );
            for interrupted_after in 0..=steps.len() {
                let (done, missing) = steps.changes().split_at(interrupted_after);
                let mut have = start.clone();
                done.iter().for_each(|step| apply(&mut have, step));
                let rest = plan(&wanted(request, &have), &have, request.topic, &Tags::new());
                rest.changes()
                    .iter()
                    .for_each(|step| apply(&mut have, step));
                // The same changes lead to the same end, and that is checked for the run that is not interrupted.
                let is_known = rest.changes() == missing && !missing.is_empty();
                assert!(
                    is_known
                        || plan(&wanted(request, &have), &have, request.topic, &Tags::new())
                            .is_empty(),
                    "{start:?} {request:?}"
                );
                for name in request.profiles.iter().filter(|_| !request.disconnect) {
                    let target = have.profiles[name]
                        .target
                        .as_ref()
                        .expect("a connected profile");
                    assert_eq!(target.topic, request.topic.to_string());
                }
                let ours = role_arn(request.topic);
                let published = have
                    .profiles
                    .values()
                    .filter_map(|profile| profile.target.as_ref());
                if published
                    .into_iter()
                    .any(|target| target.role == ours && target.topic == request.topic.to_string())
                {
                    assert!(
                        have.role.is_some(),
                        "a target's role is kept: {start:?} {request:?}"
                    );
                }
            }
        });
    }
}

#[test]
fn what_is_not_asked_for_is_not_touched() {
    for start in connections() {
        each_request(|request| {
            let steps = plan(
                &wanted(request, &start),
                &start,
                request.topic,
                &Tags::new(),
            );
            for step in steps.into_changes() {
                match step {
                    PublishingChange::Profile { name, target, .. } => {
                        assert!(request.profiles.contains(&name));
                        let held = &start.profiles[&name].target;
                        let theirs = held
                            .as_ref()
                            .is_some_and(|held| held.role != role_arn(request.topic));
                        assert!(
                            !(request.disconnect && (theirs || target.is_some())),
                            "{request:?} {start:?}"
                        );
                    }
                    PublishingChange::Audit { .. } => assert!(request.audit),
                    PublishingChange::CreateTopic { .. } => assert!(!request.disconnect),
                    PublishingChange::CreateRole { .. }
                    | PublishingChange::UpdateRole { .. }
                    | PublishingChange::RemoveRole { .. } => {}
                }
            }
        });
    }
}

#[test]
fn another_target_is_a_conflict_unless_it_may_be_replaced() {
    let have = connections().into_iter().find(|have| {
        have.audit.enabled
            && have.audit.target == targets()[3]
            && have.profiles.values().all(|p| p.target == targets()[3])
    });
    let have = have.expect("a connection with other targets");
    let profiles = ["fleet".to_owned()];
    let (topic, key) = (topic(), None);
    let mut request = PublishingSpec {
        topic: &topic,
        key,
        profiles: &profiles,
        audit: true,
        disconnect: false,
        replace: false,
        rules: &NO_RULES,
        version: "1",
    };
    assert_eq!(
        conflicts(&request, &have),
        [
            "security profile fleet → arn:other",
            "audit results → arn:other"
        ]
    );
    request.replace = true;
    assert!(conflicts(&request, &have).is_empty());
}

#[test]
fn the_own_role_takes_the_place_of_another_one_at_this_topic_only() {
    let mut have = connections().remove(0);
    let topic = topic();
    let at = |topic: &str| {
        Some(NotificationTarget {
            topic: topic.to_owned(),
            role: "arn:theirs".into(),
        })
    };
    for profile in have.profiles.values_mut() {
        profile.target = at(&topic.to_string());
    }
    let profiles = ["fleet".to_owned()];
    let own = own_role();
    let mut request = PublishingSpec {
        topic: &topic,
        key: None,
        profiles: &profiles,
        audit: false,
        disconnect: false,
        replace: false,
        rules: &NO_RULES,
        version: "1",
    };
    let role = |request: &PublishingSpec<'_>, have: &PublishingState| {
        let target = wanted(request, have).profiles["fleet"].target.clone();
        target.expect("a target").role
    };
    assert_eq!(role(&request, &have), "arn:theirs");
    request.rules = &own;
    assert_eq!(role(&request, &have), role_arn(&topic));
    for profile in have.profiles.values_mut() {
        profile.target = at("arn:other");
    }
    assert_eq!(
        conflicts(&request, &have),
        ["security profile fleet → arn:other"]
    );
}

#[test]
fn the_role_is_trusted_for_no_more_than_is_connected() {
    let profiles: Vec<String> = PROFILES.iter().map(|&name| name.to_owned()).collect();
    let topic = topic();
    let mut have = connections().remove(0);
    let key = Some("arn:aws:kms:eu-central-1:123456789012:key/k");
    let mut request = PublishingSpec {
        topic: &topic,
        key,
        profiles: &profiles[..1],
        audit: false,
        disconnect: false,
        replace: false,
        rules: &NO_RULES,
        version: "1",
    };
    let role = wanted(&request, &have).role.expect("a role");
    let source =
        |role: &Role| role.trust["Statement"][0]["Condition"]["ArnLike"]["aws:SourceArn"].clone();
    assert_eq!(
        source(&role),
        json!(["arn:aws:iot:eu-central-1:123456789012:securityprofile/fleet"])
    );
    assert_eq!(role.policy["Statement"][1]["Resource"], json!(key));
    request.audit = true;
    assert_eq!(
        source(&wanted(&request, &have).role.expect("a role")),
        json!(["arn:aws:iot:eu-central-1:123456789012:*"])
    );
    let many: Vec<String> = (0..20).map(|n| format!("profile-{n}")).collect();
    have.profiles = many
        .iter()
        .map(|name| (name.clone(), SecurityProfile::default()))
        .collect();
    (request.profiles, request.audit) = (&many, false);
    let role = wanted(&request, &have).role.expect("a role");
    assert_eq!(
        source(&role),
        json!(["arn:aws:iot:eu-central-1:123456789012:securityprofile/*"])
    );
    assert!(role.trust.to_string().len() < 2048);
}
