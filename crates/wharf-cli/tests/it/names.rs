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
