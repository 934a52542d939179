//! Which requests go through a proxy: `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY`, as the AWS CLI reads them.

use std::fmt;
use std::net::IpAddr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderValue, Uri};
use hyper_util::client::proxy::matcher::Matcher;
use ipnet::IpNet;
use percent_encoding::percent_decode_str;
use thiserror::Error;
use url::Url;

/// The metadata services of EC2, ECS, EKS and Lambda have link-local addresses, and EC2's and EKS's also these.
const METADATA_NETWORKS: [&str; 3] = ["169.254.0.0/16", "fe80::/10", "fd00:ec2::/32"];

/// The proxies for HTTPS and for HTTP, and the hosts that are reached without one.
#[derive(Clone, Debug, Default)]
pub(crate) struct Proxies {
    https: Option<Proxy>,
    http: Option<Proxy>,
    no_proxy: String,
}

/// A proxy. Its password is shown nowhere.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Proxy {
    /// `http://host:port` or `https://host:port`.
    uri: Uri,
    /// The `Proxy-Authorization` header.
    authorization: Option<HeaderValue>,
    /// The same with the user and the password, for a library that takes a URL.
    #[cfg(feature = "cli")]
    url: String,
}

/// A proxy variable that cannot be used. The value may hold a password and is not shown.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{variable} names no proxy that can be used: {reason}")]
pub(crate) struct ProxyError {
    /// The variable.
    pub variable: &'static str,
    /// What is wrong with its value.
    pub reason: String,
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Proxy").field(&self.uri).finish()
    }
}

impl Proxies {
    /// Reads the variables through `variable`. The lower-case name of a variable comes before the upper-case one, as in curl and
    /// the AWS CLI; a blank variable counts as not set.
    ///
    /// # Errors
    /// A value is not the URL of an HTTP or HTTPS proxy.
    pub(crate) fn from_env(
        variable: impl Fn(&str) -> Option<String>,
    ) -> Result<Proxies, ProxyError> {
        let first = |names: [&'static str; 2]| {
            names.into_iter().find_map(|name| {
                let value = variable(name)?.trim().to_owned();
                (!value.is_empty()).then_some((name, value))
            })
        };
        let proxy = |names| match first(names) {
            Some((name, value)) => Proxy::parse(&value).map(Some).map_err(|reason| ProxyError {
                variable: name,
                reason,
            }),
            None => Ok(None),
        };
        Ok(Proxies {
            https: proxy(["https_proxy", "HTTPS_PROXY"])?,
            http: proxy(["http_proxy", "HTTP_PROXY"])?,
            no_proxy: first(["no_proxy", "NO_PROXY"])
                .map(|(_, value)| value)
                .unwrap_or_default(),
        })
    }

    /// Returns the proxy for HTTPS, for any host.
    #[cfg(feature = "cli")]
    pub(crate) fn https(&self) -> Option<&Proxy> {
        self.https.as_ref()
    }

    /// Returns the proxy for HTTP, for any host.
    #[cfg(feature = "cli")]
    pub(crate) fn http(&self) -> Option<&Proxy> {
        self.http.as_ref()
    }

    /// Returns the proxy through which `uri` is reached, or `None` if it is reached directly: this machine and metadata services
    /// always are.
    pub(crate) fn of(&self, uri: &Uri) -> Option<&Proxy> {
        let proxy = match uri.scheme_str() {
            Some("https") => self.https.as_ref(),
            Some("http") => self.http.as_ref(),
            _ => None,
        }?;
        let host = uri.host()?;
        (!is_local(host) && !self.is_excepted(uri, host)).then_some(proxy)
    }

    /// Returns whether `NO_PROXY` lists the host: as itself, its domain, its network, or `*`; with or without its port.
    fn is_excepted(&self, uri: &Uri, host: &str) -> bool {
        let port = uri.port_u16().unwrap_or(match uri.scheme_str() {
            Some("http") => 80,
            _ => 443,
        });
        let entries = self.no_proxy.split([',', ' ', '\t']).filter_map(|entry| {
            let (name, of_port) = split_port(entry);
            let fits = of_port.is_none_or(|of_port| of_port == port);
            // `*.example.com` is written for `.example.com`.
            (fits && !name.is_empty()).then(|| match name.strip_prefix("*.") {
                Some(domain) => format!(".{domain}"),
                None => name.to_owned(),
            })
        });
        let entries: Vec<String> = entries.collect();
        let all = Matcher::builder()
            .all("http://proxy")
            .no(entries.join(","))
            .build();
        let host_alone = Uri::builder()
            .scheme("http")
            .authority(host)
            .path_and_query("/")
            .build();
        host_alone.is_ok_and(|host| all.intercept(&host).is_none())
    }
}

