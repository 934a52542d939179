//! A control group whose processes get a share of one core, as Lambda gives a small function.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// How much a function with 128 MB gets: a whole core has 1,769 MB.
pub const PERCENT: u64 = 7;
/// How often the share is handed out, in microseconds, on Lambda too.
const PERIOD: u64 = 20_000;
const QUOTA: u64 = PERIOD * PERCENT / 100;

/// A control group of the benchmark's own; removed when it is dropped, which must be after its processes have ended.
pub struct CoreShare {
    folder: PathBuf,
}

impl CoreShare {
    /// Makes the group in the second or the first version of Linux's control groups.
    ///
    /// # Errors
    /// There are no control groups here, or this user may not make one.
    pub fn make() -> Result<CoreShare, String> {
        let name = format!("ddalert-bench-{}", std::process::id());
        let version_2 = [("cpu.max".to_owned(), format!("{QUOTA} {PERIOD}"))];
        let version_1 = [
            ("cpu.cfs_period_us".to_owned(), PERIOD.to_string()),
            ("cpu.cfs_quota_us".to_owned(), QUOTA.to_string()),
        ];
        let mut reasons = Vec::new();
        for (parent, settings) in [
            ("/sys/fs/cgroup", &version_2[..]),
            ("/sys/fs/cgroup/cpu", &version_1[..]),
        ] {
            let folder = Path::new(parent).join(&name);
            match fs::create_dir(&folder) {
                Ok(()) => {
                    let share = CoreShare { folder };
                    match share.set(settings) {
                        Ok(()) => return Ok(share),
                        Err(why) => reasons.push(why),
                    }
                }
                Err(error) => reasons.push(format!("{}: {error}", folder.display())),
            }
        }
        Err(reasons.join("; "))
    }

    fn set(&self, settings: &[(String, String)]) -> Result<(), String> {
        for (file, value) in settings {
            let file = self.folder.join(file);
            // A file system that is not one of control groups would take any name.
            if !file.exists() {
                return Err(format!("{} does not exist", file.display()));
            }
            fs::write(&file, value).map_err(|error| format!("{}: {error}", file.display()))?;
        }
        Ok(())
    }

    /// Returns a command that waits for a line on its standard input, and then becomes `program` with this share.
    pub fn command(&self, program: &Path) -> Command {
        let mut command = Command::new("/bin/sh");
        command
            .args(["-c", "echo $$ >\"$0\" && read -r _ && exec \"$@\""])
            .arg(self.folder.join("cgroup.procs"))
            .arg(program);
        command
    }
}

impl Drop for CoreShare {
    fn drop(&mut self) {
        fs::remove_dir(&self.folder).ok();
    }
}
