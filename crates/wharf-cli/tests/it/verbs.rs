//! What holds for every verb that the program's help names, so also for the next one.

use std::collections::BTreeSet;

use super::program::{Served, run, run_with_input, wharf};

/// A name that a terminal would obey, and how it stands in a URL.
const NAME: &str = "a\u{1b}[2J\u{9b}1A";
const IN_URL: &str = "a%1B%5B2J%C2%9B1A";

/// Verbs that do not end by themselves: what they say is compared in tests of their own.
const ENDLESS: [&str; 2] = ["serve", "watch"];

/// The verbs, as `wharf --help` has them.
fn verbs() -> Vec<String> {
    let help = run(&mut wharf(["--help"]));
    let lines = help.text().lines().skip_while(|line| *line != "Commands:").skip(1);
    // What a line has no room for stands below it, further in.
    let names = lines
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.strip_prefix("  ").filter(|line| !line.starts_with(' '))?.split(' ').next());
    names.filter(|name| *name != "help").map(str::to_owned).collect()
}

#[test]
fn each_has_an_example_and_says_what_json_does() {
    let verbs = verbs();
    assert!(verbs.len() > 25, "{verbs:?}");
    for verb in &verbs {
        let help = run(&mut wharf([verb, "--help"]));
        let examples = help.text().split_once("\nExamples:\n").map(|(_, examples)| examples);
        let examples = examples.unwrap_or_else(|| panic!("{verb} has no example"));
        let first = examples.lines().next().unwrap();
        assert!(first.starts_with("  ") && first.contains(&format!("wharf {verb}")), "{verb}: {first}");
        assert!(help.text().contains("--json"), "{verb}");
    }
}

#[test]
fn exit_codes_are_listed() {
    let help = run(&mut wharf(["--help"]));
    let codes = help.text().lines().skip_while(|line| *line != "Exit codes:").skip(1);
    let codes: Vec<u8> = codes.map_while(|line| line.split_whitespace().next()?.parse().ok()).collect();
    assert_eq!(codes, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 130, 141]);
}

#[test]
fn none_lets_a_name_reach_the_terminal_and_each_speaks_json() {
    for json in [false, true] {
        let served = Served::start(&["--write"])
            .with(&format!("{NAME}/{NAME}"), "content\n")
            .with(&format!("moved-{NAME}"), "content\n")
            .with(&format!("gone-{NAME}"), "content\n");
        let here = served.elsewhere.path();
        let local = |name: &str| here.join(name).to_str().unwrap().to_owned();
        std::fs::write(local(NAME), "content\n").unwrap();
        let (directory, file) = (served.url(IN_URL), served.url(&format!("{IN_URL}/{IN_URL}")));
        let (moved, gone) = (served.url(&format!("moved-{IN_URL}")), served.url(&format!("gone-{IN_URL}")));
        let (made, up) = (served.url(&format!("made-{IN_URL}")), served.url("up/"));
        let (users, socket) = (local("users.toml"), local(&format!("socket-{NAME}")));
        std::fs::write(&users, "[user.anna]\nroot = \"/srv\"\n").unwrap();
        let url = served.url("");
        let (evil, down, synced) = (local(NAME), local("down"), local("synced"));
        let target = format!("{NAME}-there");
        // What is told to each, and the exit code; 0 unless it cannot be.
        let told: &[(&[&str], i32)] = &[
            (&["ls", "-l", &directory], 0),
            (&["ls", "-R", &url], 0),
            (&["tree", &url], 0),
            (&["find", &url], 0),
            (&["stat", &file], 0),
            (&["du", &url], 0),
            (&["hash", &file], 0),
            (&["cat", &file], 0),
            (&["get", "-r", &directory, &down], 0),
            (&["put", &evil, &up], 0),
            (&["sync", &directory, &synced], 0),
            (&["mkdir", &made], 0),
            (&["mv", &moved, &target], 0),
            (&["chmod", "600", &file], 0),
            (&["touch", &file], 0),
            (&["rm", &gone], 0),
            (&["raw", &directory, "PWD", "MLST"], 0),
            (&["bench", "--for", "1", &file], 0),
            (&["probe", &directory], 0),
            (&["shell", &url], 5),
            (&["bookmark", "add", "work", &directory], 0),
            (&["bookmark", "list"], 0),
            (&["bookmark", "rm", NAME], 1),
            (&["password", "rm", &directory], 1),
            (&["completions", "bash"], 0),
            (&["man", "ls"], 0),
            (&["config", "example"], 0),
            (&["config", "check", &evil], 2),
            (&["user", "list", "--file", &users], 0),
            (&["user", "list", "--file", &socket], 2),
            (&["sessions", "--socket", &socket], 3),
            (&["kick", "--socket", &socket, "1"], 3),
            (&["rm", &gone], 5),
        ];
        let named: BTreeSet<_> = told.iter().map(|(arguments, _)| arguments[0]).chain(ENDLESS).collect();
        assert_eq!(named, verbs().iter().map(String::as_str).collect(), "each verb is told something");
        for &(arguments, code) in told {
            let mut command = served.command(arguments);
            command.env("XDG_CONFIG_HOME", here);
            if json {
                command.arg("--json");
            }
            let input = format!("ls\nls missing-{NAME}\n");
            let ended = run_with_input(&mut command, input.as_bytes());
            assert_eq!(ended.code, Some(code), "{arguments:?}: {}", ended.stderr);
            let said = String::from_utf8(ended.stdout).unwrap();
            for said in [&said, &ended.stderr] {
                let obeyed = said.chars().find(|said| said.is_control() && !matches!(said, '\n' | '\t'));
                assert_eq!(obeyed, None, "{arguments:?}: {said:?}");
            }
            if !json || arguments[0] == "cat" {
                continue;
            }
            let lines: Vec<_> = said.lines().collect();
            assert!(!lines.is_empty(), "{arguments:?} says nothing to programs: {}", ended.stderr);
            for line in lines {
                let record: serde_json::Value = serde_json::from_str(line).unwrap_or_else(|error| {
                    panic!("{arguments:?}: {error}: {line}");
                });
                assert_eq!(record["version"], 1, "{arguments:?}: {line}");
                assert!(record["record"].is_string(), "{arguments:?}: {line}");
            }
        }
    }
}
