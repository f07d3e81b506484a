//! `get`, `put`, `ls`, `rm`, `mkdir` and `mv`, octet for octet.

use std::{fs, io::Read, path::Path, process::Stdio};

use super::program::{Served, noise, run_with_input, write};

/// Files with their content, by their pathnames below `directory`; directories with none.
fn tree(directory: &Path) -> Vec<(String, Option<Vec<u8>>)> {
    let mut found = Vec::new();
    let mut directories = vec![directory.to_path_buf()];
    while let Some(at) = directories.pop() {
        for entry in fs::read_dir(at).unwrap() {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(directory).unwrap().to_str().unwrap().to_owned();
            match path.is_dir() {
                true => {
                    found.push((name, None));
                    directories.push(path);
                }
                false => found.push((name, Some(fs::read(path).unwrap()))),
            }
        }
    }
    found.sort();
    found
}

fn difficult(directory: &Path) {
    write(directory, "noise.bin", noise(3 << 20));
    write(directory, "empty", "");
    write(directory, "lines.txt", "one\r\ntwo\nthree\r");
    write(directory, "a/b/c/deep", "at the bottom");
    write(directory, "a/na\u{ef}ve \u{6587}.txt", "UTF-8");
    write(directory, "it's \"quoted\" 100%;type=a#1?", "odd");
    write(directory, " lead and trail ", "spaces");
    write(directory, "-rf", "no option");
    write(directory, ".hidden", "dot");
    fs::create_dir(directory.join("nothing in it")).unwrap();
}

