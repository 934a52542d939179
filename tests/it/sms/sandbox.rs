//! The SMS sandbox: every phone is sent a one-time password and verified with it, in one run or over several.

use super::*;

const OTHER: &str = "+4915112345679";

fn password(bed: &Bed, phone: &str) -> String {
    sms(bed, |sms| sms.one_time_password(phone).map(str::to_owned)).expect("a password was sent")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sandboxed_run_is_interrupted_by_the_password_and_goes_on_with_it() {
    let bed = bed(|sms| sms.in_sandbox = true).await;
    let subscribe = format!("subscribe-sms {PHONE} --yes");
    let said = ddalert(&bed, &subscribe).output().failure(1);
    assert!(
        said.contains("--otp CODE") && !said.contains(PHONE),
        "{said}"
    );
    assert_eq!(writes(&bed), ["sns:CreateSMSSandboxPhoneNumber"]);

    let said = ddalert(&bed, &subscribe).output().failure(2);
    assert!(said.contains("--otp CODE"), "{said}");
    assert_eq!(writes(&bed), Vec::<String>::new());

    let said = ddalert(&bed, &format!("{subscribe} --otp 000000"))
        .output()
        .failure(1);
    assert!(said.contains("wrong or too old"), "{said}");
    assert_eq!(writes(&bed), ["sns:VerifySMSSandboxPhoneNumber"]);

    let said = ddalert(&bed, &format!("{subscribe} --new-otp"))
        .output()
        .failure(1);
    assert!(said.contains("15 minutes"), "{said}");
    let password =
        sms(&bed, |sms| sms.one_time_password(PHONE).map(str::to_owned)).expect("a password");
    ddalert(&bed, &format!("{subscribe} --otp {password}"))
        .output()
        .success();
    assert!(sms(&bed, |sms| sms.is_verified(PHONE)));
    bed.proxy.forget_calls();
    ddalert(&bed, &subscribe).output().success();
    assert_eq!(writes(&bed), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn on_a_terminal_the_password_is_asked_for_until_it_is_right() {
    let bed = bed(|sms| sms.in_sandbox = true).await;
    let subscribe = format!("subscribe-sms {PHONE}");
    let mut terminal = ddalert(&bed, &subscribe).env("TERM", "xterm").on_terminal();
    terminal.reads("Make Transactional the account's default?");
    terminal.presses("n");
    terminal.reads("Make these");
    terminal.presses("y");
    terminal.reads("One-time password that");
    terminal.types("12");
    terminal.reads("5 to 8 digits");
    terminal.reads("One-time password that");
    terminal.types("000000");
    terminal.reads("wrong or too old");
    terminal.reads("One-time password that");
    terminal.types(&password(&bed, PHONE));
    let (code, seen) = terminal.ends();
    assert!(
        code == 0 && seen.contains("is verified") && !seen.contains(PHONE),
        "{seen}"
    );
    assert!(sms(&bed, |sms| sms.is_verified(PHONE)));
}

#[tokio::test(flavor = "multi_thread")]
async fn three_wrong_passwords_end_the_run_and_subscribe_nobody() {
    let bed = bed(|sms| sms.in_sandbox = true).await;
    let mut terminal = ddalert(&bed, &format!("subscribe-sms {PHONE} --yes")).on_terminal();
    for _ in 0..3 {
        terminal.reads("One-time password that");
        terminal.types("000000");
        terminal.reads("wrong or too old");
    }
    let (code, seen) = terminal.ends();
    assert!(
        code == 1 && seen.contains("could not be verified"),
        "{seen}"
    );
    assert!(!writes(&bed).contains(&"sns:Subscribe".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn several_phones_have_a_password_each() {
    let bed = bed(|sms| sms.in_sandbox = true).await;
    let subscribe = format!("subscribe-sms {PHONE} {OTHER} --yes");
    ddalert(&bed, &subscribe).output().failure(1);
    ddalert(&bed, &subscribe).output().failure(2);
    assert!(
        writes(&bed)
            .iter()
            .all(|name| name == "sns:CreateSMSSandboxPhoneNumber")
    );
    let (one, two) = (password(&bed, PHONE), password(&bed, OTHER));
    ddalert(&bed, &format!("{subscribe} --otp {PHONE}={one}"))
        .output()
        .failure(2);
    ddalert(
        &bed,
        &format!("{subscribe} --otp {OTHER}={two} --otp {PHONE}={one}"),
    )
    .output()
    .success();
    assert!(sms(&bed, |sms| sms.is_verified(PHONE) && sms.is_verified(OTHER)));
    let listed = ddalert(&bed, "subscribe-sms --list").output().answer();
    assert_eq!(listed.lines().count(), 2, "{listed}");
}

#[tokio::test(flavor = "multi_thread")]
async fn another_password_can_be_had_after_a_quarter_of_an_hour() {
    let bed = bed(|sms| sms.in_sandbox = true).await;
    ddalert(&bed, &format!("subscribe-sms {PHONE} --yes"))
        .output()
        .failure(1);
    let old = password(&bed, PHONE);
    sms(&bed, |sms| sms.pass(Duration::from_secs(15 * 60 + 1)));
    let said = ddalert(&bed, &format!("subscribe-sms {PHONE} --yes --new-otp"))
        .output()
        .failure(1);
    assert!(said.contains("--otp CODE"), "{said}");
    let new = password(&bed, PHONE);
    assert_ne!(old, new);
    let said = ddalert(&bed, &format!("subscribe-sms {PHONE} --yes --otp {old}"))
        .output()
        .failure(1);
    assert!(said.contains("wrong or too old"), "{said}");
    ddalert(&bed, &format!("subscribe-sms {PHONE} --yes --otp {new}"))
        .output()
        .success();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sandbox_holds_ten_numbers() {
    let bed = bed(|sms| {
        sms.in_sandbox = true;
        (0..10).for_each(|n| sms.add_verified(&format!("+49151123456{n:02}")));
    })
    .await;
    let said = ddalert(&bed, "subscribe-sms +4915112345699 --yes")
        .output()
        .failure(1);
    assert!(said.contains("10") && said.contains("24 hours"), "{said}");
    assert_eq!(writes(&bed), Vec::<String>::new());
    ddalert(&bed, "subscribe-sms +4915112345605 --yes")
        .output()
        .success();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_that_cannot_be_used_is_refused_before_anything_is_changed() {
    let bed = bed(|sms| sms.in_sandbox = true).await;
    let subscribe = format!("subscribe-sms {PHONE} {OTHER} --yes");
    ddalert(&bed, &subscribe).output().failure(1);
    bed.proxy.forget_calls();
    for (otp, why) in [
        ("abc", "5 to 8 digits"),
        ("12345", "does not say which phone it is for"),
        ("+12065550100=12345", "not among the phones"),
    ] {
        let said = ddalert(&bed, &format!("{subscribe} --otp {otp}"))
            .output()
            .failure(2);
        assert!(said.contains(why), "{said}");
    }
    let said = ddalert(&bed, &format!("{subscribe} --new-otp --otp 12345"))
        .output()
        .failure(2);
    assert!(said.contains("cannot be used with"), "{said}");
    assert_eq!(writes(&bed), Vec::<String>::new());
}
