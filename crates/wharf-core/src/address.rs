//! Addresses of data connections: host-port numbers (RFC 959) and their extended forms (RFC 2428).

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, SocketAddr, SocketAddrV4},
    str,
};

use memchr::memchr2_iter;

/// Why text is not an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum AddressError {
    /// It does not have the form, or a number is out of its range: 501.
    #[error("malformed address")]
    Syntax,
    /// The network protocol is neither 1 (IPv4) nor 2 (IPv6): 522.
    #[error("network protocol not supported, use (1,2)")]
    Protocol,
}

/// An IPv4 address and a port as six numbers, `h1,h2,h3,h4,p1,p2`: PORT and 227 (RFC 959 section 5.3.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct HostPort {
    /// The host.
    pub address: Ipv4Addr,
    /// The port; 0 is not ruled out.
    pub port: u16,
}

impl HostPort {
    /// Reads the argument of PORT: six numbers of at most 255 with commas between them, and nothing else.
    ///
    /// # Errors
    /// [`AddressError::Syntax`].
    pub fn parse(text: &[u8]) -> Result<Self, AddressError> {
        let mut numbers = text.split(|&octet| octet == b',').map(number::<u8>);
        let mut next = || numbers.next().flatten().ok_or(AddressError::Syntax);
        let address = Ipv4Addr::new(next()?, next()?, next()?, next()?);
        let port = u16::from_be_bytes([next()?, next()?]);
        match numbers.next() {
            None => Ok(Self { address, port }),
            Some(_) => Err(AddressError::Syntax),
        }
    }

    /// Finds the first six numbers in the text of a 227 reply, with parentheses around them or without.
    ///
    /// ```
    /// # use wharf_core::address::HostPort;
    /// let found = HostPort::find(b"Entering Passive Mode (127,0,0,1,4,1).").unwrap();
    /// assert_eq!(found.to_string(), "127,0,0,1,4,1");
    /// assert_eq!(found.port, 1025);
    /// ```
    pub fn find(text: &[u8]) -> Option<Self> {
        text.split(|octet| !octet.is_ascii_digit() && *octet != b',' && *octet != b' ').find_map(|run| {
            let run = trim(run);
            Self::parse(run).ok().or_else(|| {
                // A space after each comma, or words that end before the numbers begin.
                let tight: Vec<&[u8]> = run.split(|&octet| octet == b',').map(trim).collect();
                let spaced = Self::parse(&tight.join(&b','));
                spaced.ok().or_else(|| {
                    run.split(|&octet| octet == b' ').find_map(|word| Self::parse(trim(word)).ok())
                })
            })
        })
    }
}

impl From<SocketAddrV4> for HostPort {
    fn from(address: SocketAddrV4) -> Self {
        Self { address: *address.ip(), port: address.port() }
    }
}

impl From<HostPort> for SocketAddr {
    fn from(host_port: HostPort) -> Self {
        (host_port.address, host_port.port).into()
    }
}

impl fmt::Display for HostPort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [h1, h2, h3, h4] = self.address.octets();
        let [p1, p2] = self.port.to_be_bytes();
        write!(f, "{h1},{h2},{h3},{h4},{p1},{p2}")
    }
}

/// The family of an address, by its number in RFC 2428.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NetworkProtocol {
    /// IPv4, `1`.
    Ipv4,
    /// IPv6, `2`.
    Ipv6,
}

impl NetworkProtocol {
    /// The family of `address`.
    pub fn of(address: IpAddr) -> Self {
        match address {
            IpAddr::V4(_) => Self::Ipv4,
            IpAddr::V6(_) => Self::Ipv6,
        }
    }

    /// Reads the number.
    ///
    /// # Errors
    /// [`AddressError::Protocol`] for another number, [`AddressError::Syntax`] for what is no number.
    pub fn parse(text: &[u8]) -> Result<Self, AddressError> {
        match text {
            b"1" => Ok(Self::Ipv4),
            b"2" => Ok(Self::Ipv6),
            _ if !text.is_empty() && text.iter().all(u8::is_ascii_digit) => Err(AddressError::Protocol),
            _ => Err(AddressError::Syntax),
        }
    }
}

impl fmt::Display for NetworkProtocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ipv4 => "1",
            Self::Ipv6 => "2",
        })
    }
}

/// An address of either family and a port, `|1|132.235.1.2|6275|`: the argument of EPRT (RFC 2428 section 2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ExtendedAddress {
    /// The host.
    pub address: IpAddr,
    /// The port; 0 is not ruled out.
    pub port: u16,
}

impl ExtendedAddress {
    /// Reads the argument of EPRT: any visible ASCII delimiter, the family's number, an address of that family, a port.
    ///
    /// # Errors
    /// [`AddressError::Protocol`] where only the family is at fault, otherwise [`AddressError::Syntax`].
    pub fn parse(text: &[u8]) -> Result<Self, AddressError> {
        let group = Group::parse(text).filter(|group| group.rest.is_empty()).ok_or(AddressError::Syntax)?;
        let port = number(group.port).ok_or(AddressError::Syntax)?;
        let protocol = NetworkProtocol::parse(group.protocol)?;
        let address = address(group.address, Some(protocol)).ok_or(AddressError::Syntax)?;
        Ok(Self { address, port })
    }
}

impl From<SocketAddr> for ExtendedAddress {
    fn from(address: SocketAddr) -> Self {
        Self { address: address.ip(), port: address.port() }
    }
}

