//! The server's TLS of one session: the control connection, and data connections that resume it.

use std::{
    collections::VecDeque,
    io,
    sync::{
        Arc, Mutex, MutexGuard, OnceLock, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use rustls::{
    HandshakeKind, ServerConfig,
    server::{Acceptor, NoServerSessionStorage, StoresServerSessions},
};
use tokio::net::TcpStream;
use tokio_rustls::{Accept, LazyConfigAcceptor, TlsAcceptor};

use super::{
    outlet::{Hold, Outlet},
    stream::Stream,
};
use crate::server::Direction;

/// Tickets sent with the handshake of a control connection under TLS 1.3.
const CONTROL_TICKETS: usize = 6;

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

    /// Makes the handshake of a data connection, whose purpose may become known meanwhile.
    ///
    /// # Errors
    /// Those of the handshake; a full handshake where one that resumes is required.
    pub(crate) async fn data(self: Arc<Self>, tcp: TcpStream, purpose: Arc<Purpose>) -> io::Result<Stream> {
        let hold = Hold::default();
        let outlet = Outlet::new(tcp, hold.clone());
        let begun = LazyConfigAcceptor::new(Acceptor::default(), outlet).await?;
        if purpose.get().is_none() {
            self.begins_early.store(true, Ordering::Relaxed);
        }
        // One that is used again and again needs no other.
        let tickets = usize::from(!self.kept.is_used_again());
        let store = Arc::new(OfOneHandshake::new(Arc::clone(&self.kept), purpose, hold));
        let config =
            self.config(Arc::clone(&store) as Arc<dyn StoresServerSessions>, tickets, &[b"ftp-data", b"ftp"]);
        let stream = begun.into_stream(config).await?;
        let resumed = stream.get_ref().1.handshake_kind() == Some(HandshakeKind::Resumed);
        if resumed {
            store.keep();
        }
        if self.resumption == Resumption::Require && !resumed {
            let text = "the data connection does not resume the TLS session of the control connection";
            return Err(io::Error::new(io::ErrorKind::PermissionDenied, text));
        }
        Ok(Stream::Tls { stream: Box::new(stream.into()), lenient: self.lenient })
    }

    /// Whether the client is expected to make a data connection's handshake before its command is answered.
    pub(super) fn meets_early(&self) -> bool {
        self.begins_early.load(Ordering::Relaxed)
            && !self.awaits_answer.load(Ordering::Relaxed)
            && !self.kept.is_used_again()
    }

    /// The client was expected to make the handshake first, and did not.
    pub(super) fn has_waited_in_vain(&self) {
        self.awaits_answer.store(true, Ordering::Relaxed);
    }
}

/// What a data connection is for, once the transfer command is about to be answered.
#[derive(Debug, Default)]
pub(crate) struct Purpose(OnceLock<Direction>);

impl Purpose {
    /// The transfer command is about to be answered.
    pub(crate) fn set(&self, direction: Direction) {
        // It comes once; a second would say nothing else.
        let _ = self.0.set(direction);
    }

    /// What it is for, if that is known.
    pub(super) fn get(&self) -> Option<Direction> {
        self.0.get().copied()
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
    fn lock(&self) -> MutexGuard<'_, KeptSessions> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the client uses tickets more than once: then it needs no others.
    fn is_used_again(&self) -> bool {
        self.lock().used_again
    }

    /// The client has resumed the session with this key.
    fn mark_used(&self, key: &[u8]) {
        let mut kept = self.lock();
        if let Some(session) = kept.sessions.iter_mut().find(|session| session.key == key) {
            let used_again = std::mem::replace(&mut session.used, true);
            kept.used_again |= used_again;
        }
    }
}

impl StoresServerSessions for Kept {
    fn put(&self, key: Vec<u8>, value: Vec<u8>) -> bool {
        let mut kept = self.lock();
        if kept.sessions.len() == MAX_KEPT {
            kept.sessions.pop_front();
        }
        kept.sessions.push_back(KeptSession { key, value, used: false });
        true
    }

    fn get(&self, key: &[u8]) -> Option<Vec<u8>> {
        self.lock().sessions.iter().find(|session| session.key == key).map(|session| session.value.clone())
    }

    fn take(&self, key: &[u8]) -> Option<Vec<u8>> {
        self.get(key)
    }

    fn can_cache(&self) -> bool {
        true
    }
}

/// The store of one data connection's handshake: what happens in it counts only once the handshake is known to have
/// resumed a session. Otherwise a stranger's full handshake, which is refused, would leave the stranger a ticket, and
/// whoever repeats a ticket that was seen on the network would have used it.
///
/// A client that uses each ticket once, and keeps the last only, needs a new one with each data connection. One that
/// uploads may never read it, and lose octets for it: see [`Outlet`]. So a ticket goes out at once where the client has yet
/// to hear that it may upload: the clients that make the handshake so early do read. Otherwise it is held back.
#[derive(Debug)]
struct OfOneHandshake {
    kept: Arc<Kept>,
    purpose: Arc<Purpose>,
    hold: Hold,
    seen: Mutex<Seen>,
}

#[derive(Debug, Default)]
struct Seen {
    resumed: Option<Vec<u8>>,
    new: Vec<(Vec<u8>, Vec<u8>)>,
}

impl OfOneHandshake {
    fn new(kept: Arc<Kept>, purpose: Arc<Purpose>, hold: Hold) -> Self {
        Self { kept, purpose, hold, seen: Mutex::default() }
    }

    fn lock(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The handshake has resumed a session.
    fn keep(&self) {
        let Seen { resumed, new } = std::mem::take(&mut *self.lock());
        if let Some(key) = resumed {
            self.kept.mark_used(&key);
        }
        for (key, value) in new {
            self.kept.put(key, value);
        }
    }
}

impl StoresServerSessions for OfOneHandshake {
    /// A ticket is about to be sent.
    fn put(&self, key: Vec<u8>, value: Vec<u8>) -> bool {
        if self.purpose.get() == Some(Direction::Upload) {
            self.hold.begin();
        }
        self.lock().new.push((key, value));
        true
    }

    fn get(&self, key: &[u8]) -> Option<Vec<u8>> {
        let value = self.kept.get(key)?;
        self.lock().resumed = Some(key.to_vec());
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
