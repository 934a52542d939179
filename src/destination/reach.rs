//! Which hosts a Lambda function can reach, and which ones a person has allowed in spite of it.
//!
//! A webhook on a private, local or metadata address is a mistake, or worse: nothing on the internet answers there. Within a VPC it
//! can be meant; then `--allow-host` says so. Addresses are judged as the URL parser reads them: `0x7f.1`, `017700000001` and
//! `2130706433` are all 127.0.0.1.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use ipnet::{Ipv4Net, Ipv6Net};
use thiserror::Error;
use url::{Host, Url};

/// Ranges of IPv4 that are not on the internet, and what they are (IANA IPv4 Special-Purpose Address Registry).
const IPV4: &[(Ipv4Net, &str)] = &[
    (v4([0, 0, 0, 0], 8), "is not the address of a host"),
    (v4([10, 0, 0, 0], 8), "is a private address"),
    (
        v4([100, 64, 0, 0], 10),
        "is a private address of a provider",
    ),
    (v4([127, 0, 0, 0], 8), "is the machine itself"),
    (
        v4([169, 254, 0, 0], 16),
        "is a link-local or metadata address",
    ),
    (v4([172, 16, 0, 0], 12), "is a private address"),
    (v4([192, 0, 0, 0], 24), "is a reserved address"),
    (v4([192, 0, 2, 0], 24), "is an address for documentation"),
    (v4([192, 88, 99, 0], 24), "is a reserved address"),
    (v4([192, 168, 0, 0], 16), "is a private address"),
    (v4([198, 18, 0, 0], 15), "is an address for benchmarks"),
    (v4([198, 51, 100, 0], 24), "is an address for documentation"),
    (v4([203, 0, 113, 0], 24), "is an address for documentation"),
    (v4([224, 0, 0, 0], 4), "is a multicast address"),
    (v4([240, 0, 0, 0], 4), "is a reserved address"),
];

/// Ranges of IPv6 that are not on the internet, and what they are (IANA IPv6 Special-Purpose Address Registry).
const IPV6: &[(Ipv6Net, &str)] = &[
    (
        v6([0, 0, 0, 0, 0, 0, 0, 0], 128),
        "is not the address of a host",
    ),
    (v6([0, 0, 0, 0, 0, 0, 0, 1], 128), "is the machine itself"),
    (
        v6([0x64, 0xff9b, 1, 0, 0, 0, 0, 0], 48),
        "is a private address",
    ),
    (
        v6([0x100, 0, 0, 0, 0, 0, 0, 0], 64),
        "is a reserved address",
    ),
    (
        v6([0x2001, 0, 0, 0, 0, 0, 0, 0], 23),
        "is a reserved address",
    ),
    (
        v6([0x2001, 0xdb8, 0, 0, 0, 0, 0, 0], 32),
        "is an address for documentation",
    ),
    (
        v6([0x3fff, 0, 0, 0, 0, 0, 0, 0], 20),
        "is an address for documentation",
    ),
    (
        v6([0x5f00, 0, 0, 0, 0, 0, 0, 0], 16),
        "is a reserved address",
    ),
    (
        v6([0xfc00, 0, 0, 0, 0, 0, 0, 0], 7),
        "is a private or metadata address",
    ),
    (
        v6([0xfe80, 0, 0, 0, 0, 0, 0, 0], 10),
        "is a link-local address",
    ),
    (
        v6([0xfec0, 0, 0, 0, 0, 0, 0, 0], 10),
        "is a private address",
    ),
    (
        v6([0xff00, 0, 0, 0, 0, 0, 0, 0], 8),
        "is a multicast address",
    ),
];

/// Ends of names that no public name server knows (RFC 6761, RFC 6762, RFC 7686, RFC 8375, ICANN's `.internal`, and the names of
/// home and office networks).
const LOCAL_NAMES: &[&str] = &[
    "localhost",
    "localdomain",
    "local",
    "internal",
    "intranet",
    "private",
    "corp",
    "home",
    "lan",
    "home.arpa",
    "test",
    "invalid",
    "example",
    "onion",
    "alt",
    "in-addr.arpa",
    "ip6.arpa",
];

