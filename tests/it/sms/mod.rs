//! Phones, as a stranger subscribes them: whatever the account is like, they are texted or it is said why not.

mod sandbox;
mod status;

use std::path::Path;
use std::time::{Duration, Instant};

use aws_sdk_sns::Client as Sns;
use testbed::bed::Bed;
use testbed::command::Run;
use testbed::ministack::MiniStack;
use testbed::model::sms::Sms;

const PHONE: &str = "+4915112345678";
const MASKED: &str = "+4915***5678";

/// Prepares a run of ddalert on the topic `T`.
fn ddalert(bed: &Bed, args: &str) -> Run {
    bed.run(Path::new(env!("CARGO_BIN_EXE_ddalert")))
        .args(["--topic", "T"])
        .args(args.split_whitespace())
}

/// Makes an account with the topic `T` and these SMS settings.
async fn bed(preset: impl FnOnce(&mut Sms)) -> Bed {
    let bed = Bed::new();
    Sns::new(&bed.config())
        .create_topic()
        .name("T")
        .send()
        .await
        .expect("a topic");
    bed.proxy
        .model()
        .at(&bed.account, |place| preset(&mut place.sms));
    bed.proxy.forget_calls();
    bed
}

fn sms<T>(bed: &Bed, look: impl FnOnce(&mut Sms) -> T) -> T {
    bed.proxy
        .model()
        .at(&bed.account, |place| look(&mut place.sms))
}

