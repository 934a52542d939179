//! What a person does next about a room that refused a message, with the command in full.

use super::context::TopicContext;
use super::relays;
use crate::destination::{NextStep, destination};

/// Returns what a failed delivery of a relay means and what to do about it, where the room's answer tells: `reason` is what the relay
/// logged, `function` the relay's function.
pub(super) fn next_step(
    topic: &TopicContext,
    target: &str,
    function: &str,
    reason: &str,
) -> Option<String> {
    let advice = destination(target)?.advice(reason)?;
    Some(match advice.step {
        NextStep::Rotate => {
            let name = relays::named(topic, function);
            let rotate = topic.ddalert(&format!("rotate {target}{name}"));
            format!("{}. Fix: {rotate}", advice.cause)
        }
        NextStep::Wait => advice.cause,
        NextStep::Ask(step) => format!("{}: {step}", advice.cause),
    })
}
