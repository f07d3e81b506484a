//! `docs/parity.md` names tests and parts of the API; they exist.

use std::{
    fs,
    path::{Path, PathBuf},
};

#[test]
fn what_the_parity_page_names_exists() {
    let page = fs::read_to_string(root().join("docs/parity.md")).unwrap();
    let rows: Vec<&str> = page.lines().filter(|line| line.starts_with("| ")).collect();
    assert!(rows.len() > 270, "{} rows", rows.len());
    let names = rows.iter().flat_map(|row| row.split('`').skip(1).step_by(2));
    let sources = sources();
    let (mut tests, mut members) = (0, 0);
    for (path, name) in names.filter_map(|name| name.rsplit_once("::")) {
        if path.starts_with(char::is_uppercase) {
            assert!(
                sources.iter().any(|source| has_member(source, path, name)),
                "there is no {path}::{name}"
            );
            members += 1;
        } else {
            has_test(path, name);
            tests += 1;
        }
    }
    assert!(tests > 200, "{tests} tests are named");
    assert!(members > 120, "{members} members are named");
}

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn has_test(module: &str, function: &str) {
    let file = match module.split_once("::") {
        None => format!("crates/wharf/tests/it/{module}.rs"),
        Some(("conformance", module)) => format!("crates/wharf-storage/src/conformance/{module}.rs"),
        Some(("storage", module)) => format!("crates/wharf-storage/src/{}.rs", module.replace("::", "/")),
        Some(("core", module)) => format!("crates/wharf-core/src/{}.rs", module.replace("::", "/")),
        Some(("wharf", module)) => format!("crates/wharf/src/{}.rs", module.replace("::", "/")),
        Some(("cli", module)) => format!("crates/wharf-cli/tests/it/{module}.rs"),
        Some(other) => panic!("no such place: {other:?}"),
    };
    let source = fs::read_to_string(root().join(&file)).unwrap_or_else(|error| panic!("{file}: {error}"));
    assert!(source.contains(&format!("fn {function}(")), "there is no {function} in {file}");
}

/// Whether a type of this name is defined or implemented here, and a function, field or variant of this name with it.
fn has_member(source: &str, owner: &str, member: &str) -> bool {
    let owns = |line: &str| {
        let mut words = line.split(|c: char| !c.is_alphanumeric() && c != '_' && c != '\'');
        let owners = ["impl", "struct", "enum", "trait"];
        words.any(|word| owners.contains(&word)) && words.any(|word| word == owner)
    };
    let is_it = |line: &str| {
        let line = line.trim_start().trim_start_matches("pub ").trim_start_matches("async ");
        let rest = line.strip_prefix("fn ").unwrap_or(line).strip_prefix(member);
        rest.is_some_and(|rest| ["(", "<", ":", ",", " {"].iter().any(|end| rest.starts_with(end)))
    };
    let mut lines = source.lines();
    while let Some(line) = lines.next() {
        if !line.starts_with([' ', '/', '}']) && owns(line) {
            let body: Vec<&str> = lines.clone().take_while(|line| !line.starts_with('}')).collect();
            if body.into_iter().any(is_it) {
                return true;
            }
        }
    }
    false
}

/// All sources of the libraries.
fn sources() -> Vec<String> {
    let mut directories: Vec<PathBuf> = ["wharf", "wharf-core", "wharf-storage"]
        .iter()
        .map(|name| root().join("crates").join(name).join("src"))
        .collect();
    let mut sources = Vec::new();
    while let Some(directory) = directories.pop() {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => directories.push(path),
                false => sources.push(fs::read_to_string(path).unwrap()),
            }
        }
    }
    sources
}
