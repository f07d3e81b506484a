//! A server in a process of its own: what it takes of the machine when it is attacked.

use std::{
    io::{BufRead, BufReader},
    net::SocketAddr,
    process::{Child, Command, Stdio},
    time::Duration,
};

use tokio::{io::AsyncReadExt, time::timeout};
use wharf::storage::Memory;

use crate::{
    fixture::{BOTH, builder},
    wire::{DEADLINE, Wire, connect, in_time, read_all},
};

/// Set in the process that is the server.
const ROLE: &str = "WHARF_TEST_SERVER";

/// What the server may hold more than before, in KiB.
const FLAT: u64 = 12 * 1024;

/// The files that it may have open, where that does not matter.
const FILES: u64 = 1024;

/// The entries of a large directory, with names of 200 octets: 20 MB.
const ENTRIES: usize = 100_000;

/// This test program as a server, until it is dropped.
struct Process {
    child: Child,
    address: SocketAddr,
}

impl Process {
    /// Runs the test `name` of this module once more, there as [`be_the_server`]: it may have so many files open, and its
    /// directory `many` has so many entries.
    fn start(name: &str, files: u64, entries: usize) -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", &format!("server_process::{name}"), "--nocapture"])
            .env(ROLE, format!("{files} {entries}"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let address = lines.map_while(Result::ok).find_map(|line| line.split_once("at ")?.1.parse().ok());
        Self { child, address: address.expect("the server tells its address") }
    }

    /// The memory that the process holds, in KiB: counted page by page, as what `status` tells is many pages off where
    /// there are many processors.
    fn held(&self) -> u64 {
        let counted = std::fs::read_to_string(format!("/proc/{}/smaps_rollup", self.child.id())).unwrap();
        let line = counted.lines().find_map(|line| line.strip_prefix("Rss:")).unwrap();
        line.trim().trim_end_matches(" kB").parse().unwrap()
    }

    /// How much more than `before` it holds, in KiB.
    fn grown(&self, before: u64) -> u64 {
        self.held().saturating_sub(before)
    }

    /// The processor time that it took so far, in hundredths of a second.
    fn processor_time(&self) -> u64 {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id())).unwrap();
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
        fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may be gone already, which is what is wanted.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// In the other process: serves as long as this one lives. `false` in this one.
#[allow(clippy::print_stdout, reason = "the other process reads it")]
async fn be_the_server() -> bool {
    let Ok(role) = std::env::var(ROLE) else { return false };
    let (files, entries) = role.split_once(' ').unwrap();
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = Rlimit { current: Some(files.parse().unwrap()), ..getrlimit(Resource::Nofile) };
    setrlimit(Resource::Nofile, limit).unwrap();
    // Pages of two megabytes say little of what is held.
    rustix::thread::disable_transparent_huge_pages(true).unwrap();
    let storage = Memory::new().with_file("/large", vec![7; 8 << 20]).unwrap();
    for number in 0..entries.parse::<usize>().unwrap() {
        storage.write_file(format!("/many/{number:0200}"), "").unwrap();
    }
    let server = builder(BOTH[0], storage).serve().await.unwrap();
    println!("\nat {}", server.address());
    // Until the other process ends, which closes its end.
    tokio::task::spawn_blocking(|| std::io::stdin().read_line(&mut String::new())).await.unwrap().unwrap();
    true
}

#[tokio::test]
async fn memory_is_flat_for_a_line_without_end() {
    if be_the_server().await {
        return;
    }
    let server = Process::start("memory_is_flat_for_a_line_without_end", FILES, 0);
    let mut wires = [Wire::open(server.address).await, Wire::login(server.address).await];
    let (before, mut grown) = (server.held(), 0);
    for wire in &mut wires {
        let chunk = vec![b'x'; 1 << 20];
        for _ in 0..32 {
            wire.send(&chunk).await;
            grown = grown.max(server.grown(before));
        }
        wire.expect_reply(500).await;
        grown = grown.max(server.grown(before));
        wire.send("\r\n").await;
        wire.expect_in_step().await;
    }
    assert!(grown < FLAT, "{grown} KiB for 64 MiB");
}

#[tokio::test]
async fn memory_is_flat_for_commands_that_come_faster_than_they_are_run() {
    if be_the_server().await {
        return;
    }
    let server = Process::start("memory_is_flat_for_commands_that_come_faster_than_they_are_run", FILES, 0);
    let before = server.held();
    let lines = "HELP\r\n".repeat(100_000);
    let mut idle = Wire::login(server.address).await;
    // The replies are not read: sooner or later the server reads no further either.
    while timeout(Duration::from_millis(300), idle.try_send(&lines)).await.is_ok() {}
    let mut busy = Wire::login(server.address).await;
    let data = busy.passive().await;
    busy.expect("RETR large", 150).await;
    while timeout(Duration::from_millis(300), busy.try_send(&lines)).await.is_ok() {}
    let grown = server.grown(before);
    assert!(grown < FLAT, "{grown} KiB");
    drop(data);
}

#[tokio::test]
async fn memory_is_flat_for_a_directory_of_a_hundred_thousand_entries() {
    if be_the_server().await {
        return;
    }
    let server =
        Process::start("memory_is_flat_for_a_directory_of_a_hundred_thousand_entries", FILES, ENTRIES);
    let mut wire = Wire::login(server.address).await;
    wire.download("LIST").await;
    let (before, mut grown) = (server.held(), 0);
    for line in ["LIST many", "MLSD many", "NLST many"] {
        let mut data = wire.passive().await;
        wire.expect(line, 150).await;
        let (mut octets, mut rows) = (vec![0; 64 * 1024], 0);
        loop {
            let read = in_time(data.read(&mut octets)).await.unwrap();
            rows += octets[..read].iter().filter(|octet| **octet == b'\n').count();
            grown = grown.max(server.grown(before));
            if read == 0 {
                break;
            }
        }
        assert_eq!(rows, ENTRIES, "{line}");
        wire.expect_reply(226).await;
    }
    let answer = wire.expect("STAT many", 212).await;
    assert!(answer.octets.len() < 1 << 20);
    let grown = grown.max(server.grown(before));
    assert!(grown < FLAT, "{grown} KiB");
}

#[tokio::test]
async fn an_idle_session_takes_less_than_four_kibibytes() {
    const SESSIONS: u64 = 500;
    if be_the_server().await {
        return;
    }
    let server = Process::start("an_idle_session_takes_less_than_four_kibibytes", FILES, 0);
    let mut idle = Vec::new();
    for _ in 0..100 {
        idle.push(Wire::login(server.address).await);
    }
    let before = server.held();
    for _ in 0..SESSIONS {
        idle.push(Wire::login(server.address).await);
    }
    let grown = server.grown(before);
    assert!(grown < 4 * SESSIONS, "{grown} KiB for {SESSIONS} sessions");
}

#[tokio::test]
async fn two_thousand_sessions_one_after_another_leave_nothing() {
    if be_the_server().await {
        return;
    }
    let server = Process::start("two_thousand_sessions_one_after_another_leave_nothing", 100, 0);
    let open_files = || std::fs::read_dir(format!("/proc/{}/fd", server.child.id())).unwrap().count();
    drop(Wire::login(server.address).await);
    let before = server.held();
    for number in 0..2000 {
        let mut wire = Wire::login(server.address).await;
        wire.epsv().await;
        match number % 3 {
            0 => wire.reset(),
            1 => drop(wire),
            _ => {
                wire.expect("QUIT", 221).await;
                wire.expect_end().await;
            }
        }
    }
    in_time(async {
        while open_files() > 30 {
            tokio::task::yield_now().await;
        }
    })
    .await;
    let grown = server.grown(before);
    assert!(grown < FLAT, "{grown} KiB");
}

/// No file is left for another connection: the server waits without spinning, and goes on when one is.
#[tokio::test]
async fn without_a_file_for_a_connection_the_server_waits_and_goes_on() {
    if be_the_server().await {
        return;
    }
    let server = Process::start("without_a_file_for_a_connection_the_server_waits_and_goes_on", 40, 0);
    let mut wire = Wire::login(server.address).await;
    let mut greeted = Vec::new();
    let mut waiting = loop {
        let mut next = Wire::connect(server.address).await;
        match timeout(Duration::from_secs(2), next.reply()).await {
            Ok(answer) => greeted.push((answer, next)),
            Err(_) => break next,
        }
        assert!(greeted.len() < 100, "the limit does not hold");
    };
    let before = server.processor_time();
    assert!(timeout(Duration::from_secs(1), waiting.reply()).await.is_err());
    let took = server.processor_time() - before;
    assert!(took < 30, "{took} hundredths of a second while nothing could be done");
    // Who is in is served, as far as it goes without another file.
    wire.expect("PWD", 257).await;
    wire.expect("EPSV", 425).await;
    wire.expect_in_step().await;
    greeted.truncate(greeted.len() / 2);
    assert_eq!(timeout(DEADLINE, waiting.reply()).await.unwrap().code, 220);
    assert_eq!(wire.download("NLST missing*").await, b"");
}

/// As above, for a data connection: it stays where it is until there is a file for it, and the transfer goes on.
#[tokio::test]
async fn without_a_file_for_a_data_connection_the_transfer_waits_and_goes_on() {
    if be_the_server().await {
        return;
    }
    let name = "without_a_file_for_a_data_connection_the_transfer_waits_and_goes_on";
    let server = Process::start(name, 40, 0);
    let mut wire = Wire::login(server.address).await;
    let address = wire.epsv().await;
    let mut greeted = Vec::new();
    loop {
        let mut next = Wire::connect(server.address).await;
        let answer = timeout(Duration::from_secs(2), next.reply()).await;
        greeted.push(next);
        if answer.is_err() {
            break;
        }
        assert!(greeted.len() < 100, "the limit does not hold");
    }
    let data = connect(address).await;
    wire.expect("NLST missing*", 150).await;
    assert!(timeout(Duration::from_millis(300), wire.try_reply()).await.is_err(), "there is no file for it");
    greeted.clear();
    assert_eq!(read_all(data).await.unwrap(), b"");
    wire.expect_reply(226).await;
}
