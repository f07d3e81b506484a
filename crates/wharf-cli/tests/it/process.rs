//! The server as a process: numbers, the service manager, and rights that are given up.

use std::{
    fs,
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    os::{fd::OwnedFd, unix::net::UnixDatagram},
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use rustix::process::{Signal, geteuid};

use super::{
    config::{ANNA, Configured, yard},
    program::{run, wharf},
};

/// The answer to a GET.
pub(crate) fn get(address: &str, path: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {address}\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn numbers_for_prometheus_and_whether_it_is_well() {
    let (_yard, file) =
        yard(&format!("{ANNA}[metrics]\nlisten = \"127.0.0.1:0\"\n[limits]\nlogin-delay = 0\n"));
    let mut server = Configured::start(&file, &[]);
    let line = server.logs("metrics at http://").pop().unwrap();
    let address = line.split("http://").nth(1).unwrap().split('/').next().unwrap().to_owned();
    assert!(get(&address, "/healthz").starts_with("HTTP/1.1 200 "));
    assert!(get(&address, "/readyz").starts_with("HTTP/1.1 200 "));
    assert!(get(&address, "/nothing").starts_with("HTTP/1.1 404 "));
    assert_eq!(server.client(&["cat"], "anna", "secret", "note").ends_with(0).text(), "hello");
    server.client(&["ls"], "anna", "wrong", "").ends_with(4);
    server.logs("disconnected");
    server.logs("disconnected");
    // Others who say nothing keep nobody from an answer.
    let at_once = |_| {
        let silent: Vec<_> = (0..20).map(|_| TcpStream::connect(&address).unwrap()).collect();
        let began = Instant::now();
        assert!(get(&address, "/healthz").starts_with("HTTP/1.1 200 "));
        drop(silent);
        began.elapsed() < Duration::from_secs(8)
    };
    assert!((0..3).any(at_once), "it waited until the others were given up");
    let mut waiting = TcpStream::connect(&server.address).unwrap();
    waiting.read_exact(&mut [0; 3]).unwrap();
    let numbers = get(&address, "/metrics");
    for line in [
        "wharf_sessions 1\n",
        "wharf_sessions_opened_total 3\n",
        "wharf_logins_total{outcome=\"granted\"} 1\n",
        "wharf_logins_total{outcome=\"refused\"} 1\n",
        "wharf_transfer_octets_total{direction=\"download\"} 5\n",
        "wharf_transfers_total{direction=\"download\",code=\"226\"} 1\n",
        "wharf_errors_total{verb=\"PASS\",code=\"530\"} 1\n",
        "wharf_transfer_duration_seconds_count{direction=\"download\"} 1\n",
        "wharf_command_duration_seconds_count{verb=\"PASS\"} 2\n",
        "wharf_command_duration_seconds_bucket{le=\"+Inf\",verb=\"PASS\"} 2\n",
        "# EOF\n",
    ] {
        assert!(numbers.contains(line), "{line} is not in {numbers}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn it_may_have_as_many_files_open_as_its_user() {
    let (_yard, file) = yard(ANNA);
    let mut limited = Command::new("sh");
    limited.args([
        "-c",
        "ulimit -Sn 64; exec \"$@\"",
        "sh",
        env!("CARGO_BIN_EXE_wharf"),
        "serve",
        "--config",
    ]);
    let server = Configured::run(limited.arg(&file));
    let limits = fs::read_to_string(format!("/proc/{}/limits", server.id())).unwrap();
    let line = limits.lines().find(|line| line.starts_with("Max open files")).unwrap();
    let numbers: Vec<_> = line.split_whitespace().skip(3).take(2).collect();
    assert!(numbers[0] == numbers[1] && numbers[0] != "64", "{line}");
}

#[test]
fn the_service_manager_is_told_when_it_is_ready_that_it_lives_and_when_it_stops() {
    let (yard, file) = yard(ANNA);
    let socket = yard.path().join("notify");
    let manager = UnixDatagram::bind(&socket).unwrap();
    manager.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    let told = || {
        let mut octets = [0; 256];
        let read = manager.recv(&mut octets).unwrap();
        String::from_utf8(octets[..read].to_vec()).unwrap()
    };
    let mut command = wharf(["serve", "--config", file.to_str().unwrap()]);
    command.env("NOTIFY_SOCKET", &socket).env("WATCHDOG_USEC", "200000");
    let mut server = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    assert_eq!(told().trim(), "READY=1");
    assert_eq!(told().trim(), "WATCHDOG=1");
    assert_eq!(told().trim(), "WATCHDOG=1");
    rustix::process::kill_process(rustix::process::Pid::from_child(&server), Signal::TERM).unwrap();
    while told().trim() != "STOPPING=1" {}
    assert_eq!(server.wait().unwrap().code(), Some(0));
}

/// What hands its standard input over as a socket: descriptor 3, and two variables.
const ACTIVATE: &str = "import os, sys
os.dup2(0, 3)
os.set_inheritable(3, True)
os.environ.update(LISTEN_FDS='1', LISTEN_PID=str(os.getpid()))
os.execv(sys.argv[1], sys.argv[1:])";

/// Starts a server by `file` that is handed `socket`.
fn activated(socket: TcpListener, file: &Path) -> Child {
    let mut command = Command::new("python3");
    command.args(["-c", ACTIVATE, env!("CARGO_BIN_EXE_wharf"), "serve", "--config"]).arg(file);
    command.stdin(OwnedFd::from(socket)).stdout(Stdio::piped()).stderr(Stdio::null());
    command.spawn().expect("python3 hands the socket over")
}

#[test]
fn a_socket_of_the_service_manager_is_listened_on_in_place_of_the_addresses() {
    let (_yard, file) = yard(ANNA);
    let socket = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = socket.local_addr().unwrap();
    let mut server = activated(socket, &file);
    let mut greeting = [0; 3];
    TcpStream::connect(address).unwrap().read_exact(&mut greeting).unwrap();
    assert_eq!(&greeting, b"220");
    let mut notice = [0; 4096];
    let read = server.stdout.take().unwrap().read(&mut notice).unwrap();
    let notice = String::from_utf8_lossy(&notice[..read]).into_owned();
    assert!(notice.contains(&address.to_string()), "{notice}");
    server.kill().unwrap();
    server.wait().unwrap();
}

#[test]
fn a_socket_of_the_service_manager_needs_the_tls_that_its_address_needs() {
    for tls in ["optional", "required"] {
        let socket = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = socket.local_addr().unwrap();
        let (yard, file) = yard(&format!(
            "{ANNA}[tls]\nrequire = \"optional\"\n[[tls.certificate]]\nchain = \"chain.pem\"\nkey = \"key.pem\"\n\
             [[listen]]\naddress = \"{address}\"\ntls = \"{tls}\"\n"
        ));
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        fs::write(yard.path().join("chain.pem"), made.cert.pem()).unwrap();
        fs::write(yard.path().join("key.pem"), made.signing_key.serialize_pem()).unwrap();
        let mut server = activated(socket, &file);
        let mut control = TcpStream::connect(address).unwrap();
        control.write_all(b"USER anna\r\nQUIT\r\n").unwrap();
        let mut replies = String::new();
        control.read_to_string(&mut replies).unwrap();
        assert_eq!(replies.contains("\r\n331 "), tls == "optional", "{tls}: {replies}");
        server.kill().unwrap();
        server.wait().unwrap();
    }
}

#[test]
fn a_socket_of_every_address_starts_nothing_where_the_sections_of_its_port_disagree() {
    let socket = TcpListener::bind("0.0.0.0:0").unwrap();
    let port = socket.local_addr().unwrap().port();
    let (yard, file) = yard(&format!(
        "{ANNA}[tls]\n[[tls.certificate]]\nchain = \"chain.pem\"\nkey = \"key.pem\"\n\
         [[listen]]\naddress = \"127.0.0.1:{port}\"\ntls = \"optional\"\n\
         [[listen]]\naddress = \"192.0.2.7:{port}\"\ntls = \"required\"\n"
    ));
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    fs::write(yard.path().join("chain.pem"), made.cert.pem()).unwrap();
    fs::write(yard.path().join("key.pem"), made.signing_key.serialize_pem()).unwrap();
    let mut client = TcpStream::connect(("127.0.0.1", port)).unwrap();
    let mut server = activated(socket, &file);
    let mut greeting = Vec::new();
    // It is in the queue of a socket that closes with the server.
    let _ = client.read_to_end(&mut greeting);
    assert_eq!(String::from_utf8_lossy(&greeting), "");
    assert_eq!(server.wait().unwrap().code(), Some(2));
}

fn status(server: &Configured) -> String {
    fs::read_to_string(format!("/proc/{}/status", server.id())).unwrap()
}

#[cfg(target_os = "linux")]
#[test]
fn it_gains_no_rights_and_becomes_its_user_once_it_listens() {
    let (yard, file) = yard(ANNA);
    assert!(status(&Configured::start(&file, &[])).contains("NoNewPrivs:\t1\n"));
    let refused = run(wharf(["serve", "--set", "process.user=no-such-user", "--config"]).arg(&file));
    assert!(refused.ends_with(2).stderr.contains("there is no such user"));
    if !geteuid().is_root() {
        let refused = run(wharf(["serve", "--set", "process.user=nobody", "--config"]).arg(&file));
        refused.ends_with(1);
        eprintln!("not root: that it becomes another user was not tried");
        return;
    }
    let refused = run(wharf(["serve", "--set", "process.user=root", "--config"]).arg(&file)).ends_with(2);
    assert!(refused.stderr.contains("root is no user to become"), "{}", refused.stderr);
    // As far as the folder lets others in.
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(yard.path(), fs::Permissions::from_mode(0o755)).unwrap();
    fs::write(yard.path().join("anna/private"), "root's").unwrap();
    fs::set_permissions(yard.path().join("anna/private"), fs::Permissions::from_mode(0o600)).unwrap();
    let server = Configured::start(&file, &["--set", "process.user=nobody"]);
    let status = status(&server);
    let row = |name: &str| status.lines().find_map(|line| line.strip_prefix(name)).unwrap().to_owned();
    assert!(!row("Uid:").split_whitespace().any(|id| id == "0"), "{status}");
    assert!(!row("Gid:").split_whitespace().any(|id| id == "0"), "{status}");
    assert!(!row("Groups:").split_whitespace().any(|id| id == "0"), "{status}");
    assert_eq!(row("CapEff:").trim(), "0000000000000000");
    // All its threads.
    for thread in fs::read_dir(format!("/proc/{}/task", server.id())).unwrap() {
        // It may have ended by now.
        let Ok(status) = fs::read_to_string(thread.unwrap().path().join("status")) else { continue };
        assert!(!status.lines().any(|line| line.starts_with("Uid:\t0")), "{status}");
    }
    assert_eq!(server.client(&["cat"], "anna", "secret", "note").ends_with(0).text(), "hello");
    server.client(&["cat"], "anna", "secret", "private").ends_with(6);
}

const TOLD: &str = "[[notify]]\nqueue = \"queue\"\ncommand = [\"true\"]\nevents = [\"uploaded\"]\n\
                    [user.anna.permissions]\n\"/\" = \"all\"\n";

/// What cannot be written down by the user that the server becomes is known before anybody is served.
#[cfg(target_os = "linux")]
#[test]
fn its_user_writes_events_down_or_it_does_not_start() {
    use std::os::unix::fs::{PermissionsExt, chown};
    if !geteuid().is_root() {
        eprintln!("not root: that it becomes another user was not tried");
        return;
    }
    let (yard, file) = yard(&format!("{ANNA}{TOLD}"));
    let queue = yard.path().join("queue");
    fs::set_permissions(yard.path(), fs::Permissions::from_mode(0o755)).unwrap();
    fs::create_dir(&queue).unwrap();
    let refused = run(wharf(["serve", "--set", "process.user=nobody", "--config"]).arg(&file)).ends_with(1);
    assert!(refused.stderr.contains("notify: queue: "), "{}", refused.stderr);
    // Of a file that root alone could write it would not be known before it is opened again.
    let log = yard.path().join("xferlog");
    let logged = format!("log.transfers={:?}", log.to_str().unwrap());
    let as_nobody = ["--set", "process.user=nobody", "--set", &logged];
    let refused = run(wharf(["serve"]).args(as_nobody).arg("--config").arg(&file)).ends_with(1);
    assert!(refused.stderr.contains("log.transfers: "), "{}", refused.stderr);
    assert!(!log.exists());
    for path in [&queue, &yard.path().join("anna")] {
        chown(path, Some(65534), Some(65534)).unwrap();
    }
    fs::write(&log, "").unwrap();
    chown(&log, Some(65534), Some(65534)).unwrap();
    let server = Configured::start(&file, &as_nobody);
    puts(&server, &file);
}

/// An upload, which is written down.
fn puts(server: &Configured, local: &Path) {
    let url = format!("ftp://anna@{}/new", server.address);
    run(wharf(["put"]).arg(local).arg(url).env("WHARF_PASSWORD", "secret")).ends_with(0);
}

#[cfg(target_os = "linux")]
#[test]
fn nothing_but_its_folders_can_be_touched_or_it_does_not_start() {
    let (yard, file) = yard(&format!("{ANNA}[user.berta]\npassword = \"SECRET\"\nroot = \"ROOT/../\"\n"));
    let only = format!("process.only=[{:?}]", yard.path().join("anna"));
    let missing = format!("process.only=[{:?}]", yard.path().join("missing"));
    let refused = run(wharf(["serve", "--set", &missing, "--config"]).arg(&file));
    assert!(refused.ends_with(2).stderr.contains("missing"));
    let kernel = rustix::system::uname().release().to_string_lossy().into_owned();
    let mut probe = wharf(["serve", "--check", "--set", &only, "--config"]);
    run(probe.arg(&file)).ends_with(0);
    let mut tried = wharf(["serve", "--set", &only, "--config"]);
    let mut tried = tried.arg(&file).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut first = [0; 5];
    if tried.stdout.take().unwrap().read_exact(&mut first).is_err() {
        let mut said = String::new();
        tried.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        assert_eq!(tried.wait().unwrap().code(), Some(1), "{said}");
        assert!(said.contains("process.only: the kernel cannot see to it"), "{said}");
        eprintln!("kernel {kernel} has no Landlock: that it does not start without was seen");
        return;
    }
    tried.kill().unwrap();
    tried.wait().unwrap();
    let server = Configured::start(&file, &["--set", &only]);
    assert_eq!(server.client(&["cat"], "anna", "secret", "note").ends_with(0).text(), "hello");
    // Its own files may be elsewhere.
    let text = fs::read_to_string(&file).unwrap().replace("[user.berta]", &format!("{TOLD}[user.berta]"));
    let told = yard.path().join("told.toml");
    fs::write(&told, text).unwrap();
    puts(&Configured::start(&told, &["--set", &only]), &file);
    // What the rights of files would permit.
    assert_ne!(server.client(&["ls"], "berta", "secret", "").code, Some(0));
}
