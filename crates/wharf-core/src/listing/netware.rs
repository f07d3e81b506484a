use std::time::SystemTime;

use wharf_storage::EntryKind;

use super::{
    BadLineReason, ListLine, ListParser, ListedEntry,
    columns::{Columns, trim_spaces},
    unix::{find_size, is_heading, name_after},
};

/// Reads the lines of LIST as NetWare sends them: `d [RWCEAFMS] owner 512 Jan 31 2024 name`.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct NetWare;

impl ListParser for NetWare {
    fn parse(&self, line: &[u8], now: SystemTime) -> ListLine {
        let columns = Columns::new(line);
        if is_heading(&columns) {
            return ListLine::Skip;
        }
        entry(&columns, now).into()
    }
}

fn entry(columns: &Columns<'_>, now: SystemTime) -> Result<ListedEntry, BadLineReason> {
    let kind = match columns.word(0) {
        b"-" => EntryKind::File,
        b"d" => EntryKind::Directory,
        _ => return Err(BadLineReason::Format),
    };
    let rights = columns.word(1).strip_prefix(b"[").and_then(|rights| rights.strip_suffix(b"]"));
    if !rights.is_some_and(|rights| rights.iter().all(|octet| b"-SRWCEMFA".contains(octet))) {
        return Err(BadLineReason::Format);
    }
    let size = find_size(columns, 2, Some(kind))?;
    let mut entry = ListedEntry::new(name_after(columns, &size.date)?);
    entry.kind = Some(kind);
    entry.size = size.size;
    entry.modified = Some(size.date.date.resolve(now).ok_or(BadLineReason::Date)?);
    let owner = trim_spaces(columns.span(2..size.first));
    entry.owner = (!owner.is_empty()).then(|| owner.to_vec());
    Ok(entry)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::listing::tests::{check, check_bad};

    #[test]
    fn lines() {
        check(
            &NetWare,
            &[
                (
                    "d [RWCEAFMS] anna                              512 Jan 31  2024 Docs",
                    "Docs",
                    "Directory|512|20240131|-|-|anna|-|-",
                ),
                (
                    "- [R-CEAFMS] anna                            19968 Mar 12 15:20 two words.doc",
                    "two words.doc",
                    "File|19968|202603121520|-|-|anna|-|-",
                ),
                (
                    "d [----AF--]          0                        512 Feb 22 17:32 _ADMIN",
                    "_ADMIN",
                    "Directory|512|202602221732|-|-|0|-|-",
                ),
            ],
        );
        check_bad(
            &NetWare,
            &[
                ("a [-----F--] anna  512 Jan 31  2024 SYS", BadLineReason::Format),
                ("d [letters] anna  512 Jan 31  2024 SYS", BadLineReason::Format),
                ("d RWCEAFMS anna  512 Jan 31  2024 SYS", BadLineReason::Format),
                ("drwxr-xr-x 2 anna staff 512 Jan 31  2024 SYS", BadLineReason::Format),
                ("d [RWCEAFMS] anna  512 Jan 32  2024 SYS", BadLineReason::Date),
                ("d [RWCEAFMS] anna  512 Jan 31  2024", BadLineReason::Name),
            ],
        );
    }
}
