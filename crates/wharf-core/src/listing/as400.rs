use std::time::SystemTime;

use wharf_storage::EntryKind;

use super::{
    BadLineReason, ListLine, ListParser, ListedEntry,
    columns::{Columns, size},
    date::{Date, DateOrder, Time},
};

/// Reads the lines of LIST as IBM i (AS/400) sends them.
///
/// Owner, size, date, time, `*TYPE`, name; a member of a file has neither size nor date. The order of the date is a
/// setting of the server's job, so that there is a parser for each.
#[derive(Clone, Copy, Debug)]
pub(super) struct As400(pub(super) DateOrder);

impl ListParser for As400 {
    fn parse(&self, line: &[u8], now: SystemTime) -> ListLine {
        let columns = Columns::new(line);
        let Some(at) = (1..5).find(|&at| is_type(columns.word(at))) else {
            return ListLine::Bad(BadLineReason::Format);
        };
        entry(&columns, at, self.0, now).into()
    }
}

/// `*STMF`.
fn is_type(word: &[u8]) -> bool {
    word.strip_prefix(b"*").is_some_and(|name| name.len() > 1 && name.iter().all(u8::is_ascii_uppercase))
}

fn entry(
    columns: &Columns<'_>,
    at: usize,
    order: DateOrder,
    now: SystemTime,
) -> Result<ListedEntry, BadLineReason> {
    let name = columns.after(at).trim_ascii_start();
    // Some servers put the whole pathname there; a member is named with its file, and only so.
    let name = match name.first() {
        Some(b'/') => name.strip_suffix(b"/").unwrap_or(name).rsplit(|&octet| octet == b'/').next(),
        _ => Some(name.strip_suffix(b"/").unwrap_or(name)),
    };
    let name = name.filter(|name| !name.is_empty()).ok_or(BadLineReason::Name)?;
    let mut entry = ListedEntry::new(name);
    entry.kind = match columns.word(at) {
        b"*DIR" | b"*DDIR" | b"*LIB" | b"*FLR" => Some(EntryKind::Directory),
        b"*STMF" | b"*DSTMF" | b"*FILE" | b"*MEM" | b"*SAVF" | b"*DOC" => Some(EntryKind::File),
        b"*SYMLNK" => Some(EntryKind::Symlink),
        _ => None,
    };
    entry.owner = Some(columns.word(0).to_vec());
    if at > 1 {
        entry.size = Some(size(columns.word(1)).ok_or(BadLineReason::Size)?);
    }
    if at > 2 {
        let (year, month, day) = order.parse(columns.word(2)).ok_or(BadLineReason::Date)?;
        let time = (at > 3).then(|| Time::parse(columns.word(3)).ok_or(BadLineReason::Date)).transpose()?;
        let date = Date::new(Some(year), month, day, time);
        entry.modified = Some(date.resolve(now).ok_or(BadLineReason::Date)?);
    }
    Ok(entry)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::listing::tests::{check, check_bad};

    #[test]
    fn lines() {
        check(
            &As400(DateOrder::YearMonthDay),
            &[
                (
                    "ANNA          4019 24/01/31 18:58:16 *STMF      notes.zip",
                    "notes.zip",
                    "File|4019|20240131185816|-|-|ANNA|-|-",
                ),
                (
                    "ANNA         36864 24/01/31 18:58:16 *DIR       docs/",
                    "docs",
                    "Directory|36864|20240131185816|-|-|ANNA|-|-",
                ),
                (
                    "ANNA             3 24/01/31 12:00:00 *STMF      two words.txt",
                    "two words.txt",
                    "File|3|20240131120000|-|-|ANNA|-|-",
                ),
                (
                    "ANNA 9069 24/01/31 15:36:52 *STMF /HOME/ANNA/a.pdf",
                    "a.pdf",
                    "File|9069|20240131153652|-|-|ANNA|-|-",
                ),
                (
                    "QPGMR                                  *MEM       A.FILE/B.MBR",
                    "A.FILE/B.MBR",
                    "File|-|-|-|-|QPGMR|-|-",
                ),
                (
                    "QPGMR   16347136 24/01/31 15:45:09 *FILE      A.SAVF",
                    "A.SAVF",
                    "File|16347136|20240131154509|-|-|QPGMR|-|-",
                ),
                (
                    "QSYS        4096 24/01/31 15:45:09 *LIB       QGPL.LIB/",
                    "QGPL.LIB",
                    "Directory|4096|20240131154509|-|-|QSYS|-|-",
                ),
                (
                    "QSYS        4096 24/01/31 15:45:09 *PGM       A.PGM",
                    "A.PGM",
                    "-|4096|20240131154509|-|-|QSYS|-|-",
                ),
            ],
        );
        check(
            &As400(DateOrder::DayMonthYear),
            &[("ANNA  1 31.01.24 18:58:16 *STMF a", "a", "File|1|20240131185816|-|-|ANNA|-|-")],
        );
        check(
            &As400(DateOrder::MonthDayYear),
            &[("ANNA  1 01/31/24 18:58:16 *STMF a", "a", "File|1|20240131185816|-|-|ANNA|-|-")],
        );
    }

    #[test]
    fn bad_lines() {
        check_bad(
            &As400(DateOrder::YearMonthDay),
            &[
                ("ANNA  4019 24/01/31 18:58:16 STMF  a", BadLineReason::Format),
                ("*STMF a", BadLineReason::Format),
                ("-rw-r--r--   1 a *b 310 Jan 31  2024 a", BadLineReason::Format),
                ("ANNA  4019 24/01/31 30:58:16 *STMF a", BadLineReason::Date),
                ("ANNA  4019 24/01/31 1858 *STMF a", BadLineReason::Date),
                ("ANNA  4019 24/31/01 18:58:16 *STMF a", BadLineReason::Date),
                ("ANNA  40x9 24/01/31 18:58:16 *STMF a", BadLineReason::Size),
                ("ANNA  4019 24/01/31 18:58:16 *FILE", BadLineReason::Name),
                ("ANNA  4019 24/01/31 18:58:16 *DIR /", BadLineReason::Name),
            ],
        );
    }
}
