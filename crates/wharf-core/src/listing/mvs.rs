use std::time::SystemTime;

use wharf_storage::EntryKind;

use super::{
    BadLineReason, ListLine, ListParser, ListedEntry,
    columns::{Columns, size},
    date::{Date, DateOrder},
};

mod job;
mod load_module;
mod member;

pub(super) use self::{job::MvsJob, load_module::MvsLoadModule, member::MvsMember};

/// Reads the lines of LIST of data sets, as z/OS (MVS) sends them.
///
/// Volume, unit, date, extents, tracks, record format, record length, block size, organisation, name. Columns that are
/// full touch each other. The date is that of the last reference, in whole days: the content is no newer. The size is that
/// of the tracks of a 3390. A partitioned data set (`PO`) is a directory. Data sets that are on tape or in the archive have
/// a name and nothing else.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Mvs;

/// The octets of a track of a disk of type 3390.
const TRACK_OF_3390: u64 = 56_664;

impl ListParser for Mvs {
    fn parse(&self, line: &[u8], now: SystemTime) -> ListLine {
        let columns = Columns::new(line);
        if columns.word(0) == b"Volume" && columns.word(1) == b"Unit" {
            return ListLine::Heading;
        }
        if let Some(entry) = without_volume(&columns) {
            return ListLine::Entry(Box::new(entry));
        }
        entry(&columns, now).into()
    }
}

fn entry(columns: &Columns<'_>, now: SystemTime) -> Result<ListedEntry, BadLineReason> {
    let (unit, date) = (columns.word(1), columns.word(2));
    let count = columns.len();
    let is_date = date.iter().filter(|octet| **octet == b'/').count() == 2;
    if columns.word(0).len() > 6 || !(is_date || date == b"**NONE**") || count < 5 {
        return Err(BadLineReason::Format);
    }
    let kind = match columns.word(count - 2) {
        b"PO" | b"PO-E" | b"POU" => EntryKind::Directory,
        b"PS" | b"PS-E" | b"PS-L" | b"PSU" | b"DA" | b"DAU" | b"IS" => EntryKind::File,
        b"VS" | b"VSAM" | b"PATH" => EntryKind::Other,
        _ => return Err(BadLineReason::Format),
    };
    let mut entry = ListedEntry::new(columns.word(count - 1));
    entry.kind = Some(kind);
    if is_date {
        let (year, month, day) = DateOrder::YearMonthDay.parse(date).ok_or(BadLineReason::Date)?;
        let date = Date::new(Some(year), month, day, None);
        entry.modified = Some(date.resolve(now).ok_or(BadLineReason::Date)?);
    }
    // Only where no columns touch is it sure which number this is.
    if count == 10 && unit == b"3390" && kind == EntryKind::File {
        entry.approximate_size = size(columns.word(4)).and_then(|tracks| tracks.checked_mul(TRACK_OF_3390));
    }
    Ok(entry)
}

/// `Migrated  NAME` and its kin.
fn without_volume(columns: &Columns<'_>) -> Option<ListedEntry> {
    let last = columns.len().checked_sub(1)?;
    let kind = match columns.span(0..last) {
        b"Migrated" | b"MIGRAT" => Some(EntryKind::File),
        b"Pseudo Directory" => Some(EntryKind::Directory),
        b"GDG" | b"Error determining attributes" => None,
        text if text.ends_with(b" Not Direct Access Device") => Some(EntryKind::File),
        _ => return None,
    };
    let mut entry = ListedEntry::new(columns.word(last));
    entry.kind = kind;
    Some(entry)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::listing::tests::{check, check_bad, now};

    #[test]
    fn lines() {
        check(
            &Mvs,
            &[
                (
                    "WORK01 3390   2024/01/31  1   15  VB   32756 32760  PS  ANNA.NOTES",
                    "ANNA.NOTES",
                    "File|~849960|20240131|-|-|-|-|-",
                ),
                (
                    "WORK01 3390   2024/01/31  1    1  FB     128  6144  PO    ANNA.LIB",
                    "ANNA.LIB",
                    "Directory|-|20240131|-|-|-|-|-",
                ),
                (
                    "WORK01 3390   2024/01/31  1    1  FB     128  6144  PO-E  ANNA.LIBE",
                    "ANNA.LIBE",
                    "Directory|-|20240131|-|-|-|-|-",
                ),
                (
                    "WORK01 3390   2024/01/31  115807  FB   29600 29600  PS    ANNA.BIG",
                    "ANNA.BIG",
                    "File|-|20240131|-|-|-|-|-",
                ),
                (
                    "WORK01 3390   2024/01/31  1+++++  VBS  32767 27966  PS  ANNA.BIGGER",
                    "ANNA.BIGGER",
                    "File|-|20240131|-|-|-|-|-",
                ),
                (
                    "WORK01 3390   2024/01/31  1    1  FB   1+++++ 6144  PS  A",
                    "A",
                    "File|~56664|20240131|-|-|-|-|-",
                ),
                ("WORK01 3380   **NONE**    1    1  FB     128  6144  PS    A", "A", "File|-|-|-|-|-|-|-"),
                (
                    "WORK01 3390   2024/01/31  1    1  ?        0     0  VS    A.CLUSTER",
                    "A.CLUSTER",
                    "Other|-|20240131|-|-|-|-|-",
                ),
                (
                    "Migrated                                                  ANNA.OLD",
                    "ANNA.OLD",
                    "File|-|-|-|-|-|-|-",
                ),
                (
                    "ARCIVE Not Direct Access Device                           ANNA.TAPE",
                    "ANNA.TAPE",
                    "File|-|-|-|-|-|-|-",
                ),
                (
                    "Pseudo Directory                                          ANNA",
                    "ANNA",
                    "Directory|-|-|-|-|-|-|-",
                ),
                (
                    "Error determining attributes                              ANNA.X",
                    "ANNA.X",
                    "-|-|-|-|-|-|-|-",
                ),
            ],
        );
        check_bad(
            &Mvs,
            &[
                ("Migrated", BadLineReason::Format),
                ("WORK0133902024/01/311VB2799427998PSA", BadLineReason::Format),
                ("WORK01 3390 2024-01-31 1 1 FB 128 6144 PS A", BadLineReason::Format),
                ("WORK01 3390 2024/01/31 1 1 FB 128 6144 XX A", BadLineReason::Format),
                ("WORK01 3390 2024/02/31 1 1 FB 128 6144 PS A", BadLineReason::Date),
            ],
        );
        let heading = b"Volume Unit    Referred Ext Used Recfm Lrecl BlkSz Dsorg Dsname";
        assert_eq!(Mvs.parse(heading, now()), ListLine::Heading);
    }
}
