//! What to do next: one sentence for each kind of alarm, from AWS's own guidance, with the page that says more.

/// A next step and the page of AWS's documentation that explains it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Guidance {
    /// What to do next: one sentence.
    pub(super) step: &'static str,
    /// The `https:` URL of the page.
    pub(super) url: &'static str,
}

/// "Detect": what each kind of anomaly may mean.
const DETECT: &str =
    "https://docs.aws.amazon.com/iot-device-defender/latest/devguide/device-defender-detect.html";
/// "Mitigation actions", for audit findings and Detect alarms.
const MITIGATION: &str =
    "https://docs.aws.amazon.com/iot-device-defender/latest/devguide/dd-mitigation-actions.html";
/// "AWS IoT Device Defender troubleshooting guide", with the reasons for which an alarm is invalidated.
const TROUBLESHOOTING: &str = "https://docs.aws.amazon.com/iot-device-defender/latest/devguide/device-defender-troubleshoot.html";
/// "Audit", with the severities and the permissions that an audit needs.
const AUDIT: &str =
    "https://docs.aws.amazon.com/iot-device-defender/latest/devguide/device-defender-audit.html";

/// Returns the next step after an alarm for this metric; `None` stands for a metric that is not known.
pub(super) fn of_alarm(metric: Option<&str>) -> Guidance {
    let step = match metric {
        Some(
            "aws:listening-tcp-ports"
            | "aws:listening-udp-ports"
            | "aws:num-listening-tcp-ports"
            | "aws:num-listening-udp-ports",
        ) => {
            "Find out which program opened the port: an unexpected one can be a back door for remote control."
        }
        Some(
            "aws:num-established-tcp-connections" | "aws:all-bytes-out" | "aws:all-packets-out",
        ) => {
            "Find out where the device sends its traffic: a spike can mean that it takes part in a DDoS attack."
        }
        Some(
            "aws:destination-ip-addresses" | "aws:destination-ip-address" | "aws:source-ip-address",
        ) => {
            "Find out whose address this is: an unexpected one can mean that somebody else controls the device or its credentials."
        }
        Some("aws:num-authorization-failures") => {
            "Check the device's certificate and IoT policy: repeated failures mean a policy that does not fit, or an intruder."
        }
        Some(
            "aws:message-byte-size"
            | "aws:num-messages-sent"
            | "aws:num-messages-received"
            | "aws:all-bytes-in"
            | "aws:all-packets-in",
        ) => {
            "Check the device's software and configuration: unusual messages point to a misconfigured or compromised device."
        }
        Some("aws:num-connection-attempts" | "aws:num-disconnects" | "aws:disconnect-duration") => {
            "Check the device's power and network, and whether another device connects with its client ID."
        }
        _ => {
            return Guidance {
                step: "Check the device; if it may be compromised, isolate it with a mitigation action.",
                url: MITIGATION,
            };
        }
    };
    Guidance { step, url: DETECT }
}

/// Returns the next step after an alarm for this metric on many things at once, which seldom is many intruders.
pub(super) fn of_storm(metric: Option<&str>) -> Guidance {
    Guidance {
        step: "Look for what these devices share, such as an update, a network or a limit in the security profile, and then check one \
               of them.",
        ..of_alarm(metric)
    }
}

/// The next step after an alarm cleared.
pub(super) const CLEARED: Guidance = Guidance {
    step: "Nothing needs to be done now; if the alarm keeps coming back, check the device and the behavior's criteria.",
    url: DETECT,
};

/// The next step after an alarm was invalidated without a verification state.
pub(super) const INVALIDATED: Guidance = Guidance {
    step: "Check that the device still sends metrics.",
    url: TROUBLESHOOTING,
};

/// The next step after someone set an alarm's verification state.
pub(super) const VERIFIED: Guidance = Guidance {
    step: "Nothing needs to be done unless the verification state is wrong.",
    url: TROUBLESHOOTING,
};

/// The next step after an audit that could not run all of its checks.
pub(super) const AUDIT_INCOMPLETE: Guidance = Guidance {
    step: "Check the permissions of the audit's role and that the checks are enabled, and then run the audit again.",
    url: AUDIT,
};

/// The next step after a finding of a check that is not known.
pub(super) const FINDING: Guidance = Guidance {
    step: "Look at the finding in the console, and fix the resource or apply a mitigation action.",
    url: MITIGATION,
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alert::metric;

    #[test]
    fn every_built_in_metric_has_a_next_step_of_its_own() {
        let unknown = of_alarm(Some("batteryPercentage"));
        assert_eq!(of_alarm(None), unknown);
        for metric in metric::METRICS {
            assert_ne!(of_alarm(Some(metric.name)), unknown, "{}", metric.name);
        }
    }
}
