//! Amazon Resource Names: the only file that takes an ARN apart or puts one together.

use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};
use thiserror::Error;

/// The ARN of any resource: `arn:<partition>:<service>:<region>:<account>:<resource>` (IAM user guide, "Amazon Resource Names").
///
/// `Display` gives back exactly the text that was parsed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Arn {
    /// `aws`, `aws-cn`, `aws-us-gov`, `aws-eusc`, `aws-iso` and its relatives. Never empty.
    pub partition: String,
    /// The service's namespace, such as `sns`. Never empty.
    pub service: String,
    /// The region, such as `eu-west-1`; empty for a global resource, such as an IAM role.
    pub region: String,
    /// The account id: 12 digits. Empty where the service leaves it out, `aws` for what AWS owns (managed policies).
    pub account: String,
    /// Everything after the account; may hold `:` and `/` (`function:NAME:ALIAS`, `role/path/NAME`). Never empty.
    pub resource: String,
}

/// The error for a text that is not an ARN.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("'{0}' is not an ARN (arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE)")]
pub struct InvalidArn(pub String);

impl Arn {
    /// Returns the ARN of a resource that belongs to a region. Any part may be an IAM wildcard (`*`, `?`).
    pub fn new(partition: &str, service: &str, region: &str, account: &str, resource: &str) -> Arn {
        Arn {
            partition: partition.to_owned(),
            service: service.to_owned(),
            region: region.to_owned(),
            account: account.to_owned(),
            resource: resource.to_owned(),
        }
    }

    /// Returns the ARN of an IAM resource, such as `role/NAME` or `root`: IAM has no regions.
    pub fn iam(partition: &str, account: &str, resource: &str) -> Arn {
        Arn::new(partition, "iam", "", account, resource)
    }

    /// Returns the last part of the resource: the name of a topic, queue or function, of a role without its path.
    pub fn resource_name(&self) -> &str {
        resource_name(&self.resource)
    }

    /// Returns whether the resource belongs to the same region and account as the topic.
    pub fn is_local_to(&self, topic: &TopicArn) -> bool {
        self.region == topic.region && self.account == topic.account
    }
}

/// Returns what stands behind the last `:` or `/` of an ARN, to name its resource to a person. A text without either is
/// returned whole, so that a malformed ARN still has a name.
pub fn resource_name(arn: &str) -> &str {
    arn.rsplit([':', '/']).next().unwrap_or(arn)
}

/// Returns whether a text is meant as an ARN rather than as a name: whether it begins with `arn:`.
pub fn looks_like_arn(text: &str) -> bool {
    text.starts_with("arn:")
}

/// Returns the first ARN of a service in a text, such as the key that KMS names in a refusal.
pub fn find_arn<'a>(text: &'a str, service: &str) -> Option<&'a str> {
    let words =
        text.split(|c: char| c.is_whitespace() || matches!(c, '\'' | '"' | ',' | ';' | '(' | ')'));
    words.map(|word| word.trim_end_matches('.')).find(|word| {
        let arn: Result<Arn, _> = word.parse();
        arn.is_ok_and(|arn| arn.service == service)
    })
}

impl FromStr for Arn {
    type Err = InvalidArn;

    fn from_str(text: &str) -> Result<Arn, InvalidArn> {
        match text.splitn(6, ':').collect::<Vec<_>>().as_slice() {
            ["arn", partition, service, region, account, resource]
                if ![partition, service, resource]
                    .iter()
                    .any(|part| part.is_empty()) =>
            {
                Ok(Arn::new(partition, service, region, account, resource))
            }
            _ => Err(InvalidArn(text.to_owned())),
        }
    }
}

impl fmt::Display for Arn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Arn {
            partition,
            service,
            region,
            account,
            resource,
        } = self;
        write!(f, "arn:{partition}:{service}:{region}:{account}:{resource}")
    }
}

/// The ARN of an SNS topic.
///
/// `arn:<partition>:sns:<region>:<account>:<name>`; the name has 1–256 letters, digits, `-` and `_`, and ends in `.fifo` for a
/// FIFO topic (SNS API reference, `CreateTopic`).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TopicArn {
    /// The partition, such as `aws`.
    pub partition: String,
    /// The topic's region, such as `eu-west-1`.
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
        Arn::new(
            &self.partition,
            service,
            &self.region,
            &self.account,
            resource,
        )
        .to_string()
    }

    /// Returns the ARN of a role of this account.
    pub fn role_arn(&self, name: &str) -> String {
        self.role_arn_at("/", name)
    }

    /// Returns the ARN of a role of this account that has a path; the path begins and ends with `/`.
    pub fn role_arn_at(&self, path: &str, name: &str) -> String {
        Arn::iam(&self.partition, &self.account, &format!("role{path}{name}")).to_string()
    }
}

/// The error for a text that is not the ARN of an SNS topic.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("'{0}' is not the ARN of an SNS topic (arn:aws:sns:REGION:ACCOUNT:NAME)")]
pub struct InvalidTopicArn(pub String);

impl TopicArn {
    /// Returns whether the topic is a FIFO topic, which can deliver neither to Lambda nor to SMS.
    pub fn is_fifo(&self) -> bool {
        self.name.ends_with(".fifo")
    }

