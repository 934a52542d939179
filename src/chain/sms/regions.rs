//! The regions that support SMS, and the languages of the SMS sandbox's one-time password.
//!
//! AWS extends both lists from time to time. They serve for a warning and a hint only; SNS decides.

/// The regions that support SMS ("AWS End User Messaging endpoints and quotas" in the AWS general reference, autumn 2026).
const WITH_SMS: &[&str] = &[
    "af-south-1",
    "ap-east-2",
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-south-2",
    "ap-southeast-1",
    "ap-southeast-2",
    "ap-southeast-3",
    "ap-southeast-4",
    "ap-southeast-6",
    "ca-central-1",
    "ca-west-1",
    "eu-central-1",
    "eu-central-2",
    "eu-north-1",
    "eu-south-1",
    "eu-south-2",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "eusc-de-east-1",
    "il-central-1",
    "me-central-1",
    "me-south-1",
    "mx-central-1",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-gov-east-1",
    "us-gov-west-1",
    "us-west-1",
    "us-west-2",
];

/// The languages of the one-time password; the first is the default (API model of SNS,
/// `LanguageCodeString`, in which Korean is `kr-KR`).
pub const SANDBOX_LANGUAGES: &[&str] = &[
    "en-US", "en-GB", "es-419", "es-ES", "de-DE", "fr-CA", "fr-FR", "it-IT", "ja-JP", "pt-BR",
    "kr-KR", "zh-CN", "zh-TW",
];

/// Returns whether a region is known to support SMS.
pub(super) fn has_sms(region: &str) -> bool {
    WITH_SMS.contains(&region)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regions_with_device_defender_but_without_sms_are_known() {
        for region in [
            "ap-east-1",
            "ap-southeast-5",
            "ap-southeast-7",
            "cn-north-1",
            "cn-northwest-1",
            "",
        ] {
            assert!(!has_sms(region), "{region}");
        }
        for region in [
            "us-east-1",
            "eu-west-1",
            "us-gov-west-1",
            "ap-east-2",
            "mx-central-1",
        ] {
            assert!(has_sms(region), "{region}");
        }
        assert!(WITH_SMS.is_sorted());
    }

    #[test]
    fn the_default_language_is_the_first() {
        assert_eq!(SANDBOX_LANGUAGES.first(), Some(&"en-US"));
    }
}
