//! `sync`: from here to a server, back, and between servers.

use std::{fs, path::Path, process::Stdio};

use rustix::process::{Signal, kill_process};

use super::program::{PASSWORD, Served, noise, pid, run, secret_file, wharf, write};

fn str(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// What a sync says at its end, but for the time it took.
fn sum(served: &Served, arguments: &[&str]) -> String {
    let ended = run(served.command(["sync"]).args(arguments)).ends_with(0);
    ended.stderr.rsplit_once("; ").unwrap().0.to_owned()
}

#[test]
fn trees_go_up_and_down_and_the_second_time_nothing_moves() {
    let served = Served::start(&["--write"]);
    let here = served.elsewhere.path().join("here");
    write(&here, "a/b/noise.bin", noise(1 << 20));
    write(&here, "a/it's \"odd\" 100%;#1?", "odd");
    write(&here, ".hidden", "dot");
    let url = served.url("mirror/of it");
    assert_eq!(sum(&served, &[str(&here), &url]), "3 files copied, 1.00 MiB; 0 deleted, 0 unchanged");
    assert_eq!(sum(&served, &[str(&here), &url]), "0 files copied, 0 B; 0 deleted, 5 unchanged");

    let back = served.elsewhere.path().join("back");
    assert_eq!(sum(&served, &[&url, str(&back)]), "3 files copied, 1.00 MiB; 0 deleted, 0 unchanged");
    assert_eq!(sum(&served, &[&url, str(&back)]), "0 files copied, 0 B; 0 deleted, 5 unchanged");
    assert!(fs::read(back.join("a/b/noise.bin")).unwrap() == noise(1 << 20));
    let times = [&here, &back].map(|tree| {
        let modified = fs::metadata(tree.join("a/b/noise.bin")).unwrap().modified().unwrap();
        modified.duration_since(std::time::UNIX_EPOCH).unwrap().as_secs()
    });
    assert_eq!(times[0], times[1]);

    // What is deleted here goes there when that is asked for, and what is excluded stays.
    fs::remove_file(here.join(".hidden")).unwrap();
    fs::remove_dir_all(here.join("a/b")).unwrap();
    write(&served.folder.path().join("mirror/of it"), "kept.log", "log");
    assert_eq!(sum(&served, &[str(&here), &url]), "0 files copied, 0 B; 0 deleted, 2 unchanged");
    assert_eq!(
        sum(&served, &["--delete", "--exclude", "*.log", str(&here), &url]),
        "0 files copied, 0 B; 3 deleted, 2 unchanged"
    );
    assert_eq!(served.read("mirror/of it/kept.log"), b"log");
    assert!(!served.folder.path().join("mirror/of it/a/b").exists());
}

#[test]
fn trees_go_from_server_to_server_each_with_its_own_password() {
    let one = Served::start(&[]).with("docs/a.txt", "from the first");
    let one = one.with("docs/below/b.bin", noise(300_000));
    let password = secret_file(one.elsewhere.path(), "other password", "another horse");
    let bert = ["--user", "bert", "--password-file", str(&password), "--write"];
    let other = Served::start_plain(&bert);
    let destination = format!("ftp://bert@{}/copy", other.address);
    let source = one.url("docs");
    // The password of the one is not sent to the other.
    let refused = run(&mut one.command(["sync", &source, &destination])).ends_with(2);
    assert!(refused.stderr.contains("WHARF_DST_PASSWORD"), "{}", refused.stderr);
    let mut sync = one.command(["sync", &source, &destination]);
    run(sync.env("WHARF_DST_PASSWORD", PASSWORD)).ends_with(4);
    let mut sync = one.command(["sync", &source, &destination]);
    run(sync.env("WHARF_DST_PASSWORD", "another horse")).ends_with(0);
    assert_eq!(other.read("copy/a.txt"), b"from the first");
    assert!(other.read("copy/below/b.bin") == noise(300_000));
    let again = one.run(["sync", "--dst-password-file", str(&password), &source, &destination]).ends_with(0);
    assert!(again.stderr.contains("0 files copied, 0 B; 0 deleted, 3 unchanged"), "{}", again.stderr);
}

#[test]
fn a_server_is_its_own_destination() {
    let served = Served::start(&["--write"]).with("docs/a.txt", "twice");
    served.run(["sync", &served.url("docs"), &served.url("again")]).ends_with(0);
    assert_eq!(served.read("again/a.txt"), b"twice");
}

#[test]
fn what_fails_is_told_and_the_rest_is_done() {
    let served = Served::start(&["--write"]);
    let here = served.elsewhere.path().join("here");
    write(&here, "a.txt", "a");
    write(&here, "closed/b.txt", "b");
    write(&here, "c.txt", "c");
    // A file there where a directory is here; nothing may be deleted.
    let served = served.with("there/closed", "in the way");
    let ended = served.run(["sync", "--json", str(&here), &served.url("there")]).ends_with(9);
    let text = String::from_utf8(ended.stdout).unwrap();
    let failed = r#""path":"closed","action":"skip","reason":"the destination has something of another kind there","outcome":"failed""#;
    assert!(text.contains(failed), "{text}");
    assert!(
        ended.stderr.contains("wharf: closed: the destination has something of another kind"),
        "{}",
        ended.stderr
    );
    assert_eq!((served.read("there/a.txt"), served.read("there/c.txt")), (b"a".into(), b"c".into()));
    assert_eq!(served.read("there/closed"), b"in the way");
}

#[test]
fn digests_tell_what_neither_size_nor_time_does() {
    let served = Served::start(&["--write"]);
    let here = served.elsewhere.path().join("here");
    let file = write(&here, "a.txt", "one");
    let before = fs::metadata(&file).unwrap().modified().unwrap();
    let url = served.url("there");
    served.run(["sync", str(&here), &url]).ends_with(0);
    write(&here, "a.txt", "two");
    fs::File::options().write(true).open(&file).unwrap().set_modified(before).unwrap();
    assert_eq!(sum(&served, &[str(&here), &url]), "0 files copied, 0 B; 0 deleted, 1 unchanged");
    assert_eq!(sum(&served, &["--checksum", str(&here), &url]), "1 file copied, 3 B; 0 deleted, 0 unchanged");
    assert_eq!(served.read("there/a.txt"), b"two");
}

#[test]
fn newer_files_are_left_alone_where_that_is_asked_for() {
    let served = Served::start(&["--write"]).with("there/a.txt", "later, and not the same");
    let here = served.elsewhere.path().join("here");
    let file = write(&here, "a.txt", "old");
    let old = std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1_700_000_000);
    fs::File::options().write(true).open(&file).unwrap().set_modified(old).unwrap();
    for update in ["--update", "--newer"] {
        let done = served.run(["sync", update, str(&here), &served.url("there")]).ends_with(0);
        assert!(done.stderr.starts_with("0 files copied"), "{}", done.stderr);
    }
    assert_eq!(served.read("there/a.txt"), b"later, and not the same");
}

