use std::time::SystemTime;

use wharf_storage::EntryKind;

use super::{
    BadLineReason, ListLine, ListParser, ListedEntry,
    columns::{Columns, size, skip_spaces, trim_spaces},
    date::{Date, DateOrder, Time},
};

/// Reads the lines of LIST in the style of `dir`, as IIS and other Windows servers send them.
///
/// `MM-DD-YY  hh:mmAM`, with four digits of year, with slashes, with 24 hours, or `YYYY-MM-DD  HH:MM`; then `<DIR>`,
/// `<JUNCTION>` or `<SYMLINK>`, or the size with commas or without; then the name. Sums at the end are skipped.
///
/// IIS puts the month first everywhere; others may have the order of their country.
#[derive(Clone, Copy, Debug)]
pub(super) struct Dos(pub(super) DateOrder);

impl ListParser for Dos {
    fn parse(&self, line: &[u8], now: SystemTime) -> ListLine {
        let columns = Columns::new(line);
        if is_sum(&columns) {
            return ListLine::Skip;
        }
        entry(&columns, self.0, now).into()
    }
}

/// How many spaces IIS puts behind `<DIR>`, so that names stand in one column.
const DIR_PADDING: usize = 10;

fn entry(columns: &Columns<'_>, order: DateOrder, now: SystemTime) -> Result<ListedEntry, BadLineReason> {
    let (year, month, day) = order.parse(columns.word(0)).ok_or(BadLineReason::Format)?;
    let (time, last) = time(columns).ok_or(BadLineReason::Date)?;
    let date = Date::new(Some(year), month, day, Some(time));
    let modified = date.resolve(now).ok_or(BadLineReason::Date)?;
    let what = columns.word(last + 1);
    let rest = columns.after(last + 1);
    let (kind, size, padding) = match what.to_ascii_uppercase().as_slice() {
        b"<DIR>" => (EntryKind::Directory, None, DIR_PADDING),
        b"<JUNCTION>" | b"<SYMLINKD>" | b"<SYMLINK>" => (EntryKind::Symlink, None, usize::MAX),
        // `dir` itself, with slashes in its dates, puts two spaces before the name.
        _ if columns.word(0).contains(&b'/') => (EntryKind::File, size(what), 2),
        _ => (EntryKind::File, size(what), 1),
    };
    if kind == EntryKind::File && size.is_none() {
        return Err(BadLineReason::Size);
    }
    let mut name = skip_spaces(rest, padding);
    if name.is_empty() {
        return Err(BadLineReason::Name);
    }
    let mut entry = ListedEntry::new(name);
    // `dir` shows the target of a link in brackets.
    if kind == EntryKind::Symlink
        && let Some(bare) = name.strip_suffix(b"]")
        && let Some(bracket) = memchr::memmem::rfind(bare, b" [")
    {
        name = bare.get(..bracket).unwrap_or_default();
        entry.name = trim_spaces(name).to_vec();
        entry.link_target = bare.get(bracket + 2..).map(<[u8]>::to_vec);
    }
    entry.kind = Some(kind);
    entry.size = size;
    entry.modified = Some(modified);
    Ok(entry)
}

/// The time of day and the index of its last word.
fn time(columns: &Columns<'_>) -> Option<(Time, usize)> {
    let word = columns.word(1);
    let half = |text: &[u8]| match text.to_ascii_uppercase().as_slice() {
        b"AM" | b"A" => Some(false),
        b"PM" | b"P" => Some(true),
        _ => None,
    };
    let digits = word.iter().take_while(|octet| !octet.is_ascii_alphabetic()).count();
    let (clock, letters) = word.split_at_checked(digits)?;
    let time = Time::parse(clock)?;
    match (letters.is_empty(), half(letters), half(columns.word(2))) {
        (false, Some(afternoon), _) => Some((time.on_twelve_hours(afternoon)?, 1)),
        (true, _, Some(afternoon)) => Some((time.on_twelve_hours(afternoon)?, 2)),
        (true, _, None) => Some((time, 1)),
        (false, None, _) => None,
    }
}

