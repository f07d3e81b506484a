//! Work that was interrupted, and what is not done twice.

use std::{
    fs,
    io::{BufRead, BufReader, Read},
    path::Path,
    process::{Command, Stdio},
    thread::sleep,
    time::{Duration, UNIX_EPOCH},
};

use rustix::process::{Signal, kill_process};

use super::{
    program::{PASSWORD, Served, noise, pid, write},
    relay::Relay,
};

fn str(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// The octets of the file whose name ends so, when there are this many.
fn when_there(directory: &Path, suffix: &str, octets: u64) {
    for _ in 0..2000 {
        let entries = fs::read_dir(directory).unwrap().map(Result::unwrap);
        let mut parts = entries.filter(|entry| entry.file_name().to_str().unwrap().ends_with(suffix));
        if parts.any(|part| part.metadata().is_ok_and(|metadata| metadata.len() >= octets)) {
            return;
        }
        sleep(Duration::from_millis(10));
    }
    panic!("no {suffix} came in time");
}

fn when_made(directory: &Path) {
    for _ in 0..2000 {
        if directory.exists() {
            return;
        }
        sleep(Duration::from_millis(10));
    }
    panic!("no {} came in time", str(directory));
}

fn count(directory: &Path) -> usize {
    fs::read_dir(directory).unwrap().count()
}

#[test]
fn what_was_interrupted_is_gone_on_with_by_the_same_command() {
    let content = noise(8 << 20);
    let served = Served::start(&["--write"]).with("large", &content);
    let here = served.elsewhere.path().join("here");
    fs::create_dir(&here).unwrap();
    let interrupted = |arguments: &[&str], seen: &Path| {
        let limit = ["--limit-rate", "2M"];
        let mut command = served.command(arguments.iter().copied().chain(limit));
        let child = command.stderr(Stdio::piped()).spawn().unwrap();
        when_there(seen, ".wharf-part", 1 << 20);
        kill_process(pid(&child), Signal::INT).unwrap();
        let ended = child.wait_with_output().unwrap();
        assert_eq!(ended.status.code(), Some(130));
        let said = String::from_utf8(ended.stderr).unwrap();
        assert!(said.contains("interrupted; the same command goes on"), "{said}");
    };
    let (from, into) = (served.url("large"), here.join("large"));
    interrupted(&["get", &from, str(&here)], &here);
    assert_eq!(count(&here), 2, "the part and its map");
    served.run(["get", &from, str(&here)]).ends_with(0);
    assert!(fs::read(&into).unwrap() == content);
    assert_eq!(count(&here), 1);

    let up = served.folder.path().join("up");
    fs::create_dir(&up).unwrap();
    let to = served.url("up/");
    interrupted(&["put", str(&into), &to], &up);
    assert!(!up.join("large").exists());
    served.run(["put", str(&into), &to]).ends_with(0);
    assert!(served.read("up/large") == content);
    assert_eq!(count(&up), 1);
}

/// Who waits is told for what.
#[test]
fn each_pause_before_another_attempt_is_told() {
    let content = noise(8 << 20);
    let served = Served::start(&[]).with("large", &content);
    let relay = Relay::start(&served.address);
    let here = served.elsewhere.path().join("here");
    fs::create_dir(&here).unwrap();
    let url = format!("ftp://anna@{}/large", relay.address);
    let mut command = served.command(["get", &url, str(&here), "--limit-rate", "4M"]);
    let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
    when_there(&here, ".wharf-part", 1 << 20);
    relay.cut(true);
    let mut said = BufReader::new(child.stderr.take().unwrap());
    let told = said.by_ref().lines().map(Result::unwrap).find(|line| line.contains("once more in"));
    assert!(told.is_some());
    relay.cut(false);
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert!(fs::read(here.join("large")).unwrap() == content);
}

/// util-linux's `script` gives the program a terminal.
#[test]
#[cfg(target_os = "linux")]
fn a_pause_is_told_above_the_bars() {
    let served = Served::start(&[]).with("large", noise(8 << 20));
    let relay = Relay::start(&served.address);
    let here = served.elsewhere.path();
    let line = format!(
        "stty cols 100; '{}' get ftp://anna@{}/large '{}' --limit-rate 4M",
        env!("CARGO_BIN_EXE_wharf"),
        relay.address,
        str(here)
    );
    let mut script = Command::new("script");
    script.args(["--quiet", "--return", "--command", &line, "/dev/null"]);
    script.env("WHARF_PASSWORD", PASSWORD).env("TERM", "xterm").env("SHELL", "/bin/sh");
    let mut terminal = script.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
    let mut screen = BufReader::new(terminal.stdout.take().unwrap());
    when_there(here, ".wharf-part", 1 << 20);
    relay.cut(true);
    let told =
        screen.by_ref().lines().map(Result::unwrap).find(|line| line.contains("once more in")).unwrap();
    relay.cut(false);
    std::io::copy(&mut screen, &mut std::io::sink()).unwrap();
    assert_eq!(terminal.wait().unwrap().code(), Some(0));
    let (before, warning) = told.rsplit_once("\x1b[2K").unwrap();
    assert!(before.contains("iB/s") && !warning.contains("iB/s"), "{told:?}");
}

/// Writes a file that has a time of its own, as a copy of it has.
fn write_timed(directory: &Path, name: &str, content: impl AsRef<[u8]>) {
    write(directory, name, content);
    let file = fs::File::options().write(true).open(directory.join(name)).unwrap();
    file.set_modified(UNIX_EPOCH + Duration::from_secs(1_000_000_000)).unwrap();
}

/// A tree whose download and upload were cut: one file is missing, and of one there is only a part.
#[test]
fn a_tree_that_was_cut_is_gone_on_with_where_it_is() {
    let served = Served::start(&["--write"]);
    let here = served.elsewhere.path();
    for (name, len) in [("one", 1000), ("two", 2000), ("below/three", 3000)] {
        write_timed(&here.join("tree"), name, noise(len));
        write_timed(&served.folder.path().join("tree"), name, noise(len));
    }
    let (tree, part, url) = (here.join("tree"), here.join("part"), served.url("part"));
    for folder in [&part, &served.folder.path().join("part")] {
        write_timed(folder, "one", noise(1000));
        write(folder, "below/three", noise(1500));
    }
    let get = ["get", "-r", &served.url("tree"), str(&part)];
    let put = ["put", "-r", str(&tree), &url];
    let there = served.folder.path().join("part");
    // Without a word to go on it is put below, as what is there is not ours to change; how to go on is told.
    for (arguments, into) in [(get, &part), (put, &there)] {
        let said = served.run(arguments).ends_with(0).stderr;
        assert!(said.contains("--continue") && said.contains("wharf sync"), "{said}");
        assert!(into.join("tree/two").exists() && !into.join("two").exists());
        fs::remove_dir_all(into.join("tree")).unwrap();
    }
    for (arguments, into) in [(get, &part), (put, &there)] {
        let said = served.run(arguments.into_iter().chain(["--continue"])).ends_with(0).stderr;
        assert!(said.contains("is gone on with"), "{said}");
        assert_eq!(count(into), 3);
        assert_eq!(fs::read(into.join("below/three")).unwrap(), noise(3000));
        assert_eq!(fs::read(into.join("two")).unwrap(), noise(2000));
    }
    // A link that the user names leads where it leads.
    #[cfg(unix)]
    {
        let (other, link) = (tempfile::tempdir().unwrap(), here.join("link"));
        write_timed(other.path(), "one", noise(1000));
        std::os::unix::fs::symlink(other.path(), &link).unwrap();
        served.run(["get", "-r", "-c", &served.url("tree"), str(&link)]).ends_with(0);
        assert_eq!((count(other.path()), fs::read(other.path().join("two")).unwrap().len()), (3, 2000));
        // A shorter file is one of somebody else's: ours are whole when they have their names.
        write(other.path(), "one", noise(10));
        served.run(["get", "-r", "-c", &served.url("tree"), str(&link)]).ends_with(0);
        assert_eq!(fs::read(other.path().join("one")).unwrap().len(), 10);
    }
    // Where there is something else too, it is a place to put trees in; a slash says so anyhow.
    write(&part, "something else", "");
    let quiet = ["--continue", "-q"];
    assert_eq!(served.run(get.into_iter().chain(quiet)).ends_with(0).stderr, "");
    assert!(part.join("tree/two").exists());
    served.run(["put", "-r", "--continue", str(&tree), &format!("{url}/")]).ends_with(0);
    assert!(there.join("tree/two").exists());
    assert!(!served.run(put.into_iter().chain(["-c"])).ends_with(0).stderr.contains("gone on"));
}

/// Names prove nothing: what is there stays as it is.
#[test]
fn what_only_looks_like_a_copy_is_not_written_into() {
    let served = Served::start(&["--write"]);
    // Not in the second in which the others are written.
    write_timed(&served.folder.path().join("project"), "src/main.rs", "theirs");
    let here = served.elsewhere.path();
    write(here, "work/src/main.rs", "mine\n");
    write(here, "site/index.html", "a long page");
    write(&served.folder.path().join("www"), "index.html", "short");
    let (work, site) = (here.join("work"), here.join("site"));
    let commands = [
        ["get", "-r", "-c", &served.url("project"), str(&work)],
        ["put", "-r", "-c", str(&site), &served.url("www")],
    ];
    for arguments in commands {
        let said = served.run(arguments).ends_with(0).stderr;
        assert!(!said.contains("is gone on with"), "{said}");
    }
    assert_eq!(fs::read(work.join("src/main.rs")).unwrap(), b"mine\n");
    assert_eq!(fs::read(work.join("project/src/main.rs")).unwrap(), b"theirs");
    assert_eq!(served.read("www/index.html"), b"short");
    assert_eq!(served.read("www/site/index.html"), b"a long page");
    // Where it might be a copy, that is told. One that has nothing but directories at its top is looked into.
    fs::remove_dir_all(work.join("project")).unwrap();
    write(&work, "src/main.rs", "theirs");
    let get = commands[0];
    let said = served.run(get).ends_with(0).stderr;
    assert!(said.contains("shows that it was copied") && said.contains("wharf sync"), "{said}");
    fs::remove_dir_all(work.join("project")).unwrap();
    for folder in [work.clone(), served.folder.path().join("project")] {
        write_timed(&folder, "src/main.rs", "theirs");
    }
    let said = served.run(get).ends_with(0).stderr;
    assert!(said.contains("is gone on with") && count(&work) == 1, "{said}");
}

/// What a cut has left of a large file at the top shows that it is a copy.
#[test]
fn a_tree_with_a_large_file_that_was_cut_is_gone_on_with() {
    let content = noise(8 << 20);
    let served = Served::start(&["--write"]).with("tree/large", &content);
    let here = served.elsewhere.path();
    let (up, url) = (here.join("up"), served.url("copy"));
    write(&up, "large", &content);
    let there = served.folder.path().join("copy");
    let (from, into) = (served.url("tree"), here.join("into"));
    for (arguments, seen) in
        [(["get", "-r", "-c", &from, str(&into)], &into), (["put", "-r", "-c", str(&up), &url], &there)]
    {
        let mut command = served.command(arguments.into_iter().chain(["--limit-rate", "2M"]));
        let child = command.stderr(Stdio::null()).spawn().unwrap();
        when_made(seen);
        when_there(seen, ".wharf-part", 1 << 20);
        kill_process(pid(&child), Signal::INT).unwrap();
        assert_eq!(child.wait_with_output().unwrap().status.code(), Some(130));
        let said = served.run(arguments).ends_with(0).stderr;
        assert!(said.contains("is gone on with") && count(seen) == 1, "{said}");
        assert!(fs::read(seen.join("large")).unwrap() == content);
    }
}

#[test]
fn what_is_there_already_is_left_out() {
    let served = Served::start(&["--write"]);
    let here = served.elsewhere.path();
    for file in 0..5 {
        write(here, &format!("tree/{}/{file}", file % 2), noise(1000 + file));
    }
    let summary = |arguments: &[&str]| {
        let said = served.run(arguments.iter().copied()).ends_with(0).text().to_owned();
        let last: serde_json::Value = serde_json::from_str(said.lines().last().unwrap()).unwrap();
        assert_eq!(last["record"], "summary");
        (last["files"].as_u64().unwrap(), last["unchanged"].as_u64().unwrap())
    };
    let (tree, url) = (here.join("tree"), served.url("up"));
    let put = ["put", "--json", "-r", "--continue", "-P", "2", str(&tree), &url];
    assert_eq!(summary(&put), (5, 0));
    // The directory is there now: without a slash it would be put into it.
    fs::remove_file(served.folder.path().join("up/0/2")).unwrap();
    write(&tree, "1/3", "changed");
    assert_eq!(
        summary(&["put", "--json", "-r", "--continue", str(&tree.join("0")), str(&tree.join("1")), &url]),
        (2, 3)
    );
    assert_eq!(served.read("up/1/3"), b"changed");

    let back = here.join("back");
    let get = ["get", "--json", "-r", "-c", "--verify", &url, str(&back)];
    assert_eq!(summary(&get), (5, 0));
    fs::remove_file(back.join("0/2")).unwrap();
    let again = ["get", "--json", "-r", "-c", "--verify", &served.url("up/0"), str(&back)];
    assert_eq!(summary(&again), (1, 2));
    assert_eq!(summary(&["get", "--json", "-c", &served.url("up/1/3"), str(&back.join("1/3"))]), (0, 1));
    assert_eq!(summary(&["put", "--json", "-c", str(&back.join("1/3")), &served.url("up/1/3")]), (0, 1));
    // Without the option all is moved again.
    assert_eq!(summary(&["get", "--json", "-r", &served.url("up/1"), str(&back)]), (2, 0));
}

#[test]
fn the_last_line_for_programs_says_that_some_of_it_failed() {
    let served = Served::start(&["--write"]).with("tree/a", "1").with("tree/b", "2");
    let here = served.elsewhere.path();
    write(here, "tree/a/in the way", "");
    let into = format!("{}/", str(here));
    let ended = served.run(["get", "--json", "-r", &served.url("tree"), &into]).ends_with(9);
    let last: serde_json::Value =
        serde_json::from_slice(ended.stdout.rsplit(|octet| *octet == b'\n').nth(1).unwrap()).unwrap();
    assert_eq!((&last["record"], &last["code"]), (&"error".into(), &"partial".into()));
    assert!(!last["message"].as_str().unwrap().is_empty());
    assert_eq!(fs::read(here.join("tree/b")).unwrap(), b"2");
}
