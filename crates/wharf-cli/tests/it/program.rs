//! Runs the program: as a server for the length of a test, and as a command that ends.

use std::{
    ffi::OsStr,
    fs,
    io::{BufRead, BufReader, Lines, Write},
    net::{SocketAddr, TcpListener},
    os::{fd::OwnedFd, unix::fs::PermissionsExt},
    path::{Path, PathBuf},
    process::{Child, ChildStderr, Command, ExitStatus, Stdio},
    sync::atomic::{AtomicU16, Ordering},
};

use rustix::{
    net,
    process::{Pid, Signal, kill_process},
};
use tempfile::TempDir;

/// The password in the file that [`Served::start`] gives the server.
pub(crate) const PASSWORD: &str = "correct horse";

/// The program, in an environment that says nothing of the user who runs the tests.
pub(crate) fn wharf<S: AsRef<OsStr>>(arguments: impl IntoIterator<Item = S>) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wharf"));
    command.args(arguments).stdin(Stdio::null());
    for variable in ["WHARF_PASSWORD", "WHARF_LOG"] {
        command.env_remove(variable);
    }
    for (variable, _) in std::env::vars_os() {
        if variable.as_encoded_bytes().starts_with(b"OTEL_") {
            command.env_remove(variable);
        }
    }
    command.env("HOME", "/nonexistent").env("NETRC", "/nonexistent/.netrc");
    command.env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent/bus");
    command
}

/// What a command that has ended did.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: String,
}

impl Ended {
    /// Its standard output, if it ended well.
    pub(crate) fn text(&self) -> &str {
        assert_eq!(self.code, Some(0), "{}", self.stderr);
        std::str::from_utf8(&self.stdout).unwrap()
    }

    /// Checks its exit code.
    pub(crate) fn ends_with(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{self:?}");
        self
    }
}

/// Runs a command to its end.
pub(crate) fn run(command: &mut Command) -> Ended {
    let output = command.output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    Ended { code: output.status.code(), stdout: output.stdout, stderr }
}

/// Runs a command that reads `input` to its end.
pub(crate) fn run_with_input(command: &mut Command, input: &[u8]) -> Ended {
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    let output = child.wait_with_output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    Ended { code: output.status.code(), stdout: output.stdout, stderr }
}

/// `wharf serve` on a free port, until it is dropped.
pub(crate) struct Served {
    child: Child,
    log: Lines<BufReader<ChildStderr>>,
    /// What it says when it is ready.
    pub(crate) notice: String,
    /// `host:port`, the first that it names.
    pub(crate) address: String,
    /// The folder that is served.
    pub(crate) folder: TempDir,
    /// Files that are not served: the password is in `password`.
    pub(crate) elsewhere: TempDir,
}

impl Served {
    /// A server whose user `anna` has the password [`PASSWORD`].
    pub(crate) fn start(options: &[&str]) -> Self {
        Self::start_with(options, &[])
    }

    /// Such a server with these variables in its environment.
    pub(crate) fn start_with(options: &[&str], variables: &[(&str, &str)]) -> Self {
        let elsewhere = TempDir::new().unwrap();
        let password = secret_file(elsewhere.path(), "password", &format!("{PASSWORD}\n"));
        let mut all = vec!["--user", "anna", "--password-file", password.to_str().unwrap()];
        all.extend(options);
        Self::start_in(&all, elsewhere, variables)
    }

    /// A server with these options and a folder, and no user unless they name one.
    pub(crate) fn start_plain(options: &[&str]) -> Self {
        Self::start_in(options, TempDir::new().unwrap(), &[])
    }

