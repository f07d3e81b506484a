//! What the program ends with: an exit code for scripts, and a line for people.

use std::{fmt, process::ExitCode};

use wharf::{ErrorKind, Phase};

/// The table of exit codes, at the foot of `--help`.
pub(crate) const HELP: &str = "\
Exit codes:
    0  done
    1  it failed on this machine, or a part of it failed; the messages say what
    2  wrong arguments
    3  cannot connect or trust the server, or cannot listen
    4  login refused
    5  no such file or directory on the server
    6  refused by the server
    7  the connection was lost, timed out, or made no sense
  130  interrupted";

/// An exit code. [`HELP`] says what they mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    Failed = 1,
    Usage = 2,
    Network = 3,
    Login = 4,
    NotFound = 5,
    Refused = 6,
    Lost = 7,
    Interrupted = 130,
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

    /// The arguments ask for what cannot be.
    pub(crate) fn usage(text: impl Into<String>) -> Self {
        Self::new(Exit::Usage, text)
    }

    /// Nothing is to be said, or all has been said already.
    pub(crate) fn silent(exit: Exit) -> Self {
        Self { exit, text: None }
    }
}

impl From<wharf::Error> for Failure {
    fn from(error: wharf::Error) -> Self {
        let exit = match (error.phase(), error.kind()) {
            (Phase::Connect | Phase::Greeting, ErrorKind::InvalidInput) | (_, ErrorKind::InvalidInput) => {
                Exit::Usage
            }
            (Phase::Connect | Phase::Greeting | Phase::Tls, _) => Exit::Network,
            (Phase::Login, ErrorKind::Refused | ErrorKind::UnexpectedReply) => Exit::Login,
            (_, ErrorKind::NotFound) => Exit::NotFound,
            (_, ErrorKind::Refused) => Exit::Refused,
            (_, ErrorKind::Storage | ErrorKind::UnsafeName) => Exit::Failed,
            _ => Exit::Lost,
        };
        Self::new(exit, error.to_string())
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}
