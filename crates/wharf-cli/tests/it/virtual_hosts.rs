//! `[[host]]`: several servers behind one address.

use std::{
    fs,
    io::{BufRead, BufReader, Write},
    net::TcpStream,
    path::Path,
};

use super::{
    config::{Configured, with_head, yard},
    program::{run, wharf},
};

const HOSTS: &str = r#"[tls]
require = "optional"
[limits]
login-delay = "250 ms"
[[host]]
names = ["one.example", "uno.example"]
welcome = "Welcome to one."
certificate = { chain = "one.pem", key = "one.key" }
[host.defaults]
root = "ROOT/one"
[host.user.anna]
password = "SECRET"
sessions = 1
[host.user.berta]
password = "SECRET"
[[host]]
names = ["two.example"]
certificate = { chain = "two.pem", key = "two.key" }
[host.accounts]
users-file = "two.toml"
"#;

/// A certificate for these names, in NAME.pem and NAME.key.
fn certificate(yard: &Path, name: &str, names: &[&str]) {
    let names: Vec<_> = names.iter().map(|name| (*name).to_owned()).collect();
    let made = rcgen::generate_simple_self_signed(names).unwrap();
    fs::write(yard.join(format!("{name}.pem")), made.cert.pem()).unwrap();
    fs::write(yard.join(format!("{name}.key")), made.signing_key.serialize_pem()).unwrap();
}

/// Two hosts, each with a file `who` of its own.
fn hosts(more: &str) -> (tempfile::TempDir, std::path::PathBuf) {
    let (yard, file) = yard(&format!("{HOSTS}{more}"));
    certificate(yard.path(), "one", &["one.example", "uno.example"]);
    certificate(yard.path(), "two", &["two.example"]);
    for host in ["one", "two"] {
        fs::create_dir(yard.path().join(host)).unwrap();
        fs::write(yard.path().join(host).join("who"), host).unwrap();
    }
    users_of_two(yard.path(), "OTHER");
    (yard, file)
}

fn users_of_two(yard: &Path, password: &str) {
    let text = super::config::with_root(
        yard,
        &format!("[user.anna]\npassword = \"{password}\"\nroot = \"ROOT/two\"\n"),
    );
    fs::write(yard.join("two.toml"), text).unwrap();
}

/// A control connection in clear.
struct Control(BufReader<TcpStream>);

impl Control {
    fn open(server: &Configured) -> Self {
        let mut control = Self(BufReader::new(TcpStream::connect(&server.address).unwrap()));
        control.reply();
        control
    }

    fn reply(&mut self) -> String {
        let mut line = String::new();
        self.0.read_line(&mut line).unwrap();
        line.trim().to_owned()
    }

    fn ask(&mut self, line: &str) -> String {
        write!(self.0.get_mut(), "{line}\r\n").unwrap();
        self.reply()
    }

    fn log_in(&mut self, user: &str, password: &str) -> String {
        self.ask(&format!("USER {user}"));
        self.ask(&format!("PASS {password}"))
    }
}

fn code(server: &Configured, host: Option<&str>, user: &str, password: &str) -> String {
    let mut control = Control::open(server);
    if let Some(host) = host {
        let said = control.ask(&format!("HOST {host}"));
        assert!(said.starts_with("220 "), "{said}");
    }
    control.log_in(user, password).chars().take(3).collect()
}

#[test]
fn users_and_welcome_are_those_of_the_name() {
    let (_yard, file) = hosts("");
    run(wharf(["config", "check"]).arg(&file)).ends_with(0);
    let server = Configured::start(&file, &[]);
    assert_eq!(Control::open(&server).ask("HOST uno.example"), "220 Welcome to one.");
    assert_eq!(Control::open(&server).ask("HOST two.example"), "220 This is two.example.");
    assert!(Control::open(&server).ask("HOST three.example").starts_with("504 "));
    for (host, user, password, expected) in [
        (Some("one.example"), "anna", "secret", "230"),
        (Some("one.example"), "anna", "other", "530"),
        (Some("two.example"), "anna", "other", "230"),
        (Some("two.example"), "anna", "secret", "530"),
        (Some("two.example"), "berta", "secret", "530"),
        (None, "anna", "secret", "530"),
    ] {
        assert_eq!(code(&server, host, user, password), expected, "{host:?} {user} {password}");
    }
    // One session of the anna of one is none of the anna of two.
    let mut one = Control::open(&server);
    one.ask("HOST one.example");
    assert!(one.log_in("anna", "secret").starts_with("230 "));
    assert_eq!(code(&server, Some("uno.example"), "anna", "secret"), "530");
    assert_eq!(code(&server, Some("two.example"), "anna", "other"), "230");
}

