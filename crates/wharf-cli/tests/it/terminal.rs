//! What a peer says cannot move the cursor or forge a line.

use std::{fs, io::Write, net::TcpListener, thread};

use super::program::{Served, run, wharf};

#[test]
fn names_are_shown_escaped() {
    let served = Served::start(&[]);
    fs::write(served.folder.path().join("a\x1b[31m\x07b\u{202e}txt"), "").unwrap();
    for option in ["-U", "-l", "-R", "--json"] {
        let listed = served.run(["ls", option, &served.url("")]);
        assert!(!listed.text().trim_end_matches('\n').contains(char::is_control), "{listed:?}");
    }
    assert_eq!(served.run(["ls", &served.url("")]).text(), "a\\u{1b}[31m\\u{7}b\\u{202e}txt\n");
}

#[test]
fn replies_are_shown_escaped() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let server = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        stream.write_all(b"530 Go\x1b[2J\x9b2J away\x07\r\n").unwrap();
    });
    let ended = run(&mut wharf(["ls", &format!("ftp://{address}/")])).ends_with(3);
    server.join().unwrap();
    assert!(ended.stderr.contains("away"), "{}", ended.stderr);
    assert!(!ended.stderr.trim_end_matches('\n').contains(char::is_control), "{:?}", ended.stderr);
    assert_eq!(ended.stderr.lines().count(), 1);
}
