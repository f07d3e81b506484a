use std::time::SystemTime;

use wharf_storage::EntryKind;

use crate::listing::{
    BadLineReason, ListLine, ListParser, ListedEntry,
    columns::Columns,
    date::{Date, DateOrder, Time},
};

/// Reads the lines of LIST of the members of a partitioned data set: name, version, created, changed, and sizes in records.
///
/// A member without statistics is a bare name.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::listing) struct MvsMember;

impl ListParser for MvsMember {
    fn parse(&self, line: &[u8], now: SystemTime) -> ListLine {
        let columns = Columns::new(line);
        if columns.word(0) == b"Name" && columns.word(1) == b"VV.MM" {
            return ListLine::Heading;
        }
        if !is_member_name(columns.word(0)) {
            return ListLine::Bad(BadLineReason::Format);
        }
        if columns.len() == 1 {
            let mut entry = ListedEntry::new(columns.word(0));
            entry.kind = Some(EntryKind::File);
            return ListLine::Likely(Box::new(entry));
        }
        entry(&columns, now).into()
    }
}

/// One to eight of these characters.
pub(super) fn is_member_name(word: &[u8]) -> bool {
    let is_of_names =
        |octet: &u8| octet.is_ascii_uppercase() || octet.is_ascii_digit() || b"$@#".contains(octet);
    (1..=8).contains(&word.len()) && word.iter().all(is_of_names)
}

fn entry(columns: &Columns<'_>, now: SystemTime) -> Result<ListedEntry, BadLineReason> {
    let is_version = matches!(columns.word(1), [_, _, b'.', _, _]);
    let changed = DateOrder::YearMonthDay.parse(columns.word(3));
    let (true, Some(_), Some((year, month, day))) =
        (is_version, DateOrder::YearMonthDay.parse(columns.word(2)), changed)
    else {
        return Err(BadLineReason::Format);
    };
    let time = Time::parse(columns.word(4)).ok_or(BadLineReason::Date)?;
    let mut entry = ListedEntry::new(columns.word(0));
    entry.kind = Some(EntryKind::File);
    entry.modified =
        Some(Date::new(Some(year), month, day, Some(time)).resolve(now).ok_or(BadLineReason::Date)?);
    entry.owner = (columns.len() > 8).then(|| columns.word(8).to_vec());
    Ok(entry)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::listing::tests::{check, check_bad, known, now};

    #[test]
    fn lines() {
        check(
            &MvsMember,
            &[
                (
                    "NOTES     01.03 2023/09/12 2024/01/31 09:37    11    11     0 ANNA",
                    "NOTES",
                    "File|-|202401310937|-|-|ANNA|-|-",
                ),
                (
                    "$A#1      01.03 2023/09/12 2024/01/31 09:37:05 11    11     0 ANNA",
                    "$A#1",
                    "File|-|20240131093705|-|-|ANNA|-|-",
                ),
            ],
        );
        check_bad(
            &MvsMember,
            &[
                ("notes", BadLineReason::Format),
                ("LONGERTHAN8", BadLineReason::Format),
                ("NOTES two words", BadLineReason::Format),
                ("NOTES     01.03 2023/09/12 2024-01-31x 09:37", BadLineReason::Format),
                ("NOTES     01.03 2023/09/12 2024/02/31 09:37", BadLineReason::Date),
                ("NOTES     01.03 2023/09/12 2024/01/31 0937", BadLineReason::Date),
            ],
        );
        let heading = b" Name     VV.MM   Created       Changed      Size  Init   Mod   Id";
        assert_eq!(MvsMember.parse(heading, now()), ListLine::Heading);
        let ListLine::Likely(bare) = MvsMember.parse(b"NOTES      ", now()) else { panic!() };
        assert_eq!((&bare.name[..], known(&bare).as_str()), (&b"NOTES"[..], "File|-|-|-|-|-|-|-"));
    }
}
