//! What the proxy answers in place of the emulator.

use std::time::Duration;

use aws_sdk_iam::Client as Iam;
use aws_sdk_iot::Client as Iot;
use aws_sdk_iot::types::{
    AlertTarget, AlertTargetType, AuditCheckConfiguration, AuditNotificationTarget,
    AuditNotificationType,
};
use aws_sdk_sns::Client as Sns;
use aws_sdk_sns::operation::verify_sms_sandbox_phone_number::VerifySMSSandboxPhoneNumberError;
use serde_json::json;

use crate::bed::refusal;
use testbed::bed::Bed;
use testbed::model::sms::OriginationNumber;

#[tokio::test]
async fn device_defender_answers_typed_calls() {
    let bed = Bed::new();
    let iot = Iot::new(&bed.config());
    bed.proxy.model().at(&bed.account, |here| {
        for name in ["a", "b", "c"] {
            here.iot.add_profile(name, &json!({ "behaviors": [{ "name": "messageSize", "metric": "aws:message-byte-size" }] }));
        }
    });
    let profiles = iot
        .list_security_profiles()
        .into_paginator()
        .items()
        .send()
        .collect::<Result<Vec<_>, _>>()
        .await;
    let names: Vec<_> = profiles
        .expect("profiles")
        .into_iter()
        .map(|profile| profile.name)
        .collect();
    assert_eq!(names, ["a", "b", "c"]);
    assert_eq!(
        bed.proxy.calls_of("iot:ListSecurityProfiles").len(),
        2,
        "three profiles are two pages"
    );

    let target = AlertTarget::builder()
        .alert_target_arn("topic")
        .role_arn("role")
        .build()
        .expect("a target");
    let update = || {
        iot.update_security_profile()
            .security_profile_name("a")
            .alert_targets(AlertTargetType::Sns, target.clone())
    };
    let stale = update()
        .expected_version(7)
        .send()
        .await
        .expect_err("another version")
        .into_service_error();
    assert!(stale.is_version_conflict_exception(), "{stale:?}");
    assert_eq!(
        update()
            .expected_version(1)
            .send()
            .await
            .expect("an update")
            .version,
        2
    );
    let profile = iot
        .describe_security_profile()
        .security_profile_name("a")
        .send()
        .await
        .expect("a profile");
    assert_eq!(
        profile
            .alert_targets()
            .and_then(|targets| targets.get(&AlertTargetType::Sns)),
        Some(&target)
    );
    assert_eq!(profile.behaviors().len(), 1, "what is not given stays");
    assert_eq!(
        refusal(update().delete_alert_targets(true).send().await).0,
        "InvalidRequestException"
    );
    iot.update_security_profile()
        .security_profile_name("a")
        .delete_alert_targets(true)
        .send()
        .await
        .expect("no target");
    let bare = bed
        .proxy
        .model()
        .at(&bed.account, |here| here.iot.profile("a"))
        .expect("a profile");
    assert!(bare.get("alertTargets").is_none(), "{bare}");
    let missing = iot
        .describe_security_profile()
        .security_profile_name("z")
        .send()
        .await
        .expect_err("none");
    assert!(
        missing
            .into_service_error()
            .is_resource_not_found_exception()
    );

    let attach = iot
        .attach_security_profile()
        .security_profile_name("a")
        .security_profile_target_arn("arn:aws:iot:::all/things");
    attach.send().await.expect("attached");
    let targets = iot
        .list_targets_for_security_profile()
        .security_profile_name("a")
        .send()
        .await
        .expect("targets");
    assert_eq!(
        targets.security_profile_targets()[0].arn(),
        "arn:aws:iot:::all/things"
    );

    let audit = AuditNotificationTarget::builder()
        .target_arn("topic")
        .role_arn("role")
        .enabled(true)
        .build();
    let notify = || {
        let update = iot.update_account_audit_configuration();
        update.audit_notification_target_configurations(AuditNotificationType::Sns, audit.clone())
    };
    assert_eq!(
        refusal(notify().send().await).0,
        "InvalidRequestException",
        "the first time a check has to be on"
    );
    let on = AuditCheckConfiguration::builder().enabled(true).build();
    notify()
        .audit_check_configurations("LOGGING_DISABLED_CHECK", on)
        .send()
        .await
        .expect("an audit");
    notify().send().await.expect("another time");
    let found = iot
        .describe_account_audit_configuration()
        .send()
        .await
        .expect("the audit");
    let targets = found
        .audit_notification_target_configurations()
        .expect("targets");
    assert_eq!(targets.get(&AuditNotificationType::Sns), Some(&audit));
}

