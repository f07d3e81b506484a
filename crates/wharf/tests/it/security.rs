//! `docs/security.md` names tests; they exist.

use std::fs;

use crate::parity::root;

#[test]
fn what_the_security_page_names_exists() {
    let page = fs::read_to_string(root().join("docs/security.md")).unwrap();
    let rows: Vec<&str> = page.lines().filter(|line| line.starts_with("| ")).collect();
    let mut numbers = rows.iter().filter_map(|row| row.split(' ').nth(1)?.parse::<usize>().ok());
    assert!((1..=64).all(|number| numbers.next() == Some(number)) && numbers.next().is_none());
    for row in rows {
        // What is between backquotes and has no `::` is no test but a word of FTP.
        let tests: Vec<_> =
            row.split('`').skip(1).step_by(2).filter_map(|name| name.rsplit_once("::")).collect();
        assert!(row.starts_with("| |") || !tests.is_empty(), "no test: {row}");
        for (module, function) in tests {
            has_test(module, function);
        }
    }
}

fn has_test(module: &str, function: &str) {
    let (place, rest) = module.split_once("::").unwrap_or(("", module));
    let rest = rest.replace("::", "/");
    let files = match place {
        "" if module == "fuzz" => {
            let target = root().join(format!("fuzz/fuzz_targets/{function}.rs"));
            return assert!(target.exists(), "there is no {target:?}");
        }
        "" => vec![format!("crates/wharf/tests/it/{rest}.rs")],
        "interop" => vec![format!("interop/tests/it/{rest}.rs")],
        "wharf" => vec![format!("crates/wharf/src/{rest}.rs")],
        "core" | "storage" | "accounts" | "cli" => {
            ["src", "tests/it"].map(|folder| format!("crates/wharf-{place}/{folder}/{rest}.rs")).to_vec()
        }
        other => panic!("no such place: {other}"),
    };
    let is_there = files.iter().any(|file| {
        let source = fs::read_to_string(root().join(file)).unwrap_or_default();
        source.contains(&format!("fn {function}("))
    });
    assert!(is_there, "there is no {function} in {}", files.join(" or "));
}
