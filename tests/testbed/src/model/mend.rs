//! Where the emulator's answer is nearly AWS's: the codes of errors that an SDK has to recognise.

use hyper::body::Bytes;

use super::Call;

/// The emulator's code of an SNS error, and the API model's.
const SNS_CODES: [(&str, &str); 2] = [
    ("InvalidParameterException", "InvalidParameter"),
    ("ResourceNotFoundException", "ResourceNotFound"),
];

/// Returns the body of an error as AWS would have written it.
pub(crate) fn error_body(call: &Call, body: Bytes) -> Bytes {
    if call.service != "sns" {
        return body;
    }
    let mut text = String::from_utf8_lossy(&body).into_owned();
    for (emulator, model) in SNS_CODES {
        text = text.replace(
            &format!("<Code>{emulator}</Code>"),
            &format!("<Code>{model}</Code>"),
        );
    }
    text.into()
}
