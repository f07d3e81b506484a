//! The lines that a server sends after LIST, NLST, MLSD and MLST.
//!
//! Each function appends one line. A CR, LF or NUL in a name is sent as `?`, for no form of listing can carry it and it must
//! not forge a line; such an entry can be seen and not fetched. All other octets are sent as they are.

use std::time::{Duration, SystemTime};

use memchr::memchr3;
use wharf_storage::{Entry, EntryKind, Metadata};

use crate::{
    digits::{decimal, decimal_with_zeros, right_aligned},
    fact::{FactSet, Perm},
    timestamp::Timestamp,
};

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
/// Half a year: older entries are shown with their year instead of their time, as `ls` does.
const RECENT: Duration = Duration::from_secs(365 * 86400 / 2);
/// How far ahead of `now` an entry may be changed and still count as recent: clocks differ.
const AHEAD: Duration = Duration::from_secs(3600);

/// Appends a line of LIST in the style of `ls -l`, times in UTC.
///
/// ```
/// # use wharf_core::{listing::format, storage::{Entry, EntryKind, Metadata}};
/// # use std::time::{Duration, SystemTime};
/// let mut metadata = Metadata::new(EntryKind::File, 42);
/// metadata.modified = Some(SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000));
/// let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_710_000_000);
/// let mut out = Vec::new();
/// format::list_line(&Entry::new("a.txt", metadata), now, &mut out);
/// assert_eq!(out, b"-rw-r--r--   1 owner    group              42 Nov 14 22:13 a.txt\r\n");
/// ```
pub fn list_line(entry: &Entry, now: SystemTime, out: &mut Vec<u8>) {
    let metadata = &entry.metadata;
    out.extend_from_slice(&mode(metadata));
    out.push(b' ');
    number(metadata.links.unwrap_or(1), 3, out);
    let (user, group) = metadata.owner.unzip();
    owner(user, b"owner", out);
    owner(group, b"group", out);
    number(metadata.size, 12, out);
    date(metadata.modified.unwrap_or(SystemTime::UNIX_EPOCH), now, out);
    name_line(&entry.name, out);
}

/// Appends a line of NLST: the name alone.
pub fn nlst_line(name: &[u8], out: &mut Vec<u8>) {
    name_line(name, out);
}

/// Appends a line of MLSD: the chosen facts, a space, the name.
pub fn mlsd_line(entry: &Entry, facts: FactSet, perm: Perm, out: &mut Vec<u8>) {
    facts.encode(&entry.metadata, perm, out);
    name_line(&entry.name, out);
}

/// The middle line of the reply to MLST, with the space it begins with: the chosen facts, a space, the pathname.
pub fn mlst_line(pathname: &[u8], metadata: &Metadata, facts: FactSet, perm: Perm) -> Vec<u8> {
    let mut line = vec![b' '];
    facts.encode(metadata, perm, &mut line);
    line.extend(visible(pathname));
    line
}

fn name_line(name: &[u8], out: &mut Vec<u8>) {
    match memchr3(b'\r', b'\n', 0, name) {
        None => out.extend_from_slice(name),
        Some(_) => out.extend(visible(name)),
    }
    out.extend_from_slice(b"\r\n");
}

fn visible(name: &[u8]) -> impl Iterator<Item = u8> + '_ {
    name.iter().map(|&octet| if matches!(octet, b'\r' | b'\n' | 0) { b'?' } else { octet })
}

/// A number at the right of its column, and the space behind.
fn number(number: u64, width: usize, out: &mut Vec<u8>) {
    right_aligned(itoa::Buffer::new().format(number).as_bytes(), width, b' ', out);
    out.push(b' ');
}

/// An owner's number, or what stands for one that is not known, at the left of its column, and the space behind.
fn owner(id: Option<u32>, unknown: &[u8], out: &mut Vec<u8>) {
    const WIDTH: usize = 8;
    let end = out.len() + WIDTH;
    match id {
        Some(id) => decimal(id.into(), out),
        None => out.extend_from_slice(unknown),
    }
    out.resize(out.len().max(end) + 1, b' ');
}

/// Ten letters: the kind and the permission bits.
fn mode(metadata: &Metadata) -> [u8; 10] {
    let (letter, default) = match metadata.kind_in_tree() {
        EntryKind::File => (b'-', 0o644),
        EntryKind::Directory => (b'd', 0o755),
        EntryKind::Symlink => (b'l', 0o777),
        _ => (b'p', 0o644),
    };
    let bits = metadata.permissions.unwrap_or(default);
    let triple = |shift: u32, special: bool, (executed, not_executed): (u8, u8)| {
        let has = |bit: u32| bits >> shift & bit != 0;
        let execution = match (special, has(1)) {
            (true, true) => executed,
            (true, false) => not_executed,
            (false, true) => b'x',
            (false, false) => b'-',
        };
        [if has(4) { b'r' } else { b'-' }, if has(2) { b'w' } else { b'-' }, execution]
    };
    let [a, b, c] = triple(6, bits & 0o4000 != 0, (b's', b'S'));
    let [d, e, f] = triple(3, bits & 0o2000 != 0, (b's', b'S'));
    let [g, h, i] = triple(0, bits & 0o1000 != 0, (b't', b'T'));
    [letter, a, b, c, d, e, f, g, h, i]
}

