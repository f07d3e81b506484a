use std::{fmt, net::IpAddr, str::FromStr};

use ipnet::IpNet;

/// The part of an IPv6 address that one client has no choice in: it may use any address of its /64.
const OF_ONE_CLIENT: u8 = 64;

/// A network, such as `192.0.2.0/24` or `2001:db8::/32`; an address alone is the network of that address.
///
/// ```
/// use wharf::server::Network;
///
/// let network: Network = "192.0.2.0/24".parse()?;
/// assert!(network.contains("192.0.2.7".parse()?));
/// // An IPv4 address stays one where the system shows it as IPv6.
/// assert!(network.contains("::ffff:192.0.2.7".parse()?));
/// assert!("192.0.2.0/33".parse::<Network>().is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Network(IpNet);

/// Something is no network.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no network: it looks like 192.0.2.0/24, 2001:db8::/32 or a plain address")]
pub struct NetworkError(String);

impl Network {
    /// The network of this address with a prefix of so many bits, or of all bits if it has no more.
    pub fn around(address: IpAddr, prefix: u8) -> Self {
        let address = address.to_canonical();
        let whole = IpNet::from(address);
        Self(IpNet::new(address, prefix).map_or(whole, |network| network.trunc()))
    }

    /// The addresses that one client can have: an IPv4 address, or the /64 of an IPv6 address.
    pub fn of_client(address: IpAddr) -> Self {
        let address = address.to_canonical();
        let prefix = if address.is_ipv4() { IpNet::from(address).max_prefix_len() } else { OF_ONE_CLIENT };
        Self::around(address, prefix)
    }

    /// Every network that has this address.
    pub(crate) fn all_around(address: IpAddr) -> impl Iterator<Item = Self> {
        let whole = IpNet::from(address.to_canonical());
        std::iter::successors(Some(whole), IpNet::supernet).map(Self)
    }

    /// Whether it has this address.
    pub fn contains(&self, address: IpAddr) -> bool {
        self.0.contains(&address.to_canonical())
    }
}

impl FromStr for Network {
    type Err = NetworkError;

    fn from_str(text: &str) -> Result<Self, NetworkError> {
        let network = match text.parse::<IpAddr>() {
            Ok(address) => Ok(IpNet::from(address.to_canonical())),
            Err(_) => text.parse(),
        };
        network.map(|network| Self(network.trunc())).map_err(|_| NetworkError(text.to_owned()))
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.prefix_len() == self.0.max_prefix_len() {
            true => self.0.addr().fmt(f),
            false => self.0.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_network_is_an_error_and_never_everybody() {
        for text in [
            "",
            "192.0.2.0/33",
            "192.0.2.0/",
            "/24",
            "192.0.2/24",
            "2001:db8::/129",
            "all",
            "*",
            " 10.0.0.0/8",
        ] {
            assert!(text.parse::<Network>().is_err(), "{text}");
        }
    }

    #[test]
    fn an_address_is_in_itself_and_in_all_that_is_around_it() {
        let around = |text: &str| Network::all_around(text.parse().unwrap()).collect::<Vec<_>>();
        let (four, six) = (around("::ffff:192.0.2.7"), around("2001:db8::7"));
        assert_eq!((four.len(), six.len()), (33, 129));
        assert!(
            ["192.0.2.7", "192.0.2.0/24", "0.0.0.0/0"].iter().all(|net| four.contains(&net.parse().unwrap()))
        );
        assert!(
            ["2001:db8::7", "2001:db8::/64", "2001::/16"]
                .iter()
                .all(|net| six.contains(&net.parse().unwrap()))
        );
    }

    #[test]
    fn a_client_is_its_address_or_its_64() {
        let client = |text: &str| Network::of_client(text.parse().unwrap()).to_string();
        assert_eq!(client("192.0.2.7"), "192.0.2.7");
        assert_eq!(client("::ffff:192.0.2.7"), "192.0.2.7");
        assert_eq!(client("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64");
        assert_eq!(Network::around("192.0.2.7".parse().unwrap(), 99).to_string(), "192.0.2.7");
    }
}
