use std::fs;

use wharf_interop::{
    clients::{printed, rclone},
    fixture::Tree,
};

use super::{receiving, serving};

#[test]
fn copies_down() {
    let (server, local) = serving();
    rclone(&server.target, &["copy", "wharf:", local.path().to_str().unwrap()]);
    assert_eq!(Tree::read(local.path()), Tree::difficult());
}

/// Into a directory that does not exist yet, which rclone finds out by listing it.
#[test]
fn copies_up_and_checks() {
    let (server, local) = receiving();
    let from = local.path().to_str().unwrap();
    rclone(&server.target, &["copy", from, "wharf:new/place"]);
    assert_eq!(Tree::read(&server.files).below("new/place"), Tree::difficult());
    rclone(&server.target, &["check", "--download", from, "wharf:new/place"]);
}

#[test]
fn syncs_what_changed() {
    let (server, local) = receiving();
    let from = local.path().to_str().unwrap();
    rclone(&server.target, &["sync", from, "wharf:"]);
    fs::remove_dir_all(local.path().join("a/b")).unwrap();
    fs::write(local.path().join("text.txt"), "changed\n").unwrap();
    rclone(&server.target, &["sync", from, "wharf:"]);
    assert_eq!(Tree::read(&server.files), Tree::difficult().without("a/b").with("text.txt", "changed\n"));
}

#[test]
fn moves_lists_and_purges() {
    let (server, _) = serving();
    rclone(&server.target, &["moveto", "wharf:text.txt", "wharf:moved/text.txt"]);
    rclone(&server.target, &["purge", "wharf:a"]);
    rclone(&server.target, &["deletefile", "wharf:empty"]);
    rclone(&server.target, &["mkdir", "wharf:made/deep"]);
    let tree = Tree::difficult();
    let expected = tree
        .clone()
        .without("text.txt")
        .without("a")
        .without("empty")
        .with("moved/text.txt", tree.file("text.txt"))
        .with_directory("made/deep");
    assert_eq!(Tree::read(&server.files), expected);
    let listed = printed(rclone(&server.target, &["lsf", "--recursive", "--format", "sp", "wharf:"]));
    assert!(listed.lines().any(|line| line == "5242880;five-mebibytes.bin"), "{listed}");
    assert!(listed.lines().any(|line| line == "-1;made/deep/" || line == "0;made/deep/"), "{listed}");
}

#[test]
fn reads_from_an_offset() {
    let (server, _) = serving();
    let output =
        rclone(&server.target, &["cat", "--offset", "1000", "--count", "500", "wharf:every octet.bin"]);
    assert_eq!(output.stdout, &Tree::difficult().file("every octet.bin")[1000..1500]);
}
