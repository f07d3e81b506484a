//! What is known of a directory of the server before files are put in it.

use std::collections::{HashMap, HashSet};

use crate::{Error, client::file::Version, connection::RemoteEntry};

/// What a directory of the server holds, as far as that is known.
#[derive(Debug)]
pub(super) struct There {
    files: HashMap<Vec<u8>, Version>,
    /// All names, in one letter case: some servers do not tell `A` from `a`.
    names: HashSet<Vec<u8>>,
    /// Whether there is nothing else.
    is_all: bool,
    /// Whether names that begin with a dot are told like others.
    shows_hidden: bool,
}

impl There {
    /// Nothing is there.
    pub(super) fn nothing() -> Self {
        Self { files: HashMap::new(), names: HashSet::new(), is_all: true, shows_hidden: true }
    }

    /// Nobody knows.
    pub(super) fn unknown() -> Self {
        Self { is_all: false, ..Self::nothing() }
    }

    /// What a listing tells. One that was refused, or has no end, tells nothing; LIST may leave out what is hidden.
    pub(super) fn listed(rows: &[Result<RemoteEntry, Error>]) -> Self {
        if matches!(rows.last(), Some(Err(error)) if !error.is_of_one_row()) {
            return Self::unknown();
        }
        let is_mlsd = rows.iter().flatten().any(|row| !row.facts.is_empty());
        let mut there = Self { shows_hidden: is_mlsd, ..Self::nothing() };
        for row in rows {
            let Ok(row) = row else {
                there.is_all = false;
                continue;
            };
            there.names.insert(row.entry.name.to_ascii_lowercase());
            if row.entry.is_file() {
                there.files.insert(row.entry.name.clone(), Version::listed(&row.entry));
            }
        }
        there
    }

    /// Which version of a file is there; a name is octet for octet as the server has it.
    pub(super) fn version(&self, name: &[u8]) -> Option<Version> {
        self.files.get(name).copied()
    }

    /// Whether something has the name; `None` where that is not known.
    pub(super) fn has(&self, name: &[u8]) -> Option<bool> {
        match self.names.contains(&name.to_ascii_lowercase()) {
            false if !self.is_all || !self.shows_hidden && name.starts_with(b".") => None,
            has => Some(has),
        }
    }
}

#[cfg(test)]
mod tests {
    use wharf_core::{fact::Facts, listing::ListedEntry};

    use super::*;
    use crate::{ErrorKind, Phase};

    fn row(name: &str, facts: &[u8]) -> Result<RemoteEntry, Error> {
        let mut entry = ListedEntry::new(name);
        entry.facts = Facts::parse(facts).unwrap().0;
        Ok(RemoteEntry { pathname: name.into(), entry })
    }

    #[test]
    fn what_is_hidden_is_known_from_mlsd_only() {
        for (facts, hidden) in [(&b"type=file; x"[..], Some(false)), (b" x", None)] {
            let there = There::listed(&[row("M\u{fc}ller.txt", facts)]);
            assert_eq!(there.has("m\u{fc}ller.TXT".as_bytes()), Some(true));
            assert_eq!(there.has(b"other"), Some(false));
            assert_eq!(there.has(b".htaccess"), hidden);
        }
        assert_eq!(There::listed(&[row(".htaccess", b" x")]).has(b".htaccess"), Some(true));
    }

    #[test]
    fn a_listing_that_ended_badly_tells_nothing() {
        let (one, bad) = (row("one", b"type=file; x"), Err(Error::new(ErrorKind::BadLine, Phase::Data)));
        let ended = Err(Error::new(ErrorKind::Refused, Phase::Command));
        let there = There::listed(&[bad, one]);
        assert_eq!((there.has(b"one"), there.has(b"other")), (Some(true), None));
        let there = There::listed(&[row("one", b"type=file; x"), ended]);
        assert_eq!((there.has(b"one"), there.has(b"other")), (None, None));
    }
}
