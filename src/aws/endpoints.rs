//! Holds the relay's table of endpoints against the rules of the SDK, for every service that the relay calls.

use aws_smithy_runtime_api::client::endpoint::EndpointFuture;

use crate::contract::endpoint::{EndpointKind, endpoint};

/// Regions of every partition, and some that no SDK knows.
const REGIONS: &[&str] = &[
    "us-east-1",
    "us-west-2",
    "eu-west-1",
    "eu-central-2",
    "ap-southeast-7",
    "sa-east-1",
    "ca-west-1",
    "me-south-1",
    "af-south-1",
    "il-central-1",
    "mx-central-1",
    "cn-north-1",
    "cn-northwest-1",
    "us-gov-east-1",
    "us-gov-west-1",
    "eusc-de-east-1",
    "us-iso-east-1",
    "us-iso-west-1",
    "us-isob-east-1",
    "us-isob-west-1",
    "eu-isoe-west-1",
    "us-isof-south-1",
    "us-isof-east-1",
    "eu-north-99",
    "cn-new-7",
    "us-gov-new-9",
    "eusc-de-new-2",
    "mars-east-1",
];

/// Waits for what the SDK's rules say, and returns the URL with a slash at its end; nothing where they refuse.
async fn url(answer: EndpointFuture<'_>) -> Option<String> {
    let url = answer.await.ok()?.url().to_owned();
    Some(format!("{}/", url.trim_end_matches('/')))
}

macro_rules! hold_against_sdk {
    ($test:ident, $sdk:ident, $name:literal) => {
        #[tokio::test]
        async fn $test() {
            use $sdk::config::endpoint::{DefaultResolver, Params, ResolveEndpoint};
            for region in REGIONS {
                for (fips, dual_stack) in
                    [(false, false), (true, false), (false, true), (true, true)]
                {
                    let params = Params::builder()
                        .region(*region)
                        .use_fips(fips)
                        .use_dual_stack(dual_stack)
                        .build()
                        .expect("parameters");
                    let Some(expected) =
                        url(DefaultResolver::new().resolve_endpoint(&params)).await
                    else {
                        panic!("the SDK has no endpoint for {region} {fips} {dual_stack}");
                    };
                    let kind = EndpointKind { fips, dual_stack };
                    assert_eq!(endpoint($name, region, kind), expected, "{kind:?}");
                }
            }
        }
    };
}

hold_against_sdk!(
    secrets_manager_is_called_where_the_sdk_calls_it,
    aws_sdk_secretsmanager,
    "secretsmanager"
);
hold_against_sdk!(ssm_is_called_where_the_sdk_calls_it, aws_sdk_ssm, "ssm");
hold_against_sdk!(kms_is_called_where_the_sdk_calls_it, aws_sdk_kms, "kms");
hold_against_sdk!(iot_is_called_where_the_sdk_calls_it, aws_sdk_iot, "iot");
hold_against_sdk!(sns_is_called_where_the_sdk_calls_it, aws_sdk_sns, "sns");
