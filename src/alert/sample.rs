//! Sample messages, one of each kind: for `test-publish --kind` and for trying out a room.

/// A sample message.
#[derive(Clone, Copy, Debug)]
pub struct Sample {
    /// How it is typed: `--kind <name>`.
    pub name: &'static str,
    /// What it is, in a few words.
    pub about: &'static str,
    /// The message as Device Defender would publish it, to the byte.
    pub json: &'static str,
}

macro_rules! sample {
    ($name:literal, $about:literal) => {
        Sample {
            name: $name,
            about: $about,
            json: include_str!(concat!("samples/", $name, ".json")),
        }
    };
}

/// Every sample. The first is the test message of the workshop's module 4, the one that is published unless another is asked
/// for; the others combine documented behaviors with the API model, as no capture of them is public.
pub static SAMPLES: &[Sample] = &[
    sample!("in-alarm", "a rule is broken: the workshop's test message"),
    sample!("cleared", "an alarm is over"),
    sample!("invalidated", "an alarm was withdrawn as a false positive"),
    sample!("ml", "a learned model is broken"),
    sample!(
        "statistical",
        "a statistical threshold is broken, with a dimension"
    ),
    sample!("ports", "a set of ports is broken"),
    sample!("source-ip", "a set of addresses is broken"),
    sample!("custom-metric", "a custom metric's rule is broken"),
    sample!("disconnect", "a device has been gone for too long"),
    sample!("audit", "an audit with a check that does not comply"),
    sample!("audit-compliant", "an audit with nothing to see"),
    sample!("finding", "a single audit finding"),
];

/// Returns the sample called `name`, as it is typed.
pub fn sample(name: &str) -> Option<&'static Sample> {
    SAMPLES.iter().find(|sample| sample.name == name)
}

#[cfg(test)]
mod tests {
    use sha2::{Digest, Sha256};

    use super::*;
    use crate::alert::{Alert, Origin};

    #[test]
    fn the_first_sample_is_the_workshops_to_the_byte() {
        let digest: String = Sha256::digest(SAMPLES[0].json)
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        assert_eq!(
            (SAMPLES[0].name, digest.as_str()),
            (
                "in-alarm",
                "1d437519df6c6c22907edce73ad5d114f217ad157fe6e5f06b9cc5d2f14c5746"
            )
        );
    }

    #[test]
    fn every_sample_is_of_the_kind_it_says() {
        let kinds: Vec<(&str, String)> = SAMPLES
            .iter()
            .map(|sample| {
                (
                    sample.name,
                    Alert::parse(sample.json, Origin::default())
                        .kind()
                        .to_owned(),
                )
            })
            .collect();
        let unexpected: Vec<_> = kinds
            .iter()
            .filter(|(name, kind)| {
                kind != match *name {
                    "cleared" => "detect.alarm-cleared",
                    "invalidated" => "detect.alarm-invalidated",
                    "audit" | "audit-compliant" => "audit",
                    "finding" => "finding",
                    _ => "detect.in-alarm",
                }
            })
            .collect();
        assert!(unexpected.is_empty(), "{unexpected:?}");
        assert_eq!(sample("ml").map(|sample| sample.name), Some("ml"));
        assert!(sample("nonsense").is_none());
    }
}
