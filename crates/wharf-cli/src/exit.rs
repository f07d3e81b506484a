//! What the program ends with: an exit code for scripts, and a line for people.

use std::{fmt, process::ExitCode};

/// The table of exit codes, at the foot of `--help`.
pub(crate) const HELP: &str = "\
Exit codes:
  0  done
  1  it failed here, or a part of it failed; the messages say what
  2  wrong arguments
  3  cannot connect, or cannot listen
  4  login refused
  5  no such file or directory
  6  refused by the server
  7  the connection was lost, timed out, or made no sense";

/// An exit code. [`HELP`] says what they mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    Failed = 1,
    Usage = 2,
    Network = 3,
}

/// Why the program ends without having done what it was told: one line for people.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) exit: Exit,
    text: String,
}

impl Failure {
    pub(crate) fn new(exit: Exit, text: impl Into<String>) -> Self {
        Self { exit, text: text.into() }
    }

    /// Something on this machine went wrong, for `reason`.
    pub(crate) fn local(what: &str, reason: &dyn fmt::Display) -> Self {
        Self::new(Exit::Failed, format!("{what}: {reason}"))
    }

    /// The arguments ask for what cannot be.
    pub(crate) fn usage(text: impl Into<String>) -> Self {
        Self::new(Exit::Usage, text)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}
