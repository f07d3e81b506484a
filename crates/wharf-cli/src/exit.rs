//! What the program ends with: an exit code for scripts, and a line for people.

use std::{fmt, path::Path, process::ExitCode};

use wharf::{ErrorKind, Phase};

use crate::output;

/// The table of exit codes, at the foot of `--help`.
pub(crate) const HELP: &str = "\
Exit codes:
    0  done
    1  it failed on this machine
    2  wrong arguments
    3  network: cannot connect or listen, or the connection was lost
    4  login refused
    5  no such file or directory on the server
    6  refused by the server
    7  timed out
    8  TLS: the server is not trusted, or TLS cannot be made
    9  a part of it failed; the messages say what
   10  what was moved is not the same on both sides
   11  the server has no room left
   12  the server does not keep to the protocol
   13  a name cannot be used here
   14  more would be deleted than is allowed; nothing was done
  130  interrupted; serve and watch, which are ended so, end with 0
  141  whoever read the output has stopped";

/// An exit code. [`HELP`] says what they mean. They do not change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    Failed = 1,
    Usage = 2,
    Network = 3,
    Login = 4,
    NotFound = 5,
    Refused = 6,
    TimedOut = 7,
    Tls = 8,
    Partial = 9,
    Mismatch = 10,
    RemoteFull = 11,
    Protocol = 12,
    UnsafeName = 13,
    TooManyDeletions = 14,
    Interrupted = 130,
    /// As shells call the end by SIGPIPE.
    Unread = 141,
}

impl Exit {
    /// The word for programs that stands for it in JSON.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Failed => "local",
            Self::Usage => "usage",
            Self::Network => "network",
            Self::Login => "login",
            Self::NotFound => "not-found",
            Self::Refused => "refused",
            Self::TimedOut => "timeout",
            Self::Tls => "tls",
            Self::Partial => "partial",
            Self::Mismatch => "mismatch",
            Self::RemoteFull => "remote-full",
            Self::Protocol => "protocol",
            Self::UnsafeName => "unsafe-name",
            Self::TooManyDeletions => "too-many-deletions",
            Self::Interrupted => "interrupted",
            Self::Unread => "unread",
        }
    }

    /// That of what went wrong with a server.
    pub(crate) fn of(error: &wharf::Error) -> Self {
        let code = error.reply().map(|reply| reply.code().as_u16());
        match (error.phase(), error.kind(), code) {
            (_, ErrorKind::InvalidInput, _) => Self::Usage,
            (_, ErrorKind::Timeout | ErrorKind::Unverified, _) => Self::TimedOut,
            (_, ErrorKind::Tls, _) | (Phase::Tls, ErrorKind::Refused, _) => Self::Tls,
            (Phase::Connect | Phase::Greeting, ErrorKind::Refused, _) => Self::Network,
            (Phase::Login, ErrorKind::Refused | ErrorKind::UnexpectedReply, _) => Self::Login,
            (_, ErrorKind::NotFound, _) => Self::NotFound,
            (_, ErrorKind::Refused, Some(452 | 552)) => Self::RemoteFull,
            (_, ErrorKind::Refused | ErrorKind::NotOffered, _) => Self::Refused,
            (_, ErrorKind::Mismatch, _) => Self::Mismatch,
            (_, ErrorKind::UnsafeName, _) => Self::UnsafeName,
            (_, ErrorKind::TooManyDeletions, _) => Self::TooManyDeletions,
            (_, ErrorKind::Storage, _) => Self::Failed,
            (_, ErrorKind::UnexpectedReply | ErrorKind::Protocol | ErrorKind::BadLine, _) => Self::Protocol,
            _ => Self::Network,
        }
    }
}

/// Why the program ends without having done what it was told: one line for people, or none if all is said.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) exit: Exit,
    pub(crate) text: Option<String>,
}

impl Failure {
    pub(crate) fn new(exit: Exit, text: impl Into<String>) -> Self {
        Self { exit, text: Some(text.into()) }
    }

    /// Something on this machine went wrong, for `reason`.
    pub(crate) fn local(what: &str, reason: &dyn fmt::Display) -> Self {
        Self::new(Exit::Failed, format!("{what}: {reason}"))
    }

    /// Something is wrong with `path` of this machine, for `reason`.
    pub(crate) fn about(path: &Path, reason: &dyn fmt::Display) -> Self {
        Self::local(&output::shown(path), reason)
    }

    /// The arguments ask for what cannot be.
    pub(crate) fn usage(text: impl Into<String>) -> Self {
        Self::new(Exit::Usage, text)
    }

    /// The arguments cannot be read: what is wrong with them, in one line.
    pub(crate) fn wrong(error: &clap::Error) -> Self {
        let text = error.render().to_string();
        // How the command is used comes after an empty line.
        let lines = text.lines().map(str::trim).take_while(|line| !line.is_empty());
        let text = lines.collect::<Vec<_>>().join(" ");
        Self::usage(text.strip_prefix("error: ").unwrap_or(&text))
    }

    /// Nothing is to be said, or all has been said already.
    pub(crate) fn silent(exit: Exit) -> Self {
        Self { exit, text: None }
    }

    /// Of the line of a script.
    pub(crate) fn in_line(mut self, number: usize) -> Self {
        if let Some(text) = &mut self.text {
            text.insert_str(0, &format!("line {number}: "));
        }
        self
    }

    /// With a word on what to do about it.
    #[must_use]
    pub(crate) fn hint(mut self, hint: &str) -> Self {
        if let Some(text) = &mut self.text {
            text.truncate(text.trim_end_matches('.').len());
            text.push_str("; ");
            text.push_str(hint);
        }
        self
    }
}

impl From<wharf::Error> for Failure {
    fn from(error: wharf::Error) -> Self {
        Self::new(Exit::of(&error), error.to_string())
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}
