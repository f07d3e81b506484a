//! `[passive]`: where data connections are awaited, and whether the server makes some itself.

use std::{net::Ipv4Addr, ops::RangeInclusive};

use serde::{Deserialize, Serialize};
use wharf::{ServerBuilder, core::host_name::HostName, server::Advertised};
use wharf_accounts::Network;

use super::problem::Wrong;
use crate::numbers;

pub(crate) const EXAMPLE: &str = r#"
# Data connections. `wharf serve --config FILE --check` says what clients are told, and what a firewall must open.
[passive]
# The ports on which they are awaited. A free one at random unless set; a firewall wants to know.
# ports = "21000-21099"
# Whether each of these ports serves several clients at a time, told apart by their addresses, and under TLS behind one address
# by the TLS session that a data connection resumes: then a few are enough.
# shared = false
# The IPv4 address that PASV names: own, the one that the client has connected to; an address; a name, which is looked up
# each minute; or auto. EPSV, which clients try first, names none.
# With auto, clients with a public address that have connected to a private one are told the router's public address, which
# it is asked for each minute (NAT-PMP); others are told the one that they have connected to. A server that does not find
# it out does not start.
# address = "own"
# Other addresses for the clients of some networks; the first that holds counts.
# for = [{ clients = ["10.0.0.0/8", "192.168.0.0/16"], address = "own" }]
# Whether the server makes data connections to clients that ask for it.
# active = true
# Other servers, to which and from which data may go: transfers between two servers. None unless named.
# partners = ["198.51.100.7"]
# Who hands connections on and says for whom, by the PROXY protocol, version 1 or 2. Nobody else is believed.
# balancers = ["192.0.2.10"]
"#;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(crate) struct Section {
    ports: Option<String>,
    shared: Option<bool>,
    address: Option<String>,
    r#for: Vec<Rule>,
    active: Option<bool>,
    partners: Vec<Network>,
    balancers: Vec<Network>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Rule {
    clients: Vec<Network>,
    address: String,
}

/// What an `address` says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Named {
    Own,
    /// To who comes from outside, the public address of the router.
    Auto,
    Address(Ipv4Addr),
    Name(String),
}

impl Named {
    fn parse(text: &str) -> Result<Self, String> {
        if text == "own" {
            return Ok(Self::Own);
        }
        if text == "auto" {
            return Ok(Self::Auto);
        }
        if let Ok(address) = text.parse::<Ipv4Addr>() {
            return match address.is_unspecified() || address.is_broadcast() || address.is_multicast() {
                true => Err(format!("{address} is no address that a client could reach")),
                false => Ok(Self::Address(address)),
            };
        }
        let numbers = text.bytes().all(|octet| octet.is_ascii_digit() || octet == b'.');
        match HostName::parse(text) {
            Ok(name) if name.address().is_none() && !numbers => Ok(Self::Name(text.to_owned())),
            _ => Err(format!("{text:?} is neither own, auto, an IPv4 address nor a name")),
        }
    }

    fn advertised(&self, outside: &Advertised) -> Advertised {
        match self {
            Self::Own => Advertised::own(),
            Self::Auto => outside.clone(),
            Self::Address(address) => Advertised::address(*address),
            Self::Name(name) => Advertised::host_name(name),
        }
    }
}

impl Section {
    pub(crate) fn ports(&self) -> Result<Option<RangeInclusive<u16>>, String> {
        self.ports.as_deref().map(numbers::ports).transpose()
    }

    /// Whether a port serves several clients at a time.
    pub(crate) fn is_shared(&self) -> bool {
        self.shared.unwrap_or_default()
    }

    pub(crate) fn is_active(&self) -> bool {
        self.active.unwrap_or(true)
    }

    /// Whether the router is asked for its public address.
    pub(crate) fn is_auto(&self) -> bool {
        self.rules().is_ok_and(|rules| rules.iter().any(|(_, named)| *named == Named::Auto))
    }

    /// Who hands connections on.
    pub(crate) fn balancers(&self) -> &[Network] {
        &self.balancers
    }

    /// The rules in their order; the last one is for all others.
    pub(crate) fn rules(&self) -> Result<Vec<(Vec<Network>, Named)>, Wrong> {
        let mut rules = Vec::new();
        for (place, rule) in self.r#for.iter().enumerate() {
            let named = Named::parse(&rule.address);
            let named = named.map_err(|error| Wrong::at(&format!("passive.for.{place}.address"), error))?;
            rules.push((rule.clients.clone(), named));
        }
        let others = Named::parse(self.address.as_deref().unwrap_or("own"));
        rules.push((Vec::new(), others.map_err(|error| Wrong::at("passive.address", error))?));
        Ok(rules)
    }

    pub(super) fn check(&self) -> Result<(), Wrong> {
        let ports = self.ports().map_err(|error| Wrong::at("passive.ports", error))?;
        if self.is_shared() && ports.is_none() {
            return Err(Wrong::at("passive.shared", "it needs `ports`"));
        }
        if self.is_shared() && !(self.partners.is_empty() && self.balancers.is_empty()) {
            let text = "connections of balancers and partners do not come from the client's address";
            return Err(Wrong::at("passive.shared", text));
        }
        self.rules().map(drop)
    }

    /// A server that is like this; `outside` is the public address, where it is found out.
    pub(super) fn apply(&self, mut builder: ServerBuilder, outside: &Advertised) -> ServerBuilder {
        if let Ok(Some(ports)) = self.ports() {
            builder = builder.passive_ports(ports);
        }
        for (clients, named) in self.rules().unwrap_or_default() {
            builder = match clients.is_empty() {
                true => builder.advertise(named.advertised(outside)),
                false => builder.advertise_to(networks(&clients), named.advertised(outside)),
            };
        }
        builder
            .share_passive_ports(self.is_shared())
            .active_mode(self.is_active())
            .partners(networks(&self.partners))
            .balancers(networks(&self.balancers))
    }
}

fn networks(networks: &[Network]) -> impl Iterator<Item = wharf::server::Network> {
    networks.iter().map(|network| network.0)
}
