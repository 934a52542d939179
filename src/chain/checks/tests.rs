//! A healthy chain, ways to break it, and the tests that are about all checks. The tests of each check stand below it.

use std::collections::BTreeSet;

use jiff::civil::date;

pub(super) use serde_json::{Value, json};

pub(super) use super::snapshot::*;
pub(super) use super::*;
pub(super) use crate::arn::TopicArn;
use crate::chain::command_place::CommandPlace;
pub(super) use crate::chain::names::{AccountRegion, ResourceNames};
pub(super) use crate::chain::policy::{execution_policy, lambda_trust, queue_policy};
pub(super) use crate::chain::publishing::{
    AuditConfiguration, NotificationTarget, SecurityProfile, role_arn,
};
pub(super) use crate::chain::sms::SmsAccount;
use crate::chain::spec::{
    ASYNC_MAX_AGE_S, ASYNC_RETRIES, MEMORY_MB, RelayCode, RelaySpec, TIMEOUT_S, failure_queue,
};
pub(super) use crate::chain::state::{
    EventInvokeConfig, Filter, LogGroup, Redrive, RelayState, Role, Secret, Subscription, Trigger,
};
use crate::contract::environment::RelayEnvironment;
use crate::contract::secret_store::{SecretLocation, SecretStore, SecretValue};

pub(super) fn topic() -> TopicArn {
    "arn:aws:sns:eu-central-1:123456789012:BadIoTDevices"
        .parse()
        .expect("an ARN")
}

pub(super) fn names() -> ResourceNames {
    let place = AccountRegion {
        partition: "aws".into(),
        region: "eu-central-1".into(),
        account: "123456789012".into(),
    };
    ResourceNames::new("slack", &topic(), place, None)
}

