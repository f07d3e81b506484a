//! Why a server refuses a command: a reply for the peer, and what the log may know besides.

use std::{error, fmt};

use wharf_storage::{ErrorKind, NameError};

use crate::{argument::ArgumentError, reply::Reply};

/// A refused or failed command.
///
/// The reply holds nothing of the source: no host path, no internal error.
pub struct Failure {
    reply: Reply,
    source: Option<Box<dyn error::Error + Send + Sync>>,
}

impl Failure {
    /// A failure answered with this code and text.
    pub fn new(code: u16, text: &str) -> Self {
        Self { reply: Reply::new(code, text), source: None }
    }

    /// The same, with what the log may know.
    #[must_use]
    pub fn caused_by(mut self, source: impl Into<Box<dyn error::Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// What the peer is told.
    pub fn reply(&self) -> &Reply {
        &self.reply
    }

    /// What the peer is told, by value.
    pub fn into_reply(self) -> Reply {
        self.reply
    }
}

/// The reply code of each kind of storage error: the one table.
pub fn storage_reply_code(kind: ErrorKind) -> u16 {
    match kind {
        ErrorKind::NotFound
        | ErrorKind::AlreadyExists
        | ErrorKind::NotADirectory
        | ErrorKind::IsADirectory
        | ErrorKind::NotARegularFile
        | ErrorKind::DirectoryNotEmpty
        | ErrorKind::PermissionDenied
        | ErrorKind::CrossesDevices
        | ErrorKind::IsRoot => 550,
        ErrorKind::NameNotAllowed => 553,
        ErrorKind::Busy => 450,
        ErrorKind::NoSpace => 452,
        ErrorKind::QuotaExceeded => 552,
        ErrorKind::InvalidOffset => 554,
        ErrorKind::Unsupported => 504,
        _ => 451,
    }
}

impl From<Reply> for Failure {
    fn from(reply: Reply) -> Self {
        Self { reply, source: None }
    }
}

impl From<wharf_storage::Error> for Failure {
    fn from(error: wharf_storage::Error) -> Self {
        let mut text = error.kind().to_string();
        if let Some(first) = text.get_mut(..1) {
            first.make_ascii_uppercase();
        }
        Self::new(storage_reply_code(error.kind()), &format!("{text}.")).caused_by(error)
    }
}

impl From<ErrorKind> for Failure {
    fn from(kind: ErrorKind) -> Self {
        wharf_storage::Error::from(kind).into()
    }
}

impl From<NameError> for Failure {
    fn from(error: NameError) -> Self {
        match error {
            NameError::Nul => Self::new(501, "A pathname cannot contain NUL."),
            _ => wharf_storage::Error::from(error).into(),
        }
    }
}

impl From<ArgumentError> for Failure {
    fn from(error: ArgumentError) -> Self {
        let (code, what) = match error {
            ArgumentError::NotOffered(_) => (504, "Not offered"),
            ArgumentError::UnknownNetworkProtocol => (522, "Not offered"),
            ArgumentError::LevelNotSupported => (536, "Not offered"),
            _ => (501, "Syntax error"),
        };
        Self::new(code, &format!("{what}: {error}."))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.reply)
    }
}

impl fmt::Debug for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Failure").field("reply", &self.reply).field("source", &self.source).finish()
    }
}

impl error::Error for Failure {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        self.source.as_deref().map(|source| source as &(dyn error::Error + 'static))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_offered_is_not_called_a_mistake() {
        for (error, reply) in [
            (ArgumentError::Invalid("malformed address"), "501 Syntax error: malformed address."),
            (ArgumentError::NotOffered("UTF8 is always on"), "504 Not offered: UTF8 is always on."),
            (
                ArgumentError::UnknownNetworkProtocol,
                "522 Not offered: network protocol not supported, use (1,2).",
            ),
        ] {
            assert_eq!(Failure::from(error).to_string(), reply);
        }
    }
}
