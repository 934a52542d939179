//! Where the credentials come from, as the AWS CLI would look for them.

use std::fmt;
use std::time::Duration;

use aws_config::profile::{Profile, ProfileSet};

use crate::aws::error::CredentialsProblem;
use crate::aws::variables::AwsVariables;

/// How long credentials are waited for: a `credential_process` may wait for a person, the others answer within seconds.
pub(in crate::aws) const CREDENTIALS_TIMEOUT: Duration = Duration::from_secs(60);

/// Where the credentials come from, as far as variables and files tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::aws) enum CredentialSource {
    /// `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY`.
    Keys,
    /// A profile: the roles that are assumed one after the other, the last first, and what the first credentials come from.
    Profile {
        name: String,
        roles: Vec<String>,
        base: ProfileBase,
        /// The profile that has the base: the last of the `source_profile`s.
        base_name: String,
    },
    /// `AWS_WEB_IDENTITY_TOKEN_FILE`.
    WebIdentity,
    /// `AWS_CONTAINER_CREDENTIALS_RELATIVE_URI` or `…_FULL_URI`: ECS, or EKS Pod Identity.
    Container,
    /// The metadata service of EC2: what is tried last.
    Instance,
}

impl fmt::Display for CredentialSource {
    /// Where they were looked for.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CredentialSource::Keys => f.write_str("they come from AWS_ACCESS_KEY_ID"),
            CredentialSource::Profile { name, roles, .. } => match roles.first() {
                Some(role) => write!(f, "they come from the profile {name} and the role {role}"),
                None => write!(f, "they come from the profile {name}"),
            },
            CredentialSource::WebIdentity => {
                f.write_str("they come from AWS_WEB_IDENTITY_TOKEN_FILE")
            }
            CredentialSource::Container => {
                f.write_str("they come from the container (AWS_CONTAINER_CREDENTIALS_…)")
            }
            CredentialSource::Instance => f.write_str("they come from the metadata service of EC2"),
        }
    }
}

/// What the first credentials of a profile come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::aws) enum ProfileBase {
    /// Access keys in the profile.
    Keys,
    /// IAM Identity Center.
    Sso,
    /// A console session (`aws login`).
    Login,
    /// `credential_process`.
    Process,
    /// `web_identity_token_file`.
    WebIdentity,
    /// `credential_source = Environment`.
    Environment,
    /// `credential_source = EcsContainer`.
    Container,
    /// `credential_source = Ec2InstanceMetadata`.
    Instance,
}

/// Finds out where the credentials come from. `explicit` is whether the profile was named by `--profile`: then variables do not
/// come before it (aws-cli: "An explicitly provided profile will negate an EnvProvider").
///
/// # Errors
/// The profile, or one that it refers to, does not exist; it asks for an MFA code; or half of a pair of keys is set.
pub(in crate::aws) fn source(
    profiles: &ProfileSet,
    profile: Option<&str>,
    explicit: bool,
    variables: &AwsVariables,
) -> Result<CredentialSource, CredentialsProblem> {
    if let Some(name) = profile
        && profiles.get_profile(name).is_none()
    {
        return Err(no_such_profile(profiles, name, explicit));
    }
    if !explicit && let Some(keys) = keys(variables)? {
        return Ok(keys);
    }
    let name = profile.unwrap_or("default");
    if let Some(selected) = profiles.get_profile(name)
        && let Some(source) = of_profile(profiles, selected)?
    {
        return Ok(source);
    }
    let is_set = |name| variables.get(name).is_some();
    Ok(if !explicit && is_set("AWS_WEB_IDENTITY_TOKEN_FILE") {
        CredentialSource::WebIdentity
    } else if is_set("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI")
        || is_set("AWS_CONTAINER_CREDENTIALS_FULL_URI")
    {
        CredentialSource::Container
    } else {
        CredentialSource::Instance
    })
}

fn keys(variables: &AwsVariables) -> Result<Option<CredentialSource>, CredentialsProblem> {
    const PAIR: [&str; 2] = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"];
    let missing = |set: &str, other: &str| {
        CredentialsProblem::configuration(
            format!("{set} is set, and {other} is not"),
            format!("set both, or unset {set} to use a profile"),
        )
    };
    match PAIR.map(|name| variables.get(name).is_some()) {
        [true, true] => Ok(Some(CredentialSource::Keys)),
        [false, false] => Ok(None),
        [true, false] => Err(missing(PAIR[0], PAIR[1])),
        [false, true] => Err(missing(PAIR[1], PAIR[0])),
    }
}

