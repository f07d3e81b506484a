//! Passwords that stand in a file.

use std::{
    fs::File,
    io::{self, Read},
    path::Path,
};

use crate::{exit::Failure, output};

/// The most octets of a password. More of them do not pass for a line with many servers, wharf's among them.
pub(crate) const MAX_LEN: usize = 4096;

/// Reads the password in `path`: all of the file but the newline at its end.
///
/// # Errors
/// The file cannot be read, there is nothing in it, or too much.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    let shown = format!("password file {}", output::shown(path));
    let password = begin(path).map_err(|error| Failure::local(&shown, &error))?;
    let password = check(password, &shown)?;
    let shown = output::shown(path);
    if others_may_read(path) {
        output::warning(format_args!(
            "password file {shown} can be read by others; chmod 600 keeps it secret"
        ));
    }
    Ok(password)
}

/// As [`read`], where `-` is standard input.
///
/// # Errors
/// As there.
pub(crate) fn read_or_input(path: &Path) -> Result<Vec<u8>, Failure> {
    if path != Path::new("-") {
        return read(path);
    }
    let mut octets = Vec::new();
    let read = io::stdin().take(MAX_LEN as u64 + 3).read_to_end(&mut octets);
    let octets = read.map_err(|error| Failure::local("cannot read the password", &error)).map(|_| octets)?;
    check(octets, "standard input")
}

/// What was read from `shown`, without the newline at its end.
///
/// # Errors
/// It is no password: empty, too long, more than a line.
pub(crate) fn check(mut password: Vec<u8>, shown: &str) -> Result<Vec<u8>, Failure> {
    if password.ends_with(b"\n") {
        password.pop();
        password.pop_if(|octet| *octet == b'\r');
    }
    if password.len() > MAX_LEN {
        return Err(Failure::usage(format!("{shown}: a password has {MAX_LEN} octets at most")));
    }
    if password.is_empty() {
        return Err(Failure::usage(format!("{shown}: there is no password in it")));
    }
    if password.iter().any(|octet| matches!(octet, b'\r' | b'\n' | 0)) {
        return Err(Failure::usage(format!("{shown}: a password is a single line")));
    }
    Ok(password)
}

/// As much of the file as a password and its line end may have, and more than that.
fn begin(path: &Path) -> io::Result<Vec<u8>> {
    let mut octets = Vec::new();
    File::open(path)?.take(MAX_LEN as u64 + 3).read_to_end(&mut octets)?;
    Ok(octets)
}

/// Whether other users of this machine than the file's owner and group can read it.
#[cfg(unix)]
pub(crate) fn others_may_read(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(path)
        .is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o004 != 0)
}

/// Elsewhere than on Unix, who can read a file is not in bits.
#[cfg(not(unix))]
pub(crate) fn others_may_read(_path: &Path) -> bool {
    false
}
