use std::{borrow::Cow, error, fmt, io, sync::Arc};

use wharf_core::{
    client::DialogueError, command::ArgumentError, pathname::escape_for_display, reply::Reply,
    reply::Severity,
};

/// What went wrong: one opaque type that answers questions.
///
/// `Display` is one line for people, with everything that a peer sent escaped; [`source`](error::Error::source) goes
/// further down.
///
/// ```
/// # fn retry(error: &wharf::Error) -> bool {
/// if error.is_not_found() {
///     return false;
/// }
/// eprintln!("{error}");
/// # let _: Option<&wharf::core::reply::Reply> =
/// error.reply();
/// error.is_temporary()
/// # }
/// ```
#[derive(Clone)]
pub struct Error(Box<Inner>);

#[derive(Clone)]
struct Inner {
    kind: ErrorKind,
    phase: Phase,
    verb: Option<Cow<'static, str>>,
    argument: Option<Vec<u8>>,
    reply: Option<Reply>,
    message: Option<Cow<'static, str>>,
    source: Option<Arc<dyn error::Error + Send + Sync>>,
}

/// What kind of thing went wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// An argument or a setting cannot be used; nothing was sent.
    InvalidInput,
    /// The connection could not be made.
    Connect,
    /// A step took longer than its timeout.
    Timeout,
    /// The control connection is gone: the peer closed it, or it could not be kept in step and was closed.
    Closed,
    /// TLS could not be set up or agreed on, or the server's certificate is not trusted.
    Tls,
    /// The server refused the command with a negative reply.
    Refused,
    /// The server gave a positive reply that the command does not expect, or one that cannot be read.
    UnexpectedReply,
    /// The peer does not speak FTP, or went past a limit.
    Protocol,
    /// The data connection could not be made, or broke.
    Data,
    /// What was moved is not the same on both sides: digests differ.
    Mismatch,
    /// Whether it is the same could not be found out: the server has not computed a digest, though it does so of others.
    Unverified,
    /// A transfer ended early: fewer octets than announced, or the rest was not taken.
    Incomplete,
    /// There is no such entry.
    NotFound,
    /// The server does not offer what is needed: a command, an algorithm.
    NotOffered,
    /// A name from the server cannot be used as the name of an entry: `..`, a `/` in it and the like.
    UnsafeName,
    /// A line of a listing cannot be read. The listing goes on.
    BadLine,
    /// More would be deleted than is allowed; nothing was done.
    TooManyDeletions,
    /// The local side failed: see [`source`](error::Error::source), a [`wharf_storage::Error`].
    Storage,
}

