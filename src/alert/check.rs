//! Device Defender's audit checks in words: what each found, how severe that is, and how to fix it.
//!
//! Names, severities and fixes are those of the developer guide (one page per check, under "Audit checks"). A check that the guide
//! does not list yet is named by its code, put into words.

use super::guidance::Guidance;
use super::severity::Severity;

/// What is known about an audit check.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct KnownCheck {
    /// The name in the API: `DEVICE_CERTIFICATE_SHARED_CHECK`.
    code: &'static str,
    /// The guide's name for it: `Device certificate shared`.
    pub(super) words: &'static str,
    /// How severe a non-compliant resource is.
    pub(super) severity: Severity,
    /// How to fix it.
    pub(super) guidance: Guidance,
}

macro_rules! check {
    ($code:literal, $words:literal, $severity:ident, $page:literal, $fix:literal) => {
        KnownCheck {
            code: $code,
            words: $words,
            severity: Severity::$severity,
            guidance: Guidance {
                step: $fix,
                url: concat!(
                    "https://docs.aws.amazon.com/iot-device-defender/latest/devguide/",
                    $page,
                    ".html"
                ),
            },
        }
    };
}

static CHECKS: &[KnownCheck] = &[
    check!(
        "AUTHENTICATED_COGNITO_ROLE_OVERLY_PERMISSIVE_CHECK",
        "Authenticated Cognito role overly permissive",
        Critical,
        "audit-chk-auth-cognito-role-permissive",
        "Reduce the role's permissions to what authenticated identities need."
    ),
    check!(
        "CA_CERTIFICATE_EXPIRING_CHECK",
        "CA certificate expiring",
        Medium,
        "audit-chk-ca-cert-approaching-expiration",
        "Register a new CA certificate, check that it can sign device certificates, and then deactivate the old one."
    ),
    check!(
        "CA_CERTIFICATE_KEY_QUALITY_CHECK",
        "CA certificate key quality",
        Critical,
        "audit-chk-ca-cert-key-quality",
        "Register a CA certificate with a stronger key, and replace the device certificates that the weak one signed."
    ),
    check!(
        "CONFLICTING_CLIENT_IDS_CHECK",
        "Conflicting MQTT client IDs",
        High,
        "audit-chk-conflicting-client-ids",
        "Find out whether a device's credentials were stolen, and let each device connect with its own client ID."
    ),
    check!(
        "DEVICE_CERTIFICATE_AGE_CHECK",
        "Device certificate too old",
        Low,
        "device-certificate-age-check",
        "Give the device a new certificate, check that it connects with it, and then deactivate the old one."
    ),
    check!(
        "DEVICE_CERTIFICATE_EXPIRING_CHECK",
        "Device certificate expiring",
        Medium,
        "audit-chk-device-cert-approaching-expiration",
        "Give the device a new certificate, check that it connects with it, and then deactivate the old one."
    ),
    check!(
        "DEVICE_CERTIFICATE_KEY_QUALITY_CHECK",
        "Device certificate key quality",
        Critical,
        "audit-chk-device-cert-key-quality",
        "Give the device a certificate with a stronger key, check that it connects with it, and then revoke the weak one."
    ),
    check!(
        "DEVICE_CERTIFICATE_SHARED_CHECK",
        "Device certificate shared",
        Critical,
        "audit-chk-device-cert-shared",
        "Find out whether a device was cloned, give each device a certificate of its own, and then revoke the shared one."
    ),
    check!(
        "INTERMEDIATE_CA_REVOKED_FOR_ACTIVE_DEVICE_CERTIFICATES_CHECK",
        "Intermediate CA revoked for active device certificates",
        Critical,
        "audit-chk-active-intermediary-device-revoked-CA",
        "Review the devices registered since the CA was revoked, and replace their certificates with ones of another CA."
    ),
    check!(
        "IOT_POLICY_OVERLY_PERMISSIVE_CHECK",
        "IoT policy overly permissive",
        Critical,
        "audit-chk-iot-policy-permissive",
        "Create a policy version that allows each device only its own resources, make it the default, and check that the devices still connect."
    ),
    check!(
        "IOT_POLICY_POTENTIAL_MISCONFIGURATION_CHECK",
        "IoT policy potentially misconfigured",
        Medium,
        "audit-chk-iot-misconfigured-policies",
        "Check the policy's wildcards: MQTT wildcards (+ and #) have no effect in a policy."
    ),
    check!(
        "IOT_ROLE_ALIAS_ALLOWS_ACCESS_TO_UNUSED_SERVICES_CHECK",
        "Role alias allows access to unused services",
        Medium,
        "audit-chk-role-alias-unused-svcs",
        "Remove the services that the devices do not use from the policy of the alias's role."
    ),
    check!(
        "IOT_ROLE_ALIAS_OVERLY_PERMISSIVE_CHECK",
        "Role alias overly permissive",
        Critical,
        "audit-chk-iot-role-alias-permissive",
        "Reduce the permissions of the alias's role to what the devices need."
    ),
    check!(
        "LOGGING_DISABLED_CHECK",
        "Logging disabled",
        Low,
        "audit-chk-logging-disabled",
        "Turn on AWS IoT's logs in CloudWatch."
    ),
    check!(
        "REVOKED_CA_CERTIFICATE_STILL_ACTIVE_CHECK",
        "Revoked CA certificate still active",
        Critical,
        "audit-chk-revoked-ca-cert",
        "Deactivate the CA certificate, and review the devices registered since it was revoked."
    ),
    check!(
        "REVOKED_DEVICE_CERTIFICATE_STILL_ACTIVE_CHECK",
        "Revoked device certificate still active",
        Medium,
        "audit-chk-revoked-device-cert",
        "Find out whether the certificate was compromised, give the device a new one, and then revoke the old one in AWS IoT."
    ),
    check!(
        "UNAUTHENTICATED_COGNITO_ROLE_OVERLY_PERMISSIVE_CHECK",
        "Unauthenticated Cognito role overly permissive",
        Critical,
        "audit-chk-unauth-cognito-role-permissive",
        "Reduce the role's permissions to what unauthenticated identities need."
    ),
];

