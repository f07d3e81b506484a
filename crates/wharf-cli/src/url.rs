//! FTP URLs (RFC 1738, section 3.2), and those of FTP over TLS.

use std::fmt::Display;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, percent_encode};

use crate::exit::Failure;

/// How URLs are read, at the foot of each command's `--help`.
pub(crate) const HELP: &str = "\
URLs are ftp://[user@]host[:port]/path; ftpes:// is the same over explicit TLS, ftps:// over implicit \
TLS, commonly on port 990. The path is relative to the directory that the server chooses at \
login; one that begins with a second slash or %2F is absolute. Without a user, the one in .netrc or anonymous \
logs in. The password is in the --password-file, the variable WHARF_PASSWORD, .netrc or the keyring (`wharf password`), \
or is asked for. @name and @name/path are bookmarks and what is below them, see `wharf bookmark`.";

/// What RFC 3986 calls unreserved stays as it is, all else is encoded.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Whether and how TLS protects the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scheme {
    /// `ftp`: not at all.
    Clear,
    /// `ftpes`: after the greeting.
    Explicit,
    /// `ftps`: from the first octet.
    Implicit,
}

impl Scheme {
    fn parse(text: &str) -> Option<Self> {
        let known = [Self::Clear, Self::Explicit, Self::Implicit];
        known.into_iter().find(|scheme| text.eq_ignore_ascii_case(scheme.as_str()))
    }

    /// As a URL begins with it.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Clear => "ftp",
            Self::Explicit => "ftpes",
            Self::Implicit => "ftps",
        }
    }

    /// The port where a URL names none.
    fn default_port(self) -> u16 {
        match self {
            Self::Clear | Self::Explicit => 21,
            Self::Implicit => 990,
        }
    }
}

/// `ftp://[user@]host[:port]/path`, taken apart and decoded.
///
/// The path is octets, and relative to the directory that the server chooses at login: `ftp://host/a` is `a`. An
/// absolute one begins with `%2F` or a second slash: `ftp://host//a` is `/a`. That is how curl reads it too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Url {
    pub(crate) scheme: Scheme,
    pub(crate) user: Option<Vec<u8>>,
    /// A name or an address, one of IPv6 without its brackets.
    pub(crate) host: String,
    pub(crate) port: u16,
    /// Empty for the directory at login.
    pub(crate) path: Vec<u8>,
}

impl Url {
    /// Reads a URL.
    ///
    /// # Errors
    /// What is wrong with it. The text of it is not shown: it may hold a password.
    pub(crate) fn parse(text: &str) -> Result<Self, Failure> {
        let (scheme, rest) = text.split_once("://").ok_or_else(|| wrong("it does not begin with ftp://"))?;
        let scheme =
            Scheme::parse(scheme).ok_or_else(|| wrong("only ftp://, ftpes:// and ftps:// are known"))?;
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        let (user, host) = match authority.rsplit_once('@') {
            Some((user, host)) => (Some(user), host),
            None => (None, authority),
        };
        if user.is_some_and(|user| user.contains(':')) {
            return Err(wrong(
                "a password in it could be seen by others: put it in WHARF_PASSWORD, a --password-file, .netrc or the keyring",
            ));
        }
        let user = user.map(|user| decoded("the user", user)).transpose()?;
        if user.as_ref().is_some_and(Vec::is_empty) {
            return Err(wrong("there is no user before the @"));
        }
        let (host, port) = split_port(host, scheme.default_port())?;
        if path.contains('#') {
            return Err(wrong("a # in a name is written %23"));
        }
        let (path, typecode) = match path.rsplit_once(";type=") {
            Some((path, typecode)) => (path, typecode),
            None => (path, "i"),
        };
        if !typecode.eq_ignore_ascii_case("i") {
            return Err(wrong("of the types only ;type=i is known; a ; in a name is written %3B"));
        }
        Ok(Self { scheme, user, host: host.to_owned(), port, path: decoded("the path", path)? })
    }

