use std::{ops::Range, time::SystemTime};

use wharf_storage::EntryKind;

use super::{
    BadLineReason, ListLine, ListParser, ListedEntry,
    columns::{Columns, size, trim_spaces},
    date::{Date, Time, day, marked_year, month, number, year},
};

/// Reads the lines of LIST in the style of `ls -l`.
///
/// Mode, links, owner, group, size, date, name; links, owner or group may be missing, owner and group may hold spaces, a
/// device has two numbers instead of a size. The size is the first number that a date follows, so that
/// everything behind that date is the name, octet for octet. Headings (`total 8`, `directory:`) are skipped.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Unix;

impl ListParser for Unix {
    fn parse(&self, line: &[u8], now: SystemTime) -> ListLine {
        let columns = Columns::new(line);
        if is_heading(&columns) {
            return ListLine::Skip;
        }
        entry(&columns, now).into()
    }
}

/// A date and where it stands.
pub(super) struct DateWords {
    pub(super) date: Date,
    /// The index of its last word.
    last: usize,
    /// Whether spaces fill it up to the width of longer dates, so that more than one may come before the name.
    padded: bool,
}

/// What the first word says.
struct Mode<'a> {
    kind: Option<EntryKind>,
    permissions: Option<u32>,
    /// A link count that stands too close.
    links: &'a [u8],
}

/// The size and what is known of its place.
pub(super) struct Size {
    /// `None` for a device and for a rounded size.
    pub(super) size: Option<u64>,
    approximate: Option<u64>,
    /// The index of the last word before the date.
    last: usize,
    /// The index of the first word of the size.
    pub(super) first: usize,
    /// Where the size's digits begin in its word: not at 0 where it touches the group.
    digits_at: usize,
    pub(super) date: DateWords,
}

fn entry(columns: &Columns<'_>, now: SystemTime) -> Result<ListedEntry, BadLineReason> {
    let mode = Mode::parse(columns.word(0))?;
    let size = find_size(columns, 1, mode.kind)?;
    let mut entry = ListedEntry::new(name_after(columns, &size.date)?);
    entry.kind = mode.kind;
    entry.permissions = mode.permissions;
    entry.size = size.size;
    entry.approximate_size = size.approximate;
    entry.modified = Some(size.date.date.resolve(now).ok_or(BadLineReason::Date)?);
    match mode.kind {
        Some(EntryKind::Symlink) => split_link(&mut entry),
        Some(EntryKind::Directory) => split_directory_link(&mut entry)?,
        _ => {}
    }
    describe_owner(columns, &mode, &size, &mut entry);
    Ok(entry)
}

/// What follows the date, octet for octet.
pub(super) fn name_after<'a>(columns: &Columns<'a>, date: &DateWords) -> Result<&'a [u8], BadLineReason> {
    let after_date = columns.after(date.last);
    let name = match date.padded {
        true => after_date.trim_ascii_start(),
        false => after_date.get(1..).unwrap_or_default(),
    };
    (!name.is_empty()).then_some(name).ok_or(BadLineReason::Name)
}

impl<'a> Mode<'a> {
    fn parse(word: &'a [u8]) -> Result<Self, BadLineReason> {
        let (&letter, rest) = word.split_first().ok_or(BadLineReason::Format)?;
        let len = rest.iter().take(9).take_while(|octet| b"-rwxsStTlL".contains(octet)).count();
        let (letters, rest) = rest.split_at_checked(len).ok_or(BadLineReason::Format)?;
        let marks = rest.iter().take_while(|octet| matches!(octet, b'.' | b'+' | b'@')).count();
        let links = rest.get(marks..).unwrap_or_default();
        // Some servers cut the mode short; that is no permission, but an entry all the same.
        if len < 6 || marks > 2 || !links.iter().all(u8::is_ascii_digit) || (marks == 0 && !links.is_empty())
        {
            return Err(BadLineReason::Format);
        }
        let kind = match letter {
            b'-' | b'f' => Some(EntryKind::File),
            b'd' => Some(EntryKind::Directory),
            b'l' => Some(EntryKind::Symlink),
            b'b' | b'c' | b'p' | b's' | b'D' => Some(EntryKind::Other),
            // Migrated, an event port, contiguous, a whiteout, a special file of a network, of HP-UX, of a semaphore.
            b'm' | b'M' | b'P' | b'C' | b'w' | b'n' | b'h' | b'H' | b'S' => None,
            _ => return Err(BadLineReason::Format),
        };
        let permissions = match len {
            9 => Some(permissions(letters).ok_or(BadLineReason::Permissions)?),
            _ => None,
        };
        Ok(Self { kind, permissions, links })
    }
}

