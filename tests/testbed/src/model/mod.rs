//! What the emulator lacks, in memory, for each account and region: actions it does not have, and errors it does not make.
//!
//! Shapes and codes are the API models'; where a message is AWS's own wording that is because someone may match on it.

pub mod iot;
mod mend;
pub mod secrets;
pub mod sms;
mod strict;

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard};

use hyper::body::Bytes;

use self::iot::Iot;
use self::secrets::Graveyard;
use self::sms::Sms;
use super::account::Account;
use super::call::Call;
use super::server::Answer;
use super::wire::AwsError;

/// Everything that a proxy answers by itself.
#[derive(Debug, Default)]
pub struct Model {
    places: Mutex<BTreeMap<(String, String), RegionModel>>,
}

/// One account in one region.
#[derive(Debug)]
pub struct RegionModel {
    /// Device Defender.
    pub iot: Iot,
    /// What SNS knows about text messages.
    pub sms: Sms,
    /// The secrets that are pending deletion.
    pub deleted_secrets: Graveyard,
    /// Whether requests are refused that AWS refuses and the emulator takes; they are unless a test says otherwise.
    pub strict: bool,
}

impl RegionModel {
    fn new(account: &Account) -> Self {
        Self {
            iot: Iot::new(account),
            sms: Sms::default(),
            deleted_secrets: Graveyard::default(),
            strict: true,
        }
    }
}

/// What an action of the model comes to: its answer or the error of its service.
type Result<T> = std::result::Result<T, AwsError>;

impl Model {
    /// Reads or presets what is there for an account in its region.
    pub fn at<T>(
        &self,
        account: &Account,
        read_or_preset: impl FnOnce(&mut RegionModel) -> T,
    ) -> T {
        let key = (account.id.clone(), account.region.clone());
        read_or_preset(
            self.places()
                .entry(key)
                .or_insert_with(|| RegionModel::new(account)),
        )
    }

    /// Answers a call that the emulator has no, or a wrong, answer for.
    pub fn answer(&self, call: &Call) -> Option<Answer> {
        self.at(&call.account, |place| {
            if place.strict
                && let Err(error) = strict::check(call, place)
            {
                return Some(error.answer(&call.service));
            }
            match call.service.as_str() {
                "iot" => place.iot.answer(call),
                "sns" => place.sms.answer(call),
                _ => None,
            }
        })
    }

    /// Returns the body of the emulator's error as AWS would have written it.
    pub fn mend(&self, call: &Call, body: Bytes) -> Bytes {
        mend::error_body(call, body)
    }

    /// Takes note of a call that the emulator granted.
    pub fn note(&self, call: &Call) {
        if call.service == "secretsmanager" {
            self.at(&call.account, |place| place.deleted_secrets.note(call));
        }
    }

    fn places(&self) -> MutexGuard<'_, BTreeMap<(String, String), RegionModel>> {
        self.places.lock().expect("the model")
    }
}

/// Cuts a page out of a list; the token is where the next one begins.
fn page<T: Clone>(items: &[T], token: Option<&str>, size: usize) -> (Vec<T>, Option<String>) {
    let start = token.and_then(|token| token.parse().ok()).unwrap_or(0);
    let items: Vec<T> = items.iter().skip(start).take(size + 1).cloned().collect();
    let next = (items.len() > size).then(|| (start + size).to_string());
    (items.into_iter().take(size).collect(), next)
}
