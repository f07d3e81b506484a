//! Facts: what MLST and MLSD say about an entry (RFC 3659 section 7).

use std::{
    fmt::{self, Write},
    str,
};

use bitflags::bitflags;
use wharf_storage::{EntryKind, Metadata};

use crate::{
    access::Access,
    digits::{decimal, digits_of},
    timestamp::Timestamp,
};

/// The facts of one entry as they were read, in their order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Facts(Vec<(String, Vec<u8>)>);

/// Why a line holds no facts and name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum FactError {
    /// No space parts facts and name, or no octet follows it.
    #[error("no name")]
    NoName,
    /// A fact has no `=`, or a name that is not visible ASCII.
    #[error("not a fact")]
    NotAFact,
}

impl Facts {
    /// No facts.
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads a line of MLSD or the middle line of MLST, without the line end, as facts and a name.
    ///
    /// The name is every octet after the first space. The last fact may lack its `;`. Of a fact that comes twice the
    /// first counts.
    ///
    /// ```
    /// # use wharf_core::fact::Facts;
    /// let (facts, name) = Facts::parse(b"Type=file;Size=42;UNIX.mode=0644;  a b ")?;
    /// assert_eq!(name, b" a b ");
    /// assert_eq!(facts.get("size"), Some(&b"42"[..]));
    /// assert_eq!(facts.get("unix.MODE"), Some(&b"0644"[..]));
    /// # Ok::<(), wharf_core::fact::FactError>(())
    /// ```
    ///
    /// # Errors
    /// A line without a name, and text before the name that is not facts.
    pub fn parse(line: &[u8]) -> Result<(Self, &[u8]), FactError> {
        let space = memchr::memchr(b' ', line).ok_or(FactError::NoName)?;
        let name = line.get(space + 1..).filter(|name| !name.is_empty()).ok_or(FactError::NoName)?;
        let mut facts = Self::new();
        for fact in line.get(..space).unwrap_or_default().split(|&octet| octet == b';') {
            if fact.is_empty() {
                continue;
            }
            let equals = memchr::memchr(b'=', fact).ok_or(FactError::NotAFact)?;
            let (key, value) = fact.split_at_checked(equals).ok_or(FactError::NotAFact)?;
            if key.is_empty() || !key.iter().all(u8::is_ascii_graphic) {
                return Err(FactError::NotAFact);
            }
            let key = str::from_utf8(key).map_err(|_| FactError::NotAFact)?;
            facts.0.push((key.to_owned(), value.get(1..).unwrap_or_default().to_vec()));
        }
        Ok((facts, name))
    }

    /// The value of the fact of this name, in any letter case of the name.
    pub fn get(&self, name: &str) -> Option<&[u8]> {
        self.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// Names, as they were written, and values.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.0.iter().map(|(key, value)| (key.as_str(), value.as_slice()))
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

bitflags! {
    /// The facts that a server sends, as OPTS MLST chooses them (RFC 3659 section 7.9).
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
    pub struct FactSet: u16 {
        /// `Type`: file, dir, and what a system adds.
        const TYPE = 1;
        /// `Size` in octets, of files.
        const SIZE = 1 << 1;
        /// `Modify`: when the content was last changed.
        const MODIFY = 1 << 2;
        /// `Perm`: which commands may be tried.
        const PERM = 1 << 3;
        /// `Unique`: the same for two names of one file.
        const UNIQUE = 1 << 4;
        /// `UNIX.mode`: permission bits in octal.
        const UNIX_MODE = 1 << 5;
        /// `UNIX.owner`: the numeric user.
        const UNIX_OWNER = 1 << 6;
        /// `UNIX.group`: the numeric group.
        const UNIX_GROUP = 1 << 7;
    }
}

const FACT_NAMES: [(FactSet, &str); 8] = [
    (FactSet::TYPE, "Type"),
    (FactSet::SIZE, "Size"),
    (FactSet::MODIFY, "Modify"),
    (FactSet::PERM, "Perm"),
    (FactSet::UNIQUE, "Unique"),
    (FactSet::UNIX_MODE, "UNIX.mode"),
    (FactSet::UNIX_OWNER, "UNIX.owner"),
    (FactSet::UNIX_GROUP, "UNIX.group"),
];

impl Default for FactSet {
    /// Every fact.
    fn default() -> Self {
        Self::all()
    }
}

impl FactSet {
    /// Reads what follows `MLST` in OPTS: fact names with `;` behind each, in any letter case. Unknown names are left
    /// out, as the RFC says; no name at all chooses no fact.
    pub fn parse(text: &[u8]) -> Self {
        let names = text.split(|&octet| octet == b';').map(<[u8]>::trim_ascii);
        let known = names.filter_map(|name| {
            FACT_NAMES
                .iter()
                .find(|(_, known)| known.as_bytes().eq_ignore_ascii_case(name))
                .map(|(fact, _)| *fact)
        });
        known.collect()
    }

    /// The parameters of the MLST feature line: all facts, a `*` behind those chosen.
    pub fn feature_parameters(self) -> String {
        let fact =
            |(fact, name): &(Self, &str)| format!("{name}{};", if self.contains(*fact) { "*" } else { "" });
        FACT_NAMES.iter().map(fact).collect()
    }

    /// Appends the chosen facts that are known of an entry, and the space that ends them; the name comes next.
    pub fn encode(self, metadata: &Metadata, perm: Perm, out: &mut Vec<u8>) {
        for (fact, name) in FACT_NAMES {
            if self.contains(fact) {
                let start = out.len();
                out.extend_from_slice(name.as_bytes());
                out.push(b'=');
                match encode_value(fact, metadata, perm, out) {
                    Some(()) => out.push(b';'),
                    None => out.truncate(start),
                }
            }
        }
        out.push(b' ');
    }
}

impl fmt::Display for FactSet {
    /// Writes the names as the argument and the reply of OPTS MLST have them: `Type;Size;`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (fact, name) in FACT_NAMES {
            if self.contains(fact) {
                write!(f, "{name};")?;
            }
        }
        Ok(())
    }
}

