//! Ctrl-C and SIGTERM.

use std::{
    fs,
    io::{BufRead, BufReader},
    net::TcpStream,
    process::Stdio,
};

use rustix::process::{Signal, kill_process};
use tokio::io::AsyncReadExt;
use wharf::Connection;

use super::program::{PASSWORD, Served, noise, pid};

/// More than sockets buffer.
const LARGE: usize = 24 << 20;

async fn client(served: &Served) -> Connection {
    let mut client = Connection::connect(&served.address).await.unwrap();
    client.login("anna", PASSWORD).await.unwrap();
    client
}

#[tokio::test]
async fn running_transfers_finish_and_no_session_begins() {
    for signal in [Signal::TERM, Signal::INT] {
        let content = noise(LARGE);
        let mut served = Served::start(&["--host", "127.0.0.1"]).with("large", &content);
        let mut client = client(&served).await;
        let mut file = client.read("large").await.unwrap();
        let mut received = vec![0; 10];
        file.read_exact(&mut received).await.unwrap();

        served.signal(signal);
        served.logs("shutting down");
        file.read_to_end(&mut received).await.unwrap();
        file.finish().await.unwrap();
        assert!(received == content);
        assert_eq!(served.wait().code(), Some(0));
        // A connection to a free port may meet itself.
        let heard = TcpStream::connect(&served.address)
            .is_ok_and(|end| end.local_addr().unwrap() != end.peer_addr().unwrap());
        assert!(!heard, "somebody listens");
    }
}

#[tokio::test]
async fn the_second_ends_it_at_once() {
    let mut served = Served::start(&[]).with("large", noise(LARGE));
    let mut client = client(&served).await;
    let mut file = client.read("large").await.unwrap();
    file.read_exact(&mut [0; 10]).await.unwrap();
    served.signal(Signal::TERM);
    served.logs("shutting down");
    served.signal(Signal::TERM);
    assert_eq!(served.wait().code(), Some(1));
    let mut rest = Vec::new();
    assert!(file.read_to_end(&mut rest).await.is_err() || file.finish().await.is_err());
}

#[test]
fn two_in_a_row_cut_nothing_off_where_nothing_runs() {
    for _ in 0..10 {
        let mut served = Served::start(&[]);
        let _idle = TcpStream::connect(&served.address).unwrap();
        served.signal(Signal::TERM);
        served.signal(Signal::INT);
        assert_eq!(served.wait().code(), Some(0));
    }
}

#[tokio::test]
async fn a_transfer_that_takes_too_long_is_cut_off() {
    let mut served = Served::start(&["--shutdown-timeout", "1"]).with("large", noise(LARGE));
    let mut client = client(&served).await;
    let mut file = client.read("large").await.unwrap();
    file.read_exact(&mut [0; 10]).await.unwrap();
    served.signal(Signal::INT);
    assert_eq!(served.wait().code(), Some(1));
}

#[test]
fn an_interrupted_download_leaves_nothing() {
    let served = Served::start(&[]).with("large", noise(1 << 20));
    let here = tempfile::TempDir::new().unwrap();
    let mut command = served.command(["get", "-v", "--limit-rate", "1K", &served.url("large")]);
    let mut child = command.current_dir(here.path()).stderr(Stdio::piped()).spawn().unwrap();
    let mut log = BufReader::new(child.stderr.take().unwrap()).lines();
    assert!(log.any(|line| line.unwrap().contains("<-- 150")));
    kill_process(pid(&child), Signal::INT).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert_eq!(fs::read_dir(here.path()).unwrap().count(), 0);
}
