//! Stands in front of the emulator: counts the calls, does what AWS does and the emulator doesn't, passes the rest on unchanged.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};

use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::{Request, Response, StatusCode, header};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;

use super::call::Call;
use super::fault::Fault;
use super::ministack::MiniStack;
use super::model::Model;
use super::rule::{Rule, Which};
use super::server::{Answer, Outcome, Server};
use super::wire::AwsError;

/// A reverse proxy of a test's own.
#[derive(Debug)]
pub struct Proxy {
    server: Server,
    inside: Arc<Inside>,
}

#[derive(Debug)]
struct Inside {
    upstream: SocketAddr,
    client: Client<HttpConnector, Full<Bytes>>,
    model: Model,
    calls: Mutex<Calls>,
    rules: Mutex<Vec<Rule>>,
    /// The accounts of the access keys that were seen to be made.
    keys: Mutex<BTreeMap<String, String>>,
    /// What each read was answered the last time, for one that is to lag behind.
    seen: Mutex<BTreeMap<String, Answer>>,
}

/// Every call, and how many of them the test wants to hear no more of.
#[derive(Debug, Default)]
struct Calls {
    all: Vec<Call>,
    forgotten: usize,
    /// The latest round trip of those that were answered.
    answered: usize,
}

impl Proxy {
    /// Stands in front of an emulator; the functions call the emulator itself.
    pub fn start(ministack: &MiniStack) -> Self {
        Self::before(ministack.address())
    }

    /// Starts an emulator of its own, whose functions call through the proxy as well.
    pub fn start_with_functions() -> (Self, MiniStack) {
        let mut proxy = None;
        let ministack =
            MiniStack::start_with(|address| proxy.insert(Self::before(address)).endpoint());
        (
            proxy.expect("the proxy that the emulator was started for"),
            ministack,
        )
    }

    fn before(upstream: SocketAddr) -> Self {
        let inside = Arc::new(Inside {
            upstream,
            client: Client::builder(TokioExecutor::new()).build_http(),
            model: Model::default(),
            calls: Mutex::default(),
            rules: Mutex::default(),
            keys: Mutex::default(),
            seen: Mutex::default(),
        });
        let handler = Arc::clone(&inside);
        let server = Server::start(move |request| {
            let inside = Arc::clone(&handler);
            async move { inside.serve(request).await }
        });
        Self { server, inside }
    }

    /// Returns the endpoint URL for a client.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.server.address())
    }

    /// Returns what is answered without the emulator, to read and to preset.
    pub fn model(&self) -> &Model {
        &self.inside.model
    }

    /// Returns every call so far, in order, retries among them.
    pub fn calls(&self) -> Vec<Call> {
        let calls = self.inside.calls();
        calls.all[calls.forgotten..].to_vec()
    }

    /// Returns the calls that changed something, or meant to.
    pub fn writes(&self) -> Vec<Call> {
        self.calls().into_iter().filter(Call::is_write).collect()
    }

    /// Returns the calls that fit `service:Action`, `service:*` or `*`.
    pub fn calls_of(&self, pattern: &str) -> Vec<Call> {
        self.calls()
            .into_iter()
            .filter(|call| call.is(pattern))
            .collect()
    }

    /// Returns how many round trips deep the calls were: the longest chain of calls that waited for each other. For this to mean
    /// something, every call must take about as long: see [`Fault::Delay`].
    pub fn round_trips(&self) -> usize {
        self.calls()
            .iter()
            .map(|call| call.round)
            .max()
            .unwrap_or_default()
    }

    /// Forgets the calls so far, to look at those that follow.
    pub fn forget_calls(&self) {
        let mut calls = self.inside.calls();
        calls.forgotten = calls.all.len();
        calls.answered = 0;
    }

    /// Begins a rule for the calls that fit `service:Action`, `service:*` or `*`.
    pub fn on(&self, pattern: &str) -> Occasion<'_> {
        Occasion::new(self, Which::Named(pattern.to_owned()))
    }

    /// Begins a rule for the calls that change something.
    pub fn on_writes(&self) -> Occasion<'_> {
        Occasion::new(self, Which::Writes)
    }

    /// Takes all rules back.
    pub fn heal(&self) {
        self.inside.rules().clear();
    }
}

/// When a fault is to happen; without more said, to every call that fits.
#[must_use = "nothing happens until a fault is given"]
#[derive(Debug)]
pub struct Occasion<'a> {
    proxy: &'a Proxy,
    which: Which,
    after: Option<String>,
    skip: usize,
    times: usize,
}

impl<'a> Occasion<'a> {
    fn new(proxy: &'a Proxy, which: Which) -> Self {
        Self {
            proxy,
            which,
            after: None,
            skip: 0,
            times: usize::MAX,
        }
    }

    /// Not before a call that fits `pattern` has succeeded.
    pub fn after(mut self, pattern: &str) -> Self {
        self.after = Some(pattern.to_owned());
        self
    }

    /// To so many calls only.
    pub fn times(mut self, times: usize) -> Self {
        self.times = times;
        self
    }

    /// To the call of this number alone, counted from 1 among those that fit.
    pub fn nth(mut self, n: usize) -> Self {
        (self.skip, self.times) = (n - 1, 1);
        self
    }

    /// Sets what happens. Earlier rules come first.
    pub fn fail(self, fault: Fault) {
        let Self {
            proxy,
            which,
            after,
            skip,
            times,
        } = self;
        proxy.inside.rules().push(Rule {
            which,
            after,
            skip,
            times,
            fault,
        });
    }