/// Returns a chain without problems: a security profile and audits publish to a topic with one relay to Slack.
pub(super) fn healthy() -> ChainSnapshot {
    let (topic, names) = (topic(), names());
    let ours = role_arn(&topic);
    let target = Some(NotificationTarget {
        topic: topic.to_string(),
        role: ours.clone(),
    });
    let webhook = SecretLocation::SecretsManager { dangling: false };
    let queue = failure_queue(&names, &topic, crate::chain::spec::tags(&topic, "1.0.0"));
    let trust = json!({ "Statement": { "Effect": "Allow", "Principal": { "Service": "iot.amazonaws.com" }, "Action": "sts:AssumeRole",
        "Condition": { "ArnLike": { "aws:SourceArn": "arn:aws:iot:eu-central-1:123456789012:*" } } } });
    let permission = json!({ "Statement": [{ "Effect": "Allow", "Principal": { "Service": "sns.amazonaws.com" },
        "Action": "lambda:InvokeFunction", "Resource": names.function_arn(),
        "Condition": { "ArnLike": { "AWS:SourceArn": topic.to_string() } } }] });
    let relay = RelaySnapshot {
        target: "slack".into(),
        role_name: names.role.clone(),
        outdated_grant: false,
        given_role: false,
        untagged: Vec::new(),
        version: Lookup::Found("1.0.0".into()),
        event_invoke_config: Lookup::Found(EventInvokeConfig {
            retries: ASYNC_RETRIES,
            max_age_s: ASYNC_MAX_AGE_S,
            on_failure: Some(names.queue_arn()),
        }),
        role: Lookup::Found(Role {
            name: names.role.clone(),
            path: "/".into(),
            boundary: None,
            created: None,
            trust: lambda_trust(),
            policy: execution_policy(&names, "slack", Some(&webhook), Trigger::Sns),
            tags: [].into(),
        }),
        other_policies: Lookup::Found(Vec::new()),
        log_group: Lookup::Found(LogGroup {
            name: names.log_group.clone(),
            retention_days: Some(30),
            tags: [].into(),
        }),
        queue: Lookup::Found(FailureQueueSnapshot {
            queue,
            contents: QueueContents::default(),
        }),
        trigger: Trigger::Sns,
        buffer: Lookup::Missing,
        mapping: Lookup::Missing,
        secret: Lookup::Found(Secret {
            name: names
                .secret(SecretStore::SecretsManager)
                .expect("a name")
                .to_owned(),
            value: SecretValue::Unread,
            pending_deletion: false,
            tags: [].into(),
        }),
        webhook_read: Lookup::Found(WebhookRead::Usable),
        denied_actions: Lookup::Found(Vec::new()),
        boundary: None,
        webhook_key: None,
        is_plain_parameter: false,
        is_rotated: false,
        secret_policy: Value::Null,
        settings: FunctionSettings {
            memory_mb: MEMORY_MB,
            timeout_s: TIMEOUT_S,
            json_logs: true,
            vpc: None,
        },
        code: "x86_64:abc=".into(),
        deployed_code: Some("x86_64:abc=".into()),
        environment: RelayEnvironment {
            target: Some("slack".into()),
            webhook: Some(webhook),
            ..RelayEnvironment::default()
        },
        names: names.clone(),
    };
    let function = FunctionSnapshot {
        name: names.function.clone(),
        runtime: "provided.al2023".into(),
        architecture: "x86_64".into(),
        state: "Active".into(),
        last_update: "Successful".into(),
        policy: Lookup::Found(permission),
        relay: Some(Box::new(relay)),
        ..FunctionSnapshot::default()
    };
    let subscriber = SubscriberSnapshot {
        arn: format!("{topic}:1"),
        protocol: "lambda".into(),
        endpoint: names.function_arn(),
        qualifier: None,
        confirmed: true,
        subscription: Lookup::Found(Subscription {
            dead_letters: Some(names.queue_arn()),
            filter: None,
            raw_delivery: false,
        }),
        dead_letters: Lookup::Found(DeadLetterQueue {
            policy: queue_policy(&names, &topic),
            ..DeadLetterQueue::default()
        }),
        function: Lookup::Found(function),
    };
    ChainSnapshot {
        place: CommandPlace::default(),
        version: "1.0.0".into(),
        today: date(2026, 11, 23),
        attributes: Lookup::Found(TopicSnapshot::default()),
        profiles: Lookup::Found(
            [(
                "fleet".to_owned(),
                SecurityProfile {
                    target: target.clone(),
                    behaviors: vec!["messageSize".into()],
                    ..SecurityProfile::default()
                },
            )]
            .into(),
        ),
        audit: Lookup::Found(AuditConfiguration {
            target,
            enabled: true,
            checks: vec!["LOGGING_DISABLED_CHECK".into()],
        }),
        unattached_profiles: Vec::new(),
        peak: Some(20),
        scheduled_audits: Lookup::Found(
            [(
                "daily".to_owned(),
                vec!["LOGGING_DISABLED_CHECK".to_owned()],
            )]
            .into(),
        ),
        publish_roles: [(
            ours,
            PublishRole {
                trust: Lookup::Found(trust),
                can_publish: Lookup::Found(IamDecision::Allowed),
                can_use_key: Lookup::NotChecked,
                ..PublishRole::default()
            },
        )]
        .into(),
        subscribers: Lookup::Found(vec![subscriber]),
        tagged_functions: [].into(),
        unsubscribed_relays: Vec::new(),
        phone_groups: Vec::new(),
        unchecked: Vec::new(),
        topic,
    }
}

/// Returns a chain without problems whose relay is triggered by its buffer.
pub(super) fn healthy_buffered() -> ChainSnapshot {
    let (topic, names) = (topic(), names());
    let spec = RelaySpec {
        trigger: Some(Trigger::Sqs),
        ..RelaySpec::new("slack", &names, &topic, RelayCode::Keep)
    };
    let wanted = spec.desired_state(&RelayState::default());
    let mut chain = healthy();
    subscriber(&mut chain).protocol = "sqs".into();
    subscriber(&mut chain).endpoint = names.buffer_arn();
    function(&mut chain).policy = Lookup::Missing;
    let relay = relay(&mut chain);
    relay.trigger = Trigger::Sqs;
    relay.buffer = Lookup::Found(BufferSnapshot {
        buffer: wanted.buffer.expect("a buffer"),
        key: None,
        contents: QueueContents::default(),
        since: None,
        last_failure: Lookup::NotChecked,
    });
    relay.mapping = Lookup::Found(MappingSnapshot {
        mapping: wanted.mapping.expect("a mapping"),
        state: "Enabled".into(),
        last_result: None,
    });
    let Lookup::Found(role) = &mut relay.role else {
        unreachable!("the healthy chain has a role")
    };
    role.policy = wanted.role.expect("a role").policy;
    chain
}