/// Nine letters as twelve bits.
fn permissions(letters: &[u8]) -> Option<u32> {
    let mut bits = 0;
    for (index, letter) in (0u32..).zip(letters) {
        let triple = index / 3;
        let (plain, special) = (0o400 >> index, 0o4000 >> triple);
        bits |= match (index % 3, letter) {
            (_, b'-') => 0,
            (0, b'r') | (1, b'w') | (2, b'x') => plain,
            (2, b's') if triple < 2 => plain | special,
            (2, b'S' | b'l' | b'L') if triple < 2 => special,
            (2, b't') if triple == 2 => plain | special,
            (2, b'T') if triple == 2 => special,
            _ => return None,
        };
    }
    Some(bits)
}

/// The first number that a date follows, or else the first word that ends in such a number.
pub(super) fn find_size(
    columns: &Columns<'_>,
    from: usize,
    kind: Option<EntryKind>,
) -> Result<Size, BadLineReason> {
    let is_device = kind == Some(EntryKind::Other);
    let mut glued = None;
    let mut saw_number = false;
    for index in from..columns.len() {
        let word = columns.word(index);
        let Some(&last) = word.last() else { break };
        let is_number = word.iter().all(|octet| octet.is_ascii_digit() || *octet == b',');
        saw_number |= is_number;
        let digits_at = word.iter().rposition(|octet| !octet.is_ascii_digit()).map_or(0, |at| at + 1);
        if digits_at == word.len() && last != b'k' && last != b'K' && last != b'M' && last != b'G' {
            continue;
        }
        let Some(date) = find_date(columns, index + 1) else { continue };
        let found =
            |first, size, digits_at| Size { size, approximate: None, last: index, first, digits_at, date };
        // "8, 1" and "8,1" are a device's numbers.
        let major = columns.word(index.saturating_sub(1));
        if is_device && index > from && is_number && major.ends_with(b",") {
            return Ok(found(index - 1, None, 0));
        }
        if is_device && is_number && word.contains(&b',') {
            return Ok(found(index, None, 0));
        }
        if is_number {
            let exact = size(word).ok_or(BadLineReason::Size)?;
            return Ok(found(index, Some(exact), 0));
        }
        if let Some(approximate) = rounded(word) {
            return Ok(Size { approximate: Some(approximate), ..found(index, None, 0) });
        }
        if glued.is_none() && index > from && word.iter().all(|octet| *octet != b':') {
            let exact = word.get(digits_at..).and_then(size);
            glued = exact.map(|exact| found(index, Some(exact), digits_at));
        }
    }
    glued.ok_or(if saw_number { BadLineReason::Date } else { BadLineReason::Size })
}

/// `33.5k`: a size for people, in units of 1024 octets and their kin.
fn rounded(word: &[u8]) -> Option<u64> {
    let (&unit, number) = word.split_last()?;
    let shift = match unit {
        b'k' | b'K' => 10,
        b'M' => 20,
        b'G' => 30,
        _ => return None,
    };
    let mut parts = number.split(|&octet| octet == b'.');
    let (whole, tenths) = (size(parts.next()?)?, parts.next());
    let tenths = tenths.map_or(Some(0), |tenths| size(tenths.get(..1)?))?;
    if parts.next().is_some() {
        return None;
    }
    whole.checked_mul(10)?.checked_add(tenths)?.checked_mul(1 << shift).map(|tenths| tenths / 10)
}

/// The date that begins with the word at `at`, if one does.
fn find_date(columns: &Columns<'_>, at: usize) -> Option<DateWords> {
    let word = |offset: usize| columns.word(at + offset);
    if let Some(month) = month(word(0)) {
        return named_month(columns, at, month, day(word(1))?);
    }
    let first = word(0).strip_suffix(b".").unwrap_or(word(0));
    if let (Some(day), Some(month)) = (number(first), month(word(1))) {
        return named_month(columns, at, month, day);
    }
    // "3 29 03:26": only with a time, for sizes and links are numbers too.
    if let (Some(month), Some(day), Some(time)) = (number(word(0)), number(word(1)), Time::parse(word(2))) {
        return Some(DateWords {
            date: Date::new(None, month, day, Some(time)),
            last: at + 2,
            padded: false,
        });
    }
    numeric_date(columns, at)
}

/// `Jan 31 12:00`, `Jan 31  2026`, `Jan 31 12:00:00 2026`; month and day stand in the two words from `at` on.
fn named_month(columns: &Columns<'_>, at: usize, month: i8, day: i8) -> Option<DateWords> {
    let third = columns.word(at + 2);
    if let Some(year) = marked_year(third) {
        let date = Date::new(Some(year), month, day, None);
        return Some(DateWords { date, last: at + 2, padded: false });
    }
    let time = Time::parse(third)?;
    let full = if time.has_seconds() { year(columns.word(at + 3)) } else { None };
    let last = if full.is_some() { at + 3 } else { at + 2 };
    Some(DateWords { date: Date::new(full, month, day, Some(time)), last, padded: false })
}

