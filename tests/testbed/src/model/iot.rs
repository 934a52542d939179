//! Device Defender: security profiles with their alert targets, the account's audit configuration, violations.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::{Account, Answer, AwsError, Call, Result, page};
use crate::wire;

/// The time at which everything here was made, in seconds of the epoch: 2026-11-01.
const MADE: u64 = 1_793_491_200;

/// Device Defender in one account and region.
#[derive(Debug)]
pub struct Iot {
    account: Account,
    profiles: BTreeMap<String, Profile>,
    /// The answer of `DescribeAccountAuditConfiguration`.
    pub audit: Value,
    /// The answers of `DescribeScheduledAudit`.
    pub scheduled_audits: Vec<Value>,
    /// The answer of `ListViolationEvents`, newest first.
    pub violation_events: Vec<Value>,
    /// The answer of `ListActiveViolations`.
    pub active_violations: Vec<Value>,
    /// How many items a page has where the caller does not say; few, so that three make two pages.
    pub page_size: usize,
}

#[derive(Debug)]
struct Profile {
    /// What was given, by the names of the API model.
    members: Map<String, Value>,
    version: i64,
    targets: BTreeSet<String>,
}

impl Iot {
    pub(crate) fn new(account: &Account) -> Self {
        Self {
            account: account.clone(),
            profiles: BTreeMap::new(),
            audit: json!({ "auditNotificationTargetConfigurations": {}, "auditCheckConfigurations": {} }),
            scheduled_audits: Vec::new(),
            violation_events: Vec::new(),
            active_violations: Vec::new(),
            page_size: 2,
        }
    }

    /// Adds a security profile with members such as `behaviors` and `alertTargets`, and holds all things against it.
    ///
    /// # Panics
    ///
    /// Where AWS would refuse it.
    pub fn add_profile(&mut self, name: &str, members: &Value) {
        self.create(name, members)
            .expect("a security profile that AWS would take");
        let all = self.account.arn("iot", "all/things");
        self.profiles
            .get_mut(name)
            .expect("the profile")
            .targets
            .insert(all);
    }

    /// Returns what `DescribeSecurityProfile` says of a profile.
    pub fn profile(&self, name: &str) -> Option<Value> {
        let profile = self.profiles.get(name)?;
        let mut document = json!({
            "securityProfileName": name, "securityProfileArn": self.arn(name), "version": profile.version,
            "creationDate": MADE, "lastModifiedDate": MADE,
        });
        document.as_object_mut()?.extend(profile.members.clone());
        Some(document)
    }

    /// Answers every action of Device Defender that ddalert has a use for.
    pub(crate) fn answer(&mut self, call: &Call) -> Option<Answer> {
        let name = call.path_part(1).unwrap_or_default();
        let result = match call.action.as_str() {
            "ListSecurityProfiles" => Ok(self.list_profiles(call)),
            "DescribeSecurityProfile" => self.profile(name).ok_or_else(|| not_found(name)),
            "CreateSecurityProfile" => self.create(name, &call.json()),
            "UpdateSecurityProfile" => self.update(name, call),
            "DeleteSecurityProfile" => self.delete(name, call),
            "ListTargetsForSecurityProfile" => self.list_targets(name, call),
            "AttachSecurityProfile" | "DetachSecurityProfile" => self.attach_or_detach(name, call),
            "DescribeAccountAuditConfiguration" => Ok(self.audit.clone()),
            "UpdateAccountAuditConfiguration" => self.update_audit(&call.json()),
            "ListScheduledAudits" => {
                Ok(self.listed("scheduledAudits", &self.scheduled_audits, call))
            }
            "DescribeScheduledAudit" => {
                let name = call.path_part(2).unwrap_or_default();
                let audit = self
                    .scheduled_audits
                    .iter()
                    .find(|audit| audit["scheduledAuditName"] == name);
                audit.cloned().ok_or_else(|| {
                    AwsError::new(
                        404,
                        "ResourceNotFoundException",
                        format!("No audit {name}."),
                    )
                })
            }
            "ListViolationEvents" => self.list_violation_events(call),
            "ListActiveViolations" => {
                Ok(self.listed("activeViolations", &self.active_violations, call))
            }
            _ => return None,
        };
        Some(result.map_or_else(|error| error.answer("iot"), |body| wire::rest(&body)))
    }

    fn arn(&self, name: &str) -> String {
        self.account.arn("iot", &format!("securityprofile/{name}"))
    }

    fn listed(&self, member: &str, items: &[Value], call: &Call) -> Value {
        let size = call
            .query("maxResults")
            .and_then(|size| size.parse().ok())
            .unwrap_or(self.page_size);
        let (items, next) = page(items, call.query("nextToken"), size);
        let mut body = json!({ member: items });
        if let Some(next) = next {
            body["nextToken"] = next.into();
        }
        body
    }

    fn list_profiles(&self, call: &Call) -> Value {
        let all: Vec<Value> = self
            .profiles
            .keys()
            .map(|name| json!({ "name": name, "arn": self.arn(name) }))
            .collect();
        self.listed("securityProfileIdentifiers", &all, call)
    }

