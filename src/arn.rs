//! Names of AWS resources: the ARN of an SNS topic and what can be read from it, and how a name becomes an ARN.

use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};
use thiserror::Error;

/// The ARN of an SNS topic, taken apart.
///
/// `arn:<partition>:sns:<region>:<account>:<name>`; the name has 1–256 letters, digits, `-` and `_`, and ends in `.fifo` for a
/// FIFO topic (SNS API reference, `CreateTopic`).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TopicArn {
    /// `aws`, `aws-cn` or `aws-us-gov`.
    pub partition: String,
    /// The region the topic lives in, such as `eu-west-1`.
    pub region: String,
    /// The account that owns the topic: 12 digits, or whatever a redacted capture put there.
    pub account: String,
    /// The topic's name.
    pub name: String,
}

/// The account, partition and region in which names become ARNs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AccountRegion {
    /// `aws`, `aws-cn` or `aws-us-gov`.
    pub partition: String,
    /// The region.
    pub region: String,
    /// The account id, 12 digits.
    pub account: String,
}

impl AccountRegion {
    /// Returns the ARN of a service's resource here, such as `function:x` of `lambda`.
    pub fn arn(&self, service: &str, resource: &str) -> String {
        let AccountRegion {
            partition,
            region,
            account,
        } = self;
        format!("arn:{partition}:{service}:{region}:{account}:{resource}")
    }
}

/// Why a text is not the ARN of an SNS topic.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("'{0}' is not the ARN of an SNS topic (arn:aws:sns:REGION:ACCOUNT:NAME)")]
pub struct NotATopicArn(pub String);

impl TopicArn {
    /// Whether the topic is a FIFO topic, which can deliver neither to Lambda nor to SMS.
    pub fn is_fifo(&self) -> bool {
        self.name.ends_with(".fifo")
    }
}

/// Returns whether `name` is a name that SNS accepts for a topic.
pub fn is_topic_name(name: &str) -> bool {
    let stem = name.strip_suffix(".fifo").unwrap_or(name);
    !stem.is_empty()
        && name.len() <= 256
        && stem
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

impl FromStr for TopicArn {
    type Err = NotATopicArn;

    fn from_str(text: &str) -> Result<Self, NotATopicArn> {
        let parts: Vec<&str> = text.split(':').collect();
        match parts.as_slice() {
            ["arn", partition, "sns", region, account, name]
                if !partition.is_empty()
                    && !region.is_empty()
                    && !account.is_empty()
                    && is_topic_name(name) =>
            {
                Ok(TopicArn {
                    partition: (*partition).to_owned(),
                    region: (*region).to_owned(),
                    account: (*account).to_owned(),
                    name: (*name).to_owned(),
                })
            }
            _ => Err(NotATopicArn(text.to_owned())),
        }
    }
}

impl fmt::Display for TopicArn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "arn:{}:sns:{}:{}:{}",
            self.partition, self.region, self.account, self.name
        )
    }
}

impl Serialize for TopicArn {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arn_is_read_and_written_alike() {
        let text = "arn:aws-us-gov:sns:us-gov-west-1:123456789012:BadIoTDevices";
        let arn: TopicArn = text.parse().expect("an ARN");
        assert_eq!(arn.to_string(), text);
        assert_eq!(
            (
                arn.partition.as_str(),
                arn.region.as_str(),
                arn.name.as_str()
            ),
            ("aws-us-gov", "us-gov-west-1", "BadIoTDevices")
        );
        assert!(!arn.is_fifo());
    }

    #[test]
    fn what_is_not_a_topic_arn_is_refused() {
        for text in [
            "",
            "BadIoTDevices",
            "arn:aws:sqs:us-east-1:123456789012:q",
            "arn:aws:sns:us-east-1:123456789012:t:sub",
            "arn:aws:sns::1:t",
            "arn:aws:sns:r:1:a b",
        ] {
            assert!(text.parse::<TopicArn>().is_err(), "{text}");
        }
    }

    #[test]
    fn fifo_topics_are_known_by_their_name() {
        assert!(
            "arn:aws:sns:us-east-1:123456789012:t.fifo"
                .parse::<TopicArn>()
                .expect("an ARN")
                .is_fifo()
        );
        assert!(!is_topic_name(".fifo"));
        assert!(!is_topic_name(&"x".repeat(257)));
    }
}
