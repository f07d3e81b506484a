use super::*;
use crate::{
    listing::tests::{check, check_bad, now},
    timestamp::Timestamp,
};

#[test]
fn kinds() {
    check(
        &Unix,
        &[
            (
                "-rw-r--r--   1 anna     staff         310 Jan 31  2024 a",
                "a",
                "File|310|20240131|644|1|anna|staff|-",
            ),
            (
                "drwxr-xr-x  12 anna     staff        4096 Jan 31  2024 a",
                "a",
                "Directory|4096|20240131|755|12|anna|staff|-",
            ),
            (
                "lrwxrwxrwx   1 anna     staff           6 Jan 31  2024 a",
                "a",
                "Symlink|6|20240131|777|1|anna|staff|-",
            ),
            (
                "prw-r--r--   1 anna     staff           0 Jan 31  2024 a",
                "a",
                "Other|0|20240131|644|1|anna|staff|-",
            ),
            (
                "srwxr-xr-x   1 anna     staff           0 Jan 31  2024 a",
                "a",
                "Other|0|20240131|755|1|anna|staff|-",
            ),
            (
                "brw-rw----   1 root     disk       8,  16 Jan 31  2024 a",
                "a",
                "Other|-|20240131|660|1|root|disk|-",
            ),
            (
                "crw-rw-rw-   1 root     sys          13,2 Jan 31  2024 a",
                "a",
                "Other|-|20240131|666|1|root|sys|-",
            ),
            (
                "mrw-r--r--   1 anna     staff         310 Jan 31  2024 a",
                "a",
                "-|310|20240131|644|1|anna|staff|-",
            ),
        ],
    );
}

#[test]
fn modes() {
    for (mode, permissions) in [
        ("---------", Some(0)),
        ("rwxrwxrwx", Some(0o777)),
        ("rwsr-sr-t", Some(0o7755)),
        ("rwSr-Sr-T", Some(0o7644)),
        ("rw-r-lr--", Some(0o2644)),
        ("rw-r--r--.", Some(0o644)),
        ("rw-r--r--+", Some(0o644)),
        ("rw-r--r--@", Some(0o644)),
        ("rw-r--r--", Some(0o644)),
        ("r-xr-sr-", None),
        ("rwxr-x", None),
    ] {
        let line = format!("-{mode}   1 anna staff 310 Jan 31  2024 a");
        let ListLine::Entry(entry) = Unix.parse(line.as_bytes(), now()) else { panic!("{mode}") };
        assert_eq!((entry.permissions, entry.links), (permissions, Some(1)), "{mode}");
    }
    check(&Unix, &[("drwxrwx---+214 a b 310 Jan 31  2024 a", "a", "Directory|310|20240131|770|214|a|b|-")]);
    for mode in ["-wrxr--r--", "-rwxr--rws", "-rwtr--r--", "-r--r--r-S"] {
        check_bad(&Unix, &[(&format!("{mode}   1 a b 310 Jan 31  2024 a"), BadLineReason::Permissions)]);
    }
    for mode in
        ["-rw-", "?rw-r--r--", "-rw-r--r--x", "-rw-r--r--12", "0rw-r--r--", "-RW-R--R--", "zrw-r--r--"]
    {
        check_bad(&Unix, &[(&format!("{mode}   1 a b 310 Jan 31  2024 a"), BadLineReason::Format)]);
    }
}

