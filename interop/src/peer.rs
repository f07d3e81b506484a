use std::{
    fs::{self, File},
    io::{BufRead, BufReader, Write},
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{self, Child, Command, Output, Stdio},
    sync::atomic::{AtomicU32, Ordering},
    thread,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process_group};

/// How long a server may take to greet its first client.
const START_LIMIT: Duration = Duration::from_secs(40);
/// How long a server lives at most, whatever becomes of the test that started it.
const SERVER_LIMIT: &str = "120";
/// How long a server that is measured lives at most: a day.
const LOAD_LIMIT: &str = "86400";
/// How long a client program may run.
const CLIENT_LIMIT: &str = "60";

/// A running server process of someone else's.
///
/// It runs under `timeout` of coreutils, which leads a process group: dropping this kills the group, and so also the
/// processes that the server forks for its sessions.
#[derive(Debug)]
pub(crate) struct Peer {
    child: Child,
    log: PathBuf,
}

impl Peer {
    /// Starts `command` and returns when it greets on `address`; what it prints goes to the file `log`.
    ///
    /// # Panics
    ///
    /// If it ends, or has not greeted within 40 seconds; with its log.
    pub(crate) fn start(command: &Command, address: SocketAddr, log: &Path) -> Self {
        Self::start_until(greets, SERVER_LIMIT, command, address, log)
    }

    /// As [`start`](Self::start), for a server that is measured, and lives for a day at most.
    pub(crate) fn start_for_load(command: &Command, address: SocketAddr, log: &Path) -> Self {
        Self::start_until(greets, LOAD_LIMIT, command, address, log)
    }

    /// As [`start`](Self::start), for a server of implicit TLS, which greets only those that it has TLS with: returns when
    /// it listens on `address`.
    pub(crate) fn start_silent(command: &Command, address: SocketAddr, log: &Path) -> Self {
        Self::start_until(listens, SERVER_LIMIT, command, address, log)
    }

    fn start_until(
        is_there: fn(SocketAddr) -> bool,
        limit: &str,
        command: &Command,
        address: SocketAddr,
        log: &Path,
    ) -> Self {
        let output = File::create(log).expect("the log can be created");
        let child = limited(limit, command)
            // vsftpd complains on its standard input, as a server started by inetd would.
            .stdin(output.try_clone().expect("a second handle of the log"))
            .stdout(output.try_clone().expect("a second handle of the log"))
            .stderr(output)
            .spawn()
            .expect("coreutils' timeout can be run");
        let mut peer = Self { child, log: log.to_owned() };
        let deadline = Instant::now() + START_LIMIT;
        while !is_there(address) {
            if let Ok(Some(status)) = peer.child.try_wait() {
                panic!("{command:?} ended at once, {status}:\n{}", peer.log());
            }
            assert!(Instant::now() < deadline, "{command:?} is not there on {address}:\n{}", peer.log());
            // Nothing tells of another program's bind: trying again is all there is.
            thread::sleep(Duration::from_millis(10));
        }
        peer
    }

    /// All that the process has printed.
    pub(crate) fn printed(&self) -> String {
        String::from_utf8_lossy(&fs::read(&self.log).unwrap_or_default()).into_owned()
    }

    /// The last 40 lines that the process printed.
    pub(crate) fn log(&self) -> String {
        let text = fs::read(&self.log).unwrap_or_default();
        let lines: Vec<_> = text.split_inclusive(|&octet| octet == b'\n').collect();
        let last = lines.len().saturating_sub(40);
        String::from_utf8_lossy(&lines.get(last..).unwrap_or_default().concat()).into_owned()
    }

    /// The process that leads the group, and that all of the server's descend from.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        if thread::panicking() {
            eprintln!("--- the server's log:\n{}", self.log());
        }
        if let Some(group) = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw) {
            // It may have ended already.
            let _ = kill_process_group(group, Signal::KILL);
        }
        let _ = self.child.wait();
    }
}

/// Runs a client program to its end, with no terminal; it reads `input`.
///
/// # Panics
///
/// If it fails or runs for more than a minute; with all that it printed.
pub(crate) fn run(command: &Command, input: &str) -> Output {
    let output = attempt(command, input);
    assert!(
        output.status.success(),
        "{command:?}: {}{}\n{}{}",
        output.status,
        if output.status.code() == Some(124) { ", out of time" } else { "" },
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    output
}

/// Runs a client program that may fail, for at most a minute.
pub(crate) fn attempt(command: &Command, input: &str) -> Output {
    let mut child = limited(CLIENT_LIMIT, command)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("coreutils' timeout can be run");
    // A program may end without reading its input; its status tells.
    let _ = child.stdin.take().expect("it is piped").write_all(input.as_bytes());
    child.wait_with_output().expect("a child can be waited for")
}

/// `command` under `timeout`, which kills it, with all that it started, after so many seconds.
fn limited(seconds: &str, command: &Command) -> Command {
    let mut limited = Command::new("timeout");
    limited.args(["--kill-after=1", seconds]).arg(command.get_program()).args(command.get_args());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => limited.env(name, value),
            None => limited.env_remove(name),
        };
    }
    if let Some(directory) = command.get_current_dir() {
        limited.current_dir(directory);
    }
    limited
}

/// The addresses of the control connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// A loopback address that no other test uses.
    Ipv4,
    /// The one loopback address of IPv6.
    Ipv6,
}

/// An address that no other test uses: of the 2^24 loopback addresses, one for this process and call (IPv6 has one for
/// all), and a free port.
///
/// # Panics
///
/// If the host has no such address.
pub fn unused_address(family: Family) -> SocketAddr {
    static CALLS: AtomicU32 = AtomicU32::new(0);
    let number = process::id().wrapping_mul(4).wrapping_add(CALLS.fetch_add(1, Ordering::Relaxed));
    let [_, a, b, c] = number.to_be_bytes();
    // 127.x.x.0 and 127.x.x.255 are taken for broadcast addresses by some.
    let ip = match family {
        Family::Ipv4 => IpAddr::V4(Ipv4Addr::new(127, a, b, c.clamp(1, 254))),
        Family::Ipv6 => IpAddr::V6(Ipv6Addr::LOCALHOST),
    };
    unused_port(ip)
}

/// A free port of an address that is this host's, below those that the system gives out by itself: each process and call has
/// a place of its own.
pub(crate) fn unused_port(ip: IpAddr) -> SocketAddr {
    static CALLS: AtomicU32 = AtomicU32::new(0);
    let place = process::id().wrapping_mul(4).wrapping_add(CALLS.fetch_add(1, Ordering::Relaxed)) % 10_000;
    let from = 22_000 + u16::try_from(place).expect("less than ten thousand");
    let found = (from..).map(|port| SocketAddr::new(ip, port)).find(|at| TcpListener::bind(at).is_ok());
    found.expect("an address of this host can be bound")
}

/// Whether a server says 220 there.
fn greets(address: SocketAddr) -> bool {
    let Ok(stream) = TcpStream::connect_timeout(&address, START_LIMIT) else { return false };
    let mut greeting = String::new();
    let read = stream
        .set_read_timeout(Some(START_LIMIT))
        .and_then(|()| BufReader::new(stream).read_line(&mut greeting));
    read.is_ok() && greeting.starts_with("220")
}

/// Whether somebody listens there.
fn listens(address: SocketAddr) -> bool {
    TcpStream::connect_timeout(&address, START_LIMIT).is_ok()
}