/// Asserts that `diagnose` finds `code` and nothing else in the broken chain, and that the remedy is a command that contains
/// `remedy` and can be pasted.
#[track_caller]
pub(super) fn finds(code: &str, remedy: &str, broken: impl FnOnce(&mut ChainSnapshot)) {
    finds_in(healthy(), code, remedy, broken);
}

/// Does what [`finds`] does, in another chain than the healthy one.
#[track_caller]
pub(super) fn finds_in(
    chain: ChainSnapshot,
    code: &str,
    remedy: &str,
    broken: impl FnOnce(&mut ChainSnapshot),
) {
    for finding in found(chain, code, broken) {
        let command = finding.remedy.command();
        let command = command.unwrap_or_else(|| panic!("no command: {:?}", finding.remedy));
        assert!(command.contains(remedy), "{command}");
        can_be_pasted(command);
    }
}

/// Asserts what [`finds`] does, but that the remedy is advice.
#[track_caller]
pub(super) fn advises(code: &str, advice: &str, broken: impl FnOnce(&mut ChainSnapshot)) {
    advises_in(healthy(), code, advice, broken);
}

/// Does what [`advises`] does, in another chain than the healthy one.
#[track_caller]
pub(super) fn advises_in(
    chain: ChainSnapshot,
    code: &str,
    advice: &str,
    broken: impl FnOnce(&mut ChainSnapshot),
) {
    for finding in found(chain, code, broken) {
        let text = finding.remedy.text();
        assert_eq!(finding.remedy.command(), None, "{text}");
        assert!(text.contains(advice), "{text}");
        let is_dressed = ["ddalert ", "aws "]
            .iter()
            .any(|tool| text.starts_with(tool));
        assert!(!is_dressed, "advice is no command: {text}");
    }
}

#[track_caller]
fn found(
    mut chain: ChainSnapshot,
    code: &str,
    broken: impl FnOnce(&mut ChainSnapshot),
) -> Vec<Finding> {
    broken(&mut chain);
    let findings = diagnose(&chain);
    let codes: BTreeSet<&str> = findings.iter().map(|finding| finding.code).collect();
    assert_eq!(codes, [code].into(), "{findings:#?}");
    assert!(findings.iter().all(|finding| !finding.what.is_empty()));
    chain.place = CommandPlace::new(Some("team a"), Some("http://localhost:4566"));
    for finding in diagnose(&chain) {
        carries_the_place(finding.remedy.text());
    }
    findings
}

/// Asserts that a shell can run the command, that each part of it is one of ddalert or of the AWS CLI for the right region, that
/// nothing in it was masked, and that it decides nothing that is for a person to decide.
#[track_caller]
fn can_be_pasted(command: &str) {
    for part in command.split(" && ") {
        let words = shell_words::split(part);
        let words = words.unwrap_or_else(|error| panic!("{error}: {part}"));
        assert!(["ddalert", "aws"].contains(&words[0].as_str()), "{part}");
        assert!(
            part.contains("--region eu-central-1") || part.starts_with("aws iam "),
            "{part}"
        );
        if words[0] == "ddalert" {
            is_documented(&words);
        }
        for never in ["--replace", "--yes", "--discard", "***", "…"] {
            assert!(!part.contains(never), "{never}: {part}");
        }
    }
}

/// Asserts that the command and each of its options are in the reference, which is generated from what the command line parses.
#[track_caller]
fn is_documented(words: &[String]) {
    const REFERENCE: &str = include_str!("../../../docs/reference.md");
    let command = match words[1].starts_with("deploy-") {
        true => {
            assert!(
                REFERENCE.contains(&format!("### `ddalert {}`", words[1])),
                "{words:?}"
            );
            "deploy-<destination>"
        }
        false => words[1].as_str(),
    };
    let section = |heading: &str| {
        let (_, rest) = REFERENCE
            .split_once(&format!("\n## {heading}\n"))
            .unwrap_or_else(|| panic!("no {heading} in the reference: {words:?}"));
        rest.split("\n## ").next().unwrap_or_default()
    };
    let known = [
        section(&format!("`ddalert {command}`")),
        section("Options of every command"),
    ];
    for option in words.iter().filter(|word| word.starts_with("--")) {
        let is_known = |section: &&str| {
            section.contains(&format!("`{option}`")) || section.contains(&format!("`{option} "))
        };
        assert!(known.iter().any(is_known), "{option}: {words:?}");
    }
}

