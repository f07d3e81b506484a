//! `wharf sessions` and `wharf kick`, `wharf serve --check`, and what the configuration says of limits and ports.

use std::{
    fs,
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    os::unix::{fs::PermissionsExt, process::CommandExt},
    path::PathBuf,
    process::Command,
};

use super::{
    config::{ANNA, Configured, yard},
    program::{free_ports, run, wharf},
};

/// A server whose folder may be written to and that answers at a socket.
fn controlled(more: &str) -> (tempfile::TempDir, PathBuf, Configured) {
    let (yard, file) = yard(&format!("{ANNA}[control]\nsocket = \"control\"\n{more}"));
    let server = Configured::start(&file, &[]);
    let socket = yard.path().join("control");
    (yard, socket, server)
}

#[test]
fn sessions_are_shown_and_ended_by_who_owns_the_server() {
    let (yard, socket, mut server) = controlled("");
    let file = yard.path().join("wharf.toml");
    // By the configuration, or by the socket itself.
    let ask = |words: &[&str]| match words {
        ["kick", ..] => run(wharf(words).arg("--config").arg(&file)),
        _ => run(wharf(words).arg("--socket").arg(&socket)),
    };
    assert_eq!(fs::metadata(&socket).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(ask(&["sessions"]).ends_with(0).text(), "");
    let mut control = TcpStream::connect(&server.address).unwrap();
    server.logs("connected");
    control.write_all(b"USER anna\r\nPASS secret\r\n").unwrap();
    server.logs("logged in");
    let shown = ask(&["sessions"]).ends_with(0);
    assert!(shown.text().contains(" anna "), "{}", shown.text());
    let json = ask(&["sessions", "--json"]).ends_with(0);
    let line: serde_json::Value = serde_json::from_str(json.text()).unwrap();
    assert_eq!((&line["record"], &line["user"]), (&"session".into(), &"anna".into()));
    let nobody = ask(&["kick", "--user", "nobody"]).ends_with(1).stderr;
    assert!(nobody.contains("\"nobody\" has no session"), "{nobody}");
    let neither = ask(&["kick"]).ends_with(2);
    assert!(neither.stderr.contains("<SESSION|--user <NAME>>"), "{}", neither.stderr);
    ask(&["kick", &line["session"].to_string()]).ends_with(0);
    let log = server.logs("disconnected").join("\n");
    assert!(
        log.contains("kicked, as was asked for") && log.contains(&format!("session={}", line["session"])),
        "{log}"
    );
    // Up to the end, or the reset, whatever came before.
    let _ = control.read_to_end(&mut Vec::new());
    assert_eq!(ask(&["sessions"]).ends_with(0).text(), "");
    let elsewhere = run(&mut wharf(["sessions", "--socket", "/nonexistent/control"])).ends_with(3);
    assert!(elsewhere.stderr.contains("no server answers"), "{}", elsewhere.stderr);
    let silent = yard.path().join("silent.toml");
    fs::write(&silent, fs::read_to_string(&file).unwrap().replace("socket = \"control\"", "")).unwrap();
    let unnamed = run(wharf(["sessions", "--config"]).arg(&silent)).ends_with(2);
    assert!(unnamed.stderr.contains("names no socket"), "{}", unnamed.stderr);
}

/// What is joined in the log is told apart: the `anna` of a host is no user of none whose name has the host in it.
#[test]
fn a_user_of_a_host_is_kicked_without_the_one_who_is_called_like_both() {
    let joined = "[user.\"anna@one.example\"]\npassword = \"SECRET\"\nroot = \"ROOT/anna\"\n";
    let host = "[[host]]\nnames = [\"one.example\"]\n[host.user.anna]\npassword = \"SECRET\"\nroot = \"ROOT/anna\"\n";
    let (_yard, socket, mut server) = controlled(&format!("{joined}{host}"));
    let ask = |words: &[&str]| run(wharf(words).arg("--socket").arg(&socket));
    let mut log_in = |lines: &str| {
        let mut control = TcpStream::connect(&server.address).unwrap();
        control.write_all(lines.as_bytes()).unwrap();
        server.logs("logged in");
        control
    };
    let _of_host = log_in("HOST one.example\r\nUSER anna\r\nPASS secret\r\n");
    let _joined = log_in("USER anna@one.example\r\nPASS secret\r\n");
    let _plain = log_in("USER anna\r\nPASS secret\r\n");
    let who = || {
        let shown = ask(&["sessions", "--json"]).ends_with(0);
        let lines = shown.text().lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
        lines.map(|line| (line["user"].clone(), line["host"].clone())).collect::<Vec<_>>()
    };
    let none = serde_json::Value::Null;
    let of_host = ("anna".into(), "one.example".into());
    let (joined, plain) = (("anna@one.example".into(), none.clone()), ("anna".into(), none));
    assert_eq!(who(), [of_host, joined.clone(), plain.clone()]);
    let text = ask(&["sessions"]).ends_with(0);
    assert!(text.text().contains("  host one.example user anna  "), "{}", text.text());
    ask(&["kick", "--user", "anna", "--host", "two.example"]).ends_with(1);
    ask(&["kick", "--host", "one.example"]).ends_with(2);
    ask(&["kick", "--user", "anna", "--host", "one example"]).ends_with(2);
    ask(&["kick", "--user", "anna", "--host", "ONE.example."]).ends_with(0);
    server.logs("disconnected");
    assert_eq!(who(), [joined, plain.clone()]);
    ask(&["kick", "--user", "anna@one.example"]).ends_with(0);
    server.logs("disconnected");
    assert_eq!(who(), [plain]);
    ask(&["kick", "--user", "anna"]).ends_with(0);
}

#[test]
fn bans_of_the_configuration_are_kept_shown_and_lifted() {
    let (yard, socket, server) =
        controlled("[bans]\nfailures-of-address = 2\nfile = \"bans\"\n[limits]\nlogin-delay = 0\n");
    let ask = |words: &[&str]| run(wharf(words).arg("--socket").arg(&socket));
    for _ in 0..2 {
        assert_ne!(server.client(&["ls"], "anna", "wrong", "").code, Some(0));
    }
    assert_ne!(server.client(&["ls"], "anna", "secret", "").code, Some(0));
    // Whether it is a ban is not said.
    let mut greeting = String::new();
    TcpStream::connect(&server.address).unwrap().read_to_string(&mut greeting).unwrap();
    assert_eq!(greeting, "421 Not available to you now, try again later.\r\n");
    let shown = ask(&["sessions", "--bans"]).ends_with(0);
    assert!(shown.text().starts_with("address 127.0.0.1, "), "{}", shown.text());
    let kept = fs::read_to_string(yard.path().join("bans")).unwrap();
    assert!(kept.starts_with("address 127.0.0.1 "), "{kept}");
    let said = ask(&["sessions", "--lift", "address 192.0.2.1"]).ends_with(1).stderr;
    assert!(said.contains("`wharf sessions --bans` shows all"), "{said}");
    ask(&["sessions", "--lift", "127.0.0.1"]).ends_with(0);
    server.client(&["ls"], "anna", "secret", "").ends_with(0);
}

#[test]
fn a_socket_that_a_crashed_server_has_left_is_replaced_and_that_of_a_living_one_is_not() {
    let (_yard, socket, server) = controlled("");
    let (other, file) = yard(&format!("{ANNA}[control]\nsocket = {socket:?}\n"));
    let refused = run(wharf(["serve", "--config"]).arg(&file)).ends_with(1);
    assert!(refused.stderr.contains("cannot answer"), "{}", refused.stderr);
    // Killed, it leaves the socket.
    drop(server);
    assert!(socket.exists());
    let _second = Configured::start(&file, &[]);
    run(wharf(["sessions", "--socket"]).arg(&socket)).ends_with(0);
    drop(other);
}

#[test]
fn a_file_in_the_place_of_the_socket_is_left_alone() {
    let (yard, file) = yard(&format!("{ANNA}[control]\nsocket = \"anna/note\"\n"));
    let refused = run(wharf(["serve", "--config"]).arg(&file)).ends_with(1);
    assert!(refused.stderr.contains("cannot answer"), "{}", refused.stderr);
    assert_eq!(fs::read_to_string(yard.path().join("anna/note")).unwrap(), "hello");
}

/// Also while the socket is made, when its mode is not yet what it will be.
#[test]
fn another_user_is_not_answered() {
    let (yard, socket, mut server) = controlled("");
    if !rustix::process::geteuid().is_root() {
        eprintln!("not root: that another user gets no answer was not tried");
        return;
    }
    for path in [yard.path(), &socket] {
        fs::set_permissions(path, fs::Permissions::from_mode(0o777)).unwrap();
    }
    let ask = "import socket, sys\nasks = socket.socket(socket.AF_UNIX)\nasks.connect(sys.argv[1])\n\
               asks.sendall(b'\"sessions\"\\n')\nprint(asks.recv(100))";
    let mut python = Command::new("python3");
    let other = run(python.args(["-c", ask]).arg(&socket).uid(65534).gid(65534).current_dir("/"));
    assert!(!other.stdout.starts_with(b"b'{"), "{other:?}");
    server.logs("user 65534 asked");
    fs::set_permissions(&socket, fs::Permissions::from_mode(0o600)).unwrap();
    // The program may be where others do not get.
    let program = yard.path().join("program");
    fs::copy(env!("CARGO_BIN_EXE_wharf"), &program).unwrap();
    let mut program = Command::new(&program);
    let other =
        run(program.args(["sessions", "--socket"]).arg(&socket).uid(65534).gid(65534).current_dir("/"));
    assert!(other.stderr.contains("only root and the user that the server runs as may ask"), "{other:?}");
    run(wharf(["sessions", "--socket"]).arg(&socket)).ends_with(0);
}

#[test]
fn what_clients_are_told_and_firewalls_must_know_is_said_before_anything_is_served() {
    let port = free_ports(1);
    let text = "[passive]\nports = \"PORT-PORT\"\naddress = \"192.0.2.1\"\n\
                for = [{ clients = [\"10.0.0.0/8\"], address = \"own\" }]\n";
    let (_yard, file) = yard(&format!("{ANNA}{}", text.replace("PORT", &port.to_string())));
    let said = run(wharf(["serve", "--check", "--config"]).arg(&file)).ends_with(0);
    for line in [
        "PASV tells clients in 10.0.0.0/8: the address that they have connected to",
        "PASV tells other clients: 192.0.2.1",
        &format!("a firewall must let in: TCP 0 for commands, {port} for data"),
        "1 data connections can be awaited at a time; more if passive.shared is set",
    ] {
        assert!(said.text().contains(line), "{}", said.text());
    }
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let set = format!("passive.ports={port}-{port}");
    let said = run(wharf(["serve", "--check", "--set", &set, "--config"]).arg(&file)).ends_with(1);
    let said = String::from_utf8(said.stdout).unwrap();
    assert!(said.contains("problem: all 1 passive ports are taken"), "{said}");
    for (set, complaint) in [
        ("passive.address=300.1.2.3", "neither own, auto, an IPv4 address nor a name"),
        ("passive.address=0.0.0.0", "no address that a client could reach"),
        ("limits.commands-per-second=0", "a whole number from 1 on is needed, not the number 0"),
        ("bans.remembered=0", "at least 1"),
    ] {
        let wrong = run(wharf(["config", "check", "--set", set]).arg(&file)).ends_with(2);
        assert!(wrong.stderr.contains(complaint), "{set}: {}", wrong.stderr);
    }
}

#[test]
fn one_port_is_enough_where_it_is_shared() {
    let port = free_ports(1);
    let (_yard, _, server) = controlled(&format!("[passive]\nports = \"{port}-{port}\"\nshared = true\n"));
    for _ in 0..3 {
        assert_eq!(server.client(&["cat"], "anna", "secret", "note").ends_with(0).text(), "hello");
    }
}
