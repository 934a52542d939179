//! Writes the relays that ddalert carries: a zip for each, checked and packed as `deploy-*` would do it, and the list of them.

use std::ffi::OsString;
use std::fs;
use std::path::Path;

use sha2::{Digest, Sha256};

use super::package::{ARM64, PackageError, X86_64, build, package_binary};
use super::relay_version::relay_version;

/// The variables that name a relay, and the architecture that it must have. The first relay is the one that is preferred.
pub(crate) const VARIABLES: [(&str, &str); 2] = [
    ("DDALERT_RELAY_ARM64", ARM64),
    ("DDALERT_RELAY_X86_64", X86_64),
];

/// Writes into `out` the zips and `built_in_relays.rs`, the list that the library includes.
///
/// # Errors
/// A variable names no relay that can be built in; in one line, with what to do.
pub(crate) fn write(out: &Path, variable: impl Fn(&str) -> Option<OsString>) -> Result<(), String> {
    let mut list = String::new();
    for (name, architecture) in VARIABLES {
        if let Some(path) = variable(name) {
            let entry = relay(Path::new(&path), architecture, out);
            list += &entry.map_err(|why| format!("{name}: {why}"))?;
        }
    }
    write_file(
        &out.join("built_in_relays.rs"),
        format!("&[{list}]").as_bytes(),
    )
}

/// Packs one relay into `out`, and returns its entry of the list.
fn relay(path: &Path, architecture: &str, out: &Path) -> Result<String, String> {
    if path.as_os_str().is_empty() {
        return Err("it is empty; name the relay's binary, or unset the variable".to_owned());
    }
    let shown = path.display();
    let binary = fs::read(path).map_err(|why| format!("reading {shown}: {why}"))?;
    let refused = |error: PackageError| format!("{error}; {}", error.hint());
    let package = package_binary(path, &binary).map_err(refused)?;
    if package.architecture != architecture {
        let built_for = package.architecture;
        let hint = build(architecture);
        return Err(format!(
            "{shown} is built for {built_for}, not for {architecture}; {hint}"
        ));
    }
    let own = env!("CARGO_PKG_VERSION");
    let version = relay_version(&binary)
        .ok_or_else(|| format!("{shown} is not ddalert-relay: it does not say its version"))?;
    if version != own {
        return Err(format!(
            "{shown} is the relay of ddalert {version}, and this is ddalert {own}; build both from the same source"
        ));
    }
    let zip = out.join(format!("relay-{architecture}.zip"));
    write_file(&zip, &package.zip)?;
    let digits = Sha256::digest(&binary);
    let digits = digits
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect::<String>();
    let code_sha256 = package.sha256;
    Ok(format!(
        "BuiltInRelay {{ architecture: {architecture:?}, version: {version:?}, binary_sha256: {digits:?}, \
         code_sha256: {code_sha256:?}, zip: include_bytes!({zip:?}) }},"
    ))
}

fn write_file(path: &Path, bytes: &[u8]) -> Result<(), String> {
    fs::write(path, bytes).map_err(|why| format!("writing {}: {why}", path.display()))
}
