//! What documents say of commands is so.

use std::{collections::BTreeSet, fs, path::Path};

use wharf_core::command::Registry;

fn read(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)).unwrap()
}

/// The text of all code spans.
fn code_spans(text: &str) -> BTreeSet<&str> {
    text.split('`').skip(1).step_by(2).collect()
}

#[test]
fn the_readme_names_every_command_and_no_other() {
    let readme = read("README.md");
    let table = readme.split("| family | commands |").nth(1).expect("README has a table of the commands");
    let table = table.split("\n\n").next().unwrap();
    let registry = Registry::standard();
    let known: BTreeSet<&str> = registry.iter().flat_map(|command| command.spec.verbs()).collect();
    assert_eq!(code_spans(table), known);
}

#[test]
fn the_last_command_that_was_added_is_shown_as_it_is() {
    let page = read("docs/decisions/adding-a-command.md");
    let diff = page.split("```diff").nth(1).and_then(|rest| rest.split("\n```\n").next()).expect("a diff");
    let source =
        read("crates/wharf-core/src/command/status.rs") + &read("crates/wharf-core/src/command/registry.rs");
    let added: Vec<&str> = diff
        .lines()
        .filter(|line| !line.starts_with("+++"))
        .filter_map(|line| line.strip_prefix('+'))
        .collect();
    assert!(added.len() > 40, "{added:?}");
    for line in added {
        assert!(source.lines().any(|there| there == line), "no more in the source: {line}");
    }
}
