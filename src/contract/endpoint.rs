//! The endpoints of AWS services: which host a call goes to, in every partition. The relay has no AWS SDK to ask.
//!
//! The table is the one that the SDKs carry (`partitions.json`), and the exceptions are those of the endpoint rules of the services
//! that the relay calls. A test of `aws` holds both against the SDK.

/// A partition of AWS: a group of regions with endpoints of their own.
struct Partition {
    /// The prefixes of its regions' names.
    regions: &'static [&'static str],
    /// The domain of its endpoints.
    domain: &'static str,
    /// The domain of the endpoints that have IPv4 and IPv6 addresses.
    dual_stack_domain: &'static str,
}

/// The partitions. Prefixes do not overlap except for `us-` and `eu-`, so these come last.
static PARTITIONS: &[Partition] = &[
    Partition {
        regions: &["cn-"],
        domain: "amazonaws.com.cn",
        dual_stack_domain: "api.amazonwebservices.com.cn",
    },
    Partition {
        regions: &["eusc-"],
        domain: "amazonaws.eu",
        dual_stack_domain: "api.amazonwebservices.eu",
    },
    Partition {
        regions: &["us-iso-"],
        domain: "c2s.ic.gov",
        dual_stack_domain: "api.aws.ic.gov",
    },
    Partition {
        regions: &["us-isob-"],
        domain: "sc2s.sgov.gov",
        dual_stack_domain: "api.aws.scloud",
    },
    Partition {
        regions: &["eu-isoe-"],
        domain: "cloud.adc-e.uk",
        dual_stack_domain: "api.cloud-aws.adc-e.uk",
    },
    Partition {
        regions: &["us-isof-"],
        domain: "csp.hci.ic.gov",
        dual_stack_domain: "api.aws.hci.ic.gov",
    },
    AWS,
];

/// The commercial partition, which has the GovCloud regions' domains too; also that of a region that nobody knows.
const AWS: Partition = Partition {
    regions: &[""],
    domain: "amazonaws.com",
    dual_stack_domain: "api.aws",
};

/// Which kind of endpoint is called: `AWS_USE_FIPS_ENDPOINT` and `AWS_USE_DUALSTACK_ENDPOINT`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EndpointKind {
    /// One whose cryptography is validated under FIPS 140.
    pub fips: bool,
    /// One with IPv4 and IPv6 addresses.
    pub dual_stack: bool,
}

impl EndpointKind {
    /// Reads the SDKs' variables: `true` in any case; any other value is false, as in the SDKs.
    pub fn from_env(variable: impl Fn(&str) -> Option<String>) -> EndpointKind {
        let is_set =
            |name| variable(name).is_some_and(|value| value.trim().eq_ignore_ascii_case("true"));
        EndpointKind {
            fips: is_set("AWS_USE_FIPS_ENDPOINT"),
            dual_stack: is_set("AWS_USE_DUALSTACK_ENDPOINT"),
        }
    }
}

/// Returns the URL of a regional service: `service` is its name in hosts, such as `kms`.
pub fn endpoint(service: &str, region: &str, kind: EndpointKind) -> String {
    let partition = PARTITIONS
        .iter()
        .find(|partition| {
            partition
                .regions
                .iter()
                .any(|prefix| region.starts_with(prefix))
        })
        .unwrap_or(&AWS);
    // The older regions of Secrets Manager have IPv6 addresses under the one domain.
    let has_one_domain = service == "secretsmanager"
        && match partition.domain {
            "amazonaws.com" => true,
            "amazonaws.com.cn" => !kind.fips,
            _ => false,
        };
    let domain = match kind.dual_stack && !has_one_domain {
        true => partition.dual_stack_domain,
        false => partition.domain,
    };
    // In GovCloud these endpoints are validated themselves.
    let is_validated = !kind.dual_stack
        && match service {
            "sns" => ["us-gov-east-1", "us-gov-west-1"].contains(&region),
            "ssm" => region.starts_with("us-gov-"),
            _ => false,
        };
    let fips = if kind.fips && !is_validated {
        "-fips"
    } else {
        ""
    };
    format!("https://{service}{fips}.{region}.{domain}/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endpoints_follow_the_partition() {
        let plain = EndpointKind::default();
        for (region, expected) in [
            ("eu-west-1", "https://kms.eu-west-1.amazonaws.com/"),
            ("us-gov-west-1", "https://kms.us-gov-west-1.amazonaws.com/"),
            ("cn-north-1", "https://kms.cn-north-1.amazonaws.com.cn/"),
            ("eusc-de-east-1", "https://kms.eusc-de-east-1.amazonaws.eu/"),
            ("us-iso-east-1", "https://kms.us-iso-east-1.c2s.ic.gov/"),
            (
                "us-isob-east-1",
                "https://kms.us-isob-east-1.sc2s.sgov.gov/",
            ),
            (
                "eu-isoe-west-1",
                "https://kms.eu-isoe-west-1.cloud.adc-e.uk/",
            ),
            (
                "us-isof-south-1",
                "https://kms.us-isof-south-1.csp.hci.ic.gov/",
            ),
            ("cn-new-9", "https://kms.cn-new-9.amazonaws.com.cn/"),
            ("mars-east-1", "https://kms.mars-east-1.amazonaws.com/"),
        ] {
            assert_eq!(endpoint("kms", region, plain), expected);
        }
    }

    #[test]
    fn the_variables_are_the_sdks() {
        let kind = |fips: &'static str, dual: &'static str| {
            EndpointKind::from_env(|name| match name {
                "AWS_USE_FIPS_ENDPOINT" => Some(fips.to_owned()),
                "AWS_USE_DUALSTACK_ENDPOINT" => Some(dual.to_owned()),
                _ => None,
            })
        };
        assert_eq!(
            endpoint("kms", "eu-west-1", kind("True", "")),
            "https://kms-fips.eu-west-1.amazonaws.com/"
        );
        assert_eq!(
            endpoint("kms", "eu-west-1", kind("false", "true")),
            "https://kms.eu-west-1.api.aws/"
        );
        assert_eq!(kind("0", "no"), EndpointKind::default());
    }
}
