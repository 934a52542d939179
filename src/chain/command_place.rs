//! Commands that a person can paste: each carries the options that choose the account, the region and the topic.

use shell_words::quote;

use crate::arn::TopicArn;

/// The options that choose the account, the region and the topic of a command.
///
/// Every hint and remedy with a command is made here, so that pasting it works on the place that the run was about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CommandPlace {
    profile: Option<String>,
    endpoint_url: Option<String>,
    region: Option<String>,
    topic: Option<String>,
}

impl CommandPlace {
    /// Returns the place of a profile and an endpoint, where they were named. A password in the endpoint is masked, as it is
    /// everywhere in the output.
    pub fn new(profile: Option<&str>, endpoint_url: Option<&str>) -> CommandPlace {
        CommandPlace {
            profile: profile.map(str::to_owned),
            endpoint_url: endpoint_url.map(without_password),
            region: None,
            topic: None,
        }
    }

    /// Returns the same place in another profile.
    pub fn with_profile(&self, profile: &str) -> CommandPlace {
        CommandPlace {
            profile: Some(profile.to_owned()),
            ..self.clone()
        }
    }

    /// Adds the region.
    pub fn in_region(&self, region: &str) -> CommandPlace {
        CommandPlace {
            region: Some(region.to_owned()),
            ..self.clone()
        }
    }

    /// Adds the topic with its region.
    pub fn about(&self, topic: &TopicArn) -> CommandPlace {
        CommandPlace {
            topic: Some(topic.name.clone()),
            ..self.in_region(&topic.region)
        }
    }

    /// Returns a command of ddalert: `ddalert`, what is typed after it, and the options.
    pub fn ddalert(&self, command: &str) -> String {
        let place = [
            ("--topic", &self.topic),
            ("--region", &self.region),
            ("--profile", &self.profile),
            ("--endpoint-url", &self.endpoint_url),
        ];
        with_options(format!("ddalert {command}"), &place)
    }

    /// Returns a command of the AWS CLI, with the options that it knows.
    pub fn aws(&self, command: &str) -> String {
        let place = [
            ("--region", &self.region),
            ("--profile", &self.profile),
            ("--endpoint-url", &self.endpoint_url),
        ];
        with_options(format!("aws {command}"), &place)
    }

    /// Returns a command of the AWS CLI for a service that has no regions, such as IAM.
    pub fn aws_global(&self, command: &str) -> String {
        let place = [
            ("--profile", &self.profile),
            ("--endpoint-url", &self.endpoint_url),
        ];
        with_options(format!("aws {command}"), &place)
    }

    /// Returns a command of the AWS CLI that is about a profile and calls no service of the account, such as `sso login`.
    pub fn aws_profile(&self, command: &str) -> String {
        with_options(format!("aws {command}"), &[("--profile", &self.profile)])
    }
}

fn with_options(mut command: String, options: &[(&str, &Option<String>)]) -> String {
    for (option, value) in options {
        if let Some(value) = value {
            command.push_str(&format!(" {option} {}", quote(value)));
        }
    }
    command
}

/// Masks the user and the password of a URL (`https://user:password@host`).
pub fn without_password(url: &str) -> String {
    let (scheme, rest) = match url.split_once("://") {
        Some((scheme, rest)) => (format!("{scheme}://"), rest),
        None => (String::new(), url),
    };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    match rest[..end].rfind('@') {
        Some(at) => format!("{scheme}***@{}", &rest[at + 1..]),
        None => url.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn topic() -> TopicArn {
        "arn:aws:sns:eu-west-1:123456789012:BadIoTDevices"
            .parse()
            .expect("an ARN")
    }

    #[test]
    fn a_command_carries_all_that_chose_its_place() {
        let place = CommandPlace::new(Some("staging"), Some("http://localhost:4566"));
        let about = place.about(&topic());
        assert_eq!(
            about.ddalert("doctor"),
            "ddalert doctor --topic BadIoTDevices --region eu-west-1 --profile staging --endpoint-url http://localhost:4566"
        );
        assert_eq!(
            about.aws("sns list-topics"),
            "aws sns list-topics --region eu-west-1 --profile staging --endpoint-url http://localhost:4566"
        );
        assert_eq!(
            about.aws_global("iam get-role --role-name r"),
            "aws iam get-role --role-name r --profile staging --endpoint-url http://localhost:4566"
        );
        assert_eq!(
            about.aws_profile("sso login"),
            "aws sso login --profile staging"
        );
        assert_eq!(
            CommandPlace::default().ddalert("completions bash"),
            "ddalert completions bash"
        );
    }

    #[test]
    fn a_value_that_the_shell_would_take_apart_is_quoted() {
        let place = CommandPlace::new(Some("my team's $HOME; rm"), None);
        assert_eq!(
            shell_words::split(&place.ddalert("doctor")).expect("words of the shell"),
            ["ddalert", "doctor", "--profile", "my team's $HOME; rm"]
        );
    }

    #[test]
    fn a_password_in_an_endpoint_is_masked() {
        for (url, shown) in [
            (
                "https://user:sesame@aws.example/x",
                "https://***@aws.example/x",
            ),
            (
                "https://user:se@same@aws.example",
                "https://***@aws.example",
            ),
            ("user:sesame@aws.example:80", "***@aws.example:80"),
            ("https://aws.example/a@b", "https://aws.example/a@b"),
            ("https://aws.example", "https://aws.example"),
        ] {
            assert_eq!(without_password(url), shown);
            let place = CommandPlace::new(None, Some(url));
            assert!(!place.ddalert("doctor").contains("same"), "{url}");
        }
    }
}
