//! Names that are not text, and names that are more than text.

use std::{ffi::OsStr, fs, os::unix::ffi::OsStrExt};

use super::program::Served;

#[test]
fn that_are_not_utf8() {
    let served = Served::start(&["--write"]);
    let name = OsStr::from_bytes(b"caf\xe9 \xff");
    fs::write(served.folder.path().join(name), "content").unwrap();
    assert_eq!(served.run(["get", &served.url("caf%E9%20%FF"), "-"]).text(), "content");
    served.run(["get", &served.url("caf%E9%20%FF"), served.elsewhere.path().to_str().unwrap()]).ends_with(0);
    assert_eq!(fs::read(served.elsewhere.path().join(name)).unwrap(), b"content");

    let mut put = served.command(["put"]);
    put.arg(served.elsewhere.path().join(name)).arg(served.url("again/"));
    super::program::run(&mut put).ends_with(0);
    assert_eq!(fs::read(served.folder.path().join("again").join(name)).unwrap(), b"content");
    let mut mv = served.command(["mv", &served.url("again/caf%E9%20%FF")]);
    super::program::run(mv.arg(OsStr::from_bytes(b"\xfe"))).ends_with(0);
    assert!(served.folder.path().join(OsStr::from_bytes(b"\xfe")).is_file());

    assert_eq!(served.run(["ls", &served.url("")]).text(), "again/\ncaf\\xe9 \\xff\n\\xfe\n");
    assert_eq!(served.run(["ls", "-0", &served.url("")]).ends_with(0).stdout, b"again\0caf\xe9 \xff\0\xfe\0");
}

#[test]
fn that_a_line_cannot_hold_fail_alone() {
    let served = Served::start(&["--write"]);
    let source = served.elsewhere.path().join("tree");
    super::program::write(&source, "new\nline", "never");
    super::program::write(&source, "plain", "content");
    let ended = served.run(["put", "-r", source.to_str().unwrap(), &served.url("tree")]).ends_with(9);
    assert!(ended.stderr.contains(r"new\nline"), "{}", ended.stderr);
    assert_eq!(served.read("tree/plain"), b"content");
    assert_eq!(fs::read_dir(served.folder.path().join("tree")).unwrap().count(), 1);
}

#[test]
fn that_are_of_another_charset() {
    let served = Served::start(&["--write"]);
    let octets = OsStr::from_bytes(b"\x8e\x8e.txt");
    fs::write(served.folder.path().join(octets), "content").unwrap();
    let run = |arguments: &[&str]| served.run(arguments.iter().chain(&["--charset", "sjis"]));
    assert_eq!(run(&["ls", &served.url("")]).text(), "試.txt\n");
    assert_eq!(run(&["tree", &served.url("")]).text(), ".\n└── 試.txt\n\n0 directories, 1 file\n");
    assert!(run(&["stat", &served.url("試.txt")]).text().contains("試.txt"));
    let listed = run(&["ls", "--json", &served.url("")]);
    let listed: serde_json::Value = serde_json::from_str(listed.text()).unwrap();
    assert_eq!(listed["name"], "試.txt");
    assert_eq!(run(&["ls", "-0", &served.url("")]).ends_with(0).stdout, b"\x8e\x8e.txt\0");

    let tree = served.elsewhere.path().join("tree");
    run(&["get", "-r", &served.url(""), tree.to_str().unwrap()]).ends_with(0);
    assert_eq!(fs::read(tree.join("試.txt")).unwrap(), b"content");
    run(&["put", "-r", tree.to_str().unwrap(), &served.url("again")]).ends_with(0);
    assert!(served.folder.path().join("again").join(octets).is_file());
    let one = served.elsewhere.path().join("one");
    fs::create_dir(&one).unwrap();
    run(&["get", &served.url("試.txt"), one.to_str().unwrap()]).ends_with(0);
    assert!(one.join("試.txt").is_file());
    run(&["put", one.join("試.txt").to_str().unwrap(), &served.url("once/")]).ends_with(0);
    assert!(served.folder.path().join("once").join(octets).is_file());
    served.run(["ls", "--charset", "utf-16", &served.url("")]).ends_with(2);
}

#[test]
fn that_are_of_another_charset_in_a_sync_and_a_probe() {
    let served = Served::start(&["--write"]);
    let there = |names: [&[u8]; 2]| served.folder.path().join(OsStr::from_bytes(&names.join(&b'/')));
    fs::create_dir(served.folder.path().join(OsStr::from_bytes(b"\x8e\x8e"))).unwrap();
    fs::write(there([b"\x8e\x8e", b"\x8e\x8e.txt"]), "content").unwrap();
    let run = |arguments: &[&str]| served.run(arguments.iter().chain(&["--charset", "sjis"]));
    let (url, down) = (served.url("試"), served.elsewhere.path().join("down"));

    run(&["sync", &url, down.to_str().unwrap()]).ends_with(0);
    assert_eq!(fs::read(down.join("試.txt")).unwrap(), b"content");
    run(&["sync", down.to_str().unwrap(), &served.url("表")]).ends_with(0);
    assert_eq!(fs::read(there([b"\x95\x5c", b"\x8e\x8e.txt"])).unwrap(), b"content");
    // Between two places on servers it holds for both.
    run(&["sync", &served.url("表"), &served.url("本")]).ends_with(0);
    assert_eq!(fs::read(there([b"\x96\x7b", b"\x8e\x8e.txt"])).unwrap(), b"content");

    let probed = run(&["probe", "--json", &url]);
    let report: serde_json::Value = serde_json::from_str(probed.text()).unwrap();
    assert_eq!(report["login"]["accepted"], true, "{report}");
    served.run(["probe", &url]).ends_with(5);
}
