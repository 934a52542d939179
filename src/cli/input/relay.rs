//! The relay's binary: the file that is named, else what is built into ddalert, else the file beside it; and which architecture of
//! it a function gets.

use std::path::{Path, PathBuf};

use clap::Args;

use crate::aws::built_in::BUILT_IN;
use crate::aws::package::{ARM64, Package, PackageError, X86_64, build, package};
use crate::chain::names::{CODE_TAG, code_tag};
use crate::chain::state::Function;
use crate::cli::context::{Context, TopicContext};
use crate::cli::error::CliError;

/// Options that choose the relay's binary.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct RelayInput {
    /// The relay's binary [default: built into ddalert, else ddalert-relay beside it]
    #[arg(long, value_name = "PATH")]
    relay: Option<PathBuf>,
    /// The function's architecture [default: what it has, else arm64 where ddalert has a relay for it]
    #[arg(long, value_name = "ARCHITECTURE", value_parser = [ARM64, X86_64])]
    architecture: Option<String>,
}

/// The relays that can be deployed, one for each architecture.
pub(crate) struct Relays {
    packages: Vec<Package>,
    /// Why the file beside ddalert is no relay, if it was not asked for: it is needed only where code must change.
    unusable: Option<PackageError>,
    /// Whether a function gets another architecture than it has: it was asked for, by name or by a file of it.
    is_asked: bool,
}

impl RelayInput {
    /// Packs the relays for Lambda.
    ///
    /// # Errors
    /// The binary that is asked for, by its path or its architecture, is not there or would not run on Lambda.
    pub(crate) fn relays(&self, context: &Context) -> Result<Relays, CliError> {
        let is_asked = self.architecture.is_some() || self.relay.is_some();
        let mut packages: Vec<Package> = Vec::new();
        let mut unusable = None;
        match &self.relay {
            None if !BUILT_IN.is_empty() => {
                packages.extend(BUILT_IN.iter().map(|relay| relay.package()));
            }
            path => {
                let beside = || match &context.environment.folder {
                    Some(folder) => folder.join("ddalert-relay"),
                    None => PathBuf::from("ddalert-relay"),
                };
                match packed(context, &path.clone().unwrap_or_else(beside)) {
                    Ok(package) => packages.push(package),
                    Err(error) if is_asked => return Err(refused(&error)),
                    Err(error) => unusable = Some(error),
                }
            }
        }
        if let Some(asked) = self.architecture.as_deref() {
            let there = listed(&packages);
            packages.retain(|package| package.architecture == asked);
            if packages.is_empty() {
                return Err(CliError::usage(format!(
                    "there is no relay for {asked}, only for {there}"
                ))
                .hint(build(asked)));
            }
        }
        Ok(Relays {
            packages,
            unusable,
            is_asked,
        })
    }
}

impl Relays {
    /// Returns the relay for the function that `topic` has under this name, or is to get; `None` if the function's code stays: it runs
    /// what ddalert deployed, and there is no relay at hand, which is said.
    ///
    /// # Errors
    /// There is no relay at hand, and the function needs one; or it has another architecture than the relays, and none was asked for.
    pub(crate) fn fitting(
        &self,
        context: &Context,
        topic: &TopicContext,
        name: &str,
        function: Option<&Function>,
    ) -> Result<Option<&Package>, CliError> {
        if let Some(unusable) = &self.unusable {
            return match function.is_some_and(runs_its_relay) {
                false => Err(refused(unusable)),
                true => {
                    context.ui.warn(format_args!(
                        "the code of {name} stays as it is: {unusable}"
                    ));
                    Ok(None)
                }
            };
        }
        let held = function.filter(|_| !self.is_asked).map(architecture);
        let chosen = choose(&self.packages, held, topic.clients.is_aws());
        chosen.map(Some).ok_or_else(|| {
            let (held, there) = (held.unwrap_or_default(), listed(&self.packages));
            let given = self
                .packages
                .first()
                .map_or(X86_64, |package| package.architecture);
            CliError::usage(format!(
                "{name} runs on {held}, and there is a relay only for {there}"
            ))
            .hint(format!(
                "move it with --architecture {given}, or give a relay for {held} with --relay PATH"
            ))
        })
    }
}

/// Returns the package of the architecture that a function has, or, for a new function, the best one: arm64 on AWS, where it costs
/// less; an emulator runs functions on a machine like this one.
fn choose<'a>(packages: &'a [Package], held: Option<&str>, is_aws: bool) -> Option<&'a Package> {
    let of = |architecture: &str| {
        let mut fitting = packages.iter();
        fitting.find(|package| package.architecture == architecture)
    };
    let own = if cfg!(target_arch = "aarch64") {
        ARM64
    } else {
        X86_64
    };
    match held {
        Some(held) => of(held),
        None if is_aws => of(ARM64).or(packages.first()),
        None => of(own).or(packages.first()),
    }
}

/// Returns whether a function runs what ddalert deployed.
fn runs_its_relay(function: &Function) -> bool {
    let runs = code_tag(&function.architecture, &function.code_sha256);
    function.tags.get(CODE_TAG) == Some(&runs)
}

fn refused(error: &PackageError) -> CliError {
    CliError::usage(error.to_string()).hint(error.hint())
}

/// Returns the architecture that a function was deployed with: what the tag of its code says, else what it has.
fn architecture(function: &Function) -> &str {
    let deployed = function
        .tags
        .get(CODE_TAG)
        .and_then(|tag| tag.split(':').next());
    deployed
        .filter(|deployed| [ARM64, X86_64].contains(deployed))
        .unwrap_or(&function.architecture)
}

/// Says for which architectures there are packages, and where they come from.
fn listed(packages: &[Package]) -> String {
    let listed: Vec<String> = packages.iter().map(ToString::to_string).collect();
    listed.join(" and ")
}

fn packed(context: &Context, path: &Path) -> Result<Package, PackageError> {
    let _progress = context.ui.progress("Packing the relay");
    package(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::package::Source;

    fn relay(architecture: &'static str) -> Package {
        Package {
            zip: Vec::new().into(),
            sha256: String::new(),
            architecture,
            source: Source::BuiltIn,
        }
    }

    fn chosen(packages: &[Package], held: Option<&str>, is_aws: bool) -> Option<&'static str> {
        choose(packages, held, is_aws).map(|package| package.architecture)
    }

    #[test]
    fn a_function_keeps_its_architecture_and_a_new_one_gets_the_best_there_is() {
        let own = if cfg!(target_arch = "aarch64") {
            ARM64
        } else {
            X86_64
        };
        let both = [relay(ARM64), relay(X86_64)];
        assert_eq!(chosen(&both, None, true), Some(ARM64));
        assert_eq!(chosen(&both, None, false), Some(own));
        let (intel, arm) = ([relay(X86_64)], [relay(ARM64)]);
        for is_aws in [true, false] {
            assert_eq!(chosen(&both, Some(X86_64), is_aws), Some(X86_64));
            assert_eq!(chosen(&both, Some(ARM64), is_aws), Some(ARM64));
            assert_eq!(chosen(&intel, None, is_aws), Some(X86_64));
            assert_eq!(chosen(&arm, None, is_aws), Some(ARM64));
            assert_eq!(chosen(&intel, Some(ARM64), is_aws), None);
            assert_eq!(chosen(&arm, Some(X86_64), is_aws), None);
        }
    }
}
