use super::*;
use crate::{
    fact::{FactSet, Perm},
    timestamp::Timestamp,
};
use proptest::prelude::*;
use wharf_storage::{Entry, Metadata};

pub(super) fn moment(text: &str) -> SystemTime {
    Timestamp::parse(text.as_bytes()).unwrap().to_system_time()
}

/// 2026-08-15, noon.
pub(super) fn now() -> SystemTime {
    moment("20260815120000")
}

/// What is known of an entry besides its name: kind, size, date, mode, links, owner, group, target; `-` for unknown.
pub(super) fn known(entry: &ListedEntry) -> String {
    let text = |octets: &Option<Vec<u8>>| octets.as_ref().map(|text| text.escape_ascii().to_string());
    let date = entry.modified.map(|modified| {
        let len = match modified.precision {
            Precision::Day => 8,
            Precision::Minute => 12,
            Precision::Second => 14,
            Precision::Fraction => 18,
        };
        let zone = if modified.zone == Zone::Utc { "Z" } else { "" };
        let digits: String = Timestamp::new(modified.time, 3).to_string().chars().take(len).collect();
        digits + zone
    });
    let columns = [
        entry.kind.map(|kind| format!("{kind:?}")),
        entry.size.map(|size| size.to_string()),
        date,
        entry.permissions.map(|bits| format!("{bits:o}")),
        entry.links.map(|links| links.to_string()),
        text(&entry.owner),
        text(&entry.group),
        text(&entry.link_target),
    ];
    columns.map(|column| column.unwrap_or_else(|| "-".to_owned())).join("|")
}

/// Each case is a line, the name in it, and what else is [`known`].
pub(super) fn check(parser: &dyn ListParser, cases: &[(&str, &str, &str)]) {
    for (line, name, expected) in cases {
        match parser.parse(line.as_bytes(), now()) {
            ListLine::Entry(entry) => {
                let name = name.as_bytes().escape_ascii().to_string();
                let found = (entry.name.escape_ascii().to_string(), known(&entry));
                assert_eq!(found, (name, (*expected).to_owned()), "{line:?}");
            }
            other => panic!("{line:?} gave {other:?}"),
        }
    }
}

pub(super) fn check_bad(parser: &dyn ListParser, cases: &[(&str, BadLineReason)]) {
    for (line, reason) in cases {
        assert_eq!(parser.parse(line.as_bytes(), now()), ListLine::Bad(*reason), "{line:?}");
    }
}

/// The entries and bad lines of a listing that comes in segments of `size` octets.
fn read(mut parser: ListingParser, octets: &[u8], size: usize) -> Vec<Result<ListedEntry, BadLine>> {
    let mut found = Vec::new();
    for segment in octets.chunks(size) {
        parser.push(segment);
        found.extend(std::iter::from_fn(|| parser.next_entry()));
        assert!(parser.buffer.len() <= ListingParser::MAX_LINE_LEN + 1 + size);
    }
    parser.finish();
    found.extend(std::iter::from_fn(|| parser.next_entry()));
    assert_eq!(parser.buffer.capacity(), 0);
    found
}

/// Names, and bad lines with a `!` before them.
fn names(found: &[Result<ListedEntry, BadLine>]) -> Vec<String> {
    let name = |found: &Result<ListedEntry, BadLine>| match found {
        Ok(entry) => String::from_utf8_lossy(&entry.name).into_owned(),
        Err(bad) => format!("!{}", String::from_utf8_lossy(&bad.line)),
    };
    found.iter().map(name).collect()
}

const UNIX: &str = "total 16\r\n\
    drwxr-xr-x   2 a b 4096 Jan 31  2024 .\r\n\
    drwxr-xr-x   2 a b 4096 Jan 31  2024 ..\r\n\
    \r\n\
    -rw-r--r--   1 a b  310 Jan 31  2024 one\r\n\
    who knows what this is\r\n\
    -rw-r--r--   1 a b  310 Jan 31  2024 two \n\
    -rw-r--r--   1 a b  310 Jan 31  2024 three";

