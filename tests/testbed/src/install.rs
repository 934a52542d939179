//! Installs Python packages below `target/` on first use, once, however many tests ask for them at the same time.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use sha2::{Digest, Sha256};

/// A package with what it needs.
#[derive(Clone, Copy, Debug)]
pub struct Package {
    /// Its name on PyPI.
    pub name: &'static str,
    /// Its version, and those of what it needs, as pip reads them: `name==version`, one a line.
    pub requirements: &'static str,
}

/// A Python and a folder of modules that holds a package.
#[derive(Debug)]
pub struct Installation {
    /// The interpreter itself, not a shim that needs its user's environment.
    pub python: PathBuf,
    /// What has to be on its module path.
    pub modules: PathBuf,
}

impl Installation {
    /// Returns the installation of a package, made now where it is missing: some seconds, and some tens of megabytes.
    pub fn find_or_make(package: Package) -> Result<Self, String> {
        let (python, python_version) = python()?;
        let base = target_folder().join(package.name);
        // A module compiled for one Python does not load in another.
        let modules = base.join(format!(
            "{}-{}-py{python_version}",
            package.version(),
            package.requirements_hash()
        ));
        fs::create_dir_all(&base).map_err(|e| format!("cannot create {}: {e}", base.display()))?;
        let lock = File::create(base.join(".lock"))
            .map_err(|e| format!("cannot create the lock of {}: {e}", base.display()))?;
        lock.lock()
            .map_err(|e| format!("cannot lock {}: {e}", base.display()))?;
        if !modules.is_dir() {
            // The rename is what marks an installation as complete: an interrupted one leaves only its scratch folder.
            let scratch = tempfile::tempdir_in(&base)
                .map_err(|e| format!("cannot create a folder in {}: {e}", base.display()))?;
            package.install(&python, scratch.path())?;
            fs::rename(scratch.path().join("modules"), &modules)
                .map_err(|e| format!("cannot create {}: {e}", modules.display()))?;
        }
        Ok(Self { python, modules })
    }
}

impl Package {
    /// Returns the version, which the requirements pin.
    pub fn version(&self) -> &'static str {
        self.requirements
            .lines()
            .find_map(|line| line.strip_prefix(self.name)?.strip_prefix("=="))
            .expect("the requirements pin the package")
    }

    /// Returns what changes with the requirements, so that what was installed for others is not taken for these.
    fn requirements_hash(&self) -> String {
        Sha256::digest(self.requirements)
            .iter()
            .take(4)
            .map(|byte| format!("{byte:02x}"))
            .collect()
    }

    /// Fills `scratch/modules`, with the pip of a virtual environment, else with the interpreter's own.
    fn install(&self, python: &Path, scratch: &Path) -> Result<(), String> {
        let requirements = scratch.join("requirements.txt");
        fs::write(&requirements, self.requirements)
            .map_err(|e| format!("cannot write {}: {e}", requirements.display()))?;
        let pip = pip(python, &scratch.join("venv")).ok_or_else(|| {
            format!(
                "{} is installed with pip, and this Python has neither `venv` nor `pip`: install `python3-venv`",
                self.name
            )
        })?;
        let mut command = Command::new(pip);
        command.args([
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "--no-warn-script-location",
        ]);
        let output = command
            .arg("--target")
            .arg(scratch.join("modules"))
            .arg("-r")
            .arg(requirements)
            .stdin(Stdio::null())
            .output();
        let output = output.map_err(|e| format!("cannot run pip: {e}"))?;
        if output.status.success() {
            return Ok(());
        }
        Err(format!(
            "pip cannot install {} {}: {}",
            self.name,
            self.version(),
            String::from_utf8_lossy(&output.stderr).trim()
        ))
    }
}

/// Finds the interpreter and its version as `3.11`.
fn python() -> Result<(PathBuf, String), String> {
    let show = "import sys; print(sys.executable); print('%d.%d' % sys.version_info[:2])";
    let output = Command::new("python3").args(["-c", show]).output();
    let output =
        output.map_err(|e| format!("this needs Python 3.10 or newer: cannot run python3: {e}"))?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let mut lines = text.lines();
    match (lines.next(), lines.next()) {
        (Some(path), Some(version)) => Ok((PathBuf::from(path), version.to_owned())),
        _ => Err(format!(
            "python3 does not say where it is: {}",
            String::from_utf8_lossy(&output.stderr).trim()
        )),
    }
}

/// Returns an interpreter that has pip.
fn pip(python: &Path, venv: &Path) -> Option<PathBuf> {
    let succeeds = |command: &mut Command| {
        command
            .stdin(Stdio::null())
            .output()
            .is_ok_and(|output| output.status.success())
    };
    if succeeds(Command::new(python).args(["-m", "venv"]).arg(venv)) {
        return Some(venv.join("bin").join("python"));
    }
    succeeds(Command::new(python).args(["-m", "pip", "--version"])).then(|| python.to_owned())
}

/// Returns the `target` folder that this test was built into, wherever it was put.
fn target_folder() -> PathBuf {
    let built = std::env::current_exe().unwrap_or_default();
    let marked = built
        .ancestors()
        .find(|folder| folder.join("CACHEDIR.TAG").is_file());
    marked.map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target"),
        Path::to_owned,
    )
}
