//! `wharf serve`: what it lets whom do, and what it says.

use std::{
    fs,
    io::{BufRead, BufReader, Write},
    net::{SocketAddr, TcpStream},
    process::{Command, Stdio},
    time::Duration,
};

use rustix::process::{Signal, kill_process};

use super::program::{Served, noise, pid, run, wharf, write};

fn addresses(served: &Served) -> Vec<SocketAddr> {
    let lines = served.notice.lines();
    lines
        .filter_map(|line| line.trim().strip_prefix("address   ftp://"))
        .map(|it| it.parse().unwrap())
        .collect()
}

fn said<'a>(served: &'a Served, what: &str) -> &'a str {
    served.notice.lines().find_map(|line| line.trim().strip_prefix(what)).unwrap().trim()
}

#[test]
fn is_closed_unless_told_otherwise() {
    let served = Served::start_plain(&[]).with("file", "content");
    assert!(!addresses(&served).is_empty());
    assert!(addresses(&served).iter().all(|address| address.ip().is_loopback()), "{}", served.notice);
    let url = |user: &str, path: &str| format!("ftp://{user}{}/{path}", served.address);

    let password = said(&served, "password");
    assert_eq!(password.len(), 23);
    let get = |user: &str, password: &str| {
        run(wharf(["get", &url(user, "file"), "-"]).env("WHARF_PASSWORD", password))
    };
    assert_eq!(get("wharf@", password).text(), "content");
    get("wharf@", "").ends_with(4);
    get("wharf@", &password.replace('-', "")).ends_with(4);
    get("root@", password).ends_with(4);
    get("", password).ends_with(4);
    assert!(served.notice.contains("read-only"));
}

