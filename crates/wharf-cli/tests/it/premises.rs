//! What a configuration takes for granted: what is not there is told before a server starts, and by the checks.

use std::{fs, net::TcpListener};

use super::{
    config::{ANNA, Configured, yard},
    program::{free_ports, run, wharf},
};

#[test]
fn what_is_not_there_is_told_with_its_line() {
    for (text, expected) in [
        ("[process]\nuser = \"nobody-has-this-name\"\n", "process.user: there is no such user"),
        ("[process]\nuser = \"root\"\n", "process.user: root is no user to become"),
        ("[process]\nonly = [\"no\"]\n", "process.only: the folder ROOT/no is not there"),
        ("[process]\nreadable = [\"no\"]\n", "process.readable: ROOT/no is not there"),
    ] {
        let (yard, file) = yard(&format!("{ANNA}{text}"));
        let at = format!("{}:7: {expected}", file.display()).replace("ROOT", yard.path().to_str().unwrap());
        for arguments in [&["config", "check"][..], &["serve", "--check", "--config"], &["serve", "--config"]]
        {
            let ended = run(wharf(arguments).arg(&file)).ends_with(2);
            assert!(ended.stderr.contains(&at) && ended.stdout.is_empty(), "{arguments:?} {at} {ended:?}");
        }
    }
}

#[test]
fn a_file_may_be_read_as_well_as_a_folder() {
    let (_yard, file) = yard(&format!("{ANNA}[process]\nreadable = [\"anna/note\"]\n"));
    run(wharf(["config", "check"]).arg(&file)).ends_with(0);
    Configured::start(&file, &[]);
    let refused = run(wharf(["config", "check", "--set", "process.only=[\"anna/note\"]"]).arg(&file));
    assert!(refused.ends_with(2).stderr.contains("anna/note is no folder"));
}

/// A service manager makes some of them before it starts the server: so that is no reason to call the file wrong.
#[test]
fn folders_of_what_is_made_have_to_be_there_when_a_server_starts() {
    for (text, expected) in [
        ("[bans]\nfile = \"no/bans\"\n", "bans.file: the folder ROOT/no is not there"),
        ("[control]\nsocket = \"no/control\"\n", "control.socket: the folder ROOT/no is not there"),
        ("[log]\ntransfers = \"no/transfers\"\n", "log.transfers: the folder ROOT/no is not there"),
        ("[log]\ntransfers = \"anna/note/x\"\n", "log.transfers: ROOT/anna/note is no folder"),
        (
            "[[notify]]\nqueue = \"anna/note/queue\"\ncommand = [\"true\"]\n",
            "notify.0.queue: ROOT/anna/note is no folder",
        ),
    ] {
        let (yard, file) = yard(&format!("{ANNA}{text}"));
        let at = format!("{}:7: {expected}", file.display()).replace("ROOT", yard.path().to_str().unwrap());
        let ended = run(wharf(["serve", "--config"]).arg(&file)).ends_with(2);
        assert!(ended.stderr.contains(&at) && ended.stdout.is_empty(), "{at} {ended:?}");
        let ended = run(wharf(["serve", "--check", "--config"]).arg(&file)).ends_with(1);
        assert!(String::from_utf8_lossy(&ended.stdout).contains(&format!("problem: {at}")), "{at} {ended:?}");
        let ended = run(wharf(["config", "check"]).arg(&file)).ends_with(0);
        assert!(ended.stderr.contains(&format!("{at}: no server starts without")), "{at} {ended:?}");
    }
    // What may not be changed is not made.
    let (yard, file) = yard(&format!("{ANNA}[[notify]]\nqueue = \"new/queue\"\ncommand = [\"true\"]\n"));
    let only = "process.only=[\"anna\"]";
    let ended = run(wharf(["config", "check", "--set", only]).arg(&file)).ends_with(0);
    let at = format!("notify.0.queue: the folder {} is not there", yard.path().join("new").display());
    assert!(ended.stderr.contains(&at), "{ended:?}");
    // What can be made is no reason.
    assert_eq!(run(wharf(["config", "check"]).arg(&file)).ends_with(0).stderr, "");
}

