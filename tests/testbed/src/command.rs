//! Runs a built binary as a stranger would: with an environment of its own and none of this machine's.

use std::ffi::OsStr;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};

use tempfile::TempDir;

use super::account::Account;
use super::terminal::Terminal;

/// One run of a binary, being prepared.
#[derive(Debug)]
pub struct Run {
    command: Command,
    stdin: Option<String>,
    // Kept for as long as the run: removed with it.
    home: TempDir,
}

/// What a run came to.
#[derive(Debug)]
#[must_use = "look at what it said, or assert its success"]
pub struct Output {
    /// How it ended.
    pub status: ExitStatus,
    /// The answer.
    pub stdout: String,
    /// Everything else.
    pub stderr: String,
}

impl Run {
    /// Prepares a run of `binary` without credentials.
    pub fn new(binary: &Path) -> Self {
        let home = tempfile::tempdir().expect("a home folder");
        let mut command = Command::new(binary);
        command
            .env_clear()
            .env("HOME", home.path())
            .env("PATH", "/usr/bin:/bin")
            .current_dir(home.path());
        command
            .env("COLUMNS", "80")
            .env("NO_COLOR", "1")
            .env("AWS_EC2_METADATA_DISABLED", "true");
        Self {
            command,
            stdin: None,
            home,
        }
    }

    /// Gives it an account, reached through this endpoint.
    pub fn account(mut self, account: &Account, endpoint: &str) -> Self {
        self.command.envs(account.environment(endpoint));
        self
    }

    /// Adds arguments.
    pub fn args<S: AsRef<OsStr>>(mut self, args: impl IntoIterator<Item = S>) -> Self {
        self.command.args(args);
        self
    }

    /// Sets a variable.
    pub fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// Gives it text to read; without, its standard input is empty.
    pub fn stdin(mut self, text: &str) -> Self {
        self.stdin = Some(text.to_owned());
        self
    }

    /// Writes a file into its home folder, which is where it runs, and returns the path.
    pub fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.home.path().join(name);
        std::fs::write(&path, text).expect("a file in the home folder");
        path
    }

    /// Writes a file into its home folder, which is where it runs.
    pub fn with_file(self, name: &str, text: &str) -> Self {
        self.file(name, text);
        self
    }

    /// Runs it to its end.
    pub fn output(self) -> Output {
        let (child, _home) = self.start();
        let output = child.wait_with_output().expect("the end of the run");
        Output {
            status: output.status,
            stdout: String::from_utf8(output.stdout).expect("UTF-8 on standard output"),
            stderr: String::from_utf8(output.stderr).expect("UTF-8 on standard error"),
        }
    }

    /// Starts it on a terminal, for somebody to answer what it asks.
    pub fn on_terminal(self) -> Terminal {
        Terminal::start(self.command, self.home)
    }

    /// Starts it on a terminal that is this many columns wide. What it writes is kept with its colours.
    pub fn on_terminal_of(self, columns: u16) -> Terminal {
        self.on_screen_of(200, columns)
    }

    /// Starts it on a terminal with this many rows and columns. What it writes is kept with its colours.
    pub fn on_screen_of(self, rows: u16, columns: u16) -> Terminal {
        let mut sized = Command::new("sh");
        sized
            .args(["-c", "stty rows \"$0\" cols \"$1\" && shift && exec \"$@\""])
            .arg(rows.to_string())
            .arg(columns.to_string())
            .arg(self.command.get_program())
            .args(self.command.get_args())
            .env_clear();
        for (name, value) in self.command.get_envs() {
            if let Some(value) = value {
                sized.env(name, value);
            }
        }
        if let Some(folder) = self.command.get_current_dir() {
            sized.current_dir(folder);
        }
        Terminal::with_colours(sized, self.home)
    }

    /// Starts it and lets it run, to be interrupted; its home folder is to be kept as long as it runs.
    pub fn start(mut self) -> (Child, TempDir) {
        let stdin = if self.stdin.is_some() {
            Stdio::piped()
        } else {
            Stdio::null()
        };
        self.command
            .stdin(stdin)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = self
            .command
            .spawn()
            .unwrap_or_else(|e| panic!("cannot run {:?}: {e}", self.command.get_program()));
        if let (Some(text), Some(mut stdin)) = (self.stdin, child.stdin.take()) {
            // A program that does not read what it is given has closed the pipe, and says why by itself.
            let _ = stdin.write_all(text.as_bytes());
        }
        (child, self.home)
    }
}

impl Output {
    /// Returns the answer of a run that succeeded.
    ///
    /// # Panics
    ///
    /// Where it failed; the message holds all it said.
    pub fn success(self) -> String {
        assert!(self.status.success(), "{self}");
        self.stdout
    }

    /// Returns the answer of a run that succeeded, without its last line: the account and the region.
    ///
    /// # Panics
    ///
    /// Where it failed, or where its last line is another.
    pub fn answer(self) -> String {
        let said = self.success();
        let (answer, place) = said
            .trim_end()
            .rsplit_once('\n')
            .unwrap_or_else(|| panic!("no line with the account in: {said}"));
        assert!(place.starts_with("In the account "), "{said}");
        format!("{answer}\n")
    }

    /// Returns what was said on standard error by a run that ended with this code.
    ///
    /// # Panics
    ///
    /// Where it ended otherwise; the message holds all it said.
    pub fn failure(self, code: i32) -> String {
        assert_eq!(self.status.code(), Some(code), "{self}");
        self.stderr
    }
}

impl std::fmt::Display for Output {
    /// All of it, as a snapshot shows it.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}------- stderr -------\n{}", self.stdout, self.stderr)?;
        match self.status.code() {
            Some(code) => write!(f, "------- exit status: {code} -------"),
            None => write!(f, "------- killed -------"),
        }
    }
}