#[test]
fn one_bad_line_is_one_bad_entry() {
    for size in [1, 7, 1000] {
        let found = read(ListingParser::list(now()), UNIX.as_bytes(), size);
        assert_eq!(names(&found), ["one", "!who knows what this is", "two ", "three"]);
    }
    let nothing = read(ListingParser::list(now()), b"", 1);
    assert!(nothing.is_empty());
    assert_eq!(names(&read(ListingParser::list(now()), b"ftpd: .: Permission denied\r\n", 100)).len(), 1);
}

#[test]
fn the_first_entry_decides_the_format() {
    let dos = "who knows\r\n01-31-24  09:05AM       <DIR>          docs\r\n-rw-r--r--   1 a b 310 Jan 31  2024 no\r\n\
               01-31-24  09:05AM                  310 a\r\n       1 File(s)            310 bytes\r\n";
    let found = read(ListingParser::list(now()), dos.as_bytes(), 10);
    assert_eq!(names(&found), ["!who knows", "docs", "!-rw-r--r--   1 a b 310 Jan 31  2024 no", "a"]);
    assert_eq!(found[2].as_ref().unwrap_err().reason, BadLineReason::Format);
}

#[test]
fn mlsd_leaves_out_the_directory_itself() {
    let mlsd = "type=cdir;modify=20240131090500; .\r\nType=PDIR; /a/b\r\ntype=dir; ..\r\ntype=dir; c\r\n\r\n \r\n  \r\nx\r\n";
    let found = read(ListingParser::mlsd(now()), mlsd.as_bytes(), 100);
    assert_eq!(names(&found), ["c", " ", "!x"]);
}

/// A format of one's own: `name` and a bar.
#[derive(Debug)]
struct Bars;

impl ListParser for Bars {
    fn parse(&self, line: &[u8], _now: SystemTime) -> ListLine {
        match line.strip_suffix(b"|") {
            Some(name) => ListLine::Entry(Box::new(ListedEntry::new(name))),
            None => ListLine::Bad(BadLineReason::Name),
        }
    }
}

#[test]
fn other_formats_can_be_added() {
    let parsers = || {
        [
            ListingParser::list(now()).with_first(Arc::new(Bars)),
            ListingParser::list(now()).with_last(Arc::new(Bars)),
        ]
    };
    let both = "-rw-r--r--   1 a b 310 Jan 31  2024 a|\r\nb|\r\n";
    let [first, last] = parsers().map(|parser| names(&read(parser, both.as_bytes(), 100)));
    assert_eq!(first, ["-rw-r--r--   1 a b 310 Jan 31  2024 a", "b"]);
    assert_eq!(last, ["a|", "!b|"]);
    for parser in parsers() {
        assert_eq!(names(&read(parser, b"a|\r\nb|", 100)), ["a", "b"]);
    }
}

#[test]
fn an_endless_line_is_bounded() {
    let mut octets = b"x".repeat(10 * ListingParser::MAX_LINE_LEN);
    octets.extend_from_slice(b"\r\n-rw-r--r--   1 a b  310 Jan 31  2024 a\r\n");
    for size in [100, 1 << 20] {
        let found = read(ListingParser::list(now()), &octets, size);
        assert_eq!(found.len(), 2);
        let bad = found[0].as_ref().unwrap_err();
        assert_eq!((bad.reason, bad.line.len()), (BadLineReason::TooLong, ListingParser::MAX_BAD_LINE_LEN));
        assert_eq!(names(&found)[1], "a");
    }
}

