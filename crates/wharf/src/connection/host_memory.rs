//! How far commands may run ahead of their answers, and which servers have shown that they do not stand it.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex, PoisonError},
};

use tracing::debug;
use wharf_core::{command::feature::PIPELINING, feature::Features};

use super::Connection;
use crate::net::connect::Host;

/// How far commands run ahead of the answers to those before them.
///
/// Nothing ever runs ahead of USER, PASS or REST.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
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

/// A product with a process for each session, which does nothing else while it reads a command.
const PURE_FTPD: &[u8] = b" Pure-FTPd ";

/// Servers that have answered out of order, which are not sent commands during a transfer again.
///
/// Clones share what they know, and so do connections whose [`ConnectionBuilder`](super::ConnectionBuilder)s are clones.
#[derive(Clone, Debug, Default)]
pub struct HostMemory(Arc<Mutex<HashSet<Host>>>);

impl HostMemory {
    /// Nothing known.
    pub fn new() -> Self {
        Self::default()
    }

    fn has(&self, host: &Host) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).contains(host)
    }

    fn add(&self, host: &Host) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(host.clone());
    }
}

impl Connection {
    /// Whether the server keeps commands that come during a transfer and runs them after it, as far as is known.
    pub(super) fn keeps_commands(&self) -> bool {
        let says_so = |features: &Features| features.has(PIPELINING);
        self.may_try() && (self.learned.features.as_ref().is_some_and(says_so) || is_known(&self.greeting))
    }

    /// Whether only FEAT can tell.
    pub(super) fn must_ask_features(&self) -> bool {
        self.may_try() && self.learned.features.is_none() && !is_known(&self.greeting)
    }

    /// Whether the octets of an upload may be there before its command was read, as far as is known.
    ///
    /// A server with one loop for all connections may look at the data connection first, and lose it: pyftpdlib does.
    pub(super) fn takes_data_before_its_command(&self) -> bool {
        let is_pure = |line: &Vec<u8>| line.windows(PURE_FTPD.len()).any(|part| part == PURE_FTPD);
        let waits = is_known(&self.greeting) || self.greeting.first().is_some_and(is_pure);
        waits && self.settings.pipelining != Pipelining::Off || self.keeps_commands()
    }

    fn may_try(&self) -> bool {
        self.settings.pipelining == Pipelining::DuringTransfers && !self.settings.host_memory.has(&self.host)
    }

    /// The server has not answered in order what was sent during a transfer: it is not done again.
    pub(super) fn does_not_keep_commands(&self) {
        debug!(target: "wharf::connection", "{} keeps no commands during a transfer", self.host);
        self.settings.host_memory.add(&self.host);
    }
}

/// Whether a product by its own words in the greeting is one that keeps commands. It may be another behind a changed
/// greeting; the first answer out of order tells.
fn is_known(greeting: &[Vec<u8>]) -> bool {
    let words = [&b"(vsFTPd "[..], b"ProFTPD ", b"FileZilla Server 1."];
    greeting.first().is_some_and(|first| words.iter().any(|word| first.starts_with(word)))
}

/// Whether it is a product that runs commands side by side, so that the answers come in any order: aioftp's server, by its
/// default greeting.
pub(super) fn answers_in_any_order(greeting: &[Vec<u8>]) -> bool {
    matches!(greeting, [only] if only == b"welcome")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_are_known_by_their_greeting() {
        let known = |line: &str| is_known(&[line.as_bytes().to_vec()]);
        for line in ["(vsFTPd 3.0.3)", "ProFTPD Server (Debian) [::ffff:127.0.0.1]", "FileZilla Server 1.8.2"]
        {
            assert!(known(line), "{line}");
        }
        for line in [
            "FileZilla Server 0.9.60 beta",
            "--------- Welcome to Pure-FTPd [privsep] [TLS] ----------",
            "pyftpdlib 2.0.1 ready.",
            "Microsoft FTP Service",
            "not vsFTPd 3.0.3",
            "",
        ] {
            assert!(!known(line), "{line}");
        }
        assert!(!is_known(&[]));
    }

    #[test]
    fn only_the_whole_greeting_tells_of_a_server_that_answers_in_any_order() {
        assert!(answers_in_any_order(&[b"welcome".to_vec()]));
        assert!(!answers_in_any_order(&[b"welcome to wharf".to_vec()]));
        assert!(!answers_in_any_order(&[b"welcome".to_vec(), b"welcome".to_vec()]));
    }

    #[test]
    fn what_one_learns_its_clones_know() {
        let (memory, host) = (HostMemory::new(), Host { name: "a".to_owned(), port: 21 });
        memory.clone().add(&host);
        assert!(memory.has(&host));
        assert!(!memory.has(&Host { name: "a".to_owned(), port: 22 }));
    }
}