bitflags! {
    /// The `Perm` fact: which commands may be tried on an entry (RFC 3659 section 7.5.5).
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
    pub struct Perm: u16 {
        /// `a`: APPE, on a file.
        const APPEND = 1;
        /// `c`: STOR, STOU and APPE of new files, in a directory.
        const CREATE = 1 << 1;
        /// `d`: DELE or RMD.
        const DELETE = 1 << 2;
        /// `e`: CWD.
        const ENTER = 1 << 3;
        /// `f`: RNFR.
        const RENAME = 1 << 4;
        /// `l`: the listing commands.
        const LIST = 1 << 5;
        /// `m`: MKD, in a directory.
        const MAKE_DIR = 1 << 6;
        /// `p`: entries of the directory may be removed.
        const PURGE = 1 << 7;
        /// `r`: RETR.
        const READ = 1 << 8;
        /// `w`: STOR, on a file.
        const WRITE = 1 << 9;
    }
}

const PERM_LETTERS: [(Perm, u8); 10] = [
    (Perm::APPEND, b'a'),
    (Perm::CREATE, b'c'),
    (Perm::DELETE, b'd'),
    (Perm::ENTER, b'e'),
    (Perm::RENAME, b'f'),
    (Perm::LIST, b'l'),
    (Perm::MAKE_DIR, b'm'),
    (Perm::PURGE, b'p'),
    (Perm::READ, b'r'),
    (Perm::WRITE, b'w'),
];

impl Perm {
    /// What may be tried on an entry of this kind where this access is permitted.
    pub fn of(kind: EntryKind, access: Access) -> Self {
        let by_access: &[(Access, Self)] = match kind {
            EntryKind::File => &[
                (Access::READ, Self::READ),
                (Access::APPEND, Self::APPEND),
                (Access::OVERWRITE, Self::WRITE),
                (Access::DELETE, Self::DELETE),
                (Access::RENAME, Self::RENAME),
            ],
            EntryKind::Directory => &[
                (Access::LIST, Self::ENTER.union(Self::LIST)),
                (Access::CREATE, Self::CREATE),
                (Access::MAKE_DIR, Self::MAKE_DIR),
                (Access::DELETE, Self::DELETE.union(Self::PURGE)),
                (Access::RENAME, Self::RENAME),
            ],
            _ => &[(Access::DELETE, Self::DELETE), (Access::RENAME, Self::RENAME)],
        };
        by_access.iter().filter(|(needed, _)| access.contains(*needed)).map(|(_, perm)| *perm).collect()
    }

