//! The manual pages and the completions in the package are those of the program.
//!
//! `WHARF_MANUAL=overwrite cargo test -p wharf-cli manual` writes them anew.

use std::{collections::BTreeMap, env, fs, path::Path};

use super::program::{run, wharf};

/// Compares what is made with what is kept in `directory`.
fn check(directory: &str, made: BTreeMap<String, Vec<u8>>) {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join(directory);
    if env::var_os("WHARF_MANUAL").is_some_and(|value| value == "overwrite") {
        let _ = fs::remove_dir_all(&directory);
        fs::create_dir_all(&directory).unwrap();
        made.iter().for_each(|(name, text)| fs::write(directory.join(name), text).unwrap());
    }
    let kept: Vec<_> = fs::read_dir(&directory).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(kept.len(), made.len(), "{kept:?}");
    for (name, text) in made {
        assert!(fs::read(directory.join(&name)).unwrap() == text, "{name} is not what the program says now");
    }
}

#[test]
fn pages_are_current() {
    let directory = tempfile::tempdir().unwrap();
    let pages = directory.path().join("man1");
    run(&mut wharf(["man", "--into", pages.to_str().unwrap()])).ends_with(0);
    let page =
        |entry: fs::DirEntry| (entry.file_name().into_string().unwrap(), fs::read(entry.path()).unwrap());
    let made: BTreeMap<_, _> = fs::read_dir(&pages).unwrap().map(|entry| page(entry.unwrap())).collect();
    assert!(made.contains_key("wharf.1") && made.contains_key("wharf-bookmark-add.1"), "{:?}", made.keys());
    assert_eq!(run(&mut wharf(["man", "get"])).ends_with(0).stdout, made["wharf-get.1"]);
    check("man", made);
}

#[test]
fn completions_are_current() {
    let shells = [
        ("bash", "wharf.bash"),
        ("zsh", "_wharf"),
        ("fish", "wharf.fish"),
        ("elvish", "wharf.elv"),
        ("powershell", "_wharf.ps1"),
    ];
    let script = |(shell, name): (&str, &str)| {
        (name.to_owned(), run(&mut wharf(["completions", shell])).ends_with(0).stdout)
    };
    check("completions", shells.into_iter().map(script).collect());
}
