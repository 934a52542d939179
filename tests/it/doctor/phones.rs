//! Phones on the topic, and each thing that keeps texts from them: named, and mended where a command can.

use std::time::Duration;

use aws_sdk_cloudwatch::Client as Metrics;
use aws_sdk_cloudwatch::types::MetricDatum;

use crate::doctor::breaks::{named, named_and_mended, whole};
use crate::doctor::{TOPIC, ddalert, device_defender, doctor, printed, small_relay};
use testbed::bed::Bed;
use testbed::fault::Fault;
use testbed::model::sms::Sms;

const GERMAN: &str = "+4915112345678";
const AMERICAN: &str = "+12065550100";

fn sms<T>(bed: &Bed, look: impl FnOnce(&mut Sms) -> T) -> T {
    bed.proxy
        .model()
        .at(&bed.account, |place| look(&mut place.sms))
}

fn set(bed: &Bed, name: &str, value: &str) {
    sms(bed, |sms| {
        sms.attributes.insert(name.to_owned(), value.to_owned())
    });
}

/// Makes a chain that is whole: Device Defender, topic, a phone, and an account that texts it.
fn chain(phone: &str, options: &str) -> Bed {
    let bed = Bed::new();
    device_defender(&bed);
    sms(&bed, |sms| sms.spend_ceiling = 100.0);
    set(&bed, "MonthlySpendLimit", "50");
    set(&bed, "DefaultSMSType", "Transactional");
    let _ = printed(
        &bed,
        &format!("ddalert connect --topic {TOPIC} --all-profiles --audit"),
    )
    .output()
    .success();
    let _ = ddalert(
        &bed,
        &format!("subscribe-sms {phone} --topic {TOPIC} --yes {options}"),
    )
    .output()
    .success();
    bed
}

