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
/// The longest value of a tag, in characters; the ARN of a topic can be longer.
const TAG_VALUE_LIMIT: usize = 256;
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
    /// The buffer between the topic and the function, of a relay that is triggered by it.
    pub buffer: String,
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
            role: relay_role(&function, &place),
            secrets: SecretStore::ALL
                .into_iter()
                .filter_map(|store| Some((store, store.resource_name(&function)?)))
                .collect(),
            log_group: format!("/aws/lambda/{function}"),
            queue: format!("{function}-failed"),
            buffer: format!("{function}-buffer"),
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

    /// Returns the name of the role that the function has while the grant on the key of its environment is renewed. No function can
    /// have a name with a full stop, so that it is no other relay's.
    pub fn renewal_role(&self) -> String {
        const SUFFIX: &str = ".renewal";
        let room = NAME_LIMIT - SUFFIX.len();
        match self.role.len() <= room {
            true => format!("{}{SUFFIX}", self.role),
            false => {
                let hash = short_hash(&self.role);
                format!("{}-{hash}{SUFFIX}", &self.role[..room - hash.len() - 1])
            }
        }
    }

    /// Returns the ARN of the failure queue.
    pub fn queue_arn(&self) -> String {
        self.arn("sqs", &self.queue)
    }

    /// Returns the ARN of the buffer.
    pub fn buffer_arn(&self) -> String {
        self.arn("sqs", &self.buffer)
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

/// Returns the value of [`TOPIC_TAG`]: the ARN of the topic, or, where it is longer than a tag's value can be, its beginning with a
/// hash of the whole ARN.
pub fn topic_tag(topic: &TopicArn) -> String {
    let arn = topic.to_string();
    if arn.len() <= TAG_VALUE_LIMIT {
        return arn;
    }
    let hash = hash(&arn, 16);
    format!("{}-{hash}", &arn[..TAG_VALUE_LIMIT - hash.len() - 1])
}

/// Returns the value of [`CODE_TAG`]: the architecture and the SHA-256 of the zip in base64, both as Lambda returns them.
pub fn code_tag(architecture: &str, code_sha256: &str) -> String {
    format!("{architecture}:{code_sha256}")
}

/// How the name of a role begins by which Device Defender publishes.
const CONNECT_ROLE: &str = "ddalert-connect-";
/// How the name of a role begins by which SNS logs what carriers answer.
const STATUS_ROLE: &str = "ddalert-sms-status-";

/// Returns the name of the execution role of a function. Where that would be the name of a role for something else (the relay to the
/// phones of a topic called `status`, a function called `ddalert-connect-…`), a hash sets it apart.
fn relay_role(function: &str, place: &AccountRegion) -> String {
    let region = &place.region;
    let name = format!("{function}-{region}");
    let is_others = name == status_role(place) || name.starts_with(CONNECT_ROLE);
    if !is_others {
        return shorten(&name);
    }
    shorten(&format!("{function}-{}-{region}", short_hash(&name)))
}

/// Returns the name of the role by which SNS logs what carriers answer to the texts of a region.
pub fn status_role(place: &AccountRegion) -> String {
    format!("{STATUS_ROLE}{}", place.region)
}

/// Returns the name of the role that Device Defender publishes to `topic` with.
pub fn connect_role(topic: &TopicArn) -> String {
    shorten(&format!(
        "{CONNECT_ROLE}{}-{}",
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
        "sqs" => resource
            .strip_suffix("-failed")
            .or_else(|| resource.strip_suffix("-buffer"))?,
        "logs" => resource
            .strip_prefix("log-group:/aws/lambda/")?
            .trim_end_matches(":*"),
        _ => SecretStore::function_of(&service, &resource)?,
    };
    is_function_name(function).then(|| function.to_owned())
}

/// Returns whether a person can choose `name` for a function: Lambda accepts it, and it leaves room for the suffixes of the queues.
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

/// Returns the name itself if it fits, else its beginning with a hash of the whole name, so that long names stay distinct. A name
/// that looks like one that was cut is cut, too: else it could be that of a longer one.
fn shorten(name: &str) -> String {
    if name.len() <= NAME_LIMIT && !looks_cut(name) {
        return name.to_owned();
    }
    let hash = short_hash(name);
    format!("{}-{hash}", &name[..NAME_LIMIT - hash.len() - 1])
}

/// Returns whether a name has the form of one that was cut: the longest there is, with a hash at its end.
fn looks_cut(name: &str) -> bool {
    let hash = name.len().checked_sub(9).and_then(|at| name.get(at..));
    name.len() == NAME_LIMIT
        && hash.is_some_and(|end| {
            let digits = end.strip_prefix('-').unwrap_or_default();
            digits.len() == 8
                && digits
                    .bytes()
                    .all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
        })
}

/// Returns the first eight hexadecimal digits of the text's SHA-256.
fn short_hash(text: &str) -> String {
    hash(text, 4)
}

/// Returns the first bytes of the text's SHA-256, two hexadecimal digits each.
fn hash(text: &str, bytes: usize) -> String {
    Sha256::digest(text.as_bytes())
        .iter()
        .take(bytes)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

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
            r#","log_group":"/aws/lambda/ddalert-chime-T","queue":"ddalert-chime-T-failed","buffer":"ddalert-chime-T-buffer","#,
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
            assert!(
                names.queue.len() <= 80 && names.buffer.len() <= 80,
                "SQS takes 80 characters"
            );
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
            names.buffer_arn(),
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
    fn a_long_topic_fits_into_a_tag_and_stays_distinct() {
        for length in 1..=256 {
            let topic = |end: &str| -> TopicArn {
                let name = format!("{}{end}", "x".repeat(length - 1));
                let arn = format!("arn:aws-us-gov:sns:us-gov-west-1:123456789012:{name}");
                arn.parse().expect("an ARN")
            };
            let (one, two) = (topic_tag(&topic("1")), topic_tag(&topic("2")));
            assert!(one.len() <= 256);
            assert_ne!(one, two);
            let arn = topic("1").to_string();
            assert_eq!(one == arn, arn.len() <= 256, "{length}");
        }
    }

    #[test]
    fn a_role_is_not_that_of_something_else() {
        let status = "arn:aws:sns:ap-southeast-1:123456789012:status";
        let topic: TopicArn = status.parse().expect("an ARN");
        let phones = ResourceNames::new("sms", &topic, place(), None);
        assert_ne!(phones.role, status_role(&place()));
        assert!(phones.role.ends_with("-ap-southeast-1"), "{}", phones.role);
        let connect = connect_role(&topic);
        let function = connect.strip_suffix("-ap-southeast-1");
        let chosen = ResourceNames::new("slack", &topic, place(), function);
        assert_ne!(chosen.role, connect);
    }

    #[test]
    fn no_target_begins_like_another() {
        let targets = crate::destination::DESTINATIONS.iter().map(|one| one.name);
        let targets: Vec<&str> = targets.chain(["sms"]).collect();
        for one in &targets {
            for other in &targets {
                let prefix = format!("{other}-");
                assert!(
                    !one.starts_with(&prefix),
                    "{one} could be {other} and a topic"
                );
            }
        }
    }

    fn topic_name() -> impl Strategy<Value = String> {
        // Short names, long ones, and such as look like one that was cut.
        prop_oneof![
            "[A-Za-z0-9_-]{1,12}",
            "[ab_-]{45,60}",
            "[ab]{200,256}",
            "[ab]{41}-[0-9a-f]{8}",
            Just("status".to_owned()),
        ]
    }

    proptest! {
        #[test]
        fn what_differs_has_other_names(
            one in topic_name(), other in topic_name(),
            target in 0usize..3, other_target in 0usize..3,
            region in 0usize..2, other_region in 0usize..2,
        ) {
            const TARGETS: [&str; 3] = ["slack", "google-chat", "sms"];
            const REGIONS: [&str; 2] = ["us-east-1", "us-gov-east-1"];
            let names = |topic: &str, target: usize, region: usize| {
                let place = AccountRegion { region: REGIONS[region].to_owned(), ..place() };
                let arn = format!("arn:aws:sns:{}:123456789012:{topic}", place.region);
                let topic = arn.parse().expect("an ARN");
                let connect = connect_role(&topic);
                (ResourceNames::new(TARGETS[target], &topic, place.clone(), None), connect, topic_tag(&topic), status_role(&place))
            };
            let (a, a_connect, a_tag, a_status) = names(&one, target, region);
            let (b, b_connect, b_tag, _) = names(&other, other_target, other_region);
            let is_same_topic = one == other && region == other_region;
            let is_same = is_same_topic && target == other_target;
            prop_assert_eq!(a.role == b.role, is_same, "{} {}", a.role, b.role);
            if region == other_region {
                prop_assert_eq!(a.function == b.function, is_same, "{} {}", a.function, b.function);
                prop_assert_eq!(a.queue == b.queue, is_same);
            }
            prop_assert_eq!(a_connect == b_connect, is_same_topic, "{} {}", a_connect, b_connect);
            prop_assert_eq!(a_tag == b_tag, is_same_topic);
            prop_assert!(a.role != b_connect && a.role != a_connect && a.role != a_status);
            prop_assert!(a.function.len() <= NAME_LIMIT && a.role.len() <= NAME_LIMIT && a.queue.len() <= 80);
            prop_assert!(is_function_name(&a.function));
            prop_assert_eq!(a.renewal_role() == b.renewal_role(), is_same);
            prop_assert!(a.renewal_role() != b.role && a.renewal_role().len() <= NAME_LIMIT);
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
