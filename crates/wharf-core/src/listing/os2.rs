use std::time::SystemTime;

use wharf_storage::EntryKind;

use super::{
    BadLineReason, ListLine, ListParser, ListedEntry,
    columns::{Columns, size, skip_spaces},
    date::{Date, DateOrder, Time},
};

/// Reads the lines of LIST as OS/2 sends them: size, letters of attributes or none, `DIR` or not, `MM-DD-YY`, time, name.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Os2;

impl ListParser for Os2 {
    fn parse(&self, line: &[u8], now: SystemTime) -> ListLine {
        entry(&Columns::new(line), now).into()
    }
}

fn entry(columns: &Columns<'_>, now: SystemTime) -> Result<ListedEntry, BadLineReason> {
    let size = size(columns.word(0)).ok_or(BadLineReason::Format)?;
    let is_attribute = |word: &[u8]| !word.is_empty() && word.iter().all(|octet| b"RHSA".contains(octet));
    let mut at = 1 + usize::from(is_attribute(columns.word(1)));
    let is_dir = columns.word(at) == b"DIR";
    at += usize::from(is_dir);
    // The year comes last; where four digits come first it is another format.
    let date = columns.word(at);
    if date.iter().position(|&octet| octet == b'-') != Some(2) {
        return Err(BadLineReason::Format);
    }
    let (year, month, day) = DateOrder::MonthDayYear.parse(date).ok_or(BadLineReason::Format)?;
    let time = Time::parse(columns.word(at + 1)).ok_or(BadLineReason::Date)?;
    let date = Date::new(Some(year), month, day, Some(time));
    let name = skip_spaces(columns.after(at + 1), 2);
    if name.is_empty() {
        return Err(BadLineReason::Name);
    }
    let mut entry = ListedEntry::new(name);
    entry.kind = Some(if is_dir { EntryKind::Directory } else { EntryKind::File });
    entry.size = (!is_dir).then_some(size);
    entry.modified = Some(date.resolve(now).ok_or(BadLineReason::Date)?);
    Ok(entry)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::listing::tests::{check, check_bad};

    #[test]
    fn lines() {
        check(
            &Os2,
            &[
                (
                    "     0           DIR   01-31-97   12:32  docs",
                    "docs",
                    "Directory|-|199701311232|-|-|-|-|-",
                ),
                (
                    "587823    RSA    DIR   01-31-97   13:58  two words",
                    "two words",
                    "Directory|-|199701311358|-|-|-|-|-",
                ),
                (
                    " 33280      A          01-31-97   13:49  LOADER",
                    "LOADER",
                    "File|33280|199701311349|-|-|-|-|-",
                ),
                ("     5                 01-31-2000 12:56   x ", " x ", "File|5|200001311256|-|-|-|-|-"),
            ],
        );
        check_bad(
            &Os2,
            &[
                ("x   A   01-31-97   13:49  a", BadLineReason::Format),
                (" 33280      A          1997-01-31  13:49  a", BadLineReason::Format),
                ("6 files 75,978 bytes", BadLineReason::Format),
                ("     0           DIR   13-05-97   12:32  a", BadLineReason::Date),
                ("     0           DIR   01-31-97   25:49  a", BadLineReason::Date),
                ("     0           DIR   01-31-97   1249  a", BadLineReason::Date),
                ("     0           DIR   01-31-97   12:49", BadLineReason::Name),
            ],
        );
    }
}