fn writes(bed: &Bed) -> Vec<String> {
    let names = bed
        .proxy
        .writes()
        .iter()
        .map(testbed::call::Call::name)
        .collect();
    bed.proxy.forget_calls();
    names
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_out_of_the_sandbox_is_subscribed_once() {
    let bed = bed(|_| {}).await;
    let answer = ddalert(&bed, &format!("subscribe-sms {PHONE} --yes --output json"))
        .output()
        .success();
    assert!(
        !answer.contains(PHONE) && answer.contains(MASKED),
        "{answer}"
    );
    assert!(writes(&bed).contains(&"sns:Subscribe".to_owned()));
    let answer = ddalert(&bed, &format!("subscribe-sms {PHONE} --show-numbers"))
        .output()
        .success();
    assert!(
        answer.contains("Nothing to change") && answer.contains(PHONE),
        "{answer}"
    );
    assert_eq!(writes(&bed), Vec::<String>::new());
    ddalert(&bed, &format!("remove sms {PHONE} --yes"))
        .output()
        .success();
    assert_eq!(
        ddalert(&bed, "subscribe-sms --list")
            .output()
            .answer()
            .trim(),
        "No phone gets the alerts of this topic."
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_owner_or_the_region_forbids_is_said_before_anything_is_changed() {
    let bed = bed(|sms| _ = sms.opted_out.insert(PHONE.to_owned())).await;
    let said = ddalert(&bed, &format!("subscribe-sms {PHONE} --yes"))
        .output()
        .failure(2);
    assert!(said.contains("--opt-in"), "{said}");
    assert_eq!(writes(&bed), Vec::<String>::new());
    ddalert(
        &bed,
        &format!("subscribe-sms {PHONE} --yes --opt-in --transactional"),
    )
    .output()
    .success();
    assert!(sms(&bed, |sms| sms.opted_out.is_empty()));
    assert_eq!(
        sms(&bed, |sms| sms.attributes.get("DefaultSMSType").cloned()).as_deref(),
        Some("Transactional")
    );

    sms(&bed, |sms| sms.supported = false);
    let said = ddalert(&bed, "subscribe-sms +12065550100 --yes")
        .output()
        .failure(1);
    assert!(
        said.contains("not checked") && !said.contains("+12065550100"),
        "{said}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_readable_relay_replaces_the_raw_subscription_and_goes_with_its_last_phone() {
    let bed = bed(|_| {}).await;
    ddalert(&bed, &format!("subscribe-sms {PHONE} --yes"))
        .output()
        .success();
    bed.proxy.forget_calls();
    let relay = env!("CARGO_BIN_EXE_ddalert-relay");
    ddalert(
        &bed,
        &format!("subscribe-sms {PHONE} --readable --yes --relay {relay}"),
    )
    .output()
    .success();
    let writes_made = writes(&bed);
    let subscribed = writes_made
        .iter()
        .position(|name| name == "sns:Subscribe")
        .expect("the relay is subscribed");
    assert_eq!(
        writes_made.get(subscribed + 1).map(String::as_str),
        Some("sns:Unsubscribe"),
        "{writes_made:?}"
    );
    assert_eq!(
        ddalert(&bed, "subscribe-sms --list")
            .output()
            .answer()
            .trim(),
        format!("{MASKED} readable")
    );

    let said = ddalert(&bed, "test-publish --timeout 30")
        .output()
        .success();
    assert!(
        said.contains("text ") && said.contains(MASKED) && !said.contains(PHONE),
        "{said}"
    );
    let end = Instant::now() + Duration::from_secs(10);
    let texted = || MiniStack::shared().sms_messages().to_string();
    while !texted().contains("messageSize on myIoTDevice") && Instant::now() < end {
        std::thread::sleep(Duration::from_millis(100));
    }
    assert!(
        texted()
            .contains("[TEST] ALARM MEDIUM messageSize on myIoTDevice: 26 bytes, expected > 5,000"),
        "{}",
        texted()
    );

    bed.proxy.forget_calls();
    ddalert(
        &bed,
        &format!("subscribe-sms +4915112345679 --readable --yes --relay {relay}"),
    )
    .output()
    .success();
    assert_eq!(writes(&bed), ["lambda:UpdateFunctionConfiguration"]);
    ddalert(&bed, "remove sms +4915112345679 --yes")
        .output()
        .success();
    assert_eq!(writes(&bed), ["lambda:UpdateFunctionConfiguration"]);
    ddalert(&bed, &format!("remove sms {PHONE} --yes"))
        .output()
        .success();
    assert!(writes(&bed).contains(&"lambda:DeleteFunction".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn numbers_are_shown_where_that_is_asked_for_and_only_there() {
    let bed = bed(|_| {}).await;
    for output in ["text", "json"] {
        let plan = format!("subscribe-sms {PHONE} --dry-run --output {output}");
        let said = ddalert(&bed, &plan).output();
        assert!(
            said.stdout.contains(MASKED) && !said.to_string().contains(PHONE),
            "{said}"
        );
        let said = ddalert(&bed, &format!("{plan} --show-numbers")).output();
        assert!(
            said.stdout.contains(PHONE) && !said.stdout.contains(MASKED),
            "{said}"
        );
    }
    ddalert(&bed, &format!("subscribe-sms {PHONE} --yes"))
        .output()
        .success();
    let listed = ddalert(&bed, "remove --show-numbers").output().failure(2);
    assert!(listed.contains(PHONE), "{listed}");
    let removed = ddalert(&bed, &format!("remove sms {PHONE} +4915112345679 --yes")).output();
    assert!(
        removed
            .stderr
            .contains("+4915***5679 does not get these alerts through ddalert"),
        "{removed}"
    );
    assert!(removed.stdout.contains("was removed from T"), "{removed}");
    let again = ddalert(&bed, &format!("remove sms {PHONE} --yes"))
        .output()
        .success();
    assert!(again.starts_with("Nothing to remove"), "{again}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_opted_out_phone_does_not_hold_up_the_others_that_are_there() {
    let bed = bed(|_| {}).await;
    let (other, relay) = ("+4915112345679", env!("CARGO_BIN_EXE_ddalert-relay"));
    ddalert(&bed, &format!("subscribe-sms {PHONE} {other} --yes"))
        .output()
        .success();
    sms(&bed, |sms| _ = sms.opted_out.insert(PHONE.to_owned()));
    let run = ddalert(
        &bed,
        &format!("subscribe-sms --subscribed --readable --yes --relay {relay}"),
    )
    .output();
    assert!(
        run.stderr.contains("is opted out") && run.stderr.contains("--opt-in"),
        "{run}"
    );
    let _ = run.success();
    let listed = ddalert(&bed, "subscribe-sms --list").output().answer();
    assert_eq!(listed.matches("readable").count(), 2, "{listed}");
    // A phone that comes later is subscribed raw, and then moved to the others.
    let late = "+4915112345670";
    ddalert(&bed, &format!("subscribe-sms {late} --yes"))
        .output()
        .success();
    ddalert(
        &bed,
        &format!("subscribe-sms --subscribed --readable --yes --relay {relay}"),
    )
    .output()
    .success();
    assert_eq!(
        ddalert(&bed, "subscribe-sms --list")
            .output()
            .answer()
            .matches("readable")
            .count(),
        3
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_type_of_texts_can_be_set_by_itself() {
    let bed = bed(|_| {}).await;
    let said = ddalert(&bed, "subscribe-sms --transactional --yes")
        .output()
        .success();
    assert!(
        said.contains("texts are Transactional by default"),
        "{said}"
    );
    assert_eq!(writes(&bed), ["sns:SetSMSAttributes"]);
    let said = ddalert(&bed, "subscribe-sms --transactional --yes")
        .output()
        .success();
    assert!(said.starts_with("Nothing to change"), "{said}");
    assert_eq!(writes(&bed), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_sns_says_of_a_number_does_not_show_it() {
    let bed = bed(|_| {}).await;
    let words =
        format!("Invalid parameter: PhoneNumber Reason: {PHONE} is not valid to publish to");
    let refused = testbed::wire::AwsError::new(400, "InvalidParameter", words);
    bed.proxy
        .on("sns:CheckIfPhoneNumberIsOptedOut")
        .fail(testbed::fault::Fault::Error(refused));
    let said = ddalert(&bed, &format!("subscribe-sms {PHONE} --yes")).output();
    assert!(
        said.stderr.contains("not checked") && !said.to_string().contains(&PHONE[1..]),
        "{said}"
    );
    let said = ddalert(&bed, "doctor --output json").output();
    assert!(
        said.stdout.contains("is not valid to publish to")
            && !said.to_string().contains(&PHONE[1..]),
        "{said}"
    );
}