    /// Runs something when it happens, and lets the call go on; it must not touch the rules, which wait for it.
    pub fn run(self, action: impl FnMut(&Call) + Send + 'static) {
        self.fail(Fault::Run(Box::new(action)));
    }
}

/// What the rules leave of a call.
enum Fate {
    /// It goes on.
    Pass,
    /// It is answered with this.
    Answer(Answer),
    /// It gets no answer, and takes no effect.
    HangUpBefore,
    /// It gets no answer, but takes effect.
    HangUpAfter,
}

impl Inside {
    fn calls(&self) -> MutexGuard<'_, Calls> {
        self.calls.lock().expect("the calls")
    }

    fn keys(&self) -> MutexGuard<'_, BTreeMap<String, String>> {
        self.keys.lock().expect("the access keys")
    }

    fn rules(&self) -> MutexGuard<'_, Vec<Rule>> {
        self.rules.lock().expect("the rules")
    }

    async fn serve(&self, request: Request<Bytes>) -> Outcome {
        let mut call = Call::read(&request);
        if let Some(id) = self.keys().get(&call.account.access_key) {
            call.account.id.clone_from(id);
        }
        {
            let mut calls = self.calls();
            call.index = calls.all.len() + 1;
            call.round = calls.answered + 1;
            calls.all.push(call.clone());
        }
        let answer = match self.fate(&call).await {
            Fate::HangUpBefore => return Outcome::HangUp,
            Fate::Answer(answer) => answer,
            Fate::Pass => self.take_effect(&call, request).await,
            Fate::HangUpAfter => {
                let _ = self.take_effect(&call, request).await;
                return Outcome::HangUp;
            }
        };
        let mut calls = self.calls();
        calls.answered = calls.answered.max(call.round);
        calls.all[call.index - 1].status = Some(answer.status().as_u16());
        drop(calls);
        Outcome::Answer(answer)
    }

    /// Applies the rules in their order until one decides.
    async fn fate(&self, call: &Call) -> Fate {
        let mut delay = None;
        let fate = tokio::task::block_in_place(|| {
            for rule in self.rules().iter_mut() {
                if !rule.falls_on(call) {
                    continue;
                }
                match &mut rule.fault {
                    Fault::Run(action) => action(call),
                    Fault::Delay(duration) => delay = Some(*duration),
                    Fault::HangUpBefore => return Fate::HangUpBefore,
                    Fault::HangUpAfter => return Fate::HangUpAfter,
                    Fault::Stale => return Fate::Answer(self.stale(call)),
                    fault => {
                        if let Some(error) = fault.error(call) {
                            return Fate::Answer(error.answer(&call.service));
                        }
                    }
                }
            }
            Fate::Pass
        });
        if let Some(delay) = delay {
            tokio::time::sleep(delay).await;
        }
        fate
    }

    async fn take_effect(&self, call: &Call, request: Request<Bytes>) -> Answer {
        let answer = match self.model.answer(call) {
            Some(answer) => answer,
            None => self.forward(call, request).await.unwrap_or_else(|e| {
                let message = format!("the emulator did not answer {}: {e}", call.name());
                AwsError::new(StatusCode::BAD_GATEWAY.as_u16(), "InternalFailure", message)
                    .answer(&call.service)
            }),
        };
        if answer.status().is_success() {
            self.model.note(call);
            self.rules().iter_mut().for_each(|rule| rule.wake(call));
        }
        if !call.is_write() {
            self.seen
                .lock()
                .expect("what was seen")
                .insert(question(call), answer.clone());
        }
        answer
    }

    /// Passes a request on with its `Host` as it is, which the signature covers.
    async fn forward(
        &self,
        call: &Call,
        request: Request<Bytes>,
    ) -> Result<Answer, Box<dyn std::error::Error>> {
        let (mut head, body) = request.into_parts();
        let path = head.uri.path_and_query().map_or("/", |path| path.as_str());
        head.uri = format!("http://{}{path}", self.upstream).parse()?;
        let response = self
            .client
            .request(Request::from_parts(head, Full::from(body)))
            .await?;
        let (mut head, body) = response.into_parts();
        let mut body = body.collect().await?.to_bytes();
        if !head.status.is_success() {
            body = self.model.mend(call, body);
        }
        if call.is("iam:CreateAccessKey") || call.is("sts:AssumeRole") {
            self.keys().extend(
                access_key(&String::from_utf8_lossy(&body))
                    .map(|key| (key, call.account.id.clone())),
            );
        }
        // The body is whole now, and this connection is not that one.
        for name in [
            header::TRANSFER_ENCODING,
            header::CONTENT_LENGTH,
            header::CONNECTION,
        ] {
            head.headers.remove(name);
        }
        Ok(Response::from_parts(head, Full::from(body)))
    }

    fn stale(&self, call: &Call) -> Answer {
        let seen = self
            .seen
            .lock()
            .expect("what was seen")
            .get(&question(call))
            .cloned();
        let not_found = || {
            Fault::NotFound
                .error(call)
                .map(|error| error.answer(&call.service))
        };
        seen.or_else(not_found)
            .expect("an error for what was never seen")
    }
}

/// Returns the access key that an answer of IAM or STS hands out.
fn access_key(answer: &str) -> Option<String> {
    let (_, rest) = answer.split_once("<AccessKeyId>")?;
    Some(rest.split_once('<')?.0.to_owned())
}

/// Returns what two calls have in common that ask the same.
fn question(call: &Call) -> String {
    format!(
        "{} {} {:?} {}",
        call.account.id,
        call.path,
        call.query,
        String::from_utf8_lossy(&call.body)
    )
}
