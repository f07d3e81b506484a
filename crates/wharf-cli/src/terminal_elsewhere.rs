//! Where there is no `termios`, the system sets the terminal as it was.

/// The terminal of the program.
pub(crate) struct Terminal;

impl Terminal {
    /// As it is set now.
    pub(crate) fn now() -> Self {
        Self
    }

    /// Begins a new line.
    pub(crate) fn restore(&self) {
        eprintln!();
    }
}
