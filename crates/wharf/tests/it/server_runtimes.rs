//! Sessions on several runtimes.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    thread::{self, JoinHandle, ThreadId},
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    runtime::{Builder, Handle},
    sync::oneshot::{self, error::RecvError},
};
use wharf::{Event, ServerBuilder, storage::Local};

use crate::{
    fixture::{BOTH, builder, files, octets, serve},
    wire::{Wire, in_time},
};

/// The threads on which sessions log in, and how many did.
type Logins = Arc<Mutex<HashMap<ThreadId, usize>>>;

fn with_logins(builder: ServerBuilder) -> (ServerBuilder, Logins) {
    let logins = Logins::default();
    let counted = Arc::clone(&logins);
    let hook = move |event: &Event| match event {
        Event::LoggedIn { .. } => *counted.lock().unwrap().entry(thread::current().id()).or_default() += 1,
        Event::LoggedOut { .. } => *counted.lock().unwrap().get_mut(&thread::current().id()).unwrap() -= 1,
        _ => {}
    };
    (builder.on_event(hook), logins)
}

/// A runtime of one thread, until the sender is dropped.
fn another_runtime() -> (Handle, oneshot::Sender<()>, JoinHandle<RecvError>) {
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    let handle = runtime.handle().clone();
    let (stop, stopped) = oneshot::channel();
    (handle, stop, thread::spawn(move || runtime.block_on(stopped).unwrap_err()))
}

#[tokio::test]
async fn a_session_runs_where_the_fewest_do() {
    let (handle, stop, stopped) = another_runtime();
    let (builder, logins) = with_logins(builder(BOTH[0], files()).runtimes([handle]));
    let server = builder.serve().await.unwrap();
    let counts = || {
        let mut counts: Vec<_> = logins.lock().unwrap().values().copied().collect();
        counts.sort_unstable();
        counts
    };
    let mut wires = Vec::new();
    for _ in 0..6 {
        wires.push(Wire::login(server.address()).await);
    }
    assert_eq!(counts(), [3, 3]);
    for wire in &mut wires {
        assert_eq!(wire.download("RETR pub/c.txt").await, b"c");
        wire.upload("STOR new", "octets").await;
    }
    // Two of one place are gone: the next two take theirs.
    for mut wire in [wires.remove(0), wires.remove(1)] {
        wire.expect("QUIT", 221).await;
        wire.expect_end().await;
    }
    in_time(async {
        while server.sessions() > 4 {
            tokio::task::yield_now().await;
        }
    })
    .await;
    assert_eq!(counts(), [1, 3]);
    for _ in 0..2 {
        wires.push(Wire::login(server.address()).await);
    }
    assert_eq!(counts(), [3, 3]);
    assert!(
        server.shut_down(Duration::from_secs(10)).await,
        "all sessions are told to end, wherever they are"
    );
    for wire in &mut wires {
        wire.expect_reply(421).await;
        wire.expect_end().await;
    }
    drop(stop);
    stopped.join().unwrap();
}

#[tokio::test]
async fn a_dropped_server_ends_sessions_on_other_runtimes() {
    let (handle, stop, stopped) = another_runtime();
    let server = builder(BOTH[0], files()).runtimes([handle]).serve().await.unwrap();
    let mut wires = [Wire::login(server.address()).await, Wire::login(server.address()).await];
    drop(server);
    for wire in &mut wires {
        // It may still hear on its own thread that the server is gone, and say so.
        if let Some(last) = in_time(wire.try_reply()).await {
            assert_eq!(last.code, 421);
            in_time(wire.expect_end()).await;
        }
    }
    drop(stop);
    stopped.join().unwrap();
}

#[tokio::test]
async fn a_runtime_that_has_ended_ends_its_sessions_alone() {
    let (handle, stop, stopped) = another_runtime();
    let (builder, logins) = with_logins(builder(BOTH[0], files()).runtimes([handle]));
    let server = builder.serve().await.unwrap();
    let mut wires = vec![Wire::login(server.address()).await, Wire::login(server.address()).await];
    assert_eq!(logins.lock().unwrap().len(), 2);
    drop(stop);
    stopped.join().unwrap();
    let mut alive = 0;
    for wire in &mut wires {
        wire.send("NOOP\r\n").await;
        alive += usize::from(in_time(wire.try_reply()).await.is_some_and(|reply| reply.code == 200));
    }
    assert_eq!(alive, 1);
}

/// Twice as many transfers as there are threads that may wait for the disk, half of them each way. They were fast, so that a thread
/// stayed with them, and then their clients do nothing any more.
#[test]
fn transfers_that_stall_take_no_thread_from_others() {
    const THREADS: usize = 4;
    const MOVED: usize = 1 << 20;
    // More than sockets buffer.
    const LARGE: usize = 32 << 20;
    let runtime = Builder::new_current_thread().enable_all().max_blocking_threads(THREADS).build().unwrap();
    runtime.block_on(async {
        let folder = tempfile::tempdir().unwrap();
        std::fs::File::create(folder.path().join("large")).unwrap().set_len(LARGE as u64).unwrap();
        let server = serve(BOTH[0], Local::open(folder.path()).unwrap()).await;
        let mut stalled = Vec::new();
        for number in 0..2 * THREADS {
            let mut wire = Wire::login(server.address()).await;
            let mut data = wire.passive().await;
            if number % 2 == 0 {
                wire.expect("RETR large", 150).await;
                in_time(data.read_exact(&mut vec![0; MOVED])).await.unwrap();
            } else {
                wire.expect(format!("STOR up{number}"), 150).await;
                in_time(data.write_all(&octets(MOVED))).await.unwrap();
            }
            stalled.push((wire, data));
        }
        let mut other = Wire::login(server.address()).await;
        other.expect("MKD folder", 257).await;
        other.upload("STOR folder/file", octets(MOVED)).await;
        assert_eq!(other.download("RETR folder/file").await, octets(MOVED));
        assert_eq!(other.download("NLST folder").await, b"file\r\n");
        // They have not ended meanwhile.
        for (number, (mut wire, mut data)) in stalled.into_iter().enumerate() {
            if number % 2 == 0 {
                let mut rest = Vec::new();
                in_time(data.read_to_end(&mut rest)).await.unwrap();
                assert_eq!(MOVED + rest.len(), LARGE);
            }
            drop(data);
            wire.expect_reply(226).await;
        }
    });
}
