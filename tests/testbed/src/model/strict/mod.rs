//! What AWS refuses and the emulator takes: a mistake must not pass here and fail in an account.

mod iam;
mod lambda;
mod sns;

use super::{AwsError, Call, RegionModel, Result};

/// Refuses a request that AWS would refuse for what it says.
pub(crate) fn check(call: &Call, place: &RegionModel) -> Result<()> {
    match call.service.as_str() {
        "iam" => iam::check(call),
        "lambda" => lambda::check(call),
        "secretsmanager" => place.deleted_secrets.check(call),
        "sns" => sns::check(call, &place.sms),
        _ => Ok(()),
    }
}
