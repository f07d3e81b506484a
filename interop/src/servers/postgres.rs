//! PostgreSQL, for the length of a test.

use std::{
    env, fs,
    os::unix::fs::{PermissionsExt, chown},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, geteuid, kill_process};
use tempfile::TempDir;

/// The user and group that it runs as where root starts it, which it refuses to be: Debian's nobody.
const NOBODY: u32 = 65534;

/// How long it may take to start.
const START_LIMIT: Duration = Duration::from_secs(30);

/// A database server of its own, in a new directory, which listens on a socket there and nowhere else.
#[derive(Debug)]
pub struct Postgres {
    child: Child,
    directory: TempDir,
}

impl Postgres {
    /// Starts it, with an empty database `hosting` of the user `wharf`, who needs no password.
    ///
    /// # Panics
    ///
    /// If it is not installed or does not start.
    pub fn start() -> Self {
        let directory = TempDir::new().expect("a temporary directory");
        fs::set_permissions(directory.path(), fs::Permissions::from_mode(0o755)).expect("our own directory");
        let data = directory.path().join("data");
        fs::create_dir(&data).expect("our own directory");
        if geteuid().is_root() {
            chown(&data, Some(NOBODY), Some(NOBODY)).expect("root may do this");
        }
        let made = program("initdb")
            .args([
                "--username",
                "wharf",
                "--auth",
                "trust",
                "--encoding",
                "UTF8",
                "--locale",
                "C",
                "--no-sync",
            ])
            .arg(&data)
            .output();
        let made = made.expect("initdb can be run");
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let mut server = Self { child: launch(directory.path()), directory };
        server.wait_until_ready();
        server.run_in("postgres", "CREATE DATABASE hosting");
        server
    }

    /// Stops it, as one does for an upgrade: who is connected is cut off, and nothing is lost.
    ///
    /// # Panics
    ///
    /// If it has ended already.
    pub fn stop(&mut self) {
        kill_process(Pid::from_child(&self.child), Signal::INT).expect("our own child");
        self.child.wait().expect("our own child");
    }

    /// Starts it again with what it had.
    ///
    /// # Panics
    ///
    /// If it does not start.
    pub fn start_again(&mut self) {
        self.child = launch(self.directory.path());
        self.wait_until_ready();
    }

    fn wait_until_ready(&mut self) {
        let deadline = Instant::now() + START_LIMIT;
        while !self.try_run("postgres", "SELECT 1").0 {
            let ended = self.child.try_wait().expect("our own child");
            assert!(ended.is_none() && Instant::now() < deadline, "{}", self.log());
            // Nothing tells that it is ready: trying again is all there is.
            thread::sleep(Duration::from_millis(50));
        }
    }

    fn log(&self) -> String {
        fs::read_to_string(self.directory.path().join("log")).unwrap_or_default()
    }

    fn socket(&self) -> PathBuf {
        self.directory.path().join("data")
    }

    /// The URL of the database.
    pub fn url(&self) -> String {
        format!("postgres://wharf@localhost/hosting?host={}", self.socket().display())
    }

    /// Runs statements in the database.
    ///
    /// # Panics
    ///
    /// If one of them fails.
    pub fn run(&self, statements: &str) {
        self.run_in("hosting", statements);
    }

    fn run_in(&self, database: &str, statements: &str) {
        let (done, said) = self.try_run(database, statements);
        assert!(done, "{statements}: {said}");
    }

    fn try_run(&self, database: &str, statements: &str) -> (bool, String) {
        let mut psql = program("psql");
        psql.args(["-X", "-q", "-v", "ON_ERROR_STOP=1", "-U", "wharf", "-d", database, "-c", statements]);
        let ran = psql.arg("-h").arg(self.socket()).output().expect("psql can be run");
        (ran.status.success(), String::from_utf8_lossy(&ran.stderr).into_owned())
    }
}

impl Drop for Postgres {
    /// Its processes end with it: an immediate shutdown, for nothing is to be kept.
    fn drop(&mut self) {
        let _ = kill_process(Pid::from_child(&self.child), Signal::QUIT);
        let _ = self.child.wait();
    }
}

/// The server, on the data below `directory`.
fn launch(directory: &Path) -> Child {
    let data = directory.join("data");
    let log = fs::OpenOptions::new().create(true).append(true).open(directory.join("log"));
    let log = log.expect("our own directory");
    program("postgres")
        .arg("-D")
        .arg(&data)
        .arg("-k")
        .arg(&data)
        .args(["-h", "", "-c", "fsync=off"])
        .stdin(Stdio::null())
        .stdout(log.try_clone().expect("a second handle"))
        .stderr(log)
        .spawn()
        .expect("postgres can be run")
}

/// One of PostgreSQL's programs, run as who may run it.
fn program(name: &str) -> Command {
    let mut command = Command::new(found(name));
    // Where it cannot be entered, psql complains.
    command.current_dir("/").env_remove("PGPASSWORD");
    if geteuid().is_root() {
        std::os::unix::process::CommandExt::uid(&mut command, NOBODY);
        std::os::unix::process::CommandExt::gid(&mut command, NOBODY);
    }
    command
}

/// Debian keeps them off PATH, in a directory for each version; or they were unpacked.
fn found(name: &str) -> PathBuf {
    let unpacked = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/peers/servers");
    for root in [Path::new("/"), &unpacked] {
        let versions = fs::read_dir(root.join("usr/lib/postgresql")).into_iter().flatten().flatten();
        let mut programs: Vec<_> = versions.map(|version| version.path().join("bin").join(name)).collect();
        programs.sort();
        if let Some(program) = programs.into_iter().rfind(|program| program.is_file()) {
            return program;
        }
    }
    let path = env::var_os("PATH").unwrap_or_default();
    let on_path =
        env::split_paths(&path).map(|directory| directory.join(name)).find(|program| program.is_file());
    on_path.unwrap_or_else(|| name.into())
}
