//! Everything that the program says.
//!
//! Results go to standard output; errors, warnings and progress to standard error. Whatever shows what a peer sent
//! escapes it first, so that it cannot move the cursor or forge a line.

use std::{
    fmt::{self, Display},
    io::{self, Write},
};

use crate::exit::{Exit, Failure};

/// Writes `text` and a newline to standard output.
///
/// # Errors
/// As [`write`].
pub(crate) fn line(text: impl Display) -> Result<(), Failure> {
    write(format!("{text}\n").as_bytes())
}

/// Writes `octets` to standard output.
///
/// # Errors
/// Standard output cannot be written to; a failure without words if its reader has seen enough.
pub(crate) fn write(octets: &[u8]) -> Result<(), Failure> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(octets).and_then(|()| stdout.flush()).map_err(|error| unwritable(&error))
}

/// Standard output cannot be written to.
pub(crate) fn unwritable(error: &io::Error) -> Failure {
    match error.kind() {
        io::ErrorKind::BrokenPipe => Failure::silent(Exit::Failed),
        _ => Failure::local("cannot write to standard output", error),
    }
}

/// Says what failed.
pub(crate) fn error(text: &str) {
    say(format_args!("wharf: {text}"));
}

/// Says what the user should know, though the program goes on.
pub(crate) fn warning(text: impl Display) {
    say(format_args!("wharf: warning: {text}"));
}

/// Says what has been done.
pub(crate) fn note(text: impl Display) {
    say(format_args!("{text}"));
}

fn say(line: fmt::Arguments<'_>) {
    // Where there is nobody to tell, there is nothing to do about it.
    let _ = writeln!(io::stderr().lock(), "{line}");
}