/// Asserts that every command of a remedy carries the options that chose the account.
#[track_caller]
fn carries_the_place(remedy: &str) {
    let commands = ["ddalert ", "aws "].map(|program| {
        let begins =
            |(at, _): &(usize, &str)| remedy[..*at].ends_with([' ', '(', '`', '"']) || *at == 0;
        remedy.match_indices(program).filter(begins).count()
    });
    let count = commands.iter().sum::<usize>();
    for option in ["--profile 'team a'", "--endpoint-url http://localhost:4566"] {
        assert_eq!(
            remedy.matches(option).count(),
            count,
            "{option} in: {remedy}"
        );
    }
}

pub(super) fn profile(chain: &mut ChainSnapshot) -> &mut SecurityProfile {
    let Lookup::Found(profiles) = &mut chain.profiles else {
        unreachable!("the healthy chain has profiles")
    };
    profiles.get_mut("fleet").expect("the profile")
}

pub(super) fn audit(chain: &mut ChainSnapshot) -> &mut AuditConfiguration {
    let Lookup::Found(audit) = &mut chain.audit else {
        unreachable!("the healthy chain has an audit")
    };
    audit
}

pub(super) fn role(chain: &mut ChainSnapshot) -> &mut PublishRole {
    chain.publish_roles.values_mut().next().expect("the role")
}

pub(super) fn attributes(chain: &mut ChainSnapshot) -> &mut TopicSnapshot {
    let Lookup::Found(topic) = &mut chain.attributes else {
        unreachable!("the healthy chain has a topic")
    };
    topic
}

pub(super) fn subscriber(chain: &mut ChainSnapshot) -> &mut SubscriberSnapshot {
    let Lookup::Found(subscribers) = &mut chain.subscribers else {
        unreachable!("the healthy chain has subscribers")
    };
    &mut subscribers[0]
}

pub(super) fn subscription(chain: &mut ChainSnapshot) -> &mut Subscription {
    let Lookup::Found(subscription) = &mut subscriber(chain).subscription else {
        unreachable!("a subscription")
    };
    subscription
}

pub(super) fn function(chain: &mut ChainSnapshot) -> &mut FunctionSnapshot {
    let Lookup::Found(function) = &mut subscriber(chain).function else {
        unreachable!("a function")
    };
    function
}

pub(super) fn relay(chain: &mut ChainSnapshot) -> &mut RelaySnapshot {
    function(chain).relay.as_mut().expect("a relay")
}

pub(super) fn execution_role(chain: &mut ChainSnapshot) -> &mut Role {
    let Lookup::Found(role) = &mut relay(chain).role else {
        unreachable!("a role")
    };
    role
}

pub(super) fn filter(policy: Value, on_body: bool) -> Option<Filter> {
    Some(Filter { policy, on_body })
}

pub(super) const DEPLOY: &str = "ddalert deploy-slack --topic BadIoTDevices --region eu-central-1";

#[test]
fn a_whole_chain_has_no_findings() {
    assert_eq!(diagnose(&healthy()), []);
}

#[test]
fn what_was_not_read_is_not_reported() {
    let mut chain = healthy();
    (chain.attributes, chain.profiles, chain.audit) =
        (Lookup::NotChecked, Lookup::NotChecked, Lookup::NotChecked);
    chain.publish_roles.clear();
    *function(&mut chain) = FunctionSnapshot {
        policy: Lookup::NotChecked,
        relay: None,
        ..function(&mut chain).clone()
    };
    assert_eq!(diagnose(&chain), []);
    chain.subscribers = Lookup::NotChecked;
    assert_eq!(diagnose(&chain), []);
}

