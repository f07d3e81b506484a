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

/// What is known of an entry besides its name: kind, size (an approximate one with `~`), date, mode, links, owner, group,
/// target; `-` for unknown.
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
        entry
            .size
            .map(|size| size.to_string())
            .or_else(|| entry.approximate_size.map(|size| format!("~{size}"))),
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
fn all_lines_decide_the_format() {
    let dos = "who knows\r\n01-31-24  09:05AM       <DIR>          docs\r\n-rw-r--r--   1 a b 310 Jan 31  2024 no\r\n\
               01-31-24  09:05AM                  310 a\r\n       1 File(s)            310 bytes\r\n";
    let found = read(ListingParser::list(now()), dos.as_bytes(), 10);
    assert_eq!(names(&found), ["!who knows", "docs", "!-rw-r--r--   1 a b 310 Jan 31  2024 no", "a"]);
    assert_eq!(found[2].as_ref().unwrap_err().reason, BadLineReason::Format);
}

/// One listing for each format, with what is to come of it.
const LISTINGS: &[(ListFormat, &str, &[&str])] = &[
    (ListFormat::Unix, UNIX, &["one", "!who knows what this is", "two ", "three"]),
    (
        ListFormat::Dos,
        "01-05-24  09:05AM       <DIR>          docs\r\n01-06-24  09:05AM    31 31-12-24  09:05AM 1 a\r\n",
        &["docs", "31-12-24  09:05AM 1 a"],
    ),
    (
        ListFormat::Vms,
        "\r\nDirectory DISK:[ANNA]\r\n\r\nA.TXT;3  1/3   2-JAN-2024 07:32:04  [ANNA]  (RWED,,,)\r\n\
         A.TXT;2  1/3   1-JAN-2024 07:32:04  [ANNA]  (RWED,,,)\r\nA_LONG_NAME.TXT;1\r\n   1/3  1-JAN-2024\r\n\
         LOST.TXT;1\r\nSECRET.TXT;1   %RMS-E-PRV, insufficient privilege\r\nOPEN.TXT;1\r\n\
         \r\nTotal of 5 files, 5/15 blocks.\r\n",
        &[
            "A.TXT",
            "A.TXT;2",
            "A_LONG_NAME.TXT",
            "!LOST.TXT;1",
            "!SECRET.TXT;1   %RMS-E-PRV, insufficient privilege",
            "!OPEN.TXT;1",
        ],
    ),
    (
        ListFormat::Mvs,
        "Volume Unit    Referred Ext Used Recfm Lrecl BlkSz Dsorg Dsname\r\nMigrated     OLD\r\n\
         WORK01 3390   2024/01/31  1    1  FB     128  6144  PO    LIB\r\n",
        &["OLD", "LIB"],
    ),
    (
        ListFormat::MvsMember,
        " Name     VV.MM   Created       Changed      Size  Init   Mod   Id\r\nBARE\r\n\
         NOTES     01.03 2023/09/12 2024/01/31 09:37    11    11     0 ANNA\r\n",
        &["BARE", "NOTES"],
    ),
    (
        ListFormat::MvsLoadModule,
        " Name      Size     TTR   Alias-of AC --------- Attributes --------- Amode Rmode\r\n\
         LOADER    000058   000009          00 FO             RN RU            31    ANY\r\n",
        &["LOADER"],
    ),
    (
        ListFormat::MvsJob,
        "ANNA2    JOB01906 ANNA     OUTPUT A        RC=0000 3 spool files\r\n",
        &["JOB01906"],
    ),
    (
        ListFormat::As400,
        "ANNA  1 24/01/31 18:58:16 *STMF a\r\nANNA   *MEM       A.FILE/B.MBR\r\n",
        &["a", "A.FILE/B.MBR"],
    ),
    (ListFormat::NetWare, "total 0\r\nd [RWCEAFMS] anna           512 Jan 31  2024 Docs\r\n", &["Docs"]),
    (ListFormat::Os2, "     0           DIR   01-31-97   12:32  docs\r\n", &["docs"]),
    (
        ListFormat::NonStop,
        "File         Code             EOF  Last Modification    Owner  RWEP\r\n\
         NOTES        101              528 31-Jan-24 14:21:18 255,255 \"nunu\"\r\n",
        &["NOTES"],
    ),
    (
        ListFormat::ConnectEnterprise,
        "-C--E-----FTP B ANNA01      18128       41 Jul  4 09:05 ORDERS\r\n",
        &["ORDERS"],
    ),
    (ListFormat::Eplf, "+i8388621.48594,m1706691846,r,s310,\ta b\r\n", &["a b"]),
    (
        ListFormat::ZVm,
        "PROFILE  EXEC     V         31         17          1 2024-01-31 15:18:28 ANNA\r\n",
        &["PROFILE.EXEC"],
    ),
];

