//! `docs/parity.md` names tests; they exist.

use std::path::Path;

#[test]
fn the_tests_that_the_parity_table_names_exist() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let table = std::fs::read_to_string(root.join("docs/parity.md")).unwrap();
    let rows: Vec<&str> = table.lines().filter(|line| line.starts_with("| `")).collect();
    assert!(rows.len() > 150, "{} rows", rows.len());
    let mut checked = 0;
    for name in
        rows.iter().flat_map(|row| row.split('`').skip(1).step_by(2)).filter(|name| name.contains("::"))
    {
        let (module, function) = name.rsplit_once("::").unwrap();
        let file = match module.split_once("::") {
            None => format!("crates/wharf/tests/it/{module}.rs"),
            Some(("conformance", module)) => format!("crates/wharf-storage/src/conformance/{module}.rs"),
            Some(("storage", module)) => format!("crates/wharf-storage/src/{}.rs", module.replace("::", "/")),
            Some(("core", module)) => format!("crates/wharf-core/src/{}.rs", module.replace("::", "/")),
            Some(("wharf", module)) => format!("crates/wharf/src/{}.rs", module.replace("::", "/")),
            Some(other) => panic!("no such place: {other:?}"),
        };
        let source =
            std::fs::read_to_string(root.join(&file)).unwrap_or_else(|error| panic!("{file}: {error}"));
        assert!(source.contains(&format!("fn {function}(")), "there is no {function} in {file}");
        checked += 1;
    }
    assert!(checked > 150, "{checked} tests are named");
}
