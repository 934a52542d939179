//! Device Defender's built-in metrics with their units (developer guide, cloud-side and device-side metrics).

/// A built-in metric.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Metric {
    /// Its name in a behavior, such as `aws:num-messages-sent`.
    pub(super) name: &'static str,
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
pub(super) static METRICS: &[Metric] = &[
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

/// Returns a quantity with its unit: `1 byte`, `26 bytes`, `5,000 bytes`. A text that is not a number gets no unit.
pub(super) fn with_unit(quantity: &str, unit: &str) -> String {
    let is_number = quantity.parse::<f64>().is_ok_and(f64::is_finite);
    let unit = match quantity {
        _ if !is_number => "",
        "1" => unit.strip_suffix('s').unwrap_or(unit),
        _ => unit,
    };
    let quantity = group_digits(quantity);
    if unit.is_empty() {
        quantity
    } else {
        format!("{quantity} {unit}")
    }
}

/// Returns a decimal number with commas between its thousands; any other text unchanged.
pub(super) fn group_digits(number: &str) -> String {
    let (sign, unsigned) = match number.strip_prefix('-') {
        Some(unsigned) => ("-", unsigned),
        None => ("", number),
    };
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    let are_digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    if whole.len() < 4 || !are_digits(whole) || !are_digits(fraction) {
        return number.to_owned();
    }
    let mut grouped = String::from(sign);
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped.push_str(&unsigned[whole.len()..]);
    grouped
}

/// Returns a built-in metric by its name; `None` for a custom metric.
pub(super) fn lookup(name: &str) -> Option<&'static Metric> {
    METRICS.iter().find(|metric| metric.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_are_grouped_and_have_their_unit() {
        for (quantity, unit, expected) in [
            ("26", "bytes", "26 bytes"),
            ("1", "bytes", "1 byte"),
            ("0", "bytes", "0 bytes"),
            ("5000", "bytes", "5,000 bytes"),
            ("123456", "", "123,456"),
            ("-1234567.25", "", "-1,234,567.25"),
            ("999.5", "", "999.5"),
            ("1e300", "", "1e300"),
            ("12345x", "bytes", "12345x"),
            ("inf", "bytes", "inf"),
            ("many", "messages", "many"),
            ("", "bytes", ""),
        ] {
            assert_eq!(with_unit(quantity, unit), expected);
        }
    }

    #[test]
    fn only_built_in_metrics_are_found() {
        assert_eq!(
            lookup("aws:disconnect-duration").map(|metric| metric.unit),
            Some("minutes")
        );
        assert_eq!(lookup("batteryPercentage"), None);
    }
}
