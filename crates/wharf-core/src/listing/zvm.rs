use std::time::SystemTime;

use wharf_storage::EntryKind;

use super::{
    BadLineReason, ListLine, ListParser, ListedEntry,
    columns::{Columns, size},
    date::{Date, DateOrder, Time},
};

/// Reads the lines of LIST as z/VM (CMS) sends them: file name, file type, record format `F` or `V`, record length,
/// records, blocks, date, time, owner. A name is then `NAME.TYPE`; a directory has `DIR` for its type and dashes.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct ZVm;

impl ListParser for ZVm {
    fn parse(&self, line: &[u8], now: SystemTime) -> ListLine {
        entry(&Columns::new(line), now).into()
    }
}

fn entry(columns: &Columns<'_>, now: SystemTime) -> Result<ListedEntry, BadLineReason> {
    let word = |index| columns.word(index);
    let date = DateOrder::YearMonthDay.parse(word(6)).filter(|_| word(6).len() == 10);
    let (kind, record_len, records) = match (word(1), word(2)) {
        (b"DIR", b"-") => (EntryKind::Directory, None, None),
        (_, b"F" | b"V") => (EntryKind::File, size(word(3)), size(word(4))),
        _ => return Err(BadLineReason::Format),
    };
    let (year, month, day) = date.ok_or(BadLineReason::Format)?;
    let time = Time::parse(word(7)).ok_or(BadLineReason::Date)?;
    let date = Date::new(Some(year), month, day, Some(time));
    let name = match kind {
        EntryKind::Directory => word(0).to_vec(),
        _ => [word(0), b".", word(1)].concat(),
    };
    let mut entry = ListedEntry::new(name);
    entry.kind = Some(kind);
    if kind == EntryKind::File {
        let (record_len, records) = record_len.zip(records).ok_or(BadLineReason::Size)?;
        // Of `V` it is the longest record's length.
        entry.approximate_size = record_len.checked_mul(records);
    }
    entry.modified = Some(date.resolve(now).ok_or(BadLineReason::Date)?);
    entry.owner = (columns.len() > 8).then(|| word(8).to_vec());
    Ok(entry)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::listing::tests::{check, check_bad};

    #[test]
    fn lines() {
        check(
            &ZVm,
            &[
                (
                    "PROFILE  EXEC     V         31         17          1 2024-01-31 15:18:28 ANNA",
                    "PROFILE.EXEC",
                    "File|~527|20240131151828|-|-|ANNA|-|-",
                ),
                (
                    "NOTES    DATA     F         80         10          1 2024-01-31 15:18:28",
                    "NOTES.DATA",
                    "File|~800|20240131151828|-|-|-|-|-",
                ),
                (
                    "DOCS     DIR        -          -          -          - 2024-01-31 15:18:28 ANNA",
                    "DOCS",
                    "Directory|-|20240131151828|-|-|ANNA|-|-",
                ),
            ],
        );
        check_bad(
            &ZVm,
            &[
                ("PROFILE  EXEC     X   31   17   1 2024-01-31 15:18:28", BadLineReason::Format),
                ("PROFILE  EXEC     V   31   17   1 24-01-31 15:18:28", BadLineReason::Format),
                ("PROFILE  EXEC     V   3x   17   1 2024-01-31 15:18:28", BadLineReason::Size),
                ("PROFILE  EXEC     V   31   17   1 2024-02-31 15:18:28", BadLineReason::Date),
                ("PROFILE  EXEC     V   31   17   1 2024-01-31 1518", BadLineReason::Date),
            ],
        );
    }
}