#[test]
fn who_names_none_of_them_means_the_users_outside() {
    let (_yard, file) = hosts("[user.carla]\npassword = \"SECRET\"\nroot = \"ROOT/anna\"\n");
    let server = Configured::start(&file, &[]);
    assert_eq!(code(&server, None, "carla", "secret"), "230");
    assert_eq!(code(&server, None, "berta", "secret"), "530");
    assert_eq!(code(&server, Some("one.example"), "carla", "secret"), "530");
}

#[test]
fn users_of_a_host_change_while_it_runs() {
    let (yard, file) = hosts("");
    let mut server = Configured::start(&file, &[]);
    assert_eq!(code(&server, Some("one.example"), "berta", "secret"), "230");
    fs::write(&file, with_head(&yard, &HOSTS.replacen("SECRET\"\nsessions", "OTHER\"\nsessions", 1)))
        .unwrap();
    let lines = server.logs("host.0.user.anna.password: ");
    assert!(!lines.last().unwrap().contains("next start"), "{lines:?}");
    assert_eq!(code(&server, Some("one.example"), "anna", "secret"), "530");
    assert_eq!(code(&server, Some("one.example"), "anna", "other"), "230");
    users_of_two(yard.path(), "SECRET");
    assert_eq!(code(&server, Some("two.example"), "anna", "secret"), "230");
}

#[test]
fn a_name_that_is_no_hosts_any_more_is_not_that_of_the_users_outside() {
    let outside = "[user.carla]\npassword = \"SECRET\"\nroot = \"ROOT/anna\"\n";
    let (yard, file) = hosts(outside);
    let mut server = Configured::start(&file, &[]);
    assert_eq!(code(&server, Some("uno.example"), "berta", "secret"), "230");
    let all = format!("{HOSTS}{outside}");
    let renamed = all.replacen("\"uno.example\"", "\"eins.example\"", 1);
    let (first, rest) = renamed.split_once("[[host]]\nnames = [\"two.example\"]").unwrap();
    let removed = format!(
        "{first}{}",
        rest.split_once("[user.carla]").map(|(_, rest)| format!("[user.carla]{rest}")).unwrap()
    );
    // Twice, so that what was forgotten once would be known to nobody.
    for text in [&renamed, &removed] {
        fs::write(&file, with_head(&yard, text)).unwrap();
        server.logs("was read again");
        for (user, password) in [("carla", "secret"), ("berta", "secret"), ("anna", "other")] {
            assert_eq!(code(&server, Some("uno.example"), user, password), "530", "{user}");
        }
        assert_eq!(code(&server, Some("one.example"), "berta", "secret"), "230");
        assert_eq!(code(&server, None, "carla", "secret"), "230");
    }
    assert_eq!(code(&server, Some("two.example"), "carla", "secret"), "530");
    fs::write(&file, with_head(&yard, &all)).unwrap();
    server.logs("was read again");
    assert_eq!(code(&server, Some("uno.example"), "berta", "secret"), "230");
    assert_eq!(code(&server, Some("two.example"), "anna", "other"), "230");
}

#[test]
fn a_certificate_is_for_the_names_of_its_host() {
    let (yard, file) = hosts("");
    certificate(yard.path(), "one", &["one.example"]);
    let wrong = run(wharf(["config", "check"]).arg(&file)).ends_with(2);
    assert!(wrong.stderr.contains("host.0.certificate: it is not for uno.example"), "{}", wrong.stderr);
}
