//! `[[listen]]`: addresses, and whether TLS begins there at once.

use std::net::{SocketAddr, TcpListener};

use serde::{Deserialize, Serialize};
use wharf::ServerBuilder;
use wharf_accounts::TlsNeed;

use super::problem::Wrong;
use crate::url::Scheme;

pub(crate) const EXAMPLE: &str = r#"
# Where to listen: a section for each address. 0.0.0.0 is every IPv4 address of this machine, [::] every address.
# Without any, the server listens on 127.0.0.1:2121.
[[listen]]
address = "127.0.0.1:2121"
# TLS begins at once, as in common use on port 990; else clients ask for it with AUTH.
# implicit = false
# What TLS must protect here, in place of what [tls] says: optional, control, required.
# tls = "required"
"#;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Section {
    address: String,
    #[serde(default)]
    implicit: bool,
    tls: Option<TlsNeed>,
}

impl Section {
    /// Where.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// Whether TLS begins at once, and what it must protect where that is not what `[tls]` says.
    pub(crate) fn protection(&self) -> (bool, Option<TlsNeed>) {
        (self.implicit, self.tls)
    }

    /// As a URL begins of the address at this place among all `addresses` that a server listens on.
    pub(crate) fn scheme(all: &[Self], has_tls: bool, addresses: &[SocketAddr], place: usize) -> Scheme {
        let address = addresses.get(place).copied();
        // They come in the order of the sections, but for names with several addresses and sockets of a service manager.
        let at_place = all.get(place).filter(|_| all.len() == addresses.len());
        let listen = match all {
            [only] => Some(only),
            // A server that listens there has them agree.
            all => at_place.filter(|listen| address.is_some_and(|address| listen.can_be(address))).or_else(
                || {
                    let address = address?;
                    same(all, address).or_else(|| like(all, address, &[], None).ok().flatten())
                },
            ),
        };
        match listen.is_some_and(|listen| listen.implicit) {
            true => Scheme::Implicit,
            false if has_tls => Scheme::Explicit,
            false => Scheme::Clear,
        }
    }

    /// Whether this may be where it is listened: 0 is any port.
    fn can_be(&self, address: SocketAddr) -> bool {
        self.port().is_some_and(|port| port == 0 || port == address.port())
    }

    fn port(&self) -> Option<u16> {
        self.address.rsplit_once(':')?.1.parse().ok()
    }

    /// Whether clients of this address come to where this section listens.
    fn covers(&self, address: SocketAddr) -> bool {
        let Ok(own) = self.address.parse::<SocketAddr>() else { return false };
        let is_wider = own.ip().is_unspecified() && (own.is_ipv6() || address.is_ipv4());
        own.port() == address.port() && (is_wider || own.ip() == address.ip())
    }
}

pub(super) fn check(all: &[Section], has_tls: bool) -> Result<(), Wrong> {
    for (place, listen) in all.iter().enumerate() {
        let key = |key: &str| format!("listen.{place}.{key}");
        if listen.port().is_none() {
            return Err(Wrong::at(
                &key("address"),
                "an address and a port are needed, such as 0.0.0.0:21 or [::]:21",
            ));
        }
        if listen.implicit && listen.tls.is_some() {
            return Err(Wrong::at(&key("tls"), "everything is protected where TLS begins at once"));
        }
        let needs = listen.implicit || listen.tls.is_some_and(|tls| tls != TlsNeed::Optional);
        if needs && !has_tls {
            return Err(Wrong::at(&format!("listen.{place}"), "TLS needs a certificate, in a section [tls]"));
        }
    }
    Ok(())
}

/// The section of this very address.
fn same(all: &[Section], address: SocketAddr) -> Option<&Section> {
    all.iter().find(|listen| listen.address.parse() == Ok(address))
}

