//! `[passive]`: where data connections are awaited, and whether the server makes some itself.

use std::{net::Ipv4Addr, ops::RangeInclusive};

use serde::{Deserialize, Serialize};
use wharf::ServerBuilder;

use super::problem::Wrong;
use crate::numbers;

pub(crate) const EXAMPLE: &str = r#"
# Data connections.
[passive]
# The ports on which they are awaited. A free one at random unless set; a firewall wants to know.
# ports = "50000-50099"
# The IPv4 address that clients are told, where they see another one than this machine does.
# address = "192.0.2.1"
# Whether the server makes data connections to clients that ask for it.
# active = true
"#;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Section {
    ports: Option<String>,
    address: Option<Ipv4Addr>,
    active: Option<bool>,
}

impl Section {
    fn ports(&self) -> Result<Option<RangeInclusive<u16>>, String> {
        self.ports.as_deref().map(numbers::ports).transpose()
    }

    pub(super) fn check(&self) -> Result<(), Wrong> {
        self.ports().map(drop).map_err(|error| Wrong::at("passive.ports", error))
    }

    pub(super) fn apply(&self, mut builder: ServerBuilder) -> ServerBuilder {
        if let Ok(Some(ports)) = self.ports() {
            builder = builder.passive_ports(ports);
        }
        if let Some(address) = self.address {
            builder = builder.passive_address(address);
        }
        match self.active {
            Some(active) => builder.active_mode(active),
            None => builder,
        }
    }
}
