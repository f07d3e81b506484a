//! How far commands may run ahead of their answers, and what sessions have learned of servers for those that follow.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use tracing::debug;
use wharf_core::{
    charset::Charset,
    command::{feature::PIPELINING, transfer::stores_atomically},
    feature::Features,
    listing::ListClock,
    product::Product,
};

use super::Connection;
use crate::net::connect::Host;

/// How far commands run ahead of the answers to those before them.
///
/// Nothing ever runs ahead of USER, PASS or REST.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Pipelining {
    /// Not at all: for servers, and for things between, that take one command at a time.
    Off,
    /// Commands that hang on no earlier answer go together while no transfer runs. aioftp's server answers them in any order:
    /// it is known by its greeting, and gets one at a time.
    BetweenTransfers,
    /// Besides, where the server is known to keep commands for after a transfer, the next data connection is asked for
    /// while the transfer before it runs. Files then cost a round trip less.
    ///
    /// Wharf says so in FEAT; vsftpd, ProFTPD and FileZilla Server from version 1 on are known by their greeting.
    #[default]
    DuringTransfers,
}

/// What is known of servers: which have answered out of order, and are not sent commands during a transfer again; whose uploads
/// appear when they are complete; in which charset names seem to be, and in which zone the times of LIST.
///
/// Clones share what they know, and so do connections whose [`ConnectionBuilder`](super::ConnectionBuilder)s are clones.
#[derive(Clone, Debug, Default)]
pub struct HostMemory(Arc<Mutex<HashMap<Host, Known>>>);

#[derive(Clone, Copy, Debug, Default)]
struct Known {
    loses_commands: bool,
    stores_atomically: bool,
    charset: Option<Charset>,
    list_clock: Option<ListClock>,
}

impl HostMemory {
    /// Nothing known.
    pub fn new() -> Self {
        Self::default()
    }

    fn known(&self, host: &Host) -> Known {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(host).copied().unwrap_or_default()
    }

    fn learn(&self, host: &Host, learn: impl FnOnce(&mut Known)) {
        learn(self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(host.clone()).or_default());
    }

    /// The charset that was guessed.
    pub(super) fn charset(&self, host: &Host) -> Option<Charset> {
        self.known(host).charset
    }

    /// What was measured of the times of LIST.
    pub(super) fn list_clock(&self, host: &Host) -> Option<ListClock> {
        self.known(host).list_clock
    }

    /// Keeps what was measured last.
    pub(super) fn measured(&self, host: &Host, clock: Option<ListClock>) {
        self.learn(host, |known| known.list_clock = clock);
    }

    /// Whether what is stored there is not seen before it is complete, as far as is known.
    pub(crate) fn stores_atomically(&self, host: &Host) -> bool {
        self.known(host).stores_atomically
    }

    /// Keeps what FEAT said last.
    pub(super) fn has_features(&self, host: &Host, features: &Features) {
        let stores_atomically = stores_atomically(features);
        self.learn(host, |known| known.stores_atomically = stores_atomically);
    }

    /// Keeps a guess, unless there is one.
    pub(super) fn guessed(&self, host: &Host, charset: Charset) {
        self.learn(host, |known| _ = known.charset.get_or_insert(charset));
    }
}

impl Connection {
    /// Whether the server keeps commands that come during a transfer and runs them after it, as far as is known.
    pub(super) fn keeps_commands(&self) -> bool {
        let says_so = |features: &Features| features.has(PIPELINING);
        self.may_try()
            && (self.learned.features.as_ref().is_some_and(says_so) || self.is(Product::keeps_commands))
    }

    /// Whether the server has said in FEAT that what is stored is not seen before it is complete.
    pub(crate) fn stores_atomically(&self) -> bool {
        self.settings.host_memory.stores_atomically(&self.host)
    }

    /// Whether only FEAT can tell.
    pub(super) fn must_ask_features(&self) -> bool {
        self.may_try() && self.learned.features.is_none() && !self.is(Product::keeps_commands)
    }

    /// Whether the octets of an upload may be there before its command was read, as far as is known.
    ///
    /// A server with one loop for all connections may look at the data connection first, and lose it: pyftpdlib does.
    pub(super) fn takes_data_before_its_command(&self) -> bool {
        let may_run_ahead = self.settings.pipelining != Pipelining::Off;
        may_run_ahead && self.is(Product::takes_data_before_its_command) || self.keeps_commands()
    }

    fn may_try(&self) -> bool {
        self.settings.pipelining == Pipelining::DuringTransfers
            && !self.settings.host_memory.known(&self.host).loses_commands
    }

    /// The server has not answered in order what was sent during a transfer: it is not done again.
    pub(super) fn does_not_keep_commands(&self) {
        debug!(target: "wharf::connection", "{} keeps no commands during a transfer", self.host);
        self.settings.host_memory.learn(&self.host, |known| known.loses_commands = true);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_one_learns_its_clones_know() {
        let (memory, host) = (HostMemory::new(), Host { name: "a".to_owned(), port: 21 });
        memory.clone().learn(&host, |known| known.loses_commands = true);
        memory.clone().guessed(&host, "sjis".parse().unwrap());
        // The first guess holds.
        memory.guessed(&host, "big5".parse().unwrap());
        let known = memory.known(&host);
        assert!(known.loses_commands && known.charset.unwrap().name() == "Shift_JIS");
        let other = memory.known(&Host { name: "a".to_owned(), port: 22 });
        assert!(!other.loses_commands && other.charset.is_none());
    }
}
