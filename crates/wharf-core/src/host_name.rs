//! The name of a server, as HOST and a certificate have it (RFC 7151 section 3.1).

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr},
};

/// The most octets of a domain name (RFC 1035 section 2.3.4), without a last dot.
const MAX_NAME: usize = 253;

/// The most octets of a label.
const MAX_LABEL: usize = 63;

/// A domain name or an address by which a server is called.
///
/// Letter case makes no difference, nor does a last dot. Names in other scripts are written as in the DNS (A-labels). An
/// IPv6 address stands in brackets; an IPv4 address may.
///
/// ```
/// # use wharf_core::host_name::HostName;
/// assert_eq!(HostName::parse("FTP.Example.ORG.").unwrap().to_string(), "ftp.example.org");
/// assert_eq!(HostName::parse("[2001:DB8::0:1]").unwrap().to_string(), "[2001:db8::1]");
/// assert!(HostName::parse("ftp.example.org:21").is_err());
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct HostName(Form);

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Form {
    Domain(Box<str>),
    Address(IpAddr),
}

/// A text that is no host name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a host is a domain name or an address, without a port")]
pub struct HostNameError;

impl HostName {
    /// Reads a name or an address.
    ///
    /// # Errors
    /// Anything else, also a name with a port and an IPv6 address without brackets or with a zone.
    pub fn parse(text: &str) -> Result<Self, HostNameError> {
        if let Some(inside) = text.strip_prefix('[') {
            let inside = inside.strip_suffix(']').ok_or(HostNameError)?;
            return inside.parse().map(|address| Self(Form::Address(address))).map_err(|_| HostNameError);
        }
        if let Ok(address) = text.parse::<Ipv4Addr>() {
            return Ok(Self(Form::Address(address.into())));
        }
        let name = text.strip_suffix('.').unwrap_or(text);
        let last = name.rsplit('.').next().unwrap_or_default();
        // What ends in a number is an address that is none.
        let is_number = last.bytes().all(|octet| octet.is_ascii_digit());
        match name.len() <= MAX_NAME && name.split('.').all(is_label) && !is_number {
            true => Ok(Self(Form::Domain(name.to_ascii_lowercase().into()))),
            false => Err(HostNameError),
        }
    }

    /// The address, where it is none of the DNS.
    pub fn address(&self) -> Option<IpAddr> {
        match self.0 {
            Form::Domain(_) => None,
            Form::Address(address) => Some(address),
        }
    }
}

fn is_label(label: &str) -> bool {
    let inner = |octet: u8| octet.is_ascii_alphanumeric() || octet == b'-';
    (1..=MAX_LABEL).contains(&label.len())
        && label.bytes().all(inner)
        && !label.starts_with('-')
        && !label.ends_with('-')
}

impl From<IpAddr> for HostName {
    fn from(address: IpAddr) -> Self {
        Self(Form::Address(address))
    }
}

impl fmt::Display for HostName {
    /// As it stands behind HOST.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Form::Domain(name) => f.write_str(name),
            Form::Address(IpAddr::V4(address)) => address.fmt(f),
            Form::Address(IpAddr::V6(address)) => write!(f, "[{address}]"),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_written_is_read_as_the_same(text in r"\PC{0,20}|\[[0-9a-f:.]{2,20}\]|[0-9.]{7,15}|[a-zA-Z0-9.-]{1,70}") {
            if let Ok(name) = HostName::parse(&text) {
                let written = name.to_string();
                prop_assert!(written.is_ascii() && written == written.to_ascii_lowercase());
                prop_assert_eq!(HostName::parse(&written), Ok(name));
            }
        }
    }

    #[test]
    fn names_are_compared_without_case_and_last_dot() {
        let same = ["a.example", "A.EXAMPLE", "a.example."].map(|text| HostName::parse(text).unwrap());
        assert!(same.iter().all(|name| name.to_string() == "a.example" && *name == same[0]));
        for text in ["localhost", "xn--bcher-kva.example", "3com.example", "a-b.c0", &"a".repeat(63)] {
            assert_eq!(HostName::parse(text).unwrap().to_string(), text);
        }
    }

    #[test]
    fn addresses_are_read_in_every_form_and_written_in_one() {
        for (text, written) in [
            ("192.0.2.1", "192.0.2.1"),
            ("[192.0.2.1]", "192.0.2.1"),
            ("[2001:DB8:0:0::1]", "[2001:db8::1]"),
            ("[::1]", "[::1]"),
        ] {
            let name = HostName::parse(text).unwrap();
            assert_eq!(name.to_string(), written);
            assert_eq!(HostName::parse(written), Ok(name));
        }
    }

    #[test]
    fn nothing_else_is_a_host() {
        let (long_label, long_name) = ("a".repeat(64), ["a"; 128].join("."));
        for text in [
            "",
            ".",
            "..",
            "a..b",
            ".a",
            "a..",
            "-a",
            "a-",
            "a b",
            "a_b",
            "a:21",
            "192.0.2.1:21",
            "192.0.2",
            "192.0.2.256",
            "1.2.3.4.5",
            "::1",
            "[::1",
            "[::1]:21",
            "[::1]x",
            "[fe80::1%eth0]",
            "[a.example]",
            "[]",
            "[v1.x]",
            "b\u{fc}cher.example",
            "a/b",
            "*.example",
            &long_label,
            &long_name,
        ] {
            assert_eq!(HostName::parse(text), Err(HostNameError), "{text}");
        }
    }
}
