//! Which address PASV names to whom.

use std::{
    net::{IpAddr, Ipv4Addr},
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use futures_util::future::join_all;
use tokio::net::lookup_host;

use super::Network;

/// How often names are looked up again.
const INTERVAL: Duration = Duration::from_secs(60);

/// The IPv4 address that PASV names. EPSV names none, and needs none.
#[derive(Clone, Debug, Default)]
pub struct Advertised {
    kind: Kind,
    outside_only: bool,
}

#[derive(Clone, Debug, Default)]
enum Kind {
    #[default]
    Own,
    Address(Ipv4Addr),
    Found(Arc<Found>),
}

#[derive(Debug)]
struct Found {
    name: Option<String>,
    /// 0 while it is not known.
    address: AtomicU32,
}

impl Advertised {
    /// The address that the client has connected to.
    pub fn own() -> Self {
        Self::default()
    }

    /// This one.
    pub fn address(address: Ipv4Addr) -> Self {
        Kind::Address(address).into()
    }

    /// The one that this name has, looked up when the server starts and each minute from then on: a change takes effect,
    /// a failure leaves what was found before.
    pub fn host_name(name: impl Into<String>) -> Self {
        Kind::Found(Arc::new(Found { name: Some(name.into()), address: AtomicU32::new(0) })).into()
    }

    /// One that the program finds out and [sets](Self::set), on this or on a clone.
    pub fn changing() -> Self {
        Kind::Found(Arc::new(Found { name: None, address: AtomicU32::new(0) })).into()
    }

    /// Names it only where it is needed: to clients with a [public](Self::is_public) address that have connected to one that is
    /// not. Others are in the server's own network, or have reached the server itself, and are told the address that they
    /// have connected to.
    #[must_use]
    pub fn outside_only(self) -> Self {
        Self { outside_only: true, ..self }
    }

    /// Whether an address is one for the whole internet: not private (RFC 1918), of a carrier's translation (RFC 6598),
    /// of the link, the loopback, benchmarks (RFC 2544) or a group, and not reserved. Those for documents count as public.
    pub fn is_public(address: IpAddr) -> bool {
        match address.to_canonical() {
            IpAddr::V4(address) => {
                let [first, second, third, _] = address.octets();
                !(address.is_private()
                    || address.is_loopback()
                    || address.is_link_local()
                    || first == 0
                    || first >= 224
                    || (first == 100 && second & 0xC0 == 64)
                    || (first == 192 && second == 0 && third == 0)
                    || (first == 198 && second & 0xFE == 18))
            }
            IpAddr::V6(address) => {
                !(address.is_unspecified()
                    || address.is_loopback()
                    || address.is_multicast()
                    || address.is_unique_local()
                    || address.is_unicast_link_local())
            }
        }
    }

    /// Sets the address of one that can change; others stay as they are.
    pub fn set(&self, address: Ipv4Addr) {
        if let Kind::Found(found) = &self.kind
            && found.address.swap(address.to_bits(), Ordering::Relaxed) != address.to_bits()
        {
            tracing::info!(%address, name = found.name, "PASV names a new address");
        }
    }

    /// The address to name; `None` for the one that the client has connected to, which is also named while no other is
    /// known.
    pub fn get(&self) -> Option<Ipv4Addr> {
        match &self.kind {
            Kind::Own => None,
            Kind::Address(address) => Some(*address),
            Kind::Found(found) => match found.address.load(Ordering::Relaxed) {
                0 => None,
                bits => Some(Ipv4Addr::from_bits(bits)),
            },
        }
    }

    /// As [`get`](Self::get), for this client, which has connected to `reached`.
    fn to(&self, client: IpAddr, reached: IpAddr) -> Option<Ipv4Addr> {
        let needed = !self.outside_only || (Self::is_public(client) && !Self::is_public(reached));
        self.get().filter(|_| needed)
    }

    async fn look_up(&self) {
        let Kind::Found(found) = &self.kind else { return };
        let Some(name) = &found.name else { return };
        let looked_up = lookup_host((name.as_str(), 0)).await;
        let address = looked_up.map(|mut all| {
            all.find_map(|address| match address.ip() {
                IpAddr::V4(address) => Some(address),
                IpAddr::V6(_) => None,
            })
        });
        match address {
            Ok(Some(address)) => self.set(address),
            Ok(None) => tracing::warn!(name, "the name for PASV has no IPv4 address"),
            Err(error) => tracing::warn!(name, error = error.to_string(), "the name for PASV was not found"),
        }
    }
}

impl From<Kind> for Advertised {
    fn from(kind: Kind) -> Self {
        Self { kind, outside_only: false }
    }
}

/// Rules in their order, and what holds for all others.
#[derive(Clone, Debug, Default)]
pub(super) struct Advertisement {
    pub(super) rules: Vec<(Vec<Network>, Advertised)>,
    pub(super) others: Advertised,
}

impl Advertisement {
    /// The address to name to this client, if it is not `reached`, the one that it has connected to.
    pub(super) fn to(&self, client: IpAddr, reached: IpAddr) -> Option<Ipv4Addr> {
        let rule =
            self.rules.iter().find(|(clients, _)| clients.iter().any(|network| network.contains(client)));
        rule.map_or(&self.others, |(_, advertised)| advertised).to(client, reached)
    }

    /// Looks all names up.
    pub(super) async fn look_up(&self) {
        let rules = self.rules.iter().map(|(_, advertised)| advertised);
        join_all(rules.chain([&self.others]).map(Advertised::look_up)).await;
    }

    /// Does so each minute, for ever.
    pub(super) async fn refresh(self) {
        loop {
            tokio::time::sleep(INTERVAL).await;
            self.look_up().await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_first_rule_for_the_client_counts() {
        let (public, other) = (Ipv4Addr::new(192, 0, 2, 1), Ipv4Addr::new(198, 51, 100, 1));
        let changing = Advertised::changing();
        let networks = |text: &str| vec![text.parse().unwrap()];
        let advertisement = Advertisement {
            rules: vec![
                (networks("10.1.0.0/16"), changing.clone()),
                (networks("10.0.0.0/8"), Advertised::own()),
                (networks("127.0.0.0/8"), Advertised::host_name("localhost")),
            ],
            others: Advertised::address(public),
        };
        let to = |client: &str| advertisement.to(client.parse().unwrap(), [10, 9, 9, 9].into());
        assert_eq!(to("203.0.113.9"), Some(public));
        assert_eq!(to("10.2.3.4"), None);
        assert_eq!(to("::ffff:10.2.3.4"), None);
        assert_eq!((to("10.1.2.3"), to("127.0.0.1")), (None, None), "not known yet");
        changing.set(other);
        advertisement.look_up().await;
        assert_eq!((to("10.1.2.3"), to("127.0.0.1")), (Some(other), Some(Ipv4Addr::LOCALHOST)));
    }

    #[test]
    fn what_is_for_the_outside_is_named_to_nobody_else() {
        let public = Ipv4Addr::new(192, 0, 2, 1);
        let advertised = Advertised::address(public).outside_only();
        let to = |client: &str, reached: &str| {
            let [client, reached]: [IpAddr; 2] = [client, reached].map(|text| text.parse().unwrap());
            advertised.to(client, reached)
        };
        for (client, reached) in [
            ("203.0.113.9", "192.168.7.7"),
            ("203.0.113.9", "100.64.0.1"),
            ("::ffff:203.0.113.9", "10.0.0.1"),
        ] {
            assert_eq!(to(client, reached), Some(public), "{client} {reached}");
        }
        for client in [
            "192.168.7.8",
            "10.0.0.1",
            "172.16.0.1",
            "127.0.0.1",
            "169.254.0.1",
            "100.127.0.1",
            "198.19.0.1",
            "fd00::1",
            "fe80::1",
            "::1",
        ] {
            assert_eq!(to(client, "192.168.7.7"), None, "{client}");
        }
        for reached in ["198.51.100.1", "100.128.0.1", "172.32.0.1"] {
            assert_eq!(to("203.0.113.9", reached), None, "{reached}");
        }
    }
}
