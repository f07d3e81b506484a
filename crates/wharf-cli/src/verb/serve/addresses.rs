//! Where to listen.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

use tokio::net::{TcpListener, lookup_host};

use crate::exit::{Exit, Failure};

/// Which addresses of a host are meant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Family {
    Ipv4,
    Ipv6,
    #[default]
    Auto,
}

impl Family {
    fn includes(self, address: &SocketAddr) -> bool {
        match self {
            Self::Ipv4 => address.is_ipv4(),
            Self::Ipv6 => address.is_ipv6(),
            Self::Auto => true,
        }
    }
}

/// The addresses of `hosts`, or this machine's loopback addresses where none is given.
///
/// # Errors
/// A host has no address of the family.
pub(super) async fn resolve(hosts: &[String], port: u16, family: Family) -> Result<Vec<SocketAddr>, Failure> {
    if hosts.is_empty() {
        return Ok(loopback(port, family).await);
    }
    let mut all = Vec::new();
    for host in hosts {
        let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
        let fails = |reason: &str| Failure::new(Exit::Network, format!("cannot listen on {host}: {reason}"));
        let found = lookup_host((bare, port)).await.map_err(|error| fails(&error.to_string()))?;
        let before = all.len();
        all.extend(found.filter(|address| family.includes(address)));
        if all.len() == before {
            return Err(fails("it has no address of the family"));
        }
    }
    // A name may stand in the list of hosts twice, and in another one's addresses.
    let mut unique = Vec::new();
    all.retain(|address| {
        !unique.contains(address) && {
            unique.push(*address);
            true
        }
    });
    Ok(all)
}

/// `127.0.0.1` and `::1`. Under [`Family::Auto`] a machine without IPv6 does without.
async fn loopback(port: u16, family: Family) -> Vec<SocketAddr> {
    let (v4, v6) =
        (SocketAddr::from((Ipv4Addr::LOCALHOST, port)), SocketAddr::from((Ipv6Addr::LOCALHOST, port)));
    match family {
        Family::Ipv4 => vec![v4],
        Family::Ipv6 => vec![v6],
        Family::Auto => match TcpListener::bind((Ipv6Addr::LOCALHOST, 0)).await {
            Ok(_) => vec![v4, v6],
            Err(_) => vec![v4],
        },
    }
}
