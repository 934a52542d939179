//! Whether Device Defender itself can publish to a topic: what a test alert does not show, because a person publishes it.

use serde::Serialize;

use super::{
    ChainSnapshot, Finding, FindingSeverity, Reading, Unchecked, publish_role, publishing, topic,
};

/// Whether Device Defender can publish to a topic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum PublishVerdict {
    /// Every role that it publishes with can.
    CanPublish,
    /// Something keeps it from publishing, at least with one role.
    CannotPublish,
    /// No security profile and no audit publishes to this topic.
    DoesNotPublish,
    /// Nothing was found, but not everything could be read.
    NotChecked,
}

/// What is known of Device Defender's way to a topic.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct PublishReport {
    /// Whether it can publish.
    pub verdict: PublishVerdict,
    /// What keeps it from publishing.
    pub findings: Vec<Finding>,
    /// What could not be read.
    pub not_checked: Vec<Unchecked>,
}

impl PublishReport {
    /// Checks the part of a chain that is before the topic, and the topic.
    pub fn new(chain: &ChainSnapshot) -> PublishReport {
        let rows = [publishing::CHECKS, publish_role::CHECKS, topic::CHECKS];
        let checks = rows.into_iter().flatten();
        let (nobody, findings): (Vec<Finding>, Vec<Finding>) = checks
            .filter(|check| check.severity == FindingSeverity::Error)
            .filter(|check| !check.reads.contains(&Reading::Subscriptions))
            .flat_map(|check| check.findings(chain))
            .partition(|finding| finding.code == publishing::NOTHING_PUBLISHES);
        let verdict = if !findings.is_empty() {
            PublishVerdict::CannotPublish
        } else if !nobody.is_empty() {
            PublishVerdict::DoesNotPublish
        } else if !chain.unchecked.is_empty() {
            PublishVerdict::NotChecked
        } else {
            PublishVerdict::CanPublish
        };
        PublishReport {
            verdict,
            findings: if findings.is_empty() {
                nobody
            } else {
                findings
            },
            not_checked: chain.unchecked.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::snapshot::{KmsKey, Link, Lookup, Part};
    use super::super::tests::{audit, healthy, profile};
    use super::*;

    /// The healthy chain with nothing read behind the topic, as a test alert sees it.
    fn before_the_topic(broken: impl FnOnce(&mut ChainSnapshot)) -> PublishReport {
        let mut chain = healthy();
        chain.subscribers = Lookup::NotChecked;
        broken(&mut chain);
        PublishReport::new(&chain)
    }

    fn not_read(chain: &mut ChainSnapshot) {
        chain.unchecked.push(Unchecked {
            link: Link::DeviceDefender,
            part: Part::PublishRole,
            reading: Reading::PublishRole,
            what: "reading the role r".to_owned(),
            why: "needs iam:GetRole".to_owned(),
        });
    }

    fn aws_managed_key(chain: &mut ChainSnapshot) {
        let Lookup::Found(topic) = &mut chain.attributes else {
            unreachable!("the healthy chain has a topic")
        };
        topic.key = Some(KmsKey {
            id: "alias/aws/sns".to_owned(),
            aws_managed: true,
            ..KmsKey::default()
        });
    }

    #[test]
    fn it_can_only_publish_if_everything_was_read_and_is_in_order() {
        assert_eq!(before_the_topic(|_| ()).verdict, PublishVerdict::CanPublish);
        let unread = before_the_topic(not_read);
        assert_eq!(unread.verdict, PublishVerdict::NotChecked);
        assert_eq!(unread.not_checked.len(), 1);
    }

    #[test]
    fn what_keeps_it_from_publishing_is_said_with_its_code() {
        let report = before_the_topic(|chain| {
            aws_managed_key(chain);
            not_read(chain);
        });
        assert_eq!(report.verdict, PublishVerdict::CannotPublish);
        let codes: Vec<&str> = report.findings.iter().map(|finding| finding.code).collect();
        assert_eq!(codes, ["DD013"]);
    }

    #[test]
    fn nobody_who_publishes_is_not_somebody_who_cannot() {
        let report = before_the_topic(|chain| {
            profile(chain).target = None;
            audit(chain).target = None;
        });
        assert_eq!(report.verdict, PublishVerdict::DoesNotPublish);
        assert_eq!(report.findings[0].code, "DD001");
    }
}