/// `2026-01-31 12:00`, `2026-01-31`, `31-01-2026 12:00`, `01-31 12:00`, `01-31 2026`; also with `/` or `.`.
fn numeric_date(columns: &Columns<'_>, at: usize) -> Option<DateWords> {
    let parts: Vec<&[u8]> = columns.word(at).splitn(4, |octet| matches!(octet, b'-' | b'/' | b'.')).collect();
    let time = Time::parse(columns.word(at + 1));
    let with_time = at + usize::from(time.is_some());
    match parts.as_slice() {
        [first, month, day] if first.len() == 4 => {
            let date = Date::new(Some(year(first)?), number(month)?, number(day)?, time);
            // `ls --time-style=full-iso` has the zone too; the time is then not the server's own, but near enough to it.
            let zone = columns.word(with_time + 1);
            let has_zone = time.is_some_and(Time::has_seconds) && is_zone(zone);
            Some(DateWords { date, last: with_time + usize::from(has_zone), padded: time.is_none() })
        }
        [day, month, last] => {
            let date = Date::new(Some(year(last)?), number(month)?, number(day)?, time);
            Some(DateWords { date, last: with_time, padded: time.is_none() })
        }
        [month, day] => {
            let year = year(columns.word(at + 1));
            let date = Date::new(year, number(month)?, number(day)?, time);
            (time.is_some() || year.is_some()).then_some(DateWords { date, last: at + 1, padded: false })
        }
        _ => None,
    }
}

/// `+0100`.
fn is_zone(word: &[u8]) -> bool {
    matches!(word, [b'+' | b'-', digits @ ..] if digits.len() == 4 && digits.iter().all(u8::is_ascii_digit))
}

/// Cuts `name -> target`. Where there are several arrows, the one that leaves a target as long as the link's size,
/// which is what most systems give as size; otherwise the first.
fn split_link(entry: &mut ListedEntry) {
    const ARROW: &[u8] = b" -> ";
    let line = entry.name.clone();
    let arrows: Vec<usize> = memchr::memmem::find_iter(&line, ARROW).collect();
    let fits = |at: &&usize| u64::try_from(line.len() - **at - ARROW.len()).ok() == entry.size;
    if let Some(&at) = arrows.iter().find(fits).or(arrows.first())
        && at > 0
    {
        entry.link_target = line.get(at + ARROW.len()..).map(<[u8]>::to_vec);
        entry.name.truncate(at);
    }
}

/// Cuts `name -> target` of a link that is shown as the directory it leads to. With two arrows nobody can tell where the
/// name ends.
fn split_directory_link(entry: &mut ListedEntry) -> Result<(), BadLineReason> {
    const ARROW: &[u8] = b" -> ";
    let line = entry.name.clone();
    let mut arrows = memchr::memmem::find_iter(&line, ARROW);
    match (arrows.next(), arrows.next()) {
        (Some(_), Some(_)) => return Err(BadLineReason::Name),
        (Some(at), None) if at > 0 && at + ARROW.len() < line.len() => {
            entry.link_target = line.get(at + ARROW.len()..).map(<[u8]>::to_vec);
            entry.name.truncate(at);
        }
        _ => {}
    }
    Ok(())
}

/// Shares the words between mode and size out among links, owner and group.
fn describe_owner(columns: &Columns<'_>, mode: &Mode<'_>, size: &Size, entry: &mut ListedEntry) {
    let mut words: Range<usize> = 1..size.first;
    entry.links = self::size(mode.links);
    if entry.links.is_none()
        && words.len() > 1
        && let Some(links) = self::size(columns.word(words.start))
    {
        entry.links = Some(links);
        words.start += 1;
    }
    let touching = columns.word(size.last).get(..size.digits_at).unwrap_or_default();
    let middle = columns.span(words.clone());
    // Columns are filled up with spaces: two of them part owner and group better than one.
    let wide = memchr::memmem::find(middle, b"  ");
    let cut = wide.or_else(|| memchr::memchr2(b' ', b'\t', middle)).unwrap_or(middle.len());
    let (owner, group) = middle.split_at_checked(cut).unwrap_or((middle, &[]));
    let (owner, group) = (trim_spaces(owner), trim_spaces(group));
    let group = if group.is_empty() { touching } else { group };
    let known = |text: &[u8]| (!text.is_empty()).then(|| text.to_vec());
    (entry.owner, entry.group) = (known(owner), known(group));
}

/// Whether the line stands above entries: `total 8` in any language, or the `directory:` of a recursive listing.
pub(super) fn is_heading(columns: &Columns<'_>) -> bool {
    let (first, second) = (columns.word(0), columns.word(1));
    match columns.len() {
        0 => true,
        2 if first.iter().all(|octet| octet.is_ascii_alphabetic() || !octet.is_ascii()) => {
            second.first().is_some_and(u8::is_ascii_digit)
        }
        1 => first.ends_with(b":"),
        _ => false,
    }
}

#[cfg(test)]
mod tests;
