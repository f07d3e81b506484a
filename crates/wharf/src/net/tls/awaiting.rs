//! The handshake of a data connection, and to which of the sessions that await one it belongs.

use std::{
    io,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, atomic::Ordering},
};

use rustls::{
    HandshakeKind,
    server::{Acceptor, StoresServerSessions},
};
use tokio::net::TcpStream;
use tokio_rustls::LazyConfigAcceptor;

use super::{Resumption, SessionTls};
use crate::net::{
    direction::Direction,
    outlet::{Hold, Outlet},
    stream::Stream,
};

/// A session that awaits a data connection under TLS.
#[derive(Clone, Debug)]
pub(crate) struct Awaiting {
    tls: Arc<SessionTls>,
    /// What it is for, once the transfer command is about to be answered.
    purpose: Arc<OnceLock<Direction>>,
}

impl Awaiting {
    /// For what is not known yet.
    pub(crate) fn new(tls: Arc<SessionTls>) -> Self {
        Self { tls, purpose: Arc::default() }
    }

    /// The transfer command is about to be answered.
    pub(crate) fn is_for(&self, direction: Direction) {
        // It comes once; a second would say nothing else.
        let _ = self.purpose.set(direction);
    }

    /// Whether others may await their connections in the same place: then nobody is given this one's but by the TLS session
    /// that it resumes, and this session's client is known to resume, or gets no connection otherwise.
    pub(crate) fn can_be_told(&self) -> bool {
        match self.tls.resumption {
            Resumption::Require => true,
            Resumption::Prefer => self.has_resumed(),
            Resumption::Off => false,
        }
    }

    /// Whether the client has resumed a TLS session before.
    pub(crate) fn has_resumed(&self) -> bool {
        self.tls.kept.is_used()
    }

    /// Whether the client is expected to make the handshake before its command is answered.
    pub(crate) fn meets_early(&self) -> bool {
        self.tls.begins_early.load(Ordering::Relaxed)
            && !self.tls.awaits_answer.load(Ordering::Relaxed)
            && !self.tls.kept.is_used_again()
    }

    /// The client was expected to make the handshake first, and did not.
    pub(crate) fn has_waited_in_vain(&self) {
        self.tls.awaits_answer.store(true, Ordering::Relaxed);
    }
}

/// Makes the handshake of a data connection that may belong to any of these sessions, and says to which: the one whose TLS
/// session it resumes, by a secret that only its client has. A connection that resumes none is of no use where that is
/// required, nor where several are awaited.
///
/// # Errors
/// Those of the handshake; [`PermissionDenied`](io::ErrorKind::PermissionDenied) if none is resumed.
pub(crate) async fn meet(among: &[Awaiting], tcp: TcpStream) -> io::Result<(usize, Stream)> {
    let Some(first) = among.first() else { return Err(io::ErrorKind::NotConnected.into()) };
    let hold = Hold::default();
    let outlet = Outlet::new(tcp, hold.clone());
    let begun = LazyConfigAcceptor::new(Acceptor::default(), outlet).await?;
    // One that is used again and again needs no other.
    let tickets = usize::from(among.iter().any(|awaiting| !awaiting.tls.kept.is_used_again()));
    let store = Arc::new(OfOneHandshake { among: among.to_vec(), hold, seen: Mutex::default() });
    let protocols: [&[u8]; 2] = [b"ftp-data", b"ftp"];
    let config = first.tls.config(Arc::clone(&store) as Arc<dyn StoresServerSessions>, tickets, &protocols);
    let stream = begun.into_stream(config).await?;
    let resumed = stream.get_ref().1.handshake_kind() == Some(HandshakeKind::Resumed);
    let whose = match resumed {
        true => store.keep(),
        false => (among.len() == 1 && first.tls.resumption != Resumption::Require).then_some(0),
    };
    let Some(whose) = whose else {
        let text = "the data connection does not resume the TLS session of the control connection";
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, text));
    };
    Ok((whose, Stream::Tls { stream: Box::new(stream.into()), lenient: first.tls.lenient }))
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
    among: Vec<Awaiting>,
    hold: Hold,
    seen: Mutex<Seen>,
}

#[derive(Debug, Default)]
struct Seen {
    /// Whose TLS session is resumed, and its key.
    resumed: Option<(usize, Vec<u8>)>,
    new: Vec<(Vec<u8>, Vec<u8>)>,
}

impl OfOneHandshake {
    fn lock(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The handshake has resumed a session, and whose it was.
    fn keep(&self) -> Option<usize> {
        let Seen { resumed, new } = std::mem::take(&mut *self.lock());
        let (whose, key) = resumed?;
        let kept = &self.among.get(whose)?.tls.kept;
        kept.mark_used(&key);
        for (key, value) in new {
            kept.put(key, value);
        }
        Some(whose)
    }
}

impl StoresServerSessions for OfOneHandshake {
    /// A ticket is about to be sent.
    fn put(&self, key: Vec<u8>, value: Vec<u8>) -> bool {
        let mut seen = self.lock();
        let whose = seen.resumed.as_ref().and_then(|(whose, _)| self.among.get(*whose));
        if whose.is_some_and(|awaiting| awaiting.purpose.get() == Some(&Direction::Upload)) {
            self.hold.begin();
        }
        seen.new.push((key, value));
        true
    }

    fn get(&self, key: &[u8]) -> Option<Vec<u8>> {
        let known = |awaiting: &Awaiting| awaiting.tls.kept.get(key);
        let (whose, value) =
            self.among.iter().map(known).enumerate().find_map(|(whose, value)| Some((whose, value?)))?;
        if let Some(awaiting) = self.among.get(whose)
            && awaiting.purpose.get().is_none()
        {
            awaiting.tls.begins_early.store(true, Ordering::Relaxed);
        }
        self.lock().resumed = Some((whose, key.to_vec()));
        Some(value)
    }

    fn take(&self, key: &[u8]) -> Option<Vec<u8>> {
        self.get(key)
    }

    fn can_cache(&self) -> bool {
        true
    }
}
