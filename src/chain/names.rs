//! The names of the resources that ddalert creates: computed from the target and the topic, never random, so that a second run
//! finds the resources of the first.

use std::collections::BTreeMap;

use serde::{Serialize, Serializer};
use sha2::{Digest, Sha256};

pub use crate::arn::AccountRegion;
use crate::arn::{Arn, TopicArn};
use crate::contract::secret_store::SecretStore;

/// The longest name of a Lambda function and of an IAM role, in characters (Lambda and IAM API references).
pub const NAME_LIMIT: usize = 64;

/// The tag, with its value, of every resource that ddalert creates.
pub const MANAGED_BY: (&str, &str) = ("managed-by", "ddalert");
/// The tag with the ARN of the topic that a resource serves.
pub const TOPIC_TAG: &str = "ddalert:topic";
/// The tag with the version of ddalert that last changed the resource.
pub const VERSION_TAG: &str = "ddalert:version";

/// The tag of an execution role with the name of its function, which the name of the role may not show in full.
pub const FUNCTION_TAG: &str = "ddalert:function";
/// The tag of a function with the code that ddalert deployed, in the format of [`code_tag`].
pub const CODE_TAG: &str = "ddalert:code";
/// The tag of a function that says whose its execution role is: [`GIVEN_ROLE`], or anything else for a role of ddalert's.
pub const ROLE_TAG: &str = "ddalert:role";
/// The value of [`ROLE_TAG`] of a function whose role somebody else made and ddalert was given.
pub const GIVEN_ROLE: &str = "given";

/// Every tag that ddalert sets; all others are somebody else's.
pub const OWN_TAGS: [&str; 6] = [
    MANAGED_BY.0,
    TOPIC_TAG,
    VERSION_TAG,
    CODE_TAG,
    FUNCTION_TAG,
    ROLE_TAG,
];

/// The names of all resources of one relay, or of the phones of a topic.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ResourceNames {
    /// Their account and region.
    pub place: AccountRegion,
    /// The function.
    pub function: String,
    /// The execution role: the function's name with the region, because IAM roles belong to no region.
    pub role: String,
    /// The resource that would hold the secret, by store; in JSON, by the service's word for it.
    #[serde(flatten, serialize_with = "by_noun")]
    secrets: BTreeMap<SecretStore, String>,
    /// The log group of the function.
    pub log_group: String,
    /// The failure queue.
    pub queue: String,
    /// The id of the statement in the function's policy that allows the topic to invoke it.
    pub statement: String,
}

impl ResourceNames {
    /// Returns the names for `target` on `topic`. `function` overrides the name of the function, and with it the names based on it.
    pub fn new(
        target: &str,
        topic: &TopicArn,
        place: AccountRegion,
        function: Option<&str>,
    ) -> ResourceNames {
        let function = match function {
            Some(name) => name.to_owned(),
            None => shorten(&format!(
                "ddalert-{target}-{}",
                topic.name.replace('.', "-")
            )),
        };
        ResourceNames {
            role: shorten(&format!("{function}-{}", place.region)),
            secrets: SecretStore::ALL
                .into_iter()
                .filter_map(|store| Some((store, store.resource_name(&function)?)))
                .collect(),
            log_group: format!("/aws/lambda/{function}"),
            queue: format!("{function}-failed"),
            statement: format!("ddalert-sns-{}", short_hash(&topic.to_string())),
            place,
            function,
        }
    }

    /// Returns the ARN of the function.
    pub fn function_arn(&self) -> String {
        self.arn("lambda", &format!("function:{}", self.function))
    }

    /// Returns the ARN of the execution role.
    pub fn role_arn(&self) -> String {
        self.place.role_arn(&self.role)
    }

    /// Returns the ARN of the failure queue.
    pub fn queue_arn(&self) -> String {
        self.arn("sqs", &self.queue)
    }

    /// Returns the ARN of the log group, without the `:*` for its log streams.
    pub fn log_group_arn(&self) -> String {
        self.arn("logs", &format!("log-group:{}", self.log_group))
    }

    /// Returns the name of the resource that holds the secret in this store; `None` if the store has it in the environment.
    pub fn secret(&self, store: SecretStore) -> Option<&str> {
        self.secrets.get(&store).map(String::as_str)
    }

    /// Returns the ARN of the resource that holds the secret in this store, with `?` for each character that the service adds to
    /// the name.
    pub fn secret_arn(&self, store: SecretStore) -> Option<String> {
        store.resource_arn(&self.place, &self.function)
    }

    fn arn(&self, service: &str, resource: &str) -> String {
        self.place.arn(service, resource)
    }
}

/// Returns the value of [`CODE_TAG`]: the architecture and the SHA-256 of the zip in base64, both as Lambda returns them.
pub fn code_tag(architecture: &str, code_sha256: &str) -> String {
    format!("{architecture}:{code_sha256}")
}

/// Returns the name of the role that Device Defender publishes to `topic` with.
pub fn connect_role(topic: &TopicArn) -> String {
    shorten(&format!(
        "ddalert-connect-{}-{}",
        topic.name.replace('.', "-"),
        topic.region
    ))
}

