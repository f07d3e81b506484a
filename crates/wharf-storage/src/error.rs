use std::{error, fmt, io};

/// What a storage call returns.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What went wrong, in the terms a peer may know.
///
/// Each kind has one reply code, in one table of `wharf-core`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// No entry has this pathname.
    NotFound,
    /// An entry has this pathname already.
    AlreadyExists,
    /// A directory was needed and something else is there.
    NotADirectory,
    /// A file was needed and a directory is there.
    IsADirectory,
    /// Neither a regular file nor a directory: a fifo, a socket, a device.
    NotARegularFile,
    /// A directory with entries cannot be removed or replaced.
    DirectoryNotEmpty,
    /// The backend, or the system below it, does not allow it.
    PermissionDenied,
    /// The name cannot be stored by this backend, or is kept for its own use.
    NameNotAllowed,
    /// The root cannot be removed, renamed or replaced.
    IsRoot,
    /// Somebody else is using it; another try may work.
    Busy,
    /// No room is left.
    NoSpace,
    /// The owner's allotment is used up.
    QuotaExceeded,
    /// The offset cannot be reached in this entry.
    InvalidOffset,
    /// The two pathnames lie on different devices or backends.
    CrossesDevices,
    /// The backend does not offer this; its [`Capabilities`](crate::Capabilities) say so.
    Unsupported,
    /// It took too long.
    TimedOut,
    /// Everything else: the storage failed.
    Failed,
}

/// A storage error: a kind for the peer, a source for the log.
#[derive(Debug)]
pub struct Error {
    kind: ErrorKind,
    source: Option<Box<dyn error::Error + Send + Sync>>,
}

impl Error {
    /// An error of this kind that `source` caused.
    ///
    /// `source` is written to logs only; a peer sees the kind's text.
    pub fn new(kind: ErrorKind, source: impl Into<Box<dyn error::Error + Send + Sync>>) -> Self {
        Self { kind, source: Some(source.into()) }
    }

    /// What went wrong.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }
}

impl From<ErrorKind> for Error {
    fn from(kind: ErrorKind) -> Self {
        Self { kind, source: None }
    }
}

impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        use io::ErrorKind as Io;
        let kind = match error.kind() {
            Io::NotFound => ErrorKind::NotFound,
            Io::AlreadyExists => ErrorKind::AlreadyExists,
            Io::NotADirectory => ErrorKind::NotADirectory,
            Io::IsADirectory => ErrorKind::IsADirectory,
            Io::DirectoryNotEmpty => ErrorKind::DirectoryNotEmpty,
            Io::PermissionDenied | Io::ReadOnlyFilesystem => ErrorKind::PermissionDenied,
            Io::InvalidFilename | Io::InvalidInput => ErrorKind::NameNotAllowed,
            Io::ResourceBusy | Io::ExecutableFileBusy | Io::WouldBlock => ErrorKind::Busy,
            Io::StorageFull => ErrorKind::NoSpace,
            Io::QuotaExceeded | Io::FileTooLarge => ErrorKind::QuotaExceeded,
            Io::CrossesDevices => ErrorKind::CrossesDevices,
            Io::Unsupported => ErrorKind::Unsupported,
            Io::TimedOut => ErrorKind::TimedOut,
            _ => ErrorKind::Failed,
        };
        Self::new(kind, error)
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotFound => "no such file or directory",
            Self::AlreadyExists => "it exists already",
            Self::NotADirectory => "not a directory",
            Self::IsADirectory => "it is a directory",
            Self::NotARegularFile => "not a regular file",
            Self::DirectoryNotEmpty => "the directory is not empty",
            Self::PermissionDenied => "permission denied",
            Self::NameNotAllowed => "this name is not allowed",
            Self::IsRoot => "the root cannot be changed",
            Self::Busy => "it is in use",
            Self::NoSpace => "no space left",
            Self::QuotaExceeded => "the storage allotment is used up",
            Self::InvalidOffset => "the offset is out of range",
            Self::CrossesDevices => "the two lie on different devices",
            Self::Unsupported => "not supported by this storage",
            Self::TimedOut => "the storage took too long",
            Self::Failed => "the storage failed",
        })
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.kind.fmt(f)
    }
}

impl error::Error for Error {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        self.source.as_deref().map(|source| source as &(dyn error::Error + 'static))
    }
}