#[test]
fn each_format_is_found_by_its_lines() {
    assert_eq!(LISTINGS.iter().map(|(format, ..)| *format).collect::<Vec<_>>(), ListFormat::ALL);
    for (format, listing, expected) in LISTINGS {
        for parser in [
            ListingParser::list(now()),
            ListingParser::list_as(*format, now()),
            ListingParser::list(now()).preferring(&[ListFormat::Vms, ListFormat::Dos]),
        ] {
            let mut parser = parser;
            parser.push(listing.as_bytes());
            let mut found: Vec<_> = std::iter::from_fn(|| parser.next_entry()).collect();
            parser.finish();
            found.extend(std::iter::from_fn(|| parser.next_entry()));
            assert_eq!(names(&found), *expected, "{format}");
            assert_eq!(parser.format(), Some(*format));
        }
        for size in [1, 7, 1000] {
            assert_eq!(names(&read(ListingParser::list(now()), listing.as_bytes(), size)), *expected);
        }
    }
}

#[test]
fn a_format_can_be_forced() {
    for (format, listing, _) in LISTINGS {
        let other = if *format == ListFormat::Eplf { ListFormat::Unix } else { ListFormat::Eplf };
        let found = read(ListingParser::list_as(other, now()), listing.as_bytes(), 100);
        assert!(found.iter().all(Result::is_err), "{format} as {other}: {:?}", names(&found));
    }
}

#[test]
fn the_order_of_dates_is_that_of_the_whole_listing() {
    let dates = |listing: &str| {
        let found = read(ListingParser::list(now()), listing.as_bytes(), 100);
        let date = |found: &Result<ListedEntry, BadLine>| match found {
            Ok(entry) => {
                Timestamp::from(entry.modified.unwrap().time).to_string().get(..8).unwrap().to_owned()
            }
            Err(_) => "bad".to_owned(),
        };
        found.iter().map(date).collect::<Vec<_>>().join(" ")
    };
    let as400 = |dates: &[&str]| {
        dates.iter().map(|date| format!("ANNA  1 {date} 18:58:16 *STMF a\r\n")).collect::<String>()
    };
    // One date that is possible in one order only tells that of the others.
    assert_eq!(dates(&as400(&["04/05/22", "31/01/22"])), "20220504 20220131");
    assert_eq!(dates(&as400(&["04/05/22", "01/31/22"])), "20220405 20220131");
    assert_eq!(dates(&as400(&["04/05/22", "99/01/31"])), "20040522 19990131");
    // Files are not from the future.
    assert_eq!(dates(&as400(&["04/05/22", "28/01/22"])), "20220504 20220128");
    // Files of one year, and of one month.
    assert_eq!(dates(&as400(&["22/04/05", "22/04/09"])), "20220405 20220409");
    assert_eq!(dates(&as400(&["04/05/22", "04/09/22"])), "20220405 20220409");
    // Nothing tells.
    assert_eq!(dates(&as400(&["04/05/06"])), "20040506");
    let dos =
        |dates: &[&str]| dates.iter().map(|date| format!("{date}  09:05AM  310 a\r\n")).collect::<String>();
    assert_eq!(dates(&dos(&["04-05-22", "01-31-22"])), "20220405 20220131");
    assert_eq!(dates(&dos(&["31-01-22", "04-05-22"])), "20220131 20220504");
    assert_eq!(dates(&dos(&["01-31-22", "31-01-22", "02-28-22"])), "20220131 bad 20220228");
    assert_eq!(dates(&dos(&["04-05-22"])), "20220405");
}

