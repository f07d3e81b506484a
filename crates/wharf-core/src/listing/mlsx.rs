use std::{str, time::SystemTime};

use wharf_storage::EntryKind;

use super::{BadLineReason, ListLine, ListParser, ListedEntry, Modified, Precision, Zone};
use crate::{
    fact::{FactError, Facts},
    timestamp::Timestamp,
};

/// Reads the lines of MLSD and the middle line of MLST (RFC 3659 section 7).
///
/// A fact with a value that cannot be read is as good as absent, and stays in [`ListedEntry::facts`].
#[derive(Clone, Copy, Debug, Default)]
pub struct Mlsx;

impl ListParser for Mlsx {
    fn parse(&self, line: &[u8], _now: SystemTime) -> ListLine {
        match entry(line) {
            Ok(entry) => ListLine::Entry(Box::new(entry)),
            Err(FactError::NoName) => ListLine::Bad(BadLineReason::Name),
            Err(FactError::NotAFact) => ListLine::Bad(BadLineReason::Format),
        }
    }
}

impl Mlsx {
    /// Reads the entry in the reply to MLST: its middle line, or what a server has put elsewhere in the reply.
    ///
    /// The line begins with a space by the RFC; a server that leaves it out is understood where facts follow.
    ///
    /// # Errors
    /// A line without facts or without name.
    pub fn parse_reply_line(line: &[u8]) -> Result<ListedEntry, FactError> {
        entry(line.strip_prefix(b" ").unwrap_or(line))
    }
}

fn entry(line: &[u8]) -> Result<ListedEntry, FactError> {
    let (facts, name) = Facts::parse(line)?;
    let mut entry = ListedEntry::new(name);
    if let Some(value) = facts.get("type") {
        (entry.kind, entry.link_target) = kind(value);
    }
    let first = |names: &[&str]| names.iter().find_map(|name| facts.get(name)).map(<[u8]>::to_vec);
    entry.size = first(&["size", "sizd"]).and_then(|value| super::columns::size(&value));
    entry.modified = facts.get("modify").and_then(modified);
    entry.permissions = facts.get("unix.mode").and_then(mode);
    entry.owner = first(&["unix.ownername", "unix.owner", "unix.uid"]);
    entry.group = first(&["unix.groupname", "unix.group", "unix.gid"]);
    entry.facts = facts;
    Ok(entry)
}

fn kind(value: &[u8]) -> (Option<EntryKind>, Option<Vec<u8>>) {
    let lower = value.to_ascii_lowercase();
    if let Some(rest) = lower.strip_prefix(b"os.unix=") {
        let target = value.get(b"os.unix=slink:".len()..).filter(|target| !target.is_empty());
        return match rest {
            b"slink" | b"symlink" => (Some(EntryKind::Symlink), None),
            _ if rest.starts_with(b"slink:") => (Some(EntryKind::Symlink), target.map(<[u8]>::to_vec)),
            _ => (Some(EntryKind::Other), None),
        };
    }
    let kind = match lower.as_slice() {
        b"file" => Some(EntryKind::File),
        b"dir" | b"cdir" | b"pdir" => Some(EntryKind::Directory),
        b"link" | b"slink" | b"symlink" => Some(EntryKind::Symlink),
        _ => None,
    };
    (kind, None)
}

fn modified(value: &[u8]) -> Option<Modified> {
    let timestamp = Timestamp::parse_reply(value).ok()?;
    let precision = if timestamp.fraction_digits() == 0 { Precision::Second } else { Precision::Fraction };
    Some(Modified { time: timestamp.to_system_time(), precision, zone: Zone::Utc })
}

fn mode(value: &[u8]) -> Option<u32> {
    let digits = (!value.is_empty() && value.iter().all(u8::is_ascii_digit)).then_some(value)?;
    u32::from_str_radix(str::from_utf8(digits).ok()?, 8).ok().map(|bits| bits & 0o7777)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::listing::tests::{check, check_bad, known};

    #[test]
    fn lines() {
        check(
            &Mlsx,
            &[
                (
                    "type=file;size=310;modify=20240131090506; a b",
                    "a b",
                    "File|310|20240131090506Z|-|-|-|-|-",
                ),
                (
                    "Type=Dir;SIZE=0;Modify=20240131090506.25;  a ",
                    " a ",
                    "Directory|0|20240131090506.250Z|-|-|-|-|-",
                ),
                ("type=file;size=310 a", "a", "File|310|-|-|-|-|-|-"),
                (" a;b=c; d", "a;b=c; d", "-|-|-|-|-|-|-|-"),
                ("type=cdir; .", ".", "Directory|-|-|-|-|-|-|-"),
                ("type=pdir; /x", "/x", "Directory|-|-|-|-|-|-|-"),
                ("type=dir;sizd=4096; a", "a", "Directory|4096|-|-|-|-|-|-"),
                ("unix.MODE=0644;UNIX.owner=7;unix.group=8; a", "a", "-|-|-|644|-|7|8|-"),
                ("UNIX.mode=107777;UNIX.uid=7;UNIX.gid=8; a", "a", "-|-|-|7777|-|7|8|-"),
                (
                    "UNIX.owner=7;UNIX.ownername=anna;UNIX.group=8;UNIX.groupname=staff; a",
                    "a",
                    "-|-|-|-|-|anna|staff|-",
                ),
                ("type=OS.unix=slink:/X/y; a", "a", "Symlink|-|-|-|-|-|-|/X/y"),
                ("Type=os.UNIX=SLINK:; a", "a", "Symlink|-|-|-|-|-|-|-"),
                ("type=OS.unix=slink; a", "a", "Symlink|-|-|-|-|-|-|-"),
                ("type=OS.unix=symlink; a", "a", "Symlink|-|-|-|-|-|-|-"),
                ("type=link; a", "a", "Symlink|-|-|-|-|-|-|-"),
                ("type=OS.unix=chr-4/64; a", "a", "Other|-|-|-|-|-|-|-"),
                ("type=something; a", "a", "-|-|-|-|-|-|-|-"),
                ("modify=191240131090506; a", "a", "-|-|20240131090506Z|-|-|-|-|-"),
                ("size=;modify=;unix.mode=; a", "a", "-|-|-|-|-|-|-|-"),
                ("size=-1;modify=20241331000000;unix.mode=9; a", "a", "-|-|-|-|-|-|-|-"),
                ("size=99999999999999999999;unix.mode=777777777777; a", "a", "-|-|-|-|-|-|-|-"),
            ],
        );
        check_bad(
            &Mlsx,
            &[
                ("type=file;", BadLineReason::Name),
                ("type=file; ", BadLineReason::Name),
                ("a", BadLineReason::Name),
                ("type; a", BadLineReason::Format),
                ("-rw-r--r--   1 a b 310 Jan 31  2024 a", BadLineReason::Format),
            ],
        );
    }

    #[test]
    fn the_line_of_mlst_may_lack_its_space() {
        for line in [" type=dir; /a b", "type=dir; /a b"] {
            let entry = Mlsx::parse_reply_line(line.as_bytes()).unwrap();
            assert_eq!((&entry.name[..], known(&entry).as_str()), (&b"/a b"[..], "Directory|-|-|-|-|-|-|-"));
            assert_eq!(entry.facts.get("Type"), Some(&b"dir"[..]));
        }
        assert_eq!(Mlsx::parse_reply_line(b"End"), Err(FactError::NoName));
    }
}
