//! The color of a message, by its state and severity.

use crate::alert::{Report, Severity, State};

/// Returns the color as 24-bit RGB: green if an alarm cleared or an audit passed, gray if an alarm was invalidated, else by severity.
pub(super) fn rgb(report: &Report) -> u32 {
    match (report.state, report.severity) {
        (State::Cleared | State::Compliant, _) => 0x18_80_38,
        (State::Invalidated, _) => 0x80_86_8b,
        (State::Message, Severity::Info | Severity::Low | Severity::Medium)
        | (_, Severity::Info) => 0x1a_73_e8,
        (_, Severity::Low) => 0xfb_c0_2d,
        (_, Severity::Medium) => 0xf2_99_00,
        (_, Severity::High) => 0xd9_30_25,
        (_, Severity::Critical) => 0x8b_00_14,
    }
}