#[test]
fn a_bad_line_is_shown_without_control_characters() {
    let bad = BadLine::new(b"\x1b[2J\xe9", BadLineReason::Format);
    assert_eq!(bad.to_string(), r#"cannot read the listing line "\u{1b}[2J\xe9": unknown format"#);
}

#[test]
fn knows_safe_names() {
    for name in ["a", " ", "a b", "...", ".a", "a\\b", "\n", "-rf"] {
        assert!(is_safe_name(name.as_bytes()), "{name:?}");
    }
    for name in ["", ".", "..", "/", "/etc", "a/b", "../a", "a/", "a\0", &"a".repeat(256)] {
        assert!(!is_safe_name(name.as_bytes()), "{name:?}");
    }
}

fn any_name() -> impl Strategy<Value = Vec<u8>> {
    let octet = any::<u8>().prop_filter("no line octet", |octet| !b"\r\n\0".contains(octet));
    prop::collection::vec(octet, 1..60)
        .prop_filter("not the directory itself", |name| name != b"." && name != b"..")
}

fn any_metadata() -> impl Strategy<Value = Metadata> {
    let kind = prop_oneof![Just(EntryKind::File), Just(EntryKind::Directory), Just(EntryKind::Other)];
    (kind, any::<u64>(), 0u64..3_000_000_000, 0u32..0o10000, any::<Option<(u32, u32)>>()).prop_map(
        |(kind, size, seconds, permissions, owner)| {
            let mut metadata = Metadata::new(kind, size);
            metadata.modified = Some(SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(seconds));
            metadata.permissions = Some(permissions);
            metadata.owner = owner;
            metadata
        },
    )
}

proptest! {
    #[test]
    fn what_is_listed_is_read(name in any_name(), metadata in any_metadata()) {
        let mut line = Vec::new();
        let entry = Entry::new(name.clone(), metadata.clone());
        format::list_line(&entry, now(), &mut line);
        let found = read(ListingParser::list(now()), &line, 50);
        let [Ok(listed)] = &found[..] else { return Err(TestCaseError::fail(format!("{found:?}"))) };
        prop_assert_eq!(&listed.name, &name);
        prop_assert_eq!(listed.kind, Some(metadata.kind));
        prop_assert_eq!(listed.size, Some(metadata.size));
        prop_assert_eq!(listed.permissions, metadata.permissions);
        let (time, modified) = (metadata.modified.unwrap(), listed.modified.unwrap());
        let unit = if modified.precision == Precision::Day { 86400 } else { 60 };
        prop_assert!(modified.time <= time && time < modified.time + std::time::Duration::from_secs(unit));

        line.clear();
        format::mlsd_line(&entry, FactSet::all(), Perm::empty(), &mut line);
        let found = read(ListingParser::mlsd(now()), &line, 50);
        let [Ok(listed)] = &found[..] else { return Err(TestCaseError::fail(format!("{found:?}"))) };
        prop_assert_eq!(&listed.name, &name);
        prop_assert_eq!(listed.kind, Some(metadata.kind));
        prop_assert_eq!(listed.modified.map(|modified| modified.time), metadata.modified);
        prop_assert_eq!(listed.permissions, metadata.permissions);
    }

    #[test]
    fn listings_do_not_depend_on_how_they_are_cut(
        lines in prop::collection::vec("(-rw-r--r-- 1 a b|d|total|type=dir;)? ?([0-9]{1,3})? ?(Jan|02-30|<DIR>|1:2)? ?[ -~]{0,9}(\r?\n)?", 0..20),
        size in 1usize..40,
    ) {
        let octets = lines.concat().into_bytes();
        for parser in [ListingParser::list, ListingParser::mlsd] {
            let whole = read(parser(now()), &octets, octets.len().max(1));
            prop_assert_eq!(&whole, &read(parser(now()), &octets, size));
            for entry in whole.into_iter().flatten() {
                prop_assert!(!entry.name.is_empty());
            }
        }
    }

    #[test]
    fn any_octets_are_entries_or_bad_lines(octets: Vec<u8>) {
        for parser in [ListingParser::list, ListingParser::mlsd] {
            for found in read(parser(now()), &octets, 7) {
                match found {
                    Ok(entry) => prop_assert!(!entry.name.contains(&b'\n')),
                    Err(bad) => prop_assert!(!bad.to_string().contains(char::is_control)),
                }
            }
        }
    }
}