#[test]
fn removes_what_an_earlier_server_left_if_it_may_write() {
    let folder = tempfile::tempdir().unwrap();
    let leftover = write(folder.path(), "a/.wharf-0123456789abcdef0123456789abcdef.part", "half");
    let serve = |options: &[&str]| {
        let mut command = wharf(["serve", "--port", "0"]);
        command.args(options).arg(folder.path()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.spawn().unwrap()
    };
    let mut reader = serve(&["--shutdown-timeout", "5"]);
    let ready =
        BufReader::new(reader.stdout.take().unwrap()).lines().any(|line| line.unwrap() == "Ctrl-C ends it.");
    kill_process(pid(&reader), Signal::TERM).unwrap();
    assert!(ready && reader.wait().unwrap().success() && leftover.exists());
    let mut writer = serve(&["--write"]);
    let mut log = BufReader::new(writer.stderr.take().unwrap()).lines();
    let told = log.any(|line| line.unwrap().contains("removed 1 unfinished uploads"));
    writer.kill().unwrap();
    writer.wait().unwrap();
    assert!(told && !leftover.exists());
}

#[test]
fn makes_up_another_password_each_time() {
    let (one, other) = (Served::start_plain(&[]), Served::start_plain(&[]));
    assert_ne!(said(&one, "password"), said(&other, "password"));
}

#[test]
fn changes_nothing_without_write() {
    let served = Served::start(&[]).with("a/file", "content");
    let source = served.elsewhere.path().join("password");
    let (file, dir, new) = (served.url("a/file"), served.url("a"), served.url("new"));
    for arguments in [
        vec!["put", source.to_str().unwrap(), &new],
        vec!["put", source.to_str().unwrap(), &file],
        vec!["rm", &file],
        vec!["rm", "-r", &dir],
        vec!["mkdir", &new],
        vec!["mkdir", "-p", &new],
        vec!["mv", &file, "new"],
    ] {
        served.run(&arguments).ends_with(6);
    }
    assert_eq!(served.read("a/file"), b"content");
    assert_eq!(fs::read_dir(served.folder.path()).unwrap().count(), 1);
}

#[test]
fn lets_anybody_in_when_told_to() {
    let served = Served::start_plain(&["--anonymous"]).with("file", "content");
    let url = format!("ftp://{}/file", served.address);
    assert_eq!(run(&mut wharf(["get", &url, "-"])).text(), "content");
    run(&mut wharf(["rm", &url])).ends_with(6);
    assert_eq!(said(&served, "user"), "anonymous, with any password");
}

#[test]
fn memory_is_empty_and_can_be_written() {
    let served = Served::start(&["--memory"]);
    assert_eq!(served.run(["ls", &served.url("")]).text(), "");
    let source = served.elsewhere.path().join("password");
    served.run(["put", source.to_str().unwrap(), &served.url("dir/file")]).text();
    assert_eq!(served.run(["get", &served.url("dir/file"), "-"]).stdout, fs::read(source).unwrap());
    assert_eq!(fs::read_dir(served.folder.path()).unwrap().count(), 0);
}

#[test]
fn serves_over_ipv6() {
    let served = Served::start(&["--family", "ipv6"]).with("file", "content");
    assert!(addresses(&served).iter().all(SocketAddr::is_ipv6));
    assert_eq!(served.run(["get", &served.url("file"), "-"]).text(), "content");
    assert_eq!(served.run(["get", "--active", &served.url("file"), "-"]).text(), "content");
}

#[test]
fn listens_where_it_is_told_to() {
    let hosts = ["--host", "127.0.0.1", "--host", "localhost", "--host", "[127.0.0.1]"];
    let served = Served::start(&[&hosts[..], &["--family", "ipv4"]].concat());
    assert_eq!(addresses(&served).len(), 1);
    run(&mut wharf(["serve", "--memory", "--host", "::1", "--family", "ipv4"])).ends_with(3);
}

#[test]
fn says_what_to_use_for_every_address() {
    let served = Served::start(&["--host", "0.0.0.0"]).with("file", "content");
    assert!(served.address.starts_with("127.0.0.1:"), "{}", served.notice);
    let (_, port) = served.address.rsplit_once(':').unwrap();
    assert!(served.notice.contains(&format!("ftp://HOST:{port} from elsewhere")), "{}", served.notice);
    assert!(!served.notice.contains("0.0.0.0"), "{}", served.notice);
    assert_eq!(served.run(["cat", &served.url("file")]).text(), "content");
}

#[test]
fn tells_programs_what_happens() {
    let mut child = wharf(["serve", "--json", "--memory", "--port", "0", "--quiet"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut records = BufReader::new(child.stdout.take().unwrap())
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(&line.unwrap()).unwrap());
    let notice = records.next().unwrap();
    assert_eq!((&notice["version"], &notice["record"]), (&1.into(), &"serving".into()));
    let url = notice["urls"][0].as_str().unwrap().replace("ftp://", "ftp://wharf@");
    let mut mkdir = wharf(["mkdir", "--json", &format!("{url}/new")]);
    run(mkdir.env("WHARF_PASSWORD", notice["password"].as_str().unwrap())).ends_with(0);
    let events: Vec<_> = records.by_ref().take(3).map(|record| record["event"].clone()).collect();
    assert_eq!(events, ["connected", "logged-in", "disconnected"]);
    kill_process(pid(&child), Signal::TERM).unwrap();
    assert_eq!((child.wait().unwrap().code(), records.next()), (Some(0), None));
}

#[test]
fn says_which_port_is_in_use() {
    let served = Served::start(&["--host", "127.0.0.1"]);
    let (_, port) = served.address.rsplit_once(':').unwrap();
    let ended = run(&mut wharf(["serve", "--memory", "--host", "127.0.0.1", "--port", port])).ends_with(3);
    assert!(ended.stderr.contains(&served.address), "{}", ended.stderr);
    assert!(ended.stderr.contains("--port"), "{}", ended.stderr);
    assert_eq!(ended.stdout, b"");
}

#[test]
fn warns_of_what_strangers_can_do() {
    let mut served = Served::start_plain(&["--anonymous", "--write", "--host", "0.0.0.0"]);
    served.logs("change and delete");
    let mut served = Served::start_plain(&["--host", "0.0.0.0"]);
    served.logs("unencrypted");
}

#[test]
fn keeps_to_the_passive_ports() {
    let served = Served::start(&["--passive-ports", "49200-49215"]).with("file", "content");
    let ended = served.run(["get", "-v", &served.url("file"), "-"]);
    assert_eq!(ended.text(), "content");
    assert!(ended.stderr.contains("(|||492"), "{}", ended.stderr);
}

#[test]
fn turns_away_more_sessions_than_it_may_have() {
    let served = Served::start(&["--max-sessions", "1"]).with("file", "content");
    let _first = std::net::TcpStream::connect(&served.address).and_then(|mut stream| {
        // Its greeting says that it is counted.
        std::io::Read::read(&mut stream, &mut [0; 64]).map(|_| stream)
    });
    let ended = served.run(["ls", &served.url("")]).ends_with(3);
    assert!(ended.stderr.contains("421"), "{}", ended.stderr);
}

/// The line is for `sh`, needs nothing else than what it names, and does not harm the file if pasted in its folder.
#[test]
fn the_line_to_paste_downloads_a_file() {
    let content = noise(100_000);
    let folder = tempfile::TempDir::new().unwrap();
    fs::write(folder.path().join("it's 100% \"odd\" & $HOME;type=a.bin"), &content).unwrap();
    let elsewhere = tempfile::TempDir::new().unwrap();
    let password = super::program::secret_file(elsewhere.path(), "the password", "p w\n");
    let mut child = wharf(["serve", "--port", "0", "--password-file"])
        .args([&password, folder.path()])
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let lines = std::io::BufRead::lines(std::io::BufReader::new(child.stdout.take().unwrap()));
    let line = lines.map(Result::unwrap).find(|line| line.contains("--password-file")).unwrap();
    let pasted = run(Command::new("sh").args(["-c", &line]).current_dir(folder.path()));
    child.kill().unwrap();
    child.wait().unwrap();
    pasted.text();
    for name in ["it's 100% \"odd\" & $HOME;type=a.bin", "copy of it's 100% \"odd\" & $HOME;type=a.bin"] {
        assert!(fs::read(folder.path().join(name)).unwrap() == content, "{name}");
    }
}

#[test]
fn a_password_may_come_from_standard_input() {
    let folder = tempfile::TempDir::new().unwrap();
    let mut child = wharf(["serve", "--port", "0", "--user", "anna", "--password-file", "-"])
        .arg(folder.path())
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), b"p w\n").unwrap();
    let lines = std::io::BufRead::lines(std::io::BufReader::new(child.stdout.take().unwrap()));
    let line = lines.map(Result::unwrap).find(|line| line.contains("address   ftp://")).unwrap();
    let url = line.split_whitespace().last().unwrap().replace("://", "://anna@");
    let listed = run(wharf(["ls"]).arg(url).env("WHARF_PASSWORD", "p w"));
    child.kill().unwrap();
    child.wait().unwrap();
    listed.ends_with(0);
}

