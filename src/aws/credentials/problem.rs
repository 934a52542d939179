//! Why there are no credentials, in the words of where they should have come from, and what to do about it.

use std::error::Error as StdError;

use aws_credential_types::provider::error::CredentialsError;

use super::source::{CREDENTIALS_TIMEOUT, CredentialSource, ProfileBase};
use crate::aws::error::{CredentialsProblem, plain_causes};
use crate::chain::command_place::CommandPlace;

/// The longest text of another program that an error repeats.
const LONGEST_TEXT: usize = 400;

impl CredentialSource {
    /// Says why there are no credentials, in the words of where they should have come from.
    pub(super) fn problem(
        &self,
        failure: &CredentialsError,
        place: &CommandPlace,
    ) -> CredentialsProblem {
        if let CredentialsError::ProviderTimedOut(_) = failure {
            return CredentialsProblem {
                message: format!(
                    "no credentials came within {} s",
                    CREDENTIALS_TIMEOUT.as_secs()
                ),
                cause: Some(self.to_string()),
                hint: "check the network and the proxy; a credential_process has to end by itself"
                    .to_owned(),
                is_configuration: false,
            };
        }
        let nothing_found = matches!(failure, CredentialsError::CredentialsNotLoaded(_));
        let causes = plain_causes(failure);
        let cause = (!causes.is_empty() && !nothing_found).then(|| shortened(&causes.join(": ")));
        let (message, hint) = match self {
            CredentialSource::Keys => (
                "the credentials in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY cannot be used".to_owned(),
                "set both anew, with AWS_SESSION_TOKEN if they are temporary".to_owned(),
            ),
            CredentialSource::Profile {
                name,
                roles,
                base,
                base_name,
            } => match roles.first() {
                Some(role) if is_about_role(failure, *base) => (
                    format!("the role {role} of the profile {name} could not be assumed"),
                    format!(
                        "allow sts:AssumeRole on {role} for the credentials of the profile {base_name}, and them in the role's trust policy"
                    ),
                ),
                _ => base.problem(name, base_name, place),
            },
            CredentialSource::WebIdentity => (
                "the web identity (AWS_WEB_IDENTITY_TOKEN_FILE) gave no credentials".to_owned(),
                "check that the token file exists and is not expired, and that the trust policy of the role in AWS_ROLE_ARN accepts it"
                    .to_owned(),
            ),
            CredentialSource::Container => (
                "the container's credentials (AWS_CONTAINER_CREDENTIALS_…) could not be read".to_owned(),
                "check that the ECS task has a task role, or that the EKS pod has a Pod Identity association".to_owned(),
            ),
            CredentialSource::Instance if nothing_found => (
                "there are no credentials: no access keys in the environment, none in the profile, and no role of a container or an EC2 \
                 instance"
                    .to_owned(),
                sign_in(),
            ),
            CredentialSource::Instance => (
                "the metadata service of EC2 gave no credentials".to_owned(),
                format!("attach an IAM role to the instance; elsewhere {}", sign_in()),
            ),
        };
        CredentialsProblem {
            message,
            cause,
            hint,
            is_configuration: matches!(failure, CredentialsError::InvalidConfiguration(_)),
        }
    }
}

impl ProfileBase {
    fn problem(self, name: &str, base_name: &str, place: &CommandPlace) -> (String, String) {
        // The profile that signs in may be another than the one that was named.
        let place = place.with_profile(base_name);
        let of = match name == base_name {
            true => format!("the profile {name}"),
            false => format!("the profile {base_name} (source_profile of {name})"),
        };
        match self {
            ProfileBase::Keys => (
                format!("the access keys of {of} cannot be used"),
                format!("enter them again: {}", place.aws_profile("configure")),
            ),
            ProfileBase::Sso => (
                format!("{of} is not signed in to IAM Identity Center, or its session has expired"),
                place.aws_profile("sso login"),
            ),
            ProfileBase::Login => (
                format!("{of} is not signed in to the console, or its session has expired"),
                place.aws_profile("login"),
            ),
            ProfileBase::Process => (
                format!("the credential_process of {of} gave no credentials"),
                format!("run the command in credential_process of the profile {base_name} by itself, and see what it says"),
            ),
            ProfileBase::WebIdentity => (
                format!("the web identity of {of} gave no credentials"),
                "check that the file in web_identity_token_file exists and is not expired, and that the trust policy of the role accepts it"
                    .to_owned(),
            ),
            ProfileBase::Environment => (
                format!("{of} takes its credentials from the environment (credential_source), where there are none"),
                "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY".to_owned(),
            ),
            ProfileBase::Container => (
                format!("{of} takes its credentials from the container (credential_source), and they could not be read"),
                "check that the ECS task has a task role, or that the EKS pod has a Pod Identity association".to_owned(),
            ),
            ProfileBase::Instance => (
                format!("{of} takes its credentials from the EC2 instance (credential_source), and they could not be read"),
                "attach an IAM role to the instance".to_owned(),
            ),
        }
    }
}

fn sign_in() -> String {
    "sign in (aws sso login, aws login, aws configure), then name the profile with --profile or AWS_PROFILE".to_owned()
}

/// Returns whether it is the role that could not be assumed, and not the credentials to assume it with that are missing.
fn is_about_role(failure: &CredentialsError, base: ProfileBase) -> bool {
    use aws_sdk_sts::error::SdkError;
    use aws_sdk_sts::operation::assume_role::AssumeRoleError;
    let mut error: Option<&(dyn StdError + 'static)> = Some(failure);
    while let Some(found) = error {
        if found.downcast_ref::<SdkError<AssumeRoleError>>().is_some() {
            return true;
        }
        error = found.source();
    }
    base == ProfileBase::Keys
}

fn shortened(text: &str) -> String {
    let text = text.trim();
    match text.char_indices().nth(LONGEST_TEXT) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
