//! What the process was started with, read once in `main`; nothing below asks for it again.

use std::path::PathBuf;

/// The variables and places that the command line takes from its process.
#[derive(Clone, Debug, Default)]
pub struct ProcessEnvironment {
    /// The value of `DDALERT_WEBHOOK_URL`.
    pub webhook_url: Option<String>,
    /// The value of `DDALERT_SIGNING_SECRET`.
    pub signing_secret: Option<String>,
    /// The file that `SSL_CERT_FILE` names.
    pub extra_roots: Option<PathBuf>,
    /// The folder of the running program, beside which the relay is looked for.
    pub folder: Option<PathBuf>,
}
