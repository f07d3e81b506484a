//! What people get wrong, and what they are told.

use std::fs;

use super::program::{Served, write};

#[test]
fn places_that_lie_in_one_another_are_not_synced() {
    let served = Served::start(&["--write"]).with("a/x", "x").with("a/sub/y", "y");
    let shouted = |path: &str| served.url(path).replace("ftp://", "FTP://");
    let home = |path: &str| served.url(&format!("%2F{path}"));
    for (src, dst) in [
        (served.url("a/sub"), served.url("a")),
        (served.url("a"), served.url("a/sub")),
        (served.url("a"), served.url("a/./sub/../sub")),
        (served.url("a/sub"), shouted("a")),
        (home("a"), served.url("a/sub")),
    ] {
        let ended = served.run(["sync", "--delete=before", "--max-delete", "100%", &src, &dst]).ends_with(2);
        assert!(ended.stderr.contains("one lies in the other"), "{}", ended.stderr);
    }
    assert_eq!((served.read("a/x"), served.read("a/sub/y")), (b"x".to_vec(), b"y".to_vec()));
    served.run(["sync", &served.url("a"), &served.url("ab")]).ends_with(0);
    assert_eq!(served.read("ab/sub/y"), b"y");
    served.run(["sync", &served.url("a"), &served.url("ab/..")]).ends_with(2);
}

#[test]
fn an_empty_source_deletes_nothing_unless_that_is_said() {
    let served = Served::start(&["--write"]).with("a/x", "x");
    let empty = served.elsewhere.path().join("empty");
    fs::create_dir(&empty).unwrap();
    let (empty, url) = (empty.to_str().unwrap(), served.url("a"));
    let ended = served.run(["sync", "--delete", empty, &url]).ends_with(14);
    assert!(ended.stderr.contains("--max-delete 100%"), "{}", ended.stderr);
    assert_eq!(served.read("a/x"), b"x");
    let left_out = write(served.elsewhere.path(), "left/out.tmp", "");
    let left = left_out.parent().unwrap().to_str().unwrap();
    let ended = served.run(["sync", "--delete", "--exclude", "*.tmp", left, &url]).ends_with(14);
    assert!(ended.stderr.contains("the filter admits"), "{}", ended.stderr);
    assert_eq!(served.read("a/x"), b"x");
    served.run(["sync", empty, &url]).ends_with(0);
    served.run(["sync", "--delete", "--max-delete", "100%", empty, &url]).ends_with(0);
    assert!(!served.folder.path().join("a/x").exists());
}

#[test]
fn names_that_the_server_cannot_be_told_are_not_sent() {
    let served = Served::start(&["--write"]);
    let here = served.elsewhere.path();
    let snow = write(here, "tree/\u{2603}.txt", "snow");
    write(here, "lines/one\ntwo", "");
    let (tree, lines) = (here.join("tree"), here.join("lines"));
    let url = served.url("");
    let told = |arguments: &[&str], code, words: &str| {
        let ended = served.run(arguments).ends_with(code);
        assert!(ended.stderr.contains(words) && !ended.stderr.contains("server sent"), "{}", ended.stderr);
    };
    let charset = ["--charset", "windows-1251"];
    told(&["put", charset[0], charset[1], snow.to_str().unwrap(), &url], 13, "windows-1251");
    // One of several keeps none of the others back.
    let plain = write(here, "plain.txt", "plain");
    let both = [snow.to_str().unwrap(), plain.to_str().unwrap()];
    told(&["put", charset[0], charset[1], both[0], both[1], &url], 9, "windows-1251");
    assert_eq!(served.read("plain.txt"), b"plain");
    told(&["put", charset[0], charset[1], "-r", tree.to_str().unwrap(), &url], 9, "windows-1251");
    told(&["sync", charset[0], charset[1], tree.to_str().unwrap(), &served.url("synced")], 9, "windows-1251");
    let one = lines.join("one\ntwo");
    told(&["put", one.to_str().unwrap(), &url], 13, "one");
    told(&["put", "-r", lines.to_str().unwrap(), &url], 9, "two");
    for directory in [served.folder.path().to_owned(), served.folder.path().join("tree")] {
        let names = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().file_name());
        assert!(names.into_iter().all(|name| name.to_str().unwrap().is_ascii()));
    }
}

#[test]
fn arguments_in_the_wrong_order() {
    let served = Served::start(&["--write"]).with("d/x", "x");
    let (x, y) = (served.url("d/x"), served.url("d/y"));
    let told = |arguments: &[&str], code, words: &str| {
        let ended = served.run(arguments).ends_with(code);
        assert!(ended.stderr.contains(words), "{}", ended.stderr);
    };
    told(&["get", &x, &y], 2, "get takes one URL");
    told(&["put", &x, "file"], 2, "the last argument is the URL");
    told(&["rm", &served.url("d")], 2, "/d is a directory");
    told(&["rm", &served.url("d")], 2, "ftp://");
    told(&["ls", &served.url("d*")], 5, "find --name");
}

#[test]
fn what_came_is_told_by_the_name_that_the_user_gave_it() {
    let served = Served::start(&[]).with("d/x", "x").with("y", "y");
    let here = served.elsewhere.path();
    fs::create_dir(here.join("two")).unwrap();
    for (arguments, destination) in [
        (vec!["get", "-r", "d", "jd"], "jd/x"),
        (vec!["get", "y", "two/"], "two/y"),
        (vec!["get", "y", "two/z"], "two/z"),
        (vec!["get", "y"], "y"),
    ] {
        let place = |argument: &str| served.url(argument);
        let url = place(if arguments.contains(&"d") { "d" } else { "y" });
        let arguments = arguments.iter().map(|argument| match *argument {
            "d" | "y" => url.as_str(),
            other => other,
        });
        let mut command = served.command(["--json"].into_iter().chain(arguments));
        let ended = super::program::run(command.current_dir(here)).ends_with(0);
        let told = String::from_utf8(ended.stdout).unwrap();
        assert!(told.contains(&format!("\"destination\":\"{destination}\"")), "{told}");
    }
}

#[test]
fn a_comparison_that_was_asked_for_and_not_made_is_told_also_quietly() {
    let served = Served::start(&["--write"]);
    // What comes from a pipe is no file that could be compared.
    let mut command = served.command(["put", "-q", "--verify", "-", &served.url("piped")]);
    let ended = super::program::run_with_input(&mut command, b"octets").ends_with(0);
    assert!(ended.stderr.contains("not compared"), "{}", ended.stderr);
}
