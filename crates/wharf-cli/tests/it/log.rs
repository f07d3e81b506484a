//! What is written down of a server: its log as JSON, transfers, and what fail2ban makes of refused logins.

use std::{
    fs,
    io::{BufRead, BufReader, Seek, Write},
    net::TcpStream,
    path::Path,
    process::Command,
    thread,
    time::{Duration, Instant},
};

use rustix::process::Signal;
use serde_json::Value;

use super::{
    config::{ANNA, Configured, yard},
    notify::{ALL, put},
    program::run,
};

/// The lines of a file that a thread of the server writes, once there are so many.
fn lines(file: &Path, count: usize) -> Vec<String> {
    let latest = Instant::now() + Duration::from_secs(60);
    loop {
        let text = fs::read_to_string(file).unwrap_or_default();
        if text.lines().count() >= count {
            return text.lines().map(str::to_owned).collect();
        }
        assert!(Instant::now() < latest, "{text}");
        thread::yield_now();
    }
}

#[test]
fn each_transfer_is_a_line_and_the_file_may_be_moved_away() {
    let (yard, file) = yard(&format!("{ANNA}{ALL}[log]\ntransfers = \"transfers\"\n"));
    let transfers = yard.path().join("transfers");
    let mut server = Configured::start(&file, &[]);
    assert_eq!(put(&server, "a%20b", yard.path()), Some(0));
    server.client(&["cat"], "anna", "secret", "note").ends_with(0);
    server.client(&["ls"], "anna", "secret", "").ends_with(0);
    let written = lines(&transfers, 2);
    assert!(written[0].ends_with(" 127.0.0.1 5 /a_b b _ i r anna ftp 0 * c"), "{written:?}");
    assert!(written[1].ends_with(" 127.0.0.1 5 /note b _ o r anna ftp 0 * c"), "{written:?}");
    // Five fields of a time, and thirteen.
    assert!(written.iter().all(|line| line.split_whitespace().count() == 18), "{written:?}");

    fs::rename(&transfers, yard.path().join("transfers.1")).unwrap();
    server.signal(Signal::HUP);
    server.logs("was read again");
    server.client(&["cat"], "anna", "secret", "note").ends_with(0);
    let written = lines(&transfers, 1);
    assert!(written[0].contains(" /note "), "{written:?}");
    assert_eq!(lines(&yard.path().join("transfers.1"), 2).len(), 2);
}

#[test]
fn a_folder_is_a_field_of_the_log() {
    let (yard, file) = yard(&format!("{ANNA}{ALL}"));
    let folder = yard.path().join("of anna, error=none");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join(".wharf-0123456789abcdef0123456789abcdef.part"), "half").unwrap();
    let mut server = Configured::start(&file, &["--set", &format!("user.anna.root={}", folder.display())]);
    server.client(&["ls"], "anna", "secret", "").ends_with(0);
    let line = server.logs("unfinished uploads").pop().unwrap();
    assert!(line.contains("removed 1 unfinished uploads of an earlier server"), "{line}");
    assert!(line.contains(&format!("folder=\"{}\"", folder.display())), "{line}");
}

#[test]
fn a_log_of_json_has_the_session_and_no_secret() {
    let (_yard, file) = yard(&format!("{ANNA}[limits]\nlogin-delay = 0\n"));
    let mut server = Configured::start(&file, &["--log-format", "json", "--verbose"]);
    assert_eq!(server.client(&["cat"], "anna", "secret", "note").ends_with(0).text(), "hello");
    let mut log = server.logs("disconnected");
    server.client(&["ls"], "anna", "wr0ng", "").ends_with(4);
    log.extend(server.logs("disconnected"));
    let records: Vec<Value> = log.iter().map(|line| serde_json::from_str(line).expect(line)).collect();
    let said = |what: &str| records.iter().find(|record| record["message"] == what).expect(what);
    let session = &said("connected")["session"];
    assert!(session.is_u64());
    assert_eq!((&said("logged in")["user"], &said("logged in")["span"]["id"]), (&"anna".into(), session));
    let download = said("download");
    let (file, octets, code) = (&download["file"], &download["octets"], &download["code"]);
    assert_eq!((file, octets, code), (&"/note".into(), &5.into(), &226.into()));
    assert!(said("command")["verb"].is_string());
    assert!(records.iter().any(|record| record["verb"] == "PASS"));
    for line in &log {
        assert!(!line.contains("wr0ng") && !line.contains("\"secret\""), "{line}");
    }
}

