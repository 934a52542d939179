//! A phone in the SMS sandbox: it is added, sent a one-time password, and verified with it. A run can end after each of these; the
//! next run continues from what SNS says.

use std::fmt;

use crate::aws::sms::SmsCalls;
use crate::cli::context::Context;
use crate::cli::error::{CliError, Exit};
use crate::cli::input::phones::number;
use crate::destination::sms::PhoneNumber;

/// How often a password is asked for.
const TRIES: usize = 3;

/// A one-time password as it is typed: `PHONE=CODE`, or the code alone.
#[derive(Clone)]
pub(super) struct Password {
    phone: Option<PhoneNumber>,
    code: String,
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Password")
            .field("phone", &self.phone)
            .finish_non_exhaustive()
    }
}

/// Reads a one-time password.
///
/// # Errors
/// The phone is no number, or the code is no code.
pub(super) fn password(text: &str) -> Result<Password, String> {
    let (phone, code) = match text.rsplit_once('=') {
        Some((phone, code)) => (
            Some(number(phone.trim(), None).map_err(|error| error.message())?),
            code.trim(),
        ),
        None => (None, text.trim()),
    };
    match is_code(code) {
        true => Ok(Password {
            phone,
            code: code.to_owned(),
        }),
        false => Err("a one-time password has 5 to 8 digits".to_owned()),
    }
}

fn is_code(text: &str) -> bool {
    (5..=8).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit())
}

/// Returns the password that was given for a phone: its own, or, if there is only one phone to verify, the one of no phone.
pub(super) fn given(otp: &[Password], phone: &PhoneNumber, unverified: usize) -> Option<String> {
    let named = otp
        .iter()
        .find(|password| password.phone.as_ref() == Some(phone));
    let alone = || {
        otp.iter()
            .find(|password| unverified == 1 && password.phone.is_none())
    };
    named.or_else(alone).map(|password| password.code.clone())
}

/// Refuses a password for a phone that the command is not about, and one that could be for any of several.
pub(super) fn check(
    otp: &[Password],
    phones: &[PhoneNumber],
    unverified: usize,
) -> Result<(), CliError> {
    for Password { phone, .. } in otp {
        match phone {
            Some(phone) if !phones.contains(phone) => {
                return Err(CliError::usage(format!(
                    "--otp is for {}, which is not among the phones of this command",
                    phone.masked()
                ))
                .hint("name this phone too, or leave its --otp out"));
            }
            None if unverified > 1 => {
                return Err(CliError::usage(format!(
                    "{unverified} phones wait for a one-time password, and --otp does not say which phone it is for"
                ))
                .hint("name each: --otp PHONE=CODE"));
            }
            _ => {}
        }
    }
    Ok(())
}

/// Says that a phone's password is needed and nobody is there to ask.
pub(super) fn missing(phone: &PhoneNumber, exit: Exit) -> CliError {
    CliError::failed(format!(
        "{} was sent a one-time password, which is needed to continue",
        phone.masked()
    ))
    .exit_with(exit)
    .hint("run the same command again with --otp CODE (with several phones --otp PHONE=CODE)")
}

/// Puts the phone into the sandbox, or sends it another password.
pub(super) async fn send(
    calls: &SmsCalls<'_>,
    phone: &PhoneNumber,
    language: &str,
) -> Result<(), CliError> {
    calls.send_password(phone, language).await.map_err(|error| {
        CliError::from(error).hint_if_none(
            "a password can be sent again after 15 minutes, five times in 24 hours; the last one may still be good: --otp CODE",
        )
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
) -> Result<(), CliError> {
    let prompt = format!("One-time password that {} was sent", phone.masked());
    let tries = if context.ui.can_ask() { TRIES } else { 1 };
    for _ in 0..tries {
        let password = match given.take() {
            Some(password) => password,
            None => {
                context
                    .ui
                    .line(&prompt, missing(phone, Exit::Failed))
                    .await?
            }
        };
        let password = password.trim();
        let is_one = is_code(password);
        // What cannot be one is not sent: each try delays the day on which the number can be taken out again.
        if is_one && calls.verify(phone, password).await? {
            context
                .ui
                .status(format_args!("{} is verified", phone.masked()));
            return Ok(());
        }
        context.ui.warn(if is_one {
            "that password is wrong or too old"
        } else {
            "a one-time password has 5 to 8 digits"
        });
    }
    Err(CliError::failed(format!("{} could not be verified", phone.masked()))
        .because("the one-time password is wrong or too old; nothing was subscribed")
        .hint("run the same command again with the right --otp CODE, or with --new-otp for another password"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_belongs_to_its_phone() {
        let (one, two): (PhoneNumber, PhoneNumber) = (
            "+12065550100".parse().expect("a number"),
            "+12065550101".parse().expect("a number"),
        );
        let otp =
            ["+1 (206) 555-0100=12345", "67890"].map(|text| password(text).expect("a password"));
        assert_eq!(given(&otp, &one, 2).as_deref(), Some("12345"));
        assert_eq!(given(&otp, &two, 2), None);
        assert_eq!(given(&otp, &two, 1).as_deref(), Some("67890"));
        assert_eq!(given(&[], &one, 1), None);
        assert!(!format!("{otp:?}").contains("12345"), "{otp:?}");
        let both = [one.clone(), two.clone()];
        for (otp, unverified, fine) in [
            (&otp[..1], 2, true),
            (&otp[1..], 1, true),
            (&otp[1..], 2, false),
        ] {
            assert_eq!(check(otp, &both, unverified).is_ok(), fine);
        }
        assert!(check(&otp[..1], &[two], 1).is_err());
        for text in ["abc", "123", "123456789", "+12065550100=", "nobody=12345"] {
            assert!(password(text).is_err(), "{text}");
        }
    }
}
