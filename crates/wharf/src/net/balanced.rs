//! Connections that a balancer hands on, and says for whom (the PROXY protocol, versions 1 and 2).

use std::{io, net::SocketAddr};

use proxy_header::{Error, ParseConfig, ProxyHeader};
use tokio::{io::AsyncReadExt, net::TcpStream};

/// The longest header that is read. Version 1 has 107 octets at most, version 2 what the balancer adds.
const MAX_HEADER: usize = 4096;

/// The octets of a header of version 2 that come before those whose number they tell.
const FIXED: usize = 16;

/// The ends of the connection that the client has made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ends {
    pub(crate) client: SocketAddr,
    pub(crate) server: SocketAddr,
}

/// Reads the header that a balancer sends first, and no octet behind it; `None` for a connection of its own, such as one
/// that looks whether the server lives. Not cancel safe.
///
/// # Errors
/// What is sent is no header, or one of another protocol than TCP.
pub(crate) async fn read_ends(stream: &mut TcpStream) -> io::Result<Option<Ends>> {
    let mut header = Vec::new();
    loop {
        let wanted = match (header.first(), header.len()) {
            // Version 1 ends with its line.
            (None | Some(b'P'), _) => 1,
            (_, length @ ..FIXED) => FIXED - length,
            (_, length) => {
                let told = header.get(14..16).and_then(|told| told.try_into().ok()).map(u16::from_be_bytes);
                (FIXED + usize::from(told.unwrap_or_default())).saturating_sub(length)
            }
        };
        if wanted == 0 || header.len() + wanted > MAX_HEADER {
            return Err(invalid(&Error::HeaderTooBig));
        }
        let before = header.len();
        header.resize(before + wanted, 0);
        stream.read_exact(header.get_mut(before..).unwrap_or_default()).await?;
        let config = ParseConfig { include_tlvs: false, ..ParseConfig::default() };
        match ProxyHeader::parse(&header, config) {
            Ok((parsed, _)) => {
                let Some(told) = parsed.proxied_address() else { return Ok(None) };
                if told.protocol != proxy_header::Protocol::Stream {
                    return Err(invalid(&Error::Invalid));
                }
                let (client, server) = (canonical(told.source), canonical(told.destination));
                return Ok(Some(Ends { client, server }));
            }
            Err(Error::BufferTooShort) => {}
            Err(error) => return Err(invalid(&error)),
        }
    }
}

fn canonical(address: SocketAddr) -> SocketAddr {
    SocketAddr::new(address.ip().to_canonical(), address.port())
}

fn invalid(error: &Error) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("the balancer sent no header: {error}"))
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncWriteExt;

    use super::*;

    /// What is made of these octets, and what is left of them.
    async fn read(octets: &[u8]) -> (io::Result<Option<Ends>>, Vec<u8>) {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut peer = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let mut stream = listener.accept().await.unwrap().0;
        peer.write_all(octets).await.unwrap();
        drop(peer);
        let ends = read_ends(&mut stream).await;
        let mut rest = Vec::new();
        stream.read_to_end(&mut rest).await.unwrap();
        (ends, rest)
    }

    fn version_2(command: u8, family: u8, addresses: &[u8]) -> Vec<u8> {
        let mut header = b"\r\n\r\n\0\r\nQUIT\n".to_vec();
        header.extend([0x20 | command, family]);
        header.extend(u16::try_from(addresses.len()).unwrap().to_be_bytes());
        header.extend(addresses);
        header
    }

    #[tokio::test]
    async fn both_versions_are_read_and_nothing_behind_them() {
        let ends =
            Ends { client: "192.0.2.1:4000".parse().unwrap(), server: "198.51.100.2:21".parse().unwrap() };
        let binary =
            [&[192, 0, 2, 1, 198, 51, 100, 2][..], &4000_u16.to_be_bytes(), &21_u16.to_be_bytes()].concat();
        for header in [b"PROXY TCP4 192.0.2.1 198.51.100.2 4000 21\r\n".to_vec(), version_2(1, 0x11, &binary)]
        {
            let (read, rest) = read(&[&header[..], b"USER anna\r\n"].concat()).await;
            assert_eq!((read.unwrap(), &rest[..]), (Some(ends), &b"USER anna\r\n"[..]));
        }
        for header in [b"PROXY UNKNOWN\r\n".to_vec(), version_2(0, 0, &[])] {
            assert_eq!(read(&header).await.0.unwrap(), None);
        }
    }

    #[tokio::test]
    async fn what_is_no_header_is_an_error() {
        let endless = ["PROXY TCP4 ", &"1".repeat(10_000)].concat();
        let cut = version_2(1, 0x11, &[1; 12]);
        for octets in [
            &b"USER anna\r\n"[..],
            b"PROXY TCP4 192.0.2.1\r\n",
            endless.as_bytes(),
            &version_2(1, 0x11, &[0; 5000]),
            &version_2(1, 0x12, &[1; 12]),
            &cut[..20],
            b"",
        ] {
            assert!(read(octets).await.0.is_err(), "{}", octets.escape_ascii());
        }
    }
}
