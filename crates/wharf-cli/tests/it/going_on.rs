//! Work that was interrupted, and what is not done twice.

use std::{fs, path::Path, process::Stdio, thread::sleep, time::Duration};

use rustix::process::{Signal, kill_process};

use super::program::{Served, noise, pid, write};

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
        let mut child = command.stderr(Stdio::null()).spawn().unwrap();
        when_there(seen, ".wharf-part", 1 << 20);
        kill_process(pid(&child), Signal::INT).unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(130));
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