#[test]
fn columns_that_are_missing_or_run_together() {
    check(
        &Unix,
        &[
            ("-rw-r--r-- 1 anna 310 Jan 31 2024 a", "a", "File|310|20240131|644|1|anna|-|-"),
            ("-rw-r--r-- 1 7 310 Jan 31 2024 a", "a", "File|310|20240131|644|1|7|-|-"),
            ("drwxrwxr-x       folder        2 Jan 31 2024 a", "a", "Directory|2|20240131|775|-|folder|-|-"),
            ("-rw-r--r-- 310 Jan 31 2024 a", "a", "File|310|20240131|644|-|-|-|-"),
            (
                "-rw-r--r-- 1 anna Tech Staff 310 Jan 31 2024 a",
                "a",
                "File|310|20240131|644|1|anna|Tech Staff|-",
            ),
            (
                "-rw-r--r-- 1 anna lee  Tech Staff  310 Jan 31 2024 a",
                "a",
                "File|310|20240131|644|1|anna lee|Tech Staff|-",
            ),
            (
                "-rw-r--r-- 1 anna     team 12    310 Jan 31 2024 a",
                "a",
                "File|310|20240131|644|1|anna|team 12|-",
            ),
            ("-rw-r--r-- 1 500      500        310 Jan 31 2024 a", "a", "File|310|20240131|644|1|500|500|-"),
            ("-rw-r--r-- 1 1 1 2000 Jan 31 2024 a", "a", "File|2000|20240131|644|1|1|1|-"),
            (
                "-rw-r--r-- 1 anna staff31042424242 Jan 31 2024 a",
                "a",
                "File|31042424242|20240131|644|1|anna|staff|-",
            ),
            ("-rw-r--r-- 1 anna staff 1,310 Jan 31 2024 a", "a", "File|1310|20240131|644|1|anna|staff|-"),
            ("-rw-r--r-- 1 anna staff 1.3k Jan 31 2024 a", "a", "File|~1331|20240131|644|1|anna|staff|-"),
            ("   -rw-r--r-- 1 anna staff 310 Jan 31 2024 a", "a", "File|310|20240131|644|1|anna|staff|-"),
            (
                "-rw-r--r--\t1\tanna\tstaff\t310\tJan\t31\t2024\ta",
                "a",
                "File|310|20240131|644|1|anna|staff|-",
            ),
        ],
    );
}

#[test]
fn dates() {
    for (date, expected) in [
        ("Jan 31  2024", "20240131"),
        ("Jan 31 2024", "20240131"),
        ("Jan  3  1966", "19660103"),
        ("JAN 03 2024", "20240103"),
        ("Jul  4 09:05", "202607040905"),
        ("Jul  4  9:05", "202607040905"),
        ("Jul 04 09:5", "202607040905"),
        ("Dec 24 18:00", "202512241800"),
        ("Aug 16 11:59", "202608161159"),
        ("Aug 16 12:01", "202508161201"),
        ("Feb 29 12:00", "202402291200"),
        ("Feb 29  2000", "20000229"),
        ("Jul  4 09:05:06", "20260704090506"),
        ("Jul  4 09:05:06 2019", "20190704090506"),
        ("3 Jan 2024", "20240103"),
        ("3 Jan 18:00", "202601031800"),
        ("03. März 2024", "20240303"),
        ("3. Juli, 18:00", "202607031800"),
        ("szept 26 18:00", "202509261800"),
        ("6月 3日 2024年", "20240603"),
        ("6월 3일 18:00", "202606031800"),
        ("2024-01-31 18:00", "202401311800"),
        ("2024-01-31 18:00:05", "20240131180005"),
        ("2024-01-31 18:00:05.250000000 +0100", "20240131180005.250"),
        ("2024/01/31 18:00", "202401311800"),
        ("2024.01.31", "20240131"),
        ("2024-01-31 ", "20240131"),
        ("31-01-2024 18:00", "202401311800"),
        ("07-04 09:05", "202607040905"),
        ("07-04 2024", "20240704"),
        ("7 4 09:05", "202607040905"),
    ] {
        let line = format!("-rw-r--r--   1 anna staff 310 {date} a");
        check(&Unix, &[(&line, "a", &format!("File|310|{expected}|644|1|anna|staff|-"))]);
    }
    for date in [
        "Jan 32 2024",
        "Feb 29 2023",
        "Feb 30 12:00",
        "Jan 31 24:00",
        "Jan 31 12:60",
        "2024-13-01 18:00",
        "00-01 2024",
    ] {
        check_bad(&Unix, &[(&format!("-rw-r--r--   1 anna staff 310 {date} a"), BadLineReason::Date)]);
    }
    for date in ["Jam 31 2024", "Jan 31", "Jan 31 204", "31 2024", "yesterday"] {
        check_bad(&Unix, &[(&format!("-rw-r--r--   1 anna staff 310 {date} a"), BadLineReason::Date)]);
    }
    check_bad(
        &Unix,
        &[
            ("-rw-r--r--   1 anna staff 3:10 Jan 31  2024 a", BadLineReason::Date),
            ("-rw-r--r--   anna staff", BadLineReason::Size),
            ("-rw-r--r--   1 anna staff 99999999999999999999 Jan 31  2024 a", BadLineReason::Size),
            ("-rw-r--r--   1 anna staff 310 Jan 31  2024", BadLineReason::Name),
            ("-rw-r--r--   1 anna staff 310 Jan 31  2024 ", BadLineReason::Name),
        ],
    );
}

