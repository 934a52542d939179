//! Security profiles and an audit with one thing broken after the other.

use crate::chain::checks::tests::*;

#[test]
fn dd001_nothing_publishes() {
    finds("DD001", "ddalert connect --audit", |chain| {
        profile(chain).target = elsewhere();
        audit(chain).target = None;
    });
    finds("DD001", "ddalert connect --all-profiles --audit", |chain| {
        profile(chain).target = None;
        audit(chain).target = None;
    });
    advises(
        "DD001",
        "decide with those who read these topics",
        |chain| {
            profile(chain).target = elsewhere();
            audit(chain).target = elsewhere();
        },
    );
    advises("DD001", "enable one first", |chain| {
        chain.profiles = Lookup::Found([].into());
        *audit(chain) = AuditConfiguration::default();
    });
}

#[test]
fn dd002_profile_without_target() {
    finds("DD002", "connect --profile-name fleet", |chain| {
        profile(chain).target = None
    });
}

#[test]
fn dd003_suppressed_alerts() {
    finds("DD003", "aws iot update-security-profile", |chain| {
        profile(chain).suppressed.push("messageSize".into())
    });
}

#[test]
fn dd004_audit_turned_off() {
    finds("DD004", "connect --audit", |chain| {
        audit(chain).enabled = false
    });
}

#[test]
fn dd005_audit_without_target() {
    finds("DD005", "connect --audit", |chain| {
        *audit(chain) = AuditConfiguration {
            target: None,
            enabled: false,
            checks: vec!["A".into()],
        }
    });
}

#[test]
fn dd062_unattached_profile() {
    finds(
        "DD062",
        "aws iot attach-security-profile --security-profile-name fleet",
        |chain| chain.unattached_profiles.push("fleet".into()),
    );
}

#[test]
fn dd063_no_scheduled_audit() {
    finds(
        "DD063",
        "--target-check-names LOGGING_DISABLED_CHECK",
        |chain| chain.scheduled_audits = Lookup::Found([].into()),
    );
    let mut chain = healthy();
    chain.scheduled_audits = Lookup::NotChecked;
    assert_eq!(diagnose(&chain), []);
}

fn elsewhere() -> Option<NotificationTarget> {
    Some(NotificationTarget {
        topic: "arn:other".into(),
        role: "r".into(),
    })
}

#[test]
fn dd070_profiles_elsewhere() {
    advises("DD070", "those who read arn:other", |chain| {
        profile(chain).target = elsewhere()
    });
}

#[test]
fn dd071_audit_elsewhere() {
    advises("DD071", "those who read arn:other", |chain| {
        audit(chain).target = elsewhere()
    });
}

#[test]
fn dd072_one_profile_elsewhere() {
    advises("DD072", "nothing, if that is on purpose", |chain| {
        let mut other = profile(chain).clone();
        other.target = elsewhere();
        let Lookup::Found(profiles) = &mut chain.profiles else {
            unreachable!("the healthy chain has profiles")
        };
        profiles.insert("more".into(), other);
    });
}

#[test]
fn dd073_no_behaviors() {
    advises("DD073", "has to add a behavior", |chain| {
        profile(chain).behaviors.clear()
    });
}

#[test]
fn dd074_no_audit_check() {
    let command = r#"--audit-check-configurations '{"LOGGING_DISABLED_CHECK":{"enabled":true}}'"#;
    finds("DD074", command, |chain| audit(chain).checks.clear());
}

#[test]
fn dd075_audit_check_disabled() {
    finds("DD075", r#"'{"OTHER_CHECK":{"enabled":true}}'"#, |chain| {
        let checks = vec!["LOGGING_DISABLED_CHECK".into(), "OTHER_CHECK".into()];
        chain.scheduled_audits = Lookup::Found([("daily".to_owned(), checks)].into());
    });
}
