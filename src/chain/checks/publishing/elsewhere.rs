//! Whether anything publishes to the topic, and what publishes to another one instead.

use std::collections::{BTreeMap, BTreeSet};

use crate::chain::checks::check::{Occurrence, Remedy};
use crate::chain::checks::snapshot::ChainSnapshot;

pub(super) fn nothing_publishes(chain: &ChainSnapshot) -> Vec<Occurrence> {
    let (Some(profiles), Some(audit)) = (chain.profiles.found(), chain.audit.found()) else {
        return Vec::new();
    };
    // Nothing can publish to a topic that does not exist.
    if !chain.publishers().is_empty() || chain.attributes.is_missing() {
        return Vec::new();
    }
    let mut options: Vec<String> = profiles
        .iter()
        .filter(|(_, profile)| profile.target.is_none())
        .map(|(name, _)| format!("--profile-name {name}"))
        .collect();
    if !options.is_empty() && options.len() == profiles.len() {
        options = vec!["--all-profiles".to_owned()];
    }
    // An audit without an enabled check takes no target.
    let audit_is_free = audits_elsewhere(chain).is_none() && !audit.checks.is_empty();
    if audit_is_free {
        options.push("--audit".to_owned());
    }
    let mut others: Vec<String> = elsewhere(chain)
        .into_iter()
        .map(|(name, topic)| format!("security profile {name} sends its alerts to {topic}"))
        .collect();
    others.extend(audits_elsewhere(chain).map(|topic| format!("audit results go to {topic}")));
    let note = if others.is_empty() {
        String::new()
    } else {
        format!("; {}", others.join("; "))
    };
    let what = format!(
        "no security profile or audit publishes to {}{note}",
        chain.topic.name
    );
    let remedy = match (options.is_empty(), others.is_empty()) {
        (false, _) => chain
            .ddalert(&format!("connect {}", options.join(" ")))
            .into(),
        (true, false) => ask_for(chain, "they", "these topics"),
        (true, true) => Remedy::advice(
            "there is neither a security profile nor an enabled audit check in this region: whoever runs AWS IoT Device Defender \
             has to enable one first, or name the region where they are",
        ),
    };
    vec![Occurrence::of_device_defender(what, remedy)]
}

pub(super) fn profiles_elsewhere(chain: &ChainSnapshot) -> Vec<Occurrence> {
    let others = elsewhere(chain);
    let total = chain.profiles.found().map_or(0, BTreeMap::len);
    if chain.publishers().is_empty() || others.is_empty() || others.len() < total {
        return Vec::new();
    }
    let each: Vec<String> = others
        .iter()
        .map(|(name, topic)| format!("security profile {name} sends its alerts to {topic}"))
        .collect();
    let topics: BTreeSet<&str> = others.iter().map(|(_, topic)| *topic).collect();
    let topics: Vec<&str> = topics.into_iter().collect();
    vec![Occurrence::of_device_defender(
        format!("{}, and no security profile to this topic", each.join("; ")),
        ask_for(chain, "these alerts", &topics.join(" and ")),
    )]
}

pub(super) fn one_profile_elsewhere(chain: &ChainSnapshot) -> Vec<Occurrence> {
    let others = elsewhere(chain);
    let total = chain.profiles.found().map_or(0, BTreeMap::len);
    // DD070 reports it if that is true of every profile.
    if chain.publishers().is_empty() || others.len() == total {
        return Vec::new();
    }
    let each = others.into_iter().map(|(name, topic)| {
        Occurrence::of_device_defender(
            format!("security profile {name} sends its alerts to {topic}"),
            Remedy::advice(format!(
                "nothing, if that is on purpose; else decide with those who read {topic}: connect says what it would overwrite"
            )),
        )
    });
    each.collect()
}

pub(super) fn audit_elsewhere(chain: &ChainSnapshot) -> Vec<Occurrence> {
    let topic = audits_elsewhere(chain).filter(|_| !chain.publishers().is_empty());
    let found = topic.map(|topic| {
        Occurrence::of_device_defender(
            format!("audit results go to {topic}"),
            ask_for(chain, "audit results", topic),
        )
    });
    found.into_iter().collect()
}

/// Returns the security profiles that publish to another topic, with its ARN.
fn elsewhere(chain: &ChainSnapshot) -> Vec<(&String, &str)> {
    let topic = chain.topic.to_string();
    let profiles = chain.profiles.found().into_iter().flatten();
    profiles
        .filter_map(|(name, profile)| Some((name, profile.target.as_ref()?.topic.as_str())))
        .filter(|(_, target)| *target != topic)
        .collect()
}

/// Returns the ARN of another topic that audit results are sent to.
fn audits_elsewhere(chain: &ChainSnapshot) -> Option<&str> {
    let topic = chain.topic.to_string();
    let audit = chain.audit.found().filter(|audit| audit.enabled)?;
    let target = audit.target.as_ref()?.topic.as_str();
    (target != topic).then_some(target)
}

/// Says that somebody else reads these alerts now, who has to agree before they come here.
fn ask_for(chain: &ChainSnapshot, what: &str, topics: &str) -> Remedy {
    let name = &chain.topic.name;
    Remedy::advice(format!(
        "decide with those who read {topics} whether {what} should come to {name} instead: connect says what it would overwrite, \
         and with which option; or subscribe to that topic too"
    ))
}
