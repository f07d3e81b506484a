use std::{error::Error, fmt, io};

/// Why a server does not begin to serve: what [`ServerBuilder::serve`](super::ServerBuilder::serve) fails with.
///
/// It reads as its [`source`](Error::source) does, an [`io::Error`], into which it can be turned.
#[derive(Debug)]
pub struct ServeError {
    kind: ServeErrorKind,
    source: io::Error,
}

/// What failed when a server was to begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ServeErrorKind {
    /// The settings do not fit together.
    Settings,
    /// An address is not found or cannot be listened on.
    Listen,
    /// The list of bans cannot be read or written.
    Bans,
    /// What was to be done once all addresses are listened on: [`ServerBuilder::once_bound`](super::ServerBuilder::once_bound).
    OnceBound,
}

impl ServeError {
    /// What failed.
    pub fn kind(&self) -> ServeErrorKind {
        self.kind
    }
}

impl ServeErrorKind {
    pub(super) fn caused_by(self, source: io::Error) -> ServeError {
        ServeError { kind: self, source }
    }
}

impl fmt::Display for ServeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.source.fmt(f)
    }
}

impl Error for ServeError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.source)
    }
}

impl From<ServeError> for io::Error {
    fn from(error: ServeError) -> Self {
        error.source
    }
}