const fn v4(address: [u8; 4], prefix: u8) -> Ipv4Net {
    let [a, b, c, d] = address;
    Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), prefix)
}

const fn v6(address: [u16; 8], prefix: u8) -> Ipv6Net {
    let [a, b, c, d, e, f, g, h] = address;
    Ipv6Net::new_assert(Ipv6Addr::new(a, b, c, d, e, f, g, h), prefix)
}

/// A host that a person has allowed with `--allow-host`: any port of it, or one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AllowedHost {
    host: String,
    port: Option<u16>,
}

/// Why a text is not a host.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("not a host or HOST:PORT, such as proxy.example.com or 10.0.0.7:8443")]
pub struct NotAHost;

impl FromStr for AllowedHost {
    type Err = NotAHost;

    fn from_str(text: &str) -> Result<AllowedHost, NotAHost> {
        let text = text.trim();
        if text.is_empty()
            || text.contains(['/', '?', '#', '@', '\\'])
            || text.contains(char::is_whitespace)
        {
            return Err(NotAHost);
        }
        // An IPv6 address is written in brackets in a URL, but people also give it without.
        let bare = text
            .parse::<Ipv6Addr>()
            .map(|address| format!("[{address}]"));
        let authority = bare.as_deref().unwrap_or(text);
        let url = Url::parse(&format!("https://{authority}/")).map_err(|_| NotAHost)?;
        let host = url.host_str().ok_or(NotAHost)?.to_owned();
        // The URL parser drops the standard port.
        let port = url
            .port()
            .or(authority.ends_with(":443").then_some(443))
            .filter(|_| bare.is_err());
        Ok(AllowedHost { host, port })
    }
}

impl AllowedHost {
    /// Returns whether the host, and the port if there is one, are those of `url`.
    pub(super) fn matches(&self, url: &Url) -> bool {
        url.host_str() == Some(&self.host)
            && (self.port.is_none() || self.port == url.port_or_known_default())
    }
}

/// Returns whether `host` is this machine.
pub(super) fn is_loopback(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => *name == "localhost",
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    }
}

/// Returns what `host` is if a Lambda function cannot reach it, or should not: words that follow its name.
pub(super) fn out_of_reach(host: &Host<&str>) -> Option<&'static str> {
    match host {
        Host::Domain(name) => local_name(name),
        Host::Ipv4(address) => special(IpAddr::V4(*address)),
        Host::Ipv6(address) => special(IpAddr::V6(*address)),
    }
}

fn local_name(name: &str) -> Option<&'static str> {
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    let is_within = |end: &str| {
        name.strip_suffix(end)
            .is_some_and(|before| before.is_empty() || before.ends_with('.'))
    };
    if name == "localhost" || name.ends_with(".localhost") {
        Some("is the machine itself")
    } else if LOCAL_NAMES.iter().any(|end| is_within(end)) {
        Some("is a name within a network")
    } else if !name.contains('.') {
        Some("is a name without a domain")
    } else {
        None
    }
}

fn special(address: IpAddr) -> Option<&'static str> {
    match address {
        IpAddr::V4(address) => IPV4
            .iter()
            .find(|(net, _)| net.contains(&address))
            .map(|(_, what)| *what),
        IpAddr::V6(address) => IPV6
            .iter()
            .find(|(net, _)| net.contains(&address))
            .map(|(_, what)| *what)
            .or_else(|| special(IpAddr::V4(embedded(address)?))),
    }
}

