//! Phone numbers as people write them, in E.164.

use phonenumber::{Mode, country};

use crate::cli::error::CliError;
use crate::destination::sms::{InvalidPhoneNumber, PhoneNumber};

/// Reads a phone number in any common notation and returns it in E.164.
///
/// # Errors
/// It is no number, not one of its country's, or it needs the country.
pub(in crate::cli) fn number(text: &str, country: Option<&str>) -> Result<PhoneNumber, CliError> {
    let country = country
        .map(|country| {
            country
                .to_ascii_uppercase()
                .parse::<country::Id>()
                .map_err(|_| {
                    CliError::usage(format!("'{country}' is not a country code"))
                        .hint("give two letters, such as --country US")
                })
        })
        .transpose()?;
    let refused = |why: &str| {
        CliError::usage(format!(
            "'{text}' is not a phone number that can be called: {why}"
        ))
        .hint("write it with its country code, such as +12065550100, or add --country US")
    };
    // The parser reads letters as on a telephone's keys and drops what stands around a number: a slip would text somebody else.
    if let Some(odd) = text.chars().find(|c| {
        !c.is_ascii_digit() && !c.is_whitespace() && !"+-./()\u{2010}\u{2011}\u{2013}".contains(*c)
    }) {
        return Err(refused(&format!("it has a '{odd}' in it")));
    }
    let number = phonenumber::parse(country, text).map_err(|error| refused(&error.to_string()))?;
    // A national number that begins with its country's code, as in Kazakhstan, is taken for one with the code before it.
    let whole = || {
        phonenumber::parse(
            None,
            format!("+{}{}", country.and_then(calling_code)?, text.trim()),
        )
        .ok()
    };
    let number = Some(number)
        .filter(phonenumber::is_valid)
        .or_else(|| whole().filter(phonenumber::is_valid));
    let number = number.ok_or_else(|| refused("no such number exists in its country"))?;
    number
        .format()
        .mode(Mode::E164)
        .to_string()
        .parse()
        .map_err(|error: InvalidPhoneNumber| refused(&error.to_string()))
}

fn calling_code(country: country::Id) -> Option<u16> {
    phonenumber::metadata::DATABASE
        .by_id(country.as_ref())
        .map(|metadata| metadata.country_code())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::error::Exit;

    #[test]
    fn numbers_in_any_notation_become_e164() {
        for (text, country, expected) in [
            ("+12065550100", None, "+12065550100"),
            ("+1 (206) 555-0100", None, "+12065550100"),
            ("(206) 555-0100", Some("us"), "+12065550100"),
            ("030 123456", Some("DE"), "+4930123456"),
            // libphonenumber's example numbers of mobile phones, as they are written in their country.
            ("0412 345 678", Some("AU"), "+61412345678"),
            ("0470 12 34 56", Some("BE"), "+32470123456"),
            ("(11) 96123-4567", Some("BR"), "+5511961234567"),
            ("078 123 45 67", Some("CH"), "+41781234567"),
            ("131 2345 6789", Some("CN"), "+8613123456789"),
            ("01512 3456789", Some("DE"), "+4915123456789"),
            ("612 34 56 78", Some("ES"), "+34612345678"),
            ("06 12 34 56 78", Some("FR"), "+33612345678"),
            ("07400 123456", Some("GB"), "+447400123456"),
            ("050-234-5678", Some("IL"), "+972502345678"),
            ("081234 56789", Some("IN"), "+918123456789"),
            ("312 345 6789", Some("IT"), "+393123456789"),
            ("090-1234-5678", Some("JP"), "+819012345678"),
            ("010-2000-0000", Some("KR"), "+821020000000"),
            ("222 123 4567", Some("MX"), "+522221234567"),
            ("06 12345678", Some("NL"), "+31612345678"),
            ("406 12 345", Some("NO"), "+4740612345"),
            ("021 123 4567", Some("NZ"), "+64211234567"),
            ("512 345 678", Some("PL"), "+48512345678"),
            ("070-123 45 67", Some("SE"), "+46701234567"),
            ("8123 4567", Some("SG"), "+6581234567"),
            ("071 123 4567", Some("ZA"), "+27711234567"),
        ] {
            assert_eq!(number(text, country).expect(text).as_str(), expected);
        }
    }

    /// Every example that libphonenumber has for a mobile phone, as a stranger of that country would write it.
    #[test]
    fn the_example_of_every_country_becomes_e164() {
        let mut wrong = Vec::new();
        let mut countries = std::collections::BTreeSet::new();
        for metadata in phonenumber::metadata::DATABASE.iter() {
            let example = metadata
                .descriptors()
                .mobile()
                .and_then(|mobile| mobile.example());
            let (Some(example), Ok(_)) = (example, metadata.id().parse::<country::Id>()) else {
                continue;
            };
            // Tokelau's numbers have seven digits with their code, and SNS takes eight or more.
            if metadata.id() == "TK" {
                continue;
            }
            let expected = format!("+{}{example}", metadata.country_code());
            countries.insert(metadata.id());
            for read in [
                number(example, Some(metadata.id())),
                number(&expected, None),
            ] {
                if read.as_ref().map(PhoneNumber::as_str).ok() != Some(expected.as_str()) {
                    wrong.push((
                        metadata.id(),
                        example,
                        read.map_err(|error| error.message()),
                    ));
                }
            }
        }
        assert!(countries.len() > 200, "{}", countries.len());
        assert!(wrong.is_empty(), "{wrong:#?}");
    }

    #[test]
    fn what_is_no_number_is_refused() {
        for (text, country) in [
            ("", None),
            ("hello", None),
            ("+1206555O100", None),
            ("+1 206 555 01l0", None),
            ("+12065550100 ext 3", None),
            ("2065550100", None),
            ("+1206", None),
            ("+12065550100", Some("XX")),
        ] {
            assert_eq!(
                number(text, country).expect_err(text).exit(),
                Exit::Usage,
                "{text}"
            );
        }
    }

    /// The list of area codes in [`PhoneNumber::is_us`] against libphonenumber's metadata.
    #[test]
    fn american_numbers_are_told_by_their_area_code() {
        use country::Id::{AS, GU, MP, PR, US, VI};
        let mut wrong = std::collections::BTreeSet::new();
        for area in 200..1000 {
            for exchange in ["234", "345", "456"] {
                let parsed =
                    phonenumber::parse(None, format!("+1{area}{exchange}5678")).expect("digits");
                let Some(id) = parsed
                    .country()
                    .id()
                    .filter(|_| phonenumber::is_valid(&parsed))
                else {
                    continue;
                };
                let number: PhoneNumber =
                    format!("+1{area}{exchange}5678").parse().expect("a number");
                if number.is_us() != [AS, GU, MP, PR, US, VI].contains(&id) {
                    wrong.insert((area, format!("{id:?}")));
                }
            }
        }
        assert!(wrong.is_empty(), "{wrong:?}");
    }

    proptest::proptest! {
        #[test]
        fn no_text_is_too_odd_to_be_read(text in "\\PC*|[+0-9 ().;=extphon-]{0,40}", country in proptest::option::of("[A-Za-z]{2}")) {
            if let Ok(number) = number(&text, country.as_deref()) {
                proptest::prop_assert!(number.as_str().starts_with('+'));
            }
        }
    }
}