#[test]
fn every_code_is_given_once() {
    let mut codes: Vec<&str> = checks().map(|check| check.code).collect();
    codes.sort_unstable();
    assert!(codes.windows(2).all(|pair| pair[0] != pair[1]), "{codes:?}");
    let is_code = |code: &&str| {
        code.strip_prefix("DD")
            .is_some_and(|number| number.len() == 3 && number.parse::<u16>().is_ok())
    };
    assert!(codes.iter().all(is_code), "{codes:?}");
}

/// The picture of the chain shows a mark for every part that a check is about.
#[test]
fn every_part_of_a_check_is_drawn() {
    let mut chain = healthy();
    let mut drawn: BTreeSet<Part> = [Part::Topic].into();
    drawn.extend(chain.publishing_parts());
    let parts = |chain: &ChainSnapshot| chain.links().into_iter().flat_map(|(_, parts)| parts);
    drawn.extend(parts(&chain));
    phone_relay(&mut chain, account(|_| {}));
    drawn.extend(parts(&chain));
    drawn.extend(parts(&healthy_buffered()));
    for check in checks() {
        assert!(drawn.contains(&check.part), "{}", check.code);
    }
}

/// Turns the relay into one that texts a phone.
pub(super) fn phone_relay(chain: &mut ChainSnapshot, account: SmsAccount) {
    let topic = chain.topic.clone();
    let names = ResourceNames::new("sms", &topic, names().place, None);
    let relay = relay(chain);
    relay.target = "sms".into();
    relay.environment = RelayEnvironment {
        target: Some("sms".into()),
        phones: vec!["+12065550100".into()],
        ..RelayEnvironment::default()
    };
    relay.role_name.clone_from(&names.role);
    relay.names = names;
    relay.event_invoke_config = Lookup::NotChecked;
    relay.role = Lookup::NotChecked;
    texted(chain, true, account);
}

/// Adds a phone behind the first subscriber.
pub(super) fn texted(chain: &mut ChainSnapshot, readable: bool, account: SmsAccount) {
    let phones = vec!["+12065550100".parse().expect("a number")];
    chain.phone_groups.push(PhoneGroup {
        link: Link::Subscriber(0),
        phones,
        readable,
        account,
    });
}

/// Turns the subscriber into a phone that gets raw JSON.
pub(super) fn raw_phone(chain: &mut ChainSnapshot, account: SmsAccount) {
    let topic = chain.topic.to_string();
    let one = subscriber(chain);
    (one.protocol, one.endpoint) = ("sms".into(), "+12065550100".into());
    one.function = Lookup::NotChecked;
    subscription(chain).dead_letters = Some(format!("{topic}-failed").replace(":sns:", ":sqs:"));
    subscriber(chain).dead_letters = Lookup::NotChecked;
    texted(chain, false, account);
}

/// Returns SMS settings without problems, changed by `change`.
pub(super) fn account(change: impl FnOnce(&mut SmsAccount)) -> SmsAccount {
    let set = [
        ("MonthlySpendLimit", "50"),
        ("DefaultSMSType", "Transactional"),
    ];
    let mut account = SmsAccount {
        region: "eu-central-1".into(),
        in_sandbox: Some(false),
        attributes: Some(
            set.into_iter()
                .map(|(key, value)| (key.to_owned(), value.to_owned()))
                .collect(),
        ),
        origination: Some(["US".to_owned()].into()),
        spent: Some(1.0),
        ..SmsAccount::default()
    };
    change(&mut account);
    account
}

#[test]
fn the_secret_of_a_url_is_not_shown() {
    let mut chain = healthy();
    let one = SubscriberSnapshot {
        protocol: "https".into(),
        endpoint: "https://u:p@example.org/integration/s3cret?x=s3cret".into(),
        ..SubscriberSnapshot::default()
    };
    *subscriber(&mut chain) = one;
    let said = serde_json::to_string(&(diagnose(&chain), &chain)).expect("JSON");
    assert!(
        said.contains("https://example.org/…") && !said.contains("s3cret"),
        "{said}"
    );
}

#[test]
fn the_texts_of_every_check_have_one_form() {
    for Check {
        code,
        title,
        consequence,
        remedy,
        ..
    } in checks()
    {
        let is_upper = title.starts_with(|first: char| first.is_uppercase());
        assert!(is_upper && !title.ends_with('.'), "{code}: {title}");
        assert!(!consequence.ends_with('.'), "{code}: {consequence}");
        assert!(remedy.ends_with('.'), "{code}: {remedy}");
        assert_eq!(remedy.matches('`').count() % 2, 0, "{code}: {remedy}");
        for text in [title, consequence, remedy] {
            assert!(!text.contains('|'), "{code}: {text} would break the table");
        }
    }
}