#[test]
fn a_plan_is_kept_and_done_later_where_nothing_has_changed() {
    let served = Served::start(&["--write"]).with("there/old.txt", "old");
    let here = served.elsewhere.path().join("here");
    write(&here, "a.txt", "a");
    write(&here, "b.txt", "b");
    let plan = served.elsewhere.path().join("plan");
    let url = served.url("there");
    let save = ["sync", "-n", "--delete", "--save-plan", str(&plan), str(&here), &url];
    let shown = served.run(save).ends_with(0);
    assert_eq!(String::from_utf8(shown.stdout).unwrap(), "copy a.txt\ncopy b.txt\ndelete old.txt\n");
    assert_eq!(served.read("there/old.txt"), b"old");
    // One file is another by now: it is left for another time.
    write(&here, "b.txt", "changed");
    let ended = served.run(["sync", "--plan", str(&plan), str(&here), &url]).ends_with(9);
    assert!(ended.stderr.contains("b.txt: it has changed since the plan was made"), "{}", ended.stderr);
    assert_eq!(served.read("there/a.txt"), b"a");
    let there = served.folder.path().join("there");
    assert!(!there.join("b.txt").exists() && !there.join("old.txt").exists());
    write(&here, "bad plan", "{}");
    run(wharf(["sync", "--plan"]).args([&here.join("bad plan"), &here]).arg(&url)).ends_with(1);
}

#[test]
fn an_interrupt_leaves_nothing_half_done() {
    let mut served = Served::start(&["--write", "-v"]);
    let here = served.elsewhere.path().join("here");
    write(&here, "large.bin", noise(2 << 20));
    let url = served.url("there");
    let mut command = served.command(["sync", "--limit-rate", "10K", str(&here), &url]);
    let mut child = command.stderr(Stdio::null()).spawn().unwrap();
    served.logs("STOR");
    kill_process(pid(&child), Signal::INT).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    served.run(["ls", &url]).ends_with(0);
    let there = served.folder.path().join("there");
    assert!(!there.join("large.bin").exists());
    served.run(["sync", str(&here), &url]).ends_with(0);
    assert!(served.read("there/large.bin") == noise(2 << 20));
}