/// Whether the line is one of the two sums that `dir` ends with: `6 File(s)  1,234 bytes`.
fn is_sum(columns: &Columns<'_>) -> bool {
    let words = (0..columns.len()).map(|index| columns.word(index).to_ascii_lowercase());
    let words: Vec<Vec<u8>> = words.collect();
    let is =
        |index: usize, known: &[&[u8]]| words.get(index).is_some_and(|word| known.contains(&word.as_slice()));
    size(columns.word(0)).is_some()
        && is(1, &[b"file(s)", b"files", b"file", b"dir(s)", b"dirs", b"directories", b"directory"])
        && is(3, &[b"bytes", b"byte"])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::listing::tests::{check, check_bad, now};

    const IIS: Dos = Dos(DateOrder::MonthDayYear);

    #[test]
    fn lines() {
        check(
            &IIS,
            &[
                (
                    "01-31-24  09:05AM                  310 notes.txt",
                    "notes.txt",
                    "File|310|202401310905|-|-|-|-|-",
                ),
                ("01-31-24  12:05AM                  310 a b", "a b", "File|310|202401310005|-|-|-|-|-"),
                ("01-31-24  12:05PM                  310  a ", " a ", "File|310|202401311205|-|-|-|-|-"),
                ("01-31-69  11:59PM           5000000000 a", "a", "File|5000000000|206901312359|-|-|-|-|-"),
                ("01-31-70  09:05AM                    0 1 Jan", "1 Jan", "File|0|197001310905|-|-|-|-|-"),
                ("01-31-2024  09:05AM                310 a", "a", "File|310|202401310905|-|-|-|-|-"),
                ("01-31-24  09:05 PM  310 a", "a", "File|310|202401312105|-|-|-|-|-"),
                ("01-31-24  21:05                    310 a", "a", "File|310|202401312105|-|-|-|-|-"),
                ("2024-01-31  21:05                1,310 a", "a", "File|1310|202401312105|-|-|-|-|-"),
                (" 1/5/2024   9:05 PM    31,310,000  a.iso", "a.iso", "File|31310000|202401052105|-|-|-|-|-"),
                (" 1/5/2024   9:05 PM    <DIR>         docs", "docs", "Directory|-|202401052105|-|-|-|-|-"),
                ("01-31-24  09:05AM       <DIR>          docs", "docs", "Directory|-|202401310905|-|-|-|-|-"),
                (
                    "01-31-24  09:05AM       <DIR>            docs",
                    "  docs",
                    "Directory|-|202401310905|-|-|-|-|-",
                ),
                ("01-31-24  09:05  <dir> my docs", "my docs", "Directory|-|202401310905|-|-|-|-|-"),
                ("01-31-24  09:05AM       <JUNCTION>     all", "all", "Symlink|-|202401310905|-|-|-|-|-"),
                (
                    "01/31/2024  09:05 AM    <JUNCTION>     all [C:\\Users\\all]",
                    "all",
                    "Symlink|-|202401310905|-|-|-|-|C:\\\\Users\\\\all",
                ),
                ("01-31-24  09:05AM                  310 a [b]", "a [b]", "File|310|202401310905|-|-|-|-|-"),
            ],
        );
    }

    #[test]
    fn a_name_that_is_not_utf8_is_kept() {
        let ListLine::Entry(entry) = IIS.parse(b"01-31-24  09:05AM   310 \x8b\x85", now()) else { panic!() };
        assert_eq!(entry.name, b"\x8b\x85");
    }

    #[test]
    fn bad_lines() {
        check_bad(
            &IIS,
            &[
                ("", BadLineReason::Format),
                ("hello world", BadLineReason::Format),
                ("-01-24  09:05AM  310 a", BadLineReason::Format),
                ("01-31-24-1  09:05AM  310 a", BadLineReason::Format),
                ("01-31-xx  09:05AM  310 a", BadLineReason::Format),
                ("31-01-24  09:05AM  310 a", BadLineReason::Date),
                ("02-30-24  09:05AM  310 a", BadLineReason::Date),
                ("01-31-24  13:05PM  310 a", BadLineReason::Date),
                ("01-31-24  00:05AM  310 a", BadLineReason::Date),
                ("01-31-24  25:05  310 a", BadLineReason::Date),
                ("01-31-24  09:05XM  310 a", BadLineReason::Date),
                ("01-31-24  310 a", BadLineReason::Date),
                ("01-31-24", BadLineReason::Date),
                ("01-31-24  09:05AM  3x0 a", BadLineReason::Size),
                ("01-31-24  09:05AM  31,0 a", BadLineReason::Size),
                ("01-31-24  09:05AM          a", BadLineReason::Size),
                ("01-31-24  09:05AM  310", BadLineReason::Name),
                ("01-31-24  09:05AM  310 ", BadLineReason::Name),
                ("01-31-24  09:05AM  <DIR>     ", BadLineReason::Name),
            ],
        );
    }

    #[test]
    fn sums_are_skipped() {
        for line in [
            "       2 File(s)          1,310 bytes",
            "6 files           75,978 bytes",
            "               3 Dir(s)  22,198,362,112 bytes free",
        ] {
            assert_eq!(IIS.parse(line.as_bytes(), now()), ListLine::Skip, "{line:?}");
        }
    }
}