/// They would keep the server from starting, or be missed later.
#[cfg(target_os = "linux")]
#[test]
fn files_that_may_not_be_read_are_told_of() {
    let elsewhere = tempfile::tempdir().unwrap();
    let path = |name: &str| elsewhere.path().join(name).to_str().unwrap().to_owned();
    for name in ["users.toml", "secret", "chain.pem", "headers", "ca.pem"] {
        fs::write(path(name), "").unwrap();
    }
    for (key, text) in [
        ("accounts.users-file", format!("[accounts]\nusers-file = {:?}\n", path("users.toml"))),
        (
            "accounts.ldap.authorities",
            format!("[accounts.ldap]\nurl = \"ldaps://localhost\"\nauthorities = {:?}\n", path("ca.pem")),
        ),
        (
            "notify.0.secret-file",
            format!(
                "[[notify]]\nqueue = \"queue\"\nurl = \"https://localhost\"\nsecret-file = {:?}\n",
                path("secret")
            ),
        ),
        ("telemetry.headers-file", format!("[telemetry]\nheaders-file = {:?}\n", path("headers"))),
        (
            "tls.certificate.0.chain",
            format!("[tls]\n[[tls.certificate]]\nchain = {:?}\nkey = \"key\"\n", path("chain.pem")),
        ),
    ] {
        let (yard, file) = yard(&format!("{ANNA}{text}"));
        std::os::unix::fs::symlink(elsewhere.path(), yard.path().join("link")).unwrap();
        let check = |more: &[&str]| {
            let only = "process.only=[\"anna\"]";
            run(wharf(["config", "check", "--set", only]).args(more).arg(&file)).stderr
        };
        let refused = "is not within what process.only and process.readable let it read";
        let said = check(&[]);
        assert!(said.contains(&format!("{key}: ")) && said.contains(refused), "{said}");
        // The kernel sees the folder itself, by whatever name.
        let said = check(&["--set", "process.readable=[\"link\"]"]);
        assert!(!said.contains(refused), "{said}");
    }
}

/// A list of bans that cannot be written, for a reason that shows only when it is tried.
#[test]
fn bans_are_written_before_there_is_somebody_to_ban() {
    let (yard, file) = yard(&format!("{ANNA}[bans]\nfile = \"bans\"\n"));
    fs::create_dir(yard.path().join("bans.new")).unwrap();
    let ended = run(wharf(["serve", "--config"]).arg(&file)).ends_with(1);
    assert!(ended.stderr.contains("/bans: ") && ended.stdout.is_empty(), "{ended:?}");
    // Neither is it the network that fails where the list cannot be read.
    fs::write(yard.path().join("bans"), "everybody is welcome\n").unwrap();
    let ended = run(wharf(["serve", "--config"]).arg(&file)).ends_with(1);
    assert!(ended.stderr.contains("line 1") && ended.stdout.is_empty(), "{ended:?}");
}

#[test]
fn a_folder_that_is_missing_is_a_word_and_no_reason() {
    let text = "[user.berta]\nroot = \"ROOT/berta\"\n[user.carla]\nroot = \"ROOT/carla\"\ncreate-root = true\n\
                [accounts]\nusers-file = \"users.toml\"\n[accounts.anonymous]\nroot = \"ROOT/anna\"\nfolders = { \"/pub\" = \"ROOT/pub\" }\n";
    let (yard, file) = yard(&format!("{ANNA}{text}"));
    let root = yard.path().to_str().unwrap();
    fs::write(yard.path().join("users.toml"), format!("[user.dora]\nroot = \"{root}/dora\"\n")).unwrap();
    let checked = run(wharf(["config", "check"]).arg(&file)).ends_with(0);
    assert!(String::from_utf8_lossy(&checked.stdout).contains("nothing else is wrong"), "{checked:?}");
    let lines: Vec<_> = checked.stderr.lines().collect();
    assert_eq!(lines.len(), 3, "{lines:?}");
    for (line, expected) in lines.iter().zip([
        format!(":6: user.berta: the folder {root}/berta is not there, so nobody gets in"),
        format!(":13: accounts.anonymous: the folder {root}/pub is not there"),
        format!(":12: accounts.users-file: user \"dora\": the folder {root}/dora is not there"),
    ]) {
        assert!(line.contains(&expected), "{line} {expected}");
    }
    let mut served = Configured::start(&file, &[]);
    let log = served.logs("user.berta");
    assert!(log.last().unwrap().contains("WARN"), "{log:?}");
}

