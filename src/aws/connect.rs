//! From options, variables and configuration files to clients: which profile, region and endpoint, all checked before a call.

use std::path::Path;

use aws_config::default_provider::credentials::DefaultCredentialsChain;
use aws_config::ecs::EcsCredentialsProvider;
use aws_config::imds::credentials::ImdsCredentialsProvider;
use aws_config::meta::credentials::CredentialsProviderChain;
use aws_config::profile::{ProfileFileCredentialsProvider, ProfileSet};
use aws_config::provider_config::ProviderConfig;
use aws_config::retry::RetryConfig;
use aws_config::{BehaviorVersion, Region};
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_types::SdkConfig;
use aws_types::os_shim_internal::{Env, Fs};
use url::Url;

use super::AwsError;
use super::calls::CallLog;
use super::credentials::{CREDENTIALS_TIMEOUT, CredentialSource, SourcedCredentials, source};
use super::transport::{CaBundle, http_client, timeouts};
use super::variables::AwsVariables;
use crate::chain::command_place::{CommandPlace, without_password};
use crate::http::Proxies;

/// How often the SDK tries a call, the first try included: throttling of the control plane (15 calls a second) passes in seconds.
const ATTEMPTS: u32 = 6;

/// The default profile, which need not exist.
const DEFAULT_PROFILE: &str = "default";

/// How to reach the account; what is not given comes from the SDK's own variables and files.
#[derive(Clone, Debug, Default)]
pub struct ClientOptions<'a> {
    /// `--region`.
    pub region: Option<&'a str>,
    /// The region where neither an option nor a variable nor the profile has one: that of the topic's ARN.
    pub fallback_region: Option<&'a str>,
    /// `--profile`: it comes before access keys in the environment.
    pub profile: Option<&'a str>,
    /// `--endpoint-url`, the endpoint of every service: an emulator, a proxy.
    pub endpoint_url: Option<&'a str>,
    /// The environment variables.
    pub variables: AwsVariables,
    /// The file that `SSL_CERT_FILE` names: PEM certificates to trust besides the built-in web roots.
    pub extra_roots: Option<&'a Path>,
    /// The proxies.
    pub(crate) proxies: Proxies,
    /// Takes note of every call, where somebody wants to know.
    pub calls: Option<CallLog>,
}

/// Why an option or a variable cannot be used; nothing was called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadOption {
    /// In words that are a sentence by themselves.
    pub message: String,
    /// What to type instead.
    pub hint: String,
}

impl ClientOptions<'_> {
    /// Checks what was typed and set: the region, the endpoints, and the switches.
    ///
    /// # Errors
    /// A value cannot be right; it is named with the option or variable that has it.
    pub fn check(&self) -> Result<(), BadOption> {
        if let Some(region) = self.region {
            check_region("--region", region)?;
        }
        for name in ["AWS_REGION", "AWS_DEFAULT_REGION"] {
            if let Some(region) = self.variables.get(name).filter(|_| self.region.is_none()) {
                check_region(name, region)?;
            }
        }
        if let Some(url) = self.endpoint_url {
            check_endpoint("--endpoint-url", url)?;
        }
        for (name, url) in self.variables.endpoints() {
            check_endpoint(name, url)?;
        }
        for name in ["AWS_USE_FIPS_ENDPOINT", "AWS_USE_DUALSTACK_ENDPOINT"] {
            let value = self.variables.get(name).unwrap_or("false");
            if !["true", "false"].contains(&value.to_ascii_lowercase().as_str()) {
                return Err(BadOption {
                    message: format!("{name} is '{value}', which is neither true nor false"),
                    hint: format!("set {name}=true, or unset it"),
                });
            }
        }
        if self.profile.is_some_and(str::is_empty) {
            return Err(BadOption {
                message: "--profile is empty".to_owned(),
                hint: "name a profile of the AWS configuration files, or leave --profile out"
                    .to_owned(),
            });
        }
        Ok(())
    }

    /// Returns the profile in use, and whether an option named it.
    fn profile(&self) -> (Option<&str>, bool) {
        match self.profile {
            Some(profile) => (Some(profile), true),
            None => {
                let variables = ["AWS_PROFILE", "AWS_DEFAULT_PROFILE"];
                let named = variables.iter().find_map(|name| self.variables.get(name));
                (named, false)
            }
        }
    }
}

fn check_region(named_by: &str, region: &str) -> Result<(), BadOption> {
    match is_region(region) {
        true => Ok(()),
        false => Err(BadOption {
            message: format!("'{region}' is not a region ({named_by})"),
            hint: "a region is written as in eu-central-1".to_owned(),
        }),
    }
}

/// Returns whether a text is written as a region: words and a number, joined by hyphens, as in `us-gov-west-1`.
fn is_region(text: &str) -> bool {
    let mut parts: Vec<&str> = text.split('-').collect();
    let number = parts.pop().unwrap_or_default();
    let is_word = |part: &&str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase());
    parts.len() >= 2
        && parts.iter().all(is_word)
        && !number.is_empty()
        && number.bytes().all(|b| b.is_ascii_digit())
}

fn check_endpoint(named_by: &str, url: &str) -> Result<(), BadOption> {
    let hint = || {
        "write it with http:// or https://, as in https://vpce-1.sns.eu-central-1.vpce.amazonaws.com".to_owned()
    };
    let refused = |why: &str| BadOption {
        message: format!("{named_by} is '{}', {why}", without_password(url)),
        hint: hint(),
    };
    match Url::parse(url) {
        Ok(parsed) if ["http", "https"].contains(&parsed.scheme()) && parsed.has_host() => Ok(()),
        Ok(parsed) if parsed.has_host() => Err(refused("which is no HTTP address")),
        _ if !url.contains("://") => Err(refused("which has no scheme")),
        _ => Err(refused("which is not a URL")),
    }
}

