//! Exit codes that need a server, or a reader, of a certain kind.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    process::Stdio,
    thread,
};

use super::{
    config::{ANNA, Configured, yard},
    program::{Served, run, run_with_input, wharf},
};

/// A server that has the empty directory `there`, and lists nothing also of what is missing. It serves until the tests'
/// process ends.
fn lists_nothing() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        listener.incoming().for_each(|stream| drop(thread::spawn(|| session(stream.unwrap()))))
    });
    format!("ftp://{address}/")
}

fn session(mut control: TcpStream) {
    let mut data = None;
    control.write_all(b"220 ready\r\n").unwrap();
    for line in BufReader::new(control.try_clone().unwrap()).lines() {
        let Ok(line) = line else { return };
        let reply = match line.split_once(' ').unwrap_or((&line, "")) {
            ("USER", _) => "331 password?".to_owned(),
            ("PASS", _) => "230 welcome".to_owned(),
            ("PWD", _) => "257 \"/\"".to_owned(),
            ("TYPE" | "NOOP", _) | ("CWD", "there" | "/") => "200 done".to_owned(),
            ("CWD", _) => "550 Failed to change directory.".to_owned(),
            ("EPSV", _) => {
                let listener = TcpListener::bind("127.0.0.1:0").unwrap();
                let port = listener.local_addr().unwrap().port();
                data = Some(listener);
                format!("229 (|||{port}|)")
            }
            ("LIST", _) => {
                control.write_all(b"150 here it comes\r\n").unwrap();
                drop(data.take().map(|listener| listener.accept()));
                "226 done".to_owned()
            }
            ("DELE", name) => format!("550 {name}: No such file or directory"),
            _ => "500 unknown".to_owned(),
        };
        if control.write_all(format!("{reply}\r\n").as_bytes()).is_err() {
            return;
        }
    }
}

#[test]
fn a_missing_directory_of_which_a_server_lists_nothing() {
    let server = lists_nothing();
    for verb in ["ls", "find", "du", "tree"] {
        let ended = run(wharf([verb, &format!("{server}missing")]).env("WHARF_PASSWORD", "x")).ends_with(5);
        assert!(ended.stderr.contains("550 Failed to change directory."), "{verb}: {}", ended.stderr);
        run(wharf([verb, &format!("{server}there")]).env("WHARF_PASSWORD", "x")).ends_with(0);
    }
}

#[test]
fn a_name_that_a_server_repeats_denies_nothing() {
    let url = format!("{}there/access-denied.html", lists_nothing());
    run(wharf(["rm", &url]).env("WHARF_PASSWORD", "x")).ends_with(5);
}

#[test]
fn nobody_reads_the_output_any_more() {
    let served = Served::start(&[]).with("large", vec![0; 1 << 20]);
    let url = served.url("large");
    for arguments in [&["cat", &url][..], &["cat", "--json", &url], &["get", &url, "-"]] {
        let mut child =
            served.command(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        child.stdout.take().unwrap().read_exact(&mut [0]).unwrap();
        let mut said = String::new();
        child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(141), "{arguments:?}: {said}");
        assert!(!said.contains("wharf:"), "{arguments:?}: {said}");
    }
}

#[test]
fn a_script_that_fails_names_its_line() {
    let served = Served::start(&[]);
    let ended = run_with_input(&mut served.command(["shell", &served.url("")]), b"pwd\n\nls missing\n");
    let said = ended.ends_with(5).stderr;
    assert!(said.contains("wharf: line 3: "), "{said}");
}

#[test]
fn json_of_the_shell() {
    let served = Served::start(&[]);
    let shell = |options: &[&str], lines: &str| {
        let mut command = served.command(["shell", &served.url("")]);
        let ended = run_with_input(command.args(options), lines.as_bytes());
        let records = ended.stdout.split(|octet| *octet == b'\n').filter(|line| !line.is_empty());
        let records =
            records.map(|line| serde_json::from_slice::<serde_json::Value>(line).unwrap()["record"].clone());
        (ended.code, records.collect::<Vec<_>>())
    };
    // What helps is a record too, and what fails is one, once.
    assert_eq!(shell(&["--json"], "help\n"), (Some(0), vec!["help".into()]));
    assert_eq!(shell(&[], "--json help\nls --help --json\n"), (Some(0), vec!["help".into(), "help".into()]));
    for (options, line, code) in [
        (&[][..], "ls --json missing\n", 5),
        (&["--json"], "ls missing\n", 5),
        (&[], "--json frobnicate\n", 2),
        (&["--json"], "frobnicate\n", 2),
    ] {
        assert_eq!(shell(options, line), (Some(code), vec!["error".into()]), "{options:?} {line}");
    }
    // Options may come before a verb that does without a place.
    assert_eq!(shell(&[], "--json du\n"), (Some(0), vec!["usage".into()]));
}

