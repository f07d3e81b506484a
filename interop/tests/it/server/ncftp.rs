use std::fs;

use wharf_interop::{
    clients::{ncftp, printed},
    fixture::Tree,
};

use super::{at, content, receiving, serving};

/// What `ncftpget -R` takes of the difficult tree: it lists without `-a`.
fn without_dot_files(tree: Tree) -> Tree {
    tree.without(".hidden")
}

#[test]
fn downloads_trees_and_files() {
    let (server, local) = serving();
    let to = local.path().to_str().unwrap();
    ncftp("ncftpget", &server.target, &["-R"], &[to, "/a"]);
    ncftp("ncftpget", &server.target, &[], &[to, "/five-mebibytes.bin", "/every octet.bin", "/empty"]);
    let tree = Tree::difficult();
    let got = Tree::read(local.path());
    assert_eq!(got.below("a"), tree.below("a"));
    for name in ["five-mebibytes.bin", "every octet.bin", "empty"] {
        assert!(got.file(name) == tree.file(name), "{name}");
    }
}

#[test]
fn downloads_in_active_mode() {
    let (server, local) = serving();
    ncftp("ncftpget", &server.target, &["-E"], &[local.path().to_str().unwrap(), "/five-mebibytes.bin"]);
    assert!(content(at(&local, "five-mebibytes.bin")) == Tree::difficult().file("five-mebibytes.bin"));
}

#[test]
fn uploads_a_tree() {
    let (server, local) = receiving();
    let names =
        ["a", "empty", "every octet.bin", "five-mebibytes.bin", "na\u{ef}ve \u{6587}.txt", "text.txt"];
    let paths = names.map(|name| at(&local, name));
    let arguments: Vec<_> = ["/put"].into_iter().chain(paths.iter().map(String::as_str)).collect();
    ncftp("ncftpput", &server.target, &["-R", "-m"], &arguments);
    let expected = without_dot_files(Tree::difficult()).without("spaces  and 'quotes'.txt");
    assert_eq!(Tree::read(&server.files).below("put"), expected);
}

#[test]
fn resumes_a_download() {
    let (server, local) = serving();
    let (name, tree) = ("five-mebibytes.bin", Tree::difficult());
    fs::write(local.path().join(name), &tree.file(name)[..2_000_000]).unwrap();
    ncftp("ncftpget", &server.target, &["-z"], &[local.path().to_str().unwrap(), &format!("/{name}")]);
    assert!(content(at(&local, name)) == tree.file(name));
}

#[test]
fn moves_text_and_appends() {
    let (server, local) = serving();
    ncftp("ncftpget", &server.target, &["-a"], &[local.path().to_str().unwrap(), "/text.txt"]);
    let (text, from) = (Tree::difficult().file("text.txt").to_vec(), at(&local, "text.txt"));
    assert_eq!(content(&from), text);
    ncftp("ncftpput", &server.target, &["-a", "-m"], &["/up", &from]);
    assert_eq!(content(server.files.join("up/text.txt")), text);
    ncftp("ncftpput", &server.target, &["-A"], &["/up", &from]);
    assert_eq!(content(server.files.join("up/text.txt")), text.repeat(2));
}

#[test]
fn lists() {
    let (server, _) = serving();
    let names = printed(ncftp("ncftpls", &server.target, &["-1"], &["a", "b", ""]));
    assert!(names.lines().any(|name| name.trim_end_matches('/') == "c"), "{names}");
    let rows = printed(ncftp("ncftpls", &server.target, &["-l"], &["a", "b", ""]));
    assert!(rows.contains("70001") && rows.contains("beside.bin"), "{rows}");
}
