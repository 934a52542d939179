//! The way of a phone through the SMS sandbox: its entry, its one-time password, its verification. Each can be the last thing a run
//! does; the next run goes on from what SNS says.

use super::account::Step;
use crate::aws::sms::SmsCalls;
use crate::cli::context::Context;
use crate::cli::fault::{Exit, Fault};
use crate::domain::sms::PhoneNumber;

/// How often a password is asked for.
const TRIES: usize = 3;

/// Returns the phones that are to be verified.
pub(super) fn unverified(steps: &[Step]) -> Vec<&PhoneNumber> {
    fn phone(step: &Step) -> Option<&PhoneNumber> {
        match step {
            Step::Verify { phone } => Some(phone),
            _ => None,
        }
    }
    steps.iter().filter_map(phone).collect()
}

/// Returns the password that was given for a phone: `PHONE=CODE`, or, where there is only one phone to verify, the code alone.
pub(super) fn given(otp: &[String], phone: &PhoneNumber, unverified: usize) -> Option<String> {
    let named = otp.iter().find_map(|otp| otp.split_once('=').filter(|(named, _)| named.trim() == phone.as_str()));
    let alone = || otp.iter().find(|otp| unverified == 1 && !otp.contains('='));
    named.map(|(_, code)| code).or_else(|| alone().map(String::as_str)).map(|code| code.trim().to_owned())
}

/// Says that a phone's password is needed and nobody is there to ask.
pub(super) fn missing(phone: &PhoneNumber, exit: Exit) -> Fault {
    let fault = Fault::failed(format!("{} was sent a one-time password, which is needed to go on", phone.masked()));
    Fault { exit, ..fault }.hint("run the same command again with --otp CODE (with several phones --otp PHONE=CODE)")
}

/// Puts the phone into the sandbox, or sends it another password.
pub(super) async fn send(calls: &SmsCalls<'_>, phone: &PhoneNumber, language: &str) -> Result<(), Fault> {
    calls.send_password(phone, language).await.map_err(|failure| {
        let mut fault = Fault::from(failure);
        fault.hint.get_or_insert_with(|| {
            "a password can be sent again after 15 minutes, five times in 24 hours; the last one may still be good: --otp CODE".to_owned()
        });
        fault
    })
}

/// Verifies the phone with the password that is given, else with one that is asked for.
///
/// # Errors
/// It is wrong or too old, three times on a terminal; or nobody is there to ask.
pub(super) async fn verify(
    context: &Context,
    calls: &SmsCalls<'_>,
    phone: &PhoneNumber,
    mut given: Option<String>,
) -> Result<(), Fault> {
    let prompt = format!("One-time password that {} was sent", phone.masked());
    let tries = if context.ui.can_ask() { TRIES } else { 1 };
    for _ in 0..tries {
        let password = match given.take() {
            Some(password) => password,
            None => context.ui.line(&prompt, missing(phone, Exit::Failed)).await?,
        };
        let password = password.trim();
        let is_one = (5..=8).contains(&password.len()) && password.bytes().all(|b| b.is_ascii_digit());
        // What cannot be one is not sent: each try delays the day on which the number can be taken out again.
        if is_one && calls.verify(phone, password).await? {
            context.ui.status(format_args!("{} is verified", phone.masked()));
            return Ok(());
        }
        context.ui.warn(if is_one { "that password is wrong or too old" } else { "a one-time password has 5 to 8 digits" });
    }
    Err(Fault::failed(format!("{} could not be verified", phone.masked()))
        .because("the one-time password is wrong or too old; nothing was subscribed")
        .hint("run the same command again with the right --otp CODE, or with --new-otp for another password"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_belongs_to_its_phone() {
        let (one, two): (PhoneNumber, PhoneNumber) =
            ("+12065550100".parse().expect("a number"), "+12065550101".parse().expect("a number"));
        let otp = ["+12065550100=12345".to_owned(), "67890".to_owned()];
        assert_eq!(given(&otp, &one, 2).as_deref(), Some("12345"));
        assert_eq!(given(&otp, &two, 2), None);
        assert_eq!(given(&otp, &two, 1).as_deref(), Some("67890"));
        assert_eq!(given(&[], &one, 1), None);
    }
}