/// Returns the name of the function that a resource belongs to, from the ARN of the resource, or `None` if the ARN does not follow
/// [`ResourceNames`]. A role has no such ARN: its name may be shortened.
pub fn function_of(arn: &str) -> Option<String> {
    let Arn {
        service, resource, ..
    } = arn.parse().ok()?;
    let function = match service.as_str() {
        "lambda" => resource.strip_prefix("function:")?,
        "sqs" => resource.strip_suffix("-failed")?,
        "logs" => resource
            .strip_prefix("log-group:/aws/lambda/")?
            .trim_end_matches(":*"),
        _ => SecretStore::function_of(&service, &resource)?,
    };
    is_function_name(function).then(|| function.to_owned())
}

/// Returns whether a person can choose `name` for a function: Lambda accepts it, and it leaves room for the suffix of the queue.
pub fn is_function_name(name: &str) -> bool {
    (1..=NAME_LIMIT).contains(&name.len())
        && name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

fn by_noun<S: Serializer>(
    names: &BTreeMap<SecretStore, String>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_map(names.iter().map(|(store, name)| (store.noun(), name)))
}

/// Returns the name itself if it fits, else its beginning with a hash of the whole name, so that long names stay distinct.
fn shorten(name: &str) -> String {
    if name.len() <= NAME_LIMIT {
        return name.to_owned();
    }
    let hash = short_hash(name);
    format!("{}-{hash}", &name[..NAME_LIMIT - hash.len() - 1])
}

/// Returns the first eight hexadecimal digits of the text's SHA-256.
fn short_hash(text: &str) -> String {
    Sha256::digest(text.as_bytes())
        .iter()
        .take(4)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place() -> AccountRegion {
        AccountRegion {
            partition: "aws".into(),
            region: "ap-southeast-1".into(),
            account: "123456789012".into(),
        }
    }

    fn names(topic: &str) -> ResourceNames {
        let topic = format!("arn:aws:sns:ap-southeast-1:123456789012:{topic}")
            .parse()
            .expect("an ARN");
        ResourceNames::new("chime", &topic, place(), None)
    }

    #[test]
    fn short_names_are_plain() {
        let names = names("BadIoTDevices");
        assert_eq!(names.function, "ddalert-chime-BadIoTDevices");
        assert_eq!(names.role, "ddalert-chime-BadIoTDevices-ap-southeast-1");
        assert_eq!(
            names.queue_arn(),
            "arn:aws:sqs:ap-southeast-1:123456789012:ddalert-chime-BadIoTDevices-failed"
        );
        assert_eq!(
            names.role_arn(),
            "arn:aws:iam::123456789012:role/ddalert-chime-BadIoTDevices-ap-southeast-1"
        );
        assert_eq!(
            names.secret_arn(SecretStore::Ssm).expect("an ARN"),
            "arn:aws:ssm:ap-southeast-1:123456789012:parameter/ddalert/ddalert-chime-BadIoTDevices/webhook-url"
        );
    }

    #[test]
    fn the_document_has_these_keys() {
        let document = serde_json::to_string(&names("T")).expect("JSON");
        let beginning = concat!(
            r#"{"place":{"partition":"aws","region":"ap-southeast-1","account":"123456789012"},"function":"ddalert-chime-T","#,
            r#""role":"ddalert-chime-T-ap-southeast-1","secret":"ddalert/ddalert-chime-T/webhook-url","#,
            r#""parameter":"/ddalert/ddalert-chime-T/webhook-url","#
        );
        let end = concat!(
            r#","log_group":"/aws/lambda/ddalert-chime-T","queue":"ddalert-chime-T-failed","#,
            r#""statement":"ddalert-sns-0365f85b"}"#
        );
        assert!(document.starts_with(beginning), "{document}");
        assert!(format!(",{document}").ends_with(end), "{document}");
    }

    #[test]
    fn long_names_are_shortened_and_stay_distinct() {
        let (one, two) = (
            names(&format!("{}1", "x".repeat(200))),
            names(&format!("{}2", "x".repeat(200))),
        );
        for names in [&one, &two] {
            assert_eq!(names.function.len(), NAME_LIMIT);
            assert_eq!(names.role.len(), NAME_LIMIT);
            assert!(names.queue.len() <= 80, "SQS takes 80 characters");
        }
        assert_ne!(one.function, two.function);
        assert_ne!(one.role, two.role);
    }

    #[test]
    fn the_arn_of_a_resource_shows_its_function() {
        let names = names("BadIoTDevices");
        let secrets = SecretStore::ALL
            .into_iter()
            .filter_map(|store| names.secret_arn(store))
            .map(|arn| arn.replace("??????", "a1B2c3"));
        let arns = [
            names.function_arn(),
            names.queue_arn(),
            names.log_group_arn(),
        ];
        for arn in arns.into_iter().chain(secrets) {
            assert_eq!(
                function_of(&arn).as_deref(),
                Some("ddalert-chime-BadIoTDevices"),
                "{arn}"
            );
        }
        for arn in [
            &names.role_arn(),
            "arn:aws:sqs:us-east-1:123456789012:orders",
            "arn:aws:lambda:x",
            "",
            "a:b:c:d:e:f:g",
        ] {
            assert_eq!(function_of(arn), None, "{arn}");
        }
    }

    #[test]
    fn a_chosen_name_is_one_that_lambda_accepts() {
        assert!(is_function_name("alerts_1-a"));
        for name in ["", "a b", "a.b", &"x".repeat(65)] {
            assert!(!is_function_name(name), "{name}");
        }
    }
}