/// At which step it went wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Phase {
    /// Reaching the server, or its proxy.
    Connect,
    /// Waiting for the greeting.
    Greeting,
    /// Protecting the connection: the TLS handshake, and AUTH, PBSZ and PROT.
    Tls,
    /// Logging in.
    Login,
    /// A command and its reply.
    Command,
    /// Making or using a data connection.
    Data,
    /// Reading or writing the local side.
    Storage,
    /// Bringing the control connection back into step after something was dropped.
    Resynchronization,
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, phase: Phase) -> Self {
        Self(Box::new(Inner {
            kind,
            phase,
            verb: None,
            argument: None,
            reply: None,
            message: None,
            source: None,
        }))
    }

    pub(crate) fn invalid_input(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorKind::InvalidInput, Phase::Command).message(message)
    }

    /// A reply that does not do what was asked.
    pub(crate) fn refused(reply: Reply) -> Self {
        let kind = if reply.is_positive() { ErrorKind::UnexpectedReply } else { ErrorKind::Refused };
        let mut error = Self::new(kind, Phase::Command);
        error.0.reply = Some(reply);
        error
    }

    pub(crate) fn kind_is(mut self, kind: ErrorKind) -> Self {
        self.0.kind = kind;
        self
    }

    pub(crate) fn timeout(phase: Phase) -> Self {
        Self::new(ErrorKind::Timeout, phase)
    }

    #[must_use]
    pub(crate) fn phase_is(mut self, phase: Phase) -> Self {
        self.0.phase = phase;
        self
    }

    #[must_use]
    pub(crate) fn verb_is(mut self, verb: impl Into<Cow<'static, str>>) -> Self {
        self.0.verb.get_or_insert(verb.into());
        self
    }

    #[must_use]
    pub(crate) fn argument_is(mut self, argument: &[u8]) -> Self {
        if !argument.is_empty() {
            self.0.argument.get_or_insert_with(|| argument.to_vec());
        }
        self
    }

    /// Names the command, unless another one is named.
    #[must_use]
    pub(crate) fn command_is(self, verb: &'static str, argument: &[u8]) -> Self {
        match self.0.verb.as_deref() {
            Some(other) if other != verb => self,
            _ => self.verb_is(verb).argument_is(argument),
        }
    }

    #[must_use]
    pub(crate) fn message(mut self, message: impl Into<Cow<'static, str>>) -> Self {
        self.0.message = Some(message.into());
        self
    }

    #[must_use]
    pub(crate) fn caused_by(mut self, source: impl Into<Box<dyn error::Error + Send + Sync>>) -> Self {
        self.0.source = Some(source.into().into());
        self
    }

    /// What kind of thing went wrong.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// At which step it went wrong.
    pub fn phase(&self) -> Phase {
        self.0.phase
    }

    /// The verb of the command that failed, if it was one.
    pub fn verb(&self) -> Option<&str> {
        self.0.verb.as_deref()
    }

    /// What the command was about, octet for octet: its argument, in most cases a pathname; never a secret.
    pub fn argument(&self) -> Option<&[u8]> {
        self.0.argument.as_deref()
    }

    /// The server's reply, if there was one.
    pub fn reply(&self) -> Option<&Reply> {
        self.0.reply.as_ref()
    }

    /// The storage error, if the local side failed.
    pub fn storage(&self) -> Option<&wharf_storage::Error> {
        self.0.source.as_deref()?.downcast_ref()
    }

    /// What is wrong with the proxy, if it was that one.
    #[cfg(feature = "proxy")]
    pub fn proxy(&self) -> Option<&crate::ProxyError> {
        crate::ProxyError::within(self.0.source.as_deref()?)
    }

    /// Whether another try may succeed: a transient negative reply (4yz, 421 too), a timeout, a lost connection.
    pub fn is_temporary(&self) -> bool {
        if let Some(reply) = self.reply() {
            return reply.severity() == Severity::TransientNegative;
        }
        #[cfg(feature = "proxy")]
        if let Some(proxy) = self.proxy() {
            return proxy.is_temporary();
        }
        match self.kind() {
            ErrorKind::Timeout | ErrorKind::Closed | ErrorKind::Connect | ErrorKind::Data => true,
            ErrorKind::Incomplete => true,
            ErrorKind::Storage => {
                self.storage().is_some_and(|storage| storage.kind() == wharf_storage::ErrorKind::Busy)
            }
            _ => false,
        }
    }

    /// Whether the entry does not exist, as far as can be told.
    ///
    /// FTP has one reply code for what is missing and what is forbidden, 550: it counts.
    pub fn is_not_found(&self) -> bool {
        match self.kind() {
            ErrorKind::NotFound => true,
            ErrorKind::Refused => self.reply().is_some_and(|reply| reply.code() == 550),
            ErrorKind::Storage => {
                self.storage().is_some_and(|storage| storage.kind() == wharf_storage::ErrorKind::NotFound)
            }
            _ => false,
        }
    }

    /// Whether it is of one row of a listing only, which cannot be read or has no name of an entry: the listing goes on behind it, and ends
    /// with any other error.
    pub fn is_of_one_row(&self) -> bool {
        matches!(self.kind(), ErrorKind::BadLine | ErrorKind::UnsafeName)
    }

    /// Whether the server does not know or does not offer the command at all.
    pub(crate) fn is_not_offered(&self) -> bool {
        self.reply().is_some_and(|reply| matches!(reply.code().as_u16(), 202 | 500 | 502 | 504))
    }

    /// Whether the server has answered commands in another order than they came in.
    pub(crate) fn is_out_of_order(&self) -> bool {
        let source = self.0.source.as_deref().and_then(|source| source.downcast_ref());
        matches!(source, Some(DialogueError::OutOfOrder { .. }))
    }

    /// Whether the server said no for good.
    pub fn is_permanent_refusal(&self) -> bool {
        self.reply().is_some_and(|reply| reply.severity() == Severity::PermanentNegative)
    }
}

impl From<DialogueError> for Error {
    fn from(error: DialogueError) -> Self {
        match error {
            DialogueError::Closing(reply) => {
                let mut error = Self::new(ErrorKind::Closed, Phase::Command);
                error.0.reply = Some(reply);
                error
            }
            error => Self::new(ErrorKind::Protocol, Phase::Command).caused_by(error),
        }
    }
}

impl From<ArgumentError> for Error {
    fn from(error: ArgumentError) -> Self {
        Self::new(ErrorKind::InvalidInput, Phase::Command).caused_by(error)
    }
}

impl From<wharf_storage::Error> for Error {
    /// An error of a server that was used as a storage is that of the server.
    fn from(error: wharf_storage::Error) -> Self {
        if let Some(within) = error::Error::source(&error).and_then(|within| within.downcast_ref::<Self>()) {
            return within.clone();
        }
        Self::new(ErrorKind::Storage, Phase::Storage).caused_by(error)
    }
}

impl From<wharf_storage::NameError> for Error {
    fn from(error: wharf_storage::NameError) -> Self {
        wharf_storage::Error::from(error).into()
    }
}