async fn spend(bed: &Bed, dollars: f64) {
    let metric = MetricDatum::builder()
        .metric_name("SMSMonthToDateSpentUSD")
        .value(dollars)
        .build();
    let put = Metrics::new(&bed.config())
        .put_metric_data()
        .namespace("AWS/SNS")
        .metric_data(metric);
    put.send().await.expect("what was spent");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_keeps_texts_from_a_phone_is_named_and_mended() {
    let bed = chain(GERMAN, "");
    whole(&bed, "nothing");

    sms(&bed, |sms| _ = sms.opted_out.insert(GERMAN.to_owned()));
    assert!(named(&bed, "DD044").contains("--subscribed --opt-in"));
    named_and_mended(&bed, "DD044");

    set(&bed, "DefaultSMSType", "Promotional");
    named_and_mended(&bed, "DD050");

    sms(&bed, |sms| sms.in_sandbox = true);
    let mend = named(&bed, "DD045");
    let said = printed(&bed, &mend).output().failure(1);
    assert!(said.contains("--otp CODE"), "{said}");
    let password =
        sms(&bed, |sms| sms.one_time_password(GERMAN).map(str::to_owned)).expect("a password");
    let _ = printed(&bed, &format!("{mend} --otp {password}"))
        .output()
        .success();
    whole(&bed, "DD045");
    sms(&bed, |sms| {
        sms.in_sandbox = false;
        sms.pass(Duration::from_secs(60));
    });

    sms(&bed, |sms| sms.attributes.remove("MonthlySpendLimit"));
    assert!(named(&bed, "DD049").contains("Service Quotas"));
    set(&bed, "MonthlySpendLimit", "50");
    spend(&bed, 39.0).await;
    whole(&bed, "39 of 50 dollars");
    spend(&bed, 41.0).await;
    assert!(named(&bed, "DD048").contains("MonthlySpendLimit=100 "));
    let said = ddalert(
        &bed,
        &format!("subscribe-sms {GERMAN} --topic {TOPIC} --dry-run"),
    )
    .output();
    assert!(
        said.stderr
            .contains("$41.00 of the SMS spend limit of $50.00 a month is spent"),
        "{said}"
    );
    spend(&bed, 50.5).await;
    assert!(named(&bed, "DD047").contains("MonthlySpendLimit="));
    let said = ddalert(
        &bed,
        &format!("subscribe-sms {GERMAN} --topic {TOPIC} --dry-run"),
    )
    .output();
    assert!(
        said.stderr
            .contains("the SMS spend limit of $50.00 a month is used up ($50.50 spent)"),
        "{said}"
    );
    set(&bed, "MonthlySpendLimit", "100");
    whole(&bed, "DD047");

    bed.proxy.model().at(&bed.account, |here| {
        let checks = vec!["DEVICE_CERTIFICATE_EXPIRING_CHECK"; 9];
        here.iot.audit["auditCheckConfigurations"][checks[0]] =
            serde_json::json!({ "enabled": true });
        here.iot.scheduled_audits.push(
            serde_json::json!({ "scheduledAuditName": "weekly", "targetCheckNames": checks }),
        );
    });
    let mend = format!(
        "{} --relay {}",
        named(&bed, "DD057"),
        small_relay().display()
    );
    let _ = printed(&bed, &mend).output().success();
    whole(&bed, "DD057");
    let listed = ddalert(&bed, &format!("subscribe-sms --list --topic {TOPIC}"))
        .output()
        .answer();
    assert_eq!(listed, "+4915***5678 readable\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn phones_of_a_relay_are_looked_at_where_they_are_texted_from() {
    let bed = chain(
        AMERICAN,
        &format!(
            "--readable --relay {} --sms-region us-east-1",
            small_relay().display()
        ),
    );
    let elsewhere = bed.account.in_region("us-east-1");
    let there = |preset: fn(&mut Sms)| {
        bed.proxy
            .model()
            .at(&elsewhere, |place| preset(&mut place.sms))
    };
    there(|sms| {
        _ = sms
            .attributes
            .insert("MonthlySpendLimit".to_owned(), "50".to_owned())
    });
    let remedy = named(&bed, "DD046");
    assert!(
        remedy.contains("Request originator") && remedy.contains("us-east-1"),
        "{remedy}"
    );
    there(|sms| {
        let number = testbed::model::sms::OriginationNumber {
            number: "+18005550100".to_owned(),
            country: "US".to_owned(),
            status: "ACTIVE".to_owned(),
        };
        sms.origination_numbers.push(number);
    });
    whole(&bed, "DD046");
    there(|sms| _ = sms.opted_out.insert(AMERICAN.to_owned()));
    assert!(named(&bed, "DD044").contains("subscribe-sms --subscribed --readable --opt-in"));

    let (report, _) = doctor(&bed, "");
    assert!(!report.to_string().contains("2065550100"), "{report}");
    let shown = ddalert(&bed, &format!("doctor --topic {TOPIC}")).output();
    assert!(
        shown.stdout.contains("sms +1206***0100") && !shown.stdout.contains("2065550100"),
        "{shown}"
    );
}

#[test]
fn what_the_account_does_not_tell_is_not_checked() {
    let bed = chain(GERMAN, "");
    for action in [
        "sns:GetSMSSandboxAccountStatus",
        "sns:CheckIfPhoneNumberIsOptedOut",
        "cloudwatch:GetMetricData",
    ] {
        bed.proxy.heal();
        bed.proxy.on(action).fail(Fault::AccessDenied);
        let (report, exit) = doctor(&bed, "");
        let topic = &report["results"][0];
        assert_eq!(
            (exit, topic["findings"].as_array().map(Vec::len)),
            (Some(5), Some(0)),
            "{action}: {topic}"
        );
        let why = format!("needs {action}");
        assert!(
            topic["not_checked"]
                .as_array()
                .into_iter()
                .flatten()
                .any(|one| one["why"] == why),
            "{action}: {topic}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_that_lost_its_subscription_or_its_phones_is_mended() {
    let bed = chain(
        GERMAN,
        &format!("--readable --relay {}", small_relay().display()),
    );
    let mended = |mend: &str| {
        let _ = printed(&bed, &format!("{mend} --relay {}", small_relay().display()))
            .output()
            .success();
    };
    let sns = aws_sdk_sns::Client::new(&bed.config());
    let listed = sns
        .list_subscriptions_by_topic()
        .topic_arn(bed.account.arn("sns", TOPIC))
        .send()
        .await
        .expect("subscriptions");
    let subscription = listed.subscriptions()[0]
        .subscription_arn()
        .expect("an ARN");
    sns.unsubscribe()
        .subscription_arn(subscription)
        .send()
        .await
        .expect("no subscription");
    mended(&named(&bed, "DD015"));
    whole(&bed, "DD015");

    let lambda = aws_sdk_lambda::Client::new(&bed.config());
    let function = format!("ddalert-sms-{TOPIC}");
    let found = lambda
        .get_function_configuration()
        .function_name(&function)
        .send()
        .await
        .expect("the relay");
    let mut variables = found
        .environment()
        .and_then(|all| all.variables())
        .expect("variables")
        .clone();
    variables.insert("DDALERT_PHONES".to_owned(), format!("{GERMAN},nobody"));
    let environment = aws_sdk_lambda::types::Environment::builder()
        .set_variables(Some(variables))
        .build();
    lambda
        .update_function_configuration()
        .function_name(&function)
        .environment(environment)
        .send()
        .await
        .expect("no phone");
    mended(&named(&bed, "DD055"));
    whole(&bed, "DD055");
}
