//! Reads a collection of lines of LIST and MLSD, and prints how many of each format come out as its rows expect.
//!
//! ```console
//! $ cargo run -p wharf-core --example listing_corpus -- listings.tsv
//! ```
//!
//! The table has tabs between its columns and a row of their names: `id`, `source`, `format`, `raw` (the line, or lines, with
//! `\t`, `\r`, `\n`, `\\` and `\xNN` as in Rust), `expect` (`entry`, `skip` or `reject`), `name`, `size`, `type`, `mtime`
//! (`2026-01-31`, `2026-01-31T12:00` and so on; `????` for a year that is to be guessed), `link_target`, `basis` (`asserted`
//! and others) and `note`, which may say `now=2026-01-31T12:00Z` or `resolved at` it. What is empty is not compared.
//!
//! Rows of one source and format that follow each other are one listing, or one for each order of day, month and year that
//! their numeric dates have by what is expected of them: a server sends one order.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "it is a program")]

use std::{collections::BTreeMap, env, fs, process::ExitCode, time::SystemTime};

use wharf_core::{
    listing::{ListedEntry, ListingParser},
    storage::EntryKind,
    timestamp::Timestamp,
};

/// A row, by the names of its columns.
type Row = BTreeMap<String, String>;

/// What rows came to: all, those that are right, and the same of those that their source asserts.
#[derive(Clone, Copy, Default)]
struct Sum {
    rows: usize,
    right: usize,
    asserted: usize,
    asserted_right: usize,
}

fn main() -> ExitCode {
    let Some(file) = env::args_os().nth(1) else {
        eprintln!("which table?");
        return ExitCode::from(2);
    };
    let table = match fs::read_to_string(&file) {
        Ok(table) => table,
        Err(error) => {
            eprintln!("{}: {error}", file.display());
            return ExitCode::FAILURE;
        }
    };
    let rows = rows(&table);
    let (mut sums, mut all) = (BTreeMap::<&str, Sum>::new(), Sum::default());
    let listings = listings(&rows);
    for listing in &listings {
        for (row, wrong) in listing.iter().zip(read(listing)) {
            if let Some(wrong) = &wrong {
                println!("{} {}: {wrong}", get(row, "id"), get(row, "format"));
            }
            let asserted = get(row, "basis").starts_with("asserted");
            for sum in [sums.entry(get(row, "format")).or_default(), &mut all] {
                sum.rows += 1;
                sum.right += usize::from(wrong.is_none());
                sum.asserted += usize::from(asserted);
                sum.asserted_right += usize::from(asserted && wrong.is_none());
            }
        }
    }
    println!("\n| format | rows | right | asserted | right |\n|---|---|---|---|---|");
    for (format, Sum { rows, right, asserted, asserted_right }) in sums.into_iter().chain([("all", all)]) {
        println!("| {format} | {rows} | {right} | {asserted} | {asserted_right} |");
    }
    ExitCode::SUCCESS
}

fn rows(table: &str) -> Vec<Row> {
    let mut lines = table.lines();
    let names: Vec<&str> = lines.next().unwrap_or_default().split('\t').collect();
    let row = |line: &str| {
        names.iter().zip(line.split('\t')).map(|(name, cell)| ((*name).to_owned(), cell.to_owned())).collect()
    };
    lines.map(row).collect()
}

fn get<'r>(row: &'r Row, column: &str) -> &'r str {
    row.get(column).map_or("", String::as_str)
}

/// The rows, as servers would send them.
fn listings(rows: &[Row]) -> Vec<Vec<Row>> {
    let is_one = |a: &Row, b: &Row| ["source", "format"].iter().all(|key| a.get(*key) == b.get(*key));
    let mut listings = Vec::new();
    for rows in rows.chunk_by(is_one) {
        let mut by_order = BTreeMap::<_, Vec<Row>>::new();
        let mut order = rows.iter().find_map(date_order);
        for row in rows {
            // What tells no order stands where the row before it does.
            order = date_order(row).or(order);
            by_order.entry(order).or_default().push(row.clone());
        }
        listings.extend(by_order.into_values());
    }
    listings
}

/// In which order a numeric date of a row has its parts, where only one leads to what is expected.
fn date_order(row: &Row) -> Option<&'static str> {
    let (year, month, day) = match get(row, "mtime").get(2..10)?.split('-').collect::<Vec<_>>()[..] {
        [year, month, day] => (year, month, day),
        _ => return None,
    };
    let orders = [("ymd", [year, month, day]), ("mdy", [month, day, year]), ("dmy", [day, month, year])];
    get(row, "raw").split_ascii_whitespace().find_map(|word| {
        let parts: Vec<&str> = word.split(['/', '.', '-']).collect();
        let mut fit = orders.iter().filter(|(_, order)| parts == order);
        match (fit.next(), fit.next()) {
            (Some((name, _)), None) => Some(*name),
            _ => None,
        }
    })
}