    fn start_in(options: &[&str], elsewhere: TempDir, variables: &[(&str, &str)]) -> Self {
        let folder = TempDir::new().unwrap();
        let mut command = wharf(["serve", "--port", "0"]);
        command.args(options).envs(variables.iter().copied());
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        if !options.contains(&"--memory") {
            command.arg(folder.path());
        }
        let mut child = command.spawn().unwrap();
        let mut notice = String::new();
        for line in BufReader::new(child.stdout.take().unwrap()).lines() {
            let line = line.unwrap();
            notice.push_str(&line);
            notice.push('\n');
            if line == "Ctrl-C ends it." {
                break;
            }
        }
        let log = BufReader::new(child.stderr.take().unwrap()).lines();
        let address =
            notice.lines().find_map(|line| line.trim().strip_prefix("address   ")?.split_once("://"));
        let address = address
            .map(|(_, address)| address)
            .unwrap_or_else(|| panic!("the server does not start: {log:?}"))
            .to_owned();
        Self { child, log, notice, address, folder, elsewhere }
    }

    /// The URL of `path` for anna.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("ftp://anna@{}/{path}", self.address)
    }

    /// A command that has anna's password in the environment.
    pub(crate) fn command<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Command {
        let mut command = wharf(arguments);
        command.env("WHARF_PASSWORD", PASSWORD);
        command
    }

    /// Runs such a command to its end.
    pub(crate) fn run<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Ended {
        run(&mut self.command(arguments))
    }

    /// Writes a file into the folder.
    pub(crate) fn with(self, name: &str, content: impl AsRef<[u8]>) -> Self {
        write(self.folder.path(), name, content);
        self
    }

    /// The file `name` of the folder.
    pub(crate) fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.folder.path().join(name)).unwrap()
    }

    /// Waits for a line of the log with `text` in it.
    pub(crate) fn logs(&mut self, text: &str) {
        assert!(self.log.any(|line| line.unwrap().contains(text)), "the log has no line with {text:?}");
    }

    /// What else it logs, until it has ended.
    pub(crate) fn rest_of_log(&mut self) -> String {
        self.log.by_ref().map(|line| line.unwrap() + "\n").collect()
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(pid(&self.child), signal).unwrap();
    }

    /// Waits for its end.
    pub(crate) fn wait(&mut self) -> ExitStatus {
        self.child.wait().unwrap()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(crate) fn pid(child: &Child) -> Pid {
    Pid::from_child(child)
}

/// Writes a file and the directories that it is in.
pub(crate) fn write(directory: &Path, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
    let path = directory.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, content).unwrap();
    path
}

/// The first of so many ports side by side that are free, below those that the system gives out by itself. Each call has a
/// place of its own.
pub(crate) fn free_ports(count: u16) -> u16 {
    static CALLS: AtomicU16 = AtomicU16::new(0);
    let place = CALLS.fetch_add(1, Ordering::Relaxed) * 10 + (std::process::id() % 1000) as u16 * 10;
    let is_free = |port: u16| TcpListener::bind(("127.0.0.1", port)).is_ok();
    (20_000 + place..).step_by(count.into()).find(|first| (*first..first + count).all(is_free)).unwrap()
}

/// An address at which nobody listens, and that nobody else gets.
pub(crate) struct Unheard(OwnedFd);

impl Unheard {
    pub(crate) fn new() -> Self {
        Self::at(SocketAddr::from(([127, 0, 0, 1], 0)))
    }

    /// Takes the place of a listener that is gone.
    pub(crate) fn at(address: SocketAddr) -> Self {
        let socket = net::socket(net::AddressFamily::INET, net::SocketType::STREAM, None).unwrap();
        rustix::io::fcntl_setfd(&socket, rustix::io::FdFlags::CLOEXEC).unwrap();
        net::sockopt::set_socket_reuseaddr(&socket, true).unwrap();
        net::bind(&socket, &address).unwrap();
        Self(socket)
    }

    pub(crate) fn address(&self) -> SocketAddr {
        net::getsockname(&self.0).unwrap().try_into().unwrap()
    }

    pub(crate) fn listen(self) -> TcpListener {
        net::listen(&self.0, 128).unwrap();
        self.0.into()
    }
}

/// Writes a file that only its owner can read.
pub(crate) fn secret_file(directory: &Path, name: &str, content: &str) -> PathBuf {
    let path = write(directory, name, content);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    path
}

/// Octets without a pattern that repeats within a buffer.
pub(crate) fn noise(len: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_u32;
    let next = || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state.to_le_bytes()[1]
    };
    std::iter::repeat_with(next).take(len).collect()
}