    /// Returns the ARN of another resource in the topic's account and region.
    pub fn local_arn(&self, service: &str, resource: &str) -> Arn {
        Arn::new(
            &self.partition,
            service,
            &self.region,
            &self.account,
            resource,
        )
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
    type Err = InvalidTopicArn;

    fn from_str(text: &str) -> Result<Self, InvalidTopicArn> {
        match text.parse() {
            Ok(Arn {
                partition,
                service,
                region,
                account,
                resource: name,
            }) if service == "sns"
                && !region.is_empty()
                && !account.is_empty()
                && is_topic_name(&name) =>
            {
                Ok(TopicArn {
                    partition,
                    region,
                    account,
                    name,
                })
            }
            _ => Err(InvalidTopicArn(text.to_owned())),
        }
    }
}

impl fmt::Display for TopicArn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.local_arn("sns", &self.name).fmt(f)
    }
}

impl Serialize for TopicArn {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_partition_is_read_and_written_alike() {
        for partition in [
            "aws",
            "aws-cn",
            "aws-us-gov",
            "aws-eusc",
            "aws-iso",
            "aws-iso-b",
            "aws-iso-e",
            "aws-iso-f",
        ] {
            let text = format!("arn:{partition}:sqs:some-region-1:123456789012:queue");
            let arn: Arn = text.parse().expect("an ARN");
            assert_eq!(arn.to_string(), text);
            assert_eq!(
                arn,
                Arn::new(partition, "sqs", "some-region-1", "123456789012", "queue")
            );
        }
    }

    #[test]
    fn a_resource_may_hold_colons_and_slashes() {
        for (text, resource, name) in [
            (
                "arn:aws:lambda:us-east-1:123456789012:function:relay:prod",
                "function:relay:prod",
                "prod",
            ),
            (
                "arn:aws:iam::123456789012:role/service-role/publisher",
                "role/service-role/publisher",
                "publisher",
            ),
            (
                "arn:aws:iam::aws:policy/AWSDenyAll",
                "policy/AWSDenyAll",
                "AWSDenyAll",
            ),
            (
                "arn:aws:logs:us-east-1:123456789012:log-group:/aws/lambda/relay:*",
                "log-group:/aws/lambda/relay:*",
                "*",
            ),
            ("arn:aws:sns:us-east-1:123456789012:topic", "topic", "topic"),
        ] {
            let arn: Arn = text.parse().expect("an ARN");
            assert_eq!(
                (arn.resource.as_str(), arn.resource_name()),
                (resource, name)
            );
            assert_eq!(resource_name(text), name);
            assert_eq!(arn.to_string(), text);
        }
        assert_eq!(resource_name("queue"), "queue");
        assert_eq!(
            Arn::iam("aws", "123456789012", "root").to_string(),
            "arn:aws:iam::123456789012:root"
        );
    }

    #[test]
    fn a_text_that_is_not_an_arn_is_refused() {
        for text in [
            "",
            "arn:",
            "queue",
            "arn:aws:sqs:us-east-1:123456789012",
            "arn:aws:sqs:us-east-1:123456789012:",
            "arn::sqs:us-east-1:123456789012:queue",
            "arn:aws::us-east-1:123456789012:queue",
            "ARN:aws:sqs:us-east-1:123456789012:queue",
            " arn:aws:sqs:us-east-1:123456789012:queue",
        ] {
            assert_eq!(text.parse::<Arn>(), Err(InvalidArn(text.to_owned())));
        }
        assert!(looks_like_arn("arn:"));
        assert!(!looks_like_arn("BadIoTDevices"));
    }

    #[test]
    fn a_topic_knows_what_is_in_its_account_and_region() {
        let topic: TopicArn = "arn:aws-cn:sns:cn-north-1:123456789012:t"
            .parse()
            .expect("an ARN");
        let function = topic.local_arn("lambda", "function:f");
        assert_eq!(
            function.to_string(),
            "arn:aws-cn:lambda:cn-north-1:123456789012:function:f"
        );
        assert!(function.is_local_to(&topic));
        for elsewhere in [
            "arn:aws-cn:lambda:cn-northwest-1:123456789012:function:f",
            "arn:aws-cn:lambda:cn-north-1:210987654321:function:f",
        ] {
            let arn: Arn = elsewhere.parse().expect("an ARN");
            assert!(!arn.is_local_to(&topic), "{elsewhere}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_as_it_is_or_refused(text in any::<String>(), parts in proptest::collection::vec("[a-z:/*]{0,3}|\\PC{0,4}", 0..9)) {
            for text in [text.clone(), format!("arn:{text}"), format!("arn:{}", parts.join(":"))] {
                if let Ok(arn) = text.parse::<Arn>() {
                    prop_assert_eq!(arn.to_string(), text.as_str());
                    prop_assert_eq!(arn.resource_name(), resource_name(&text));
                }
                if let Ok(topic) = text.parse::<TopicArn>() {
                    prop_assert_eq!(topic.to_string(), text);
                }
            }
        }
    }

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

    #[test]
    fn an_arn_is_found_in_a_refusal() {
        let key = "arn:aws:kms:eu-central-1:123456789012:key/k";
        for text in [
            format!("{key} is disabled."),
            format!("the key ({key}) is pending deletion"),
            format!("no: {key}."),
        ] {
            assert_eq!(find_arn(&text, "kms"), Some(key), "{text}");
        }
        assert_eq!(find_arn("the key is disabled", "kms"), None);
        assert_eq!(find_arn(key, "sns"), None);
    }
}