    fn create(&mut self, name: &str, members: &Value) -> Result<Value> {
        if self.profiles.contains_key(name) {
            return Err(AwsError::new(
                409,
                "ResourceAlreadyExistsException",
                format!("Security profile {name} already exists."),
            ));
        }
        check_alert_targets(members)?;
        let mut members = members.as_object().cloned().unwrap_or_default();
        members.remove("tags");
        self.profiles.insert(
            name.to_owned(),
            Profile {
                members,
                version: 1,
                targets: BTreeSet::new(),
            },
        );
        Ok(json!({ "securityProfileName": name, "securityProfileArn": self.arn(name) }))
    }

    /// What is not given stays as it is; `delete…` together with what it deletes is an error.
    fn update(&mut self, name: &str, call: &Call) -> Result<Value> {
        let profile = self.profiles.get_mut(name).ok_or_else(|| not_found(name))?;
        expect_version(profile, call)?;
        let request = call.json();
        check_alert_targets(&request)?;
        for (flag, member) in [
            ("deleteBehaviors", "behaviors"),
            ("deleteAlertTargets", "alertTargets"),
        ] {
            if request[flag] == true {
                if request[member]
                    .as_object()
                    .is_some_and(|map| !map.is_empty())
                    || request[member].is_array()
                {
                    return Err(invalid(&format!(
                        "{member} cannot be given together with {flag}"
                    )));
                }
                profile.members.remove(member);
            }
        }
        for (member, value) in request.as_object().into_iter().flatten() {
            if !member.starts_with("delete") {
                profile.members.insert(member.clone(), value.clone());
            }
        }
        profile.version += 1;
        self.profile(name).ok_or_else(|| not_found(name))
    }

    fn delete(&mut self, name: &str, call: &Call) -> Result<Value> {
        if let Some(profile) = self.profiles.get(name) {
            expect_version(profile, call)?;
        }
        self.profiles.remove(name);
        Ok(json!({}))
    }

    fn list_targets(&self, name: &str, call: &Call) -> Result<Value> {
        let profile = self.profiles.get(name).ok_or_else(|| not_found(name))?;
        let targets: Vec<Value> = profile
            .targets
            .iter()
            .map(|arn| json!({ "arn": arn }))
            .collect();
        Ok(self.listed("securityProfileTargets", &targets, call))
    }

    fn attach_or_detach(&mut self, name: &str, call: &Call) -> Result<Value> {
        let profile = self.profiles.get_mut(name).ok_or_else(|| not_found(name))?;
        let target = call
            .query("securityProfileTargetArn")
            .ok_or_else(|| invalid("securityProfileTargetArn is missing"))?;
        if call.action == "AttachSecurityProfile" {
            profile.targets.insert(target.to_owned());
        } else {
            profile.targets.remove(target);
        }
        Ok(json!({}))
    }

    /// "On the first call this parameter is required and must specify at least one enabled check" (the API's documentation).
    fn update_audit(&mut self, request: &Value) -> Result<Value> {
        let enabled = |checks: &Value| {
            checks
                .as_object()
                .is_some_and(|checks| checks.values().any(|check| check["enabled"] == true))
        };
        if !enabled(&self.audit["auditCheckConfigurations"])
            && !enabled(&request["auditCheckConfigurations"])
        {
            return Err(invalid(
                "auditCheckConfigurations must specify at least one enabled check",
            ));
        }
        for (kind, target) in request["auditNotificationTargetConfigurations"]
            .as_object()
            .into_iter()
            .flatten()
        {
            if kind != "SNS" || !target["targetArn"].is_string() || !target["roleArn"].is_string() {
                return Err(invalid(
                    "an audit notification target needs the type SNS, a targetArn and a roleArn",
                ));
            }
        }
        if request["roleArn"].is_string() {
            self.audit["roleArn"] = request["roleArn"].clone();
        }
        for member in [
            "auditNotificationTargetConfigurations",
            "auditCheckConfigurations",
        ] {
            for (key, value) in request[member].as_object().into_iter().flatten() {
                self.audit[member][key] = value.clone();
            }
        }
        Ok(json!({}))
    }

    fn list_violation_events(&self, call: &Call) -> Result<Value> {
        if call.query("startTime").is_none() || call.query("endTime").is_none() {
            return Err(invalid("startTime and endTime are required"));
        }
        let asked = |event: &&Value| {
            call.query("securityProfileName")
                .is_none_or(|name| event["securityProfileName"] == name)
        };
        let events: Vec<Value> = self
            .violation_events
            .iter()
            .filter(asked)
            .cloned()
            .collect();
        Ok(self.listed("violationEvents", &events, call))
    }
}

fn check_alert_targets(request: &Value) -> Result<()> {
    for (kind, target) in request["alertTargets"].as_object().into_iter().flatten() {
        if kind != "SNS" || !target["alertTargetArn"].is_string() || !target["roleArn"].is_string()
        {
            return Err(invalid(
                "an alert target needs the type SNS, an alertTargetArn and a roleArn",
            ));
        }
    }
    Ok(())
}

fn expect_version(profile: &Profile, call: &Call) -> Result<()> {
    let expected = call.query("expectedVersion").map(str::parse);
    if expected.is_none_or(|expected| expected == Ok(profile.version)) {
        return Ok(());
    }
    let message = format!(
        "The version of the security profile is {} and not the expected one.",
        profile.version
    );
    Err(AwsError::new(409, "VersionConflictException", message))
}

fn invalid(message: &str) -> AwsError {
    AwsError::new(400, "InvalidRequestException", message)
}

fn not_found(name: &str) -> AwsError {
    AwsError::new(
        404,
        "ResourceNotFoundException",
        format!("No security profile with the name {name} found."),
    )
}
