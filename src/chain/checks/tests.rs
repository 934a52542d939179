//! One chain that is whole, and one break for each code: the check finds it, and no other check does.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::snapshot::{
    DeadLetterQueue, Denied, DeniedBy, FailureQueueSnapshot, FunctionSnapshot, KmsKey, PublishRole,
    QueueContents, RelaySnapshot, SecretReading, Settings, SmsRecipients, SubscriberSnapshot,
    TopicSnapshot, Untagged,
};
use super::*;
use crate::arn::TopicArn;
use crate::chain::names::{AccountRegion, ResourceNames};
use crate::chain::policy::{execution_policy, lambda_trust, queue_policy};
use crate::chain::publishing::{AuditConfiguration, NotificationTarget, SecurityProfile, role_arn};
use crate::chain::sms::SmsAccount;
use crate::chain::spec::{ASYNC_MAX_AGE_S, ASYNC_RETRIES, MEMORY_MB, TIMEOUT_S, failure_queue};
use crate::chain::state::{EventInvokeConfig, Filter, LogGroup, Role, Secret, Subscription};
use crate::contract::environment::RelayEnvironment;
use crate::contract::secret_store::{SecretLocation, SecretStore, SecretValue};

fn topic() -> TopicArn {
    "arn:aws:sns:eu-central-1:123456789012:BadIoTDevices"
        .parse()
        .expect("an ARN")
}

fn names() -> ResourceNames {
    let place = AccountRegion {
        partition: "aws".into(),
        region: "eu-central-1".into(),
        account: "123456789012".into(),
    };
    ResourceNames::new("slack", &topic(), place, None)
}

