use std::{
    str,
    time::{Duration, SystemTime},
};

use wharf_storage::EntryKind;

use super::{BadLineReason, ListLine, ListParser, ListedEntry, Modified, Precision, Zone, columns::size};

/// Reads the lines of LIST in Bernstein's Easily Parsed LIST Format: `+facts,` a tab, the name.
///
/// <https://cr.yp.to/ftp/list/eplf.html>
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Eplf;

impl ListParser for Eplf {
    fn parse(&self, line: &[u8], _now: SystemTime) -> ListLine {
        entry(line).into()
    }
}

fn entry(line: &[u8]) -> Result<ListedEntry, BadLineReason> {
    let line = line.strip_prefix(b"+").ok_or(BadLineReason::Format)?;
    let tab = memchr::memchr(b'\t', line).ok_or(BadLineReason::Format)?;
    let name = line.get(tab + 1..).filter(|name| !name.is_empty()).ok_or(BadLineReason::Name)?;
    let mut entry = ListedEntry::new(name);
    for fact in line.get(..tab).unwrap_or_default().split(|&octet| octet == b',') {
        match fact {
            b"/" => entry.kind = Some(EntryKind::Directory),
            b"r" => entry.kind = Some(EntryKind::File),
            [b's', digits @ ..] => entry.size = Some(size(digits).ok_or(BadLineReason::Size)?),
            [b'm', digits @ ..] => entry.modified = Some(modified(digits).ok_or(BadLineReason::Date)?),
            [b'u', b'p', digits @ ..] => {
                let digits = str::from_utf8(digits).ok();
                entry.permissions = digits.and_then(|digits| u32::from_str_radix(digits, 8).ok());
                if entry.permissions.is_none_or(|bits| bits > 0o7777) {
                    return Err(BadLineReason::Permissions);
                }
            }
            _ => {}
        }
    }
    Ok(entry)
}

/// Seconds since 1970.
fn modified(digits: &[u8]) -> Option<Modified> {
    let time = SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(size(digits)?))?;
    Some(Modified { time, precision: Precision::Second, zone: Zone::Utc })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::listing::tests::{check, check_bad};

    #[test]
    fn lines() {
        check(
            &Eplf,
            &[
                (
                    "+i8388621.48594,m1706691846,r,s310,up644\ta b",
                    "a b",
                    "File|310|20240131090406Z|644|-|-|-|-",
                ),
                ("+m1706691846,/,\t docs ", " docs ", "Directory|-|20240131090406Z|-|-|-|-|-"),
                ("+\ta\tb", "a\tb", "-|-|-|-|-|-|-|-"),
            ],
        );
        check_bad(
            &Eplf,
            &[
                ("i1,r\ta", BadLineReason::Format),
                ("+i1,r a", BadLineReason::Format),
                ("+i1,r\t", BadLineReason::Name),
                ("+r,sx\ta", BadLineReason::Size),
                ("+r,m-5\ta", BadLineReason::Date),
                ("+r,m99999999999999999999\ta", BadLineReason::Date),
                ("+r,up9\ta", BadLineReason::Permissions),
                ("+r,up77777\ta", BadLineReason::Permissions),
            ],
        );
    }
}
