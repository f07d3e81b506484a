//! What no log has.

use std::{
    io::{BufRead, BufReader, Write},
    net::TcpStream,
};

use rustix::process::Signal;

use crate::program::{PASSWORD, Served, run};

/// Tells all that there is to tell.
const ALL: (&str, &str) = ("WHARF_LOG", "trace");

#[test]
fn no_log_has_a_password() {
    let mut served = Served::start_with(&["--host", "127.0.0.1"], &[ALL]).with("a.txt", "one");
    for password in [PASSWORD, "battery staple"] {
        let ended =
            run(served.command(["ls", &served.url("")]).env(ALL.0, ALL.1).env("WHARF_PASSWORD", password));
        assert_eq!(ended.code == Some(0), password == PASSWORD, "{}", ended.stderr);
        assert!(ended.stderr.contains("PASS ***"), "{}", ended.stderr);
        assert!(!ended.stderr.contains(password), "{}", ended.stderr);
    }
    // What is no command, too, and what comes too early, too late or in other letters.
    let mut control = BufReader::new(TcpStream::connect(&served.address).unwrap());
    let (mut reply, mut lines) = (String::new(), Vec::new());
    control.read_line(&mut reply).unwrap();
    for verb in ["PASS", "pass", "Pass", "PASSWORD", "ACCT", " PASS", "PASS\u{a0}", "SITE PASS"] {
        lines.push(format!("{verb} {PASSWORD}\r\n"));
    }
    lines.push(format!("USER anna\r\nPASS {PASSWORD}\r\nPASS {PASSWORD}\r\n"));
    for line in lines.concat().split_inclusive('\n') {
        // The server may have heard enough.
        let _ = control.get_mut().write_all(line.as_bytes());
        reply.clear();
        let _ = control.read_line(&mut reply);
        assert!(!reply.contains(PASSWORD), "{reply}");
    }
    drop(control);
    served.signal(Signal::INT);
    let log = served.rest_of_log();
    assert!(log.contains("logged in") && log.contains("its argument is secret"), "{log}");
    assert!(!log.contains("horse") && !log.contains("staple"), "{log}");
}
