//! What the server depends on goes away and comes back: its database, and the right time.

use std::{
    fs,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use wharf::Connection;
use wharf_interop::servers::{Postgres, binary};

/// Of `secret`.
const SECRET: &str = "$1$saltsalt$9xy1btjgzLYfb7hivXtC//";

/// A server by a configuration, until it is dropped.
struct Served {
    child: Child,
    address: String,
    folder: TempDir,
}

impl Served {
    /// In `configuration`, ROOT is a folder with the file `note`.
    fn start(configuration: &str, prepare: impl FnOnce(&mut Command, &Path)) -> Self {
        let folder = TempDir::new().unwrap();
        let root = folder.path().join("root");
        fs::create_dir(&root).unwrap();
        fs::write(root.join("note"), "hello").unwrap();
        let text = configuration.replace("ROOT", root.to_str().unwrap()).replace("SECRET", SECRET);
        let file = folder.path().join("wharf.toml");
        fs::write(&file, format!("[[listen]]\naddress = \"127.0.0.1:0\"\n{text}")).unwrap();
        let mut command = Command::new(binary());
        command.args(["serve", "--quiet", "--config"]).arg(&file);
        prepare(&mut command, folder.path());
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
        let address = lines.map_while(|line| (line != "Ctrl-C ends it.").then_some(line));
        let address =
            address.filter_map(|line| Some(line.trim().strip_prefix("address   ftp://")?.to_owned()));
        let address = address.last().expect("the server starts");
        Self { child, address, folder }
    }

    /// A session, or the code of the reply that refuses it.
    async fn login(&self, user: &str, password: &str) -> Result<Connection, u16> {
        let mut connection = Connection::connect(&self.address).await.unwrap();
        match connection.login(user, password).await {
            Ok(_) => Ok(connection),
            Err(error) => Err(error.reply().unwrap().code().as_u16()),
        }
    }

    async fn refusal(&self, user: &str, password: &str) -> Option<u16> {
        self.login(user, password).await.err()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

async fn read(session: &mut Connection) -> Vec<u8> {
    let mut octets = Vec::new();
    let mut file = session.read("note").await.unwrap();
    file.read_to_end(&mut octets).await.unwrap();
    file.finish().await.unwrap();
    octets
}

async fn write(session: &mut Connection, name: &str) {
    let mut file = session.write(name).await.unwrap();
    file.write_all(b"written").await.unwrap();
    file.finish().await.unwrap();
}

/// 451 says nothing of the password; who is in stays in, and who is not in a table is let in all the same.
#[tokio::test]
async fn a_database_that_goes_away_lets_nobody_in_until_it_is_back() {
    let mut database = Postgres::start();
    database.run(&format!(
        "CREATE TABLE users (name TEXT PRIMARY KEY, password TEXT, settings TEXT NOT NULL);
         INSERT INTO users VALUES ('anna', '{SECRET}', '{{\"permissions\": {{\"/\": \"all\"}}, \"groups\": [\"all\"]}}')"
    ));
    let configuration = format!(
        "[limits]\nlogin-delay = 0\n[timeouts]\naccounts = \"5 s\"\n[accounts.sql]\nurl = \"{}\"\n[group.all]\nroot = \"ROOT\"\n\
         [user.local]\npassword = \"SECRET\"\nroot = \"ROOT\"\n",
        database.url()
    );
    let served = Served::start(&configuration, |_, _| {});
    let mut session = served.login("anna", "secret").await.unwrap();
    for round in 0..2 {
        database.stop();
        // Connections that the server has kept are dead by now.
        for password in ["secret", "wrong", "secret"] {
            assert_eq!(served.refusal("anna", password).await, Some(451), "{round}");
            assert_eq!(served.refusal("nobody", password).await, Some(451), "{round}");
        }
        assert_eq!(read(&mut session).await, b"hello");
        write(&mut session, "meanwhile").await;
        let mut local = served.login("local", "secret").await.unwrap();
        assert_eq!(read(&mut local).await, b"hello");
        database.start_again();
        assert_eq!(served.refusal("anna", "secret").await, None, "{round}");
        assert_eq!(served.refusal("anna", "wrong").await, Some(530), "{round}");
        assert_eq!(served.refusal("nobody", "secret").await, Some(530), "{round}");
    }
}

/// Where Debian has the library that stands between a program and the clock.
fn faketime() -> PathBuf {
    let folders = fs::read_dir("/usr/lib").unwrap().map(|entry| entry.unwrap().path());
    let libraries = folders.map(|folder| folder.join("faketime/libfaketimeMT.so.1"));
    libraries.filter(|library| library.exists()).last().expect("faketime is installed")
}

/// What is promised for a time of day holds for the time of day that it is; what is promised for a length of time holds
/// whatever the clock says.
#[tokio::test]
async fn a_clock_that_is_moved_changes_who_may_log_in_and_no_waiting() {
    let configuration = "[limits]\nlogin-delay = 0\n[timeouts]\nidle = \"60 s\"\n\
         [bans]\nfailures-of-address = 100\nfailures-of-user = 3\nlength = \"10 min\"\n\
         [user.ends]\npassword = \"SECRET\"\nroot = \"ROOT\"\nexpires = \"2030-01-01T00:00:00Z\"\npermissions = { \"/\" = \"all\" }\n\
         [user.day]\npassword = \"SECRET\"\nroot = \"ROOT\"\nhours = [\"09:00-17:00\"]\n\
         [user.guessed]\npassword = \"SECRET\"\nroot = \"ROOT\"\n";
    let clock = |folder: &Path| folder.join("clock");
    let set = |folder: &Path, time: &str| {
        let new = folder.join("new");
        fs::write(&new, format!("@{time}\n")).unwrap();
        fs::rename(new, clock(folder)).unwrap();
    };
    let served = Served::start(configuration, |command, folder| {
        set(folder, "2029-06-15 12:00:00");
        command.env("LD_PRELOAD", faketime()).env("FAKETIME_TIMESTAMP_FILE", clock(folder));
        command.env("FAKETIME_NO_CACHE", "1").env("FAKETIME_DONT_FAKE_MONOTONIC", "1").env("TZ", "UTC");
    });
    let folder = served.folder.path().to_owned();
    let mut idle = served.login("ends", "secret").await.unwrap();
    assert_eq!(served.refusal("day", "secret").await, None);
    for _ in 0..3 {
        assert_eq!(served.refusal("guessed", "wrong").await, Some(530));
    }
    assert_eq!(served.refusal("guessed", "secret").await, Some(530));

    // Half a year on, at night: sessions that are there stay, although nothing was heard of them for so long.
    for time in ["2030-01-02 03:00:00", "2029-06-15 12:00:00", "1990-01-01 12:00:00", "2090-01-01 12:00:00"] {
        set(&folder, time);
        let (past_the_end, by_day) = (time > "2030-01-01", time.ends_with("12:00:00"));
        assert_eq!(served.refusal("ends", "secret").await, past_the_end.then_some(530), "{time}");
        assert_eq!(served.refusal("day", "secret").await, (!by_day).then_some(530), "{time}");
        assert_eq!(served.refusal("guessed", "secret").await, Some(530), "{time}: the ban is over");
        idle.noop().await.unwrap();
        assert_eq!(read(&mut idle).await, b"hello");
        write(&mut idle, "new").await;
        idle.list("").all().await.unwrap();
        // The ends of the year 2038 and of the epoch are nothing to the server.
        assert!(idle.size("new").await.is_ok_and(|size| size == 7), "{time}");
    }
}
