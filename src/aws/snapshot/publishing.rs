//! The roles by which Device Defender publishes to the topic.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::{try_join, try_join_all};
use futures_util::stream::{self, StreamExt, TryStreamExt};

use super::SnapshotReader;
use crate::arn::resource_name;
use crate::aws::role::{self, trust};
use crate::aws::simulation::{Denial, SimulatedDecision, simulate};
use crate::aws::{AwsError, device_defender};
use crate::chain::checks::snapshot::{
    ChainSnapshot, DeniedAction, DenySource, IamDecision, Link, Lookup, PublishRole, Reading,
};
use crate::chain::publishing::{KEY_ACTIONS, NotificationTarget, TOPIC_ACTIONS};

impl SnapshotReader<'_> {
    pub(super) async fn roles(
        &self,
        chain: &ChainSnapshot,
    ) -> Result<BTreeMap<String, PublishRole>, AwsError> {
        let key = chain
            .attributes
            .found()
            .and_then(|topic| topic.key.as_ref())
            .filter(|key| !key.aws_managed);
        let arns: BTreeSet<String> = chain
            .publishers()
            .iter()
            .map(|publisher| publisher.role.to_owned())
            .collect();
        let roles = arns.into_iter().map(|arn| async {
            let role = self.role(&arn, key.and_then(|key| key.arn.as_deref()));
            let role = role.await?;
            Ok::<_, AwsError>((arn, role))
        });
        Ok(try_join_all(roles).await?.into_iter().collect())
    }

    /// Reads a role that Device Defender assumes; `key` is the ARN of the key that the topic is encrypted with.
    async fn role(&self, arn: &str, key: Option<&str>) -> Result<PublishRole, AwsError> {
        let name = resource_name(arn);
        let found = self.record(
            Link::DeviceDefender,
            Reading::PublishRole,
            trust(self.clients, name).await,
        )?;
        let boundary = found.found().and_then(|(_, boundary)| boundary.clone());
        let trust = found.map(|(trust, _)| trust);
        if trust.found().is_none() {
            return Ok(PublishRole {
                trust,
                ..PublishRole::default()
            });
        }
        let topic = self.topic.to_string();
        let can_use_key = async {
            match key {
                Some(key) => self.may(arn, &KEY_ACTIONS, key).await,
                None => Ok(Lookup::NotChecked),
            }
        };
        let (can_publish, can_use_key) =
            try_join(self.may(arn, &TOPIC_ACTIONS, &topic), can_use_key).await?;
        let is_denied_by_policy = [&can_publish, &can_use_key].iter().any(|decision| {
            matches!(decision.found(), Some(IamDecision::Denied(denied)) if denied.by == DenySource::Policy)
        });
        // The policies are read only to name the one that denies.
        let other_policies = match is_denied_by_policy {
            true => {
                let others = role::other_policies(self.clients, name, role::PUBLISH).await;
                let others =
                    self.record(Link::DeviceDefender, Reading::PublishPermissions, others)?;
                others.found().cloned().unwrap_or_default()
            }
            false => Vec::new(),
        };
        Ok(PublishRole {
            trust,
            boundary,
            other_policies,
            can_publish,
            can_use_key,
        })
    }

    /// Returns the profiles that publish here and are not attached to anything, and the checks of each scheduled audit.
    pub(super) async fn sources(
        &self,
        chain: &ChainSnapshot,
    ) -> Result<(Vec<String>, Lookup<BTreeMap<String, Vec<String>>>), AwsError> {
        let topic = self.topic.to_string();
        let publishes = |target: Option<&NotificationTarget>| {
            target.is_some_and(|target| target.topic == topic)
        };
        let profiles = chain
            .profiles
            .found()
            .into_iter()
            .flatten()
            .filter(|(_, profile)| publishes(profile.target.as_ref()))
            .map(|(name, _)| name);
        let link = Link::DeviceDefender;
        let unattached = stream::iter(profiles)
            .map(|name| async move {
                let attached = device_defender::is_attached(self.clients, name).await;
                let attached = self.record(link, Reading::Attachments, attached.map(Some))?;
                Ok::<_, AwsError>((attached.found() == Some(&false)).then(|| name.clone()))
            })
            .buffered(device_defender::AT_ONCE)
            .try_filter_map(|name| async move { Ok(name) })
            .try_collect::<Vec<String>>();
        let audits_here = chain
            .audit
            .found()
            .is_some_and(|audit| publishes(audit.target.as_ref()));
        let scheduled = async {
            match audits_here {
                true => {
                    let scheduled = device_defender::scheduled_audits(self.clients).await;
                    self.record(link, Reading::ScheduledAudits, scheduled.map(Some))
                }
                false => Ok(Lookup::NotChecked),
            }
        };
        try_join(unattached, scheduled).await
    }

    /// Asks IAM whether a role may do all of this.
    async fn may(
        &self,
        role: &str,
        actions: &[&str],
        resource: &str,
    ) -> Result<Lookup<IamDecision>, AwsError> {
        const AT: (Link, Reading) = (Link::DeviceDefender, Reading::PublishPermissions);
        let simulated = self.simulate(role, actions, resource, &[]).await;
        let simulated = self.record(AT.0, AT.1, simulated.map(Some))?;
        let Some(verdicts) = simulated.found() else {
            return Ok(Lookup::NotChecked);
        };
        if self.is_unclear(AT.0, AT.1, role, verdicts) {
            return Ok(Lookup::NotChecked);
        }
        let denied = verdicts.iter().find_map(|(action, verdict)| match verdict {
            SimulatedDecision::Denied(Denial { by, policy }) => Some(DeniedAction {
                action: action.clone(),
                resource: resource.to_owned(),
                by: *by,
                policy: policy.clone(),
            }),
            _ => None,
        });
        let are_allowed = || {
            verdicts
                .iter()
                .all(|(_, verdict)| *verdict == SimulatedDecision::Allowed)
        };
        Ok(Lookup::Found(match denied {
            Some(denied) => IamDecision::Denied(denied),
            None if are_allowed() => IamDecision::Allowed,
            None => IamDecision::NotAllowed,
        }))
    }

    /// Notes where IAM's simulator could not tell, and says whether that is so.
    pub(super) fn is_unclear(
        &self,
        link: Link,
        reading: Reading,
        role: &str,
        verdicts: &[(String, SimulatedDecision)],
    ) -> bool {
        let unclear = verdicts
            .iter()
            .filter(|(_, verdict)| *verdict == SimulatedDecision::Unclear)
            .map(|(action, _)| action.as_str());
        let unclear: Vec<&str> = unclear.collect();
        if !unclear.is_empty() {
            let what = format!("asking IAM whether {role} may {}", unclear.join(" and "));
            self.note(
                link,
                reading,
                what,
                "it depends on conditions that IAM's policy simulator does not know".to_owned(),
            );
        }
        !unclear.is_empty()
    }
}

impl SnapshotReader<'_> {
    /// Asks IAM what the policies of a role say of each action on the resource, in this region and context.
    pub(super) async fn simulate(
        &self,
        role: &str,
        actions: &[&str],
        resource: &str,
        context: &[(String, String)],
    ) -> Result<Vec<(String, SimulatedDecision)>, AwsError> {
        let region = &self.topic.region;
        simulate(self.clients, region, role, actions, resource, context).await
    }
}
