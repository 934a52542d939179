//! A subscribed function with one thing broken after the other.

use jiff::civil::date;

use crate::chain::checks::tests::*;

#[test]
fn dd024_function_missing() {
    finds("DD024", DEPLOY, |chain| {
        subscriber(chain).function = Lookup::Missing
    });
    finds_in(healthy_buffered(), "DD024", DEPLOY, |chain| {
        subscriber(chain).function = Lookup::Missing
    });
}

#[test]
fn dd026_failed() {
    finds("DD026", "update-function-configuration", |chain| {
        function(chain).state = "Failed".into()
    });
}

#[test]
fn dd027_update_failed() {
    finds("DD027", "update-function-configuration", |chain| {
        function(chain).last_update = "Failed".into()
    });
}

#[test]
fn dd028_zero_concurrency() {
    finds("DD028", "delete-function-concurrency", |chain| {
        function(chain).reserved_concurrency = Some(0)
    });
}

#[test]
fn dd029_deprecated_runtime() {
    finds("DD029", DEPLOY, |chain| chain.today = date(2029, 6, 30));
    finds(
        "DD029",
        "aws lambda update-function-configuration --function-name ddalert-slack-BadIoTDevices --runtime python3.14",
        |chain| {
            function(chain).runtime = "python3.9".into();
            function(chain).relay = None;
        },
    );
}

#[test]
fn dd030_other_version() {
    finds("DD030", DEPLOY, |chain| {
        relay(chain).version = Lookup::Found("0.9.0".into())
    });
    finds("DD030", DEPLOY, |chain| {
        relay(chain).version = Lookup::Missing
    });
    let mut chain = healthy();
    relay(&mut chain).version = Lookup::NotChecked;
    assert_eq!(
        diagnose(&chain),
        [],
        "tags that cannot be read are not missing"
    );
}

#[test]
fn dd053_other_code() {
    finds("DD053", DEPLOY, |chain| {
        relay(chain).code = "x86_64:other=".into()
    });
    let mut chain = healthy();
    relay(&mut chain).code = "arm64:abc=".into();
    assert!(
        diagnose(&chain)[0]
            .what
            .contains("runs on arm64, but ddalert deployed it for x86_64")
    );
    relay(&mut chain).deployed_code = None;
    assert_eq!(
        diagnose(&chain),
        [],
        "without the tag, what was deployed is unknown"
    );
}

#[test]
fn dd055_wrong_destination() {
    finds("DD055", DEPLOY, |chain| {
        relay(chain).target = "slakc".into()
    });
    advises("DD055", "subscribe-sms again, with --readable", |chain| {
        phone_relay(chain, account(|_| {}));
        relay(chain).environment.phones = vec!["nobody".into()];
    });
    advises("DD055", "subscribe-sms again, with --readable", |chain| {
        phone_relay(chain, account(|_| {}));
        relay(chain).environment.phones.clear();
    });
    finds("DD055", DEPLOY, |chain| {
        relay(chain).environment.digest_over = Some("many".into());
    });
}

#[test]
fn dd058_other_runtime() {
    finds("DD058", DEPLOY, |chain| {
        function(chain).runtime = "python3.14".into()
    });
    finds("DD058", DEPLOY, |chain| {
        function(chain).runtime = "provided.al2".into()
    });
}

#[test]
fn dd059_other_settings() {
    finds("DD059", DEPLOY, |chain| relay(chain).settings.timeout_s = 3);
    finds("DD059", DEPLOY, |chain| {
        relay(chain).settings.memory_mb = 64
    });
    finds("DD059", DEPLOY, |chain| {
        relay(chain).settings.json_logs = false
    });
    let mut chain = healthy();
    (
        relay(&mut chain).settings.timeout_s,
        relay(&mut chain).settings.memory_mb,
    ) = (60, 256);
    assert_eq!(
        diagnose(&chain),
        [],
        "more time and memory than needed is fine"
    );
}

#[test]
fn dd061_in_a_vpc() {
    finds(
        "DD061",
        "--vpc-config SubnetIds=[],SecurityGroupIds=[]",
        |chain| relay(chain).settings.vpc = Some("vpc-1".into()),
    );
}

#[test]
fn the_name_of_a_relay_shows_its_destination() {
    finds("DD055", DEPLOY, |chain| {
        relay(chain).target = "teams".into()
    });
    finds("DD055", DEPLOY, |chain| relay(chain).target = String::new());
    advises("DD024", "--name pager", |chain| {
        subscriber(chain).endpoint =
            "arn:aws:lambda:eu-central-1:123456789012:function:pager".into();
        subscriber(chain).function = Lookup::Missing;
        chain.tagged_functions = ["pager".to_owned()].into();
    });
}

#[test]
fn dd082_key_unusable() {
    for (state, remedy) in [
        ("Disabled", "aws kms enable-key --key-id k"),
        ("missing", "--kms-key-arn ''"),
    ] {
        finds("DD082", remedy, |chain| {
            function(chain).key = Some(KmsKey {
                id: "k".into(),
                unusable: Some(state.into()),
                ..KmsKey::default()
            });
        });
    }
}

#[test]
fn dd083_inactive() {
    finds("DD083", "ddalert test-publish", |chain| {
        function(chain).state = "Inactive".into()
    });
}