/// What a socket of a service manager is like: its own section, or what those agree on whose clients it would get. A socket of
/// every address gets those of each section of its port, but for the ones that have a socket of their own.
///
/// # Errors
/// They do not agree: what one of them needs would not hold. Or they need less than `required`, which is what `[tls]` says, and
/// are for fewer clients.
fn like<'a>(
    all: &'a [Section],
    address: SocketAddr,
    sockets: &[SocketAddr],
    required: Option<TlsNeed>,
) -> Result<Option<&'a Section>, Wrong> {
    let own = same(all, address);
    if own.is_some() && !address.ip().is_unspecified() {
        return Ok(own);
    }
    let is_of_port = |listen: &Section| listen.port() == Some(address.port());
    let has_socket = |listen: &Section| sockets.iter().any(|socket| listen.address.parse() == Ok(*socket));
    let mut candidates =
        own.into_iter().chain(all.iter().filter(|listen| is_of_port(listen) && !has_socket(listen)));
    let Some(first) = candidates.next() else { return Ok(None) };
    match candidates.find(|other| other.protection() != first.protection()) {
        Some(other) => Err(Wrong::at(
            "listen",
            format_args!(
                "the service manager has bound {address}, for which {} and {} say different things of TLS: let them \
                 say the same, or let it bind each",
                first.address, other.address
            ),
        )),
        None if first.tls < required
            && first.tls.is_some()
            && !all.iter().any(|listen| listen.tls == first.tls && listen.covers(address)) =>
        {
            Err(Wrong::at(
                "listen",
                format_args!(
                    "the service manager has bound {address}, and only {} needs less TLS than [tls] says: let it bind \
                     that, or let [tls] say so",
                    first.address
                ),
            ))
        }
        None => Ok(Some(first)),
    }
}

/// What a service manager listens at takes the place of the addresses, with their needs; `required` is what `[tls]` says.
pub(super) fn apply(
    all: &[Section],
    sockets: Vec<TcpListener>,
    required: Option<TlsNeed>,
    builder: ServerBuilder,
) -> Result<ServerBuilder, Wrong> {
    if sockets.is_empty() {
        return Ok(bind(all, builder));
    }
    let address = |socket: &TcpListener| socket.local_addr().map_err(|error| Wrong::at("listen", error));
    let addresses = sockets.iter().map(address).collect::<Result<Vec<_>, _>>()?;
    addresses.iter().zip(sockets).try_fold(builder, |builder, (address, socket)| {
        let listen = like(all, *address, &addresses, required)?;
        Ok(match listen.map(|listen| (listen.implicit, listen.tls)) {
            Some((true, _)) => builder.listen_implicit_on(socket),
            Some((false, Some(tls))) => builder.listen_requiring_on(socket, tls.into()),
            Some((false, None)) | None => builder.listen_on(socket),
        })
    })
}

