//! The role by which Device Defender publishes: its name, who may assume it, and what it may do.

use serde_json::{Value, json};

use crate::arn::{Arn, TopicArn};
use crate::chain::names::connect_role;
use crate::chain::rules::path_in;

/// The most profiles that the role's trust policy names one by one; a trust policy has at most 2048 characters (IAM quotas), so
/// that more are named by a pattern.
const MOST_NAMED: usize = 8;

/// What the role must be allowed on the topic.
pub const TOPIC_ACTIONS: [&str; 1] = ["sns:Publish"];
/// What it must be allowed on the topic's key, where the topic is encrypted (SNS developer guide, "Key management").
pub const KEY_ACTIONS: [&str; 2] = ["kms:Decrypt", "kms:GenerateDataKey"];

/// Returns whether `arn` is that of ddalert's role by which Device Defender publishes to `topic`, whatever its path.
pub fn is_own_role(arn: &str, topic: &TopicArn) -> bool {
    path_in(arn).is_some_and(|path| arn == role_arn_at(topic, &path))
}

/// Returns the ARN of the role by which Device Defender publishes to `topic`, where it has no path.
pub fn role_arn(topic: &TopicArn) -> String {
    role_arn_at(topic, "/")
}

pub(super) fn role_arn_at(topic: &TopicArn, path: &str) -> String {
    let role = format!("role{path}{}", connect_role(topic));
    Arn::iam(&topic.partition, &topic.account, &role).to_string()
}

/// Only Device Defender of this account, and only for what is connected (Device Defender developer guide, "Cross-service
/// confused deputy prevention").
pub(super) fn trust(topic: &TopicArn, profiles: &[&String], audit: bool) -> Value {
    let account = &topic.account;
    let arn = |resource: &str| topic.local_arn("iot", resource).to_string();
    let sources: Vec<String> = match (audit, profiles.len()) {
        // An audit comes under the account's own ARN, which has nothing behind the last colon that could be named.
        (true, _) => vec![arn("*")],
        (false, ..=MOST_NAMED) => profiles
            .iter()
            .map(|name| arn(&format!("securityprofile/{name}")))
            .collect(),
        (false, _) => vec![arn("securityprofile/*")],
    };
    json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Effect": "Allow", "Principal": { "Service": "iot.amazonaws.com" }, "Action": "sts:AssumeRole",
            "Condition": { "StringEquals": { "aws:SourceAccount": account }, "ArnLike": { "aws:SourceArn": sources } }
        }]
    })
}

/// Returns what the role may do.
pub(super) fn policy(topic: &TopicArn, key: Option<&str>) -> Value {
    let mut statements = vec![json!({
        "Sid": "PublishAlerts", "Effect": "Allow", "Action": TOPIC_ACTIONS, "Resource": topic.to_string()
    })];
    if let Some(key) = key {
        statements.push(json!({
            "Sid": "EncryptAlerts", "Effect": "Allow", "Action": KEY_ACTIONS, "Resource": key
        }));
    }
    json!({ "Version": "2012-10-17", "Statement": statements })
}
