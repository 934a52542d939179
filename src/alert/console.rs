//! Links to the AWS IoT console; its host depends on the partition.
//!
//! The paths are the ones that Device Defender passes to Security Hub as `SourceUrl` (developer guide, "Integration with AWS
//! Security Hub CSPM") and the ones that the guide links to.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, PercentEncode, utf8_percent_encode};

use crate::arn::TopicArn;

/// The IoT console of a region.
pub(super) struct Console {
    base_url: String,
}

impl Console {
    /// Returns the console of the topic's region, since Device Defender publishes to topics of its own region. `None` if the
    /// partition's console is not known or the ARN's region is not a region name.
    pub(super) fn for_topic(topic: &TopicArn) -> Option<Console> {
        let region = &topic.region;
        if !region
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        {
            return None;
        }
        let host = match topic.partition.as_str() {
            "aws" => format!("{region}.console.aws.amazon.com"),
            "aws-cn" => "console.amazonaws.cn".to_owned(),
            "aws-us-gov" => "console.amazonaws-us-gov.com".to_owned(),
            _ => return None,
        };
        Some(Console {
            base_url: format!("https://{host}/iot/home?region={region}#"),
        })
    }

    /// Returns the URL of a thing's page.
    pub(super) fn thing(&self, name: &str) -> String {
        format!("{}/thing/{}", self.base_url, encoded(name))
    }

    /// Returns the URL of a security profile's violations.
    pub(super) fn violations(&self, profile: &str) -> String {
        format!(
            "{}/dd/securityProfile/{}?tab=violations",
            self.base_url,
            encoded(profile)
        )
    }

    /// Returns the URL of the audit results.
    pub(super) fn audits(&self) -> String {
        format!("{}/dd/auditResultsHub", self.base_url)
    }

    /// Returns the URL of one audit check's findings.
    pub(super) fn check(&self, task: &str, check: &str) -> String {
        format!(
            "{}/dd/audit/results/{}/{}",
            self.base_url,
            encoded(task),
            encoded(check)
        )
    }

    /// Returns the URL of an IoT policy's page.
    pub(super) fn policy(&self, name: &str) -> String {
        format!("{}/policy/{}", self.base_url, encoded(name))
    }
}

/// Everything but RFC 3986's unreserved characters, so that no name can leave its place in the URL or end the link around it. `~` is
/// encoded too, because rooms take it for markup.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.');

fn encoded(name: &str) -> PercentEncode<'_> {
    utf8_percent_encode(name, RESERVED)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_partition_has_its_console() {
        for (arn, url) in [
            (
                "arn:aws:sns:eu-west-1:1:t",
                Some(
                    "https://eu-west-1.console.aws.amazon.com/iot/home?region=eu-west-1#/thing/a%2Fb%3E%7C%20c",
                ),
            ),
            (
                "arn:aws-cn:sns:cn-north-1:1:t",
                Some(
                    "https://console.amazonaws.cn/iot/home?region=cn-north-1#/thing/a%2Fb%3E%7C%20c",
                ),
            ),
            (
                "arn:aws-us-gov:sns:us-gov-west-1:1:t",
                Some(
                    "https://console.amazonaws-us-gov.com/iot/home?region=us-gov-west-1#/thing/a%2Fb%3E%7C%20c",
                ),
            ),
            ("arn:aws-iso:sns:us-iso-east-1:1:t", None),
            ("arn:aws:sns:evil.example/:1:t", None),
        ] {
            let topic = arn.parse().expect("an ARN");
            assert_eq!(
                Console::for_topic(&topic)
                    .map(|console| console.thing("a/b>| c"))
                    .as_deref(),
                url,
                "{arn}"
            );
        }
    }
}
