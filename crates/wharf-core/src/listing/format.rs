//! The lines that a server sends after LIST, NLST, MLSD and MLST.
//!
//! Each function appends one line. A CR, LF or NUL in a name is sent as `?`, for no form of listing can carry it and it must
//! not forge a line; such an entry can be seen and not fetched. All other octets are sent as they are.

use std::time::{Duration, SystemTime};

use jiff::tz::TimeZone;
use wharf_storage::{Entry, EntryKind, Metadata};

use crate::{
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
    let (owner, group) = match metadata.owner {
        Some((user, group)) => (user.to_string(), group.to_string()),
        None => ("owner".to_owned(), "group".to_owned()),
    };
    let (links, size) = (metadata.links.unwrap_or(1), metadata.size);
    let date = date(metadata.modified.unwrap_or(SystemTime::UNIX_EPOCH), now);
    let columns = format!("{} {links:>3} {owner:<8} {group:<8} {size:>12} {date} ", mode(metadata));
    out.extend_from_slice(columns.as_bytes());
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
    out.extend(visible(name));
    out.extend_from_slice(b"\r\n");
}

fn visible(name: &[u8]) -> impl Iterator<Item = u8> + '_ {
    name.iter().map(|&octet| if matches!(octet, b'\r' | b'\n' | 0) { b'?' } else { octet })
}

/// Ten letters: the kind and the permission bits.
fn mode(metadata: &Metadata) -> String {
    let (letter, default) = match metadata.kind {
        EntryKind::File => ('-', 0o644),
        EntryKind::Directory => ('d', 0o755),
        EntryKind::Symlink => ('l', 0o777),
        _ => ('p', 0o644),
    };
    let bits = metadata.permissions.unwrap_or(default);
    let mut mode = String::from(letter);
    for (triple, special) in [(6, ('s', 'S')), (3, ('s', 'S')), (0, ('t', 'T'))] {
        let has = |bit: u32| bits >> triple & bit != 0;
        mode.push(if has(4) { 'r' } else { '-' });
        mode.push(if has(2) { 'w' } else { '-' });
        // The bits above the nine: 0o4000, 0o2000 and 0o1000 for the three triples from the left.
        mode.push(match (bits & 0o1000 << (triple / 3) != 0, has(1)) {
            (true, true) => special.0,
            (true, false) => special.1,
            (false, true) => 'x',
            (false, false) => '-',
        });
    }
    mode
}

/// Twelve characters: `Jan 31 12:00`, or `Jan 31  2026` for what is not recent.
fn date(modified: SystemTime, now: SystemTime) -> String {
    let recent = match now.duration_since(modified) {
        Ok(age) => age < RECENT,
        Err(error) => error.duration() <= AHEAD,
    };
    // A timestamp brings times out of any calendar's reach back into it.
    let modified = Timestamp::from(modified).to_system_time();
    let time = TimeZone::UTC.to_datetime(jiff::Timestamp::try_from(modified).unwrap_or_default());
    let month = usize::try_from(time.month()).ok().and_then(|month| MONTHS.get(month.checked_sub(1)?));
    let (month, day) = (month.unwrap_or(&"Jan"), time.day());
    match recent {
        true => format!("{month} {day:>2} {:02}:{:02}", time.hour(), time.minute()),
        false => format!("{month} {day:>2} {:>5}", format!("{:04}", time.year())),
    }
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
