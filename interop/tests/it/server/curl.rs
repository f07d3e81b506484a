use std::{
    fs,
    time::{Duration, SystemTime},
};

use wharf_interop::{
    Family,
    clients::{curl, curl_status, percent_encoded, printed},
    fixture::Tree,
};

use super::{at, content, receiving, serving, serving_on};

#[test]
fn downloads_every_file() {
    let (server, local) = serving();
    for name in Tree::difficult().files() {
        curl(
            &server.target,
            &["--create-dirs", "--output", &at(&local, name), &server.target.url(&percent_encoded(name))],
        );
    }
    assert_eq!(Tree::read(local.path()), Tree::difficult());
}

#[test]
fn uploads_every_file_and_makes_its_directories() {
    let (server, local) = receiving();
    for name in Tree::difficult().files() {
        let url = server.target.url(&percent_encoded(name));
        curl(&server.target, &["--ftp-create-dirs", "--upload-file", &at(&local, name), &url]);
    }
    assert_eq!(Tree::read(&server.files), Tree::difficult());
}

/// The three ways to a pathname of three directories: three CWD, one CWD, none.
#[test]
fn changes_directory_in_each_way() {
    let (server, _) = serving();
    for method in ["multicwd", "singlecwd", "nocwd"] {
        let url = server.target.url("a/b/c/deep.txt");
        let text = printed(curl(&server.target, &["--ftp-method", method, &url]));
        assert_eq!(text, "at the bottom\n", "{method}");
    }
}

#[test]
fn connects_in_each_way() {
    let name = "five-mebibytes.bin";
    for (family, options) in [
        (Family::Ipv4, vec!["--disable-epsv"]),
        (Family::Ipv4, vec!["--ftp-port", "-", "--disable-eprt"]),
        (Family::Ipv4, vec!["--ftp-port", "-"]),
        (Family::Ipv4, vec!["--ftp-skip-pasv-ip"]),
        (Family::Ipv6, vec![]),
        (Family::Ipv6, vec!["--ftp-port", "-"]),
    ] {
        let (server, local) = serving_on(family);
        let (to, url) = (at(&local, name), server.target.url(name));
        curl(&server.target, &[options.as_slice(), &["--output", &to, &url]].concat());
        assert!(content(to) == Tree::difficult().file(name), "{family:?} {options:?}");
        let url = server.target.url("up.bin");
        curl(&server.target, &[options.as_slice(), &["--upload-file", &at(&local, name), &url]].concat());
        assert!(
            content(server.files.join("up.bin")) == Tree::difficult().file(name),
            "{family:?} {options:?}"
        );
    }
}

#[test]
fn resumes_a_download() {
    let (server, local) = serving();
    let (name, tree) = ("five-mebibytes.bin", Tree::difficult());
    let to = at(&local, name);
    fs::write(&to, &tree.file(name)[..3_000_000]).unwrap();
    curl(&server.target, &["--continue-at", "-", "--output", &to, &server.target.url(name)]);
    assert!(content(to) == tree.file(name));
}

#[test]
fn resumes_an_upload() {
    let (server, local) = receiving();
    let (name, tree) = ("five-mebibytes.bin", Tree::difficult());
    let from = at(&local, name);
    let url = server.target.url(name);
    let part = at(&local, "part");
    fs::write(&part, &tree.file(name)[..2_000_000]).unwrap();
    curl(&server.target, &["--upload-file", &part, &url]);
    curl(&server.target, &["--continue-at", "-", "--upload-file", &from, &url]);
    assert!(content(server.files.join(name)) == tree.file(name));
}

#[test]
fn takes_a_range_by_aborting() {
    let (server, local) = serving();
    let (name, to) = ("five-mebibytes.bin", at(&local, "range"));
    curl(&server.target, &["--range", "1000-1999", "--output", &to, &server.target.url(name)]);
    assert_eq!(content(to), &Tree::difficult().file(name)[1000..2000]);
}