    /// The host and the port, as one connects to them.
    pub(crate) fn address(&self) -> String {
        match self.host.contains(':') {
            true => format!("[{}]:{}", self.host, self.port),
            false => format!("{}:{}", self.host, self.port),
        }
    }

    /// The URL of `pathname` on this server, for this user.
    pub(crate) fn of(&self, pathname: &[u8]) -> String {
        let user = self.user.as_ref().map(|user| format!("{}@", encoded(user))).unwrap_or_default();
        let components: Vec<String> =
            pathname.split(|octet| *octet == b'/').map(|component| encoded(component).to_string()).collect();
        format!("{}://{user}{}/{}", self.scheme.as_str(), self.address(), components.join("/"))
    }

    /// Whether the other one is about the same server, reached in the same way by the same user.
    pub(crate) fn is_same_server(&self, other: &Self) -> bool {
        let host = self.host.eq_ignore_ascii_case(&other.host);
        host && (self.scheme, self.port, &self.user) == (other.scheme, other.port, &other.user)
    }
}

/// The last component of `path`, slashes after it aside; `None` where that is none, `.` or `..`.
pub(crate) fn file_name(path: &[u8]) -> Option<&[u8]> {
    let name = path.split(|octet| *octet == b'/').rfind(|name| !name.is_empty())?;
    (!matches!(name, b"." | b"..")).then_some(name)
}

/// Whether the last component of `path` is `..`: a directory that is not named.
pub(crate) fn ends_above(path: &[u8]) -> bool {
    path.split(|octet| *octet == b'/').rfind(|name| !name.is_empty()) == Some(b"..")
}

/// What stands before the last component of `path`, where that says a directory.
pub(crate) fn directory(path: &[u8]) -> Option<&[u8]> {
    let (directory, _) = path.split_at_checked(path.iter().rposition(|octet| *octet == b'/')?)?;
    (!directory.is_empty()).then_some(directory)
}

/// The pathname of `name` in `directory`; the empty directory is the one at login.
pub(crate) fn join(directory: &[u8], name: &[u8]) -> Vec<u8> {
    let slash: &[u8] = if directory.is_empty() || directory.ends_with(b"/") { b"" } else { b"/" };
    [directory, slash, name].concat()
}

/// A user's name or one component of a pathname, as a URL holds it.
pub(crate) fn encoded(text: &[u8]) -> impl Display {
    percent_encode(text, RESERVED)
}

fn decoded(what: &str, text: &str) -> Result<Vec<u8>, Failure> {
    let octets: Vec<u8> = percent_decode_str(text).collect();
    match octets.iter().any(|octet| matches!(octet, b'\r' | b'\n' | 0)) {
        true => Err(wrong(&format!("{what} has a CR, LF or NUL in it, which FTP cannot send"))),
        false => Ok(octets),
    }
}

fn split_port(authority: &str, default: u16) -> Result<(&str, u16), Failure> {
    let (host, port) = match authority.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((host, "")) => (host, None),
        Some((host, rest)) => match rest.strip_prefix(':') {
            Some(port) => (host, Some(port)),
            None => return Err(wrong("after the ] of an address stands : and a port, or nothing")),
        },
        None => match authority.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (authority, None),
        },
    };
    if host.is_empty() {
        return Err(wrong("there is no host in it"));
    }
    let port = match port {
        None | Some("") => default,
        Some(port) => match port.parse() {
            Ok(0) | Err(_) => {
                return Err(wrong("a port is a number from 1 to 65535; IPv6 addresses stand in [ ]"));
            }
            Ok(port) => port,
        },
    };
    Ok((host, port))
}

