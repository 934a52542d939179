//! Device Defender's built-in metrics with their units (developer guide, cloud-side and device-side metrics).

/// A built-in metric.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Metric {
    /// Its name in a behavior, such as `aws:num-messages-sent`.
    name: &'static str,
    /// What it measures, for people: `Message size`.
    pub(super) label: &'static str,
    /// Its unit in the plural; empty for lists of addresses or ports.
    pub(super) unit: &'static str,
    /// Whether it is summed over the behavior's duration ("per 5 min") rather than sampled during it ("over 5 min").
    pub(super) is_cumulative: bool,
}

const fn metric(
    name: &'static str,
    label: &'static str,
    unit: &'static str,
    is_cumulative: bool,
) -> Metric {
    Metric {
        name,
        label,
        unit,
        is_cumulative,
    }
}

/// The guide uses both the singular and the plural of the destination addresses' name, so both are listed. It gives "failures"
/// as the unit of listening ports, which is a mistake.
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

/// Returns a built-in metric by its name; `None` for a custom metric.
pub(super) fn lookup(name: &str) -> Option<&'static Metric> {
    METRICS.iter().find(|metric| metric.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_built_in_metrics_are_found() {
        assert_eq!(
            lookup("aws:disconnect-duration").map(|metric| metric.unit),
            Some("minutes")
        );
        assert_eq!(lookup("batteryPercentage"), None);
    }
}
