//! Straight connections: from which of this machine's addresses, and to which of a name's.

use std::{
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
};

use tokio::net::{TcpSocket, TcpStream, lookup_host};

use super::{connect::Host, race::race};

/// The addresses of this machine that connections are made from: any, unless one is set; then only from those that are set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct LocalAddresses {
    ipv4: Option<Ipv4Addr>,
    ipv6: Option<Ipv6Addr>,
}

impl LocalAddresses {
    /// Sets the one for its family.
    pub(crate) fn set(&mut self, address: IpAddr) {
        match address {
            IpAddr::V4(address) => self.ipv4 = Some(address),
            IpAddr::V6(address) => self.ipv6 = Some(address),
        }
    }

    /// A socket that may connect to `address`.
    ///
    /// # Errors
    /// There is none of its family; the system does not have the address.
    pub(super) fn socket(&self, address: SocketAddr) -> io::Result<TcpSocket> {
        let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
        let local = match address {
            SocketAddr::V4(_) => self.ipv4.map(IpAddr::from),
            SocketAddr::V6(_) => self.ipv6.map(IpAddr::from),
        };
        match local {
            Some(local) => socket.bind((local, 0).into())?,
            None if *self == Self::default() => {}
            None => {
                let text = format!("no local address is set from which {} could be reached", address.ip());
                return Err(io::Error::new(io::ErrorKind::AddrNotAvailable, text));
            }
        }
        Ok(socket)
    }
}

/// The addresses of a host, in the order in which the system would try them (RFC 6724).
pub(super) async fn lookup(host: &Host) -> io::Result<Vec<SocketAddr>> {
    Ok(lookup_host((host.name.as_str(), host.port)).await?.collect())
}

/// Connects to a host, at whichever of its addresses answers first.
pub(super) async fn dial(host: &Host, local: &LocalAddresses) -> io::Result<TcpStream> {
    race(lookup(host).await?, |address| async move { local.socket(address)?.connect(address).await }).await
}