fn healthy() -> ChainSnapshot {
    let (topic, names) = (topic(), names());
    let ours = role_arn(&topic);
    let target = Some(NotificationTarget {
        topic: topic.to_string(),
        role: ours.clone(),
    });
    let webhook = SecretLocation::SecretsManager { dangling: false };
    let queue = failure_queue(&names, &topic, "1.0.0");
    let trust = json!({ "Statement": { "Effect": "Allow", "Principal": { "Service": "iot.amazonaws.com" }, "Action": "sts:AssumeRole",
        "Condition": { "ArnLike": { "aws:SourceArn": "arn:aws:iot:eu-central-1:123456789012:*" } } } });
    let permission = json!({ "Statement": [{ "Effect": "Allow", "Principal": { "Service": "sns.amazonaws.com" },
        "Action": "lambda:InvokeFunction", "Resource": names.function_arn(),
        "Condition": { "ArnLike": { "AWS:SourceArn": topic.to_string() } } }] });
    let relay = RelaySnapshot {
        target: "slack".into(),
        role_name: names.role.clone(),
        untagged: Vec::new(),
        version: Seen::Found("1.0.0".into()),
        event_invoke_config: Seen::Found(EventInvokeConfig {
            retries: ASYNC_RETRIES,
            max_age_s: ASYNC_MAX_AGE_S,
            on_failure: Some(names.queue_arn()),
        }),
        role: Seen::Found(Role {
            name: names.role.clone(),
            trust: lambda_trust(),
            policy: execution_policy(&names, Some(&webhook)),
            tags: [].into(),
        }),
        other_policies: Seen::Found(Vec::new()),
        log_group: Seen::Found(LogGroup {
            name: names.log_group.clone(),
            retention_days: Some(30),
            tags: [].into(),
        }),
        queue: Seen::Found(FailureQueueSnapshot {
            queue,
            held: QueueContents::default(),
        }),
        secret: Seen::Found(Secret {
            name: names
                .secret(SecretStore::SecretsManager)
                .expect("a name")
                .to_owned(),
            value: SecretValue::Unread,
            pending_deletion: false,
            tags: [].into(),
        }),
        reading: Seen::Found(SecretReading::Usable),
        denied: Seen::Found(Vec::new()),
        settings: Settings {
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
        policy: Seen::Found(permission),
        relay: Some(Box::new(relay)),
        ..FunctionSnapshot::default()
    };
    let subscriber = SubscriberSnapshot {
        arn: format!("{topic}:1"),
        protocol: "lambda".into(),
        endpoint: names.function_arn(),
        confirmed: true,
        subscription: Seen::Found(Subscription {
            dead_letters: Some(names.queue_arn()),
            filter: None,
            raw_delivery: false,
        }),
        dead_letters: Seen::Found(DeadLetterQueue {
            policy: queue_policy(&names, &topic),
            ..DeadLetterQueue::default()
        }),
        function: Seen::Found(function),
    };
    ChainSnapshot {
        version: "1.0.0".into(),
        today: "2026-11-23".into(),
        attributes: Seen::Found(TopicSnapshot::default()),
        profiles: Seen::Found(
            [(
                "fleet".to_owned(),
                SecurityProfile {
                    target: target.clone(),
                    ..SecurityProfile::default()
                },
            )]
            .into(),
        ),
        audit: Seen::Found(AuditConfiguration {
            target,
            enabled: true,
            checks: vec!["LOGGING_DISABLED_CHECK".into()],
        }),
        unattached: Vec::new(),
        scheduled_audits: Seen::Found(
            [(
                "daily".to_owned(),
                vec!["LOGGING_DISABLED_CHECK".to_owned()],
            )]
            .into(),
        ),
        roles: [(
            ours,
            PublishRole {
                trust: Seen::Found(trust),
                publishes: Seen::Found(true),
                encrypts: Seen::NotChecked,
            },
        )]
        .into(),
        subscribers: Seen::Found(vec![subscriber]),
        tagged: [].into(),
        unsubscribed_relays: Vec::new(),
        texting: Vec::new(),
        unchecked: Vec::new(),
        topic,
    }
}

/// Asserts that `broken` is found as `code` and as nothing else, and that the remedy holds these words.
#[track_caller]
fn finds(code: &str, remedy: &str, broken: impl FnOnce(&mut ChainSnapshot)) {
    let mut chain = healthy();
    broken(&mut chain);
    let findings = diagnose(&chain);
    let codes: BTreeSet<&str> = findings.iter().map(|finding| finding.code).collect();
    assert_eq!(codes, [code].into(), "{findings:#?}");
    for finding in findings {
        assert!(finding.remedy.contains(remedy), "{}", finding.remedy);
        assert!(
            !finding.what.is_empty() && finding.remedy.contains("eu-central-1")
                || finding.remedy.starts_with("aws iam")
        );
    }
}

fn profile(chain: &mut ChainSnapshot) -> &mut SecurityProfile {
    let Seen::Found(profiles) = &mut chain.profiles else {
        unreachable!("the healthy chain has profiles")
    };
    profiles.get_mut("fleet").expect("the profile")
}

fn audit(chain: &mut ChainSnapshot) -> &mut AuditConfiguration {
    let Seen::Found(audit) = &mut chain.audit else {
        unreachable!("the healthy chain has an audit")
    };
    audit
}

fn role(chain: &mut ChainSnapshot) -> &mut PublishRole {
    chain.roles.values_mut().next().expect("the role")
}

fn attributes(chain: &mut ChainSnapshot) -> &mut TopicSnapshot {
    let Seen::Found(topic) = &mut chain.attributes else {
        unreachable!("the healthy chain has a topic")
    };
    topic
}

fn subscriber(chain: &mut ChainSnapshot) -> &mut SubscriberSnapshot {
    let Seen::Found(subscribers) = &mut chain.subscribers else {
        unreachable!("the healthy chain has subscribers")
    };
    &mut subscribers[0]
}

fn subscription(chain: &mut ChainSnapshot) -> &mut Subscription {
    let Seen::Found(subscription) = &mut subscriber(chain).subscription else {
        unreachable!("a subscription")
    };
    subscription
}

fn function(chain: &mut ChainSnapshot) -> &mut FunctionSnapshot {
    let Seen::Found(function) = &mut subscriber(chain).function else {
        unreachable!("a function")
    };
    function
}

fn relay(chain: &mut ChainSnapshot) -> &mut RelaySnapshot {
    function(chain).relay.as_mut().expect("a relay")
}

fn execution_role(chain: &mut ChainSnapshot) -> &mut Role {
    let Seen::Found(role) = &mut relay(chain).role else {
        unreachable!("a role")
    };
    role
}

fn filter(policy: Value, on_body: bool) -> Option<Filter> {
    Some(Filter { policy, on_body })
}

const DEPLOY: &str = "ddalert deploy-slack --topic BadIoTDevices --region eu-central-1";

#[test]
fn a_whole_chain_has_no_findings() {
    assert_eq!(diagnose(&healthy()), []);
}

#[test]
fn what_was_not_looked_at_is_no_finding() {
    let mut chain = healthy();
    (chain.attributes, chain.profiles, chain.audit) =
        (Seen::NotChecked, Seen::NotChecked, Seen::NotChecked);
    chain.roles.clear();
    *function(&mut chain) = FunctionSnapshot {
        policy: Seen::NotChecked,
        relay: None,
        ..function(&mut chain).clone()
    };
    assert_eq!(diagnose(&chain), []);
    chain.subscribers = Seen::NotChecked;
    assert_eq!(diagnose(&chain), []);
}

#[test]
fn every_code_is_given_once() {
    let mut codes: Vec<&str> = CHECKS
        .iter()
        .flat_map(|checks| checks.iter())
        .map(|check| check.code)
        .collect();
    codes.sort_unstable();
    let expected: Vec<String> = (1..=codes.len()).map(|n| format!("DD{n:03}")).collect();
    assert_eq!(codes, expected);
}

/// What a finding is about has its mark in the picture of the chain.
#[test]
fn every_part_of_a_check_is_drawn() {
    let mut drawn: BTreeSet<Part> = [Part::Targets, Part::PublishRole, Part::Topic].into();
    let mut chain = healthy();
    drawn.extend(subscriber(&mut chain).parts());
    phone_relay(&mut chain, account(|_| {}));
    drawn.extend(subscriber(&mut chain).parts());
    for check in CHECKS.iter().flat_map(|checks| checks.iter()) {
        assert!(drawn.contains(&check.part), "{}", check.code);
    }
}

#[test]
fn dd001_nothing_publishes() {
    finds("DD001", "ddalert connect --audit", |chain| {
        profile(chain).target = Some(NotificationTarget {
            topic: "arn:other".into(),
            role: "r".into(),
        });
        audit(chain).target = None;
    });
}

#[test]
fn dd002_profile_without_target() {
    finds("DD002", "connect --profile-name fleet", |chain| {
        profile(chain).target = None
    });
}

#[test]
fn dd003_suppressed_alerts() {
    finds("DD003", "aws iot update-security-profile", |chain| {
        profile(chain).suppressed.push("messageSize".into())
    });
}

#[test]
fn dd004_audit_switched_off() {
    finds("DD004", "connect --audit", |chain| {
        audit(chain).enabled = false
    });
}

#[test]
fn dd005_audit_without_target() {
    finds("DD005", "connect --audit", |chain| {
        *audit(chain) = AuditConfiguration {
            target: None,
            enabled: false,
            checks: vec!["A".into()],
        }
    });
}

#[test]
fn dd006_role_missing() {
    finds("DD006", "ddalert connect", |chain| {
        *role(chain) = PublishRole {
            trust: Seen::Missing,
            ..PublishRole::default()
        };
    });
}

#[test]
fn dd007_role_not_trusting() {
    finds("DD007", "ddalert connect", |chain| {
        role(chain).trust = Seen::Found(lambda_trust())
    });
}

#[test]
fn dd008_role_not_publishing() {
    finds("DD008", "ddalert connect", |chain| {
        role(chain).publishes = Seen::Found(false)
    });
}

#[test]
fn dd009_role_not_encrypting() {
    finds("DD009", "ddalert connect", |chain| {
        role(chain).encrypts = Seen::Found(false)
    });
}

#[test]
fn dd009_key_policy() {
    let (ours, root) = (
        role_arn(&topic()),
        "arn:aws:iam::123456789012:root".to_owned(),
    );
    let on = |principals: &[&String], by_iam: bool| {
        let mut chain = healthy();
        let statement = json!([{ "Effect": "Allow", "Principal": { "AWS": principals }, "Action": "kms:*", "Resource": "*" }]);
        attributes(&mut chain).key = Some(KmsKey {
            id: "k".into(),
            arn: Some("arn:aws:kms:eu-central-1:123456789012:key/k".into()),
            policy: Seen::Found(json!({ "Statement": statement })),
            ..KmsKey::default()
        });
        role(&mut chain).encrypts = Seen::Found(by_iam);
        diagnose(&chain)
            .into_iter()
            .map(|finding| finding.code)
            .collect::<BTreeSet<_>>()
    };
    // The key's policy names the role, or leaves it to IAM, or does neither.
    assert_eq!(on(&[&ours], false), [].into());
    assert_eq!(on(&[&root], true), [].into());
    assert_eq!(on(&[&root], false), ["DD009"].into());
    assert_eq!(
        on(&[&"arn:aws:iam::123456789012:role/other".to_owned()], true),
        ["DD009"].into()
    );
}

#[test]
fn dd010_topic_missing() {
    finds("DD010", "aws sns create-topic", |chain| {
        (chain.attributes, chain.subscribers) = (Seen::Missing, Seen::NotChecked);
    });
}

#[test]
fn dd011_fifo() {
    let mut chain = healthy();
    chain.topic.name.push_str(".fifo");
    assert!(
        diagnose(&chain)
            .iter()
            .any(|finding| finding.code == "DD011")
    );
}

#[test]
fn dd012_policy_denies() {
    finds("DD012", "aws sns set-topic-attributes", |chain| {
        attributes(chain).policy = json!({ "Statement": [{ "Effect": "Deny", "Principal": "*", "Action": "sns:Publish", "Resource": "*" }] });
    });
}

#[test]
fn dd013_aws_managed_key() {
    finds("DD013", "KmsMasterKeyId", |chain| {
        attributes(chain).key = Some(KmsKey {
            id: "alias/aws/sns".into(),
            aws_managed: true,
            ..KmsKey::default()
        });
    });
}

#[test]
fn dd014_nobody_listens() {
    finds("DD014", "ddalert deploy-slack", |chain| {
        chain.subscribers = Seen::Found(Vec::new())
    });
}

#[test]
fn dd015_stray_relay() {
    finds("DD015", "subscribe-sms --subscribed --readable", |chain| {
        chain
            .unsubscribed_relays
            .push(("sms".into(), "ddalert-sms-BadIoTDevices".into()));
    });
    finds("DD015", "deploy-chime --name mine ", |chain| {
        chain
            .unsubscribed_relays
            .push(("chime".into(), "mine".into()))
    });
    finds("DD015", "ddalert deploy-chime --topic", |chain| {
        chain
            .unsubscribed_relays
            .push(("chime".into(), "ddalert-chime-BadIoTDevices".into()))
    });
}

#[test]
fn dd016_unconfirmed() {
    finds("DD016", "aws sns subscribe", |chain| {
        let one = SubscriberSnapshot {
            protocol: "email".into(),
            endpoint: "a@example.org".into(),
            ..SubscriberSnapshot::default()
        };
        *subscriber(chain) = one;
    });
}

#[test]
fn dd017_attribute_scope() {
    finds("DD017", "FilterPolicy", |chain| {
        subscription(chain).filter = filter(json!({ "violationEventType": ["in-alarm"] }), false);
    });
}

#[test]
fn dd018_drops_everything() {
    finds("DD018", "FilterPolicy", |chain| {
        subscription(chain).filter = filter(json!({ "violationEventType": ["alarm"] }), true)
    });
}

#[test]
fn dd019_drops_a_family() {
    finds("DD019", "FilterPolicy", |chain| {
        subscription(chain).filter = filter(json!({ "violationEventType": ["in-alarm"] }), true);
    });
}

#[test]
fn dd020_no_dead_letters() {
    finds("DD020", DEPLOY, |chain| {
        subscription(chain).dead_letters = None
    });
}

#[test]
fn dd021_dead_letters_missing() {
    finds("DD021", DEPLOY, |chain| {
        subscriber(chain).dead_letters = Seen::Missing;
        relay(chain).queue = Seen::Missing;
    });
}

#[test]
fn dd022_dead_letters_refused() {
    finds("DD022", DEPLOY, |chain| {
        subscriber(chain).dead_letters = Seen::Found(DeadLetterQueue::default())
    });
}

#[test]
fn dd023_failures_waiting() {
    finds("DD023", "ddalert replay", |chain| {
        let Seen::Found(queue) = &mut relay(chain).queue else {
            unreachable!("a queue")
        };
        queue.held.messages = 2;
    });
    for (oldest_s, said) in [
        (None, "holds about 2 messages"),
        (
            Some(60 * 59),
            "holds about 2 messages, the oldest for 59 min; it is dropped in 13 d 23 h",
        ),
        (
            Some(86_400 * 14 - 5400),
            "holds about 2 messages, the oldest for 13 d 22 h; it is dropped in 1 h 30 min",
        ),
        (
            Some(86_400 * 15),
            "holds about 2 messages, the oldest for 15 d 0 h; it is dropped in 0 min",
        ),
    ] {
        let mut chain = healthy();
        let Seen::Found(queue) = &mut relay(&mut chain).queue else {
            unreachable!("a queue")
        };
        queue.held = QueueContents {
            messages: 2,
            oldest_s,
            retention_s: 14 * 86_400,
        };
        let found = diagnose(&chain);
        assert!(found[0].what.ends_with(said), "{}", found[0].what);
    }
}

#[test]
fn dd024_function_missing() {
    finds("DD024", DEPLOY, |chain| {
        subscriber(chain).function = Seen::Missing
    });
}

#[test]
fn dd025_not_permitted() {
    finds("DD025", DEPLOY, |chain| {
        function(chain).policy = Seen::Missing
    });
    finds("DD025", "aws lambda add-permission", |chain| {
        subscriber(chain).endpoint =
            "arn:aws:lambda:eu-central-1:123456789012:function:workshop".into();
        function(chain).relay = None;
    });
}

#[test]
fn dd026_failed() {
    finds("DD026", "update-function-configuration", |chain| {
        function(chain).state = "Failed".into()
    });
}

#[test]
fn dd027_update_failed() {
    finds("DD027", "update-function-configuration", |chain| {
        function(chain).last_update = "Failed".into()
    });
}

#[test]
fn dd028_throttled_to_nothing() {
    finds("DD028", "delete-function-concurrency", |chain| {
        function(chain).reserved_concurrency = Some(0)
    });
}

#[test]
fn dd029_runtime_deprecated() {
    finds("DD029", DEPLOY, |chain| chain.today = "2029-06-30".into());
    finds(
        "DD029",
        "aws lambda update-function-configuration --function-name ddalert-slack-BadIoTDevices --runtime python3.14",
        |chain| {
            function(chain).runtime = "python3.9".into();
            function(chain).relay = None;
        },
    );
}

#[test]
fn dd030_other_version() {
    finds("DD030", DEPLOY, |chain| {
        relay(chain).version = Seen::Found("0.9.0".into())
    });
    finds("DD030", DEPLOY, |chain| {
        relay(chain).version = Seen::Missing
    });
    let mut chain = healthy();
    relay(&mut chain).version = Seen::NotChecked;
    assert_eq!(
        diagnose(&chain),
        [],
        "tags that may not be seen are not missing"
    );
}

#[test]
fn dd031_forgets_failures() {
    finds("DD031", DEPLOY, |chain| {
        relay(chain).event_invoke_config = Seen::Missing
    });
}

#[test]
fn dd032_queue_missing() {
    finds("DD032", DEPLOY, |chain| relay(chain).queue = Seen::Missing);
}

#[test]
fn dd033_role_missing() {
    finds("DD033", DEPLOY, |chain| relay(chain).role = Seen::Missing);
}

#[test]
fn dd034_role_not_trusting() {
    finds("DD034", DEPLOY, |chain| {
        execution_role(chain).trust = Value::Null
    });
}

#[test]
fn dd035_role_lacks() {
    finds("DD035", DEPLOY, |chain| {
        execution_role(chain).policy = Value::Null
    });
}

#[test]
fn dd036_role_exceeds() {
    finds("DD036", DEPLOY, |chain| {
        let statement = json!({ "Sid": "All", "Effect": "Allow", "Action": "*", "Resource": "*" });
        let policy = &mut execution_role(chain).policy["Statement"];
        policy.as_array_mut().expect("statements").push(statement);
    });
    finds("DD036", "aws iam detach-role-policy", |chain| {
        relay(chain).other_policies =
            Seen::Found(vec!["arn:aws:iam::aws:policy/AdministratorAccess".into()]);
    });
}

#[test]
fn dd037_no_webhook() {
    finds("DD037", DEPLOY, |chain| {
        relay(chain).environment.webhook = None
    });
}

#[test]
fn dd038_secret_missing() {
    finds("DD038", DEPLOY, |chain| relay(chain).secret = Seen::Missing);
}

#[test]
fn dd039_secret_being_deleted() {
    finds("DD039", DEPLOY, |chain| {
        let Seen::Found(secret) = &mut relay(chain).secret else {
            unreachable!("a secret")
        };
        secret.pending_deletion = true;
    });
}

#[test]
fn dd040_secret_dangling() {
    finds("DD040", DEPLOY, |chain| {
        relay(chain).environment.webhook = Some(SecretLocation::SecretsManager { dangling: true });
    });
}

#[test]
fn dd040_other_parameter() {
    finds("DD040", DEPLOY, |chain| {
        relay(chain).environment.webhook = Some(SecretLocation::Ssm {
            parameter: "/other".into(),
        });
        execution_role(chain).policy = execution_policy(
            &names(),
            Some(&SecretLocation::Ssm {
                parameter: "/other".into(),
            }),
        );
    });
    let mut chain = healthy();
    relay(&mut chain).environment.webhook = Some(SecretLocation::Ssm {
        parameter: names().secret_arn(SecretStore::Ssm).expect("an ARN"),
    });
    execution_role(&mut chain).policy = execution_policy(
        &names(),
        Some(&SecretLocation::Ssm {
            parameter: String::new(),
        }),
    );
    assert_eq!(diagnose(&chain), [], "a parameter can be named by its ARN");
}

#[test]
fn dd041_log_group_missing() {
    finds("DD041", DEPLOY, |chain| {
        relay(chain).log_group = Seen::Missing
    });
}

#[test]
fn dd042_log_kept_for_ever() {
    finds("DD042", DEPLOY, |chain| {
        let Seen::Found(group) = &mut relay(chain).log_group else {
            unreachable!("a log group")
        };
        group.retention_days = None;
    });
}

/// Makes the relay one that texts a phone.
fn phone_relay(chain: &mut ChainSnapshot, account: SmsAccount) {
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
    relay.event_invoke_config = Seen::NotChecked;
    relay.role = Seen::NotChecked;
    texted(chain, true, account);
}

/// Adds a phone that is texted.
fn texted(chain: &mut ChainSnapshot, readable: bool, account: SmsAccount) {
    let phones = vec!["+12065550100".parse().expect("a number")];
    chain.texting.push(SmsRecipients {
        link: Link::Subscriber(0),
        phones,
        readable,
        account,
    });
}

/// Makes the subscriber a phone that gets the alert as it is.
fn raw_phone(chain: &mut ChainSnapshot, account: SmsAccount) {
    let topic = chain.topic.to_string();
    let one = subscriber(chain);
    (one.protocol, one.endpoint) = ("sms".into(), "+12065550100".into());
    one.function = Seen::NotChecked;
    subscription(chain).dead_letters = Some(format!("{topic}-failed").replace(":sns:", ":sqs:"));
    subscriber(chain).dead_letters = Seen::NotChecked;
    texted(chain, false, account);
}

/// An account that texts without a hitch.
fn account(change: impl FnOnce(&mut SmsAccount)) -> SmsAccount {
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

/// Asserts that the account keeps texts from both kinds of phones, and that nothing shows the number.
#[track_caller]
fn keeps_from_phones(code: &str, remedy: &str, change: fn(&mut SmsAccount)) {
    finds(code, remedy, |chain| raw_phone(chain, account(change)));
    finds(code, remedy, |chain| phone_relay(chain, account(change)));
    let mut chain = healthy();
    raw_phone(&mut chain, account(change));
    let said = serde_json::to_string(&(diagnose(&chain), &chain)).expect("JSON");
    assert!(!said.contains("2065550100"), "{said}");
}

#[test]
fn phones_of_a_good_account_have_no_findings() {
    for place in [raw_phone, phone_relay] {
        let mut chain = healthy();
        place(&mut chain, account(|_| {}));
        assert_eq!(diagnose(&chain), []);
    }
}

#[test]
fn dd043_region_without_sms() {
    keeps_from_phones(
        "DD043",
        "subscribe-sms --subscribed --readable --sms-region us-east-1",
        |account| {
            account.region = "ap-east-1".into();
        },
    );
}

#[test]
fn dd044_opted_out() {
    keeps_from_phones("DD044", "--opt-in", |account| {
        account.opted_out = ["+12065550100".parse().expect("a number")].into()
    });
}

#[test]
fn dd045_unverified() {
    keeps_from_phones("DD045", "ddalert subscribe-sms --subscribed", |account| {
        account.in_sandbox = Some(true)
    });
}

#[test]
fn dd046_no_origination_identity() {
    keeps_from_phones("DD046", "Request originator", |account| {
        account.origination = Some([].into())
    });
}

#[test]
fn dd047_spend_limit_reached() {
    keeps_from_phones("DD047", "MonthlySpendLimit", |account| {
        account.spent = Some(50.0)
    });
}

#[test]
fn dd048_spend_limit_near() {
    keeps_from_phones("DD048", "MonthlySpendLimit", |account| {
        account.spent = Some(45.0)
    });
}

#[test]
fn dd049_spend_limit_low() {
    keeps_from_phones("DD049", "Service Quotas", |account| {
        (account.spent, account.attributes) = (
            None,
            Some([("DefaultSMSType".to_owned(), "Transactional".to_owned())].into()),
        );
    });
}

#[test]
fn dd050_promotional() {
    let promotional = || {
        account(|account| {
            _ = account
                .attributes
                .get_or_insert_default()
                .remove("DefaultSMSType")
        })
    };
    finds("DD050", "ddalert subscribe-sms --transactional", |chain| {
        raw_phone(chain, promotional())
    });
    let mut chain = healthy();
    phone_relay(&mut chain, promotional());
    assert_eq!(
        diagnose(&chain),
        [],
        "a relay says of each text that it is transactional"
    );
}

#[test]
fn an_account_is_told_of_once() {
    let mut chain = healthy();
    let reached = || account(|account| account.spent = Some(60.0));
    raw_phone(&mut chain, reached());
    texted(&mut chain, false, reached());
    assert_eq!(diagnose(&chain).len(), 1);
}

#[test]
fn dd051_secret_refused() {
    finds("DD051", &format!("{DEPLOY} --secret-store ssm"), |chain| {
        relay(chain).reading = Seen::Found(SecretReading::Refused {
            why: "the key is disabled".into(),
        });
    });
}

#[test]
fn dd052_secret_is_no_url() {
    finds("DD052", DEPLOY, |chain| {
        relay(chain).reading = Seen::Found(SecretReading::NotAUrl)
    });
}

#[test]
fn dd053_other_code() {
    finds("DD053", DEPLOY, |chain| {
        relay(chain).code = "x86_64:other=".into()
    });
    let mut chain = healthy();
    relay(&mut chain).code = "arm64:abc=".into();
    assert!(
        diagnose(&chain)[0]
            .what
            .contains("runs on arm64, and ddalert deployed it for x86_64")
    );
    relay(&mut chain).deployed_code = None;
    assert_eq!(
        diagnose(&chain),
        [],
        "what was deployed before the tag was made cannot be told"
    );
}

#[test]
fn dd054_role_denied() {
    let denied = |by| {
        Seen::Found(vec![Denied {
            action: "sqs:SendMessage".into(),
            by,
            policy: Some("AWSDenyAll".into()),
        }])
    };
    finds("DD054", "aws iam detach-role-policy", |chain| {
        relay(chain).denied = denied(DeniedBy::Policy);
        relay(chain).other_policies =
            Seen::Found(vec!["arn:aws:iam::aws:policy/AWSDenyAll".into()]);
    });
    finds(
        "DD054",
        "aws iam get-role --role-name ddalert-slack-BadIoTDevices-eu-central-1 --query",
        |chain| {
            relay(chain).denied = denied(DeniedBy::Boundary);
        },
    );
    let mut chain = healthy();
    relay(&mut chain).denied = denied(DeniedBy::Policy);
    relay(&mut chain).other_policies = Seen::Found(vec![
        "harmless".into(),
        "arn:aws:iam::aws:policy/AWSDenyAll".into(),
    ]);
    let found = diagnose(&chain);
    let remedies: Vec<&str> = found
        .iter()
        .map(|finding| finding.remedy.as_str())
        .collect();
    assert!(
        remedies[0].contains("delete-role-policy")
            && remedies[0].ends_with("--policy-name harmless"),
        "{remedies:?}"
    );
    assert!(
        remedies[1].ends_with("--policy-arn arn:aws:iam::aws:policy/AWSDenyAll"),
        "{remedies:?}"
    );
}

#[test]
fn dd055_no_destination() {
    finds("DD055", DEPLOY, |chain| {
        relay(chain).target = "slakc".into()
    });
    finds(
        "DD055",
        "ddalert subscribe-sms +NUMBER --readable",
        |chain| {
            phone_relay(chain, account(|_| {}));
            relay(chain).environment.phones = vec!["nobody".into()];
        },
    );
    finds(
        "DD055",
        "ddalert subscribe-sms +NUMBER --readable",
        |chain| {
            phone_relay(chain, account(|_| {}));
            relay(chain).environment.phones.clear();
        },
    );
}

#[test]
fn dd056_dead_letters_locked() {
    let locked = |chain: &mut ChainSnapshot, key: KmsKey| {
        let Seen::Found(queue) = &mut subscriber(chain).dead_letters else {
            unreachable!("a queue")
        };
        queue.key = Some(key);
    };
    let key = |policy: Value| KmsKey {
        id: "k".into(),
        policy: Seen::Found(policy),
        ..KmsKey::default()
    };
    finds(
        "DD056",
        "KmsMasterKeyId=,SqsManagedSseEnabled=true",
        |chain| {
            locked(
                chain,
                KmsKey {
                    id: "alias/aws/sqs".into(),
                    aws_managed: true,
                    ..KmsKey::default()
                },
            );
        },
    );
    finds("DD056", "aws sqs set-queue-attributes", |chain| {
        locked(chain, key(json!({ "Statement": [] })))
    });
    let open = json!({ "Statement": [{ "Effect": "Allow", "Principal": { "Service": "sns.amazonaws.com" },
        "Action": ["kms:GenerateDataKey*", "kms:Decrypt"], "Resource": "*" }] });
    finds("DD056", "KmsMasterKeyId=", |chain| {
        locked(chain, key(open.clone()))
    });
    let mut chain = healthy();
    locked(&mut chain, key(open.clone()));
    function(&mut chain).relay = None;
    assert_eq!(
        diagnose(&chain),
        [],
        "somebody else's queue, which SNS may use"
    );
    locked(
        &mut chain,
        KmsKey {
            unusable: Some("Disabled".into()),
            ..key(open)
        },
    );
    assert_eq!(diagnose(&chain)[0].code, "DD056");
}

#[test]
fn dd064_unusable_key() {
    for (state, remedy) in [
        ("Disabled", "aws kms enable-key --key-id k"),
        ("PendingDeletion", "aws kms cancel-key-deletion --key-id k"),
    ] {
        finds("DD064", remedy, |chain| {
            attributes(chain).key = Some(KmsKey {
                id: "k".into(),
                unusable: Some(state.into()),
                ..KmsKey::default()
            });
        });
    }
}

#[test]
fn dd057_audits_too_long() {
    let checks = |chain: &mut ChainSnapshot, checks: usize| {
        let checks = vec!["DEVICE_CERTIFICATE_EXPIRING_CHECK".to_owned(); checks];
        chain.scheduled_audits = Seen::Found([("weekly".to_owned(), checks)].into());
    };
    finds("DD057", "subscribe-sms --subscribed --readable", |chain| {
        raw_phone(chain, account(|_| {}));
        checks(chain, 9);
    });
    let mut chain = healthy();
    raw_phone(&mut chain, account(|_| {}));
    checks(&mut chain, 7);
    assert_eq!(diagnose(&chain), []);
    checks(&mut chain, 14);
    subscription(&mut chain).filter = filter(json!({ "violationEventType": ["in-alarm"] }), true);
    assert!(
        diagnose(&chain)
            .iter()
            .all(|finding| finding.code == "DD019"),
        "audits are kept away from it"
    );
}

#[test]
fn dd058_other_runtime() {
    finds("DD058", DEPLOY, |chain| {
        function(chain).runtime = "python3.14".into()
    });
    finds("DD058", DEPLOY, |chain| {
        function(chain).runtime = "provided.al2".into()
    });
}

#[test]
fn dd059_other_settings() {
    finds("DD059", DEPLOY, |chain| relay(chain).settings.timeout_s = 3);
    finds("DD059", DEPLOY, |chain| {
        relay(chain).settings.memory_mb = 64
    });
    finds("DD059", DEPLOY, |chain| {
        relay(chain).settings.json_logs = false
    });
    let mut chain = healthy();
    (
        relay(&mut chain).settings.timeout_s,
        relay(&mut chain).settings.memory_mb,
    ) = (60, 256);
    assert_eq!(diagnose(&chain), [], "more than it needs is no fault");
}

#[test]
fn dd060_other_queue() {
    let queue = |chain: &mut ChainSnapshot, change: fn(&mut crate::chain::state::Queue)| {
        let Seen::Found(held) = &mut relay(chain).queue else {
            unreachable!("a queue")
        };
        change(&mut held.queue);
    };
    finds("DD060", DEPLOY, |chain| {
        queue(chain, |queue| queue.retention_s = 4 * 86_400)
    });
    finds("DD060", DEPLOY, |chain| {
        queue(chain, |queue| queue.encrypted = false)
    });
    finds("DD060", "ddalert subscribe-sms --subscribed", |chain| {
        raw_phone(chain, account(|_| {}));
        let ours = ResourceNames::new("sms", &topic(), names().place, None);
        subscription(chain).dead_letters = Some(ours.queue_arn());
        let held = QueueContents {
            retention_s: 4 * 86_400,
            ..QueueContents::default()
        };
        let policy = queue_policy(&ours, &topic());
        subscriber(chain).dead_letters = Seen::Found(DeadLetterQueue {
            policy,
            held,
            encrypted: true,
            key: None,
        });
    });
}

#[test]
fn dd061_in_a_vpc() {
    finds(
        "DD061",
        "--vpc-config SubnetIds=[],SecurityGroupIds=[]",
        |chain| relay(chain).settings.vpc = Some("vpc-1".into()),
    );
}

#[test]
fn dd062_unattached() {
    finds(
        "DD062",
        "aws iot attach-security-profile --security-profile-name fleet",
        |chain| chain.unattached.push("fleet".into()),
    );
}

#[test]
fn dd063_no_scheduled_audit() {
    finds(
        "DD063",
        "--target-check-names LOGGING_DISABLED_CHECK",
        |chain| chain.scheduled_audits = Seen::Found([].into()),
    );
    let mut chain = healthy();
    chain.scheduled_audits = Seen::NotChecked;
    assert_eq!(diagnose(&chain), []);
}

#[test]
fn dd065_not_started_with() {
    finds("DD065", "ddalert rotate slack --topic", |chain| {
        relay(chain).reading = Seen::Found(SecretReading::NotStartedWith)
    });
}

#[test]
fn dd066_untagged() {
    finds(
        "DD066",
        "aws resourcegroupstaggingapi tag-resources --resource-arn-list arn:a arn:b --tags managed-by=ddalert",
        |chain| {
            relay(chain).untagged =
                vec![Untagged::Arn("arn:a".into()), Untagged::Arn("arn:b".into())];
        },
    );
    finds(
        "DD066",
        "aws iam tag-role --role-name r --tags Key=managed-by,Value=ddalert",
        |chain| {
            relay(chain).untagged = vec![Untagged::Role("r".into())];
        },
    );
}

#[test]
fn dd067_other_role() {
    finds("DD067", DEPLOY, |chain| {
        relay(chain).role_name = "theirs".into();
        execution_role(chain).policy = Value::Null;
        relay(chain).other_policies = Seen::Found(vec!["theirs".into()]);
    });
    let mut chain = healthy();
    relay(&mut chain).role_name = "theirs".into();
    relay(&mut chain).role = Seen::Missing;
    let found = diagnose(&chain);
    assert_eq!((found.len(), found[0].code), (1, "DD033"));
    assert!(found[0].what.contains("theirs"), "{}", found[0].what);
}

#[test]
fn a_role_is_told_of_once_for_all_that_publish_by_it() {
    let mut chain = healthy();
    let other = profile(&mut chain).clone();
    let Seen::Found(profiles) = &mut chain.profiles else {
        unreachable!("the healthy chain has profiles")
    };
    profiles.insert("more".into(), other);
    role(&mut chain).publishes = Seen::Found(false);
    let found = diagnose(&chain);
    assert_eq!(found.len(), 1);
    assert!(
        found[0]
            .remedy
            .contains("--profile-name fleet --profile-name more --audit"),
        "{}",
        found[0].remedy
    );
}

#[test]
fn the_name_of_a_relay_tells_where_it_should_deliver() {
    finds("DD055", DEPLOY, |chain| {
        relay(chain).target = "teams".into()
    });
    finds("DD055", DEPLOY, |chain| relay(chain).target = String::new());
    finds("DD024", "deploy-TARGET --name pager", |chain| {
        subscriber(chain).endpoint =
            "arn:aws:lambda:eu-central-1:123456789012:function:pager".into();
        subscriber(chain).function = Seen::Missing;
        chain.tagged = ["pager".to_owned()].into();
    });
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
