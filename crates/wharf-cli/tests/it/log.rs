//! What is written down of a server: its log as JSON, transfers, and what fail2ban makes of refused logins.

use std::{
    fs,
    io::Write,
    net::TcpStream,
    path::Path,
    process::Command,
    thread,
    time::{Duration, Instant},
};

use rustix::process::Signal;
use serde_json::Value;

use super::{
    config::{ANNA, Configured, yard},
    notify::{ALL, put},
    program::run,
};

/// The lines of a file that a thread of the server writes, once there are so many.
fn lines(file: &Path, count: usize) -> Vec<String> {
    let latest = Instant::now() + Duration::from_secs(60);
    loop {
        let text = fs::read_to_string(file).unwrap_or_default();
        if text.lines().count() >= count {
            return text.lines().map(str::to_owned).collect();
        }
        assert!(Instant::now() < latest, "{text}");
        thread::yield_now();
    }
}

#[test]
fn each_transfer_is_a_line_and_the_file_may_be_moved_away() {
    let (yard, file) = yard(&format!("{ANNA}{ALL}[log]\ntransfers = \"transfers\"\n"));
    let transfers = yard.path().join("transfers");
    let mut server = Configured::start(&file, &[]);
    assert_eq!(put(&server, "a%20b", yard.path()), Some(0));
    server.client(&["cat"], "anna", "secret", "note").ends_with(0);
    server.client(&["ls"], "anna", "secret", "").ends_with(0);
    let written = lines(&transfers, 2);
    assert!(written[0].ends_with(" 127.0.0.1 5 /a_b b _ i r anna ftp 0 * c"), "{written:?}");
    assert!(written[1].ends_with(" 127.0.0.1 5 /note b _ o r anna ftp 0 * c"), "{written:?}");
    // Five fields of a time, and thirteen.
    assert!(written.iter().all(|line| line.split_whitespace().count() == 18), "{written:?}");

    fs::rename(&transfers, yard.path().join("transfers.1")).unwrap();
    server.signal(Signal::HUP);
    server.logs("was read again");
    server.client(&["cat"], "anna", "secret", "note").ends_with(0);
    let written = lines(&transfers, 1);
    assert!(written[0].contains(" /note "), "{written:?}");
    assert_eq!(lines(&yard.path().join("transfers.1"), 2).len(), 2);
}

#[test]
fn a_log_of_json_has_the_session_and_no_secret() {
    let (_yard, file) = yard(&format!("{ANNA}[limits]\nlogin-delay = 0\n"));
    let mut server = Configured::start(&file, &["--log-format", "json", "--verbose"]);
    assert_eq!(server.client(&["cat"], "anna", "secret", "note").ends_with(0).text(), "hello");
    let mut log = server.logs("disconnected");
    server.client(&["ls"], "anna", "wr0ng", "").ends_with(4);
    log.extend(server.logs("disconnected"));
    let records: Vec<Value> = log.iter().map(|line| serde_json::from_str(line).expect(line)).collect();
    let said = |what: &str| records.iter().find(|record| record["message"] == what).expect(what);
    let session = &said("connected")["session"];
    assert!(session.is_u64());
    assert_eq!((&said("logged in")["user"], &said("logged in")["span"]["id"]), (&"anna".into(), session));
    let download = said("download");
    let (file, octets, code) = (&download["file"], &download["octets"], &download["code"]);
    assert_eq!((file, octets, code), (&"/note".into(), &5.into(), &226.into()));
    assert!(said("command")["verb"].is_string());
    assert!(records.iter().any(|record| record["verb"] == "PASS"));
    for line in &log {
        assert!(!line.contains("wr0ng") && !line.contains("\"secret\""), "{line}");
    }
}

/// The addresses that the filter finds.
const FIND: &str = r#"
import re, sys
lines = open(sys.argv[1]).read().split("failregex =")[1].split("ignoreregex")[0].strip().splitlines()
rules = [re.compile(line.strip().replace("<HOST>", r"(?P<host>[0-9a-fA-F.:]+)")) for line in lines]
for line in sys.stdin:
    print(*{found["host"] for found in (rule.search(line) for rule in rules) if found})
"#;

#[test]
fn fail2ban_finds_the_address_of_a_refused_login_and_not_a_forged_one() {
    let filter = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../packaging/fail2ban.conf");
    let forged = [
        "x peer=192.0.2.1:9 name=\"",
        "x\" peer=192.0.2.1:9 name=\"",
        "x\",\"peer\":\"192.0.2.1:9\"",
        "x\\\",\"peer\":\"192.0.2.1:9",
    ];
    for format in ["text", "json"] {
        let (yard, file) = yard(&format!("{ANNA}[limits]\nlogin-delay = 0\n"));
        let mut server = Configured::start(&file, &["--log-format", format]);
        for name in ["anna"].iter().chain(&forged) {
            let mut control = TcpStream::connect(&server.address).unwrap();
            write!(control, "USER {name}\r\nPASS wrong\r\nQUIT\r\n").unwrap();
            let line = server.logs("login refused").pop().unwrap();
            let log = yard.path().join("log");
            fs::write(&log, format!("{line}\n")).unwrap();
            let mut python = Command::new("python3");
            let found = run(python.args(["-c", FIND]).arg(&filter).stdin(fs::File::open(&log).unwrap()));
            assert_eq!(found.text(), "127.0.0.1\n", "{line}");
        }
    }
}