#[test]
fn a_port_of_the_metrics_that_is_taken_is_found_before_anything_is_told() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let (_yard, file) = yard(&format!("{ANNA}[metrics]\nlisten = \"{address}\"\n"));
    let ended = run(wharf(["serve", "--config"]).arg(&file)).ends_with(3);
    assert!(ended.stdout.is_empty() && ended.stderr.contains("metrics: cannot listen on"), "{ended:?}");
}

#[test]
fn ports_that_are_taken_are_a_problem_when_there_are_no_others() {
    // Two ports side by side, one of them taken.
    let port = free_ports(2);
    let taken = TcpListener::bind(("127.0.0.1", port)).unwrap();
    let check = |first: u16, last: u16| {
        let two = "[[listen]]\naddress = \"127.0.0.1:2\"\n";
        let (_yard, file) = yard(&format!("{two}{ANNA}[passive]\nports = \"{first}-{last}\"\n"));
        let ended = run(wharf(["serve", "--check", "--config"]).arg(&file));
        (ended.code, String::from_utf8(ended.stdout).unwrap())
    };
    let (code, said) = check(port, port + 1);
    assert_eq!(code, Some(0), "{said}");
    assert_eq!(
        said.matches("note: 1 of 2 passive ports are taken at 127.0.0.1, for now").count(),
        1,
        "{said}"
    );
    let (code, said) = check(port, port);
    assert_eq!(
        (code, said.matches("problem: all 1 passive ports are taken").count()),
        (Some(1), 1),
        "{said}"
    );
    drop(taken);
    // Those that the system gives away itself, where it says which.
    if let Ok(text) = fs::read_to_string("/proc/sys/net/ipv4/ip_local_port_range") {
        let mut given = text.split_whitespace().map(|port| port.parse::<u16>().unwrap());
        let (lowest, highest) = (given.next().unwrap(), given.next().unwrap());
        assert!(check(lowest, highest).1.contains(&format!("this system gives {lowest}-{highest}")));
        assert!(!check(lowest - 2, lowest - 1).1.contains("this system gives"));
    }
}

/// Each of them ends a start, some only once the port is bound.
#[test]
fn what_does_not_start_is_a_problem_for_the_check() {
    let check = |text: &str| {
        let (_yard, file) = yard(&format!("{ANNA}{text}"));
        let ended = run(wharf(["serve", "--check", "--config"]).arg(&file)).ends_with(1);
        String::from_utf8_lossy(&ended.stdout).into_owned()
    };
    for (text, expected) in [
        (
            "[[listen]]\naddress = \"no.such.name.invalid:2121\"\n",
            "listen: no.such.name.invalid:2121 has no address",
        ),
        (
            "[[listen]]\naddress = \"192.0.2.77:2121\"\n",
            "listen: 192.0.2.77:2121: nothing can listen on 192.0.2.77",
        ),
        (
            "[[listen]]\naddress = \"0.0.0.0:2121\"\n[metrics]\nlisten = \"127.0.0.1:2121\"\n",
            "metrics.listen: 127.0.0.1:2121 is taken by listen: 0.0.0.0:2121",
        ),
        // Neither is all that the other is one of, or they are not alike.
        (
            "[[listen]]\naddress = \"127.0.0.1:2121\"\n[[listen]]\naddress = \"127.0.0.1:2121\"\n",
            "listen: 127.0.0.1:2121: 127.0.0.1:2121 is taken by listen: 127.0.0.1:2121\n",
        ),
        (
            "[[listen]]\naddress = \"0.0.0.0:2121\"\n[[listen]]\naddress = \"127.0.0.1:2121\"\ntls = \"optional\"\n",
            "listen: 127.0.0.1:2121: 127.0.0.1:2121 is taken by listen: 0.0.0.0:2121\n",
        ),
    ] {
        let said = check(text);
        assert!(said.contains(&format!("problem: {expected}")), "{said}");
    }
    if cfg!(target_os = "linux") {
        let said = check("[[notify]]\nqueue = \"/proc/queue\"\ncommand = [\"true\"]\n");
        assert!(said.contains(": notify.0.queue: nothing can be made in /proc: "), "{said}");
    }
    // Where nothing is in the way nothing is left behind.
    let (yard, file) = yard(&format!(
        "{ANNA}[[notify]]\nqueue = \"queue\"\ncommand = [\"true\"]\n[metrics]\nlisten = \"127.0.0.1:0\"\n"
    ));
    let before = fs::read_dir(yard.path()).unwrap().count();
    run(wharf(["serve", "--check", "--config"]).arg(&file)).ends_with(0);
    assert_eq!(fs::read_dir(yard.path()).unwrap().count(), before);
}