/// Takes `host:port` apart. An IPv6 address has a port only behind brackets.
fn split_port(entry: &str) -> (&str, Option<u16>) {
    if let Some(rest) = entry.strip_prefix('[') {
        let (address, port) = rest.split_once(']').unwrap_or((rest, ""));
        return (
            address,
            port.strip_prefix(':').and_then(|port| port.parse().ok()),
        );
    }
    match entry.split_once(':') {
        Some((host, port)) if !port.contains(':') => match port.parse() {
            Ok(port) => (host, Some(port)),
            Err(_) => (entry, None),
        },
        _ => (entry, None),
    }
}

/// Returns whether a host is this machine or a metadata service.
fn is_local(host: &str) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let Ok(address) = host.parse::<IpAddr>() else {
        let host = host.to_ascii_lowercase();
        return host == "localhost" || host.ends_with(".localhost");
    };
    let mut networks = METADATA_NETWORKS
        .iter()
        .filter_map(|network| network.parse::<IpNet>().ok());
    address.is_loopback() || networks.any(|network| network.contains(&address))
}

impl Proxy {
    /// Reads `http://user:password@host:port`; without a scheme it is an HTTP proxy.
    fn parse(value: &str) -> Result<Proxy, String> {
        let with_scheme = match value.contains("://") {
            true => value.to_owned(),
            false => format!("http://{value}"),
        };
        let mut url = Url::parse(&with_scheme).map_err(|error| error.to_string())?;
        if !["http", "https"].contains(&url.scheme()) {
            return Err(format!(
                "it is a {} proxy, and only http:// and https:// are supported",
                url.scheme()
            ));
        }
        let host = url.host_str().ok_or("it has no host")?.to_owned();
        let decoded = |part: &str| percent_decode_str(part).decode_utf8_lossy().into_owned();
        let user = decoded(url.username());
        let password = decoded(url.password().unwrap_or_default());
        let has_credentials = !user.is_empty() || !password.is_empty();
        url.set_path("/");
        url.set_query(None);
        url.set_fragment(None);
        let authority = match url.port() {
            Some(port) => format!("{host}:{port}"),
            None => host,
        };
        let uri = Uri::builder()
            .scheme(url.scheme())
            .authority(authority)
            .path_and_query("/")
            .build();
        let authorization = has_credentials.then(|| {
            let encoded = STANDARD.encode(format!("{user}:{password}"));
            let mut value = HeaderValue::try_from(format!("Basic {encoded}")).ok()?;
            value.set_sensitive(true);
            Some(value)
        });
        Ok(Proxy {
            uri: uri.map_err(|error| error.to_string())?,
            authorization: authorization.flatten(),
            #[cfg(feature = "cli")]
            url: url.to_string(),
        })
    }

    /// Returns the address of the proxy, without user and password.
    pub(crate) fn uri(&self) -> &Uri {
        &self.uri
    }

    /// Returns the `Proxy-Authorization` header.
    pub(crate) fn authorization(&self) -> Option<&HeaderValue> {
        self.authorization.as_ref()
    }

