//! `wharf bench` leaves nothing behind.

use std::{
    fs,
    io::{BufRead, BufReader},
    process::Stdio,
};

use rustix::process::{Signal, kill_process};

use super::program::{Served, pid};

#[test]
fn measures_and_leaves_nothing() {
    // Nobody reads the log, and there would be a line for each of thousands of transfers.
    let served = Served::start(&["--write", "--quiet"]).with("dir/file", "content");
    let ended = served.run(["bench", "--for", "1", "--json", &served.url("dir")]).ends_with(0);
    let measured: serde_json::Value = serde_json::from_slice(&ended.stdout).unwrap();
    for what in [
        "round_trip_ms",
        "login_ms",
        "upload_octets_per_second",
        "download_octets_per_second",
        "uploads_per_second",
        "downloads_per_second",
    ] {
        assert!(measured[what].as_f64().unwrap() > 0.0, "{what}: {measured}");
    }
    assert_eq!(fs::read_dir(served.folder.path().join("dir")).unwrap().count(), 1);
}

#[test]
fn writes_nothing_for_a_file() {
    let served = Served::start(&["--quiet"]).with("file", "content");
    let ended = served.run(["bench", "--for", "1", &served.url("file")]).ends_with(0);
    let said = String::from_utf8(ended.stdout).unwrap();
    assert!(said.contains("download") && !said.contains("upload"), "{said}");
    served.run(["bench", &served.url("")]).ends_with(6);
}

#[test]
fn an_interrupt_leaves_nothing() {
    let served = Served::start(&["--write"]);
    let mut command = served.command(["bench", "-v", "--for", "60", &served.url("")]);
    let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
    let mut log = BufReader::new(child.stderr.take().unwrap()).lines();
    assert!(log.any(|line| line.unwrap().contains("<-- 150")));
    assert_eq!(fs::read_dir(served.folder.path()).unwrap().count(), 1);
    kill_process(pid(&child), Signal::INT).unwrap();
    assert!(log.any(|line| line.unwrap().contains("interrupted")));
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert_eq!(fs::read_dir(served.folder.path()).unwrap().count(), 0);
}
