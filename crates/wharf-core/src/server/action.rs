use std::{fmt, sync::Arc};

use futures_core::Stream;
use wharf_storage::{Bytes, Pathname, Sink, SourceBody, Storage};

use crate::{
    digest::{Algorithm, Digest},
    failure::Failure,
    reply::Reply,
    representation::RepresentationType,
};

/// What a command's `serve` gives.
pub type Served = Result<Action, Failure>;

/// What the driver is to do.
#[derive(Debug)]
pub enum Action {
    /// Send this.
    Reply(Reply),
    /// Move octets over the data connection.
    Transfer(Transfer),
    /// Compute a digest and send the reply that it makes.
    Hash(Hashing),
    /// Send this, then begin TLS on the control connection; close the session if anything came behind the command.
    Protect(Reply),
    /// Send this, then close the session.
    Close(Reply),
}

/// One use of the data connection.
#[non_exhaustive]
pub struct Transfer {
    /// The preliminary reply.
    pub opening: Reply,
    /// The reply when all octets have moved and storage has them.
    pub completion: Reply,
    /// The octets' way.
    pub body: TransferBody,
    /// How they look on the data connection.
    pub representation: RepresentationType,
    /// How many octets will be sent, where it is known: fewer are a failure. Not where [`representation`](Self::representation)
    /// changes them.
    pub announced: Option<u64>,
    /// The file, where it is one: for events and logs.
    pub pathname: Option<Pathname>,
}

/// A digest that is to be computed. It may take long: as with a transfer, lines are heard meanwhile, and ABOR ends it.
#[non_exhaustive]
pub struct Hashing {
    /// The octets.
    pub body: SourceBody,
    /// How many of them; all where it is not said.
    pub length: Option<u64>,
    /// How it is computed.
    pub algorithm: Algorithm,
    /// The reply that shows it.
    pub reply: Box<dyn FnOnce(&Digest) -> Reply + Send>,
}

impl Hashing {
    /// The digest of all octets of `body`, shown by this reply.
    pub fn new(
        body: SourceBody,
        algorithm: Algorithm,
        reply: impl FnOnce(&Digest) -> Reply + Send + 'static,
    ) -> Self {
        Self { body, length: None, algorithm, reply: Box::new(reply) }
    }

    /// Takes this many octets only.
    #[must_use]
    pub fn length(mut self, octets: Option<u64>) -> Self {
        self.length = octets;
        self
    }
}

impl From<Hashing> for Action {
    fn from(hashing: Hashing) -> Self {
        Self::Hash(hashing)
    }
}

impl fmt::Debug for Hashing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hashing").field("algorithm", &self.algorithm).finish_non_exhaustive()
    }
}

/// Which way the octets of a transfer go.
pub enum TransferBody {
    /// To the client.
    Send(SourceBody),
    /// From the client.
    Receive(Box<dyn Sink>),
    /// Many files, in a [tree stream](crate::tree_stream).
    Tree(Tree),
}

/// A tree whose files are moved in a [tree stream](crate::tree_stream).
#[derive(Debug)]
pub struct Tree {
    /// Which way the files go.
    pub way: TreeWay,
    /// Where they are, or are to be: each call is checked as a command's would be.
    pub storage: Arc<dyn Storage>,
    /// What paths in the stream are relative to.
    pub base: Pathname,
}

/// Which way the files of a [`Tree`] go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TreeWay {
    /// To the client.
    Send,
    /// From the client.
    Receive,
}

impl Transfer {
    /// A transfer of octets as they are, announced by 150 and ended by 226.
    pub fn new(body: TransferBody) -> Self {
        Self {
            opening: Reply::new(150, "Opening data connection."),
            completion: Reply::new(226, "Transfer complete."),
            body,
            representation: RepresentationType::Image,
            announced: None,
            pathname: None,
        }
    }

    /// A transfer that sends what the stream yields.
    pub fn send<S>(chunks: S) -> Self
    where
        S: Stream<Item = wharf_storage::Result<Bytes>> + Send + 'static,
    {
        Self::new(TransferBody::Send(SourceBody::Stream(Box::pin(chunks))))
    }

    /// Changes the preliminary reply.
    #[must_use]
    pub fn opening(mut self, reply: Reply) -> Self {
        self.opening = reply;
        self
    }

    /// Changes the completion reply.
    #[must_use]
    pub fn completion(mut self, reply: Reply) -> Self {
        self.completion = reply;
        self
    }

    /// Says how the octets look on the data connection.
    #[must_use]
    pub fn representation(mut self, representation: RepresentationType) -> Self {
        self.representation = representation;
        self
    }

    /// Says how many octets will be sent.
    #[must_use]
    pub fn announced(mut self, octets: u64) -> Self {
        self.announced = Some(octets);
        self
    }

    /// Says which file it is.
    #[must_use]
    pub fn pathname(mut self, pathname: Pathname) -> Self {
        self.pathname = Some(pathname);
        self
    }
}

impl From<Reply> for Action {
    fn from(reply: Reply) -> Self {
        Self::Reply(reply)
    }
}

impl From<Transfer> for Action {
    fn from(transfer: Transfer) -> Self {
        Self::Transfer(transfer)
    }
}

impl fmt::Debug for Transfer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transfer")
            .field("opening", &self.opening)
            .field("pathname", &self.pathname)
            .finish_non_exhaustive()
    }
}
