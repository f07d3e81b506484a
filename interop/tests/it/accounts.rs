//! Users that are known elsewhere.

mod directory;
mod pam;

use std::{
    fs::{self, File},
    io::{BufRead, BufReader, Write},
    net::{SocketAddr, TcpStream},
    path::PathBuf,
    process::{Child, Command, Stdio},
    thread,
    time::Duration,
};

use tempfile::TempDir;
use wharf_interop::{Target, servers::binary};

/// How long a reply may take, on a machine that is busy.
const PATIENCE: Duration = Duration::from_secs(60);

/// `wharf serve` with a configuration; the folders of its users lie beside it.
struct Served {
    directory: TempDir,
    child: Child,
    address: SocketAddr,
}

impl Served {
    /// Serves what `configure` says of the users, given the folder for theirs.
    fn start(configure: impl FnOnce(&str) -> String) -> Self {
        Self::start_with(&[], configure)
    }

    /// As [`start`](Self::start), with more in the environment.
    fn start_with(environment: &[(&str, PathBuf)], configure: impl FnOnce(&str) -> String) -> Self {
        let directory = TempDir::new().unwrap();
        let home = directory.path().join("home");
        fs::create_dir(&home).unwrap();
        let users = configure(home.to_str().unwrap());
        let general = "listen = [{ address = \"127.0.0.1:0\" }]\nlimits.login-delay = \"1 ms\"\n";
        let file = directory.path().join("wharf.toml");
        fs::write(&file, format!("{general}{users}")).unwrap();
        let log = File::create(directory.path().join("log")).unwrap();
        let mut command = Command::new(binary());
        let mut child = command
            .args(["serve", "--config"])
            .arg(&file)
            .envs(environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
        let notice: Vec<_> = lines.take_while(|line| line != "Ctrl-C ends it.").collect();
        let address =
            notice.iter().find_map(|line| line.trim().strip_prefix("address   ")?.split_once("://"));
        let Some((_, address)) = address else {
            panic!("{notice:?}\n{}", fs::read_to_string(directory.path().join("log")).unwrap())
        };
        let address = address.parse().unwrap();
        Self { directory, child, address }
    }

    fn target(&self, user: &str, password: &str) -> Target {
        Target { address: self.address, user: user.to_owned(), password: password.to_owned() }
    }

    /// The folder of a user.
    fn home(&self, user: &str) -> PathBuf {
        self.directory.path().join("home").join(user)
    }

    fn log(&self) -> String {
        fs::read_to_string(self.directory.path().join("log")).unwrap()
    }

    /// The code of the reply to a login in a session of its own.
    fn login(&self, user: &str, password: &str) -> String {
        Session::open(self.address).login(user, password)
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if thread::panicking() {
            eprintln!("--- the server's log:\n{}", self.log());
        }
    }
}

/// A control connection, for names and passwords that a client program would not send.
struct Session(BufReader<TcpStream>);

impl Session {
    fn open(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let mut session = Self(BufReader::new(stream));
        assert_eq!(session.code(), "220");
        session
    }

    fn login(&mut self, user: &str, password: &str) -> String {
        match self.send(&format!("USER {user}")).as_str() {
            "331" => self.send(&format!("PASS {password}")),
            code => panic!("USER {user}: {code}"),
        }
    }

    fn send(&mut self, command: &str) -> String {
        self.0.get_mut().write_all(format!("{command}\r\n").as_bytes()).unwrap();
        self.code()
    }

    /// The code of the next reply.
    fn code(&mut self) -> String {
        loop {
            let mut line = String::new();
            self.0.read_line(&mut line).unwrap();
            let (code, rest) = line.split_at_checked(3).unwrap_or_else(|| panic!("no reply: {line:?}"));
            if !rest.starts_with('-') {
                return code.to_owned();
            }
        }
    }
}
