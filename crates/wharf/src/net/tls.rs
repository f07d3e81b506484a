//! The server's TLS of one session: the control connection, and data connections that resume it.

use std::{
    collections::VecDeque,
    io,
    sync::{Arc, Mutex, PoisonError},
};

use rustls::{
    HandshakeKind, ServerConfig,
    server::{NoServerSessionStorage, StoresServerSessions},
};
use tokio::net::TcpStream;
use tokio_rustls::{Accept, TlsAcceptor, server::TlsStream};

use super::stream::Stream;

/// Tickets sent with the handshake of a control connection under TLS 1.3.
const CONTROL_TICKETS: usize = 6;

/// With so few tickets left, a client that uses each once gets another with its next data connection.
const FEW_TICKETS: usize = 3;

/// The most TLS sessions that are kept to be resumed.
const MAX_KEPT: usize = 32;

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
    control: Arc<ServerConfig>,
    data: Arc<ServerConfig>,
    data_with_ticket: Arc<ServerConfig>,
    kept: Arc<Kept>,
    resumption: Resumption,
    lenient: bool,
}

impl SessionTls {
    /// TLS for one session, as `base` has it but for what is resumed.
    pub(crate) fn new(base: &ServerConfig, resumption: Resumption, lenient: bool) -> Self {
        let kept = Arc::new(Kept::default());
        let config = |tickets: usize, protocols: &[&[u8]]| {
            let mut config = base.clone();
            config.session_storage = match resumption {
                Resumption::Off => Arc::new(NoServerSessionStorage {}),
                Resumption::Require | Resumption::Prefer => {
                    Arc::clone(&kept) as Arc<dyn StoresServerSessions>
                }
            };
            config.ticketer = Arc::new(NoTicketer);
            config.send_tls13_tickets = if resumption == Resumption::Off { 0 } else { tickets };
            config.max_early_data_size = 0;
            config.alpn_protocols = protocols.iter().map(|protocol| protocol.to_vec()).collect();
            Arc::new(config)
        };
        Self {
            control: config(CONTROL_TICKETS, &[b"ftp"]),
            data: config(0, &[b"ftp-data", b"ftp"]),
            data_with_ticket: config(1, &[b"ftp-data", b"ftp"]),
            kept,
            resumption,
            lenient,
        }
    }

    /// Begins the handshake of the control connection.
    pub(crate) fn control(&self, tcp: TcpStream) -> Accept<TcpStream> {
        TlsAcceptor::from(Arc::clone(&self.control)).accept(tcp)
    }

    /// Begins the handshake of a data connection.
    ///
    /// A ticket goes out with it only to a client that would otherwise run out of them: one that uploads and never reads
    /// would lose octets by a ticket that it leaves unread.
    pub(crate) fn data(&self, tcp: TcpStream) -> Accept<TcpStream> {
        let config = if self.kept.runs_out() { &self.data_with_ticket } else { &self.data };
        TlsAcceptor::from(Arc::clone(config)).accept(tcp)
    }

    /// The data connection, if it is one that may be used.
    ///
    /// # Errors
    /// A full handshake where one that resumes is required.
    pub(crate) fn check(&self, stream: TlsStream<TcpStream>) -> io::Result<Stream> {
        let resumed = stream.get_ref().1.handshake_kind() == Some(HandshakeKind::Resumed);
        if self.resumption == Resumption::Require && !resumed {
            let text = "the data connection does not resume the TLS session of the control connection";
            return Err(io::Error::new(io::ErrorKind::PermissionDenied, text));
        }
        Ok(Stream::Tls { stream: Box::new(stream.into()), lenient: self.lenient })
    }
}

/// TLS sessions that can be resumed, as often as the client likes: some clients use one ticket for all data connections,
/// others each once.
#[derive(Debug, Default)]
struct Kept(Mutex<KeptSessions>);

#[derive(Debug, Default)]
struct KeptSessions {
    sessions: VecDeque<KeptSession>,
    used_again: bool,
}

#[derive(Debug)]
struct KeptSession {
    key: Vec<u8>,
    value: Vec<u8>,
    used: bool,
}

impl Kept {
    /// Whether the client uses each ticket once and has few that are unused.
    fn runs_out(&self) -> bool {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let unused = kept.sessions.iter().filter(|session| !session.used).count();
        !kept.used_again && unused < FEW_TICKETS
    }
}

impl StoresServerSessions for Kept {
    fn put(&self, key: Vec<u8>, value: Vec<u8>) -> bool {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.sessions.len() == MAX_KEPT {
            kept.sessions.pop_front();
        }
        kept.sessions.push_back(KeptSession { key, value, used: false });
        true
    }

    fn get(&self, key: &[u8]) -> Option<Vec<u8>> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let session = kept.sessions.iter_mut().find(|session| session.key == key)?;
        let used_again = std::mem::replace(&mut session.used, true);
        let value = session.value.clone();
        kept.used_again |= used_again;
        Some(value)
    }

    fn take(&self, key: &[u8]) -> Option<Vec<u8>> {
        self.get(key)
    }

    fn can_cache(&self) -> bool {
        true
    }
}

/// No tickets that hold the TLS session themselves: those could be resumed anywhere.
#[derive(Debug)]
struct NoTicketer;

impl rustls::server::ProducesTickets for NoTicketer {
    fn enabled(&self) -> bool {
        false
    }

    fn lifetime(&self) -> u32 {
        0
    }

    fn encrypt(&self, _: &[u8]) -> Option<Vec<u8>> {
        None
    }

    fn decrypt(&self, _: &[u8]) -> Option<Vec<u8>> {
        None
    }
}