impl From<ExtendedAddress> for SocketAddr {
    fn from(address: ExtendedAddress) -> Self {
        (address.address, address.port).into()
    }
}

impl fmt::Display for ExtendedAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "|{}|{}|{}|", NetworkProtocol::of(self.address), self.address, self.port)
    }
}

/// A port, `(|||6446|)`: the reply to EPSV (RFC 2428 section 3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ExtendedPort {
    /// The port; 0 is not ruled out.
    pub port: u16,
    /// The address, which the RFC says to leave out and which a client need not believe.
    pub address: Option<IpAddr>,
}

impl ExtendedPort {
    /// The form a server sends.
    pub fn new(port: u16) -> Self {
        Self { port, address: None }
    }

    /// Finds the last well-formed group in the text of a 229 reply.
    ///
    /// A group is in parentheses and has any visible delimiter, or stands alone and has `|`. Family and address may
    /// be filled in.
    ///
    /// ```
    /// # use wharf_core::address::ExtendedPort;
    /// assert_eq!(ExtendedPort::find(b"Extended Passive Mode (|||6446|)"), Some(ExtendedPort::new(6446)));
    /// ```
    pub fn find(text: &[u8]) -> Option<Self> {
        let group_at = |start: usize| {
            let enclosed = text.get(start) == Some(&b'(');
            let group = Group::parse(text.get(start + usize::from(enclosed)..)?)?;
            if enclosed && group.rest.first() != Some(&b')') {
                return None;
            }
            let address = match (group.protocol, group.address) {
                (_, b"") => None,
                (b"", text) => Some(address(text, None)?),
                (protocol, text) => Some(address(text, Some(NetworkProtocol::parse(protocol).ok()?))?),
            };
            Some(Self { port: number(group.port)?, address })
        };
        let mut found = None;
        let mut searched = 0;
        for start in memchr2_iter(b'(', b'|', text) {
            if start >= searched
                && let Some(group) = group_at(start)
            {
                found = Some(group);
                // The bars inside a group begin no other one.
                searched = start + 5;
            }
        }
        found
    }
}

impl fmt::Display for ExtendedPort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.address {
            None => write!(f, "(|||{}|)", self.port),
            Some(address) => write!(f, "(|{}|{address}|{}|)", NetworkProtocol::of(address), self.port),
        }
    }
}

/// What EPSV asks for (RFC 2428 section 3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ExtendedPassive {
    /// No argument: the family of the control connection.
    Any,
    /// `1` or `2`: this family.
    Protocol(NetworkProtocol),
    /// `ALL`: from now on no other command than EPSV sets up data connections.
    All,
}

impl ExtendedPassive {
    /// Reads the argument of EPSV, which may be empty.
    ///
    /// # Errors
    /// [`AddressError::Protocol`] for another number, otherwise [`AddressError::Syntax`].
    pub fn parse(text: &[u8]) -> Result<Self, AddressError> {
        match text {
            b"" => Ok(Self::Any),
            _ if text.eq_ignore_ascii_case(b"ALL") => Ok(Self::All),
            _ => NetworkProtocol::parse(text).map(Self::Protocol),
        }
    }
}

impl fmt::Display for ExtendedPassive {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => Ok(()),
            Self::Protocol(protocol) => protocol.fmt(f),
            Self::All => f.write_str("ALL"),
        }
    }
}

/// `<d>protocol<d>address<d>port<d>` and what follows it.
struct Group<'a> {
    protocol: &'a [u8],
    address: &'a [u8],
    port: &'a [u8],
    rest: &'a [u8],
}

impl<'a> Group<'a> {
    /// The longest field: an IPv6 address with an IPv4 tail.
    const MAX_FIELD_LEN: usize = 45;

    fn parse(text: &'a [u8]) -> Option<Self> {
        let (&delimiter, mut rest) = text.split_first()?;
        if !delimiter.is_ascii_graphic() {
            return None;
        }
        let mut field = || {
            let end = rest.iter().take(Self::MAX_FIELD_LEN + 1).position(|&octet| octet == delimiter)?;
            let (field, tail) = rest.split_at_checked(end)?;
            rest = tail.get(1..)?;
            Some(field)
        };
        let (protocol, address, port) = (field()?, field()?, field()?);
        Some(Self { protocol, address, port, rest })
    }
}

/// Digits only: no sign, no space.
fn number<N: str::FromStr>(text: &[u8]) -> Option<N> {
    match text.iter().all(u8::is_ascii_digit) {
        true => str::from_utf8(text).ok()?.parse().ok(),
        false => None,
    }
}

fn address(text: &[u8], protocol: Option<NetworkProtocol>) -> Option<IpAddr> {
    let address: IpAddr = str::from_utf8(text).ok()?.parse().ok()?;
    (protocol.is_none() || protocol == Some(NetworkProtocol::of(address))).then_some(address)
}

/// `text` without spaces and commas around it.
fn trim(text: &[u8]) -> &[u8] {
    let is_noise = |octet: &u8| matches!(octet, b' ' | b',');
    let start = text.iter().position(|octet| !is_noise(octet)).unwrap_or(text.len());
    let end = text.iter().rposition(|octet| !is_noise(octet)).map_or(start, |last| last + 1);
    text.get(start..end).unwrap_or_default()
}

#[cfg(test)]
mod tests;
