//! Listings: entries and bad lines do not depend on how the octets are cut; every line is at most one of them.
#![no_main]

use std::time::{Duration, SystemTime};

use libfuzzer_sys::fuzz_target;
use wharf_core::listing::{BadLine, ListedEntry, ListingParser};

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
    let Some((&size, octets)) = octets.split_first() else { return };
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_780_000_000);
    let lines = octets.split(|&octet| octet == b'\n').count();
    for parser in [ListingParser::list, ListingParser::mlsd] {
        let whole = read(parser(now), octets, octets.len().max(1));
        assert_eq!(whole, read(parser(now), octets, usize::from(size) + 1));
        assert!(whole.len() <= lines);
        for found in whole {
            match found {
                Ok(entry) => {
                    assert!(!entry.name.is_empty() && !entry.name.contains(&b'\n'));
                    assert!(entry.permissions.is_none_or(|bits| bits <= 0o7777));
                }
                Err(bad) => assert!(!bad.to_string().contains(char::is_control)),
            }
        }
    }
});
