use std::time::SystemTime;

use wharf_storage::EntryKind;

use super::{
    BadLineReason, ListLine, ListParser, ListedEntry,
    columns::{Columns, size},
    date::{Date, Time, day_month_year},
};

/// Reads the lines of LIST as HPE NonStop (Guardian) sends them: name, file code, size, `dd-Mon-yy`, time, owner, security.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct NonStop;

impl ListParser for NonStop {
    fn parse(&self, line: &[u8], now: SystemTime) -> ListLine {
        let columns = Columns::new(line);
        if columns.word(0) == b"File" && columns.word(1) == b"Code" && columns.word(2) == b"EOF" {
            return ListLine::Heading;
        }
        entry(&columns, now).into()
    }
}

fn entry(columns: &Columns<'_>, now: SystemTime) -> Result<ListedEntry, BadLineReason> {
    let is_code = |word: &[u8]| word.first().is_some_and(u8::is_ascii_digit) && word.len() <= 6;
    let date = day_month_year(columns.word(3));
    let (true, Some((year, month, day))) = (is_code(columns.word(1)), date) else {
        return Err(BadLineReason::Format);
    };
    let time = Time::parse(columns.word(4)).ok_or(BadLineReason::Date)?;
    let mut entry = ListedEntry::new(columns.word(0));
    entry.kind = Some(EntryKind::File);
    entry.size = Some(size(columns.word(2)).ok_or(BadLineReason::Size)?);
    let date = Date::new(Some(year), month, day, Some(time));
    entry.modified = Some(date.resolve(now).ok_or(BadLineReason::Date)?);
    // "255,255" and "255, 0" are group and user.
    let owner = columns.span(5..columns.len());
    let owner = owner.split(|&octet| octet == b'"').next().unwrap_or_default();
    let mut numbers = owner.splitn(2, |&octet| octet == b',').map(<[u8]>::trim_ascii);
    if let (Some(group), Some(user)) = (numbers.next(), numbers.next()) {
        (entry.group, entry.owner) = (Some(group.to_vec()), Some(user.to_vec()));
    }
    Ok(entry)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::listing::tests::{check, check_bad, now};

    #[test]
    fn lines() {
        check(
            &NonStop,
            &[
                (
                    "NOTES        101              528 31-Jan-24 14:21:18 255,255 \"nunu\"",
                    "NOTES",
                    "File|528|20240131142118|-|-|255|255|-",
                ),
                (
                    "NOTES 101 528 31-Jan-24 14:21:18 244, 10 \"oooo\"",
                    "NOTES",
                    "File|528|20240131142118|-|-|10|244|-",
                ),
                ("OBJ   700L 528 31-Jan-24 14:21:18", "OBJ", "File|528|20240131142118|-|-|-|-|-"),
            ],
        );
        check_bad(
            &NonStop,
            &[
                ("NOTES 101 528 Jan 31 2024", BadLineReason::Format),
                ("NOTES x 528 31-Jan-24 14:21:18 255,255", BadLineReason::Format),
                ("A.B;1  1  2-JAN-2024 07:32:04", BadLineReason::Format),
                ("NOTES 101 52x 31-Jan-24 14:21:18 255,255", BadLineReason::Size),
                ("NOTES 101 528 31-Jan-24 1421 255,255", BadLineReason::Date),
                ("NOTES 101 528 31-Feb-24 14:21:18 255,255", BadLineReason::Date),
            ],
        );
        let heading = b"File         Code             EOF  Last Modification    Owner  RWEP";
        assert_eq!(NonStop.parse(heading, now()), ListLine::Heading);
    }
}
