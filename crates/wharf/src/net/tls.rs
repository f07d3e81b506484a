//! The server's TLS of one session: the control connection, and data connections that resume it.

mod awaiting;
mod kept;

use std::sync::{Arc, atomic::AtomicBool};

use rustls::{
    ServerConfig,
    server::{NoServerSessionStorage, StoresServerSessions},
};
use tokio::net::TcpStream;
use tokio_rustls::{Accept, TlsAcceptor};

pub(crate) use self::awaiting::{Awaiting, meet};
use self::kept::{Kept, NoTicketer};
use super::outlet::Outlet;

/// Tickets sent with the handshake of a control connection under TLS 1.3.
const CONTROL_TICKETS: usize = 6;

/// Whether a data connection must resume the TLS session of its control connection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Resumption {
    /// It must: whoever cannot is turned away, and the owner is still awaited.
    #[default]
    Require,
    /// It may.
    Prefer,
    /// It cannot.
    Off,
}

/// What a session needs to speak TLS.
///
/// The TLS sessions that can be resumed are kept here and nowhere else, so that no ticket leads into the data connection
/// of another session.
#[derive(Debug)]
pub(crate) struct SessionTls {
    base: ServerConfig,
    kept: Arc<Kept>,
    /// Whether the client has begun a data connection's handshake before its transfer command was answered.
    begins_early: AtomicBool,
    /// Whether it does not end such a handshake before.
    awaits_answer: AtomicBool,
    resumption: Resumption,
    lenient: bool,
}

impl SessionTls {
    /// TLS for one session, as `base` has it but for what is resumed.
    pub(crate) fn new(mut base: ServerConfig, resumption: Resumption, lenient: bool) -> Self {
        base.ticketer = Arc::new(NoTicketer);
        base.max_early_data_size = 0;
        Self {
            base,
            kept: Arc::default(),
            begins_early: AtomicBool::default(),
            awaits_answer: AtomicBool::default(),
            resumption,
            lenient,
        }
    }

    /// The configuration of one handshake.
    fn config(
        &self,
        store: Arc<dyn StoresServerSessions>,
        tickets: usize,
        protocols: &[&[u8]],
    ) -> Arc<ServerConfig> {
        let mut config = self.base.clone();
        config.alpn_protocols = protocols.iter().map(|protocol| protocol.to_vec()).collect();
        match self.resumption {
            Resumption::Off => {
                config.session_storage = Arc::new(NoServerSessionStorage {});
                config.send_tls13_tickets = 0;
            }
            Resumption::Require | Resumption::Prefer => {
                config.session_storage = store;
                config.send_tls13_tickets = tickets;
            }
        }
        Arc::new(config)
    }

    /// Begins the handshake of the control connection.
    pub(crate) fn control(&self, tcp: TcpStream) -> Accept<Outlet> {
        let store = Arc::clone(&self.kept) as Arc<dyn StoresServerSessions>;
        TlsAcceptor::from(self.config(store, CONTROL_TICKETS, &[b"ftp"])).accept(tcp.into())
    }
}
