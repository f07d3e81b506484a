use std::fs;

use wharf_interop::{
    clients::{percent_encoded, wget},
    fixture::Tree,
};

use super::{at, content, serving};

fn recursive(options: &[&str]) -> Tree {
    let (server, local) = serving();
    let to = local.path().to_str().unwrap();
    let url = server.target.url("");
    wget(&server.target, &[options, &["--recursive", "--no-host-directories", "-P", to, &url]].concat());
    Tree::read(local.path())
}

#[test]
fn downloads_a_tree() {
    assert_eq!(recursive(&[]), Tree::difficult());
}

#[test]
fn downloads_a_tree_in_active_mode() {
    assert_eq!(recursive(&["--no-passive-ftp"]), Tree::difficult());
}

#[test]
fn mirrors_with_times() {
    assert_eq!(recursive(&["--timestamping", "--preserve-permissions"]), Tree::difficult());
}

#[test]
fn resumes() {
    let (server, local) = serving();
    let (name, tree) = ("five-mebibytes.bin", Tree::difficult());
    fs::write(local.path().join(name), &tree.file(name)[..4_000_000]).unwrap();
    wget(&server.target, &["--continue", "-P", local.path().to_str().unwrap(), &server.target.url(name)]);
    assert!(content(at(&local, name)) == tree.file(name));
}

#[test]
fn downloads_text_and_names_with_spaces() {
    let (server, local) = serving();
    let to = at(&local, "text.txt");
    wget(&server.target, &["-O", &to, &server.target.url("text.txt;type=a")]);
    // wget leaves the line ends as they came.
    let wire = String::from_utf8(Tree::difficult().file("text.txt").to_vec()).unwrap().replace('\n', "\r\n");
    assert_eq!(String::from_utf8(content(&to)).unwrap(), wire);
    let name = "spaces  and 'quotes'.txt";
    wget(&server.target, &["-O", &to, &server.target.url(&percent_encoded(name))]);
    assert_eq!(content(to), Tree::difficult().file(name));
}
