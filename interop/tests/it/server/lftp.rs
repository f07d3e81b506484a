use std::fs;

use wharf_interop::{
    clients::{lftp, printed},
    fixture::Tree,
};

use super::{at, content, receiving, serving};

#[test]
fn mirrors_down() {
    let (server, local) = serving();
    lftp(&server.target, &format!("mirror / '{}'", local.path().display()));
    assert_eq!(Tree::read(local.path()), Tree::difficult());
}

#[test]
fn mirrors_up() {
    let (server, local) = receiving();
    lftp(&server.target, &format!("mirror -R '{}' /", local.path().display()));
    assert_eq!(Tree::read(&server.files), Tree::difficult());
}

#[test]
fn mirrors_both_ways_with_four_sessions_and_parts() {
    let (server, local) = serving();
    let script = format!(
        "mirror --parallel=4 --use-pget-n=3 / '{0}/down'; mirror -R --parallel=4 '{0}/down' /up",
        local.path().display()
    );
    lftp(&server.target, &script);
    assert_eq!(Tree::read(&local.path().join("down")), Tree::difficult());
    assert_eq!(Tree::read(&server.files).below("up"), Tree::difficult());
}

/// A second run transfers nothing, since size and time agree; then what is gone here is removed there.
#[test]
fn mirrors_only_what_changed() {
    let (server, local) = receiving();
    let up = format!("mirror -R --verbose --delete '{}' /", local.path().display());
    lftp(&server.target, &up);
    let again = printed(lftp(&server.target, &up));
    assert!(!again.contains("Transferring file"), "{again}");
    fs::remove_file(local.path().join("empty")).unwrap();
    fs::remove_dir_all(local.path().join("a/b")).unwrap();
    fs::write(local.path().join("text.txt"), "changed\n").unwrap();
    lftp(&server.target, &up);
    let expected = Tree::difficult().without("empty").without("a/b").with("text.txt", "changed\n");
    assert_eq!(Tree::read(&server.files), expected);
}

#[test]
fn mirrors_without_mlsd() {
    let (server, local) = serving();
    lftp(&server.target, &format!("set ftp:use-mlsd no; mirror / '{}'", local.path().display()));
    // LIST shows dot files when asked to, and lftp does not ask.
    let hidden = local.path().join(".hidden").exists();
    let expected = if hidden { Tree::difficult() } else { Tree::difficult().without(".hidden") };
    assert_eq!(Tree::read(local.path()), expected);
}

#[test]
fn mirrors_in_active_mode() {
    let (server, local) = serving();
    lftp(&server.target, &format!("set ftp:passive-mode no; mirror / '{}'", local.path().display()));
    assert_eq!(Tree::read(local.path()), Tree::difficult());
}

#[test]
fn resumes_both_ways() {
    let (server, local) = serving();
    let (name, tree) = ("five-mebibytes.bin", Tree::difficult());
    let part = &tree.file(name)[..1_500_000];
    fs::write(local.path().join(name), part).unwrap();
    fs::write(local.path().join("part"), part).unwrap();
    lftp(
        &server.target,
        &format!("lcd '{}'; get -c {name}; put part; put -c {name} -o part", local.path().display()),
    );
    assert!(content(at(&local, name)) == tree.file(name));
    assert!(content(server.files.join("part")) == tree.file(name));
}

#[test]
fn moves_text() {
    let (server, local) = serving();
    lftp(
        &server.target,
        &format!("lcd '{}'; get -a text.txt; put -a text.txt -o up.txt", local.path().display()),
    );
    assert_eq!(content(at(&local, "text.txt")), Tree::difficult().file("text.txt"));
    assert_eq!(content(server.files.join("up.txt")), Tree::difficult().file("text.txt"));
}

#[test]
fn makes_moves_and_removes() {
    let (server, _) = serving();
    lftp(
        &server.target,
        "mkdir -p new/er/est; mv text.txt new/er/text.txt; rm empty; rm -r a; chmod 640 .hidden",
    );
    let tree = Tree::difficult();
    let expected = tree
        .clone()
        .without("text.txt")
        .without("empty")
        .without("a")
        .with_directory("new/er/est")
        .with("new/er/text.txt", tree.file("text.txt"));
    assert_eq!(Tree::read(&server.files), expected);
}

#[test]
fn lists() {
    let (server, _) = serving();
    let names = printed(lftp(&server.target, "cls -1 a/b; nlist a/b; find a"));
    for name in ["a/b/beside.bin", "a/b/c/", "a/in the middle/x"] {
        assert!(names.lines().any(|line| line == name), "{name} in {names}");
    }
}
