//! Listings: entries and bad lines do not depend on how the octets are cut; every line is at most one of them, in the format
//! that the lines choose and in each other.
#![no_main]

use std::time::{Duration, SystemTime};

use libfuzzer_sys::fuzz_target;
use wharf_core::listing::{BadLine, ListFormat, ListedEntry, ListingParser};

fn read(mut parser: ListingParser, octets: &[u8], size: usize) -> Vec<Result<ListedEntry, BadLine>> {
    let mut found = Vec::new();
    for segment in octets.chunks(size) {
        parser.push(segment);
        found.extend(std::iter::from_fn(|| parser.next_entry()));
    }
    parser.finish();
    found.extend(std::iter::from_fn(|| parser.next_entry()));
    found
}

fuzz_target!(|octets: &[u8]| {
    let Some((&[size, format], octets)) = octets.split_first_chunk() else { return };
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_780_000_000);
    let lines = octets.split(|&octet| octet == b'\n').count();
    let chosen = ListFormat::ALL[usize::from(format) % ListFormat::ALL.len()];
    let forced = |now| ListingParser::list_as(chosen, now);
    let hinted = |now| ListingParser::list(now).preferring(&[chosen]);
    let parsers: [&dyn Fn(SystemTime) -> ListingParser; 4] =
        [&ListingParser::list, &ListingParser::mlsd, &forced, &hinted];
    for parser in parsers {
        let whole = read(parser(now), octets, octets.len().max(1));
        assert_eq!(whole, read(parser(now), octets, usize::from(size) + 1));
        assert!(whole.len() <= lines);
        for found in whole {
            match found {
                Ok(entry) => {
                    assert!(!entry.name.is_empty());
                    // A LF is an octet of a name only where lines end with CR LF.
                    assert!(!entry.name.contains(&b'\n') || octets.contains(&b'\r'));
                    assert!(entry.permissions.is_none_or(|bits| bits <= 0o7777));
                }
                Err(bad) => assert!(!bad.to_string().contains(char::is_control)),
            }
        }
    }
});
