//! `connect` from nothing, again, in the way of others, and back.

use serde_json::{Value, json};

use crate::doctor::{TOPIC, ddalert, device_defender, doctor};
use testbed::bed::Bed;
use testbed::fault::Fault;
use testbed::wire::AwsError;

fn profile(bed: &Bed) -> Value {
    bed.proxy
        .model()
        .at(&bed.account, |here| here.iot.profile("fleet"))
        .expect("the profile")
}

fn audit(bed: &Bed) -> Value {
    bed.proxy
        .model()
        .at(&bed.account, |here| here.iot.audit.clone())
}

#[test]
fn from_nothing_and_again_and_back() {
    let bed = Bed::new();
    device_defender(&bed);
    let before = profile(&bed);
    let connect = format!("connect --topic {TOPIC} --all-profiles --audit");
    let planned = ddalert(&bed, &format!("{connect} --dry-run --exit-code")).output();
    assert_eq!(planned.status.code(), Some(3), "{planned}");
    let place = format!(
        "In the account {}, {}.\n",
        bed.account.id, bed.account.region
    );
    assert!(planned.stdout.ends_with(&place), "{planned}");
    insta::assert_snapshot!(planned.stdout.replace(&place, ""), @r"
    + create topic BadIoTDevices
    + create role ddalert-connect-BadIoTDevices-eu-central-1
    ~ security profile fleet: send alerts to BadIoTDevices
    ~ audit: send results to BadIoTDevices
    4 changes would be made.
    ");
    assert_eq!(bed.proxy.writes().len(), 0, "a dry run writes nothing");
    let asked = ddalert(&bed, &connect).output().failure(2);
    assert!(
        asked.contains("it needs --yes") && asked.contains("In the account "),
        "{asked}"
    );

    let _ = ddalert(&bed, &format!("{connect} --yes"))
        .output()
        .success();
    let (topic, role) = (
        bed.account.arn("sns", TOPIC),
        bed.account
            .arn("iam", "role/ddalert-connect-BadIoTDevices-eu-central-1"),
    );
    let after = profile(&bed);
    assert_eq!(
        after["alertTargets"]["SNS"],
        json!({ "alertTargetArn": topic, "roleArn": role })
    );
    for member in ["behaviors", "securityProfileDescription"] {
        assert_eq!(after[member], before[member], "{member} is not touched");
    }
    let update = &bed.proxy.calls_of("iot:UpdateSecurityProfile")[0];
    assert_eq!(update.query("expectedVersion"), Some("1"));
    let members: Vec<String> = update
        .json()
        .as_object()
        .expect("a body")
        .keys()
        .cloned()
        .collect();
    assert_eq!(members, ["alertTargets"], "nothing else is sent");
    assert_eq!(
        audit(&bed)["auditNotificationTargetConfigurations"]["SNS"],
        json!({ "targetArn": topic, "roleArn": role, "enabled": true })
    );
    assert_eq!(
        audit(&bed)["roleArn"],
        "arn:aws:iam::123456789012:role/audit",
        "the audit's own role is not touched"
    );

    bed.proxy.forget_calls();
    let again = ddalert(&bed, &format!("{connect} --yes"))
        .output()
        .success();
    assert!(again.contains("Nothing to change"), "{again}");
    assert_eq!(bed.proxy.writes().len(), 0, "a second run writes nothing");

    let _ = ddalert(
        &bed,
        &format!("connect --topic {TOPIC} --audit --disconnect --yes"),
    )
    .output()
    .success();
    // The SDK leaves out what is false, which is the default of the API model.
    assert_ne!(
        audit(&bed)["auditNotificationTargetConfigurations"]["SNS"]["enabled"],
        true
    );
    assert_eq!(
        profile(&bed)["alertTargets"]["SNS"]["roleArn"],
        json!(role),
        "what still publishes keeps its role"
    );
    let _ = ddalert(&bed, &format!("connect --topic {TOPIC} --disconnect --yes"))
        .output()
        .success();
    assert!(profile(&bed).get("alertTargets").is_none());
    assert_eq!(bed.proxy.calls_of("iam:DeleteRole").len(), 1);
    bed.proxy.forget_calls();
    let nothing = ddalert(&bed, &format!("connect --topic {TOPIC} --disconnect --yes"))
        .output()
        .success();
    assert!(nothing.contains("Nothing to change"), "{nothing}");
    assert_eq!(bed.proxy.writes().len(), 0);
}

#[test]
fn another_target_is_refused_unless_it_may_be_replaced() {
    let bed = Bed::new();
    device_defender(&bed);
    let other = json!({ "SNS": { "alertTargetArn": bed.account.arn("sns", "Other"), "roleArn": bed.account.arn("iam", "role/o") } });
    bed.proxy.model().at(&bed.account, |here| {
        here.iot
            .add_profile("theirs", &json!({ "alertTargets": other }))
    });
    let connect = format!("connect --topic {TOPIC} --all-profiles --yes");
    let refused = ddalert(&bed, &connect).output().failure(1);
    assert!(
        refused.contains("security profile theirs → ") && refused.contains("--replace"),
        "{refused}"
    );
    assert_eq!(bed.proxy.writes().len(), 0, "nothing is half done");
    let _ = ddalert(&bed, &format!("{connect} --replace --new-topic"))
        .output()
        .success();
    let taken = bed
        .proxy
        .model()
        .at(&bed.account, |here| here.iot.profile("theirs"))
        .expect("the profile");
    assert_eq!(
        taken["alertTargets"]["SNS"]["alertTargetArn"],
        json!(bed.account.arn("sns", TOPIC))
    );
}

#[test]
fn a_profile_that_is_changed_meanwhile_is_left_alone() {
    let bed = Bed::new();
    device_defender(&bed);
    let conflict = AwsError::new(
        409,
        "VersionConflictException",
        "The version of the security profile is 2.",
    );
    bed.proxy
        .on("iot:UpdateSecurityProfile")
        .times(1)
        .fail(Fault::Error(conflict));
    let connect = format!("connect --topic {TOPIC} --profile-name fleet --yes");
    let refused = ddalert(&bed, &connect).output().failure(1);
    assert!(
        refused.contains("somebody changed the security profile meanwhile"),
        "{refused}"
    );
    assert!(refused.contains("2 of 3 changes were made"), "{refused}");
    let _ = ddalert(&bed, &connect).output().success();
    assert!(profile(&bed)["alertTargets"].is_object());
}

#[test]
fn a_role_that_is_not_known_yet_is_waited_for() {
    let bed = Bed::new();
    device_defender(&bed);
    let early = AwsError::new(
        400,
        "InvalidRequestException",
        "The role cannot be assumed by AWS IoT.",
    );
    bed.proxy
        .on("iot:UpdateSecurityProfile")
        .times(2)
        .fail(Fault::Error(early));
    let _ = ddalert(
        &bed,
        &format!("connect --topic {TOPIC} --profile-name fleet --yes"),
    )
    .output()
    .success();
    assert_eq!(bed.proxy.calls_of("iot:UpdateSecurityProfile").len(), 3);
}

#[test]
fn what_cannot_be_connected_is_said_before_anything_is_done() {
    let bed = Bed::new();
    let said = ddalert(&bed, &format!("connect --topic {TOPIC} --yes"))
        .output()
        .failure(2);
    assert!(
        said.contains("--audit, --all-profiles, or --profile-name"),
        "{said}"
    );
    let said = ddalert(
        &bed,
        &format!("connect --topic {TOPIC} --profile-name none --yes"),
    )
    .output()
    .failure(1);
    assert!(said.contains("there is no security profile none"), "{said}");
    let said = ddalert(
        &bed,
        &format!("connect --topic {TOPIC} --all-profiles --yes"),
    )
    .output()
    .failure(1);
    assert!(
        said.contains("Detect is closed to new customers") && said.contains("--audit"),
        "{said}"
    );
    let said = ddalert(&bed, &format!("connect --topic {TOPIC} --audit --yes"))
        .output()
        .failure(1);
    assert!(said.contains("no audit check is enabled"), "{said}");
    assert_eq!(bed.proxy.writes().len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_key_of_an_encrypted_topic_is_the_roles_to_use() {
    let bed = Bed::new();
    device_defender(&bed);
    let sns = aws_sdk_sns::Client::new(&bed.config());
    let key = aws_sdk_kms::Client::new(&bed.config())
        .create_key()
        .send()
        .await
        .expect("a key");
    let key = key.key_metadata().expect("a key").key_id().to_owned();
    let topic = sns
        .create_topic()
        .name(TOPIC)
        .attributes("KmsMasterKeyId", &key)
        .send()
        .await
        .expect("a topic");
    let topic = topic.topic_arn().expect("its ARN");
    let connect = format!("connect --topic {TOPIC} --all-profiles --audit --yes");
    let _ = ddalert(&bed, &connect).output().success();
    let found = |report: &Value, code: &str| {
        report["results"][0]["findings"]
            .as_array()
            .expect("findings")
            .iter()
            .any(|finding| finding["code"] == code)
    };
    let (report, _) = doctor(&bed, "");
    assert!(!found(&report, "DD009"), "{report}");
    let role = format!("ddalert-connect-{TOPIC}-eu-central-1");
    let topic_alone = json!({ "Version": "2012-10-17",
        "Statement": [{ "Effect": "Allow", "Action": "sns:Publish", "Resource": topic }] });
    let iam = aws_sdk_iam::Client::new(&bed.config());
    let put = iam
        .put_role_policy()
        .role_name(role)
        .policy_name("ddalert-publish")
        .policy_document(topic_alone.to_string());
    put.send().await.expect("a policy without the key");
    let (report, exit) = doctor(&bed, "");
    assert!(found(&report, "DD009") && exit == Some(1), "{report}");
    let _ = ddalert(&bed, &connect).output().success();
    assert!(!found(&doctor(&bed, "").0, "DD009"));

    let set = sns
        .set_topic_attributes()
        .topic_arn(topic)
        .attribute_name("KmsMasterKeyId")
        .attribute_value("alias/aws/sns");
    set.send().await.expect("a key that AWS manages");
    assert!(found(&doctor(&bed, "").0, "DD013"));
    let refused = ddalert(&bed, &connect).output().failure(1);
    assert!(
        refused.contains("encrypted with an AWS managed key"),
        "{refused}"
    );
}