/// What is wrong with each row of a listing, if anything is.
fn read(listing: &[Row]) -> Vec<Option<String>> {
    let now =
        listing.iter().find_map(|row| now(get(row, "note"))).unwrap_or_else(|| time("2026-08-15T12:00"));
    let begin = || match listing.first().is_some_and(|row| get(row, "format") == "mlsd") {
        true => ListingParser::mlsd(now),
        false => ListingParser::list(now),
    };
    let read = |mut parser: ListingParser, rows: &[Row]| {
        rows.iter().for_each(|row| parser.push(&line(row)));
        parser.finish();
        let entries: Vec<_> = std::iter::from_fn(|| parser.next_entry()).collect();
        (entries, parser.format())
    };
    // The lines choose the format together; then it is seen how many entries each of them adds.
    let (whole, format) = read(begin(), listing);
    let begin_again = || format.map_or_else(begin, |format| ListingParser::list_as(format, now));
    let mut whole = whole.into_iter();
    let mut known = 0;
    let judged = listing.iter().enumerate().map(|(at, row)| {
        let count = read(begin_again(), listing.get(..=at).unwrap_or_default()).0.len();
        let new: Vec<_> = whole.by_ref().take(count.saturating_sub(known)).collect();
        known = count;
        let entries: Vec<_> = new.iter().flatten().collect();
        match (get(row, "expect"), &entries[..]) {
            ("entry", [entry]) => difference(row, entry),
            // What stands for the directory itself is read, and left out.
            ("entry", []) if is_left_out(row) && new.is_empty() => None,
            ("entry", _) => Some(format!("{new:?}")),
            (_, []) => None,
            (expected, _) => Some(format!("{expected}, and here {entries:?}")),
        }
    });
    judged.collect()
}

fn is_left_out(row: &Row) -> bool {
    matches!(get(row, "name"), "." | "..") || matches!(get(row, "type"), "cdir" | "pdir")
}

/// The line as it came.
fn line(row: &Row) -> Vec<u8> {
    let raw = unescape(get(row, "raw"));
    let mut line = match get(row, "format") {
        // A date by itself.
        "unix-yearguess" => [b"-rw-r--r--   1 a b 1 ", &raw[..], b" name"].concat(),
        _ => raw,
    };
    line.extend_from_slice(b"\r\n");
    line
}

/// What comes out otherwise than the row expects.
fn difference(row: &Row, entry: &ListedEntry) -> Option<String> {
    let kind = match entry.kind {
        Some(EntryKind::File) => "file",
        Some(EntryKind::Directory) => "dir",
        Some(EntryKind::Symlink) => "symlink",
        Some(_) => "other",
        None => "unknown",
    };
    let size = entry.size.or(entry.approximate_size).map(|size| size.to_string());
    let modified = entry.modified.map(|modified| written(modified.time));
    let name = unescape(get(row, "name"));
    let expected = |column| Some(get(row, column)).filter(|cell| !cell.is_empty());
    let differs = |expected: &str, found: &str| match expected.strip_prefix("????") {
        Some(rest) => found.get(4..4 + rest.len()) != Some(rest),
        None => found.get(..expected.len()) != Some(expected),
    };
    // Of several versions of a file all but the newest have theirs behind the name (OpenVMS).
    let version = entry.version.map(|version| format!(";{version}")).unwrap_or_default();
    let bare = entry.name.strip_suffix(version.as_bytes()).unwrap_or(&entry.name);
    let wrong = (!name.is_empty() && entry.name != name && bare != name)
        || expected("type").is_some_and(|expected| expected != kind && expected != "unknown")
        || expected("size").is_some_and(|expected| Some(expected) != size.as_deref())
        || expected("mtime")
            .is_some_and(|expected| modified.as_ref().is_none_or(|found| differs(expected, found)))
        || expected("link_target").is_some_and(|target| entry.link_target != Some(unescape(target)));
    wrong.then(|| {
        let columns = ["name", "size", "type", "mtime", "link_target"].map(|column| get(row, column));
        let link = entry.link_target.as_ref().map(|target| target.escape_ascii().to_string());
        let name = entry.name.escape_ascii();
        format!("{columns:?}, and here {name} {size:?} {kind} {modified:?} {link:?}")
    })
}

/// `2026-01-31T12:00:00.000`
fn written(time: SystemTime) -> String {
    let digits = Timestamp::new(time, 3).to_string();
    let part = |from, to| digits.get(from..to).unwrap_or_default();
    let (date, time) =
        ([part(0, 4), part(4, 6), part(6, 8)].join("-"), [part(8, 10), part(10, 12), part(12, 18)].join(":"));
    format!("{date}T{time}")
}

/// When a row was read by its source.
fn now(note: &str) -> Option<SystemTime> {
    let (_, after) = note.split_once("now=").or_else(|| note.split_once("resolved at "))?;
    after.split(['Z', ' ']).next().map(time)
}

fn time(text: &str) -> SystemTime {
    let mut digits: String = text.chars().filter(char::is_ascii_digit).collect();
    while digits.len() < 14 {
        digits.push('0');
    }
    Timestamp::parse(digits.as_bytes()).map_or(SystemTime::UNIX_EPOCH, Timestamp::to_system_time)
}

fn unescape(text: &str) -> Vec<u8> {
    let mut octets = Vec::new();
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let (octet, behind) = match (first, tail) {
            (b'\\', [b't', behind @ ..]) => (b'\t', behind),
            (b'\\', [b'r', behind @ ..]) => (b'\r', behind),
            (b'\\', [b'n', behind @ ..]) => (b'\n', behind),
            (b'\\', [b'\\', behind @ ..]) => (b'\\', behind),
            (b'\\', [b'x', high, low, behind @ ..]) => {
                let digits = [*high, *low];
                let octet =
                    str::from_utf8(&digits).ok().and_then(|digits| u8::from_str_radix(digits, 16).ok());
                (octet.unwrap_or(b'?'), behind)
            }
            (octet, behind) => (*octet, behind),
        };
        octets.push(octet);
        rest = behind;
    }
    octets
}