#[test]
fn appends() {
    let (server, local) = receiving();
    let url = server.target.url("log.txt");
    for _ in 0..2 {
        curl(&server.target, &["--append", "--upload-file", &at(&local, "text.txt"), &url]);
    }
    assert_eq!(content(server.files.join("log.txt")), Tree::difficult().file("text.txt").repeat(2));
}

#[test]
fn moves_text() {
    let (server, local) = serving();
    let to = at(&local, "text.txt");
    curl(&server.target, &["--use-ascii", "--output", &to, &server.target.url("text.txt")]);
    assert_eq!(content(&to), Tree::difficult().file("text.txt"));
    curl(&server.target, &["--use-ascii", "--upload-file", &to, &server.target.url("up.txt")]);
    assert_eq!(content(server.files.join("up.txt")), Tree::difficult().file("text.txt"));
}

#[test]
fn keeps_the_time() {
    let (server, local) = serving();
    let then = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
    fs::File::options().write(true).open(server.files.join("empty")).unwrap().set_modified(then).unwrap();
    fs::File::options().write(true).open(server.files.join("text.txt")).unwrap().set_modified(then).unwrap();
    let to = at(&local, "text.txt");
    curl(&server.target, &["--remote-time", "--output", &to, &server.target.url("text.txt")]);
    assert_eq!(fs::metadata(to).unwrap().modified().unwrap(), then);
    let head = printed(curl(&server.target, &["--head", &server.target.url("text.txt")]));
    assert!(head.contains("Last-Modified: Sun, 09 Sep 2001 01:46:40 GMT"), "{head}");
    assert!(
        head.contains(&format!("Content-Length: {}", Tree::difficult().file("text.txt").len())),
        "{head}"
    );
}

#[test]
fn lists_names_and_rows() {
    let (server, _) = serving();
    let names = printed(curl(&server.target, &["--list-only", &server.target.url("a/b/")]));
    let mut names: Vec<_> = names.lines().collect();
    names.sort_unstable();
    assert_eq!(names, ["beside.bin", "c"]);
    let rows = printed(curl(&server.target, &[&server.target.url("a/b/")]));
    assert!(rows.lines().any(|row| row.starts_with('d') && row.ends_with(" c")), "{rows}");
    assert!(rows.lines().any(|row| row.contains(" 70001 ") && row.ends_with(" beside.bin")), "{rows}");
}

#[test]
fn sends_commands_of_ones_own() {
    let (server, _) = serving();
    let url = server.target.url("");
    for command in ["MKD made", "RNFR text.txt", "RNTO made/text.txt", "DELE empty", "SITE CHMOD 600 .hidden"]
    {
        // One session for the pair.
        if command.starts_with("RNFR") {
            curl(&server.target, &["--head", "--quote", command, "--quote", "RNTO made/text.txt", &url]);
        } else if !command.starts_with("RNTO") {
            curl(&server.target, &["--head", "--quote", command, &url]);
        }
    }
    let tree = Tree::difficult();
    let expected =
        tree.clone().without("text.txt").without("empty").with("made/text.txt", tree.file("text.txt"));
    assert_eq!(Tree::read(&server.files), expected);
    use std::os::unix::fs::PermissionsExt;
    assert_eq!(fs::metadata(server.files.join(".hidden")).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn is_refused() {
    let (server, local) = receiving();
    let target = &server.target;
    assert_eq!(curl_status(target, &[&target.url("missing.txt")]), Some(78));
    assert_eq!(curl_status(target, &[&target.url("missing/directory/")]), Some(9));
    assert_eq!(
        curl_status(target, &["--upload-file", &at(&local, "empty"), &target.url("no/such/x")]),
        Some(9)
    );
    assert_eq!(curl_status(target, &["--user", "wharfinger:wrong", &target.url("")]), Some(67));
    assert_eq!(Tree::read(&server.files), Tree::empty());
}
