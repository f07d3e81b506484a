use std::fs;

use wharf_interop::{
    clients::{printed, tnftp},
    fixture::Tree,
};

use super::{at, content, receiving, serving};

/// `mget *` asks NLST to expand the pattern; every file of the top directory but the dot file.
fn top(tree: &Tree) -> Tree {
    tree.files()
        .filter(|name| !name.contains('/') && !name.starts_with('.'))
        .fold(Tree::empty(), |top, name| top.with(name, tree.file(name)))
}

#[test]
fn gets_what_a_pattern_names() {
    for mode in ["-p", "-A"] {
        let (server, local) = serving();
        tnftp(&server.target, local.path(), &[mode], "binary\nmget *.txt *.bin empty");
        assert_eq!(Tree::read(local.path()), top(&Tree::difficult()), "{mode}");
    }
}

#[test]
fn puts_what_a_pattern_names() {
    let (server, local) = receiving();
    tnftp(&server.target, local.path(), &[], "binary\nmkdir put\ncd put\nmput *.txt *.bin empty");
    assert_eq!(Tree::read(&server.files).below("put"), top(&Tree::difficult()));
}

#[test]
fn resumes_and_appends() {
    let (server, local) = serving();
    let (name, tree) = ("five-mebibytes.bin", Tree::difficult());
    fs::write(local.path().join(name), &tree.file(name)[..2_500_000]).unwrap();
    tnftp(&server.target, local.path(), &[], &format!("binary\nreget {name}\nappend {name} {name}"));
    assert!(content(at(&local, name)) == tree.file(name));
    assert!(content(server.files.join(name)) == tree.file(name).repeat(2));
}

#[test]
fn moves_text() {
    let (server, local) = serving();
    tnftp(&server.target, local.path(), &[], "ascii\nget text.txt\nput text.txt up.txt");
    assert_eq!(content(at(&local, "text.txt")), Tree::difficult().file("text.txt"));
    assert_eq!(content(server.files.join("up.txt")), Tree::difficult().file("text.txt"));
}

#[test]
fn makes_renames_and_removes() {
    let (server, local) = serving();
    let script = "mkdir made\nrename text.txt \"made/two words\"\ndelete empty\nmkdir bare\nrmdir bare\nchmod 600 .hidden";
    tnftp(&server.target, local.path(), &[], script);
    let tree = Tree::difficult();
    let expected =
        tree.clone().without("text.txt").without("empty").with("made/two words", tree.file("text.txt"));
    assert_eq!(Tree::read(&server.files), expected);
}

#[test]
fn asks_about_the_server_and_its_files() {
    let (server, local) = serving();
    let script = "binary\nsystem\nfeatures\npwd\nsize five-mebibytes.bin\nmodtime empty\ndir a/b\nnlist a/b\nmlst empty\nmlsd a/b\n\
                  rhelp\nrstatus\nquote NOOP\nsite help";
    let said = printed(tnftp(&server.target, local.path(), &[], script));
    for expected in ["215 ", "5242880", "beside.bin", "Remote directory: /", "\n200 "] {
        assert!(said.contains(expected), "{expected:?} in:\n{said}");
    }
}
