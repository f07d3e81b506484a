//! One control connection's life.

use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

use wharf_storage::Pathname;

use crate::{
    digest::Algorithm,
    fact::FactSet,
    host_name::HostName,
    principal::{Principal, Secret},
    protection::{Protection, Requirements},
    representation::RepresentationType,
    transfer::RestartOffset,
};

/// How far the login has come.
///
/// ```text
///             USER                    PASS                        ACCT
///  Greeted ─────────▶ Named ────────────────────▶ LoggedIn ◀──────────────── NeedsAccount
///     ▲                 │          332 │                                        ▲
///     │                 │              └────────────────────────────────────────┘
///     └── wrong password, USER, REIN ──┘
/// ```
///
/// USER and REIN lead back to `Greeted` from every stage; nothing of the session before survives them.
#[derive(Clone, Debug, Default)]
pub(crate) enum Stage {
    /// Nobody has been named.
    #[default]
    Greeted,
    /// USER was accepted, PASS is awaited.
    Named {
        /// What USER said.
        name: Vec<u8>,
    },
    /// PASS was accepted, ACCT is awaited.
    NeedsAccount {
        /// What USER said.
        name: Vec<u8>,
        /// What PASS said.
        password: Secret,
    },
    /// Somebody is logged in.
    LoggedIn(Principal),
}

/// Who connects where for the next transfer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DataPlan {
    /// It was not said: a transfer is answered 425.
    #[default]
    None,
    /// The server listens.
    Passive,
    /// The client listens there.
    Active(SocketAddr),
}

/// What the server knows of a control connection.
#[derive(Clone, Debug)]
pub struct Session {
    /// How far the login has come.
    pub(crate) stage: Stage,
    /// Where pathnames start that do not begin with `/`.
    pub working_directory: Pathname,
    /// What TYPE said.
    pub representation: RepresentationType,
    /// What REST said; `None` if it said nothing, which is not the same as 0.
    pub restart_offset: Option<RestartOffset>,
    /// What RNFR said.
    pub rename_source: Option<Pathname>,
    /// What PASV, EPSV, PORT or EPRT said.
    pub data_plan: DataPlan,
    /// After `EPSV ALL`, no other command opens a data connection (RFC 2428 section 4).
    pub extended_passive_only: bool,
    /// The facts that MLST and MLSD show.
    pub facts: FactSet,
    /// The algorithm of HASH.
    pub hash_algorithm: Algorithm,
    /// What HOST said.
    pub host_name: Option<HostName>,
    /// What the handshake of TLS asked for.
    pub server_name: Option<HostName>,
    /// What TLS protects.
    pub protection: Protection,
    /// The certificate that the client proved to own, in DER.
    pub client_certificate: Option<Arc<[u8]>>,
    local: SocketAddr,
    peer: SocketAddr,
}

impl Session {
    /// A new session between these ends of a control connection.
    pub fn new(local: SocketAddr, peer: SocketAddr) -> Self {
        Self {
            stage: Stage::default(),
            working_directory: Pathname::root(),
            representation: RepresentationType::default(),
            restart_offset: None,
            rename_source: None,
            data_plan: DataPlan::default(),
            extended_passive_only: false,
            facts: FactSet::default(),
            hash_algorithm: Algorithm::Sha256,
            host_name: None,
            server_name: None,
            protection: Protection::default(),
            client_certificate: None,
            local: canonical(local),
            peer: canonical(peer),
        }
    }

    /// The server's end of the control connection; an IPv4 address in IPv6 form is given as IPv4.
    pub fn local(&self) -> SocketAddr {
        self.local
    }

    /// The client's end, likewise.
    pub fn peer(&self) -> SocketAddr {
        self.peer
    }

    /// Who is logged in.
    pub fn principal(&self) -> Option<&Principal> {
        match &self.stage {
            Stage::LoggedIn(principal) => Some(principal),
            _ => None,
        }
    }

    /// Logs somebody in.
    pub(crate) fn log_in(&mut self, principal: Principal) {
        self.working_directory = principal.home_directory().clone();
        self.stage = Stage::LoggedIn(principal);
    }

    /// What must be protected: what the listener asks, and who is logged in.
    pub fn required_protection(&self) -> Requirements {
        let of_principal = self.principal().map(Principal::required_protection);
        self.protection.required.union(of_principal.unwrap_or_default())
    }

    /// Forgets all but the two ends of the connection, its protection and what HOST said; PROT too, if somebody was logged
    /// in.
    pub fn reset(&mut self) {
        let Self { mut protection, client_certificate, host_name, server_name, .. } = self.clone();
        if self.principal().is_some() {
            protection.restart();
        }
        *self = Self {
            protection,
            client_certificate,
            host_name,
            server_name,
            ..Self::new(self.local, self.peer)
        };
    }

    /// The control connection is protected from now on: all that was said in clear is forgotten (RFC 4217 section 4).
    pub fn protect(&mut self, client_certificate: Option<Arc<[u8]>>) {
        let mut protection = self.protection;
        protection.begin();
        *self = Self { protection, client_certificate, ..Self::new(self.local, self.peer) };
    }
}

/// The address, an IPv4 one in IPv6 form as IPv4; the scope of an IPv6 address is kept.
fn canonical(address: SocketAddr) -> SocketAddr {
    match address.ip().to_canonical() {
        ipv4 @ IpAddr::V4(_) => SocketAddr::new(ipv4, address.port()),
        IpAddr::V6(_) => address,
    }
}