    /// Reads the letters, in any letter case; others are left out.
    pub fn parse(text: &[u8]) -> Self {
        let known = |octet: &u8| PERM_LETTERS.iter().find(|(_, letter)| letter.eq_ignore_ascii_case(octet));
        text.iter().filter_map(known).map(|(perm, _)| *perm).collect()
    }

    fn letters(self) -> impl Iterator<Item = u8> {
        PERM_LETTERS.iter().filter(move |(perm, _)| self.contains(*perm)).map(|(_, letter)| *letter)
    }
}

impl fmt::Display for Perm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.letters().try_for_each(|letter| f.write_char(char::from(letter)))
    }
}

/// Appends the value of one fact; `None` where it is not known of this entry.
fn encode_value(fact: FactSet, metadata: &Metadata, perm: Perm, out: &mut Vec<u8>) -> Option<()> {
    match fact {
        FactSet::TYPE => out.extend_from_slice(kind_value(metadata.kind_in_tree()).as_bytes()),
        FactSet::SIZE => decimal(metadata.is_file().then_some(metadata.size)?, out),
        FactSet::MODIFY => Timestamp::from(metadata.modified?).encode(out),
        FactSet::PERM => out.extend(perm.letters()),
        FactSet::UNIQUE => {
            let (device, inode) = metadata.unique?;
            digits_of::<4>(device, 1, out);
            out.push(b'g');
            digits_of::<4>(inode, 1, out);
        }
        FactSet::UNIX_MODE => digits_of::<3>((metadata.permissions? & 0o7777).into(), 4, out),
        FactSet::UNIX_OWNER => decimal(metadata.owner?.0.into(), out),
        FactSet::UNIX_GROUP => decimal(metadata.owner?.1.into(), out),
        _ => return None,
    }
    Some(())
}