/// It binds one of all addresses for both.
#[test]
fn what_starts_where_a_service_manager_binds_the_port_is_a_note() {
    let (all, one) = ("0.0.0.0:2121", "127.0.0.1:2121");
    for (first, second) in [(all, one), (one, all)] {
        let text = format!("{ANNA}[[listen]]\naddress = \"{first}\"\n[[listen]]\naddress = \"{second}\"\n");
        let (_yard, file) = yard(&text);
        let ended = run(wharf(["serve", "--check", "--config"]).arg(&file)).ends_with(0);
        let said = String::from_utf8_lossy(&ended.stdout);
        let note = format!(
            "note: listen: {second}: {second} is taken by listen: {first}: that starts only where a service manager binds the port\n"
        );
        assert!(said.contains(&note), "{said}");
    }
}

/// A server starts with such a certificate all the same: what it serves in clear, or to who has pinned it, goes on.
#[test]
fn a_certificate_that_is_not_good_now_is_told_of() {
    let days = |days: i32| {
        let made = jiff::Zoned::now().checked_add(jiff::Span::new().days(days)).unwrap().date();
        rcgen::date_time_ymd(made.year().into(), made.month().unsigned_abs(), made.day().unsigned_abs())
    };
    let (yard, file) =
        yard(&format!("{ANNA}[tls]\n[[tls.certificate]]\nchain = \"chain.pem\"\nkey = \"key.pem\"\n"));
    let put = |from: i32, until: i32| {
        let mut params = rcgen::CertificateParams::new(["localhost".to_owned()]).unwrap();
        (params.not_before, params.not_after) = (days(from), days(until));
        let key = rcgen::KeyPair::generate().unwrap();
        fs::write(yard.path().join("key.pem"), key.serialize_pem()).unwrap();
        fs::write(yard.path().join("chain.pem"), params.self_signed(&key).unwrap().pem()).unwrap();
    };
    for (from, until, kind, expected) in [
        (-30, -10, "problem", "it expired on "),
        (5, 100, "problem", "not yet: no client trusts it"),
        (-30, 5, "note", "it expires on "),
    ] {
        put(from, until);
        let checked = run(wharf(["config", "check"]).arg(&file)).ends_with(0).stderr;
        let line =
            checked.lines().find(|line| line.contains(expected)).unwrap_or_else(|| panic!("{checked}"));
        assert!(
            line.contains(&format!("{kind}: {}:", file.display())) && line.contains("chain.pem: "),
            "{line}"
        );
        let ended = run(wharf(["serve", "--check", "--config"]).arg(&file));
        assert_eq!(ended.code, Some(i32::from(kind == "problem")));
        let said = String::from_utf8_lossy(&ended.stdout).into_owned();
        let line = said.lines().find(|line| line.contains(expected)).unwrap_or_else(|| panic!("{said}"));
        assert!(line.starts_with(&format!("{kind}: ")), "{line}");
    }
    put(-30, -10);
    let mut served = Configured::start(&file, &[]);
    assert!(served.logs("it expired on ").last().unwrap().contains("WARN"));
    put(-30, 5);
    assert!(served.logs("it expires on ").last().unwrap().contains("WARN"));
    put(-30, 300);
    served.logs("the certificates were read again");
    assert_eq!(run(wharf(["config", "check"]).arg(&file)).ends_with(0).stderr, "");
}
