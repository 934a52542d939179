//! MiniStack as a child process: started on a free port with an environment of its own, ended with the test.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::install::{Installation, Package};

/// The emulator, and what it needs.
pub const MINISTACK: Package = Package {
    name: "ministack",
    requirements: include_str!("ministack-requirements.txt"),
};

/// Ready in 0.4 s on an idle machine; a machine that compiles at the same time takes longer.
const READY_WITHIN: Duration = Duration::from_secs(30);

/// The file in the emulator's home that holds what it says.
const LOG: &str = "ministack.log";

/// Another process may take the free port before MiniStack does.
const ATTEMPTS: usize = 3;

/// A running emulator. Dropped, or its process killed, it takes every function it runs with it.
#[derive(Debug)]
pub struct MiniStack {
    address: SocketAddr,
    home: PathBuf,
    guard: Child,
}

impl MiniStack {
    /// Returns the emulator that all tests of this process share; each keeps to an [`Account`](super::account::Account) of its own.
    ///
    /// # Panics
    ///
    /// Where the emulator cannot be installed or started; the message says why.
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<MiniStack> = OnceLock::new();
        SHARED.get_or_init(Self::start)
    }

    /// Starts an emulator whose functions call it directly.
    ///
    /// # Panics
    ///
    /// As [`MiniStack::shared`].
    pub fn start() -> Self {
        Self::start_with(|address| format!("http://{address}"))
    }

    /// Starts an emulator whose functions call the endpoint that is returned for its address: a proxy in front of it.
    ///
    /// # Panics
    ///
    /// As [`MiniStack::shared`].
    pub fn start_with(mut functions_call: impl FnMut(SocketAddr) -> String) -> Self {
        let installation = Installation::find_or_make(MINISTACK).unwrap_or_else(|e| panic!("{e}"));
        let mut last = String::new();
        for _ in 0..ATTEMPTS {
            let address = free_address().expect("a free port on loopback");
            match Self::launch(&installation, address, &functions_call(address)) {
                Ok(ministack) => return ministack,
                Err(e) => last = e,
            }
        }
        panic!("MiniStack does not start: {last}")
    }

    fn launch(
        installation: &Installation,
        address: SocketAddr,
        functions_call: &str,
    ) -> Result<Self, String> {
        let home = tempfile::Builder::new()
            .prefix("ministack-")
            .tempdir()
            .map_err(|e| e.to_string())?
            .keep();
        let mut command = Command::new(&installation.python);
        // MiniStack hands its environment to the functions: whatever is here, they see.
        command.env_clear().envs([
            ("PATH", "/usr/bin:/bin"),
            ("BIND_HOST", "127.0.0.1"),
            ("AWS_ENDPOINT_URL", functions_call),
            ("MINISTACK_ACCOUNT_ID", "123456789012"),
            ("AUTH", "true"),
            ("LAMBDA_ASYNC_RETRY_BASE_SECONDS", "0.2"),
            // It would listen on a fixed port, which only one emulator of a machine can have.
            ("IOT_MTLS_ENABLED", "0"),
        ]);
        command
            .env("HOME", &home)
            .env("TMPDIR", &home)
            .env("GATEWAY_PORT", address.port().to_string());
        command
            .args(["-c", include_str!("guard.py")])
            .arg(&installation.modules)
            .arg(&home);
        let log = File::create(home.join(LOG)).map_err(|e| format!("cannot write its log: {e}"))?;
        let same_log = log
            .try_clone()
            .map_err(|e| format!("cannot write its log: {e}"))?;
        // A group of its own, so that Ctrl-C reaches it only as the end of its input, which it tidies up after.
        command
            .stdin(Stdio::piped())
            .stdout(log)
            .stderr(same_log)
            .process_group(0);
        let guard = command
            .spawn()
            .map_err(|e| format!("cannot run {}: {e}", installation.python.display()))?;
        let mut ministack = Self {
            address,
            home,
            guard,
        };
        ministack.wait_until_ready()?;
        Ok(ministack)
    }

    fn wait_until_ready(&mut self) -> Result<(), String> {
        let deadline = Instant::now() + READY_WITHIN;
        while Instant::now() < deadline {
            if self
                .request("GET", "/_ministack/ready")
                .is_ok_and(|(status, _)| status == 200)
            {
                return Ok(());
            }
            let failed = self.guard.try_wait().is_ok_and(|ended| ended.is_some())
                || self.log().contains("already in use");
            if failed {
                break;
            }
            thread::sleep(Duration::from_millis(20));
        }
        let log = self.log();
        let tail = log
            .lines()
            .rev()
            .take(20)
            .collect::<Vec<_>>()
            .into_iter()
            .rev()
            .collect::<Vec<_>>()
            .join("\n");
        Err(format!(
            "it is not ready at {}; the end of its log:\n{tail}",
            self.address
        ))
    }

    /// Returns where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns the endpoint URL for a client that wants no proxy.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Returns what it has logged so far.
    pub fn log(&self) -> String {
        fs::read(self.home.join(LOG))
            .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
            .unwrap_or_default()
    }

    /// Forgets every resource of every account: not for the shared emulator.
    pub fn reset(&self) {
        let (status, body) = self
            .request("POST", "/_ministack/reset")
            .expect("an answer to the reset");
        assert_eq!(status, 200, "{body}");
    }

    /// Returns the text messages that were published directly to phones, of all accounts.
    pub fn sms_messages(&self) -> Value {
        let (status, body) = self
            .request("GET", "/_ministack/sns/sms-messages")
            .expect("an answer about text messages");
        assert_eq!(status, 200, "{body}");
        serde_json::from_str(&body).expect("a JSON list of text messages")
    }

    /// Asks one of the emulator's own pages; HTTP 1.0, so that the end of the answer is the end of the connection.
    fn request(&self, method: &str, path: &str) -> io::Result<(u16, String)> {
        let mut stream = TcpStream::connect_timeout(&self.address, Duration::from_secs(1))?;
        stream.set_read_timeout(Some(Duration::from_secs(10)))?;
        write!(
            stream,
            "{method} {path} HTTP/1.0\r\nHost: {}\r\nContent-Length: 0\r\n\r\n",
            self.address
        )?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        let (head, body) = answer
            .split_once("\r\n\r\n")
            .ok_or(io::ErrorKind::InvalidData)?;
        let status = head
            .split(' ')
            .nth(1)
            .and_then(|status| status.parse().ok())
            .ok_or(io::ErrorKind::InvalidData)?;
        Ok((status, body.to_owned()))
    }
}

impl Drop for MiniStack {
    fn drop(&mut self) {
        // The end of its input is what ends the guard, and with it the server and the functions.
        drop(self.guard.stdin.take());
        let _ = self.guard.wait();
        // It has done so itself, unless it was killed.
        let _ = fs::remove_dir_all(&self.home);
    }
}

fn free_address() -> io::Result<SocketAddr> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()
}
