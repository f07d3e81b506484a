use std::{fmt, net::IpAddr, str::FromStr};

use wharf::server;

use crate::text::as_text;

/// A [network](server::Network), as it stands in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Network(pub server::Network);

impl Network {
    /// Whether the address lies in it. An IPv4 address inside IPv6 is the IPv4 address.
    pub fn contains(&self, address: IpAddr) -> bool {
        self.0.contains(address)
    }
}

impl FromStr for Network {
    type Err = server::NetworkError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

as_text!(Network);
