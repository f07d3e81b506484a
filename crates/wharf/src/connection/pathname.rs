//! The server's pathnames as a client can handle them: octets with `/` between the components.

use wharf_core::charset::Charset;

use crate::{Error, ErrorKind, Phase};

/// A name of this side as the server is told it.
///
/// # Errors
/// [`UnsafeName`](ErrorKind::UnsafeName) where it has a character that the charset lacks, or one that no command may have.
pub(crate) fn remote_name(charset: Charset, name: &[u8]) -> Result<Vec<u8>, Error> {
    let fails = |text: String| unusable_there(name, text);
    if name.iter().any(|octet| matches!(octet, b'\r' | b'\n' | b'\0')) {
        return Err(fails("the server cannot be told a name with a line end or NUL in it".to_owned()));
    }
    match charset.to_new_remote(name) {
        Some(remote) => Ok(remote.into_owned()),
        None => Err(fails(format!("the name has a character that the charset {charset} lacks"))),
    }
}

/// An error about a name of this side that cannot be used on the server.
pub(crate) fn unusable_there(name: &[u8], text: impl Into<std::borrow::Cow<'static, str>>) -> Error {
    Error::new(ErrorKind::UnsafeName, Phase::Storage).argument_is(name).message(text)
}

/// The pathname of `name` in `directory`; the empty directory is the working directory.
pub(crate) fn join(directory: &[u8], name: &[u8]) -> Vec<u8> {
    let slash: &[u8] = if directory.is_empty() || directory.ends_with(b"/") { b"" } else { b"/" };
    [directory, slash, name].concat()
}

/// The directory that `pathname` is in and its name there; `None` where it has no name to be found by.
///
/// The directory is empty where it is the working directory.
pub(crate) fn split(pathname: &[u8]) -> Option<(&[u8], &[u8])> {
    let trimmed = trim_slashes(pathname);
    let (directory, name) = match trimmed.iter().rposition(|&octet| octet == b'/') {
        None => (&b""[..], trimmed),
        Some(slash) => {
            let (directory, name) = trimmed.split_at_checked(slash + 1)?;
            let above = trim_slashes(directory);
            (if above.is_empty() { &b"/"[..] } else { above }, name)
        }
    };
    (!name.is_empty() && name != b"." && name != b"..").then_some((directory, name))
}

fn trim_slashes(mut pathname: &[u8]) -> &[u8] {
    while let Some(shorter) = pathname.strip_suffix(b"/") {
        pathname = shorter;
    }
    pathname
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn joins_and_splits() {
        for (directory, name, joined) in
            [("", "a", "a"), ("/", "a", "/a"), ("b", "a", "b/a"), ("/b/c", " a ", "/b/c/ a ")]
        {
            assert_eq!(join(directory.as_bytes(), name.as_bytes()), joined.as_bytes());
            assert_eq!(split(joined.as_bytes()), Some((directory.as_bytes(), name.as_bytes())));
        }
        assert_eq!(split(b"b//a//"), Some((&b"b"[..], &b"a"[..])));
        for nameless in ["", "/", "//", ".", "..", "a/..", "/."] {
            assert_eq!(split(nameless.as_bytes()), None, "{nameless}");
        }
    }
}
