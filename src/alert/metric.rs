//! The metrics that Device Defender knows of itself, with their units (developer guide, cloud-side and device-side metrics).

/// What is known of a metric.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Metric {
    /// Its name in a behavior, such as `aws:num-messages-sent`.
    name: &'static str,
    /// What it measures, for people.
    pub(super) label: &'static str,
    /// What it counts, in the plural; empty where it lists addresses or ports.
    pub(super) unit: &'static str,
    /// Whether it adds up over the behavior's duration ("per 5 min"), rather than being looked at during it ("over 5 min").
    pub(super) adds_up: bool,
}

const fn metric(
    name: &'static str,
    label: &'static str,
    unit: &'static str,
    adds_up: bool,
) -> Metric {
    Metric {
        name,
        label,
        unit,
        adds_up,
    }
}

/// The guide's own example of destination addresses writes the singular, so both are here; it gives "failures" as the unit of
/// listening ports, which is a slip.
static METRICS: &[Metric] = &[
    metric("aws:message-byte-size", "Message size", "bytes", false),
    metric("aws:num-messages-sent", "Messages sent", "messages", true),
    metric(
        "aws:num-messages-received",
        "Messages received",
        "messages",
        true,
    ),
    metric(
        "aws:num-authorization-failures",
        "Authorization failures",
        "failures",
        true,
    ),
    metric(
        "aws:num-connection-attempts",
        "Connection attempts",
        "attempts",
        true,
    ),
    metric("aws:num-disconnects", "Disconnects", "disconnects", true),
    metric(
        "aws:disconnect-duration",
        "Disconnect duration",
        "minutes",
        false,
    ),
    metric("aws:source-ip-address", "Source IP address", "", false),
    metric("aws:all-bytes-out", "Bytes out", "bytes", true),
    metric("aws:all-bytes-in", "Bytes in", "bytes", true),
    metric("aws:all-packets-out", "Packets out", "packets", true),
    metric("aws:all-packets-in", "Packets in", "packets", true),
    metric(
        "aws:num-listening-tcp-ports",
        "Listening TCP ports",
        "ports",
        false,
    ),
    metric(
        "aws:num-listening-udp-ports",
        "Listening UDP ports",
        "ports",
        false,
    ),
    metric(
        "aws:num-established-tcp-connections",
        "Established TCP connections",
        "connections",
        false,
    ),
    metric(
        "aws:destination-ip-addresses",
        "Destination IP addresses",
        "",
        false,
    ),
    metric(
        "aws:destination-ip-address",
        "Destination IP addresses",
        "",
        false,
    ),
    metric("aws:listening-tcp-ports", "Listening TCP ports", "", false),
    metric("aws:listening-udp-ports", "Listening UDP ports", "", false),
];

/// Returns what is known of a metric; `None` for a custom metric.
pub(super) fn known(name: &str) -> Option<&'static Metric> {
    METRICS.iter().find(|metric| metric.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metrics_are_known_by_name_and_custom_ones_are_not() {
        assert_eq!(
            known("aws:disconnect-duration").map(|metric| metric.unit),
            Some("minutes")
        );
        assert_eq!(known("batteryPercentage"), None);
    }
}
