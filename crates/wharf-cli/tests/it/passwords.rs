//! Where passwords come from, and what is done about those that are no secret.

use std::{
    fs,
    io::{Read, Write},
    os::unix::fs::PermissionsExt,
    process::{Command, Stdio},
};

use super::program::{PASSWORD, Served, run, run_with_input, secret_file, wharf};

#[test]
fn from_the_environment() {
    let served = Served::start(&[]);
    run(wharf(["ls", &served.url("")]).env("WHARF_PASSWORD", PASSWORD)).ends_with(0);
    run(wharf(["ls", &served.url("")]).env("WHARF_PASSWORD", "wrong")).ends_with(4);
}

#[test]
fn from_a_file_before_the_environment() {
    let served = Served::start(&[]);
    let file = served.elsewhere.path().join("password");
    let mut command = wharf(["ls", "--password-file", file.to_str().unwrap(), &served.url("")]);
    let ended = run(command.env("WHARF_PASSWORD", "wrong")).ends_with(0);
    assert_eq!(ended.stderr, "");

    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
    let ended = run(&mut command).ends_with(0);
    assert!(ended.stderr.contains("can be read by others"), "{}", ended.stderr);
}

#[test]
fn from_netrc_as_user_of_the_url_or_its_own() {
    let served = Served::start(&[]);
    let (host, _) = served.address.rsplit_once(':').unwrap();
    let netrc =
        format!("machine {host} login bob password no\nmachine {host} login anna password \"{PASSWORD}\"\n");
    let netrc = secret_file(served.elsewhere.path(), "netrc", &netrc);
    run(wharf(["ls", &served.url("")]).env("NETRC", &netrc)).ends_with(0);
    run(wharf(["ls", &served.url("").replace("anna", "bob")]).env("NETRC", &netrc)).ends_with(4);

    let netrc = secret_file(
        served.elsewhere.path(),
        ".netrc",
        &format!("default login anna password \"{PASSWORD}\""),
    );
    let nobody = served.url("").replace("anna@", "");
    run(wharf(["ls", &nobody]).env("NETRC", "").env("HOME", netrc.parent().unwrap())).ends_with(0);
    run(&mut wharf(["ls", &nobody])).ends_with(4);
}

#[test]
fn not_from_a_netrc_that_others_can_read() {
    let served = Served::start(&[]);
    let netrc = format!("default login anna password \"{PASSWORD}\"");
    let netrc = secret_file(served.elsewhere.path(), "netrc", &netrc);
    fs::set_permissions(&netrc, fs::Permissions::from_mode(0o604)).unwrap();
    let ended = run(wharf(["ls", &served.url("")]).env("NETRC", &netrc)).ends_with(2);
    assert!(ended.stderr.contains("chmod 600"), "{}", ended.stderr);
}

#[test]
fn not_without_an_end() {
    let served = Served::start(&[]);
    let of = |len: usize| secret_file(served.elsewhere.path(), "long", &format!("{}\n", "x".repeat(len)));
    let ls = |file: &str| run(&mut wharf(["ls", "--password-file", file, &served.url("")]));
    ls(of(4096).to_str().unwrap()).ends_with(4);
    for file in [of(4097).to_str().unwrap(), "/dev/zero"] {
        let ended = ls(file).ends_with(2);
        assert!(ended.stderr.contains("a password has 4096 octets at most"), "{}", ended.stderr);
    }
}

#[test]
fn a_netrc_that_makes_no_sense_is_told_by_its_line() {
    let served = Served::start(&[]);
    let netrc = secret_file(served.elsewhere.path(), "netrc", "machine a\npassword b c\n");
    let ended = run(wharf(["ls", &served.url("")]).env("NETRC", &netrc)).ends_with(1);
    assert!(ended.stderr.contains("netrc: line 2: "), "{}", ended.stderr);
}

#[test]
fn who_names_nobody_is_told_who_was_refused() {
    let served = Served::start(&[]);
    for (url, told) in
        [(served.url("").replace("anna@", ""), true), (served.url("").replace("anna", "bob"), false)]
    {
        let ended = served.run(["ls", &url]).ends_with(4);
        assert_eq!(ended.stderr.contains("it is anonymous who logs in"), told, "{}", ended.stderr);
    }
}

