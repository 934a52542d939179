//! The security profiles: do they have a target, things and behaviors, and are their alerts sent?

use crate::chain::checks::check::{Occurrence, Remedy};
use crate::chain::checks::snapshot::ChainSnapshot;

pub(super) fn profiles_without_target(chain: &ChainSnapshot) -> Vec<Occurrence> {
    if chain.publishers().is_empty() {
        return Vec::new();
    }
    let profiles = chain
        .profiles
        .found()
        .into_iter()
        .flatten()
        .filter(|(_, profile)| profile.target.is_none());
    profiles
        .map(|(name, _)| {
            let what = format!("security profile {name} has no alert target");
            Occurrence::of_device_defender(
                what,
                chain.ddalert(&format!("connect --profile-name {name}")),
            )
        })
        .collect()
}

pub(super) fn suppressed_alerts(chain: &ChainSnapshot) -> Vec<Occurrence> {
    let topic = chain.topic.to_string();
    let here = chain
        .profiles
        .found()
        .into_iter()
        .flatten()
        .filter(|(_, profile)| {
            !profile.suppressed.is_empty()
                && profile
                    .target
                    .as_ref()
                    .is_some_and(|target| target.topic == topic)
        });
    here.map(|(name, profile)| {
        let what = format!("security profile {name} suppresses the alerts of: {}", profile.suppressed.join(", "));
        // The API replaces all behaviors at once: the command reads them, changes one member and writes them back.
        let command = format!(
            "iot update-security-profile --security-profile-name {name} --behaviors \"$({} | sed \
             's/\"suppressAlerts\": true/\"suppressAlerts\": false/')\"",
            chain.aws(&format!("iot describe-security-profile --security-profile-name {name} --query behaviors --output json"))
        );
        Occurrence::of_device_defender(what, chain.aws(&command))
    })
    .collect()
}

pub(super) fn unattached_profiles(chain: &ChainSnapshot) -> Vec<Occurrence> {
    let all = chain.topic.local_arn("iot", "all/things");
    let attach = |name: &String| {
        let command = format!(
            "iot attach-security-profile --security-profile-name {name} --security-profile-target-arn {all}"
        );
        Occurrence::of_device_defender(
            format!("security profile {name} is not attached to any thing group"),
            chain.aws(&command),
        )
    };
    chain.unattached_profiles.iter().map(attach).collect()
}

pub(super) fn no_behaviors(chain: &ChainSnapshot) -> Vec<Occurrence> {
    let topic = chain.topic.to_string();
    let profiles = chain.profiles.found().into_iter().flatten();
    let without = profiles.filter(|(_, profile)| {
        let target = profile.target.as_ref();
        profile.behaviors.is_empty() && target.is_some_and(|target| target.topic == topic)
    });
    without
        .map(|(name, _)| {
            Occurrence::of_device_defender(
                format!("security profile {name} has no behaviors"),
                Remedy::advice(format!(
                    "whoever owns the security profile {name} has to add a behavior: what a device normally does"
                )),
            )
        })
        .collect()
}