#[test]
fn a_role_that_was_not_read_is_a_part_that_was_not_read() {
    let mut chain = healthy();
    assert_eq!(chain.publishing_parts(), [Part::Targets, Part::PublishRole]);
    assert!(!chain.is_part_unread(Link::DeviceDefender, Part::PublishRole));
    // Credentials that are not allowed to list what publishes do not see the role either.
    (chain.profiles, chain.audit) = (Lookup::NotChecked, Lookup::NotChecked);
    chain.unchecked = [Reading::Profiles, Reading::Audit]
        .map(|reading| unread(Link::DeviceDefender, reading))
        .into();
    assert_eq!(chain.publishing_parts(), [Part::Targets, Part::PublishRole]);
    assert!(chain.is_part_unread(Link::DeviceDefender, Part::PublishRole));
    (chain.profiles, chain.audit) = (Lookup::Missing, Lookup::Missing);
    chain.unchecked.clear();
    assert_eq!(chain.publishing_parts(), [Part::Targets]);
}

/// What of a queue was not read decides what it is drawn as: a relay's buffer, or somebody's queue.
#[test]
fn a_queue_that_may_be_a_buffer_is_no_healthy_queue() {
    let link = Link::Subscriber(0);
    let seen = |missed: Option<Reading>| {
        let mut chain = healthy_buffered();
        subscriber(&mut chain).function = Lookup::NotChecked;
        let unchecked = missed.map(|reading| unread(link, reading));
        chain.unchecked.extend(unchecked);
        let parts = chain.links().remove(2).1;
        let is_unread = |part: &Part| chain.is_part_unread(link, *part);
        let not_read: Vec<Part> = parts.iter().copied().filter(is_unread).collect();
        (parts, not_read)
    };
    assert_eq!(seen(None), (vec![Part::Subscription], vec![]));
    let (parts, not_read) = seen(Some(Reading::Function));
    assert_eq!(parts[..2], [Part::Subscription, Part::Buffer]);
    assert_eq!(not_read, parts[1..], "{parts:?}");
    let both = vec![Part::Subscription, Part::Buffer];
    assert_eq!(seen(Some(Reading::Buffer)), (both, vec![Part::Buffer]));
}

fn unread(link: Link, reading: Reading) -> Unchecked {
    Unchecked {
        link,
        part: reading.part(),
        reading,
        what: "reading something".into(),
        why: "needs a permission".into(),
    }
}

/// Each look-up that is not made leaves its part of its link without a mark of health, and checks unmade.
#[test]
fn whatever_was_not_read_is_marked_and_counted() {
    let mut phone = healthy();
    phone_relay(&mut phone, account(|_| {}));
    for reading in Reading::ALL {
        let mut chain = match reading.part() {
            Part::Phone => phone.clone(),
            Part::Buffer => healthy_buffered(),
            _ => healthy(),
        };
        let whole = coverage(&chain);
        assert_eq!(whole.not_made, 0);
        assert!(whole.checks > 50, "{whole:?}");
        let link = match reading.part() {
            Part::Targets | Part::PublishRole => Link::DeviceDefender,
            Part::Topic => Link::Topic,
            _ => Link::Subscriber(0),
        };
        chain.unchecked.push(unread(link, reading));
        assert!(chain.is_part_unread(link, reading.part()), "{reading:?}");
        assert_eq!(coverage(&chain).checks, whole.checks, "{reading:?}");
        // The age of a message only adds to what a check says.
        let is_needed = reading != Reading::QueueAge;
        assert_eq!(coverage(&chain).not_made > 0, is_needed, "{reading:?}");
    }
    let mut chain = healthy();
    chain
        .unchecked
        .push(unread(Link::Topic, Reading::Subscriptions));
    assert!(
        chain.is_part_unread(Link::Subscriber(0), Part::Log),
        "nothing behind the list was read"
    );
    assert!(!chain.is_part_unread(Link::DeviceDefender, Part::Targets));
}
