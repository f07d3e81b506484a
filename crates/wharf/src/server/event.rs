use std::{net::SocketAddr, sync::Arc, time::Duration};

use wharf_core::representation::RepresentationType;
use wharf_storage::Pathname;

use super::{Banned, Deed, Direction};

/// The number of a session, which no other session of this process has.
pub type SessionId = u64;

/// Something that happened, for the program that embeds the server.
///
/// The hook given to [`ServerBuilder::on_event`](super::ServerBuilder::on_event) is called with it on the session's task: it
/// must not block. It never holds a password.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Event {
    /// A control connection was accepted.
    SessionOpened {
        /// Which session.
        session: SessionId,
        /// The client's address.
        peer: SocketAddr,
    },
    /// A control connection was turned away.
    SessionRefused {
        /// The client's address.
        peer: SocketAddr,
        /// Why. The client is not told.
        reason: Refusal,
    },
    /// Logins failed too often: nobody listens to an address any more, or nobody can log in with a name.
    Banned {
        /// Whose login was the last to fail.
        peer: SocketAddr,
        /// Who is banned.
        whom: Banned,
        /// For how long.
        length: Duration,
    },
    /// Somebody logged in.
    LoggedIn {
        /// Which session.
        session: SessionId,
        /// The principal's name.
        user: Arc<str>,
    },
    /// Somebody logged out: by QUIT, REIN or a new USER, or with the end of the session.
    LoggedOut {
        /// Which session.
        session: SessionId,
        /// The principal's name.
        user: Arc<str>,
    },
    /// A login was refused.
    LoginFailed {
        /// Which session.
        session: SessionId,
        /// The client's address.
        peer: SocketAddr,
        /// The name that was given, control characters escaped.
        name: String,
    },
    /// A command was answered. One that began a transfer is told of by [`TransferEnded`](Self::TransferEnded).
    CommandServed {
        /// Which session.
        session: SessionId,
        /// The verb; empty for a line that is no known command.
        verb: &'static str,
        /// The code of the last reply.
        code: u16,
        /// From when its line was taken up until its reply was ready.
        duration: Duration,
    },
    /// Another address than the client's connected to its passive port and was turned away.
    StrangerRefused {
        /// Which session.
        session: SessionId,
        /// The stranger's address.
        stranger: SocketAddr,
    },
    /// Something was changed: a file or directory was removed, made or renamed. Of transfers and logins other events tell.
    Done {
        /// Which session.
        session: SessionId,
        /// What.
        deed: Deed,
    },
    /// A transfer ended.
    ///
    /// A tree that went through one data connection is told of file by file; then comes the tree's own end, with the
    /// pathname that the client named and the octets that were not the files'.
    TransferEnded {
        /// Which session.
        session: SessionId,
        /// The verb of the command that began it.
        verb: &'static str,
        /// Which way.
        direction: Direction,
        /// The file, where it is one.
        pathname: Option<Pathname>,
        /// As lines of text, or as octets.
        representation: RepresentationType,
        /// Octets over the data connection.
        octets: u64,
        /// From the preliminary reply on.
        duration: Duration,
        /// The code of the reply that ended it: 226, or what went wrong.
        code: u16,
    },
    /// A session ended.
    SessionClosed {
        /// Which session.
        session: SessionId,
    },
}

/// Why a control connection was turned away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Refusal {
    /// There are as many sessions as may be.
    Sessions,
    /// There are as many that have not logged in as may be.
    BeforeLogin,
    /// The address has as many that have not logged in as it may have.
    AddressBeforeLogin,
    /// The address has as many as it may have.
    Address,
    /// Its network has.
    Network,
    /// The address is banned.
    Banned,
}

impl Refusal {
    /// It in a word.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sessions => "sessions",
            Self::BeforeLogin => "before-login",
            Self::AddressBeforeLogin => "address-before-login",
            Self::Address => "address",
            Self::Network => "network",
            Self::Banned => "banned",
        }
    }
}