#[test]
fn a_date_without_year_is_never_ahead() {
    for (now, expected) in [
        ("20250815120000", "202501020000"),
        ("20250101120000", "202501020000"),
        ("20250101000000", "202501020000"),
    ] {
        let now = Timestamp::parse(now.as_bytes()).unwrap().to_system_time();
        let ListLine::Entry(entry) = Unix.parse(b"-rw-r--r-- 1 a b 310 Jan  2 00:00 a", now) else {
            panic!()
        };
        assert_eq!(Timestamp::from(entry.modified.unwrap().time).to_string(), format!("{expected}00"));
    }
}

#[test]
fn names_are_kept_octet_for_octet() {
    for name in [
        "two words",
        "  leading",
        "trailing ",
        "two  spaces   three",
        "12:30 notes 2024",
        "2024 Jan 31 12:00",
        "310 Jan 31  2024 b",
        "-> ",
        "a -> b",
        "\"quoted\" [x] \\ ;",
        "\u{e9}t\u{e9}",
        "\t",
        "...",
    ] {
        for date in ["Jan 31  2024", "Jul  4 09:05", "2024-01-31 18:00", "3 Jan 18:00"] {
            let line = format!("-rw-r--r--   1 anna staff 310 {date} {name}");
            let ListLine::Entry(entry) = Unix.parse(line.as_bytes(), now()) else { panic!("{line}") };
            assert_eq!(entry.name, name.as_bytes(), "{line}");
            assert_eq!((entry.size, entry.link_target), (Some(310), None), "{line}");
        }
    }
    let line = b"-rw-r--r--   1 anna staff 310 Jan 31  2024 \xff\x85\xa0";
    let ListLine::Entry(entry) = Unix.parse(line, now()) else { panic!() };
    assert_eq!(entry.name, b"\xff\x85\xa0");
}

#[test]
fn links_are_cut_at_the_arrow() {
    check(
        &Unix,
        &[
            ("lrwxrwxrwx 1 a b 4 Jan 31 2024 x -> ../y", "x", "Symlink|4|20240131|777|1|a|b|../y"),
            ("lrwxrwxrwx 1 a b 0 Jan 31 2024 x -> y z", "x", "Symlink|0|20240131|777|1|a|b|y z"),
            ("lrwxrwxrwx 1 a b 1 Jan 31 2024 x -> y -> z", "x -> y", "Symlink|1|20240131|777|1|a|b|z"),
            ("lrwxrwxrwx 1 a b 6 Jan 31 2024 x -> y -> z", "x", "Symlink|6|20240131|777|1|a|b|y -> z"),
            ("lrwxrwxrwx 1 a b 9 Jan 31 2024 x -> y -> z", "x", "Symlink|9|20240131|777|1|a|b|y -> z"),
            ("lrwxrwxrwx 1 a b 9 Jan 31 2024 x -> ", "x", "Symlink|9|20240131|777|1|a|b|"),
            ("lrwxrwxrwx 1 a b 9 Jan 31 2024  -> y", " -> y", "Symlink|9|20240131|777|1|a|b|-"),
        ],
    );
}

#[test]
fn a_directory_may_be_shown_with_the_link_to_it() {
    check(
        &Unix,
        &[
            ("drwxr-xr-x 1 a b 4 Jan 31 2024 x y -> z", "x y", "Directory|4|20240131|755|1|a|b|z"),
            ("drwxr-xr-x 1 a b 4 Jan 31 2024 x -> ", "x -> ", "Directory|4|20240131|755|1|a|b|-"),
            ("drwxr-xr-x 1 a b 4 Jan 31 2024  -> x", " -> x", "Directory|4|20240131|755|1|a|b|-"),
        ],
    );
    check_bad(&Unix, &[("drwxr-xr-x 1 a b 4 Jan 31 2024 x -> y -> z", BadLineReason::Name)]);
}

#[test]
fn headings_are_skipped() {
    for line in ["total 8", "total 184467440737095516160", "insgesamt 12", "itogo 4K", "./src:", "", "  "] {
        assert_eq!(Unix.parse(line.as_bytes(), now()), ListLine::Skip, "{line:?}");
    }
    check_bad(
        &Unix,
        &[
            ("total", BadLineReason::Format),
            ("./src", BadLineReason::Format),
            ("total none", BadLineReason::Format),
        ],
    );
}