    /// Returns its URL with the user and the password: not to be shown.
    #[cfg(feature = "cli")]
    pub(crate) fn secret_url(&self) -> &str {
        &self.url
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proxies(variables: &[(&str, &str)]) -> Result<Proxies, ProxyError> {
        Proxies::from_env(|name| {
            let found = variables.iter().find(|(key, _)| *key == name);
            found.map(|(_, value)| (*value).to_owned())
        })
    }

    fn of(proxies: &Proxies, uri: &str) -> Option<String> {
        let uri: Uri = uri.parse().expect("a URI");
        proxies.of(&uri).map(|proxy| proxy.uri().to_string())
    }

    #[test]
    fn each_scheme_has_its_proxy_and_this_machine_has_none() {
        let both = proxies(&[
            ("HTTPS_PROXY", "http://secure:3128"),
            ("HTTP_PROXY", "plain:8080/path"),
        ])
        .expect("proxies");
        let secure = Some("http://secure:3128/".to_owned());
        assert_eq!(of(&both, "https://sts.amazonaws.com/"), secure);
        assert_eq!(
            of(&both, "http://emulator.example:4566/"),
            Some("http://plain:8080/".to_owned())
        );
        for local in [
            "https://localhost:8443/",
            "http://127.0.0.1:4566/",
            "http://[::1]:4566/",
            "http://bucket.localhost:4566/",
            "http://169.254.169.254/latest/meta-data/",
            "http://169.254.170.2/v2/credentials/x",
            "http://169.254.100.1:9001/2018-06-01/runtime/init/error",
            "http://[fd00:ec2::254]/latest/meta-data/",
        ] {
            assert_eq!(of(&both, local), None, "{local}");
        }
        assert_eq!(
            of(&proxies(&[]).expect("none"), "https://sts.amazonaws.com/"),
            None
        );
        assert_eq!(
            of(
                &proxies(&[("HTTPS_PROXY", "  ")]).expect("none"),
                "https://sts.amazonaws.com/"
            ),
            None
        );
    }

    #[test]
    fn the_lower_case_variable_comes_first() {
        let both = proxies(&[
            ("https_proxy", "http://lower:1"),
            ("HTTPS_PROXY", "http://upper:1"),
        ])
        .expect("proxies");
        assert_eq!(
            of(&both, "https://a.example/"),
            Some("http://lower:1/".to_owned())
        );
    }

    #[test]
    fn hosts_domains_networks_and_ports_are_excepted() {
        let table = [
            ("amazonaws.com", "https://sts.amazonaws.com/", true),
            (".amazonaws.com", "https://sts.amazonaws.com/", true),
            ("*.amazonaws.com", "https://sts.amazonaws.com/", true),
            ("amazonaws.com", "https://notamazonaws.com/", false),
            (
                "hooks.slack.com, sts.amazonaws.com",
                "https://sts.amazonaws.com/",
                true,
            ),
            (
                "hooks.slack.com sts.amazonaws.com",
                "https://STS.amazonaws.com/",
                true,
            ),
            ("*", "https://sts.amazonaws.com/", true),
            ("10.0.0.0/8", "https://10.1.2.3/", true),
            ("10.0.0.0/8", "https://11.1.2.3/", false),
            ("10.1.2.3", "https://10.1.2.3:8443/", true),
            ("sts.amazonaws.com:443", "https://sts.amazonaws.com/", true),
            (
                "sts.amazonaws.com:8443",
                "https://sts.amazonaws.com/",
                false,
            ),
            ("[fd12::1]:8443", "https://[fd12::1]:8443/", true),
            ("fd12::/16", "https://[fd12::1]/", true),
            ("", "https://sts.amazonaws.com/", false),
            (",,", "https://sts.amazonaws.com/", false),
        ];
        for (no_proxy, uri, excepted) in table {
            let proxies =
                proxies(&[("HTTPS_PROXY", "http://p:1"), ("NO_PROXY", no_proxy)]).expect("proxies");
            assert_eq!(of(&proxies, uri).is_none(), excepted, "{no_proxy} {uri}");
        }
    }

    #[test]
    fn the_password_is_sent_and_never_shown() {
        let proxies =
            proxies(&[("HTTPS_PROXY", "http://user:p%40ss@proxy.example:3128")]).expect("proxies");
        let proxy = proxies
            .of(&"https://a.example/".parse().expect("a URI"))
            .expect("a proxy");
        let expected = format!("Basic {}", STANDARD.encode("user:p@ss"));
        assert_eq!(
            proxy.authorization().expect("a header").as_bytes(),
            expected.as_bytes()
        );
        let shown = format!("{proxies:?} {proxy:?} {:?}", proxy.authorization());
        for secret in ["p%40ss", "p@ss", &STANDARD.encode("user:p@ss")] {
            assert!(!shown.contains(secret), "{shown}");
        }
    }

    #[test]
    fn what_is_no_http_proxy_is_refused_and_not_shown() {
        for value in [
            "socks5://sesame@host:1080",
            "http://",
            "http://ho st:sesame",
            "sesame:port:x",
        ] {
            let error = proxies(&[("https_proxy", value)]).expect_err(value);
            assert_eq!(error.variable, "https_proxy");
            assert!(!error.to_string().contains("sesame"), "{error}");
        }
    }
}