impl From<Error> for io::Error {
    fn from(error: Error) -> Self {
        let kind = match error.kind() {
            ErrorKind::InvalidInput => io::ErrorKind::InvalidInput,
            ErrorKind::Timeout => io::ErrorKind::TimedOut,
            ErrorKind::Closed => io::ErrorKind::ConnectionAborted,
            ErrorKind::Incomplete => io::ErrorKind::UnexpectedEof,
            _ if error.is_not_found() => io::ErrorKind::NotFound,
            _ => io::ErrorKind::Other,
        };
        Self::new(kind, error)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner { kind, phase, verb, argument, reply, message, source } = &*self.0;
        match (verb, argument) {
            (Some(verb), Some(argument)) => {
                write!(f, "{} {}: ", escape_for_display(verb.as_bytes()), escape_for_display(argument))?;
            }
            (Some(verb), None) => write!(f, "{}: ", escape_for_display(verb.as_bytes()))?,
            (None, Some(argument)) => write!(f, "{}: ", escape_for_display(argument))?,
            (None, None) => {}
        }
        match (message, kind, phase) {
            (Some(message), _, _) => f.write_str(message)?,
            (None, ErrorKind::Timeout, phase) => write!(f, "timed out while {phase}")?,
            (None, kind, _) => write!(f, "{kind}")?,
        }
        if let Some(reply) = reply {
            write!(f, ": {reply}")?;
        }
        match source {
            Some(source) => write!(f, ": {}", escape_for_display(source.to_string().as_bytes())),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner { kind, phase, verb, argument, reply, message, source } = &*self.0;
        f.debug_struct("Error")
            .field("kind", kind)
            .field("phase", phase)
            .field("verb", verb)
            .field("argument", &argument.as_ref().map(|name| escape_for_display(name).to_string()))
            .field("reply", reply)
            .field("message", message)
            .field("source", source)
            .finish()
    }
}

impl error::Error for Error {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        self.0.source.as_deref().map(|source| source as &(dyn error::Error + 'static))
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::InvalidInput => "invalid input",
            Self::Connect => "the connection could not be made",
            Self::Timeout => "timed out",
            Self::Closed => "the control connection is closed",
            Self::Tls => "TLS could not be made",
            Self::Refused => "the server refused",
            Self::UnexpectedReply => "the server gave an unexpected reply",
            Self::Protocol => "the peer does not keep to the protocol",
            Self::Data => "the data connection failed",
            Self::Mismatch => "what was moved is not the same on both sides",
            Self::Incomplete => "the transfer is not complete",
            Self::NotFound => "no such file or directory",
            Self::NotOffered => "the server does not offer this",
            Self::UnsafeName => "the server sent a name that cannot be used",
            Self::BadLine => "a line of the listing cannot be read",
            Self::TooManyDeletions => "more would be deleted than is allowed",
            Self::Unverified => "it is not known whether what was moved is the same on both sides",
            Self::Storage => "the local side failed",
        })
    }
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Connect => "connecting",
            Self::Greeting => "waiting for the greeting",
            Self::Tls => "making TLS",
            Self::Login => "logging in",
            Self::Command => "waiting for the reply",
            Self::Data => "using the data connection",
            Self::Storage => "using the local side",
            Self::Resynchronization => "bringing the control connection back into step",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::error::Error as _;

    #[test]
    fn answers_questions() {
        let missing = Error::refused(Reply::new(550, "No such file.")).verb_is("RETR");
        assert!(missing.is_not_found() && !missing.is_temporary());
        assert_eq!((missing.kind(), missing.verb()), (ErrorKind::Refused, Some("RETR")));
        let busy = Error::refused(Reply::new(450, "Busy."));
        assert!(busy.is_temporary() && !busy.is_not_found());
        assert_eq!(Error::refused(Reply::new(333, "More?")).kind(), ErrorKind::UnexpectedReply);
        for (kind, goes_on) in
            [(ErrorKind::BadLine, true), (ErrorKind::UnsafeName, true), (ErrorKind::Data, false)]
        {
            assert_eq!(Error::new(kind, Phase::Data).is_of_one_row(), goes_on, "{kind}");
        }
        let closing = Error::from(DialogueError::Closing(Reply::new(421, "Bye.")));
        assert_eq!(closing.kind(), ErrorKind::Closed);
        assert!(closing.is_temporary());
        let local = Error::from(wharf_storage::Error::from(wharf_storage::ErrorKind::NotFound));
        assert!(local.is_not_found() && local.source().is_some());
    }

    #[test]
    fn shows_nothing_that_a_terminal_obeys() {
        let error = Error::refused(Reply::new(550, b"\x1b[2Jgone")).verb_is("RETR").argument_is(b"a\nb\xe9");
        assert_eq!(error.to_string(), r"RETR a\nb\xe9: the server refused: 550 \u{1b}[2Jgone");
        assert!(!format!("{error:?}").contains('\u{1b}'));
    }
}