#[tokio::test]
async fn the_sms_sandbox_answers_typed_calls() {
    let bed = Bed::new();
    let sns = Sns::new(&bed.config());
    let number = "+491701234567";
    bed.proxy
        .model()
        .at(&bed.account, |here| here.sms.in_sandbox = true);
    assert!(
        sns.get_sms_sandbox_account_status()
            .send()
            .await
            .expect("a status")
            .is_in_sandbox()
    );
    sns.create_sms_sandbox_phone_number()
        .phone_number(number)
        .send()
        .await
        .expect("a password is sent");
    let verify = |password: &str| {
        sns.verify_sms_sandbox_phone_number()
            .phone_number(number)
            .one_time_password(password)
            .send()
    };
    let wrong = verify("00000")
        .await
        .expect_err("a wrong password")
        .into_service_error();
    assert!(
        matches!(
            wrong,
            VerifySMSSandboxPhoneNumberError::VerificationException(_)
        ),
        "{wrong:?}"
    );
    let password = bed.proxy.model().at(&bed.account, |here| {
        here.sms.one_time_password(number).map(str::to_owned)
    });
    verify(&password.expect("the password"))
        .await
        .expect("verified");
    let listed = sns
        .list_sms_sandbox_phone_numbers()
        .send()
        .await
        .expect("numbers")
        .phone_numbers;
    assert_eq!(
        listed[0].status().map(|status| status.as_str()),
        Some("Verified")
    );

    let delete = || {
        sns.delete_sms_sandbox_phone_number()
            .phone_number(number)
            .send()
    };
    assert_eq!(refusal(delete().await).0, "UserError");
    bed.proxy.model().at(&bed.account, |here| {
        here.sms.pass(Duration::from_secs(24 * 3600))
    });
    delete().await.expect("deleted");
    for n in 0..10 {
        sns.create_sms_sandbox_phone_number()
            .phone_number(format!("+4917012345{n:02}"))
            .send()
            .await
            .expect("room for ten");
    }
    let eleventh = sns
        .create_sms_sandbox_phone_number()
        .phone_number(number)
        .send()
        .await
        .expect_err("no room");
    assert!(eleventh.into_service_error().is_user_error_exception());
}

#[tokio::test]
async fn the_sms_account_answers_typed_calls() {
    let bed = Bed::new();
    let sns = Sns::new(&bed.config());
    let set = |key: &str, value: &str| sns.set_sms_attributes().attributes(key, value).send();
    set("DefaultSMSType", "Transactional")
        .await
        .expect("a type");
    assert_eq!(
        refusal(set("MonthlySpendLimit", "50").await).0,
        "InvalidParameter"
    );
    let attributes = sns
        .get_sms_attributes()
        .send()
        .await
        .expect("attributes")
        .attributes
        .expect("some");
    assert_eq!(
        attributes.into_iter().collect::<Vec<_>>(),
        [("DefaultSMSType".to_owned(), "Transactional".to_owned())]
    );

    bed.proxy.model().at(&bed.account, |here| {
        here.sms.opted_out.insert("+491701234567".to_owned());
        let (number, country, status) = (
            "+18005550100".to_owned(),
            "US".to_owned(),
            "ACTIVE".to_owned(),
        );
        here.sms.origination_numbers.push(OriginationNumber {
            number,
            country,
            status,
        });
    });
    let check = || {
        sns.check_if_phone_number_is_opted_out()
            .phone_number("+491701234567")
            .send()
    };
    assert!(check().await.expect("an answer").is_opted_out());
    sns.opt_in_phone_number()
        .phone_number("+491701234567")
        .send()
        .await
        .expect("opted in");
    assert!(!check().await.expect("an answer").is_opted_out());
    let numbers = sns
        .list_origination_numbers()
        .send()
        .await
        .expect("numbers")
        .phone_numbers
        .expect("some");
    assert_eq!(numbers[0].iso2_country_code(), Some("US"));

    bed.proxy
        .model()
        .at(&bed.account, |here| here.sms.supported = false);
    assert_eq!(
        refusal(sns.get_sms_attributes().send().await).0,
        "InvalidAction"
    );
}