fn bind(all: &[Section], builder: ServerBuilder) -> ServerBuilder {
    if all.is_empty() {
        return builder.listen("127.0.0.1:2121");
    }
    all.iter().fold(builder, |builder, listen| match (listen.implicit, listen.tls) {
        (true, _) => builder.listen_implicit(&listen.address),
        (false, Some(tls)) => builder.listen_requiring(&listen.address, tls.into()),
        (false, None) => builder.listen(&listen.address),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the socket at the first of these addresses is like, beside the others: the place of a section.
    fn is_like(all: &[Section], sockets: &[&str]) -> Result<Option<usize>, String> {
        is_like_beside(None, all, sockets)
    }

    fn is_like_beside(
        required: Option<TlsNeed>,
        all: &[Section],
        sockets: &[&str],
    ) -> Result<Option<usize>, String> {
        let sockets: Vec<SocketAddr> = sockets.iter().map(|socket| socket.parse().unwrap()).collect();
        let like = like(all, sockets[0], &sockets, required).map_err(|wrong| format!("{wrong:?}"))?;
        Ok(like.and_then(|like| all.iter().position(|listen| std::ptr::eq(listen, like))))
    }

    fn section(address: &str, implicit: bool, tls: Option<TlsNeed>) -> Section {
        Section { address: address.to_owned(), implicit, tls }
    }

    #[test]
    fn a_socket_of_a_wider_address_is_like_what_all_of_its_port_agree_on() {
        let (need, free) = (Some(TlsNeed::Required), Some(TlsNeed::Optional));
        let all = [
            section("127.0.0.1:21", false, free),
            section("192.0.2.7:21", false, need),
            section("[::]:990", true, None),
            section("127.0.0.1:2121", false, need),
            section("[::1]:2121", false, need),
            section("[0::0]:2122", false, free),
            section("192.0.2.7:2122", false, need),
        ];
        for wide in ["0.0.0.0:21", "[::]:21", "192.0.2.8:21"] {
            let refused = is_like(&all, &[wide]).unwrap_err();
            assert!(refused.contains("127.0.0.1:21 and 192.0.2.7:21"), "{refused}");
        }
        assert_eq!(is_like(&all, &["127.0.0.1:21"]), Ok(Some(0)));
        assert_eq!(is_like(&all, &["192.0.2.7:21"]), Ok(Some(1)));
        // The clients of the other come through its own socket.
        assert_eq!(is_like(&all, &["[::]:21", "127.0.0.1:21"]), Ok(Some(1)));
        assert_eq!(is_like(&all, &["0.0.0.0:990"]), Ok(Some(2)));
        assert_eq!(is_like(&all, &["[::]:2121"]), Ok(Some(3)));
        // Its own section says nothing for those of another.
        assert!(is_like(&all, &["[::]:2122"]).is_err());
        assert_eq!(is_like(&all, &["[::]:2122", "192.0.2.7:2122"]), Ok(Some(5)));
        assert_eq!(is_like(&all, &["0.0.0.0:2123"]), Ok(None));
    }

    #[test]
    fn what_one_address_need_not_protect_is_not_let_go_for_others() {
        let free = |address: &str| [section(address, false, Some(TlsNeed::Optional))];
        let like =
            |address: &str, socket: &str| is_like_beside(Some(TlsNeed::Required), &free(address), &[socket]);
        for (address, socket) in [
            ("127.0.0.1:21", "[::]:21"),
            ("127.0.0.1:21", "0.0.0.0:21"),
            ("127.0.0.1:21", "192.0.2.8:21"),
            ("0.0.0.0:21", "[::]:21"),
            ("localhost:21", "0.0.0.0:21"),
            ("127.0.0.1:021", "0.0.0.0:21"),
        ] {
            let refused = like(address, socket).unwrap_err();
            assert!(refused.contains(&format!("bound {socket}, and only {address}")), "{refused}");
        }
        for (address, socket) in [
            ("127.0.0.1:21", "127.0.0.1:21"),
            ("0.0.0.0:21", "192.0.2.8:21"),
            ("[::]:21", "192.0.2.8:21"),
            ("[::]:21", "0.0.0.0:21"),
        ] {
            assert_eq!(like(address, socket), Ok(Some(0)), "{address} {socket}");
        }
        assert_eq!(is_like(&free("127.0.0.1:21"), &["[::]:21"]), Ok(Some(0)), "[tls] needs no more");
    }

    #[test]
    fn two_free_ports_keep_what_was_said_of_each() {
        let section =
            |implicit: bool, address: &str| Section { address: address.to_owned(), implicit, tls: None };
        let addresses: Vec<SocketAddr> =
            ["127.0.0.1:40001", "127.0.0.1:40002"].iter().map(|address| address.parse().unwrap()).collect();
        let schemes =
            |all: &[Section]| [0, 1].map(|place| Section::scheme(all, true, &addresses, place).as_str());
        let free = [section(false, "127.0.0.1:0"), section(true, "127.0.0.1:0")];
        assert_eq!(schemes(&free), ["ftpes", "ftps"]);
        // A service manager hands them on in its own order.
        let named = [section(true, "127.0.0.1:40002"), section(false, "127.0.0.1:40001")];
        assert_eq!(schemes(&named), ["ftpes", "ftps"]);
    }
}
