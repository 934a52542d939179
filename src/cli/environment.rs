//! What the process was started with, read once in `main`; nothing below asks for it again.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::aws::AwsVariables;
use crate::http::{Proxies, ProxyError};

/// The variables and places that the command line takes from its process.
pub struct ProcessEnvironment {
    /// The value of `DDALERT_WEBHOOK_URL`.
    pub(super) webhook_url: Option<String>,
    /// The value of `DDALERT_SIGNING_SECRET`.
    pub(super) signing_secret: Option<String>,
    /// The file that `SSL_CERT_FILE` names.
    pub(super) extra_roots: Option<PathBuf>,
    /// The folder of the running program, beside which the relay is looked for.
    pub(super) folder: Option<PathBuf>,
    /// The variables that choose the account and the way to it.
    pub(super) aws: AwsVariables,
    /// The proxies, or what is wrong with a variable that names one.
    pub(super) proxies: Result<Proxies, ProxyError>,
}

impl ProcessEnvironment {
    /// Reads the environment variables through `variable`; `folder` is where the running program is.
    pub fn read(
        variable: impl Fn(&str) -> Option<OsString>,
        folder: Option<&Path>,
    ) -> ProcessEnvironment {
        let text = |name: &str| variable(name)?.into_string().ok();
        ProcessEnvironment {
            webhook_url: text("DDALERT_WEBHOOK_URL"),
            signing_secret: text("DDALERT_SIGNING_SECRET"),
            extra_roots: variable("SSL_CERT_FILE")
                .filter(|file| !file.is_empty())
                .map(Into::into),
            folder: folder.map(Path::to_owned),
            aws: AwsVariables::read(text),
            proxies: Proxies::from_env(text),
        }
    }
}
