//! Where the server has clients connect to.

use std::net::{IpAddr, Ipv4Addr};

use serde::Serialize;
use wharf::{
    Connection, Error,
    core::{
        address::ExtendedPassive,
        command::{
            Command,
            data_port::{Epsv, Pasv},
        },
        reply::Reply,
    },
};

use super::told::Told;
use crate::exit::Failure;

/// The answers to both commands.
#[derive(Debug, Serialize)]
pub(super) struct Passive {
    pub(super) epsv: Answer,
    pub(super) pasv: Answer,
    /// What PASV names.
    pub(super) pasv_address: Option<Ipv4Addr>,
    pub(super) pasv_address_is: Option<AddressIs>,
}

/// A reply.
#[derive(Debug, Serialize)]
pub(super) struct Answer {
    /// Whether it says where to connect to.
    pub(super) usable: bool,
    /// As it came.
    pub(super) reply: String,
}

/// What the address in reply to PASV is. Any but [`Server`](Self::Server) is of no use to a client: it has to connect to
/// the server's own, as wharf always does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum AddressIs {
    /// That of the control connection.
    Server,
    /// One that nobody has: unspecified, multicast, broadcast, reserved, for documentation.
    Unroutable,
    /// Every machine's own.
    Loopback,
    /// Of a private network, and the server was reached at another.
    Private,
    /// Another machine's, as far as can be told.
    Other,
    /// Behind a proxy, or where the server has an IPv6 address, there is nothing to compare it with.
    NotComparable,
}

impl AddressIs {
    fn of(named: Ipv4Addr, server: Option<IpAddr>) -> Self {
        let [first, second, ..] = named.octets();
        match server.map(|server| server.to_canonical()) {
            Some(IpAddr::V4(server)) if server == named => Self::Server,
            _ if named.is_multicast() || named.is_documentation() || first == 0 || first >= 240 => {
                Self::Unroutable
            }
            Some(IpAddr::V4(_)) if named.is_loopback() => Self::Loopback,
            // RFC 6598 has addresses for the networks of providers, which are as private.
            Some(IpAddr::V4(_))
                if named.is_private()
                    || named.is_link_local()
                    || (first == 100 && (64..128).contains(&second)) =>
            {
                Self::Private
            }
            Some(IpAddr::V4(_)) => Self::Other,
            _ => Self::NotComparable,
        }
    }
}

/// Asks with both commands, and connects to neither place: listings do.
///
/// # Errors
/// The connection was lost.
pub(super) async fn ask(client: &mut Connection, proxied: bool) -> Result<Passive, Failure> {
    let server = (!proxied).then(|| client.peer_address().ip());
    let (epsv, _) = answer(client.send(Told(Epsv(ExtendedPassive::Any))).await)?;
    let (pasv, named) = answer(client.send(Told(Pasv)).await)?;
    let address = named.map(|named: <Pasv as Command>::Output| named.address);
    let pasv_address_is = address.map(|address| AddressIs::of(address, server));
    Ok(Passive { epsv, pasv, pasv_address: address, pasv_address_is })
}

fn answer<T>(answer: Result<(T, Reply), Error>) -> Result<(Answer, Option<T>), Failure> {
    match answer {
        Ok((said, reply)) => Ok((Answer { usable: true, reply: reply.to_string() }, Some(said))),
        Err(error) => match error.reply() {
            Some(reply) if reply.code() != 421 => {
                Ok((Answer { usable: false, reply: reply.to_string() }, None))
            }
            _ => Err(error.into()),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_the_servers_or_of_no_use() {
        let public = "198.18.0.1";
        for (named, server, expected) in [
            (public, public, AddressIs::Server),
            ("127.0.0.1", "::ffff:127.0.0.1", AddressIs::Server),
            ("0.0.0.0", public, AddressIs::Unroutable),
            ("0.1.2.3", public, AddressIs::Unroutable),
            ("224.0.0.1", public, AddressIs::Unroutable),
            ("255.255.255.255", public, AddressIs::Unroutable),
            ("192.0.2.1", public, AddressIs::Unroutable),
            ("127.0.0.1", public, AddressIs::Loopback),
            ("10.1.2.3", public, AddressIs::Private),
            ("172.31.0.1", public, AddressIs::Private),
            ("192.168.0.1", "10.1.2.3", AddressIs::Private),
            ("169.254.1.1", public, AddressIs::Private),
            ("100.64.0.1", public, AddressIs::Private),
            ("100.128.0.1", public, AddressIs::Other),
            ("9.9.9.9", public, AddressIs::Other),
            ("9.9.9.9", "2001:db8::1", AddressIs::NotComparable),
        ] {
            let server = Some(server.parse().unwrap());
            assert_eq!(AddressIs::of(named.parse().unwrap(), server), expected, "{named}");
        }
        assert_eq!(AddressIs::of(Ipv4Addr::LOCALHOST, None), AddressIs::NotComparable);
    }
}