/// Returns the IPv4 address in an IPv6 address that stands for one: mapped, compatible, NAT64 or 6to4.
fn embedded(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let last = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        Ipv4Addr::new(a, b, c, d)
    };
    match address.segments() {
        [0, 0, 0, 0, 0, 0 | 0xffff, high, low]
        | [0, 0, 0, 0, 0xffff, 0, high, low]
        | [0x64, 0xff9b, 0, 0, 0, 0, high, low]
        | [0x2002, high, low, ..] => Some(last(high, low)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn host(text: &str) -> Url {
        Url::parse(&format!("https://{text}/x")).expect(text)
    }

    #[test]
    fn every_spelling_of_an_address_that_lambda_cannot_reach_is_known() {
        for text in [
            "127.0.0.1",
            "127.1",
            "0x7f.1",
            "0x7f000001",
            "2130706433",
            "017700000001",
            "0177.0.0.01",
            "0",
            "0.0.0.0",
            "10.1.2.3",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "169.254.169.254",
            "0xa9fea9fe",
            "169.254.170.2",
            "100.64.0.1",
            "100.127.255.255",
            "192.0.2.1",
            "198.19.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "[::]",
            "[::1]",
            "[fd00:ec2::254]",
            "[fc00::1]",
            "[fe80::1]",
            "[fec0::1]",
            "[ff02::1]",
            "[2001:db8::1]",
            "[::ffff:10.0.0.1]",
            "[::ffff:a9fe:a9fe]",
            "[::127.0.0.1]",
            "[64:ff9b::a00:1]",
            "[2002:a00:1::]",
            "localhost",
            "LOCALHOST",
            "localhost.",
            "a.localhost",
            "ip-10-0-0-1.ec2.internal",
            "metadata.google.internal",
            "printer.local",
            "router.lan",
            "nas.home.arpa",
            "intranet",
            "hook.test",
            "hook.invalid",
            "x.onion",
            "１２７.0.0.1",
            "127。0。0。1",
        ] {
            let url = host(text);
            assert!(
                out_of_reach(&url.host().expect("a host")).is_some(),
                "{text}"
            );
        }
    }

    #[test]
    fn public_hosts_are_in_reach() {
        for text in [
            "hooks.slack.com",
            "example.com",
            "alerts.example.com",
            "internal.example.com",
            "local.net",
            "thelocal",
            "8.8.8.8",
            "100.63.255.255",
            "100.128.0.1",
            "172.32.0.1",
            "[2606:4700::1111]",
            "[::ffff:8.8.8.8]",
        ] {
            let url = host(text);
            let is_single = text == "thelocal";
            assert_eq!(
                out_of_reach(&url.host().expect("a host")).is_some(),
                is_single,
                "{text}"
            );
        }
    }

    #[test]
    fn an_allowed_host_is_a_host_with_or_without_a_port() {
        for (allowed, url, is_fine) in [
            ("proxy.example.com", "https://proxy.example.com/x", true),
            (
                "Proxy.Example.com",
                "https://proxy.example.com:8443/x",
                true,
            ),
            (
                "proxy.example.com:8443",
                "https://proxy.example.com:8443/x",
                true,
            ),
            (
                "proxy.example.com:8443",
                "https://proxy.example.com/x",
                false,
            ),
            ("proxy.example.com:443", "https://proxy.example.com/x", true),
            (
                "proxy.example.com:443",
                "https://proxy.example.com:8443/x",
                false,
            ),
            ("example.com", "https://proxy.example.com/x", false),
            ("127.0.0.1", "http://127.0.0.1:9/x", true),
            ("127.1", "http://127.0.0.1:9/x", true),
            ("127.0.0.1:9", "http://127.0.0.1:9/x", true),
            ("127.0.0.1:80", "http://127.0.0.1/x", true),
            ("::1", "http://[::1]:9/x", true),
            ("[::1]:9", "http://[::1]:9/x", true),
            ("[::1]:8", "http://[::1]:9/x", false),
            ("fd00::443", "https://[fd00::443]:8443/x", true),
        ] {
            let allowed: AllowedHost = allowed.parse().expect(allowed);
            assert_eq!(
                allowed.matches(&Url::parse(url).expect(url)),
                is_fine,
                "{allowed:?} {url}"
            );
        }
        for text in [
            "",
            " ",
            "https://proxy.example.com",
            "a/b",
            "a b",
            "user@a",
            "a:b",
            "a:99999",
            "[::1",
            "*.example.com/",
        ] {
            assert_eq!(text.parse::<AllowedHost>(), Err(NotAHost), "{text}");
        }
    }
}
