//! What is kept of TLS sessions, so that data connections can resume them.

use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
};

use rustls::server::StoresServerSessions;

/// The most TLS sessions that are kept to be resumed.
const MAX_KEPT: usize = 32;

/// TLS sessions that can be resumed, as often as the client likes: some clients use one ticket for all data connections,
/// others each once.
#[derive(Debug, Default)]
pub(super) struct Kept(Mutex<KeptSessions>);

#[derive(Debug, Default)]
struct KeptSessions {
    sessions: VecDeque<KeptSession>,
    used: bool,
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
    pub(super) fn is_used_again(&self) -> bool {
        self.lock().used_again
    }

    /// Whether the client has resumed one.
    pub(super) fn is_used(&self) -> bool {
        self.lock().used
    }

    /// The client has resumed the session with this key.
    pub(super) fn mark_used(&self, key: &[u8]) {
        let mut kept = self.lock();
        if let Some(session) = kept.sessions.iter_mut().find(|session| session.key == key) {
            let used_again = std::mem::replace(&mut session.used, true);
            kept.used_again |= used_again;
            kept.used = true;
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

/// No tickets that hold the TLS session themselves: those could be resumed anywhere.
#[derive(Debug)]
pub(super) struct NoTicketer;

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
