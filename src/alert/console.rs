//! Links into the AWS IoT console, whose host depends on the partition.
//!
//! The paths are those that Device Defender itself gives Security Hub as `SourceUrl` (developer guide, "Integration with AWS
//! Security Hub CSPM") and those the guide links to.

use crate::arn::TopicArn;

/// The IoT console of a region.
pub(super) struct Console {
    home: String,
}

impl Console {
    /// Returns the console of the region that the topic is in: Device Defender publishes to topics of its own region. `None`
    /// where the ARN's region is not the name of one.
    pub(super) fn of(topic: &TopicArn) -> Option<Console> {
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
            home: format!("https://{host}/iot/home?region={region}#"),
        })
    }

    /// Returns the page of a thing.
    pub(super) fn thing(&self, name: &str) -> String {
        format!("{}/thing/{}", self.home, encoded(name))
    }

    /// Returns the violations of a security profile.
    pub(super) fn violations(&self, profile: &str) -> String {
        format!(
            "{}/dd/securityProfile/{}?tab=violations",
            self.home,
            encoded(profile)
        )
    }

    /// Returns the list of audits.
    pub(super) fn audits(&self) -> String {
        format!("{}/dd/auditResultsHub", self.home)
    }

    /// Returns the findings of one check of an audit.
    pub(super) fn check(&self, task: &str, check: &str) -> String {
        format!(
            "{}/dd/audit/results/{}/{}",
            self.home,
            encoded(task),
            encoded(check)
        )
    }

    /// Returns the page of an IoT policy.
    pub(super) fn policy(&self, name: &str) -> String {
        format!("{}/policy/{}", self.home, encoded(name))
    }
}

/// Percent-encodes everything but RFC 3986's unreserved characters, so that no name can leave its place in the URL or end the
/// link around it.
fn encoded(name: &str) -> String {
    name.bytes().fold(String::new(), |mut url, byte| {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' => {
                url.push(char::from(byte))
            }
            _ => url.push_str(&format!("%{byte:02X}")),
        }
        url
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_console_is_the_partitions() {
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
                Console::of(&topic)
                    .map(|console| console.thing("a/b>| c"))
                    .as_deref(),
                url,
                "{arn}"
            );
        }
    }
}