fn wrong(reason: &str) -> Failure {
    Failure::usage(format!("the URL: {reason}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(user: Option<&str>, host: &str, port: u16, path: &[u8]) -> Url {
        let user = user.map(Into::into);
        Url { scheme: Scheme::Clear, user, host: host.to_owned(), port, path: path.to_vec() }
    }

    #[test]
    fn is_taken_apart_and_decoded() {
        for (text, expected) in [
            ("ftp://host", url(None, "host", 21, b"")),
            ("FTP://host/", url(None, "host", 21, b"")),
            ("ftp://host:2121/a/b", url(None, "host", 2121, b"a/b")),
            ("ftp://anna@host/a%20b", url(Some("anna"), "host", 21, b"a b")),
            ("ftp://anna%40example.org@host/", url(Some("anna@example.org"), "host", 21, b"")),
            ("ftp://[::1]:2121/x", url(None, "::1", 2121, b"x")),
            ("ftp://[::1]/x", url(None, "::1", 21, b"x")),
            ("ftp://host//etc/x", url(None, "host", 21, b"/etc/x")),
            ("ftp://host/%2Fetc/x", url(None, "host", 21, b"/etc/x")),
            ("ftp://host/%ff%fe", url(None, "host", 21, b"\xff\xfe")),
            ("ftp://host/100%25%3F", url(None, "host", 21, b"100%?")),
            ("ftp://host/who?me", url(None, "host", 21, b"who?me")),
            ("ftp://host/a@b:c", url(None, "host", 21, b"a@b:c")),
            ("ftp://host/a;type=I", url(None, "host", 21, b"a")),
            ("ftp://host/a%3Btype=a", url(None, "host", 21, b"a;type=a")),
        ] {
            assert_eq!(Url::parse(text).unwrap(), expected, "{text}");
        }
    }

    #[test]
    fn the_scheme_says_how_tls_begins() {
        for (text, scheme, port) in [
            ("ftp://host/", Scheme::Clear, 21),
            ("ftpes://host/", Scheme::Explicit, 21),
            ("FTPS://host/", Scheme::Implicit, 990),
            ("ftps://host:2121/", Scheme::Implicit, 2121),
        ] {
            assert_eq!(Url::parse(text).unwrap(), Url { scheme, ..url(None, "host", port, b"") }, "{text}");
        }
    }

    #[test]
    fn what_cannot_be_meant_is_refused_without_showing_it() {
        for text in [
            "host/secret",
            "http://host/secret",
            "sftp://host/secret",
            "ftp://",
            "ftp:///secret",
            "ftp://@host/secret",
            "ftp://anna:secret@host/",
            "ftp://anna:@host/secret",
            "ftp://host:secret/",
            "ftp://host:0/secret",
            "ftp://host:65536/secret",
            "ftp://::1/secret",
            "ftp://[::1]secret/",
            "ftp://host/secret%0d%0aDELE%20x",
            "ftp://host/secret%00",
            "ftp://a%0Ab@host/secret",
            "ftp://host/secret#1",
            "ftp://host/secret;type=a",
        ] {
            let failure = Url::parse(text).expect_err(text);
            assert_eq!(failure.exit, crate::exit::Exit::Usage, "{text}");
            assert!(!failure.text.as_ref().unwrap().contains("secret"), "{failure:?}");
        }
    }

    #[test]
    fn encoded_text_is_decoded_again() {
        let octets: Vec<u8> = (0..=255).filter(|octet| !matches!(octet, b'\r' | b'\n' | 0)).collect();
        let text = format!("ftp://{}@host/{}", encoded(&octets), encoded(&octets));
        assert_eq!(
            Url::parse(&text).unwrap(),
            Url { user: Some(octets.clone()), ..url(None, "host", 21, &octets) }
        );
    }

    #[test]
    fn the_url_of_an_entry_is_read_as_that_entry() {
        for text in ["ftp://host", "ftpes://anna%40example.org@host:2121/a", "ftps://b@[::1]/x"] {
            let base = Url::parse(text).unwrap();
            for path in [&b"a/c d"[..], b"/etc/x", b"%;#\xff"] {
                let entry = Url { path: path.to_vec(), ..base.clone() };
                assert_eq!(Url::parse(&base.of(path)).unwrap(), entry, "{text}");
            }
        }
    }

    #[test]
    fn names_are_the_last_component() {
        for (path, name) in
            [(&b"a/b"[..], Some(&b"b"[..])), (b"b/", Some(b"b")), (b"/", None), (b"", None), (b"a/..", None)]
        {
            assert_eq!(file_name(path), name);
        }
    }
}
