use std::{borrow::Cow, time::SystemTime};

use wharf_storage::EntryKind;

use super::{
    BadLineReason, ListLine, ListParser, ListedEntry,
    columns::Columns,
    date::{Date, Time, day_month_year, number},
};

/// Reads the lines of LIST in the style of `DIRECTORY`, as servers on OpenVMS send them.
///
/// `NAME.TYPE;version`, blocks used or `used/allocated`, `d-MMM-yyyy`, a time or none, `[group,owner]`, `(protection)`. A
/// long name stands in a line of its own. `.DIR` is taken off a directory's name, which is what CWD wants, and the
/// version off every name, which then means the newest. In place of an entry may stand why it cannot be shown.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Vms;

/// The octets of a block.
const BLOCK: u64 = 512;

impl ListParser for Vms {
    fn parse(&self, line: &[u8], now: SystemTime) -> ListLine {
        let line: Cow<'_, [u8]> = match line.contains(&b'\n') {
            false => line.into(),
            true => line.iter().map(|&octet| if octet == b'\n' { b' ' } else { octet }).collect(),
        };
        let columns = Columns::new(&line);
        let is_joined = matches!(line, Cow::Owned(_));
        if let Some(heading) = heading(&columns).filter(|_| !is_joined) {
            return heading;
        }
        let Some((name, version)) = name_and_version(columns.word(0)) else {
            return ListLine::Bad(BadLineReason::Format);
        };
        if columns.len() == 1 {
            return ListLine::Begun;
        }
        if let Some(message) = message(&columns) {
            return message;
        }
        if is_joined && blocks(columns.word(1)).is_none() {
            // The second line does not go on with the first.
            return ListLine::Bad(BadLineReason::Format);
        }
        entry(&columns, name, version, now).into()
    }
}

fn entry(
    columns: &Columns<'_>,
    name: &[u8],
    version: u32,
    now: SystemTime,
) -> Result<ListedEntry, BadLineReason> {
    let blocks = blocks(columns.word(1)).ok_or(BadLineReason::Size)?;
    let (year, month, day) = day_month_year(columns.word(2)).ok_or(BadLineReason::Date)?;
    let time = Time::parse(columns.word(3));
    let date = Date::new(Some(year), month, day, time);
    let directory = name.split_last_chunk().filter(|(_, end)| end.eq_ignore_ascii_case(b".DIR"));
    let (kind, name) = match directory {
        Some((name, [_, _, _, _])) if version == 1 => (EntryKind::Directory, name),
        _ => (EntryKind::File, name),
    };
    if name.is_empty() {
        return Err(BadLineReason::Name);
    }
    let mut entry = ListedEntry::new(name);
    entry.kind = Some(kind);
    entry.version = Some(version);
    entry.approximate_size = blocks.and_then(|blocks| blocks.checked_mul(BLOCK));
    entry.modified = Some(date.resolve(now).ok_or(BadLineReason::Date)?);
    let owner = columns.word(3 + usize::from(time.is_some()));
    if let Some(owner) = owner.strip_prefix(b"[") {
        let owner = owner.strip_suffix(b"]").unwrap_or(owner);
        let mut parts = owner.rsplitn(2, |&octet| octet == b',');
        entry.owner = parts.next().filter(|owner| !owner.is_empty()).map(<[u8]>::to_vec);
        entry.group = parts.next().map(<[u8]>::to_vec);
    }
    Ok(entry)
}

/// `NAME.TYPE;1`.
fn name_and_version(word: &[u8]) -> Option<(&[u8], u32)> {
    let semicolon = memchr::memrchr(b';', word)?;
    let version = str::from_utf8(word.get(semicolon + 1..)?).ok()?;
    let digits = !version.is_empty() && version.bytes().all(|octet| octet.is_ascii_digit());
    Some((word.get(..semicolon)?, digits.then(|| version.parse().ok())??))
}

/// The number of blocks in use: `9`, or `9/12` with those that are allocated; `***` is a number too long for its column.
#[allow(clippy::option_option, reason = "a number, a number that is not told, no number")]
fn blocks(word: &[u8]) -> Option<Option<u64>> {
    if !word.is_empty() && word.iter().all(|&octet| octet == b'*') {
        return Some(None);
    }
    let mut parts = word.split(|&octet| octet == b'/');
    let used = super::columns::size(parts.next()?)?;
    let allocated = parts.next().is_none_or(|allocated| super::columns::size(allocated).is_some());
    (allocated && parts.next().is_none()).then_some(Some(used))
}

/// `Directory DISK:[NAME]` above the entries, `Total of 2 files, 12/16 blocks` below.
fn heading(columns: &Columns<'_>) -> Option<ListLine> {
    let first = columns.word(0);
    match columns.len() {
        0 => Some(ListLine::Skip),
        2 if first.eq_ignore_ascii_case(b"Directory") && columns.word(1).ends_with(b"]") => {
            Some(ListLine::Heading)
        }
        3.. if first.eq_ignore_ascii_case(b"Total") || columns.word(1).eq_ignore_ascii_case(b"total") => {
            let counts = (1..4).any(|at| number(columns.word(at)).is_some());
            counts.then_some(ListLine::Skip)
        }
        _ => None,
    }
}

