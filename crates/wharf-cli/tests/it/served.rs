//! One text file for each verb in `tests/served`: commands on a server of their own, where `@t` is the start, and what they say.
//!
//! `TRYCMD=overwrite cargo test -p wharf-cli served` writes what they say now.

use std::{
    fs::{self, File, Permissions},
    os::unix::fs::PermissionsExt,
    path::Path,
    time::{Duration, SystemTime},
};

use super::program::{PASSWORD, Served, write};

/// What each server has.
fn fixture(folder: &Path) {
    write(folder, "docs/readme.txt", "hello wharf\n");
    write(folder, "docs/old/notes.txt", "one\ntwo\nthree\n");
    write(folder, "photos/one.jpg", vec![b'x'; 3000]);
    write(folder, "photos/two.jpg", vec![b'y'; 20_000]);
    write(folder, "empty", "");
    write(folder, "odd \u{1b}[31m\u{202e}name", "odd");
    // The newest ones come last.
    for (days, name) in
        ["docs/old/notes.txt", "docs/readme.txt", "empty", "odd \u{1b}[31m\u{202e}name", "photos/one.jpg"]
            .into_iter()
            .chain(["photos/two.jpg", "docs/old", "docs", "photos"])
            .enumerate()
    {
        let path = folder.join(name);
        let mode = if path.is_dir() { 0o755 } else { 0o644 };
        fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
        let noon = SystemTime::UNIX_EPOCH + Duration::from_secs(1_767_268_800);
        File::open(&path).unwrap().set_modified(noon + Duration::from_secs(days as u64 * 86_400)).unwrap();
    }
}

#[test]
fn texts() {
    let mut cases: Vec<_> =
        fs::read_dir("tests/served").unwrap().map(|entry| entry.unwrap().path()).collect();
    cases.retain(|path| {
        path.extension().is_some_and(|extension| extension == "trycmd" || extension == "toml")
    });
    assert!(cases.len() > 10);
    for case in cases {
        let served = Served::start(&["--write", "--host", "127.0.0.1"]);
        fixture(served.folder.path());
        let home = served.elsewhere.path();
        write(home, "wharf/bookmarks", format!("t {}\n", served.url("")));
        let tests = trycmd::TestCases::new();
        tests.insert_var("[ADDRESS]", served.address.clone()).unwrap();
        tests
            .env("COLUMNS", "100")
            .env("HOME", "/nonexistent")
            .env("NETRC", "/nonexistent/.netrc")
            .env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent/bus")
            .env("XDG_CONFIG_HOME", home.to_str().unwrap())
            .env("WHARF_PASSWORD", PASSWORD)
            .case(case);
        tests.run();
    }
}
