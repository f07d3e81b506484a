//! Runs the files in `tests/transcripts`.
//!
//! A line is a comment (`#`), a file that is there (`F: /path content`), a line of the client (`C:`), the reply that
//! must come, line for line (`S:`), what the client sends over the next data connection (`D>`), or what it must have
//! received over the last (`D<`). `\r`, `\n`, `\xNN` and `\\` are escapes.

use std::{fs, path::Path};

use crate::machine::Machine;

#[test]
fn transcripts_are_reproduced() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/transcripts");
    let mut count = 0;
    for file in fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        run(&path.display().to_string(), &fs::read_to_string(&path).unwrap());
        count += 1;
    }
    assert!(count > 5, "only {count} transcripts were found");
}

fn run(name: &str, text: &str) {
    let mut machine = Machine::new();
    let mut replies = String::new();
    for (number, line) in text.lines().enumerate() {
        let place = format!("{name}:{}", number + 1);
        let (mark, rest) = line.split_once(' ').unwrap_or((line, ""));
        match mark {
            "" | "#" => {}
            "F:" => {
                let (path, content) = rest.split_once(' ').unwrap_or((rest, ""));
                machine.put(path, &unescape(content));
            }
            "C:" => {
                assert_eq!(replies, "", "{place}: the replies above were not all expected");
                let octets = machine.feed(&[&unescape(rest), &b"\r\n"[..]].concat());
                replies = octets.escape_ascii().to_string().replace("\\r\\n", "\n").replace("\\\"", "\"");
            }
            "S:" => {
                let (first, others) = replies.split_once('\n').unwrap_or((&replies, ""));
                assert_eq!(first, rest, "{place}");
                replies = others.to_owned();
            }
            "D>" => machine.uploads.push_back(unescape(rest)),
            "D<" => {
                let received =
                    machine.downloads.pop_front().unwrap_or_else(|| panic!("{place}: nothing was received"));
                assert_eq!(
                    received.escape_ascii().to_string(),
                    unescape(rest).escape_ascii().to_string(),
                    "{place}"
                );
            }
            _ => panic!("{place}: {line}"),
        }
    }
    assert_eq!(replies, "", "{name}: replies at the end were not expected");
    assert!(machine.downloads.is_empty() && machine.uploads.is_empty(), "{name}: data is left over");
}

fn unescape(text: &str) -> Vec<u8> {
    let mut octets = Vec::new();
    let mut rest = text.as_bytes().iter();
    while let Some(&octet) = rest.next() {
        octets.push(match octet {
            b'\\' => match rest.next().unwrap() {
                b'r' => b'\r',
                b'n' => b'\n',
                b'x' => {
                    let digits = [*rest.next().unwrap(), *rest.next().unwrap()];
                    u8::from_str_radix(std::str::from_utf8(&digits).unwrap(), 16).unwrap()
                }
                other => *other,
            },
            octet => octet,
        });
    }
    octets
}
