//! A digest: many alerts of one kind, security profile and behavior as one message, so that a room can still be read when a fleet
//! alarms all at once.

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;

use super::report::{Fact, Report};
use super::{Alert, Comparison, Violation, metric};
use crate::arn::TopicArn;

/// How many alerts of one kind, profile and behavior are posted one by one at most, unless a relay is told otherwise.
pub const DEFAULT_DIGEST_OVER: usize = 3;

/// How many things a digest names.
const MAX_THINGS: usize = 10;

/// Several Detect alerts of one kind, security profile and behavior, oldest first.
#[derive(Clone, Debug)]
pub struct Digest<'a> {
    first: &'a Alert,
    /// Of each alert, in the same order.
    violations: Vec<&'a Violation>,
    alerts: Vec<&'a Alert>,
}

/// What the alerts of a digest have in common.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Common<'a> {
    topic: Option<&'a TopicArn>,
    test: bool,
    kind: &'a str,
    profile: &'a str,
    behavior: &'a str,
}

impl<'a> Common<'a> {
    /// Returns what `alert` has in common with those that can be in one digest with it; `None` for what is not a violation or does
    /// not name profile and behavior.
    fn of(alert: &'a Alert) -> Option<Common<'a>> {
        let violation = alert.violation()?;
        Some(Common {
            topic: alert.origin.topic.as_ref(),
            test: alert.origin.test,
            kind: violation.kind(),
            profile: violation.profile.as_deref()?,
            behavior: violation.behavior.as_deref()?,
        })
    }
}

/// Groups `alerts`, oldest first, each with its place: more than `over` of one kind, profile and behavior become one message, every
/// other alert stays single. With 0, all stay single. `may_group` says which alerts may be in a digest; audits, findings and texts
/// never are.
///
/// Returns at least one alert for each message, in an order in which no thing's alarm comes after its end: of a thing that alarms,
/// clears and alarms again, each turn is in a message of its own.
pub fn group<'a>(
    alerts: impl IntoIterator<Item = (usize, &'a Alert)>,
    over: usize,
    may_group: impl Fn(&Alert) -> bool,
) -> Vec<Vec<(usize, &'a Alert)>> {
    if over == 0 {
        return alerts.into_iter().map(|alert| vec![alert]).collect();
    }
    /// What becomes one message, or one message for each member: first the turn of its things, then the rank of each member.
    type Group<'a> = (u32, Vec<(usize, (usize, &'a Alert))>);
    let mut groups: Vec<Group<'a>> = Vec::new();
    let mut places: HashMap<(Common<'a>, u32), usize> = HashMap::new();
    let mut turns: HashMap<(Common<'a>, Option<&str>), (&str, u32)> = HashMap::new();
    for (rank, (index, alert)) in alerts.into_iter().enumerate() {
        let Some(common) = Common::of(alert) else {
            groups.push((0, vec![(rank, (index, alert))]));
            continue;
        };
        let thing = alert.violation().and_then(|one| one.thing.as_deref());
        let of_any_kind = Common { kind: "", ..common };
        let (kind, turn) = turns
            .entry((of_any_kind, thing))
            .or_insert((common.kind, 0));
        if *kind != common.kind {
            (*kind, *turn) = (common.kind, *turn + 1);
        }
        if !may_group(alert) {
            groups.push((*turn, vec![(rank, (index, alert))]));
            continue;
        }
        let place = *places.entry((common, *turn)).or_insert_with(|| {
            groups.push((*turn, Vec::new()));
            groups.len() - 1
        });
        groups[place].1.push((rank, (index, alert)));
    }
    let mut messages: Vec<Group<'a>> = Vec::new();
    for (turn, members) in groups {
        match members.len() > over {
            true => messages.push((turn, members)),
            false => messages.extend(members.into_iter().map(|member| (turn, vec![member]))),
        }
    }
    messages.sort_by_key(|(turn, members)| (*turn, members.first().map(|(rank, _)| *rank)));
    messages
        .into_iter()
        .map(|(_, members)| members.into_iter().map(|(_, member)| member).collect())
        .collect()
}

impl<'a> Digest<'a> {
    /// Returns the digest of `alerts`, oldest first; `None` unless they are several violations of one kind, profile and behavior.
    pub fn of(alerts: Vec<&'a Alert>) -> Option<Digest<'a>> {
        let first = *alerts.first()?;
        let common = Common::of(first)?;
        let is_alike = |alert: &&Alert| Common::of(alert) == Some(common);
        let violations: Option<Vec<&Violation>> =
            alerts.iter().map(|alert| alert.violation()).collect();
        (alerts.len() > 1 && alerts.iter().all(is_alike)).then_some(())?;
        Some(Digest {
            first,
            violations: violations?,
            alerts,
        })
    }

    /// Returns the alerts, oldest first.
    pub fn alerts(&self) -> &[&'a Alert] {
        &self.alerts
    }

    /// Returns the first violation, which has profile and behavior in common with the others.
    pub fn violation(&self) -> &'a Violation {
        self.violations[0]
    }

    /// Returns the kind of all the alerts, as [`Alert::kind`] does.
    pub fn kind(&self) -> &str {
        self.first.kind()
    }

    /// Returns how many things the alerts are of. Alerts that do not name their thing count as one thing each.
    pub fn thing_count(&self) -> usize {
        let named: HashSet<&str> = self
            .violations
            .iter()
            .filter_map(|one| one.thing.as_deref())
            .collect();
        let unnamed = self.violations.iter().filter(|one| one.thing.is_none());
        named.len() + unnamed.count()
    }

    /// Returns what the alerts are of: `212 things`, or the name of the only thing.
    pub fn subject(&self) -> String {
        match (self.only_thing(), self.thing_count()) {
            (Some(thing), _) => thing.to_owned(),
            (None, things) => format!("{} things", metric::group_digits(&things.to_string())),
        }
    }

    /// Returns what the behavior expects and what was observed of all things together.
    pub fn comparison(&self) -> Comparison {
        self.violation().compare_all(&self.violations)
    }

    fn only_thing(&self) -> Option<&'a str> {
        let thing = self.violation().thing.as_deref();
        thing.filter(|_| self.thing_count() == 1)
    }

    /// Returns the first and the last time at which the alerts happened, or for a test, were sent.
    pub fn span(&self) -> Option<(Timestamp, Timestamp)> {
        let times = self.times();
        Some((*times.iter().min()?, *times.iter().max()?))
    }

    /// Returns the digest in words, for a room to format.
    pub fn report(&self) -> Report {
        let things = self.thing_count();
        let only = self.only_thing();
        let number = match only {
            Some(_) => self.alerts.len(),
            None => things,
        };
        let number = metric::group_digits(&number.to_string());
        let mut report = self.violation().report_all(
            &self.violations,
            &self.first.origin,
            &number,
            only,
            &self.times(),
        );
        if only.is_none() {
            report.things = self.first_things();
            report.more_things = things.saturating_sub(report.things.len());
        }
        report
    }

    fn times(&self) -> Vec<Timestamp> {
        let time = |alert: &&Alert| match alert.origin.test {
            true => alert.origin.published,
            false => alert
                .violation()
                .and_then(|one| one.at)
                .or(alert.origin.published),
        };
        self.alerts.iter().filter_map(time).collect()
    }

    /// Returns the first things with what was last observed of each.
    fn first_things(&self) -> Vec<Fact> {
        let mut things: Vec<Fact> = Vec::new();
        let mut places = HashMap::new();
        for violation in &self.violations {
            let Some(thing) = violation.thing.as_deref() else {
                continue;
            };
            let place = *places.entry(thing).or_insert(things.len());
            let fact = Fact {
                label: thing.to_owned(),
                value: violation.comparison().reading().unwrap_or_default(),
            };
            match things.get_mut(place) {
                Some(known) => *known = fact,
                None if place < MAX_THINGS => things.push(fact),
                None => {}
            }
        }
        things
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alert::{Origin, SAMPLES, State, storm};
    use serde_json::json;

    fn alert(kind: &str, thing: &str, behavior: &str, count: u32) -> Alert {
        let message = json!({
            "violationEventType": kind, "violationEventTime": 1_763_892_300_000_i64 + i64::from(count), "thingName": thing,
            "securityProfileName": "P", "metricValue": { "count": count },
            "behavior": { "name": behavior, "metric": "aws:num-messages-sent",
                          "criteria": { "comparisonOperator": "less-than", "value": { "count": 10 } } },
        });
        Alert::parse(&message.to_string(), Origin::default())
    }

    /// Returns the places of the alerts of each message.
    fn grouped(alerts: &[Alert], over: usize) -> Vec<Vec<usize>> {
        group(alerts.iter().enumerate(), over, |_| true)
            .into_iter()
            .map(|members| members.into_iter().map(|(index, _)| index).collect())
            .collect()
    }

    #[test]
    fn more_than_so_many_of_one_kind_profile_and_behavior_are_one_message() {
        let alarms = |number: usize| -> Vec<Alert> {
            (0..number)
                .map(|thing| alert("in-alarm", &format!("t{thing}"), "b", 1))
                .collect()
        };
        assert_eq!(grouped(&alarms(3), 3), [[0], [1], [2]]);
        assert_eq!(grouped(&alarms(4), 3), [[0, 1, 2, 3]]);
        assert_eq!(grouped(&alarms(2), 1), [[0, 1]]);
        assert_eq!(grouped(&alarms(4), 0), [[0], [1], [2], [3]]);
        let mut mixed = alarms(4);
        mixed.insert(1, alert("alarm-cleared", "u", "b", 1));
        mixed.insert(2, alert("in-alarm", "u2", "other", 1));
        mixed.insert(3, Alert::parse(SAMPLES[9].json, Origin::default()));
        mixed.push(Alert::parse("text", Origin::default()));
        assert_eq!(
            grouped(&mixed, 3),
            [vec![0, 4, 5, 6], vec![1], vec![2], vec![3], vec![7]]
        );
        let test = Origin {
            test: true,
            ..Origin::default()
        };
        let mut tests = alarms(3);
        tests.push(Alert::parse(&tests[0].raw, test));
        assert_eq!(
            grouped(&tests, 3).len(),
            4,
            "a test is not in a digest of alarms"
        );
        let none = group(alarms(9).iter().enumerate(), 3, |_| false).len();
        assert_eq!(none, 9);
    }

    #[test]
    fn no_alarm_comes_after_its_end() {
        let mut alerts = Vec::new();
        for (kind, count) in [("in-alarm", 1), ("alarm-cleared", 2), ("in-alarm", 3)] {
            alerts.extend((0..4).map(|thing| alert(kind, &format!("t{thing}"), "b", count)));
        }
        // One that ends in between, and one that began before this batch.
        alerts.insert(2, alert("alarm-cleared", "t0", "b", 1));
        alerts.insert(3, alert("alarm-cleared", "old", "b", 1));
        for over in [0, 1, 2, 3, 20] {
            let messages = grouped(&alerts, over);
            let mut all: Vec<usize> = messages.concat();
            for thing in ["t0", "t1", "t2", "t3", "old"] {
                let is_of = |index: &&usize| {
                    let violation = alerts[**index].violation().expect("a violation");
                    violation.thing.as_deref() == Some(thing)
                };
                let order: Vec<usize> = all.iter().filter(is_of).copied().collect();
                assert!(order.is_sorted(), "{thing} with {over}: {messages:?}");
            }
            all.sort_unstable();
            assert_eq!(all, (0..alerts.len()).collect::<Vec<_>>(), "each once");
        }
    }

    #[test]
    fn a_storm_says_how_many_things_and_what_was_observed() {
        let alarms = storm(&Origin {
            topic: "arn:aws:sns:eu-west-1:123456789012:T".parse().ok(),
            ..Origin::default()
        });
        let digest = Digest::of(alarms.iter().collect()).expect("a digest");
        let report = digest.report();
        assert_eq!(
            report.title,
            "Medium: messageSize on 212 things: 27 to 509 bytes, expected > 5,000"
        );
        assert_eq!(
            report.headline,
            "IoT Device Defender alert! Things: 212 | Security profile: LargeMessageSize | Behavior name: messageSize"
        );
        let facts: Vec<String> = report
            .facts
            .iter()
            .map(|fact| format!("{}: {}", fact.label, fact.value))
            .collect();
        assert_eq!(
            facts,
            [
                "Things: 212",
                "Behavior: messageSize",
                "Since: 2020-02-26 19:30:00 to 19:30:53 UTC",
                "Security profile: LargeMessageSize",
                "Account: 123456789012, eu-west-1"
            ]
        );
        let lines = report.thing_lines();
        assert_eq!(lines.len(), 11);
        assert_eq!(
            (lines[0].as_str(), lines[10].as_str()),
            ("sensor-0001: 63 bytes", "and 202 more")
        );
        assert_eq!(report.links[0].text, "View violations");
    }

    #[test]
    fn one_thing_many_times_is_named() {
        let alarms: Vec<Alert> = (10..15)
            .map(|count| alert("in-alarm", "pump", "b-High", count))
            .collect();
        let digest = Digest::of(alarms.iter().collect()).expect("a digest");
        let report = digest.report();
        assert_eq!(
            report.title,
            "High: b-High on pump, 5 times: 10 to 14 messages, expected < 10"
        );
        assert_eq!((digest.thing_count(), report.thing_lines().len()), (1, 0));
        assert_eq!(digest.subject(), "pump");
    }

    #[test]
    fn a_changed_behavior_has_no_common_expectation() {
        let mut changed = alert("alarm-cleared", "t2", "b", 4).raw;
        changed = changed.replace("\"count\":10", "\"count\":20");
        let changed = Alert::parse(&changed, Origin::default());
        let first = alert("alarm-cleared", "t1", "b", 2);
        let digest = Digest::of(vec![&first, &changed]).expect("a digest");
        let report = digest.report();
        assert_eq!(report.state, State::Cleared);
        assert_eq!(report.title, "Cleared: b on 2 things: 2 to 4 messages");
        assert_eq!(report.note.as_deref(), Some("2 things are back to normal."));
        assert!(Digest::of(vec![&first]).is_none());
        let other = alert("in-alarm", "t1", "b", 2);
        assert!(Digest::of(vec![&first, &other]).is_none());
    }
}
