//! `completions`: the script that completes ddalert's command line in a shell.

use clap::Args;
use clap_complete::Shell;
use schemars::JsonSchema;
use serde::Serialize;

use crate::cli::context::Context;
use crate::cli::error::{CliError, Exit};

/// Print the completion script for a shell
///
/// bash: ddalert completions bash > ~/.local/share/bash-completion/completions/ddalert
/// zsh: ddalert completions zsh > a folder of $fpath, as _ddalert
/// fish: ddalert completions fish > ~/.config/fish/completions/ddalert.fish
/// PowerShell: ddalert completions powershell >> $PROFILE
/// elvish: ddalert completions elvish >> ~/.config/elvish/rc.elv
#[derive(Clone, Debug, Args)]
#[command(
    verbatim_doc_comment,
    after_long_help = "Examples:
  ddalert completions bash > ~/.local/share/bash-completion/completions/ddalert
  ddalert completions zsh > _ddalert"
)]
pub(crate) struct Completions {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

/// What `completions` answers.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Script {
    /// The shell.
    shell: String,
    /// The script, to be stored where the shell looks for completions.
    script: String,
}

impl Completions {
    pub(crate) fn run(
        self,
        context: &Context,
        mut command: clap::Command,
    ) -> Result<Exit, CliError> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut command, "ddalert", &mut script);
        let script = String::from_utf8_lossy(&script).into_owned();
        let shell = self.shell.to_string();
        context
            .ui
            .answer_as(script.clone().trim_end(), &[Script { shell, script }])?;
        Ok(Exit::Done)
    }
}