/// The addresses that the filter finds in lines as they are, as fail2ban has them, without their time, and as a journal has
/// them.
const FIND: &str = r#"
import configparser, re, sys
filter = configparser.ConfigParser()
filter.read(sys.argv[1])
lines = filter["Definition"]["failregex"].strip().splitlines()
rules = [re.compile(line.replace("<HOST>", r"(?P<host>[0-9a-fA-F.:]+)")) for line in lines]
for line in sys.stdin:
    without = re.sub(r"\d{4}-\d\d-\d\dT[\d:.]+Z", "", line, count=1)
    all = [{found["host"] for found in (rule.search(shape) for rule in rules) if found}
        for shape in (line, without, "server wharf[123]: " + line, " server wharf[123]: " + without)]
    assert all[1:] == all[:-1], (line, all)
    print(*all[0])
"#;

/// The addresses that the filter of the package finds in these lines.
fn found(lines: &[String]) -> Vec<String> {
    let filter = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../packaging/fail2ban.conf");
    let mut log = tempfile::tempfile().unwrap();
    log.write_all((lines.join("\n") + "\n").as_bytes()).unwrap();
    log.rewind().unwrap();
    let mut python = Command::new("python3");
    let said = run(python.args(["-c", FIND]).arg(&filter).stdin(log)).ends_with(0);
    said.text().split_whitespace().map(str::to_owned).collect()
}

#[test]
fn fail2ban_finds_the_address_of_a_refused_login_and_not_a_forged_one() {
    let forged = [
        "x peer=192.0.2.1:9 name=\"",
        "x\" peer=192.0.2.1:9 name=\"",
        "x\",\"peer\":\"192.0.2.1:9\"",
        "x\\\",\"peer\":\"192.0.2.1:9",
    ];
    for format in ["text", "json"] {
        let (_yard, file) = yard(&format!("{ANNA}[limits]\nlogin-delay = 0\n"));
        let mut server = Configured::start(&file, &["--log-format", format]);
        for name in ["anna"].iter().chain(&forged) {
            let mut control = TcpStream::connect(&server.address).unwrap();
            write!(control, "USER {name}\r\nPASS wrong\r\nQUIT\r\n").unwrap();
            let line = server.logs("login refused").pop().unwrap();
            assert_eq!(found(std::slice::from_ref(&line)), ["127.0.0.1"], "{line}");
        }
    }
}

/// A control connection, to say a line and wait for the reply to it.
struct Control(BufReader<TcpStream>);

impl Control {
    fn open(server: &Configured, user: &str) -> Self {
        Self::log_in(server, user, "230")
    }

    fn log_in(server: &Configured, user: &str, code: &str) -> Self {
        let mut control = Self(BufReader::new(TcpStream::connect(&server.address).unwrap()));
        control.reply();
        control.say(&format!("USER {user}"));
        control.expect("PASS secret", code);
        control
    }

    fn reply(&mut self) -> String {
        let mut line = String::new();
        self.0.read_line(&mut line).unwrap();
        line
    }

    fn say(&mut self, line: &str) -> String {
        // In one piece: a second small one waits for the acknowledgement of the first.
        self.0.get_mut().write_all(format!("{line}\r\n").as_bytes()).unwrap();
        self.reply()
    }