#[test]
fn quiet_leaves_the_notice() {
    let mut served = Served::start(&["--quiet"]).with("file", "content");
    assert!(served.notice.contains("user      anna"));
    assert!(!served.notice.contains(super::program::PASSWORD));
    assert_eq!(served.run(["get", &served.url("file"), "-"]).text(), "content");
    served.signal(rustix::process::Signal::TERM);
    served.wait();
    assert_eq!(served.rest_of_log(), "");
}

/// What a server says to pipes that nobody reads: more than they hold, and more than the lines that wait.
#[test]
fn a_log_and_events_that_nobody_reads_stop_nobody() {
    let mut child = wharf(["serve", "--json", "--memory", "--port", "0", "--verbose", "--anonymous"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut events = BufReader::new(child.stdout.take().unwrap());
    let address = address_of(&mut events);
    for _ in 0..500 {
        talk(&address, 0);
    }
    talk(&address, 240);
    kill_process(pid(&child), Signal::TERM).unwrap();
    assert!(child.wait().unwrap().success(), "the end waits for those who read");
}

#[test]
fn a_log_and_events_whose_readers_are_gone_end_nobody() {
    let mut child = wharf(["serve", "--json", "--memory", "--port", "0", "--verbose", "--anonymous"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut events = BufReader::new(child.stdout.take().unwrap());
    let address = address_of(&mut events);
    drop((events, child.stderr.take()));
    for _ in 0..5 {
        talk(&address, 5);
    }
    kill_process(pid(&child), Signal::TERM).unwrap();
    assert!(child.wait().unwrap().success());
}

/// The first address that a server with `--json` says.
fn address_of(events: &mut impl BufRead) -> String {
    let mut line = String::new();
    events.read_line(&mut line).unwrap();
    let ready: serde_json::Value = serde_json::from_str(&line).unwrap();
    let url = ready["urls"][0].as_str().unwrap();
    url.split_once("://").unwrap().1.trim_end_matches('/').to_owned()
}

/// A session of so many hundred commands, all answered.
fn talk(address: &str, hundreds: u32) {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
    let mut next = || lines.next().expect("the session ends").expect("the server is silent");
    assert!(next().starts_with("220 "));
    for _ in 0..hundreds {
        stream.write_all("NOOP\r\n".repeat(100).as_bytes()).unwrap();
        assert!((0..100).all(|_| next().starts_with("200 ")));
    }
}