/// Twelve characters, `Jan 31 12:00`, or `Jan 31  2026` for what is not recent, and the space behind.
fn date(modified: SystemTime, now: SystemTime, out: &mut Vec<u8>) {
    let recent = match now.duration_since(modified) {
        Ok(age) => age < RECENT,
        Err(error) => error.duration() <= AHEAD,
    };
    // A timestamp brings times out of any calendar's reach back into it.
    let time = Timestamp::from(modified).to_datetime();
    let month = usize::try_from(time.month()).ok().and_then(|month| MONTHS.get(month.checked_sub(1)?));
    let field = |field: i8| u64::try_from(field).unwrap_or_default();
    out.extend_from_slice(month.unwrap_or(&"Jan").as_bytes());
    out.push(b' ');
    number(field(time.day()), 2, out);
    match recent {
        true => {
            decimal_with_zeros(field(time.hour()), 2, out);
            out.push(b':');
            decimal_with_zeros(field(time.minute()), 2, out);
        }
        false => {
            out.push(b' ');
            decimal_with_zeros(u64::try_from(time.year()).unwrap_or_default(), 4, out);
        }
    }
    out.push(b' ');
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::listing::tests::moment;

    fn listed(entry: Entry) -> String {
        let mut out = Vec::new();
        list_line(&entry, moment("20260815120000"), &mut out);
        String::from_utf8(out).unwrap()
    }

    fn entry(kind: EntryKind, modified: &str, permissions: Option<u32>) -> Entry {
        let mut metadata = Metadata::new(kind, 310);
        metadata.modified = Some(moment(modified));
        metadata.permissions = permissions;
        metadata.owner = Some((1000, 100));
        metadata.links = Some(2);
        Entry::new("a", metadata)
    }

    #[test]
    fn a_line_has_its_columns() {
        let line = listed(entry(EntryKind::File, "20260704090506", Some(0o640)));
        assert_eq!(line, "-rw-r-----   2 1000     100               310 Jul  4 09:05 a\r\n");
        let line = listed(Entry::new(" b ", Metadata::new(EntryKind::Directory, 0)));
        assert_eq!(line, "drwxr-xr-x   1 owner    group               0 Jan  1  1970  b \r\n");
    }

    #[test]
    fn recent_entries_have_a_time_and_others_a_year() {
        for (modified, expected) in [
            ("20260815120000", "Aug 15 12:00"),
            ("20260815124500", "Aug 15 12:45"),
            ("20260815133000", "Aug 15  2026"),
            ("20260214120000", "Feb 14 12:00"),
            ("20260213000000", "Feb 13  2026"),
            ("00500213000000", "Feb 13  0050"),
            ("99991230000000", "Dec 30  9999"),
        ] {
            let line = listed(entry(EntryKind::File, modified, None));
            assert_eq!(line.get(46..58), Some(expected), "{modified}");
        }
    }

    #[test]
    fn modes_are_written_as_ls_does() {
        for (kind, bits, expected) in [
            (EntryKind::File, Some(0), "----------"),
            (EntryKind::File, Some(0o777), "-rwxrwxrwx"),
            (EntryKind::File, Some(0o7755), "-rwsr-sr-t"),
            (EntryKind::File, Some(0o7644), "-rwSr-Sr-T"),
            (EntryKind::File, Some(0o4755), "-rwsr-xr-x"),
            (EntryKind::File, Some(0o2755), "-rwxr-sr-x"),
            (EntryKind::Directory, Some(0o1777), "drwxrwxrwt"),
            (EntryKind::File, None, "-rw-r--r--"),
            (EntryKind::Directory, None, "drwxr-xr-x"),
            (EntryKind::Symlink, None, "lrwxrwxrwx"),
        ] {
            assert_eq!(listed(entry(kind, "20260815120000", bits)).get(..10), Some(expected));
        }
    }

    #[test]
    fn no_name_forges_a_line() {
        let name = b"a\r\n-rw-r--r-- 1 a b 1 Jan 1 2026 forged\0\x1b";
        let shown = b"a??-rw-r--r-- 1 a b 1 Jan 1 2026 forged?\x1b";
        let entry = Entry::new(*name, Metadata::new(EntryKind::File, 1));
        let mut lines = [const { Vec::new() }; 3];
        list_line(&entry, SystemTime::UNIX_EPOCH, &mut lines[0]);
        nlst_line(name, &mut lines[1]);
        mlsd_line(&entry, FactSet::TYPE, Perm::empty(), &mut lines[2]);
        for line in &lines {
            assert!(line.ends_with(&[shown, &b"\r\n"[..]].concat()), "{}", line.escape_ascii());
            assert_eq!(line.iter().filter(|octet| **octet == b'\n').count(), 1);
        }
        let line = mlst_line(name, &entry.metadata, FactSet::TYPE, Perm::empty());
        assert_eq!(line, [b" Type=file; ", &shown[..]].concat());
    }
}