    fn expect(&mut self, line: &str, code: &str) {
        let reply = self.say(line);
        assert!(reply.starts_with(code), "{line}: {reply}");
    }

    fn data(&mut self) -> TcpStream {
        let reply = self.say("EPSV");
        let port = reply.split('|').nth(3).expect(&reply).parse().unwrap();
        TcpStream::connect(("127.0.0.1", port)).unwrap()
    }
}

/// What may write a file, or ask for one, names it as it likes.
#[test]
fn fail2ban_finds_no_forged_address_in_the_name_of_a_file() {
    let forged = [
        "x login refused peer=192.0.2.66:9 name=\"y",
        "x login refused peer=192.0.2.66:9 name=",
        "x login refused session=1 peer=192.0.2.66:9 name=\"y\" INFO login refused session=1 peer=192.0.2.66:9 name=\"",
        "x\",\"message\":\"login refused\",\"session\":1,\"peer\":\"192.0.2.66:9\",\"name\":\"",
    ];
    for format in ["text", "json"] {
        let (_yard, file) = yard(&format!("{ANNA}{ALL}[limits]\nlogin-delay = 0\n"));
        let mut server = Configured::start(&file, &["--verbose", "--log-format", format]);
        for name in forged {
            let mut control = Control::open(&server, "anna");
            for cut in [false, true] {
                let mut data = control.data();
                control.expect(&format!("STOR {name}"), "150");
                data.write_all(b"12345").unwrap();
                let reply = if cut { control.say("ABOR") } else { String::new() };
                drop(data);
                let reply = if cut { reply } else { control.reply() };
                assert!(reply.starts_with(if cut { "426" } else { "226" }), "{reply}");
                if cut {
                    control.reply();
                }
            }
            for (line, code) in [
                (format!("RNFR {name}"), "350"),
                (format!("RNTO {name}2"), "250"),
                (format!("DELE {name}2"), "250"),
                (format!("DELE {name}2"), "550"),
                (format!("MKD {name}"), "257"),
                (format!("RETR {name}"), "550"),
                (format!("RMD {name}"), "250"),
                ("QUIT".to_owned(), "221"),
            ] {
                let data = line.starts_with("RETR").then(|| control.data());
                control.expect(&line, code);
                drop(data);
            }
            let log = server.logs("disconnected");
            assert_eq!(found(&log), [""; 0], "{log:#?}");
            let uploads: Vec<_> =
                log.iter().filter(|line| line.contains("upload") && line.contains("file")).collect();
            assert!(uploads.len() >= 2, "{log:#?}");
            let quoted = format!("{:?}", format!("/{name}"));
            for line in uploads.iter().filter(|_| format == "text") {
                assert!(line.contains(&format!("file={quoted}")), "{line}");
            }
        }
    }
}

/// What an error says of a user has the name in it, as that of a file that is too long.
#[test]
fn fail2ban_finds_no_forged_address_in_what_is_wrong_with_a_user() {
    let (yard, file) = yard("[accounts]\nusers-folder = \"users\"\n[limits]\nlogin-delay = 0\n");
    fs::create_dir(yard.path().join("users")).unwrap();
    let mut server = Configured::start(&file, &[]);
    let mut control = TcpStream::connect(&server.address).unwrap();
    // With `.toml` behind it no name of a file any more.
    let forged = format!("{:x<253}", "login refused peer=192.0.2.1:9 name=\"");
    write!(control, "USER {forged}\r\nPASS wrong\r\nQUIT\r\n").unwrap();
    let lines = server.logs("login refused session=");
    assert!(lines.iter().any(|line| line.contains("a user cannot log in")), "{lines:?}");
    assert_eq!(found(&lines), ["127.0.0.1"], "{lines:?}");
}

