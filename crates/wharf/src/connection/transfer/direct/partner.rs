//! Where one server may be sent by what another says (RFC 2577 section 3).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use crate::{Error, ErrorKind, Phase};

/// The first port on which no service of a system listens.
const FIRST_PORT: u16 = 1024;

/// From where an address can be reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reach {
    /// From nowhere: it names no one host.
    Nowhere,
    /// From the machine that has it.
    Machine,
    /// From the same link.
    Link,
    /// From the same private network.
    Network,
    Everywhere,
}

impl Reach {
    fn of(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(address) => Self::of_ipv4(address),
            IpAddr::V6(address) => Self::of_ipv6(address),
        }
    }

    fn of_ipv4(address: Ipv4Addr) -> Self {
        match address.octets() {
            // This network, groups, and what is reserved.
            [0 | 224..=255, ..] => Self::Nowhere,
            [127, ..] => Self::Machine,
            [169, 254, ..] => Self::Link,
            // The second is shared address space (RFC 6598).
            [10, ..] | [100, 64..=127, ..] | [172, 16..=31, ..] | [192, 168, ..] => Self::Network,
            _ => Self::Everywhere,
        }
    }

    fn of_ipv6(address: Ipv6Addr) -> Self {
        match () {
            () if address.is_unspecified() || address.is_multicast() => Self::Nowhere,
            () if address.is_loopback() => Self::Machine,
            () if address.is_unicast_link_local() => Self::Link,
            () if address.is_unique_local() => Self::Network,
            () => Self::Everywhere,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Nowhere => "an address of no host",
            Self::Machine => "a loopback address",
            Self::Link => "a link-local address",
            Self::Network => "a private address",
            Self::Everywhere => "a public address",
        }
    }
}

/// Whether the server at `source` may be told to connect to `destination`: to no port of a system's services, and to no address that
/// means something else, or somebody else, where that server is.
///
/// # Errors
/// [`Protocol`](ErrorKind::Protocol).
pub(super) fn check(destination: SocketAddr, source: IpAddr) -> Result<(), Error> {
    let refused = |why: String| Err(Error::new(ErrorKind::Protocol, Phase::Data).message(why));
    let reach = Reach::of(destination.ip());
    match () {
        () if destination.port() < FIRST_PORT => refused(format!(
            "the server listens on port {}, below {FIRST_PORT}: no other is sent there",
            destination.port()
        )),
        () if reach == Reach::Everywhere || reach == Reach::of(source) && reach != Reach::Nowhere => Ok(()),
        () => {
            refused(format!("the server is at {}, and the other is not: it is not sent there", reach.name()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_let(destination: &str, source: &str) -> Result<(), String> {
        check(destination.parse().unwrap(), source.parse().unwrap()).map_err(|error| error.to_string())
    }

    #[test]
    fn a_server_is_sent_to_what_is_the_same_for_it_only() {
        let kinds: [(&[&str], &str, &str); 5] = [
            (&["127.0.0.1", "127.8.0.1", "[::1]", "[::ffff:127.0.0.1]"], "127.0.0.9", "a loopback address"),
            (&["169.254.1.1", "[fe80::1]"], "169.254.7.7", "a link-local address"),
            (
                &["10.0.0.1", "172.16.0.1", "172.31.0.1", "192.168.0.1", "100.64.0.1", "[fd00::1]"],
                "10.9.9.9",
                "a private address",
            ),
            (&["198.51.100.1", "172.32.0.1", "100.128.0.1", "[2001:db8::1]"], "203.0.113.1", ""),
            (
                &["0.0.0.0", "224.0.0.1", "255.255.255.255", "240.0.0.1", "[::]", "[ff02::1]"],
                "224.0.0.1",
                "an address of no host",
            ),
        ];
        for (destinations, alike, name) in kinds {
            for destination in destinations {
                let destination = format!("{destination}:40000");
                for (_, source, other) in kinds {
                    let said = is_let(&destination, source);
                    let lets = name.is_empty() || source == alike && !name.ends_with("no host");
                    assert_eq!(said.is_ok(), lets, "{destination} from {source}, {other}: {said:?}");
                    assert!(said.is_ok() || said.unwrap_err().contains(name), "{destination}");
                }
            }
        }
    }

    #[test]
    fn nobody_is_sent_to_the_port_of_a_service() {
        for port in [1, 22, 1023] {
            let said = is_let(&format!("198.51.100.1:{port}"), "203.0.113.1").unwrap_err();
            assert!(said.contains(&format!("port {port}")), "{said}");
        }
        assert_eq!(is_let("198.51.100.1:1024", "203.0.113.1"), Ok(()));
    }
}
