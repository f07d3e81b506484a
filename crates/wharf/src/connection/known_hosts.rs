use std::{
    fs::{self, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
};

use super::Fingerprint;

/// A file of servers and the fingerprints of their certificates: a line `host:port fingerprint` for each.
///
/// Empty lines and lines that begin with `#` say nothing. Several lines of one server allow several certificates.
#[derive(Clone, Debug)]
pub(super) struct KnownHosts(PathBuf);

impl KnownHosts {
    pub(super) fn new(path: PathBuf) -> Self {
        Self(path)
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }

    /// The certificates that `host` may have; none where it is not known.
    ///
    /// # Errors
    /// A file that cannot be read, or a line in it: a server must not become unknown by it.
    pub(super) fn of(&self, host: &str) -> io::Result<Vec<Fingerprint>> {
        let text = match fs::read_to_string(&self.0) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            read => read.map_err(|error| self.named(&error))?,
        };
        let mut known = Vec::new();
        for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
            let entry = line.split_once(char::is_whitespace);
            let entry = entry.and_then(|(name, rest)| Some((name, rest.parse().ok()?)));
            let (name, fingerprint) = entry.ok_or_else(|| {
                self.named(&format_args!("not a line of a host and a fingerprint: {}", line.escape_default()))
            })?;
            if name.eq_ignore_ascii_case(host) {
                known.push(fingerprint);
            }
        }
        Ok(known)
    }

    /// Adds a server. The directory of the file is made where it is missing.
    ///
    /// # Errors
    /// Those of writing.
    pub(super) fn add(&self, host: &str, fingerprint: Fingerprint) -> io::Result<()> {
        let adding = || {
            if let Some(parent) = self.0.parent() {
                fs::create_dir_all(parent)?;
            }
            let mut file = OpenOptions::new().create(true).append(true).open(&self.0)?;
            file.write_all(format!("{} {fingerprint}\n", host.to_ascii_lowercase()).as_bytes())
        };
        adding().map_err(|error| self.named(&error))
    }

    fn named(&self, error: &dyn std::fmt::Display) -> io::Error {
        io::Error::other(format!("{}: {error}", self.0.display()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_what_was_added() {
        let directory = tempfile::tempdir().unwrap();
        let known = KnownHosts::new(directory.path().join("below/known"));
        assert_eq!(known.of("nas:21").unwrap(), []);
        let (one, two) = (Fingerprint::of(b"1"), Fingerprint::of(b"2"));
        known.add("NAS:21", one).unwrap();
        known.add("[::1]:990", two).unwrap();
        known.add("nas:21", two).unwrap();
        assert_eq!(known.of("nas:21").unwrap(), [one, two]);
        assert_eq!(known.of("[::1]:990").unwrap(), [two]);
        assert_eq!(known.of("nas:990").unwrap(), []);
    }

    #[test]
    fn a_line_that_cannot_be_read_makes_no_server_unknown() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let known = KnownHosts::new(file.path().to_owned());
        for line in ["nas:21", "nas:21 AB:CD", "nas:21\u{0}x", "\u{fffd}"] {
            fs::write(file.path(), format!("# servers\n\n{line}\n")).unwrap();
            assert!(known.of("nas:21").is_err(), "{line}");
        }
        fs::write(file.path(), b"\xff\xfe").unwrap();
        assert!(known.of("nas:21").is_err());
    }
}