#[test]
fn no_path_of_this_machine_moves_the_cursor() {
    let served = Served::start(&[]);
    let (path, url) = ("missing\u{1b}[2J\u{9b}1A", served.url(""));
    for arguments in [
        &["put", path, &url][..],
        &["sync", path, &url],
        &["sync", "--plan", path, &url, "there"],
        &["watch", path, &url],
        &["ls", "--password-file", path, &url],
        &["config", "check", path],
        &["user", "list", "--file", path],
        &["sessions", "--socket", path],
        &["serve", path],
    ] {
        let ended = served.run(arguments);
        assert_ne!(ended.code, Some(0), "{arguments:?}");
        let said = ended.stderr.replace('\n', "");
        assert!(said.contains(r"missing\u{1b}[2J\u{9b}1A"), "{arguments:?}: {said}");
        assert!(!said.chars().any(char::is_control), "{arguments:?}: {said:?}");
    }
}

/// One thing has one code, whatever was to be done.
#[test]
fn what_is_not_permitted_is_refused_and_not_missing() {
    let permissions = "permissions = { \"/\" = \"list read\", \"/closed\" = \"none\" }\n";
    let (yard, file) = yard(&format!("{ANNA}{permissions}"));
    super::program::write(yard.path(), "anna/closed/file", "x");
    let served = Configured::start(&file, &[]);
    let here = yard.path().join("anna/note");
    let url = |path: &str| format!("ftp://anna@{}/{path}", served.address);
    let there = url("closed/new");
    for arguments in [
        &["ls", &url("closed")][..],
        &["ls", &url("closed/file")],
        &["get", &url("closed/file"), "/dev/null"],
        &["get", "-r", &url("closed"), "/dev/null"],
        &["cat", &url("closed/file")],
        &["stat", &url("closed/file")],
        &["put", here.to_str().unwrap(), &there],
        &["rm", &url("note")],
        &["rm", &url("closed/file")],
        &["mkdir", &there],
        &["mv", &url("note"), &url("other")],
    ] {
        let ended = run(wharf(arguments).env("WHARF_PASSWORD", "secret")).ends_with(6);
        assert!(ended.stderr.contains("denied"), "{arguments:?}: {}", ended.stderr);
    }
    for arguments in [&["ls", &url("no")][..], &["get", &url("no"), "/dev/null"], &["rm", &url("no")]] {
        let code = run(wharf(arguments).env("WHARF_PASSWORD", "secret")).code;
        assert!(matches!(code, Some(5 | 6)), "{arguments:?} {code:?}");
    }
    run(wharf(["get", &url("no"), "/dev/null"]).env("WHARF_PASSWORD", "secret")).ends_with(5);
}

/// Who works with several servers has to know which one went away.
#[test]
fn the_last_word_names_the_server_that_hung_up() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut control = stream.unwrap();
            control.write_all(b"220 ready\r\n").unwrap();
            for line in BufReader::new(control.try_clone().unwrap()).lines().map_while(Result::ok) {
                let reply = match line.split(' ').next() {
                    Some("USER") => "331 password?\r\n",
                    Some("PASS") => "230 welcome\r\n",
                    Some("MLST" | "MLSD" | "LIST") => break,
                    _ => "500 unknown\r\n",
                };
                control.write_all(reply.as_bytes()).unwrap();
            }
        }
    });
    let ended = run(&mut wharf(["get".to_owned(), format!("ftp://{address}/x"), "/dev/null".to_owned()]))
        .ends_with(3);
    assert!(ended.stderr.starts_with(&format!("wharf: {address}: ")), "{}", ended.stderr);
}
