use std::{str, time::SystemTime};

use wharf_storage::EntryKind;

use super::member::is_member_name;
use crate::listing::{BadLineReason, ListLine, ListParser, ListedEntry, columns::Columns};

/// Reads the lines of LIST of a library of load modules: name, size and place in hexadecimal, an alias or none, attributes.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::listing) struct MvsLoadModule;

impl ListParser for MvsLoadModule {
    fn parse(&self, line: &[u8], _now: SystemTime) -> ListLine {
        let columns = Columns::new(line);
        if columns.word(0) == b"Name" && columns.word(1) == b"Size" && columns.word(2) == b"TTR" {
            return ListLine::Heading;
        }
        let size = hexadecimal(columns.word(1)).zip(hexadecimal(columns.word(2)));
        match size {
            Some((size, _)) if is_member_name(columns.word(0)) => {
                let mut entry = ListedEntry::new(columns.word(0));
                entry.kind = Some(EntryKind::File);
                // Of the module in memory; what is transferred is a little more.
                entry.approximate_size = Some(size);
                ListLine::Entry(Box::new(entry))
            }
            _ => ListLine::Bad(BadLineReason::Format),
        }
    }
}

fn hexadecimal(word: &[u8]) -> Option<u64> {
    let digits = (6..=8).contains(&word.len()) && word.iter().all(u8::is_ascii_hexdigit);
    digits.then(|| u64::from_str_radix(str::from_utf8(word).ok()?, 16).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::listing::tests::{check, check_bad, now};

    #[test]
    fn lines() {
        check(
            &MvsLoadModule,
            &[
                (
                    "LOADER    000058   000009          00 FO             RN RU            31    ANY",
                    "LOADER",
                    "File|~88|-|-|-|-|-|-",
                ),
                (
                    "ALIAS01   005F48   000011 LOADER   00 FO             RN RU            31    ANY",
                    "ALIAS01",
                    "File|~24392|-|-|-|-|-|-",
                ),
            ],
        );
        check_bad(
            &MvsLoadModule,
            &[
                ("LOADER    58   000009  00 FO", BadLineReason::Format),
                ("LOADER    00005G   000009  00 FO", BadLineReason::Format),
                ("loader    000058   000009  00 FO", BadLineReason::Format),
                ("LOADER    +00058   000009  00 FO", BadLineReason::Format),
            ],
        );
        let heading = b" Name      Size     TTR   Alias-of AC --------- Attributes --------- Amode Rmode";
        assert_eq!(MvsLoadModule.parse(heading, now()), ListLine::Heading);
    }
}