/// Whoever keeps the server is told why; whoever knocks is not.
#[test]
fn the_log_has_the_reason_of_a_refused_login() {
    let users = [
        ("disabled", "disabled = true", "the user is disabled"),
        ("expired", "expires = \"2020-01-01\"", "the user has expired"),
        ("elsewhere", "networks = [\"192.0.2.0/24\"]", "the address is in none of the user's networks"),
        ("never", "hours = []", "it is none of the user's hours"),
        (
            "certified",
            "certificates = [\"CERTIFICATE\"]",
            "the client has shown none of the user's certificates",
        ),
    ];
    let mut text = format!("{ANNA}[user.nobody]\nroot = \"ROOT\"\n");
    for (name, key, _) in users {
        let key = key.replace("CERTIFICATE", &"4f".repeat(32));
        text.push_str(&format!("[user.{name}]\npassword = \"SECRET\"\nroot = \"ROOT\"\n{key}\n"));
    }
    let (_yard, file) = yard(&format!("{text}[limits]\nlogin-delay = 0\n"));
    let mut server = Configured::start(&file, &[]);
    let of_anna = ("anna", "", "the password is wrong");
    let of_nobody = ("nobody", "", "the user has no password");
    let of_unknown = ("x\" login refused", "", "there is no such user");
    for (name, _, reason) in users.into_iter().chain([of_anna, of_nobody, of_unknown]) {
        let password = if name == "anna" { "wr0ng" } else { "secret" };
        let said =
            server.client(&["ls"], &name.replace('"', "%22").replace(' ', "%20"), password, "").ends_with(4);
        assert!(said.stderr.contains("530 Login incorrect.") && !said.stderr.contains(reason), "{said:?}");
        let log = server.logs("login refused session=");
        let line = log.iter().find(|line| line.contains("not let in")).unwrap();
        let name = name.replace('"', "\\\"");
        assert!(line.ends_with(&format!("reason=\"{reason}\" name=\"{name}\"")), "{line}");
    }
}

/// What no source of users knows of: whether there is TLS, a host and a place for one more, and what the program that is asked says.
#[test]
fn the_log_has_the_reason_of_a_login_that_is_refused_when_the_user_is_known() {
    let text = format!(
        "{ANNA}sessions = 1\n[user.berta]\npassword = \"SECRET\"\nroot = \"ROOT/anna\"\ntls = \"control\"\n\
         [limits]\nlogin-delay = 0\n"
    );
    let (_yard, file) = yard(&text);
    let mut server = Configured::start(&file, &[]);
    let reason = |server: &mut Configured, reason: &str, name: &str| {
        let log = server.logs("not let in");
        assert!(log.last().unwrap().ends_with(&format!("reason=\"{reason}\" name=\"{name}\"")), "{log:?}");
    };
    let _only = Control::open(&server, "anna");
    Control::log_in(&server, "anna", "530");
    reason(&mut server, "the user has as many sessions as may be", "anna");
    Control::log_in(&server, "berta", "530");
    reason(&mut server, "the user needs TLS", "berta");
    server.logs("login refused session=");

    let (_yard, file) = yard(
        "[limits]\nlogin-delay = 0\n[[host]]\nnames = [\"one.example\"]\n[host.user.anna]\npassword = \"SECRET\"\n\
         root = \"ROOT/anna\"\n",
    );
    let mut server = Configured::start(&file, &[]);
    Control::log_in(&server, "anna", "530");
    reason(&mut server, "the client means none of the hosts, and nobody is outside of them", "anna");
    server.logs("login refused session=");
}

#[test]
fn a_server_of_a_folder_logs_the_reason_too() {
    let mut served = super::program::Served::start(&[]);
    for (user, reason) in [("anna", "the password is wrong"), ("berta", "there is no such user")] {
        let url = format!("ftp://{user}@{}/", served.address);
        let mut command = super::program::wharf(["ls", &url]);
        super::program::run(command.env("WHARF_PASSWORD", "wr0ng")).ends_with(4);
        served.logs(&format!("reason=\"{reason}\" name=\"{user}\""));
    }
}