#[tokio::test]
async fn what_aws_refuses_is_refused() {
    let bed = Bed::new();
    let (iam, sns) = (Iam::new(&bed.config()), Sns::new(&bed.config()));
    let topic = sns
        .create_topic()
        .name("t")
        .send()
        .await
        .expect("a topic")
        .topic_arn
        .expect("its ARN");
    let subscribe = |protocol: &str, endpoint: &str| {
        sns.subscribe()
            .topic_arn(&topic)
            .protocol(protocol)
            .endpoint(endpoint)
    };
    let (code, message) = refusal(subscribe("sms", "+49x").send().await);
    assert_eq!(
        (code.as_str(), message.as_str()),
        (
            "InvalidParameter",
            "Invalid parameter: Invalid SMS endpoint: +49x"
        )
    );
    assert_eq!(
        refusal(subscribe("pigeon", "coop").send().await).0,
        "InvalidParameter"
    );
    assert_eq!(
        refusal(subscribe("lambda", "f").send().await).0,
        "InvalidParameter"
    );
    let attribute = |key: &str, value: &str| {
        subscribe("sms", "+491701234567")
            .attributes(key, value)
            .send()
    };
    let abroad = r#"{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:123456789012:q"}"#;
    assert_eq!(
        refusal(attribute("RedrivePolicy", abroad).await).0,
        "InvalidParameter"
    );
    for policy in [
        "no json",
        r#"{"violationEventType":"in-alarm"}"#,
        r#"{"a":["1"],"b":["1"],"c":["1"],"d":["1"],"e":["1"],"f":["1"]}"#,
        r#"{"violationEventTime":[{"numeric":[">",1600000000000]}]}"#,
    ] {
        assert_eq!(
            refusal(attribute("FilterPolicy", policy).await).0,
            "InvalidParameter",
            "{policy}"
        );
    }
    let either = r#"{"$or":[{"violationEventType":["in-alarm"]},{"nonCompliantChecksCount":[{"numeric":[">",0]}]}]}"#;
    attribute("FilterPolicy", either)
        .await
        .expect("a subscription");

    let trust =
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole"}]}"#;
    let role = iam
        .create_role()
        .role_name("r")
        .assume_role_policy_document(trust)
        .send()
        .await
        .expect_err("malformed");
    assert!(
        role.into_service_error()
            .is_malformed_policy_document_exception()
    );

    let secrets = aws_sdk_secretsmanager::Client::new(&bed.config());
    let create = || {
        secrets
            .create_secret()
            .name("ddalert/x")
            .secret_string("1")
            .send()
    };
    let arn = create().await.expect("a secret").arn.expect("its ARN");
    secrets
        .delete_secret()
        .secret_id(&arn)
        .send()
        .await
        .expect("deleted");
    assert!(
        create()
            .await
            .expect_err("pending deletion")
            .into_service_error()
            .is_invalid_request_exception()
    );
    secrets
        .restore_secret()
        .secret_id(&arn)
        .send()
        .await
        .expect("restored");
    assert!(
        create()
            .await
            .expect_err("it exists")
            .into_service_error()
            .is_resource_exists_exception()
    );

    bed.proxy
        .model()
        .at(&bed.account, |here| here.strict = false);
    subscribe("sms", "+49x")
        .send()
        .await
        .expect("what the emulator takes");
}