#[test]
fn entries_come_before_the_end_of_a_long_listing() {
    let mut parser = ListingParser::list(now());
    let line = "-rw-r--r--   1 a b  310 Jan 31  2024 one\r\n";
    parser.push(line.repeat(3).as_bytes());
    assert_eq!((parser.next_entry(), parser.format()), (None, None));
    parser.push(line.as_bytes());
    assert_eq!(std::iter::from_fn(|| parser.next_entry()).count(), 4);
    assert_eq!(parser.format(), Some(ListFormat::Unix));
    parser.push(line.as_bytes());
    assert!(parser.next_entry().is_some());

    // Nothing tells month from day, and yet the entries come.
    let mut parser = ListingParser::list(now());
    parser.push("04-05-22  09:05AM  310 a\r\n".repeat(63).as_bytes());
    assert_eq!((parser.next_entry(), parser.format()), (None, None));
    parser.push(b"04-05-22  09:05AM  310 a\r\n");
    assert_eq!(std::iter::from_fn(|| parser.next_entry()).count(), 64);

    // What nobody understands is told, and what comes behind it is understood.
    let mut parser = ListingParser::list(now());
    parser.push("who knows\r\n".repeat(64).as_bytes());
    assert_eq!(std::iter::from_fn(|| parser.next_entry()).filter(Result::is_err).count(), 64);
    parser.push([&b"x".repeat(10_000)[..], b"\r\n"].concat().repeat(7).as_slice());
    assert_eq!(std::iter::from_fn(|| parser.next_entry()).filter(Result::is_err).count(), 7);
    parser.push(line.repeat(4).as_bytes());
    assert_eq!(std::iter::from_fn(|| parser.next_entry()).filter(Result::is_ok).count(), 4);
}

#[test]
fn a_stray_lf_is_an_octet_of_a_name() {
    let line = |name: &str| format!("-rw-r--r--   1 a b  310 Jan 31  2024 {name}");
    let crlf = [line("one"), line("tw\n  o\n.txt"), line("three\n"), line("four")].join("\r\n");
    for size in [1, 7, 1000] {
        let found = read(ListingParser::list(now()), crlf.as_bytes(), size);
        assert_eq!(names(&found), ["one", "tw\n  o\n.txt", "three", "four"]);
    }
    // Where it has ended a line before, it ends lines.
    let mixed = [line("one"), line("two\n") + &line("three\nnot a line"), line("four")].join("\r\n");
    let found = read(ListingParser::list(now()), mixed.as_bytes(), 100);
    assert_eq!(names(&found), ["one", "two", "three", "!not a line", "four"]);
    let lf = [line("one"), line("two"), "not a line".to_owned()].join("\n");
    assert_eq!(names(&read(ListingParser::list(now()), lf.as_bytes(), 100)), ["one", "two", "!not a line"]);
    let mlsd = "type=dir; a\r\ntype=file; b\nc\r\n";
    assert_eq!(names(&read(ListingParser::mlsd(now()), mlsd.as_bytes(), 100)), ["a", "b\nc"]);
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
    assert_eq!(last, ["-rw-r--r--   1 a b 310 Jan 31  2024 a", "b"]);
    let one = "-rw-r--r--   1 a b 310 Jan 31  2024 a|\r\n";
    let [first, last] = parsers().map(|parser| names(&read(parser, one.as_bytes(), 100)));
    assert_eq!(first, ["-rw-r--r--   1 a b 310 Jan 31  2024 a"]);
    assert_eq!(last, ["a|"]);
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
        lines in prop::collection::vec("(-rw-r--r-- 1 a b|d|total|type=dir;|A.B;1|X 24/01/02|[dx] \\[R\\])? ?([0-9]{1,3})? ?(Jan|02-30|2-JAN-24|<DIR>|1:2|\\*DIR)? ?[ -~]{0,9}(\r?\n)?", 0..80),
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
                    Ok(entry) => prop_assert!(!entry.name.is_empty()),
                    Err(bad) => prop_assert!(!bad.to_string().contains(char::is_control)),
                }
            }
        }
    }
}