/// Returns what is known about a check, by its name in the API.
pub(super) fn lookup(code: &str) -> Option<&'static KnownCheck> {
    CHECKS.iter().find(|check| check.code == code)
}

/// Returns a check's name in words.
pub(super) fn words(code: &str) -> String {
    match lookup(code) {
        Some(check) => check.words.to_owned(),
        None => in_words(code.strip_suffix("_CHECK").unwrap_or(code), true),
    }
}

/// Returns a code of the API (`CA_CERTIFICATE`) in words (`CA certificate`). A text that is not such a code is returned unchanged.
pub(super) fn in_words(code: &str, capitalized: bool) -> String {
    let is_code = code
        .bytes()
        .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_');
    if !is_code {
        return code.to_owned();
    }
    let words: Vec<String> = code
        .split('_')
        .filter(|word| !word.is_empty())
        .enumerate()
        .map(|(index, word)| match word {
            "CA" | "ID" | "IAM" | "IP" | "MQTT" | "TLS" | "SNS" | "AWS" => word.to_owned(),
            "IDS" => "IDs".to_owned(),
            "IOT" => "IoT".to_owned(),
            "COGNITO" => "Cognito".to_owned(),
            _ if index == 0 && capitalized => {
                let (first, rest) = word.split_at(1);
                format!("{first}{}", rest.to_lowercase())
            }
            _ => word.to_lowercase(),
        })
        .collect();
    if words.is_empty() {
        code.to_owned()
    } else {
        words.join(" ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_check_is_named_in_words() {
        for (code, expected) in [
            (
                "DEVICE_CERTIFICATE_SHARED_CHECK",
                "Device certificate shared",
            ),
            ("IOT_THING_ID_LEAKED_CHECK", "IoT thing ID leaked"),
            ("NEW_CHECK", "New"),
            ("CHECK", "Check"),
            ("_", "_"),
            ("Anything else", "Anything else"),
            ("", ""),
        ] {
            assert_eq!(words(code), expected, "{code}");
        }
        assert_eq!(in_words("CA_CERTIFICATE", false), "CA certificate");
        assert_eq!(in_words("DEVICE_CERTIFICATE", false), "device certificate");
    }

    #[test]
    fn every_check_is_listed_once_and_fits_a_title() {
        for (index, check) in CHECKS.iter().enumerate() {
            assert!(check.code.ends_with("_CHECK"), "{}", check.code);
            assert!(
                CHECKS[..index].iter().all(|other| other.code < check.code),
                "{} is not in order",
                check.code
            );
            assert!(check.words.len() <= 60, "{}", check.words);
        }
    }
}
