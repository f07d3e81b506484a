//! What the terminal was set to: a program that is interrupted while it reads a password must not leave it without echo.

use std::fs::File;

use rustix::termios::{OptionalActions, Termios, tcgetattr, tcsetattr};

/// The terminal of the program, as it was set at some time; nothing where there is none.
pub(crate) struct Terminal(Option<(File, Termios)>);

impl Terminal {
    /// As it is set now.
    pub(crate) fn now() -> Self {
        let terminal = File::open("/dev/tty").ok();
        Self(terminal.and_then(|terminal| tcgetattr(&terminal).ok().map(|settings| (terminal, settings))))
    }

    /// Sets it as it was, and begins a new line.
    pub(crate) fn restore(&self) {
        if let Some((terminal, settings)) = &self.0 {
            // There is nothing to be done, and nobody to be told, about a terminal that is gone.
            let _ = tcsetattr(terminal, OptionalActions::Now, settings);
            eprintln!();
        }
    }
}