fn no_such_profile(profiles: &ProfileSet, name: &str, explicit: bool) -> CredentialsProblem {
    let by = if explicit { "--profile" } else { "AWS_PROFILE" };
    let mut known: Vec<&str> = profiles.profiles().collect();
    known.sort_unstable();
    let hint = match known.as_slice() {
        [] => "the AWS configuration files have no profile: aws configure makes one".to_owned(),
        known => format!("the AWS configuration files have: {}", known.join(", ")),
    };
    CredentialsProblem::configuration(format!("there is no profile {name} ({by})"), hint)
}

/// Follows a profile through its `source_profile`s; `None` if it has no credentials.
fn of_profile(
    profiles: &ProfileSet,
    selected: &Profile,
) -> Result<Option<CredentialSource>, CredentialsProblem> {
    let mut roles = Vec::new();
    let mut visited: Vec<&str> = Vec::new();
    let mut profile = selected;
    loop {
        let name = profile.name();
        if visited.contains(&name) {
            return Err(CredentialsProblem::configuration(
                format!(
                    "the profile {} refers to itself through source_profile",
                    selected.name()
                ),
                "let source_profile name a profile that has credentials of its own",
            ));
        }
        visited.push(name);
        let is_assumed =
            profile.get("role_arn").is_some() && profile.get("web_identity_token_file").is_none();
        // A source profile with keys of its own is used as it is, whatever else it has.
        if visited.len() > 1 && has_keys(profile) {
            return Ok(Some(found(selected, roles, profile, ProfileBase::Keys)));
        }
        if !is_assumed {
            return Ok(base(profile).map(|base| found(selected, roles, profile, base)));
        }
        roles.extend(profile.get("role_arn").map(str::to_owned));
        if profile.get("mfa_serial").is_some() {
            return Err(needs_mfa(selected.name()));
        }
        match (
            profile.get("source_profile"),
            profile.get("credential_source"),
        ) {
            (Some(next), _) if next == name => {
                return Ok(base(profile).map(|base| found(selected, roles, profile, base)));
            }
            (Some(next), _) => {
                profile = profiles.get_profile(next).ok_or_else(|| {
                    CredentialsProblem::configuration(
                        format!("the profile {name} takes its credentials from the profile {next} (source_profile), which does not exist"),
                        format!("add the profile {next} to the AWS configuration files, or correct source_profile in the profile {name}"),
                    )
                })?;
            }
            (None, Some(named)) => {
                let base = match named {
                    "Environment" => ProfileBase::Environment,
                    "EcsContainer" => ProfileBase::Container,
                    "Ec2InstanceMetadata" => ProfileBase::Instance,
                    other => {
                        return Err(CredentialsProblem::configuration(
                            format!("the profile {name} has the unknown credential_source {other}"),
                            "it is Environment, EcsContainer or Ec2InstanceMetadata",
                        ));
                    }
                };
                return Ok(Some(found(selected, roles, profile, base)));
            }
            (None, None) => {
                return Err(CredentialsProblem::configuration(
                    format!(
                        "the profile {name} has a role_arn and does not say with which credentials the role is assumed"
                    ),
                    format!("add source_profile or credential_source to the profile {name}"),
                ));
            }
        }
    }
}

fn found(
    selected: &Profile,
    roles: Vec<String>,
    last: &Profile,
    base: ProfileBase,
) -> CredentialSource {
    CredentialSource::Profile {
        name: selected.name().to_owned(),
        roles,
        base,
        base_name: last.name().to_owned(),
    }
}

fn has_keys(profile: &Profile) -> bool {
    profile.get("aws_access_key_id").is_some() && profile.get("aws_secret_access_key").is_some()
}

/// Returns what a profile without a role to assume takes its credentials from, in the order in which the SDK looks.
fn base(profile: &Profile) -> Option<ProfileBase> {
    let has = |key| profile.get(key).is_some();
    if has("web_identity_token_file") {
        Some(ProfileBase::WebIdentity)
    } else if has("sso_session") || has("sso_start_url") {
        Some(ProfileBase::Sso)
    } else if has("login_session") {
        Some(ProfileBase::Login)
    } else if has("credential_process") {
        Some(ProfileBase::Process)
    } else {
        has_keys(profile).then_some(ProfileBase::Keys)
    }
}

fn needs_mfa(profile: &str) -> CredentialsProblem {
    let shown = shell_words::quote(profile);
    CredentialsProblem::configuration(
        format!(
            "the profile {profile} asks for an MFA code (mfa_serial), and ddalert cannot ask for one"
        ),
        format!(
            "let the AWS CLI ask for it: eval \"$(aws configure export-credentials --profile {shown} --format env)\", then run the \
             same command without --profile and AWS_PROFILE"
        ),
    )
}
