//! Whether a function runs: does it exist, is it started, may it run, and does Lambda still support its runtime?

use crate::arn::resource_name;
use crate::chain::checks::check::Occurrence;
use crate::chain::checks::occurrences::{in_functions, in_subscribers};
use crate::chain::checks::remedies::{enable_key, recreate, redeploy};
use crate::chain::checks::runtime;
use crate::chain::checks::snapshot::{ChainSnapshot, FunctionSnapshot};
use crate::chain::names::function_of;
use crate::chain::spec::RUNTIME;

pub(super) fn missing(chain: &ChainSnapshot) -> Vec<Occurrence> {
    in_subscribers(chain, |subscriber| {
        let unsubscribe = || {
            chain.aws(&format!(
                "sns unsubscribe --subscription-arn {}",
                subscriber.arn
            ))
        };
        subscriber.function.is_missing().then(|| {
            let endpoint = &subscriber.endpoint;
            let what = match function_of(endpoint).filter(|_| subscriber.protocol == "sqs") {
                Some(function) => format!(
                    "the function {function}, which takes alerts from the buffer {}, does not exist",
                    resource_name(endpoint)
                ),
                None => format!("the function {endpoint} does not exist"),
            };
            (
                what,
                recreate(chain, subscriber).unwrap_or_else(|| unsubscribe().into()),
            )
        })
    })
}

fn reason(reason: Option<&String>) -> &str {
    reason.map_or("Lambda gives no reason", String::as_str)
}

/// Returns the command that makes Lambda repeat what failed: an update that changes nothing.
fn repeat_update(chain: &ChainSnapshot, function: &FunctionSnapshot) -> String {
    chain.aws(&format!(
        "lambda update-function-configuration --function-name {}",
        function.name
    ))
}

pub(super) fn failed(chain: &ChainSnapshot) -> Vec<Occurrence> {
    in_functions(chain, |function| {
        let what = || {
            format!(
                "the function {} is in the state Failed: {}",
                function.name,
                reason(function.state_reason.as_ref())
            )
        };
        (function.state == "Failed").then(|| (what(), repeat_update(chain, function)))
    })
}

pub(super) fn update_failed(chain: &ChainSnapshot) -> Vec<Occurrence> {
    in_functions(chain, |function| {
        let what = || {
            format!(
                "the last update of the function {} failed: {}",
                function.name,
                reason(function.last_update_reason.as_ref())
            )
        };
        (function.last_update == "Failed").then(|| (what(), repeat_update(chain, function)))
    })
}

pub(super) fn zero_concurrency(chain: &ChainSnapshot) -> Vec<Occurrence> {
    in_functions(chain, |function| {
        let name = &function.name;
        (function.reserved_concurrency == Some(0)).then(|| {
            (
                format!("the function {name} has a reserved concurrency of 0"),
                chain.aws(&format!(
                    "lambda delete-function-concurrency --function-name {name}"
                )),
            )
        })
    })
}

pub(super) fn deprecated_runtime(chain: &ChainSnapshot) -> Vec<Occurrence> {
    in_functions(chain, |function| {
        let FunctionSnapshot { name, runtime, .. } = function;
        // DD058 reports a relay with a runtime that cannot run it.
        let deprecation = runtime::deprecation(runtime, chain.today)
            .filter(|_| function.relay.is_none() || *runtime == RUNTIME)?;
        let what = format!(
            "the runtime {runtime} of {name} has been deprecated since {}",
            deprecation.date
        );
        let remedy = match function.relay.as_deref() {
            Some(relay) => redeploy(chain, relay),
            None => chain
                .aws(&format!(
                    "lambda update-function-configuration --function-name {name} --runtime {}",
                    deprecation.successor
                ))
                .into(),
        };
        Some((what, remedy))
    })
}

pub(super) fn key_unusable(chain: &ChainSnapshot) -> Vec<Occurrence> {
    in_functions(chain, |function| {
        let (key, name) = (function.key.as_ref()?, &function.name);
        let state = key.unusable.as_deref()?;
        let (why, remedy) = match state {
            "missing" => (
                "does not exist".to_owned(),
                chain
                    .aws(&format!(
                        "lambda update-function-configuration --function-name {name} --kms-key-arn ''"
                    ))
                    .into(),
            ),
            state => (
                format!("is in the state {state}"),
                enable_key(chain, key, state),
            ),
        };
        let what = format!("the KMS key {} of the environment of {name} {why}", key.id);
        Some((what, remedy))
    })
}

pub(super) fn inactive(chain: &ChainSnapshot) -> Vec<Occurrence> {
    in_functions(chain, |function| {
        (function.state == "Inactive").then(|| {
            (
                format!("the function {} is in the state Inactive", function.name),
                chain.ddalert("test-publish"),
            )
        })
    })
}
