//! Connections that a balancer hands on, and says for whom (the PROXY protocol, versions 1 and 2).

use std::{io, net::SocketAddr};

use proxy_header::{Error, ParseConfig, ProxyHeader};
use tokio::io::{AsyncRead, AsyncReadExt};

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
pub(crate) async fn read_ends(stream: &mut (impl AsyncRead + Unpin)) -> io::Result<Option<Ends>> {
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
    use proptest::prelude::*;

    use super::*;

    /// What is made of these octets, and what is left of them.
    async fn read(mut octets: &[u8]) -> (io::Result<Option<Ends>>, &[u8]) {
        (read_ends(&mut octets).await, octets)
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
            let octets = [&header[..], b"USER anna\r\n"].concat();
            let (read, rest) = read(&octets).await;
            assert_eq!((read.unwrap(), rest), (Some(ends), &b"USER anna\r\n"[..]));
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

    /// Octets that begin like a header of either version, and go on as they like.
    fn like_a_header() -> impl Strategy<Value = Vec<u8>> {
        let address = "[0-9a-f.:]{0,40}";
        let line = format!(
            "PROXY (TCP4|TCP6|UNKNOWN|UDP4|) ?({address}) ?({address}) ?[0-9]{{0,6}} ?[0-9]{{0,6}}\r?\n?"
        );
        let rest = prop::collection::vec(any::<u8>(), 0..300);
        let binary = (any::<u8>(), any::<u8>(), any::<u16>(), 0..300_usize);
        let version_2 = binary.prop_map(|(command, family, told, length)| {
            let mut header = version_2(command & 0x0f, family, &vec![command; length]);
            // Whether the length that it tells is its own, or any.
            if told % 2 == 1 {
                header[14..16].copy_from_slice(&told.to_be_bytes());
            }
            header
        });
        let line = prop::string::string_regex(&line).unwrap();
        let begun = prop_oneof![line.prop_map(String::into_bytes), version_2, Just(Vec::new())];
        (begun, rest).prop_map(|(begun, rest)| [begun, rest].concat())
    }

    proptest! {
        /// Whatever is sent, no more is read than a header may have, and nothing that is behind it.
        #[test]
        fn whatever_is_sent_no_more_than_a_header_is_read(octets in like_a_header()) {
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            let (ends, rest) = runtime.block_on(read(&octets));
            let taken = octets.len() - rest.len();
            prop_assert!(taken <= MAX_HEADER);
            if let Ok(ends) = ends {
                // The header alone says the same, and less of it is none.
                let header = &octets[..taken];
                prop_assert_eq!(runtime.block_on(read(header)).0.unwrap(), ends);
                prop_assert!(runtime.block_on(read(&header[..taken - 1])).0.is_err());
            }
        }
    }
}