fn str(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn a_file_goes_there_and_back() {
    let served = Served::start(&["--write"]);
    let content = noise(2 << 20);
    let here = served.elsewhere.path();
    let file = write(here, "file.bin", &content);

    // Under its own name, into a directory that is there, and under a new one whose directories are missing.
    served.run(["put", str(&file), &served.url("")]).ends_with(0);
    served.run(["mkdir", &served.url("dir")]).ends_with(0);
    served.run(["put", str(&file), &served.url("dir")]).ends_with(0);
    served.run(["put", str(&file), &served.url("x/y/new.bin")]).ends_with(0);
    for name in ["file.bin", "dir/file.bin", "x/y/new.bin"] {
        assert!(served.read(name) == content, "{name}");
    }

    let back = here.join("back");
    fs::create_dir(&back).unwrap();
    served.run(["get", &served.url("x/y/new.bin"), str(&back)]).ends_with(0);
    served.run(["get", &served.url("file.bin"), str(&back.join("renamed"))]).ends_with(0);
    served.run(["get", &served.url("file.bin"), &format!("{}/", str(&back.join("made")))]).ends_with(0);
    for name in ["new.bin", "renamed", "made/file.bin"] {
        assert!(fs::read(back.join(name)).unwrap() == content, "{name}");
    }
    let mut here = served.command(["get", &served.url("file.bin")]);
    super::program::run(here.current_dir(back.join("made"))).ends_with(0);
}

#[test]
fn trees_go_there_and_back() {
    let served = Served::start(&["--write"]);
    let here = served.elsewhere.path();
    let source = here.join("tree");
    difficult(&source);

    served.run(["put", "-r", str(&source), &served.url("in/here/")]).ends_with(0);
    assert_eq!(tree(&served.folder.path().join("in/here/tree")), tree(&source));
    served.run(["put", "-r", str(&source), &served.url("as")]).ends_with(0);
    assert_eq!(tree(&served.folder.path().join("as")), tree(&source));
    let mut dot = served.command(["put", "-r", ".", &served.url("in")]);
    super::program::run(dot.current_dir(&source)).ends_with(0);

    served.run(["get", "-r", &served.url("as"), str(&here.join("new"))]).ends_with(0);
    assert_eq!(tree(&here.join("new")), tree(&source));
    served.run(["get", "-r", &served.url("as"), str(&here.join("new"))]).ends_with(0);
    assert_eq!(tree(&here.join("new/as")), tree(&source));
    served.run(["get", "-r", &served.url("in/here"), &format!("{}/", str(&here.join("into")))]).ends_with(0);
    assert_eq!(tree(&here.join("into/here/tree")), tree(&source));
    let all = here.join("all");
    served.run(["get", "-r", &served.url(""), str(&all)]).ends_with(0);
    assert_eq!(tree(&all), tree(served.folder.path()));
}

#[test]
fn each_way_of_data_connections() {
    let served = Served::start(&["--write"]).with("file", "content");
    for options in
        [vec!["--active"], vec!["--passive", "epsv"], vec!["--passive", "pasv"], vec!["--timeout", "20"]]
    {
        let url = served.url("file");
        let get = [vec!["get"], options, vec![&url, "-"]].concat();
        assert_eq!(served.run(get).text(), "content");
    }
}

#[test]
fn through_standard_input_and_output() {
    let served = Served::start(&["--write"]);
    let content = noise(700_000);
    let url = served.url("piped");
    run_with_input(&mut served.command(["put", "-", &url]), &content).ends_with(0);
    assert!(served.read("piped") == content);
    assert!(served.run(["get", &url, "-"]).ends_with(0).stdout == content);
    // Nobody can know what it is to be called.
    run_with_input(&mut served.command(["put", "-", &served.url("")]), b"").ends_with(2);
}

#[test]
fn a_reader_that_has_seen_enough_is_no_news() {
    let served = Served::start(&[]).with("file", noise(8 << 20));
    let mut command = served.command(["get", "-q", &served.url("file"), "-"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut first = [0; 10];
    child.stdout.take().unwrap().read_exact(&mut first).unwrap();
    let mut said = String::new();
    child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    assert_eq!((said.as_str(), child.wait().unwrap().code()), ("", Some(141)));
}

#[test]
fn several_files_and_some_of_them_fail() {
    let served = Served::start(&["--write"]);
    let here = served.elsewhere.path();
    let (one, two) = (write(here, "one", "1"), write(here, "two", "2"));
    fs::create_dir(served.folder.path().join("one")).unwrap();
    let ended = served.run(["put", str(&one), str(&two), &served.url("")]).ends_with(9);
    assert!(ended.stderr.contains("one"), "{}", ended.stderr);
    assert_eq!(served.read("two"), b"2");

    let url = served.url("both");
    served.run(["put", "-q", str(&one), str(&two), &url]).ends_with(0);
    assert_eq!(served.read("both/one"), b"1");
    assert_eq!(served.read("both/two"), b"2");
}

#[test]
fn links_in_a_tree_are_not_followed_out_of_it() {
    let served = Served::start(&["--write"]).with("tree/file", "content");
    let here = served.elsewhere.path();
    std::os::unix::fs::symlink(here.join("password"), served.folder.path().join("tree/link")).unwrap();
    served.run(["get", "-r", &served.url("tree"), str(here)]).ends_with(0);
    assert_eq!(tree(&here.join("tree")), [("file".to_owned(), Some(b"content".to_vec()))]);

    std::os::unix::fs::symlink(here.join("password"), here.join("tree/link")).unwrap();
    let ended = served.run(["put", "-r", str(&here.join("tree")), &served.url("up/")]).ends_with(0);
    assert!(ended.stderr.contains("/tree/link is left out: it is a symbolic link"), "{}", ended.stderr);
    assert_eq!(tree(&served.folder.path().join("up/tree")), [("file".to_owned(), Some(b"content".to_vec()))]);
}

#[test]
fn a_directory_is_meant_only_with_r() {
    let served = Served::start(&["--write"]).with("dir/file", "content");
    for arguments in
        [vec!["get", &served.url("dir")], vec!["rm", &served.url("dir")], vec!["get", &served.url("")]]
    {
        let ended = served.run(arguments).ends_with(2);
        assert!(ended.stderr.contains("is a directory; -r"), "{}", ended.stderr);
    }
    assert_eq!(served.read("dir/file"), b"content");
}

#[test]
fn what_is_not_there_has_its_exit_code() {
    let served = Served::start(&["--write"]);
    let url = served.url("missing");
    for arguments in [
        vec!["get", &url, "-"],
        vec!["get", "-r", &url],
        vec!["ls", &url],
        vec!["rm", &url],
        vec!["rm", "-r", &url],
        vec!["mv", &url, "there"],
    ] {
        served.run(arguments).ends_with(5);
    }
}

#[test]
fn lists_names_rows_and_objects() {
    let served = Served::start(&["--write"]).with("b", "12").with("a/c d", "123");
    assert_eq!(served.run(["ls", &served.url("")]).text(), "a/\nb\n");
    assert_eq!(served.run(["ls", "-R", &served.url("")]).text(), "a/\na/c d\nb\n");
    assert_eq!(served.run(["ls", &served.url("a")]).text(), "c d\n");
    assert_eq!(served.run(["ls", &served.url("a/c%20d")]).text(), "c d\n");
    assert_eq!(served.run(["ls", "-0U", &served.url("a")]).text(), "c d\0");

    let long = served.run(["ls", "-l", &served.url("")]);
    let rows: Vec<Vec<&str>> = long.text().lines().map(|row| row.split_whitespace().collect()).collect();
    assert_eq!((rows[0][0].get(..1), rows[0][3]), (Some("d"), "a/"));
    assert_eq!((rows[1][0].get(..1), rows[1][1], rows[1][3]), (Some("-"), "2", "b"));

    let json = served.run(["ls", "--json", &served.url("a")]);
    let object: serde_json::Value = serde_json::from_str(json.text()).unwrap();
    assert_eq!(
        (&object["name"], &object["type"], &object["size"]),
        (&"c d".into(), &"file".into(), &3.into())
    );
    assert_eq!(object["url"], served.url("a/c%20d"));
}

#[test]
fn makes_moves_and_removes() {
    let served = Served::start(&["--write"]).with("file", "content");
    served.run(["mkdir", &served.url("a/b")]).ends_with(5);
    served.run(["mkdir", "-p", &served.url("a/b")]).ends_with(0);
    served.run(["mkdir", "-p", &served.url("a/b")]).ends_with(0);
    served.run(["mkdir", &served.url("a/b")]).ends_with(6);
    served.run(["mv", &served.url("file"), "a/b/"]).ends_with(0);
    assert_eq!(served.read("a/b/file"), b"content");
    // The new place may be a URL too, and is decoded then.
    served.run(["mv", &served.url("a/b/file"), &served.url("a/x%20y")]).ends_with(0);
    served.run(["mv", &served.url("a/x%20y"), &served.url("")]).ends_with(0);
    assert_eq!(served.read("x y"), b"content");
    served.run(["mv", &served.url("x%20y"), "a/b/file"]).ends_with(0);
    served.run(["mv", &served.url("a/b"), "new name 100%20"]).ends_with(0);
    assert_eq!(served.read("new name 100%20/file"), b"content");
    served.run(["rm", &served.url("new%20name%20100%2520/file")]).ends_with(0);
    served.run(["rm", "-r", &served.url("//a")]).ends_with(0);
    assert_eq!(tree(served.folder.path()), [("new name 100%20".to_owned(), None)]);
}

#[test]
fn what_comes_from_a_pipe_makes_the_directories_that_are_missing() {
    let served = Served::start(&["--write"]);
    run_with_input(&mut served.command(["put", "-", &served.url("not/yet/there.txt")]), b"piped")
        .ends_with(0);
    assert_eq!(served.read("not/yet/there.txt"), b"piped");
}

#[test]
fn each_failure_of_a_removal_is_told() {
    let served = Served::start(&[]).with("tree/one", "1").with("tree/deep/two", "2");
    let ended = served.run(["rm", "-r", &served.url("tree")]).ends_with(9);
    for name in ["tree/one", "tree/deep/two"] {
        assert!(ended.stderr.contains(&format!(":{name}: ")), "{name}: {}", ended.stderr);
    }
    assert_eq!((served.read("tree/one"), served.read("tree/deep/two")), (b"1".to_vec(), b"2".to_vec()));
    // One failure is that of the whole.
    let served = Served::start(&[]).with("tree/one", "1");
    served.run(["rm", &served.url("tree/one")]).ends_with(6);
}

#[test]
fn what_could_not_be_compared_is_told() {
    let served = Served::start(&["--write"]).with("file", "text");
    let warned = |ended: &super::program::Ended| ended.stderr.contains("1 file: not compared by a digest");
    let piped = served.run(["get", "--verify", &served.url("file"), "-"]).ends_with(0);
    assert!(warned(&piped), "{}", piped.stderr);
    let sent =
        run_with_input(&mut served.command(["put", "--verify", "--json", "-", &served.url("new")]), b"x");
    let sent = sent.ends_with(0);
    assert!(warned(&sent) && String::from_utf8_lossy(&sent.stdout).contains("\"unverified\":1"), "{sent:?}");
    let to = served.elsewhere.path().join("file");
    let compared = served.run(["get", "--verify", "--json", &served.url("file"), str(&to)]).ends_with(0);
    assert!(!warned(&compared) && !String::from_utf8_lossy(&compared.stdout).contains("unverified"));
}
