//! Sample messages, one of each kind: for `test-publish --kind` and `preview`.

use super::{Alert, Origin, parse_json};

/// A sample message.
#[derive(Clone, Copy, Debug)]
pub struct Sample {
    /// The value of `--kind`.
    pub name: &'static str,
    /// A short description.
    pub description: &'static str,
    /// The message, byte for byte as Device Defender would publish it.
    pub json: &'static str,
}

macro_rules! sample {
    ($name:literal, $description:literal) => {
        Sample {
            name: $name,
            description: $description,
            json: include_str!(concat!("samples/", $name, ".json")),
        }
    };
}

/// All samples. The first is the test message of the workshop's module 4 and the default; the others combine documented
/// behaviors with the API model, because no public capture of them exists.
pub static SAMPLES: &[Sample] = &[
    sample!(
        "in-alarm",
        "A static threshold was exceeded: the workshop's test message"
    ),
    sample!("cleared", "An alarm cleared"),
    sample!(
        "invalidated",
        "An alarm was invalidated as a false positive"
    ),
    sample!("ml", "An ML Detect model was violated"),
    sample!(
        "statistical",
        "A statistical threshold with a dimension was exceeded"
    ),
    sample!("ports", "A port outside the allowed set was open"),
    sample!("source-ip", "A denied source IP address was seen"),
    sample!("custom-metric", "A custom metric's threshold was exceeded"),
    sample!("disconnect", "A device was disconnected for too long"),
    sample!("audit", "An audit with a non-compliant check"),
    sample!(
        "audit-compliant",
        "An audit in which every check is compliant"
    ),
    sample!("finding", "A single audit finding"),
];

/// The value of `preview --kind` for a storm: many alarms of one behavior.
pub const STORM: Sample = Sample {
    name: "storm",
    description: "The workshop's behavior was violated by 212 devices at once, as a relay behind a buffer shows it",
    json: include_str!("samples/in-alarm.json"),
};

/// How many things a storm has.
const STORM_THINGS: u32 = 212;

/// Returns the alarms of a storm, oldest first: those of many things within a minute. It is the same every time.
pub fn storm(origin: &Origin) -> Vec<Alert> {
    let Some(alarm) = parse_json(STORM.json) else {
        return Vec::new();
    };
    let start = alarm["violationEventTime"].as_i64().unwrap_or_default();
    let alarm = |number: u32| {
        let mut alarm = alarm.clone();
        alarm["thingName"] = format!("sensor-{number:04}").into();
        alarm["violationId"] = format!("storm-{number:04}").into();
        alarm["violationEventTime"] = (start + i64::from(number) * 250).into();
        alarm["metricValue"]["count"] = (26 + number * 37 % 487).into();
        Alert::parse(&alarm.to_string(), origin.clone())
    };
    (1..=STORM_THINGS).map(alarm).collect()
}

/// Returns the sample called `name`.
pub fn sample(name: &str) -> Option<&'static Sample> {
    SAMPLES.iter().find(|sample| sample.name == name)
}

#[cfg(test)]
mod tests {
    use sha2::{Digest, Sha256};

    use super::*;

    #[test]
    fn the_first_sample_is_the_workshops_byte_for_byte() {
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
