//! Phone numbers in E.164, the notation of SNS; logs and documents show them masked. The command line parses other notations.

use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};
use thiserror::Error;

/// The area codes of the North American Numbering Plan that are not of the United States, according to libphonenumber.
const NON_US_AREA_CODES: &[&str] = &[
    "204", "226", "236", "242", "246", "249", "250", "257", "263", "264", "268", "284", "289",
    "306", "343", "345", "354", "365", "367", "368", "382", "387", "403", "416", "418", "428",
    "431", "437", "438", "441", "450", "460", "468", "473", "474", "506", "514", "519", "548",
    "579", "581", "584", "587", "600", "604", "613", "622", "633", "639", "647", "649", "658",
    "664", "672", "683", "705", "709", "721", "742", "753", "758", "767", "778", "780", "782",
    "784", "807", "809", "819", "825", "829", "849", "867", "868", "869", "873", "876", "879",
    "902", "905", "942",
];

/// A phone number in E.164 notation: `+` and 8 to 15 digits, the first not 0.
///
/// SNS requires at least eight digits (API model, `PhoneNumberString`); E.164 allows at most fifteen. `Display` shows the number in
/// full, for requests and for the person at the terminal; `Debug` and `Serialize`, for logs and documents, mask it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PhoneNumber(String);

/// The error for a text that is not a phone number in E.164 notation.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error(
    "'{0}' is not a phone number in E.164 notation (+ and 8 to 15 digits, such as +12065550100)"
)]
pub struct InvalidPhoneNumber(pub String);

impl PhoneNumber {
    /// Returns the number in full, as SNS expects it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns whether the number is of the United States or its territories; only a US origination number can send to those. The
    /// other countries of the North American Numbering Plan are recognized by their area codes.
    pub fn is_us(&self) -> bool {
        self.0.strip_prefix("+1").is_some_and(|national| {
            !NON_US_AREA_CODES.contains(&national.get(..3).unwrap_or_default())
        })
    }

    /// Returns the number with its middle masked: enough to tell phones apart, too little to call one.
    ///
    /// At least three digits are masked, and all but four of a number of up to ten digits.
    pub fn masked(&self) -> String {
        let digits = &self.0[1..];
        let shown = if digits.len() > 10 { 4 } else { 2 };
        format!(
            "+{}***{}",
            &digits[..shown],
            &digits[digits.len() - shown..]
        )
    }
}

/// Returns a phone number with its middle masked; any other text is masked completely.
pub fn masked(number: &str) -> String {
    number
        .parse()
        .map_or_else(|_| "***".to_owned(), |number: PhoneNumber| number.masked())
}

impl FromStr for PhoneNumber {
    type Err = InvalidPhoneNumber;

    fn from_str(text: &str) -> Result<PhoneNumber, InvalidPhoneNumber> {
        match text.strip_prefix('+') {
            Some(digits)
                if (8..=15).contains(&digits.len())
                    && digits.bytes().all(|b| b.is_ascii_digit())
                    && !digits.starts_with('0') =>
            {
                Ok(PhoneNumber(text.to_owned()))
            }
            _ => Err(InvalidPhoneNumber(text.to_owned())),
        }
    }
}

impl fmt::Display for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.masked())
    }
}

impl Serialize for PhoneNumber {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.masked())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_e164_is_accepted() {
        for text in ["+12065550100", "+12345678", "+999999999999999"] {
            assert_eq!(
                text.parse::<PhoneNumber>().expect("a number").to_string(),
                text
            );
        }
        for text in [
            "",
            "+",
            "12065550100",
            "+1234567",
            "+1234567890123456",
            "+1 206 555 0100",
            "+01234567",
            "+1206555010a",
            "+１２３４５６７８",
            "++12345678",
        ] {
            assert_eq!(
                text.parse::<PhoneNumber>(),
                Err(InvalidPhoneNumber(text.to_owned()))
            );
        }
    }

    #[test]
    fn logs_and_documents_never_show_a_number_in_full() {
        for (number, masked) in [
            ("+12065550100", "+1206***0100"),
            ("+4915112345678", "+4915***5678"),
            ("+12345678", "+12***78"),
            ("+6512345678", "+65***78"),
        ] {
            let number: PhoneNumber = number.parse().expect("a number");
            assert_eq!(number.masked(), masked);
            assert_eq!(format!("{number:?}"), masked);
            assert_eq!(serde_json::to_value(&number).expect("JSON"), masked);
        }
    }
}