/// Makes the configuration of every client. Nothing is called but what hands out credentials.
///
/// # Errors
/// A profile does not exist or has no credentials, or a file of certificates cannot be used.
pub(super) async fn configure(
    options: &ClientOptions<'_>,
) -> Result<(SdkConfig, CommandPlace), AwsError> {
    let (profile, explicit) = options.profile();
    let name = profile.unwrap_or(DEFAULT_PROFILE).to_owned();
    let (fs, env) = (Fs::real(), Env::real());
    let profiles =
        aws_config::profile::load(&fs, &env, &Default::default(), Some(name.clone().into()))
            .await
            .map_err(|error| {
                let task = "reading the AWS configuration files";
                AwsError::local(task, super::error::plain_causes(&error).join(": "))
            })?;
    let found = source(&profiles, profile, explicit, &options.variables)
        .map_err(|problem| AwsError::of_credentials(None, "choosing the credentials", &problem))?;
    check_switches(&profiles)?;
    let is_in_use = matches!(found, CredentialSource::Profile { .. });
    let shown = profile.filter(|_| explicit || is_in_use);
    let place = CommandPlace::new(shown, options.endpoint_url);
    let http = http_client(&bundles(options, &profiles), &options.proxies)?;
    let mut loader = aws_config::defaults(BehaviorVersion::latest())
        .http_client(http.clone())
        .timeout_config(timeouts())
        .retry_config(RetryConfig::standard().with_max_attempts(ATTEMPTS))
        .profile_name(&name);
    if let Some(region) = options.region {
        loader = loader.region(Region::new(region.to_owned()));
    }
    if let Some(endpoint_url) = options.endpoint_url {
        loader = loader.endpoint_url(endpoint_url);
    }
    let mut config = loader.no_credentials().load().await;
    if let (None, Some(region)) = (config.region(), options.fallback_region) {
        let region = Region::new(region.to_owned());
        config = config.into_builder().region(region).build();
    }
    let inner = provider(&config, http, &name, explicit).await;
    let credentials = SourcedCredentials::new(inner, found, place.clone());
    credentials
        .load()
        .await
        .map_err(|problem| AwsError::of_credentials(None, "getting credentials", &problem))?;
    let cache = aws_config::identity::IdentityCache::lazy()
        .load_timeout(CREDENTIALS_TIMEOUT * 2)
        .build();
    let config = config
        .into_builder()
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .identity_cache(cache)
        .build();
    Ok((config, place))
}

/// Returns what hands out credentials. After a profile that an option named, only the roles of a container and of an instance are
/// tried, where the profile has no credentials: as in the AWS CLI, no variable comes in its place.
async fn provider(
    config: &SdkConfig,
    http: SharedHttpClient,
    profile: &str,
    explicit: bool,
) -> SharedCredentialsProvider {
    let mut settings = ProviderConfig::without_region()
        .with_region(config.region().cloned())
        .with_http_client(http)
        .with_timeout_config(timeouts())
        .with_use_fips(config.use_fips())
        .with_use_dual_stack(config.use_dual_stack());
    if let Some(retry) = config.retry_config() {
        settings = settings.with_retry_config(retry.clone());
    }
    if !explicit {
        let chain = DefaultCredentialsChain::builder()
            .configure(settings)
            .region(config.region().cloned())
            .profile_name(profile)
            .build();
        return SharedCredentialsProvider::new(chain.await);
    }
    let of_profile = ProfileFileCredentialsProvider::builder()
        .configure(&settings)
        .profile_name(profile)
        .build();
    let of_container = EcsCredentialsProvider::builder()
        .configure(&settings)
        .build();
    let of_instance = ImdsCredentialsProvider::builder()
        .configure(&settings)
        .build();
    SharedCredentialsProvider::new(
        CredentialsProviderChain::first_try("Profile", of_profile)
            .or_else("EcsContainer", of_container)
            .or_else("Ec2InstanceMetadata", of_instance),
    )
}

/// Returns the files of certificates to trust: that of `SSL_CERT_FILE`, and that of `AWS_CA_BUNDLE`, else the profile's `ca_bundle`.
fn bundles(options: &ClientOptions<'_>, profiles: &ProfileSet) -> Vec<CaBundle> {
    let general = options.extra_roots.map(|path| CaBundle {
        path: path.to_owned(),
        named_by: "SSL_CERT_FILE".to_owned(),
    });
    let variable = options.variables.get("AWS_CA_BUNDLE").map(|path| CaBundle {
        path: path.into(),
        named_by: "AWS_CA_BUNDLE".to_owned(),
    });
    let of_profile = || {
        let path = profiles.get("ca_bundle")?.trim();
        (!path.is_empty()).then(|| CaBundle {
            path: path.into(),
            named_by: format!("ca_bundle of the profile {}", profiles.selected_profile()),
        })
    };
    general
        .into_iter()
        .chain(variable.or_else(of_profile))
        .collect()
}

/// Checks the profile's switches, which the SDK would ignore where they are neither `true` nor `false`.
fn check_switches(profiles: &ProfileSet) -> Result<(), AwsError> {
    for key in ["use_fips_endpoint", "use_dualstack_endpoint"] {
        let value = profiles.get(key).unwrap_or("false");
        if !["true", "false"].contains(&value.trim().to_ascii_lowercase().as_str()) {
            let profile = profiles.selected_profile();
            let task = format!("reading the profile {profile}");
            let cause = format!("{key} is '{value}', which is neither true nor false");
            return Err(AwsError::local(task, cause));
        }
    }
    Ok(())
}
