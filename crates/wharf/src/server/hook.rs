use std::{error::Error, fmt, net::SocketAddr, sync::Arc};

use async_trait::async_trait;
use wharf_core::account::Account;
use wharf_storage::Pathname;

use super::SessionId;

/// Is asked before something is done, and told before its client is.
///
/// What [`after`](Self::after) has returned for was told, and what a client was answered for, `after` has returned for: a hook
/// that writes down what it is told misses nothing that was acknowledged. Both are waited for as long as for a call of
/// storage; a session waits for its own, others do not. For what needs no waiting there is
/// [`on_event`](super::ServerBuilder::on_event).
#[async_trait]
pub trait Hook: fmt::Debug + Send + Sync + 'static {
    /// Whether it may be done.
    ///
    /// # Errors
    /// It may not: 550, or 530 for a login. The text is for the log.
    async fn before(&self, actor: &Actor, deed: &Deed) -> Result<(), HookError> {
        let (_, _) = (actor, deed);
        Ok(())
    }

    /// It is done.
    ///
    /// # Errors
    /// It cannot be remembered: 451, although it is done. The text is for the log.
    async fn after(&self, actor: &Actor, deed: &Deed) -> Result<(), HookError> {
        let (_, _) = (actor, deed);
        Ok(())
    }
}

/// Why a hook objects.
pub type HookError = Box<dyn Error + Send + Sync>;

/// Who does something.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Actor {
    /// In which session.
    pub session: SessionId,
    /// The client's address.
    pub peer: SocketAddr,
    /// The principal's name; of a login that failed, the name that was given, control characters escaped.
    pub user: Arc<str>,
    /// Whose account that is: two users may have one name, each at a host of its own.
    pub account: Account,
}

/// What is done.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Deed {
    /// A login. Before: when the password was right.
    Login,
    /// A login that was refused. After.
    LoginFailed,
    /// A file is opened for an upload. Before.
    Upload {
        /// The file.
        pathname: Pathname,
    },
    /// An upload is whole. Before: the file is not visible yet, and will not be if the hook objects; after: it is.
    Uploaded {
        /// The file.
        pathname: Pathname,
        /// Octets over the data connection.
        octets: u64,
    },
    /// An upload has ended before its end. After.
    UploadCut {
        /// The file.
        pathname: Pathname,
        /// Octets over the data connection.
        octets: u64,
    },
    /// A file is opened for a download. Before.
    Download {
        /// The file.
        pathname: Pathname,
    },
    /// A download was sent to its end. After.
    Downloaded {
        /// The file.
        pathname: Pathname,
        /// Octets over the data connection.
        octets: u64,
    },
    /// A file is removed.
    Remove {
        /// The file.
        pathname: Pathname,
    },
    /// A directory is removed.
    RemoveDirectory {
        /// The directory.
        pathname: Pathname,
    },
    /// A directory is made.
    MakeDirectory {
        /// The directory.
        pathname: Pathname,
    },
    /// A file or directory is renamed.
    Rename {
        /// The name before.
        from: Pathname,
        /// The name after.
        to: Pathname,
    },
}
