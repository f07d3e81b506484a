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

    /// As a URL of the `address` that a server listens on begins.
    pub(crate) fn scheme(all: &[Self], has_tls: bool, address: SocketAddr) -> Scheme {
        let listen = match all {
            [only] => Some(only),
            all => like(all, address),
        };
        match listen.is_some_and(|listen| listen.implicit) {
            true => Scheme::Implicit,
            false if has_tls => Scheme::Explicit,
            false => Scheme::Clear,
        }
    }
}

pub(super) fn check(all: &[Section], has_tls: bool) -> Result<(), Wrong> {
    for (place, listen) in all.iter().enumerate() {
        let key = |key: &str| format!("listen.{place}.{key}");
        let port = listen.address.rsplit_once(':').and_then(|(_, port)| port.parse::<u16>().ok());
        if port.is_none() {
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

/// What an address, such as that of a socket of a service manager, is like: the same, or one with its port.
fn like(all: &[Section], address: SocketAddr) -> Option<&Section> {
    let with_port = format!(":{}", address.port());
    let same = all.iter().find(|listen| listen.address == address.to_string());
    same.or_else(|| all.iter().find(|listen| listen.address.ends_with(&with_port)))
}

/// What a service manager listens at takes the place of the addresses, with their needs.
pub(super) fn apply(all: &[Section], sockets: Vec<TcpListener>, builder: ServerBuilder) -> ServerBuilder {
    if !sockets.is_empty() {
        return sockets.into_iter().fold(builder, |builder, socket| {
            let listen = socket.local_addr().ok().and_then(|address| like(all, address));
            match listen.map(|listen| (listen.implicit, listen.tls)) {
                Some((true, _)) => builder.listen_implicit_on(socket),
                Some((false, Some(tls))) => builder.listen_requiring_on(socket, tls.into()),
                Some((false, None)) | None => builder.listen_on(socket),
            }
        });
    }
    if all.is_empty() {
        return builder.listen("127.0.0.1:2121");
    }
    all.iter().fold(builder, |builder, listen| match (listen.implicit, listen.tls) {
        (true, _) => builder.listen_implicit(&listen.address),
        (false, Some(tls)) => builder.listen_requiring(&listen.address, tls.into()),
        (false, None) => builder.listen(&listen.address),
    })
}
