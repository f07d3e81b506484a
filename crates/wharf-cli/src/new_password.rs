//! A password that is set: asked for twice, or read from a file.

use std::{
    io::{self, IsTerminal},
    path::PathBuf,
};

use crate::{exit::Failure, password::typed, password_file};

/// Where the password is.
#[derive(Debug, clap::Args)]
pub(crate) struct NewPassword {
    /// The file that holds the password; - is standard input
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
}

impl NewPassword {
    /// The password that is in the file, or is typed twice.
    ///
    /// # Errors
    /// Those of [`password_file::check`] and of reading the file; there is no terminal to ask on; what was typed twice differs; Ctrl-C.
    pub(crate) fn read(&self) -> Result<Vec<u8>, Failure> {
        match self.password_file.as_deref() {
            Some(file) => password_file::read_or_input(file),
            None => ask(),
        }
    }
}

fn ask() -> Result<Vec<u8>, Failure> {
    if !io::stderr().is_terminal() {
        let text = "there is no password: --password-file FILE, or - for standard input; WHARF_PASSWORD is for logins only";
        return Err(Failure::usage(text));
    }
    let password = typed("Password: ")?;
    match typed("Once more: ")? == password {
        true => password_file::check(password.into_bytes(), "what was typed"),
        false => Err(Failure::usage("the two are not the same")),
    }
}
