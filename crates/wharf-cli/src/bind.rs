//! From which of this machine's addresses connections are made.

use std::{net::IpAddr, str::FromStr};

/// One address, or those of an interface: one of each family at the most.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Bind(Vec<IpAddr>);

impl Bind {
    pub(crate) fn addresses(&self) -> impl Iterator<Item = IpAddr> {
        self.0.iter().copied()
    }
}

impl FromStr for Bind {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Ok(address) = text.parse() {
            return Ok(Self(vec![address]));
        }
        let interfaces = if_addrs::get_if_addrs().map_err(|error| error.to_string())?;
        let of_it: Vec<_> =
            interfaces.iter().filter(|known| known.name == text).map(|known| known.ip()).collect();
        let ipv4 = of_it.iter().find(|address| address.is_ipv4());
        // One that leads beyond the wire, if there is one.
        let beyond = |address: &&IpAddr| matches!(address, IpAddr::V6(ip) if !ip.is_unicast_link_local());
        let addresses: Vec<_> = ipv4.into_iter().chain(of_it.iter().find(beyond)).copied().collect();
        match addresses.is_empty() {
            true => Err("it is neither an address nor an interface that has one".to_owned()),
            false => Ok(Self(addresses)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_an_address_or_an_interface() {
        assert_eq!("192.0.2.1".parse(), Ok(Bind(vec![IpAddr::from([192, 0, 2, 1])])));
        assert_eq!("::1".parse(), Ok(Bind(vec!["::1".parse().unwrap()])));
        assert!("no such interface".parse::<Bind>().is_err());
        // Whatever it is called here, something has the loopback address.
        let interfaces = if_addrs::get_if_addrs().unwrap();
        let loopback = interfaces.iter().find(|known| known.ip() == IpAddr::from([127, 0, 0, 1])).unwrap();
        let bind: Bind = loopback.name.parse().unwrap();
        assert!(bind.addresses().any(|address| address.is_loopback() && address.is_ipv4()), "{bind:?}");
        assert!(bind.addresses().filter(IpAddr::is_ipv4).count() == 1 && bind.addresses().count() <= 2);
    }
}
