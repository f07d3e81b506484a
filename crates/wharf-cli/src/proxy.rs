//! Which proxy a server is reached through: what the options say, else the environment.

use std::env;

use hyper::Uri;
use hyper_util::client::proxy::matcher::Matcher;
use wharf::Proxy;

use crate::{exit::Failure, output};

/// The variables that may name a proxy, the first one first: as curl reads them.
const VARIABLES: [&str; 4] = ["ftp_proxy", "FTP_PROXY", "all_proxy", "ALL_PROXY"];
/// Those that name hosts which are reached without.
const EXCEPTIONS: [&str; 2] = ["no_proxy", "NO_PROXY"];
/// The one that holds the password for the proxy of `--proxy`.
const PASSWORD: &str = "WHARF_PROXY_PASSWORD";

/// Options of the way to a server.
#[derive(Debug, clap::Args)]
#[group(id = "way")]
pub(crate) struct Options {
    /// Connect through a proxy: socks5h://[USER@]HOST[:PORT], or socks5, socks4a, socks4 or http; its password is in
    /// WHARF_PROXY_PASSWORD [default: that of ftp_proxy or all_proxy, but for the hosts in no_proxy]
    #[arg(long, value_name = "URL", conflicts_with = "no_proxy")]
    proxy: Option<String>,

    /// Connect straight, whatever the environment says
    #[arg(long)]
    no_proxy: bool,
}

impl Options {
    /// The proxy that `host` is reached through.
    ///
    /// # Errors
    /// It cannot be read. The text of it is not shown: it may hold a password.
    pub(crate) fn to(&self, host: &str) -> Result<Option<Proxy>, Failure> {
        self.find(host, |name| env::var(name).ok())
    }

    fn find(&self, host: &str, variable: impl Fn(&str) -> Option<String>) -> Result<Option<Proxy>, Failure> {
        if self.no_proxy {
            return Ok(None);
        }
        if let Some(url) = &self.proxy {
            let proxy: Proxy = url.parse().map_err(|error| Failure::usage(format!("--proxy: {error}")))?;
            if proxy.has_password() {
                return Err(Failure::usage(format!(
                    "--proxy: a password in it could be seen by others: put it in {PASSWORD}"
                )));
            }
            let user = proxy.user().map(<[u8]>::to_vec);
            return Ok(Some(match (user, variable(PASSWORD)) {
                (Some(user), Some(password)) => proxy.credentials(user, password),
                _ => proxy,
            }));
        }
        let set = |name: &&'static str| Some((*name, variable(name).filter(|value| !value.is_empty())?));
        let Some((name, url)) = VARIABLES.iter().find_map(set) else { return Ok(None) };
        let excepted = EXCEPTIONS.iter().find_map(set).is_some_and(|(_, hosts)| is_among(&hosts, host));
        let scheme = url.split_once("://").map(|(scheme, _)| scheme.to_ascii_lowercase());
        match scheme {
            _ if excepted => Ok(None),
            Some(scheme) if Proxy::SCHEMES.contains(&scheme.as_str()) => {
                let read =
                    url.parse().map_err(|error| Failure::usage(format!("the variable {name}: {error}")));
                read.map(Some)
            }
            _ => {
                let known = Proxy::SCHEMES.join(", ");
                output::warning(format!("the variable {name} is not used: it begins with none of {known}"));
                Ok(None)
            }
        }
    }
}

/// Whether a host is one of those that are reached without a proxy: `*`, names with all that end in them, addresses, networks.
fn is_among(hosts: &str, host: &str) -> bool {
    let hosts = hosts.split_whitespace().collect::<Vec<_>>().join(",");
    let authority =
        if host.contains(':') { format!("[{host}]") } else { host.trim_end_matches('.').to_owned() };
    let Ok(uri) = format!("http://{authority}/").parse::<Uri>() else { return false };
    // Any proxy will do: what is asked is whether there is to be none.
    Matcher::builder().all("http://proxy").no(hosts).build().intercept(&uri).is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(
        proxy: Option<&str>,
        no_proxy: bool,
        variables: &[(&str, &str)],
        host: &str,
    ) -> Result<String, String> {
        let options = Options { proxy: proxy.map(str::to_owned), no_proxy };
        let value = |name: &str| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        };
        match options.find(host, value) {
            Ok(found) => Ok(found.map(|proxy| proxy.to_string()).unwrap_or_default()),
            Err(failure) => Err(failure.text.unwrap_or_default()),
        }
    }

    #[test]
    fn the_option_comes_before_the_environment() {
        let environment =
            &[("ALL_PROXY", "socks5://all"), ("ftp_proxy", "http://ftp:3128"), ("NO_PROXY", "*")];
        let of = |proxy, no_proxy| found(proxy, no_proxy, environment, "host");
        assert_eq!(of(Some("socks4a://anna@mine"), false).unwrap(), "socks4a://mine:1080");
        assert_eq!(of(None, true).unwrap(), "");
        assert_eq!(of(None, false).unwrap(), "");
        assert_eq!(found(None, false, &environment[..2], "host").unwrap(), "http://ftp:3128");
        assert_eq!(found(None, false, &environment[..1], "host").unwrap(), "socks5://all:1080");
        assert_eq!(
            found(None, false, &[("ftp_proxy", ""), environment[0]], "host").unwrap(),
            "socks5://all:1080"
        );
    }

    #[test]
    fn what_is_no_proxy_of_ours_is_not_used_and_no_password_is_shown() {
        for value in ["proxy:3128", "https://proxy", "ftp://proxy"] {
            assert_eq!(found(None, false, &[("FTP_PROXY", value)], "host").unwrap(), "");
        }
        for (option, variables) in [
            (Some("socks5h://anna:secret@proxy"), &[][..]),
            (Some("ftp://anna:secret@proxy"), &[]),
            (None, &[("all_proxy", "socks5h://anna:secret@/")]),
        ] {
            let error = found(option, false, variables, "host").unwrap_err();
            assert!(!error.contains("secret"), "{error}");
        }
        let options = Options { proxy: Some("http://anna@proxy".to_owned()), no_proxy: false };
        let proxy =
            options.find("host", |name| (name == PASSWORD).then(|| "secret".to_owned())).unwrap().unwrap();
        assert!(proxy.has_password());
    }

    #[test]
    fn exceptions_are_hosts_suffixes_addresses_and_networks() {
        for (hosts, host, excepted) in [
            ("example.org", "example.org", true),
            ("example.org", "ftp.EXAMPLE.org", true),
            (".example.org", "ftp.example.org.", true),
            ("example.org", "notexample.org", false),
            ("a.org, b.org c.org", "c.org", true),
            ("192.0.2.0/24", "192.0.2.77", true),
            ("192.0.2.0/24", "192.0.3.1", false),
            ("2001:db8::/32", "2001:db8::1", true),
            ("::1", "::1", true),
            ("*", "anything", true),
            ("", "anything", false),
        ] {
            assert_eq!(is_among(hosts, host), excepted, "{hosts} {host}");
            let variables = [("ALL_PROXY", "socks5h://proxy"), ("no_proxy", hosts)];
            assert_eq!(found(None, false, &variables, host).unwrap().is_empty(), excepted);
        }
    }
}
