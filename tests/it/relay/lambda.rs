//! Plays Lambda: runs the built relay against a Runtime API on loopback, hands it events, and collects what it reports.

use std::process::Stdio;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use serde_json::{Value, json};
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::{Child, Command};
use tokio::sync::{Mutex, mpsc};
use tokio::task::JoinHandle;

use super::server::{Reply, Server};

/// A part of every webhook URL of these tests; nothing that the relay says may hold it.
pub const TOKEN: &str = "sesame-open";

/// What the relay reports of an invocation, or of its start.
#[derive(Debug, PartialEq)]
pub enum Report {
    Done,
    /// The answer to a batch from a queue.
    Answered(Value),
    Failed {
        error_type: String,
        message: String,
    },
    NotStarted {
        message: String,
    },
}

impl Report {
    /// Returns the ids of the messages of a batch that are to be kept.
    pub fn kept(self) -> Vec<String> {
        let Report::Answered(answer) = self else {
            panic!("not an answer to a batch: {self:?}")
        };
        let failures = answer["batchItemFailures"].as_array().expect("a list");
        let id = |failure: &Value| {
            failure["itemIdentifier"]
                .as_str()
                .expect("an id")
                .to_owned()
        };
        failures.iter().map(id).collect()
    }

    /// Returns the error's type and message.
    pub fn failed(self) -> (String, String) {
        match self {
            Report::Failed {
                error_type,
                message,
            } => (error_type, message),
            other => panic!("not a failed invocation: {other:?}"),
        }
    }
}

/// A sandbox that runs the relay.
pub struct Sandbox {
    relay: Child,
    events: mpsc::UnboundedSender<(String, Duration)>,
    reports: mpsc::UnboundedReceiver<Report>,
    /// What the relay writes, read while it runs: a pipe that is full would stop it.
    stdout: JoinHandle<String>,
    stderr: JoinHandle<String>,
    _runtime_api: Server,
}

/// What the relay wrote.
pub struct Output {
    pub stdout: String,
    pub stderr: String,
}

impl Output {
    /// Returns the lines about an event.
    pub fn lines(&self, event: &str) -> Vec<Value> {
        let lines = self
            .stdout
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).expect("a line of JSON"));
        lines.filter(|line| line["event"] == event).collect()
    }
}

impl Sandbox {
    /// Starts the relay with an environment as Lambda gives it, changed by `environment`; an empty value takes a variable out.
    pub async fn start(environment: &[(&str, &str)]) -> Sandbox {
        let (events, pending) = mpsc::unbounded_channel::<(String, Duration)>();
        let (reported, reports) = mpsc::unbounded_channel();
        let pending = Arc::new(Mutex::new(pending));
        let runtime_api = Server::start(None, move |index, request| {
            let (pending, reported) = (Arc::clone(&pending), reported.clone());
            async move {
                let said = serde_json::from_slice::<Value>(&request.body).unwrap_or_default();
                let text = |key: &str| said[key].as_str().unwrap_or_default().to_owned();
                let report = match request.path.trim_start_matches("/2018-06-01/runtime/") {
                    "invocation/next" => return next(index, pending.lock().await.recv().await),
                    "init/error" => Report::NotStarted {
                        message: text("errorMessage"),
                    },
                    path if path.ends_with("/error") => Report::Failed {
                        error_type: text("errorType"),
                        message: text("errorMessage"),
                    },
                    path => {
                        assert!(path.ends_with("/response"), "{path}");
                        match said.get("batchItemFailures") {
                            Some(_) => Report::Answered(said),
                            None => Report::Done,
                        }
                    }
                };
                reported.send(report).ok();
                Reply::Answer(202, Vec::new(), String::new())
            }
        })
        .await;
        let api = runtime_api.address.to_string();
        let lambda = [
            ("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"),
            ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128"),
            ("AWS_LAMBDA_FUNCTION_NAME", "ddalert-test"),
            ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
            ("AWS_LAMBDA_RUNTIME_API", api.as_str()),
            ("AWS_REGION", "eu-west-1"),
            ("AWS_SECRET_ACCESS_KEY", "secret-access-key"),
            ("AWS_SESSION_TOKEN", "session-token"),
            ("DDALERT_TARGET", "slack"),
        ];
        let mut command = Command::new(env!("CARGO_BIN_EXE_ddalert-relay"));
        command
            .env_clear()
            .envs(lambda)
            .envs(environment.iter().copied());
        for (name, _) in environment.iter().filter(|(_, value)| value.is_empty()) {
            command.env_remove(name);
        }
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        let mut relay = command.spawn().expect("the relay starts");
        Sandbox {
            stdout: tokio::spawn(read(relay.stdout.take().expect("a pipe"))),
            stderr: tokio::spawn(read(relay.stderr.take().expect("a pipe"))),
            relay,
            events,
            reports,
            _runtime_api: runtime_api,
        }
    }

