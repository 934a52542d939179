//! The alert that a command is about: a file, standard input, or one of the samples.

use std::borrow::Cow;
use std::path::Path;

use clap::builder::{PossibleValue, PossibleValuesParser};

use super::file::read;
use crate::alert::{SAMPLES, STORM, Sample};
use crate::cli::error::CliError;

/// The kind of sample that is taken where nothing else is said.
pub(crate) const DEFAULT_KIND: &str = "in-alarm";

/// Returns the kinds of samples, as they are typed.
pub(crate) fn kinds() -> PossibleValuesParser {
    PossibleValuesParser::new(SAMPLES.iter().map(value))
}

/// Returns the kinds of samples and that of a storm, which is more than one message.
pub(crate) fn kinds_and_storm() -> PossibleValuesParser {
    PossibleValuesParser::new(SAMPLES.iter().chain([&STORM]).map(value))
}

fn value(sample: &Sample) -> PossibleValue {
    PossibleValue::new(sample.name).help(sample.description)
}

/// Returns the sample of this kind, to the byte; the parser accepts no other kind.
pub(crate) fn sample(kind: &str) -> &'static str {
    crate::alert::sample(kind).map_or(SAMPLES[0].json, |sample| sample.json)
}

/// Returns the message in the file, where one is named, else the sample of this kind.
///
/// # Errors
/// The file cannot be read, or SNS would not accept the message.
pub(crate) fn message(file: Option<&Path>, kind: &str) -> Result<Cow<'static, str>, CliError> {
    match file {
        Some(path) => read(path).map(Cow::Owned),
        None => Ok(Cow::Borrowed(sample(kind))),
    }
}