/// What the server says of a name in words. That the pattern fits no file is how an empty directory looks.
fn message(columns: &Columns<'_>) -> Option<ListLine> {
    let first = columns.word(1);
    if first.starts_with(b"<%RMS-E-FNF") || first.starts_with(b"%RMS-E-FNF") {
        return Some(ListLine::Skip);
    }
    let is_text = matches!(first, [b'<', ..] | [b'%', ..] | b"No" | b"Insufficient" | b"insufficient");
    is_text.then_some(ListLine::Bad(BadLineReason::Refused))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::listing::tests::{check, check_bad, now};

    #[test]
    fn lines() {
        check(
            &Vms,
            &[
                (
                    "NOTES.TXT;3   9/12   2-JAN-2024 07:32:04  [STAFF,ANNA]  (RWED,RWED,RE,)",
                    "NOTES.TXT",
                    "File|~4608|20240102073204|-|-|ANNA|STAFF|-",
                ),
                (
                    "NOTES.TXT;3      9   2-JAN-2024 07:32     [ANNA]        (RWED,RD,,)",
                    "NOTES.TXT",
                    "File|~4608|202401020732|-|-|ANNA|-|-",
                ),
                ("notes;1       0   2-jan-2024 07:32:04.59", "notes", "File|~0|20240102073204.590|-|-|-|-|-"),
                (
                    "A.;2        2/8   2-JAN-2024    [ANNA]  (RWED,RWED,RE,)",
                    "A.",
                    "File|~1024|20240102|-|-|ANNA|-|-",
                ),
                (
                    "A.B;1       2/8   2-JAN-2024    ANNA    (RWED,RWED,RE,)",
                    "A.B",
                    "File|~1024|20240102|-|-|-|-|-",
                ),
                (".LOGIN;1    1     2-JAN-2024 07:32:04", ".LOGIN", "File|~512|20240102073204|-|-|-|-|-"),
                (
                    "DOCS.DIR;1  1/9   2-JAN-2024 07:32:04  [STAFF,ANNA]  (,RWED,RE,RE)",
                    "DOCS",
                    "Directory|~512|20240102073204|-|-|ANNA|STAFF|-",
                ),
                ("docs.dir;1  1     2-JAN-2024 07:32:04", "docs", "Directory|~512|20240102073204|-|-|-|-|-"),
                ("DOCS.DIR;2  1     2-JAN-2024 07:32:04", "DOCS.DIR", "File|~512|20240102073204|-|-|-|-|-"),
                ("BIG.ISO;2   ******  2-JAN-2024 07:32", "BIG.ISO", "File|-|202401020732|-|-|-|-|-"),
                (
                    "CUT.DIR;1   27/36   2-JAN-2024 10:01:46  [AP_HTTPD,WWW          (RWE,RWE,RE,RE)",
                    "CUT",
                    "Directory|~13824|20240102100146|-|-|WWW|AP_HTTPD|-",
                ),
                (
                    "A_NAME_THAT_FILLS_ITS_COLUMN.COM;12\n      14/15   2-JAN-2024 14:35:40  [ANNA]  (RWE,,,)",
                    "A_NAME_THAT_FILLS_ITS_COLUMN.COM",
                    "File|~7168|20240102143540|-|-|ANNA|-|-",
                ),
                ("a;b;7   1   2-JAN-2024 07:32:04", "a;b", "File|~512|20240102073204|-|-|-|-|-"),
            ],
        );
    }

    #[test]
    fn what_is_no_entry() {
        check_bad(
            &Vms,
            &[
                ("hello", BadLineReason::Format),
                ("hello world", BadLineReason::Format),
                ("total 12", BadLineReason::Format),
                ("A.B;x  1  2-JAN-2024", BadLineReason::Format),
                ("A.B;1  1/x  2-JAN-2024", BadLineReason::Size),
                ("A.B;1  1/2/3  2-JAN-2024", BadLineReason::Size),
                ("A.B;1  1  2-JAM-2024", BadLineReason::Date),
                ("A.B;1  1  30-FEB-2024", BadLineReason::Date),
                (".DIR;1  1  2-JAN-2024", BadLineReason::Name),
                ("A.DIR;1\tNo privilege for attempted operation", BadLineReason::Refused),
                ("A.B;1  <%SYSTEM-F-NOPRIV, insufficient privilege>", BadLineReason::Refused),
                ("A.B;1\nC.D;1  1  2-JAN-2024", BadLineReason::Format),
                ("A.B;1\nTotal of 2 files, 12/16 blocks.", BadLineReason::Format),
                ("A.B;1\n  %SYSTEM-F-NOPRIV, insufficient privilege", BadLineReason::Refused),
            ],
        );
        for (line, expected) in [
            ("A_LONG_NAME.TXT;1", ListLine::Begun),
            ("Directory DISK$USER:[ANNA]", ListLine::Heading),
            ("Total of 2 files, 12/16 blocks.", ListLine::Skip),
            ("Total 14 files", ListLine::Skip),
            ("Grand total of 1 directory, 2 files.", ListLine::Skip),
            ("*.*;0    <%RMS-E-FNF, file not found>", ListLine::Skip),
        ] {
            assert_eq!(Vms.parse(line.as_bytes(), now()), expected, "{line}");
        }
    }
}