    /// Starts the relay with the URL of a room in its environment.
    pub async fn for_room(room: &Server) -> Sandbox {
        Sandbox::start(&[("DDALERT_WEBHOOK_URL", &webhook(room))]).await
    }

    /// Hands over an event and waits for the relay's report; fails where the relay goes over the deadline.
    pub async fn invoke_within(&mut self, event: Value, limit: Duration) -> Report {
        self.invoke_text(event.to_string(), limit).await
    }

    /// As [`invoke_within`](Self::invoke_within), with an event that need not be JSON.
    pub async fn invoke_text(&mut self, event: String, limit: Duration) -> Report {
        self.events
            .send((event, limit))
            .expect("the Runtime API runs");
        // The relay is to be done before the deadline, and an earlier one where it must first start.
        let report =
            tokio::time::timeout(limit + Duration::from_secs(5), self.reports.recv()).await;
        let report = report.expect("a report in time").expect("a report");
        assert!(!format!("{report:?}").contains(TOKEN), "{report:?}");
        report
    }

    /// Hands over an event with plenty of time.
    pub async fn invoke(&mut self, event: Value) -> Report {
        self.invoke_within(event, Duration::from_secs(20)).await
    }

    /// Returns the most memory that the relay has used, in bytes.
    pub fn peak_memory(&self) -> u64 {
        let id = self.relay.id().expect("the relay runs");
        let status = std::fs::read_to_string(format!("/proc/{id}/status")).expect("a process");
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kilobytes = peak.and_then(|peak| peak.trim().strip_suffix(" kB"));
        1024 * kilobytes
            .expect("the peak")
            .trim()
            .parse::<u64>()
            .expect("a number")
    }

    /// Waits for the relay to exit by itself.
    pub async fn exit(mut self) -> (Report, i32, Output) {
        let status = tokio::time::timeout(Duration::from_secs(10), self.relay.wait())
            .await
            .expect("an exit")
            .expect("a status");
        let report = self.reports.recv().await.expect("a report");
        assert!(!format!("{report:?}").contains(TOKEN), "{report:?}");
        (report, status.code().unwrap_or(-1), self.stop().await)
    }

    /// Ends the sandbox and returns what the relay wrote, after looking for the webhook URL in all of it.
    pub async fn stop(mut self) -> Output {
        self.relay.start_kill().ok();
        let stdout = self.stdout.await.expect("no panic");
        let stderr = self.stderr.await.expect("no panic");
        assert!(!stdout.contains(TOKEN), "{stdout}");
        assert!(!stderr.contains(TOKEN), "{stderr}");
        Output { stdout, stderr }
    }
}

async fn read(mut pipe: impl AsyncRead + Unpin) -> String {
    let mut text = String::new();
    pipe.read_to_string(&mut text).await.expect("text");
    text
}

fn next(index: usize, event: Option<(String, Duration)>) -> Reply {
    let Some((event, limit)) = event else {
        return Reply::Hang;
    };
    let end = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .expect("after 1970")
        + limit;
    let headers = vec![
        ("lambda-runtime-aws-request-id", format!("request-{index}")),
        ("lambda-runtime-deadline-ms", end.as_millis().to_string()),
        (
            "lambda-runtime-invoked-function-arn",
            "arn:aws:lambda:eu-west-1:123456789012:function:ddalert-test".to_owned(),
        ),
    ];
    Reply::Answer(200, headers, event)
}

/// Returns a webhook URL of a room.
pub fn webhook(room: &Server) -> String {
    room.url(&format!("/services/T0/B0/{TOKEN}?token={TOKEN}-query"))
}

/// Returns an SNS record.
pub fn record(id: &str, message: &str) -> Value {
    json!({
        "EventSource": "aws:sns",
        "EventVersion": "1.0",
        "Sns": {
            "Type": "Notification",
            "MessageId": id,
            "TopicArn": "arn:aws:sns:eu-west-1:123456789012:BadIoTDevices",
            "Subject": null,
            "Message": message,
            "Timestamp": "2026-11-06T08:49:37.123Z",
            "SigningCertUrl": "https://sns.eu-west-1.amazonaws.com/x.pem",
            "MessageAttributes": {},
        },
    })
}

/// Returns an SNS event with one record.
pub fn event(id: &str, message: &str) -> Value {
    json!({ "Records": [record(id, message)] })
}