fn kind_value(kind: EntryKind) -> &'static str {
    match kind {
        EntryKind::File => "file",
        EntryKind::Directory => "dir",
        EntryKind::Symlink => "OS.unix=symlink",
        _ => "OS.unix=other",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::time::{Duration, UNIX_EPOCH};

    #[test]
    fn reads_facts_and_name() {
        for (line, facts, name) in [
            ("type=file;size=5; a", &[("type", "file"), ("size", "5")][..], "a"),
            ("type=file;size=5 a", &[("type", "file"), ("size", "5")], "a"),
            ("TyPe=Dir;  a  b ", &[("type", "Dir")], " a  b "),
            (" a", &[], "a"),
            ("  ", &[], " "),
            ("type=; a", &[("type", "")], "a"),
            ("type=OS.unix=slink:/x; a", &[("type", "OS.unix=slink:/x")], "a"),
            ("x=1;x=2; a;b=c; d", &[("x", "1")], "a;b=c; d"),
            (";;x=1;; a", &[("x", "1")], "a"),
        ] {
            let (read, found) = Facts::parse(line.as_bytes()).unwrap();
            assert_eq!(found, name.as_bytes(), "{line:?}");
            for (key, value) in facts {
                assert_eq!(read.get(key), Some(value.as_bytes()), "{line:?}");
            }
            assert_eq!(read.is_empty(), facts.is_empty());
            assert_eq!(read.get("other"), None);
        }
    }

    #[test]
    fn refuses_what_is_not_facts_and_name() {
        for (line, error) in [
            ("", FactError::NoName),
            (" ", FactError::NoName),
            ("type=file;", FactError::NoName),
            ("type=file; ", FactError::NoName),
            ("type=file;a", FactError::NoName),
            ("type; a", FactError::NotAFact),
            ("type=file;size; a", FactError::NotAFact),
            ("=file; a", FactError::NotAFact),
            ("ty\u{e9}=file; a", FactError::NotAFact),
            ("-rw-r--r-- 1 a", FactError::NotAFact),
        ] {
            assert_eq!(Facts::parse(line.as_bytes()), Err(error), "{line:?}");
        }
    }

    #[test]
    fn chooses_facts() {
        for (text, expected) in [
            ("", ""),
            ("Type;Size;", "Type;Size;"),
            ("size;TYPE;unix.MODE", "Type;Size;UNIX.mode;"),
            ("Type;Lang;;Media-Type;Modify;", "Type;Modify;"),
        ] {
            assert_eq!(FactSet::parse(text.as_bytes()).to_string(), expected, "{text:?}");
        }
        assert_eq!(FactSet::parse(FactSet::all().to_string().as_bytes()), FactSet::all());
        assert_eq!(
            (FactSet::TYPE | FactSet::SIZE).feature_parameters(),
            "Type*;Size*;Modify;Perm;Unique;UNIX.mode;UNIX.owner;UNIX.group;"
        );
    }

    #[test]
    fn writes_what_is_known() {
        let encode = |set: FactSet, metadata: &Metadata| {
            let mut out = Vec::new();
            set.encode(metadata, Perm::of(metadata.kind, Access::all()), &mut out);
            String::from_utf8(out).unwrap()
        };
        let mut file = Metadata::new(EntryKind::File, 42);
        assert_eq!(encode(FactSet::all(), &file), "Type=file;Size=42;Perm=adfrw; ");
        file.modified = Some(UNIX_EPOCH + Duration::from_millis(1500));
        file.permissions = Some(0o100_644);
        file.owner = Some((1000, 100));
        file.unique = Some((2049, 255));
        let all = "Type=file;Size=42;Modify=19700101000001;Perm=adfrw;Unique=801gff;UNIX.mode=0644;UNIX.owner=1000;UNIX.group=100; ";
        assert_eq!(encode(FactSet::all(), &file), all);
        assert_eq!(encode(FactSet::SIZE, &file), "Size=42; ");
        assert_eq!(encode(FactSet::empty(), &file), " ");
        let directory = Metadata::new(EntryKind::Directory, 4096);
        assert_eq!(encode(FactSet::all(), &directory), "Type=dir;Perm=cdeflmp; ");
        assert_eq!(encode(FactSet::TYPE, &Metadata::new(EntryKind::Symlink, 0)), "Type=OS.unix=symlink; ");
        assert_eq!(encode(FactSet::TYPE, &Metadata::new(EntryKind::Other, 0)), "Type=OS.unix=other; ");
    }

    #[test]
    fn perm_letters() {
        assert_eq!(Perm::parse(b"rWx!a"), Perm::READ | Perm::WRITE | Perm::APPEND);
        assert_eq!(Perm::parse(Perm::all().to_string().as_bytes()), Perm::all());
        for (kind, access, letters) in [
            (EntryKind::File, Access::empty(), ""),
            (EntryKind::File, Access::LIST | Access::READ, "r"),
            (EntryKind::File, Access::WRITE, "aw"),
            (EntryKind::File, Access::APPEND, "a"),
            (EntryKind::File, Access::OVERWRITE, "w"),
            (EntryKind::File, Access::DELETE, "d"),
            (EntryKind::File, Access::RENAME, "f"),
            (EntryKind::Directory, Access::LIST | Access::READ, "el"),
            (EntryKind::Directory, Access::WRITE, "cm"),
            (EntryKind::Directory, Access::CREATE, "c"),
            (EntryKind::Directory, Access::DELETE, "dp"),
            (EntryKind::Directory, Access::RENAME, "f"),
            (EntryKind::Other, Access::all(), "df"),
        ] {
            assert_eq!(Perm::of(kind, access).to_string(), letters, "{kind:?} {access:?}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(size: u64, bits in 0u32..0o10000, owner: (u32, u32), name in prop::collection::vec(1u8.., 1..20), set: u16) {
            let mut metadata = Metadata::new(EntryKind::File, size);
            metadata.permissions = Some(bits);
            metadata.owner = Some(owner);
            let set = FactSet::from_bits_truncate(set);
            let mut line = Vec::new();
            set.encode(&metadata, Perm::all(), &mut line);
            line.extend_from_slice(&name);
            let (facts, found) = Facts::parse(&line).unwrap();
            prop_assert_eq!(found, &name[..]);
            if set.contains(FactSet::SIZE) {
                let size = size.to_string();
                prop_assert_eq!(facts.get("size"), Some(size.as_bytes()));
            }
            prop_assert_eq!(facts.get("unix.group").is_some(), set.contains(FactSet::UNIX_GROUP));
        }

        #[test]
        fn any_line_is_read_or_refused(text in "([tT]ype|=|;| |x){0,20}", octets: Vec<u8>) {
            for line in [text.as_bytes(), &octets] {
                if let Ok((facts, name)) = Facts::parse(line) {
                    prop_assert!(!name.is_empty() && line.ends_with(name));
                    prop_assert!(facts.iter().all(|(key, _)| facts.get(key).is_some()));
                }
            }
            let _ = (FactSet::parse(&octets), Perm::parse(&octets));
        }
    }
}
