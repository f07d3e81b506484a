use std::time::SystemTime;

use wharf_storage::EntryKind;

use super::{
    BadLineReason, ListLine, ListParser, ListedEntry,
    columns::Columns,
    unix::{find_size, name_after},
};

/// Reads the lines of LIST as Sterling's Connect:Enterprise sends them: ten flags and a protocol in one word, a letter,
/// the mailbox, the batch, size, date, name.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct ConnectEnterprise;

impl ListParser for ConnectEnterprise {
    fn parse(&self, line: &[u8], now: SystemTime) -> ListLine {
        entry(&Columns::new(line), now).into()
    }
}

fn entry(columns: &Columns<'_>, now: SystemTime) -> Result<ListedEntry, BadLineReason> {
    let is_flagged = columns.word(0).split_at_checked(10).is_some_and(|(flags, protocol)| {
        flags.starts_with(b"-")
            && flags.iter().all(|octet| *octet == b'-' || octet.is_ascii_uppercase())
            && protocol.len() == 3
            && protocol.iter().all(u8::is_ascii_uppercase)
    });
    if !is_flagged || columns.word(1).len() != 1 {
        return Err(BadLineReason::Format);
    }
    let size = find_size(columns, 4, Some(EntryKind::File))?;
    let mut entry = ListedEntry::new(name_after(columns, &size.date)?);
    entry.kind = Some(EntryKind::File);
    entry.size = size.size;
    entry.modified = Some(size.date.date.resolve(now).ok_or(BadLineReason::Date)?);
    entry.owner = Some(columns.word(2).to_vec());
    Ok(entry)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::listing::tests::{check, check_bad};

    #[test]
    fn lines() {
        check(
            &ConnectEnterprise,
            &[
                (
                    "-C--E-----FTP B ANNA01      18128       41 Jul  4 09:05 ORDERS",
                    "ORDERS",
                    "File|41|202607040905|-|-|ANNA01|-|-",
                ),
                (
                    "-CR-------TCP A ANNA01      18128       5000000000 Jan 31 2024 TWO WORDS",
                    "TWO WORDS",
                    "File|5000000000|20240131|-|-|ANNA01|-|-",
                ),
            ],
        );
        check_bad(
            &ConnectEnterprise,
            &[
                ("-rw-r--r-- 1 a b 310 Jan 31 2024 a", BadLineReason::Format),
                ("-C--E-----ftp B ANNA01 18128 41 Jan 31 2024 a", BadLineReason::Format),
                ("-C--E-----FTP ANNA01 18128 41 Jan 31 2024 a", BadLineReason::Format),
                ("-C--E-----FTP B ANNA01 18128 x Jan 31 2024 a", BadLineReason::Date),
                ("-C--E-----FTP B ANNA01 18128", BadLineReason::Size),
            ],
        );
    }
}