#[test]
fn not_kept_without_a_keyring() {
    let password = format!("{PASSWORD}\n");
    let url = "ftp://anna@localhost/";
    let mut set = wharf(["password", "set", "--password-file", "-", url]);
    // Nobody is asked for a password first.
    let asked = run(&mut wharf(["password", "set", url]));
    let set = run_with_input(&mut set, password.as_bytes());
    for ended in [asked, set, run(&mut wharf(["password", "rm", url]))] {
        let ended = ended.ends_with(1);
        assert!(ended.stderr.contains("there is no keyring: "), "{}", ended.stderr);
        assert!(!ended.stderr.contains(PASSWORD), "{}", ended.stderr);
    }
}

#[test]
fn never_shown() {
    let served = Served::start(&[]);
    let ended = served.run(["ls", "-v", &served.url("")]).ends_with(0);
    assert!(ended.stderr.contains("PASS"), "{}", ended.stderr);
    assert!(!ended.stderr.contains(PASSWORD), "{}", ended.stderr);
}

/// What `line` of a shell shows on a terminal, where each question is answered in turn. util-linux's `script` is the terminal.
#[cfg(target_os = "linux")]
fn on_a_terminal(line: &str, answers: &[&[u8]]) -> (Option<i32>, String) {
    let mut script = Command::new("script");
    script.args(["--quiet", "--return", "--command", line, "/dev/null"]).env_remove("WHARF_PASSWORD");
    script.env("HOME", "/nonexistent").env("NETRC", "").env("SHELL", "/bin/sh");
    script.env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent/bus");
    let mut terminal = script.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut screen = terminal.stdout.take().unwrap();
    let mut shown = Vec::new();
    for answer in answers {
        let before = shown.len();
        while !shown[before..].ends_with(b": ") {
            let mut octet = [0];
            screen.read_exact(&mut octet).unwrap();
            shown.extend(octet);
        }
        terminal.stdin.as_mut().unwrap().write_all(answer).unwrap();
    }
    screen.read_to_end(&mut shown).unwrap();
    (terminal.wait().unwrap().code(), String::from_utf8(shown).unwrap())
}

#[test]
#[cfg(target_os = "linux")]
fn from_the_terminal() {
    let served = Served::start(&[]).with("file", "content");
    let line = format!("'{}' ls {}", env!("CARGO_BIN_EXE_wharf"), served.url(""));
    let (code, shown) = on_a_terminal(&line, &[format!("{PASSWORD}\n").as_bytes()]);
    assert_eq!(code, Some(0));
    assert!(shown.starts_with("Password of anna@127.0.0.1: "), "{shown:?}");
    assert!(shown.contains("file"), "{shown:?}");
}

/// A shell script that goes on after Ctrl-C goes on with a terminal that shows what is typed.
#[test]
#[cfg(target_os = "linux")]
fn the_terminal_shows_what_is_typed_after_an_interrupted_question() {
    let served = Served::start(&[]);
    let ls = format!("ls {}", served.url(""));
    let add =
        format!("user add bert --root /srv --file {}", served.elsewhere.path().join("users.toml").display());
    for (arguments, answers) in
        [(&*ls, &[&b"\x03"[..]][..]), (&add, &[b"\x03"]), (&add, &[b"secret\n", b"\x03"])]
    {
        let program = env!("CARGO_BIN_EXE_wharf");
        let line = format!("trap : INT; '{program}' {arguments}; echo code $?; stty -a");
        let (_, shown) = on_a_terminal(&line, answers);
        assert!(shown.contains("code 130"), "{arguments}: {shown:?}");
        assert!(shown.split_whitespace().any(|word| word == "echo"), "{arguments}: {shown:?}");
    }
}

/// What is typed is held to what a password in a file is.
#[test]
#[cfg(target_os = "linux")]
fn what_is_typed_is_a_password() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("users.toml");
    let line =
        format!("'{}' user add bert --root /srv --file {}", env!("CARGO_BIN_EXE_wharf"), file.display());
    let (code, shown) = on_a_terminal(&line, &[b"\n", b"\n"]);
    assert!(code == Some(2) && shown.contains("there is no password in it"), "{shown:?}");
    let (code, shown) = on_a_terminal(&line, &[b"one\n", b"other\n"]);
    assert!(code == Some(2) && shown.contains("not the same"), "{shown:?}");
}
